/* Broken declarations: the exact finding of each, with place and remedy. */
#include "app/test.h"

/* Every case is an app "a" beside this core; only its own text is shown. */
#define CORE                                                                                       \
    "app: core\n"                                                                                  \
    "codes:\n"                                                                                     \
    "  level: {city: 市, town: 镇街}\n"                                                         \
    "types:\n"                                                                                     \
    "  org:\n"                                                                                     \
    "    key: [code]\n"                                                                            \
    "    fields: {code: text, level: {code: level}, parent: {ref: org}}\n"

struct broken {
    const char *yaml, *findings;
};

#define HEAD   "app: a\nneeds: [core]\n"
#define FIELDS HEAD "types:\n  t:\n    fields:\n"
#define MEASURES                                                                                   \
    HEAD "types:\n"                                                                                \
         "  t: {key: [k, day], fields: {k: {code: core.level}, day: date, n: {type: number, "      \
         "scale: 2}, s: text}}\n"                                                                  \
         "measures:\n"

static const struct broken broken[] = {
    /* ---- files ---- */
    {"app: a\ntypes:\n  t: {fields: {x: text}\n",
     "a/app.yaml:4:1: not valid YAML: did not find expected ',' or '}' (check the indentation, the "
     "space after a colon, and that quotes are closed)\n"},
    {"title: x\n", "a/app.yaml:1:1: app.yaml does not name its app (begin with app: name)\n"},
    {"app: A-b\n",
     "a/app.yaml:1:6: \"A-b\" is no name (a name begins with a small letter, then "
     "small letters, digits and _, at most 40; other words go into title)\n"},
    {HEAD "typs: {}\n", "a/app.yaml:3:1: unknown key \"typs\" (did you mean \"types\"?)\n"},
    {"app: a\nneeds: [cor]\n",
     "a/app.yaml:2:9: app \"cor\" was not found (did you mean \"core\"?)\n"},
    {"app: a\ntitle: x\ntitle: y\n",
     "a/app.yaml:3:1: \"title\" is written twice: the first time in "
     "line 2 (remove one of them, or rename it)\n"},
    {"app: a\ntitle: &x y\nneeds: *x\n",
     "a/app.yaml:2:8: anchors and aliases (& and *) are not allowed in declarations (write it out; "
     "quote text that begins with * or &)\n"},
    {"app: a\ntitle: !!str y\n",
     "a/app.yaml:2:8: tags (!) are not allowed in declarations (remove "
     "the tag; quote text that begins with !)\n"},
    {"app: a\n---\napp: b\n",
     "a/app.yaml:2:1: a file holds one document (move what follows --- "
     "into a file of its own)\n"},
    {"- a\n", "a/app.yaml:1:1: a declaration is a map of key: value (begin with app: name)\n"},
    {HEAD "types: 7\n",
     "a/app.yaml:3:8: \"types\" must be a map of name: declaration (one name a "
     "line, its declaration indented below)\n"},
    /* ---- types and fields ---- */
    {HEAD "types:\n  t: {title: x}\n",
     "a/app.yaml:4:3: type \"t\" has no fields (write fields: "
     "{name: {type: text}, …})\n"},
    {FIELDS "      x: nubmer\n",
     "a/app.yaml:6:10: \"type\" cannot be \"nubmer\" (did you mean \"number\"?)\n"},
    {FIELDS "      x: {type: text, requierd: true}\n",
     "a/app.yaml:6:23: unknown key \"requierd\" (did you mean \"required\"?)\n"},
    {FIELDS "      x: {type: text, required: yes}\n",
     "a/app.yaml:6:33: \"required\" must be true or false (write required: true)\n"},
    {FIELDS "      x: {type: text, ref: core.org}\n",
     "a/app.yaml:6:7: field \"x\" needs exactly one of type, ref, code (for instance {type: text}, "
     "{ref: core.org}, {code: flow})\n"},
    {FIELDS "      x: {ref: core.orgs}\n",
     "a/app.yaml:6:16: there is no \"core.orgs\" among what is "
     "declared as type (did you mean \"core.org\"?)\n"},
    {FIELDS "      x: {code: health.level}\n",
     "a/app.yaml:6:17: there is no \"health.level\" among what is declared as code list (no app "
     "\"health\" is loaded: check the name, or give its folder too)\n"},
    {"app: a\ntypes:\n  t:\n    fields:\n      x: {ref: core.org}\n",
     "a/app.yaml:5:16: app a does not say that it needs core (add core to needs in app.yaml)\n"},
    {FIELDS "      x: {type: number, scale: 12}\n",
     "a/app.yaml:6:32: \"scale\" must be an integer from 0 to 9 (write scale: 0)\n"},
    {FIELDS "      x: {type: date, scale: 2}\n",
     "a/app.yaml:6:23: \"scale\" is for fields of type "
     "number only (remove it, or change the field's type)\n"},
    {FIELDS "      x: {type: integer, range: \"[9..1]\"}\n",
     "a/app.yaml:6:34: the range of \"x\" is not valid (integers, numbers and dates take "
     "\"[50..300]\", \"(0..1)\", \"[0..]\" or \">= 0\", with no more digits than scale)\n"},
    {FIELDS "      id: text\n",
     "a/app.yaml:6:7: a field cannot be called \"id\": the system or FEEL "
     "uses that word (choose another name, for instance id_of)\n"},
    {FIELDS "      site: text\n",
     "a/app.yaml:6:7: a field cannot be called \"site\": the system or FEEL "
     "uses that word (choose another name, for instance place)\n"},
    {FIELDS "      X: text\n",
     "a/app.yaml:6:7: \"X\" is no name (a name begins with a small letter, "
     "then small letters, digits and _, at most 40; other words go into "
     "title)\n"},
    {FIELDS "      x: text\n    key: [y]\n",
     "a/app.yaml:7:11: type a.t has no field \"y\" (did you mean \"x\"?)\n"},
    {FIELDS "      x: text\n    org: x\n",
     "a/app.yaml:7:10: field \"x\" does not refer to core.org "
     "(declare it as {ref: core.org})\n"},
    {FIELDS "      x: text\n    process: review\n",
     "a/app.yaml:7:14: cannot read process file @/a/review.bpmn (put the BPMN file into the app's "
     "folder under the name of process)\n"},
    /* ---- expressions: the place is inside the YAML ---- */
    {FIELDS "      born: {type: date, check: \"value <= tody()\"}\n",
     "a/app.yaml:6:43: nothing is called \"tody\" (did you mean \"today\"?)\n"},
    {FIELDS "      n: {type: number, derive: '\"a\" + \"b\"'}\n",
     "a/app.yaml:6:34: the expression gives string, expected number (change the expression to give "
     "number)\n"},
    {FIELDS "      n: {type: number, default: 1, derive: 2}\n",
     "a/app.yaml:6:25: a field has a default or is derived, not both (remove default: a derived "
     "field is computed at every write)\n"},
    {FIELDS "      x: text\n    rules:\n      - {says: no}\n",
     "a/app.yaml:8:9: the rule has no check (write {check: a FEEL expression, says: what to say when "
     "it does not hold})\n"},
    /* ---- circles ---- */
    {FIELDS "      x: {type: number, derive: y + 1}\n      y: {type: number, derive: x + 1}\n",
     "a/app.yaml:6:7: derived fields form a circle: x → y → x (let one of them not be derived from "
     "the others)\n"},
    {HEAD "types:\n  t: {fields: {u: {ref: u, required: true}}}\n  u: {fields: {t: {ref: t, "
          "required: true}}}\n",
     "a/app.yaml:4:3: required references form a circle: a.t → a.u → a.t (no first record could be "
     "created: let one of the references not be required)\n"},
    /* ---- measures and indicators ---- */
    {MEASURES "  m: {count: t}\n",
     "a/app.yaml:6:3: measure \"m\" does not say on which field it "
     "lies in time (add on: a date, moment or period field)\n"},
    {MEASURES "  m: {sum: t.s, on: day}\n",
     "a/app.yaml:6:12: field \"s\" is not a number (sum and "
     "reported take number and integer fields)\n"},
    {MEASURES "  m: {count: t, on: day, by: [s]}\n",
     "a/app.yaml:6:31: field \"s\" cannot be a dimension (dimensions are fields of a code, a ref or "
     "boolean)\n"},
    {MEASURES "  m: {reported: t.n, on: day}\n",
     "a/app.yaml:6:3: two records could report the same cell and would be added up (give type a.t a "
     "key made of the fields of on, by and org only)\n"},
    {MEASURES "  m: {count: t, sum: t.n, on: day}\n",
     "a/app.yaml:6:3: a measure needs exactly one of count, sum, reported (for instance {count: "
     "visit, on: done_on})\n"},
    {MEASURES "  m: {count: t, on: day}\nindicators:\n  i: {value: 1 + 2}\n",
     "a/app.yaml:8:14: indicator \"i\" reads no measure (use in value what is declared under "
     "measures)\n"},
    {MEASURES "  m: {count: t, on: day, per: year}\nindicators:\n  i: {value: m, per: month}\n",
     "a/app.yaml:8:14: measure a.m is kept by year, so a month has none (write per: year, or give "
     "the measure per: month)\n"},
    /* ---- watches, roles, pages ---- */
    {MEASURES
     "  m: {count: t, on: day}\nindicators:\n  i: {value: m}\nwatches:\n  w: {on: i, when: "
     "value < target, open: t, close: value > 1, due: 3 days}\n",
     "a/app.yaml:10:3: indicator a.i has no target, but target or gap is used (give the indicator a "
     "target, or compare with a number)\n"
     "a/app.yaml:10:68: not a deadline (write 20 working days (1 to 500))\n"},
    {HEAD "roles:\n  r: {core.org: [raed]}\n",
     "a/app.yaml:4:18: unknown right \"raed\" (did you mean \"read\"?)\n"},
    {HEAD "roles:\n  r: {core.org: read own orgs}\n",
     "a/app.yaml:4:17: unknown reach \"own orgs\" (write own, own org, or nothing for all)\n"},
    {HEAD "roles:\n  r: {cor.*: read}\n",
     "a/app.yaml:4:7: app \"cor\" was not found (did you mean \"core\"?)\n"},
    {MEASURES "  m: {count: t, on: day}\nindicators:\n  i: {value: m, lead: fotagn}\n",
     "a/app.yaml:8:23: there is no organisation \"fotagn\" in data/org.csv of core (did you mean "
     "\"fotang\"?)\n"},
    {HEAD "pages:\n  p: {kind: list, type: core.org, columns: [cod]}\n",
     "a/app.yaml:4:45: type core.org has no field \"cod\" (did you mean \"code\"?)\n"},
    {HEAD "pages:\n  p: {kind: cockpit, cards: [x], card: 1}\n",
     "a/app.yaml:4:30: there is no \"x\" among what is declared as indicator\n"
     "a/app.yaml:4:34: unknown key \"card\" (did you mean \"cards\"?)\n"},
    /* ---- one vocabulary ---- */
    {HEAD "codes:\n  place: {city: 市, town: 镇街}\n",
     "a/app.yaml:4:3: code list a.place repeats core.level of @/core/app.yaml:3 (remove it "
     "and use core.level)\n"},
};

/* The folder's name differs from run to run. */
static str without_folder(struct apps *a, str text)
{
    struct buf out = {.arena = &a->f.arena};
    const str folder = str_from(a->folder);
    for (size_t at; (at = str_index(text, folder)) != SIZE_MAX;) {
        buf_add(&out, str_slice(text, 0, at));
        buf_char(&out, '@');
        text = str_slice(text, at + folder.len, text.len);
    }
    buf_add(&out, text);
    return buf_str(&out);
}

static void test_findings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(broken); i++) {
        struct apps a;
        apps_init(&a);
        apps_write(&a, "core/app.yaml", STR(CORE));
        apps_write(&a, "core/data/org.csv", STR("code,title\nfotang,佛堂镇\nchian,赤岸镇\n"));
        apps_write(&a, "a/app.yaml", str_from(broken[i].yaml));
        apps_load(&a);
        assert_str(without_folder(&a, apps_findings(&a)), broken[i].findings);
        assert_err(&a.f.cx, RC_INVALID, "app.invalid");
        apps_done(&a);
    }
}

/* In Chinese too: the same faults, every sentence and every hint there. */
static void test_chinese(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(broken); i++) {
        struct apps a;
        apps_init(&a);
        a.f.cx.lang = LANG_ZH;
        apps_write(&a, "core/app.yaml", STR(CORE));
        apps_write(&a, "core/data/org.csv", STR("code,title\nfotang,佛堂镇\nchian,赤岸镇\n"));
        apps_write(&a, "a/app.yaml", str_from(broken[i].yaml));
        apps_load(&a);
        assert_int_equal(a.result, RC_INVALID);
        for (size_t k = 0; k < a.f.cx.findings->count; k++) {
            const struct err *e = &a.f.cx.findings->item[k];
            bool chinese = false;
            for (size_t at = 0; at < e->detail.len;)
                chinese |= utf8_next(e->detail, &at) > 0x2e80;
            assert_true(chinese);
            assert_true(utf8_valid(e->detail) && utf8_valid(e->hint));
        }
        apps_done(&a);
    }
}

static void two(const char *first, const char *second, const char *findings)
{
    struct apps a;
    apps_init(&a);
    apps_write(&a, "a/app.yaml", str_from(first));
    apps_write(&a, "b/app.yaml", str_from(second));
    apps_load(&a);
    assert_str(without_folder(&a, apps_findings(&a)), findings);
    apps_done(&a);
}

static void test_vocabulary(void **state)
{
    (void)state;
    two("app: a\ntypes:\n  t: {fields: {v: {type: number, unit: 亿元, title: 出口额}}}\n",
        "app: b\ntypes:\n  t: {fields: {v: {type: number, unit: 万元, title: 出口额}}}\n",
        "b/app.yaml:3:16: \"出口额\" has unit \"万元\" here, and at @/a/app.yaml:3 (a.t.v) \"亿元\" "
        "(use \"亿元\" in both, or choose another title)\n");
    two("app: a\ncodes:\n  s: {x: 甲, y: 乙}\ntypes:\n  t: {fields: {s: {code: s, title: 状态}}}\n",
        "app: b\ncodes:\n  s: {p: 丙, q: 丁}\ntypes:\n  t: {fields: {s: {code: s, title: 状态}}}\n",
        "b/app.yaml:5:16: \"状态\" has codes b.s here, and at @/a/app.yaml:5 (a.t.s) a.s (use a.s in "
        "both, or choose another title)\n");
    two("app: a\ncodes:\n  s: {title: 状态, items: {x: 甲, y: 乙}}\n",
        "app: b\ncodes:\n  s: {title: 状态, items: {x: 甲, z: 丙}}\n",
        "b/app.yaml:3:3: the code list titled \"状态\" has other codes at @/a/app.yaml:3 (a.s) (use "
        "a.s, or choose another title)\n");
    two("app: a\nneeds: [b]\n", "app: b\nneeds: [a]\n",
        "b/app.yaml:2:9: apps need one another: b and a (move what both use into a third app, for "
        "instance core)\n");
    two("app: x\n", "app: x\n",
        "b/app.yaml:1:6: app x is already in @/a (keep one, or rename it)\n");
}

/* The same title for the same thing is no conflict. */
static void test_no_conflict(void **state)
{
    (void)state;
    two("app: a\ntypes:\n  t: {fields: {v: {type: number, unit: 亿元, title: 出口额}}}\n",
        "app: b\ntypes:\n  t: {fields: {v: {type: number, unit: 亿元, title: 出口额}, w: {type: text, "
        "title: 备注}}}\n",
        "");
}

/* A hundred are told, the rest are counted. */
static void test_limit(void **state)
{
    (void)state;
    struct apps a;
    struct buf yaml = {0};
    apps_init(&a);
    yaml.arena = &a.f.arena;
    buf_add(&yaml, STR("app: a\ntypes:\n  t:\n    fields:\n"));
    for (int i = 0; i < 130; i++)
        buf_printf(&yaml, "      f%d: {type: text, wrong: 1}\n", i);
    apps_write(&a, "a/app.yaml", buf_str(&yaml));
    apps_load(&a);
    assert_int_equal(a.f.cx.findings->count, FINDINGS_MAX);
    assert_int_equal(a.f.cx.findings->more, 30);
    assert_str(a.f.cx.err.detail, "the declarations have 130 faults");
    apps_done(&a);
}

static void test_nothing(void **state)
{
    (void)state;
    struct apps a;
    apps_init(&a);
    apps_load(&a);
    assert_err(&a.f.cx, RC_MISSING, "app.missing");
    apps_done(&a);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(test_findings),   cmocka_unit_test(test_chinese),
        cmocka_unit_test(test_vocabulary), cmocka_unit_test(test_no_conflict),
        cmocka_unit_test(test_limit),      cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(test, NULL, NULL);
}
