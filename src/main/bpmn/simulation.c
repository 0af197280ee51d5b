/* token-simulation.json: models that are stepped through by hand, their traces compared. */
#include "main/bpmn/simulation.h"

#include <stdio.h>

#include "main/bpmn/edit.h"

struct choice {
    str gateway;
    const struct json *take; /* ids of flows */
};
struct run {
    struct suite *suite;
    const struct json *test;
    struct world world;
    struct simulation_names names;
    struct names waits; /* elements that wait until they are triggered */
    VEC(struct choice) choices;
    struct trace trace;
    str failure; /* what a step said; empty: nothing */
    int number;  /* of the step */
};

/* ---- tasks: all pass at once, once, but those that are told to wait or get a message ---- */

static bool is_among(const struct names *list, str s)
{
    for (size_t i = 0; i < list->len; i++)
        if (str_eq(list->at[i], s)) return true;
    return false;
}

static str task_kind(void *owner, str local, str id, str body)
{
    static const char *const pass[] = {"userTask",   "serviceTask",      "scriptTask",
                                       "manualTask", "businessRuleTask", "callActivity"};
    const struct run *r = owner;
    const bool gets = map_find(&r->names.receives, id), gives = map_find(&r->names.sends, id);
    if (str_eq(local, STR("receiveTask"))) return (str){0};
    if (is_among(&r->waits, id)) return STR("userTask");
    if (gets != gives) return gets ? STR("receiveTask") : STR("sendTask");
    if (str_index(body, STR("LoopCharacteristics")) != SIZE_MAX) return STR("task");
    for (size_t i = 0; i < COUNTOF(pass); i++)
        if (str_eq(local, str_from(pass[i]))) return STR("task");
    return (str){0};
}

static void hear_trace(void *owner, const char *what, str element, int64_t scope)
{
    struct world *w = owner;
    struct run *r = w->owner;
    (void)scope;
    if (r->suite->verbose && !r->suite->json)
        printf("    %s " STR_FMT "\n", what, STR_ARG(element));
    trace_add(&w->life, w->model, &r->names, &r->trace, what, element);
}

static int flow_index(const struct bpmn_node *node, str id)
{
    for (int i = 0; i < node->out_count; i++)
        if (str_eq(node->out[i]->id, id)) return i;
    return -1;
}

/* The flows a gateway is told to take; an exclusive, inclusive or complex one that is told nothing: the
 * first. */
static int choose(void *owner, const struct bpmn_node *node, int *taken, int most)
{
    const struct world *w = owner;
    const struct run *r = w->owner;
    int count = 0;
    for (size_t i = r->choices.len; i > 0; i--) {
        const struct choice *c = &r->choices.at[i - 1];
        if (!str_eq(c->gateway, node->id)) continue;
        for (const struct json *f = c->take->child; f && count < most; f = f->next) {
            const int index = flow_index(node, f->text);
            if (index >= 0) taken[count++] = index;
        }
        return count;
    }
    if (node->kind != BPMN_EXCLUSIVE && node->kind != BPMN_INCLUSIVE && node->kind != BPMN_COMPLEX)
        return -1;
    if (node->out_count && most) taken[count++] = 0;
    return count;
}

/* ---- beginning ---- */

static rc load(struct run *r, str file)
{
    struct world *w = &r->world;
    struct cx cx = {.arena = &w->life, .lang = w->cx.lang, .now_us = w->cx.now_us};
    const struct bpmn_load how = {.variables = feel_scope_new(&w->life), .open = true};
    str xml;
    rc code = suite_file(r->suite, &cx, file, &xml);
    if (code == RC_OK) code = simulation_names(&cx, xml, &r->names);
    if (code == RC_OK)
        code = bpmn_load(&cx, edit_tasks(&w->life, xml, task_kind, r), file, &how, &w->model);
    if (code == RC_OK) code = world_open(w);
    if (code != RC_OK && cx.err.slug) (void)err_copy(&w->cx, &cx.err);
    return code;
}

/* ---- steps ---- */

static bool starts_process(const struct bpmn_node *n)
{
    return n->kind == BPMN_PROCESS ||
           (n->kind == BPMN_START && n->parent && n->parent->kind == BPMN_PROCESS);
}

/* What a step names: a node, a participant for its process, a message flow for where it leads. */
static const struct bpmn_node *node_of(const struct run *r, str id)
{
    const struct bpmn_model *m = r->world.model;
    const str *process = map_find(&r->names.process_of, id);
    for (int i = 0; i < m->message_flow_count; i++)
        if (str_eq(m->message_flow[i].id, id)) return m->message_flow[i].to;
    return bpmn_node_find(m, process ? *process : id);
}

static rc happen(struct run *r, str id)
{
    struct world *w = &r->world;
    const struct bpmn_node *n = node_of(r, id);
    if (!n)
        return err_set(&w->cx, RC_MISSING, "conformance.element", "模型中没有“" STR_FMT "”",
                       "the model has no \"" STR_FMT "\"", STR_ARG(id));
    if (starts_process(n) || n->instantiate) return world_start(w, n->id, NULL);
    return world_trigger(w, n->id);
}

/* All that were told to wait and do. */
static void release(struct run *r)
{
    for (size_t i = 0; i < r->waits.len; i++)
        if (happen(r, r->waits.at[i]) != RC_OK) err_clear(&r->world.cx);
}

static void add_choice(struct run *r, const struct json *step)
{
    const struct json *take = json_find(step, STR("take"));
    if (take)
        *vec_add(&r->world.life, &r->choices) =
            (struct choice){.gateway = json_text(step, STR("element")), .take = take};
}

static bool expect(struct run *r, const struct json *step, struct suite_line *line)
{
    struct arena *a = &r->world.life;
    struct trace expected;
    trace_expected(a, r->world.model, &r->names, json_find(step, STR("trace")), &expected);
    const bool good = trace_equal(&r->trace, &expected, a);
    line->got = trace_text(a, &r->trace);
    line->expected = trace_text(a, &expected);
    r->trace = (struct trace){0};
    return good;
}

static void run_steps(struct run *r, struct suite_line *line, bool *good)
{
    const struct json *steps = json_find(r->test, STR("steps"));
    for (const struct json *s = steps ? steps->child : NULL; s && *good; s = s->next) {
        const str op = json_text(s, STR("op")), element = json_text(s, STR("element"));
        rc code = RC_OK;
        r->number++;
        if (str_eq(op, STR("gateway"))) add_choice(r, s);
        if (str_eq(op, STR("trigger")) && !element.len)
            release(r);
        else if (str_eq(op, STR("trigger")) || str_eq(op, STR("signal")))
            code = happen(r, element);
        if (str_eq(op, STR("expect_trace"))) *good = expect(r, s, line);
        if (code == RC_OK) continue;
        *good = false;
        line->got = suite_error(&r->world.life, &r->world.cx.err);
        line->expected =
            arena_printf(&r->world.life, STR_FMT " " STR_FMT, STR_ARG(op), STR_ARG(element));
    }
}

static void find_waits(struct run *r)
{
    const struct json *steps = json_find(r->test, STR("steps"));
    for (const struct json *s = steps ? steps->child : NULL; s; s = s->next)
        if (str_eq(json_text(s, STR("op")), STR("wait_at")))
            *vec_add(&r->world.life, &r->waits) = json_text(s, STR("element"));
}

static rc run_test(struct suite *s, const struct json *test)
{
    struct run r = {.suite = s, .test = test};
    str id, file;
    bool good;
    rc code = suite_text(s->cx, test, "id", &id);
    if (code == RC_OK) code = suite_text(s->cx, test, "file", &file);
    if (code != RC_OK) return code;
    world_init(&r.world, s->cx->lang);
    struct suite_line line = {.expected = STR("a model that runs")};
    r.world.owner = &r;
    r.world.host.trace = hear_trace;
    r.world.host.route = choose;
    r.world.host.errors_may_be_lost = true;
    r.world.host.errors_may_be_lost = true; /* as the simulator shows it */
    find_waits(&r);
    good = load(&r, file) == RC_OK;
    if (good)
        run_steps(&r, &line, &good);
    else
        line.got = suite_error(&r.world.life, &r.world.cx.err);
    line.test =
        arena_printf(&r.world.life, "token-simulation/" STR_FMT " step %d", STR_ARG(id), r.number);
    if (json_is(json_find(test, STR("skip")), JSON_TRUE))
        line.why = STR("its own suite leaves it out");
    suite_tell(s, &line, good);
    world_close(&r.world);
    return RC_OK;
}

rc simulation_run(struct suite *s, const struct json *tests)
{
    rc r = RC_OK;
    const struct json *list = json_find(tests, STR("tests"));
    for (const struct json *t = list ? list->child : NULL; t && r == RC_OK; t = t->next)
        if (suite_wants(s, "token-simulation", json_text(t, STR("id")))) r = run_test(s, t);
    return r;
}
