/* Substring search, also by pinyin initials: what is searched, and the building of the index.
 * The index of a type is the table "<table>__search" beside it, one row a live record.  What it holds
 * and how it is asked is each engine's own: search_fts.c (SQLite), search_pg.c (PostgreSQL).  Both
 * find the same records: those of which a `search` field, or the initials of one with Chinese
 * characters in it, contains the needle. */
#include "record/search.h"

#include "app/pinyin.h"

enum { HAN_FIRST = 0x3400, HAN_END = 0xA000 };

struct rec_initials {
    struct pinyin *pinyin;
    struct arena scratch;
    char of[HAN_END - HAN_FIRST]; /* 0 not asked yet, '-' has none */
};

struct rec_initials *rec_initials_open(struct arena *a)
{
    struct rec_initials *i = NEW(a, struct rec_initials);
    i->pinyin = pinyin_open();
    arena_init(&i->scratch, 1 << 20);
    return i;
}

void rec_initials_close(struct rec_initials *i)
{
    if (!i) return;
    pinyin_close(i->pinyin);
    arena_done(&i->scratch);
}

bool rec_searches(const struct app_type *t)
{
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].search && t->field[i].kind == FIELD_TEXT) return true;
    return false;
}

static uint32_t fold(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0; /* full width */
    if (c == 0x3000) c = ' ';
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

str rec_fold(struct arena *a, str text)
{
    struct buf b = {.arena = a};
    for (size_t at = 0; at < text.len;) {
        char room[4];
        uint32_t c = utf8_next(text, &at);
        buf_add(&b, (str){room, utf8_put(room, fold(c))});
    }
    return buf_str(&b);
}

static char initial_of(struct rec_initials *i, str text, size_t from, size_t to, uint32_t c)
{
    if (c < 128) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? (char)c : '-';
    if (c < HAN_FIRST || c >= HAN_END || !i) return '-';
    char *known = &i->of[c - HAN_FIRST];
    if (!*known) {
        str s = pinyin_initials(i->pinyin, &i->scratch, str_slice(text, from, to));
        *known = s.len ? s.at[0] : '-';
        arena_reset(&i->scratch);
    }
    return *known;
}

bool rec_search_next(struct rec_initials *i, const struct record *r, struct rec_terms *t)
{
    t->text.len = t->initials.len = 0;
    while (t->field < r->type->field_count) {
        const struct app_field *f = &r->type->field[t->field];
        const struct rec_value *v = &r->value[t->field++];
        bool han = false;
        if (!f->search || f->kind != FIELD_TEXT || !v->present) continue;
        for (size_t at = 0; at < v->text.len;) {
            uint32_t c = fold(utf8_next(v->text, &at));
            han = han || c >= HAN_FIRST;
            *vec_add(t->arena, &t->text) = c;
        }
        for (size_t at = 0; han && at < v->text.len;) {
            size_t from = at;
            uint32_t c = fold(utf8_next(v->text, &at));
            char first = initial_of(i, v->text, from, at, c);
            if (first != '-') *vec_add(t->arena, &t->initials) = (unsigned char)first;
        }
        return true;
    }
    t->field = 0;
    return false;
}

bool rec_search_holds(struct arena *scratch, const struct actor *who, const struct record *r,
                      str folded)
{
    for (int n = 0; n < r->type->field_count; n++) {
        const struct app_field *f = &r->type->field[n];
        if (!f->search || f->kind != FIELD_TEXT || !r->value[n].present ||
            !rec_may_see_private(who, f))
            continue;
        if (str_index(rec_fold(scratch, r->value[n].text), folded) != SIZE_MAX) return true;
    }
    return false;
}

/* ---- the table ---- */

void rec_search_table(struct buf *b, const struct app_type *t)
{
    sql_name_write(b, sql_index_name(b->arena, t, STR("search")));
}

const struct rec_index *rec_index_of(const struct db *db)
{
    return db_kind(db) == DB_POSTGRES ? &rec_index_pg : &rec_index_fts;
}

void rec_search_ids(struct sqlb *b, const struct db *db, const struct app_type *t,
                    const struct rec_match *m)
{
    rec_index_of(db)->ids(b, db, t, m);
}

SQL(sql_state, "SELECT state FROM record_counted WHERE site = $site AND what = $1");
SQL(sql_state_set,
    "INSERT INTO record_counted (site, what, state) VALUES ($site, $1, $2)"
    " ON CONFLICT (site, what) DO UPDATE SET state = excluded.state");

/* What the index holds; when that changes it is built anew. */
static str index_state(struct arena *a, const struct db *db, const struct app_type *t)
{
    struct buf b = {.arena = a};
    buf_add(&b, str_from(rec_index_of(db)->form));
    buf_char(&b, ':');
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].search && t->field[i].kind == FIELD_TEXT)
            buf_printf(&b, " " STR_FMT, STR_ARG(t->field[i].name));
    return buf_str(&b);
}

static rc state_load(struct cx *cx, struct db *db, str what, str *state)
{
    DB_ROWS rows = {0};
    bool more = false;
    *state = STR("");
    rc r = db_query(cx, db, &sql_state, DB_ARGS(DB_T(what)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) *state = db_text_dup(cx, &rows, 0);
    return r;
}

static rc index_fill(struct cx *cx, struct db *db, const struct app_type *t, struct rec_initials *i)
{
    DB_ROWS rows = {0};
    bool more = false;
    const struct rec_index *index = rec_index_of(db);
    struct sqlb b = {.text.arena = cx->arena};
    struct buf add = {.arena = cx->arena};
    struct rec_terms terms = {.arena = cx->arena};
    struct record it = {.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count)};
    for (int k = 0; k < REC_TERM_COLUMNS; k++)
        terms.column[k].arena = cx->arena;
    index->add(&add, t);
    sqlb_add(&b, "SELECT ");
    rec_columns_write(&b.text, t);
    sqlb_add(&b, " FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0 ORDER BY id");
    rc r = sqlb_scan(cx, db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct db_val v[1 + REC_TERM_COLUMNS];
        rec_row_view(&rows, t, &it);
        index->terms(i, db, &it, &terms);
        r = db_exec_text(cx, db, buf_str(&add), v, rec_index_values(index, it.id, &terms, v));
    }
    return r;
}

size_t rec_index_values(const struct rec_index *index, int64_t id, const struct rec_terms *t,
                        struct db_val *out)
{
    out[0] = DB_I(id);
    for (size_t i = 0; i < index->columns; i++)
        out[1 + i] = DB_T(buf_str(&t->column[i]));
    return 1 + index->columns;
}

rc rec_search_build(struct cx *cx, struct db *db, const struct catalogue *c)
{
    rc r = RC_OK;
    struct rec_initials *initials = NULL;
    for (int i = 0; i < c->type_count && r == RC_OK; i++) {
        const struct app_type *t = &c->type[i];
        str have, want = index_state(cx->arena, db, t), what;
        what = arena_printf(cx->arena, STR_FMT " /search", STR_ARG(t->name));
        r = rec_searches(t) ? state_load(cx, db, what, &have) : RC_OK;
        if (r != RC_OK || !rec_searches(t) || str_eq(have, want)) continue;
        if (!initials) initials = rec_initials_open(cx->arena);
        r = rec_index_of(db)->create(cx, db, t);
        if (r == RC_OK) r = index_fill(cx, db, t, initials);
        if (r == RC_OK) r = db_exec(cx, db, &sql_state_set, DB_ARGS(DB_T(what), DB_T(want)));
    }
    rec_initials_close(initials);
    return r;
}
