/* The parser's state and its parts.  Parsing, finding names, checking types and building the tree
 * are one pass: what a name is depends on the types of what stands before it.
 * Functions return NULL after an error, which then stands in p->cx. */
#pragma once

#include "feel/builtin/builtin.h"
#include "feel/scope.h"

enum { NODE_DEPTH_MAX = 4 * FEEL_DEPTH_MAX, LOCALS_MAX = 30000, HINTS_MAX = MACHINE_HINTS };

/* A function body, or the expression itself, that is being parsed: it owns locals and captures. */
struct function_state {
    struct function_state *outer;
    int local_count;
    VEC(struct node_capture) capture;
    VEC(const void *) captured_key; /* binding or slot each capture stands for */
};
/* A name in scope, innermost first. */
struct binding {
    struct binding *outer;
    str name;
    const struct feel_type *type;
    struct function_state *function;
    int local;
    bool is_item; /* inside a filter: type is that of the elements, whose members are in scope too */
    bool open;    /* a context entry whose value is being parsed: only functions may name it */
    bool used;
};

struct parser {
    struct cx *cx;
    struct arena *arena;
    const struct feel_scope *scope;
    struct feel_expr *expr;
    const char *begin, *at, *end;
    struct function_state *function;
    struct binding *binding;
    int depth;
    int hints;
    bool no_filter; /* in the end of a range, [ closes it */
    uint8_t *slot_used;
    VEC(str) function_used;
    uint32_t name_end; /* what stands behind the last plain name: for errors about unknown names */
};

/* ---- text (lex.c) ---- */
void skip_space(struct parser *p);
bool eat(struct parser *p, const char *token); /* operator or bracket, then blanks */
bool looking_at(struct parser *p, const char *token);
bool eat_word(struct parser *p, const char *word); /* whole word, then blanks */
bool looking_at_word(struct parser *p, const char *word);
static inline char peek(const struct parser *p)
{
    return p->at < p->end ? *p->at : '\0';
}
static inline uint32_t offset_of(const struct parser *p)
{
    return (uint32_t)(p->at - p->begin);
}
bool is_keyword(str word);
struct node *parse_number(struct parser *p);
bool lex_string(struct parser *p, str *out); /* at the opening quote */
struct node *parse_string(struct parser *p);
struct node *parse_at_literal(struct parser *p);
bool lex_name(struct parser *p, const char *stop, str *out); /* words up to one of stop */

/* ---- errors (lex.c) ---- */
void *fail_expected(struct parser *p, const char *zh, const char *en);
void *fail_at(struct parser *p, uint32_t at, const char *slug, const char *zh, const char *en, ...)
    PRINTF(4, 6) PRINTF(5, 6);
void *fail_limit(struct parser *p, const char *slug, const char *zh, const char *en);
bool enter(struct parser *p);
static inline void leave(struct parser *p)
{
    p->depth--;
}

/* ---- names (name.c) ---- */
struct found {
    enum { FOUND_NONE, FOUND_BINDING, FOUND_MEMBER, FOUND_SLOT, FOUND_HOST, FOUND_BUILTIN } kind;
    size_t len;
    struct binding *binding;
    str member;
    const struct feel_type *type;
    const struct scope_slot *slot;
    const struct scope_function *host;
    const struct builtin *builtin;
    struct binding *dynamic; /* the innermost filter whose members nobody knows */
};
void find_name(struct parser *p, struct found *out);
size_t word_run(const struct parser *p); /* words at p->at up to a keyword or sign */
struct node *parse_name(struct parser *p);
struct node *binding_node(struct parser *p, struct binding *b, uint32_t at);
struct node *slot_node(struct parser *p, const struct scope_slot *s, uint32_t at);
struct binding *push_binding(struct parser *p, str name, const struct feel_type *type);
void hint_nearest(struct parser *p, str name, const struct feel_type *members);

/* ---- grammar ---- */
struct node *parse_expr(struct parser *p);
struct node *parse_arithmetic(struct parser *p); /* binds tighter than comparison */
struct node *parse_postfix(struct parser *p);
struct node *parse_primary(struct parser *p);
struct node *parse_call(struct parser *p, const struct found *f, struct node *callee, uint32_t at);
struct node *parse_function(struct parser *p);
struct node *parse_context(struct parser *p);
struct node *parse_for(struct parser *p);
struct node *parse_quantified(struct parser *p, enum op op);
struct node *parse_range_rest(struct parser *p, struct node *low, bool low_open, uint32_t at);
const struct feel_type *parse_type(struct parser *p);
struct node *parse_in(struct parser *p, struct node *subject, uint32_t at);
struct node *parse_tests(struct parser *p, struct node *subject);

/* ---- building (build.c) ---- */
typedef VEC(const struct node *) node_vec;
typedef VEC(uint8_t) sign_vec;
void add_node(struct parser *p, node_vec *v, const struct node *n);
void add_sign(struct parser *p, sign_vec *v, uint8_t sign);
struct node *new_node(struct parser *p, enum op op, eval_fn *eval, uint32_t at,
                      const struct feel_type *type);
/* Counts children in: depth, size, purity.  false: too deep. */
bool adopt(struct parser *p, struct node *n, const struct node *child);
struct node *const_node(struct parser *p, struct feel_value v, uint32_t at);
struct node *fault_node(struct parser *p, uint32_t at, const char *slug, const char *zh,
                        const char *en, ...) PRINTF(4, 6) PRINTF(5, 6);
struct node *fold(struct parser *p, struct node *n);
struct node *build_arithmetic(struct parser *p, const node_vec *operand, const uint8_t *what,
                              uint32_t at);
struct node *build_negate(struct parser *p, struct node *a, uint32_t at);
struct node *build_compare(struct parser *p, enum compare what, struct node *a, struct node *b,
                           uint32_t at);
struct node *build_logic(struct parser *p, enum op op, const node_vec *operand, uint32_t at);
struct node *build_path(struct parser *p, struct node *of, str name, uint32_t at);
const struct node **keep_nodes(struct parser *p, const node_vec *v);
bool comparable(const struct feel_type *a, const struct feel_type *b);
str type_text(struct parser *p, const struct feel_type *t);
