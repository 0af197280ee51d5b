/* The inside of types; see feel.h for what others may do with them. */
#pragma once

#include "feel/feel.h"

struct feel_type {
    enum feel_kind kind;
    bool open;                        /* context, function: any members or parameters */
    const struct feel_type *element;  /* of list and range; result of a function */
    const struct feel_member *member; /* of a context; parameters of a function */
    size_t count;
};

const char *type_kind_name(enum feel_kind kind);
/* "number", "date and time" …; the names of kinds only, no parameters in angle brackets. */
bool type_kind_find(str name, enum feel_kind *out);
/* NULL when the context type has no such member. */
const struct feel_type *type_member(const struct feel_type *context, str name);
/* The narrowest type both fit; contexts are joined member by member. */
const struct feel_type *type_join(struct arena *a, const struct feel_type *x,
                                  const struct feel_type *y);
/* Can a value of `have` turn out to be one of `want`, with the coercions of feel_coerce?  false: never,
 * unless it is null. */
bool type_may_fit(const struct feel_type *have, const struct feel_type *want);
