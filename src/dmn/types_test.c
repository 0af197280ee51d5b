/* Types of expressions against what is declared: each fault is found where it stands, with what it is
 * and what it should be; what may turn out right is left alone. */
#include "base/test.h"
#include "dmn/dmn.h"

#define NS_15 "https://www.omg.org/spec/DMN/20230324/MODEL/"
#define MODEL(body)                                                                                \
    "<definitions xmlns='" NS_15                                                                   \
    "' namespace='urn:t' name='t'>"                                                                \
    "<itemDefinition name='tGrade'><typeRef>string</typeRef><allowedValues><text>\"A\",\"B\""      \
    "</text></allowedValues></itemDefinition>"                                                     \
    "<itemDefinition name='tAge'><typeRef>number</typeRef><allowedValues><text>[0..150]"           \
    "</text></allowedValues></itemDefinition>"                                                     \
    "<itemDefinition name='tPerson'><itemComponent name='name'><typeRef>string</typeRef>"          \
    "</itemComponent><itemComponent name='age'><typeRef>tAge</typeRef></itemComponent>"            \
    "</itemDefinition>"                                                                            \
    "<itemDefinition name='tPeople' isCollection='true'><typeRef>tPerson</typeRef>"                \
    "</itemDefinition>"                                                                            \
    "<itemDefinition name='tNumbers' isCollection='true'><typeRef>number</typeRef>"                \
    "</itemDefinition>"                                                                            \
    "<businessKnowledgeModel id='twice' name='twice'><variable name='twice' typeRef='number'/>"    \
    "<encapsulatedLogic><formalParameter name='n' typeRef='number'/><literalExpression>"           \
    "<text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"          \
    "<inputData id='age' name='age'><variable name='age' typeRef='number'/></inputData>"           \
    "<inputData id='any' name='any'/>\n" body "</definitions>"
#define NEEDS                                                                                      \
    "<informationRequirement><requiredInput href='#age'/></informationRequirement>"                \
    "<informationRequirement><requiredInput href='#any'/></informationRequirement>"                \
    "<knowledgeRequirement><requiredKnowledge href='#twice'/></knowledgeRequirement>"
#define DECISION(type, body)                                                                       \
    "<decision id='d' name='D'><variable name='D' typeRef='" type "'/>" NEEDS "\n" body            \
    "</decision>"
#define TEXT(text) "<literalExpression><text>" text "</text></literalExpression>"
#define ENTRY(name, type, body)                                                                    \
    "<contextEntry><variable name='" name "'" type "/>" body "</contextEntry>\n"
#define RESULT(body) "<contextEntry>" body "</contextEntry>\n"
#define STRING       " typeRef='string'"
#define NUMBER       " typeRef='number'"
#define INPUT(type, text)                                                                          \
    "<input><inputExpression" type "><text>" text "</text></inputExpression></input>\n"
#define VALUED(text, values)                                                                       \
    "<input><inputExpression><text>" text "</text></inputExpression><inputValues><text>" values    \
    "</text></inputValues></input>\n"
#define RULE(test, out)                                                                            \
    "<rule><inputEntry><text>" test "</text></inputEntry><outputEntry><text>" out                  \
    "</text></outputEntry></rule>\n"
#define TABLE(policy, body)                                                                        \
    "<decisionTable id='t' hitPolicy='" policy "'>\n" body "</decisionTable>"
#define OUTPUT_VALUES(values)                                                                      \
    "<output><outputValues><text>" values "</text></outputValues></output>\n"

enum { TEST_BYTES = 32 << 20 };

/* expected: "line slug" of each fault, in the order of the file; empty: none.  what begins with FEEL
 * where FEEL itself refuses: in a lenient model that is null with a warning. */
struct type_case {
    const char *what, *model, *expected;
};

static const struct type_case type_case[] = {
    {"body against variable", MODEL(DECISION("number", TEXT("\"x\""))), "3 dmn.type"},
    {"uncertain", MODEL(DECISION("number", TEXT("any"))), ""},
    {"a list of one", MODEL(DECISION("number", TEXT("[1]"))), ""},
    {"one for a list", MODEL(DECISION("tNumbers", TEXT("age"))), ""},
    {"a list of two is not one", MODEL(DECISION("number", TEXT("[1, 2]"))), "3 dmn.type"},
    {"date and moment", MODEL(DECISION("dateTime", TEXT("@\"2024-02-29\""))), ""},
    {"null fits", MODEL(DECISION("number", TEXT("null"))), ""},
    {"not allowed", MODEL(DECISION("tGrade", TEXT("\"C\""))), "3 dmn.not-allowed"},
    {"allowed", MODEL(DECISION("tGrade", TEXT("\"B\""))), ""},
    {"not allowed inside", MODEL(DECISION("tPerson", TEXT("{name: \"x\", age: 200}"))),
     "3 dmn.not-allowed"},
    {"context entries and their types",
     MODEL(DECISION("Any",
                    "<context>\n" ENTRY("a", STRING, TEXT("1")) ENTRY("b", NUMBER, TEXT("age"))
                        ENTRY("c", STRING, TEXT("b")) ENTRY("d", "", TEXT("b")) "</context>")),
     "4 dmn.type 6 dmn.type"},
    {"context against components",
     MODEL(DECISION("tPerson", "<context>\n" ENTRY("name", "", TEXT("age"))
                                   ENTRY("age", STRING, TEXT("\"x\"")) "</context>")),
     "4 dmn.type 5 dmn.type"},
    {"context lacks a component",
     MODEL(DECISION("tPerson", "<context>\n" ENTRY("name", "", TEXT("\"x\"")) "</context>")),
     "3 dmn.type"},
    {"result of a context",
     MODEL(DECISION("number",
                    "<context>\n" ENTRY("a", "", TEXT("\"x\"")) RESULT(TEXT("a")) "</context>")),
     "5 dmn.type"},
    {"a context is no number",
     MODEL(DECISION("number", "<context>\n" ENTRY("a", "", TEXT("1")) "</context>")), "3 dmn.type"},
    {"list",
     MODEL(DECISION("tNumbers", "<list>\n" TEXT("1") "\n" TEXT("\"x\"") "\n" TEXT("any") "</list>")),
     "5 dmn.type"},
    {"list of texts for a list of numbers",
     MODEL(DECISION("tNumbers", TEXT("for i in [1, 2] return string(i)"))), "3 dmn.type"},
    {"relation",
     MODEL(DECISION("tPeople",
                    "<relation>\n<column name='name'/><column name='age' typeRef='number'/>"
                    "<row>\n" TEXT("\"x\"") TEXT("\"y\"") "</row><row>\n" TEXT("1")
                        TEXT("2") "</row></relation>")),
     "5 dmn.type 6 dmn.type"},
    {"binding against parameter",
     MODEL(DECISION("number", "<invocation>\n" TEXT("twice") "<binding><parameter name='n'/>\n" TEXT(
                                  "\"x\"") "</binding>"
                                           "</invocation>")),
     "5 dmn.type"},
    {"no such parameter",
     MODEL(DECISION("number", "<invocation>\n" TEXT("twice") "<binding><parameter name='m'/>\n" TEXT(
                                  "1") "</binding>"
                                       "</invocation>")),
     "5 feel.arguments"},
    {"what is invoked is no function",
     MODEL(DECISION("Any", "<invocation>\n" TEXT("age") "</invocation>")), "4 feel.type"},
    {"result of an invocation",
     MODEL(DECISION("string", "<invocation>\n" TEXT("twice") "<binding><parameter name='n'/>" TEXT(
                                  "1") "</binding></invocation>")),
     "3 dmn.type"},
    {"body of knowledge",
     MODEL("<businessKnowledgeModel id='k' name='k'><variable name='k' typeRef='number'/>"
           "<encapsulatedLogic><formalParameter name='n' typeRef='string'/>\n" TEXT(
               "n + \"x\"") "</encapsulatedLogic></businessKnowledgeModel>"),
     "3 dmn.type"},
    {"knowledge against its function's type",
     MODEL("<itemDefinition name='tF'><functionItem outputTypeRef='number'><parameters name='a' "
           "typeRef='string'/></functionItem></itemDefinition>\n"
           "<businessKnowledgeModel id='k' name='k'><variable name='k' typeRef='tF'/>"
           "<encapsulatedLogic><formalParameter name='a' typeRef='string'/>" TEXT(
               "1") "</encapsulatedLogic></businessKnowledgeModel>\n"
                    "<businessKnowledgeModel id='l' name='l'><variable name='l' typeRef='tF'/>"
                    "<encapsulatedLogic><formalParameter name='a' typeRef='number'/>\n" TEXT(
                        "\"x\"") "</encapsulatedLogic></businessKnowledgeModel>"),
     "4 dmn.type 5 dmn.type"},
    {"boxed function",
     MODEL(DECISION(
         "Any",
         "<functionDefinition typeRef='number'>\n"
         "<formalParameter name='n' typeRef='string'/>" TEXT("n") "</functionDefinition>")),
     "4 dmn.type"},
    {"conditional",
     MODEL(DECISION("number", "<conditional><if>\n" TEXT("age") "</if><then>\n" TEXT(
                                  "\"x\"") "</then><else>\n" TEXT("1") "</else></conditional>")),
     "4 dmn.type 5 dmn.type"},
    {"filter",
     MODEL(DECISION("tNumbers", "<filter><in>\n" TEXT("[\"x\"]") "</in><match>\n" TEXT(
                                    "item = \"x\"") "</match></filter>")),
     "3 dmn.type"},
    {"for",
     MODEL(
         DECISION("tNumbers", "<for iteratorVariable='i'><in>" TEXT(
                                  "[1, 2]") "</in><return>\n" TEXT("string(i)") "</return></for>")),
     "4 dmn.type"},
    {"some",
     MODEL(DECISION("number", "<some iteratorVariable='i'><in>" TEXT(
                                  "[1, 2]") "</in><satisfies>\n" TEXT("i") "</satisfies></some>")),
     "4 dmn.type 3 dmn.type"},
    {"input against its typeRef",
     MODEL(DECISION("Any", TABLE("UNIQUE", INPUT(STRING, "age") "<output/>" RULE("-", "1")))),
     "4 dmn.type"},
    {"FEEL: input entry",
     MODEL(DECISION("Any", TABLE("UNIQUE", INPUT("", "age") "<output/>\n" RULE("\"x\"", "1")))),
     "6 feel.type"},
    {"FEEL: input values of another type",
     MODEL(DECISION("Any", TABLE("UNIQUE", VALUED("age", "\"A\"") "<output/>" RULE("-", "1")))),
     "4 feel.type"},
    {"output entry against the variable",
     MODEL(DECISION("number", TABLE("UNIQUE", INPUT("", "age") "<output/>\n" RULE("1", "1")
                                                  RULE("2", "\"x\"")))),
     "7 dmn.type"},
    {"output entry against its typeRef",
     MODEL(DECISION("Any", TABLE("UNIQUE",
                                 INPUT("", "age") "<output typeRef='tGrade'/>\n" RULE("1", "\"A\"")
                                     RULE("2", "\"C\"") RULE("3", "3") RULE("4", "any")))),
     "7 dmn.not-allowed 8 dmn.type"},
    {"output values",
     MODEL(DECISION("Any", TABLE("UNIQUE", INPUT("", "age") OUTPUT_VALUES("\"A\",\"B\"")
                                               RULE("1", "\"A\"") RULE("2", "\"C\"")))),
     "7 dmn.not-allowed"},
    {"output's type against the variable",
     MODEL(DECISION("number", TABLE("UNIQUE", INPUT("", "age") "<output typeRef='string'/>\n" RULE(
                                                  "1", "\"x\"")))),
     "5 dmn.type"},
    {"all that match",
     MODEL(DECISION("tNumbers", TABLE("RULE ORDER", INPUT("", "age") "<output/>\n" RULE("1", "1")
                                                        RULE("2", "\"x\"")))),
     "7 dmn.type"},
    {"several outputs",
     MODEL(DECISION(
         "tPerson",
         TABLE(
             "UNIQUE",
             INPUT("",
                   "age") "<output name='name'/><output name='ages'/>\n"
                          "<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>1"
                          "</text></outputEntry><outputEntry><text>2</text></outputEntry></rule>"))),
     "6 dmn.type 3 dmn.type"},
    {"service",
     MODEL(DECISION(
         "number",
         TEXT("1")) "\n<decisionService id='s' name='S'><variable name='S' typeRef='string'/>"
                    "<outputDecision href='#d'/></decisionService>"),
     "4 dmn.type"},
    {"FEEL: argument of knowledge", MODEL(DECISION("number", TEXT("\ntwice(\"x\")"))),
     "4 feel.type"},
    {"FEEL: named argument of knowledge", MODEL(DECISION("number", TEXT("\ntwice(n: \"x\")"))),
     "4 feel.type"},
    {"FEEL: no such parameter", MODEL(DECISION("number", TEXT("\ntwice(m: 1)"))),
     "4 feel.arguments"},
    {"argument that may fit", MODEL(DECISION("number", TEXT("twice(any) + twice(n: [1])"))), ""},
    {"FEEL: a decision's deduced type",
     MODEL("<decision id='x' name='X'><context>" ENTRY(
         "a", "",
         TEXT("1")) "</context></decision>"
                    "<decision id='y' name='Y'><informationRequirement><requiredDecision href='#x'/>"
                    "</informationRequirement>\n" TEXT("X.b") "</decision>"),
     "4 feel.unknown-name"},
};

static rc compile(struct fixture *f, const char *model, bool lenient, const struct dmn_model **out)
{
    const struct dmn_options o = {.lenient = lenient};
    return dmn_compile(&f->cx, STR("t.dmn"), str_from(model), &o, out);
}

static void test_strict(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < COUNTOF(type_case); i++) {
        const struct type_case *c = &type_case[i];
        const struct dmn_model *m;
        struct fixture f;
        fixture_init(&f, TEST_BYTES);
        struct buf got = {.arena = &f.arena};
        f.cx.findings = NEW(&f.arena, struct findings);
        if (compile(&f, c->model, false, &m) != RC_OK && !f.cx.findings->count)
            buf_printf(&got, "%s", f.cx.err.slug);
        for (size_t k = 0; k < f.cx.findings->count; k++) {
            const struct err *e = &f.cx.findings->item[k];
            buf_printf(&got, "%s%u %s", k ? " " : "", e->pos.line, e->slug);
            assert_true(e->field.len > 0);
        }
        if (!str_eq(buf_str(&got), str_from(c->expected))) {
            print_error("%s: got \"" STR_FMT "\", expected \"%s\"\n", c->what,
                        STR_ARG(buf_str(&got)), c->expected);
            failed++;
        }
        fixture_done(&f);
    }
    assert_int_equal(failed, 0);
}

/* A lenient model compiles whatever its types are; dmn_check tells. */
static void test_lenient(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(type_case); i++) {
        const struct type_case *c = &type_case[i];
        const struct dmn_model *m;
        struct dmn_findings found = {0};
        struct fixture f;
        fixture_init(&f, TEST_BYTES);
        assert_int_equal(compile(&f, c->model, true, &m), RC_OK);
        assert_int_equal(dmn_check(&f.cx, m, &found), RC_OK);
        bool type = false;
        for (size_t k = 0; k < found.len; k++) {
            if (found.at[k].flaw != DMN_TYPE) continue;
            type = true;
            assert_true(found.at[k].inputs.len > 0 && found.at[k].pos.line > 0);
        }
        const bool expected = *c->expected && !str_starts(str_from(c->what), STR("FEEL"));
        if (type != expected) print_error("%s\n", c->what);
        assert_int_equal(type, expected);
        fixture_done(&f);
    }
}

/* The sentence says where, what it is and what it should be, in both languages. */
static void test_sentence(void **state)
{
    static const char model[] =
        MODEL(DECISION("number", TABLE("UNIQUE", INPUT("", "age") "<output/>\n" RULE("1", "1")
                                                     RULE("2", "\"x\""))));
    static const char *const expected[] = {
        [LANG_ZH] = "“D”，规则 2，输出 1：表达式的类型是 string，声明的是 number",
        [LANG_EN] =
            "\"D\", rule 2, output 1: the expression is of type string, declared is number"};
    (void)state;
    for (int lang = LANG_ZH; lang <= LANG_EN; lang++) {
        const struct dmn_model *m;
        struct fixture f;
        fixture_init(&f, TEST_BYTES);
        f.cx.lang = (enum lang)lang;
        assert_int_equal(compile(&f, model, false, &m), RC_INVALID);
        assert_str(f.cx.err.detail, expected[lang]);
        assert_str(f.cx.err.field, "t");
        assert_str(f.cx.err.source, "t.dmn");
        fixture_done(&f);
    }
}

/* ---- what may be given ---- */

static str offered(struct fixture *f, const struct dmn_allowed *a)
{
    struct buf b = {.arena = &f->arena};
    buf_add(&b, a->text);
    for (size_t i = 0; i < a->count; i++) {
        buf_add(&b, i ? STR(", ") : STR(" -> "));
        feel_value_write(&b, &a->value[i]);
    }
    return buf_str(&b);
}

#define ASK(input, type)                                                                           \
    "<inputData id='" input "' name='" input "'><variable name='" input "'" type "/></inputData>"
#define NEED(input)                                                                                \
    "<informationRequirement><requiredInput href='#" input "'/></informationRequirement>"

static void test_offered(void **state)
{
    static const char model[] = MODEL(
        ASK("g", " typeRef='tGrade'") ASK("a", " typeRef='tAge'") ASK("s", STRING) ASK("t", STRING)
            ASK("n", NUMBER) "<decision id='x' name='X'>" NEED("s") NEED("t") NEED("n")
                TABLE("UNIQUE", VALUED("s", "\"p\", \"q\"") VALUED("t", "\"p\"")
                                    VALUED("n + 1", "1,2") "<output/>")
        "</decision><decision id='y' name='Y'>" NEED("s") NEED("t")
            TABLE("UNIQUE", VALUED("s", "\"q\",\"r\"") VALUED("t", "not(\"z\")") "<output/>")
        "</decision><businessKnowledgeModel id='k' name='k'><encapsulatedLogic>"
        "<formalParameter name='p' typeRef='tGrade'/><formalParameter name='q' typeRef='number'/>"
        TABLE("UNIQUE", VALUED("q", "1,2") "<output/>")
        "</encapsulatedLogic></businessKnowledgeModel>"
        "<decisionService id='v' name='V'><outputDecision href='#x'/><inputData href='#s'/>"
        "<inputData href='#a'/></decisionService>");
    static const char *const expected[][2] = {
        {"g", "\"A\",\"B\" -> \"A\", \"B\""},
        {"a", "[0..150]"},
        {"s", "\"p\", \"q\", \"q\",\"r\" -> \"p\", \"q\", \"r\""},
        {"t", "\"p\", not(\"z\")"},
        {"n", ""}};
    const struct dmn_model *m;
    struct fixture f;
    (void)state;
    fixture_init(&f, TEST_BYTES);
    assert_int_equal(compile(&f, model, false, &m), RC_OK);
    for (size_t i = 0; i < COUNTOF(expected); i++)
        assert_str(offered(&f, &dmn_find(m, str_from(expected[i][0]))->allowed), expected[i][1]);
    const struct dmn_element *k = dmn_find(m, STR("k")), *v = dmn_find(m, STR("V"));
    assert_int_equal(k->parameter_count, 2);
    assert_true(k->parameter_type[1] == feel_type_of_kind(FEEL_NUMBER));
    assert_str(offered(&f, &k->parameter_allowed[0]), "\"A\",\"B\" -> \"A\", \"B\"");
    assert_str(offered(&f, &k->parameter_allowed[1]), "1,2 -> 1, 2");
    assert_str(offered(&f, &v->parameter_allowed[1]), "[0..150]");
    assert_int_equal(v->parameter_allowed[0].count, 3);
    fixture_done(&f);
}

/* A table that asks for a name knows what may stand there: nothing else is missing in it. */
static void test_domain_of_name(void **state)
{
    static const char model[] =
        MODEL(ASK("g", " typeRef='tGrade'") "<decision id='x' name='X'>" NEED("g")
                  TABLE("UNIQUE", INPUT("", "g") "<output/>" RULE("\"A\"", "1")) "</decision>");
    const struct dmn_model *m;
    struct dmn_findings found = {0};
    struct feel_value out;
    struct fixture f;
    (void)state;
    fixture_init(&f, TEST_BYTES);
    assert_int_equal(compile(&f, model, false, &m), RC_OK);
    assert_int_equal(dmn_check(&f.cx, m, &found), RC_OK);
    assert_int_equal(found.len, 1);
    assert_str(found.at[0].inputs, "g: \"B\"");
    struct dmn_explain explain = {0};
    struct dmn_run run = {.cx = &f.cx, .explain = &explain};
    const struct dmn_input input = {.name = STR("g"), .value = feel_string(STR("A"))};
    assert_int_equal(dmn_decide(&run, m, dmn_find(m, STR("X")), &input, 1, &out), RC_OK);
    assert_int_equal(out.as.number, 1);
    assert_int_equal(explain.warnings.len, 0);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strict),         cmocka_unit_test(test_lenient),
        cmocka_unit_test(test_sentence),       cmocka_unit_test(test_offered),
        cmocka_unit_test(test_domain_of_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
