/* Business rule tasks that decide: which decision, where each of its inputs comes from (a parameter of
 * the task, else the field of that name or title), into which fields its value goes. */
#include "app/load.h"
#include "feel/type.h"

struct deciding {
    struct step_place step;
    const struct app_process *p;
    struct app_rule_task *task;
    VEC(str) purpose;
};

static bool may_be(const struct feel_type *have, const struct feel_type *want)
{
    return feel_type_fits(have, want) || feel_type_fits(want, have);
}

static str type_said(struct loader *l, const struct feel_type *t)
{
    struct buf b = {.arena = l->cx->arena};
    feel_type_write(&b, t);
    return buf_str(&b);
}

/* ---- inputs ---- */

static int param_named(const struct bpmn_node *n, str name)
{
    for (int i = 0; i < n->param_count; i++)
        if (!n->param[i].is_field && str_eq(n->param[i].name, name)) return i;
    return -1;
}

/* By its name, else by what people call it. */
static int field_called(const struct app_type *t, str name)
{
    const int found = field_find(t, name);
    for (int i = 0; found < 0 && i < t->field_count; i++)
        if (str_eq(t->field[i].title.zh, name) || str_eq(t->field[i].title.en, name)) return i;
    return found;
}

static void purpose_add(struct deciding *g, const struct app_field *f)
{
    if (!f->private_for.len) return;
    for (size_t i = 0; i < g->purpose.len; i++)
        if (str_eq(g->purpose.at[i], f->private_for)) return;
    *vec_add(g->step.l->cx->arena, &g->purpose) = f->private_for;
}

static void type_check(const struct deciding *g, const struct app_input *in,
                       const struct feel_type *have)
{
    if (!have || may_be(have, in->type)) return;
    fault_step(&g->step, "app.rule-task-type", "输入的类型与决策的声明不符",
               "of another type is the input", in->name);
    mend(g->step.l, "决策要的是 " STR_FMT "，这里给的是 " STR_FMT,
         "the decision expects " STR_FMT ", here it is " STR_FMT,
         STR_ARG(type_said(g->step.l, in->type)), STR_ARG(type_said(g->step.l, have)));
}

/* Where one input comes from. */
static int source_find(struct deciding *g, const struct app_input *in)
{
    const struct app_type *t = g->p->type;
    const int param = param_named(g->step.node, in->name), field = field_called(t, in->name);
    if (param >= 0) {
        const struct feel_expr *e = g->step.node->param[param].value;
        if (!e) return -1 - param; /* reported where it was compiled */
        for (int i = 0; i < t->field_count; i++)
            if (feel_expr_uses_slot(e, i)) purpose_add(g, &t->field[i]);
        type_check(g, in, feel_expr_type(e));
        return -1 - param;
    }
    if (field >= 0) {
        purpose_add(g, &t->field[field]);
        type_check(g, in, feel_type_of_field(g->step.l->cx->arena, &t->field[field]));
        return field;
    }
    fault_step(&g->step, "app.rule-task-input", "没有给出决策需要的输入",
               "the decision needs an input that is not given,", in->name);
    mend(g->step.l, "加上 <bihuan:param name=\"" STR_FMT "\" value=\"…\"/>，或用同名的字段",
         "add <bihuan:param name=\"" STR_FMT "\" value=\"…\"/>, or have a field of that name",
         STR_ARG(in->name));
    return -1;
}

static bool is_input(const struct app_decision *d, str name)
{
    for (int i = 0; i < d->input_count; i++)
        if (str_eq(d->input[i].name, name)) return true;
    return false;
}

/* A parameter that is no input is a mistyped one. */
static void params_check(const struct deciding *g)
{
    const struct app_decision *d = g->task->decision;
    str *known = NEWS(g->step.l->cx->arena, str, (size_t)d->input_count + 1);
    for (int i = 0; i < d->input_count; i++)
        known[i] = d->input[i].name;
    for (int i = 0; i < g->step.node->param_count; i++) {
        const struct bpmn_param *p = &g->step.node->param[i];
        if (!p->is_field && is_input(d, p->name)) continue;
        fault_step(&g->step, "app.rule-task-param",
                   p->is_field ? "决策任务用 bihuan:result 而不用 bihuan:set 写字段"
                               : "决策没有输入",
                   p->is_field ? "a decision's value goes by bihuan:result, not by bihuan:set,"
                               : "the decision has no input",
                   p->name);
        if (!p->is_field) mend_nearest(g->step.l, p->name, known, (size_t)d->input_count);
    }
}

static void inputs_find(struct deciding *g)
{
    const struct app_decision *d = g->task->decision;
    int *source = NEWS(g->step.l->cx->arena, int, (size_t)d->input_count + 1);
    g->task->source = source;
    for (int i = 0; i < d->input_count; i++)
        source[i] = source_find(g, &d->input[i]);
    params_check(g);
}

/* ---- where the value goes ---- */

/* The type of what goes into the field; NULL after a fault. */
static const struct feel_type *result_type(const struct deciding *g, str member)
{
    const struct feel_type *whole = g->task->decision->element->type;
    if (!whole) whole = feel_type_of_kind(FEEL_ANY);
    if (!member.len) return whole;
    if (whole->kind != FEEL_CONTEXT || whole->open) return feel_type_of_kind(FEEL_ANY);
    const struct feel_type *t = type_member(whole, member);
    if (t) return t;
    fault_step(&g->step, "app.rule-task-result", "决策的结果里没有", "the decision's value has no",
               member);
    str *known = NEWS(g->step.l->cx->arena, str, whole->count + 1);
    for (size_t i = 0; i < whole->count; i++)
        known[i] = whole->member[i].name;
    mend_nearest(g->step.l, member, known, whole->count);
    return NULL;
}

static bool result_fits(const struct deciding *g, const struct app_field *f,
                        const struct feel_type *have)
{
    const struct feel_type *want = feel_type_of_field(g->step.l->cx->arena, f);
    if (f->derive) {
        fault_step(&g->step, "app.rule-task-result", "推算字段不能由决策写", "derived is the field",
                   f->name);
        return false;
    }
    if (may_be(have, want)) return true;
    fault_step(&g->step, "app.rule-task-result", "决策的结果放不进字段",
               "the decision's value does not fit the field", f->name);
    mend(g->step.l, "字段是 " STR_FMT "，结果是 " STR_FMT,
         "the field is " STR_FMT ", the value " STR_FMT, STR_ARG(type_said(g->step.l, want)),
         STR_ARG(type_said(g->step.l, have)));
    return false;
}

static void results_find(struct deciding *g)
{
    const struct app_type *t = g->p->type;
    struct app_result *out =
        NEWS(g->step.l->cx->arena, struct app_result, (size_t)t->field_count + 1);
    str *known = NEWS(g->step.l->cx->arena, str, (size_t)t->field_count);
    for (int i = 0; i < t->field_count; i++)
        known[i] = t->field[i].name;
    g->task->result = out;
    for (str rest = g->step.node->result; rest.len;) {
        str member, one = str_cut(rest, ',', &rest), name = str_trim(str_cut(one, ':', &member));
        member = str_trim(member);
        const int field = field_find(t, name);
        if (field < 0) {
            fault_step(&g->step, "app.process-field", "类型没有字段", "its type has no field",
                       name);
            mend_nearest(g->step.l, name, known, (size_t)t->field_count);
            continue;
        }
        const struct feel_type *have = result_type(g, member);
        if (!have || !result_fits(g, &t->field[field], have)) continue;
        if (g->task->result_count < t->field_count)
            out[g->task->result_count++] = (struct app_result){.field = field, .member = member};
    }
}

void rule_tasks_load(struct loader *l, int app, struct app_process *p, str source)
{
    struct app_rule_task *task =
        NEWS(l->cx->arena, struct app_rule_task, (size_t)p->model->node_count);
    p->rule_task = task;
    for (int i = 0; i < p->model->node_count; i++) {
        const struct bpmn_node *n = &p->model->node[i];
        if (n->kind != BPMN_BUSINESS_RULE_TASK || !n->decision.len) continue;
        struct deciding g = {

            .step = {l, n, source}, .p = p, .task = &task[p->rule_task_count]};
        *g.task =
            (struct app_rule_task){.node = n, .decision = decision_named(l, app, n->decision)};
        if (!g.task->decision) {
            fault_step(&g.step, "app.rule-task-decision", "没有决策", "there is no decision",
                       n->decision);
            size_t count;
            const str *known = decision_names(l, app, &count);
            mend_nearest(l, n->decision, known, count);
            continue;
        }
        inputs_find(&g);
        results_find(&g);
        g.task->purpose = g.purpose.at;
        g.task->purpose_count = (int)g.purpose.len;
        p->rule_task_count++;
    }
}
