/* One table says what each element of the standard is to us: a node, a flow, or harmless.  What has no
 * meaning for running — drawings, artifacts, resources — may stand wherever the schema has it. */
#include "bpmn/read/element.h"

enum {
    IN_BODY = IN_PROCESS | IN_SCOPE,
    IN_NODE = IN_ACTIVITY | IN_EVENT | IN_GATEWAY,
    IN_ALL = IN_DEFINITIONS | IN_BODY | IN_NODE | IN_FLOW | IN_DEPTH,
    IN_ROOT = IN_DEFINITIONS | IN_DEPTH
};
#define NODE(name, kind)                                                                           \
    {                                                                                              \
        name, IN_BODY, ELEMENT_NODE, kind                                                          \
    }
#define GLOBAL(name, kind)                                                                         \
    {                                                                                              \
        name, IN_DEFINITIONS, ELEMENT_GLOBAL_TASK, kind                                            \
    }
#define OTHER(name, where)                                                                         \
    {                                                                                              \
        name, where, ELEMENT_OTHER, BPMN_PROCESS                                                   \
    }

/* clang-format off */
static const struct element table[] = {
    NODE("startEvent", BPMN_START),
    NODE("endEvent", BPMN_END),
    NODE("intermediateCatchEvent", BPMN_CATCH),
    NODE("intermediateThrowEvent", BPMN_THROW),
    NODE("implicitThrowEvent", BPMN_THROW),
    NODE("boundaryEvent", BPMN_BOUNDARY),
    NODE("task", BPMN_TASK),
    NODE("manualTask", BPMN_MANUAL_TASK),
    NODE("userTask", BPMN_USER_TASK),
    NODE("serviceTask", BPMN_SERVICE_TASK),
    NODE("scriptTask", BPMN_SCRIPT_TASK),
    NODE("businessRuleTask", BPMN_BUSINESS_RULE_TASK),
    NODE("sendTask", BPMN_SEND_TASK),
    NODE("receiveTask", BPMN_RECEIVE_TASK),
    NODE("callActivity", BPMN_CALL_ACTIVITY),
    NODE("subProcess", BPMN_SUB_PROCESS),
    NODE("transaction", BPMN_TRANSACTION),
    NODE("adHocSubProcess", BPMN_AD_HOC),
    NODE("exclusiveGateway", BPMN_EXCLUSIVE),
    NODE("inclusiveGateway", BPMN_INCLUSIVE),
    NODE("parallelGateway", BPMN_PARALLEL),
    NODE("eventBasedGateway", BPMN_EVENT_BASED),
    NODE("complexGateway", BPMN_COMPLEX),
    {"sequenceFlow", IN_BODY, ELEMENT_FLOW, BPMN_PROCESS},
    GLOBAL("globalTask", BPMN_TASK),
    GLOBAL("globalManualTask", BPMN_MANUAL_TASK),
    GLOBAL("globalUserTask", BPMN_USER_TASK),
    GLOBAL("globalScriptTask", BPMN_SCRIPT_TASK),
    GLOBAL("globalBusinessRuleTask", BPMN_BUSINESS_RULE_TASK),
    OTHER("documentation", IN_ALL),
    OTHER("extensionElements", IN_ALL),
    OTHER("auditing", IN_BODY | IN_NODE | IN_FLOW | IN_DEPTH),
    OTHER("monitoring", IN_BODY | IN_NODE | IN_FLOW | IN_DEPTH),
    OTHER("categoryValueRef", IN_NODE | IN_FLOW | IN_DEPTH),
    OTHER("incoming", IN_NODE), OTHER("outgoing", IN_NODE),
    OTHER("conditionExpression", IN_FLOW),
    /* what stands beside nodes */
    OTHER("laneSet", IN_BODY), OTHER("childLaneSet", IN_DEPTH), OTHER("lane", IN_DEPTH),
    OTHER("flowNodeRef", IN_DEPTH), OTHER("partitionElement", IN_DEPTH),
    OTHER("association", IN_BODY | IN_DEPTH), OTHER("group", IN_BODY | IN_DEPTH),
    OTHER("textAnnotation", IN_BODY | IN_DEPTH), OTHER("text", IN_DEPTH),
    OTHER("dataObject", IN_BODY), OTHER("dataObjectReference", IN_BODY),
    OTHER("dataStoreReference", IN_BODY), OTHER("dataState", IN_DEPTH),
    OTHER("supports", IN_PROCESS), OTHER("supportedInterfaceRef", IN_PROCESS | IN_DEPTH),
    OTHER("ioBinding", IN_PROCESS | IN_DEPTH),
    OTHER("correlationSubscription", IN_PROCESS),
    OTHER("correlationPropertyBinding", IN_DEPTH), OTHER("dataPath", IN_DEPTH),
    /* data of nodes */
    OTHER("property", IN_PROCESS | IN_ACTIVITY | IN_EVENT),
    OTHER("ioSpecification", IN_PROCESS | IN_ACTIVITY | IN_DEPTH),
    OTHER("dataInput", IN_EVENT | IN_DEPTH), OTHER("dataOutput", IN_EVENT | IN_DEPTH),
    OTHER("inputSet", IN_EVENT | IN_DEPTH), OTHER("outputSet", IN_EVENT | IN_DEPTH),
    OTHER("dataInputRefs", IN_DEPTH), OTHER("optionalInputRefs", IN_DEPTH),
    OTHER("whileExecutingInputRefs", IN_DEPTH), OTHER("outputSetRefs", IN_DEPTH),
    OTHER("dataOutputRefs", IN_DEPTH), OTHER("optionalOutputRefs", IN_DEPTH),
    OTHER("whileExecutingOutputRefs", IN_DEPTH), OTHER("inputSetRefs", IN_DEPTH),
    OTHER("dataInputAssociation", IN_ACTIVITY | IN_EVENT),
    OTHER("dataOutputAssociation", IN_ACTIVITY | IN_EVENT),
    OTHER("sourceRef", IN_DEPTH), OTHER("targetRef", IN_DEPTH),
    OTHER("transformation", IN_DEPTH), OTHER("assignment", IN_DEPTH),
    OTHER("from", IN_DEPTH), OTHER("to", IN_DEPTH),
    /* activities */
    OTHER("resourceRole", IN_PROCESS | IN_ACTIVITY | IN_DEPTH),
    OTHER("performer", IN_PROCESS | IN_ACTIVITY | IN_DEPTH),
    OTHER("humanPerformer", IN_PROCESS | IN_ACTIVITY | IN_DEPTH),
    OTHER("potentialOwner", IN_PROCESS | IN_ACTIVITY | IN_DEPTH),
    OTHER("resourceRef", IN_DEPTH), OTHER("resourceParameterBinding", IN_DEPTH),
    OTHER("resourceAssignmentExpression", IN_DEPTH),
    OTHER("expression", IN_DEPTH), OTHER("formalExpression", IN_DEPTH),
    OTHER("rendering", IN_ACTIVITY | IN_DEPTH), OTHER("script", IN_ACTIVITY | IN_DEPTH),
    OTHER("standardLoopCharacteristics", IN_ACTIVITY), OTHER("loopCondition", IN_DEPTH),
    OTHER("multiInstanceLoopCharacteristics", IN_ACTIVITY),
    OTHER("loopCardinality", IN_DEPTH), OTHER("loopDataInputRef", IN_DEPTH),
    OTHER("loopDataOutputRef", IN_DEPTH), OTHER("inputDataItem", IN_DEPTH),
    OTHER("outputDataItem", IN_DEPTH), OTHER("complexBehaviorDefinition", IN_DEPTH),
    OTHER("condition", IN_DEPTH), OTHER("event", IN_DEPTH),
    OTHER("completionCondition", IN_SCOPE | IN_DEPTH),
    OTHER("activationCondition", IN_GATEWAY),
    /* events */
    OTHER("eventDefinition", IN_ROOT | IN_EVENT), OTHER("eventDefinitionRef", IN_EVENT | IN_DEPTH),
    OTHER("timerEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("messageEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("signalEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("errorEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("escalationEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("conditionalEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("linkEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("terminateEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("cancelEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("compensateEventDefinition", IN_ROOT | IN_EVENT),
    OTHER("timeDate", IN_DEPTH), OTHER("timeDuration", IN_DEPTH), OTHER("timeCycle", IN_DEPTH),
    OTHER("operationRef", IN_DEPTH), OTHER("source", IN_DEPTH), OTHER("target", IN_DEPTH),
    /* beside processes */
    OTHER("process", IN_DEFINITIONS), OTHER("import", IN_DEFINITIONS),
    OTHER("extension", IN_DEFINITIONS), OTHER("relationship", IN_DEFINITIONS),
    OTHER("itemDefinition", IN_DEFINITIONS), OTHER("message", IN_DEFINITIONS),
    OTHER("signal", IN_DEFINITIONS), OTHER("error", IN_DEFINITIONS),
    OTHER("escalation", IN_DEFINITIONS), OTHER("interface", IN_DEFINITIONS),
    OTHER("operation", IN_DEPTH), OTHER("inMessageRef", IN_DEPTH),
    OTHER("outMessageRef", IN_DEPTH), OTHER("errorRef", IN_DEPTH),
    OTHER("endPoint", IN_DEFINITIONS), OTHER("category", IN_DEFINITIONS),
    OTHER("categoryValue", IN_DEPTH), OTHER("dataStore", IN_DEFINITIONS),
    OTHER("resource", IN_DEFINITIONS), OTHER("resourceParameter", IN_DEPTH),
    OTHER("partnerEntity", IN_DEFINITIONS), OTHER("partnerRole", IN_DEFINITIONS),
    OTHER("participantRef", IN_DEPTH), OTHER("correlationProperty", IN_DEFINITIONS),
    OTHER("correlationPropertyRetrievalExpression", IN_DEPTH), OTHER("messagePath", IN_DEPTH),
    OTHER("artifact", IN_BODY | IN_DEPTH), OTHER("rootElement", IN_DEFINITIONS),
    /* who talks with whom */
    OTHER("collaboration", IN_DEFINITIONS), OTHER("participant", IN_DEPTH),
    OTHER("participantMultiplicity", IN_DEPTH), OTHER("interfaceRef", IN_DEPTH),
    OTHER("endPointRef", IN_DEPTH), OTHER("messageFlow", IN_DEPTH),
    OTHER("messageFlowRef", IN_DEPTH), OTHER("correlationKey", IN_DEPTH),
    OTHER("correlationPropertyRef", IN_DEPTH), OTHER("choreographyRef", IN_DEPTH),
    OTHER("participantAssociation", IN_DEPTH), OTHER("innerParticipantRef", IN_DEPTH),
    OTHER("outerParticipantRef", IN_DEPTH), OTHER("messageFlowAssociation", IN_DEPTH),
    OTHER("conversationAssociation", IN_DEPTH), OTHER("conversation", IN_DEPTH),
    OTHER("subConversation", IN_DEPTH), OTHER("callConversation", IN_DEPTH),
    OTHER("conversationNode", IN_DEPTH), OTHER("conversationLink", IN_DEPTH),
    OTHER("globalConversation", IN_DEFINITIONS),
    /* choreographies: drawings only */
    OTHER("choreography", IN_DEFINITIONS), OTHER("globalChoreographyTask", IN_DEFINITIONS),
    OTHER("choreographyTask", IN_DEPTH), OTHER("subChoreography", IN_DEPTH),
    OTHER("callChoreography", IN_DEPTH), OTHER("choreographyActivity", IN_DEPTH),
    OTHER("initiatingParticipantRef", IN_DEPTH),
};
/* clang-format on */

const struct element *element_find(str name)
{
    for (size_t i = 0; i < COUNTOF(table); i++)
        if (str_eq(str_from(table[i].name), name)) return &table[i];
    return NULL;
}
