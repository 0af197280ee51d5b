/* Calls and definitions of functions, and the names of types. */
#include "feel/parse/parse.h"

/* NOLINTBEGIN(misc-no-recursion): every cycle passes parse_expr() or enter() */

enum { CALL_ARGS_MAX = 10000 };

struct arguments {
    node_vec at;
    VEC(str) name;
    bool named;
};

/* "some name :" — an argument passed by name. */
static bool at_named_argument(const struct parser *p)
{
    const char *at = p->at;
    if (name_part_at(at, p->end) == 0 || (*at >= '0' && *at <= '9')) return false;
    while (at < p->end && *at != ':') {
        const size_t part = name_part_at(at, p->end), space = space_at(at, p->end);
        const bool sign = *at == '\'' || *at == '-' || *at == '+' || *at == '/' || *at == '*';
        if (part == 0 && space == 0 && !sign) return false;
        at += part > 0 ? part : space > 0 ? space : 1;
    }
    return at < p->end;
}

static bool parse_arguments(struct parser *p, struct arguments *out)
{
    const bool no_filter = p->no_filter;
    p->no_filter = false;
    eat(p, "(");
    out->named = at_named_argument(p);
    while (peek(p) != ')') {
        if (out->named) {
            str name;
            if (!lex_name(p, ":,", &name)) return false;
            *vec_add(p->arena, &out->name) = name;
            if (!eat(p, ":")) return fail_expected(p, "“:”", "\":\"");
        }
        struct node *n = parse_expr(p);
        if (n == NULL) return false;
        *vec_add(p->arena, &out->at) = n;
        if (!eat(p, ",")) break;
        if (peek(p) == ')') return fail_expected(p, "一个值", "a value");
    }
    p->no_filter = no_filter;
    if (!eat(p, ")")) return fail_expected(p, "“,”或“)”", "\",\" or \")\"");
    if (out->at.len <= CALL_ARGS_MAX) return true;
    return fail_limit(p, "feel.memory", "参数过多", "too many arguments");
}

/* ---- builtins ---- */

static bool places(const struct builtin *b, const struct arguments *args, int *place)
{
    const int max = builtin_max(b), min = builtin_min(b);
    int filled = 0;
    for (size_t i = 0; i < args->at.len; i++) {
        place[i] = (int)i;
        if (!args->named) continue;
        place[i] = builtin_param(b, args->name.at[i]);
        if (place[i] < 0) return false;
        for (size_t j = 0; j < i; j++)
            if (place[j] == place[i]) return false;
        filled += place[i] < min;
    }
    if (args->named) return filled == min;
    return (int)args->at.len >= min && (max < 0 || (int)args->at.len <= max);
}

static bool types_fit(const struct builtin *b, const struct arguments *args, const int *place)
{
    for (size_t i = 0; i < args->at.len; i++)
        if (!builtin_accepts(builtin_type(b, (size_t)place[i]), args->at.at[i]->type)) return false;
    return true;
}

/* The row for these arguments: by number or names first, by type among those that are left. */
static const struct builtin *choose(const struct builtin *first, const struct arguments *args,
                                    int *place)
{
    const struct builtin *end = builtin_table + builtin_count, *fallback = NULL;
    const str name = str_from(first->name);
    for (const struct builtin *b = first; b < end && str_eq(name, str_from(b->name)); b++) {
        if (!places(b, args, place)) continue;
        if (types_fit(b, args, place)) return b;
        if (fallback == NULL) fallback = b;
    }
    if (fallback != NULL) CHECK(places(fallback, args, place));
    return fallback;
}

static struct node *wrong_arguments(struct parser *p, const struct builtin *b, uint32_t at)
{
    struct buf how = {.arena = p->arena};
    const struct builtin *end = builtin_table + builtin_count;
    const str name = str_from(b->name);
    for (const struct builtin *r = b; r < end && str_eq(name, str_from(r->name)); r++)
        buf_printf(&how, "%s%s(%s)", r == b ? "" : ", ", r->name, r->params);
    const str text = buf_str(&how);
    const char *zh = "“%s”的参数不符,应为 %.*s",
               *en = "the arguments of \"%s\" do not fit, expected %.*s";
    if (p->scope->lenient)
        return fault_node(p, at, "feel.arguments", zh, en, b->name, STR_ARG(text));
    return fail_at(p, at, "feel.arguments", zh, en, b->name, STR_ARG(text));
}

static const struct feel_type *result_type(struct parser *p, const struct builtin *b,
                                           const struct arguments *args)
{
    if (b->result != 'E' && b->result != 'L') return builtin_letter_type(b->result);
    if (args->at.len == 0) return feel_type_of_kind(FEEL_ANY);
    const struct feel_type *t = args->at.at[0]->type;
    if (b->result == 'L') {
        if (t->kind == FEEL_LIST) return t;
        return t->kind == FEEL_ANY ? feel_type_of_kind(FEEL_LIST) : feel_type_list(p->arena, t);
    }
    if (args->at.len == 1) return t->kind == FEEL_LIST ? t->element : t;
    for (size_t i = 1; i < args->at.len; i++)
        t = type_join(p->arena, t, args->at.at[i]->type);
    return t;
}

static struct node *builtin_call(struct parser *p, const struct builtin *row,
                                 const struct arguments *args, uint32_t at)
{
    int *place = NEWS(p->arena, int, args->at.len + 1);
    const struct builtin *b = choose(row, args, place);
    if (b == NULL) return wrong_arguments(p, row, at);
    uint32_t count = 0;
    for (size_t i = 0; i < args->at.len; i++) {
        const char letter = builtin_type(b, (size_t)place[i]);
        if (!builtin_accepts(letter, args->at.at[i]->type) && !p->scope->lenient) {
            const str text = type_text(p, args->at.at[i]->type);
            return fail_at(p, args->at.at[i]->at, "feel.type", "“%s”的第%d个参数应为%s,而不是%.*s",
                           "argument \"%s\" %d is %s, not %.*s", b->name, place[i] + 1,
                           builtin_letter_name(letter), STR_ARG(text));
        }
        if ((uint32_t)place[i] >= count) count = (uint32_t)place[i] + 1;
    }
    struct node *n = new_node(p, OP_CALL, eval_call, at, result_type(p, b, args));
    struct node_call *call = NEW(p->arena, struct node_call);
    call->builtin = b;
    call->count = count;
    call->arg = NEWS(p->arena, const struct node *, count + 1);
    n->pure = b->pure;
    for (size_t i = 0; i < args->at.len; i++) {
        call->arg[place[i]] = args->at.at[i];
        if (!adopt(p, n, args->at.at[i])) return NULL;
    }
    n->as.call = call;
    return fold(p, n);
}

/* ---- functions of the host ---- */

static int host_param(const struct feel_host_function *f, str name)
{
    for (int i = 0; i < f->param_count; i++)
        if (str_eq(f->params[i], name)) return i;
    return -1;
}

static struct node *host_fault(struct parser *p, const struct feel_host_function *f, uint32_t at)
{
    struct buf how = {.arena = p->arena};
    for (int i = 0; i < f->param_count; i++)
        buf_printf(&how, "%s" STR_FMT, i > 0 ? ", " : "", STR_ARG(f->params[i]));
    const str text = buf_str(&how);
    const char *zh = "“%.*s”的参数不符,应为(%.*s)";
    const char *en = "the arguments of \"%.*s\" do not fit, expected (%.*s)";
    if (p->scope->lenient)
        return fault_node(p, at, "feel.arguments", zh, en, STR_ARG(f->name), STR_ARG(text));
    return fail_at(p, at, "feel.arguments", zh, en, STR_ARG(f->name), STR_ARG(text));
}

/* What may turn out right is not refused. */
static bool host_accepts(const struct parser *p, const struct feel_host_function *f, int place,
                         const struct feel_type *have)
{
    if (!f->types || !f->types[place] || p->scope->lenient) return true;
    return feel_type_fits(have, f->types[place]) || feel_type_fits(f->types[place], have);
}

static struct node *host_call(struct parser *p, const struct feel_host_function *f, uint32_t at)
{
    struct arguments args = {0};
    if (peek(p) == '(' ? !parse_arguments(p, &args) : !f->bare) {
        if (p->cx->err.code != RC_OK) return NULL;
        return fail_expected(p, "“(”", "\"(\"");
    }
    struct node *n = new_node(p, OP_CALL_HOST, eval_call_host, at, f->result);
    struct node_call *call = NEW(p->arena, struct node_call);
    call->host = f;
    call->count = (uint32_t)f->param_count;
    call->arg = NEWS(p->arena, const struct node *, (size_t)f->param_count + 1);
    n->pure = false;
    if ((int)args.at.len > f->param_count) return host_fault(p, f, at);
    for (size_t i = 0; i < args.at.len; i++) {
        const int place = args.named ? host_param(f, args.name.at[i]) : (int)i;
        if (place < 0 || call->arg[place] != NULL) return host_fault(p, f, at);
        if (!host_accepts(p, f, place, args.at.at[i]->type)) {
            const str want = type_text(p, f->types[place]);
            const str have = type_text(p, args.at.at[i]->type);
            return fail_at(p, args.at.at[i]->at, "feel.type",
                           "“%.*s”的参数“%.*s”应为%.*s,而不是%.*s",
                           "\"%.*s\": argument \"%.*s\" is %.*s, not %.*s", STR_ARG(f->name),
                           STR_ARG(f->params[place]), STR_ARG(want), STR_ARG(have));
        }
        call->arg[place] = args.at.at[i];
        if (!adopt(p, n, args.at.at[i])) return NULL;
    }
    for (int i = 0; i < f->param_count; i++)
        if (call->arg[i] == NULL && !f->optional && !f->bare) return host_fault(p, f, at);
    n->as.call = call;
    *vec_add(p->arena, &p->function_used) = f->name;
    return n;
}

/* ---- functions as values ---- */

/* Can each argument be what its parameter wants?  false: an error says which cannot. */
static bool arguments_fit(struct parser *p, const struct feel_type *function,
                          const struct arguments *args)
{
    for (size_t i = 0; i < args->at.len; i++) {
        const struct node *n = args->at.at[i];
        size_t place = args->named ? 0 : i;
        while (args->named && place < function->count &&
               !str_eq(function->member[place].name, args->name.at[i]))
            place++;
        if (place == function->count) {
            fail_at(p, n->at, "feel.arguments", "此函数没有参数“%.*s”",
                    "the function has no parameter \"%.*s\"", STR_ARG(args->name.at[i]));
            return false;
        }
        const struct feel_member *parameter = &function->member[place];
        if (type_may_fit(n->type, parameter->type)) continue;
        const str want = type_text(p, parameter->type), have = type_text(p, n->type);
        fail_at(p, n->at, "feel.type", "参数“%.*s”应为%.*s,而不是%.*s",
                "argument \"%.*s\" is %.*s, not %.*s", STR_ARG(parameter->name), STR_ARG(want),
                STR_ARG(have));
        return false;
    }
    return true;
}

static struct node *value_call(struct parser *p, struct node *callee, uint32_t at)
{
    struct arguments args = {0};
    if (!parse_arguments(p, &args)) return NULL;
    const struct feel_type *t = callee->type;
    const bool function = t->kind == FEEL_FUNCTION;
    if (!function && t->kind != FEEL_ANY && t->kind != FEEL_NULL && !p->scope->lenient) {
        const str text = type_text(p, t);
        return fail_at(p, at, "feel.type", "此处应为函数,而不是%.*s",
                       "expected a function, not %.*s", STR_ARG(text));
    }
    if (function && !t->open && args.at.len != t->count && !p->scope->lenient)
        return fail_at(p, at, "feel.arguments", "此函数有%zu个参数,却给了%zu个",
                       "the function has %zu parameters, but %zu are passed", t->count,
                       args.at.len);
    if (function && !t->open && !p->scope->lenient && !arguments_fit(p, t, &args)) return NULL;
    struct node *n = new_node(p, OP_CALL_VALUE, eval_call_value, at,
                              function ? t->element : feel_type_of_kind(FEEL_ANY));
    struct node_call *call = NEW(p->arena, struct node_call);
    call->callee = callee;
    call->arg = keep_nodes(p, &args.at);
    call->name = args.named ? args.name.at : NULL;
    call->count = (uint32_t)args.at.len;
    n->pure = false;
    if (!adopt(p, n, callee)) return NULL;
    for (size_t i = 0; i < args.at.len; i++)
        if (!adopt(p, n, args.at.at[i])) return NULL;
    n->as.call = call;
    return n;
}

struct node *parse_call(struct parser *p, const struct found *f, struct node *callee, uint32_t at)
{
    struct arguments args = {0};
    if (callee != NULL) return value_call(p, callee, at);
    if (f->kind == FOUND_HOST) return host_call(p, &f->host->f, at);
    if (!parse_arguments(p, &args)) return NULL;
    return builtin_call(p, f->builtin, &args, at);
}

static bool parse_parameters(struct parser *p, struct node_function *f)
{
    VEC(struct feel_member) all = {0};
    if (!eat(p, "(")) return fail_expected(p, "“(”", "\"(\"");
    while (peek(p) != ')') {
        struct feel_member m = {.type = feel_type_of_kind(FEEL_ANY)};
        if (!lex_name(p, ":,", &m.name)) return false;
        if (eat(p, ":") && (m.type = parse_type(p)) == NULL) return false;
        *vec_add(p->arena, &all) = m;
        if (!eat(p, ",")) break;
    }
    if (!eat(p, ")")) return fail_expected(p, "“,”或“)”", "\",\" or \")\"");
    if (all.len > FEEL_DEPTH_MAX)
        return fail_limit(p, "feel.depth", "参数过多", "too many parameters");
    f->parameter = all.at;
    f->parameter_count = (int)all.len;
    return true;
}

struct node *parse_function(struct parser *p)
{
    struct node *n = new_node(p, OP_FUNCTION, eval_function, offset_of(p), NULL);
    struct node_function *f = NEW(p->arena, struct node_function);
    struct function_state state = {.outer = p->function};
    struct binding *outer = p->binding;
    eat_word(p, "function");
    if (!parse_parameters(p, f)) return NULL;
    const bool external = eat_word(p, "external");
    const bool no_filter = p->no_filter;
    p->no_filter = false;
    p->function = &state;
    for (int i = 0; i < f->parameter_count; i++)
        push_binding(p, f->parameter[i].name, f->parameter[i].type);
    struct node *body = parse_expr(p);
    p->no_filter = no_filter;
    p->function = state.outer;
    p->binding = outer;
    if (body == NULL) return NULL;
    if (external && body->op != OP_CONST)
        return fail_at(p, body->at, "feel.syntax", "外部函数须由常量结构说明",
                       "an external function is described by a constant context");
    f->body = external ? NULL : body;
    f->external = external ? &body->as.value : NULL;
    f->local_count = state.local_count;
    f->capture = state.capture.at;
    f->capture_count = (int)state.capture.len;
    f->type = feel_type_function(p->arena, f->parameter, (size_t)f->parameter_count,
                                 external ? feel_type_of_kind(FEEL_ANY) : body->type);
    n->type = f->type;
    n->as.function = f;
    n->pure = false;
    n->size += body->size;
    return n;
}

/* ---- types ---- */

static const struct feel_type *type_arguments(struct parser *p, enum feel_kind kind)
{
    VEC(struct feel_member) all = {0};
    const struct feel_type *result = feel_type_of_kind(FEEL_ANY);
    eat(p, "<");
    while (peek(p) != '>') {
        struct feel_member m = {0};
        if (kind == FEEL_CONTEXT) {
            if (!lex_name(p, ":,>", &m.name)) return NULL;
            if (!eat(p, ":")) return fail_expected(p, "“:”", "\":\"");
        }
        if ((m.type = parse_type(p)) == NULL) return NULL;
        *vec_add(p->arena, &all) = m;
        if (!eat(p, ",")) break;
    }
    if (!eat(p, ">")) return fail_expected(p, "“>”", "\">\"");
    if (kind == FEEL_FUNCTION) {
        if (eat(p, "->") && (result = parse_type(p)) == NULL) return NULL;
        return feel_type_function(p->arena, all.at, all.len, result);
    }
    if (kind == FEEL_CONTEXT) return feel_type_context(p->arena, all.at, all.len);
    if (all.len != 1) return fail_expected(p, "一个类型", "one type");
    return kind == FEEL_LIST ? feel_type_list(p->arena, all.at[0].type)
                             : feel_type_range(p->arena, all.at[0].type);
}

static const struct feel_type *find_type(struct parser *p, size_t *len)
{
    const struct feel_type *found = NULL;
    *len = 0;
    for (const struct scope_type *t = p->scope->type; t != NULL; t = t->next) {
        const size_t n = name_match(t->name, p->at, p->end, true);
        if (n > *len) {
            *len = n;
            found = t->type;
        }
    }
    const size_t run = word_run(p);
    for (const char *end = p->at + run; end > p->at; end--) {
        enum feel_kind kind;
        /* Kinds with "and" inside are longer than a run of words. */
        for (int k = 0; k < FEEL_KIND_COUNT; k++) {
            const str name = str_from(type_kind_name((enum feel_kind)k));
            const size_t n = name_match(name, p->at, p->end, true);
            if (n > *len) {
                *len = n;
                found = feel_type_of_kind((enum feel_kind)k);
            }
        }
        if (found != NULL) return found;
        const str word = {p->at, (size_t)(end - p->at)};
        if (!type_kind_find(word, &kind)) continue;
        *len = word.len;
        return feel_type_of_kind(kind);
    }
    return found;
}

const struct feel_type *parse_type(struct parser *p)
{
    size_t len;
    const struct feel_type *t = find_type(p, &len);
    if (t == NULL) {
        const size_t run = word_run(p);
        if (run == 0) return fail_expected(p, "类型名", "the name of a type");
        return fail_at(p, offset_of(p), "feel.unknown-name", "没有名为“%.*s”的类型",
                       "no type is called \"%.*s\"", (int)run, p->at);
    }
    p->at += len;
    skip_space(p);
    if (peek(p) != '<' || (t->kind != FEEL_LIST && t->kind != FEEL_CONTEXT &&
                           t->kind != FEEL_RANGE && t->kind != FEEL_FUNCTION))
        return t;
    if (!enter(p)) return NULL;
    t = type_arguments(p, t->kind);
    leave(p);
    return t;
}
/* NOLINTEND(misc-no-recursion) */
