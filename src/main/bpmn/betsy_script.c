/* Betsy's small language: conditions made FEEL, scripts that leave marks, ten seconds that pass. */
#include "main/bpmn/betsy.h"

enum { TEN_SECONDS_US = 10 * 1000000, ROUNDS_MAX = 10000 };

/* ---- conditions ---- */

/* "x.contains(y)" as contains(x, y) */
static str containing(struct arena *a, str text)
{
    static const char call[] = ".contains(";
    const size_t at = str_index(text, str_from(call));
    if (at == SIZE_MAX || !str_ends(text, STR(")"))) return text;
    const str whose = str_trim(str_slice(text, 0, at));
    const str what = str_slice(text, at + sizeof call - 1, text.len - 1);
    return arena_printf(a, "contains(" STR_FMT ", " STR_FMT ")", STR_ARG(whose), STR_ARG(what));
}

str betsy_translate(void *owner, struct cx *cx, str text)
{
    (void)owner;
    text = str_trim(text);
    if (text.len && text.at[0] >= 'A' && text.at[0] <= 'Z') return (str){0}; /* a script's mark */
    if (str_starts(text, STR("${")) && str_ends(text, STR("}")))
        text = str_trim(str_slice(text, 2, text.len - 1));
    if (!str_starts(text, STR("!"))) return containing(cx->arena, text);
    const str inner = containing(cx->arena, str_trim(str_slice(text, 1, text.len)));
    return arena_printf(cx->arena, "not(" STR_FMT ")", STR_ARG(inner));
}

/* ---- scripts ---- */

static bool is_slow(str body)
{
    return str_index(body, STR("WAIT_TEN_SECONDS")) != SIZE_MAX ||
           str_index(body, STR("CREATE_TIMESTAMP_LOG")) != SIZE_MAX;
}

str betsy_slow(void *owner, str local, str id, str body)
{
    struct betsy *b = owner;
    if (!str_eq(local, STR("scriptTask")) || !is_slow(body) || b->slow_count >= COUNTOF(b->slow))
        return (str){0};
    b->slow[b->slow_count].id = id;
    b->slow[b->slow_count++].script = body;
    return STR("userTask");
}

static void mark(struct betsy *b, str text)
{
    *vec_add(b->arena, &b->marks) = arena_dup(b->arena, text);
}

static rc increment(struct cx *cx, const struct world *w)
{
    const str name = STR("integerVariable");
    struct bpmn_engine *e = w->e;
    int64_t n = 0;
    if (!bpmn_variable_find(w->model, name)) return RC_OK; /* the file never looks at it */
    struct feel_value v = bpmn_variable_get(e, name);
    (void)feel_to_fixed(&v, 0, &n);
    v = feel_int(n + 1);
    return bpmn_variable_set(cx, e, name, &v);
}

static bool is_input(str name)
{
    return str_eq(name, STR("test")) || str_eq(name, STR("integerVariable")) ||
           str_eq(name, STR("testCaseNumber"));
}

/* The data of a file are whatever it declares itself. */
static rc set_data(struct cx *cx, const struct world *w)
{
    const struct feel_value v = feel_string(STR("String"));
    rc r = RC_OK;
    for (int i = 0; i < w->model->variable_count && r == RC_OK; i++)
        if (!is_input(w->model->variable[i].name))
            r = bpmn_variable_set(cx, w->e, w->model->variable[i].name, &v);
    return r;
}

static bool is_data_there(const struct world *w, const struct bpmn_node *node)
{
    int found = 0;
    const struct feel_value wanted = feel_string(STR("String"));
    for (int i = 0; i < node->input.count; i++) {
        const struct feel_value v = bpmn_variable_get(w->e, node->input.at[i].name);
        if (feel_equal(&v, &wanted) != 1) return false;
        found++;
    }
    for (int i = 0; !node->input.count && i < w->model->variable_count; i++) {
        if (is_input(w->model->variable[i].name)) continue;
        const struct feel_value v = bpmn_variable_get(w->e, w->model->variable[i].name);
        if (feel_equal(&v, &wanted) != 1) return false;
        found++;
    }
    return found > 0;
}

rc betsy_script(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                struct feel_value *value)
{
    struct world *w = owner;
    struct betsy *b = w->owner;
    const str script = str_trim(step->node->script_text);
    (void)db;
    if (str_starts(script, STR("SCRIPT_"))) mark(b, script);
    if (str_eq(script, STR("CREATE_MARKER_FILE"))) b->has_marker = true;
    if (str_starts(script, STR("INCREMENT_INTEGER_VARIABLE"))) {
        if (str_ends(script, STR("_AND_LOG"))) mark(b, STR("INCREMENT_correct"));
        return increment(cx, w);
    }
    if (str_eq(script, STR("SET_STRING_DATA"))) {
        *value = feel_string(STR("String"));
        return set_data(cx, w);
    }
    if (str_eq(script, STR("LOG_DATA")) && is_data_there(w, step->node))
        mark(b, STR("DATA_correct"));
    if (str_eq(script, STR("THROW_ERROR"))) return bpmn_error(cx, STR("ERR_CODE"), script);
    return RC_OK;
}

/* ---- time ---- */

static str script_of(const struct betsy *b, const struct bpmn_node *node)
{
    for (size_t i = 0; i < b->slow_count; i++)
        if (str_eq(b->slow[i].id, node->id)) return b->slow[i].script;
    return (str){0};
}

/* Notes the times of the two that do so. */
static void note(struct betsy *b, const struct bpmn_task *t, int64_t now_us)
{
    const str script = script_of(b, t->node);
    const int which = str_index(script, STR("LOG_1")) != SIZE_MAX   ? 0
                      : str_index(script, STR("LOG_2")) != SIZE_MAX ? 1
                                                                    : -1;
    if (which < 0) return;
    b->begun_us[which] = t->created_us;
    b->ended_us[which] = now_us;
}

bool betsy_parallel(const struct betsy *b)
{
    return b->ended_us[0] && b->ended_us[1] && b->begun_us[0] < b->ended_us[1] &&
           b->begun_us[1] < b->ended_us[0];
}

/* Does what slow scripts are over by now; *next_us the next that will be, 0: none. */
static rc slow_done(struct betsy *b, int64_t *next_us)
{
    struct world *w = b->world;
    struct bpmn_tasks tasks;
    *next_us = 0;
    rc r = world_tasks(w, &tasks);
    /* One at a time: a command may take others away, and clears the memory they stand in. */
    for (size_t i = 0; i < tasks.len && r == RC_OK; i++) {
        const struct bpmn_task t = tasks.at[i];
        const int64_t over_us = t.created_us + TEN_SECONDS_US;
        if (!script_of(b, t.node).len) continue;
        if (over_us > w->cx.now_us) {
            if (!*next_us || over_us < *next_us) *next_us = over_us;
            continue;
        }
        note(b, &t, w->cx.now_us);
        r = world_complete(w, t.id);
        if (r == RC_OK) r = world_tasks(w, &tasks);
        i = (size_t)-1;
        *next_us = 0;
    }
    return r;
}

rc betsy_wait(struct betsy *b, int64_t until_us)
{
    struct world *w = b->world;
    rc r = RC_OK;
    for (int round = 0; round < ROUNDS_MAX && r == RC_OK; round++) {
        int64_t timer_us = 0, slow_us = 0;
        r = slow_done(b, &slow_us);
        if (r == RC_OK) r = world_tick(w, &timer_us);
        if (r != RC_OK) break;
        int64_t next_us =
            timer_us && timer_us <= (slow_us > until_us ? slow_us : until_us) ? timer_us : 0;
        if (slow_us && (!next_us || slow_us < next_us)) next_us = slow_us;
        if (!next_us) break;
        if (next_us > w->cx.now_us) w->cx.now_us = next_us;
    }
    return r;
}
