/* The names an expression may use, and how they are found in text. */
#pragma once

#include "feel/ast.h"
#include "feel/builtin/builtin.h"

enum { SCOPE_BUCKETS = 64 };

struct scope_slot {
    str name; /* blanks normalised */
    const struct feel_type *type;
    int index;
    struct scope_slot *next;
};
struct scope_function {
    struct feel_host_function f;
    struct scope_function *next;
};
struct scope_type {
    str name;
    const struct feel_type *type;
    struct scope_type *next;
};
struct feel_scope {
    struct arena *arena;
    int slot_count;
    bool lenient;
    struct scope_slot *slot[SCOPE_BUCKETS]; /* by first byte */
    struct scope_function *function[SCOPE_BUCKETS];
    struct scope_type *type;
};

static inline size_t scope_bucket(char first)
{
    return (uint8_t)first % SCOPE_BUCKETS;
}
/* One blank between words, none at the ends. */
str name_normal(struct arena *a, str name);
/* Bytes of text, from its start, that are this name; 0: it is not there.  exact: blanks stand where
 * the name has them; otherwise blanks around operators do not matter. */
size_t name_match(str name, const char *at, const char *end, bool exact);
bool is_name_start(uint32_t c);
bool is_name_part(uint32_t c);
/* Bytes of white space at the start of the text (one character), 0 for none. */
size_t space_at(const char *at, const char *end);
/* Bytes of the name-part character at `at`, 0 when it is none. */
size_t name_part_at(const char *at, const char *end);
/* Edit distance, capped; for hints. */
size_t name_distance(str a, str b);
