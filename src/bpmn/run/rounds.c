/* Repeated activities (13.3.6, 13.3.7): a body at rest, its rounds as children, its counters as columns.
 * Countersigned tasks are the same with votes. */
#include "bpmn/run/run.h"

/* ---- how many ---- */

static rc rounds_fault(struct run *r, const struct bpmn_node *n, const struct feel_value *v)
{
    struct buf text = {.arena = r->cx->arena, .bytes_max = 200};
    feel_value_text(&text, v);
    return err_set(r->cx, RC_CONFLICT, "bpmn.rounds",
                   "活动 \"" STR_FMT "\" 的重复次数算出 \"" STR_FMT
                   "\"，应为列表，或 0 至 %d 的整数",
                   "the rounds of the activity \"" STR_FMT "\" came out as \"" STR_FMT
                   "\", expected a list or a whole number of 0 to %d",
                   STR_ARG(n->id), STR_ARG(buf_str(&text)), BPMN_ROUNDS_MAX);
}

static rc too_many(struct run *r, const struct bpmn_node *n, int64_t count)
{
    (void)!err_set(r->cx, RC_LIMIT, "bpmn.rounds-limit",
                   "活动 \"" STR_FMT "\" 要重复 %" PRId64 " 次，最多 %d 次；什么也没有改变",
                   "the activity \"" STR_FMT "\" is to be repeated %" PRId64
                   " times, at most are %d; nothing was changed",
                   STR_ARG(n->id), count, BPMN_ROUNDS_MAX);
    err_hint(r->cx, "分批处理，或让每一项成为一个流程实例",
             "do it in batches, or let each item be an instance of its own");
    return RC_LIMIT;
}

static const struct feel_expr *collection_of(const struct bpmn_node *n)
{
    if (n->loop.collection) return n->loop.collection;
    return n->kind == BPMN_USER_TASK && !n->loop.cardinality ? n->people.candidates : NULL;
}

/* A step that several people sign: a round for each of them. */
static bool asks_people(const struct bpmn_node *n)
{
    return n->kind == BPMN_USER_TASK && collection_of(n) &&
           collection_of(n) == n->people.candidates;
}

static struct feel_list list_of_people(struct run *r, const struct feel_value *v)
{
    struct bpmn_users users = {0};
    people_named(r, v, &users);
    struct feel_value *at = NEWS(r->cx->arena, struct feel_value, users.len + 1);
    for (size_t i = 0; i < users.len; i++)
        at[i] = feel_string(users.at[i]);
    return (struct feel_list){.count = users.len, .at = at};
}

/* The collection, empty when there is none. */
static rc elements(struct run *r, struct token *body, struct feel_list *out)
{
    const struct feel_expr *e = collection_of(body->node);
    struct feel_value v;
    *out = (struct feel_list){0};
    if (!e) return RC_OK;
    rc result = run_eval(r, body, e, &v);
    if (result != RC_OK) return result;
    if (asks_people(body->node)) {
        *out = list_of_people(r, &v);
        return RC_OK;
    }
    if (v.kind == FEEL_NULL) return rounds_fault(r, body->node, &v);
    if (v.kind != FEEL_LIST) {
        struct feel_value *one = NEW(r->cx->arena, struct feel_value);
        *one = v;
        *out = (struct feel_list){.count = 1, .at = one};
        return RC_OK;
    }
    *out = *v.as.list;
    return RC_OK;
}

static rc cardinality(struct run *r, struct token *body, int64_t *count)
{
    const struct bpmn_node *n = body->node;
    struct feel_value v;
    *count = 1;
    if (!n->loop.cardinality) return RC_OK;
    rc result = run_eval(r, body, n->loop.cardinality, &v);
    if (result != RC_OK) return result;
    bool is_whole = v.kind == FEEL_NUMBER && feel_to_fixed(&v, 0, count) && *count >= 0;
    if (is_whole) {
        const struct feel_value again = feel_int(*count);
        is_whole = feel_equal(&again, &v) == 1;
    }
    return is_whole ? RC_OK : rounds_fault(r, n, &v);
}

/* ---- one round ---- */

static void send_round(struct run *r, struct token *body, const struct feel_value *element)
{
    struct move *m = run_send(r, body->node, body);
    m->role = TOKEN_ROUND;
    m->index = ++body->made;
    m->outcome = body->outcome;
    m->element = element;
    run_changed(r, body);
}

/* Sequential: the collection's next; rounds added meanwhile do not count in it. */
static rc next_round(struct run *r, struct token *body)
{
    struct feel_list list;
    rc result = elements(r, body, &list);
    if (result != RC_OK) return result;
    int64_t added = collection_of(body->node) ? body->total - (int64_t)list.count : 0;
    int64_t nth = body->made - (added > 0 ? added : 0);
    bool has = nth >= 0 && nth < (int64_t)list.count;
    send_round(r, body, has ? &list.at[nth] : NULL);
    return RC_OK;
}

/* ---- votes ---- */

static str pass_outcome(const struct bpmn_node *n)
{
    return n->outcome_count ? n->outcome[0] : STR("pass");
}

static rc share_of(struct run *r, struct token *body, int64_t *thousandths)
{
    const struct bpmn_loop *loop = &body->node->loop;
    struct feel_value v;
    *thousandths = 1000;
    if (loop->vote == BPMN_VOTE_ALL || !loop->vote_share) return RC_OK;
    rc result = run_eval(r, body, loop->vote_share, &v);
    if (result != RC_OK) return result;
    bool fits = v.kind == FEEL_NUMBER && feel_to_fixed(&v, 3, thousandths);
    if (fits && *thousandths >= 0 && *thousandths <= 1000) return RC_OK;
    return err_set(r->cx, RC_CONFLICT, "bpmn.vote-share",
                   "活动 \"" STR_FMT "\" 的通过比例应为 0 至 1",
                   "the share that passes the activity \"" STR_FMT "\" is to be from 0 to 1",
                   STR_ARG(body->node->id));
}

/* Weights are known before anybody votes. */
static rc weigh_all(struct run *r, struct token *body, const struct feel_list *list)
{
    const struct bpmn_node *n = body->node;
    const struct bpmn_variable *candidate = bpmn_variable_find(r->model, STR("candidate"));
    body->index = body->total * 1000;
    if (n->loop.vote != BPMN_VOTE_WEIGHT || !n->people.weight || !list->count) return RC_OK;
    struct token as = {.parent = body, .role = TOKEN_ROUND, .node = n};
    body->index = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct feel_value v;
        int64_t weight = 1000;
        as.index = (int64_t)i + 1;
        if (candidate)
            var_set(r->cx, r->model, &as, candidate->slot - r->model->first_variable, &list->at[i]);
        if (n->loop.element_slot >= 0)
            var_set(r->cx, r->model, &as, n->loop.element_slot - r->model->first_variable,
                    &list->at[i]);
        rc result = run_eval(r, &as, n->people.weight, &v);
        if (result != RC_OK) return result;
        if (v.kind == FEEL_NUMBER) (void)feel_to_fixed(&v, 3, &weight);
        body->index += weight;
    }
    return RC_OK;
}

/* Decided as soon as no vote to come can change it. */
static rc decide(struct run *r, struct token *body, bool *decided)
{
    int64_t share;
    const bool all_voted = body->done + body->broken >= body->total;
    if (body->node->loop.vote == BPMN_VOTE_ANY) return RC_OK;
    rc result = share_of(r, body, &share);
    if (result != RC_OK) return result;
    int64_t need = body->index * share / 1000 + (body->index * share % 1000 != 0);
    bool passed = body->counter >= need;
    bool refused = (int64_t)body->got > body->index - need;
    if (passed) body->outcome = pass_outcome(body->node);
    *decided = passed || refused || all_voted;
    return RC_OK;
}

static rc count_vote(struct run *r, struct token *body, str outcome, bool *decided)
{
    const struct bpmn_node *n = body->node;
    int64_t weight = r->weight ? r->weight : 1000;
    if (n->loop.vote == BPMN_VOTE_ANY) {
        body->outcome = outcome;
        *decided = true;
        return RC_OK;
    }
    if (str_eq(outcome, pass_outcome(n)))
        body->counter += weight;
    else
        body->got += (uint64_t)weight, body->outcome = outcome;
    return decide(r, body, decided);
}

/* ---- what rounds give ---- */

/* The list is copied once a run; from then on it is ours to write in. */
static struct feel_value *list_of(struct run *r, struct token *body, int64_t room)
{
    int variable = body->node->loop.output_slot - r->model->first_variable;
    const struct feel_value *old =
        body->var_set && body->var_set[variable] ? &body->var[variable] : NULL;
    size_t had = old && old->kind == FEEL_LIST ? old->as.list->count : 0;
    if (r->collects == body && had >= (size_t)room) return r->collected;
    size_t count = had > (size_t)room ? had : (size_t)room;
    struct feel_list *list = NEW(r->cx->arena, struct feel_list);
    struct feel_value *at = NEWS(r->cx->arena, struct feel_value, count);
    for (size_t i = 0; i < count; i++)
        at[i] = i < had ? old->as.list->at[i] : feel_null();
    *list = (struct feel_list){.count = count, .at = at};
    const struct feel_value v = {.kind = FEEL_LIST, .as.list = list};
    var_set(r->cx, r->model, body, variable, &v);
    r->collects = body;
    r->collected = at;
    return at;
}

static rc collect(struct run *r, struct token *round)
{
    struct token *body = round->parent;
    const struct bpmn_loop *loop = &body->node->loop;
    struct feel_value v;
    if (loop->output_slot < 0 || !loop->output) return RC_OK;
    rc result = run_eval(r, round, loop->output, &v);
    if (result != RC_OK) return result;
    int64_t room = body->total > round->index ? body->total : round->index;
    list_of(r, body, room)[round->index - 1] = v;
    body->vars_changed = true;
    return RC_OK;
}

/* ---- after a round ---- */

static rc finish(struct run *r, struct token *body, str outcome)
{
    const struct bpmn_loop *loop = &body->node->loop;
    int64_t active = body->made - body->done - body->broken;
    rc result = RC_OK;
    if (body->live > 0) result = scope_clear(r, body, true);
    body->broken += active;
    run_changed(r, body);
    if (result == RC_OK && loop->output_slot >= 0) {
        int variable = loop->output_slot - r->model->first_variable;
        const struct feel_value none = feel_list_of(r->cx->arena, NULL, 0);
        const struct feel_value *v =
            body->var_set && body->var_set[variable] ? &body->var[variable] : &none;
        run_set(r, body->parent, loop->output_slot, v);
    }
    return result == RC_OK ? activity_done(r, body, outcome) : result;
}

static rc loop_goes_on(struct run *r, struct token *body, bool *yes)
{
    const struct bpmn_loop *loop = &body->node->loop;
    struct feel_value v = feel_boolean(true);
    rc result = RC_OK;
    *yes = loop->maximum < 0 || body->made < loop->maximum;
    if (*yes && loop->condition && (loop->test_before || body->made > 0))
        result = run_eval(r, body, loop->condition, &v);
    *yes = *yes && feel_is_true(&v);
    return result;
}

static rc next_or_finish(struct run *r, struct token *body, str outcome)
{
    bool more = false;
    rc result = RC_OK;
    if (body->made - body->done - body->broken > 0) return RC_OK;
    if (body->node->loop.kind == BPMN_LOOP_STANDARD)
        result = loop_goes_on(r, body, &more);
    else
        more = body->made < body->total;
    if (result != RC_OK) return result;
    return more ? next_round(r, body) : finish(r, body, outcome);
}

/* What the body throws for those at its boundary (13.3.7). */
static rc behave(struct run *r, struct token *body)
{
    const struct bpmn_loop *loop = &body->node->loop;
    bool consumed = false;
    rc result = RC_OK;
    if (loop->behavior == BPMN_BEHAVIOR_ONE && loop->one && body->done == 1)
        return event_throw(r, loop->one, body->node, body, &consumed);
    if (loop->behavior == BPMN_BEHAVIOR_NONE && loop->none)
        return event_throw(r, loop->none, body->node, body, &consumed);
    if (loop->behavior != BPMN_BEHAVIOR_COMPLEX) return RC_OK;
    for (int i = 0; i < loop->complex_count && result == RC_OK; i++) {
        struct feel_value v;
        if (body->state != TOKEN_WAITING || r->is_over) return RC_OK;
        result = run_eval(r, body, loop->complex[i].condition, &v);
        if (result == RC_OK && feel_is_true(&v) && loop->complex[i].event)
            result = event_throw(r, loop->complex[i].event, body->node, body, &consumed);
    }
    return result;
}

static rc is_complete(struct run *r, struct token *round, str outcome, bool *complete)
{
    struct token *body = round->parent;
    const struct bpmn_loop *loop = &body->node->loop;
    struct feel_value v = feel_boolean(false);
    rc result = RC_OK;
    *complete = false;
    if (loop->vote) result = count_vote(r, body, outcome, complete);
    r->outcome = outcome;
    if (result == RC_OK && loop->completion) result = run_eval(r, round, loop->completion, &v);
    *complete = *complete || feel_is_true(&v);
    return result;
}

rc round_done(struct run *r, struct token *round, str outcome)
{
    struct token *body = round->parent;
    bool kept = bpmn_is_scope(round->node->kind) && activity_can_be_undone(round->node);
    bool complete;
    r->outcome = outcome;
    rc result = collect(r, round);
    if (result == RC_OK) result = token_leave(r, round, kept ? TOKEN_KEPT : TOKEN_LEFT);
    if (result != RC_OK) return result;
    body->done++;
    run_changed(r, body);
    result = is_complete(r, round, outcome, &complete);
    if (!body->node->loop.vote) body->outcome = outcome;
    if (result == RC_OK) result = behave(r, body);
    if (result != RC_OK || body->state != TOKEN_WAITING || r->is_over) return result;
    if (complete) return finish(r, body, body->outcome);
    return next_or_finish(r, body, body->outcome);
}

/* ---- beginning ---- */

static rc start_instances(struct run *r, struct token *body)
{
    const struct bpmn_node *n = body->node;
    struct feel_list list;
    rc result = elements(r, body, &list);
    body->total = (int64_t)list.count;
    if (result == RC_OK && !collection_of(n)) result = cardinality(r, body, &body->total);
    if (asks_people(n) && !list.count) body->total = 1; /* what to do when nobody fits */
    if (result != RC_OK) return result;
    if (body->total > BPMN_ROUNDS_MAX) return too_many(r, n, body->total);
    if (n->loop.vote) result = weigh_all(r, body, &list);
    if (result != RC_OK || !body->total)
        return result == RC_OK ? finish(r, body, body->outcome) : result;
    if (n->loop.kind == BPMN_LOOP_SEQUENTIAL) return next_round(r, body);
    for (int64_t i = 0; i < body->total; i++)
        send_round(r, body, i < (int64_t)list.count ? &list.at[i] : NULL);
    return RC_OK;
}

rc enter_repeated(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    struct move as = *m;
    day_t due = DAY_NONE;
    rc result = RC_OK;
    as.role = TOKEN_BODY;
    as.index = 0;
    struct token *body = run_new_token(r, &as);
    if (n->boundary_count && n->kind == BPMN_USER_TASK && n->due) result = task_due(r, body, &due);
    if (result == RC_OK && n->boundary_count) result = events_arm(r, body, due);
    if (result != RC_OK || body->state != TOKEN_WAITING) return result;
    if (n->loop.kind != BPMN_LOOP_STANDARD) return start_instances(r, body);
    body->total = n->loop.maximum >= 0 ? n->loop.maximum : 0;
    return next_or_finish(r, body, m->outcome);
}

/* ---- signers come and go ---- */

rc round_add(struct run *r, struct token *body, const struct feel_value *element,
             struct token **round)
{
    if (body->total >= BPMN_ROUNDS_MAX) return too_many(r, body->node, body->total + 1);
    struct move m = {.node = body->node,
                     .scope = body,
                     .outcome = body->outcome,
                     .path = {.arena = r->cx->arena},
                     .cause = r->cause,
                     .role = TOKEN_ROUND,
                     .index = ++body->made,
                     .element = element};
    body->total++;
    body->index += body->node->loop.vote ? 1000 : 0;
    run_changed(r, body);
    size_t before = r->tokens.len;
    rc result = enter_node(r, &m);
    *round = r->tokens.len > before ? r->tokens.at[before] : NULL;
    return result;
}

/* What is left may have decided it. */
rc round_remove(struct run *r, struct token *round)
{
    struct token *body = round->parent;
    bool decided = false;
    rc result = token_cancel(r, round);
    body->broken++;
    if (body->node->loop.vote) body->index -= 1000;
    run_changed(r, body);
    if (result == RC_OK && body->node->loop.vote && body->done > 0)
        result = decide(r, body, &decided);
    if (result != RC_OK) return result;
    return decided ? finish(r, body, body->outcome) : next_or_finish(r, body, body->outcome);
}
