/* Values that stand for themselves: literals, lists, ranges, contexts, if, for, some, every. */
#include "feel/parse/parse.h"

/* NOLINTBEGIN(misc-no-recursion): every cycle passes enter(), which counts to FEEL_DEPTH_MAX */

/* ---- ranges and lists ---- */

static bool range_end(struct parser *p, bool *open)
{
    *open = peek(p) != ']';
    return eat(p, "]") || eat(p, ")") || eat(p, "[");
}

struct node *parse_range_rest(struct parser *p, struct node *low, bool low_open, uint32_t at)
{
    bool high_open;
    const bool no_filter = p->no_filter;
    p->no_filter = true;
    eat(p, "..");
    struct node *high = parse_arithmetic(p);
    p->no_filter = no_filter;
    if (high == NULL) return NULL;
    if (!range_end(p, &high_open)) return fail_expected(p, "“]”或“)”", "\"]\" or \")\"");
    if (build_compare(p, COMPARE_LE, low, high, at) == NULL) return NULL;
    const struct feel_type *element = type_join(p->arena, low->type, high->type);
    struct node *n = new_node(p, OP_RANGE, eval_range, at, feel_type_range(p->arena, element));
    n->as.range = (struct node_range){low, high, low_open, high_open, FEEL_RANGE_ENDS};
    return adopt(p, n, low) && adopt(p, n, high) ? fold(p, n) : NULL;
}

static struct node *inside(struct parser *p)
{
    const bool no_filter = p->no_filter;
    p->no_filter = false;
    struct node *n = parse_expr(p);
    p->no_filter = no_filter;
    return n;
}

/* (< 5), (>= 5), (= 5), (!= 5) */
static struct node *unary_range(struct parser *p, uint32_t at)
{
    const bool less = peek(p) == '<', greater = peek(p) == '>', other = peek(p) == '!';
    p->at++;
    const bool equal = peek(p) == '=' && (less || greater || other);
    if (equal) p->at++;
    skip_space(p);
    struct node *end = inside(p);
    if (end == NULL) return NULL;
    if (!eat(p, ")")) return fail_expected(p, "“)”", "\")\"");
    struct node *n = new_node(p, OP_RANGE, eval_range, at, feel_type_range(p->arena, end->type));
    n->as.range.form = FEEL_RANGE_HALF;
    if (!less && !greater) n->as.range.form = other ? FEEL_RANGE_OTHER : FEEL_RANGE_EQUAL;
    n->as.range.low = less ? NULL : end;
    n->as.range.high = greater ? NULL : end;
    n->as.range.low_open = less || (greater && !equal);
    n->as.range.high_open = greater || (less && !equal);
    return adopt(p, n, end) ? fold(p, n) : NULL;
}

static struct node *parse_parentheses(struct parser *p)
{
    const uint32_t at = offset_of(p);
    eat(p, "(");
    if (peek(p) == '<' || peek(p) == '>' || peek(p) == '=' || looking_at(p, "!="))
        return unary_range(p, at);
    struct node *n = inside(p);
    if (n == NULL) return NULL;
    if (looking_at(p, "..")) return parse_range_rest(p, n, true, at);
    return eat(p, ")") ? n : fail_expected(p, "“)”", "\")\"");
}

static struct node *parse_brackets(struct parser *p)
{
    const uint32_t at = offset_of(p);
    const bool closing = peek(p) == ']'; /* ]1..5]: open, in the French way */
    node_vec all = {0};
    const struct feel_type *element = feel_type_of_kind(FEEL_NULL);
    p->at++;
    skip_space(p);
    while (closing || peek(p) != ']') {
        struct node *n = inside(p);
        if (n == NULL) return NULL;
        if (all.len == 0 && looking_at(p, "..")) return parse_range_rest(p, n, closing, at);
        if (closing) return fail_expected(p, "“..”", "\"..\"");
        *vec_add(p->arena, &all) = n;
        element = all.len == 1 ? n->type : type_join(p->arena, element, n->type);
        if (!eat(p, ",")) break;
        if (peek(p) == ']') return fail_expected(p, "一个值", "a value");
    }
    if (!eat(p, "]")) return fail_expected(p, "“,”或“]”", "\",\" or \"]\"");
    if (element->kind == FEEL_NULL) element = feel_type_of_kind(FEEL_ANY);
    struct node *n = new_node(p, OP_LIST, eval_list, at, feel_type_list(p->arena, element));
    n->as.many = (struct node_many){keep_nodes(p, &all), NULL, (uint32_t)all.len};
    for (size_t i = 0; i < all.len; i++)
        if (!adopt(p, n, all.at[i])) return NULL;
    return fold(p, n);
}

/* ---- contexts ---- */

static struct node *parse_entry(struct parser *p, struct node_entry *entry)
{
    if (peek(p) == '"') {
        if (!lex_string(p, &entry->name)) return NULL;
    } else if (!lex_name(p, ":,", &entry->name)) {
        return NULL;
    }
    if (!eat(p, ":")) return fail_expected(p, "“:”", "\":\"");
    struct binding *b = push_binding(p, entry->name, feel_type_of_kind(FEEL_ANY));
    b->open = true;
    struct node *value = inside(p);
    if (value == NULL) return NULL;
    b->open = false;
    b->type = value->type;
    entry->local = b->local;
    entry->value = value;
    return value;
}

struct node *parse_context(struct parser *p)
{
    const uint32_t at = offset_of(p);
    struct binding *outer = p->binding;
    VEC(struct node_entry) entries = {0};
    struct node *n = new_node(p, OP_CONTEXT, eval_context, at, NULL);
    bool double_name = false;
    eat(p, "{");
    while (peek(p) != '}') {
        struct node_entry entry = {0};
        const uint32_t entry_at = offset_of(p);
        struct node *value = parse_entry(p, &entry);
        if (value == NULL || !adopt(p, n, value)) return NULL;
        for (size_t i = 0; i < entries.len && i < FEEL_DEPTH_MAX; i++)
            double_name = double_name || str_eq(entries.at[i].name, entry.name);
        if (double_name && !p->scope->lenient)
            return fail_at(p, entry_at, "feel.double-name", "“%.*s”出现了两次",
                           "\"%.*s\" stands here twice", STR_ARG(entry.name));
        *vec_add(p->arena, &entries) = entry;
        if (!eat(p, ",")) break;
        if (peek(p) == '}') return fail_expected(p, "名称", "a name");
    }
    if (!eat(p, "}")) return fail_expected(p, "“,”或“}”", "\",\" or \"}\"");
    struct binding *b = p->binding;
    struct feel_member *member = NEWS(p->arena, struct feel_member, entries.len + 1);
    for (size_t i = entries.len; i-- > 0; b = b->outer) {
        if (!b->used) entries.at[i].local = -1;
        const bool null = b->type->kind == FEEL_NULL;
        member[i].name = entries.at[i].name;
        member[i].type = null ? feel_type_of_kind(FEEL_ANY) : b->type;
    }
    p->binding = outer;
    if (double_name)
        return fault_node(p, at, "feel.double-name", "同一名称在一个结构中出现了两次",
                          "a name stands twice in one context");
    n->type = feel_type_context(p->arena, member, entries.len);
    n->as.context.entry = entries.at;
    n->as.context.count = (uint32_t)entries.len;
    return fold(p, n);
}

/* ---- if ---- */

static struct node *parse_branch(struct parser *p)
{
    const uint32_t at = offset_of(p);
    eat_word(p, "if");
    struct node *test = inside(p);
    if (test == NULL) return NULL;
    if (!eat_word(p, "then")) return fail_expected(p, "“then”", "\"then\"");
    struct node *yes = inside(p);
    if (yes == NULL) return NULL;
    if (!eat_word(p, "else")) return fail_expected(p, "“else”", "\"else\"");
    const enum feel_kind kind = test->type->kind;
    if (kind != FEEL_BOOLEAN && kind != FEEL_ANY && kind != FEEL_NULL && !p->scope->lenient) {
        const str text = type_text(p, test->type);
        return fail_at(p, test->at, "feel.type", "条件应为真假值,而不是%.*s",
                       "a condition is a boolean, not %.*s", STR_ARG(text));
    }
    struct node *n = new_node(p, OP_IF, eval_if, at, yes->type);
    n->as.choice.test = test;
    n->as.choice.yes = yes;
    n->pure = false;
    return adopt(p, n, test) && adopt(p, n, yes) ? n : NULL;
}

/* else if … else if … is one loop here and in eval_if, however long. */
static struct node *parse_if(struct parser *p)
{
    VEC(struct node *) branches = {0};
    do {
        struct node *n = parse_branch(p);
        if (n == NULL) return NULL;
        if (branches.len > 0) branches.at[branches.len - 1]->as.choice.no = n;
        *vec_add(p->arena, &branches) = n;
    } while (looking_at_word(p, "if"));
    struct node *otherwise = inside(p), *first = branches.at[0];
    if (otherwise == NULL || !adopt(p, first, otherwise)) return NULL;
    branches.at[branches.len - 1]->as.choice.no = otherwise;
    const struct feel_type *type = type_join(p->arena, first->type, otherwise->type);
    for (size_t i = 1; i < branches.len; i++) {
        const struct node *n = branches.at[i];
        type = type_join(p->arena, n->type, type);
        first->size += n->size;
        if (n->depth > first->depth) first->depth = n->depth;
    }
    first->type = type;
    return first;
}

/* ---- for, some, every ---- */

static bool parse_iterator(struct parser *p, struct node_iterator *out, struct node *owner)
{
    str name;
    const char *from = p->at;
    /* The variable ends where the word "in" begins. */
    while (p->at < p->end && !looking_at_word(p, "in")) {
        const size_t n = name_part_at(p->at, p->end);
        const bool sign = peek(p) == '-' || peek(p) == '.' || peek(p) == '\'' || peek(p) == '/';
        size_t space = space_at(p->at, p->end);
        if (n == 0 && space == 0 && !sign) break;
        if (space > 0) p->at += space;
        while (space == 0 && name_part_at(p->at, p->end) > 0)
            p->at += name_part_at(p->at, p->end);
        if (sign) p->at++;
    }
    name = name_normal(p->arena, (str){from, (size_t)(p->at - from)});
    if (name.len == 0) return fail_expected(p, "变量名", "the name of a variable");
    if (!eat_word(p, "in")) return fail_expected(p, "“in”", "\"in\"");
    struct node *domain = inside(p), *to = NULL;
    if (domain == NULL || !adopt(p, owner, domain)) return false;
    const struct feel_type *t = domain->type, *element = feel_type_of_kind(FEEL_ANY);
    if (eat(p, "..")) {
        to = inside(p);
        if (to == NULL || !adopt(p, owner, to)) return false;
        element = type_join(p->arena, domain->type, to->type);
    } else if (t->kind == FEEL_LIST || t->kind == FEEL_RANGE) {
        element = t->element;
    } else if (t->kind != FEEL_ANY && t->kind != FEEL_NULL) {
        element = t;
    }
    struct binding *b = push_binding(p, name, element);
    *out = (struct node_iterator){b->local, domain, to};
    return true;
}

static bool parse_iterators(struct parser *p, struct node_loop *loop, struct node *owner)
{
    VEC(struct node_iterator) all = {0};
    do {
        struct node_iterator one = {0};
        if (!parse_iterator(p, &one, owner)) return false;
        *vec_add(p->arena, &all) = one;
    } while (eat(p, ","));
    loop->iterator = all.at;
    loop->count = (uint32_t)all.len;
    if (all.len <= FEEL_DEPTH_MAX) return true;
    fail_limit(p, "feel.depth", "循环变量过多", "too many variables of iteration");
    return false;
}

struct node *parse_for(struct parser *p)
{
    struct binding *outer = p->binding;
    struct node *n = new_node(p, OP_FOR, eval_for, offset_of(p), NULL);
    struct node_loop *loop = NEW(p->arena, struct node_loop);
    eat_word(p, "for");
    if (!parse_iterators(p, loop, n)) return NULL;
    if (!eat_word(p, "return")) return fail_expected(p, "“return”", "\"return\"");
    struct binding *partial = push_binding(p, STR("partial"), feel_type_of_kind(FEEL_LIST));
    struct node *body = inside(p);
    p->binding = outer;
    if (body == NULL || !adopt(p, n, body)) return NULL;
    loop->body = body;
    loop->partial_local = partial->used ? partial->local : -1;
    n->type = feel_type_list(p->arena, body->type->kind == FEEL_NULL ? feel_type_of_kind(FEEL_ANY)
                                                                     : body->type);
    n->as.loop = loop;
    n->pure = false;
    return n;
}

struct node *parse_quantified(struct parser *p, enum op op)
{
    struct binding *outer = p->binding;
    struct node *n = new_node(p, op, op == OP_SOME ? eval_some : eval_every, offset_of(p),
                              feel_type_of_kind(FEEL_BOOLEAN));
    struct node_loop *loop = NEW(p->arena, struct node_loop);
    eat_word(p, op == OP_SOME ? "some" : "every");
    if (!parse_iterators(p, loop, n)) return NULL;
    if (!eat_word(p, "satisfies")) return fail_expected(p, "“satisfies”", "\"satisfies\"");
    struct node *body = inside(p);
    p->binding = outer;
    if (body == NULL || !adopt(p, n, body)) return NULL;
    loop->body = body;
    loop->partial_local = -1;
    n->as.loop = loop;
    n->pure = false;
    return n;
}

/* ---- a value ---- */

static struct node *keyword_value(struct parser *p, bool *known)
{
    const uint32_t at = offset_of(p);
    *known = true;
    switch (peek(p)) {
    case 't':
        if (eat_word(p, "true")) return const_node(p, feel_boolean(true), at);
        break;
    case 'n':
        if (eat_word(p, "null")) return const_node(p, feel_null(), at);
        break;
    case 'i':
        if (looking_at_word(p, "if")) return parse_if(p);
        break;
    case 's':
        if (looking_at_word(p, "some")) return parse_quantified(p, OP_SOME);
        break;
    case 'e':
        if (looking_at_word(p, "every")) return parse_quantified(p, OP_EVERY);
        break;
    case 'f':
        if (eat_word(p, "false")) return const_node(p, feel_boolean(false), at);
        if (looking_at_word(p, "for")) return parse_for(p);
        if (looking_at_word(p, "function")) return parse_function(p);
        break;
    default: break;
    }
    *known = false;
    return NULL;
}

/* A name that begins with a keyword and is known wins over the keyword. */
static bool longer_name(struct parser *p)
{
    size_t word = 0;
    for (size_t n = name_part_at(p->at, p->end); n > 0; n = name_part_at(p->at + word, p->end))
        word += n;
    if (!is_keyword((str){p->at, word})) return true;
    struct found f;
    find_name(p, &f);
    return f.kind != FOUND_NONE && f.len > word;
}

struct node *parse_primary(struct parser *p)
{
    bool known;
    const char c = peek(p);
    if (c >= '0' && c <= '9') return parse_number(p);
    if (c == '.' && p->end - p->at > 1 && p->at[1] >= '0' && p->at[1] <= '9')
        return parse_number(p);
    if (c == '"') return parse_string(p);
    if (c == '@') return parse_at_literal(p);
    if (c == '(') return parse_parentheses(p);
    if (c == '[' || c == ']') return parse_brackets(p);
    if (c == '{') return parse_context(p);
    if (!longer_name(p)) {
        struct node *n = keyword_value(p, &known);
        if (known) return n;
    }
    return parse_name(p);
}

/* NOLINTEND(misc-no-recursion) */
