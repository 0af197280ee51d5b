/* A declaration file as a tree: YAML with a place for every key and value, and nothing of YAML that
 * surprises: no anchors, no tags, no second document, no duplicate keys; every scalar is text. */
#pragma once

#include "base/err.h"

enum decl_kind { DECL_TEXT, DECL_LIST, DECL_MAP };
struct decl {
    enum decl_kind kind;
    bool quoted; /* "true" is text, true is not */
    str text;    /* of DECL_TEXT */
    str key;     /* within the parent map */
    struct pos key_pos;
    struct pos pos;     /* of the first character of the content: behind a quote, below a | */
    uint32_t indent;    /* what the later lines of a block scalar are shifted by */
    str source;         /* the file */
    struct decl *child; /* first of a list or map */
    struct decl *next;  /* sibling */
    size_t count;       /* of children */
};
enum { DECL_DEPTH_MAX = 24, DECL_BYTES_MAX = 4 << 20, DECL_COUNT_MAX = 200000 };

/* Errors: RC_INVALID app.yaml, app.duplicate-key, app.alias, app.tag; RC_LIMIT app.depth, app.size;
 * all with source, position and hint. */
NODISCARD rc decl_parse(struct cx *cx, str text, str source, const struct decl **out);
/* NULL when absent or not a map. */
const struct decl *decl_find(const struct decl *map, str key);
