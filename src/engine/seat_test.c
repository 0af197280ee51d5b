/* Two engines on one site: who writes, who waits, who takes over. */
#include "engine/engine.h"
#include "measure/measure.h"
#include "store/test.h"

struct city {
    struct arena arena;
    struct cx cx;
    const struct catalogue *all, *core;
};

static int city_set_up(void **state)
{
    struct city *c = calloc(1, sizeof *c);
    str apps = str_from(SOURCE_ROOT "/apps"), core = str_from(SOURCE_ROOT "/apps/core");
    arena_init(&c->arena, 256 << 20);
    c->cx = (struct cx){.arena = &c->arena, .lang = LANG_EN};
    assert_ok(&c->cx, catalogue_load(&c->cx, &apps, 1, &measure_host, &c->all));
    assert_ok(&c->cx, catalogue_load(&c->cx, &core, 1, &measure_host, &c->core));
    *state = c;
    return 0;
}

static int city_tear_down(void **state)
{
    struct city *c = *state;
    catalogue_free(c->all);
    catalogue_free(c->core);
    arena_done(&c->arena);
    free(c);
    return 0;
}

static struct engine *opened(struct city *c, str url, const struct catalogue *declarations)
{
    struct engine *e = NULL;
    struct engine_options o = {
        .url = url, .reader_count = 1, .stay = true, .address = STR("http://first")};
    assert_ok(&c->cx, engine_open(&c->cx, declarations, &o, &e));
    return e;
}

static rc org_add(struct cx *cx, struct engine *e, const char *code)
{
    const struct json *params = NULL;
    str answer,
        text = arena_printf(
            cx->arena,
            "{\"type\":\"core.org\",\"fields\":{\"code\":\"%s\",\"title\":\"%s\",\"level\":\"city\"}}",
            code, code);
    CHECK(json_parse(cx, text, &params) == RC_OK);
    struct command add = {.name = STR("record.create"), .params = params};
    return engine_apply(cx, e, &add, &answer);
}

static rc orgs_list(struct cx *cx, struct engine *e, str *answer)
{
    const struct json *params = NULL;
    const struct actor system = {.code = STR("system"), .system = true};
    struct buf out = {.arena = cx->arena};
    CHECK(json_parse(cx, STR("{\"type\":\"core.org\"}"), &params) == RC_OK);
    rc r = engine_ask(cx, e, STR("record.list"), params, &system, &out);
    *answer = buf_str(&out);
    return r;
}

static bool becomes(struct engine *e, enum engine_seat seat)
{
    for (int i = 0; i < 400; i++) {
        if (engine_seat(e, NULL, NULL) == seat) return true;
        usleep(50000);
    }
    return false;
}

static void test_takes_over(void **state)
{
    struct city *c = *state;
    struct cx *cx = &c->cx;
    struct fixture *f = NULL;
    assert_int_equal(fixture_set_up((void **)&f), 0);
    struct engine *first = opened(c, f->url, c->all);
    assert_int_equal(engine_seat(first, NULL, NULL), ENGINE_WRITES);
    assert_ok(cx, org_add(cx, first, "first"));

    struct engine *second = opened(c, f->url, c->all);
    str why, list;
    assert_int_equal(engine_seat(second, cx->arena, &why), ENGINE_WAITS);
    assert_true(why.len > 0);
    assert_ok(cx, orgs_list(cx, second, &list)); /* it answers questions */
    assert_true(str_index(list, STR("first")) != SIZE_MAX);
    assert_int_equal(org_add(cx, second, "second"), RC_BUSY);
    assert_string_equal(cx->err.slug, "engine.standby");
    assert_true(str_index(cx->err.hint, STR("http://first")) != SIZE_MAX); /* where to go */
    err_clear(cx);

    engine_close(first);
    assert_true(becomes(second, ENGINE_WRITES));
    assert_ok(cx, org_add(cx, second, "second"));
    assert_ok(cx, orgs_list(cx, second, &list));
    assert_true(str_index(list, STR("first")) != SIZE_MAX);
    assert_true(str_index(list, STR("second")) != SIZE_MAX);
    engine_close(second);
    void *gone = f;
    fixture_tear_down(&gone);
}

/* What live pages were told: how often, and whether of organisations. */
struct told {
    _Atomic int64_t times, of_orgs;
};

static void on_changed(void *owner, str event_json)
{
    struct told *told = owner;
    told->of_orgs += str_index(event_json, STR("core.org")) != SIZE_MAX;
    told->times++;
}

/* Live pages of the server that stands by hear of what the other writes, and of nothing older. */
static void test_live_beside(void **state)
{
    struct city *c = *state;
    struct cx *cx = &c->cx;
    struct fixture *f = NULL;
    assert_int_equal(fixture_set_up((void **)&f), 0);
    struct engine *first = opened(c, f->url, c->all), *second = NULL;
    assert_ok(cx, org_add(cx, first, "before"));
    struct told told = {0};
    struct engine_options o = {
        .url = f->url, .reader_count = 1, .stay = true, .changed = on_changed, .owner = &told};
    assert_ok(cx, engine_open(cx, c->all, &o, &second));
    usleep(800000);
    assert_int_equal(told.times, 0);
    assert_ok(cx, org_add(cx, first, "meanwhile"));
    for (int i = 0; i < 200 && !told.of_orgs; i++)
        usleep(50000);
    assert_int_equal(told.of_orgs, 1);
    engine_close(first);
    assert_true(becomes(second, ENGINE_WRITES));
    assert_ok(cx, org_add(cx, second, "after"));
    assert_int_equal(told.of_orgs, 2); /* its own; the other's is not told again */
    engine_close(second);
    void *gone = f;
    fixture_tear_down(&gone);
}

static void test_other_declarations(void **state)
{
    struct city *c = *state;
    struct cx *cx = &c->cx;
    struct fixture *f = NULL;
    assert_int_equal(fixture_set_up((void **)&f), 0);
    struct engine *first = opened(c, f->url, c->core), *second = NULL;
    struct engine_options o = {
        .url = f->url, .reader_count = 1, .stay = true, .address = STR("http://first")};
    assert_fails(cx, engine_open(cx, c->all, &o, &second), RC_CONFLICT,
                 "engine.other-declarations");
    o.publish = true;
    assert_ok(cx, engine_open(cx, c->all, &o, &second));
    str list;
    assert_fails(cx, orgs_list(cx, second, &list), RC_BUSY,
                 "engine.standby"); /* not its tables yet */
    engine_close(first);
    assert_true(becomes(second, ENGINE_WRITES));
    assert_ok(cx, orgs_list(cx, second, &list));

    o.publish = false;
    assert_fails(cx, engine_open(cx, c->core, &o, &first), RC_CONFLICT,
                 "engine.other-declarations");
    engine_close(second);
    void *gone = f;
    fixture_tear_down(&gone);
}

/* Without `stay` an engine does not wait: it is a command that somebody typed. */
static void test_commands_do_not_wait(void **state)
{
    struct city *c = *state;
    struct cx *cx = &c->cx;
    struct fixture *f = NULL;
    assert_int_equal(fixture_set_up((void **)&f), 0);
    struct engine *first = opened(c, f->url, c->core), *second = NULL;
    struct engine_options o = {.url = f->url};
    assert_fails(cx, engine_open(cx, c->core, &o, &second), RC_CONFLICT, "store.locked");
    o.read_only = true;
    assert_ok(cx, engine_open(cx, c->core, &o, &second));
    assert_fails(cx, org_add(cx, second, "x"), RC_CONFLICT, "engine.read-only");
    engine_close(second);
    engine_close(first);
    void *gone = f;
    fixture_tear_down(&gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_over),
        cmocka_unit_test(test_live_beside),
        cmocka_unit_test(test_other_declarations),
        cmocka_unit_test(test_commands_do_not_wait),
    };
    return cmocka_run_group_tests(tests, city_set_up, city_tear_down);
}
