/* What a decision table does not cover, covers twice, or can never reach.
 *
 * A rule with a test nobody can compare (a function, another input) counts as if that test were `-`
 * where that keeps an alarm away: it fills gaps, and neither overlaps nor hides others. */
#include "dmn/check/check.h"

enum {
    SCRATCH_BYTES = 128 << 20,
    TEXT_BYTES_MAX = 2000,
    NOTES_BYTES_MAX = 8000,
    TABLES_AT_FULL = 4 /* so many tables may use all their steps, then they share what is left */
};

struct checker {
    struct cx *cx;
    struct dmn_findings *out;
    const struct boxed *boxed;
    const struct table *table;
    struct space *space;
    struct buf notes;
    int64_t steps_left; /* of all tables */
    /* room */
    uint64_t *items, *met, *box, *part;
    size_t unreachable; /* rules found so */
    bool given_up;
};

static str table_name(const struct checker *c)
{
    return c->boxed->id.len > 0 ? c->boxed->id : c->boxed->element->is->name;
}

/* ---- findings ---- */

static struct dmn_finding *add_finding(struct checker *c, enum dmn_flaw flaw, size_t rule)
{
    struct dmn_finding *f = vec_add(c->cx->arena, c->out);
    *f = (struct dmn_finding){.flaw = flaw,
                              .element = c->boxed->element->is,
                              .table = table_name(c),
                              .pos = c->boxed->pos};
    if (flaw == DMN_GAP) return f;
    f->rule = (int)rule + 1;
    if (c->table->rule[rule].pos.line > 0) f->pos = c->table->rule[rule].pos;
    return f;
}

static str finished(const struct checker *c, const struct buf *text)
{
    if (!text->over) return buf_str(text);
    return arena_printf(c->cx->arena, STR_FMT "…", STR_ARG(buf_str(text)));
}

static str box_text(const struct checker *c, const uint64_t *box)
{
    struct buf text = {.arena = c->cx->arena, .bytes_max = TEXT_BYTES_MAX};
    box_write(&text, c->space, box);
    return finished(c, &text);
}

/* A rule as it is written: what it accepts may be nothing. */
static str rule_text(const struct checker *c, size_t rule)
{
    struct buf text = {.arena = c->cx->arena, .bytes_max = TEXT_BYTES_MAX};
    for (size_t i = 0; i < c->table->input_count; i++) {
        const str source = str_trim(c->table->rule[rule].test[i].source);
        if (i > 0) buf_add(&text, STR("; "));
        buf_add(&text, str_trim(c->table->input[i].label));
        buf_add(&text, STR(": "));
        buf_add(&text, source.len > 0 ? source : STR("-"));
    }
    return finished(c, &text);
}

static void note(struct checker *c, const char *zh, const char *en)
{
    const bool chinese = c->cx->lang == LANG_ZH;
    const str name = table_name(c);
    c->out->incomplete = true;
    if (c->notes.len > 0) buf_char(&c->notes, '\n');
    buf_printf(&c->notes, chinese ? "决策表“%.*s”：" : "table \"%.*s\": ", STR_ARG(name));
    buf_add(&c->notes, str_from(chinese ? zh : en));
}

/* ---- rules that never count ---- */

static void rules_between(struct checker *c, size_t from, size_t end, uint64_t *out)
{
    memset(out, 0, c->space->words * sizeof *out);
    for (size_t r = from; r < end; r++)
        if (!bits_has(c->space->unknown, r)) bits_add(out, r);
}

/* Do these rules leave nothing of the rule?  *other: the first that does so alone, from 1. */
static bool hidden_by(struct checker *c, size_t rule, const uint64_t *rules, int *other)
{
    struct space *s = c->space;
    *other = 0;
    box_of_item(s, rule, c->box);
    if (box_is_empty(s, c->box)) return false;
    space_meeting(s, rules, c->box, c->met);
    if (bits_empty(c->met, s->words)) return false;
    const enum search found = space_find(s, c->met, c->box, c->part);
    c->given_up = c->given_up || found == SEARCH_GIVEN_UP;
    if (found != SEARCH_NONE) return false;
    space_containing(s, c->met, c->box, c->met);
    for (size_t r = 0; r < c->table->rule_count && *other == 0; r++)
        if (bits_has(c->met, r)) *other = (int)r + 1;
    return true;
}

/* false: enough of them. */
static bool add_unreachable(struct checker *c, size_t rule, int other)
{
    if (c->unreachable++ == CHECK_UNREACHABLE_MAX) {
        note(c, "到不了的规则很多，没有全部列出",
             "many rules are never reached, not all of them are listed");
        return false;
    }
    struct dmn_finding *f = add_finding(c, DMN_UNREACHABLE, rule);
    f->other = other;
    f->inputs = rule_text(c, rule);
    return true;
}

static void check_empty(struct checker *c)
{
    for (size_t r = 0; r < c->table->rule_count; r++) {
        box_of_item(c->space, r, c->box);
        if (box_is_empty(c->space, c->box) && !add_unreachable(c, r, 0)) return;
    }
}

static void check_first(struct checker *c)
{
    int other;
    for (size_t r = 1; r < c->table->rule_count && c->space->steps_left >= 0; r++) {
        rules_between(c, 0, r, c->items);
        if (hidden_by(c, r, c->items, &other) && !add_unreachable(c, r, other)) return;
    }
}

/* Where the constant stands in the order of its output, from 0; -1: nowhere. */
static int rank_of(const struct table_output *output, const struct literal *l)
{
    const struct feel_value *v = l->expr != NULL ? feel_expr_constant(l->expr) : NULL;
    if (v == NULL || output->order.kind != FEEL_LIST) return -1;
    const struct feel_list *order = output->order.as.list;
    for (size_t i = 0; i < order->count; i++)
        if (feel_equal(v, &order->at[i]) == 1) return (int)i;
    return -1;
}

/* < 0: rule a goes before b.  0: neither does, or nobody knows. */
static int priority_order(const struct table *t, const int *rank, size_t a, size_t b)
{
    for (size_t o = 0; o < t->output_count; o++) {
        const int x = rank[a * t->output_count + o], y = rank[b * t->output_count + o];
        if (t->output[o].order.kind != FEEL_LIST) continue;
        if (x < 0 || y < 0) return 0;
        if (x != y) return x - y;
    }
    return 0;
}

static void check_priority(struct checker *c)
{
    const struct table *t = c->table;
    int other;
    int *rank = arena_try(c->space->arena, t->rule_count * t->output_count + 1, sizeof *rank);
    if (rank == NULL) {
        c->given_up = true;
        return;
    }
    for (size_t r = 0; r < t->rule_count; r++)
        for (size_t o = 0; o < t->output_count; o++)
            rank[r * t->output_count + o] = rank_of(&t->output[o], &t->rule[r].output[o]);
    for (size_t r = 0; r < t->rule_count && c->space->steps_left >= 0; r++) {
        rules_between(c, 0, t->rule_count, c->items);
        for (size_t q = 0; q < t->rule_count; q++)
            if (priority_order(t, rank, q, r) >= 0) bits_remove(c->items, q);
        if (hidden_by(c, r, c->items, &other) && !add_unreachable(c, r, other)) return;
    }
}

/* ---- overlaps ---- */

/* May rules that match together disagree?  Texts that differ and are not constant do not say. */
static bool outputs_differ(const struct table *t, size_t a, size_t b)
{
    for (size_t o = 0; o < t->output_count; o++) {
        const struct literal *x = &t->rule[a].output[o], *y = &t->rule[b].output[o];
        const struct feel_value *v = x->expr != NULL ? feel_expr_constant(x->expr) : NULL;
        const struct feel_value *w = y->expr != NULL ? feel_expr_constant(y->expr) : NULL;
        if (v != NULL && w != NULL && feel_equal(v, w) != 1) return true;
    }
    return false;
}

static void check_overlaps(struct checker *c)
{
    struct space *s = c->space;
    size_t found = 0;
    for (size_t r = 0; r < c->table->rule_count && s->steps_left >= 0; r++) {
        if (bits_has(s->unknown, r)) continue;
        box_of_item(s, r, c->box);
        rules_between(c, r + 1, c->table->rule_count, c->items);
        space_meeting(s, c->items, c->box, c->met);
        if (bits_empty(c->met, s->words)) continue;
        for (size_t q = r + 1; q < c->table->rule_count; q++) {
            if (!bits_has(c->met, q)) continue;
            if (c->table->hit == HIT_ANY && !outputs_differ(c->table, r, q)) continue;
            if (found++ == CHECK_OVERLAPS_MAX) {
                note(c, "重叠很多，没有全部列出", "many overlaps, not all of them are listed");
                return;
            }
            box_of_item(s, q, c->part);
            for (size_t w = 0; w < s->box_words; w++)
                c->part[w] &= c->box[w];
            struct dmn_finding *f = add_finding(c, DMN_OVERLAP, q);
            f->other = (int)r + 1;
            f->inputs = box_text(c, c->part);
        }
    }
    c->given_up = c->given_up || s->steps_left < 0;
}

/* ---- gaps ---- */

/* Everything there is, with null, if somebody asked for it, or without. */
static void whole_box(const struct space *s, bool with_null, uint64_t *box)
{
    memset(box, 0, s->box_words * sizeof *box);
    for (size_t x = 0; x < s->axis_count; x++)
        for (size_t k = 0; k < s->axis[x].class_count; k++)
            if (with_null || k != s->axis[x].null_class) bits_add(box + s->axis[x].first_word, k);
}

static size_t lowest_class(const struct axis *x, const uint64_t *box)
{
    size_t k = 0;
    while (k < x->class_count && !bits_has(box + x->first_word, k))
        k++;
    return k;
}

/* Gaps are listed in the order of the first input, then of the second … */
static bool goes_before(const struct space *s, const uint64_t *a, const uint64_t *b)
{
    for (size_t x = 0; x < s->axis_count; x++) {
        const size_t k = lowest_class(&s->axis[x], a), l = lowest_class(&s->axis[x], b);
        if (k != l) return k < l;
    }
    return false;
}

/* Finds gaps one after the other, each as large as it can be; those found count as covered. */
static size_t find_gaps(struct checker *c, uint64_t **gap)
{
    struct space *s = c->space;
    uint64_t *whole = box_new(s), *with_null = box_new(s);
    const size_t rules = c->table->rule_count;
    enum search r = SEARCH_FOUND;
    size_t count = 0;
    whole_box(s, false, whole);
    whole_box(s, true, with_null);
    memset(c->met, 0, s->words * sizeof *c->met);
    for (size_t i = 0; i < rules; i++)
        bits_add(c->met, i);
    memcpy(c->items, c->met, s->words * sizeof *c->items);
    while (count <= CHECK_GAPS_MAX &&
           (r = space_find(s, c->items, whole, c->box)) == SEARCH_FOUND) {
        gap[count] = box_new(s);
        space_widen(s, c->met, with_null, c->box);
        memcpy(gap[count], c->box, s->box_words * sizeof *c->box);
        box_add_item(s, c->box, rules + count);
        bits_add(c->items, rules + count++);
    }
    c->given_up = c->given_up || r == SEARCH_GIVEN_UP;
    return count;
}

/* Is gap i within the others that are still listed? */
static bool is_redundant(struct checker *c, const uint64_t *box, size_t i)
{
    const size_t rules = c->table->rule_count;
    bits_remove(c->items, rules + i);
    if (space_find(c->space, c->items, box, c->part) == SEARCH_NONE) return true;
    bits_add(c->items, rules + i);
    return false;
}

static void check_gaps(struct checker *c)
{
    struct space *s = c->space;
    uint64_t *gap[CHECK_GAPS_MAX + 1];
    size_t count = find_gaps(c, gap), kept = 0;
    if (count > CHECK_GAPS_MAX) {
        count = CHECK_GAPS_MAX;
        note(c, "空缺很多，没有全部列出", "many gaps, not all of them are listed");
    }
    memset(c->items, 0, s->words * sizeof *c->items);
    for (size_t i = 0; i < count; i++)
        bits_add(c->items, c->table->rule_count + i);
    for (size_t i = 0; i < count; i++) {
        uint64_t *one = gap[i];
        if (is_redundant(c, one, i)) continue;
        size_t at = kept++;
        for (; at > 0 && goes_before(s, one, gap[at - 1]); at--)
            gap[at] = gap[at - 1];
        gap[at] = one;
    }
    for (size_t i = 0; i < kept; i++) {
        struct dmn_finding *f = add_finding(c, DMN_GAP, 0);
        f->inputs = box_text(c, gap[i]);
    }
}

/* ---- tables ---- */

static void note_unknown(struct checker *c)
{
    const struct space *s = c->space;
    const bool chinese = c->cx->lang == LANG_ZH;
    if (s->unknown_count > 0) {
        const str label = c->table->input[s->unknown_input].label;
        note(c, "", "");
        buf_printf(&c->notes,
                   chinese
                       ? "规则%zu对“%.*s”的条件无法比较，这样的条件共%zu个"
                       : "rule %zu tests \"%.*s\" with what cannot be compared (such tests: %zu)",
                   s->unknown_rule + 1, STR_ARG(label), s->unknown_count);
    }
    if (s->open_domain != NULL) {
        note(c, "没有查找空缺，因为允许的值无法比较：",
             "no gaps looked for, because the allowed values cannot be compared: ");
        buf_add(&c->notes, s->open_domain->label);
    }
    if (c->given_up)
        note(c, "规则太多，没有全部比较", "too many rules, not all of them were compared");
}

typedef void check_fn(struct checker *c);

/* Each check has its own budget: a hard search for gaps takes nothing from the overlaps. */
static void run_check(struct checker *c, check_fn *check)
{
    const int64_t steps = c->steps_left < CHECK_STEPS_MAX ? c->steps_left : CHECK_STEPS_MAX;
    c->space->steps_left = steps;
    check(c);
    const int64_t used = steps - c->space->steps_left;
    c->given_up = c->given_up || c->space->steps_left < 0;
    c->steps_left -= used < steps ? used : steps;
}

static void check_table(struct checker *c, struct arena *scratch)
{
    const struct table *t = c->table;
    struct space s;
    c->space = &s;
    c->given_up = false;
    c->unreachable = 0;
    if (!space_build(scratch, t, &s) || !search_open(&s)) {
        note(c, "表太大，没有检查", "the table is too large and was not checked");
        return;
    }
    c->items = NEWS(scratch, uint64_t, s.words);
    c->met = NEWS(scratch, uint64_t, s.words);
    c->box = box_new(&s);
    c->part = box_new(&s);
    run_check(c, check_empty);
    if (t->hit == HIT_FIRST) run_check(c, check_first);
    if (t->hit == HIT_PRIORITY) run_check(c, check_priority);
    if (t->hit == HIT_UNIQUE || t->hit == HIT_ANY) run_check(c, check_overlaps);
    if (t->hit != HIT_COLLECT && !t->has_default && s.open_domain == NULL) run_check(c, check_gaps);
    note_unknown(c);
}

rc dmn_check(struct cx *cx, const struct dmn_model *m, struct dmn_findings *out)
{
    struct arena scratch;
    struct checker c = {.cx = cx, .out = out};
    *out = (struct dmn_findings){0};
    arena_init(&scratch, SCRATCH_BYTES);
    c.notes = (struct buf){.arena = cx->arena, .bytes_max = NOTES_BYTES_MAX};
    c.steps_left = (int64_t)TABLES_AT_FULL * CHECK_STEPS_MAX;
    for (size_t i = 0; i < m->finding_count; i++)
        *vec_add(cx->arena, out) = m->finding[i];
    for (size_t i = 0; i < m->table_count && !cx->arena->exhausted; i++) {
        if (m->table[i]->kind != BOXED_TABLE) continue;
        c.boxed = m->table[i];
        c.table = c.boxed->as.table;
        check_table(&c, &scratch);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    out->left_out = finished(&c, &c.notes);
    if (!cx->arena->exhausted) return RC_OK;
    return err_set(cx, RC_LIMIT, "dmn.memory", "决策模型过大，内存不够",
                   "the decision model is too large for the memory allowed");
}
