/* Finished instances whose time is over go: marked in one statement, then table by table. */
#include "bpmn/operate.h"
#include "bpmn/run/run.h"

/* The next process and version in order of the index: one step for each, whatever lies between. */
SQL(sql_finished,
    "SELECT process, version FROM process_instance WHERE site = $site AND ended_us IS NOT NULL"
    " AND (process, version) > ($1, $2) ORDER BY process, version LIMIT 1");
SQL(sql_mark,
    "UPDATE process_instance SET state = 'deleted' WHERE site = $site AND id IN"
    " (SELECT id FROM process_instance WHERE site = $site AND process = $1"
    " AND version = $2 AND ended_us IS NOT NULL AND ended_us < $3"
    " AND state <> 'deleted' ORDER BY ended_us, id LIMIT $4)");
#define OF_DELETED                                                                                 \
    " AND instance_id IN (SELECT id FROM process_instance WHERE site = $site"                      \
    " AND state = 'deleted')"
SQL(sql_tokens, "DELETE FROM process_token WHERE site = $site" OF_DELETED);
SQL(sql_tasks, "DELETE FROM task WHERE site = $site" OF_DELETED);
SQL(sql_persons,
    "DELETE FROM task_person WHERE site = $site AND task_id IN"
    " (SELECT id FROM task WHERE site = $site" OF_DELETED ")");
SQL(sql_actions, "DELETE FROM task_action WHERE site = $site" OF_DELETED);
SQL(sql_incidents, "DELETE FROM incident WHERE site = $site" OF_DELETED);
SQL(sql_search, "DELETE FROM process_search WHERE site = $site" OF_DELETED);
SQL(sql_instances, "DELETE FROM process_instance WHERE site = $site AND state = 'deleted'");

/* Before when its instances must have ended; false: they are kept for ever. */
static bool limit_of(struct cx *cx, const struct bpmn_model *m, int64_t *before_us)
{
    struct feel_value v;
    if (!m || !m->time_to_live.len || !feel_temporal_parse(m->time_to_live, &v)) return false;
    if (v.kind == FEEL_DAYS_DURATION) {
        *before_us = cx->now_us - v.as.moment.day * US_PER_DAY - v.as.moment.nanosecond / 1000;
        return true;
    }
    if (v.kind != FEEL_MONTHS_DURATION) return false;
    const day_t today = day_of_us(cx->now_us);
    const day_t then = day_add_months(today, -(int)v.as.duration);
    *before_us = cx->now_us - ((int64_t)today - then) * US_PER_DAY;
    return true;
}

static rc marked_go(struct cx *cx, struct db *db)
{
    static const struct sql *const step[] = {&sql_persons,  &sql_tasks,     &sql_tokens,
                                             &sql_actions,  &sql_incidents, &sql_search,
                                             &sql_instances};
    rc r = RC_OK;
    for (size_t i = 0; i < COUNTOF(step) && r == RC_OK; i++)
        r = db_exec(cx, db, step[i], DB_NO_ARGS);
    return r;
}

/* *more: there is a next one. */
static rc finished_next(struct cx *cx, struct db *db, str *process, int64_t *version, bool *more)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_finished, DB_ARGS(DB_T(*process), DB_I(*version)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, more);
    if (r != RC_OK || !*more) return r;
    *process = db_text_dup(cx, &rows, 0);
    *version = db_i64(&rows, 1);
    return RC_OK;
}

/* Of one version, the oldest. */
static rc mark(struct cx *cx, const struct bpmn_turn *t, str process, int64_t version, int64_t most,
               int64_t *count)
{
    const struct bpmn_model *m = NULL;
    int64_t before_us = 0;
    *count = 0;
    rc r = t->e->host.model(t->e->host.owner, cx, t->db, process, version, &m);
    if (r == RC_CONFLICT) { /* a text that cannot be read any more says nothing of its time */
        err_clear(cx);
        return RC_OK;
    }
    if (r != RC_OK || !limit_of(cx, m, &before_us)) return r;
    r = db_exec(cx, t->db, &sql_mark,
                DB_ARGS(DB_T(process), DB_I(version), DB_I(before_us), DB_I(most)));
    return r == RC_OK ? db_changes(cx, t->db, count) : r;
}

rc bpmn_history_delete(struct cx *cx, const struct bpmn_turn *t, int most, int64_t *deleted,
                       bool *more)
{
    str process = {0};
    int64_t version = INT64_MIN;
    bool next = true;
    rc r = RC_OK;
    *deleted = 0;
    while (r == RC_OK && *deleted < most) {
        int64_t count = 0;
        r = finished_next(cx, t->db, &process, &version, &next);
        if (r != RC_OK || !next) break;
        r = mark(cx, t, process, version, most - *deleted, &count);
        *deleted += count;
    }
    *more = *deleted >= most;
    return r == RC_OK && *deleted ? marked_go(cx, t->db) : r;
}
