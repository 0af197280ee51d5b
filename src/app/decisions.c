/* Decisions: every *.dmn file of an app, compiled and checked; each decision (and decision service) in
 * it is APP.NAME, and a function in the FEEL of those who may use the app. */
#include "app/load.h"
#include "base/file.h"

/* What a model imports lies in the same folder. */
struct beside {
    str folder;
    struct buf hashes; /* of all that was read, for the model's own */
};

static rc beside_read(void *owner, struct cx *cx, str name, str *text)
{
    struct beside *b = owner;
    if (str_index(name, STR("/")) != SIZE_MAX || !str_ends(name, STR(".dmn")))
        return err_set(cx, RC_INVALID, "app.decision-import",
                       "只能引入同一文件夹里的 .dmn 文件，不能引入 “" STR_FMT "”",
                       "only .dmn files of the same folder can be imported, not \"" STR_FMT "\"",
                       STR_ARG(name));
    const str path =
        arena_printf(cx->arena, STR_FMT "/" STR_FMT, STR_ARG(b->folder), STR_ARG(name));
    const rc r = file_read(cx, path, DMN_BYTES_MAX, text);
    if (r == RC_OK) buf_add(&b->hashes, sm3_hex(cx->arena, *text));
    return r;
}

static rc beside_list(void *owner, struct cx *cx, struct names *out)
{
    const struct beside *b = owner;
    struct names all = {0};
    const rc r = file_list(cx, b->folder, &all);
    for (size_t i = 0; r == RC_OK && i < all.len; i++)
        if (str_ends(all.at[i], STR(".dmn"))) *vec_add(cx->arena, out) = all.at[i];
    return r;
}

static bool file_compile(struct loader *l, struct beside *b, str path, struct app_decision_file *f)
{
    struct cx *cx = l->cx;
    const struct dmn_files files = {.owner = b, .read = beside_read, .list = beside_list};
    const struct dmn_options options = {.files = &files};
    const size_t before = cx->findings->count;
    if (dmn_compile(cx, path, f->xml, &options, &f->model) == RC_OK) return true;
    if (cx->findings->count > before) err_clear(cx); /* its summary; the faults are there */
    fault_collect(l, path);
    for (size_t i = before; i < cx->findings->count; i++) {
        struct err *e = &cx->findings->item[i];
        if (!e->source.len) e->source = path;
        if (!e->pos.line) e->pos = (struct pos){1, 1, 0}; /* of the file as a whole */
    }
    return false;
}

/* ---- what the check of tables finds is a note ---- */

static struct err flaw_note(struct loader *l, const struct dmn_finding *f, str path)
{
    struct arena *a = l->cx->arena;
    const bool en = l->cx->lang == LANG_EN;
    const str table = f->table.len ? f->table : f->element->name;
    struct err e = {.code = RC_INVALID, .source = path, .pos = f->pos};
    switch (f->flaw) {
    case DMN_TYPE: /* is an error: applications are not lenient */
        e.slug = f->slug;
        e.detail = f->inputs;
        break;
    case DMN_GAP:
        e.slug = "app.decision-gap";
        e.detail = arena_printf(a,
                                en ? "table " STR_FMT " has no rule for " STR_FMT
                                   : "决策表 " STR_FMT " 没有规则覆盖：" STR_FMT,
                                STR_ARG(table), STR_ARG(f->inputs));
        break;
    case DMN_OVERLAP:
        e.slug = "app.decision-overlap";
        e.detail = arena_printf(a,
                                en ? "rules %d and %d of table " STR_FMT " both match " STR_FMT
                                   : "规则 %d 与规则 %d（决策表 " STR_FMT "）同时符合：" STR_FMT,
                                f->rule, f->other, STR_ARG(table), STR_ARG(f->inputs));
        break;
    case DMN_UNREACHABLE:
        e.slug = "app.decision-unreachable";
        e.detail = arena_printf(a,
                                en ? "rule %d of table " STR_FMT " can never decide"
                                   : "规则 %d（决策表 " STR_FMT "）永远不起作用",
                                f->rule, STR_ARG(table));
        break;
    }
    return e;
}

static void notes_add(struct loader *l, struct app_decision_file *f, str path)
{
    f->note = (int)l->note.len;
    f->note_count = (int)f->findings.len;
    for (size_t i = 0; i < f->findings.len; i++)
        *vec_add(l->cx->arena, &l->note) = flaw_note(l, &f->findings.at[i], path);
    /* And what could not be looked at, so that no silence is taken for an answer. */
    for (str rest = f->findings.left_out; rest.len;)
        *vec_add(l->cx->arena, &l->note) = (struct err){.code = RC_INVALID,
                                                        .slug = "app.decision-unchecked",
                                                        .detail = str_cut(rest, '\n', &rest),
                                                        .source = path,
                                                        .pos = {1, 1, 0}};
}

/* ---- the decisions of a file ---- */

static void input_add(struct app_decision *d, struct app_input *input,
                      const struct dmn_element *from, str name)
{
    input[d->input_count++] =
        (struct app_input){.name = name,
                           .namespace_uri = from ? from->namespace_uri : (str){0},
                           .type = from && from->type ? from->type : feel_type_of_kind(FEEL_ANY),
                           .allowed = from ? from->allowed : (struct dmn_allowed){.count = 0}};
}

/* What a service takes is declared with it. */
static void parameter_add(struct app_decision *d, struct app_input *input, size_t i)
{
    const struct dmn_element *e = d->element;
    struct app_input *added = &input[d->input_count];
    input_add(d, input, dmn_find(d->file->model, e->parameter[i]), e->parameter[i]);
    added->type = e->parameter_type[i];
    added->allowed = e->parameter_allowed[i];
}

/* The name of what a decision needs; where several have it, with those of the imports before it. */
static str needed_name(const struct dmn_element *all, const struct dmn_element *e, size_t need)
{
    const struct dmn_element *input = &all[e->needs[need]];
    for (size_t i = 0; i < e->need_count; i++)
        if (i != need && str_eq(all[e->needs[i]].name, input->name)) return input->path;
    return input->name;
}

static void inputs_find(struct loader *l, const struct dmn_model *m, struct app_decision *d)
{
    size_t count;
    const struct dmn_element *all = dmn_elements(m, &count), *e = d->element;
    const bool service = e->kind == DMN_SERVICE;
    const size_t most = service ? e->parameter_count : e->need_count;
    struct app_input *input = NEWS(l->cx->arena, struct app_input, most + 1);
    for (size_t i = 0; i < most; i++) {
        if (service)
            parameter_add(d, input, i);
        else
            input_add(d, input, &all[e->needs[i]], needed_name(all, e, i));
    }
    d->input = input;
}

static const struct app_decision *known_before(struct loader *l, str full)
{
    for (int i = 0; i < l->c->decision_count; i++)
        if (str_eq(l->decision[i].name, full)) return &l->decision[i];
    return NULL;
}

enum { DECISIONS_MAX = 2000, DECISION_FILES_MAX = 200 };

static void elements_add(struct loader *l, int app, const struct app_decision_file *f, str path)
{
    size_t count;
    const struct dmn_element *all = dmn_elements(f->model, &count);
    for (size_t i = 0; i < count && l->c->decision_count < DECISIONS_MAX; i++) {
        const struct dmn_element *e = &all[i];
        if (e->imported || (e->kind != DMN_DECISION && e->kind != DMN_SERVICE)) continue;
        struct app_decision d = {.app = l->part.at[app].name,
                                 .bare = e->name,
                                 .file = f,
                                 .element = e,
                                 .index = l->c->decision_count};
        d.name = arena_printf(l->cx->arena, STR_FMT "." STR_FMT, STR_ARG(d.app), STR_ARG(d.bare));
        const struct app_decision *other = known_before(l, d.name);
        if (other) {
            fault_at(l, path, (struct pos){1, 1, 0}, "app.decision-twice",
                     "决策 " STR_FMT " 在 " STR_FMT " 里已有",
                     "decision " STR_FMT " is already in " STR_FMT, STR_ARG(d.name),
                     STR_ARG(other->file->name));
            mend(l, "给其中一个改名", "rename one of them");
            continue;
        }
        inputs_find(l, f->model, &d);
        l->decision[l->c->decision_count++] = d;
    }
}

static void file_add(struct loader *l, int app, str name, struct app_decision_file *file)
{
    struct cx *cx = l->cx;
    const struct part *part = &l->part.at[app];
    struct app_decision_file *f = &file[l->c->decision_file_count];
    struct beside *b = NEW(cx->arena, struct beside);
    *b = (struct beside){.folder = part->folder, .hashes = {.arena = cx->arena}};
    const str path =
        arena_printf(cx->arena, STR_FMT "/" STR_FMT, STR_ARG(part->folder), STR_ARG(name));
    if (file_read(cx, path, DMN_BYTES_MAX, &f->xml) != RC_OK) {
        cx->err.pos = (struct pos){1, 1, 0};
        fault_collect(l, path);
        return;
    }
    sm3_add(l->hash, f->xml);
    f->name = arena_printf(cx->arena, STR_FMT "/" STR_FMT, STR_ARG(part->name), STR_ARG(name));
    buf_add(&b->hashes, sm3_hex(cx->arena, f->xml));
    if (!file_compile(l, b, path, f)) return;
    f->hash = sm3_hex(cx->arena, buf_str(&b->hashes));
    if (dmn_check(cx, f->model, &f->findings) != RC_OK) fault_collect(l, path);
    notes_add(l, f, path);
    l->c->decision_file_count++;
    elements_add(l, app, f, path);
}

void decisions_load(struct loader *l)
{
    struct app_decision_file *file =
        NEWS(l->cx->arena, struct app_decision_file, DECISION_FILES_MAX);
    l->decision = NEWS(l->cx->arena, struct app_decision, DECISIONS_MAX);
    l->c->decision = l->decision;
    l->c->decision_file = file;
    for (int app = 0; app < (int)l->part.len; app++) {
        struct names names = {0};
        if (file_list(l->cx, l->part.at[app].folder, &names) != RC_OK) {
            err_clear(l->cx); /* said when its declarations were read */
            continue;
        }
        for (size_t i = 0; i < names.len; i++)
            if (str_ends(names.at[i], STR(".dmn")) && !str_starts(names.at[i], STR(".")) &&
                l->c->decision_file_count < DECISION_FILES_MAX)
                file_add(l, app, names.at[i], file);
    }
}

/* ---- called from FEEL ---- */

static void warnings_tell(struct feel_call *call, struct feel_run *run,
                          const struct dmn_explain *explain)
{
    if (!explain->warnings.len) return;
    const char *said = arena_cstr(run->cx->arena, explain->warnings.at[0].sentence);
    feel_call_warn(call, said, said);
}

static rc decide(struct feel_call *call, struct feel_value *out)
{
    const struct app_decision *d = feel_call_data(call);
    struct feel_run *run = feel_call_run(call);
    struct dmn_explain explain = {0};
    struct dmn_input *input = NEWS(run->cx->arena, struct dmn_input, (size_t)d->input_count + 1);
    rc r = RC_OK;
    for (int i = 0; r == RC_OK && i < d->input_count; i++) {
        input[i] = (struct dmn_input){.namespace_uri = d->input[i].namespace_uri,
                                      .name = d->input[i].name,
                                      .value = feel_null()};
        if (feel_call_given(call, (size_t)i)) r = feel_call_eval(call, (size_t)i, &input[i].value);
    }
    if (r != RC_OK) return r;
    struct dmn_run inner = {.cx = run->cx,
                            .steps_left = run->steps_left,
                            .explain = run->warning_max ? &explain : NULL};
    r = dmn_decide(&inner, d->file->model, d->element, input, (size_t)d->input_count, out);
    if (r == RC_OK && inner.steps_left > 0 && inner.steps_left < run->steps_left)
        run->steps_left = inner.steps_left;
    if (r == RC_OK && out->kind == FEEL_NULL) warnings_tell(call, run, &explain);
    return r;
}

static void function_add(struct loader *l, struct feel_scope *s, const struct app_decision *d,
                         str name)
{
    str *params = NEWS(l->cx->arena, str, (size_t)d->input_count + 1);
    const struct feel_type **types =
        NEWS(l->cx->arena, const struct feel_type *, (size_t)d->input_count + 1);
    for (int i = 0; i < d->input_count; i++) {
        params[i] = d->input[i].name;
        types[i] = d->input[i].type;
    }
    feel_scope_add_function(
        s, &(struct feel_host_function){.name = name,
                                        .params = params,
                                        .types = types,
                                        .param_count = d->input_count,
                                        .result = d->element->type ? d->element->type
                                                                   : feel_type_of_kind(FEEL_ANY),
                                        .call = decide,
                                        .data = d});
}

static bool may_use(const struct loader *l, int app, const struct app_decision *d)
{
    if (app < 0) return true;
    for (size_t i = 0; i < l->part.len; i++)
        if (str_eq(l->part.at[i].name, d->app)) return l->part.at[app].may_use[i];
    return false;
}

static bool own(const struct loader *l, int app, const struct app_decision *d)
{
    return app >= 0 && str_eq(l->part.at[app].name, d->app);
}

void decisions_add(struct loader *l, struct feel_scope *s, int app, const struct app_type *t)
{
    for (int i = 0; i < l->c->decision_count; i++) {
        const struct app_decision *d = &l->decision[i];
        if (!may_use(l, app, d)) continue;
        function_add(l, s, d, d->name);
        const bool hidden = t && (field_find(t, d->bare) >= 0 || str_eq(d->bare, STR("value")));
        if (own(l, app, d) && !hidden) function_add(l, s, d, d->bare);
    }
}

const struct app_decision *decision_named(struct loader *l, int app, str name)
{
    const str full = arena_printf(l->cx->arena, STR_FMT "." STR_FMT, STR_ARG(l->part.at[app].name),
                                  STR_ARG(name));
    const struct app_decision *d = catalogue_decision(l->c, full);
    if (!d) d = catalogue_decision(l->c, name);
    return d && may_use(l, app, d) ? d : NULL;
}

str catalogue_decision_near(const struct catalogue *c, struct arena *a, str name)
{
    str *known = NEWS(a, str, (size_t)c->decision_count + 1);
    for (int i = 0; i < c->decision_count; i++)
        known[i] = c->decision[i].name;
    const int i = nearest(name, known, (size_t)c->decision_count);
    return i >= 0 ? known[i] : (str){0};
}

const str *decision_names(struct loader *l, int app, size_t *count)
{
    str *out = NEWS(l->cx->arena, str, (size_t)l->c->decision_count + 1);
    *count = 0;
    for (int i = 0; i < l->c->decision_count; i++)
        if (may_use(l, app, &l->decision[i]))
            out[(*count)++] =
                own(l, app, &l->decision[i]) ? l->decision[i].bare : l->decision[i].name;
    return out;
}
