/* XML as a tree with positions, read by expat.  No DOCTYPE, no entities of one's own, UTF-8 only,
 * bounded size and depth.  Only bpmn/ uses it. */
#pragma once

#include "base/err.h"

#define NS_BPMN   STR("http://www.omg.org/spec/BPMN/20100524/MODEL")
#define NS_BPMNDI STR("http://www.omg.org/spec/BPMN/20100524/DI")
#define NS_DC     STR("http://www.omg.org/spec/DD/20100524/DC")
#define NS_DI     STR("http://www.omg.org/spec/DD/20100524/DI")
#define NS_BIHUAN STR("https://bihuan.org/bpmn/1")

struct xml_attr {
    str ns, name, value; /* ns empty: the element's own vocabulary */
    struct pos pos;      /* of the value's first character */
};
struct xml {
    str ns, name;
    const struct xml_attr *attr;
    int attr_count;
    struct xml *child, *next, *parent;
    str text; /* all character data directly inside, trimmed */
    struct pos pos, text_pos;
};

/* Memory: the tree lives in cx->arena and does not point into text.
 * Errors: RC_INVALID bpmn.xml, bpmn.doctype, bpmn.utf8, bpmn.depth with position;
 *         RC_TOO_LARGE bpmn.too-large; RC_LIMIT bpmn.memory. */
NODISCARD rc xml_parse(struct cx *cx, str text, struct xml **root);
bool xml_is(const struct xml *x, str ns, str name);
const struct xml *xml_child(const struct xml *x, str ns, str name); /* the first; NULL */
/* NULL when absent; ns empty: attributes without prefix. */
const struct xml_attr *xml_attr_find(const struct xml *x, str ns, str name);
str xml_attr(const struct xml *x, const char *name); /* without prefix; empty when absent */
