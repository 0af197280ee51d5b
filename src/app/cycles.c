/* Circles that could never be computed or never be entered: fields derived from one another, and
 * required references of which none could be written first. */
#include "app/load.h"

/* A depth-first walk over small graphs: `next` says whether there is an edge. */
struct walk {
    struct loader *l;
    const struct app_type *t; /* derive: the type whose fields are walked */
    int count;
    int *state; /* 0 new, 1 on the path, 2 done */
    int *path, path_len;
    int *order, order_len;
};

static bool reads(const struct walk *w, int from, int to)
{
    if (!w->t) { /* types: does `from` require one of type `to`? */
        const struct app_type *t = &w->l->type[from];
        for (int i = 0; i < t->field_count; i++)
            if (t->field[i].required && t->field[i].ref == &w->l->type[to]) return true;
        return false;
    }
    const struct feel_expr *e = w->t->field[from].derive;
    return e && w->t->field[to].derive && feel_expr_uses_slot(e, to);
}

static str name_of(const struct walk *w, int i)
{
    return w->t ? w->t->field[i].name : w->l->type[i].name;
}

/* "a → b → a", from where the circle begins on the path. */
static str circle(const struct walk *w, int again)
{
    struct buf b = {.arena = w->l->cx->arena};
    int from = 0;
    while (w->path[from] != again)
        from++;
    for (int i = from; i < w->path_len; i++) {
        buf_add(&b, name_of(w, w->path[i]));
        buf_add(&b, STR(" → "));
    }
    buf_add(&b, name_of(w, again));
    return buf_str(&b);
}

static void report(const struct walk *w, int again)
{
    struct loader *l = w->l;
    const str c = circle(w, again);
    if (w->t) {
        fault_at(l, w->t->source, w->t->field[again].pos, "app.derive-cycle", "推算成环：" STR_FMT,
                 "derived fields form a circle: " STR_FMT, STR_ARG(c));
        mend(l, "让其中一个字段不再由其余字段推算",
             "let one of them not be derived from the others");
    } else {
        const struct app_type *t = &l->type[again];
        fault_at(l, t->source, t->pos, "app.reference-cycle", "必填引用成环：" STR_FMT,
                 "required references form a circle: " STR_FMT, STR_ARG(c));
        mend(l, "第一条记录无从建起：去掉其中一个引用的 required",
             "no first record could be created: let one of the references not be required");
    }
}

/* Depth is at most the number of fields or types, each on the path once. */
static void visit(struct walk *w, int i)
{
    w->state[i] = 1;
    w->path[w->path_len++] = i;
    for (int k = 0; k < w->count; k++) {
        if (!reads(w, i, k)) continue;
        if (w->state[k] == 1) report(w, k);
        if (w->state[k] == 0) visit(w, k);
    }
    w->path_len--;
    w->state[i] = 2;
    w->order[w->order_len++] = i;
}

static void walk_all(struct walk *w)
{
    struct arena *a = w->l->cx->arena;
    const size_t count = (size_t)w->count + 1;
    w->state = NEWS(a, int, count);
    w->path = NEWS(a, int, count);
    w->order = NEWS(a, int, count);
    for (int i = 0; i < w->count; i++)
        if (!w->state[i]) visit(w, i);
}

void cycles_check(struct loader *l)
{
    for (int i = 0; i < l->c->type_count; i++) {
        struct app_type *t = &l->type[i];
        struct walk w = {.l = l, .t = t, .count = t->field_count};
        walk_all(&w);
        int *derive = NEWS(l->cx->arena, int, (size_t)w.order_len + 1);
        for (int k = 0; k < w.order_len; k++)
            if (t->field[w.order[k]].derive) derive[t->derive_count++] = w.order[k];
        t->derive = derive;
    }
    struct walk types = {.l = l, .count = l->c->type_count};
    walk_all(&types);
}
