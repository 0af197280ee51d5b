/* Invariant 4, from the database alone. */
#include "loop/inner.h"

SQL(sql_orgs, "SELECT DISTINCT org FROM rollup WHERE site = $site ORDER BY org");
SQL(sql_org_level,
    "SELECT id FROM core_org WHERE site = $site AND voided = 0 AND level = $1 ORDER BY id");
SQL(sql_root,
    "SELECT id FROM core_org WHERE site = $site AND parent IS NULL AND voided = 0 ORDER BY id"
    " LIMIT 1");

struct orgs {
    int64_t *at;
    size_t len, cap;
};

static rc orgs_read(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *arg,
                    size_t count, struct orgs *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, sql, arg, count, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) = db_i64(&rows, 0);
    return r;
}

/* Where the watch looks. */
static rc orgs_of(struct cx *cx, const struct loop *l, struct db *db, const struct app_watch *w,
                  struct orgs *out)
{
    const struct app_type *type = catalogue_type(l->catalogue, STR("core.org"));
    if (!type) return orgs_read(cx, db, &sql_orgs, DB_NO_ARGS, out);
    if (!w->at.len) return orgs_read(cx, db, &sql_root, DB_NO_ARGS, out);
    if (!app_field_find(type, STR("level"))) return RC_OK;
    return orgs_read(cx, db, &sql_org_level, DB_ARGS(DB_T(w->at)), out);
}

/* In breach, and not signed for: then the newest item of the place is open. */
static rc place_check(struct cx *cx, const struct measure_view *v, const struct app_watch *w,
                      struct period p, int64_t org, bool *sound)
{
    struct buf text = {.arena = cx->arena};
    struct look look;
    struct link last;
    bool breach = false, found = false;
    rc r = look_at(cx, v, w, p, org, &look);
    if (r == RC_OK) r = look_breach(cx, v, &look, &breach);
    *sound = true;
    if (r != RC_OK || !breach) return r;
    period_write(&text, p);
    const struct link_place where = {w->indicator->name, buf_str(&text), org};
    r = link_last(cx, v->db, &where, &last, &found);
    *sound = found && (last.state != LINK_CLOSED || last.is_signed);
    return r;
}

static rc watch_check(struct cx *cx, const struct loop *l, const struct measure_view *v,
                      const struct app_watch *w, int64_t *checks, int64_t *broken)
{
    const day_t today = day_of_us(cx->now_us);
    struct period p = period_of(day_add_months(today, -12), w->indicator->per);
    struct orgs org = {0};
    rc r = orgs_of(cx, l, v->db, w, &org);
    for (; look_in_time(cx, p) && r == RC_OK; p.index++)
        for (size_t i = 0; i < org.len && r == RC_OK; i++) {
            bool sound = true;
            r = place_check(cx, v, w, p, org.at[i], &sound);
            *checks += 1;
            *broken += !sound;
        }
    return r;
}

static bool same_place(const struct link *a, const struct link *b)
{
    return str_eq(a->indicator, b->indicator) && a->org == b->org && str_eq(a->period, b->period);
}

/* At most one item of a place is open, and what an open item says of its number is so. */
static rc links_check(struct cx *cx, const struct loop *l, const struct measure_view *v,
                      int64_t *checks, int64_t *broken)
{
    struct links all = {0};
    const struct link *open = NULL;
    rc r = link_all(cx, v->db, &all);
    for (size_t i = 0; i < all.len && r == RC_OK; i++) {
        const struct link *k = &all.at[i];
        const struct app_watch *w = watch_find(l->catalogue, k->watch);
        struct period p;
        struct look look;
        bool closes = false;
        *checks += 1;
        if (k->state == LINK_CLOSED) continue;
        *broken += open && same_place(open, k);
        open = k;
        if (!w || !period_parse(k->period, &p)) continue;
        r = look_at(cx, v, w, p, k->org, &look);
        if (r == RC_OK) r = look_closes(cx, &look, &closes);
        *broken += closes != (k->state == LINK_PROPOSED);
    }
    return r;
}

rc loop_audit(struct cx *cx, struct loop *l, struct db *db, int64_t *checks, int64_t *broken)
{
    const struct measure_view v = {.db = db, .catalogue = l->catalogue, .known_at = DAY_NONE};
    rc r = links_check(cx, l, &v, checks, broken);
    for (int i = 0; i < l->catalogue->watch_count && r == RC_OK; i++)
        r = watch_check(cx, l, &v, &l->catalogue->watch[i], checks, broken);
    return r;
}
