/* From the JSON somebody sent to a record that may be written: every field is looked at, all faults
 * are reported together. */
#include "feel/value.h"
#include "record/parts.h"

/* Takes the error just set as a fault of the draft, so that checking can go on. */
static void fault(struct cx *cx, struct rec_draft *d)
{
    if (d->fault_count++ == 0) d->first = cx->err;
    if (cx->findings)
        err_collect(cx);
    else
        err_clear(cx);
}

static str title_of(const struct cx *cx, const struct app_field *f)
{
    return app_title_of(&f->title, cx->lang);
}

/* ---- what was given ---- */

/* Edits to make a into b, at most `most`. */
static int distance(str a, str b, int most)
{
    enum { NAME_MAX = 63 };
    int row[NAME_MAX + 1];
    if (a.len > NAME_MAX || b.len > NAME_MAX) return most;
    for (size_t k = 0; k <= b.len; k++)
        row[k] = (int)k;
    for (size_t i = 1; i <= a.len; i++) {
        int corner = row[0];
        row[0] = (int)i;
        for (size_t k = 1; k <= b.len; k++) {
            int change = corner + (a.at[i - 1] != b.at[k - 1]);
            corner = row[k];
            int step = (row[k] < row[k - 1] ? row[k] : row[k - 1]) + 1;
            row[k] = change < step ? change : step;
        }
    }
    return row[b.len] < most ? row[b.len] : most;
}

static void unknown_field(struct cx *cx, struct rec_draft *d, str name)
{
    const struct app_type *t = d->type->type;
    const struct app_field *near = NULL;
    int best = 4;
    for (int i = 0; i < t->field_count; i++) {
        int n = str_eq(t->field[i].title.zh, name) ? 0 : distance(t->field[i].name, name, best);
        if (n < best) best = n, near = &t->field[i];
    }
    (void)!err_set(cx, RC_INVALID, "record.unknown-field", "“" STR_FMT "”没有字段“" STR_FMT "”",
                   "\"" STR_FMT "\" has no field \"" STR_FMT "\"",
                   STR_ARG(app_title_of(&t->title, cx->lang)), STR_ARG(name));
    if (near)
        err_hint(cx, "是否指“" STR_FMT "”？", "Did you mean \"" STR_FMT "\"?", STR_ARG(near->name));
    err_field(cx, name);
    fault(cx, d);
}

static void no_reference(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                         const struct rec_given *given)
{
    str shown = given->is_id ? arena_printf(cx->arena, "%" PRId64, given->id) : given->key;
    (void)!err_set(
        cx, RC_INVALID, "record.reference", "“" STR_FMT "”引用的“" STR_FMT "”不存在：" STR_FMT,
        "\"" STR_FMT "\" refers to a \"" STR_FMT "\" that does not exist: " STR_FMT,
        STR_ARG(title_of(cx, f)), STR_ARG(app_title_of(&f->ref->title, cx->lang)), STR_ARG(shown));
    err_field(cx, f->name);
    fault(cx, d);
}

static rc reference(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                    const struct rec_given *given, struct rec_value *out)
{
    struct rec_ref ref = {0};
    *out = (struct rec_value){0};
    if (given->absent) return RC_OK;
    rc r = rec_ref_find(cx, d->store, f->ref, given, &ref);
    if (r != RC_OK) return r;
    if (!ref.id)
        no_reference(cx, d, f, given);
    else
        *out = (struct rec_value){.present = true, .i64 = ref.id, .text = ref.key};
    return RC_OK;
}

SQL(sql_file_there, "SELECT 1 FROM file WHERE site = $site AND hash = $1");

/* Every hash of a files value is stored. */
static rc files_there(struct cx *cx, struct rec_draft *d, const struct app_field *f, str list)
{
    rc r = RC_OK;
    for (size_t at = 2; r == RC_OK && at + 64 < list.len; at += 67) { /* ["hash","hash"] */
        DB_ROWS rows = {0};
        bool more = false;
        str hash = str_slice(list, at, at + 64);
        r = db_query(cx, d->store->db, &sql_file_there, DB_ARGS(DB_T(hash)), &rows);
        if (r == RC_OK) r = db_next(cx, &rows, &more);
        if (r != RC_OK || more) continue;
        (void)!err_set(cx, RC_INVALID, "record.reference",
                       "“" STR_FMT "”中的文件还没有上传：" STR_FMT,
                       "A file of \"" STR_FMT "\" has not been uploaded: " STR_FMT,
                       STR_ARG(title_of(cx, f)), STR_ARG(hash));
        err_field(cx, f->name);
        fault(cx, d);
    }
    return r;
}

/* One member of the JSON object. */
static rc field_read(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                     const struct json *j)
{
    struct rec_value v = {0};
    rc r = RC_OK;
    const int faults = d->fault_count;
    if (f->kind == FIELD_REF) {
        struct rec_given given;
        r = rec_given_from_json(cx, f, j, &given);
        if (r == RC_OK) {
            r = reference(cx, d, f, &given, &v);
            if (r != RC_OK) return r;
        }
    } else {
        r = rec_value_from_json(cx, f, j, &v);
    }
    d->given[f->index] = true;
    if (r != RC_OK) fault(cx, d);
    if (d->fault_count != faults) return RC_OK;
    if (f->kind == FIELD_FILES && v.present) r = files_there(cx, d, f, v.text);
    if (r == RC_OK) d->now.value[f->index] = v;
    return r;
}

static rc fields_read(struct cx *cx, struct rec_draft *d, const struct json *fields)
{
    const struct app_type *t = d->type->type;
    int next = 0;
    rc r = RC_OK;
    if (!json_is(fields, JSON_OBJECT))
        return err_set(cx, RC_INVALID, "record.type", "字段应写成 JSON 对象",
                       "The fields are expected as a JSON object");
    for (const struct json *j = fields->child; j && r == RC_OK; j = j->next) {
        int found = -1;
        for (int n = 0; n < t->field_count && found < 0; n++) { /* mostly in the order declared */
            int i = next + n < t->field_count ? next + n : next + n - t->field_count;
            if (str_eq(t->field[i].name, j->key)) found = i;
        }
        if (found < 0) {
            unknown_field(cx, d, j->key);
            continue;
        }
        next = found + 1 < t->field_count ? found + 1 : 0;
        r = field_read(cx, d, &t->field[found], j);
    }
    return r;
}

/* ---- what is computed ---- */

static void slot_set(struct cx *cx, struct rec_draft *d, int i)
{
    if (d->slot) d->slot[i] = rec_value_feel(cx->arena, &d->type->type->field[i], &d->now.value[i]);
}

static rc slots_fill(struct cx *cx, struct rec_draft *d)
{
    const struct app_type *t = d->type->type;
    rc r = RC_OK;
    if (!d->type->computes) return RC_OK;
    d->slot = NEWS(cx->arena, struct feel_value, (size_t)t->field_count + 1);
    for (int i = 0; i < t->field_count && r == RC_OK; i++) {
        const struct app_field *f = &t->field[i];
        struct rec_value *v = &d->now.value[i];
        if (f->kind == FIELD_REF && v->present && v->text.len == 0 && d->type->reads[i]) {
            struct rec_ref ref;
            r = rec_ref_find(cx, d->store, f->ref, &(struct rec_given){.is_id = true, .id = v->i64},
                             &ref);
            v->text = r == RC_OK ? ref.key : STR("");
        }
        slot_set(cx, d, i);
    }
    d->slot[t->field_count] = feel_null();
    return r;
}

static rc eval(struct cx *cx, struct rec_draft *d, const struct feel_expr *e,
               struct feel_value *out)
{
    struct feel_run run = {.cx = cx, .slot = d->slot};
    return feel_eval(&run, e, out);
}

static rc compute(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                  const struct feel_expr *e)
{
    struct feel_value v;
    struct rec_value now = {0};
    const int faults = d->fault_count;
    rc r = eval(cx, d, e, &v);
    if (r != RC_OK) return r;
    if (rec_value_from_feel(cx, f, &v, &now) != RC_OK) {
        fault(cx, d);
        return RC_OK;
    }
    if (f->kind == FIELD_REF && now.present)
        r = reference(cx, d, f, &(struct rec_given){.key = now.text}, &now);
    if (r != RC_OK || d->fault_count != faults) return r;
    d->now.value[f->index] = now;
    slot_set(cx, d, f->index);
    return RC_OK;
}

static void readonly_fault(struct cx *cx, struct rec_draft *d, const struct app_field *f)
{
    (void)!err_set(cx, RC_INVALID, "record.readonly", "“" STR_FMT "”由系统填写，不能直接修改",
                   "\"" STR_FMT "\" is filled in by the system and cannot be set",
                   STR_ARG(title_of(cx, f)));
    err_field(cx, f->name);
    fault(cx, d);
}

/* Fields only the system sets: an unchanged or rightly computed value may come back. */
static void readonly_check(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                           const struct rec_value *given)
{
    static const struct rec_value absent = {0};
    const struct rec_value *was = d->before ? &d->before->value[f->index] : &absent;
    if (!d->given[f->index] || d->who->system || rec_value_same(f, given, was)) return;
    if (f->derive && rec_value_same(f, given, &d->now.value[f->index])) return;
    readonly_fault(cx, d, f);
}

static rc computed_fill(struct cx *cx, struct rec_draft *d)
{
    const struct app_type *t = d->type->type;
    rc r = slots_fill(cx, d);
    for (int i = 0; i < t->field_count && r == RC_OK && !d->before; i++) {
        const struct app_field *f = &t->field[i];
        if (f->preset && !d->given[i]) r = compute(cx, d, f, f->preset);
    }
    for (int i = 0; i < t->field_count && r == RC_OK; i++) {
        const struct app_field *f = &t->field[i];
        const struct rec_value given = d->now.value[i];
        if (f->derive) r = compute(cx, d, f, f->derive);
        if (r == RC_OK && (f->readonly || f->derive)) readonly_check(cx, d, f, &given);
    }
    return r;
}

/* ---- what must hold ---- */

static bool in_range(const struct app_field *f, int64_t n)
{
    return !(f->has_min && (f->min_open ? n <= f->min : n < f->min)) &&
           !(f->has_max && (f->max_open ? n >= f->max : n > f->max));
}

static void bound_write(struct buf *b, const struct app_field *f, int64_t n)
{
    rec_value_text(b, f, &(struct rec_value){.present = true, .i64 = n});
}

static void range_fault(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                        const struct rec_value *v)
{
    struct buf range = {.arena = cx->arena}, typed = {.arena = cx->arena};
    buf_char(&range, f->has_min && !f->min_open ? '[' : '(');
    if (f->has_min) bound_write(&range, f, f->min);
    buf_add(&range, STR(" … "));
    if (f->has_max) bound_write(&range, f, f->max);
    buf_char(&range, f->has_max && !f->max_open ? ']' : ')');
    rec_value_text(&typed, f, v);
    (void)!err_set(cx, RC_INVALID, "record.range",
                   "“" STR_FMT "”的值 " STR_FMT " 超出范围 " STR_FMT,
                   "\"" STR_FMT "\" is given " STR_FMT ", outside " STR_FMT,
                   STR_ARG(title_of(cx, f)), STR_ARG(buf_str(&typed)), STR_ARG(buf_str(&range)));
    err_field(cx, f->name);
    fault(cx, d);
}

static bool is_key(const struct app_type *t, int index)
{
    for (int i = 0; i < t->key_count; i++)
        if (t->key[i] == index) return true;
    return false;
}

static bool is_blank(const struct app_field *f, const struct rec_value *v)
{
    return !v->present || (f->kind == FIELD_TEXT && str_trim(v->text).len == 0);
}

/* Given in a field of its own: what was already said about it is enough. */
static bool has_fault(const struct cx *cx, const struct rec_draft *d, str field)
{
    if (d->fault_count == 0) return false;
    if (str_eq(d->first.field, field)) return true;
    for (size_t i = 0; cx->findings && i < cx->findings->count; i++)
        if (str_eq(cx->findings->item[i].field, field)) return true;
    return false;
}

static rc check_holds(struct cx *cx, struct rec_draft *d, const struct app_field *f)
{
    struct feel_value v;
    d->slot[d->type->type->field_count] = d->slot[f->index];
    rc r = eval(cx, d, f->check, &v);
    d->slot[d->type->type->field_count] = feel_null();
    if (r != RC_OK || v.kind == FEEL_NULL || feel_is_true(&v)) return r;
    str says = app_title_of(&f->check_says, cx->lang);
    if (says.len)
        (void)!err_set(cx, RC_INVALID, "record.check", "“" STR_FMT "”：" STR_FMT,
                       "\"" STR_FMT "\": " STR_FMT, STR_ARG(title_of(cx, f)), STR_ARG(says));
    else
        (void)!err_set(cx, RC_INVALID, "record.check", "“" STR_FMT "”的值不符合它的检查条件",
                       "The value of \"" STR_FMT "\" does not pass its check",
                       STR_ARG(title_of(cx, f)));
    err_field(cx, f->name);
    fault(cx, d);
    return RC_OK;
}

/* PostgreSQL's indexes take 2,700 bytes an entry; what one database keeps the other keeps too. */
static bool is_too_long(const struct rec_draft *d, const struct app_field *f, size_t *bytes)
{
    enum { INDEX_BYTES_MAX = 2000 };
    const struct app_type *t = d->type->type;
    *bytes = rec_value_is_text(f) ? d->now.value[f->index].text.len : 0;
    if (f->index == (t->key_count ? t->key[t->key_count - 1] : -1)) {
        *bytes = 0; /* all of the key, at its last field */
        for (int i = 0; i < t->key_count; i++)
            if (rec_value_is_text(&t->field[t->key[i]])) *bytes += d->now.value[t->key[i]].text.len;
    } else if (!f->indexed) {
        return false;
    }
    return *bytes > INDEX_BYTES_MAX;
}

static void length_fault(struct cx *cx, struct rec_draft *d, const struct app_field *f,
                         size_t bytes)
{
    (void)!err_set(
        cx, RC_INVALID, "record.length",
        "“" STR_FMT "”用于查找，连同主键的其他部分有 %zu 个字节，最多 2000 个",
        "\"" STR_FMT
        "\" is looked up by, and has %zu bytes with the rest of the key; at most 2000 are kept",
        STR_ARG(title_of(cx, f)), bytes);
    err_field(cx, f->name);
    fault(cx, d);
}

static rc field_check(struct cx *cx, struct rec_draft *d, const struct app_field *f)
{
    const struct rec_value *v = &d->now.value[f->index];
    size_t bytes = 0;
    if (has_fault(cx, d, f->name)) return RC_OK;
    if (is_too_long(d, f, &bytes)) {
        length_fault(cx, d, f, bytes);
        return RC_OK;
    }
    if ((f->required || is_key(d->type->type, f->index)) && is_blank(f, v)) {
        (void)!err_set(cx, RC_INVALID, "record.required", "“" STR_FMT "”必须填写",
                       "\"" STR_FMT "\" is required", STR_ARG(title_of(cx, f)));
        err_field(cx, f->name);
        fault(cx, d);
        return RC_OK;
    }
    if (v->present && (f->has_min || f->has_max) && !in_range(f, v->i64)) {
        range_fault(cx, d, f, v);
        return RC_OK;
    }
    return f->check && v->present ? check_holds(cx, d, f) : RC_OK;
}

static rc rules_check(struct cx *cx, struct rec_draft *d)
{
    const struct app_type *t = d->type->type;
    for (int i = 0; i < t->rule_count; i++) {
        struct feel_value v;
        rc r = eval(cx, d, t->rule[i], &v);
        if (r != RC_OK) return r;
        if (v.kind == FEEL_NULL || feel_is_true(&v)) continue;
        str says = t->rule_says ? app_title_of(&t->rule_says[i], cx->lang) : STR("");
        if (!says.len) says = cx->lang == LANG_ZH ? STR("不符合规则") : STR("a rule does not hold");
        (void)!err_set(cx, RC_INVALID, "record.rule", "“" STR_FMT "”：" STR_FMT,
                       "\"" STR_FMT "\": " STR_FMT, STR_ARG(app_title_of(&t->title, cx->lang)),
                       STR_ARG(says));
        fault(cx, d);
    }
    return RC_OK;
}

/* A record keeps its natural key for life, and what one may not see one may not overwrite. */
static void before_check(struct cx *cx, struct rec_draft *d)
{
    const struct app_type *t = d->type->type;
    for (int i = 0; i < t->field_count; i++) {
        const struct app_field *f = &t->field[i];
        if (!d->given[i] || rec_value_same(f, &d->before->value[i], &d->now.value[i])) continue;
        if (is_key(t, i)) {
            (void)!err_set(cx, RC_INVALID, "record.key-changed",
                           "“" STR_FMT "”是业务主键，不能更改；请作废这条记录后另建",
                           "\"" STR_FMT
                           "\" is part of the natural key and cannot change: void this "
                           "record and create another",
                           STR_ARG(title_of(cx, f)));
            err_field(cx, f->name);
            fault(cx, d);
        }
    }
    for (int i = 0; i < t->field_count; i++)
        if (d->given[i] && d->before->value[i].present &&
            !rec_may_see_private(d->who, &t->field[i])) {
            (void)!rec_denied_field(cx, &t->field[i]);
            fault(cx, d);
        }
}

rc rec_draft_fill(struct cx *cx, struct rec_draft *d, const struct json *fields)
{
    const struct app_type *t = d->type->type;
    d->given = NEWS(cx->arena, bool, (size_t)t->field_count + 1);
    rc r = fields_read(cx, d, fields);
    if (r == RC_OK && d->before) before_check(cx, d);
    if (r == RC_OK) r = computed_fill(cx, d);
    for (int i = 0; i < t->field_count && r == RC_OK; i++)
        r = field_check(cx, d, &t->field[i]);
    if (r == RC_OK && d->fault_count == 0) r = rules_check(cx, d);
    if (r == RC_OK && cx->arena->exhausted)
        r = err_set(cx, RC_LIMIT, "record.memory", "记录太大", "The record is too large");
    if (r != RC_OK || d->fault_count == 0) return r;
    cx->err = d->first;
    return d->first.code;
}
