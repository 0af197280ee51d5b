/* Rights: who may do what to which record.  The one place that decides, on every path. */
#include <stdlib.h>

#include "record/parts.h"

/* The org tree is the type core.org: its table and the reference to the org above. */
#define ORG_TYPE "core.org"
const char rec_sql_below[] =
    "WITH RECURSIVE below(id) AS (SELECT o.id FROM \"core_org\" o WHERE o.site = $site AND o.id = ";
static const char sql_below_end[] =
    " UNION SELECT o.id FROM \"core_org\" o JOIN below b ON o.site = $site AND o.\"parent\" = b.id)"
    " SELECT id FROM below";

enum reach rec_reach(const struct actor *who, const struct app_type *type, enum act act)
{
    if (who->system) return REACH_ALL;
    enum reach best = REACH_NONE;
    const int bit = __builtin_ctz((unsigned)act);
    for (int i = 0; i < who->role_count; i++)
        for (int k = 0; k < who->role[i]->grant_count; k++) {
            const struct app_grant *g = &who->role[i]->grant[k];
            if (g->type == type && g->reach[bit] > best) best = g->reach[bit];
        }
    return best;
}

bool rec_may_see_private(const struct actor *who, const struct app_field *f)
{
    if (f->private_for.len == 0 || who->system) return true;
    if (!str_eq(who->purpose, f->private_for)) return false;
    for (int i = 0; i < who->role_count; i++)
        for (int k = 0; k < who->role[i]->purpose_count; k++)
            if (str_eq(who->role[i]->purpose[k], f->private_for)) return true;
    return false;
}

static const struct {
    enum act act;
    const char *zh, *en;
} act_name[] = {{ACT_READ, "查看", "read"},       {ACT_CREATE, "新建", "create"},
                {ACT_CORRECT, "更正", "correct"}, {ACT_VOID, "作废", "void"},
                {ACT_EXPORT, "导出", "export"},   {ACT_IMPORT, "导入", "import"}};

rc rec_denied(struct cx *cx, enum act act, const struct app_type *t)
{
    const char *zh = "", *en = "";
    for (size_t i = 0; i < COUNTOF(act_name); i++)
        if (act_name[i].act == act) zh = act_name[i].zh, en = act_name[i].en;
    const char *name = cx->lang == LANG_ZH ? zh : en;
    return err_set(cx, RC_DENIED, "record.denied", "您没有权限%s这条“" STR_FMT "”",
                   "You may not %s this \"" STR_FMT "\"", name,
                   STR_ARG(app_title_of(&t->title, cx->lang)));
}

rc rec_denied_field(struct cx *cx, const struct app_field *f)
{
    rc r = err_set(
        cx, RC_DENIED, "record.denied", "“" STR_FMT "”是受保护的字段，须先声明用途“" STR_FMT "”",
        "\"" STR_FMT "\" is a protected field: declare the purpose \"" STR_FMT "\" first",
        STR_ARG(app_title_of(&f->title, cx->lang)), STR_ARG(f->private_for));
    err_field(cx, f->name);
    return r;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static rc below_load(struct cx *cx, struct db *db, int64_t org_id, struct rec_scope *s)
{
    VEC(int64_t) list = {0};
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, rec_sql_below);
    sqlb_arg(&b, DB_I(org_id));
    sqlb_add(&b, sql_below_end);
    rc r = sqlb_query(cx, db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, &list) = db_i64(&rows, 0);
    if (list.len) qsort(list.at, list.len, sizeof *list.at, by_number);
    s->org = list.at;
    s->org_count = list.len;
    return r;
}

static rc is_root(struct cx *cx, struct db *db, int64_t org_id, bool *root)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "SELECT o.\"parent\" FROM \"core_org\" o WHERE o.site = $site AND o.id = ");
    sqlb_arg(&b, DB_I(org_id));
    rc r = sqlb_query(cx, db, &b, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    *root = r == RC_OK && more && db_is_null(&rows, 0);
    return r;
}

rc rec_scope_load(struct cx *cx, struct db *db, const struct actor *who, const struct app_type *t,
                  int acts, struct rec_scope *out)
{
    bool root = false;
    *out = (struct rec_scope){.reach = REACH_ALL, .org_id = who->org_id, .creator = who->code};
    for (size_t i = 0; i < COUNTOF(act_name); i++) {
        const enum reach reach = rec_reach(who, t, act_name[i].act);
        if (!(acts & (int)act_name[i].act)) continue;
        if (reach == REACH_NONE) return rec_denied(cx, act_name[i].act, t);
        if (reach < out->reach) out->reach = reach;
    }
    if (out->reach != REACH_ORG) return RC_OK;
    rc r = who->org_id ? is_root(cx, db, who->org_id, &root) : RC_OK;
    if (r != RC_OK) return r;
    out->by_id = t->org < 0 && str_eq(t->name, STR(ORG_TYPE));
    if (root) /* all are below */
        out->reach = REACH_ALL;
    else if (!who->org_id || (t->org < 0 && !out->by_id)) /* the root org's records */
        out->nothing = true;
    else
        r = below_load(cx, db, who->org_id, out);
    return r;
}

bool rec_scope_holds(const struct rec_scope *s, const struct record *r)
{
    if (s->reach == REACH_ALL) return true;
    if (s->nothing) return false;
    if (s->reach == REACH_OWN) return str_eq(r->created_by, s->creator);
    int64_t org = s->by_id ? r->id : r->value[r->type->org].i64;
    if (!s->by_id && !r->value[r->type->org].present) return false;
    return s->org_count && bsearch(&org, s->org, s->org_count, sizeof *s->org, by_number);
}

void rec_scope_sql(struct sqlb *b, const struct rec_scope *s, const struct app_type *t,
                   bool by_index)
{
    if (s->reach == REACH_ALL) return;
    if (s->nothing) {
        sqlb_add(b, " AND 1 = 0");
        return;
    }
    if (s->reach == REACH_OWN) {
        sqlb_add(b, by_index ? " AND created_by = " : " AND CAST(created_by AS TEXT) = ");
        sqlb_arg(b, DB_T(s->creator));
        return;
    }
    sqlb_add(b, by_index ? " AND " : " AND CAST(");
    if (s->by_id)
        sqlb_add(b, "id");
    else
        sql_name_write(&b->text, t->field[t->org].name);
    sqlb_add(b, by_index ? " IN (" : " AS BIGINT) IN (");
    sqlb_add(b, rec_sql_below);
    sqlb_arg(b, DB_I(s->org_id));
    sqlb_add(b, sql_below_end);
    sqlb_add(b, ")");
}

SQL(sql_parent, "SELECT o.\"parent\" FROM \"core_org\" o WHERE o.site = $site AND o.id = $1");

/* Up the tree from org: is `above` met?  A handful of steps, each one look-up. */
static rc is_below(struct cx *cx, struct db *db, int64_t org, int64_t above, bool *below)
{
    enum { LEVELS_MAX = 64 };
    *below = false;
    for (int i = 0; org && i < LEVELS_MAX && !*below; i++) {
        DB_ROWS rows = {0};
        bool more = false;
        *below = org == above;
        if (*below) break;
        rc r = db_query(cx, db, &sql_parent, DB_ARGS(DB_I(org)), &rows);
        if (r == RC_OK) r = db_next(cx, &rows, &more);
        if (r != RC_OK) return r;
        org = more && !db_is_null(&rows, 0) ? db_i64(&rows, 0) : 0;
    }
    return RC_OK;
}

rc rec_may(struct cx *cx, struct db *db, const struct actor *who, enum act act,
           const struct record *r)
{
    const struct app_type *t = r->type;
    const enum reach reach = rec_reach(who, t, act);
    bool may = reach == REACH_ALL || (reach == REACH_OWN && str_eq(r->created_by, who->code));
    rc result = RC_OK;
    if (reach == REACH_ORG && who->org_id) {
        int64_t org = t->org >= 0 && r->value[t->org].present ? r->value[t->org].i64 : 0;
        if (t->org < 0 && str_eq(t->name, STR(ORG_TYPE))) org = r->id;
        result =
            org ? is_below(cx, db, org, who->org_id, &may) : is_root(cx, db, who->org_id, &may);
    }
    if (result != RC_OK) return result;
    return may ? RC_OK : rec_denied(cx, act, t);
}
