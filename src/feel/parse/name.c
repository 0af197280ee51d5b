/* Finding names: the longest known one at a place in the text, innermost first. */
#include "feel/parse/parse.h"

struct binding *push_binding(struct parser *p, str name, const struct feel_type *type)
{
    struct binding *b = NEW(p->arena, struct binding);
    *b = (struct binding){.outer = p->binding,
                          .name = name,
                          .type = type,
                          .function = p->function,
                          .local = p->function->local_count++};
    p->binding = b;
    return b;
}

/* ---- references ---- */

static struct node *reference(struct parser *p, struct function_state *f, const void *key,
                              enum op op, int index);

/* The place among f's captures of what `key` stands for in the functions around it. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of functions, FEEL_DEPTH_MAX */
static int capture_index(struct parser *p, struct function_state *f, const void *key, enum op op,
                         int index)
{
    for (size_t i = 0; i < f->captured_key.len; i++)
        if (f->captured_key.at[i] == key) return (int)i;
    struct node_capture c = {.from = reference(p, f->outer, key, op, index)};
    *vec_add(p->arena, &f->captured_key) = key;
    *vec_add(p->arena, &f->capture) = c;
    return (int)f->capture.len - 1;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of functions, FEEL_DEPTH_MAX */
static struct node *reference(struct parser *p, struct function_state *f, const void *key,
                              enum op op, int index)
{
    const struct function_state *home =
        op == OP_LOCAL ? ((const struct binding *)key)->function : NULL;
    struct node *n = new_node(p, op, op == OP_SLOT ? eval_slot : eval_local, offset_of(p),
                              feel_type_of_kind(FEEL_ANY));
    n->pure = false;
    n->as.index = index;
    if (f == home || f->outer == NULL) return n;
    n->op = OP_CAPTURED;
    n->eval = eval_captured;
    n->as.index = capture_index(p, f, key, op, index);
    return n;
}

struct node *binding_node(struct parser *p, struct binding *b, uint32_t at)
{
    b->used = true;
    struct node *n = reference(p, p->function, b, OP_LOCAL, b->local);
    n->at = at;
    n->type = b->type;
    if (b->open) { /* the entry's own function: it is the closure itself that is captured */
        struct function_state *f = p->function;
        while (f->outer != b->function)
            f = f->outer;
        for (size_t i = 0; i < f->captured_key.len; i++)
            if (f->captured_key.at[i] == b) f->capture.at[i].self = true;
    }
    return n;
}

struct node *slot_node(struct parser *p, const struct scope_slot *s, uint32_t at)
{
    p->slot_used[s->index / 8] |= (uint8_t)(1 << s->index % 8);
    struct node *n = reference(p, p->function, s, OP_SLOT, s->index);
    n->at = at;
    n->type = s->type;
    return n;
}

/* ---- search ---- */

static void consider(struct found *out, const struct found *candidate)
{
    if (candidate->len > out->len) {
        struct binding *dynamic = out->dynamic;
        *out = *candidate;
        out->dynamic = dynamic;
    }
}

static void find_members(struct parser *p, struct binding *b, bool exact, struct found *out)
{
    const struct feel_type *t = b->type;
    if (t->kind != FEEL_CONTEXT || t->open) return;
    for (size_t i = 0; i < t->count; i++) {
        struct found f = {.kind = FOUND_MEMBER,
                          .len = name_match(t->member[i].name, p->at, p->end, exact),
                          .binding = b,
                          .member = t->member[i].name,
                          .type = t->member[i].type};
        consider(out, &f);
    }
}

static bool elements_unknown(const struct feel_type *t)
{
    return t->kind == FEEL_ANY || t->kind == FEEL_NULL || (t->kind == FEEL_CONTEXT && t->open);
}

static void find_bindings(struct parser *p, bool exact, struct found *out)
{
    for (struct binding *b = p->binding; b != NULL; b = b->outer) {
        if (b->open && p->function == b->function) continue;
        if (b->is_item) {
            find_members(p, b, exact, out);
            if (out->dynamic == NULL && out->len == 0 && elements_unknown(b->type))
                out->dynamic = b;
        }
        if (b->name.len == 0 || b->name.at[0] != *p->at) continue;
        struct found f = {.kind = FOUND_BINDING,
                          .len = name_match(b->name, p->at, p->end, exact),
                          .binding = b,
                          .type = b->type};
        consider(out, &f);
    }
}

static void find_in_scope(struct parser *p, bool exact, struct found *out)
{
    const size_t bucket = scope_bucket(*p->at);
    for (const struct scope_slot *s = p->scope->slot[bucket]; s != NULL; s = s->next) {
        struct found f = {.kind = FOUND_SLOT,
                          .len = name_match(s->name, p->at, p->end, exact),
                          .slot = s,
                          .type = s->type};
        consider(out, &f);
    }
    for (const struct scope_function *h = p->scope->function[bucket]; h != NULL; h = h->next) {
        struct found f = {.kind = FOUND_HOST,
                          .len = name_match(h->f.name, p->at, p->end, exact),
                          .host = h,
                          .type = h->f.result};
        consider(out, &f);
    }
}

static bool callable(const struct found *f)
{
    return f->kind == FOUND_HOST || f->kind == FOUND_BUILTIN || f->type->kind == FEEL_FUNCTION;
}

static void find_builtin(struct parser *p, bool exact, struct found *out)
{
    size_t row, end;
    builtin_rows(*p->at, &row, &end);
    for (; row < end; row++) {
        const str name = str_from(builtin_table[row].name);
        struct found f = {.kind = FOUND_BUILTIN,
                          .len = name_match(name, p->at, p->end, exact),
                          .builtin = &builtin_table[row],
                          .type = feel_type_of_kind(FEEL_FUNCTION)};
        if (f.len == 0) continue;
        const char *next = p->at + f.len;
        for (size_t n = space_at(next, p->end); n > 0; n = space_at(next, p->end))
            next += n;
        /* A field called "date" does not hide the function in date("…"). */
        if (f.len == out->len && next < p->end && *next == '(' && !callable(out)) out->len = 0;
        consider(out, &f);
    }
}

void find_name(struct parser *p, struct found *out)
{
    *out = (struct found){.kind = FOUND_NONE};
    if (p->at == p->end) return;
    for (int exact = 1; exact >= 0 && out->len == 0; exact--) {
        find_bindings(p, exact, out);
        find_in_scope(p, exact, out);
        find_builtin(p, exact, out);
    }
}

/* One word, and further words that no keyword is: what a name nobody knows is taken to be. */
size_t word_run(const struct parser *p)
{
    const char *at = p->at, *last = p->at;
    for (;;) {
        const char *word = at;
        for (size_t n = name_part_at(at, p->end); n > 0; n = name_part_at(at, p->end))
            at += n;
        const str w = {word, (size_t)(at - word)};
        if (w.len == 0 || (last != p->at && is_keyword(w))) break;
        last = at;
        for (size_t n = space_at(at, p->end); n > 0; n = space_at(at, p->end))
            at += n;
    }
    return (size_t)(last - p->at);
}

/* ---- hints ---- */

struct nearest {
    str name;
    size_t distance;
};

static void nearer(struct nearest *best, str wanted, str name)
{
    const size_t d = name_distance(wanted, name);
    if (d < best->distance) *best = (struct nearest){name, d};
}

void hint_nearest(struct parser *p, str name, const struct feel_type *members)
{
    struct nearest best = {.distance = name.len / 3 + 2};
    for (size_t i = 0; members != NULL && i < members->count; i++)
        nearer(&best, name, members->member[i].name);
    for (const struct binding *b = p->binding; members == NULL && b != NULL; b = b->outer) {
        if (b->name.len > 0) nearer(&best, name, b->name);
        for (size_t i = 0; b->is_item && b->type->kind == FEEL_CONTEXT && i < b->type->count; i++)
            nearer(&best, name, b->type->member[i].name);
    }
    for (size_t i = 0; members == NULL && i < SCOPE_BUCKETS; i++) {
        for (const struct scope_slot *s = p->scope->slot[i]; s != NULL; s = s->next)
            nearer(&best, name, s->name);
        for (const struct scope_function *f = p->scope->function[i]; f != NULL; f = f->next)
            nearer(&best, name, f->f.name);
    }
    for (size_t i = 0; members == NULL && i < builtin_count; i++)
        nearer(&best, name, str_from(builtin_table[i].name));
    if (best.name.len > 0)
        err_hint(p->cx, "是否指“%.*s”?", "did you mean \"%.*s\"?", STR_ARG(best.name));
}

/* ---- a name where a value is expected ---- */

static struct node *unknown_name(struct parser *p, uint32_t at)
{
    const size_t len = word_run(p);
    if (len == 0) return fail_expected(p, "一个值", "a value");
    const str name = name_normal(p->arena, (str){p->at, len});
    const char *zh = "没有名为“%.*s”的值", *en = "nothing is called \"%.*s\"";
    if (!p->scope->lenient) {
        fail_at(p, at, "feel.unknown-name", zh, en, STR_ARG(name));
        hint_nearest(p, name, NULL);
        return NULL;
    }
    p->at += len;
    skip_space(p);
    struct node *n = fault_node(p, at, "feel.unknown-name", zh, en, STR_ARG(name));
    return peek(p) == '(' ? parse_call(p, NULL, n, at) : n;
}

static struct node *found_node(struct parser *p, const struct found *f, uint32_t at)
{
    if (f->kind == FOUND_BINDING) return binding_node(p, f->binding, at);
    if (f->kind == FOUND_SLOT) return slot_node(p, f->slot, at);
    if (f->kind == FOUND_MEMBER) {
        struct node *item = binding_node(p, f->binding, at);
        struct node *n = build_path(p, item, f->member, at);
        if (n != NULL && n->op == OP_PATH) n->as.path.quiet = true;
        return n;
    }
    if (f->kind == FOUND_BUILTIN) {
        struct feel_function *function = NEW(p->arena, struct feel_function);
        function->builtin = f->builtin;
        return const_node(p, (struct feel_value){.kind = FEEL_FUNCTION, .as.function = function},
                          at);
    }
    return NULL;
}

/* Inside a filter whose elements are unknown: the element's entry of that name if it has one, else
 * what the name means outside. */
static struct node *dynamic_name(struct parser *p, struct found *f, uint32_t at)
{
    const size_t run = word_run(p), len = run > f->len ? run : f->len;
    const str name = name_normal(p->arena, (str){p->at, len});
    struct node *otherwise = NULL;
    if (f->kind != FOUND_NONE && f->kind != FOUND_BUILTIN && f->len == len) {
        otherwise = found_node(p, f, at);
        if (otherwise == NULL && f->kind != FOUND_HOST) return NULL;
    }
    struct node *n = new_node(p, OP_ITEM_NAME, eval_item_name, at, feel_type_of_kind(FEEL_ANY));
    n->pure = false;
    n->as.item_name.item = binding_node(p, f->dynamic, at);
    n->as.item_name.otherwise = otherwise;
    n->as.item_name.name = name;
    n->as.item_name.hint = (uint8_t)(p->hints++ % HINTS_MAX);
    if (otherwise != NULL && !adopt(p, n, otherwise)) return NULL;
    p->at += len;
    skip_space(p);
    p->name_end = offset_of(p);
    return n;
}

struct node *parse_name(struct parser *p)
{
    const uint32_t at = offset_of(p);
    struct found f;
    find_name(p, &f);
    const size_t keyword = word_run(p);
    if (f.kind == FOUND_NONE && (keyword == 0 || is_keyword((str){p->at, keyword})))
        return fail_expected(p, "一个值", "a value");
    if (f.dynamic != NULL) {
        const char *next = p->at + (f.len > 0 ? f.len : keyword);
        for (size_t n = space_at(next, p->end); n > 0; n = space_at(next, p->end))
            next += n;
        const bool called = next < p->end && *next == '(' && f.kind != FOUND_NONE && callable(&f);
        const bool inner = f.kind == FOUND_BINDING && f.binding == f.dynamic;
        if (!called && !inner) return dynamic_name(p, &f, at);
    }
    if (f.kind == FOUND_NONE) return unknown_name(p, at);
    p->at += f.len;
    skip_space(p);
    p->name_end = offset_of(p);
    if (f.kind == FOUND_HOST || (f.kind == FOUND_BUILTIN && peek(p) == '('))
        return parse_call(p, &f, NULL, at);
    return found_node(p, &f, at);
}
