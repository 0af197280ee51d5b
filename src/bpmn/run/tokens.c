/* The rows of tokens: read when an instance is opened, written when its run rests. */
#include "bpmn/run/state.h"

static const char *const state_name[TOKEN_STATE_COUNT] = {"waiting", "kept", "left", "cancelled",
                                                          "ended"};

#define TOKEN_COLUMNS                                                                              \
    "id, scope_id, node, flow, state, outcome, path, entered_us, left_us, done_by, timers,"        \
    " subscriptions, role, cause, kept_id, idx, total, made, done, broken, counter, ord, called,"  \
    " stopped_us, got, vars, heard, undo_by, back"
enum { COLUMNS = 30 }; /* with the instance's id */
SQL(sql_tokens, "SELECT " TOKEN_COLUMNS
                " FROM process_token WHERE site = $site AND instance_id = $1"
                " AND ($2 = 1 OR state = 'waiting' OR state = 'kept') ORDER BY id");
SQL(sql_token_add,
    "INSERT INTO process_token (site, " TOKEN_COLUMNS
    ", instance_id)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
    " $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)");
SQL(sql_token_save,
    "UPDATE process_token SET state = $2, left_us = $3, done_by = $4, timers = $5,"
    " subscriptions = $6, outcome = $7, cause = $8, kept_id = $9, idx = $10, total = $11,"
    " made = $12, done = $13, broken = $14, counter = $15, ord = $16, called = $17,"
    " stopped_us = $18, got = $19, role = $20, node = $21, heard = $22,"
    " undo_by = $23 WHERE site = $site AND id = $1");
SQL(sql_token_vars, "UPDATE process_token SET vars = $2 WHERE site = $site AND id = $1");

static enum token_state state_of(str name)
{
    for (int i = 0; i < TOKEN_STATE_COUNT; i++)
        if (str_eq(name, str_from(state_name[i]))) return (enum token_state)i;
    return TOKEN_LEFT;
}

str token_state_name(enum token_state s)
{
    return str_from(state_name[s]);
}

static void token_read(struct cx *cx, const struct db_rows *rows, struct token *t)
{
    t->id = db_i64(rows, 0);
    t->node_id = db_text_dup(cx, rows, 2);
    t->flow = db_text_dup(cx, rows, 3);
    t->state = state_of(db_text(rows, 4));
    t->outcome = db_text_dup(cx, rows, 5);
    t->path = db_text_dup(cx, rows, 6);
    t->entered_us = db_i64(rows, 7);
    t->left_us = db_is_null(rows, 8) ? 0 : db_i64(rows, 8);
    t->done_by = db_text_dup(cx, rows, 9);
    t->timers = db_i64(rows, 10);
    t->subscriptions = db_i64(rows, 11);
    t->role = (enum token_role)db_i64(rows, 12);
    t->cause = db_i64(rows, 13);
    t->kept_id = db_i64(rows, 14);
    t->index = db_i64(rows, 15);
    t->total = db_i64(rows, 16);
    t->made = db_i64(rows, 17);
    t->done = db_i64(rows, 18);
    t->broken = db_i64(rows, 19);
    t->counter = db_i64(rows, 20);
    t->order = db_i64(rows, 21);
    t->called = db_i64(rows, 22);
    t->stopped_us = db_i64(rows, 23);
    t->got = (uint64_t)db_i64(rows, 24);
    t->heard = (uint64_t)db_i64(rows, 26);
    t->undo_by = db_i64(rows, 27);
    t->back = db_text_dup(cx, rows, 28);
}

/* By id; ascending in `t`, as rows come. */
static struct token *find(const struct tokens *t, int64_t id)
{
    size_t low = 0, high = t->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->at[middle]->id == id) return t->at[middle];
        if (t->at[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct load {
    struct cx *cx;
    struct db *db;
    const struct bpmn_model *model;
    int64_t instance_id;
    struct token *root;
    bool all;
};

/* What is kept may stand in a scope that has left: an event sub-process. */
static struct token *gone(struct cx *cx, const struct load *l, int64_t id)
{
    struct token *t = NEW(cx->arena, struct token);
    *t = (struct token){.id = id, .parent = l->root, .state = TOKEN_LEFT};
    return t;
}

static rc load(const struct load *l, struct tokens *out)
{
    struct cx *cx = l->cx;
    VEC(int64_t) scopes = {0};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, l->db, &sql_tokens, DB_ARGS(DB_I(l->instance_id), DB_I(l->all)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        if (!l->all && out->len >= BPMN_TOKENS_MAX)
            return err_set(cx, RC_LIMIT, "bpmn.tokens", "流程实例 %" PRId64 " 的令牌超过 %d 个",
                           "the process instance %" PRId64 " has more than %d tokens",
                           l->instance_id, BPMN_TOKENS_MAX);
        struct token *t = NEW(cx->arena, struct token);
        *vec_add(cx->arena, out) = t;
        token_read(cx, &rows, t);
        *vec_add(cx->arena, &scopes) = db_i64(&rows, 1);
        t->node = l->model ? bpmn_node_find(l->model, t->node_id) : NULL;
        str vars = l->model ? db_text_dup(cx, &rows, 25) : (str){0};
        if (vars.len) r = vars_read(cx, l->model, vars, t);
    }
    for (size_t i = 0; i < out->len && r == RC_OK; i++) {
        struct token *t = out->at[i];
        t->parent = scopes.at[i] ? find(out, scopes.at[i]) : l->root;
        if (!t->parent) t->parent = gone(cx, l, scopes.at[i]);
    }
    return r;
}

rc tokens_load(struct cx *cx, struct db *db, const struct bpmn_model *model,
               const struct instance *i, struct token *root, struct tokens *out)
{
    const struct load l = {cx, db, model, i->id, root, false};
    root->timers = i->timers;
    root->subscriptions = i->subscriptions;
    root->got = i->got;
    root->stopped_us = i->stopped_us;
    rc r = model && i->vars.len ? vars_read(cx, model, i->vars, root) : RC_OK;
    return r == RC_OK ? load(&l, out) : r;
}

rc tokens_load_all(struct cx *cx, struct db *db, const struct bpmn_model *model,
                   int64_t instance_id, struct tokens *out)
{
    const struct load l = {cx, db, model, instance_id, NULL, true};
    return load(&l, out);
}

/* ---- writing ---- */

static void insert_values(struct cx *cx, const struct bpmn_model *m, int64_t instance_id,
                          const struct token *t, struct db_val *v)
{
    const struct db_val all[COLUMNS] = {
        DB_I(t->id),
        DB_I(t->parent ? t->parent->id : 0),
        DB_T(t->node_id),
        DB_T(t->flow),
        DB_T(token_state_name(t->state)),
        DB_T(t->outcome),
        DB_T(t->path),
        DB_I(t->entered_us),
        t->left_us ? DB_I(t->left_us) : DB_N,
        DB_T(t->done_by),
        DB_I(t->timers),
        DB_I(t->subscriptions),
        DB_I(t->role),
        DB_I(t->cause),
        DB_I(t->kept_id),
        DB_I(t->index),
        DB_I(t->total),
        DB_I(t->made),
        DB_I(t->done),
        DB_I(t->broken),
        DB_I(t->counter),
        DB_I(t->order),
        DB_I(t->called),
        DB_I(t->stopped_us),
        DB_I((int64_t)t->got),
        DB_T(m && t->var ? vars_write(cx->arena, m, t) : (str){0}),
        DB_I((int64_t)t->heard),
        DB_I(t->undo_by),
        DB_T(t->back),
        DB_I(instance_id),
    };
    memcpy(v, all, sizeof all);
}

static rc update(struct cx *cx, struct db *db, const struct bpmn_model *m, const struct token *t)
{
    rc r = db_exec(
        cx, db, &sql_token_save,
        DB_ARGS(DB_I(t->id), DB_T(token_state_name(t->state)), t->left_us ? DB_I(t->left_us) : DB_N,
                DB_T(t->done_by), DB_I(t->timers), DB_I(t->subscriptions), DB_T(t->outcome),
                DB_I(t->cause), DB_I(t->kept_id), DB_I(t->index), DB_I(t->total), DB_I(t->made),
                DB_I(t->done), DB_I(t->broken), DB_I(t->counter), DB_I(t->order), DB_I(t->called),
                DB_I(t->stopped_us), DB_I((int64_t)t->got), DB_I(t->role), DB_T(t->node_id),
                DB_I((int64_t)t->heard), DB_I(t->undo_by)));
    if (r != RC_OK || !t->vars_changed || !m || !t->var) return r;
    return db_exec(cx, db, &sql_token_vars,
                   DB_ARGS(DB_I(t->id), DB_T(vars_write(cx->arena, m, t))));
}

rc tokens_save(struct cx *cx, struct db *db, const struct bpmn_model *model, int64_t instance_id,
               const struct tokens *t)
{
    size_t fresh = 0, n = 0;
    rc r = RC_OK;
    for (size_t i = 0; i < t->len && r == RC_OK; i++) {
        struct token *k = t->at[i];
        fresh += k->is_new;
        if (!k->is_new && (k->is_changed || k->vars_changed)) r = update(cx, db, model, k);
    }
    if (r != RC_OK || !fresh) return r;
    struct db_val *v = arena_try(cx->arena, fresh * COLUMNS, sizeof *v);
    if (!v)
        return err_set(cx, RC_LIMIT, "bpmn.memory", "流程一次所走的步骤占用内存过多",
                       "the steps of the process in one go take too much memory");
    for (size_t i = 0; i < t->len; i++)
        if (t->at[i]->is_new) insert_values(cx, model, instance_id, t->at[i], v + n++ * COLUMNS);
    for (size_t i = 0; i < t->len; i++)
        t->at[i]->is_new = t->at[i]->is_changed = t->at[i]->vars_changed = false;
    if (fresh == 1) return db_exec(cx, db, &sql_token_add, v, COLUMNS);
    return db_exec_rows(cx, db, &sql_token_add, v, COLUMNS, fresh);
}
