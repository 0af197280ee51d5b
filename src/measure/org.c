/* The tree is small (thousands) and changes seldom: everything is looked up by a hash of ids, and
 * the root is found anew after each change. */
#include "measure/org.h"

#include "measure/scan.h"

enum { SLOTS_MIN = 64 };

static int field_of(const struct app_type *t, str name)
{
    const struct app_field *f = t ? app_field_find(t, name) : NULL;
    return f ? f->index : -1;
}

void org_init(struct org_tree *t, struct arena *a, const struct catalogue *c)
{
    *t = (struct org_tree){.arena = a, .key = -1, .parent = -1, .level = -1};
    for (int i = 0; i < c->type_count; i++)
        if (str_eq(c->type[i].name, STR("core.org"))) t->type = &c->type[i];
    t->parent = field_of(t->type, STR("parent"));
    t->level = field_of(t->type, STR("level"));
    if (t->type && t->type->key_count) t->key = t->type->key[0];
    t->slot_count = SLOTS_MIN;
    t->slot = NEWS(a, uint32_t, SLOTS_MIN);
}

static uint32_t *slot_of(const struct org_tree *t, int64_t id)
{
    size_t i = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (t->slot_count - 1);
    while (t->slot[i] && t->org.at[t->slot[i] - 1].id != id)
        i = (i + 1) & (t->slot_count - 1);
    return &t->slot[i];
}

const struct org *org_find(const struct org_tree *t, int64_t id)
{
    const uint32_t at = *slot_of(t, id);
    return at ? &t->org.at[at - 1] : NULL;
}

static size_t number_of(struct org_tree *t, int64_t id)
{
    uint32_t *slot = slot_of(t, id);
    if (*slot) return *slot - 1;
    *vec_add(t->arena, &t->org) = (struct org){.id = id};
    if (t->org.len * 2 <= t->slot_count) {
        *slot = (uint32_t)t->org.len;
        return t->org.len - 1;
    }
    t->slot_count *= 2;
    t->slot = NEWS(t->arena, uint32_t, t->slot_count);
    for (size_t i = 0; i < t->org.len; i++)
        *slot_of(t, t->org.at[i].id) = (uint32_t)i + 1;
    return t->org.len - 1;
}

/* The oldest organisation that has none above it. */
static void find_root(struct org_tree *t)
{
    t->root = t->given_root;
    for (size_t i = 0; i < t->org.len && !t->given_root; i++) {
        const struct org *o = &t->org.at[i];
        if (o->is_there && !o->parent && (!t->root || o->id < t->root)) t->root = o->id;
    }
}

void org_set_root(struct org_tree *t, int64_t id)
{
    t->given_root = id;
    find_root(t);
}

int org_chain(const struct org_tree *t, int64_t id, int64_t out[ORG_DEPTH_MAX])
{
    int n = 0;
    out[n++] = id;
    if (!id && t->root) out[n++] = t->root;
    while (id && n < ORG_DEPTH_MAX) {
        const struct org *o = org_find(t, id);
        if (!o || !o->parent) break;
        out[n++] = id = o->parent;
    }
    return n;
}

static struct org org_of(struct org_tree *t, const struct record *r)
{
    struct org o = {.id = r->id, .is_there = true};
    if (t->parent >= 0 && r->value[t->parent].present) o.parent = r->value[t->parent].i64;
    if (t->level >= 0 && r->value[t->level].present)
        o.level = arena_dup(t->arena, r->value[t->level].text);
    if (t->key >= 0 && r->value[t->key].present) o.key = arena_dup(t->arena, r->value[t->key].text);
    return o;
}

/* How many levels stand below id. */
static int height_of(const struct org_tree *t, int64_t id)
{
    int64_t above[ORG_DEPTH_MAX];
    int height = 0;
    for (size_t k = 0; k < t->org.len && org_find(t, id); k++) {
        const int n = org_chain(t, t->org.at[k].id, above);
        for (int i = 0; i < n; i++)
            if (above[i] == id && i > height) height = i;
    }
    return height;
}

/* Would o stand above itself under this parent, or the tree become too deep? */
static rc check_place(struct cx *cx, const struct org_tree *t, const struct org *o)
{
    int64_t above[ORG_DEPTH_MAX];
    const struct org *was = org_find(t, o->id);
    if (!o->parent || (was && was->parent == o->parent)) return RC_OK;
    const int n = org_chain(t, o->parent, above);
    for (int i = 0; i < n; i++)
        if (above[i] == o->id)
            return err_set(cx, RC_INVALID, "measure.org-cycle",
                           "机构“" STR_FMT "”不能放在自己的下级之下，请选择别的上级",
                           "the organisation \"" STR_FMT
                           "\" cannot stand below itself: choose another parent",
                           STR_ARG(o->key));
    if (n + 1 + height_of(t, o->id) <= ORG_DEPTH_MAX) return RC_OK;
    return err_set(cx, RC_LIMIT, "measure.org-depth", "机构层级最多 %d 级",
                   "organisations may be at most %d levels deep", ORG_DEPTH_MAX);
}

rc org_change(struct cx *cx, struct org_tree *t, const struct record *r, bool is_there)
{
    struct org o = org_of(t, r);
    o.is_there = is_there;
    const rc result = check_place(cx, t, &o);
    if (result != RC_OK) return result;
    const size_t at = number_of(t, r->id);
    *vec_add(t->arena, &t->was) = (struct org_was){at, t->org.at[at]};
    t->org.at[at] = o;
    find_root(t);
    return RC_OK;
}

static rc load_one(struct cx *cx, const struct record *r, void *data)
{
    (void)cx;
    struct org_tree *t = data;
    const size_t at = number_of(t, r->id);
    t->org.at[at] = org_of(t, r);
    t->org.at[at].is_there = !r->voided;
    return RC_OK;
}

rc org_load(struct cx *cx, struct db *db, struct org_tree *t)
{
    if (!t->type) return RC_OK;
    const rc r = scan_type(cx, db, t->type, SCAN_VOIDED_TOO, load_one, t);
    find_root(t);
    return r;
}

static void undo_to(struct org_tree *t, size_t mark)
{
    if (t->was.len == mark) return;
    while (t->was.len > mark) {
        const struct org_was *w = &t->was.at[--t->was.len];
        t->org.at[w->at] = w->org;
    }
    find_root(t);
}

void org_job_begin(struct org_tree *t)
{
    t->was_mark = t->was.len;
}

void org_job_undo(struct org_tree *t)
{
    undo_to(t, t->was_mark);
}

void org_committed(struct org_tree *t)
{
    t->was.len = t->was_mark = 0;
}

void org_rolled_back(struct org_tree *t)
{
    undo_to(t, 0);
    t->was_mark = 0;
}
