/* The rows of tasks, of the people they name, and of what was done with them. */
#include "bpmn/run/state.h"

SQL(sql_task_load, "SELECT " TASK_COLUMNS " FROM task WHERE site = $site AND id = $1");
SQL(sql_tasks_of_token, "SELECT " TASK_COLUMNS
                        " FROM task WHERE site = $site AND token_id = $1"
                        " AND (state = 'open' OR state = 'waiting') ORDER BY id");
SQL(sql_task_add,
    "INSERT INTO task (site, " TASK_COLUMNS
    ") VALUES"
    " ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,"
    " $19, $20, $21, $22, $23, $24)");
SQL(sql_task_save,
    "UPDATE task SET node = $2, role = $3, org = $4, claimed_by = $5, due = $6, state = $7,"
    " done_by = $8, outcome = $9, done_us = $10, version = $11, kind = $12, owner = $13,"
    " weight = $14, urged = $15, draft = $16, picked = $17 WHERE site = $site AND id = $1");

static rc node_of(struct cx *cx, const struct bpmn_host *host, struct db *db,
                  const struct bpmn_task *t, str id, const struct bpmn_node **out)
{
    const struct bpmn_model *m = NULL;
    rc r = host->model(host->owner, cx, db, t->process, t->version, &m);
    *out = m ? bpmn_node_find(m, id) : NULL;
    if (r != RC_OK || *out) return r;
    struct bpmn_node *gone = NEW(cx->arena, struct bpmn_node);
    *gone = (struct bpmn_node){.id = id, .name = id, .kind = BPMN_USER_TASK, .index = -1};
    *out = gone;
    return RC_OK;
}

rc task_of_row(struct cx *cx, const struct bpmn_host *host, struct db *db,
               const struct db_rows *rows, struct bpmn_task *out)
{
    str node = db_text_dup(cx, rows, 4);
    *out =
        (struct bpmn_task){.id = db_i64(rows, 0),
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
                           .done_us = db_is_null(rows, 13) ? 0 : db_i64(rows, 13),
                           .token_id = db_i64(rows, 14),
                           .version = db_i64(rows, 15),
                           .parent_id = db_i64(rows, 16),
                           .kind = (enum bpmn_task_kind)db_i64(rows, 17),
                           .owner = db_text_dup(cx, rows, 18),
                           .weight = db_i64(rows, 19),
                           .urged = db_i64(rows, 20),
                           .draft = db_text_dup(cx, rows, 21),
                           .picked = db_i64(rows, 22),
                           .started_by = db_text_dup(cx, rows, 23)};
    return node_of(cx, host, db, out, node, &out->node);
}

rc task_load(struct cx *cx, struct db *db, const struct bpmn_host *host, int64_t id,
             struct bpmn_task *out)
{
    DB_ROWS rows = {0};
    bool found = false;
    *out = (struct bpmn_task){0};
    rc r = db_query(cx, db, &sql_task_load, DB_ARGS(DB_I(id)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &found);
    return r == RC_OK && found ? task_of_row(cx, host, db, &rows, out) : r;
}

rc tasks_of_token(struct cx *cx, struct db *db, const struct bpmn_host *host, int64_t token_id,
                  struct bpmn_task **out, size_t *count)
{
    VEC(struct bpmn_task) list = {0};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_tasks_of_token, DB_ARGS(DB_I(token_id)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        r = task_of_row(cx, host, db, &rows, vec_add(cx->arena, &list));
    *out = list.at;
    *count = list.len;
    return r;
}

static int64_t due_of(const struct bpmn_task *t)
{
    return t->due == DAY_NONE ? DUE_NONE : t->due;
}

rc task_add(struct cx *cx, struct db *db, const struct bpmn_task *t)
{
    return db_exec(cx, db, &sql_task_add,
                   DB_ARGS(DB_I(t->id), DB_I(t->instance_id), DB_I(t->subject_id), DB_T(t->process),
                           DB_T(t->node->id), DB_T(t->role), DB_T(t->org), DB_T(t->claimed_by),
                           DB_I(t->created_us), DB_I(due_of(t)), DB_T(t->state), DB_T(t->done_by),
                           DB_T(t->outcome), t->done_us ? DB_I(t->done_us) : DB_N,
                           DB_I(t->token_id), DB_I(t->version), DB_I(t->parent_id), DB_I(t->kind),
                           DB_T(t->owner), DB_I(t->weight), DB_I(t->urged), DB_T(t->draft),
                           DB_I(t->picked), DB_T(t->started_by)));
}

rc task_save(struct cx *cx, struct db *db, const struct bpmn_task *t)
{
    rc r = db_exec(cx, db, &sql_task_save,
                   DB_ARGS(DB_I(t->id), DB_T(t->node->id), DB_T(t->role), DB_T(t->org),
                           DB_T(t->claimed_by), DB_I(due_of(t)), DB_T(t->state), DB_T(t->done_by),
                           DB_T(t->outcome), t->done_us ? DB_I(t->done_us) : DB_N, DB_I(t->version),
                           DB_I(t->kind), DB_T(t->owner), DB_I(t->weight), DB_I(t->urged),
                           DB_T(t->draft), DB_I(t->picked)));
    return r == RC_OK && t->picked ? persons_follow(cx, db, t) : r;
}

/* ---- people ---- */

#define PERSON_COLUMNS "task_id, user_code, kind, instance_id, at_us, read_us, due, is_open"
SQL(sql_person_add, "INSERT INTO task_person (site, " PERSON_COLUMNS
                    ") VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8)"
                    " ON CONFLICT (site, task_id, user_code, kind) DO NOTHING");
SQL(sql_persons_follow,
    "UPDATE task_person SET due = $2, is_open = $3 WHERE site = $site"
    " AND task_id = $1 AND kind <> 'copy'");
SQL(sql_persons_of_task, "SELECT " PERSON_COLUMNS
                         " FROM task_person WHERE site = $site"
                         " AND task_id = $1 ORDER BY at_us, user_code, kind");
SQL(sql_person_delete,
    "DELETE FROM task_person WHERE site = $site AND task_id = $1"
    " AND user_code = $2 AND kind = $3");
SQL(sql_person_read,
    "UPDATE task_person SET read_us = $3 WHERE site = $site AND task_id = $1"
    " AND user_code = $2 AND read_us = 0");

rc person_add(struct cx *cx, struct db *db, const struct task_person *p)
{
    return db_exec(cx, db, &sql_person_add,
                   DB_ARGS(DB_I(p->task_id), DB_T(p->user), DB_T(p->kind), DB_I(p->instance_id),
                           DB_I(p->at_us), DB_I(p->read_us), DB_I(p->due), DB_I(p->open)));
}

rc persons_follow(struct cx *cx, struct db *db, const struct bpmn_task *t)
{
    return db_exec(cx, db, &sql_persons_follow,
                   DB_ARGS(DB_I(t->id), DB_I(due_of(t)), DB_I(str_eq(t->state, STR("open")))));
}

rc persons_of_task(struct cx *cx, struct db *db, int64_t task_id, struct task_persons *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_persons_of_task, DB_ARGS(DB_I(task_id)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) = (struct task_person){.task_id = db_i64(&rows, 0),
                                                        .user = db_text_dup(cx, &rows, 1),
                                                        .kind = db_text_dup(cx, &rows, 2),
                                                        .instance_id = db_i64(&rows, 3),
                                                        .at_us = db_i64(&rows, 4),
                                                        .read_us = db_i64(&rows, 5),
                                                        .due = db_i64(&rows, 6),
                                                        .open = db_i64(&rows, 7) != 0};
    return r;
}

rc person_delete(struct cx *cx, struct db *db, int64_t task_id, str user, str kind)
{
    return db_exec(cx, db, &sql_person_delete, DB_ARGS(DB_I(task_id), DB_T(user), DB_T(kind)));
}

rc person_read(struct cx *cx, struct db *db, int64_t task_id, str user)
{
    return db_exec(cx, db, &sql_person_read, DB_ARGS(DB_I(task_id), DB_T(user), DB_I(cx->now_us)));
}

/* ---- acts ---- */

#define ACTION_COLUMNS                                                                             \
    "id, instance_id, task_id, at_us, act, actor, on_behalf_of, to_user, reason, from_node, to_node"
SQL(sql_action_add, "INSERT INTO task_action (site, " ACTION_COLUMNS
                    ") VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
SQL(sql_actions, "SELECT " ACTION_COLUMNS
                 " FROM task_action WHERE site = $site AND instance_id = $1 ORDER BY id");

rc action_add(struct cx *cx, struct db *db, const struct task_action *a)
{
    return db_exec(cx, db, &sql_action_add,
                   DB_ARGS(DB_I(a->id), DB_I(a->instance_id), DB_I(a->task_id), DB_I(a->at_us),
                           DB_T(a->act), DB_T(a->actor), DB_T(a->on_behalf_of), DB_T(a->to_user),
                           DB_T(a->reason), DB_T(a->from_node), DB_T(a->to_node)));
}

rc actions_of_instance(struct cx *cx, struct db *db, int64_t instance_id, struct task_actions *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_actions, DB_ARGS(DB_I(instance_id)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) = (struct task_action){.id = db_i64(&rows, 0),
                                                        .instance_id = db_i64(&rows, 1),
                                                        .task_id = db_i64(&rows, 2),
                                                        .at_us = db_i64(&rows, 3),
                                                        .act = db_text_dup(cx, &rows, 4),
                                                        .actor = db_text_dup(cx, &rows, 5),
                                                        .on_behalf_of = db_text_dup(cx, &rows, 6),
                                                        .to_user = db_text_dup(cx, &rows, 7),
                                                        .reason = db_text_dup(cx, &rows, 8),
                                                        .from_node = db_text_dup(cx, &rows, 9),
                                                        .to_node = db_text_dup(cx, &rows, 10)};
    return r;
}
