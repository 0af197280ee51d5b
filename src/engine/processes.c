/* The processes that run: those of the declarations and the texts published beside them, by version.
 * Compiled once, kept as long as the engine; readers and the writer share them. */
#include "engine/processes.h"

#include <stdlib.h>

#include "bpmn/definition.h"

enum { MODEL_BYTES_MAX = 64 << 20 };

/* A version that is not the declared one. */
struct version {
    struct arena arena;
    const struct app_process *process;
    struct version *next;
};
struct processes {
    const struct catalogue *cat;
    pthread_mutex_t lock;
    struct version *first;
};

struct processes *processes_new(struct cx *cx, const struct catalogue *cat)
{
    struct processes *p = NEW(cx->arena, struct processes);
    *p = (struct processes){.cat = cat};
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void processes_free(struct processes *p)
{
    for (struct version *v = p->first, *next; v; v = next) {
        next = v->next;
        arena_done(&v->arena);
        free(v);
    }
    pthread_mutex_destroy(&p->lock);
}

static const struct app_process *version_known(struct processes *p, str name, int64_t version)
{
    const struct app_process *found = NULL;
    pthread_mutex_lock(&p->lock);
    for (const struct version *v = p->first; v && !found; v = v->next)
        if (v->process->model->version == version && str_eq(v->process->name, name))
            found = v->process;
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* What another thread has compiled meanwhile stays; this one is thrown away. */
static const struct app_process *version_keep(struct processes *p, struct version *v)
{
    const struct app_process *known =
        version_known(p, v->process->name, v->process->model->version);
    if (known) {
        arena_done(&v->arena);
        free(v);
        return known;
    }
    pthread_mutex_lock(&p->lock);
    v->next = p->first;
    p->first = v;
    pthread_mutex_unlock(&p->lock);
    return v->process;
}

rc process_compile(struct cx *cx, struct processes *p, const struct app_process *declared, str xml,
                   const struct app_process **out)
{
    struct version *v = calloc(1, sizeof *v);
    CHECK(v);
    arena_init(&v->arena, MODEL_BYTES_MAX);
    struct cx own = {.arena = &v->arena, .lang = cx->lang, .findings = cx->findings};
    rc r = catalogue_process_read(&own, p->cat, declared, arena_dup(&v->arena, xml), &v->process);
    if (r == RC_OK) {
        *out = version_keep(p, v);
        return RC_OK;
    }
    r = err_copy(cx, &own.err);
    for (size_t i = 0; cx->findings && i < cx->findings->count; i++) {
        struct err *e = &cx->findings->item[i]; /* their texts lie in the arena that goes */
        e->detail = arena_dup(cx->arena, e->detail);
        e->hint = arena_dup(cx->arena, e->hint);
        e->source = arena_dup(cx->arena, e->source);
        e->field = arena_dup(cx->arena, e->field);
        e->extra = arena_dup(cx->arena, e->extra);
    }
    arena_done(&v->arena);
    free(v);
    return r;
}

rc process_newest(struct cx *cx, struct processes *p, struct db *db, str name, bool *active,
                  const struct app_process **out)
{
    int64_t version = 0;
    *active = true;
    *out = NULL;
    if (!catalogue_process(p->cat, name)) return RC_OK;
    rc r = bpmn_newest(cx, db, name, &version, active);
    if (r == RC_OK && !version) *out = catalogue_process(p->cat, name);
    return r == RC_OK && version ? process_version(cx, p, db, name, version, out) : r;
}

rc process_version(struct cx *cx, struct processes *p, struct db *db, str name, int64_t version,
                   const struct app_process **out)
{
    const struct app_process *declared = catalogue_process(p->cat, name);
    struct bpmn_definition d = {0};
    bool found = false, active = true;
    rc r = RC_OK;
    *out = NULL;
    if (!declared) return RC_OK;
    if (!version) return process_newest(cx, p, db, name, &active, out);
    *out = !version || version == declared->model->version ? declared
                                                           : version_known(p, name, version);
    if (*out) return RC_OK;
    r = bpmn_definition_load(cx, db, name, version, &d, &found);
    if (r != RC_OK || !found) return r;
    struct findings *outer = cx->findings, none = {0};
    cx->findings = &none;
    r = process_compile(cx, p, declared, d.xml, out);
    cx->findings = outer;
    if (r == RC_OK) return r;
    str first = none.count ? none.item[0].detail : cx->err.detail;
    err_clear(cx);
    return err_set(cx, RC_CONFLICT, "process.version-broken",
                   "流程“" STR_FMT "”的第 %" PRId64 " 版与现在的声明不符：" STR_FMT,
                   "process \"" STR_FMT "\", version %" PRId64
                   ", does not fit the declarations any more: " STR_FMT,
                   STR_ARG(name), d.number, STR_ARG(first));
}

const struct app_process *process_of_model(struct processes *p, const struct bpmn_model *m)
{
    const struct app_process *found = NULL;
    for (int i = 0; i < p->cat->process_count; i++)
        if (p->cat->process[i].model == m) return &p->cat->process[i];
    pthread_mutex_lock(&p->lock);
    for (const struct version *v = p->first; v && !found; v = v->next)
        if (v->process->model == m) found = v->process;
    pthread_mutex_unlock(&p->lock);
    return found;
}
