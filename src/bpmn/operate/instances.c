/* Finding instances: one statement for a page of them, and one each for what rests in them and what
 * went wrong. */
#include "bpmn/operate.h"
#include "bpmn/run/run.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

/* ---- a page ---- */

struct find {
    struct cx *cx;
    struct db *db;
    const struct bpmn_instance_query *q;
    struct buf sql;
    VEC(struct db_val) arg;
};

static void with(struct find *f, const char *before, struct db_val v, const char *after)
{
    *(struct db_val *)vec_add(f->cx->arena, &f->arg) = v;
    buf_printf(&f->sql, "%s$%zu%s", before, f->arg.len, after);
}

#define COLUMNS                                                                                    \
    "SELECT i.id, i.subject_id, i.version, d.number, i.started_us, i.ended_us, i.parent_id,"       \
    " i.process, i.element, i.state, i.started_by, i.key, i.error FROM "
#define NUMBERED                                                                                   \
    " LEFT JOIN process_definition d ON d.site = i.site AND d.process = i.process"                 \
    " AND d.version = i.version"
#define LIVES "i.state IN ('active', 'suspended')"

/* By a variable its index leads, else the instances' own. */
static void from(struct find *f)
{
    if (!f->q->variable.len) {
        buf_add(&f->sql, STR(COLUMNS "process_instance i" NUMBERED
                                     " WHERE i.site = $site AND i.state <> 'deleted'"));
        return;
    }
    buf_add(&f->sql, STR(COLUMNS "process_search s JOIN process_instance i ON i.site = s.site"
                                 " AND i.id = s.instance_id" NUMBERED
                                 " WHERE s.site = $site AND i.state <> 'deleted'"));
    with(f, " AND s.name = ", DB_T(f->q->variable), "");
    with(f, " AND s.value = ", DB_T(f->q->value), "");
}

static void where(struct find *f)
{
    const struct bpmn_instance_query *q = f->q;
    const bool lives = str_eq(q->state, STR("active")) || str_eq(q->state, STR("suspended"));
    if (q->process.len) with(f, " AND i.process = ", DB_T(q->process), "");
    if (q->version) with(f, " AND i.version = ", DB_I(q->version), "");
    if (lives || q->element.len) buf_add(&f->sql, STR(" AND " LIVES));
    if (q->state.len) with(f, " AND i.state = ", DB_T(q->state), "");
    if (q->key.len) with(f, " AND i.key <> '' AND i.key = ", DB_T(q->key), "");
    if (q->subject_id) with(f, " AND i.subject_id = ", DB_I(q->subject_id), "");
    if (q->started_by.len)
        with(f, " AND i.parent_id = 0 AND i.started_by = ", DB_T(q->started_by), "");
    if (q->element.len)
        with(f,
             " AND EXISTS (SELECT 1 FROM process_token t WHERE t.site = i.site"
             " AND t.instance_id = i.id AND t.state = 'waiting' AND t.node = ",
             DB_T(q->element), ")");
    if (q->with_incident)
        buf_add(&f->sql, STR(" AND i.id IN (SELECT x.instance_id FROM incident x"
                             " WHERE x.site = $site AND x.resolved_us IS NULL)"));
}

static void rest(struct find *f, int64_t limit)
{
    const bool by_variable = f->q->variable.len > 0;
    if (f->q->after)
        with(f, by_variable ? " AND s.instance_id < " : " AND i.id < ", DB_I(f->q->after), "");
    with(f, by_variable ? " ORDER BY s.instance_id DESC LIMIT " : " ORDER BY i.id DESC LIMIT ",
         DB_I(limit), "");
}

static void row_read(struct cx *cx, const struct db_rows *rows, struct bpmn_instance *out)
{
    *out = (struct bpmn_instance){.id = db_i64(rows, 0),
                                  .subject_id = db_i64(rows, 1),
                                  .version = db_i64(rows, 2),
                                  .number = db_is_null(rows, 3) ? 0 : db_i64(rows, 3),
                                  .started_us = db_i64(rows, 4),
                                  .ended_us = db_is_null(rows, 5) ? 0 : db_i64(rows, 5),
                                  .parent_id = db_i64(rows, 6),
                                  .process = db_text_dup(cx, rows, 7),
                                  .element = db_text_dup(cx, rows, 8),
                                  .state = db_text_dup(cx, rows, 9),
                                  .started_by = db_text_dup(cx, rows, 10),
                                  .key = db_text_dup(cx, rows, 11),
                                  .error = db_text_dup(cx, rows, 12)};
}

/* ---- what rests in them, what went wrong ---- */

/* Statements are cached by their text: the list has one of few lengths, the last id fills it up. */
static size_t list_ids(struct find *f, const struct bpmn_instances *page)
{
    const size_t sizes[] = {1, 20, LIMIT_MAX};
    size_t size = 0;
    while (size < COUNTOF(sizes) - 1 && sizes[size] < page->len)
        size++;
    f->arg.len = 0;
    for (size_t i = 0; i < sizes[size]; i++)
        *(struct db_val *)vec_add(f->cx->arena, &f->arg) =
            DB_I(page->at[i < page->len ? i : page->len - 1].id);
    return sizes[size];
}

static void add_list(struct find *f, size_t count)
{
    for (size_t i = 1; i <= count; i++)
        buf_printf(&f->sql, "%s$%zu", i > 1 ? ", " : "(", i);
    buf_char(&f->sql, ')');
}

static struct bpmn_instance *of_id(const struct bpmn_instances *page, int64_t id)
{
    for (size_t i = 0; i < page->len; i++)
        if (page->at[i].id == id) return &page->at[i];
    return NULL;
}

/* A scope with tokens inside is not told of: where they rest is. */
static rc add_resting(struct find *f, const struct bpmn_instances *page)
{
    const size_t count = list_ids(f, page);
    struct bpmn_instance *last = NULL;
    struct buf nodes = {.arena = f->cx->arena};
    DB_ROWS rows = {0};
    bool more = true;
    f->sql = (struct buf){.arena = f->cx->arena};
    buf_add(&f->sql, STR("SELECT t.instance_id, t.node, min(t.id) FROM process_token t"
                         " WHERE t.site = $site AND t.state = 'waiting' AND t.instance_id IN "));
    add_list(f, count);
    buf_add(&f->sql, STR(" AND t.id NOT IN (SELECT c.scope_id FROM process_token c"
                         " WHERE c.site = $site AND c.state = 'waiting' AND c.instance_id IN "));
    add_list(f, count);
    buf_add(&f->sql, STR(") GROUP BY t.instance_id, t.node ORDER BY t.instance_id, min(t.id)"));
    rc r = db_query_text(f->cx, f->db, buf_str(&f->sql), f->arg.at, f->arg.len, &rows);
    while (r == RC_OK && (r = db_next(f->cx, &rows, &more)) == RC_OK && more) {
        struct bpmn_instance *i = of_id(page, db_i64(&rows, 0));
        if (!i) continue;
        if (i != last) nodes = (struct buf){.arena = f->cx->arena};
        last = i;
        if (nodes.len) buf_char(&nodes, ' ');
        buf_add(&nodes, db_text(&rows, 1));
        i->resting = buf_str(&nodes);
    }
    return r;
}

static rc add_incidents(struct find *f, const struct bpmn_instances *page)
{
    const size_t count = list_ids(f, page);
    DB_ROWS rows = {0};
    bool more = true;
    f->sql = (struct buf){.arena = f->cx->arena};
    buf_add(&f->sql, STR("SELECT x.instance_id, count(*) FROM incident x WHERE x.site = $site"
                         " AND x.resolved_us IS NULL AND x.instance_id IN "));
    add_list(f, count);
    buf_add(&f->sql, STR(" GROUP BY x.instance_id ORDER BY x.instance_id"));
    rc r = db_query_text(f->cx, f->db, buf_str(&f->sql), f->arg.at, f->arg.len, &rows);
    while (r == RC_OK && (r = db_next(f->cx, &rows, &more)) == RC_OK && more) {
        struct bpmn_instance *i = of_id(page, db_i64(&rows, 0));
        if (i) i->incidents = db_i64(&rows, 1);
    }
    return r;
}

rc bpmn_instances_find(struct cx *cx, struct db *db, const struct bpmn_instance_query *q,
                       struct bpmn_instances *out)
{
    struct find f = {.cx = cx, .db = db, .q = q, .sql = {.arena = cx->arena}};
    const int limit = q->limit <= 0 ? LIMIT_DEFAULT : q->limit > LIMIT_MAX ? LIMIT_MAX : q->limit;
    rc r;
    *out = (struct bpmn_instances){0};
    from(&f);
    where(&f);
    rest(&f, limit);
    {
        DB_ROWS rows = {0};
        bool more = true;
        r = db_query_text(cx, db, buf_str(&f.sql), f.arg.at, f.arg.len, &rows);
        while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
            row_read(cx, &rows, vec_add(cx->arena, out));
    }
    if (r == RC_OK && out->len) r = add_resting(&f, out);
    return r == RC_OK && out->len ? add_incidents(&f, out) : r;
}

/* ---- counts, incidents ---- */

SQL(sql_active,
    "SELECT count(*) FROM process_instance i WHERE i.site = $site AND i.process = $1"
    " AND i.version = $2 AND " LIVES);
SQL(sql_incidents,
    "SELECT x.id, x.instance_id, x.at_us, x.times, COALESCE(m.due_us, j.due_us, s.due_us),"
    " COALESCE(i.process, s.process), x.node, x.slug, x.detail, j.retries FROM incident x"
    " LEFT JOIN process_instance i ON i.site = x.site AND i.id = x.instance_id"
    " LEFT JOIN timer m ON m.site = x.site AND m.id = x.timer_id"
    " LEFT JOIN job j ON j.site = x.site AND j.id = x.timer_id"
    " LEFT JOIN process_start_timer s ON s.site = x.site AND s.id = x.timer_id"
    " WHERE x.site = $site AND x.resolved_us IS NULL"
    " ORDER BY x.at_us DESC, x.id DESC LIMIT $1");

rc bpmn_active_count(struct cx *cx, struct db *db, str process, int64_t version, int64_t *count)
{
    DB_ROWS rows = {0};
    bool more = false;
    *count = 0;
    rc r = db_query(cx, db, &sql_active, DB_ARGS(DB_T(process), DB_I(version)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) *count = db_i64(&rows, 0);
    return r;
}

rc bpmn_incidents_find(struct cx *cx, struct db *db, int limit, struct bpmn_incidents *out)
{
    DB_ROWS rows = {0};
    bool more = true;
    rc r = db_query(cx, db, &sql_incidents,
                    DB_ARGS(DB_I(limit <= 0 || limit > LIMIT_MAX ? LIMIT_MAX : limit)), &rows);
    *out = (struct bpmn_incidents){0};
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        const bool waits = db_is_null(&rows, 9) || db_i64(&rows, 9) > 0;
        const int64_t next = db_is_null(&rows, 4) || !waits ? 0 : db_i64(&rows, 4);
        *vec_add(cx->arena, out) = (struct bpmn_incident){.id = db_i64(&rows, 0),
                                                          .instance_id = db_i64(&rows, 1),
                                                          .at_us = db_i64(&rows, 2),
                                                          .times = db_i64(&rows, 3),
                                                          .next_us = next == INT64_MAX ? 0 : next,
                                                          .process = db_text_dup(cx, &rows, 5),
                                                          .node = db_text_dup(cx, &rows, 6),
                                                          .slug = db_text_dup(cx, &rows, 7),
                                                          .detail = db_text_dup(cx, &rows, 8)};
    }
    return r;
}
