/* Elements become nodes and flows: every process of the file, and in each what stands in it, to any
 * depth.  What an element is to us stands in the table of element.c. */
#include "bpmn/read/draft.h"
#include "bpmn/read/element.h"

/* The next element of the tree in document order; NULL at its end. */
static struct xml *walk(struct xml *x)
{
    if (x->child) return x->child;
    while (x && !x->next)
        x = x->parent;
    return x ? x->next : NULL;
}

/* Every id of the file, once; model and diagram together, as xsd:ID wants. */
static void read_ids(struct draft *d)
{
    for (struct xml *x = d->definitions; x && !draft_full(d); x = walk(x)) {
        const struct xml_attr *id = xml_attr_find(x, (str){0}, STR("id"));
        const struct xml *first = id ? map_find(&d->ids, id->value) : NULL;
        bool theirs = x->ns.len && !str_eq(x->ns, NS_BPMN) && !str_eq(x->ns, NS_BPMNDI);
        if (!id || theirs) continue; /* in another vocabulary it need be no xsd:ID */
        if (!id->value.len || str_index(id->value, STR(" ")) != SIZE_MAX)
            draft_fault_at(d, x, id->pos, "bpmn.id", "编号不得为空，也不得含有空格",
                           "an id may not be empty or hold a space");
        else if (first)
            draft_fault_at(d, x, id->pos, "bpmn.duplicate-id",
                           "编号 \"" STR_FMT "\" 已在第 %u 行用于 " STR_FMT,
                           "the id \"" STR_FMT "\" was used in line %u for a " STR_FMT,
                           STR_ARG(id->value), first->pos.line, STR_ARG(first->name));
        else
            map_put(&d->ids, d->cx->arena, id->value, x);
    }
}

/* ---- where elements may stand ---- */

static unsigned place_of(const struct xml *x)
{
    const struct element *e = element_find(x->name);
    if (str_eq(x->name, STR("definitions"))) return IN_DEFINITIONS;
    if (str_eq(x->name, STR("process"))) return IN_PROCESS;
    if (!e) return 0;
    if (e->class == ELEMENT_FLOW) return IN_FLOW;
    if (e->class == ELEMENT_GLOBAL_TASK) return IN_DEPTH | IN_ACTIVITY;
    if (e->class != ELEMENT_NODE) return IN_DEPTH;
    if (e->kind >= BPMN_EXCLUSIVE) return IN_GATEWAY;
    if (!bpmn_is_activity(e->kind)) return IN_EVENT;
    return bpmn_is_scope(e->kind) ? IN_ACTIVITY | IN_SCOPE : IN_ACTIVITY;
}

/* Choreographies and conversations are drawings, vendors' elements their own affair. */
static bool is_free(const struct xml *x)
{
    for (; x; x = x->parent)
        if (str_eq(x->name, STR("choreography")) || str_eq(x->name, STR("subChoreography")) ||
            str_eq(x->name, STR("globalConversation")) || str_eq(x->name, STR("extensionElements")))
            return true;
    return false;
}

static void check_place(struct draft *d, const struct xml *x)
{
    const struct xml *in = x->parent;
    const struct element *e = element_find(x->name);
    unsigned place = place_of(in);
    if ((e && (e->places & place)) || is_free(in)) return;
    bool in_process = (place & (IN_PROCESS | IN_SCOPE)) != 0;
    if (in_process) {
        draft_fault(d, x, "bpmn.unknown-element", "流程中不能有元素 " STR_FMT,
                    "an element " STR_FMT " cannot stand in a process", STR_ARG(x->name));
    } else {
        draft_fault_at(d, in, x->pos, "bpmn.unknown-element", "这里不能有元素 " STR_FMT,
                       "an element " STR_FMT " cannot stand here", STR_ARG(x->name));
    }
    const struct xml_attr *id = xml_attr_find(x, (str){0}, STR("id"));
    if (id) map_put(&d->refused, d->cx->arena, id->value, d);
}

static void check_places(struct draft *d)
{
    for (struct xml *x = d->definitions->child; x && !draft_full(d); x = walk(x))
        if (str_eq(x->ns, NS_BPMN) && x->parent && str_eq(x->parent->ns, NS_BPMN))
            check_place(d, x);
}

/* ---- nodes ---- */

static struct bpmn_node *add_node(struct draft *d, const struct xml *x, str id, enum bpmn_kind kind)
{
    int index = d->model->node_count++;
    struct bpmn_node *n = &d->node[index];
    const struct xml *text = xml_child(x, NS_BPMN, STR("documentation"));
    d->node_xml[index] = x;
    *n = (struct bpmn_node){.id = id,
                            .name = str_trim(xml_attr(x, "name")),
                            .kind = kind,
                            .index = index,
                            .pos = x->pos,
                            .documentation = text ? text->text : (str){0},
                            .interrupting = true,
                            .starter_slot = -1,
                            .result_slot = -1,
                            .loop = {.maximum = -1, .element_slot = -1, .output_slot = -1},
                            .start_quantity = 1,
                            .completion_quantity = 1};
    map_put(&d->nodes, d->cx->arena, n->id, n);
    return n;
}

/* Its id, when it has one that no element has had before; else a fault was told. */
static bool id_of(struct draft *d, const struct xml *x, str *id)
{
    const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("id"));
    if (!a) draft_fault(d, x, "bpmn.id", "元素没有编号（id）", "the element has no id");
    if (!a || map_find(&d->nodes, a->value)) return false;
    *id = a->value;
    return true;
}

static void read_node_attributes(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    n->interrupting =
        draft_flag(x, n->kind == BPMN_START ? "isInterrupting" : "cancelActivity", true);
    n->parallel_multiple = draft_flag(x, "parallelMultiple", false);
    n->instantiate = draft_flag(x, "instantiate", false);
    n->gateway_parallel = str_eq(xml_attr(x, "eventGatewayType"), STR("Parallel"));
    if (n->kind == BPMN_AD_HOC) {
        n->ad_hoc_sequential = str_eq(xml_attr(x, "ordering"), STR("Sequential"));
        n->cancel_remaining = draft_flag(x, "cancelRemainingInstances", true);
        n->ad_hoc_manual = str_eq(draft_attr_text(x, "manual", NULL), STR("true"));
    }
    if (!bpmn_is_activity(n->kind)) return;
    if (n->kind == BPMN_SUB_PROCESS && draft_flag(x, "triggeredByEvent", false))
        n->kind = BPMN_EVENT_SUB_PROCESS;
    n->is_for_compensation = draft_flag(x, "isForCompensation", false);
    n->start_quantity = (int)draft_number(d, x, "startQuantity", 1, 1);
    n->completion_quantity = (int)draft_number(d, x, "completionQuantity", 1, 1);
}

static void read_body(struct draft *d, const struct xml *body, struct bpmn_node *parent);

static void read_node(struct draft *d, const struct xml *x, enum bpmn_kind kind,
                      struct bpmn_node *parent)
{
    str id;
    if (!id_of(d, x, &id)) return;
    struct bpmn_node *n = add_node(d, x, id, kind);
    n->parent = parent;
    n->process = parent->process;
    read_node_attributes(d, x, n);
    if (bpmn_is_scope(n->kind)) read_body(d, x, n);
}

static void read_flow(struct draft *d, const struct xml *x)
{
    int index = d->model->flow_count++;
    struct bpmn_flow *f = &d->flow[index];
    d->flow_xml[index] = x;
    f->id = xml_attr(x, "id");
    f->name = str_trim(xml_attr(x, "name"));
    f->index = index;
    f->pos = x->pos;
    if (!f->id.len) draft_fault(d, x, "bpmn.id", "元素没有编号（id）", "the element has no id");
}

/* Recursion is bounded by the depth of the XML. */
static void read_body(struct draft *d, const struct xml *body, struct bpmn_node *parent)
{
    for (const struct xml *x = body->child; x && !draft_full(d); x = x->next) {
        const struct element *e = str_eq(x->ns, NS_BPMN) ? element_find(x->name) : NULL;
        if (e && e->class == ELEMENT_NODE) read_node(d, x, e->kind, parent);
        if (e && e->class == ELEMENT_FLOW) read_flow(d, x);
    }
}

/* A global task as the process that holds just it; the task's id is made of the process's. */
static void read_global_task(struct draft *d, struct bpmn_node *process, enum bpmn_kind kind)
{
    const struct xml *x = d->node_xml[process->index];
    str id = arena_printf(d->cx->arena, STR_FMT ".task", STR_ARG(process->id));
    while (map_find(&d->ids, id))
        id = arena_printf(d->cx->arena, STR_FMT "_", STR_ARG(id));
    struct bpmn_node *n = add_node(d, x, id, kind);
    n->parent = n->process = process;
}

/* ---- processes ---- */

static bool is_process(const struct xml *x)
{
    const struct element *e = str_eq(x->ns, NS_BPMN) ? element_find(x->name) : NULL;
    return e && (e->class == ELEMENT_GLOBAL_TASK || str_eq(x->name, STR("process")));
}

static void read_processes(struct draft *d)
{
    int marked = 0;
    for (const struct xml *x = d->definitions->child; x && !draft_full(d); x = x->next) {
        str id;
        if (!is_process(x) || !id_of(d, x, &id)) continue;
        struct bpmn_node *n = add_node(d, x, id, BPMN_PROCESS);
        n->process = n;
        n->is_executable = draft_flag(x, "isExecutable", !str_eq(x->name, STR("process")));
        marked += xml_attr(x, "isExecutable").len > 0;
        d->model->process_count++;
    }
    for (int i = 0; i < d->model->process_count; i++) /* where none says anything, all are */
        if (!marked) d->node[i].is_executable = true;
    for (int i = 0; i < d->model->process_count && !draft_full(d); i++) {
        const struct element *e = element_find(d->node_xml[i]->name);
        if (e->class == ELEMENT_GLOBAL_TASK)
            read_global_task(d, &d->node[i], e->kind);
        else
            read_body(d, d->node_xml[i], &d->node[i]);
    }
}

/* How much it is the one people mean: 3 started by itself, 2 in another way, 1 by events only; 0 not
 * executable, -1 a global task. */
static int main_rank(const struct draft *d, const struct bpmn_node *process)
{
    int starts = 0, plain = 0;
    const struct xml *body = d->node_xml[process->index];
    if (!str_eq(body->name, STR("process"))) return -1;
    if (!process->is_executable) return 0;
    for (const struct xml *x = body->child; x; x = x->next) {
        if (!xml_is(x, NS_BPMN, STR("startEvent"))) continue;
        bool waits = false;
        for (const struct xml *c = x->child; c; c = c->next)
            waits = waits || draft_is_definition(c);
        starts++;
        plain += !waits;
    }
    return plain ? 3 : starts ? 1 : 2;
}

static const struct bpmn_node *main_process(const struct draft *d)
{
    const struct bpmn_node *best = &d->node[0];
    int best_rank = -2;
    for (int i = 0; i < d->model->process_count; i++) {
        int rank = main_rank(d, &d->node[i]);
        if (rank <= best_rank) continue;
        best = &d->node[i];
        best_rank = rank;
    }
    return best;
}

/* Nodes and flows of the file at most; a global task is two. */
static size_t count_elements(struct draft *d)
{
    size_t count = 0;
    for (struct xml *x = d->definitions; x; x = walk(x)) {
        const struct element *e = str_eq(x->ns, NS_BPMN) ? element_find(x->name) : NULL;
        if (e && e->class == ELEMENT_GLOBAL_TASK) count += 2;
        if (e && (e->class == ELEMENT_NODE || e->class == ELEMENT_FLOW)) count++;
        if (str_eq(x->name, STR("process"))) count++;
    }
    return count;
}

bool draft_read(struct draft *d)
{
    struct bpmn_model *m = d->model;
    if (!xml_is(d->definitions, NS_BPMN, STR("definitions"))) {
        draft_fault(
            d, d->definitions, "bpmn.not-bpmn", "根元素应为命名空间 " STR_FMT " 的 definitions",
            "the root element must be definitions of the namespace " STR_FMT, STR_ARG(NS_BPMN));
        return false;
    }
    read_ids(d);
    check_places(d);
    size_t count = count_elements(d);
    if (count > BPMN_NODES_MAX) {
        draft_fault(d, d->definitions, "bpmn.too-many", "流程有 %zu 个元素，最多 %d 个",
                    "the process has %zu elements, at most %d", count, BPMN_NODES_MAX);
        return false;
    }
    m->node = d->node = DRAFT_ARRAY(d, struct bpmn_node, count);
    m->flow = d->flow = DRAFT_ARRAY(d, struct bpmn_flow, count);
    d->node_xml = DRAFT_ARRAY(d, const struct xml *, count);
    d->flow_xml = DRAFT_ARRAY(d, const struct xml *, count);
    d->lane = DRAFT_ARRAY(d, const struct xml *, count);
    if (draft_full(d)) return false;
    read_processes(d);
    if (draft_full(d)) return false;
    if (!m->process_count) {
        draft_fault(d, d->definitions, "bpmn.no-process", "文件中没有流程（process）",
                    "there is no process in this file");
        return false;
    }
    m->process = main_process(d);
    m->id = m->process->id;
    m->name = m->process->name;
    d->process = d->node_xml[m->process->index];
    if (!m->process->is_executable && m->process_count == 1 && !d->how->open)
        draft_fault(d, d->process, "bpmn.not-executable",
                    "流程标为 isExecutable=\"false\"，不能运行",
                    "the process is isExecutable=\"false\" and cannot be run");
    return true;
}
