/* Messages: which one, what it is found by beside its name, how long it is kept. */
#include "bpmn/read/draft.h"

/* Which property holds a message's key, and where a process has what it expects there: looked up once for
 * the file.  Keys of the map: the message's id; the process's and the property's with a space between. */
static void add_paths(struct draft *d, const struct bpmn_node *process)
{
    for (struct xml *s = d->node_xml[process->index]->child; s; s = s->next) {
        if (!xml_is(s, NS_BPMN, STR("correlationSubscription"))) continue;
        for (struct xml *b = s->child; b && !draft_full(d); b = b->next) {
            str property = draft_local(xml_attr(b, "correlationPropertyRef"));
            str key = arena_printf(d->cx->arena, STR_FMT " " STR_FMT, STR_ARG(process->id),
                                   STR_ARG(property));
            if (!map_find(&d->keys, key)) map_put(&d->keys, d->cx->arena, key, b);
        }
    }
}

void draft_read_keys(struct draft *d)
{
    for (struct xml *p = d->definitions->child; p && !draft_full(d); p = p->next) {
        if (!xml_is(p, NS_BPMN, STR("correlationProperty"))) continue;
        for (struct xml *r = p->child; r && !draft_full(d); r = r->next) {
            str message = draft_local(xml_attr(r, "messageRef"));
            if (message.len && !map_find(&d->keys, message))
                map_put(&d->keys, d->cx->arena, message, r);
        }
    }
    for (int i = 0; i < d->model->process_count && !draft_full(d); i++)
        add_paths(d, &d->node[i]);
}

/* What the process expects; for who sends, else what the message has. */
static void read_property(struct draft *d, const struct xml *x, struct bpmn_node *n,
                          const struct xml *message, struct bpmn_event *e)
{
    const struct xml *retrieval = map_find(&d->keys, xml_attr(message, "id"));
    if (!retrieval) return;
    str key = arena_printf(d->cx->arena, STR_FMT " " STR_FMT, STR_ARG(n->process->id),
                           STR_ARG(xml_attr(retrieval->parent, "id")));
    const struct xml *binding = map_find(&d->keys, key), *path = NULL;
    if (binding) path = xml_child(binding, NS_BPMN, STR("dataPath"));
    if (!path && !draft_catches(n)) path = xml_child(retrieval, NS_BPMN, STR("messagePath"));
    if (path && path->text.len) e->correlation = draft_compile_element(d, x, path, IS_ANYTHING);
}

/* What a message is found by beside its name. */
static void read_key(struct draft *d, const struct xml *x, struct bpmn_node *n,
                     const struct xml *message, struct bpmn_event *e)
{
    const struct xml *zeebe = message ? draft_extension(message, NS_ZEEBE, "subscription") : NULL;
    const struct xml *publish = draft_extension(x, NS_ZEEBE, "publishMessage");
    const struct xml_attr *a = zeebe ? xml_attr_find(zeebe, (str){0}, STR("correlationKey")) : NULL;
    if (!draft_catches(n) && publish) a = xml_attr_find(publish, (str){0}, STR("correlationKey"));
    if (n->kind == BPMN_START && n->parent->kind == BPMN_PROCESS) a = NULL;
    if (a) e->correlation = draft_compile(d, x, a->value, a->pos, IS_ANYTHING);
    if (message && !e->correlation) read_property(d, x, n, message, e);
}

static void read_ttl(struct draft *d, const struct xml *x, const struct xml_attr *a,
                     struct bpmn_event *e)
{
    struct feel_value v;
    bool fits = feel_temporal_parse(str_trim(a->value), &v) && v.kind == FEEL_DAYS_DURATION &&
                v.as.moment.day >= 0;
    if (fits)
        e->ttl_us = v.as.moment.day * US_PER_DAY + v.as.moment.nanosecond / 1000;
    else
        draft_fault_at(d, x, a->pos, "bpmn.ttl", "ttl=\"" STR_FMT "\" 应为 ISO 8601 时长，例如 P7D",
                       "ttl=\"" STR_FMT "\" must be an ISO 8601 duration like P7D",
                       STR_ARG(a->value));
}

/* The message of an operation: the one it takes. */
static const struct xml *operation_message(struct draft *d, const struct xml *definition)
{
    const struct xml *ref = xml_child(definition, NS_BPMN, STR("operationRef"));
    str name = ref ? ref->text : xml_attr(definition, "operationRef");
    const struct xml *operation = name.len ? draft_refer(d, name, "operation") : NULL;
    const struct xml *in = operation ? xml_child(operation, NS_BPMN, STR("inMessageRef")) : NULL;
    return in ? draft_refer(d, in->text, "message") : NULL;
}

/* definition: a messageEventDefinition, or the send or receive task itself. */
void draft_read_message(struct draft *d, const struct xml *x, const struct xml *definition,
                        struct bpmn_node *n, struct bpmn_event *e)
{
    bool given;
    const struct xml *message = draft_reference(d, x, definition, "messageRef", "message", &given);
    const struct xml_attr *key = draft_ours(definition, "key"),
                          *ttl = draft_ours(definition, "ttl");
    if (!message && !given) message = operation_message(d, definition);
    if (message) {
        draft_take_name(d, x, message, e);
    } else if (!given && d->how->open) {
        e->name = n->id;
        draft_warn(d, x, "bpmn.no-message", "没有说明是哪个消息，按元素编号收发",
                   "it does not say which message; it goes by the element's id");
    } else if (!given) {
        draft_fault_at(d, x, definition->pos, "bpmn.unknown-reference",
                       "没有说明是哪个消息，应有属性 messageRef，为某个 message 的编号",
                       "it does not say which message, expected messageRef, the id of one");
    }
    if (key)
        e->correlation = draft_compile(d, x, key->value, key->pos, IS_ANYTHING);
    else
        read_key(d, x, n, message, e);
    if (ttl) read_ttl(d, x, ttl, e);
}
