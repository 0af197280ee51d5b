/* Questions about oneself and about what is declared: me, catalogue, search. */
#include "engine/inside.h"

static void title_write(struct jw *w, const struct app_title *t)
{
    jw_object(w);
    jw_kstr(w, "zh", app_title_of(t, LANG_ZH));
    jw_kstr(w, "en", app_title_of(t, LANG_EN));
    jw_end(w, '}');
}

static void key_title(struct jw *w, const char *key, const struct app_title *t)
{
    jw_key(w, str_from(key));
    title_write(w, t);
}

int64_t root_org(struct cx *cx, struct engine *e, struct db *db)
{
    SQL(sql_root,
        "SELECT id FROM core_org WHERE site = $site AND parent IS NULL AND voided = 0 ORDER BY id"
        " LIMIT 1");
    DB_ROWS rows = {0};
    bool more = false;
    if (!catalogue_type(e->cat, STR("core.org"))) return 0;
    if (db_query(cx, db, &sql_root, DB_NO_ARGS, &rows) != RC_OK ||
        db_next(cx, &rows, &more) != RC_OK || !more)
        return 0;
    return db_i64(&rows, 0);
}

/* {id, key, label} or null */
rc org_write(struct ask *a, int64_t org_id, struct jw *out)
{
    const struct app_type *type = catalogue_type(a->e->cat, STR("core.org"));
    struct record org = {0};
    if (!type || !org_id) {
        jw_null(out);
        return RC_OK;
    }
    rc r = rec_load(a->cx, a->db, type, org_id, &org);
    if (r != RC_OK) return r;
    jw_object(out);
    jw_ki64(out, "id", org_id);
    jw_kstr(out, "key", rec_key_text(a->cx, a->db, &org));
    jw_kstr(out, "label",
            type->label >= 0 ? org.value[type->label].text : rec_key_text(a->cx, a->db, &org));
    jw_end(out, '}');
    return RC_OK;
}

static rc org_label_write(struct ask *a, int64_t org_id, struct jw *out)
{
    const struct app_type *type = catalogue_type(a->e->cat, STR("core.org"));
    struct record org = {0};
    rc r = type && org_id ? rec_load(a->cx, a->db, type, org_id, &org) : RC_OK;
    jw_str(out, r == RC_OK && org.type ? subject_label(a, &org) : (str){0});
    return r;
}

rc question_me(struct ask *a)
{
    const struct actor *who = a->who;
    struct jw *w = a->out;
    const struct role_rights may = rights_of(who);
    jw_object(w);
    jw_kstr(w, "code", who->code);
    jw_kstr(w, "name", who->name);
    jw_key(w, STR("org"));
    rc r = org_write(a, who->org_id, w);
    jw_key(w, STR("roles"));
    jw_array(w);
    for (int i = 0; i < who->role_count; i++) {
        jw_object(w);
        jw_kstr(w, "name", who->role[i]->name);
        key_title(w, "title", &who->role[i]->title);
        jw_end(w, '}');
    }
    jw_end(w, ']');
    jw_kbool(w, "administers", may.administers);
    jw_kbool(w, "audits", may.audits);
    jw_kbool(w, "inspects", may.inspects);
    struct buf now = {.arena = a->cx->arena};
    us_write(&now, a->cx->now_us);
    jw_kstr(w, "now", buf_str(&now));
    jw_key(w, STR("city"));
    if (r == RC_OK) r = org_label_write(a, root_org(a->cx, a->e, a->db), w);
    jw_end(w, '}');
    return r;
}

/* ---- the catalogue ---- */

static const char *const kind_name[FIELD_KIND_COUNT] = {
    [FIELD_TEXT] = "text",       [FIELD_INTEGER] = "integer", [FIELD_NUMBER] = "number",
    [FIELD_BOOLEAN] = "boolean", [FIELD_DATE] = "date",       [FIELD_MOMENT] = "moment",
    [FIELD_PERIOD] = "period",   [FIELD_CODE] = "code",       [FIELD_REF] = "ref",
    [FIELD_FILES] = "files"};
static const char *const unit_name[PERIOD_UNIT_COUNT] = {[PERIOD_DAY] = "day",
                                                         [PERIOD_MONTH] = "month",
                                                         [PERIOD_QUARTER] = "quarter",
                                                         [PERIOD_HALF] = "half",
                                                         [PERIOD_YEAR] = "year"};

static void field_bounds(struct jw *w, const struct app_field *f)
{
    if (f->has_min) {
        jw_key(w, STR("min"));
        jw_fixed(w, f->min, f->scale);
    }
    if (f->has_max) {
        jw_key(w, STR("max"));
        jw_fixed(w, f->max, f->scale);
    }
    if (f->length_max) jw_ki64(w, "length_max", f->length_max);
}

static void field_write(struct jw *w, const struct app_field *f)
{
    jw_object(w);
    jw_kstr(w, "name", f->name);
    key_title(w, "title", &f->title);
    jw_kstr(w, "kind", str_from(kind_name[f->kind]));
    if (f->unit.len) jw_kstr(w, "unit", f->unit);
    if (f->kind == FIELD_NUMBER) jw_ki64(w, "scale", f->scale);
    if (f->kind == FIELD_PERIOD) jw_kstr(w, "period", str_from(unit_name[f->period]));
    if (f->codes) jw_kstr(w, "codes", f->codes->name);
    if (f->ref) jw_kstr(w, "ref", f->ref->name);
    jw_kbool(w, "required", f->required);
    jw_kbool(w, "readonly", f->readonly || f->derive);
    jw_kbool(w, "search", f->search);
    jw_kbool(w, "indexed", f->indexed || f->kind == FIELD_REF);
    jw_kbool(w, "multiline", f->multiline);
    if (f->private_for.len) jw_kstr(w, "private", f->private_for);
    if (f->help.zh.len) key_title(w, "help", &f->help);
    field_bounds(w, f);
    jw_end(w, '}');
}

static const struct {
    enum act act;
    const char *name;
} act_names[] = {{ACT_READ, "read"}, {ACT_CREATE, "create"}, {ACT_CORRECT, "correct"},
                 {ACT_VOID, "void"}, {ACT_EXPORT, "export"}, {ACT_IMPORT, "import"}};

static void type_names(struct jw *w, const char *key, const struct app_type *t, const int *index,
                       int count)
{
    jw_key(w, str_from(key));
    jw_array(w);
    for (int i = 0; i < count; i++)
        jw_str(w, t->field[index[i]].name);
    jw_end(w, ']');
}

static void type_write(struct ask *a, const struct app_type *t)
{
    struct jw *w = a->out;
    str rest, app = str_cut(t->name, '.', &rest);
    jw_key(w, t->name);
    jw_object(w);
    jw_kstr(w, "name", t->name);
    key_title(w, "title", &t->title);
    jw_kstr(w, "app", app);
    if (t->label >= 0) jw_kstr(w, "label", t->field[t->label].name);
    jw_kbool(w, "item", t == item_type(a->e));
    if (t->org >= 0) jw_kstr(w, "org", t->field[t->org].name);
    type_names(w, "key", t, t->key, t->key_count);
    type_names(w, "list", t, t->list_column, t->list_column_count);
    if (t->sort >= 0)
        jw_kstr(w, "sort",
                arena_printf(a->cx->arena, "%s" STR_FMT, t->sort_descending ? "-" : "",
                             STR_ARG(t->field[t->sort].name)));
    if (t->process) jw_kstr(w, "process", t->process->name);
    jw_key(w, STR("may"));
    jw_array(w);
    for (size_t i = 0; i < COUNTOF(act_names); i++)
        if (rec_reach(a->who, t, act_names[i].act) != REACH_NONE)
            jw_str(w, str_from(act_names[i].name));
    jw_end(w, ']');
    jw_key(w, STR("fields"));
    jw_array(w);
    for (int i = 0; i < t->field_count; i++)
        field_write(w, &t->field[i]);
    jw_end(w, ']');
    jw_end(w, '}');
}

static void apps_write(struct ask *a)
{
    const struct catalogue *c = a->e->cat;
    struct jw *w = a->out;
    jw_key(w, STR("apps"));
    jw_array(w);
    for (int i = 0; i < c->app_count; i++) {
        jw_object(w);
        jw_kstr(w, "name", c->app[i].name);
        key_title(w, "title", &c->app[i].title);
        jw_key(w, STR("types"));
        jw_array(w);
        for (int k = 0; k < c->type_count; k++) {
            str rest;
            if (str_eq(str_cut(c->type[k].name, '.', &rest), c->app[i].name) &&
                rec_reach(a->who, &c->type[k], ACT_READ) != REACH_NONE)
                jw_str(w, c->type[k].name);
        }
        jw_end(w, ']');
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

static void codes_write(struct jw *w, const struct catalogue *c)
{
    jw_key(w, STR("codes"));
    jw_object(w);
    for (int i = 0; i < c->codes_count; i++) {
        jw_key(w, c->codes[i].name);
        jw_object(w);
        key_title(w, "title", &c->codes[i].title);
        jw_key(w, STR("items"));
        jw_array(w);
        for (size_t k = 0; k < c->codes[i].count; k++) {
            jw_object(w);
            jw_kstr(w, "code", c->codes[i].item[k].code);
            key_title(w, "title", &c->codes[i].item[k].title);
            jw_kstr(w, "pinyin", c->codes[i].item[k].pinyin);
            jw_end(w, '}');
        }
        jw_end(w, ']');
        jw_end(w, '}');
    }
    jw_end(w, '}');
}

static void indicators_write(struct jw *w, const struct catalogue *c)
{
    jw_key(w, STR("indicators"));
    jw_array(w);
    for (int i = 0; i < c->indicator_count; i++) {
        const struct app_indicator *n = &c->indicator[i];
        jw_object(w);
        jw_kstr(w, "name", n->name);
        key_title(w, "title", &n->title);
        key_title(w, "note", &n->note);
        jw_kstr(w, "unit", n->unit);
        jw_ki64(w, "decimals", n->decimals);
        jw_kstr(w, "better", n->better == BETTER_LOWER ? STR("lower") : STR("higher"));
        jw_kstr(w, "per", str_from(unit_name[n->per]));
        jw_kstr(w, "lead", n->lead);
        jw_kbool(w, "cumulative", n->cumulative);
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

rc question_catalogue(struct ask *a)
{
    const struct catalogue *c = a->e->cat;
    struct jw *w = a->out;
    jw_object(w);
    apps_write(a);
    jw_key(w, STR("types"));
    jw_object(w);
    for (int i = 0; i < c->type_count; i++)
        if (rec_reach(a->who, &c->type[i], ACT_READ) != REACH_NONE) type_write(a, &c->type[i]);
    jw_end(w, '}');
    codes_write(w, c);
    indicators_write(w, c);
    jw_key(w, STR("pages"));
    jw_object(w);
    for (int i = 0; i < c->page_count; i++) {
        jw_key(w, c->page[i].name);
        jw_raw(w, c->page[i].json);
    }
    jw_end(w, '}');
    jw_key(w, STR("roles"));
    jw_array(w);
    for (int i = 0; i < c->role_count; i++) {
        jw_object(w);
        jw_kstr(w, "name", c->role[i].name);
        key_title(w, "title", &c->role[i].title);
        jw_end(w, '}');
    }
    jw_end(w, ']');
    jw_kstr(w, "hash", c->hash);
    jw_end(w, '}');
    return RC_OK;
}

/* ---- search ---- */

static void hit_write(struct ask *a, const struct app_type *t, int64_t id, str label)
{
    jw_object(a->out);
    jw_kstr(a->out, "type", t->name);
    jw_kstr(a->out, "type_title", app_title_of(&t->title, a->cx->lang));
    jw_ki64(a->out, "id", id);
    jw_kstr(a->out, "label", label);
    jw_end(a->out, '}');
}

static bool searchable(const struct app_type *t)
{
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].search) return true;
    return false;
}

rc question_search(struct ask *a)
{
    enum { HITS_A_TYPE = 5 };
    str q = str_trim(json_text(a->params, STR("q")));
    const struct catalogue *c = a->e->cat;
    rc r = RC_OK;
    jw_array(a->out);
    for (int i = 0; q.len && i < c->indicator_count; i++) {
        str title = app_title_of(&c->indicator[i].title, a->cx->lang);
        if (str_index(title, q) == SIZE_MAX) continue;
        jw_object(a->out);
        jw_kstr(a->out, "type", STR("indicator"));
        jw_kstr(a->out, "type_title", a->cx->lang == LANG_ZH ? STR("指标") : STR("Indicator"));
        jw_kstr(a->out, "id", c->indicator[i].name);
        jw_kstr(a->out, "label", title);
        jw_end(a->out, '}');
    }
    for (int i = 0; q.len && r == RC_OK && i < c->type_count; i++) {
        const struct app_type *t = &c->type[i];
        if (!searchable(t) || rec_reach(a->who, t, ACT_READ) == REACH_NONE) continue;
        struct rec_query query = {.type = t, .who = a->who, .search = q, .limit = HITS_A_TYPE};
        struct rec_page page = {0};
        r = rec_find(a->cx, a->db, &query, &page);
        for (size_t k = 0; r == RC_OK && k < page.len; k++) {
            const struct record *hit = &page.at[k];
            hit_write(a, t, hit->id, subject_label(a, hit));
        }
    }
    jw_end(a->out, ']');
    return r;
}
