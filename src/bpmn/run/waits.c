/* The rows of what is waited for: timers, subscriptions, kept messages, starts by the clock; and
 * incidents, for what did not work when it came. */
#include "bpmn/run/state.h"

/* ---- incidents ---- */

SQL(sql_incident_again,
    "UPDATE incident SET slug = $2, detail = $3, at_us = $4, times = times + 1"
    " WHERE site = $site AND timer_id = $1 AND resolved_us IS NULL");
SQL(sql_incident_add,
    "INSERT INTO incident (site, id, instance_id, timer_id, node, slug, detail, at_us,"
    " times, resolved_us) VALUES ($site, $1, $2, $3, $4, $5, $6, $7, 1, NULL)");
#define RESOLVE                                                                                    \
    "UPDATE incident SET resolved_us = $2 WHERE site = $site AND resolved_us IS NULL AND "
SQL(sql_incident_resolve, RESOLVE "timer_id = $1");
/* What is not waited for any more holds up nothing. */
SQL(sql_incidents_of_timers, RESOLVE
    "timer_id IN (SELECT id FROM timer WHERE site = $site AND token_id = $1 AND failures > 0)");
SQL(sql_incidents_of_jobs, RESOLVE
    "timer_id IN (SELECT id FROM job WHERE site = $site AND token_id = $1 AND failures > 0)");
SQL(sql_incidents_of_starts, RESOLVE
    "timer_id IN (SELECT id FROM process_start_timer WHERE site = $site AND process = $1"
    " AND failures > 0)");

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

rc incidents_of_jobs_resolve(struct cx *cx, struct db *db, int64_t token_id)
{
    return db_exec(cx, db, &sql_incidents_of_jobs, DB_ARGS(DB_I(token_id), DB_I(cx->now_us)));
}

/* ---- timers ---- */

#define TIMER_COLUMNS "id, instance_id, token_id, node, due_us, failures, rounds, left_us, event"
SQL(sql_timer_add, "INSERT INTO timer (site, " TIMER_COLUMNS
                   ") VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9)");
SQL(sql_timer_delete, "DELETE FROM timer WHERE site = $site AND id = $1");
SQL(sql_timers_delete, "DELETE FROM timer WHERE site = $site AND token_id = $1");
SQL(sql_timer_save,
    "UPDATE timer SET due_us = $2, failures = $3, rounds = $4, left_us = $5"
    " WHERE site = $site AND id = $1");
SQL(sql_timer_load, "SELECT " TIMER_COLUMNS " FROM timer WHERE site = $site AND id = $1");
SQL(sql_timers_of_token,
    "SELECT " TIMER_COLUMNS " FROM timer WHERE site = $site AND token_id = $1 ORDER BY id");
/* Clocks that stand still are the last: their due_us is the end of time. */
SQL(sql_timer_first, "SELECT " TIMER_COLUMNS
                     " FROM timer WHERE site = $site AND due_us < 9223372036854775807"
                     " ORDER BY due_us, id LIMIT 1");

static void timer_row(struct cx *cx, const struct db_rows *rows, struct timer *out)
{
    *out = (struct timer){.id = db_i64(rows, 0),
                          .instance_id = db_i64(rows, 1),
                          .token_id = db_i64(rows, 2),
                          .node_id = db_text_dup(cx, rows, 3),
                          .due_us = db_i64(rows, 4),
                          .failures = db_i64(rows, 5),
                          .rounds = db_i64(rows, 6),
                          .left_us = db_i64(rows, 7),
                          .event = db_i64(rows, 8)};
}

static rc timer_read(struct cx *cx, struct db_rows *rows, struct timer *out, bool *found)
{
    rc r = db_next(cx, rows, found);
    if (r == RC_OK && *found) timer_row(cx, rows, out);
    return r;
}

rc timer_add(struct cx *cx, struct db *db, const struct timer *t)
{
    return db_exec(cx, db, &sql_timer_add,
                   DB_ARGS(DB_I(t->id), DB_I(t->instance_id), DB_I(t->token_id), DB_T(t->node_id),
                           DB_I(t->due_us), DB_I(t->failures), DB_I(t->rounds), DB_I(t->left_us),
                           DB_I(t->event)));
}

rc timer_delete(struct cx *cx, struct db *db, const struct timer *t)
{
    rc r = t->failures ? incident_resolve(cx, db, t->id) : RC_OK;
    return r == RC_OK ? db_exec(cx, db, &sql_timer_delete, DB_ARGS(DB_I(t->id))) : r;
}

rc timers_delete(struct cx *cx, struct db *db, int64_t token_id)
{
    rc r = db_exec(cx, db, &sql_incidents_of_timers, DB_ARGS(DB_I(token_id), DB_I(cx->now_us)));
    return r == RC_OK ? db_exec(cx, db, &sql_timers_delete, DB_ARGS(DB_I(token_id))) : r;
}

rc timer_save(struct cx *cx, struct db *db, const struct timer *t)
{
    return db_exec(cx, db, &sql_timer_save,
                   DB_ARGS(DB_I(t->id), DB_I(t->due_us), DB_I(t->failures), DB_I(t->rounds),
                           DB_I(t->left_us)));
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

rc timers_of_token(struct cx *cx, struct db *db, int64_t token_id, struct timer **out,
                   size_t *count)
{
    VEC(struct timer) list = {0};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_timers_of_token, DB_ARGS(DB_I(token_id)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        timer_row(cx, &rows, vec_add(cx->arena, &list));
    *out = list.at;
    *count = list.len;
    return r;
}

/* ---- subscriptions ---- */

#define SUBSCRIPTION_COLUMNS                                                                       \
    "id, instance_id, token_id, node, process, subject_id, message, kind, key, event"
SQL(sql_subscription_add, "INSERT INTO subscription (site, " SUBSCRIPTION_COLUMNS
                          ") VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
SQL(sql_subscription_delete, "DELETE FROM subscription WHERE site = $site AND id = $1");
SQL(sql_subscriptions_delete, "DELETE FROM subscription WHERE site = $site AND token_id = $1");
SQL(sql_subscriptions_of_token, "SELECT " SUBSCRIPTION_COLUMNS
                                " FROM subscription"
                                " WHERE site = $site AND token_id = $1 ORDER BY id");
SQL(sql_subscription_by_key, "SELECT " SUBSCRIPTION_COLUMNS
                             " FROM subscription"
                             " WHERE site = $site AND message = $1 AND key = $2 AND kind = 0"
                             " AND ($3 = '' OR process = $3) ORDER BY id LIMIT 1");
SQL(sql_subscription_by_subject,
    "SELECT " SUBSCRIPTION_COLUMNS
    " FROM subscription WHERE site = $site AND message = $1"
    " AND key = '' AND kind = 0 AND subject_id = $2 AND ($3 = '' OR process = $3)"
    " ORDER BY id LIMIT 1");
SQL(sql_subscription_by_instance,
    "SELECT " SUBSCRIPTION_COLUMNS
    " FROM subscription WHERE site = $site AND message = $1"
    " AND kind = 0 AND instance_id = $2 AND ($3 = '' OR key = '' OR key = $3)"
    " AND token_id IN (SELECT id FROM process_token WHERE site = $site AND instance_id = $2"
    " AND state = 'waiting' UNION ALL SELECT CAST($2 AS BIGINT)) ORDER BY id LIMIT 1");
SQL(sql_subscriptions_of_instance,
    "SELECT " SUBSCRIPTION_COLUMNS
    " FROM subscription WHERE site = $site AND token_id IN"
    " (SELECT id FROM process_token WHERE site = $site AND instance_id = $1"
    " AND state = 'waiting' UNION ALL SELECT CAST($1 AS BIGINT)) AND kind = 0 ORDER BY id");
SQL(sql_signals, "SELECT " SUBSCRIPTION_COLUMNS
                 " FROM subscription WHERE site = $site"
                 " AND message = $1 AND key = '' AND kind = 1 ORDER BY id");
SQL(sql_conditions, "SELECT " SUBSCRIPTION_COLUMNS
                    " FROM subscription WHERE site = $site"
                    " AND message = $1 AND key = '' AND kind = 2 AND subject_id = $2 ORDER BY id");

static void subscription_row(struct cx *cx, const struct db_rows *rows, struct subscription *out)
{
    *out = (struct subscription){.id = db_i64(rows, 0),
                                 .instance_id = db_i64(rows, 1),
                                 .token_id = db_i64(rows, 2),
                                 .node_id = db_text_dup(cx, rows, 3),
                                 .process = db_text_dup(cx, rows, 4),
                                 .subject_id = db_i64(rows, 5),
                                 .name = db_text_dup(cx, rows, 6),
                                 .kind = (enum subscription_kind)db_i64(rows, 7),
                                 .key = db_text_dup(cx, rows, 8),
                                 .event = db_i64(rows, 9)};
}

rc subscription_add(struct cx *cx, struct db *db, const struct subscription *s)
{
    return db_exec(cx, db, &sql_subscription_add,
                   DB_ARGS(DB_I(s->id), DB_I(s->instance_id), DB_I(s->token_id), DB_T(s->node_id),
                           DB_T(s->process), DB_I(s->subject_id), DB_T(s->name), DB_I(s->kind),
                           DB_T(s->key), DB_I(s->event)));
}

rc subscription_delete(struct cx *cx, struct db *db, int64_t id)
{
    return db_exec(cx, db, &sql_subscription_delete, DB_ARGS(DB_I(id)));
}

rc subscriptions_delete(struct cx *cx, struct db *db, int64_t token_id)
{
    return db_exec(cx, db, &sql_subscriptions_delete, DB_ARGS(DB_I(token_id)));
}

static rc subscription_read(struct cx *cx, struct db_rows *rows, struct subscription *best,
                            bool *found)
{
    bool more = false;
    rc r = db_next(cx, rows, &more);
    if (r != RC_OK || !more) return r;
    if (!*found || db_i64(rows, 0) < best->id) subscription_row(cx, rows, best);
    *found = true;
    return RC_OK;
}

rc subscription_find(struct cx *cx, struct db *db, const struct bpmn_message *m,
                     struct subscription *out, bool *found)
{
    DB_ROWS by_key = {0};
    DB_ROWS rest = {0};
    rc r = RC_OK;
    *found = false;
    if (m->instance_id) {
        r = db_query(cx, db, &sql_subscription_by_instance,
                     DB_ARGS(DB_T(m->name), DB_I(m->instance_id), DB_T(m->key)), &rest);
        return r == RC_OK ? subscription_read(cx, &rest, out, found) : r;
    }
    if (m->key.len) {
        r = db_query(cx, db, &sql_subscription_by_key,
                     DB_ARGS(DB_T(m->name), DB_T(m->key), DB_T(m->process)), &by_key);
        if (r == RC_OK) r = subscription_read(cx, &by_key, out, found);
    }
    if (r != RC_OK || (m->key.len && !m->subject_id)) return r;
    r = db_query(cx, db, &sql_subscription_by_subject,
                 DB_ARGS(DB_T(m->name), DB_I(m->subject_id), DB_T(m->process)), &rest);
    return r == RC_OK ? subscription_read(cx, &rest, out, found) : r;
}

static rc collect(struct cx *cx, struct db_rows *rows, struct subscriptions *out)
{
    bool more = false;
    rc r;
    while ((r = db_next(cx, rows, &more)) == RC_OK && more)
        subscription_row(cx, rows, vec_add(cx->arena, out));
    return r;
}

rc subscriptions_find(struct cx *cx, struct db *db, enum subscription_kind kind, str name,
                      int64_t subject_id, struct subscriptions *out)
{
    DB_ROWS rows = {0};
    rc r = kind == WAITS_SIGNAL
               ? db_query(cx, db, &sql_signals, DB_ARGS(DB_T(name)), &rows)
               : db_query(cx, db, &sql_conditions, DB_ARGS(DB_T(name), DB_I(subject_id)), &rows);
    return r == RC_OK ? collect(cx, &rows, out) : r;
}

rc subscriptions_of_token(struct cx *cx, struct db *db, int64_t token_id, struct subscriptions *out)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_subscriptions_of_token, DB_ARGS(DB_I(token_id)), &rows);
    return r == RC_OK ? collect(cx, &rows, out) : r;
}

rc subscriptions_of_instance(struct cx *cx, struct db *db, int64_t instance_id,
                             struct subscriptions *out)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_subscriptions_of_instance, DB_ARGS(DB_I(instance_id)), &rows);
    return r == RC_OK ? collect(cx, &rows, out) : r;
}

/* ---- messages that are kept ---- */

#define MESSAGE_COLUMNS                                                                            \
    "id, name, key, msg_id, process, subject_id, instance_id, at_us, expires_us, vars, taken"
#define KEPT_FOR                                                                                   \
    " AND name = $1 AND taken = 0 AND expires_us > $2 AND (process = '' OR process = $3)"          \
    " AND (instance_id = 0 OR instance_id = $4)"
SQL(sql_message_by_key,
    "SELECT " MESSAGE_COLUMNS " FROM process_message WHERE site = $site" KEPT_FOR
    " AND key = $5 ORDER BY id LIMIT 1");
SQL(sql_message_by_subject,
    "SELECT " MESSAGE_COLUMNS " FROM process_message WHERE site = $site" KEPT_FOR
    " AND subject_id = $5 ORDER BY id LIMIT 1");
SQL(sql_message_known,
    "SELECT id FROM process_message WHERE site = $site AND name = $1"
    " AND msg_id = $2 AND msg_id <> '' AND expires_us > $3");
SQL(sql_message_forget,
    "DELETE FROM process_message WHERE site = $site AND name = $1"
    " AND msg_id = $2 AND msg_id <> ''");
SQL(sql_message_keep, "INSERT INTO process_message (site, " MESSAGE_COLUMNS
                      ") VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
SQL(sql_message_taken,
    "UPDATE process_message SET taken = 1, vars = '' WHERE site = $site AND id = $1");
SQL(sql_message_delete, "DELETE FROM process_message WHERE site = $site AND id = $1");
SQL(sql_messages_expired,
    "SELECT id, expires_us FROM process_message WHERE site = $site"
    " ORDER BY expires_us, id LIMIT $1");

rc message_find(struct cx *cx, struct db *db, const struct subscription *s,
                struct kept_message *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = s->key.len ? db_query(cx, db, &sql_message_by_key,
                                 DB_ARGS(DB_T(s->name), DB_I(cx->now_us), DB_T(s->process),
                                         DB_I(s->instance_id), DB_T(s->key)),
                                 &rows)
                      : db_query(cx, db, &sql_message_by_subject,
                                 DB_ARGS(DB_T(s->name), DB_I(cx->now_us), DB_T(s->process),
                                         DB_I(s->instance_id), DB_I(s->subject_id)),
                                 &rows);
    *found = false;
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r != RC_OK || !*found) return r;
    *out = (struct kept_message){.id = db_i64(&rows, 0),
                                 .name = db_text_dup(cx, &rows, 1),
                                 .key = db_text_dup(cx, &rows, 2),
                                 .msg_id = db_text_dup(cx, &rows, 3),
                                 .process = db_text_dup(cx, &rows, 4),
                                 .subject_id = db_i64(&rows, 5),
                                 .instance_id = db_i64(&rows, 6),
                                 .at_us = db_i64(&rows, 7),
                                 .expires_us = db_i64(&rows, 8),
                                 .vars = db_text_dup(cx, &rows, 9),
                                 .taken = db_i64(&rows, 10) != 0};
    return RC_OK;
}

rc message_known(struct cx *cx, struct db *db, str name, str msg_id, bool *known)
{
    DB_ROWS rows = {0};
    *known = false;
    if (!msg_id.len) return RC_OK;
    rc r = db_query(cx, db, &sql_message_known, DB_ARGS(DB_T(name), DB_T(msg_id), DB_I(cx->now_us)),
                    &rows);
    return r == RC_OK ? db_next(cx, &rows, known) : r;
}

rc message_keep(struct cx *cx, struct db *db, const struct kept_message *m)
{
    rc r = RC_OK;
    if (m->msg_id.len) /* one that has expired may still lie there */
        r = db_exec(cx, db, &sql_message_forget, DB_ARGS(DB_T(m->name), DB_T(m->msg_id)));
    if (r != RC_OK) return r;
    return db_exec(cx, db, &sql_message_keep,
                   DB_ARGS(DB_I(m->id), DB_T(m->name), DB_T(m->key), DB_T(m->msg_id),
                           DB_T(m->process), DB_I(m->subject_id), DB_I(m->instance_id),
                           DB_I(m->at_us), DB_I(m->expires_us), DB_T(m->vars), DB_I(m->taken)));
}

rc message_take(struct cx *cx, struct db *db, const struct kept_message *m)
{
    return db_exec(cx, db, m->msg_id.len ? &sql_message_taken : &sql_message_delete,
                   DB_ARGS(DB_I(m->id)));
}

rc messages_expire(struct cx *cx, struct db *db, int64_t most, int64_t *next_us)
{
    VEC(int64_t) gone = {0};
    bool more = false;
    *next_us = 0;
    rc r = RC_OK;
    {
        DB_ROWS rows = {0};
        r = db_query(cx, db, &sql_messages_expired, DB_ARGS(DB_I(most > 0 ? most : 1)), &rows);
        while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
            *next_us = db_i64(&rows, 1);
            if (*next_us > cx->now_us) break;
            *vec_add(cx->arena, &gone) = db_i64(&rows, 0);
            *next_us = cx->now_us; /* there may be more of them */
        }
    }
    if (r == RC_OK && gone.len < (size_t)most && *next_us <= cx->now_us) *next_us = 0;
    for (size_t i = 0; i < gone.len && r == RC_OK; i++)
        r = db_exec(cx, db, &sql_message_delete, DB_ARGS(DB_I(gone.at[i])));
    return r;
}

/* ---- starts by the clock ---- */

#define START_TIMER_COLUMNS "id, process, version, node, event, due_us, failures, rounds"
SQL(sql_start_timer_add, "INSERT INTO process_start_timer (site, " START_TIMER_COLUMNS
                         ") VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8)");
SQL(sql_start_timer_save,
    "UPDATE process_start_timer SET due_us = $2, failures = $3, rounds = $4"
    " WHERE site = $site AND id = $1");
SQL(sql_start_timer_delete, "DELETE FROM process_start_timer WHERE site = $site AND id = $1");
SQL(sql_start_timers_delete, "DELETE FROM process_start_timer WHERE site = $site AND process = $1");
SQL(sql_start_timer_first, "SELECT " START_TIMER_COLUMNS
                           " FROM process_start_timer WHERE site = $site"
                           " ORDER BY due_us, id LIMIT 1");

rc start_timer_add(struct cx *cx, struct db *db, const struct start_timer *s)
{
    const struct timer *t = &s->timer;
    return db_exec(cx, db, &sql_start_timer_add,
                   DB_ARGS(DB_I(t->id), DB_T(s->process), DB_I(s->version), DB_T(t->node_id),
                           DB_I(t->event), DB_I(t->due_us), DB_I(t->failures), DB_I(t->rounds)));
}

rc start_timer_save(struct cx *cx, struct db *db, const struct start_timer *s)
{
    const struct timer *t = &s->timer;
    return db_exec(cx, db, &sql_start_timer_save,
                   DB_ARGS(DB_I(t->id), DB_I(t->due_us), DB_I(t->failures), DB_I(t->rounds)));
}

rc start_timer_delete(struct cx *cx, struct db *db, const struct timer *t)
{
    rc r = t->failures ? incident_resolve(cx, db, t->id) : RC_OK;
    return r == RC_OK ? db_exec(cx, db, &sql_start_timer_delete, DB_ARGS(DB_I(t->id))) : r;
}

rc start_timers_delete(struct cx *cx, struct db *db, str process)
{
    rc r = db_exec(cx, db, &sql_incidents_of_starts, DB_ARGS(DB_T(process), DB_I(cx->now_us)));
    return r == RC_OK ? db_exec(cx, db, &sql_start_timers_delete, DB_ARGS(DB_T(process))) : r;
}

rc start_timer_first(struct cx *cx, struct db *db, struct start_timer *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_start_timer_first, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r != RC_OK || !*found) return r;
    *out = (struct start_timer){.process = db_text_dup(cx, &rows, 1), .version = db_i64(&rows, 2)};
    out->timer = (struct timer){.id = db_i64(&rows, 0),
                                .node_id = db_text_dup(cx, &rows, 3),
                                .event = db_i64(&rows, 4),
                                .due_us = db_i64(&rows, 5),
                                .failures = db_i64(&rows, 6),
                                .rounds = db_i64(&rows, 7)};
    return RC_OK;
}
