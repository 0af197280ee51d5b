/* FEEL as a token sees it: the host's values, the outcome, counters, the message that is being caught,
 * and the variables of its scopes, the nearest first.  Only what an expression reads is looked up. */
#include "bpmn/run/run.h"

static rc host_values(struct run *r)
{
    const struct bpmn_host *h = &r->e->host;
    if (r->values || !r->model->host_slots) return RC_OK;
    return h->variables(h->owner, r->cx, r->db, r->model, r->instance.subject_id, &r->values);
}

/* The body whose rounds are counted: at itself, or of the round that is nearest around it. */
static const struct token *counted(const struct token *at, int64_t *loop)
{
    for (; at; at = at->parent) {
        if (at->role == TOKEN_BODY) {
            *loop = at->made;
            return at;
        }
        if (at->role == TOKEN_ROUND) {
            *loop = at->index;
            return at->parent;
        }
    }
    return NULL;
}

static struct feel_value counter(const struct run *r, const struct token *at, int nth)
{
    int64_t loop = 0;
    enum bpmn_counter which = nth == 0 ? BPMN_COUNTER_LOOP : (enum bpmn_counter)((nth + 1) / 2);
    if (which == BPMN_COUNTER_ACTIVATION) return feel_int(r->activation);
    const struct token *body = counted(at, &loop);
    if (!body) return feel_null();
    switch (which) {
    case BPMN_COUNTER_LOOP: return feel_int(loop);
    case BPMN_COUNTER_TOTAL: return feel_int(body->total);
    case BPMN_COUNTER_ACTIVE: return feel_int(body->made - body->done - body->broken);
    case BPMN_COUNTER_COMPLETED: return feel_int(body->done);
    default: return feel_int(body->broken);
    }
}

static rc slot_value(struct run *r, const struct token *at, int slot, struct feel_value *out)
{
    const struct bpmn_model *m = r->model;
    *out = feel_null();
    if (slot < m->host_slots) {
        rc result = host_values(r);
        if (result == RC_OK) *out = r->values[slot];
        return result;
    }
    if (slot == m->outcome_slot) {
        if (r->outcome.len) *out = feel_string(r->outcome);
    } else if (slot >= m->first_counter && slot < m->first_counter + BPMN_COUNTER_SLOTS) {
        *out = counter(r, at, slot - m->first_counter);
    } else if (slot == m->message_slot) {
        return r->message ? feel_value_from_json(r->cx, r->message, out) : RC_OK;
    } else if (slot >= m->first_variable) {
        const struct feel_value *v = var_get(at, slot - m->first_variable);
        if (v) *out = *v;
        if (r->state_slot && slot == r->state_slot - 1) *out = feel_boolean(r->waiting_for_start);
    }
    return RC_OK;
}

rc run_eval(struct run *r, struct token *at, const struct feel_expr *e, struct feel_value *out)
{
    const struct feel_value *constant = feel_expr_constant(e);
    rc result = RC_OK;
    if (constant) {
        *out = *constant;
        return RC_OK;
    }
    if (!r->slot) r->slot = NEWS(r->cx->arena, struct feel_value, (size_t)r->model->slot_count + 1);
    for (int i = 0; i < r->model->slot_count && result == RC_OK; i++)
        if (feel_expr_uses_slot(e, i)) result = slot_value(r, at, i, &r->slot[i]);
    if (result != RC_OK) return result;
    struct feel_run eval = {.cx = r->cx, .slot = r->slot};
    return feel_eval(&eval, e, out);
}

void run_set(struct run *r, struct token *from, int slot, const struct feel_value *v)
{
    const struct bpmn_model *m = r->model;
    int variable = slot - m->first_variable;
    if (slot < m->first_variable || variable >= m->variable_count) return;
    struct token *home = var_home(from, m, variable);
    var_set(r->cx, m, home, variable, v);
    if (home == r->root) r->instance_changed = true;
}

rc run_map(struct run *r, struct token *from, const struct bpmn_mappings *m, struct token *into)
{
    rc result = RC_OK;
    for (int i = 0; i < m->count && result == RC_OK; i++) {
        struct feel_value v;
        if (!m->at[i].value) continue;
        result = run_eval(r, from, m->at[i].value, &v);
        if (result == RC_OK) run_set(r, into, m->at[i].slot, &v);
    }
    return result;
}

rc run_map_local(struct run *r, struct token *t, const struct bpmn_mappings *m)
{
    rc result = RC_OK;
    for (int i = 0; i < m->count && result == RC_OK; i++) {
        struct feel_value v;
        int variable = m->at[i].slot - r->model->first_variable;
        if (!m->at[i].value || variable < 0) continue;
        result = run_eval(r, t, m->at[i].value, &v);
        if (result == RC_OK) var_set(r->cx, r->model, t, variable, &v);
    }
    return result;
}
