/* How faults of declarations are said: what is wrong, then how to mend it. */
#include "app/load.h"

void fault_at(struct loader *l, str source, struct pos pos, const char *slug, const char *zh,
              const char *en, ...)
{
    struct cx *cx = l->cx;
    va_list ap;
    va_start(ap, en);
    const str detail = arena_vprintf(cx->arena, cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    const rc r = err_set_at(cx, RC_INVALID, slug, pos, STR_FMT, STR_FMT, STR_ARG(detail));
    (void)r; /* goes into the findings */
    fault_collect(l, source);
}

void fault_collect(struct loader *l, str source)
{
    struct findings *f = l->cx->findings;
    if (l->cx->err.code == RC_OK) { /* the callee filled the findings itself */
        l->last = NULL;
        return;
    }
    err_source(l->cx, source);
    const size_t before = f->count;
    (void)err_collect(l->cx);
    l->last = f->count > before ? &f->item[before] : NULL;
}

void fault_step(const struct step_place *at, const char *slug, const char *zh, const char *en,
                str what)
{
    const struct bpmn_node *n = at->node;
    const str said = arena_printf(at->l->cx->arena, "\"" STR_FMT "\" (" STR_FMT ")",
                                  STR_ARG(n->name), STR_ARG(n->id));
    fault_at(at->l, at->source, n->pos, slug, "步骤 " STR_FMT "：%s “" STR_FMT "”",
             "step " STR_FMT ": %s \"" STR_FMT "\"", STR_ARG(said),
             at->l->cx->lang == LANG_EN ? en : zh, STR_ARG(what));
}

void mend(struct loader *l, const char *zh, const char *en, ...)
{
    if (!l->last) return;
    va_list ap;
    va_start(ap, en);
    l->last->hint = arena_vprintf(l->cx->arena, l->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
}

/* Edits to turn a into b (insert, delete, replace), of short words. */
enum { WORD_MAX = 64 };
static size_t distance(str a, str b)
{
    size_t row[WORD_MAX + 1];
    if (a.len > WORD_MAX || b.len > WORD_MAX) return SIZE_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.len; j++) {
            const size_t replaced = diagonal + (a.at[i] != b.at[j]);
            const size_t shorter = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[b.len];
}

int nearest(str s, const str *candidate, size_t count)
{
    int best = -1;
    size_t best_distance = s.len / 3 + 2; /* further is another word */
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(s, candidate[i]);
        if (d != SIZE_MAX && s.len > 2 && str_starts(candidate[i], s)) d = 1;
        if (d >= best_distance) continue;
        best_distance = d;
        best = (int)i;
    }
    return best;
}

void mend_nearest(struct loader *l, str written, const str *candidate, size_t count)
{
    enum { SHOWN_MAX = 12 };
    const int i = nearest(written, candidate, count);
    if (i >= 0) {
        mend(l, "是不是 “" STR_FMT "”？", "did you mean \"" STR_FMT "\"?", STR_ARG(candidate[i]));
        return;
    }
    if (!count) return;
    struct buf b = {.arena = l->cx->arena};
    for (size_t k = 0; k < count && k < SHOWN_MAX; k++) {
        if (k) buf_add(&b, l->cx->lang == LANG_EN ? STR(", ") : STR("、"));
        buf_add(&b, candidate[k]);
    }
    if (count > SHOWN_MAX) buf_add(&b, STR(" …"));
    mend(l, "可以用：" STR_FMT, "known here: " STR_FMT, STR_ARG(buf_str(&b)));
}
