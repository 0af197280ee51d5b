/* What comes from outside: messages, signals, and that a subject's values have changed.  Inside an
 * operation of the host they are left for when the step rests. */
#include "bpmn/run/events.h"

rc bpmn_message(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_message *m,
                enum bpmn_delivered *how)
{
    struct run own;
    bool inside = t->e->run != NULL || t->e->delivering;
    *how = inside ? BPMN_KEPT : BPMN_NOT_DELIVERED;
    if (!m->name.len)
        return err_set(cx, RC_INVALID, "bpmn.message-name", "消息没有名称，应写明消息名称",
                       "the message has no name, expected the name of a message");
    run_init(&own, cx, t);
    struct delivery *d = run_deliver(&own, DELIVER_MESSAGE);
    d->message = *m;
    if (inside) return RC_OK;
    d->how = how;
    return run_rest(&own, RC_OK);
}

rc bpmn_signal(struct cx *cx, const struct bpmn_turn *t, str name, const struct json *variables,
               int64_t *count)
{
    struct run own;
    bool inside = t->e->run != NULL || t->e->delivering;
    *count = 0;
    run_init(&own, cx, t);
    struct delivery *d = run_deliver(&own, DELIVER_SIGNAL);
    d->name = name;
    d->variables = variables;
    if (inside) return RC_OK;
    d->count = count;
    return run_rest(&own, RC_OK);
}

rc bpmn_changed(struct cx *cx, const struct bpmn_turn *t, int64_t subject_id)
{
    struct run own;
    bool inside = t->e->run != NULL || t->e->delivering;
    run_init(&own, cx, t);
    struct delivery *d = run_deliver(&own, DELIVER_CHANGED);
    d->subject_id = subject_id;
    return inside ? RC_OK : run_rest(&own, RC_OK);
}
