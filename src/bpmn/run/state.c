/* The SQL of processes. */
#include "bpmn/run/state.h"

static const char state_ddl[] =
    "CREATE TABLE process_instance ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " process TEXT NOT NULL,"      /* name in the catalogue: reform.supervision */
    " version BIGINT NOT NULL,"    /* of the model's text it was started with */
    " subject_id BIGINT NOT NULL," /* the record it is about */
    " state TEXT NOT NULL,"        /* active, ended, cancelled */
    " started_us BIGINT NOT NULL,"
    " started_by TEXT NOT NULL,"
    " ended_us BIGINT, PRIMARY KEY (site, id));\n"
    "CREATE INDEX process_instance_subject ON process_instance (site, subject_id, process, id);\n"
    "CREATE TABLE process_token ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " scope_id BIGINT NOT NULL," /* 0: the process itself */
    " node TEXT NOT NULL,"       /* element it rests on */
    " flow TEXT NOT NULL,"       /* the flow it came by; empty at boundary events and starts */
    " state TEXT NOT NULL,"      /* waiting, left, cancelled, ended */
    " outcome TEXT NOT NULL,"    /* what the task before was completed with */
    " path TEXT NOT NULL,"       /* flows taken since the rest before, separated by spaces */
    " entered_us BIGINT NOT NULL,"
    " left_us BIGINT,"
    " done_by TEXT NOT NULL,"
    " timers BIGINT NOT NULL,"                                   /* its rows in timer */
    " subscriptions BIGINT NOT NULL, PRIMARY KEY (site, id));\n" /* its rows in subscription */
    "CREATE INDEX process_token_instance ON process_token (site, instance_id, id);\n"
    "CREATE TABLE task ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " token_id BIGINT NOT NULL,"
    " process TEXT NOT NULL,"
    " subject_id BIGINT NOT NULL,"
    " node TEXT NOT NULL,"
    " role TEXT NOT NULL," /* who may act; empty: anybody */
    " org TEXT NOT NULL,"  /* key of the org that may act; empty: any */
    " claimed_by TEXT NOT NULL,"
    " state TEXT NOT NULL," /* open, done, cancelled */
    " created_us BIGINT NOT NULL,"
    " due BIGINT NOT NULL," /* days since 1970; 2147483647: none */
    " done_us BIGINT,"
    " done_by TEXT NOT NULL,"
    " outcome TEXT NOT NULL, PRIMARY KEY (site, id));\n"
    "CREATE INDEX task_open ON task (site, role, org, due, id) WHERE state = 'open';\n"
    "CREATE INDEX task_done ON task (site, done_by, due, id) WHERE state = 'done';\n"
    "CREATE INDEX task_open_due ON task (site, due, id) WHERE state = 'open';\n"
    "CREATE INDEX task_subject ON task (site, subject_id, due, id);\n"
    "CREATE INDEX task_token ON task (site, token_id);\n"
    "CREATE TABLE timer ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " token_id BIGINT NOT NULL,"
    " node TEXT NOT NULL," /* the timer event */
    " due_us BIGINT NOT NULL,"
    " failures BIGINT NOT NULL, PRIMARY KEY (site, id));\n"
    "CREATE INDEX timer_due ON timer (site, due_us, id);\n"
    "CREATE INDEX timer_token ON timer (site, token_id);\n"
    "CREATE TABLE subscription ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " token_id BIGINT NOT NULL,"
    " node TEXT NOT NULL," /* the message event */
    " process TEXT NOT NULL,"
    " subject_id BIGINT NOT NULL,"
    " message TEXT NOT NULL, PRIMARY KEY (site, id));\n"
    "CREATE INDEX subscription_message ON subscription (site, subject_id, process, message, id);\n"
    "CREATE INDEX subscription_token ON subscription (site, token_id);\n"
    "CREATE TABLE incident ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " timer_id BIGINT NOT NULL,"
    " node TEXT NOT NULL,"
    " slug TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " at_us BIGINT NOT NULL," /* the last time */
    " times BIGINT NOT NULL,"
    " resolved_us BIGINT, PRIMARY KEY (site, id));\n"
    "CREATE INDEX incident_timer ON incident (site, timer_id) WHERE resolved_us IS NULL;\n";

const struct db_migration bpmn_migrations[] = {
    {1, "bpmn.state", state_ddl},
};
const size_t bpmn_migration_count = COUNTOF(bpmn_migrations);

/* ---- instances ---- */

#define INSTANCE_COLUMNS "id, process, version, subject_id, state, started_us, started_by, ended_us"
SQL(sql_instance_load,
    "SELECT " INSTANCE_COLUMNS " FROM process_instance WHERE site = $site AND id = $1");
SQL(sql_instance_latest,
    "SELECT " INSTANCE_COLUMNS
    " FROM process_instance"
    " WHERE site = $site AND subject_id = $1 AND process = $2 ORDER BY id DESC LIMIT 1");
SQL(sql_instance_add, "INSERT INTO process_instance (site, " INSTANCE_COLUMNS
                      ")"
                      " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, NULL)");
SQL(sql_instance_end,
    "UPDATE process_instance SET state = $2, ended_us = $3 WHERE site = $site AND id = $1");

static rc instance_read(struct cx *cx, struct db_rows *rows, struct instance *out, bool *found)
{
    rc r = db_next(cx, rows, found);
    if (r != RC_OK || !*found) return r;
    *out = (struct instance){.id = db_i64(rows, 0),
                             .process = db_text_dup(cx, rows, 1),
                             .version = db_i64(rows, 2),
                             .subject_id = db_i64(rows, 3),
                             .state = db_text_dup(cx, rows, 4),
                             .started_us = db_i64(rows, 5),
                             .started_by = db_text_dup(cx, rows, 6),
                             .ended_us = db_is_null(rows, 7) ? 0 : db_i64(rows, 7)};
    return RC_OK;
}

rc instance_load(struct cx *cx, struct db *db, int64_t id, struct instance *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_instance_load, DB_ARGS(DB_I(id)), &rows);
    return r == RC_OK ? instance_read(cx, &rows, out, found) : r;
}

rc instance_latest(struct cx *cx, struct db *db, str process, int64_t subject_id,
                   struct instance *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_instance_latest, DB_ARGS(DB_I(subject_id), DB_T(process)), &rows);
    return r == RC_OK ? instance_read(cx, &rows, out, found) : r;
}

rc instance_add(struct cx *cx, struct db *db, const struct instance *i)
{
    return db_exec(cx, db, &sql_instance_add,
                   DB_ARGS(DB_I(i->id), DB_T(i->process), DB_I(i->version), DB_I(i->subject_id),
                           DB_T(i->state), DB_I(i->started_us), DB_T(i->started_by)));
}

rc instance_end(struct cx *cx, struct db *db, int64_t id, str state)
{
    return db_exec(cx, db, &sql_instance_end, DB_ARGS(DB_I(id), DB_T(state), DB_I(cx->now_us)));
}

/* ---- tokens ---- */

SQL(sql_tokens,
    "SELECT id, node, flow, state, outcome, path, entered_us, left_us, done_by, timers,"
    " subscriptions FROM process_token WHERE site = $site AND instance_id = $1"
    " AND ($2 = 0 OR state = 'waiting') ORDER BY id");
SQL(sql_token_add,
    "INSERT INTO process_token (site, id, instance_id, scope_id, node, flow, state, outcome, path,"
    " entered_us, left_us, done_by, timers, subscriptions)"
    " VALUES ($site, $1, $2, 0, $3, $4, $5, $6, $7, $8, $9, '', $10, $11)");
SQL(sql_token_leave,
    "UPDATE process_token SET state = $2, left_us = $3, done_by = $4, timers = 0,"
    " subscriptions = 0 WHERE site = $site AND id = $1");
SQL(sql_token_timers, "UPDATE process_token SET timers = $2 WHERE site = $site AND id = $1");

rc tokens_load(struct cx *cx, struct db *db, const struct bpmn_model *model, int64_t instance_id,
               bool waiting_only, struct tokens *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_tokens, DB_ARGS(DB_I(instance_id), DB_I(waiting_only)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct token *t = vec_add(cx->arena, out);
        t->id = db_i64(&rows, 0);
        t->node_id = db_text_dup(cx, &rows, 1);
        t->node = model ? bpmn_node_find(model, t->node_id) : NULL;
        t->flow = db_text_dup(cx, &rows, 2);
        t->state = db_text_dup(cx, &rows, 3);
        t->outcome = db_text_dup(cx, &rows, 4);
        t->path = db_text_dup(cx, &rows, 5);
        t->entered_us = db_i64(&rows, 6);
        t->left_us = db_is_null(&rows, 7) ? 0 : db_i64(&rows, 7);
        t->done_by = db_text_dup(cx, &rows, 8);
        t->timers = db_i64(&rows, 9);
        t->subscriptions = db_i64(&rows, 10);
    }
    return r;
}

rc token_add(struct cx *cx, struct db *db, int64_t instance_id, const struct token *t)
{
    return db_exec(cx, db, &sql_token_add,
                   DB_ARGS(DB_I(t->id), DB_I(instance_id), DB_T(t->node_id), DB_T(t->flow),
                           DB_T(t->state), DB_T(t->outcome), DB_T(t->path), DB_I(t->entered_us),
                           t->left_us ? DB_I(t->left_us) : DB_N, DB_I(t->timers),
                           DB_I(t->subscriptions)));
}

rc token_leave(struct cx *cx, struct db *db, int64_t id, str state, str by)
{
    return db_exec(cx, db, &sql_token_leave,
                   DB_ARGS(DB_I(id), DB_T(state), DB_I(cx->now_us), DB_T(by)));
}

rc token_count_timers(struct cx *cx, struct db *db, int64_t id, int64_t timers)
{
    return db_exec(cx, db, &sql_token_timers, DB_ARGS(DB_I(id), DB_I(timers)));
}

/* ---- tasks ---- */

SQL(sql_task_load, "SELECT " TASK_COLUMNS " FROM task WHERE site = $site AND id = $1");
SQL(sql_task_of_token,
    "SELECT " TASK_COLUMNS " FROM task WHERE site = $site AND token_id = $1 AND state = 'open'");
SQL(sql_task_add, "INSERT INTO task (site, " TASK_COLUMNS
                  ") VALUES"
                  " ($site, $1, $2, $3, $4, $5, $6, $7, '', $8, $9, 'open', '', '', NULL, $10)");
SQL(sql_task_close,
    "UPDATE task SET state = $2, done_by = $3, outcome = $4, done_us = $5 WHERE site = $site"
    " AND id = $1");
SQL(sql_task_claim, "UPDATE task SET claimed_by = $2 WHERE site = $site AND id = $1");

static const struct bpmn_node *node_of(struct cx *cx, const struct bpmn_host *host, str process,
                                       str id)
{
    const struct bpmn_model *m = host->model(host->owner, process);
    const struct bpmn_node *n = m ? bpmn_node_find(m, id) : NULL;
    if (n) return n;
    struct bpmn_node *gone = NEW(cx->arena, struct bpmn_node);
    *gone = (struct bpmn_node){.id = id, .name = id, .kind = BPMN_USER_TASK, .index = -1};
    return gone;
}

struct bpmn_task task_of_row(struct cx *cx, const struct bpmn_host *host,
                             const struct db_rows *rows, int64_t *token_id)
{
    struct bpmn_task t = {.id = db_i64(rows, 0),
                          .instance_id = db_i64(rows, 1),
                          .subject_id = db_i64(rows, 2),
                          .process = db_text_dup(cx, rows, 3),
                          .role = db_text_dup(cx, rows, 5),
                          .org = db_text_dup(cx, rows, 6),
                          .claimed_by = db_text_dup(cx, rows, 7),
                          .created_us = db_i64(rows, 8),
                          .due = db_i64(rows, 9) == DUE_NONE ? DAY_NONE : (day_t)db_i64(rows, 9),
                          .state = db_text_dup(cx, rows, 10),
                          .done_by = db_text_dup(cx, rows, 11),
                          .outcome = db_text_dup(cx, rows, 12),
                          .done_us = db_is_null(rows, 13) ? 0 : db_i64(rows, 13)};
    t.node = node_of(cx, host, t.process, db_text_dup(cx, rows, 4));
    if (token_id) *token_id = db_i64(rows, 14);
    return t;
}

static rc task_read(struct cx *cx, const struct bpmn_host *host, struct db_rows *rows,
                    struct bpmn_task *out, int64_t *token_id, bool *found)
{
    rc r = db_next(cx, rows, found);
    if (r == RC_OK && *found) *out = task_of_row(cx, host, rows, token_id);
    return r;
}

rc task_load(struct cx *cx, struct db *db, const struct bpmn_host *host, int64_t id,
             struct bpmn_task *out, int64_t *token_id)
{
    DB_ROWS rows = {0};
    bool found = false;
    *out = (struct bpmn_task){0};
    rc r = db_query(cx, db, &sql_task_load, DB_ARGS(DB_I(id)), &rows);
    return r == RC_OK ? task_read(cx, host, &rows, out, token_id, &found) : r;
}

rc task_of_token(struct cx *cx, struct db *db, const struct bpmn_host *host, int64_t token_id,
                 struct bpmn_task *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_task_of_token, DB_ARGS(DB_I(token_id)), &rows);
    return r == RC_OK ? task_read(cx, host, &rows, out, NULL, found) : r;
}

rc task_add(struct cx *cx, struct db *db, int64_t token_id, const struct bpmn_task *t)
{
    int64_t due = t->due == DAY_NONE ? DUE_NONE : t->due;
    return db_exec(cx, db, &sql_task_add,
                   DB_ARGS(DB_I(t->id), DB_I(t->instance_id), DB_I(t->subject_id), DB_T(t->process),
                           DB_T(t->node->id), DB_T(t->role), DB_T(t->org), DB_I(t->created_us),
                           DB_I(due), DB_I(token_id)));
}

rc task_close(struct cx *cx, struct db *db, const struct bpmn_task *t)
{
    return db_exec(
        cx, db, &sql_task_close,
        DB_ARGS(DB_I(t->id), DB_T(t->state), DB_T(t->done_by), DB_T(t->outcome), DB_I(t->done_us)));
}

rc task_claim(struct cx *cx, struct db *db, int64_t id, str by)
{
    return db_exec(cx, db, &sql_task_claim, DB_ARGS(DB_I(id), DB_T(by)));
}

/* ---- timers ---- */

#define TIMER_COLUMNS "id, instance_id, token_id, node, due_us, failures"
SQL(sql_timer_add,
    "INSERT INTO timer (site, " TIMER_COLUMNS ") VALUES ($site, $1, $2, $3, $4, $5, $6)");
SQL(sql_timer_delete, "DELETE FROM timer WHERE site = $site AND id = $1");
SQL(sql_timers_delete, "DELETE FROM timer WHERE site = $site AND token_id = $1");
SQL(sql_timer_postpone,
    "UPDATE timer SET due_us = $2, failures = $3 WHERE site = $site AND id = $1");
SQL(sql_timer_load, "SELECT " TIMER_COLUMNS " FROM timer WHERE site = $site AND id = $1");
SQL(sql_timer_first,
    "SELECT " TIMER_COLUMNS " FROM timer WHERE site = $site ORDER BY due_us, id LIMIT 1");

static rc timer_read(struct cx *cx, struct db_rows *rows, struct timer *out, bool *found)
{
    rc r = db_next(cx, rows, found);
    if (r != RC_OK || !*found) return r;
    *out = (struct timer){.id = db_i64(rows, 0),
                          .instance_id = db_i64(rows, 1),
                          .token_id = db_i64(rows, 2),
                          .node_id = db_text_dup(cx, rows, 3),
                          .due_us = db_i64(rows, 4),
                          .failures = db_i64(rows, 5)};
    return RC_OK;
}

rc timer_add(struct cx *cx, struct db *db, const struct timer *t)
{
    return db_exec(cx, db, &sql_timer_add,
                   DB_ARGS(DB_I(t->id), DB_I(t->instance_id), DB_I(t->token_id), DB_T(t->node_id),
                           DB_I(t->due_us), DB_I(t->failures)));
}

rc timer_delete(struct cx *cx, struct db *db, int64_t id)
{
    return db_exec(cx, db, &sql_timer_delete, DB_ARGS(DB_I(id)));
}

rc timers_delete(struct cx *cx, struct db *db, int64_t token_id)
{
    return db_exec(cx, db, &sql_timers_delete, DB_ARGS(DB_I(token_id)));
}

rc timer_postpone(struct cx *cx, struct db *db, const struct timer *t)
{
    return db_exec(cx, db, &sql_timer_postpone,
                   DB_ARGS(DB_I(t->id), DB_I(t->due_us), DB_I(t->failures)));
}

rc timer_load(struct cx *cx, struct db *db, int64_t id, struct timer *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_timer_load, DB_ARGS(DB_I(id)), &rows);
    return r == RC_OK ? timer_read(cx, &rows, out, found) : r;
}

rc timer_first(struct cx *cx, struct db *db, struct timer *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_timer_first, DB_NO_ARGS, &rows);
    return r == RC_OK ? timer_read(cx, &rows, out, found) : r;
}

/* ---- messages ---- */

SQL(sql_subscription_add,
    "INSERT INTO subscription (site, id, instance_id, token_id, node, process, subject_id, message)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7)");
SQL(sql_subscription_delete, "DELETE FROM subscription WHERE site = $site AND id = $1");
SQL(sql_subscriptions_delete, "DELETE FROM subscription WHERE site = $site AND token_id = $1");
SQL(sql_subscription_find,
    "SELECT id, instance_id, token_id, node FROM subscription"
    " WHERE site = $site AND subject_id = $1 AND process = $2 AND message = $3 ORDER BY id LIMIT"
    " 1");

rc subscription_add(struct cx *cx, struct db *db, const struct subscription *s,
                    const struct instance *i, str message)
{
    return db_exec(cx, db, &sql_subscription_add,
                   DB_ARGS(DB_I(s->id), DB_I(i->id), DB_I(s->token_id), DB_T(s->node_id),
                           DB_T(i->process), DB_I(i->subject_id), DB_T(message)));
}

rc subscription_delete(struct cx *cx, struct db *db, int64_t id)
{
    return db_exec(cx, db, &sql_subscription_delete, DB_ARGS(DB_I(id)));
}

rc subscriptions_delete(struct cx *cx, struct db *db, int64_t token_id)
{
    return db_exec(cx, db, &sql_subscriptions_delete, DB_ARGS(DB_I(token_id)));
}

rc subscription_find(struct cx *cx, struct db *db, const struct message_key *key,
                     struct subscription *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_subscription_find,
                    DB_ARGS(DB_I(key->subject_id), DB_T(key->process), DB_T(key->message)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r != RC_OK || !*found) return r;
    *out = (struct subscription){.id = db_i64(&rows, 0),
                                 .instance_id = db_i64(&rows, 1),
                                 .token_id = db_i64(&rows, 2),
                                 .node_id = db_text_dup(cx, &rows, 3)};
    return RC_OK;
}

/* ---- incidents ---- */

SQL(sql_incident_again,
    "UPDATE incident SET slug = $2, detail = $3, at_us = $4, times = times + 1"
    " WHERE site = $site AND timer_id = $1 AND resolved_us IS NULL");
SQL(sql_incident_add,
    "INSERT INTO incident (site, id, instance_id, timer_id, node, slug, detail, at_us,"
    " times, resolved_us) VALUES ($site, $1, $2, $3, $4, $5, $6, $7, 1, NULL)");
SQL(sql_incident_resolve,
    "UPDATE incident SET resolved_us = $2 WHERE site = $site AND timer_id = $1"
    " AND resolved_us IS NULL");

rc incident_add(struct cx *cx, struct db *db, int64_t id, const struct timer *t,
                const struct err *why)
{
    str slug = str_from(why->slug);
    int64_t again = 0;
    rc r = db_exec(cx, db, &sql_incident_again,
                   DB_ARGS(DB_I(t->id), DB_T(slug), DB_T(why->detail), DB_I(cx->now_us)));
    if (r == RC_OK) r = db_changes(cx, db, &again);
    if (r != RC_OK || again > 0) return r;
    return db_exec(cx, db, &sql_incident_add,
                   DB_ARGS(DB_I(id), DB_I(t->instance_id), DB_I(t->id), DB_T(t->node_id),
                           DB_T(slug), DB_T(why->detail), DB_I(cx->now_us)));
}

rc incident_resolve(struct cx *cx, struct db *db, int64_t timer_id)
{
    return db_exec(cx, db, &sql_incident_resolve, DB_ARGS(DB_I(timer_id), DB_I(cx->now_us)));
}
