/* bench decisions: whole models, each value checked before its speed is told. */
#include <sys/resource.h>

#include "main/city.h"
#include "main/decisions/folder.h"
#include "main/decisions/tck.h"

enum {
    ROUND_US = 300000,
    ROUNDS = 5,
    BATCH = 16,
    SCRATCH_BYTES = 256 << 20,
    LENDING_PER_S = 62000, /* what the fastest engine publishes for these eleven decisions */
    TABLE_NS = 20000,      /* what a decision of the large table may take */
    TABLE_INPUTS = 10
};

/* Work that is measured: one round in an arena that is emptied before each. */
struct work {
    struct cx cx;
    rc (*round)(struct work *w);
    const struct dmn_model *model;
    const struct dmn_element **what;
    const struct dmn_input *input;
    size_t what_count, input_count;
    int64_t at; /* of the table: which case is next */
};

static int64_t spent_us(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_THREAD, &u) != 0) return 0;
    return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * US_PER_SECOND + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

/* The best of some rounds, in ns a round, by the processor's time of this thread. */
static rc measure(struct work *w, int64_t *best_ns)
{
    rc r = RC_OK;
    *best_ns = INT64_MAX;
    for (int i = 0; i < ROUNDS && r == RC_OK; i++) {
        const int64_t start = spent_us();
        int64_t count = 0, spent = 0;
        while (spent < ROUND_US && r == RC_OK) {
            for (int k = 0; k < BATCH && r == RC_OK; k++, count++) {
                arena_reset(w->cx.arena);
                r = w->round(w);
            }
            spent = spent_us() - start;
        }
        if (r == RC_OK && spent * 1000 / count < *best_ns) *best_ns = spent * 1000 / count;
    }
    return r;
}

/* ---- the lending model of the kit ---- */

static rc lending_round(struct work *w)
{
    struct feel_value value;
    rc r = RC_OK;
    for (size_t i = 0; i < w->what_count && r == RC_OK; i++) {
        struct dmn_run run = {.cx = &w->cx};
        r = dmn_decide(&run, w->model, w->what[i], w->input, w->input_count, &value);
    }
    return r;
}

static rc lending_together(struct work *w)
{
    enum { VALUES_MAX = 64 };
    struct feel_value value[VALUES_MAX];
    struct dmn_run run = {.cx = &w->cx};
    const struct dmn_question q = {w->what, w->what_count, w->input, w->input_count};
    CHECK(w->what_count <= VALUES_MAX);
    return dmn_decide_all(&run, w->model, &q, value);
}

static rc wrong(struct cx *cx, str name, const struct feel_value *got)
{
    struct buf b = {.arena = cx->arena};
    feel_value_write(&b, got);
    const str text = buf_str(&b);
    return err_set(cx, RC_INVALID, "dmn.bench", "“" STR_FMT "”的结果不对：" STR_FMT,
                   "\"" STR_FMT "\" is not as expected: " STR_FMT, STR_ARG(name), STR_ARG(text));
}

/* Every decision of the file's first case, each with the value it should have. */
static rc lending_check(struct cx *cx, struct work *w, const struct tck_case *c)
{
    rc r = RC_OK;
    w->what = NEWS(cx->arena, const struct dmn_element *, c->results.len);
    for (size_t i = 0; i < c->results.len && r == RC_OK; i++) {
        struct feel_value got, expected;
        struct dmn_run run = {.cx = cx};
        const struct tck_node *node = &c->results.at[i];
        w->what[i] = tck_find(w->model, c, node);
        if (!w->what[i])
            return err_set(cx, RC_MISSING, "tck.element", "模型中没有“" STR_FMT "”",
                           "the model has no \"" STR_FMT "\"", STR_ARG(node->name));
        r = dmn_decide(&run, w->model, w->what[i], w->input, w->input_count, &got);
        if (r == RC_OK) r = tck_value(cx, node->value, NULL, &expected);
        if (r == RC_OK && !tck_equal(&got, &expected)) r = wrong(cx, node->name, &got);
    }
    w->what_count = c->results.len;
    return r;
}

static void lending_print(const struct work *w, int64_t ns, const char *how)
{
    if (ns < 1) ns = 1;
    printf("lending  %" PRId64 " rounds/s of %zu decisions %s (%" PRId64
           " ns a decision); the fastest published is %d, ours is %" PRId64 " %% of it\n",
           INT64_C(1000000000) / ns, w->what_count, how, ns / (int64_t)w->what_count, LENDING_PER_S,
           INT64_C(100000000000) / ns / LENDING_PER_S);
}

static rc lending(struct cx *cx, struct work *w, str folder)
{
    enum { CASES_BYTES_MAX = 1 << 20 };
    struct tck_file file;
    struct dmn_input *input;
    int64_t ns = 1;
    str text;
    const str inner = path_join(cx->arena, folder, STR("TestCases"));
    if (file_exists(cx, inner)) folder = inner;
    folder = path_join(cx->arena, folder, STR("compliance-level-3/0004-lending"));
    const str cases = path_join(cx->arena, folder, STR("0004-lending-test-01.xml"));
    rc r = file_read(cx, cases, CASES_BYTES_MAX, &text);
    if (r == RC_OK) r = tck_read(cx, text, &file);
    if (r == RC_OK && !file.cases.len)
        r = err_set(cx, RC_INVALID, "tck.empty", "没有测试用例", "there are no test cases");
    if (r == RC_OK) r = tck_compile(cx, folder, file.model, &w->model);
    if (r == RC_OK) r = tck_inputs(cx, w->model, &file.cases.at[0], &input);
    if (r != RC_OK) return r;
    w->input = input;
    w->input_count = file.cases.at[0].inputs.len;
    w->round = lending_round;
    r = lending_check(cx, w, &file.cases.at[0]);
    if (r == RC_OK) r = measure(w, &ns);
    if (r != RC_OK) return r;
    lending_print(w, ns, "one by one");
    w->round = lending_together;
    r = measure(w, &ns);
    if (r != RC_OK) return r;
    lending_print(w, ns, "of the same inputs together");
    return RC_OK;
}

/* ---- a large table, made for the purpose ---- */

/* Three inputs say which rule it is, digit by digit; the others have tests that always hold, of the
 * kinds that people write. */
static void write_rule(struct buf *b, int64_t rule)
{
    static const char *const loose[] = {
        "-",           "&gt;= 0", "[0..1000]", "\"low\",\"middle\",\"high\"", "not(\"none\")",
        "&lt; 100000", "-"};
    const int64_t digit[] = {rule % 10, rule / 10 % 10, rule / 100};
    buf_printf(b, "<rule id=\"r%" PRId64 "\">", rule + 1);
    for (size_t i = 0; i < TABLE_INPUTS; i++) {
        buf_add(b, STR("<inputEntry><text>"));
        if (i < COUNTOF(digit))
            buf_printf(b, "[%" PRId64 "..%" PRId64 ")", digit[i] * 10, digit[i] * 10 + 10);
        else
            buf_add(b, str_from(loose[i - COUNTOF(digit)]));
        buf_add(b, STR("</text></inputEntry>"));
    }
    buf_printf(b, "<outputEntry><text>%" PRId64 "</text></outputEntry></rule>", rule + 1);
}

static bool is_text_input(size_t i)
{
    return i == 6 || i == 7;
}

static str table_text(struct cx *cx, int64_t rules)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" "
                    "namespace=\"urn:bench\" name=\"bench\" id=\"bench\">"));
    for (size_t i = 0; i < TABLE_INPUTS; i++)
        buf_printf(&b,
                   "<inputData id=\"i%zu\" name=\"I%zu\"><variable name=\"I%zu\" typeRef=\"%s\"/>"
                   "</inputData>",
                   i, i, i, is_text_input(i) ? "string" : "number");
    buf_add(&b,
            STR("<decision id=\"d\" name=\"Rule\"><variable name=\"Rule\" typeRef=\"number\"/>"));
    for (size_t i = 0; i < TABLE_INPUTS; i++)
        buf_printf(&b,
                   "<informationRequirement id=\"q%zu\"><requiredInput href=\"#i%zu\"/>"
                   "</informationRequirement>",
                   i, i);
    buf_add(&b, STR("<decisionTable id=\"t\" hitPolicy=\"UNIQUE\">"));
    for (size_t i = 0; i < TABLE_INPUTS; i++)
        buf_printf(&b,
                   "<input id=\"c%zu\"><inputExpression typeRef=\"%s\"><text>I%zu</text>"
                   "</inputExpression></input>",
                   i, is_text_input(i) ? "string" : "number", i);
    buf_add(&b, STR("<output id=\"o\"/>"));
    for (int64_t i = 0; i < rules; i++)
        write_rule(&b, i);
    buf_add(&b, STR("</decisionTable></decision></definitions>"));
    return buf_str(&b);
}

/* The inputs that lead to one rule. */
static void table_inputs(struct dmn_input *input, int64_t rule)
{
    static const char *const name[TABLE_INPUTS] = {"I0", "I1", "I2", "I3", "I4",
                                                   "I5", "I6", "I7", "I8", "I9"};
    const int64_t digit[] = {rule % 10, rule / 10 % 10, rule / 100};
    for (size_t i = 0; i < TABLE_INPUTS; i++) {
        struct feel_value v =
            i < COUNTOF(digit) ? feel_int(digit[i] * 10 + rule % 7) : feel_int(rule % 900);
        if (is_text_input(i)) v = feel_string(STR("middle"));
        input[i] = (struct dmn_input){.name = str_from(name[i]), .value = v};
    }
}

static rc table_round(struct work *w)
{
    struct feel_value value;
    struct dmn_run run = {.cx = &w->cx};
    const int64_t n = w->at++ % (int64_t)w->input_count; /* as many cases as rules */
    return dmn_decide(&run, w->model, w->what[0], w->input + n * TABLE_INPUTS, TABLE_INPUTS,
                      &value);
}

static rc table_check(struct cx *cx, struct work *w, int64_t rules)
{
    struct dmn_input *input = NEWS(cx->arena, struct dmn_input, (size_t)rules * TABLE_INPUTS);
    rc r = RC_OK;
    for (int64_t i = 0; i < rules && r == RC_OK; i++) {
        /* Neighbours in time are no neighbours in the table. */
        const int64_t rule = i * 7919 % rules;
        struct feel_value got;
        struct dmn_run run = {.cx = cx};
        int64_t n = -1;
        struct dmn_input *in = input + i * TABLE_INPUTS;
        table_inputs(in, rule);
        r = dmn_decide(&run, w->model, w->what[0], in, TABLE_INPUTS, &got);
        if (r == RC_OK && (!feel_to_fixed(&got, 0, &n) || n != rule + 1))
            r = wrong(cx, STR("Rule"), &got);
    }
    w->input = input;
    w->input_count = (size_t)rules;
    return r;
}

static rc table(struct cx *cx, struct work *w, int64_t rules)
{
    const struct dmn_options o = {.lenient = false};
    const str text = table_text(cx, rules);
    const int64_t start = spent_us();
    int64_t ns = 1;
    rc r = dmn_compile(cx, STR("bench.dmn"), text, &o, &w->model);
    const int64_t compile_us = spent_us() - start;
    if (r != RC_OK) return r;
    w->what = NEW(cx->arena, const struct dmn_element *);
    w->what[0] = dmn_find(w->model, STR("Rule"));
    w->round = table_round;
    CHECK(w->what[0]);
    r = table_check(cx, w, rules);
    if (r == RC_OK) r = measure(w, &ns);
    if (r != RC_OK) return r;
    printf("table    %.2f us a decision (%" PRId64 " rules x %d inputs, %" PRId64
           " us to compile, %zu KB); at most %d us for 1000 rules\n",
           (double)ns / 1000, rules, TABLE_INPUTS, compile_us, text.len / 1000, TABLE_NS / 1000);
    return RC_OK;
}

int verb_bench_decisions(struct args *a)
{
    struct arena scratch;
    int64_t rules;
    rc r = RC_OK;
    if (!arg_number(a, "rules", 1, 5000, 1000, &rules)) return EXIT_USAGE;
    arena_init(&scratch, SCRATCH_BYTES);
    struct work lending_work = {.cx = {.arena = &scratch}}, table_work = lending_work;
    if (arg_given(a, "tck")) r = lending(a->cx, &lending_work, arg(a, "tck"));
    if (r == RC_OK) r = table(a->cx, &table_work, rules);
    if (r != RC_OK) { /* of the measured work, or before it */
        (void)err_copy(a->cx, &lending_work.cx.err);
        (void)err_copy(a->cx, &table_work.cx.err);
    }
    const int status = r == RC_OK ? EXIT_OK : fail(a->cx);
    arena_done(&scratch);
    return status;
}
