/* Choosing how a list is answered, and counting what it matches. */
#include "record/plan.h"

/* A row met along a walk lies anywhere in the table; those gathered mostly came in together. */
enum { PEEK_ROWS = 20000, WALK_COST = 3 };

/* About how many live records a condition alone leaves: exact where kept, else counted by its index
 * up to PEEK_ROWS.  INT64_MAX: no index helps. */
static rc cond_rows(struct rec_plan *p, const struct rec_cond *c, int64_t *rows)
{
    static const struct rec_scope all = {.reach = REACH_ALL};
    const struct app_field *f = c->field;
    struct rec_conds one = {.at = (struct rec_cond *)(uintptr_t)c, .len = 1};
    bool known = false;
    *rows = INT64_MAX;
    if (!rec_cond_in_sql(c) || !(f->indexed || f->kind == FIELD_REF) || p->q->voided) return RC_OK;
    rc r = rec_count_read(p->cx, p->db, p->q->type, &all, &one, &known, rows);
    if (r != RC_OK || known) return r;
    *rows = INT64_MAX;
    if (c->op == REC_NE || c->op == REC_NOT_NULL) return RC_OK;
    struct sqlb b = {.text.arena = p->cx->arena};
    sqlb_add(&b, "SELECT COUNT(*) FROM (SELECT 1 FROM ");
    sql_name_write(&b.text, p->q->type->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0");
    rec_cond_sql(&b, c, true);
    sqlb_add(&b, " LIMIT ");
    sqlb_arg(&b, DB_I(PEEK_ROWS));
    sqlb_add(&b, ") AS few");
    r = sqlb_number(p->cx, p->db, &b, rows);
    return r;
}

static rc scope_rows(struct rec_plan *p, int64_t *rows)
{
    static const struct rec_conds none = {0};
    bool known = false;
    *rows = INT64_MAX;
    rc r = rec_count_read(p->cx, p->db, p->q->type, &p->scope, &none, &known, rows);
    if (r == RC_OK && !known) *rows = p->scope.reach == REACH_OWN ? PEEK_ROWS : INT64_MAX;
    return r;
}

static rc total_rows(struct rec_plan *p, int64_t *rows)
{
    static const struct rec_scope all = {.reach = REACH_ALL};
    static const struct rec_conds none = {0};
    bool known = false;
    rc r = rec_count_read(p->cx, p->db, p->q->type, &all, &none, &known, rows);
    if (!known) *rows = INT64_MAX / 4;
    return r;
}

/* What the search index finds, up to a little. */
static rc search_rows(struct rec_plan *p, int64_t *rows)
{
    struct sqlb b = {.text.arena = p->cx->arena};
    sqlb_add(&b, "SELECT COUNT(*) FROM (");
    rec_search_ids(&b, p->db, p->q->type, &p->match);
    sqlb_add(&b, " LIMIT ");
    sqlb_arg(&b, DB_I(PLAN_SEARCH_ROWS + 1));
    sqlb_add(&b, ") AS few");
    return sqlb_number(p->cx, p->db, &b, rows);
}

static bool one_value(const struct rec_cond *c)
{
    return c->op == REC_EQ || c->op == REC_NULL;
}

/* How many rows of the table stand for one that a condition leaves. */
static double odds_of(int64_t rows, int64_t total)
{
    return rows < total ? (double)total / (double)(rows > 0 ? rows : 1) : 1;
}

/* Finds the rarest condition, the value a walk by id can go along, and how many rows a walk looks at
 * for each that passes, if the conditions are independent. */
static rc drivers_find(struct rec_plan *p, double *walk)
{
    int64_t total = 0, along_rows = INT64_MAX, rows = 0;
    rc r = total_rows(p, &total);
    p->gather_rows = INT64_MAX;
    *walk = 1;
    for (size_t i = 0; i < p->conds.len && r == RC_OK; i++) {
        const struct rec_cond *c = &p->conds.at[i];
        r = cond_rows(p, c, &rows);
        if (rows < p->gather_rows) p->gather_rows = rows, p->driver = c;
        if (!p->sort && one_value(c) && rows < along_rows) p->along = c, along_rows = rows;
        if (c->field != p->sort) *walk *= odds_of(rows, total);
    }
    if (r == RC_OK && p->scope.reach != REACH_ALL && !p->q->voided) {
        r = scope_rows(p, &rows);
        *walk *= odds_of(rows, total);
        if (rows < p->gather_rows) p->gather_rows = rows, p->driver = NULL, p->by_scope = true;
    }
    if (p->along) *walk /= odds_of(along_rows, total);
    return r;
}

/* Letters and digits only: what initials could be. */
static bool is_latin(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] >= 128) return false;
    return s.len > 0;
}

rc rec_plan_choose(struct rec_plan *p, int64_t want)
{
    double walk = 1;
    int64_t found = 0, total = 0;
    rc r = drivers_find(p, &walk);
    if (r == RC_OK && !want) r = total_rows(p, &total);
    if (r != RC_OK) return r;
    walk = want ? (double)want * walk : (double)total;
    const bool walkable =
        !p->sort || ((p->sort->indexed || p->sort->kind == FIELD_REF) && !p->q->voided);
    p->way = walkable && WALK_COST * walk <= (double)p->gather_rows ? WAY_WALK : WAY_GATHER;
    if (!p->match.needle.len) return RC_OK;
    r = search_rows(p, &found);
    /* Few matches are collected; many come soon in whatever order.  By id the search index itself is
     * in order.  Initials do not stand in the text: where they may be meant, a walk asks the index. */
    if (found <= PLAN_SEARCH_ROWS || (!p->sort && p->gather_rows > PLAN_SEARCH_ROWS))
        p->way = WAY_SEARCH;
    else
        p->by_set = p->match_sure && is_latin(p->needle);
    return r;
}

/* ---- counting ---- */

static rc sql_count(struct rec_plan *p, int64_t *total)
{
    struct sqlb b = {.text.arena = p->cx->arena};
    sqlb_add(&b, "SELECT COUNT(*)");
    rec_plan_from(p, &b);
    return sqlb_number(p->cx, p->db, &b, total);
}

/* The whole is in the search index: no row is read. */
static rc index_count(struct rec_plan *p, int64_t *total)
{
    struct sqlb b = {.text.arena = p->cx->arena};
    sqlb_add(&b, "SELECT COUNT(*) FROM (");
    rec_search_ids(&b, p->db, p->q->type, &p->match);
    sqlb_add(&b, ") AS found");
    return sqlb_number(p->cx, p->db, &b, total);
}

rc rec_plan_count(struct rec_plan *p, int64_t *total)
{
    const struct rec_plan was = *p;
    bool known = false;
    rc r = RC_OK;
    *total = 0;
    if (!p->needle.len && !p->where && !p->q->voided)
        r = rec_count_read(p->cx, p->db, p->q->type, &p->scope, &p->conds, &known, total);
    if (r != RC_OK || known) return r;
    p->way = p->match.needle.len ? WAY_SEARCH : WAY_GATHER;
    const bool alone =
        p->needle.len ? p->match_sure && !p->conds.len : p->found && p->conds.len == 1;
    p->by_set = false;
    if (p->way == WAY_SEARCH && alone && !p->where && p->scope.reach == REACH_ALL)
        r = index_count(p, total);
    else if (!rec_plan_residue(p))
        r = sql_count(p, total);
    else {
        struct rec_scan s = {.unordered = true};
        r = rec_scan_run(p, &s);
        *total = s.passed;
    }
    *p = was;
    return r;
}
