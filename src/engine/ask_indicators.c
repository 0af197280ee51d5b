/* Questions about numbers: readings, series, breakdowns, what is behind them, and the cockpit. */
#include "engine/inside.h"

enum {
    SERIES_PERIODS = 18,
    REVISIONS_MAX = 60,
    BEHIND_MAX = 200,
    ITEMS_SHOWN = 20,
    TURNS_SHOWN = 8
};

struct measure_view ask_view(struct ask *a)
{
    if (!a->cache) a->cache = read_cache_new(a->cx->arena);
    struct measure_view v = {
        .db = a->db, .catalogue = a->e->cat, .known_at = DAY_NONE, .cache = a->cache};
    day_t day;
    if (day_parse(json_text(a->params, STR("known_at")), &day)) v.known_at = day;
    return v;
}

/* The org asked for by id or key; the root when none is named. */
rc ask_org(struct ask *a, int64_t *org_id)
{
    str text = json_text(a->params, STR("org"));
    const struct app_type *type = catalogue_type(a->e->cat, STR("core.org"));
    *org_id = root_org(a->cx, a->e, a->db);
    if (!text.len || !type || str_i64(text, org_id)) return RC_OK;
    rc r = rec_find_key(a->cx, a->db, type, text, org_id);
    if (r == RC_OK && !*org_id)
        r = err_set(a->cx, RC_MISSING, "indicator.unknown-org", "没有代码为“" STR_FMT "”的单位",
                    "there is no organisation \"" STR_FMT "\"", STR_ARG(text));
    return r;
}

static rc may_see(struct ask *a)
{
    if (a->who->system || rights_of(a->who).sees_indicators) return RC_OK;
    return err_set(a->cx, RC_DENIED, "indicator.denied", "您没有查看指标的权限",
                   "you may not see indicators");
}

/* The period asked for, or the latest that has a value, up to today. */
static rc ask_period(struct ask *a, const struct measure_view *v, const struct app_indicator *i,
                     int64_t org, struct period *out)
{
    str text = json_text(a->params, STR("period"));
    bool found = false;
    if (text.len && !period_parse(text, out))
        return err_set(a->cx, RC_INVALID, "indicator.period",
                       "期间“" STR_FMT "”应写作 2022-05、2022Q2 或 2022",
                       "period \"" STR_FMT "\" is not like 2022-05, 2022Q2 or 2022", STR_ARG(text));
    if (text.len && out->unit == i->per) return RC_OK;
    *out = text.len ? period_of(period_last(*out), i->per)
                    : period_of(day_of_us(a->cx->now_us), i->per);
    if (text.len) return RC_OK;
    struct period last = *out;
    rc r = indicator_latest(a->cx, v, i, org, out, &found);
    if (r == RC_OK && !found) *out = last;
    return r;
}

/* Opens the object of a reading, with the item it has opened; more members may follow, then '}'. */
static rc reading_open(struct ask *a, const struct measure_view *v, const struct app_indicator *i,
                       struct period p, int64_t org, struct jw *out)
{
    struct buf text = {.arena = a->cx->arena};
    struct jw w = {.out = &text};
    rc r = indicator_write(a->cx, v, i, p, org, a->cx->lang, &w);
    jw_object(out);
    if (r == RC_OK) jw_members(out, buf_str(&text));
    return r;
}

rc reading_write(struct ask *a, const struct measure_view *v, const struct app_indicator *i,
                 struct period p, int64_t org, struct jw *out)
{
    rc r = reading_open(a, v, i, p, org, out);
    jw_end(out, '}');
    return r;
}

rc question_indicator_list(struct ask *a)
{
    struct measure_view v = ask_view(a);
    const struct catalogue *c = a->e->cat;
    int64_t org = 0;
    rc r = may_see(a);
    if (r == RC_OK) r = ask_org(a, &org);
    jw_array(a->out);
    for (int i = 0; r == RC_OK && i < c->indicator_count; i++) {
        struct period p;
        r = ask_period(a, &v, &c->indicator[i], org, &p);
        if (r == RC_OK) r = reading_write(a, &v, &c->indicator[i], p, org, a->out);
    }
    jw_end(a->out, ']');
    return r;
}

static rc revisions_write(struct ask *a, const struct measure_view *v,
                          const struct app_indicator *i, struct period p, int64_t org)
{
    day_t day[REVISIONS_MAX];
    size_t count = 0;
    struct measure_view now = *v;
    now.known_at = DAY_NONE;
    rc r = indicator_revisions(a->cx, &now, i, p, org, day, REVISIONS_MAX, &count);
    jw_key(a->out, STR("revisions"));
    jw_array(a->out);
    for (size_t k = 0; r == RC_OK && k < count; k++) {
        struct buf text = {.arena = a->cx->arena};
        day_write(&text, day[k]);
        jw_str(a->out, buf_str(&text));
    }
    jw_end(a->out, ']');
    return r;
}

static void definition_write(struct jw *w, const struct app_indicator *i, enum lang lang)
{
    jw_key(w, STR("definition"));
    jw_object(w);
    jw_kstr(w, "feel", i->formula);
    jw_kstr(w, "note", app_title_of(&i->note, lang));
    jw_key(w, STR("uses"));
    jw_array(w);
    for (int k = 0; k < i->use_count; k++) {
        jw_object(w);
        jw_kstr(w, "name", i->uses[k]->name);
        jw_kstr(w, "title", app_title_of(&i->uses[k]->title, lang));
        jw_kstr(w, "type", i->uses[k]->type->name);
        jw_end(w, '}');
    }
    jw_end(w, ']');
    jw_end(w, '}');
}

static str breakdown_by(struct ask *a, const struct app_indicator *i)
{
    str by = json_text(a->params, STR("by"));
    if (by.len) return by;
    const struct app_measure *m = i->breakdown;
    return m && m->by_count ? m->type->field[m->by[0]].name : STR("org");
}

rc question_indicator_get(struct ask *a)
{
    struct measure_view v = ask_view(a);
    const struct app_indicator *i;
    int64_t org = 0;
    struct period p;
    rc r = may_see(a);
    if (r == RC_OK) r = param_indicator(a->cx, a->e, a->params, &i);
    if (r == RC_OK) r = ask_org(a, &org);
    if (r == RC_OK) r = ask_period(a, &v, i, org, &p);
    if (r != RC_OK) return r;
    r = reading_open(a, &v, i, p, org, a->out);
    if (r == RC_OK) {
        jw_key(a->out, STR("series"));
        r = indicator_series_write(a->cx, &v, i, p, SERIES_PERIODS, org, a->out);
    }
    if (r == RC_OK) {
        jw_key(a->out, STR("breakdown"));
        r = indicator_breakdown_write(a->cx, &v, i, p, org, breakdown_by(a, i), a->out);
    }
    if (r == RC_OK) r = revisions_write(a, &v, i, p, org);
    definition_write(a->out, i, a->cx->lang);
    jw_key(a->out, STR("items"));
    if (r == RC_OK) r = item_lines_write(a, (str){0}, i->name, ITEMS_SHOWN, a->out);
    jw_end(a->out, '}');
    return r;
}

/* The records, as they were known on that day; those one may not read are counted. */
static rc behind_write(struct ask *a, const struct behinds *list, day_t known_at)
{
    int64_t hidden = 0;
    rc r = RC_OK;
    jw_object(a->out);
    jw_key(a->out, STR("records"));
    jw_array(a->out);
    for (size_t k = 0; r == RC_OK && k < list->len; k++) {
        struct record record = {0};
        bool existed = true;
        if (known_at == DAY_NONE)
            r = rec_load(a->cx, a->db, list->at[k].type, list->at[k].id, &record);
        else
            r = rec_load_known(a->cx, a->db, list->at[k].type, list->at[k].id, known_at, &record,
                               &existed);
        if (r != RC_OK || !existed) continue;
        if (rec_may(a->cx, a->db, a->who, ACT_READ, &record) == RC_OK) {
            r = rec_write_json(a->cx, a->db, a->who, &record, a->out);
        } else {
            err_clear(a->cx);
            hidden++;
        }
    }
    jw_end(a->out, ']');
    jw_ki64(a->out, "hidden", hidden);
    jw_end(a->out, '}');
    return r;
}

rc question_indicator_records(struct ask *a)
{
    struct measure_view v = ask_view(a);
    const struct app_indicator *i;
    int64_t org = 0;
    struct period p;
    struct behinds list = {0};
    rc r = may_see(a);
    if (r == RC_OK) r = param_indicator(a->cx, a->e, a->params, &i);
    if (r == RC_OK) r = ask_org(a, &org);
    if (r == RC_OK) r = ask_period(a, &v, i, org, &p);
    if (r == RC_OK) r = indicator_behind(a->cx, &v, i, p, org, BEHIND_MAX, &list);
    if (r != RC_OK) return r;
    return behind_write(a, &list, v.known_at);
}

/* ---- the cockpit: all of its data in one answer ---- */

static const struct json *cockpit_page(struct ask *a)
{
    const struct catalogue *c = a->e->cat;
    const struct json *page = NULL;
    for (int i = 0; i < c->page_count; i++) {
        str app, name = c->page[i].name;
        app = str_cut(name, '.', &name);
        (void)app;
        if (str_eq(name, STR("cockpit")) && json_parse(a->cx, c->page[i].json, &page) == RC_OK)
            return page;
    }
    return NULL;
}

static str title_text(const struct json *title, enum lang lang)
{
    if (json_is(title, JSON_STRING)) return title->text;
    str text = json_text(title, lang == LANG_ZH ? STR("zh") : STR("en"));
    return text.len ? text : json_text(title, STR("zh"));
}

static str indicator_name(const struct json *j)
{
    return json_is(j, JSON_STRING) ? j->text : json_text(j, STR("indicator"));
}

/* The big figures at the top: readings with their series and the item they have opened. */
static rc cards_write(struct ask *a, const struct measure_view *v, const struct json *page,
                      int64_t org)
{
    const struct json *names = json_find(page, STR("cards"));
    rc r = RC_OK;
    jw_key(a->out, STR("cards"));
    jw_array(a->out);
    for (const struct json *j = names ? names->child : NULL; j && r == RC_OK; j = j->next) {
        const struct app_indicator *i = catalogue_indicator(a->e->cat, indicator_name(j));
        struct period p;
        if (!i) continue;
        r = ask_period(a, v, i, org, &p);
        if (r == RC_OK) r = reading_open(a, v, i, p, org, a->out);
        jw_key(a->out, STR("series"));
        if (r == RC_OK) r = indicator_series_write(a->cx, v, i, p, SERIES_PERIODS, org, a->out);
        jw_key(a->out, STR("item"));
        if (r == RC_OK) r = item_of_indicator(a, i->name, a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

/* One indicator as a leaf of the goal tree; *tone becomes red when its target is missed. */
static rc goal_leaf(struct ask *a, const struct measure_view *v, const struct app_indicator *i,
                    int64_t id, int64_t org, bool *missed)
{
    struct period p;
    struct reading reading = {0};
    rc r = ask_period(a, v, i, org, &p);
    if (r == RC_OK) r = indicator_read(a->cx, v, i, p, org, &reading);
    if (r != RC_OK) return r;
    *missed |= reading.met == 0;
    jw_object(a->out);
    jw_ki64(a->out, "id", id);
    jw_kstr(a->out, "title", app_title_of(&i->title, a->cx->lang));
    jw_kstr(a->out, "tone", reading.met == 0 ? STR("red") : STR("green"));
    jw_key(a->out, STR("lead"));
    r = org_key_write(a, i->lead, a->out);
    jw_key(a->out, STR("reading"));
    if (r == RC_OK) r = reading_write(a, v, i, p, org, a->out);
    jw_kraw(a->out, "children", STR("[]"));
    jw_end(a->out, '}');
    return r;
}

/* Goals as the page declares them: a title and the indicators that serve it. */
static rc goals_write(struct ask *a, const struct measure_view *v, const struct json *page,
                      int64_t org)
{
    const struct json *goals = json_find(page, STR("goals"));
    int64_t id = 0;
    rc r = RC_OK;
    jw_key(a->out, STR("goals"));
    jw_array(a->out);
    for (const struct json *g = goals ? goals->child : NULL; g && r == RC_OK; g = g->next) {
        const struct json *names = json_find(g, STR("indicators"));
        bool missed = false;
        jw_object(a->out);
        jw_ki64(a->out, "id", ++id);
        jw_kstr(a->out, "title", title_text(json_find(g, STR("title")), a->cx->lang));
        jw_key(a->out, STR("lead"));
        r = org_key_write(a, json_text(g, STR("lead")), a->out);
        jw_key(a->out, STR("children"));
        jw_array(a->out);
        for (const struct json *j = names ? names->child : NULL; j && r == RC_OK; j = j->next) {
            const struct app_indicator *i = catalogue_indicator(a->e->cat, indicator_name(j));
            if (i) r = goal_leaf(a, v, i, ++id, org, &missed);
        }
        jw_end(a->out, ']');
        jw_kstr(a->out, "tone", missed ? STR("red") : STR("green"));
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

rc question_cockpit(struct ask *a)
{
    struct measure_view v = ask_view(a);
    const struct json *page = cockpit_page(a);
    struct buf now = {.arena = a->cx->arena};
    int64_t org = 0, seq = 0;
    rc r = may_see(a);
    if (r == RC_OK) r = ask_org(a, &org);
    if (r == RC_OK) r = ledger_last(a, &seq);
    if (r != RC_OK) return r;
    us_write(&now, a->cx->now_us);
    jw_object(a->out);
    jw_kstr(a->out, "as_of", buf_str(&now));
    jw_ki64(a->out, "ledger_seq", seq);
    r = cards_write(a, &v, page, org);
    if (r == RC_OK) r = goals_write(a, &v, page, org);
    jw_key(a->out, STR("items"));
    if (r == RC_OK) r = item_lines_write(a, STR("open"), (str){0}, TURNS_SHOWN, a->out);
    if (r == RC_OK) r = turns_write(a, TURNS_SHOWN, a->out);
    if (r == RC_OK) r = counts_write(a, a->out);
    jw_end(a->out, '}');
    return r;
}
