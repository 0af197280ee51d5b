/* Decisions that decided something about a record: a business rule task asks, the value goes into the
 * record, and what was asked, with which inputs, by which rules, is kept where nobody can change it. */
#include "engine/inside.h"

SQL(sql_made_add,
    "INSERT INTO decision_made (site, id, type, record_id, decision, model, node, purposes, inputs,"
    " value, rules, warnings, at_us, actor)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
SQL(sql_made,
    "SELECT id, decision, model, node, purposes, inputs, value, rules, warnings, at_us, actor"
    " FROM decision_made WHERE site = $site AND type = $1 AND record_id = $2"
    " ORDER BY id DESC LIMIT $3");

/* ---- values and explanations as JSON ---- */

void feel_json(struct cx *cx, const struct feel_value *v, struct jw *out)
{
    struct buf text = {.arena = cx->arena};
    feel_value_write(&text, v);
    jw_raw(out, buf_str(&text));
}

static void values_write(struct cx *cx, const char *key, const struct feel_value *v, size_t count,
                         struct jw *out)
{
    jw_key(out, str_from(key));
    jw_array(out);
    for (size_t i = 0; i < count; i++)
        feel_json(cx, &v[i], out);
    jw_end(out, ']');
}

void matches_write(struct cx *cx, const struct dmn_explain *explain, struct jw *out)
{
    jw_array(out);
    for (size_t i = 0; i < explain->matches.len; i++) {
        const struct dmn_match *m = &explain->matches.at[i];
        jw_object(out);
        jw_kstr(out, "table", m->table);
        jw_kstr(out, "element", m->element ? m->element->name : m->table);
        jw_ki64(out, "rule", m->rule);
        values_write(cx, "inputs", m->input, m->input_count, out);
        values_write(cx, "outputs", m->output, m->output_count, out);
        jw_key(out, STR("annotations"));
        jw_array(out);
        for (size_t k = 0; k < m->annotation_count; k++)
            jw_str(out, m->annotation[k]);
        jw_end(out, ']');
        jw_end(out, '}');
    }
    jw_end(out, ']');
}

void warning_write(const struct dmn_warning *w, struct jw *out)
{
    jw_object(out);
    jw_kstr(out, "slug", str_from(w->slug));
    jw_kstr(out, "sentence", w->sentence);
    jw_kstr(out, "element", w->element ? w->element->name : (str){0});
    jw_kstr(out, "cell", w->cell);
    jw_ki64(out, "line", w->pos.line);
    jw_ki64(out, "column", w->pos.column);
    jw_end(out, '}');
}

/* ---- a business rule task ---- */

/* One decision while it is made. */
struct making {
    struct turn *t;
    struct cx *cx;
    struct db *db;
    const struct app_type *type; /* NULL: about an instance that stands by itself */
    str subject;                 /* the type's or the process's name, */
    int64_t id;                  /* the record's or the instance's */
    const struct app_rule_task *task;
    const struct dmn_input *input;
    struct feel_value value;
    struct dmn_explain explain;
};

/* A reference as the text that names it, where text is wanted. */
static struct feel_value plain(const struct feel_value *v, const struct feel_type *want)
{
    const struct feel_value *key;
    if (v->kind != FEEL_CONTEXT || !feel_type_fits(feel_type_of_kind(FEEL_STRING), want) ||
        feel_type_fits(feel_type_of_kind(FEEL_CONTEXT), want))
        return *v;
    key = feel_context_find(v, STR("key"));
    if (!key) key = feel_context_find(v, STR("code"));
    return key ? *key : feel_null();
}

static struct feel_value input_of(const struct making *g, int input, const struct feel_value *field,
                                  const struct feel_value *param)
{
    const int from = g->task->source[input];
    if (from == APP_INPUT_VARIABLE)
        return bpmn_variable_get(g->t->e->processes, g->task->decision->input[input].name);
    return from >= 0 ? field[from] : param[-1 - from];
}

static rc inputs_gather(struct making *g)
{
    const struct app_decision *d = g->task->decision;
    struct dmn_input *in = NEWS(g->cx->arena, struct dmn_input, (size_t)d->input_count + 1);
    const size_t fields = g->type ? (size_t)g->type->field_count : 0;
    struct feel_value *field = NEWS(g->cx->arena, struct feel_value, fields + 1);
    const struct feel_value *param;
    struct record record = {0};
    rc r = g->type ? rec_load(g->cx, g->db, g->type, g->id, &record) : RC_OK;
    if (r == RC_OK && g->type) r = rec_feel_values(g->cx, g->db, &record, field);
    if (r == RC_OK) r = bpmn_param_values(g->cx, g->t->e->processes, g->task->node, &param);
    if (r != RC_OK) return r;
    for (int i = 0; i < d->input_count; i++) {
        const struct feel_value v = input_of(g, i, field, param);
        in[i] = (struct dmn_input){.namespace_uri = d->input[i].namespace_uri,
                                   .name = d->input[i].name,
                                   .value = plain(&v, d->input[i].type)};
    }
    g->input = in;
    return RC_OK;
}

static str purposes_text(struct cx *cx, const struct app_rule_task *task)
{
    struct buf b = {.arena = cx->arena};
    for (int i = 0; i < task->purpose_count; i++) {
        if (i) buf_char(&b, ' ');
        buf_add(&b, task->purpose[i]);
    }
    return buf_str(&b);
}

/* What it was made from and by, as it is kept. */
struct kept {
    str inputs, value, rules, warnings;
};

static struct kept kept_texts(const struct making *g)
{
    struct arena *a = g->cx->arena;
    struct buf inputs = {.arena = a}, value = {.arena = a}, rules = {.arena = a},
               warnings = {.arena = a};
    struct jw w = {.out = &inputs}, rules_w = {.out = &rules}, warnings_w = {.out = &warnings};
    jw_object(&w);
    for (int i = 0; i < g->task->decision->input_count; i++) {
        jw_key(&w, g->input[i].name);
        feel_json(g->cx, &g->input[i].value, &w);
    }
    jw_end(&w, '}');
    feel_value_write(&value, &g->value);
    matches_write(g->cx, &g->explain, &rules_w);
    jw_array(&warnings_w);
    for (size_t i = 0; i < g->explain.warnings.len; i++)
        warning_write(&g->explain.warnings.at[i], &warnings_w);
    jw_end(&warnings_w, ']');
    return (struct kept){buf_str(&inputs), buf_str(&value), buf_str(&rules), buf_str(&warnings)};
}

static str digest_of(struct cx *cx, const struct kept *k)
{
    struct buf whole = {.arena = cx->arena};
    buf_printf(&whole, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT "\n", STR_ARG(k->inputs),
               STR_ARG(k->value), STR_ARG(k->rules), STR_ARG(k->warnings));
    return sm3_hex(cx->arena, buf_str(&whole));
}

/* What goes into one field. */
static struct feel_value result_of(const struct making *g, const struct app_result *to)
{
    if (!to->member.len) return g->value;
    if (g->value.kind != FEEL_CONTEXT) return feel_null();
    const struct feel_value *v = feel_context_find(&g->value, to->member);
    return v ? *v : feel_null();
}

/* For the timeline: what went into the fields, codes by their titles. */
static void value_say(const struct making *g, struct buf *out)
{
    buf_add(out, STR("："));
    if (!g->task->result_count) feel_value_text(out, &g->value);
    for (int i = 0; i < g->task->result_count; i++) {
        const int field = g->task->result[i].field;
        const struct app_field *f = field >= 0 ? &g->type->field[field] : NULL;
        const struct feel_value v = result_of(g, &g->task->result[i]);
        const struct app_code *code =
            f && f->codes && v.kind == FEEL_STRING ? app_code_find(f->codes, feel_str(&v)) : NULL;
        if (i) buf_add(out, STR("，"));
        if (code)
            buf_add(out, code->title.zh);
        else
            feel_value_text(out, &v);
    }
}

/* The ledger says that it was made and has the digest of what is kept: private values stay out of it. */
static rc ledger_tell(const struct making *g, int64_t made, const struct kept *k)
{
    const struct app_decision *d = g->task->decision;
    struct buf text = {.arena = g->cx->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    jw_ki64(&w, "made", made);
    jw_kstr(&w, "node", g->task->node->id);
    jw_kstr(&w, "name", g->task->node->name);
    jw_kstr(&w, "decision", d->name);
    jw_kstr(&w, "model", d->file->hash);
    jw_kstr(&w, "explanation", digest_of(g->cx, k));
    jw_end(&w, '}');
    struct buf said = {.arena = g->cx->arena};
    buf_add(&said, d->bare);
    if (!g->task->purpose_count) value_say(g, &said);
    struct ledger_entry entry = {.at_us = g->cx->now_us,
                                 .actor = g->t->who.code,
                                 .act = STR("decision.made"),
                                 .subject = g->subject,
                                 .subject_id = g->id,
                                 .after = buf_str(&text),
                                 .reason = buf_str(&said)};
    return ledger_add(g->cx, g->t->e->ledger, &entry);
}

static rc keep(const struct making *g)
{
    const struct app_decision *d = g->task->decision;
    const struct kept k = kept_texts(g);
    const int64_t made = engine_next_id(g->t->e);
    const rc r = db_exec(g->cx, g->db, &sql_made_add,
                         DB_ARGS(DB_I(made), DB_T(g->subject), DB_I(g->id), DB_T(d->name),
                                 DB_T(d->file->hash), DB_T(g->task->node->id),
                                 DB_T(purposes_text(g->cx, g->task)), DB_T(k.inputs), DB_T(k.value),
                                 DB_T(k.rules), DB_T(k.warnings), DB_I(g->cx->now_us),
                                 DB_T(g->t->who.code)));
    return r == RC_OK ? ledger_tell(g, made, &k) : r;
}

static rc variables_store(const struct making *g, int *fields)
{
    rc r = RC_OK;
    for (int i = 0; i < g->task->result_count && r == RC_OK; i++) {
        const struct app_result *to = &g->task->result[i];
        const struct feel_value v = result_of(g, to);
        *fields += to->field >= 0;
        if (to->field < 0) r = bpmn_variable_set(g->cx, g->t->e->processes, to->variable, &v);
    }
    return r;
}

/* Into the fields and variables the task names. */
static rc results_store(const struct making *g)
{
    const struct json *values;
    struct buf text = {.arena = g->cx->arena};
    struct jw w = {.out = &text};
    struct record now = {0};
    struct actor system = engine_system();
    int fields = 0;
    rc r = variables_store(g, &fields);
    if (r != RC_OK || !fields) return r;
    jw_object(&w);
    for (int i = 0; i < g->task->result_count; i++) {
        if (g->task->result[i].field < 0) continue;
        const struct feel_value v = result_of(g, &g->task->result[i]);
        jw_key(&w, g->type->field[g->task->result[i].field].name);
        feel_json(g->cx, &v, &w);
    }
    jw_end(&w, '}');
    r = json_parse(g->cx, buf_str(&text), &values);
    if (r == RC_OK)
        r = rec_correct(g->cx, g->t->e->records, g->db, &system, g->type, g->id, 0, values,
                        g->task->node->name, &now);
    if (r == RC_OK) news_record(g->t->e, g->type, g->id);
    return r;
}

static const struct app_rule_task *task_at(const struct app_process *p,
                                           const struct bpmn_node *node)
{
    for (int i = 0; i < p->rule_task_count; i++)
        if (p->rule_task[i].node == node) return &p->rule_task[i];
    return NULL;
}

rc decision_make(struct turn *t, struct cx *cx, struct db *db, const struct app_process *p,
                 const struct bpmn_step *step, struct feel_value *value)
{
    struct making g = {.t = t,
                       .cx = cx,
                       .db = db,
                       .type = p->type,
                       .subject = p->type ? p->type->name : p->name,
                       .id = p->type ? step->subject_id : step->instance_id,
                       .task = task_at(p, step->node)};
    CHECK(g.task);
    const struct app_decision *d = g.task->decision;
    struct dmn_run run = {.cx = cx, .explain = &g.explain};
    rc r = inputs_gather(&g);
    if (r == RC_OK)
        r = dmn_decide(&run, d->file->model, d->element, g.input, (size_t)d->input_count, &g.value);
    *value = g.value;
    if (r == RC_OK) r = keep(&g);
    return r == RC_OK ? results_store(&g) : r;
}

/* ---- what was decided about a record ---- */

/* May they see all private fields it was made from? */
static bool open_to(const struct actor *who, str purposes)
{
    for (str rest = purposes; rest.len;) {
        const struct app_field f = {.private_for = str_cut(rest, ' ', &rest)};
        if (!rec_may_see_private(who, &f)) return false;
    }
    return true;
}

static rc made_write(struct ask *a, struct db_rows *rows)
{
    const bool open = open_to(a->who, db_text(rows, 4));
    static const char *const column[] = {"inputs", "value", "matched", "warnings"};
    static const char *const nothing[] = {"null", "null", "[]", "[]"};
    jw_object(a->out);
    jw_ki64(a->out, "id", db_i64(rows, 0));
    jw_kstr(a->out, "decision", db_text(rows, 1));
    jw_kstr(a->out, "model", db_text(rows, 2));
    jw_kstr(a->out, "node", db_text(rows, 3));
    moment_write(a->cx, "at", db_i64(rows, 9), a->out);
    const rc r = actor_names_write(a, db_text_dup(a->cx, rows, 10), a->out);
    jw_kbool(a->out, "masked", !open);
    for (int i = 0; i < 4; i++)
        jw_kraw(a->out, column[i], open ? db_text(rows, 5 + i) : str_from(nothing[i]));
    jw_end(a->out, '}');
    return r;
}

rc question_record_decisions(struct ask *a)
{
    enum { SHOWN_MAX = 200 };
    const struct app_type *type;
    struct record record = {0};
    DB_ROWS rows = {0};
    bool more = true;
    rc r = record_of(a, &type, &record);
    if (r == RC_OK)
        r = db_query(a->cx, a->db, &sql_made,
                     DB_ARGS(DB_T(type->name), DB_I(record.id), DB_I(SHOWN_MAX)), &rows);
    jw_array(a->out);
    while (r == RC_OK && more) {
        r = db_next(a->cx, &rows, &more);
        if (r == RC_OK && more) r = made_write(a, &rows);
    }
    jw_end(a->out, ']');
    return r;
}

/* ---- invariant: what is kept is what the ledger says was made ---- */

SQL(sql_made_one,
    "SELECT type, record_id, decision, model, inputs, value, rules, warnings"
    " FROM decision_made WHERE site = $site AND id = $1");
SQL(sql_made_count, "SELECT count(*) FROM decision_made WHERE site = $site");

struct proof {
    struct db *db;
    struct arena arena; /* of one entry */
    int64_t checks, broken;
};

static void proof_fault(struct cx *cx, struct proof *p, const struct ledger_entry *e,
                        const char *zh, const char *en)
{
    p->broken++;
    if (err_set(cx, RC_CONFLICT, "audit.decision", STR_FMT "/%" PRId64 "：%s",
                STR_FMT "/%" PRId64 ": %s", STR_ARG(e->subject), e->subject_id,
                cx->lang == LANG_EN ? en : zh) != RC_OK)
        (void)err_collect(cx);
}

/* Does the row fit?  *row false: there is none. */
static rc made_fits(struct cx *cx, struct db *db, const struct ledger_entry *e, bool *row,
                    bool *fits)
{
    const struct json *said;
    DB_ROWS rows = {0};
    int64_t id = 0;
    rc r = json_parse(cx, e->after, &said);
    if (r != RC_OK) return r;
    (void)json_i64(json_find(said, STR("made")), &id);
    r = db_query(cx, db, &sql_made_one, DB_ARGS(DB_I(id)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, row);
    if (r != RC_OK || !*row) return r;
    const struct kept k = {db_text_dup(cx, &rows, 4), db_text_dup(cx, &rows, 5),
                           db_text_dup(cx, &rows, 6), db_text_dup(cx, &rows, 7)};
    *fits = str_eq(db_text(&rows, 0), e->subject) && db_i64(&rows, 1) == e->subject_id &&
            str_eq(db_text(&rows, 2), json_text(said, STR("decision"))) &&
            str_eq(db_text(&rows, 3), json_text(said, STR("model"))) &&
            str_eq(digest_of(cx, &k), json_text(said, STR("explanation")));
    return RC_OK;
}

static rc made_prove(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data)
{
    (void)hash_hex;
    struct proof *p = data;
    bool row = false, fits = false;
    if (!str_eq(e->act, STR("decision.made"))) return RC_OK;
    p->checks++;
    struct cx own = *cx;
    own.arena = &p->arena;
    own.findings = NULL;
    const rc r = made_fits(&own, p->db, e, &row, &fits);
    if (r != RC_OK) return err_copy(cx, &own.err);
    arena_reset(&p->arena);
    if (!row)
        proof_fault(cx, p, e, "账本里有的决策没有留存", "a decision of the ledger is not kept");
    else if (!fits)
        proof_fault(cx, p, e, "留存的决策与账本不符",
                    "a decision kept is not what the ledger says");
    return RC_OK;
}

rc decisions_audit(struct cx *cx, struct db *db, int64_t *checks, int64_t *broken)
{
    struct proof p = {.db = db};
    DB_ROWS rows = {0};
    bool more = false;
    arena_init(&p.arena, ARENA_DEFAULT_BYTES);
    rc r = ledger_each(cx, db, (str){0}, 0, 0, INT64_MAX, made_prove, &p);
    arena_done(&p.arena);
    if (r == RC_OK) r = db_query(cx, db, &sql_made_count, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    const struct ledger_entry all = {.subject = STR("decision_made")};
    if (more && db_i64(&rows, 0) > p.checks)
        proof_fault(cx, &p, &all, "留存了账本里没有的决策",
                    "decisions are kept that the ledger does not know");
    *checks = p.checks;
    *broken = p.broken;
    return RC_OK;
}
