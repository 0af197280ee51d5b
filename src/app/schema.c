/* The SQL of declared types: new tables, columns and indexes; anything else is refused. */
#include "app/schema.h"

#include "base/map.h"

str app_field_sql_type(const struct app_field *f)
{
    switch (f->kind) {
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_MOMENT:
    case FIELD_REF: return STR("BIGINT");
    case FIELD_BOOLEAN: return STR("SMALLINT");
    default: return STR("TEXT");
    }
}

str app_field_holds(struct arena *a, const struct app_field *f)
{
    static const char *const kind[FIELD_KIND_COUNT] = {
        "text", "integer", "number", "boolean", "date", "moment", "period", "code", "ref", "files"};
    static const char *const unit[PERIOD_UNIT_COUNT] = {"day", "month", "quarter", "half", "year"};
    if (f->kind == FIELD_NUMBER) return arena_printf(a, "number(%d)", f->scale);
    if (f->kind == FIELD_REF) return arena_printf(a, "ref(" STR_FMT ")", STR_ARG(f->ref->name));
    if (f->kind == FIELD_PERIOD) return str_from(unit[f->period]);
    return str_from(kind[f->kind]);
}

void sql_name_write(struct buf *out, str name)
{
    buf_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '"') buf_char(out, '"');
        buf_char(out, name.at[i]);
    }
    buf_char(out, '"');
}

/* PostgreSQL cuts names after 63 bytes, and two cut alike would be one. */
static str short_name(struct arena *a, str name, size_t bytes_max)
{
    enum { HASH_DIGITS = 16 };
    if (name.len <= bytes_max) return name;
    return arena_printf(a, STR_FMT "_%016" PRIx64,
                        STR_ARG(str_slice(name, 0, bytes_max - HASH_DIGITS - 1)), str_hash(name));
}

str sql_table_name(struct arena *a, str app, str type)
{
    enum { TABLE_BYTES_MAX = 63 - (sizeof "__search" - 1) };
    return short_name(a, arena_printf(a, STR_FMT "_" STR_FMT, STR_ARG(app), STR_ARG(type)),
                      TABLE_BYTES_MAX);
}

str sql_index_name(struct arena *a, const struct app_type *t, str suffix)
{
    return short_name(a, arena_printf(a, STR_FMT "__" STR_FMT, STR_ARG(t->table), STR_ARG(suffix)),
                      63);
}

struct plan {
    struct cx *cx;
    const struct schema_have *have;
    struct schema_plan *out;
};

static struct schema_step *step_add(struct plan *p, enum schema_act act, const struct app_type *t,
                                    str column, str sql)
{
    struct schema_step *s = vec_add(p->cx->arena, p->out);
    *s = (struct schema_step){.act = act,
                              .table = t->table,
                              .column = column,
                              .sql = sql,
                              .always = act == SCHEMA_INDEX || act == SCHEMA_NOTE};
    return s;
}

static const struct schema_table *table_find(const struct schema_have *have, str name)
{
    for (size_t i = 0; i < have->table_count; i++)
        if (str_eq(have->table[i].name, name)) return &have->table[i];
    return NULL;
}

static const struct schema_column *column_find(const struct schema_table *t, str name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (str_eq(t->column[i].name, name)) return &t->column[i];
    return NULL;
}

/* ---- what a column holds, written down beside it ---- */

static void text_literal(struct buf *b, str s)
{
    buf_char(b, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\'') buf_char(b, '\'');
        buf_char(b, s.at[i]);
    }
    buf_char(b, '\'');
}

static void note_add(struct plan *p, const struct app_type *t, str column, str holds)
{
    struct buf b = {.arena = p->cx->arena};
    buf_add(&b, STR("INSERT INTO app_column (tbl, col, holds) VALUES ("));
    text_literal(&b, t->table);
    buf_add(&b, STR(", "));
    text_literal(&b, column);
    buf_add(&b, STR(", "));
    text_literal(&b, holds);
    buf_add(&b, STR(") ON CONFLICT (tbl, col) DO UPDATE SET holds = excluded.holds"));
    (void)step_add(p, SCHEMA_NOTE, t, column, buf_str(&b));
}

/* A type's natural key is noted like a column of this name, which no field can have. */
#define KEY_NOTE STR("(key)")
#define NO_KEY   STR("none")
static str key_holds(const struct plan *p, const struct app_type *t)
{
    struct buf b = {.arena = p->cx->arena};
    for (int i = 0; i < t->key_count; i++) {
        if (i) buf_add(&b, STR(", "));
        buf_add(&b, t->field[t->key[i]].name);
    }
    return t->key_count ? buf_str(&b) : NO_KEY;
}

static str noted(const struct schema_have *have, str table, str column)
{
    for (size_t i = 0; i < have->holds_count; i++)
        if (str_eq(have->holds[i].table, table) && str_eq(have->holds[i].column, column))
            return have->holds[i].holds;
    return (str){0};
}

/* ---- tables ---- */

static const struct schema_column fixed_column[] = {
    {{"site", 4}, {"BIGINT", 6}},        {{"id", 2}, {"BIGINT", 6}},
    {{"version", 7}, {"BIGINT", 6}},     {{"created_us", 10}, {"BIGINT", 6}},
    {{"changed_us", 10}, {"BIGINT", 6}}, {{"created_by", 10}, {"TEXT", 4}},
    {{"voided", 6}, {"SMALLINT", 8}}};

static void table_add(struct plan *p, const struct app_type *t)
{
    struct buf b = {.arena = p->cx->arena};
    buf_add(&b, STR("CREATE TABLE "));
    sql_name_write(&b, t->table);
    buf_add(
        &b,
        STR(" (site BIGINT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, created_us BIGINT "
            "NOT NULL, changed_us BIGINT NOT NULL, created_by TEXT NOT NULL, voided SMALLINT NOT NULL"));
    for (int i = 0; i < t->field_count; i++) {
        buf_add(&b, STR(", "));
        sql_name_write(&b, t->field[i].name);
        buf_char(&b, ' ');
        buf_add(&b, app_field_sql_type(&t->field[i]));
    }
    buf_add(&b, STR(", PRIMARY KEY (site, id))"));
    struct schema_step *s = step_add(p, SCHEMA_TABLE, t, (str){0}, buf_str(&b));
    s->says.zh = arena_printf(p->cx->arena, "新建表 " STR_FMT "（" STR_FMT "），%d 个字段",
                              STR_ARG(t->table), STR_ARG(t->title.zh), t->field_count);
    s->says.en = arena_printf(p->cx->arena, "create table " STR_FMT " (" STR_FMT ") with %d fields",
                              STR_ARG(t->table), STR_ARG(t->title.en), t->field_count);
    for (int i = 0; i < t->field_count; i++)
        note_add(p, t, t->field[i].name, app_field_holds(p->cx->arena, &t->field[i]));
    note_add(p, t, KEY_NOTE, key_holds(p, t));
}

static void column_add(struct plan *p, const struct app_type *t, const struct app_field *f)
{
    struct buf b = {.arena = p->cx->arena};
    buf_add(&b, STR("ALTER TABLE "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" ADD COLUMN "));
    sql_name_write(&b, f->name);
    buf_char(&b, ' ');
    buf_add(&b, app_field_sql_type(f));
    struct schema_step *s = step_add(p, SCHEMA_COLUMN, t, f->name, buf_str(&b));
    s->says.zh =
        arena_printf(p->cx->arena, "表 " STR_FMT " 加列 " STR_FMT "（" STR_FMT "），已有记录为空",
                     STR_ARG(t->table), STR_ARG(f->name), STR_ARG(f->title.zh));
    s->says.en = arena_printf(
        p->cx->arena, "add column " STR_FMT "." STR_FMT " (" STR_FMT "), empty in existing records",
        STR_ARG(t->table), STR_ARG(f->name), STR_ARG(f->title.en));
    note_add(p, t, f->name, app_field_holds(p->cx->arena, f));
}

/* SQLite knows one integer; SMALLINT and BIGINT are told apart where the database does. */
static bool same_sql_type(str have, str want)
{
    const bool have_text = str_eq(have, STR("TEXT")), want_text = str_eq(want, STR("TEXT"));
    return have_text == want_text && !str_eq(have, STR("BYTEA"));
}

static void changed(struct plan *p, const struct app_type *t, const struct app_field *f, str was)
{
    struct cx *cx = p->cx;
    const rc r = err_set_at(
        cx, RC_CONFLICT, "app.evolution", f->pos,
        "字段 " STR_FMT "." STR_FMT " 原为 " STR_FMT "，现为 " STR_FMT "，已有的数据无法照搬",
        "field " STR_FMT "." STR_FMT " held " STR_FMT " and is now " STR_FMT
        ": what is stored cannot be carried over",
        STR_ARG(t->name), STR_ARG(f->name), STR_ARG(was), STR_ARG(app_field_holds(cx->arena, f)));
    (void)r;
    err_hint(cx, "改回原来的写法，或另加一个新字段，例如 " STR_FMT "_2",
             "change it back, or add a new field, for instance " STR_FMT "_2", STR_ARG(f->name));
    err_source(cx, t->source);
    (void)err_collect(cx);
}

static void column_check(struct plan *p, const struct app_type *t, const struct app_field *f,
                         const struct schema_column *have)
{
    const str was = noted(p->have, t->table, f->name), is = app_field_holds(p->cx->arena, f);
    if (!same_sql_type(have->type, app_field_sql_type(f)) || (was.len && !str_eq(was, is))) {
        changed(p, t, f, was.len ? was : have->type);
    } else if (!was.len) {
        note_add(p, t, f->name, is);
    }
}

/* Another natural key would make other records the same: the unique index is not rebuilt. */
static void key_check(struct plan *p, const struct app_type *t)
{
    struct cx *cx = p->cx;
    const str was = noted(p->have, t->table, KEY_NOTE), is = key_holds(p, t);
    if (str_eq(was, is)) return;
    if (!was.len || str_eq(was, NO_KEY)) {
        note_add(p, t, KEY_NOTE, is);
        return;
    }
    const rc r =
        err_set_at(cx, RC_CONFLICT, "app.evolution", t->pos,
                   "类型 " STR_FMT " 的自然键原为 " STR_FMT "，现为 " STR_FMT "，不能自动改",
                   "the natural key of " STR_FMT " was " STR_FMT " and is now " STR_FMT
                   ": it cannot change by itself",
                   STR_ARG(t->name), STR_ARG(was), STR_ARG(is));
    (void)r;
    err_hint(cx, "改回原来的 key，或另建一个类型并导入数据",
             "change it back, or declare a new type and import into it");
    err_source(cx, t->source);
    (void)err_collect(cx);
}

static void unused_note(struct plan *p, const struct app_type *t, const struct schema_column *c)
{
    for (size_t i = 0; i < COUNTOF(fixed_column); i++)
        if (str_eq(c->name, fixed_column[i].name)) return;
    if (app_field_find(t, c->name)) return;
    struct schema_step *s = step_add(p, SCHEMA_UNUSED, t, c->name, (str){0});
    s->says.zh = arena_printf(p->cx->arena, "表 " STR_FMT " 的列 " STR_FMT " 不再使用，数据保留",
                              STR_ARG(t->table), STR_ARG(c->name));
    s->says.en = arena_printf(p->cx->arena,
                              "column " STR_FMT "." STR_FMT " is not used any more; its data stays",
                              STR_ARG(t->table), STR_ARG(c->name));
}

/* ---- indexes ---- */

/* name is the index's suffix; columns a list of field indices, then id unless unique. */
static void index_add(struct plan *p, const struct app_type *t, str suffix, const int *column,
                      int count, bool unique)
{
    struct buf b = {.arena = p->cx->arena};
    buf_add(&b, unique ? STR("CREATE UNIQUE INDEX IF NOT EXISTS ")
                       : STR("CREATE INDEX IF NOT EXISTS "));
    const str name = sql_index_name(p->cx->arena, t, suffix);
    sql_name_write(&b, name);
    buf_add(&b, STR(" ON "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" (site"));
    for (int i = 0; i < count; i++) {
        buf_add(&b, STR(", "));
        sql_name_write(&b, t->field[column[i]].name);
    }
    buf_add(&b, unique ? STR(") WHERE voided = 0") : STR(", id)"));
    struct schema_step *s = step_add(p, SCHEMA_INDEX, t, name, buf_str(&b));
    s->unique = unique;
}

static void indexes_add(struct plan *p, const struct app_type *t)
{
    if (t->key_count) index_add(p, t, STR("key_"), t->key, t->key_count, true);
    for (int i = 0; i < t->field_count; i++) {
        const struct app_field *f = &t->field[i];
        if (f->indexed || f->kind == FIELD_REF || i == t->org)
            index_add(p, t, f->name, &i, 1, false);
    }
}

static void type_plan(struct plan *p, const struct app_type *t)
{
    const struct schema_table *have = table_find(p->have, t->table);
    if (!have) {
        table_add(p, t);
        indexes_add(p, t);
        return;
    }
    for (int i = 0; i < t->field_count; i++) {
        const struct schema_column *c = column_find(have, t->field[i].name);
        if (c)
            column_check(p, t, &t->field[i], c);
        else
            column_add(p, t, &t->field[i]);
    }
    for (size_t i = 0; i < have->column_count; i++)
        unused_note(p, t, &have->column[i]);
    key_check(p, t);
    indexes_add(p, t);
}

rc app_schema_sql(struct cx *cx, const struct catalogue *c, const struct schema_have *have,
                  struct schema_plan *out)
{
    struct plan p = {.cx = cx, .have = have, .out = out};
    if (!cx->findings) cx->findings = NEW(cx->arena, struct findings);
    const size_t before = cx->findings->count;
    for (int i = 0; i < c->type_count; i++)
        type_plan(&p, &c->type[i]);
    const size_t faults = cx->findings->count - before;
    if (!faults) return RC_OK;
    return err_set(cx, RC_CONFLICT, "app.evolution", "声明与数据库里已有的数据有 %zu 处不相容",
                   "the declarations do not fit what the database holds in %zu places", faults);
}
