/* The rows of a plan: SQL, then what is left row by row. */
#include "record/plan.h"

/* ---- SQL ---- */

static bool on_walk(const struct rec_plan *p, const struct rec_cond *c)
{
    return rec_cond_in_sql(c) && (p->sort ? c->field == p->sort : c == p->along);
}

static bool in_sql(const struct rec_plan *p, const struct rec_cond *c)
{
    if (c == p->found && p->way == WAY_SEARCH) return true;
    return p->way == WAY_WALK ? on_walk(p, c) : rec_cond_in_sql(c);
}

/* The driver of a gathering.  A range as a set of ids from its index: left beside the rest of the
 * conditions, the database would rather read the whole table. */
static void driver_write(const struct rec_plan *p, struct sqlb *b)
{
    const struct rec_cond *c = p->driver;
    const bool range = c->op == REC_LT || c->op == REC_LE || c->op == REC_GT || c->op == REC_GE;
    if (!range || p->q->voided) {
        rec_cond_sql(b, c, true);
        return;
    }
    sqlb_add(b, " AND id IN (SELECT id FROM ");
    sql_name_write(&b->text, p->q->type->table);
    sqlb_add(b, " WHERE site = $site AND voided = 0");
    for (size_t i = 0; i < p->conds.len; i++) /* both ends of it */
        if (p->conds.at[i].field == c->field && rec_cond_in_sql(&p->conds.at[i]))
            rec_cond_sql(b, &p->conds.at[i], true);
    sqlb_add(b, ")");
}

void rec_plan_from(const struct rec_plan *p, struct sqlb *b)
{
    const struct app_type *t = p->q->type;
    sqlb_add(b, " FROM ");
    if (p->way == WAY_SEARCH) {
        sqlb_add(b, "(");
        rec_search_ids(b, p->db, t, &p->match);
        sqlb_add(b, ") AS found JOIN ");
        sql_name_write(&b->text, t->table);
        sqlb_add(b, " ON id = rec__id");
    } else {
        sql_name_write(&b->text, t->table);
    }
    sqlb_add(b, p->q->voided ? " WHERE site = $site" : " WHERE site = $site AND voided = 0");
    for (size_t i = 0; i < p->conds.len; i++) {
        const struct rec_cond *c = &p->conds.at[i];
        if (p->way == WAY_GATHER && c == p->driver)
            driver_write(p, b);
        else if (in_sql(p, c) && c->op != REC_CONTAINS)
            rec_cond_sql(b, c, p->way == WAY_WALK);
    }
    if (p->by_set) {
        sqlb_add(b, " AND CAST(id AS BIGINT) IN (");
        rec_search_ids(b, p->db, t, &p->match);
        sqlb_add(b, ")");
    }
    if (p->way != WAY_WALK) rec_scope_sql(b, &p->scope, t, p->way == WAY_GATHER && p->by_scope);
}

static void sort_write(const struct rec_plan *p, struct sqlb *b)
{
    const bool cast = p->way != WAY_WALK; /* its index must not be chosen for the order */
    const bool text = rec_value_is_text(p->sort) || p->sort->kind == FIELD_DATE;
    if (cast) sqlb_add(b, "CAST(");
    sql_name_write(&b->text, p->sort->name);
    if (cast) sqlb_add(b, text ? " AS TEXT)" : " AS BIGINT)");
}

/* Behind the cursor; absent values come first, so last when descending. */
static void cursor_write(const struct rec_plan *p, struct sqlb *b, bool nulls)
{
    const struct rec_cursor *c = &p->after;
    const char *beyond = p->descending ? " < " : " > ";
    if (!c->set) return;
    if (!p->sort || c->null == nulls) {
        sqlb_add(b, " AND ");
        if (p->sort && !c->null) {
            sqlb_add(b, "(");
            sort_write(p, b);
            sqlb_add(b, ", id)");
            sqlb_add(b, beyond);
            sqlb_add(b, "(");
            sqlb_arg(b, c->value);
            sqlb_add(b, ", ");
            sqlb_arg(b, DB_I(c->id));
            sqlb_add(b, ")");
        } else {
            sqlb_add(b, p->way == WAY_SEARCH ? "rec__id" : "id");
            sqlb_add(b, beyond);
            sqlb_arg(b, DB_I(c->id));
        }
    }
}

static void order_write(const struct rec_plan *p, struct sqlb *b, bool nulls, bool outer)
{
    const char *direction = p->descending ? " DESC" : "";
    sqlb_add(b, " ORDER BY ");
    if (p->sort && !nulls) {
        sort_write(p, b);
        sqlb_add(b, direction);
        sqlb_add(b, ", ");
    }
    sqlb_add(b, p->way == WAY_SEARCH && !outer ? "rec__id" : "id");
    sqlb_add(b, direction);
}

/* One run over the rows whose sort value is absent, or over those where it is there.  What must be
 * sorted is sorted without its columns, which are read for the few that remain. */
static void scan_sql(const struct rec_plan *p, const struct rec_scan *s, bool nulls, struct sqlb *b)
{
    const bool limited = s->want && !rec_plan_residue(p);
    const bool sorts = limited && p->sort && !nulls && p->way != WAY_WALK;
    sqlb_add(b, "SELECT ");
    rec_columns_write(&b->text, p->q->type);
    if (sorts) {
        sqlb_add(b, " FROM ");
        sql_name_write(&b->text, p->q->type->table);
        sqlb_add(b, " WHERE site = $site AND id IN (SELECT id");
    }
    rec_plan_from(p, b);
    if (s->unordered) return;
    if (p->sort) {
        sqlb_add(b, " AND ");
        sort_write(p, b);
        sqlb_add(b, nulls ? " IS NULL" : " IS NOT NULL");
    }
    cursor_write(p, b, nulls);
    order_write(p, b, nulls, false);
    if (limited) {
        sqlb_add(b, " LIMIT ");
        sqlb_arg(b, DB_I(s->want - s->passed));
    }
    if (!sorts) return;
    sqlb_add(b, ")");
    order_write(p, b, nulls, true);
}

/* ---- row by row ---- */

static bool needle_left(const struct rec_plan *p)
{
    return p->needle.len && !p->by_set && !(p->way == WAY_SEARCH && p->match_sure);
}

bool rec_plan_residue(const struct rec_plan *p)
{
    if (p->where || needle_left(p)) return true;
    if (p->way == WAY_WALK && p->scope.reach != REACH_ALL) return true;
    for (size_t i = 0; i < p->conds.len; i++)
        if (!in_sql(p, &p->conds.at[i])) return true;
    return false;
}

static rc where_holds(struct rec_plan *p, struct arena *scratch, const struct record *r,
                      bool *holds)
{
    const struct app_type *t = r->type;
    struct cx *cx = p->cx;
    struct arena *own = cx->arena;
    struct feel_value v, *slot = NEWS(scratch, struct feel_value, (size_t)t->field_count + 1);
    rc result = RC_OK;
    cx->arena = scratch; /* errors below are copied out by the caller's sentence or end the query */
    for (int i = 0; i < t->field_count && result == RC_OK; i++) {
        struct rec_value value = r->value[i];
        slot[i] = feel_null();
        if (!feel_expr_uses_slot(p->where, i)) continue;
        if (t->field[i].kind == FIELD_REF && value.present)
            result = rec_ref_key(cx, p->db, t->field[i].ref, value.i64, &value.text);
        slot[i] = rec_value_feel(scratch, &t->field[i], &value);
    }
    slot[t->field_count] = feel_null();
    struct feel_run run = {.cx = cx, .slot = slot};
    if (result == RC_OK) result = feel_eval(&run, p->where, &v);
    cx->arena = own;
    if (result != RC_OK) {
        struct err e = cx->err;
        err_clear(cx);
        return err_copy(cx, &e); /* the sentence lives in scratch */
    }
    *holds = feel_is_true(&v);
    return RC_OK;
}

static rc row_passes(struct rec_plan *p, struct arena *scratch, const struct record *r,
                     bool *passes)
{
    *passes = p->way != WAY_WALK || rec_scope_holds(&p->scope, r);
    for (size_t i = 0; i < p->conds.len && *passes; i++) {
        const struct rec_cond *c = &p->conds.at[i];
        if (!in_sql(p, c)) *passes = rec_cond_holds(scratch, c, &r->value[c->field->index]);
    }
    if (*passes && needle_left(p)) *passes = rec_search_holds(scratch, p->q->who, r, p->needle);
    return *passes && p->where ? where_holds(p, scratch, r, passes) : RC_OK;
}

static bool enough(const struct rec_scan *s)
{
    return s->want && s->passed >= s->want;
}

static rc rows_run(struct rec_plan *p, struct rec_scan *s, const struct sqlb *b,
                   struct arena *scratch)
{
    const struct app_type *t = p->q->type;
    const bool residue = rec_plan_residue(p);
    struct record view = {.value =
                              NEWS(p->cx->arena, struct rec_value, (size_t)t->field_count + 1)};
    DB_ROWS rows = {0};
    bool more = false;
    const bool few = s->want && !residue;
    rc r = few ? sqlb_query(p->cx, p->db, b, &rows) : sqlb_scan(p->cx, p->db, b, &rows);
    while (r == RC_OK && !enough(s) && (r = db_next(p->cx, &rows, &more)) == RC_OK && more) {
        bool passes = true;
        if (p->way == WAY_WALK && s->rows_max && s->looked++ >= s->rows_max) {
            s->gave_up = true;
            break;
        }
        rec_row_view(&rows, t, &view);
        if (residue) r = row_passes(p, scratch, &view, &passes);
        if (r == RC_OK && passes) {
            s->passed++;
            if (s->each) r = s->each(p->cx, &view, s->data);
        }
        if (residue) arena_reset(scratch);
    }
    return r;
}

rc rec_scan_run(struct rec_plan *p, struct rec_scan *s)
{
    struct arena scratch;
    rc r = RC_OK;
    const bool two = p->sort && !s->unordered;
    arena_init(&scratch, ARENA_DEFAULT_BYTES);
    for (int i = 0; i < (two ? 2 : 1) && r == RC_OK && !enough(s) && !s->gave_up; i++) {
        struct sqlb b = {.text.arena = p->cx->arena};
        const bool nulls = two && (i == 0) != p->descending;
        /* A cursor stands in one of the two runs: what comes before that one is past. */
        if (two && p->after.set && i == 0 && p->after.null != nulls) continue;
        scan_sql(p, s, nulls, &b);
        r = rows_run(p, s, &b, &scratch);
    }
    arena_done(&scratch);
    return r;
}
