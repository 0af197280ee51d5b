/* Invariant 1: the cells, now and as known at the end of some days, are those computed anew from the
 * records and from the ledger.  The ledger is read record by record (its index has that order), so
 * that one record's history is in memory at a time, however long the ledger is. */
#include "base/json.h"
#include "measure/inner.h"
#include "measure/rebuild.h"

SQL(sql_days,
    "SELECT d.day FROM (SELECT day FROM rollup_day WHERE site = $site"
    " UNION SELECT day FROM rollup WHERE site = $site) d, rollup_made m"
    " WHERE m.site = $site AND d.day >= m.day ORDER BY d.day");
SQL(sql_known,
    "SELECT measure, org, dims, period, n, value, provisional FROM rollup_day WHERE site = $site"
    " AND day <= $1 ORDER BY measure, org, period, dims, day");
SQL(sql_unchanged,
    "SELECT measure, org, dims, period, n, value, provisional FROM rollup WHERE site = $site"
    " AND day <= $1 ORDER BY measure, org, period, dims");
SQL(sql_entries,
    "SELECT subject_id, at_us, act, after FROM ledger WHERE site = $site AND subject = $1"
    " ORDER BY subject_id, seq");
enum { DAYS_MAX = 3, HISTORY_BYTES = 64 << 20 };

/* ---- comparing ---- */

static bool same(const struct cell_sum *a, const struct cell *b)
{
    const struct cell_sum none = {0}, *other = b ? &b->sum : &none;
    return a->n == other->n && a->value == other->value && a->provisional == other->provisional;
}

static const struct cell *twin(const struct cells *of, const struct cells *in,
                               const struct cell *cell)
{
    struct cell_key key = cell->key;
    if (!cells_find_dims(in, cells_dims_text(of, key.dims), &key.dims)) return NULL;
    return cells_find(in, &key);
}

static void compare(const struct measure_store *want, const struct measure_store *have,
                    int64_t *checks, int64_t *broken)
{
    for (uint32_t i = 1; i < want->cells.count; i++) {
        const struct cell *cell = cells_at(&want->cells, i);
        *checks += 1;
        *broken += !same(&cell->sum, twin(&want->cells, &have->cells, cell));
    }
    for (uint32_t i = 1; i < have->cells.count; i++) { /* what should not be there */
        const struct cell *cell = cells_at(&have->cells, i);
        if (twin(&have->cells, &want->cells, cell)) continue;
        *checks += 1;
        *broken += !same(&cell->sum, NULL);
    }
}

static rc audit_now(struct cx *cx, struct db *db, const struct catalogue *c, int64_t *checks,
                    int64_t *broken)
{
    struct measure_store *want = measure_store_new(c), *have = measure_store_new(c);
    rc r = org_load(cx, db, &want->orgs);
    if (r == RC_OK) r = rebuild_from_records(cx, db, want);
    if (r == RC_OK) r = rollup_load(cx, db, have);
    if (r == RC_OK) compare(want, have, checks, broken);
    measure_close(want);
    measure_close(have);
    return r;
}

/* ---- as known ---- */

/* A field's value as the ledger writes it. */
static struct rec_value value_read(const struct app_field *f, const struct json *j)
{
    struct rec_value v = {0};
    dec number;
    day_t day = DAY_NONE;
    if (!j || j->kind == JSON_NULL) return v;
    v.text = j->text;
    v.present = true;
    switch (f->kind) {
    case FIELD_INTEGER:
    case FIELD_REF: v.present = json_i64(j, &v.i64); break;
    case FIELD_NUMBER:
        v.present = dec_parse(j->text, &number) && dec_to_fixed(number, f->scale, &v.i64);
        break;
    case FIELD_BOOLEAN: v.i64 = j->kind == JSON_TRUE; break;
    case FIELD_DATE:
        v.present = day_parse(j->text, &day);
        v.i64 = day;
        break;
    case FIELD_MOMENT: v.present = us_parse(j->text, &v.i64); break;
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_CODE:
    case FIELD_FILES:
    case FIELD_KIND_COUNT: break;
    }
    return v;
}

struct replay {
    struct db *db;
    const struct catalogue *catalogue;
    day_t day[DAYS_MAX];
    struct measure_store *store[DAYS_MAX]; /* as known at the end of that day */
    int count;
    /* one record's history */
    struct arena arena;
    struct record record;
    int next; /* the first day that has not got the record yet */
};

/* The record as it is now goes to all days before `before`. */
static rc settle(struct cx *cx, struct replay *p, day_t before)
{
    rc r = RC_OK;
    for (; p->next < p->count && p->day[p->next] < before && r == RC_OK; p->next++) {
        struct measure_store *m = p->store[p->next];
        if (!p->record.version) continue; /* not created yet */
        if (p->record.type == m->orgs.type)
            r = org_change(cx, &m->orgs, &p->record, !p->record.voided);
        else if (!p->record.voided)
            r = measure_changed(m, cx, p->db, NULL, &p->record);
    }
    return r;
}

static rc entry_apply(struct cx *cx, struct replay *p, str act, str after)
{
    const struct app_type *t = p->record.type;
    const struct json *fields = NULL;
    p->record.version++;
    if (str_eq(act, STR("record.void"))) {
        p->record.voided = true;
        return RC_OK;
    }
    if (!after.len) return RC_OK;
    const rc r = json_parse(cx, arena_dup(cx->arena, after), &fields);
    if (r != RC_OK) return r;
    for (int i = 0; i < t->field_count; i++) {
        const struct json *j = json_find(fields, t->field[i].name);
        if (j) p->record.value[i] = value_read(&t->field[i], j);
    }
    return RC_OK;
}

static bool is_of_record(str act)
{
    return str_eq(act, STR("record.create")) || str_eq(act, STR("record.correct")) ||
           str_eq(act, STR("record.void"));
}

static void record_begin(struct replay *p, const struct app_type *type, int64_t id)
{
    arena_reset(&p->arena);
    p->record =
        (struct record){.type = type,
                        .id = id,
                        .value = NEWS(&p->arena, struct rec_value, (size_t)type->field_count + 1)};
    p->next = 0;
}

static rc replay_type(struct cx *cx, struct replay *p, const struct app_type *type)
{
    struct cx own = *cx;
    DB_ROWS rows = {0};
    bool more = false;
    own.arena = &p->arena;
    record_begin(p, type, 0);
    rc r = db_scan_text(cx, p->db, str_from(sql_entries.text), DB_ARGS(DB_T(type->name)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        if (!is_of_record(db_text(&rows, 2))) continue;
        if (db_i64(&rows, 0) != p->record.id) {
            r = settle(&own, p, INT32_MAX);
            if (r == RC_OK) record_begin(p, type, db_i64(&rows, 0));
        }
        if (r == RC_OK) r = settle(&own, p, day_of_us(db_i64(&rows, 1)));
        if (r == RC_OK) r = entry_apply(&own, p, db_text(&rows, 2), db_text(&rows, 3));
    }
    if (r == RC_OK) r = settle(&own, p, INT32_MAX);
    if (r != RC_OK && own.err.code != RC_OK) r = err_copy(cx, &own.err);
    return r;
}

static rc replay_all(struct cx *cx, struct replay *p)
{
    const struct catalogue *c = p->catalogue;
    const struct app_type *orgs = p->store[0]->orgs.type;
    rc r = orgs ? replay_type(cx, p, orgs) : RC_OK;
    for (int k = 0; k < p->count; k++)
        p->store[k]->orgs.type = NULL; /* now records of core.org are measured like any other */
    for (int i = 0; i < c->type_count && r == RC_OK; i++)
        if (p->store[0]->type[i].len) r = replay_type(cx, p, &c->type[i]);
    return r;
}

static rc known_load(struct cx *cx, struct db *db, const struct sql *sql, struct measure_store *m,
                     day_t day)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_scan_text(cx, db, str_from(sql->text), DB_ARGS(DB_I(day)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        rollup_row(m, &rows);
    return r;
}

/* The first, the middle and the last but one of the days on which cells changed. */
static rc days_sample(struct cx *cx, struct db *db, struct replay *p)
{
    VEC(day_t) all = {0};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_days, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, &all) = (day_t)db_i64(&rows, 0);
    if (r != RC_OK || !all.len) return r;
    const size_t pick[DAYS_MAX] = {0, all.len / 2, all.len - 1 - (all.len > 1)};
    for (int k = 0; k < DAYS_MAX; k++)
        if (!p->count || all.at[pick[k]] > p->day[p->count - 1])
            p->day[p->count++] = all.at[pick[k]];
    return r;
}

static rc audit_known(struct cx *cx, struct db *db, const struct catalogue *c, int64_t *checks,
                      int64_t *broken)
{
    struct replay p = {.db = db, .catalogue = c};
    rc r = days_sample(cx, db, &p);
    if (r != RC_OK || !p.count) return r;
    arena_init(&p.arena, HISTORY_BYTES);
    for (int k = 0; k < p.count; k++)
        p.store[k] = measure_store_new(c);
    r = replay_all(cx, &p);
    for (int k = 0; k < p.count && r == RC_OK; k++) {
        struct measure_store *have = measure_store_new(c);
        r = known_load(cx, db, &sql_known, have, p.day[k]);
        if (r == RC_OK) r = known_load(cx, db, &sql_unchanged, have, p.day[k]);
        if (r == RC_OK) compare(p.store[k], have, checks, broken);
        measure_close(have);
    }
    for (int k = 0; k < p.count; k++)
        measure_close(p.store[k]);
    arena_done(&p.arena);
    return r;
}

rc measure_audit(struct cx *cx, struct db *db, const struct catalogue *c, int64_t *checks,
                 int64_t *broken)
{
    rc r = audit_now(cx, db, c, checks, broken);
    if (r == RC_OK) r = audit_known(cx, db, c, checks, broken);
    return r;
}
