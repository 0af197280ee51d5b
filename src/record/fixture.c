/* The city of the tests: orgs in a tree, series, figures with every kind of field, notes. */
#include "record/fixture.h"

#include <stdlib.h>

#include "store/test_pg.h"

static const struct app_code flow_code[] = {
    {.code = {"X", 1}, .title = {{"出口", 6}, {"exports", 7}}, .pinyin = {"ck", 2}},
    {.code = {"M", 1}, .title = {{"进口", 6}, {"imports", 7}}, .pinyin = {"jk", 2}}};
static const struct app_codes flow_codes = {
    .name = {"t.flow", 6}, .title = {{"流向", 6}, {"flow", 4}}, .item = flow_code, .count = 2};

static struct app_title title(struct arena *a, const char *zh, const char *en)
{
    return (struct app_title){arena_dup(a, str_from(zh)), arena_dup(a, str_from(en))};
}

static struct app_field *field(struct app_field *f, int index, const char *name, const char *zh,
                               enum field_kind kind)
{
    f += index;
    *f = (struct app_field){.name = str_from(name), .kind = kind, .index = index};
    f->title = (struct app_title){str_from(zh), str_from(name)};
    return f;
}

static enum feel_kind feel_kind_of(enum field_kind k)
{
    static const enum feel_kind of[FIELD_KIND_COUNT] = {
        FEEL_STRING,    FEEL_NUMBER, FEEL_NUMBER, FEEL_BOOLEAN, FEEL_DATE,
        FEEL_DATE_TIME, FEEL_STRING, FEEL_STRING, FEEL_STRING,  FEEL_LIST};
    return of[k];
}

static void type_close(struct arena *a, struct app_type *t, struct app_field *f, int count)
{
    t->field = f;
    t->field_count = count;
    t->scope = feel_scope_new(a);
    for (int i = 0; i < count; i++)
        (void)feel_scope_add(t->scope, f[i].name, feel_type_of_kind(feel_kind_of(f[i].kind)));
    (void)feel_scope_add(t->scope, STR("value_"), feel_type_of_kind(FEEL_ANY));
}

static const struct feel_expr *expr(struct arena *a, const struct app_type *t, const char *source)
{
    const struct feel_expr *e = NULL;
    struct cx cx = {.arena = a};
    if (feel_compile(&cx, t->scope, str_from(source), (struct pos){0}, &e) != RC_OK)
        fail_msg("%s: %.*s", source, STR_ARG(cx.err.detail));
    return e;
}

static void type_name(struct app_type *t, int index, const char *name, const char *table,
                      const char *zh)
{
    *t = (struct app_type){.name = str_from(name), .table = str_from(table), .index = index};
    t->title = (struct app_title){str_from(zh), str_from(name)};
    t->label = t->org = t->sort = -1;
}

static void orgs_declare(struct arena *a, struct app_type *t)
{
    static const int key[] = {0};
    struct app_field *f = NEWS(a, struct app_field, 3), *x;
    type_name(t, T_ORG, "core.org", "core_org", "机构");
    x = field(f, 0, "code", "代码", FIELD_TEXT), x->required = x->search = true;
    field(f, 1, "name", "名称", FIELD_TEXT)->search = true;
    field(f, 2, "parent", "上级", FIELD_REF)->ref = t;
    type_close(a, t, f, 3);
    t->key = key, t->key_count = 1, t->label = 1;
}

static void series_declare(struct arena *a, struct app_type *t)
{
    static const int key[] = {0};
    struct app_field *f = NEWS(a, struct app_field, 2);
    type_name(t, T_SERIES, "t.series", "t_series", "数据项");
    field(f, 0, "code", "代码", FIELD_TEXT);
    field(f, 1, "name", "名称", FIELD_TEXT)->search = true;
    type_close(a, t, f, 2);
    t->key = key, t->key_count = 1, t->label = 1;
}

static void figures_declare(struct arena *a, struct app_type *t, struct app_type *all)
{
    static const int key[] = {F_SERIES, F_PERIOD, F_FLOW};
    struct app_field *f = NEWS(a, struct app_field, F_COUNT), *x;
    type_name(t, T_FIGURE, "t.figure", "t_figure", "外贸数据");
    x = field(f, F_SERIES, "series", "数据项", FIELD_REF), x->ref = &all[T_SERIES],
    x->required = true;
    x = field(f, F_PERIOD, "period", "时期", FIELD_PERIOD), x->period = PERIOD_MONTH,
    x->indexed = true;
    x = field(f, F_FLOW, "flow", "流向", FIELD_CODE), x->codes = &flow_codes, x->indexed = true;
    x = field(f, F_VALUE, "value", "数值", FIELD_NUMBER), x->scale = 2, x->indexed = true;
    x->has_min = x->has_max = x->max_open = true, x->min = -100000000, x->max = 100000000000;
    x = field(f, F_NOTE, "note", "说明", FIELD_TEXT), x->search = true, x->length_max = 40;
    x = field(f, F_SECRET, "secret", "证件号", FIELD_TEXT), x->private_for = STR("health");
    field(f, F_ORG, "org", "机构", FIELD_REF)->ref = &all[T_ORG];
    field(f, F_FINAL, "final", "终值", FIELD_BOOLEAN)->indexed = true;
    field(f, F_N, "n", "户数", FIELD_INTEGER)->indexed = true;
    field(f, F_DAY, "day", "发布日", FIELD_DATE)->indexed = true;
    field(f, F_AT, "at", "时刻", FIELD_MOMENT)->indexed = true;
    field(f, F_DOCS, "docs", "附件", FIELD_FILES);
    x = field(f, F_DOUBLE, "twice", "两倍", FIELD_NUMBER), x->scale = 2, x->readonly = true;
    type_close(a, t, f, F_COUNT);
    t->key = key, t->key_count = 3, t->org = F_ORG;
    f[F_DAY].check = expr(a, t, "value_ <= date(\"2030-12-31\")");
    f[F_DAY].check_says = title(a, "日期太晚", "the day is too late");
    f[F_FINAL].preset = expr(a, t, "false");
    f[F_DOUBLE].derive = expr(a, t, "value * 2");
    const struct feel_expr **rule = NEWS(a, const struct feel_expr *, 1);
    struct app_title *says = NEW(a, struct app_title);
    rule[0] = expr(a, t, "not(flow = \"M\" and value > 1000 and series = \"S1\")");
    *says = title(a, "S1 的进口不会超过一千", "imports of S1 are never above a thousand");
    t->rule = rule, t->rule_says = says, t->rule_count = 1;
}

/* Without a natural key. */
static void notes_declare(struct arena *a, struct app_type *t, struct app_type *all)
{
    struct app_field *f = NEWS(a, struct app_field, 2);
    type_name(t, T_NOTE, "t.note", "t_note", "便笺");
    field(f, 0, "text", "内容", FIELD_TEXT)->required = true;
    field(f, 1, "figure", "数据", FIELD_REF)->ref = &all[T_FIGURE];
    type_close(a, t, f, 2);
    t->label = 0;
}

static void city_declare(struct fixture *f)
{
    struct arena *a = &f->catalogue_arena;
    struct app_type *t = NEWS(a, struct app_type, T_COUNT);
    orgs_declare(a, &t[T_ORG]);
    series_declare(a, &t[T_SERIES]);
    figures_declare(a, &t[T_FIGURE], t);
    notes_declare(a, &t[T_NOTE], t);
    f->catalogue = (struct catalogue){
        .arena = a, .type = t, .type_count = T_COUNT, .codes = &flow_codes, .codes_count = 1};
}

static rc told(void *owner, struct cx *cx, struct db *db, const struct record *before,
               const struct record *after)
{
    struct fixture *f = owner;
    const struct record *any = before ? before : after;
    (void)cx, (void)db;
    f->told++;
    if (any->type->index != T_FIGURE) return RC_OK;
    if (before) f->told_sum -= before->value[F_VALUE].i64;
    if (after) f->told_sum += after->value[F_VALUE].i64;
    if (!any->value[F_SERIES].text.len) fail_msg("the listener wants the keys of references");
    return RC_OK;
}

static int64_t next_id(void *owner)
{
    return ++((struct fixture *)owner)->last_id;
}

static void must(struct fixture *f, rc r)
{
    if (r != RC_OK) fail_msg("%s: %.*s", f->cx.err.slug, STR_ARG(f->cx.err.detail));
}

static struct fixture *declared(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    CHECK(f);
    arena_init(&f->catalogue_arena, 64 << 20);
    arena_init(&f->arena, 256 << 20);
    f->cx = (struct cx){
        .arena = &f->arena, .lang = LANG_EN, .now_us = INT64_C(1650000000) * US_PER_SECOND};
    f->system = (struct actor){.system = true};
    f->last_id = 1000;
    city_declare(f);
    return f;
}

static void opened(struct fixture *f)
{
    must(f, db_open(&f->cx, f->url, DB_WRITER, &f->db));
    must(f, db_migrate(&f->cx, f->db, ledger_migrations, ledger_migration_count));
    must(f, db_migrate(&f->cx, f->db, rec_migrations, rec_migration_count));
    must(f, rec_migrate(&f->cx, f->db, &f->catalogue));
    must(f, ledger_open(&f->cx, f->db, &f->ledger));
    struct rec_env env = {.catalogue = &f->catalogue,
                          .ledger = f->ledger,
                          .listener = {f, told},
                          .next_id = next_id,
                          .id_owner = f};
    must(f, rec_store_open(&f->cx, f->db, &env, &f->store));
}

struct fixture *fixture_open(const char *url)
{
    struct fixture *f = declared();
    f->url = test_db_url(&f->catalogue_arena, url ? str_from(url) : STR(":memory:"));
    opened(f);
    return f;
}

struct fixture *fixture_beside(const struct fixture *first, int64_t site)
{
    struct fixture *f = declared();
    const size_t at = str_index(first->url, STR("&site="));
    const str whole = str_slice(first->url, 0, at);
    f->beside = true;
    f->url = arena_printf(&f->catalogue_arena, STR_FMT "&site=%" PRId64, STR_ARG(whole), site);
    opened(f);
    return f;
}

void fixture_close(struct fixture *f)
{
    db_close(f->db);
    rec_store_close(f->store);
    ledger_close(f->ledger);
    if (!f->beside) test_db_drop(f->url);
    arena_done(&f->arena);
    arena_done(&f->catalogue_arena);
    free(f);
}

void fixture_next(struct fixture *f)
{
    arena_reset(&f->arena);
    err_clear(&f->cx);
    f->findings.count = f->findings.more = 0;
    f->cx.now_us += US_PER_SECOND;
}

const struct app_type *type_at(const struct fixture *f, int index)
{
    return &f->catalogue.type[index];
}

const struct app_field *field_at(const struct fixture *f, int type, int at)
{
    return &f->catalogue.type[type].field[at];
}

const struct json *json_of(struct fixture *f, const char *text)
{
    const struct json *j = NULL;
    must(f, json_parse(&f->cx, arena_dup(&f->arena, str_from(text)), &j));
    return j;
}

/* ---- jobs ---- */

void batch_begin(struct fixture *f)
{
    must(f, db_begin(&f->cx, f->db));
}

rc batch_end(struct fixture *f, rc r)
{
    if (!db_in_transaction(f->db)) r = RC_INTERNAL; /* a fault took all of it */
    if (r == RC_OK) r = rec_flush(f->store, &f->cx, f->db);
    if (r == RC_OK) r = ledger_flush(&f->cx, f->ledger, f->db);
    if (r == RC_OK) r = db_commit(&f->cx, f->db);
    if (r != RC_OK) db_rollback(f->db);
    (r == RC_OK ? ledger_committed : ledger_rolled_back)(f->ledger);
    (r == RC_OK ? rec_committed : rec_rolled_back)(f->store);
    return r;
}

void job_begin(struct fixture *f)
{
    ledger_mark(f->ledger);
    rec_job_begin(f->store);
    must(f, db_savepoint(&f->cx, f->db));
}

rc job_end(struct fixture *f, rc r)
{
    struct cx quiet = {.arena = &f->arena};
    if (r == RC_OK) return db_savepoint_keep(&quiet, f->db);
    db_savepoint_undo(f->db);
    ledger_undo(f->ledger);
    rec_job_undo(f->store);
    return r;
}

static rc alone(struct fixture *f, rc r)
{
    r = job_end(f, r);
    rc end = batch_end(f, RC_OK);
    return r == RC_OK ? end : r;
}

static void alone_begin(struct fixture *f)
{
    batch_begin(f);
    job_begin(f);
}

rc create(struct fixture *f, const struct actor *who, int type, const char *json,
          struct record *out)
{
    struct record r;
    const struct json *j = json_of(f, json);
    alone_begin(f);
    return alone(
        f, rec_create(&f->cx, f->store, f->db, who, type_at(f, type), j, STR(""), out ? out : &r));
}

rc correct(struct fixture *f, const struct actor *who, int type, int64_t id, int64_t version,
           const char *json, struct record *out)
{
    struct record r;
    const struct json *j = json_of(f, json);
    alone_begin(f);
    return alone(f, rec_correct(&f->cx, f->store, f->db, who, type_at(f, type), id, version, j,
                                STR("because"), out ? out : &r));
}

rc void_it(struct fixture *f, const struct actor *who, int type, int64_t id, int64_t version)
{
    alone_begin(f);
    return alone(
        f, rec_void(&f->cx, f->store, f->db, who, type_at(f, type), id, version, STR("wrong")));
}

rc upsert(struct fixture *f, const struct actor *who, int type, const char *json, char *did)
{
    struct record r;
    const struct json *j = json_of(f, json);
    alone_begin(f);
    return alone(f,
                 rec_upsert(&f->cx, f->store, f->db, who, type_at(f, type), j, STR(""), &r, did));
}

int64_t must_create(struct fixture *f, int type, const char *json)
{
    struct record r = {0};
    must(f, create(f, &f->system, type, json, &r));
    return r.id;
}

void must_audit(struct fixture *f)
{
    int64_t checks = 0, broken = 0;
    struct cx cx = {.arena = &f->arena, .lang = LANG_EN, .findings = &f->findings};
    f->findings.count = f->findings.more = 0;
    rc r = rec_audit(&cx, f->db, &f->catalogue, &checks, &broken);
    if (r != RC_OK) fail_msg("%s: %.*s", cx.err.slug, STR_ARG(cx.err.detail));
    if (broken) fail_msg("%d broken: %.*s", (int)broken, STR_ARG(f->findings.item[0].detail));
    assert_true(checks > 0);
}

void expect_slug(struct fixture *f, rc got, rc code, const char *slug)
{
    if (got == code && f->cx.err.slug && strcmp(f->cx.err.slug, slug) == 0) return;
    fail_msg("expected %s, got %d %s: %.*s", slug, (int)got,
             f->cx.err.slug ? f->cx.err.slug : "nothing", STR_ARG(f->cx.err.detail));
}

uint32_t rnd(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}
