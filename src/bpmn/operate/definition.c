/* Versions of processes: the SQL of process_definition.  The newest of a process is the one with the
 * highest `turn`: a text that comes back keeps its number and gets a new turn. */
#include "bpmn/definition.h"

#include "bpmn/run/run.h"

#define COLUMNS "process, version, number, tag, origin, state, deployed_us, deployed_by"
SQL(sql_load, "SELECT " COLUMNS
              ", xml FROM process_definition WHERE site = $site AND process = $1"
              " AND version = $2");
SQL(sql_newest, "SELECT " COLUMNS
                ", xml FROM process_definition WHERE site = $site AND process = $1"
                " ORDER BY turn DESC LIMIT 1");
SQL(sql_newest_version,
    "SELECT version, state FROM process_definition WHERE site = $site"
    " AND process = $1 ORDER BY turn DESC LIMIT 1");
SQL(sql_all, "SELECT " COLUMNS
             " FROM process_definition WHERE site = $site AND process = $1"
             " ORDER BY turn DESC");
SQL(sql_each,
    "SELECT d.process, d.version, d.number, d.tag, d.origin, d.state, d.deployed_us,"
    " d.deployed_by FROM process_definition d WHERE d.site = $site AND d.turn ="
    " (SELECT max(n.turn) FROM process_definition n WHERE n.site = $site"
    " AND n.process = d.process) ORDER BY d.process");
SQL(sql_counts,
    "SELECT CAST(max(number) AS BIGINT), CAST(max(turn) AS BIGINT)"
    " FROM process_definition WHERE site = $site AND process = $1");
SQL(sql_add, "INSERT INTO process_definition (site, " COLUMNS
             ", xml, turn)"
             " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
SQL(sql_again,
    "UPDATE process_definition SET turn = $3, origin = $4, state = 'active',"
    " deployed_us = $5, deployed_by = $6 WHERE site = $site AND process = $1"
    " AND version = $2");
SQL(sql_state,
    "UPDATE process_definition SET state = $3 WHERE site = $site AND process = $1"
    " AND version = $2");

static void row_read(struct cx *cx, const struct db_rows *rows, struct bpmn_definition *out)
{
    *out = (struct bpmn_definition){.process = db_text_dup(cx, rows, 0),
                                    .version = db_i64(rows, 1),
                                    .number = db_i64(rows, 2),
                                    .tag = db_text_dup(cx, rows, 3),
                                    .origin = db_text_dup(cx, rows, 4),
                                    .state = db_text_dup(cx, rows, 5),
                                    .deployed_us = db_i64(rows, 6),
                                    .deployed_by = db_text_dup(cx, rows, 7)};
}

rc bpmn_definition_load(struct cx *cx, struct db *db, str process, int64_t version,
                        struct bpmn_definition *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = version ? db_query(cx, db, &sql_load, DB_ARGS(DB_T(process), DB_I(version)), &rows)
                   : db_query(cx, db, &sql_newest, DB_ARGS(DB_T(process)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r != RC_OK || !*found) return r;
    row_read(cx, &rows, out);
    out->xml = db_text_dup(cx, &rows, 8);
    return RC_OK;
}

rc bpmn_newest(struct cx *cx, struct db *db, str process, int64_t *version, bool *active)
{
    DB_ROWS rows = {0};
    bool more = false;
    *version = 0;
    rc r = db_query(cx, db, &sql_newest_version, DB_ARGS(DB_T(process)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    *version = db_i64(&rows, 0);
    *active = str_eq(db_text(&rows, 1), STR("active"));
    return RC_OK;
}

rc bpmn_definitions(struct cx *cx, struct db *db, str process, struct bpmn_definitions *out)
{
    DB_ROWS rows = {0};
    bool more = true;
    rc r = process.len ? db_query(cx, db, &sql_all, DB_ARGS(DB_T(process)), &rows)
                       : db_query(cx, db, &sql_each, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        row_read(cx, &rows, vec_add(cx->arena, out));
    return r;
}

/* The highest number and turn given in this process. */
static rc counts(struct cx *cx, struct db *db, str process, int64_t *number, int64_t *turn)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_counts, DB_ARGS(DB_T(process)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    *number = db_is_null(&rows, 0) ? 0 : db_i64(&rows, 0);
    *turn = db_is_null(&rows, 1) ? 0 : db_i64(&rows, 1);
    return RC_OK;
}

static rc version_clash(struct cx *cx, const struct bpmn_definition *d)
{
    return err_set(cx, RC_CONFLICT, "bpmn.version-clash",
                   "流程“" STR_FMT "”已有另一份文本使用同一版本号，请在说明中改动一字再发布",
                   "another text of process \"" STR_FMT
                   "\" has the same version; change a word of its documentation and publish again",
                   STR_ARG(d->process));
}

rc bpmn_deploy(struct cx *cx, const struct bpmn_turn *t, struct bpmn_definition *d)
{
    struct bpmn_definition newest = {0}, old = {0};
    bool has_newest = false, known = false;
    int64_t number = 0, turn = 0;
    rc r = bpmn_definition_load(cx, t->db, d->process, 0, &newest, &has_newest);
    if (r == RC_OK) r = bpmn_definition_load(cx, t->db, d->process, d->version, &old, &known);
    if (r == RC_OK && known && !str_eq(old.xml, d->xml)) r = version_clash(cx, d);
    if (r != RC_OK) return r;
    d->state = STR("active");
    d->deployed_us = cx->now_us;
    d->deployed_by = t->actor;
    if (has_newest && newest.version == d->version && str_eq(newest.state, d->state)) {
        d->number = newest.number;
        return RC_OK;
    }
    r = counts(cx, t->db, d->process, &number, &turn);
    if (r != RC_OK) return r;
    d->number = known ? old.number : number + 1;
    if (known)
        r = db_exec(cx, t->db, &sql_again,
                    DB_ARGS(DB_T(d->process), DB_I(d->version), DB_I(turn + 1), DB_T(d->origin),
                            DB_I(d->deployed_us), DB_T(d->deployed_by)));
    else
        r = db_exec(cx, t->db, &sql_add,
                    DB_ARGS(DB_T(d->process), DB_I(d->version), DB_I(d->number), DB_T(d->tag),
                            DB_T(d->origin), DB_T(d->state), DB_I(d->deployed_us),
                            DB_T(d->deployed_by), DB_T(d->xml), DB_I(turn + 1)));
    return r == RC_OK ? bpmn_start_timers(cx, t, d->process) : r;
}

/* Starts by the clock are the newest version's, while it is active. */
static rc start_timers(struct cx *cx, const struct bpmn_turn *t, str process)
{
    int64_t version = 0;
    bool active = false;
    rc r = bpmn_newest(cx, t->db, process, &version, &active);
    if (r != RC_OK) return r;
    return active ? bpmn_start_timers(cx, t, process) : start_timers_delete(cx, t->db, process);
}

rc bpmn_definition_state(struct cx *cx, const struct bpmn_turn *t, str process, int64_t version,
                         str state)
{
    struct bpmn_definition old = {0};
    bool found = false;
    rc r = bpmn_definition_load(cx, t->db, process, version, &old, &found);
    if (r == RC_OK && !found)
        r = err_set(cx, RC_MISSING, "bpmn.version-missing", "流程“" STR_FMT "”没有这个版本",
                    "process \"" STR_FMT "\" has no such version", STR_ARG(process));
    if (r != RC_OK || str_eq(old.state, state)) return r;
    r = db_exec(cx, t->db, &sql_state, DB_ARGS(DB_T(process), DB_I(old.version), DB_T(state)));
    if (r == RC_OK) r = start_timers(cx, t, process);
    const bool was_held = str_eq(old.state, STR("suspended")),
               is_held = str_eq(state, STR("suspended"));
    return r == RC_OK && was_held != is_held ? version_hold(cx, t, process, old.version, is_held)
                                             : r;
}
