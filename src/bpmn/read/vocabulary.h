/* Vocabularies of XML that BPMN files use. */
#pragma once

#include "base/xml.h"

#define NS_BPMN     STR("http://www.omg.org/spec/BPMN/20100524/MODEL")
#define NS_BPMNDI   STR("http://www.omg.org/spec/BPMN/20100524/DI")
#define NS_DC       STR("http://www.omg.org/spec/DD/20100524/DC")
#define NS_DI       STR("http://www.omg.org/spec/DD/20100524/DI")
#define NS_BIHUAN   STR("https://bihuan.org/bpmn/1")
#define NS_CAMUNDA  STR("http://camunda.org/schema/1.0/bpmn")
#define NS_FLOWABLE STR("http://flowable.org/bpmn")
#define NS_ACTIVITI STR("http://activiti.org/bpmn")
#define NS_ZEEBE    STR("http://camunda.org/schema/zeebe/1.0")
