/* Reading the kept counts: exact numbers of live records for lists with no condition, or with
 * conditions on one counted field. */
#include "record/parts.h"

SQL(sql_state, "SELECT state FROM record_counted WHERE site = $site AND what = $1");

/* What the conditions leave of one field: a set of values, or a range. */
struct span {
    const struct app_field *field;
    bool text;
    int64_t low, high; /* numbers, both within */
    bool has_low, has_high;
    const struct rec_cond *text_low, *text_high;
    const struct rec_cond *set; /* REC_EQ, REC_IN, REC_NE, REC_NULL, REC_NOT_NULL */
};

static rc is_kept(struct cx *cx, struct db *db, str what, bool *kept)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_state, DB_ARGS(DB_T(what)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    *kept = r == RC_OK && more && str_eq(db_text(&rows, 0), STR("kept"));
    return r;
}

static str what_of(struct cx *cx, const struct app_type *t, const struct app_field *f)
{
    struct buf b = {.arena = cx->arena};
    rec_count_name(&b, t, f);
    return buf_str(&b);
}

static void sum_begin(struct sqlb *b, struct cx *cx, str what)
{
    *b = (struct sqlb){.text.arena = cx->arena};
    sqlb_add(b,
             "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM record_count"
             " WHERE site = $site AND what = ");
    sqlb_arg(b, DB_T(what));
}

/* Only the orgs of the scope. */
static void sum_scope(struct sqlb *b, const struct rec_scope *s)
{
    if (s->reach != REACH_ORG) return;
    sqlb_add(b, " AND org IN (");
    for (size_t i = 0; i < s->org_count; i++) {
        if (i) sqlb_add(b, ", ");
        buf_i64(&b->text, s->org[i]);
    }
    sqlb_add(b, s->org_count ? ")" : "NULL)");
}

static rc total_read(struct cx *cx, struct db *db, const struct app_type *t,
                     const struct rec_scope *s, int64_t *out)
{
    struct sqlb b;
    sum_begin(&b, cx, what_of(cx, t, NULL));
    sum_scope(&b, s);
    return sqlb_number(cx, db, &b, out);
}

static rc null_read(struct cx *cx, struct db *db, str what, const struct rec_scope *s, int64_t *out)
{
    struct sqlb b;
    sum_begin(&b, cx, what);
    sqlb_add(&b, " AND num = ");
    sqlb_arg(&b, DB_I(REC_COUNT_NULL));
    sum_scope(&b, s);
    return sqlb_number(cx, db, &b, out);
}

static bool is_bucketed(const struct app_field *f)
{
    return f->kind == FIELD_INTEGER || f->kind == FIELD_NUMBER || f->kind == FIELD_MOMENT;
}

static rc values_read(struct cx *cx, struct db *db, str what, const struct rec_scope *s,
                      const struct rec_cond *c, int64_t *out)
{
    struct sqlb b;
    const bool text = rec_value_is_text(c->field);
    sum_begin(&b, cx, what);
    sqlb_add(&b, text ? " AND num = 0 AND value IN (" : " AND num IN (");
    for (int i = 0; i < c->count; i++) {
        if (i) sqlb_add(&b, ", ");
        sqlb_arg(&b, text ? DB_T(c->value[i].text) : DB_I(c->value[i].i64));
    }
    sqlb_add(&b, ")");
    sum_scope(&b, s);
    return sqlb_number(cx, db, &b, out);
}

/* ---- ranges ---- */

/* Records of one bucket whose value is within [low, high]: a short walk over the index. */
static rc edge_read(struct cx *cx, struct db *db, const struct app_type *t,
                    const struct rec_scope *s, const struct app_field *f, int64_t low, int64_t high,
                    int64_t *out)
{
    struct sqlb b = {.text.arena = cx->arena};
    *out = 0;
    if (low > high) return RC_OK;
    sqlb_add(&b, "SELECT COUNT(*) FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0 AND ");
    sql_name_write(&b.text, f->name);
    sqlb_add(&b, " BETWEEN ");
    sqlb_arg(&b, DB_I(low));
    sqlb_add(&b, " AND ");
    sqlb_arg(&b, DB_I(high));
    rec_scope_sql(&b, s, t, false);
    return sqlb_number(cx, db, &b, out);
}

static rc buckets_read(struct cx *cx, struct db *db, str what, const struct rec_scope *s,
                       int64_t from, int64_t to, int64_t *out)
{
    struct sqlb b;
    *out = 0;
    if (from > to) return RC_OK;
    sum_begin(&b, cx, what);
    sqlb_add(&b, " AND num BETWEEN ");
    sqlb_arg(&b, DB_I(from));
    sqlb_add(&b, " AND ");
    sqlb_arg(&b, DB_I(to));
    sum_scope(&b, s);
    return sqlb_number(cx, db, &b, out);
}

static int64_t bucket_last(const struct app_field *f, int64_t bucket)
{
    int64_t next = rec_count_bucket_first(f, bucket + 1);
    return next == INT64_MAX ? INT64_MAX : next - 1;
}

static rc number_range(struct cx *cx, struct db *db, const struct app_type *t,
                       const struct rec_scope *s, const struct span *p, int64_t *out)
{
    const struct app_field *f = p->field;
    str what = what_of(cx, t, f);
    int64_t from =
        p->has_low ? rec_count_bucket(f, p->low) : INT64_MIN + 1; /* below it are the nulls */
    int64_t to = p->has_high ? rec_count_bucket(f, p->high) : INT64_MAX;
    int64_t first = 0, last = 0, middle = 0;
    rc r = RC_OK;
    *out = 0;
    if (p->has_low && p->has_high && p->low > p->high) return RC_OK;
    if (!is_bucketed(f)) return buckets_read(cx, db, what, s, from, to, out);
    if (p->has_low && p->has_high && from == to)
        return edge_read(cx, db, t, s, f, p->low, p->high, out);
    if (p->has_low) r = edge_read(cx, db, t, s, f, p->low, bucket_last(f, from), &first);
    if (p->has_high && r == RC_OK)
        r = edge_read(cx, db, t, s, f, rec_count_bucket_first(f, to), p->high, &last);
    if (r == RC_OK)
        r = buckets_read(cx, db, what, s, p->has_low ? from + 1 : from, p->has_high ? to - 1 : to,
                         &middle);
    *out = first + middle + last;
    return r;
}

static rc text_range(struct cx *cx, struct db *db, const struct app_type *t,
                     const struct rec_scope *s, const struct span *p, int64_t *out)
{
    struct sqlb b;
    const struct rec_cond *bound[2] = {p->text_low, p->text_high};
    sum_begin(&b, cx, what_of(cx, t, p->field));
    sqlb_add(&b, " AND num = 0");
    for (int i = 0; i < 2; i++) {
        if (!bound[i]) continue;
        sqlb_add(&b, " AND value ");
        sqlb_add(&b, bound[i]->op == REC_LT   ? "< "
                     : bound[i]->op == REC_LE ? "<= "
                     : bound[i]->op == REC_GT ? "> "
                                              : ">= ");
        sqlb_arg(&b, DB_T(bound[i]->value[0].text));
    }
    sum_scope(&b, s);
    return sqlb_number(cx, db, &b, out);
}

/* ---- which conditions ---- */

static bool range_take(struct span *p, const struct rec_cond *c)
{
    const bool low = c->op == REC_GT || c->op == REC_GE;
    if (p->text) {
        const struct rec_cond **bound = low ? &p->text_low : &p->text_high;
        if (*bound) return false;
        *bound = c;
        return true;
    }
    int64_t v = c->value[0].i64;
    if (c->op == REC_GT && v == INT64_MAX) return false;
    if (c->op == REC_LT && v == INT64_MIN) return false;
    v += (c->op == REC_GT) - (c->op == REC_LT);
    if (low) {
        p->low = p->has_low && p->low > v ? p->low : v;
        p->has_low = true;
    } else {
        p->high = p->has_high && p->high < v ? p->high : v;
        p->has_high = true;
    }
    return true;
}

/* All conditions are on one counted field and go together. */
static bool span_of(const struct rec_conds *conds, struct span *p)
{
    *p = (struct span){.field = conds->at[0].field};
    p->text = rec_value_is_text(p->field);
    if (!rec_is_counted(p->field)) return false;
    for (size_t i = 0; i < conds->len; i++) {
        const struct rec_cond *c = &conds->at[i];
        if (c->field != p->field || c->op == REC_CONTAINS) return false;
        if (c->op == REC_LT || c->op == REC_LE || c->op == REC_GT || c->op == REC_GE) {
            if (p->set || !range_take(p, c)) return false;
            continue;
        }
        if (conds->len > 1) return false;
        if ((c->op == REC_EQ || c->op == REC_NE || c->op == REC_IN) && is_bucketed(c->field))
            return false;
        p->set = c;
    }
    return true;
}

static rc set_read(struct cx *cx, struct db *db, const struct app_type *t,
                   const struct rec_scope *s, const struct rec_cond *c, int64_t *out)
{
    str what = what_of(cx, t, c->field);
    int64_t all = 0, some = 0;
    rc r = RC_OK;
    if (c->op == REC_NULL) return null_read(cx, db, what, s, out);
    if (c->op == REC_EQ || c->op == REC_IN) return values_read(cx, db, what, s, c, out);
    r = total_read(cx, db, t, s, &all);
    if (r == RC_OK)
        r = c->op == REC_NOT_NULL ? null_read(cx, db, what, s, &some)
                                  : values_read(cx, db, what, s, c, &some);
    *out = all - some;
    return r;
}

rc rec_count_read(struct cx *cx, struct db *db, const struct app_type *t,
                  const struct rec_scope *scope, const struct rec_conds *conds, bool *known,
                  int64_t *total)
{
    struct span p;
    *known = false;
    *total = 0;
    if (scope->nothing) {
        *known = true;
        return RC_OK;
    }
    if (scope->reach == REACH_OWN || scope->by_id) return RC_OK;
    if (conds->len && !span_of(conds, &p)) return RC_OK;
    if (conds->len && scope->reach != REACH_ALL && !rec_is_counted_by_org(p.field)) return RC_OK;
    rc r = is_kept(cx, db, what_of(cx, t, conds->len ? p.field : NULL), known);
    if (r != RC_OK || !*known) return r;
    if (!conds->len) return total_read(cx, db, t, scope, total);
    if (p.set) return set_read(cx, db, t, scope, p.set, total);
    return p.text ? text_range(cx, db, t, scope, &p, total)
                  : number_range(cx, db, t, scope, &p, total);
}

/* ---- audit ---- */

static rc kept_sum(struct cx *cx, struct db *db, str what, int64_t *total)
{
    struct sqlb b;
    sum_begin(&b, cx, what);
    return sqlb_number(cx, db, &b, total);
}

/* The rows of one value of f: those with the same text or in the same bucket. */
static rc rows_of_entry(struct cx *cx, struct db *db, const struct app_type *t,
                        const struct app_field *f, const struct db_rows *entry, int64_t *rows)
{
    struct sqlb b = {.text.arena = cx->arena};
    const int64_t num = db_i64(entry, 0), org = db_i64(entry, 2);
    sqlb_add(&b, "SELECT COUNT(*) FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0");
    if (f) {
        sqlb_add(&b, " AND ");
        sql_name_write(&b.text, f->name);
        if (num == REC_COUNT_NULL) {
            sqlb_add(&b, " IS NULL");
        } else if (rec_value_is_text(f)) {
            sqlb_add(&b, " = ");
            sqlb_arg(&b, DB_T(db_text_dup(cx, entry, 1)));
        } else {
            const int64_t low = is_bucketed(f) ? rec_count_bucket_first(f, num) : num;
            const int64_t high = is_bucketed(f) ? bucket_last(f, num) : num;
            sqlb_add(&b, " BETWEEN ");
            sqlb_arg(&b,
                     rec_value_db(cx->arena, f, &(struct rec_value){.present = true, .i64 = low}));
            sqlb_add(&b, " AND ");
            sqlb_arg(&b,
                     rec_value_db(cx->arena, f, &(struct rec_value){.present = true, .i64 = high}));
        }
    }
    if (t->org >= 0 && rec_is_counted_by_org(f)) {
        sqlb_add(&b, " AND COALESCE(");
        sql_name_write(&b.text, t->field[t->org].name);
        sqlb_add(&b, ", 0) = ");
        sqlb_arg(&b, DB_I(org));
    }
    return sqlb_number(cx, db, &b, rows);
}

rc rec_counts_compare(struct cx *cx, struct db *db, const struct app_type *t,
                      const struct app_field *f, bool *kept, bool *sound)
{
    struct sqlb b = {.text.arena = cx->arena}, all = {.text.arena = cx->arena};
    DB_ROWS rows = {0};
    bool more = false;
    int64_t total = 0, sum = 0;
    str what = what_of(cx, t, f);
    *sound = true;
    rc r = is_kept(cx, db, what, kept);
    if (r != RC_OK || !*kept) return r;
    sqlb_add(&all, "SELECT COUNT(*) FROM ");
    sql_name_write(&all.text, t->table);
    sqlb_add(&all, " WHERE site = $site AND voided = 0");
    r = sqlb_number(cx, db, &all, &total);
    if (r == RC_OK) r = kept_sum(cx, db, what, &sum);
    *sound = total == sum;
    sqlb_add(&b, "SELECT num, value, org, n FROM record_count WHERE site = $site AND what = ");
    sqlb_arg(&b, DB_T(what));
    sqlb_add(&b, " ORDER BY num, value, org");
    if (r == RC_OK) r = sqlb_query(cx, db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        int64_t n = 0;
        r = rows_of_entry(cx, db, t, f, &rows, &n);
        *sound = *sound && n == db_i64(&rows, 3);
    }
    return r;
}
