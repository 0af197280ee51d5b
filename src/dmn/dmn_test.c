/* Models of our own, each named after the paragraph of DMN 1.5 it proves: what they decide, what is said
 * about them when they are wrong. */
#include "dmn/dmn.h"

#include "base/test.h"

#define NS_15 "https://www.omg.org/spec/DMN/20230324/MODEL/"
#define MODEL(body)                                                                                \
    "<definitions xmlns='" NS_15 "' namespace='urn:t' name='t'>\n" body "</definitions>"
#define TEXT(text)           "<literalExpression><text>" text "</text></literalExpression>"
#define DECISION(name, body) "<decision id='" name "' name='" name "'>" body "</decision>\n"
#define INPUT(name, type)                                                                          \
    "<inputData id='" name "' name='" name "'><variable name='" name "' typeRef='" type            \
    "'/></inputData>\n"
#define NEEDS_INPUT(name)                                                                          \
    "<informationRequirement><requiredInput href='#" name "'/></informationRequirement>"
#define NEEDS(name)                                                                                \
    "<informationRequirement><requiredDecision href='#" name "'/></informationRequirement>"
#define KNOWS(name)                                                                                \
    "<knowledgeRequirement><requiredKnowledge href='#" name "'/></knowledgeRequirement>"
#define IN(text)          "<input><inputExpression><text>" text "</text></inputExpression></input>"
#define TEST(text)        "<inputEntry><text>" text "</text></inputEntry>"
#define OUT(text)         "<outputEntry><text>" text "</text></outputEntry>"
#define RULE(test, out)   "<rule>" TEST(test) OUT(out) "</rule>"
#define ENTRY(name, body) "<contextEntry><variable name='" name "'/>" body "</contextEntry>"

#define BINDING(name, text) "<binding><parameter name='" name "'/>" TEXT(text) "</binding>"
#define TWO_PARAMETERS                                                                               \
    "<businessKnowledgeModel id='f' name='f'><encapsulatedLogic>"                                    \
    "<formalParameter name='a' typeRef='string'/><formalParameter name='b' typeRef='number'/>" TEXT( \
        "[a, b]") "</encapsulatedLogic></businessKnowledgeModel>"

enum { TEST_BYTES = 32 << 20, INPUTS_MAX = 4 };

/* input: FEEL contexts' members as "name: expression"; expected: the value as JSON, then " !slug cell" for
 * each warning; or "line slug" of what is wrong with the model. */
struct model_case {
    const char *paragraph, *model, *what, *input[INPUTS_MAX], *expected;
};

static rc no_file(void *owner, struct cx *cx, str name, str *text)
{
    const char *const *file = owner; /* name, text, name, text … NULL */
    for (; *file; file += 2)
        if (str_eq(name, str_from(file[0]))) {
            *text = str_from(file[1]);
            return RC_OK;
        }
    return err_set(cx, RC_MISSING, "file.missing", "没有文件", "no such file");
}

static rc list_files(void *owner, struct cx *cx, struct names *out)
{
    const char *const *file = owner;
    for (; *file; file += 2)
        *vec_add(cx->arena, out) = str_from(file[0]);
    return RC_OK;
}

static const char other_model[] =
    "<definitions xmlns='http://www.omg.org/spec/DMN/20180521/MODEL/' namespace='urn:other' name='o'>"
    "<itemDefinition name='tPerson'><itemComponent name='age'><typeRef>number</typeRef>"
    "</itemComponent></itemDefinition>"
    "<inputData id='who' name='who'><variable name='who' typeRef='tPerson'/></inputData>"
    "<decision id='adult' name='is adult'><variable name='is adult' typeRef='boolean'/>"
    "<informationRequirement><requiredInput href='#who'/></informationRequirement>"
    "<literalExpression><text>who.age >= 18</text></literalExpression></decision>"
    "<businessKnowledgeModel id='twice' name='twice'><encapsulatedLogic>"
    "<formalParameter name='n' typeRef='number'/>"
    "<literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic>"
    "</businessKnowledgeModel></definitions>";

/* b and c import a, each for itself; a takes an input.  The library's types are everybody's. */
#define IMPORTS(name, ns) "<import name='" name "' namespace='" ns "' importType='" NS_15 "'/>"
#define NAMED(ns, body)                                                                            \
    "<definitions xmlns='https://www.omg.org/spec/DMN/20240513/MODEL/' namespace='" ns             \
    "' name='" ns "'>" body "</definitions>"
static const char model_a[] =
    NAMED("urn:a", IMPORTS("lib", "urn:lib") INPUT("age", "lib.tAge")
                       DECISION("old", NEEDS_INPUT("age") TEXT("age >= 60")));
#define USES_A(ns, name)                                                                           \
    NAMED(ns, IMPORTS("the a", "urn:a")                                                            \
                  DECISION(name,                                                                   \
                           "<informationRequirement><requiredDecision href='urn:a#old'/>"          \
                           "</informationRequirement><informationRequirement><requiredInput "      \
                           "href='urn:a#age'/></informationRequirement>" TEXT(                     \
                               "string(the a.age) + \" \" + string(the a.old)")))
static const char model_b[] = USES_A("urn:b", "say b"), model_c[] = USES_A("urn:c", "say c");
static const char model_lib[] = NAMED(
    "urn:lib", "<itemDefinition name='tAge'><typeRef>number</typeRef></itemDefinition>"
               "<businessKnowledgeModel id='half' name='half'><encapsulatedLogic>"
               "<formalParameter name='n' typeRef='number'/>" TEXT("n / 2") "</encapsulatedLogic>"
               "</businessKnowledgeModel>");
/* They import one another. */
static const char model_x[] = NAMED("urn:x", IMPORTS("y", "urn:y") INPUT("i", "number")),
                  model_y[] = NAMED(
                      "urn:y", IMPORTS("x", "urn:x") DECISION(
                                   "twice",
                                   "<informationRequirement><requiredInput "
                                   "href='urn:x#i'/></informationRequirement>" TEXT("x.i * 2")));

static const char *const folder[] = {
    "other.dmn", other_model, "note.txt", "nothing", "a.dmn", model_a, "b.dmn", model_b, "c.dmn",
    model_c,     "lib.dmn",   model_lib,  "x.dmn",   model_x, "y.dmn", model_y, NULL,    NULL};

static struct feel_value value_of(struct fixture *f, str source)
{
    struct feel_scope *scope = feel_scope_new(&f->arena);
    const struct feel_expr *e;
    struct feel_value v;
    assert_int_equal(feel_compile(&f->cx, scope, source, (struct pos){0}, &e), RC_OK);
    struct feel_run run = {.cx = &f->cx};
    assert_int_equal(feel_eval(&run, e, &v), RC_OK);
    return v;
}

static rc compile(struct fixture *f, const char *model, bool lenient, const struct dmn_model **out)
{
    const void *owner = folder;
    void *bare;
    memcpy(&bare, &owner, sizeof bare);
    const struct dmn_files files = {.owner = bare, .read = no_file, .list = list_files};
    const struct dmn_options o = {.files = &files, .lenient = lenient};
    return dmn_compile(&f->cx, STR("t.dmn"), str_from(model), &o, out);
}

static str outcome(struct fixture *f, const struct model_case *c, bool lenient)
{
    struct buf b = {.arena = &f->arena};
    const struct dmn_model *m;
    struct dmn_input input[INPUTS_MAX];
    struct dmn_explain explain = {0};
    struct feel_value v;
    size_t count = 0;
    if (compile(f, c->model, lenient, &m) != RC_OK) {
        buf_printf(&b, "%u %s", f->cx.err.pos.line, f->cx.err.slug);
        return buf_str(&b);
    }
    for (; count < INPUTS_MAX && c->input[count]; count++) {
        str rest;
        const str name = str_cut(str_from(c->input[count]), ':', &rest);
        input[count] = (struct dmn_input){.name = name, .value = value_of(f, rest)};
    }
    struct dmn_run run = {.cx = &f->cx, .explain = &explain};
    const struct dmn_element *what = dmn_find(m, str_from(c->what));
    assert_non_null(what);
    if (dmn_decide(&run, m, what, input, count, &v) != RC_OK) {
        buf_add(&b, str_from(f->cx.err.slug));
        return buf_str(&b);
    }
    feel_value_write(&b, &v);
    for (size_t i = 0; i < explain.warnings.len; i++)
        buf_printf(&b, " !%s %.*s", explain.warnings.at[i].slug,
                   STR_ARG(explain.warnings.at[i].cell));
    return str_trim(buf_str(&b));
}

static void check_cases(const struct model_case *c, size_t count, bool lenient)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        fixture_init(&f, TEST_BYTES);
        const str got = outcome(&f, &c[i], lenient);
        if (!str_eq(got, str_from(c[i].expected))) {
            print_error("%s: got      " STR_FMT "\n    expected %s  " STR_FMT "\n", c[i].paragraph,
                        STR_ARG(got), c[i].expected, STR_ARG(f.cx.err.detail));
            failed++;
        }
        fixture_done(&f);
    }
    assert_int_equal(failed, 0);
}

/* ---- chapters 6 and 7: elements, requirements, types ---- */

#define ADULT                                                                                      \
    INPUT("Age", "number")                                                                         \
    DECISION("Adult", NEEDS_INPUT("Age") TEXT("Age >= 18"))

/* clang-format off */
static const struct model_case element_case[] = {
    {"6.3.6 decision", MODEL(ADULT), "Adult", {"Age: 20"}, "true"},
    {"6.3.6 decision without logic", MODEL(DECISION("D", "")), "D", {0}, "null"},
    {"6.3.6 decision without logic, given", MODEL(DECISION("D", "")), "D", {"D: 3"}, "3"},
    {"6.3.6 decision replaced by an input",
     MODEL(ADULT DECISION("E", NEEDS("Adult") TEXT("not(Adult)"))),
     "E",
     {"Adult: true"},
     "false"},
    {"6.3.11 input not given", MODEL(ADULT), "Adult", {0}, "null"},
    {"6.3.11 input has no value", MODEL(ADULT), "Age", {0}, "dmn.no-value"},
    {"6.3.9 knowledge is called",
     MODEL("<businessKnowledgeModel id='f' name='f'><encapsulatedLogic>"
           "<formalParameter name='n'/>" TEXT(
               "n + 1") "</encapsulatedLogic></businessKnowledgeModel>" DECISION("D",
                                                                                 KNOWS("f") TEXT(
                                                                                     "f(n: 2)"))),
     "D",
     {0},
     "3"},
    {"6.3.9 knowledge by itself",
     MODEL("<businessKnowledgeModel id='f' name='f'><encapsulatedLogic>"
           "<formalParameter name='n' typeRef='number'/>" TEXT(
               "n + 1") "</encapsulatedLogic></businessKnowledgeModel>"),
     "f",
     {"n: 2"},
     "3"},
    {"6.3.9 knowledge calls itself, within the budget",
     MODEL(
         "<businessKnowledgeModel id='f' name='f'><encapsulatedLogic>"
         "<formalParameter name='n' typeRef='number'/>"
                 TEXT("if n = 0 then 1 else n * f(n - 1)")
                 "</encapsulatedLogic></businessKnowledgeModel>" DECISION(
             "D", KNOWS("f") TEXT("f(5)"))),
     "D",
     {0},
     "120"},
    {"6.3.9 knowledge calls itself without end",
     MODEL("<businessKnowledgeModel id='f' name='f'><encapsulatedLogic>"
           "<formalParameter name='n' typeRef='number'/>" TEXT(
               "f(n)") "</encapsulatedLogic></businessKnowledgeModel>" DECISION("D",
                                                                                KNOWS("f")
                                                                                    TEXT("f(5)"))),
     "D",
     {0},
     "feel.depth"},
    {"7.3.3 allowed values",
     MODEL(
         "<itemDefinition name='tGrade'><typeRef>string</typeRef><allowedValues><text>\"A\", \"B\"</text>"
         "</allowedValues></itemDefinition>" INPUT("Grade", "tGrade")
             DECISION("D", NEEDS_INPUT("Grade") TEXT("Grade"))),
     "D",
     {"Grade: \"C\""},
     "null !dmn.not-allowed"},
    {"7.3.3 allowed values of a list's elements",
     MODEL("<itemDefinition name='tAges' isCollection='true'><typeRef>number</typeRef>"
           "<allowedValues><text>[0..120]</text></allowedValues></itemDefinition>" INPUT(
               "Ages", "tAges") DECISION("D", NEEDS_INPUT("Ages") TEXT("sum(Ages)"))),
     "D",
     {"Ages: [1, 2]"},
     "3"},
    {"7.3.3 type constraint of the whole",
     MODEL("<itemDefinition name='tAges' isCollection='true'><typeRef>number</typeRef>"
           "<typeConstraint><text>count(?) &lt; 2</text></typeConstraint></itemDefinition>" INPUT(
               "Ages", "tAges") DECISION("D", NEEDS_INPUT("Ages") TEXT("Ages"))),
     "D",
     {"Ages: [1, 2]"},
     "null !dmn.not-allowed"},
    {"7.3.3 types defined by one another",
     MODEL("<itemDefinition name='tA'><typeRef>tB</typeRef></itemDefinition>"
           "<itemDefinition name='tB'><itemComponent name='x y'><typeRef>number</typeRef>"
           "</itemComponent></itemDefinition>" INPUT("A", "tA")
               DECISION("D", NEEDS_INPUT("A") TEXT("A.x y + 1"))),
     "D",
     {"A: {x y: 2}"},
     "3"},
    {"10.3.2.9.4 a list of one becomes its element", MODEL(ADULT), "Adult", {"Age: [20]"}, "true"},
    {"10.3.2.9.4 what does not conform is null",
     MODEL(ADULT),
     "Adult",
     {"Age: \"x\""},
     "null !dmn.type"},
    {"10.3.2.9.4 the result is coerced",
     MODEL("<decision id='D' name='D'><variable name='D' typeRef='string'/>" TEXT(
         "[\"a\"]") "</decision>"),
     "D",
     {0},
     "\"a\""},
};
/* clang-format on */

static void test_elements(void **state)
{
    (void)state;
    check_cases(element_case, COUNTOF(element_case), false);
}

/* ---- decision services ---- */

#define SERVICE_MODEL                                                                              \
    MODEL(INPUT("a", "number") DECISION("b", TEXT("100"))                                          \
          DECISION("c", NEEDS_INPUT("a") NEEDS("b") TEXT("a - b"))                                 \
          DECISION("d", NEEDS("c") TEXT("c * 2"))                                                  \
          "<decisionService id='s' name='s'><variable name='s'/><outputDecision href='#c'/>"       \
          "<inputDecision href='#b'/><inputData href='#a'/></decisionService>"                     \
          "<decisionService id='s2' name='s2'><outputDecision href='#c'/>"                         \
          "<outputDecision href='#d'/><encapsulatedDecision href='#b'/><inputData href='#a'/>"     \
          "</decisionService>"                                                                     \
          DECISION("call", KNOWS("s") TEXT("s(5, 2)"))                                             \
          DECISION("named", KNOWS("s") TEXT("s(b: 2, a: 5)"))                                      \
          DECISION("wrong", KNOWS("s") TEXT("s(5)")))

static const struct model_case service_case[] = {
    {"10.4 inputs before input decisions", SERVICE_MODEL, "call", {0}, "3"},
    {"10.4 parameters by name", SERVICE_MODEL, "named", {0}, "3"},
    {"10.4 wrong number of parameters", SERVICE_MODEL, "wrong", {0}, "null !feel.arguments"},
    {"10.4 a service by itself", SERVICE_MODEL, "s", {"a: 5", "b: 1"}, "4"},
    {"10.4 several outputs", SERVICE_MODEL, "s2", {"a: 5"}, "{\"c\":-95,\"d\":-190}"},
};

static void test_services(void **state)
{
    (void)state;
    check_cases(service_case, COUNTOF(service_case), true);
}

/* ---- 10.2: boxed expressions ---- */

/* clang-format off */
static const struct model_case boxed_case[] = {
    {"10.2.1.4 context",
     MODEL(DECISION("D",
                    "<context>" ENTRY("a b", TEXT("1")) ENTRY("c", TEXT("a b + 1")) "</context>")),
     "D",
     {0},
     "{\"a b\":1,\"c\":2}"},
    {"10.2.1.4 context with a result",
     MODEL(DECISION("D", "<context>" ENTRY("a", TEXT("1")) "<contextEntry>" TEXT(
                             "a + 1") "</contextEntry></context>")),
     "D",
     {0},
     "2"},
    {"10.2.1.5 list",
     MODEL(DECISION("D", "<list>" TEXT("1") TEXT("\"x\"") "</list>")),
     "D",
     {0},
     "[1,\"x\"]"},
    {"10.2.1.6 relation",
     MODEL(DECISION("D", "<relation><column name='n'/><column name='k'/><row>" TEXT("1")
                             TEXT("2") "</row><row>" TEXT("3") TEXT("4") "</row></relation>")),
     "D",
     {0},
     "[{\"n\":1,\"k\":2},{\"n\":3,\"k\":4}]"},
    {"10.2.1.3 invocation",
     MODEL(
         "<businessKnowledgeModel id='f' name='f'><encapsulatedLogic><formalParameter name='a'/>"
         "<formalParameter name='b'/>" TEXT("a - b") "</encapsulatedLogic></businessKnowledgeModel>" DECISION(
             "D",
             KNOWS("f") "<invocation>" TEXT("f") "<binding><parameter name='b'/>" TEXT(
                 "1") "</binding><binding><parameter name='a'/>" TEXT("3") "</binding></invocation>")),
     "D",
     {0},
     "2"},
    {"10.2.1.3 invocation, a parameter that is not bound",
     MODEL(TWO_PARAMETERS DECISION(
         "D", KNOWS("f") "<invocation>" TEXT("f") BINDING("b", "1") "</invocation>")),
     "D",
     {0},
     "[null,1]"},
    {"10.2.1.3 invocation, a list of one for its only value and a value of a wrong type",
     MODEL(TWO_PARAMETERS INPUT("x", "Any") DECISION(
         "D", KNOWS("f") NEEDS_INPUT("x") "<invocation>" TEXT("f") BINDING("a", "x.one") BINDING(
                  "b", "x.two.three") "</invocation>")),
     "D",
     {"x: {one: [\"only\"], two: {three: 3}}"},
     "[\"only\",3]"},
    {"10.2.1.3 invocation, a value of a wrong type",
     MODEL(TWO_PARAMETERS INPUT("x", "Any") DECISION(
         "D", KNOWS("f") NEEDS_INPUT("x") "<invocation>" TEXT("f") BINDING("a", "x.one") BINDING(
                  "b", "x.two.three") "</invocation>")),
     "D",
     {"x: {one: \"a\", two: {three: \"b\"}}"},
     "null !feel.type"},
    {"10.2.1.3 invocation, a path that leads nowhere",
     MODEL(TWO_PARAMETERS INPUT("x", "Any") DECISION(
         "D", KNOWS("f") NEEDS_INPUT("x") "<invocation>" TEXT("f") BINDING("a", "x.none") BINDING(
                  "b", "x.two") "</invocation>")),
     "D",
     {"x: {two: 2}"},
     "[null,2] !feel.unknown-name parameter a"},
    {"10.2.1.7 function and what it captures",
     MODEL(DECISION(
         "D",
         "<context>" ENTRY("k", TEXT("10")) ENTRY(
             "f",
             "<functionDefinition><formalParameter name='n' typeRef='number'/>" TEXT(
                 "n * k") "</functionDefinition>") "<contextEntry>"
                 TEXT("for i in [1, 2] return f(i)") "</contextEntry></context>")),
     "D",
     {0},
     "[10,20]"},
    {"10.2.1.7 function that calls itself",
     MODEL(DECISION(
         "D",
         "<context>" ENTRY(
             "f",
             "<functionDefinition><formalParameter name='n' typeRef='number'/>" TEXT(
                 "if n &lt; 2 then 1 else n * f(n - 1)") "</functionDefinition>")
                 "<contextEntry>" TEXT("f(4)") "</contextEntry></context>")),
     "D",
     {0},
     "24"},
    {"10.2.1.7 external function",
     MODEL(DECISION(
         "D",
         "<context>" ENTRY(
             "f",
             "<functionDefinition kind='Java'><formalParameter name='a' typeRef='number'/>"
             "<formalParameter name='b' typeRef='number'/><context>" ENTRY(
                 "class", TEXT("\"java.lang.Math\""))
                 ENTRY(
                     "method signature",
                     TEXT(
                         "\"max(double,double)\"")) "</context></functionDefinition>")
                 "<contextEntry>" TEXT("f(3, 4)") "</contextEntry></context>")),
     "D",
     {0},
     "4"},
    {"10.2.1.8 conditional",
     MODEL(DECISION("D", "<conditional><if>" TEXT("1 > 2") "</if><then>" TEXT(
                             "1") "</then><else>" TEXT("2") "</else></conditional>")),
     "D",
     {0},
     "2"},
    {"10.2.1.9 filter with item",
     MODEL(DECISION("D", "<filter><in>" TEXT("[1, 2, 3]") "</in><match>" TEXT(
                             "item > 1") "</match></filter>")),
     "D",
     {0},
     "[2,3]"},
    {"10.2.1.9 filter by an element's own names",
     MODEL(DECISION("D", "<filter><in>" TEXT("[{a: 1}, {a: 2}]") "</in><match>" TEXT(
                             "a = 2") "</match></filter>")),
     "D",
     {0},
     "[{\"a\":2}]"},
    {"10.2.1.10 for",
     MODEL(DECISION("D", "<for iteratorVariable='x'><in>" TEXT("1..3") "</in><return>" TEXT(
                             "x + count(partial)") "</return></for>")),
     "D",
     {0},
     "[1,3,5]"},
    {"10.2.1.10 for over a range",
     MODEL(DECISION("D", "<for iteratorVariable='x'><in>" TEXT("[1..3)") "</in><return>" TEXT(
                             "x") "</return></for>")),
     "D",
     {0},
     "[1,2]"},
    {"10.2.1.11 some",
     MODEL(DECISION("D", "<some iteratorVariable='x'><in>" TEXT("[1, 2]") "</in><satisfies>" TEXT(
                             "x > 1") "</satisfies></some>")),
     "D",
     {0},
     "true"},
    {"10.2.1.11 every",
     MODEL(DECISION("D", "<every iteratorVariable='x'><in>" TEXT("[1, 2]") "</in><satisfies>" TEXT(
                             "x > 1") "</satisfies></every>")),
     "D",
     {0},
     "false"},
    {"10.3.4 a fault says which entry",
     MODEL(DECISION("D", "<context>" ENTRY("rate", TEXT("1 / 0")) "</context>")),
     "D",
     {0},
     "{\"rate\":null} !feel.divide-by-zero entry rate"},
};
/* clang-format on */

static void test_boxed(void **state)
{
    (void)state;
    check_cases(boxed_case, COUNTOF(boxed_case), true);
}

/* ---- chapter 8: decision tables ---- */

#define TABLE(attributes, outputs, rules)                                                          \
    MODEL(INPUT("n", "number") DECISION("D", NEEDS_INPUT("n") "<decisionTable " attributes ">" IN( \
                                                 "n") outputs rules "</decisionTable>"))
#define ONE     "<output/>"
#define ORDERED "<output><outputValues><text>\"high\", \"low\"</text></outputValues></output>"
#define OVERLAP RULE("&lt; 10", "\"low\"") RULE("&lt; 5", "\"high\"") RULE("&lt; 3", "\"low\"")
#define FIGURES RULE("&lt; 10", "1") RULE("&lt; 5", "2") RULE("&lt; 3", "4")

static const struct model_case table_case[] = {
    {"8.2.10 unique", TABLE("", ONE, OVERLAP), "D", {"n: 7"}, "\"low\""},
    {"8.2.10 unique, several",
     TABLE("hitPolicy='UNIQUE'", ONE, OVERLAP),
     "D",
     {"n: 4"},
     "null !dmn.not-unique"},
    {"8.2.10 any",
     TABLE("hitPolicy='ANY'", ONE, RULE("-", "1") RULE("&lt; 5", "1.0")),
     "D",
     {"n: 4"},
     "1"},
    {"8.2.10 any, not alike",
     TABLE("hitPolicy='ANY'", ONE, OVERLAP),
     "D",
     {"n: 4"},
     "null !dmn.not-same"},
    {"8.2.10 priority", TABLE("hitPolicy='PRIORITY'", ORDERED, OVERLAP), "D", {"n: 1"}, "\"high\""},
    {"8.2.10 first", TABLE("hitPolicy='FIRST'", ONE, OVERLAP), "D", {"n: 1"}, "\"low\""},
    {"8.2.10 rule order",
     TABLE("hitPolicy='RULE ORDER'", ONE, OVERLAP),
     "D",
     {"n: 1"},
     "[\"low\",\"high\",\"low\"]"},
    {"8.2.10 output order",
     TABLE("hitPolicy='OUTPUT ORDER'", ORDERED, OVERLAP),
     "D",
     {"n: 1"},
     "[\"high\",\"low\",\"low\"]"},
    {"8.2.10 collect", TABLE("hitPolicy='COLLECT'", ONE, FIGURES), "D", {"n: 4"}, "[1,2]"},
    {"8.2.10 sum", TABLE("hitPolicy='COLLECT' aggregation='SUM'", ONE, FIGURES), "D", {"n: 1"}, "7"},
    {"8.2.10 min", TABLE("hitPolicy='COLLECT' aggregation='MIN'", ONE, FIGURES), "D", {"n: 1"}, "1"},
    {"8.2.10 max", TABLE("hitPolicy='COLLECT' aggregation='MAX'", ONE, FIGURES), "D", {"n: 1"}, "4"},
    {"8.2.10 count",
     TABLE("hitPolicy='COLLECT' aggregation='COUNT'", ONE, FIGURES),
     "D",
     {"n: 1"},
     "3"},
    {"8.2.10 sum of what is no number",
     TABLE("hitPolicy='COLLECT' aggregation='SUM'", ONE, RULE("-", "\"a\"")),
     "D",
     {"n: 1"},
     "null !dmn.aggregation"},
    {"8.2.11 no rule", TABLE("", ONE, RULE("> 5", "1")), "D", {"n: 1"}, "null"},
    {"8.2.11 default output",
     TABLE("", "<output><defaultOutputEntry><text>9</text></defaultOutputEntry></output>",
           RULE("> 5", "1")),
     "D",
     {"n: 1"},
     "9"},
    {"8.3.1 rules as columns",
     TABLE("preferredOrientation='Rule-as-Column'", ONE, OVERLAP),
     "D",
     {"n: 7"},
     "\"low\""},
    {"8.3.2 several outputs",
     TABLE("", "<output name='a'/><output name='b c'/>",
           "<rule>" TEST("-") OUT("n") OUT("n + 1") "</rule>"),
     "D",
     {"n: 1"},
     "{\"a\":1,\"b c\":2}"},
    {"8.3.3 a fault says which cell",
     TABLE("", ONE, RULE("-", "n / 0")),
     "D",
     {"n: 1"},
     "null !feel.divide-by-zero rule 1, output 1"},
    {"8.3.3 an empty test asks nothing", TABLE("", ONE, RULE("", "5")), "D", {"n: 1"}, "5"},
};

static void test_tables(void **state)
{
    (void)state;
    check_cases(table_case, COUNTOF(table_case), true);
}

/* ---- what every rule says beside the index: the same table once with tests it can index, once not ---- */

static void test_index(void **state)
{
    (void)state;
    static const char *const test[] = {"&lt; 3", "[2..4]",     "(4..6)", "5",         "not(5)", "-",
                                       "null",   "&gt;= 6, 1", "]6..7[", "not(null)", "1,2,3"};
    static const char *const value[] = {"null", "0", "1",   "2", "3.5",   "4",  "5",
                                        "5.5",  "6", "6.5", "7", "\"x\"", "[5]"};
    for (size_t i = 0; i < COUNTOF(value); i++) {
        struct fixture f;
        fixture_init(&f, TEST_BYTES);
        struct buf b = {.arena = &f.arena};
        buf_add(&b, STR("<definitions xmlns='" NS_15
                        "' namespace='urn:t' name='t'>" INPUT("n", "Any")));
        for (int way = 0; way < 2; way++) {
            buf_printf(&b,
                       "<decision id='D%d' name='D%d'>" NEEDS_INPUT(
                           "n") "<decisionTable hitPolicy='COLLECT'>" IN("n") "<output/>",
                       way, way);
            for (size_t k = 0; k < COUNTOF(test); k++)
                buf_printf(&b, "<rule>" TEST("%s") OUT("%zu") "</rule>", test[k], k);
            if (way == 1) /* not a constant: the column is evaluated */
                buf_add(&b, STR("<rule>" TEST("? = n and false") OUT("99") "</rule>"));
            buf_add(&b, STR("</decisionTable></decision>"));
        }
        buf_add(&b, STR("</definitions>"));
        buf_char(&b, '\0');
        const struct model_case with = {"", b.at, "D0", {0}, NULL},
                                without = {"", b.at, "D1", {0}, NULL};
        struct model_case a = with, c = without;
        const str input = arena_printf(&f.arena, "n: %s", value[i]);
        a.input[0] = c.input[0] = arena_cstr(&f.arena, input);
        const str fast = outcome(&f, &a, true), slow = outcome(&f, &c, true);
        assert_str(fast, arena_cstr(&f.arena, slow));
        fixture_done(&f);
    }
}

/* ---- imports ---- */

#define IMPORT                                                                                     \
    "<import name='o' namespace='urn:other' importType='" NS_15 "' locationURI='other.dmn'/>"
static const struct model_case import_case[] = {
    {"6.3.3 imported decision, by name",
     MODEL(IMPORT DECISION("D",
                           "<informationRequirement><requiredDecision href='urn:other#adult'/>"
                           "</informationRequirement>" TEXT("not(o.is adult)"))),
     "D",
     {"who: {age: 20}"},
     "false"},
    {"6.3.3 imported knowledge and type, by namespace",
     MODEL(
         "<import name='o' namespace='urn:other' importType='" NS_15 "'/>" INPUT("p", "o.tPerson")
             DECISION("D", NEEDS_INPUT("p") "<knowledgeRequirement><requiredKnowledge "
                                            "href='other.dmn#twice'/></knowledgeRequirement>" TEXT(
                                                "o.twice(p.age)"))),
     "D",
     {"p: {age: 4}"},
     "8"},
    {"6.3.3 an import's import, by both names",
     MODEL(IMPORTS("b", "urn:b") DECISION("D",
                                          "<informationRequirement><requiredInput "
                                          "href='urn:a#age'/></informationRequirement>" TEXT(
                                              "b.the a.age instance of b.the a.lib.tAge"))),
     "D",
     {"age: 3"},
     "true"},
    {"6.3.3 knowledge of an import's import",
     MODEL(IMPORTS("a", "urn:a")
               DECISION("D",
                        "<knowledgeRequirement><requiredKnowledge "
                        "href='urn:lib#half'/></knowledgeRequirement>" TEXT("a.lib.half(n: 5)"))),
     "D",
     {0},
     "2.5"},
#define BOTH                                                                                       \
    MODEL(IMPORTS("b", "urn:b") IMPORTS("the c", "urn:c") DECISION(                                \
        "D",                                                                                       \
        "<informationRequirement><requiredDecision href='urn:b#say b'/>"                           \
        "</informationRequirement><informationRequirement><requiredDecision "                      \
        "href='urn:c#say c'/></informationRequirement>" TEXT("[b.say b, the c.say c]")))
    {"6.3.3 imported twice: each with inputs of its own",
     BOTH,
     "D",
     {"b.the a.age: 3", "the c.the a.age: 70"},
     "[\"3 false\",\"70 true\"]"},
    {"6.3.3 the same as contexts",
     BOTH,
     "D",
     {"b: {the a: {age: 3}}", "the c: {the a: {age: 70, no such: 1}}"},
     "[\"3 false\",\"70 true\"]"},
    {"6.3.3 a decision of one of them replaced",
     BOTH,
     "D",
     {"b: {the a: {age: 3, old: true}}", "the c: {the a: {age: \"x\"}}"},
     "[\"3 true\",null] !dmn.type"},
    {"6.3.3 a name alone is that of all of them",
     BOTH,
     "D",
     {"age: 61"},
     "[\"61 true\",\"61 true\"]"},
    {"6.3.3 models that import one another",
     MODEL(IMPORTS("x", "urn:x") IMPORTS("y", "urn:y")
               DECISION("D",
                        "<informationRequirement><requiredDecision href='urn:y#twice'/>"
                        "</informationRequirement>" TEXT("y.twice"))),
     "D",
     {"i: 4"},
     "8"},
    {"6.3.3 no such namespace",
     MODEL("<import name='o' namespace='urn:none' importType='" NS_15 "'/>"),
     "",
     {0},
     "2 dmn.import"},
    {"6.3.3 outside the folder",
     MODEL("<import name='o' namespace='urn:other' importType='" NS_15
           "' locationURI='../x.dmn'/>"),
     "",
     {0},
     "2 dmn.import"},
};

static void test_imports(void **state)
{
    (void)state;
    check_cases(import_case, COUNTOF(import_case), false);
}

/* ---- what is wrong ---- */

static const struct model_case fault_case[] = {
    {"no XML", "<a", "", {0}, "1 xml.malformed"},
    {"DOCTYPE", "<!DOCTYPE definitions><definitions/>", "", {0}, "1 xml.doctype"},
    {"not DMN", "<definitions/>", "", {0}, "1 dmn.structure"},
    {"unknown reference",
     MODEL(INPUT("Age", "number") DECISION("D", NEEDS_INPUT("Agee") TEXT("1"))),
     "",
     {0},
     "3 dmn.unknown-reference"},
    {"unknown type", MODEL(INPUT("Age", "nunber")), "", {0}, "2 dmn.unknown-type"},
    {"cycle",
     MODEL(DECISION("A", NEEDS("B") TEXT("1")) DECISION("B", NEEDS("A") TEXT("1"))),
     "",
     {0},
     "3 dmn.cycle"},
    {"cycle of types",
     MODEL("<itemDefinition name='a'><typeRef>b</typeRef></itemDefinition>\n"
           "<itemDefinition name='b'><typeRef>a</typeRef></itemDefinition>"),
     "",
     {0},
     "3 dmn.cycle"},
    {"an id twice", MODEL(INPUT("A", "number") INPUT("A", "number")), "", {0}, "3 dmn.twice"},
    {"unknown name", MODEL(DECISION("A", TEXT("\n  foo + 1"))), "", {0}, "3 feel.unknown-name"},
    {"syntax", MODEL(DECISION("A", TEXT("1 +"))), "", {0}, "2 feel.syntax"},
    {"type of an expression",
     MODEL("<decision id='A' name='A'><literalExpression typeRef='string'><text>1</text>"
           "</literalExpression></decision>"),
     "",
     {0},
     "2 dmn.type"},
    {"language",
     MODEL("<decision id='A' name='A'><literalExpression expressionLanguage='urn:js'><text>1</text>"
           "</literalExpression></decision>"),
     "",
     {0},
     "2 dmn.language"},
    {"a rule too short",
     MODEL(DECISION(
         "A", "<decisionTable>" IN("1") "<output/>\n<rule>" TEST("1") "</rule></decisionTable>")),
     "",
     {0},
     "3 dmn.structure"},
    {"hit policy",
     MODEL(DECISION("A", "<decisionTable hitPolicy='BEST'><output/></decisionTable>")),
     "",
     {0},
     "2 dmn.structure"},
};

static void test_faults(void **state)
{
    (void)state;
    check_cases(fault_case, COUNTOF(fault_case), false);
}

/* ---- types inside themselves ---- */

#define TREE                                                                                       \
    "<itemDefinition name='tTree'><itemComponent name='size'><typeRef>number</typeRef>"            \
    "<allowedValues><text>&gt;= 0</text></allowedValues></itemComponent>"                          \
    "<itemComponent name='parts' isCollection='true'><typeRef>tTree</typeRef></itemComponent>"     \
    "</itemDefinition>"                                                                            \
    "<itemDefinition name='tA'><itemComponent name='b'><typeRef>tB</typeRef></itemComponent>"      \
    "<itemComponent name='n'><typeRef>number</typeRef></itemComponent></itemDefinition>"           \
    "<itemDefinition name='tB'><typeRef>tC</typeRef></itemDefinition>"                             \
    "<itemDefinition name='tC'><itemComponent name='a'><typeRef>tA</typeRef></itemComponent>"      \
    "<itemComponent name='d'><typeRef>tB</typeRef></itemComponent></itemDefinition>"               \
    "<itemDefinition name='tNest' isCollection='true'><typeRef>tNest</typeRef></itemDefinition>"
#define LEAF "{size: 1, parts: []}"
static const struct model_case recursive_case[] = {
    {"7.3.2 a tree",
     MODEL(TREE INPUT("T", "tTree")
               DECISION("D", NEEDS_INPUT("T") TEXT("T.parts[1].parts[1].size + T.size"))),
     "D",
     {"T: {size: 2, parts: [{size: 3, parts: [" LEAF "]}, " LEAF "]}"},
     "3"},
    {"7.3.2 what is deep inside is checked for its type",
     MODEL(TREE INPUT("T", "tTree") DECISION("D", NEEDS_INPUT("T") TEXT("T.size"))),
     "D",
     {"T: {size: 2, parts: [{size: 3, parts: [{size: \"x\", parts: []}]}]}"},
     "null !dmn.type"},
    {"7.3.3 and for its values",
     MODEL(TREE INPUT("T", "tTree") DECISION("D", NEEDS_INPUT("T") TEXT("T.size"))),
     "D",
     {"T: {size: 2, parts: [{size: 3, parts: [{size: -1, parts: []}]}]}"},
     "null !dmn.not-allowed"},
    {"two that hold one another",
     MODEL(TREE INPUT("A", "tA") DECISION("D", NEEDS_INPUT("A") TEXT("A.b.d.d.a.n + A.b.a.n"))),
     "D",
     {"A: {n: 1, b: {a: {n: 2, b: null}, d: {a: null, d: {d: null, a: {n: 5, b: null}}}}}"},
     "7"},
    {"a member that is not there is found inside",
     MODEL(TREE INPUT("A", "tA") DECISION("D", NEEDS_INPUT("A") TEXT("\nA.b.d.d.a.m"))),
     "",
     {0},
     "4 feel.unknown-name"},
    {"lists of lists",
     MODEL(TREE INPUT("N", "tNest") DECISION("D", NEEDS_INPUT("N") TEXT("count(N)"))),
     "D",
     {"N: [[], [[]]]"},
     "2"},
    {"a type that is nothing else",
     MODEL("<itemDefinition name='a'><typeRef>a</typeRef></itemDefinition>"),
     "",
     {0},
     "2 dmn.cycle"},
};

static void test_recursive_types(void **state)
{
    (void)state;
    check_cases(recursive_case, COUNTOF(recursive_case), false);
}

/* However often a type holds itself and others, its text has an end. */
static void test_recursive_type_text(void **state)
{
    const struct dmn_model *m;
    struct fixture f;
    (void)state;
    fixture_init(&f, TEST_BYTES);
    struct buf text = {.arena = &f.arena}, model = {.arena = &f.arena};
    assert_int_equal(compile(&f, MODEL(TREE INPUT("T", "tTree")), false, &m), RC_OK);
    feel_type_write(&text, dmn_find(m, STR("T"))->type);
    assert_str(buf_str(&text), "context<size: number, parts: list<context>>");
    buf_add(&model, STR("<definitions xmlns='" NS_15 "' namespace='urn:t' name='t'>"));
    for (int i = 0; i < 12; i++) {
        buf_printf(&model, "<itemDefinition name='t%d'>", i);
        for (int k = 0; k < 12; k++)
            buf_printf(&model, "<itemComponent name='c%d'><typeRef>t%d</typeRef></itemComponent>",
                       k, k);
        buf_add(&model, STR("</itemDefinition>"));
    }
    buf_add(&model, STR("<inputData id='x' name='x'><variable name='x' typeRef='t0'/></inputData>"
                        "<inputData id='y' name='y'><variable name='y' typeRef='t5'/></inputData>"
                        "<decision id='D' name='D'><variable name='D' typeRef='t7'/>" NEEDS_INPUT(
                            "x") NEEDS_INPUT("y") TEXT("if x = y then x else y") "</decision>"
                                                                                 "</definitions>"));
    assert_int_equal(compile(&f, arena_cstr(&f.arena, buf_str(&model)), false, &m), RC_OK);
    text.len = 0;
    feel_type_write(&text, dmn_find(m, STR("x"))->type);
    assert_true(text.len > 0 && text.len < 100000);
    fixture_done(&f);
}

static void test_fault_hints(void **state)
{
    (void)state;
    struct fixture f;
    const struct dmn_model *m;
    fixture_init(&f, TEST_BYTES);
    struct findings findings = {0};
    f.cx.findings = &findings;
    const char model[] = MODEL(INPUT("Age", "number") DECISION("D", NEEDS_INPUT("Agee") TEXT("foo"))
                                   INPUT("B", "strin"));
    assert_int_equal(compile(&f, model, false, &m), RC_INVALID);
    assert_string_equal(f.cx.err.slug, "dmn.invalid");
    assert_int_equal(findings.count, 2);
    assert_true(str_index(findings.item[0].hint, STR("string")) != SIZE_MAX);
    assert_true(str_index(findings.item[1].hint, STR("Age")) != SIZE_MAX);
    assert_str(findings.item[1].field, "D");
    assert_str(findings.item[1].source, "t.dmn");
    fixture_done(&f);
}

static void test_limits(void **state)
{
    (void)state;
    struct fixture f;
    const struct dmn_model *m;
    fixture_init(&f, 64 << 20);
    struct buf b = {.arena = &f.arena};
    buf_add(&b, STR("<definitions xmlns='" NS_15 "'>"));
    for (int i = 0; i < 150; i++)
        buf_add(&b, STR("<context><contextEntry>"));
    buf_char(&b, '\0');
    assert_int_equal(compile(&f, b.at, true, &m), RC_INVALID);
    assert_string_equal(f.cx.err.slug, "xml.depth");
    err_clear(&f.cx);
    char *big = arena_try(&f.arena, DMN_BYTES_MAX + 2, 1);
    memset(big, ' ', DMN_BYTES_MAX + 1);
    assert_int_equal(compile(&f, big, true, &m), RC_LIMIT);
    assert_string_equal(f.cx.err.slug, "dmn.size");
    fixture_done(&f);
}

/* Every beginning of a model is refused or decided, and none crashes. */
static void test_truncated(void **state)
{
    (void)state;
    static const char model[] = SERVICE_MODEL;
    for (size_t len = 0; len < sizeof model - 1; len += 7) {
        struct fixture f;
        const struct dmn_model *m;
        fixture_init(&f, TEST_BYTES);
        assert_int_not_equal(dmn_compile(&f.cx, STR("t"), (str){model, len}, NULL, &m), RC_OK);
        fixture_done(&f);
    }
}

/* ---- explanations ---- */

static void test_explain(void **state)
{
    (void)state;
    struct fixture f;
    const struct dmn_model *m;
    struct dmn_explain explain = {0};
    struct feel_value v;
    fixture_init(&f, TEST_BYTES);
    const char model[] = MODEL(INPUT("n", "number") DECISION(
        "D",
        NEEDS_INPUT("n") "<decisionTable id='T' hitPolicy='COLLECT'>" IN(
            "n") "<output name='r'/><annotation name='why'/>"
                 "<rule>" TEST("> 1") OUT(
                     "\"a\"") "<annotationEntry><text>one</text></annotationEntry></rule>"
                              "<rule>" TEST("> 9") OUT(
                                  "\"b\"") "<annotationEntry><text>two</text></annotationEntry></rule>"
                                           "<rule>" TEST("-") OUT(
                                               "\"c\"") "<annotationEntry><text>any</text></annotationEntry></rule>"
                                                        "</decisionTable>"));
    assert_int_equal(compile(&f, model, false, &m), RC_OK);
    const struct dmn_input input = {.name = STR("n"), .value = feel_int(5)};
    struct dmn_run run = {.cx = &f.cx, .explain = &explain};
    assert_int_equal(dmn_decide(&run, m, dmn_find(m, STR("D")), &input, 1, &v), RC_OK);
    assert_int_equal(explain.matches.len, 2);
    assert_int_equal(explain.matches.at[0].rule, 1);
    assert_int_equal(explain.matches.at[1].rule, 3);
    assert_str(explain.matches.at[1].annotation[0], "any");
    assert_str(explain.matches.at[0].table, "T");
    assert_str(explain.matches.at[0].element->name, "D");
    assert_str(feel_str(&explain.matches.at[0].output[0]), "a");
    assert_int_equal(explain.matches.at[0].input[0].as.number, 5);
    assert_int_equal(explain.warnings.len, 0);
    fixture_done(&f);
}

/* Several decisions of the same inputs: the same values as one by one, and what they share is evaluated
 * once: its warning is said once. */
static void test_together(void **state)
{
    (void)state;
    struct fixture f;
    const struct dmn_model *m;
    struct dmn_explain explain = {0};
    struct feel_value both[3], one;
    fixture_init(&f, TEST_BYTES);
    const char model[] = MODEL(INPUT("n", "number") DECISION("Half", NEEDS_INPUT("n") TEXT("n / 0"))
                                   DECISION("A", NEEDS("Half") NEEDS_INPUT("n") TEXT("[Half, n]"))
                                       DECISION("B", NEEDS("Half") TEXT("Half = null")));
    assert_int_equal(compile(&f, model, true, &m), RC_OK);
    const struct dmn_input input = {.name = STR("n"), .value = feel_int(5)};
    const struct dmn_element *what[] = {dmn_find(m, STR("A")), dmn_find(m, STR("B")),
                                        dmn_find(m, STR("Half"))};
    struct dmn_run run = {.cx = &f.cx, .explain = &explain};
    const struct dmn_question q = {what, COUNTOF(what), &input, 1};
    assert_int_equal(dmn_decide_all(&run, m, &q, both), RC_OK);
    assert_int_equal(explain.warnings.len, 1);
    for (size_t i = 0; i < COUNTOF(what); i++) {
        struct dmn_run alone = {.cx = &f.cx};
        assert_int_equal(dmn_decide(&alone, m, what[i], &input, 1, &one), RC_OK);
        assert_int_equal(one.kind, both[i].kind);
        assert_true(one.kind == FEEL_NULL || feel_equal(&one, &both[i]) == 1);
    }
    const struct dmn_element *wrong = dmn_find(m, STR("n"));
    const struct dmn_question none = {&wrong, 1, &input, 1};
    assert_int_equal(dmn_decide_all(&run, m, &none, both), RC_INVALID);
    assert_string_equal(f.cx.err.slug, "dmn.no-value");
    fixture_done(&f);
}

static void test_what_a_model_holds(void **state)
{
    (void)state;
    struct fixture f;
    const struct dmn_model *m;
    size_t count;
    fixture_init(&f, TEST_BYTES);
    assert_int_equal(compile(&f, SERVICE_MODEL, true, &m), RC_OK);
    assert_str(dmn_name(m), "t");
    assert_str(dmn_namespace(m), "urn:t");
    const struct dmn_element *all = dmn_elements(m, &count), *d = dmn_find(m, STR("d"));
    assert_int_equal(count, 9);
    assert_int_equal(d->need_count, 1);
    assert_str(all[d->needs[0]].name, "a");
    const struct dmn_element *s = dmn_find(m, STR("s"));
    assert_int_equal(s->parameter_count, 2);
    assert_str(s->parameter[0], "a");
    assert_str(dmn_nearest(m, STR("callx")), "call");
    assert_null(dmn_find(m, STR("nobody")));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_boxed),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_fault_hints),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_what_a_model_holds),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_recursive_types),
        cmocka_unit_test(test_recursive_type_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
