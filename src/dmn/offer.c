/* What may be given for inputs and for parameters: allowed values of their types, or those that the
 * decision tables state which ask for them; for those who offer a list to choose from. */
#include "dmn/compile.h"

enum { OFFERED_MAX = 200 }; /* values */

typedef VEC(struct feel_value) value_vec;

/* false: they are not all single values. */
static bool add_values(struct arena *a, const struct feel_tests *t, value_vec *out)
{
    if (!t || t->any || t->negated) return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct feel_range *r = &t->range[i];
        bool known = r->low.kind == FEEL_NULL; /* that is to give none */
        if (r->form != FEEL_RANGE_EQUAL || r->low.kind >= FEEL_LIST || out->len > OFFERED_MAX)
            return false;
        for (size_t k = 0; k < out->len && !known; k++)
            known = feel_equal(&out->at[k], &r->low) == 1;
        if (!known) *vec_add(a, out) = r->low;
    }
    return out->len <= OFFERED_MAX;
}

static bool of_item(const struct compiler *c, const struct item *item, struct dmn_allowed *out)
{
    value_vec values = {0};
    if (!item->allowed && item->element) item = item->element;
    if (!item->allowed) return false;
    *out = (struct dmn_allowed){.text = str_trim(item->allowed->source)};
    if (!add_values(c->arena, item->constant, &values)) return true;
    out->value = values.at;
    out->count = values.len;
    return true;
}

/* ---- from tables ---- */

/* The slot an input of a table reads, when that is all it does; -1. */
static int slot_of(const struct table_input *in)
{
    const struct feel_expr *e = in->expression.expr;
    return e && e->root->op == OP_SLOT ? e->root->as.index : -1;
}

/* What tables state for one input or parameter. */
struct stated {
    struct buf text;
    value_vec values;
    bool open; /* not all of it are values */
};

static void state(const struct compiler *c, const struct table_input *in, struct stated *s)
{
    const str text = str_trim(in->allowed.source);
    s->text.arena = c->arena;
    if (str_eq(buf_str(&s->text), text)) return; /* as in the table before */
    if (s->text.len) buf_add(&s->text, STR(", "));
    buf_add(&s->text, text);
    if (!add_values(c->arena, in->constant, &s->values)) s->open = true;
}

static struct dmn_allowed stated(const struct stated *s)
{
    struct dmn_allowed out = {.text = buf_str(&s->text)};
    if (s->open) return out;
    out.value = s->values.at;
    out.count = s->values.len;
    return out;
}

/* The input data that stands in this slot of a decision's frame; NULL: something else. */
static struct dmn_element *input_at(const struct element *e, int slot)
{
    for (size_t i = 0; i < e->require_count; i++)
        if (e->require[i].slot == slot && e->require[i].element->is->kind == DMN_INPUT)
            return e->require[i].element->is;
    return NULL;
}

static void from_tables(struct compiler *c)
{
    struct stated *all = NEWS(c->arena, struct stated, c->draft.len + 1);
    for (size_t i = 0; i < c->table.len; i++) {
        const struct boxed *b = c->table.at[i];
        if (b->element->is->kind != DMN_DECISION) continue;
        for (size_t k = 0; k < b->as.table->input_count; k++) {
            const struct table_input *in = &b->as.table->input[k];
            struct dmn_element *input = input_at(b->element, slot_of(in));
            if (input && !input->allowed.text.len && in->allowed.source.len)
                state(c, in, &all[input->index]);
        }
    }
    for (size_t i = 0; i < c->draft.len; i++)
        if (all[i].text.len) c->draft.at[i].element->is->allowed = stated(&all[i]);
}

static void parameter_from_tables(struct compiler *c, const struct element *e, size_t parameter,
                                  struct dmn_allowed *out)
{
    struct stated s = {0};
    for (size_t i = 0; i < c->table.len; i++) {
        const struct boxed *b = c->table.at[i];
        if (b != e->function->body) continue; /* deeper ones may have names of their own */
        for (size_t k = 0; k < b->as.table->input_count; k++) {
            const struct table_input *in = &b->as.table->input[k];
            if (slot_of(in) == e->function->parameter[parameter].slot && in->allowed.source.len)
                state(c, in, &s);
        }
    }
    if (s.text.len) *out = stated(&s);
}

/* ---- elements ---- */

static void describe_parameters(struct compiler *c, struct element *e)
{
    const struct function *f = e->function;
    const struct feel_type **type = NEWS(c->arena, const struct feel_type *, f->count + 1);
    struct dmn_allowed *allowed = NEWS(c->arena, struct dmn_allowed, f->count + 1);
    for (size_t i = 0; i < f->count; i++) {
        type[i] = f->parameter[i].item->feel;
        if (of_item(c, f->parameter[i].item, &allowed[i])) continue;
        if (f->service)
            allowed[i] = f->service->taken[i]->is->allowed;
        else
            parameter_from_tables(c, e, i, &allowed[i]);
    }
    e->is->parameter_type = type;
    e->is->parameter_allowed = allowed;
}

void offer_values(struct compiler *c)
{
    for (size_t i = 0; i < c->draft.len; i++) {
        struct element *e = c->draft.at[i].element;
        if (e->is->kind < DMN_KNOWLEDGE) (void)of_item(c, e->item, &e->is->allowed);
    }
    from_tables(c);
    for (size_t i = 0; i < c->draft.len && !c->arena->exhausted; i++)
        if (c->draft.at[i].element->is->kind >= DMN_KNOWLEDGE)
            describe_parameters(c, c->draft.at[i].element);
}
