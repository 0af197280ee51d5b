/* Evaluating decision tables: which rules match. */
#include "dmn/index.h"
#include "dmn/run.h"

enum { INPUTS_SMALL = 12, RULES_SMALL = 64, WORDS_SMALL = 32 };

/* The rules found so far. */
struct found {
    int small[RULES_SMALL], *at;
    size_t count;
};

static bool read_inputs(struct exec *x, const struct table *t, struct feel_value *input)
{
    for (size_t i = 0; i < t->input_count; i++) {
        const struct table_input *in = &t->input[i];
        x->cell = (struct cell){CELL_INPUT, 0, (int)i + 1, {0}};
        if (!exec_literal(x, &in->expression, &input[i])) return false;
        if (!exec_coerce(x, in->item, in->expression.pos, &input[i])) return false;
        if (in->item->allowed || in->sure || !in->allowed.source.len || input[i].kind == FEEL_NULL)
            continue;
        const int r = exec_tests(x, &in->allowed, in->constant, in->slot, &input[i]);
        if (r < 0) return false;
        if (r == 1) continue;
        struct buf text = {.arena = x->m->arena};
        if (x->run->explain) feel_value_write(&text, &input[i]);
        exec_warn(x, "dmn.not-allowed", in->expression.pos, "值 %.*s 不在允许的值之内：%.*s",
                  "the value %.*s is not among those allowed: %.*s", STR_ARG(buf_str(&text)),
                  STR_ARG(in->allowed.source));
        input[i] = feel_null();
    }
    return true;
}

static void place_inputs(struct exec *x, const struct table *t, const struct feel_value *input)
{
    for (size_t i = 0; i < t->input_count; i++)
        x->frame[t->input[i].slot] = input[i];
}

/* 1: the rule matches, 0, or -1: evaluation is over.  Columns that are not in `open` are decided. */
static int matches(struct exec *x, const struct table *t, size_t rule, uint64_t open)
{
    struct feel_value result;
    if (!open && t->input_count <= 64) return 1;
    for (size_t i = 0; i < t->input_count; i++) {
        const struct literal *test = &t->rule[rule].test[i];
        if (i < 64 && !(open >> i & 1)) continue;
        if (!test->expr && !test->slug) continue;
        x->cell = (struct cell){CELL_TEST, (int)rule + 1, (int)i + 1, {0}};
        if (!exec_literal(x, test, &result)) return -1;
        if (!feel_is_true(&result)) return 0;
    }
    return 1;
}

static bool add_found(struct exec *x, const struct table *t, struct found *f, size_t rule)
{
    if (f->count == RULES_SMALL && f->at == f->small) {
        f->at = arena_try(x->m->arena, t->rule_count, sizeof *f->at);
        if (!f->at) return exec_out_of_memory(x);
        for (size_t i = 0; i < f->count; i++)
            f->at[i] = f->small[i];
    }
    f->at[f->count++] = (int)rule;
    return true;
}

static bool try_rule(struct exec *x, const struct table *t, struct found *f, size_t rule,
                     uint64_t open)
{
    const int r = matches(x, t, rule, open);
    if (r < 0) return false;
    return r == 0 || add_found(x, t, f, rule);
}

static bool scan(struct exec *x, const struct table *t, struct found *f)
{
    for (size_t i = 0; i < t->rule_count; i++) {
        if (!try_rule(x, t, f, i, UINT64_MAX)) return false;
        if (f->count > 0 && t->hit == HIT_FIRST) break;
    }
    return true;
}

static bool scan_indexed(struct exec *x, const struct table *t, const struct feel_value *input,
                         struct found *f)
{
    uint64_t small[WORDS_SMALL], *rules = small;
    const size_t words = index_words(t);
    if (words > WORDS_SMALL) rules = arena_try(x->m->arena, words, sizeof *rules);
    if (!rules) return exec_out_of_memory(x);
    const uint64_t open = index_match(t->index, t, input, rules);
    for (size_t w = 0; w < words; w++)
        for (uint64_t rest = rules[w]; rest; rest &= rest - 1) {
            const size_t rule = w * 64 + (size_t)__builtin_ctzll(rest);
            if (!try_rule(x, t, f, rule, open)) return false;
            if (f->count > 0 && t->hit == HIT_FIRST) return true;
        }
    return true;
}

bool exec_table(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct table *t = b->as.table;
    struct feel_value small[INPUTS_SMALL];
    struct feel_value *input = exec_values(x, small, INPUTS_SMALL, t->input_count);
    const struct cell outer = x->cell;
    struct found f;
    f.at = f.small;
    f.count = 0;
    if (!input || !read_inputs(x, t, input)) return false;
    place_inputs(x, t, input);
    const bool ok = t->index ? scan_indexed(x, t, input, &f) : scan(x, t, &f);
    if (!ok || !exec_hits(x, b, input, f.at, f.count, out)) return false;
    x->cell = outer;
    return true;
}
