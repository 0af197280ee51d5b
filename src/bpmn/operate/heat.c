/* Where instances stand and how long things take, by element: the heat of a diagram.  What is over is
 * read from the newest instances only, so that a page costs the same after years. */
#include <stdlib.h>

#include "base/json.h"
#include "base/map.h"
#include "bpmn/operate.h"
#include "bpmn/run/run.h"

#define HEAT_ACTIVE "100000"
#define HEAT_PAST   "10000"
#define OF_VERSION  " AND ($2 = 0 OR i.version = $2)"
#define LIVES       "i.state IN ('active', 'suspended')"
SQL(sql_standing,
    "SELECT t.node, count(*) FROM (SELECT i.id FROM process_instance i WHERE i.site = $site"
    " AND i.process = $1" OF_VERSION " AND " LIVES " ORDER BY i.id DESC LIMIT " HEAT_ACTIVE
    ") n"
    " JOIN process_token t ON t.site = $site AND t.instance_id = n.id"
    " WHERE t.state = 'waiting' AND t.role <> 1 GROUP BY t.node ORDER BY t.node");
SQL(sql_past,
    "SELECT t.node, t.state, t.entered_us, t.left_us, t.path, t.role FROM (SELECT i.id"
    " FROM process_instance i WHERE i.site = $site AND i.process = $1" OF_VERSION
    " AND i.state <> 'deleted' ORDER BY i.id DESC LIMIT " HEAT_PAST
    ") n"
    " JOIN process_token t ON t.site = $site AND t.instance_id = n.id"
    " ORDER BY t.instance_id, t.id");
SQL(sql_overdue,
    "SELECT i.node, count(*) FROM task i WHERE i.site = $site AND i.process = $1" OF_VERSION
    " AND i.state = 'open' AND i.due < $3 GROUP BY i.node ORDER BY i.node");
SQL(sql_incidents,
    "SELECT x.node, count(*) FROM incident x JOIN process_instance i ON i.site = x.site"
    " AND i.id = x.instance_id WHERE x.site = $site AND x.resolved_us IS NULL"
    " AND i.process = $1" OF_VERSION " GROUP BY x.node ORDER BY x.node");
SQL(sql_active,
    "SELECT count(*) FROM process_instance i WHERE i.site = $site"
    " AND i.process = $1" OF_VERSION " AND " LIVES);
SQL(sql_ended,
    "SELECT count(*) FROM process_instance i WHERE i.site = $site"
    " AND i.process = $1" OF_VERSION " AND i.ended_us IS NOT NULL");

enum count { ACTIVE, OVERDUE, INCIDENTS, COUNTS };
struct spot {
    str id;
    int64_t count[COUNTS], done, cancelled;
    VEC(int64_t) took;
};
struct taken {
    str id;
    int64_t times;
};
struct heat {
    struct cx *cx;
    struct db *db;
    str process;
    int64_t version;
    struct map spots, flows;
    VEC(struct spot *) spot;
    VEC(struct taken *) flow;
    struct jw *out;
};

static struct spot *spot_of(struct heat *h, str id)
{
    struct spot *s = map_find(&h->spots, id);
    if (s) return s;
    s = NEW(h->cx->arena, struct spot);
    s->id = arena_dup(h->cx->arena, id);
    map_put(&h->spots, h->cx->arena, s->id, s);
    *(struct spot **)vec_add(h->cx->arena, &h->spot) = s;
    return s;
}

static void note_flows(struct heat *h, str path)
{
    while (path.len) {
        const str id = str_cut(path, ' ', &path);
        struct taken *f = map_find(&h->flows, id);
        if (!f) {
            f = NEW(h->cx->arena, struct taken);
            f->id = arena_dup(h->cx->arena, id);
            map_put(&h->flows, h->cx->arena, f->id, f);
            *(struct taken **)vec_add(h->cx->arena, &h->flow) = f;
        }
        f->times++;
    }
}

static void note_past(struct heat *h, const struct db_rows *rows)
{
    const str state = db_text(rows, 1);
    struct spot *s = spot_of(h, db_text(rows, 0));
    note_flows(h, db_text(rows, 4));
    if (str_eq(state, STR("waiting")) || db_i64(rows, 5) == TOKEN_BODY) return;
    if (str_eq(state, STR("cancelled"))) {
        s->cancelled++;
        return;
    }
    s->done++;
    if (!db_is_null(rows, 3))
        *(int64_t *)vec_add(h->cx->arena, &s->took) = db_i64(rows, 3) - db_i64(rows, 2);
}

static rc read_past(struct heat *h)
{
    DB_ROWS rows = {0};
    bool more = true;
    rc r = db_query(h->cx, h->db, &sql_past, DB_ARGS(DB_T(h->process), DB_I(h->version)), &rows);
    while (r == RC_OK && (r = db_next(h->cx, &rows, &more)) == RC_OK && more)
        note_past(h, &rows);
    return r;
}

/* Element and number. */
static rc read_counts(struct heat *h, const struct sql *sql, enum count which)
{
    const struct db_val args[] = {DB_T(h->process), DB_I(h->version),
                                  DB_I(day_of_us(h->cx->now_us))};
    DB_ROWS rows = {0};
    bool more = true;
    rc r = db_query(h->cx, h->db, sql, args, sql == &sql_overdue ? 3 : 2, &rows);
    while (r == RC_OK && (r = db_next(h->cx, &rows, &more)) == RC_OK && more)
        spot_of(h, db_text(&rows, 0))->count[which] = db_i64(&rows, 1);
    return r;
}

static int ascending(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The smallest that at least so many percent do not exceed (nearest rank). */
static int64_t share(const struct spot *s, size_t percent)
{
    return s->took.len ? s->took.at[(s->took.len * percent + 99) / 100 - 1] : 0;
}

static void write_spots(struct heat *h)
{
    jw_key(h->out, STR("elements"));
    jw_array(h->out);
    for (size_t i = 0; i < h->spot.len; i++) {
        struct spot *s = h->spot.at[i];
        if (s->took.len) qsort(s->took.at, s->took.len, sizeof *s->took.at, ascending);
        jw_object(h->out);
        jw_kstr(h->out, "id", s->id);
        jw_ki64(h->out, "active", s->count[ACTIVE]);
        jw_ki64(h->out, "done", s->done);
        jw_ki64(h->out, "cancelled", s->cancelled);
        jw_ki64(h->out, "overdue", s->count[OVERDUE]);
        jw_ki64(h->out, "incidents", s->count[INCIDENTS]);
        jw_ki64(h->out, "p50_us", share(s, 50));
        jw_ki64(h->out, "p95_us", share(s, 95));
        jw_end(h->out, '}');
    }
    jw_end(h->out, ']');
    jw_key(h->out, STR("flows"));
    jw_array(h->out);
    for (size_t i = 0; i < h->flow.len; i++) {
        jw_object(h->out);
        jw_kstr(h->out, "id", h->flow.at[i]->id);
        jw_ki64(h->out, "taken", h->flow.at[i]->times);
        jw_end(h->out, '}');
    }
    jw_end(h->out, ']');
}

static rc write_number(struct heat *h, const char *key, const struct sql *sql)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(h->cx, h->db, sql, DB_ARGS(DB_T(h->process), DB_I(h->version)), &rows);
    if (r == RC_OK) r = db_next(h->cx, &rows, &more);
    if (r == RC_OK) jw_ki64(h->out, key, more ? db_i64(&rows, 0) : 0);
    return r;
}

rc bpmn_heat_write(struct cx *cx, struct bpmn_engine *e, struct db *db, str process,
                   int64_t version, struct jw *out)
{
    (void)e;
    struct heat h = {.cx = cx, .db = db, .process = process, .version = version, .out = out};
    rc r = read_past(&h);
    if (r == RC_OK) r = read_counts(&h, &sql_standing, ACTIVE);
    if (r == RC_OK) r = read_counts(&h, &sql_overdue, OVERDUE);
    if (r == RC_OK) r = read_counts(&h, &sql_incidents, INCIDENTS);
    if (r != RC_OK) return r;
    jw_object(out);
    write_spots(&h);
    jw_key(out, STR("instances"));
    jw_object(out);
    r = write_number(&h, "active", &sql_active);
    if (r == RC_OK) r = write_number(&h, "ended", &sql_ended);
    jw_end(out, '}');
    jw_end(out, '}');
    return r;
}
