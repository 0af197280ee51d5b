/* Conditions on fields: from a query's filters, to SQL, and evaluated on a record. */
#include "record/search.h"

enum { OPERANDS_MAX = 500 };

static rc bad_operand(struct cx *cx, const struct app_field *f, const char *zh, const char *en)
{
    const char *says = cx->lang == LANG_ZH ? zh : en;
    rc r =
        err_set(cx, RC_INVALID, "record.filter", "按“" STR_FMT "”筛选：%s",
                "Filter by \"" STR_FMT "\": %s", STR_ARG(app_title_of(&f->title, cx->lang)), says);
    err_field(cx, f->name);
    return r;
}

/* A reference by key, else by id; one that names nothing matches nothing (id 0). */
static rc operand_ref(struct cx *cx, struct db *db, const struct app_field *f, str text,
                      struct rec_value *out)
{
    int64_t id = 0;
    rc r = rec_find_key(cx, db, f->ref, text, &id);
    if (r == RC_OK && !id) (void)str_i64(text, &id);
    *out = (struct rec_value){.present = true, .i64 = id};
    return r;
}

static rc operand(struct cx *cx, struct db *db, const struct app_field *f, str text,
                  struct rec_value *out)
{
    if (f->kind == FIELD_REF) return operand_ref(cx, db, f, text, out);
    rc r = rec_value_parse(cx, f, text, out);
    if (r == RC_OK && !out->present)
        r = bad_operand(cx, f, "值是空的；找空值请用“为空”",
                        "the value is empty; use \"is null\" to find empty ones");
    return r;
}

static bool orders(enum rec_op op)
{
    return op == REC_LT || op == REC_LE || op == REC_GT || op == REC_GE;
}

static rc cond_load(struct cx *cx, struct db *db, const struct rec_filter *in, struct rec_cond *out)
{
    const struct app_field *f = in->field;
    const bool none = in->op == REC_NULL || in->op == REC_NOT_NULL;
    *out = (struct rec_cond){.field = f, .op = in->op};
    if (none) return RC_OK;
    if (in->count < 1 || (in->op != REC_IN && in->count > 1))
        return bad_operand(cx, f, "需要正好一个值", "exactly one value is expected");
    if (in->count > OPERANDS_MAX)
        return bad_operand(cx, f, "值太多，最多 500 个", "too many values, at most 500 are taken");
    if (in->op == REC_CONTAINS) {
        if (f->kind != FIELD_TEXT && f->kind != FIELD_CODE)
            return bad_operand(cx, f, "只有文本可以按部分内容查找",
                               "only text can be searched for a part");
        out->needle = rec_fold(cx->arena, in->text[0]);
        return RC_OK;
    }
    if (orders(in->op) &&
        (f->kind == FIELD_REF || f->kind == FIELD_FILES || f->kind == FIELD_BOOLEAN))
        return bad_operand(cx, f, "这个字段不能比较大小", "this field has no order");
    if (f->kind == FIELD_FILES)
        return bad_operand(cx, f, "文件只能按有无筛选",
                           "files can only be filtered by being there or not");
    out->value = NEWS(cx->arena, struct rec_value, (size_t)in->count);
    out->count = in->count;
    rc r = RC_OK;
    for (int i = 0; i < in->count && r == RC_OK; i++)
        r = operand(cx, db, f, in->text[i], &out->value[i]);
    return r;
}

rc rec_conds_load(struct cx *cx, struct db *db, const struct rec_query *q, struct rec_conds *out)
{
    rc r = RC_OK;
    for (int i = 0; i < q->filter_count && r == RC_OK; i++) {
        struct rec_cond c;
        const struct app_field *f = q->filter[i].field;
        if (!f || f->index >= q->type->field_count || &q->type->field[f->index] != f)
            return err_set(cx, RC_INVALID, "record.filter", "筛选用的字段不属于“" STR_FMT "”",
                           "A filter names a field that \"" STR_FMT "\" does not have",
                           STR_ARG(app_title_of(&q->type->title, cx->lang)));
        if (!rec_may_see_private(q->who, f)) return rec_denied_field(cx, f);
        r = cond_load(cx, db, &q->filter[i], &c);
        if (r == RC_OK) *vec_add(cx->arena, out) = c;
    }
    return r;
}

/* ---- to SQL ---- */

bool rec_cond_in_sql(const struct rec_cond *c)
{
    return c->op != REC_CONTAINS;
}

static const char *const sql_op[] = {
    [REC_EQ] = " = ", [REC_LT] = " < ", [REC_LE] = " <= ", [REC_GT] = " > ", [REC_GE] = " >= "};

void rec_cond_sql(struct sqlb *b, const struct rec_cond *c, bool by_index)
{
    const struct app_field *f = c->field;
    sqlb_add(b, by_index ? " AND " : " AND CAST(");
    sql_name_write(&b->text, f->name);
    if (!by_index)
        sqlb_add(b, rec_value_is_text(f) || f->kind == FIELD_DATE ? " AS TEXT)" : " AS BIGINT)");
    switch (c->op) {
    case REC_EQ:
    case REC_LT:
    case REC_LE:
    case REC_GT:
    case REC_GE:
        sqlb_add(b, sql_op[c->op]);
        sqlb_arg(b, rec_value_db(b->text.arena, f, &c->value[0]));
        break;
    case REC_NE:
        sqlb_add(b, " IS DISTINCT FROM ");
        sqlb_arg(b, rec_value_db(b->text.arena, f, &c->value[0]));
        break;
    case REC_IN:
        sqlb_add(b, " IN (");
        for (int i = 0; i < c->count; i++) {
            if (i) sqlb_add(b, ", ");
            sqlb_arg(b, rec_value_db(b->text.arena, f, &c->value[i]));
        }
        sqlb_add(b, ")");
        break;
    case REC_NULL: sqlb_add(b, " IS NULL"); break;
    case REC_NOT_NULL: sqlb_add(b, " IS NOT NULL"); break;
    case REC_CONTAINS: CHECK(false);
    }
}

/* ---- on a record ---- */

bool rec_cond_holds(struct arena *scratch, const struct rec_cond *c, const struct rec_value *v)
{
    const struct app_field *f = c->field;
    const int cmp = c->count && v->present ? rec_value_cmp(f, v, &c->value[0]) : 0;
    switch (c->op) {
    case REC_EQ: return v->present && cmp == 0;
    case REC_NE: return !v->present || cmp != 0;
    case REC_LT: return v->present && cmp < 0;
    case REC_LE: return v->present && cmp <= 0;
    case REC_GT: return v->present && cmp > 0;
    case REC_GE: return v->present && cmp >= 0;
    case REC_CONTAINS:
        return v->present && str_index(rec_fold(scratch, v->text), c->needle) != SIZE_MAX;
    case REC_IN:
        for (int i = 0; i < c->count; i++)
            if (v->present && rec_value_same(f, v, &c->value[i])) return true;
        return false;
    case REC_NULL: return !v->present;
    case REC_NOT_NULL: return v->present;
    }
    return false;
}
