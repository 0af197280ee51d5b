/* JSON, strict (RFC 8259): read into an immutable tree whose numbers keep their text, so that no
 * figure passes binary floating point; written straight into a buf. */
#pragma once

#include "base/err.h"

#pragma GCC visibility push(default) /* of the library of decisions */

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};
struct json {
    enum json_kind kind;
    str text;           /* number as written; string decoded */
    str key;            /* name within the parent object */
    struct json *child; /* first of array or object */
    struct json *next;  /* sibling */
    size_t count;       /* of children */
    struct pos pos;
};
enum { JSON_DEPTH_MAX = 64 };

/* Errors: RC_INVALID json.syntax, json.utf8, json.duplicate-key, json.depth (all with position);
 *         RC_LIMIT json.memory.  The whole of text must be one value. */
NODISCARD rc json_parse(struct cx *cx, str text, const struct json **out);
const struct json *json_find(const struct json *object,
                             str key); /* NULL when absent or not an object */
/* Text of a string member, or the empty str. */
str json_text(const struct json *object, str key);
bool json_is(const struct json *j, enum json_kind kind); /* false for NULL */
/* A number without fraction or exponent that fits; also from a member. */
bool json_i64(const struct json *j, int64_t *out);
void json_write(struct buf *out, const struct json *j); /* compact, members in the order read */

/* Writer: commas are its business.  jw_* inside an object need jw_key first. */
enum { JW_DEPTH_MAX = 64 };
struct jw {
    struct buf *out;
    int depth;
    bool need_comma[JW_DEPTH_MAX];
};
void jw_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end(struct jw *w, char bracket); /* '}' or ']' */
void jw_key(struct jw *w, str key);
void jw_str(struct jw *w, str s);
void jw_i64(struct jw *w, int64_t n);
void jw_bool(struct jw *w, bool b);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, str json); /* a value already written */
/* The members of an object already written, into the object being written. */
void jw_members(struct jw *w, str object);
/* n × 10^-scale, exactly: 127530 with scale 2 is 1275.30 */
void jw_fixed(struct jw *w, int64_t n, int scale);
/* key and value in one */
void jw_kstr(struct jw *w, const char *key, str s);
void jw_ki64(struct jw *w, const char *key, int64_t n);
void jw_kbool(struct jw *w, const char *key, bool b);
void jw_kraw(struct jw *w, const char *key, str json);
void buf_json(struct buf *b, str s); /* quoted and escaped */

#pragma GCC visibility pop
