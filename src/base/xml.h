/* XML as a tree with positions, read by expat.  No DOCTYPE, no entities of one's own, UTF-8 only,
 * bounded size and depth. */
#pragma once

#include "base/err.h"

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
    str raw;  /* the same, as it is written */
    struct pos pos;
    struct pos text_pos; /* of the first character of text */
};

enum { XML_BYTES_MAX = 4 << 20, XML_DEPTH_MAX = 100 };
/* bytes_max: at most XML_BYTES_MAX.
 * Memory: the tree lives in cx->arena and does not point into text.
 * Errors: RC_INVALID xml.malformed, xml.doctype, xml.utf8, xml.depth with position;
 *         RC_TOO_LARGE xml.too-large; RC_LIMIT xml.memory. */
NODISCARD rc xml_parse(struct cx *cx, str text, size_t bytes_max, struct xml **root);
bool xml_is(const struct xml *x, str ns, str name);
const struct xml *xml_child(const struct xml *x, str ns, str name); /* the first; NULL */
/* NULL when absent; ns empty: attributes without prefix. */
const struct xml_attr *xml_attr_find(const struct xml *x, str ns, str name);
str xml_attr(const struct xml *x, const char *name); /* without prefix; empty when absent */
