/* Variables that instances are found by: a row for each that has a value, written when a run rests and
 * one of them has changed. */
#include "bpmn/run/run.h"

enum { TEXT_MAX = 200 };

SQL(sql_put,
    "INSERT INTO process_search (site, instance_id, name, value) VALUES ($site, $1, $2, $3)"
    " ON CONFLICT (site, instance_id, name) DO UPDATE SET value = excluded.value");
SQL(sql_drop, "DELETE FROM process_search WHERE site = $site AND instance_id = $1 AND name = $2");

static const struct feel_value *value_of(const struct token *t, int i)
{
    return t->var && t->var_set[i] && t->var[i].kind != FEEL_NULL ? &t->var[i] : NULL;
}

static rc put(struct run *r, int i, const struct feel_value *v)
{
    struct buf text = {.arena = r->cx->arena, .bytes_max = TEXT_MAX};
    const str name = r->model->variable[i].name;
    if (!v) return db_exec(r->cx, r->db, &sql_drop, DB_ARGS(DB_I(r->instance.id), DB_T(name)));
    feel_value_text(&text, v);
    while (text.over && text.len && ((unsigned char)text.at[text.len - 1] & 0xC0) == 0x80)
        text.len--; /* a letter that was cut goes whole */
    if (text.over && text.len && (unsigned char)text.at[text.len - 1] >= 0xC0) text.len--;
    return db_exec(r->cx, r->db, &sql_put,
                   DB_ARGS(DB_I(r->instance.id), DB_T(name), DB_T(buf_str(&text))));
}

rc search_write(struct run *r, str before)
{
    const struct bpmn_model *m = r->model;
    struct token old = {0};
    rc result = RC_OK;
    bool read = !before.len;
    for (int i = 0; m && i < m->variable_count && result == RC_OK; i++) {
        if (!m->variable[i].searched) continue;
        if (!read) result = vars_read(r->cx, m, before, &old);
        read = true;
        const struct feel_value *was = value_of(&old, i), *is = value_of(r->root, i);
        const bool same = was && is ? feel_equal(was, is) == 1 : was == is;
        if (result == RC_OK && !same) result = put(r, i, is);
    }
    return result;
}
