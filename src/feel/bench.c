/* Measures expressions, each checked against its expected result before its speed is told. */
#include "feel/bench.h"

#include <math.h>
#include <sys/resource.h>

#include "base/json.h"
#include "feel/number/number.h"
#include "feel/value.h"

enum { ROUND_US = 120000, ROUNDS = 3, BATCH = 256, BENCH_BYTES = 32 << 20 };

struct bench {
    struct cx *cx;
    struct feel_scope *scope;
    struct feel_value *slot;
    str source;
    const struct feel_expr *expr;
    struct cx scratch; /* what the measured work lives in */
};

static rc wrong_form(struct cx *cx, const struct json *at)
{
    return err_set_at(cx, RC_INVALID, "feel.bench", at != NULL ? at->pos : (struct pos){0},
                      "每项须有id、expr、context和expected",
                      "each item has id, expr, context and expected");
}

/* JSON has no dates: {"$date": "2024-02-15"}, and so for $time, $dateTime, $duration. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static rc value_from(struct cx *cx, const struct json *j, struct feel_value *out)
{
    const struct json *only = j->kind == JSON_OBJECT && j->count == 1 ? j->child : NULL;
    if (only != NULL && str_starts(only->key, STR("$")) && only->kind == JSON_STRING)
        return feel_temporal_parse(only->text, out) ? RC_OK : wrong_form(cx, j);
    if (j->kind != JSON_ARRAY && j->kind != JSON_OBJECT) return feel_value_from_json(cx, j, out);
    struct feel_entry *entry = NEWS(cx->arena, struct feel_entry, j->count + 1);
    struct feel_value *at = NEWS(cx->arena, struct feel_value, j->count + 1);
    size_t n = 0;
    rc r = RC_OK;
    for (const struct json *c = j->child; c != NULL && r == RC_OK; c = c->next, n++) {
        r = value_from(cx, c, &at[n]);
        entry[n] = (struct feel_entry){c->key, at[n]};
    }
    if (r == RC_OK)
        *out = j->kind == JSON_ARRAY ? feel_list_of(cx->arena, at, n)
                                     : feel_context_of(cx->arena, entry, n);
    return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static bool as_expected(struct cx *cx, const struct feel_value *got, const struct json *expected)
{
    struct feel_value want;
    if (expected->kind == JSON_ARRAY) {
        if (got->kind != FEEL_LIST || got->as.list->count != expected->count) return false;
        size_t i = 0;
        for (const struct json *e = expected->child; e != NULL; e = e->next, i++)
            if (!as_expected(cx, &got->as.list->at[i], e)) return false;
        return true;
    }
    if (got->kind == FEEL_NUMBER && expected->kind == JSON_STRING) {
        str digits = expected->text;
        const bool negative = str_starts(digits, STR("-"));
        if (negative) digits = str_slice(digits, 1, digits.len);
        if (!number_parse(cx->arena, digits, &want)) return false;
        if (negative) want = number_neg(cx->arena, &want);
    } else if (got->kind >= FEEL_DATE && got->kind <= FEEL_DAYS_DURATION) {
        if (!feel_temporal_parse(expected->text, &want)) return false;
    } else if (feel_value_from_json(cx, expected, &want) != RC_OK) {
        return false;
    }
    return feel_equal(got, &want) == 1;
}

static rc prepared(struct bench *b)
{
    struct feel_value v;
    struct feel_run run = {.cx = &b->scratch, .slot = b->slot};
    arena_reset(b->scratch.arena);
    return feel_eval(&run, b->expr, &v);
}

static rc parsed(struct bench *b)
{
    struct feel_value v;
    const struct feel_expr *e;
    struct feel_run run = {.cx = &b->scratch, .slot = b->slot};
    arena_reset(b->scratch.arena);
    const rc r = feel_compile(&b->scratch, b->scope, b->source, (struct pos){0}, &e);
    return r == RC_OK ? feel_eval(&run, e, &v) : r;
}

/* Time of the processor, so that other work on the machine counts less. */
static int64_t spent_us(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_THREAD, &u) != 0) return 0;
    return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * US_PER_SECOND + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

/* The best of some rounds, a second. */
static rc rate(struct bench *b, rc (*work)(struct bench *b), int64_t *out)
{
    int64_t best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t start = spent_us();
        int64_t count = 0, spent = 0;
        while (spent < ROUND_US) {
            for (int i = 0; i < BATCH; i++) {
                const rc r = work(b);
                if (r != RC_OK) return err_copy(b->cx, &b->scratch.err);
            }
            count += BATCH;
            spent = spent_us() - start;
        }
        const int64_t per_s = count * US_PER_SECOND / (spent > 0 ? spent : 1);
        if (per_s > best) best = per_s;
    }
    *out = best;
    return RC_OK;
}

static rc prepare(struct bench *b, const struct json *item)
{
    struct cx *cx = b->cx;
    const struct json *context = json_find(item, STR("context"));
    int n = 0;
    b->source = json_text(item, STR("expr"));
    if (!json_is(context, JSON_OBJECT) || b->source.len == 0 ||
        json_find(item, STR("expected")) == NULL)
        return wrong_form(cx, item);
    b->scope = feel_scope_new(cx->arena);
    b->slot = NEWS(cx->arena, struct feel_value, context->count + 1);
    for (const struct json *c = context->child; c != NULL; c = c->next, n++) {
        const rc r = value_from(cx, c, &b->slot[n]);
        if (r != RC_OK) return r;
        feel_scope_add(b->scope, c->key, feel_type_of_value(cx->arena, &b->slot[n]));
    }
    return feel_compile(cx, b->scope, b->source, (struct pos){0}, &b->expr);
}

struct means {
    double prepared, parsed;
    int count;
};

static rc measure(struct bench *b, const struct json *item, struct means *means, struct buf *out)
{
    struct feel_value v;
    struct feel_run run = {.cx = b->cx, .slot = b->slot};
    int64_t prepared_s = 0, parsed_s = 0;
    rc r = prepare(b, item);
    run.slot = b->slot;
    if (r == RC_OK) r = feel_eval(&run, b->expr, &v);
    if (r != RC_OK) return r;
    const struct json *expected = json_find(item, STR("expected"));
    const bool ok = expected->child != NULL && as_expected(b->cx, &v, expected->child);
    r = rate(b, prepared, &prepared_s);
    if (r == RC_OK) r = rate(b, parsed, &parsed_s);
    if (r != RC_OK) return r;
    buf_add(out, json_text(item, STR("id")));
    buf_printf(out, " %" PRId64 " %" PRId64 " %s\n", prepared_s, parsed_s, ok ? "ok" : "wrong");
    means->prepared += log((double)prepared_s);
    means->parsed += log((double)parsed_s);
    means->count++;
    return RC_OK;
}

static rc measure_all(struct cx *cx, const struct json *items, struct means *means, struct buf *out)
{
    struct arena arena;
    struct bench b = {.cx = cx};
    rc r = RC_OK;
    arena_init(&arena, BENCH_BYTES);
    for (const struct json *i = items->child; i != NULL && r == RC_OK; i = i->next) {
        b.scratch = (struct cx){.arena = &arena, .lang = cx->lang, .now_us = cx->now_us};
        r = measure(&b, i, means, out);
    }
    arena_done(&arena);
    return r;
}

rc feel_bench(struct cx *cx, str json_text_in, struct buf *out)
{
    const struct json *file;
    struct means means = {0}, extras = {0};
    rc r = json_parse(cx, json_text_in, &file);
    if (r != RC_OK) return r;
    const struct json *benchmarks = json_find(file, STR("benchmarks"));
    const struct json *more = json_find(file, STR("extras"));
    if (!json_is(benchmarks, JSON_ARRAY) || benchmarks->count == 0) return wrong_form(cx, file);
    r = measure_all(cx, benchmarks, &means, out);
    if (r == RC_OK && json_is(more, JSON_ARRAY)) r = measure_all(cx, more, &extras, out);
    if (r != RC_OK) return r;
    buf_printf(out, "geomean %.0f %.0f\n", exp(means.prepared / means.count),
               exp(means.parsed / means.count));
    return RC_OK;
}
