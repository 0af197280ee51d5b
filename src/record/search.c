/* Substring search, also by pinyin initials: the index of pairs and triples of characters.
 * All SQL that knows SQLite's FTS5 is here and, as MATCH, in plan.c and scan.c.
 *
 * The index of a type is a contentless FTS5 table beside it, "<table>__search", with one row a live
 * record: column two holds the pairs of neighbouring characters of all `search` fields, column three
 * the triples, two_i and three_i those of their initials.  A character is its code in hex, so that a
 * term is letters and digits whatever it stands for.  A needle of three or more characters is a phrase
 * of triples, one of two a pair, one of one the beginning of a pair: all exact. */
#include <string.h>

#include "app/pinyin.h"
#include "record/parts.h"

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

/* ---- terms ---- */

static void code_write(struct buf *b, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    char room[8];
    size_t n = 0;
    do
        room[sizeof room - ++n] = hex[c & 15];
    while (c >>= 4);
    buf_add(b, (str){room + sizeof room - n, n});
}

static void term_write(struct buf *b, uint32_t x, uint32_t y, const uint32_t *z)
{
    if (b->len) buf_char(b, ' ');
    code_write(b, x);
    buf_char(b, 'x');
    code_write(b, y);
    if (!z) return;
    buf_char(b, 'x');
    code_write(b, *z);
}

/* The terms of a run of characters, one at a time: the last two are kept. */
struct run {
    struct buf *two, *three;
    uint32_t last[2];
    int count;
};

static void run_add(struct run *r, uint32_t c)
{
    if (r->count >= 1) term_write(r->two, r->last[1], c, NULL);
    if (r->count >= 2) term_write(r->three, r->last[0], r->last[1], &c);
    r->last[0] = r->last[1];
    r->last[1] = c;
    r->count++;
}

/* The last character begins a pair too; and no phrase reaches over the end. */
static void run_end(struct run *r)
{
    if (r->count) term_write(r->two, r->last[1], 0, NULL);
    if (r->count > 2) buf_add(r->three, STR(" z"));
}

void rec_search_terms(struct rec_initials *i, const struct record *r, struct rec_terms *out)
{
    for (int k = 0; k < REC_TERM_COLUMNS; k++)
        out->column[k].len = 0;
    for (int n = 0; n < r->type->field_count; n++) {
        const struct app_field *f = &r->type->field[n];
        str text = r->value[n].text;
        struct run run = {.two = &out->column[0], .three = &out->column[1]},
                   initials = {.two = &out->column[2], .three = &out->column[3]};
        bool han = false;
        if (!f->search || f->kind != FIELD_TEXT || !r->value[n].present) continue;
        for (size_t at = 0; at < text.len;) {
            uint32_t c = fold(utf8_next(text, &at));
            han = han || c >= HAN_FIRST;
            run_add(&run, c);
        }
        run_end(&run);
        for (size_t at = 0; han && at < text.len;) {
            size_t from = at;
            uint32_t c = fold(utf8_next(text, &at));
            char first = initial_of(i, text, from, at, c);
            if (first != '-') run_add(&initials, (unsigned char)first);
        }
        run_end(&initials);
    }
}

str rec_search_match(struct arena *a, str folded, bool initials)
{
    struct buf two = {.arena = a}, three = {.arena = a}, out = {.arena = a};
    struct run run = {.two = &two, .three = &three};
    uint32_t c = 0;
    if (!folded.len) return STR("");
    for (size_t at = 0; at < folded.len;)
        run_add(&run, c = utf8_next(folded, &at));
    const bool pairs = run.count < 3;
    if (initials)
        buf_add(&out, pairs ? STR("{two two_i} : \"") : STR("{three three_i} : \""));
    else
        buf_add(&out, pairs ? STR("two : \"") : STR("three : \""));
    if (run.count == 1) { /* the beginning of a pair */
        code_write(&out, c);
        buf_add(&out, STR("x\" *"));
    } else {
        buf_add(&out, buf_str(pairs ? &two : &three));
        buf_char(&out, '"');
    }
    return buf_str(&out);
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
    sql_name_write(b, arena_printf(b->arena, STR_FMT "__search", STR_ARG(t->table)));
}

void rec_search_insert(struct buf *b, const struct app_type *t, bool add)
{
    buf_add(b, STR("INSERT INTO "));
    rec_search_table(b, t);
    buf_add(b, STR(" ("));
    if (!add) { /* FTS5: a value in the column named like the table is a command */
        rec_search_table(b, t);
        buf_add(b, STR(", "));
    }
    buf_add(b, STR("rowid, two, three, two_i, three_i) VALUES ("));
    buf_add(b, add ? STR("$1, $2, $3, $4, $5)") : STR("'delete', $1, $2, $3, $4, $5)"));
}

SQL(sql_state, "SELECT state FROM record_counted WHERE what = $1");
SQL(sql_state_set,
    "INSERT INTO record_counted (what, state) VALUES ($1, $2)"
    " ON CONFLICT (what) DO UPDATE SET state = excluded.state");

/* What the index holds; when that changes it is built anew. */
static str index_state(struct arena *a, const struct app_type *t)
{
    struct buf b = {.arena = a};
    buf_add(&b, STR("pairs 2:"));
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

static rc index_create(struct cx *cx, struct db *db, const struct app_type *t)
{
    struct buf drop = {.arena = cx->arena}, make = {.arena = cx->arena};
    buf_add(&drop, STR("DROP TABLE IF EXISTS "));
    rec_search_table(&drop, t);
    buf_add(&make, STR("CREATE VIRTUAL TABLE "));
    rec_search_table(&make, t);
    buf_add(
        &make,
        STR(" USING fts5(two, three, two_i, three_i, content = '', columnsize = 0, tokenize = 'ascii')"));
    rc r = db_exec_text(cx, db, buf_str(&drop), DB_NO_ARGS);
    return r == RC_OK ? db_exec_text(cx, db, buf_str(&make), DB_NO_ARGS) : r;
}

static rc index_fill(struct cx *cx, struct db *db, const struct app_type *t, struct rec_initials *i)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = cx->arena};
    struct buf add = {.arena = cx->arena};
    struct rec_terms terms = {0};
    struct record it = {.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count)};
    for (int k = 0; k < REC_TERM_COLUMNS; k++)
        terms.column[k].arena = cx->arena;
    rec_search_insert(&add, t, true);
    sqlb_add(&b, "SELECT ");
    rec_columns_write(&b.text, t);
    sqlb_add(&b, " FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE voided = 0 ORDER BY id");
    rc r = sqlb_query(cx, db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        rec_row_view(&rows, t, &it);
        rec_search_terms(i, &it, &terms);
        r = db_exec_text(cx, db, buf_str(&add), REC_TERM_ARGS(it.id, &terms));
    }
    return r;
}

rc rec_search_build(struct cx *cx, struct db *db, const struct catalogue *c)
{
    rc r = RC_OK;
    struct rec_initials *initials = NULL;
    for (int i = 0; i < c->type_count && r == RC_OK; i++) {
        const struct app_type *t = &c->type[i];
        str have, want = index_state(cx->arena, t), what;
        what = arena_printf(cx->arena, STR_FMT " /search", STR_ARG(t->name));
        r = rec_searches(t) ? state_load(cx, db, what, &have) : RC_OK;
        if (r != RC_OK || !rec_searches(t) || str_eq(have, want)) continue;
        if (!initials) initials = rec_initials_open(cx->arena);
        r = index_create(cx, db, t);
        if (r == RC_OK) r = index_fill(cx, db, t, initials);
        if (r == RC_OK) r = db_exec(cx, db, &sql_state_set, DB_ARGS(DB_T(what), DB_T(want)));
    }
    rec_initials_close(initials);
    return r;
}
