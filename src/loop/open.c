/* Opening an item: its fields from the watch, the frozen figures, the records behind them. */
#include "loop/inner.h"

enum { EVIDENCE_MAX = 50 };

const struct app_watch *watch_find(const struct catalogue *c, str name)
{
    for (int i = 0; i < c->watch_count; i++)
        if (str_eq(c->watch[i].name, name)) return &c->watch[i];
    return NULL;
}

/* ---- the item's fields ---- */

struct fields {
    struct cx *cx;
    const struct loop *loop;
    const struct look *look;
    int64_t relapse_of;
    struct jw out;
};

static bool is_number(const struct app_field *f)
{
    return f->kind == FIELD_NUMBER || f->kind == FIELD_INTEGER;
}

/* As many digits as the field takes: a ratio has more. */
static str number_text(struct cx *cx, const struct app_field *f, dec d)
{
    struct buf b = {.arena = cx->arena};
    dec rounded = d;
    if (!dec_rescale(d, f->kind == FIELD_NUMBER ? f->scale : 0, DEC_HALF_UP, &rounded)) rounded = d;
    dec_write(&b, rounded);
    return buf_str(&b);
}

static void value_write(struct fields *s, const struct app_field *f, const struct feel_value *v)
{
    struct buf b = {.arena = s->cx->arena};
    jw_key(&s->out, f->name);
    if (v->kind == FEEL_NUMBER && is_number(f)) {
        jw_raw(&s->out, number_text(s->cx, f, feel_to_dec(v)));
        return;
    }
    feel_value_write(&b, v);
    jw_raw(&s->out, buf_str(&b));
}

static rc settings_write(struct fields *s)
{
    const struct app_watch *w = s->look->watch;
    rc r = RC_OK;
    for (int i = 0; i < w->set_count && r == RC_OK; i++) {
        struct feel_run run = {.cx = s->cx, .slot = s->look->slot};
        struct feel_value v = feel_null();
        r = feel_eval(&run, w->set[i].value, &v);
        if (r == RC_OK) value_write(s, w->set[i].field, &v);
    }
    return r;
}

/* The field of that name that the watch does not set itself. */
static const struct app_field *unset(const struct fields *s, const char *name)
{
    const struct app_watch *w = s->look->watch;
    const struct app_field *f = app_field_find(w->open, str_from(name));
    for (int i = 0; f && i < w->set_count; i++)
        if (w->set[i].field == f) return NULL;
    return f;
}

static void figure_write(struct fields *s, const char *name, int slot, str shown)
{
    const struct app_field *f = unset(s, name);
    const struct feel_value *v = &s->look->slot[slot];
    if (!f || v->kind != FEEL_NUMBER) return;
    if (is_number(f)) value_write(s, f, v);
    if (f->kind == FIELD_TEXT) jw_kstr(&s->out, name, shown);
}

static void text_write(struct fields *s, const char *name, str text)
{
    const struct app_field *f = unset(s, name);
    if (!f || !text.len) return;
    jw_key(&s->out, f->name);
    jw_str(&s->out, text);
}

static void due_write(struct fields *s)
{
    const struct app_watch *w = s->look->watch;
    const struct calendar *calendar = s->loop->catalogue->calendar;
    struct buf b = {.arena = s->cx->arena};
    if (!w->due_days || !calendar) return;
    day_write(&b, calendar_add(calendar, day_of_us(s->cx->now_us), w->due_days));
    text_write(s, "due", buf_str(&b));
}

static void ids_write(struct fields *s)
{
    static const char *const names[] = {"relapse_of", "relapsed_from"};
    const struct app_field *f = unset(s, "org");
    if (f && f->kind == FIELD_REF && s->look->org) jw_ki64(&s->out, "org", s->look->org);
    for (size_t i = 0; i < COUNTOF(names) && s->relapse_of; i++) {
        f = unset(s, names[i]);
        if (f && f->kind == FIELD_REF && f->ref == s->look->watch->open)
            jw_ki64(&s->out, names[i], s->relapse_of);
    }
}

static rc fields_make(struct fields *s, const struct link *frozen, const struct json **out)
{
    const struct look *k = s->look;
    const struct app_watch *w = k->watch;
    struct buf b = {.arena = s->cx->arena};
    s->out = (struct jw){.out = &b};
    jw_object(&s->out);
    const rc r = settings_write(s);
    if (r != RC_OK) return r;
    text_write(s, "title", app_title_of(&w->title, LANG_ZH));
    text_write(s, "lead", w->lead.len ? w->lead : w->indicator->lead);
    text_write(s, "indicator", w->indicator->name);
    text_write(s, "period", frozen->period);
    figure_write(s, "value", SLOT_VALUE, frozen->shown);
    figure_write(s, "target", SLOT_TARGET, frozen->shown_target);
    figure_write(s, "gap", SLOT_GAP, frozen->shown_gap);
    due_write(s);
    ids_write(s);
    jw_end(&s->out, '}');
    return json_parse(s->cx, buf_str(&b), out);
}

/* ---- what is frozen ---- */

static rc evidence_make(struct cx *cx, const struct measure_view *v, const struct look *k, str *out)
{
    const struct actor system = {.code = STR("system"), .system = true};
    struct buf b = {.arena = cx->arena};
    struct jw w = {.out = &b};
    struct behinds list = {0};
    rc r = indicator_behind(cx, v, k->watch->indicator, k->period, k->org, EVIDENCE_MAX, &list);
    jw_array(&w);
    for (size_t i = 0; i < list.len && r == RC_OK; i++) {
        struct record record = {0};
        r = rec_load(cx, v->db, list.at[i].type, list.at[i].id, &record);
        if (r == RC_OK) r = rec_write_json(cx, v->db, &system, &record, &w);
    }
    jw_end(&w, ']');
    *out = buf_str(&b);
    return r;
}

static str number_or_empty(struct cx *cx, bool there, dec d)
{
    return there ? indicator_number(cx, d) : (str){0};
}

static str shown_or_empty(struct cx *cx, const struct look *k, bool there, dec d)
{
    return there ? indicator_shown(cx, k->watch->indicator, d) : (str){0};
}

rc item_open(struct cx *cx, struct loop *l, const struct measure_view *v, struct look *k,
             int64_t relapse_of)
{
    const struct json *fields = NULL;
    const struct reading *now = &k->reading;
    rc r = look_names(cx, v, k);
    if (r != RC_OK) return r;
    struct link frozen = {.watch = k->watch->name,
                          .indicator = k->watch->indicator->name,
                          .org = k->org,
                          .period = feel_str(&k->slot[SLOT_PERIOD]),
                          .state = LINK_OPEN,
                          .value = number_or_empty(cx, now->present, now->value),
                          .target = number_or_empty(cx, now->has_target, now->target),
                          .shown = shown_or_empty(cx, k, now->present, now->value),
                          .shown_target = shown_or_empty(cx, k, now->has_target, now->target),
                          .shown_gap = shown_or_empty(cx, k, k->has_gap, k->gap),
                          .lasting = k->watch->lasting,
                          .relapse_of = relapse_of,
                          .opened_us = cx->now_us};
    struct fields s = {.cx = cx, .loop = l, .look = k, .relapse_of = relapse_of};
    r = evidence_make(cx, v, k, &frozen.evidence);
    if (r == RC_OK) r = fields_make(&s, &frozen, &fields);
    if (r == RC_OK) r = l->host.open(l->host.owner, cx, v->db, k->watch, fields, &frozen.item_id);
    return r == RC_OK ? link_add(cx, v->db, &frozen) : r;
}
