/* Matches, warnings, elements and findings of decisions, as lines for people and as JSON. */
#include "main/decisions/show.h"

#include "feel/type.h"

const char *show_kind(const struct feel_value *v)
{
    return type_kind_name((enum feel_kind)v->kind);
}

const char *show_element_kind(const struct dmn_element *e)
{
    static const char *const name[] = {[DMN_INPUT] = "input",
                                       [DMN_DECISION] = "decision",
                                       [DMN_KNOWLEDGE] = "knowledge",
                                       [DMN_SERVICE] = "service"};
    return name[e->kind];
}

/* ---- lines ---- */

static void place(struct buf *out, str file, struct pos pos)
{
    if (file.len) buf_printf(out, STR_FMT ":", STR_ARG(file));
    if (pos.line) buf_printf(out, "%u:%u:", pos.line, pos.column);
    if (file.len || pos.line) buf_char(out, ' ');
}

void show_warning(struct buf *out, str file, const struct dmn_warning *w)
{
    /* The place of what is imported is in another file, which its namespace names. */
    place(out, w->element && w->element->imported ? w->element->namespace_uri : file, w->pos);
    buf_printf(out, STR_FMT " (%s", STR_ARG(w->sentence), w->slug);
    if (w->element)
        buf_printf(out, "; %s \"" STR_FMT "\"", show_element_kind(w->element),
                   STR_ARG(w->element->name));
    if (w->cell.len) buf_printf(out, ", " STR_FMT, STR_ARG(w->cell));
    buf_add(out, STR(")\n"));
}

static void values(struct buf *out, const struct feel_value *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i) buf_add(out, STR(", "));
        feel_value_write(out, &at[i]);
    }
}

void show_match(struct buf *out, const struct dmn_match *m)
{
    buf_printf(out, "table \"" STR_FMT "\", rule %d: ", STR_ARG(m->table), m->rule);
    values(out, m->input, m->input_count);
    buf_add(out, STR(" -> "));
    values(out, m->output, m->output_count);
    for (size_t i = 0; i < m->annotation_count; i++)
        if (m->annotation[i].len) buf_printf(out, " [" STR_FMT "]", STR_ARG(m->annotation[i]));
    buf_char(out, '\n');
}

void show_finding(struct buf *out, str file, enum lang lang, const struct dmn_finding *f)
{
    const bool zh = lang == LANG_ZH;
    place(out, f->element && f->element->imported ? f->element->namespace_uri : file, f->pos);
    if (f->flaw != DMN_TYPE)
        buf_printf(out, zh ? "表“" STR_FMT "”：" : "table \"" STR_FMT "\": ", STR_ARG(f->table));
    switch (f->flaw) {
    case DMN_GAP:
        buf_printf(out, zh ? "没有规则覆盖 " STR_FMT : "no rule for " STR_FMT, STR_ARG(f->inputs));
        break;
    case DMN_OVERLAP:
        buf_printf(out,
                   zh ? "规则 %d 与规则 %d 重叠：" STR_FMT : "rules %d and %d both match " STR_FMT,
                   f->rule, f->other, STR_ARG(f->inputs));
        break;
    case DMN_UNREACHABLE:
        buf_printf(out, zh ? "规则 %d 永远不会用到" : "rule %d can never apply", f->rule);
        if (f->other) buf_printf(out, zh ? "，见规则 %d" : ", see rule %d", f->other);
        break;
    case DMN_TYPE: buf_printf(out, STR_FMT " (%s)", STR_ARG(f->inputs), f->slug); break;
    }
    buf_char(out, '\n');
}

/* ---- JSON ---- */

static void pos_json(struct jw *w, struct pos pos)
{
    if (!pos.line) return;
    jw_ki64(w, "line", pos.line);
    jw_ki64(w, "column", pos.column);
}

static void value_json(struct jw *w, const struct feel_value *v)
{
    struct buf text = {.arena = w->out->arena};
    feel_value_write(&text, v);
    jw_raw(w, buf_str(&text));
}

static void values_json(struct jw *w, const char *key, const struct feel_value *at, size_t count)
{
    jw_key(w, str_from(key));
    jw_array(w);
    for (size_t i = 0; i < count; i++)
        value_json(w, &at[i]);
    jw_end(w, ']');
}

static void element_name_json(struct jw *w, const struct dmn_element *e)
{
    if (!e) return;
    jw_kstr(w, "element", e->name);
    jw_kstr(w, "id", e->id);
    if (e->imported) jw_kstr(w, "namespace", e->namespace_uri);
}

void show_warning_json(struct jw *w, const struct dmn_warning *warning)
{
    jw_object(w);
    jw_kstr(w, "code", str_from(warning->slug));
    jw_kstr(w, "detail", warning->sentence);
    element_name_json(w, warning->element);
    if (warning->cell.len) jw_kstr(w, "cell", warning->cell);
    pos_json(w, warning->pos);
    jw_end(w, '}');
}

void show_match_json(struct jw *w, const struct dmn_match *m)
{
    jw_object(w);
    jw_kstr(w, "table", m->table);
    element_name_json(w, m->element);
    jw_ki64(w, "rule", m->rule);
    values_json(w, "inputs", m->input, m->input_count);
    values_json(w, "outputs", m->output, m->output_count);
    jw_key(w, STR("annotations"));
    jw_array(w);
    for (size_t i = 0; i < m->annotation_count; i++)
        jw_str(w, m->annotation[i]);
    jw_end(w, ']');
    jw_end(w, '}');
}

void show_finding_json(struct jw *w, const struct dmn_finding *f)
{
    static const char *const name[] = {[DMN_GAP] = "gap",
                                       [DMN_OVERLAP] = "overlap",
                                       [DMN_UNREACHABLE] = "unreachable",
                                       [DMN_TYPE] = "type"};
    const bool type = f->flaw == DMN_TYPE;
    jw_object(w);
    jw_kstr(w, "flaw", str_from(name[f->flaw]));
    if (type) jw_kstr(w, "code", str_from(f->slug));
    jw_kstr(w, type ? "place" : "table", f->table);
    element_name_json(w, f->element);
    if (f->rule) jw_ki64(w, "rule", f->rule);
    if (f->other) jw_ki64(w, "other", f->other);
    jw_kstr(w, type ? "detail" : "inputs", f->inputs);
    pos_json(w, f->pos);
    jw_end(w, '}');
}

/* ---- what a model holds ---- */

static const struct {
    enum dmn_kind kind;
    const char *title, *key;
} part[] = {{DMN_DECISION, "decisions", "decisions"},
            {DMN_SERVICE, "services", "services"},
            {DMN_KNOWLEDGE, "knowledge", "knowledge"},
            {DMN_INPUT, "inputs", "inputs"}};

static str type_text(struct arena *a, const struct feel_type *t)
{
    struct buf b = {.arena = a};
    feel_type_write(&b, t ? t : feel_type_of_kind(FEEL_ANY));
    return buf_str(&b);
}

/* Names of what an element needs: inputs of a decision, parameters of the others. */
static void needs(struct buf *out, const struct dmn_element *all, const struct dmn_element *e)
{
    const char *between = "";
    buf_char(out, '(');
    for (size_t i = 0; i < e->need_count && e->kind == DMN_DECISION; i++, between = ", ")
        buf_printf(out, "%s" STR_FMT, between, STR_ARG(all[e->needs[i]].path));
    for (size_t i = 0; i < e->parameter_count && e->kind != DMN_DECISION; i++, between = ", ") {
        buf_printf(out, "%s" STR_FMT ": ", between, STR_ARG(e->parameter[i]));
        feel_type_write(out, e->parameter_type[i]);
    }
    buf_char(out, ')');
}

void show_model(struct buf *out, const struct dmn_model *m)
{
    size_t count;
    const struct dmn_element *e = dmn_elements(m, &count);
    for (size_t p = 0; p < COUNTOF(part); p++) {
        bool titled = false;
        for (size_t i = 0; i < count; i++) {
            if (e[i].kind != part[p].kind || e[i].imported) continue;
            if (!titled) buf_printf(out, "%s\n", part[p].title);
            titled = true;
            buf_printf(out, "  " STR_FMT, STR_ARG(e[i].name));
            if (e[i].kind != DMN_INPUT) needs(out, e, &e[i]);
            const str type = type_text(out->arena, e[i].type);
            buf_printf(out, ": " STR_FMT, STR_ARG(type));
            if (e[i].allowed.text.len) buf_printf(out, " = " STR_FMT, STR_ARG(e[i].allowed.text));
            buf_char(out, '\n');
        }
    }
}

static void allowed_json(struct jw *w, const struct dmn_allowed *allowed)
{
    if (!allowed->text.len) return;
    jw_kstr(w, "allowed", allowed->text);
    if (allowed->count) values_json(w, "values", allowed->value, allowed->count);
}

static void element_json(struct jw *w, const struct dmn_element *all, const struct dmn_element *e)
{
    jw_object(w);
    jw_kstr(w, "name", e->name);
    jw_kstr(w, "id", e->id);
    jw_kstr(w, "type", type_text(w->out->arena, e->type));
    allowed_json(w, &e->allowed);
    if (e->kind != DMN_INPUT) {
        jw_key(w, e->kind == DMN_DECISION ? STR("needs") : STR("parameters"));
        jw_array(w);
        for (size_t i = 0; i < e->need_count && e->kind == DMN_DECISION; i++)
            jw_str(w, all[e->needs[i]].path);
        for (size_t i = 0; i < e->parameter_count && e->kind != DMN_DECISION; i++)
            jw_str(w, e->parameter[i]);
        jw_end(w, ']');
    }
    if (e->kind != DMN_INPUT && e->kind != DMN_DECISION) {
        jw_key(w, STR("parameterTypes"));
        jw_array(w);
        for (size_t i = 0; i < e->parameter_count; i++)
            jw_str(w, type_text(w->out->arena, e->parameter_type[i]));
        jw_end(w, ']');
    }
    jw_end(w, '}');
}

void show_model_json(struct jw *w, const struct dmn_model *m)
{
    size_t count;
    const struct dmn_element *e = dmn_elements(m, &count);
    jw_object(w);
    jw_kstr(w, "name", dmn_name(m));
    jw_kstr(w, "namespace", dmn_namespace(m));
    for (size_t p = 0; p < COUNTOF(part); p++) {
        jw_key(w, str_from(part[p].key));
        jw_array(w);
        for (size_t i = 0; i < count; i++)
            if (e[i].kind == part[p].kind && !e[i].imported) element_json(w, e, &e[i]);
        jw_end(w, ']');
    }
    jw_end(w, '}');
}
