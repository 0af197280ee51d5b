/* The builtins: a table of names, parameters and results (builtin.def), and what implements them. */
#pragma once

#include "feel/machine.h"

struct call {
    struct machine *m;
    const struct node *n;
    const struct builtin *builtin;
    size_t count; /* arguments */
    bool warned;
};
/* Returns false for a fault: the result is null, with a warning that the arguments do not fit
 * unless the function has given a better one.  Arguments not passed have kind FEEL_ANY. */
typedef bool builtin_fn(struct call *c, const struct feel_value *arg, struct feel_value *out);

/* types: one letter a parameter, then ? for optional or * for any number:
 *   a anything  n number  s string  b boolean  l list  c context  d date  t time  T date and time
 *   p date or date and time  D days duration  M months duration  u duration  f function  r range
 * result: the same letters, E an element of the first argument, L the type of the first. */
struct builtin {
    const char *name, *types, *params;
    char result;
    bool pure;
    builtin_fn *call;
};
enum { BUILTIN_ARGS_MAX = 8 };

extern const struct builtin builtin_table[];
extern const size_t builtin_count;
/* The rows [first, end) whose name begins with this byte. */
void builtin_rows(char first_byte, size_t *first, size_t *end);
int builtin_min(const struct builtin *b);
int builtin_max(const struct builtin *b); /* -1: any number */
char builtin_type(const struct builtin *b, size_t parameter);
/* The place of a named parameter, or -1. */
int builtin_param(const struct builtin *b, str name);
/* Can an argument of this type be passed for the letter? */
bool builtin_accepts(char letter, const struct feel_type *t);
const struct feel_type *builtin_letter_type(char letter);
const char *builtin_letter_name(char letter);
/* Checks and coerces the arguments in place, then calls. */
const struct feel_value *builtin_invoke(struct machine *m, const struct node *n,
                                        const struct builtin *b, struct feel_value *arg,
                                        size_t count, struct feel_value *tmp);
/* The row of the same name that takes this many arguments, or NULL. */
const struct builtin *builtin_overload(const struct builtin *b, size_t count);

/* A fault with its own sentence; returns false. */
bool call_fault(struct call *c, const char *slug, const char *zh, const char *en);
bool call_memory(struct call *c);
static inline bool given(const struct feel_value *v)
{
    return v->kind != FEEL_ANY && v->kind != FEEL_NULL;
}

#define BUILTIN(name, types, params, result, function) builtin_fn function;
#define IMPURE(name, types, params, result, function)  builtin_fn function;
#include "feel/builtin/builtin.def"
#undef BUILTIN
#undef IMPURE
