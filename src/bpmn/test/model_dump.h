/* For tests only: a model as text, everything that was read, one thing a line. */
#pragma once

#include "base/buf.h"
#include "bpmn/model.h"

static inline void dump_expr(struct buf *b, const char *label, const struct feel_expr *e)
{
    if (!e) return;
    const struct feel_value *v = feel_expr_constant(e);
    buf_printf(b, " %s=", label);
    if (v)
        feel_value_write(b, v);
    else
        feel_type_write(b, feel_expr_type(e));
}

static inline void dump_str(struct buf *b, const char *label, str s)
{
    if (s.len) buf_printf(b, " %s=" STR_FMT, label, STR_ARG(s));
}

static inline void dump_int(struct buf *b, const char *label, int64_t n, int64_t usual)
{
    if (n != usual) buf_printf(b, " %s=%" PRId64, label, n);
}

static inline void dump_flag(struct buf *b, const char *label, bool set)
{
    if (set) buf_printf(b, " %s", label);
}

static inline void dump_slot(struct buf *b, const struct bpmn_model *m, const char *label, int slot)
{
    if (slot >= m->first_variable)
        buf_printf(b, " %s=$" STR_FMT, label, STR_ARG(m->variable[slot - m->first_variable].name));
    else
        dump_int(b, label, slot, -1);
}

static inline void dump_mappings(struct buf *b, const struct bpmn_model *m, const char *label,
                                 const struct bpmn_mappings *list)
{
    for (int i = 0; i < list->count; i++) {
        const struct bpmn_mapping *p = &list->at[i];
        buf_printf(b, "\n      %s " STR_FMT, label, STR_ARG(p->name));
        dump_slot(b, m, "in", p->slot);
        dump_expr(b, "value", p->value);
    }
}

static inline void dump_event(struct buf *b, const struct bpmn_model *m, const char *label,
                              const struct bpmn_event *e)
{
    static const char *const unit[] = {"feel", "cycle", "working-days", "working-hours"};
    if (!e) return;
    buf_printf(b, "\n    %s %s", label, bpmn_event_kind_name(e->kind));
    dump_str(b, "id", e->id);
    dump_str(b, "name", e->name);
    dump_expr(b, "name-value", e->name_value);
    dump_expr(b, "condition", e->condition);
    dump_expr(b, "key", e->correlation);
    if (e->kind == BPMN_EVENT_TIMER) dump_str(b, "unit", str_from(unit[e->timer.unit]));
    dump_expr(b, "time", e->timer.value);
    dump_flag(b, "from-due", e->timer.from_due);
    dump_int(b, "catch-up", e->timer.catch_up, 0);
    dump_int(b, "ttl", e->ttl_us, 0);
    if (e->target) dump_str(b, "target", e->target->id);
    dump_flag(b, "does-not-wait", !e->wait_for_completion);
    dump_slot(b, m, "code-in", e->variable_slot);
    dump_mappings(b, m, "payload", &e->payload);
}

static inline void dump_loop(struct buf *b, const struct bpmn_model *m, const struct bpmn_loop *l)
{
    static const char *const kind[] = {"", "standard", "sequential", "parallel"};
    static const char *const behavior[] = {"all", "none", "one", "complex"};
    static const char *const vote[] = {"", "all", "any", "ratio", "weight"};
    if (!l->kind) return;
    buf_printf(b, "\n    loop %s", kind[l->kind]);
    dump_expr(b, "condition", l->condition);
    dump_flag(b, "test-before", l->test_before);
    dump_int(b, "maximum", l->maximum, -1);
    dump_expr(b, "cardinality", l->cardinality);
    dump_expr(b, "collection", l->collection);
    dump_slot(b, m, "element", l->element_slot);
    dump_slot(b, m, "output", l->output_slot);
    dump_expr(b, "collects", l->output);
    dump_expr(b, "completion", l->completion);
    if (l->behavior) dump_str(b, "behavior", str_from(behavior[l->behavior]));
    dump_str(b, "vote", str_from(vote[l->vote]));
    dump_expr(b, "share", l->vote_share);
    dump_event(b, m, "one", l->one);
    dump_event(b, m, "none", l->none);
    for (int i = 0; i < l->complex_count; i++) {
        dump_event(b, m, "complex", l->complex[i].event);
        dump_expr(b, "when", l->complex[i].condition);
    }
}

static inline void dump_people(struct buf *b, const struct bpmn_people *p)
{
    static const char *const nobody[] = {"", "pass", "refuse", "to"};
    static const char *const starter[] = {"", "skip", "head"};
    static const char *const again[] = {"", "skip", "skip-next"};
    dump_str(b, "role", p->role);
    dump_expr(b, "org", p->org);
    dump_expr(b, "assignee", p->assignee);
    dump_expr(b, "candidates", p->candidates);
    dump_expr(b, "head", p->head);
    dump_expr(b, "weight", p->weight);
    dump_str(b, "nobody", str_from(nobody[p->nobody]));
    dump_str(b, "to", p->nobody_to);
    dump_str(b, "starter", str_from(starter[p->starter]));
    dump_str(b, "again", str_from(again[p->again]));
    dump_expr(b, "copy", p->copy);
}

static inline void dump_task(struct buf *b, const struct bpmn_model *m, const struct bpmn_node *n)
{
    dump_str(b, "format", n->script_format);
    dump_str(b, "text", n->script_text);
    dump_expr(b, "script", n->script);
    dump_slot(b, m, "result", n->result_slot);
    dump_str(b, "calls", n->called);
    dump_expr(b, "calls-value", n->called_value);
    dump_expr(b, "key", n->called_key);
    dump_str(b, "version", n->called_version);
    dump_flag(b, "all-in", n->call_all_in);
    dump_flag(b, "all-out", n->call_all_out);
    dump_str(b, "topic", n->topic);
    dump_expr(b, "priority", n->priority);
    dump_people(b, &n->people);
    dump_expr(b, "due", n->due);
    for (int i = 0; i < n->form_field_count; i++)
        dump_str(b, "field", n->form_field[i]);
    for (int i = 0; i < n->required_field_count; i++)
        dump_str(b, "required", n->required_field[i]);
    for (int i = 0; i < n->outcome_count; i++)
        buf_printf(b, " outcome=" STR_FMT ":" STR_FMT, STR_ARG(n->outcome[i]),
                   STR_ARG(n->outcome_title[i]));
    for (int i = 0; i < n->form_slot_count; i++)
        dump_slot(b, m, "fills", n->form_slot[i]);
    dump_str(b, "form", n->form_key);
    dump_flag(b, "stops-clock", n->stops_clock);
    dump_str(b, "operation", n->operation);
    dump_str(b, "decision", n->decision);
    dump_str(b, "into", n->result);
    for (int i = 0; i < n->param_count; i++) {
        buf_printf(b, "\n      %s " STR_FMT, n->param[i].is_field ? "set" : "param",
                   STR_ARG(n->param[i].name));
        dump_expr(b, "value", n->param[i].value);
    }
}

static inline void dump_node(struct buf *b, const struct bpmn_model *m, const struct bpmn_node *n)
{
    buf_printf(b, "  %s " STR_FMT, bpmn_kind_name(n->kind), STR_ARG(n->id));
    dump_str(b, "name", n->name);
    if (n->parent) dump_str(b, "inside", n->parent->id);
    dump_str(b, "lane", n->lane);
    dump_str(b, "documentation", n->documentation);
    for (int i = 0; i < n->in_count; i++)
        dump_str(b, i ? "," : "in", n->in[i]->id);
    for (int i = 0; i < n->out_count; i++)
        dump_str(b, i ? "," : "out", n->out[i]->id);
    if (n->default_flow) dump_str(b, "default", n->default_flow->id);
    dump_flag(b, "executable", n->is_executable);
    dump_flag(b, "by-event", n->kind == BPMN_EVENT_SUB_PROCESS);
    dump_flag(b, "parallel-multiple", n->parallel_multiple);
    dump_flag(b, "beside", !n->interrupting);
    dump_flag(b, "instantiates", n->instantiate);
    dump_flag(b, "parallel", n->gateway_parallel);
    if (n->attached_to) dump_str(b, "on", n->attached_to->id);
    if (n->start_event) dump_str(b, "start", n->start_event->id);
    dump_slot(b, m, "starter-in", n->starter_slot);
    dump_flag(b, "sequential", n->ad_hoc_sequential);
    dump_flag(b, "cancels-rest", n->cancel_remaining);
    dump_flag(b, "manual", n->ad_hoc_manual);
    dump_expr(b, "completion", n->completion);
    dump_int(b, "takes", n->start_quantity, 1);
    dump_int(b, "gives", n->completion_quantity, 1);
    dump_flag(b, "for-compensation", n->is_for_compensation);
    if (n->compensated_by) dump_str(b, "undone-by", n->compensated_by->id);
    dump_task(b, m, n);
    dump_mappings(b, m, "input", &n->input);
    dump_mappings(b, m, "output", &n->output);
    dump_loop(b, m, &n->loop);
    for (int i = 0; i < n->event_count; i++)
        dump_event(b, m, "event", &n->event[i]);
    buf_char(b, '\n');
}

static inline void model_dump(struct buf *b, const struct bpmn_model *m)
{
    buf_printf(b, "model " STR_FMT, STR_ARG(m->id));
    dump_str(b, "name", m->name);
    dump_str(b, "ttl", m->time_to_live);
    dump_str(b, "tag", m->tag);
    buf_char(b, '\n');
    for (int i = 0; i < m->node_count; i++)
        dump_node(b, m, &m->node[i]);
    for (int i = 0; i < m->flow_count; i++) {
        const struct bpmn_flow *f = &m->flow[i];
        buf_printf(b, "  flow " STR_FMT " " STR_FMT " -> " STR_FMT, STR_ARG(f->id),
                   STR_ARG(f->from->id), STR_ARG(f->to->id));
        dump_expr(b, "if", f->condition);
        buf_char(b, '\n');
    }
    for (int i = 0; i < m->message_flow_count; i++) {
        const struct bpmn_message_flow *f = &m->message_flow[i];
        buf_printf(b, "  message flow " STR_FMT " " STR_FMT " -> " STR_FMT "\n", STR_ARG(f->id),
                   STR_ARG(f->from ? f->from->id : STR("-")),
                   STR_ARG(f->to ? f->to->id : STR("-")));
    }
    for (int i = 0; i < m->variable_count; i++) {
        const struct bpmn_variable *v = &m->variable[i];
        buf_printf(b, "  variable " STR_FMT " in " STR_FMT ": ", STR_ARG(v->name),
                   STR_ARG(v->scope->id));
        feel_type_write(b, v->type);
        dump_str(b, "title", v->title);
        dump_expr(b, "initial", v->initial);
        dump_flag(b, "searched", v->searched);
        dump_flag(b, "asked", v->asked);
        buf_char(b, '\n');
    }
    for (int i = 0; i < m->join_count; i++) {
        buf_printf(b, "  join " STR_FMT, STR_ARG(m->join[i]->id));
        for (int k = 0; k < m->node_count; k++) {
            uint64_t mask = m->reach[(size_t)i * (size_t)m->node_count + (size_t)k];
            if (mask) buf_printf(b, " " STR_FMT ":%" PRIx64, STR_ARG(m->node[k].id), mask);
        }
        buf_char(b, '\n');
    }
    for (int i = 0; i < m->warning_count; i++)
        buf_printf(b, "  warning %s " STR_FMT "\n", m->warning[i].slug,
                   STR_ARG(m->warning[i].detail));
}
