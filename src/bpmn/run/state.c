/* The tables of processes and the rows of instances; tokens.c, task_rows.c, waits.c hold the others'. */
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

/* Processes as scopes: what a row did not have before it has with the value that means what it was. */
static const char scopes_ddl[] =
    "ALTER TABLE process_instance ADD COLUMN element TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE process_instance ADD COLUMN key TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE process_instance ADD COLUMN error TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE process_instance ADD COLUMN parent_id BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_instance ADD COLUMN parent_token BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_instance ADD COLUMN root_id BIGINT NOT NULL DEFAULT 0;\n" /* 0: itself */
    "ALTER TABLE process_instance ADD COLUMN orders BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_instance ADD COLUMN vars TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE process_instance ADD COLUMN timers BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_instance ADD COLUMN subscriptions BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_instance ADD COLUMN got BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_instance ADD COLUMN stopped_us BIGINT NOT NULL DEFAULT 0;\n"
    "CREATE INDEX process_instance_root ON process_instance (site, root_id, id)"
    " WHERE root_id <> 0;\n"
    "CREATE INDEX process_instance_key ON process_instance (site, key, id) WHERE key <> '';\n"
    "CREATE INDEX process_instance_parent ON process_instance (site, parent_id, id)"
    " WHERE parent_id <> 0;\n"
    "CREATE INDEX process_instance_active ON process_instance (site, process, id)"
    " WHERE state IN ('active', 'suspended');\n"
    "ALTER TABLE process_token ADD COLUMN role BIGINT NOT NULL DEFAULT 0;\n" /* enum token_role */
    "ALTER TABLE process_token ADD COLUMN cause BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN kept_id BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN idx BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN total BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN made BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN done BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN broken BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN counter BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN ord BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN called BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN stopped_us BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN got BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN vars TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE process_token ADD COLUMN heard BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN undo_by BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE process_token ADD COLUMN back TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE task ADD COLUMN version BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE task ADD COLUMN parent_id BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE task ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;\n" /* enum bpmn_task_kind */
    "ALTER TABLE task ADD COLUMN owner TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE task ADD COLUMN weight BIGINT NOT NULL DEFAULT 1000;\n"
    "ALTER TABLE task ADD COLUMN urged BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE task ADD COLUMN draft TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE task ADD COLUMN picked BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE task ADD COLUMN started_by TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX task_claimed ON task (site, claimed_by, due, id)"
    " WHERE state = 'open' AND claimed_by <> '';\n"
    "CREATE INDEX task_instance ON task (site, instance_id, due, id);\n"
    "ALTER TABLE timer ADD COLUMN rounds BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE timer ADD COLUMN left_us BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE timer ADD COLUMN event BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE subscription ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;\n"
    "ALTER TABLE subscription ADD COLUMN key TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE subscription ADD COLUMN event BIGINT NOT NULL DEFAULT 0;\n"
    "DROP INDEX subscription_message;\n"
    "CREATE INDEX subscription_waits ON subscription (site, message, key, kind, subject_id, id);\n";

static const char tables_ddl[] =
    "CREATE TABLE task_person ("
    " site BIGINT NOT NULL,"
    " task_id BIGINT NOT NULL,"
    " user_code TEXT NOT NULL,"
    " kind TEXT NOT NULL," /* candidate, assignee, agent, copy, ask */
    " instance_id BIGINT NOT NULL,"
    " at_us BIGINT NOT NULL,"
    " read_us BIGINT NOT NULL," /* 0: not yet */
    " due BIGINT NOT NULL,"     /* the task's */
    " is_open BIGINT NOT NULL," /* the task is open */
    " PRIMARY KEY (site, task_id, user_code, kind));\n"
    "CREATE INDEX task_person_open ON task_person (site, user_code, due, task_id)"
    " WHERE is_open = 1;\n"
    "CREATE INDEX task_person_copy ON task_person (site, user_code, at_us, task_id)"
    " WHERE kind = 'copy';\n"
    "CREATE TABLE task_action ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " task_id BIGINT NOT NULL," /* 0: of the instance */
    " at_us BIGINT NOT NULL,"
    " act TEXT NOT NULL,"
    " actor TEXT NOT NULL,"
    " on_behalf_of TEXT NOT NULL,"
    " to_user TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " from_node TEXT NOT NULL,"
    " to_node TEXT NOT NULL, PRIMARY KEY (site, id));\n"
    "CREATE INDEX task_action_instance ON task_action (site, instance_id, id);\n"
    "CREATE TABLE process_message ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " msg_id TEXT NOT NULL," /* the sender's; may be empty */
    " process TEXT NOT NULL,"
    " subject_id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " at_us BIGINT NOT NULL,"
    " expires_us BIGINT NOT NULL,"
    " vars TEXT NOT NULL,"
    " taken BIGINT NOT NULL," /* 1: given, only its id is still known */
    " PRIMARY KEY (site, id));\n"
    "CREATE UNIQUE INDEX process_message_known ON process_message (site, name, msg_id)"
    " WHERE msg_id <> '';\n"
    "CREATE INDEX process_message_kept ON process_message (site, name, key, subject_id, id)"
    " WHERE taken = 0;\n"
    "CREATE INDEX process_message_subject ON process_message (site, name, subject_id, id)"
    " WHERE taken = 0;\n"
    "CREATE INDEX process_message_expires ON process_message (site, expires_us, id);\n"
    "CREATE TABLE process_start_timer ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " process TEXT NOT NULL,"
    " version BIGINT NOT NULL,"
    " node TEXT NOT NULL,"
    " event BIGINT NOT NULL,"
    " due_us BIGINT NOT NULL,"
    " failures BIGINT NOT NULL,"
    " rounds BIGINT NOT NULL, PRIMARY KEY (site, id));\n"
    "CREATE INDEX process_start_timer_due ON process_start_timer (site, due_us, id);\n"
    "CREATE INDEX process_start_timer_process ON process_start_timer (site, process, id);\n"
    "CREATE TABLE process_search ("
    " site BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (site, instance_id, name));\n"
    "CREATE INDEX process_search_value ON process_search (site, name, value, instance_id);\n"
    "CREATE TABLE process_definition ("
    " site BIGINT NOT NULL,"
    " process TEXT NOT NULL,"
    " version BIGINT NOT NULL," /* of the text */
    " number BIGINT NOT NULL,"  /* 1, 2, … for people */
    " tag TEXT NOT NULL,"
    " origin TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " deployed_us BIGINT NOT NULL,"
    " deployed_by TEXT NOT NULL,"
    " xml TEXT NOT NULL,"
    " turn BIGINT NOT NULL, PRIMARY KEY (site, process, version));\n"
    "CREATE INDEX process_definition_turn ON process_definition (site, process, turn);\n";

/* A job lives as long as its token waits; held: its instance is suspended. */
static const char jobs_ddl[] =
    "CREATE TABLE job ("
    " site BIGINT NOT NULL,"
    " id BIGINT NOT NULL,"
    " instance_id BIGINT NOT NULL,"
    " token_id BIGINT NOT NULL,"
    " subject_id BIGINT NOT NULL,"
    " process TEXT NOT NULL,"
    " element TEXT NOT NULL,"
    " topic TEXT NOT NULL,"
    " worker TEXT NOT NULL,"
    " lease_us BIGINT NOT NULL," /* until when; 0: free */
    " fence BIGINT NOT NULL,"    /* grows with each lease */
    " retries BIGINT NOT NULL,"  /* left; 0: an incident */
    " failures BIGINT NOT NULL,"
    " due_us BIGINT NOT NULL," /* not before */
    " priority BIGINT NOT NULL,"
    " held BIGINT NOT NULL,"
    " vars TEXT NOT NULL, PRIMARY KEY (site, id));\n"
    "CREATE INDEX job_free ON job (site, topic, priority DESC, id) WHERE retries > 0 AND held = 0;\n"
    "CREATE INDEX job_token ON job (site, token_id);\n"
    "CREATE INDEX incident_instance ON incident (site, instance_id, id);\n"
    "CREATE INDEX task_waiting ON task (site, claimed_by, id) WHERE state = 'waiting';\n"
    "CREATE INDEX task_owner ON task (site, owner, id) WHERE state = 'open' AND owner <> '';\n"
    "CREATE INDEX process_instance_ended ON process_instance (site, process, version, ended_us, id)"
    " WHERE ended_us IS NOT NULL;\n"
    "CREATE INDEX process_instance_deleted ON process_instance (site, id)"
    " WHERE state = 'deleted';\n"
    "CREATE INDEX process_instance_starter ON process_instance (site, started_by, id)"
    " WHERE parent_id = 0;\n"
    "DROP INDEX process_instance_active;\n" /* counted by version without the rows */
    "CREATE INDEX process_instance_active ON process_instance (site, process, id, version,"
    " state)"
    " WHERE state IN ('active', 'suspended');\n";

const struct db_migration bpmn_migrations[] = {
    {1, "bpmn.state", state_ddl},
    {2, "bpmn.scopes", scopes_ddl},
    {3, "bpmn.tables", tables_ddl},
    {4, "bpmn.jobs", jobs_ddl},
};
const size_t bpmn_migration_count = COUNTOF(bpmn_migrations);

/* ---- instances ---- */

#define INSTANCE_COLUMNS                                                                           \
    "id, process, version, subject_id, state, started_us, started_by, ended_us, element, key,"     \
    " error, parent_id, parent_token, root_id, orders, vars, timers, subscriptions, got,"          \
    " stopped_us"
SQL(sql_instance_load,
    "SELECT " INSTANCE_COLUMNS " FROM process_instance WHERE site = $site AND id = $1");
SQL(sql_instance_latest,
    "SELECT " INSTANCE_COLUMNS
    " FROM process_instance"
    " WHERE site = $site AND subject_id = $1 AND process = $2 ORDER BY id DESC LIMIT 1");
SQL(sql_instance_add,
    "INSERT INTO process_instance (site, " INSTANCE_COLUMNS
    ")"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
    " $18, $19, $20)");
SQL(sql_instance_save,
    "UPDATE process_instance SET state = $2, ended_us = $3, error = $4, orders = $5, vars = $6,"
    " timers = $7, subscriptions = $8, got = $9, version = $10, key = $11, stopped_us = $12"
    " WHERE site = $site AND id = $1");

/* While its state stays the same: no index is touched. */
SQL(sql_instance_keep,
    "UPDATE process_instance SET orders = $2, vars = $3, timers = $4, subscriptions = $5, got = $6,"
    " stopped_us = $7 WHERE site = $site AND id = $1");

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
                             .ended_us = db_is_null(rows, 7) ? 0 : db_i64(rows, 7),
                             .element = db_text_dup(cx, rows, 8),
                             .key = db_text_dup(cx, rows, 9),
                             .error = db_text_dup(cx, rows, 10),
                             .parent_id = db_i64(rows, 11),
                             .parent_token = db_i64(rows, 12),
                             .root_id = db_i64(rows, 13),
                             .orders = db_i64(rows, 14),
                             .vars = db_text_dup(cx, rows, 15),
                             .timers = db_i64(rows, 16),
                             .subscriptions = db_i64(rows, 17),
                             .got = (uint64_t)db_i64(rows, 18),
                             .stopped_us = db_i64(rows, 19)};
    out->state_read = out->state;
    if (!out->root_id) out->root_id = out->id;
    if (!out->element.len)
        out->version = 0; /* of before versions were kept: it runs by the newest */
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

rc instance_add(struct cx *cx, struct db *db, const struct instance *i, str vars)
{
    return db_exec(cx, db, &sql_instance_add,
                   DB_ARGS(DB_I(i->id), DB_T(i->process), DB_I(i->version), DB_I(i->subject_id),
                           DB_T(i->state), DB_I(i->started_us), DB_T(i->started_by),
                           i->ended_us ? DB_I(i->ended_us) : DB_N, DB_T(i->element), DB_T(i->key),
                           DB_T(i->error), DB_I(i->parent_id), DB_I(i->parent_token),
                           DB_I(i->root_id == i->id ? 0 : i->root_id), DB_I(i->orders), DB_T(vars),
                           DB_I(i->timers), DB_I(i->subscriptions), DB_I((int64_t)i->got),
                           DB_I(i->stopped_us)));
}

rc instance_save(struct cx *cx, struct db *db, const struct instance *i, str vars)
{
    if (str_eq(i->state, i->state_read))
        return db_exec(cx, db, &sql_instance_keep,
                       DB_ARGS(DB_I(i->id), DB_I(i->orders), DB_T(vars), DB_I(i->timers),
                               DB_I(i->subscriptions), DB_I((int64_t)i->got), DB_I(i->stopped_us)));
    return db_exec(cx, db, &sql_instance_save,
                   DB_ARGS(DB_I(i->id), DB_T(i->state), i->ended_us ? DB_I(i->ended_us) : DB_N,
                           DB_T(i->error), DB_I(i->orders), DB_T(vars), DB_I(i->timers),
                           DB_I(i->subscriptions), DB_I((int64_t)i->got), DB_I(i->version),
                           DB_T(i->key), DB_I(i->stopped_us)));
}

SQL(sql_instances_of_root,
    "SELECT id FROM process_instance WHERE site = $site AND (root_id = $1 AND root_id <> 0"
    " OR id = $1) AND state = 'active' ORDER BY id");

rc instances_of_root(struct cx *cx, struct db *db, int64_t root_id, struct instance_ids *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_instances_of_root, DB_ARGS(DB_I(root_id)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) = db_i64(&rows, 0);
    return r;
}
