/* For tests only: a made-up city as host: its records are four variables, its operations are noted.
 * Part of test.h, which includes what it needs. */
#pragma once

#include "bpmn/engine.h"
#include "bpmn/query.h"

#define XML_HEAD                                                                                   \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'"                             \
    " xmlns:b='https://bihuan.org/bpmn/1' id='defs'>\n"
#define XML_TAIL "</process>\n</definitions>\n"
/* A process from its elements, which begin in line 3. */
#define PROCESS(body)      XML_HEAD "<process id='p' name='督办' isExecutable='true'>\n" body XML_TAIL
#define FLOW(id, from, to) "<sequenceFlow id='" id "' sourceRef='" from "' targetRef='" to "'/>\n"
#define FLOW_IF(id, from, to, condition)                                                           \
    "<sequenceFlow id='" id "' sourceRef='" from "' targetRef='" to                                \
    "'><conditionExpression>" condition "</conditionExpression></sequenceFlow>\n"

static inline struct feel_scope *test_scope(struct arena *a)
{
    struct feel_scope *s = feel_scope_new(a);
    (void)feel_scope_add(s, STR("amount"), feel_type_of_kind(FEEL_NUMBER));
    (void)feel_scope_add(s, STR("lead"), feel_type_of_kind(FEEL_STRING));
    (void)feel_scope_add(s, STR("due"), feel_type_of_kind(FEEL_DATE));
    (void)feel_scope_add(s, STR("status"), feel_type_of_kind(FEEL_STRING));
    return s;
}

/* ---- a world ---- */

enum { MODELS_MAX = 64 };
struct world {
    struct fixture f;   /* what lives as long as the world */
    struct arena arena; /* of one command */
    struct cx cx;       /* of one command; now_us is the clock */
    struct findings findings;
    str url; /* of the database */
    struct db *db;
    struct bpmn_engine *e;
    struct bpmn_ids ids;
    struct bpmn_host host;
    int64_t last_id;
    const struct bpmn_model *model[MODELS_MAX]; /* the newest last */
    str model_name[MODELS_MAX];
    int model_count;
    bool open;        /* models may use names nobody has declared */
    bool newest_only; /* older versions are lost */
    int64_t amount;
    str lead, status;
    day_t due;
    struct buf log; /* what the host was told, one line each */
    bool log_events, log_trace, fail;
    str send;                 /* operation "send" gives this message */
    str error;                /* the next operation throws it, once */
    struct feel_value result; /* of operations */
    str agent;                /* stands in for everybody */
};

static inline int64_t world_next_id(void *owner)
{
    struct world *w = owner;
    return ++w->last_id;
}

static inline rc world_variables(void *owner, struct cx *cx, struct db *db,
                                 const struct bpmn_model *m, int64_t subject_id,
                                 const struct feel_value **out)
{
    (void)db, (void)m, (void)subject_id;
    const struct world *w = owner;
    struct feel_value *v = NEWS(cx->arena, struct feel_value, 4);
    v[0] = feel_int(w->amount);
    v[1] = feel_string(w->lead);
    v[2] = w->due == DAY_NONE ? feel_null() : feel_date(w->due);
    v[3] = feel_string(w->status);
    *out = v;
    return RC_OK;
}

/* Inside a step: the engine gives it to whom it is for when the run rests. */
static inline rc world_send(struct world *w, struct cx *cx, struct db *db, int64_t subject_id)
{
    const struct bpmn_turn t = {.e = w->e, .db = db, .ids = &w->ids, .actor = STR("system")};
    const struct bpmn_message m = {.name = w->send, .subject_id = subject_id};
    enum bpmn_delivered how;
    return bpmn_message(cx, &t, &m, &how);
}

static inline rc world_operation(void *owner, struct cx *cx, struct db *db,
                                 const struct bpmn_step *step, struct feel_value *result)
{
    struct world *w = owner;
    const struct bpmn_node *node = step->node;
    const struct feel_value *value;
    str what = node->operation.len ? node->operation : node->script_text;
    buf_printf(&w->log, "%s" STR_FMT, w->log.len ? " " : "", STR_ARG(what));
    rc r = bpmn_param_values(cx, w->e, node, &value);
    for (int i = 0; i < node->param_count && r == RC_OK; i++) {
        buf_printf(&w->log, " %s" STR_FMT "=", node->param[i].is_field ? "." : "",
                   STR_ARG(node->param[i].name));
        feel_value_text(&w->log, &value[i]);
        if (str_eq(node->param[i].name, STR("status")))
            w->status = arena_dup(&w->f.arena, feel_str(&value[i]));
    }
    *result = w->result;
    if (r == RC_OK && w->send.len) r = world_send(w, cx, db, step->subject_id);
    if (r == RC_OK && w->error.len) {
        str code = w->error;
        w->error = (str){0};
        return bpmn_error(cx, code, STR("as agreed"));
    }
    if (r == RC_OK && w->fail)
        r = err_set(cx, RC_INVALID, "test.fail", "说好的失败", "it fails as agreed");
    return r;
}

static inline rc world_event(void *owner, struct cx *cx, struct db *db, const char *what,
                             const struct bpmn_step *step, const struct bpmn_task *task)
{
    (void)cx, (void)db, (void)task;
    struct world *w = owner;
    if (!w->log_events) return RC_OK;
    buf_printf(&w->log, "%s%s", w->log.len ? " " : "", what);
    if (step->node) buf_printf(&w->log, ":" STR_FMT, STR_ARG(step->node->id));
    return RC_OK;
}

static inline void world_trace(void *owner, const char *what, str element, int64_t scope)
{
    (void)scope;
    struct world *w = owner;
    if (w->log_trace)
        buf_printf(&w->log, "%s%s:" STR_FMT, w->log.len ? " " : "", what, STR_ARG(element));
}

static inline rc world_model(void *owner, struct cx *cx, struct db *db, str process,
                             int64_t version, const struct bpmn_model **out)
{
    (void)cx, (void)db;
    const struct world *w = owner;
    *out = NULL;
    for (int i = w->model_count; i-- > 0 && !*out;) {
        bool fits = !version || w->newest_only || w->model[i]->version == version;
        if (fits && str_eq(w->model_name[i], process)) *out = w->model[i];
    }
    return RC_OK;
}

static inline bool world_starts_by(const struct bpmn_model *m, enum bpmn_event_kind kind, str name)
{
    for (int i = 0; i < m->node_count; i++) {
        const struct bpmn_node *n = &m->node[i];
        bool top = n->parent && n->parent->kind == BPMN_PROCESS;
        bool begins = top && (n->kind == BPMN_START || n->instantiate ||
                              (n->in_count == 1 && n->in[0]->from->instantiate));
        for (int k = 0; begins && k < n->event_count; k++)
            if (n->event[k].kind == kind && str_eq(n->event[k].name, name)) return true;
    }
    return false;
}

static inline rc world_starters(void *owner, struct cx *cx, struct db *db,
                                enum bpmn_event_kind kind, str name, struct names *out)
{
    const struct world *w = owner;
    for (int i = 0; i < w->model_count; i++) {
        const struct bpmn_model *newest = NULL;
        (void)!world_model(owner, cx, db, w->model_name[i], 0, &newest);
        if (newest == w->model[i] && world_starts_by(newest, kind, name))
            *(str *)vec_add(cx->arena, out) = w->model_name[i];
    }
    return RC_OK;
}

/* Everybody's head is the boss, theirs the chief. */
static inline rc world_head(void *owner, struct cx *cx, struct db *db, str user, int64_t levels,
                            struct bpmn_users *out)
{
    (void)owner, (void)db, (void)user;
    if (levels < 2) *(str *)vec_add(cx->arena, out) = levels ? STR("chief") : STR("boss");
    return RC_OK;
}

static inline rc world_agent(void *owner, struct cx *cx, struct db *db, str user, str process,
                             str *out)
{
    (void)cx, (void)db, (void)user, (void)process;
    *out = ((const struct world *)owner)->agent;
    return RC_OK;
}
