/* Repeated activities: the standard's loop and its multi-instance, with the attributes of widespread
 * engines, and votes of countersigned tasks. */
#include "bpmn/read/draft.h"

static void read_standard(struct draft *d, const struct xml *x, struct bpmn_loop *loop,
                          const struct xml *l)
{
    const struct xml *condition = xml_child(l, NS_BPMN, STR("loopCondition"));
    loop->kind = BPMN_LOOP_STANDARD;
    loop->test_before = draft_flag(l, "testBefore", false);
    loop->maximum = draft_number(d, l, "loopMaximum", 0, -1);
    if (condition) loop->condition = draft_compile_element(d, x, condition, IS_BOOLEAN);
}

/* ---- data ---- */

/* The variable of inputDataItem, outputDataItem. */
static str item_name(const struct draft *d, const struct xml *item)
{
    return item ? draft_variable_name(d, xml_attr(item, "id")) : (str){0};
}

/* The activity's own input that a collection is given to stands for what is given. */
static const struct feel_expr *given(const struct bpmn_node *n, str name)
{
    for (int i = 0; i < n->input.count; i++)
        if (str_eq(n->input.at[i].name, name)) return n->input.at[i].value;
    return NULL;
}

/* Where the activity's own output that collects results is given to; the mapping is then the loop's. */
static str taken(struct draft *d, const struct xml *x, struct bpmn_node *n, str ref)
{
    str name = draft_variable_name(d, ref), target = name;
    for (const struct xml *c = x->child; c; c = c->next) {
        const struct xml *source = xml_child(c, NS_BPMN, STR("sourceRef"));
        const struct xml *to = xml_child(c, NS_BPMN, STR("targetRef"));
        if (xml_is(c, NS_BPMN, STR("dataOutputAssociation")) && source && to &&
            str_eq(draft_local(source->text), draft_local(ref)))
            target = draft_variable_name(d, to->text);
    }
    if (str_eq(name, target)) return name;
    struct bpmn_mapping *rest = NEWS(d->cx->arena, struct bpmn_mapping, (size_t)n->output.count);
    int count = 0;
    for (int i = 0; i < n->output.count; i++)
        if (!str_eq(n->output.at[i].name, target)) rest[count++] = n->output.at[i];
    n->output = (struct bpmn_mappings){rest, count};
    return target;
}

/* A constant is looked at now. */
static void check_cardinality(struct draft *d, const struct xml *x, const struct xml *text,
                              const struct feel_expr *e)
{
    const struct feel_value *v = e ? feel_expr_constant(e) : NULL;
    int64_t n = 0;
    if (!v || (feel_to_fixed(v, 0, &n) && n >= 0 && n <= BPMN_ROUNDS_MAX)) return;
    draft_fault_at(d, x, text->text_pos, "bpmn.number",
                   "loopCardinality 应为 0 到 %d 的整数，现为 \"" STR_FMT "\"",
                   "loopCardinality must be a whole number from 0 to %d, not \"" STR_FMT "\"",
                   BPMN_ROUNDS_MAX, STR_ARG(text->text));
}

static void read_collection(struct draft *d, const struct xml *x, struct bpmn_node *n,
                            const struct xml *l)
{
    struct bpmn_loop *loop = &n->loop;
    const struct xml *cardinality = xml_child(l, NS_BPMN, STR("loopCardinality"));
    const struct xml *ref = xml_child(l, NS_BPMN, STR("loopDataInputRef"));
    const struct xml *zeebe = draft_extension(l, NS_ZEEBE, "loopCharacteristics");
    const struct xml *theirs = draft_extension_theirs(l, "collection"); /* flowable */
    const struct xml_attr *a = draft_attr(l, "collection", "collection");
    if (!a && zeebe) a = xml_attr_find(zeebe, (str){0}, STR("inputCollection"));
    if (cardinality) loop->cardinality = draft_compile_element(d, x, cardinality, IS_NUMBER);
    check_cardinality(d, x, cardinality, loop->cardinality);
    if (a)
        loop->collection = draft_compile(d, x, a->value, a->pos, IS_LIST);
    else if (theirs && theirs->child)
        loop->collection = draft_compile_element(d, x, theirs->child, IS_LIST);
    else if (ref)
        loop->collection = given(n, draft_variable_name(d, ref->text));
    if (ref && !loop->collection)
        loop->collection =
            draft_compile_made(d, x, draft_variable_name(d, ref->text), ref->text_pos);
    if (!loop->collection && !cardinality) loop->collection = n->people.candidates;
}

/* What a round is called inside, and what is collected from it. */
static void read_elements(struct draft *d, const struct xml *x, struct bpmn_node *n,
                          const struct xml *l)
{
    struct bpmn_loop *loop = &n->loop;
    const struct xml *zeebe = draft_extension(l, NS_ZEEBE, "loopCharacteristics");
    const struct xml *in = xml_child(l, NS_BPMN, STR("inputDataItem"));
    const struct xml *out = xml_child(l, NS_BPMN, STR("outputDataItem"));
    const struct xml *ref = xml_child(l, NS_BPMN, STR("loopDataOutputRef"));
    const struct xml_attr *output = draft_ours(l, "outputElement");
    str element = draft_attr_text(l, "elementVariable", "elementVariable");
    str into = draft_attr_text(l, "output", NULL);
    if (zeebe && !element.len) element = str_trim(xml_attr(zeebe, "inputElement"));
    if (!element.len) element = item_name(d, in);
    if (zeebe && !into.len) into = str_trim(xml_attr(zeebe, "outputCollection"));
    if (!into.len && ref) into = taken(d, x, n, ref->text);
    if (zeebe && !output) output = xml_attr_find(zeebe, (str){0}, STR("outputElement"));
    if (element.len) loop->element_slot = draft_declare(d, x, element, n, NULL);
    if (into.len) {
        loop->output_slot = draft_slot(d, into);
        if (loop->output_slot < 0) loop->output_slot = draft_declare(d, x, into, n->process, NULL);
    }
    if (output) {
        loop->output = draft_compile(d, x, output->value, output->pos, IS_ANYTHING);
    } else if (out && item_name(d, out).len) {
        (void)draft_declare(d, x, item_name(d, out), n, NULL);
        loop->output = draft_compile_made(d, x, item_name(d, out), out->pos);
    }
}

/* ---- behaviour: events thrown when rounds are done ---- */

static const struct bpmn_event *event_of(struct draft *d, struct bpmn_node *n,
                                         const struct xml *definition)
{
    struct bpmn_event *e = NEW(d->cx->arena, struct bpmn_event);
    return draft_read_event(d, definition, n, e) ? e : NULL;
}

static const struct bpmn_event *event_ref(struct draft *d, const struct xml *x, struct bpmn_node *n,
                                          const struct xml *l, const char *attribute)
{
    const struct xml_attr *a = xml_attr_find(l, (str){0}, str_from(attribute));
    const struct xml *definition = a ? draft_refer(d, a->value, NULL) : NULL;
    if (definition && draft_is_definition(definition)) return event_of(d, n, definition);
    draft_fault_at(d, x, a ? a->pos : l->pos, "bpmn.unknown-reference",
                   "%s=\"" STR_FMT "\" 不存在，应为某个事件定义的编号",
                   "%s=\"" STR_FMT "\" does not exist, it must be the id of an event definition",
                   attribute, STR_ARG(a ? a->value : (str){0}));
    return NULL;
}

static void read_complex(struct draft *d, const struct xml *x, struct bpmn_node *n,
                         const struct xml *l)
{
    VEC(struct bpmn_complex_behavior) list = {0};
    for (const struct xml *c = l->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, STR("complexBehaviorDefinition"))) continue;
        const struct xml *condition = xml_child(c, NS_BPMN, STR("condition"));
        const struct xml *event = xml_child(c, NS_BPMN, STR("event"));
        struct bpmn_complex_behavior *b = vec_add(d->cx->arena, &list);
        if (condition) b->condition = draft_compile_element(d, x, condition, IS_BOOLEAN);
        for (const struct xml *e = event ? event->child : NULL; e && !b->event; e = e->next) {
            bool is_ref = xml_is(e, NS_BPMN, STR("eventDefinitionRef"));
            const struct xml *definition = is_ref ? draft_refer(d, e->text, NULL) : e;
            if (definition && draft_is_definition(e)) b->event = event_of(d, n, definition);
        }
        if (!condition)
            draft_fault_at(d, x, c->pos, "bpmn.loop", "complexBehaviorDefinition 没有条件",
                           "the complexBehaviorDefinition has no condition");
    }
    n->loop.complex = list.at;
    n->loop.complex_count = (int)list.len;
}

static void read_behavior(struct draft *d, const struct xml *x, struct bpmn_node *n,
                          const struct xml *l)
{
    static const char *const name[] = {"All", "None", "One", "Complex"};
    const struct xml_attr *a = xml_attr_find(l, (str){0}, STR("behavior"));
    int i = a ? COUNTOF(name) : BPMN_BEHAVIOR_ALL;
    for (int k = 0; a && k < (int)COUNTOF(name); k++)
        if (str_eq(a->value, str_from(name[k]))) i = k;
    n->loop.behavior = (enum bpmn_behavior)i;
    if (i == BPMN_BEHAVIOR_ONE) n->loop.one = event_ref(d, x, n, l, "oneBehaviorEventRef");
    if (i == BPMN_BEHAVIOR_NONE) n->loop.none = event_ref(d, x, n, l, "noneBehaviorEventRef");
    if (i == BPMN_BEHAVIOR_COMPLEX) read_complex(d, x, n, l);
    if (i < (int)COUNTOF(name)) return;
    n->loop.behavior = BPMN_BEHAVIOR_ALL;
    draft_fault_at(
        d, x, a->pos, "bpmn.loop", "behavior=\"" STR_FMT "\" 应为 All、None、One、Complex 之一",
        "behavior=\"" STR_FMT "\" must be one of All, None, One, Complex", STR_ARG(a->value));
}

/* ---- votes ---- */

static void read_vote(struct draft *d, const struct xml *x, struct bpmn_node *n,
                      const struct xml *l)
{
    static const char *const name[] = {"", "all", "any", "ratio", "weight"};
    const struct xml_attr *vote = draft_ours(l ? l : x, "vote");
    const struct xml_attr *share = draft_ours(l ? l : x, "share");
    const struct xml_attr *weight = draft_ours(x, "weight");
    struct bpmn_loop *loop = &n->loop;
    if (!vote && l) vote = draft_ours(x, "vote");
    if (!share && l) share = draft_ours(x, "share");
    for (int i = 1; vote && i < (int)COUNTOF(name); i++)
        if (str_eq(str_trim(vote->value), str_from(name[i]))) loop->vote = (enum bpmn_vote)i;
    bool by_share = loop->vote == BPMN_VOTE_RATIO || loop->vote == BPMN_VOTE_WEIGHT;
    if (vote && !loop->vote)
        draft_fault_at(d, x, vote->pos, "bpmn.vote",
                       "bihuan:vote=\"" STR_FMT "\" 应为 all、any、ratio、weight 之一",
                       "bihuan:vote=\"" STR_FMT "\" must be one of all, any, ratio, weight",
                       STR_ARG(vote->value));
    else if (by_share && !share)
        draft_fault_at(d, x, vote->pos, "bpmn.vote",
                       "按比例或权重表决应写明 bihuan:share，例如 0.6",
                       "a vote by ratio or weight needs bihuan:share, 0.6 for instance");
    if (share) loop->vote_share = draft_compile(d, x, share->value, share->pos, IS_NUMBER);
    if (vote && !l) { /* the task alone says so: its candidates are asked, all at once */
        loop->kind = BPMN_LOOP_PARALLEL;
        loop->collection = n->people.candidates;
    }
    if ((vote || weight) && loop->element_slot < 0 && n->kind == BPMN_USER_TASK)
        loop->element_slot =
            draft_declare(d, x, STR("candidate"), n, feel_type_of_kind(FEEL_STRING));
    if (weight) n->people.weight = draft_compile(d, x, weight->value, weight->pos, IS_NUMBER);
}

void draft_read_loop(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *standard = xml_child(x, NS_BPMN, STR("standardLoopCharacteristics"));
    const struct xml *l = xml_child(x, NS_BPMN, STR("multiInstanceLoopCharacteristics"));
    if (standard && l)
        draft_fault_at(d, x, l->pos, "bpmn.loop", "一个活动只能有一种重复",
                       "an activity can be repeated in one way only");
    else if (standard)
        read_standard(d, x, &n->loop, standard);
    if (l && !standard) {
        const struct xml *completion = xml_child(l, NS_BPMN, STR("completionCondition"));
        draft_check_known(d, x, l);
        n->loop.kind =
            draft_flag(l, "isSequential", false) ? BPMN_LOOP_SEQUENTIAL : BPMN_LOOP_PARALLEL;
        read_elements(d, x, n, l);
        read_collection(d, x, n, l);
        if (completion) n->loop.completion = draft_compile_element(d, x, completion, IS_BOOLEAN);
        read_behavior(d, x, n, l);
    }
    if (n->kind == BPMN_USER_TASK) read_vote(d, x, n, l);
    bool counted = n->loop.cardinality || n->loop.collection || n->loop.vote;
    if (!l || standard || counted || d->naming || d->faults) return;
    if (d->how->open)
        draft_warn(d, x, "bpmn.loop", "没有说明重复几次，运行一次",
                   "it does not say how often it is repeated, and is done once");
    else
        draft_fault_at(d, x, l->pos, "bpmn.loop",
                       "没有说明重复几次，应有 loopCardinality、loopDataInputRef 或 "
                       "bihuan:collection",
                       "it does not say how often it is repeated, expected loopCardinality, "
                       "loopDataInputRef or bihuan:collection");
}
