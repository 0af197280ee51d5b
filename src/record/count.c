/* Exact counts that no query could make in time: how many live records each value of each indexed
 * field has, by org, kept as the writer goes.
 *
 * Table record_count: what ("trade.figure", "trade.figure flow"), num or value, org → n.  Numbers are
 * counted by bucket (16 an octave), moments by day; a range is the sum of whole buckets and a walk over
 * the index at its two ends.  By org are counted the type itself, codes and yes/no: the values that
 * many records share; for the others org is 0, and an org's share is counted by index.  A field with
 * too many values is given up: its counts then come from its index, where each value is rare.
 * Table record_counted: what → state: which fields are kept, and which were given up.
 *
 * In the writer's memory: only what the batch moved, added to the table before the commit. */
#include <stdlib.h>
#include <string.h>

#include "record/parts.h"

SQL(sql_add,
    "INSERT INTO record_count (site, what, num, value, org, n) VALUES ($site, $1, $2, $3, $4, $5)"
    " ON CONFLICT (site, what, num, value, org) DO UPDATE SET n = record_count.n + excluded.n");
SQL(sql_rows, "SELECT COUNT(*) FROM record_count WHERE site = $site AND what = $1");
SQL(sql_clear, "DELETE FROM record_count WHERE site = $site AND what = $1");
SQL(sql_state,
    "INSERT INTO record_counted (site, what, state) VALUES ($site, $1, $2)"
    " ON CONFLICT (site, what) DO UPDATE SET state = excluded.state");

SQL(sql_states, "SELECT what, state FROM record_counted WHERE site = $site ORDER BY what");
SQL(sql_state_drop, "DELETE FROM record_counted WHERE site = $site AND what = $1");

enum { COUNT_COLUMNS = 5, FLUSH_ROWS = 256, ENTRIES_KEPT = 16384 };

/* One counted thing: the type itself (field NULL) or a field of it. */
struct what {
    const struct app_field *field;
    str name;
    struct arena arena; /* of its entries */
    struct map entry;
    size_t rows; /* at most this many in the table */
    bool rows_known, state_known;
    bool given_up, giving_up, given_up_now; /* now: in the batch that is not committed yet */
};
struct entry {
    int64_t num, org;
    int64_t delta, job_delta; /* of the batch; of the job that runs */
    uint64_t job;
    str value;
    struct what *of;
    bool dirty;
};
struct rec_counts {
    struct arena *arena;
    struct what **of_type; /* by type->index: the type, then its counted fields */
    int *what_count;
    int type_count;
    VEC(struct entry *) dirty, touched; /* by the batch; by the job */
    uint64_t job;
    bool states_loaded;
};

bool rec_is_counted(const struct app_field *f)
{
    switch (f->kind) {
    case FIELD_CODE:
    case FIELD_BOOLEAN:
    case FIELD_PERIOD:
    case FIELD_DATE:
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_MOMENT: return f->indexed;
    case FIELD_REF: return true;
    case FIELD_TEXT:
    case FIELD_FILES:
    case FIELD_KIND_COUNT: break;
    }
    return false;
}

bool rec_is_counted_by_org(const struct app_field *f)
{
    return !f || f->kind == FIELD_CODE || f->kind == FIELD_BOOLEAN;
}

/* Values above which a field is given up.  The targets of a reference are rare each when there are
 * many; of days and months ranges are asked for. */
static size_t rows_max(const struct app_field *f)
{
    enum { REFS_MAX = 1024, VALUES_MAX = 8192 };
    return f->kind == FIELD_REF ? REFS_MAX : VALUES_MAX;
}

/* ---- buckets: monotone, 16 an octave ---- */

enum { BUCKET_BITS = 4 };

static int64_t bucket_of(uint64_t m)
{
    if (m < 1 << BUCKET_BITS) return (int64_t)m;
    int e = 63 - __builtin_clzll(m);
    return ((int64_t)(e - BUCKET_BITS + 1) << BUCKET_BITS) +
           (int64_t)((m >> (e - BUCKET_BITS)) & ((1 << BUCKET_BITS) - 1));
}

static int64_t bucket_least(int64_t b) /* of bucket b ≥ 0 */
{
    if (b < 2 << BUCKET_BITS) return b;
    int e = (int)(b >> BUCKET_BITS) + BUCKET_BITS - 1;
    return e > 62 ? INT64_MAX
                  : (int64_t)((UINT64_C(1) << e) |
                              ((uint64_t)(b & ((1 << BUCKET_BITS) - 1)) << (e - BUCKET_BITS)));
}

int64_t rec_count_bucket(const struct app_field *f, int64_t v)
{
    if (f->kind == FIELD_MOMENT) return v >= 0 ? v / US_PER_DAY : -((-(v + 1)) / US_PER_DAY) - 1;
    if (f->kind != FIELD_INTEGER && f->kind != FIELD_NUMBER) return v;
    return v >= 0 ? bucket_of((uint64_t)v) : -bucket_of((uint64_t)0 - (uint64_t)v);
}

int64_t rec_count_bucket_first(const struct app_field *f, int64_t bucket)
{
    if (f->kind == FIELD_MOMENT) return bucket * US_PER_DAY;
    if (f->kind != FIELD_INTEGER && f->kind != FIELD_NUMBER) return bucket;
    if (bucket >= 0) return bucket_least(bucket);
    int64_t above = bucket_least(-bucket + 1); /* the least of the next magnitude */
    return above == INT64_MAX ? INT64_MIN : -(above - 1);
}

/* ---- the writer's side ---- */

void rec_count_name(struct buf *b, const struct app_type *t, const struct app_field *f)
{
    buf_add(b, t->name);
    if (!f) return;
    buf_char(b, ' ');
    buf_add(b, f->name);
}

enum { WHAT_MEMORY_BYTES = 16 << 20 };

static void what_open(struct rec_counts *n, struct what *w, const struct app_type *t,
                      const struct app_field *f)
{
    struct buf b = {.arena = n->arena};
    rec_count_name(&b, t, f);
    *w = (struct what){.field = f, .name = buf_str(&b)};
    arena_init(&w->arena, WHAT_MEMORY_BYTES);
}

struct rec_counts *rec_counts_new(struct arena *a, const struct catalogue *c)
{
    struct rec_counts *n = NEW(a, struct rec_counts);
    n->arena = a;
    n->job = 1;
    n->type_count = c->type_count;
    n->of_type = NEWS(a, struct what *, (size_t)c->type_count);
    n->what_count = NEWS(a, int, (size_t)c->type_count);
    for (int i = 0; i < c->type_count; i++) {
        const struct app_type *t = &c->type[i];
        struct what *w = NEWS(a, struct what, (size_t)t->field_count + 1);
        int count = 0;
        what_open(n, &w[count++], t, NULL);
        for (int k = 0; k < t->field_count; k++)
            if (rec_is_counted(&t->field[k])) what_open(n, &w[count++], t, &t->field[k]);
        n->of_type[i] = w;
        n->what_count[i] = count;
    }
    return n;
}

void rec_counts_close(struct rec_counts *n)
{
    for (int i = 0; n && i < n->type_count; i++)
        for (int k = 0; k < n->what_count[i]; k++)
            arena_done(&n->of_type[i][k].arena);
}

static int64_t org_of(const struct record *r)
{
    const int org = r->type->org;
    return org >= 0 && r->value[org].present ? r->value[org].i64 : 0;
}

static struct entry *entry_get(struct what *w, int64_t num, str value, int64_t org)
{
    enum { NAME_MAX = 512 };
    char room[NAME_MAX];
    struct entry *e = NULL;
    if (value.len > NAME_MAX - 2 * sizeof(int64_t)) value.len = NAME_MAX - 2 * sizeof(int64_t);
    memcpy(room, &num, sizeof num);
    memcpy(room + sizeof num, &org, sizeof org);
    if (value.len) memcpy(room + 2 * sizeof num, value.at, value.len);
    str name = {room, 2 * sizeof num + value.len};
    e = map_find(&w->entry, name);
    if (e) return e;
    e = NEW(&w->arena, struct entry);
    name = arena_dup(&w->arena, name);
    *e = (struct entry){.num = num, .org = org, .of = w};
    e->value = str_slice(name, 2 * sizeof num, name.len);
    map_put(&w->entry, &w->arena, name, e);
    w->rows++;
    return e;
}

static void count_add(struct rec_counts *n, struct what *w, const struct record *r, int64_t by)
{
    int64_t num = 0;
    str value = {"", 0};
    if (w->given_up || w->giving_up) return;
    if (w->field) {
        const struct rec_value *v = &r->value[w->field->index];
        if (!v->present)
            num = REC_COUNT_NULL;
        else if (rec_value_is_text(w->field))
            value = v->text;
        else
            num = rec_count_bucket(w->field, v->i64);
    }
    struct entry *e = entry_get(w, num, value, rec_is_counted_by_org(w->field) ? org_of(r) : 0);
    w->giving_up = w->field && w->entry.count > 2 * rows_max(w->field);
    if (e->job != n->job) {
        e->job = n->job;
        e->job_delta = 0;
        *vec_add(n->arena, &n->touched) = e;
    }
    e->delta += by;
    e->job_delta += by;
    if (e->dirty) return;
    e->dirty = true;
    *vec_add(n->arena, &n->dirty) = e;
}

void rec_counts_changed(struct rec_counts *n, const struct record *before,
                        const struct record *after)
{
    const int type = (before ? before : after)->type->index;
    const bool same_org = before && after && org_of(before) == org_of(after);
    for (int i = 0; i < n->what_count[type]; i++) {
        struct what *w = &n->of_type[type][i];
        const int f = w->field ? w->field->index : -1;
        const bool moved = !same_org && rec_is_counted_by_org(w->field);
        if (before && after && !moved &&
            (f < 0 || rec_value_same(w->field, &before->value[f], &after->value[f])))
            continue;
        if (before) count_add(n, w, before, -1);
        if (after) count_add(n, w, after, 1);
    }
}

void rec_counts_job_begin(struct rec_counts *n)
{
    n->job++;
    n->touched.len = 0;
}

void rec_counts_job_undo(struct rec_counts *n)
{
    for (size_t i = 0; i < n->touched.len; i++) {
        n->touched.at[i]->delta -= n->touched.at[i]->job_delta;
        n->touched.at[i]->job_delta = 0;
    }
    n->touched.len = 0;
}

/* ---- to the table ---- */

static rc rows_of(struct cx *cx, struct db *db, str what, int64_t *rows)
{
    DB_ROWS at = {0};
    bool more = false;
    *rows = 0;
    rc r = db_query(cx, db, &sql_rows, DB_ARGS(DB_T(what)), &at);
    if (r == RC_OK) r = db_next(cx, &at, &more);
    if (r == RC_OK && more) *rows = db_i64(&at, 0);
    return r;
}

static rc give_up(struct cx *cx, struct db *db, struct what *w)
{
    rc r = db_exec(cx, db, &sql_clear, DB_ARGS(DB_T(w->name)));
    if (r == RC_OK) r = db_exec(cx, db, &sql_state, DB_ARGS(DB_T(w->name), DB_T(STR("given up"))));
    if (r == RC_OK) w->given_up = w->given_up_now = true;
    return r;
}

/* Was the field given up before?  Has it too many values now? */
static rc what_check(struct cx *cx, struct db *db, struct what *w)
{
    int64_t rows = 0;
    if (!w->field || w->given_up) return RC_OK;
    if (w->giving_up) return give_up(cx, db, w);
    if (w->rows_known && w->rows <= rows_max(w->field)) return RC_OK;
    rc r = rows_of(cx, db, w->name, &rows);
    if (r != RC_OK) return r;
    w->rows_known = true;
    w->rows = (size_t)rows;
    return (size_t)rows > rows_max(w->field) ? give_up(cx, db, w) : RC_OK;
}

static rc states_load(struct rec_counts *n, struct cx *cx, struct db *db)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct map state = {0};
    rc r = db_query(cx, db, &sql_states, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        map_put(&state, cx->arena, db_text_dup(cx, &rows, 0),
                (char *)(uintptr_t)(str_eq(db_text(&rows, 1), STR("kept")) ? "k" : "g"));
    for (int i = 0; i < n->type_count && r == RC_OK; i++)
        for (int k = 0; k < n->what_count[i]; k++) {
            struct what *w = &n->of_type[i][k];
            const char *s = map_find(&state, w->name);
            w->state_known = s != NULL;
            w->given_up = s && *s == 'g';
        }
    n->states_loaded = r == RC_OK;
    return r;
}

static rc dirty_write(struct rec_counts *n, struct cx *cx, struct db *db)
{
    struct db_val v[FLUSH_ROWS * COUNT_COLUMNS];
    size_t rows = 0;
    rc r = RC_OK;
    for (size_t i = 0; i < n->dirty.len && r == RC_OK; i++) {
        struct entry *e = n->dirty.at[i];
        struct db_val *row = &v[rows * COUNT_COLUMNS];
        if (e->delta && !e->of->given_up && !e->of->giving_up) {
            row[0] = DB_T(e->of->name);
            row[1] = DB_I(e->num);
            row[2] = DB_T(e->value);
            row[3] = DB_I(e->org);
            row[4] = DB_I(e->delta);
            rows++;
        }
        if (rows == FLUSH_ROWS || (rows && i + 1 == n->dirty.len)) {
            r = db_exec_rows(cx, db, &sql_add, v, COUNT_COLUMNS, rows);
            rows = 0;
        }
    }
    return r;
}

rc rec_counts_flush(struct rec_counts *n, struct cx *cx, struct db *db)
{
    if (n->dirty.len == 0) return RC_OK;
    rc r = n->states_loaded ? RC_OK : states_load(n, cx, db);
    if (r == RC_OK) r = dirty_write(n, cx, db);
    for (size_t i = 0; i < n->dirty.len && r == RC_OK; i++)
        if (n->dirty.at[i]->delta) r = what_check(cx, db, n->dirty.at[i]->of);
    for (size_t i = 0; i < n->dirty.len && r == RC_OK;
         i++) /* written: a second flush adds nothing */
        n->dirty.at[i]->delta = n->dirty.at[i]->job_delta = 0;
    return r;
}

/* The batch is over: nothing of it is left to write. */
static void forget(struct rec_counts *n, bool committed)
{
    for (size_t i = 0; i < n->dirty.len; i++) {
        n->dirty.at[i]->delta = 0;
        n->dirty.at[i]->dirty = false;
    }
    n->dirty.len = n->touched.len = 0;
    n->job++;
    for (int i = 0; i < n->type_count; i++)
        for (int k = 0; k < n->what_count[i]; k++) {
            struct what *w = &n->of_type[i][k];
            if (w->given_up_now && !committed) w->given_up = false;
            w->given_up_now = w->giving_up = false;
            if (w->entry.count == 0 || (!w->given_up && w->entry.count <= ENTRIES_KEPT)) continue;
            arena_reset(&w->arena);
            w->entry = (struct map){0};
            w->rows_known = false;
        }
}

void rec_counts_committed(struct rec_counts *n)
{
    forget(n, true);
}

void rec_counts_rolled_back(struct rec_counts *n)
{
    forget(n, false);
}

/* ---- building what is missing ---- */

static rc rows_count(struct rec_counts *n, struct cx *cx, struct db *db, const struct app_type *t)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = cx->arena};
    struct record it = {.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count)};
    sqlb_add(&b, "SELECT ");
    rec_columns_write(&b.text, t);
    sqlb_add(&b, " FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0 ORDER BY id");
    rc r = sqlb_scan(cx, db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        rec_row_view(&rows, t, &it);
        for (int i = 0; i < n->what_count[t->index]; i++)
            if (!n->of_type[t->index][i].state_known)
                count_add(n, &n->of_type[t->index][i], &it, 1);
    }
    return r;
}

static rc type_build(struct rec_counts *n, struct cx *cx, struct db *db, const struct app_type *t)
{
    rc r = RC_OK;
    bool missing = false;
    for (int i = 0; i < n->what_count[t->index] && r == RC_OK; i++) {
        struct what *w = &n->of_type[t->index][i];
        if (w->state_known) continue;
        missing = true;
        r = db_exec(cx, db, &sql_clear, DB_ARGS(DB_T(w->name)));
        if (r == RC_OK) r = db_exec(cx, db, &sql_state, DB_ARGS(DB_T(w->name), DB_T(STR("kept"))));
    }
    if (r != RC_OK || !missing) return r;
    r = rows_count(n, cx, db, t);
    if (r == RC_OK) r = rec_counts_flush(n, cx, db);
    rec_counts_committed(n);
    return r;
}

/* A field that lost its index is counted no longer. */
static rc unused_drop(struct cx *cx, struct db *db, const struct app_type *t)
{
    rc r = RC_OK;
    for (int i = 0; i < t->field_count && r == RC_OK; i++) {
        struct buf b = {.arena = cx->arena};
        if (rec_is_counted(&t->field[i])) continue;
        rec_count_name(&b, t, &t->field[i]);
        r = db_exec(cx, db, &sql_clear, DB_ARGS(DB_T(buf_str(&b))));
        if (r == RC_OK) r = db_exec(cx, db, &sql_state_drop, DB_ARGS(DB_T(buf_str(&b))));
    }
    return r;
}

rc rec_counts_build(struct cx *cx, struct db *db, const struct catalogue *c)
{
    struct rec_counts *n = rec_counts_new(cx->arena, c);
    rc r = states_load(n, cx, db);
    for (int i = 0; i < c->type_count && r == RC_OK; i++) {
        r = unused_drop(cx, db, &c->type[i]);
        if (r == RC_OK) r = type_build(n, cx, db, &c->type[i]);
    }
    rec_counts_close(n);
    return r;
}
