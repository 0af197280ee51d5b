/* Where the tokens of an instance stand and what they passed, as JSON. */
#include "base/json.h"
#include "base/map.h"
#include "bpmn/query.h"
#include "bpmn/run/run.h"

struct marking {
    struct cx *cx;
    const struct bpmn_model *model;
    struct tokens tokens;
    struct map flows, passed; /* id → anything */
    VEC(str) passed_order;
    struct jw *out;
};

static const struct bpmn_flow *flow_find(const struct bpmn_model *m, str id)
{
    for (int i = 0; i < m->flow_count; i++)
        if (str_eq(m->flow[i].id, id)) return &m->flow[i];
    return NULL;
}

static void note_passed(struct marking *m, str node)
{
    if (map_find(&m->passed, node)) return;
    map_put(&m->passed, m->cx->arena, node, m);
    *(str *)vec_add(m->cx->arena, &m->passed_order) = node;
}

/* Flows in the order they were first taken; what they leave was passed. */
static void write_flows(struct marking *m)
{
    jw_key(m->out, STR("flows"));
    jw_array(m->out);
    for (size_t i = 0; i < m->tokens.len; i++) {
        str rest = m->tokens.at[i]->path;
        while (rest.len) {
            str id = str_cut(rest, ' ', &rest);
            if (map_find(&m->flows, id)) continue;
            map_put(&m->flows, m->cx->arena, id, m);
            jw_str(m->out, id);
            const struct bpmn_flow *f = m->model ? flow_find(m->model, id) : NULL;
            if (f) note_passed(m, f->from->id);
        }
        const struct token *t = m->tokens.at[i];
        if (t->state == TOKEN_ENDED) note_passed(m, t->node_id);
    }
    jw_end(m->out, ']');
}

static void write_nodes(struct marking *m)
{
    jw_key(m->out, STR("nodes"));
    jw_array(m->out);
    for (size_t i = 0; i < m->tokens.len; i++) {
        const struct token *t = m->tokens.at[i];
        struct buf from = {.arena = m->cx->arena}, to = {.arena = m->cx->arena};
        us_write(&from, t->entered_us);
        if (t->left_us) us_write(&to, t->left_us);
        jw_object(m->out);
        jw_kstr(m->out, "id", t->node_id);
        jw_kstr(m->out, "name", t->node ? t->node->name : t->node_id);
        /* What is kept for compensation has left, for who looks at it. */
        jw_kstr(m->out, "state", token_state_name(t->state == TOKEN_KEPT ? TOKEN_LEFT : t->state));
        if (t->done_by.len) jw_kstr(m->out, "by", t->done_by);
        jw_kstr(m->out, "from", buf_str(&from));
        if (t->left_us) jw_kstr(m->out, "to", buf_str(&to));
        jw_end(m->out, '}');
    }
    jw_end(m->out, ']');
}

static void write_marking(struct marking *m, const struct instance *instance)
{
    if (instance) {
        jw_ki64(m->out, "instance", instance->id);
    } else {
        jw_key(m->out, STR("instance"));
        jw_null(m->out);
    }
    jw_kstr(m->out, "state", instance ? instance->state : STR("none"));
    jw_key(m->out, STR("tokens"));
    jw_array(m->out);
    for (size_t i = 0; i < m->tokens.len; i++)
        if (m->tokens.at[i]->state == TOKEN_WAITING) jw_str(m->out, m->tokens.at[i]->node_id);
    jw_end(m->out, ']');
    write_flows(m);
    jw_key(m->out, STR("passed"));
    jw_array(m->out);
    for (size_t i = 0; i < m->passed_order.len; i++)
        jw_str(m->out, m->passed_order.at[i]);
    jw_end(m->out, ']');
    write_nodes(m);
}

static rc write_of(struct cx *cx, struct bpmn_engine *e, struct db *db,
                   const struct instance *instance, struct buf *out)
{
    struct jw w = {.out = out};
    struct marking m = {.cx = cx, .out = &w};
    rc r = RC_OK;
    if (instance) {
        r = e->host.model(e->host.owner, cx, db, instance->process, instance->version, &m.model);
        if (r == RC_OK) r = tokens_load_all(cx, db, m.model, instance->id, &m.tokens);
    }
    if (r != RC_OK) return r;
    jw_object(&w);
    write_marking(&m, instance);
    jw_end(&w, '}');
    return RC_OK;
}

rc bpmn_marking_write(struct cx *cx, struct bpmn_engine *e, struct db *db, str process,
                      int64_t subject_id, struct buf *out)
{
    struct instance instance;
    bool found = false;
    rc r = instance_latest(cx, db, process, subject_id, &instance, &found);
    return r == RC_OK ? write_of(cx, e, db, found ? &instance : NULL, out) : r;
}

rc bpmn_instance_marking_write(struct cx *cx, struct bpmn_engine *e, struct db *db,
                               int64_t instance_id, struct buf *out)
{
    struct instance instance;
    bool found = false;
    rc r = instance_load(cx, db, instance_id, &instance, &found);
    return r == RC_OK ? write_of(cx, e, db, found ? &instance : NULL, out) : r;
}
