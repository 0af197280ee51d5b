/* The two doors into the compiler, and questions about what came out. */
#include <string.h>

#include "feel/parse/parse.h"

enum { SOURCE_BYTES_MAX = 1 << 24 };

static bool start(struct parser *p, struct cx *cx, const struct feel_scope *scope, str source,
                  struct pos at)
{
    struct feel_expr *e = NEW(cx->arena, struct feel_expr);
    *p = (struct parser){.cx = cx, .arena = cx->arena, .scope = scope, .expr = e};
    p->function = NEW(cx->arena, struct function_state);
    e->at = at;
    if (source.len > SOURCE_BYTES_MAX) {
        fail_limit(p, "feel.memory", "表达式超过16兆字节", "the expression is over 16 MB");
        return false;
    }
    e->source = arena_dup(cx->arena, source);
    p->begin = p->at = e->source.at;
    p->end = p->begin + e->source.len;
    p->slot_used = NEWS(cx->arena, uint8_t, (size_t)scope->slot_count / 8 + 1);
    if (!utf8_valid(e->source)) {
        fail_at(p, 0, "feel.syntax", "表达式不是有效的UTF-8文本",
                "the expression is not valid UTF-8");
        return false;
    }
    skip_space(p);
    return true;
}

static rc finish(struct parser *p, struct node *root, const struct feel_expr **out)
{
    if (root != NULL && p->at < p->end) root = fail_expected(p, "表达式结束", "the end");
    if (root == NULL) return p->cx->err.code;
    if (p->arena->exhausted) {
        fail_limit(p, "feel.memory", "表达式太大,内存不足",
                   "the expression is too large to compile");
        return p->cx->err.code;
    }
    if (p->function->local_count > LOCALS_MAX) {
        fail_limit(p, "feel.memory", "局部名称过多", "too many local names");
        return p->cx->err.code;
    }
    struct feel_expr *e = p->expr;
    e->root = root;
    e->local_count = p->function->local_count;
    e->slot_used = p->slot_used;
    e->slot_count = p->scope->slot_count;
    e->function_used = p->function_used.at;
    e->function_count = p->function_used.len;
    *out = e;
    return RC_OK;
}

rc feel_compile(struct cx *cx, const struct feel_scope *scope, str source, struct pos at,
                const struct feel_expr **out)
{
    struct parser p;
    if (cx->err.code != RC_OK) return cx->err.code;
    if (!start(&p, cx, scope, source, at)) return cx->err.code;
    struct node *root = parse_expr(&p);
    return finish(&p, root, out);
}

rc feel_compile_tests(struct cx *cx, const struct feel_scope *scope, int input, str source,
                      struct pos at, const struct feel_expr **out)
{
    struct parser p;
    struct node *subject = NULL;
    if (cx->err.code != RC_OK) return cx->err.code;
    CHECK(input >= 0 && input < scope->slot_count);
    if (!start(&p, cx, scope, source, at)) return cx->err.code;
    for (size_t i = 0; i < SCOPE_BUCKETS; i++)
        for (const struct scope_slot *s = scope->slot[i]; s != NULL; s = s->next)
            if (s->index == input) subject = slot_node(&p, s, 0);
    CHECK(subject != NULL);
    struct node *root = parse_tests(&p, subject);
    return finish(&p, root, out);
}

const struct feel_type *feel_expr_type(const struct feel_expr *e)
{
    return e->root->type;
}

bool feel_expr_uses_slot(const struct feel_expr *e, int slot)
{
    return slot >= 0 && slot < e->slot_count && (e->slot_used[slot / 8] >> slot % 8 & 1) != 0;
}

bool feel_expr_uses_function(const struct feel_expr *e, str name)
{
    for (size_t i = 0; i < e->function_count; i++)
        if (str_eq(e->function_used[i], name)) return true;
    return false;
}
