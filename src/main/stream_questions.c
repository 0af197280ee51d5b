/* Questions of the command stream: lists with filters and orders, searches, figures, work. */
#include "base/date.h"
#include "main/stream_inside.h"

static void filter_write(struct stream *s, struct jw *w, const struct app_type *t)
{
    static const char *const op[] = {"eq",       "ne", "lt",   "le",      "gt",  "ge",
                                     "contains", "in", "null", "notnull", "like"};
    const struct app_field *f = &t->field[draw_below(s, t->field_count)];
    struct buf b = {.arena = w->out->arena}, value = {.arena = w->out->arena};
    struct jw v = {.out = &value};
    bool spoil = draw_percent(s, 8);
    value_write(s, &v, f, spoil);
    str text = buf_str(&value);
    if (text.len > 1 && text.at[0] == '"' && str_index(text, STR("\\")) == SIZE_MAX)
        text = str_slice(text, 1, text.len - 1);
    int64_t which = draw_below(s, (int64_t)COUNTOF(op));
    buf_add(&b, f->name);
    buf_printf(&b, ":%s:", op[which]);
    buf_add(&b, text);
    jw_str(w, buf_str(&b));
}

void list_write(struct jw *w, const struct app_type *t)
{
    jw_object(w);
    jw_kstr(w, "type", t->name);
    jw_ki64(w, "limit", 100);
    jw_kbool(w, "count", true);
    jw_end(w, '}');
}

static void where_write(struct stream *s, struct jw *w, const struct app_type *t)
{
    static const char *const op[] = {">", "<=", "=", "!="};
    const struct app_field *f = &t->field[draw_below(s, t->field_count)];
    struct buf b = {.arena = w->out->arena};
    struct jw v = {.out = &b};
    int64_t which = draw_below(s, (int64_t)COUNTOF(op));
    buf_add(&b, f->name);
    buf_printf(&b, " %s ", op[which]);
    value_write(s, &v, f, false);
    jw_kstr(w, "where", buf_str(&b));
}

/* A list as people draw it up, or the next page of the last one. */
static void list_draw(struct stream *s, struct jw *w)
{
    static const char *const searches[] = {"义乌", "督",   "x",    "yw", "增速",
                                           "wm",   "100%", "🙂", "a b"};
    const struct app_type *t = type_any(s);
    bool next = s->page.type && s->page.cursor_len && draw_percent(s, 40);
    if (next) t = s->page.type;
    int64_t filters = draw_below(s, 3), limit = 1 + draw_below(s, 40);
    const struct app_field *by = &t->field[draw_below(s, t->field_count)];
    bool sorted = draw_percent(s, 60), down = draw_percent(s, 40), search = draw_percent(s, 15),
         where = draw_percent(s, 15), voided = draw_percent(s, 10);
    int64_t word = draw_below(s, (int64_t)COUNTOF(searches));
    jw_object(w);
    jw_kstr(w, "type", t->name);
    jw_ki64(w, "limit", limit);
    jw_kbool(w, "count", true);
    if (next) {
        if (s->page.sort[0]) jw_kstr(w, "sort", str_from(s->page.sort));
        jw_kstr(w, "after", (str){s->page.cursor, s->page.cursor_len});
        jw_end(w, '}');
        return;
    }
    s->page.sort[0] = '\0';
    s->page.cursor_len = 0;
    if (sorted) {
        snprintf(s->page.sort, sizeof s->page.sort, "%s" STR_FMT, down ? "-" : "",
                 STR_ARG(by->name));
        jw_kstr(w, "sort", str_from(s->page.sort));
    }
    bool plain = !filters && !search && !where && !voided;
    s->page.type = plain ? t : NULL;
    if (voided) jw_kbool(w, "voided", true);
    if (search) jw_kstr(w, "q", str_from(searches[word]));
    if (where) where_write(s, w, t);
    if (filters) {
        jw_key(w, STR("filter"));
        jw_array(w);
        for (int64_t i = 0; i < filters; i++)
            filter_write(s, w, t);
        jw_end(w, ']');
    }
    jw_end(w, '}');
}

static void record_draw(struct stream *s, struct jw *w, bool history)
{
    const struct app_type *t = type_any(s);
    const struct known *k = known_any(s, t);
    jw_object(w);
    jw_kstr(w, "type", t->name);
    jw_ki64(w, "id", k ? k->id : 1);
    if (!history) jw_kstr(w, "include", STR("history,tasks,item,related"));
    jw_end(w, '}');
}

static void indicator_draw(struct stream *s, struct jw *w)
{
    const struct app_indicator *i = &s->cat->indicator[draw_below(s, s->cat->indicator_count)];
    struct buf period = {.arena = w->out->arena}, known = {.arena = w->out->arena};
    bool with_period = draw_percent(s, 70), as_known = draw_percent(s, 30);
    day_t day = day_of_us(s->now_us) - (day_t)draw_below(s, 400);
    day_t back = day_of_us(s->now_us) - (day_t)draw_below(s, 60);
    bool watched = s->cat->watch_count && draw_percent(s, 40);
    if (watched) i = s->cat->watch[draw_below(s, s->cat->watch_count)].indicator;
    period_write(&period, period_of(day, i->per));
    day_write(&known, back);
    jw_object(w);
    jw_kstr(w, "name", i->name);
    if (with_period) jw_kstr(w, "period", buf_str(&period));
    if (as_known) jw_kstr(w, "known_at", buf_str(&known));
    jw_end(w, '}');
}

static void text_draw(struct stream *s, struct jw *w, const char *key)
{
    struct buf b = {.arena = w->out->arena};
    value_text(s, &b, draw_percent(s, 30) ? STYLE_STRANGE : STYLE_CHINESE, 6);
    jw_object(w);
    jw_kstr(w, key, buf_str(&b));
    jw_end(w, '}');
}

static void plain_write(struct jw *w, const char *key, const char *value)
{
    jw_object(w);
    if (key) jw_kstr(w, key, str_from(value));
    jw_end(w, '}');
}

void question_draw(struct stream *s, struct jw *w, str *name)
{
    static const struct {
        const char *name;
        int weight;
    } kind[] = {{"record.list", 40},   {"record.get", 12},
                {"record.history", 5}, {"search", 5},
                {"indicator.get", 8},  {"indicator.records", 5},
                {"indicator.list", 2}, {"cockpit", 3},
                {"task.list", 5},      {"item.list", 5},
                {"ledger.list", 4},    {"user.list", 2},
                {"process.list", 1},   {"me", 3}};
    int64_t at = draw_below(s, 100);
    size_t k = 0;
    while (k + 1 < COUNTOF(kind) && at >= kind[k].weight)
        at -= kind[k++].weight;
    *name = str_from(kind[k].name);
    bool newest = draw_percent(s, 50);
    switch (k) {
    case 0: list_draw(s, w); break;
    case 1: record_draw(s, w, false); break;
    case 2: record_draw(s, w, true); break;
    case 3: text_draw(s, w, "q"); break;
    case 4:
    case 5: indicator_draw(s, w); break;
    case 8: plain_write(w, newest ? NULL : "state", "done"); break;
    case 9: plain_write(w, newest ? "state" : NULL, "closed"); break;
    case 10: plain_write(w, newest ? "newest" : "subject", newest ? "1" : "user"); break;
    default: plain_write(w, NULL, NULL); break;
    }
}
