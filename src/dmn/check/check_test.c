/* Checks of decision tables: what is found in tables whose flaws are known, and random tables
 * against a count of all inputs. */
#include "dmn/check/check.h"

#include "base/test.h"

enum { INPUTS_MAX = 12, RULES_MAX = 16, TEST_BYTES = 64 << 20 };

/* input: "name|type|allowed values"; rule: tests and one output between "|". */
struct check_case {
    const char *input[4], *rule[RULES_MAX];
    const char *expected; /* a line each */
    enum hit_policy hit;
    const char *order; /* a FEEL list of outputs */
    bool has_default;
};

struct builder {
    struct fixture *f;
    struct feel_scope *scope;
    struct table table;
    struct table_input *input;
    struct table_rule *rule;
    struct table_output *output;
};

static enum feel_kind kind_named(str name)
{
    static const struct {
        const char *name;
        enum feel_kind kind;
    } kinds[] = {{"number", FEEL_NUMBER},      {"string", FEEL_STRING},
                 {"boolean", FEEL_BOOLEAN},    {"date", FEEL_DATE},
                 {"time", FEEL_TIME},          {"moment", FEEL_DATE_TIME},
                 {"days", FEEL_DAYS_DURATION}, {"months", FEEL_MONTHS_DURATION},
                 {"list", FEEL_LIST},          {"any", FEEL_ANY}};
    for (size_t i = 0; i < COUNTOF(kinds); i++)
        if (str_eq(name, str_from(kinds[i].name))) return kinds[i].kind;
    fail_msg("no such kind");
    return FEEL_ANY;
}

static struct literal tests_of(struct builder *b, int slot, str source)
{
    struct literal l = {.source = source};
    if (source.len == 0) return l;
    const rc r = feel_compile_tests(&b->f->cx, b->scope, slot, source, (struct pos){0}, &l.expr);
    if (r != RC_OK) print_error(STR_FMT ": %s\n", STR_ARG(source), b->f->cx.err.slug);
    assert_int_equal(r, RC_OK);
    return l;
}

static struct literal expression_of(struct builder *b, str source)
{
    struct literal l = {.source = source};
    assert_int_equal(feel_compile(&b->f->cx, b->scope, source, (struct pos){0}, &l.expr), RC_OK);
    return l;
}

static void builder_init(struct builder *b, struct fixture *f, size_t rules)
{
    *b = (struct builder){.f = f, .scope = feel_scope_new(&f->arena)};
    b->input = NEWS(&f->arena, struct table_input, INPUTS_MAX);
    b->rule = NEWS(&f->arena, struct table_rule, rules);
    b->output = NEW(&f->arena, struct table_output);
    b->output->order = feel_null();
    b->table =
        (struct table){.input = b->input, .output = b->output, .output_count = 1, .rule = b->rule};
    feel_scope_add(b->scope, STR("limit"), feel_type_of_kind(FEEL_NUMBER));
}

static void add_input(struct builder *b, str name, str type, str allowed)
{
    struct table_input *i = &b->input[b->table.input_count++];
    *i = (struct table_input){.label = name, .type = feel_type_of_kind(kind_named(type))};
    i->slot = feel_scope_add(b->scope, name, i->type);
    i->expression = expression_of(b, name);
    i->allowed = tests_of(b, i->slot, allowed); /* of a list: not as its elements, but not read */
}

static void add_rule(struct builder *b, str text)
{
    struct table_rule *r = &b->rule[b->table.rule_count++];
    struct literal *test = NEWS(&b->f->arena, struct literal, b->table.input_count + 1);
    struct literal *output = NEW(&b->f->arena, struct literal);
    for (size_t i = 0; i < b->table.input_count; i++)
        test[i] = tests_of(b, b->input[i].slot, str_cut(text, '|', &text));
    *output = expression_of(b, text.len > 0 ? text : STR("1"));
    *r = (struct table_rule){.test = test, .output = output};
}

static struct dmn_findings checked(struct builder *b)
{
    struct dmn_element element = {.name = STR("Table")};
    struct element inside = {.is = &element};
    struct boxed boxed = {.kind = BOXED_TABLE, .element = &inside, .as.table = &b->table};
    const struct boxed *const table[] = {&boxed};
    const struct dmn_model model = {.table = table, .table_count = 1};
    struct dmn_findings found;
    assert_int_equal(dmn_check(&b->f->cx, &model, &found), RC_OK);
    return found;
}

static str findings_text(struct fixture *f, const struct dmn_findings *found)
{
    static const char *const flaw[] = {"gap", "overlap", "unreachable"};
    struct buf text = {.arena = &f->arena};
    for (size_t i = 0; i < found->len; i++) {
        const struct dmn_finding *d = &found->at[i];
        if (i > 0) buf_char(&text, '\n');
        buf_add(&text, str_from(flaw[d->flaw]));
        if (d->rule > 0) buf_printf(&text, " %d", d->rule);
        if (d->other > 0) buf_printf(&text, "/%d", d->other);
        buf_printf(&text, " " STR_FMT, STR_ARG(d->inputs));
        assert_true(str_eq(d->table, STR("Table")));
    }
    if (found->incomplete)
        buf_printf(&text, "%s?" STR_FMT, found->len > 0 ? "\n" : "", STR_ARG(found->left_out));
    return buf_str(&text);
}

static void run_case(const struct check_case *t)
{
    struct fixture f;
    struct builder b;
    fixture_init(&f, TEST_BYTES);
    builder_init(&b, &f, RULES_MAX);
    for (size_t i = 0; i < COUNTOF(t->input) && t->input[i] != NULL; i++) {
        str rest = str_from(t->input[i]);
        const str name = str_cut(rest, '|', &rest), type = str_cut(rest, '|', &rest);
        add_input(&b, name, type, rest);
    }
    for (size_t i = 0; i < RULES_MAX && t->rule[i] != NULL; i++)
        add_rule(&b, str_from(t->rule[i]));
    b.table.hit = t->hit;
    b.table.has_default = t->has_default;
    if (t->order != NULL)
        b.output->order = *feel_expr_constant(expression_of(&b, str_from(t->order)).expr);
    const struct dmn_findings found = checked(&b);
    assert_str(findings_text(&f, &found), t->expected);
    fixture_done(&f);
}

#define RUN(table)                                                                                 \
    for (size_t i = 0; i < COUNTOF(table); i++)                                                    \
    run_case(&(table)[i])

static void gaps(void **state)
{
    (void)state;
    static const struct check_case table[] = {
        {.input = {"Age|number"}, .rule = {"< 18", "[18..65)", ">= 65"}, .expected = ""},
        {.input = {"Age|number"}, .rule = {"< 18", "[18..65]"}, .expected = "gap Age: > 65"},
        {.input = {"Age|number"}, .rule = {"> 18"}, .expected = "gap Age: <= 18"},
        {.input = {"Age|number"}, .rule = {"< 18", "> 18"}, .expected = "gap Age: 18"},
        {.input = {"Age|number"},
         .rule = {"< 18", "(20..30)", "> 40"},
         .expected = "gap Age: [18..20], [30..40]"},
        {.input = {"Age|number"}, .rule = {"1.50", "2"}, .expected = "gap Age: not(1.5, 2)"},
        {.input = {"Age|number"}, .rule = {"not(3)"}, .expected = "gap Age: 3"},
        {.input = {"Age|number"}, .rule = {"not(< 3, 7)"}, .expected = "gap Age: < 3, 7"},
        {.input = {"Age|number"}, .rule = {"!= 3"}, .expected = "gap Age: 3"},
        {.input = {"Age|number"},
         .rule = {"[1, 2]", "? > 2", "? < 1"},
         .expected = "gap Age: (1..2)"},
        {.input = {"Age|number"},
         .rule = {"? >= 1 and ? < 6", "6 <= ?", "? between -1 and 0"},
         .expected = "gap Age: < -1, (0..1)"},
        {.input = {"Age|number"}, .rule = {"-"}, .expected = ""},
        {.input = {"Age|number"}, .rule = {""}, .expected = ""},
        {.input = {"Age|number"}, .rule = {NULL}, .expected = "gap Age: -"},
        {.input = {"Age|number"}, .rule = {"5"}, .has_default = true, .expected = ""},
        {.input = {"Age|number"}, .rule = {"5"}, .hit = HIT_COLLECT, .expected = ""},
        {.input = {"Age|any"}, .rule = {"< 5"}, .expected = "gap Age: >= 5"},
        {.input = {"Age|number|[0..120]"}, .rule = {"< 18"}, .expected = "gap Age: [18..120]"},
        {.input = {"Age|number|[0..120]"}, .rule = {"[0..18)", ">= 18"}, .expected = ""},
        {.input = {"Size|number|1, 2, 3"}, .rule = {"1"}, .expected = "gap Size: 2, 3"},
        {.input = {"Size|number|1, 2, 3"}, .rule = {"1", "> 1"}, .expected = ""},
        {.input = {"Age|number"}, .rule = {"< 5", "null"}, .expected = "gap Age: >= 5"},
        {.input = {"Age|number", "Risk|string"},
         .rule = {"null|-", "5|\"a\""},
         .expected = "gap Age: not(5, null); Risk: -\ngap Age: not(null); Risk: not(\"a\")"},
        {.input = {"Wide|number"},
         .rule = {"<= 12345678901234567890123456789", "> 12345678901234567890123456790"},
         .expected = "gap Wide: (12345678901234567890123456789..12345678901234567890123456790]"},
    };
    RUN(table);
}

static void kinds(void **state)
{
    (void)state;
    static const struct check_case table[] = {
        {.input = {"Risk|string"},
         .rule = {"\"Low\"", "\"High\", \"Mid\""},
         .expected = "gap Risk: not(\"High\", \"Low\", \"Mid\")"},
        {.input = {"Risk|string|\"Low\", \"Mid\", \"High\""},
         .rule = {"\"Low\"", "\"High\""},
         .expected = "gap Risk: \"Mid\""},
        {.input = {"Risk|string|\"Low\", \"High\""},
         .rule = {"\"Low\"", "not(\"Low\")"},
         .expected = ""},
        {.input = {"Name|string"}, .rule = {"< \"m\""}, .expected = "gap Name: >= \"m\""},
        {.input = {"Name|string"}, .rule = {"not(\"a\\\"b\")"}, .expected = "gap Name: \"a\\\"b\""},
        {.input = {"Ill|boolean"}, .rule = {"true"}, .expected = "gap Ill: false"},
        {.input = {"Ill|boolean"}, .rule = {"true", "not(true)"}, .expected = ""},
        {.input = {"Ill|boolean"}, .rule = {"true, false"}, .expected = ""},
        {.input = {"Ill|any"}, .rule = {"true"}, .expected = "gap Ill: false"},
        {.input = {"Day|date"},
         .rule = {"< @\"2024-02-29\"", "> date(\"2024-02-29\")"},
         .expected = "gap Day: @\"2024-02-29\""},
        {.input = {"Day|date"},
         .rule = {"<= @\"2024-02-29\"", ">= @\"2024-03-01\""},
         .expected = ""},
        {.input = {"Day|date"},
         .rule = {"< @\"2024-02-28\"", "> @\"2024-03-01\""},
         .expected = "gap Day: [@\"2024-02-28\"..@\"2024-03-01\"]"},
        {.input = {"Time|time"},
         .rule = {"[@\"00:00:00\"..@\"12:00:00\")", "(@\"12:00:00\"..@\"23:59:59\"]"},
         .expected = "gap Time: @\"12:00:00\""},
        {.input = {"At|moment"},
         .rule = {"< @\"2024-01-01T00:00:00Z\"", "> @\"2024-01-01T08:00:00+08:00\""},
         .expected = "gap At: @\"2024-01-01T00:00:00Z\""},
        {.input = {"Wait|days"},
         .rule = {"<= @\"P1D\"", "> @\"P2D\""},
         .expected = "gap Wait: (@\"P1D\"..@\"P2D\"]"},
        {.input = {"Age|months"}, .rule = {"< @\"P1Y\"", "> @\"P11M\""}, .expected = ""},
    };
    RUN(table);
}

static void overlaps(void **state)
{
    (void)state;
    static const struct check_case table[] = {
        {.input = {"Age|number"}, .rule = {"<= 5", ">= 5"}, .expected = "overlap 2/1 Age: 5"},
        {.input = {"Age|number"}, .rule = {"<= 5", "> 5"}, .expected = ""},
        {.input = {"Age|number"}, .rule = {"-", "[1..3]"}, .expected = "overlap 2/1 Age: [1..3]"},
        {.input = {"Age|number"},
         .rule = {"<= 5|1", ">= 5|2"},
         .hit = HIT_ANY,
         .expected = "overlap 2/1 Age: 5"},
        {.input = {"Age|number"}, .rule = {"<= 5|2.0", ">= 5|2"}, .hit = HIT_ANY, .expected = ""},
        {.input = {"Age|number"}, .rule = {"<= 5", ">= 5"}, .hit = HIT_FIRST, .expected = ""},
        {.input = {"Age|number"}, .rule = {"<= 5", ">= 5"}, .hit = HIT_COLLECT, .expected = ""},
        {.input = {"Age|number"}, .rule = {"<= 5", ">= 5"}, .hit = HIT_RULE_ORDER, .expected = ""},
        {.input = {"Age|number", "Risk|string"},
         .rule = {"< 5|\"a\"", "> 3|\"b\"", "> 4|\"a\", \"b\"", "<= 3|not(\"a\")", "4|\"z\""},
         .has_default = true,
         .expected = "overlap 3/1 Age: (4..5); Risk: \"a\"\noverlap 3/2 Age: > 4; Risk: \"b\""},
        {.input = {"Age|number"},
         .rule = {"null", "not(5)", "5"},
         .expected = "overlap 2/1 Age: null"},
        {.input = {"Age|number|> 0"}, .rule = {"< 5", "> 4"}, .expected = "overlap 2/1 Age: (4..5)"},
    };
    RUN(table);
}

static void unreachable(void **state)
{
    (void)state;
    static const struct check_case table[] = {
        {.input = {"Age|number"},
         .rule = {"< 18", "< 10", "-"},
         .hit = HIT_FIRST,
         .expected = "unreachable 2/1 Age: < 10"},
        {.input = {"Age|number"},
         .rule = {"< 18", ">= 18", "-"},
         .hit = HIT_FIRST,
         .expected = "unreachable 3 Age: -"},
        {.input = {"Age|number"}, .rule = {"< 18", "> 18", "-"}, .hit = HIT_FIRST, .expected = ""},
        {.input = {"Age|number|[0..120]"},
         .rule = {"[0..120]", "> 120"},
         .expected = "unreachable 2 Age: > 120"},
        {.input = {"Age|number"}, .rule = {"-", "[5..3]"}, .expected = "unreachable 2 Age: [5..3]"},
        {.input = {"Age|number"}, .rule = {"not(null)", "null"}, .expected = ""},
        {.input = {"Risk|string|\"a\", \"b\""},
         .rule = {"\"a\"", "\"b\"", "\"c\""},
         .expected = "unreachable 3 Risk: \"c\""},
        {.input = {"Age|number"},
         .rule = {"< 18|\"low\"", "< 10|\"high\"", "-|\"mid\"", "> 20|\"low\""},
         .hit = HIT_PRIORITY,
         .order = "[\"high\", \"mid\", \"low\"]",
         .expected = "unreachable 1/3 Age: < 18\nunreachable 4/3 Age: > 20"},
        {.input = {"Age|number"},
         .rule = {"-|\"low\"", "< 10|\"high\"", ">= 10|\"mid\"", "5|limit"},
         .hit = HIT_PRIORITY,
         .order = "[\"high\", \"mid\", \"low\"]",
         .expected = "unreachable 1 Age: -"},
        {.input = {"Age|number", "Ill|boolean"},
         .rule = {"< 18|true", ">= 18|true", "-|false", "5|-", "-|-"},
         .hit = HIT_FIRST,
         .expected = "unreachable 4 Age: 5; Ill: -\nunreachable 5 Age: -; Ill: -"},
    };
    RUN(table);
}

static void several_inputs(void **state)
{
    (void)state;
    static const struct check_case table[] = {
        {.input = {"Age|number", "Risk|string|\"Low\", \"High\""},
         .rule = {"< 18|-", ">= 18|\"Low\""},
         .expected = "gap Age: >= 18; Risk: \"High\""},
        {.input = {"A|boolean", "B|boolean", "C|boolean"},
         .rule = {"true|true|-", "false|-|true", "-|false|false"},
         .expected = "gap A: false; B: true; C: false\ngap A: true; B: false; C: true"},
        {.input = {"A|boolean", "B|boolean"},
         .rule = {"true|true", "true|false", "false|-"},
         .expected = ""},
        /* the same expression twice never has two values */
        {.input = {"A|number", "B|number", "A|number"},
         .rule = {"< 5|> 3|-", "-|<= 3|< 5", ">= 5|-|>= 5"},
         .expected = ""},
        {.input = {NULL}, .rule = {"", ""}, .expected = "overlap 2/1 "},
        {.input = {NULL}, .rule = {""}, .expected = ""},
    };
    RUN(table);
}

static void unknown(void **state)
{
    (void)state;
    static const struct check_case table[] = {
        {.input = {"Age|number"},
         .rule = {"< limit", "> 5"},
         .expected = "?table \"Table\": rule 1 tests \"Age\" with what cannot be compared "
                     "(such tests: 1)"},
        {.input = {"Age|number", "Risk|string"},
         .rule = {"< limit|\"a\"", "> 5|-", "-|string length(?) > 3"},
         .expected = "?table \"Table\": rule 1 tests \"Age\" with what cannot be compared "
                     "(such tests: 2)"},
        {.input = {"Age|number", "Risk|string"},
         .rule = {"sum(?, 1) = 3|\"a\"", "< 5|-"},
         .expected = "gap Age: >= 5; Risk: not(\"a\")\n"
                     "?table \"Table\": rule 1 tests \"Age\" with what cannot be compared "
                     "(such tests: 1)"},
        {.input = {"Age|number"},
         .rule = {"< limit", "-", "5"},
         .hit = HIT_FIRST,
         .expected = "unreachable 3/2 Age: 5\n"
                     "?table \"Table\": rule 1 tests \"Age\" with what cannot be compared "
                     "(such tests: 1)"},
        {.input = {"Age|number|>= limit"},
         .rule = {"< 5"},
         .expected = "?table \"Table\": no gaps looked for, because the allowed values cannot be "
                     "compared: Age"},
        {.input = {"All|list"},
         .rule = {"-", "count(?) > 1"},
         .expected = "?table \"Table\": rule 2 tests \"All\" with what cannot be compared "
                     "(such tests: 1)"},
        {.input = {"All|list|1, 2", "Age|number"},
         .rule = {"-|< 5"},
         .expected = "gap All: -; Age: >= 5"},
        {.input = {"At|moment"},
         .rule = {"< @\"2024-01-01T00:00:00Z\"", "> @\"2024-01-01T08:00:00\"", "-"},
         .expected = "?table \"Table\": rule 1 tests \"At\" with what cannot be compared "
                     "(such tests: 2)"},
    };
    RUN(table);
}

/* ---- random tables against all inputs ---- */

enum { VALUES = 9, AXES = 3 }; /* inputs -1 … 7, constants 0, 2, 4, 6: all segments are met */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void random_test(struct buf *out, uint64_t *seed)
{
    const int a = (int)(next_random(seed) % 4) * 2, b = (int)(next_random(seed) % 4) * 2;
    switch (next_random(seed) % 16) {
    case 0: buf_printf(out, "< %d", a); break;
    case 1: buf_printf(out, "<= %d", a); break;
    case 2: buf_printf(out, "> %d", a); break;
    case 3: buf_printf(out, ">= %d", a); break;
    case 4: buf_printf(out, "%d", a); break;
    case 5: buf_printf(out, "[%d..%d]", a, b); break;
    case 6: buf_printf(out, "(%d..%d)", a, b); break;
    case 7: buf_printf(out, "[%d..%d)", a, b); break;
    case 8: buf_printf(out, "%d, > %d", a, b); break;
    case 9: buf_printf(out, "not(%d)", a); break;
    case 10: buf_printf(out, "not(%d, >= %d)", a, b); break;
    case 11: buf_printf(out, "? > %d and ? <= %d", a, b); break;
    case 12: buf_printf(out, "%d >= ? or ? > %d", a, b); break;
    default: buf_char(out, '-'); break;
    }
}

/* Which rules match one input of all: by evaluating the compiled tests. */
static unsigned rules_matching(struct builder *b, const struct feel_value *slot)
{
    unsigned matching = 0;
    for (size_t r = 0; r < b->table.rule_count; r++) {
        bool all = true;
        for (size_t i = 0; i < b->table.input_count && all; i++) {
            struct feel_value v;
            struct feel_run run = {.cx = &b->f->cx, .slot = slot};
            assert_int_equal(feel_eval(&run, b->rule[r].test[i].expr, &v), RC_OK);
            all = feel_is_true(&v);
        }
        matching |= (unsigned)all << r;
    }
    return matching;
}

/* Is the input inside of what a finding shows?  Read back as tests. */
static bool shows(struct builder *b, str inputs, const struct feel_value *slot)
{
    bool all = true;
    for (size_t i = 0; i < b->table.input_count; i++) {
        str part = inputs;
        const size_t end = str_index(inputs, STR("; "));
        if (end != SIZE_MAX) {
            part = str_slice(inputs, 0, end);
            inputs = str_slice(inputs, end + 2, inputs.len);
        }
        part = str_slice(part, str_index(part, STR(": ")) + 2, part.len);
        const struct literal l = tests_of(b, b->input[i].slot, part);
        struct feel_value v;
        struct feel_run run = {.cx = &b->f->cx, .slot = slot};
        assert_int_equal(feel_eval(&run, l.expr, &v), RC_OK);
        all = all && feel_is_true(&v);
    }
    return all;
}

struct truth {
    bool met[RULES_MAX]; /* a rule that some input reaches */
};

/* Outputs are the number of the rule modulo 3, in this order of priority. */
static int priority_of(size_t rule)
{
    static const int rank[] = {1, 2, 0};
    return rank[rule % 3];
}

static bool is_reached(const struct builder *b, unsigned matching, size_t rule)
{
    if (b->table.hit == HIT_FIRST) return (matching & ((1U << rule) - 1)) == 0;
    for (size_t q = 0; q < b->table.rule_count && b->table.hit == HIT_PRIORITY; q++)
        if ((matching >> q & 1) != 0 && priority_of(q) < priority_of(rule)) return false;
    return true;
}

static bool overlap_matters(const struct builder *b, size_t r, size_t q)
{
    return b->table.hit == HIT_UNIQUE || (b->table.hit == HIT_ANY && r % 3 != q % 3);
}

static void compare_input(struct builder *b, const struct dmn_findings *found,
                          const struct feel_value *slot, struct truth *t)
{
    const unsigned matching = rules_matching(b, slot);
    bool gap = false;
    for (size_t i = 0; i < found->len; i++) {
        const struct dmn_finding *d = &found->at[i];
        if (d->flaw == DMN_GAP) gap = gap || shows(b, d->inputs, slot);
        if (d->flaw != DMN_OVERLAP) continue;
        const unsigned both = 1U << (d->rule - 1) | 1U << (d->other - 1);
        assert_int_equal(shows(b, d->inputs, slot), (matching & both) == both);
    }
    if (b->table.hit != HIT_COLLECT) assert_int_equal(gap, matching == 0);
    for (size_t r = 0; r < b->table.rule_count; r++) {
        if ((matching >> r & 1) == 0) continue;
        if (is_reached(b, matching, r)) t->met[r] = true;
        for (size_t q = 0; q < r; q++) {
            bool listed = (matching >> q & 1) == 0 || !overlap_matters(b, r, q);
            for (size_t i = 0; i < found->len && !listed; i++)
                listed = found->at[i].flaw == DMN_OVERLAP && found->at[i].rule == (int)r + 1 &&
                         found->at[i].other == (int)q + 1;
            assert_true(listed);
        }
    }
}

static void random_rules(struct builder *b, uint64_t *seed, bool restricted)
{
    static const char *const name[] = {"A", "B", "C"};
    const size_t inputs = 1 + next_random(seed) % AXES, rules = 1 + next_random(seed) % 9;
    for (size_t i = 0; i < inputs; i++)
        add_input(b, str_from(name[i]), STR("number"),
                  i == 0 && restricted ? STR("[0..6)") : STR(""));
    for (size_t r = 0; r < rules; r++) {
        struct buf text = {.arena = &b->f->arena};
        for (size_t i = 0; i < inputs; i++) {
            random_test(&text, seed);
            buf_char(&text, '|');
        }
        buf_i64(&text, (int64_t)(r % 3));
        add_rule(b, buf_str(&text));
    }
}

/* false: more gaps than are listed, so nothing was compared. */
static bool random_table(struct fixture *f, uint64_t *seed, enum hit_policy hit)
{
    struct builder b;
    struct truth t = {0};
    struct feel_value slot[AXES + 1];
    const bool restricted = next_random(seed) % 4 == 0;
    builder_init(&b, f, RULES_MAX);
    random_rules(&b, seed, restricted);
    b.output->order = *feel_expr_constant(expression_of(&b, STR("[2, 0, 1]")).expr);
    b.table.hit = hit;
    const struct dmn_findings found = checked(&b);
    if (found.incomplete) return false;
    size_t all = 1;
    for (size_t i = 0; i < b.table.input_count; i++)
        all *= VALUES;
    slot[0] = feel_int(0);
    for (size_t n = 0; n < all; n++) {
        size_t rest = n;
        for (size_t i = 0; i < b.table.input_count; i++, rest /= VALUES)
            slot[i + 1] = feel_int((int64_t)(rest % VALUES) - 1);
        if (!restricted || (slot[1].as.number >= 0 && slot[1].as.number < 6))
            compare_input(&b, &found, slot, &t);
    }
    for (size_t r = 0; r < b.table.rule_count; r++) {
        bool listed = false;
        for (size_t i = 0; i < found.len; i++)
            listed =
                listed || (found.at[i].flaw == DMN_UNREACHABLE && found.at[i].rule == (int)r + 1);
        assert_int_equal(listed, !t.met[r]);
    }
    return true;
}

static void random_tables(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);
    static const enum hit_policy hit[] = {HIT_UNIQUE, HIT_FIRST, HIT_COLLECT, HIT_PRIORITY,
                                          HIT_ANY};
    size_t compared = 0;
    for (size_t n = 0; n < 1000; n++) {
        struct fixture f;
        fixture_init(&f, TEST_BYTES);
        compared += random_table(&f, &seed, hit[n % COUNTOF(hit)]);
        fixture_done(&f);
    }
    assert_true(compared > 900);
}

/* ---- from the file ---- */

/* Allowed values of a type, positions, names: all the way from XML. */
static void from_xml(void **state)
{
    (void)state;
    static const char xml[] =
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\"\n"
        " namespace=\"urn:m\" id=\"m\">\n"
        "<itemDefinition name=\"risk\"><typeRef>string</typeRef>\n"
        " <allowedValues><text>\"Low\", \"High\"</text></allowedValues></itemDefinition>\n"
        "<inputData id=\"a\" name=\"Age\"><variable name=\"Age\" typeRef=\"number\"/></inputData>\n"
        "<inputData id=\"r\" name=\"Risk\"><variable name=\"Risk\" typeRef=\"risk\"/></inputData>\n"
        "<decision id=\"d\" name=\"Premium\"><variable name=\"Premium\" typeRef=\"number\"/>\n"
        "<informationRequirement id=\"i\"><requiredInput href=\"#a\"/></informationRequirement>\n"
        "<informationRequirement id=\"j\"><requiredInput href=\"#r\"/></informationRequirement>\n"
        "<decisionTable id=\"t\" hitPolicy=\"UNIQUE\">\n"
        "<input id=\"x\"><inputExpression><text>Age</text></inputExpression></input>\n"
        "<input id=\"y\" label=\"Danger\"><inputExpression typeRef=\"risk\"><text>Risk</text>"
        "</inputExpression></input>\n"
        "<output id=\"z\"/>\n"
        "<rule id=\"r1\"><inputEntry><text>&lt; 18</text></inputEntry><inputEntry><text/>"
        "</inputEntry><outputEntry><text>1</text></outputEntry></rule>\n"
        "<rule id=\"r2\"><inputEntry><text>&gt;= 16</text></inputEntry><inputEntry><text>\"Low\""
        "</text></inputEntry><outputEntry><text>2</text></outputEntry></rule>\n"
        "</decisionTable></decision></definitions>\n";
    struct fixture f;
    struct dmn_findings found;
    const struct dmn_model *m;
    fixture_init(&f, TEST_BYTES);
    const struct dmn_options options = {0};
    const rc r = dmn_compile(&f.cx, STR("m.dmn"), str_from(xml), &options, &m);
    if (r != RC_OK) print_error(STR_FMT "\n", STR_ARG(f.cx.err.detail));
    assert_int_equal(r, RC_OK);
    assert_int_equal(dmn_check(&f.cx, m, &found), RC_OK);
    assert_int_equal(found.len, 2);
    assert_false(found.incomplete);
    const struct dmn_finding *overlap = &found.at[0], *gap = &found.at[1];
    assert_int_equal(overlap->flaw, DMN_OVERLAP);
    assert_str(overlap->inputs, "Age: [16..18); Danger: \"Low\"");
    assert_int_equal(overlap->rule, 2);
    assert_int_equal(overlap->other, 1);
    assert_int_equal(overlap->pos.line, 15);
    assert_int_equal(gap->flaw, DMN_GAP);
    assert_str(gap->inputs, "Age: >= 18; Danger: \"High\"");
    assert_str(gap->table, "t");
    assert_str(gap->element->name, "Premium");
    assert_int_equal(gap->pos.line, 10);
    fixture_done(&f);
}

/* ---- sizes ---- */

/* 1,000 rules with ten inputs: ends, whatever is found. */
static void large(void **state)
{
    (void)state;
    static const enum hit_policy hit[] = {HIT_UNIQUE, HIT_FIRST, HIT_ANY};
    for (size_t h = 0; h < COUNTOF(hit); h++) {
        struct fixture f;
        struct builder b;
        uint64_t seed = 7;
        fixture_init(&f, 256 << 20);
        builder_init(&b, &f, 1000);
        for (int i = 0; i < 10; i++)
            add_input(&b, arena_printf(&f.arena, "input %c", 'a' + i), STR("number"), STR(""));
        for (int r = 0; r < 1000; r++) {
            struct buf text = {.arena = &f.arena};
            for (int i = 0; i < 10; i++) {
                const int low = (int)(next_random(&seed) % 100000);
                if (next_random(&seed) % 4 == 0)
                    buf_add(&text, STR("-|"));
                else
                    buf_printf(&text, "[%d..%d]|", low, low + 40000);
            }
            buf_printf(&text, "%d", r);
            add_rule(&b, buf_str(&text));
        }
        b.table.hit = hit[h];
        const struct dmn_findings found = checked(&b);
        assert_true(found.incomplete);
        assert_true(found.len >= CHECK_GAPS_MAX);
        fixture_done(&f);
    }
}

/* A complete grid: nothing to find, and all of it has to be looked at. */
static void grid(void **state)
{
    (void)state;
    struct fixture f;
    struct builder b;
    fixture_init(&f, 256 << 20);
    builder_init(&b, &f, 1000);
    for (int i = 0; i < 10; i++)
        add_input(&b, arena_printf(&f.arena, "input %c", 'a' + i), STR("number"), STR(""));
    for (int r = 0; r < 1000; r++) {
        struct buf text = {.arena = &f.arena};
        for (int i = 0, rest = r; i < 10; i++, rest /= 10) {
            const int at = rest % 10;
            if (i >= 3)
                buf_char(&text, '-');
            else if (at == 0)
                buf_add(&text, STR("< 1"));
            else if (at == 9)
                buf_add(&text, STR(">= 9"));
            else
                buf_printf(&text, "[%d..%d)", at, at + 1);
            buf_char(&text, '|');
        }
        add_rule(&b, buf_str(&text));
    }
    const struct dmn_findings found = checked(&b);
    assert_str(findings_text(&f, &found), "");
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps),           cmocka_unit_test(kinds),
        cmocka_unit_test(overlaps),       cmocka_unit_test(unreachable),
        cmocka_unit_test(several_inputs), cmocka_unit_test(unknown),
        cmocka_unit_test(random_tables),  cmocka_unit_test(large),
        cmocka_unit_test(grid),           cmocka_unit_test(from_xml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
