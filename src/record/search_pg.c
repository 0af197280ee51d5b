/* The search index on PostgreSQL: the searched text itself, folded, and its initials, beside an array of
 * numbers with a GIN index: one number a pair of neighbouring characters.  The numbers find what may
 * match, the text decides: exact.  A needle of one character has no pair; the texts of the site are
 * looked through for it.
 *
 * The site is part of each number, so that one county's search does not wade through the others'.
 * Measured, texts of 20 Chinese characters in batches of 500: 30 us a record, of which 12 are the row;
 * with triples as well 118, as a tsvector 40. */
#include "record/search.h"

/* Between the texts of two fields: in no needle that is looked for. */
#define BETWEEN "\x01"

/* ---- terms ---- */

enum { OF_TEXT, OF_INITIALS };

static int64_t term_of(const struct db *db, int kind, uint32_t x, uint32_t y)
{
    const uint64_t key[2] = {(uint64_t)db_site(db), (uint64_t)kind << 63 | (uint64_t)x << 21 | y};
    return (int32_t)(uint32_t)str_hash((str){(const char *)key, sizeof key});
}

static void run_write(const struct db *db, int kind, const struct rec_run *run, struct buf *terms)
{
    for (size_t i = 1; i < run->len; i++) {
        if (terms->len > 1) buf_char(terms, ',');
        buf_i64(terms, term_of(db, kind, run->at[i - 1], run->at[i]));
    }
}

static void text_write(const struct rec_run *run, struct buf *text)
{
    char room[4];
    if (!run->len) return;
    if (text->len) buf_add(text, STR(BETWEEN));
    for (size_t i = 0; i < run->len; i++)
        buf_add(text, (str){room, utf8_put(room, run->at[i])});
}

static void terms(struct rec_initials *i, const struct db *db, const struct record *r,
                  struct rec_terms *out)
{
    for (int k = 0; k < REC_TERM_COLUMNS; k++)
        out->column[k].len = 0;
    buf_char(&out->column[0], '{');
    while (rec_search_next(i, r, out)) {
        run_write(db, OF_TEXT, &out->text, &out->column[0]);
        run_write(db, OF_INITIALS, &out->initials, &out->column[0]);
        text_write(&out->text, &out->column[1]);
        text_write(&out->initials, &out->column[2]);
    }
    buf_char(&out->column[0], '}');
}

/* ---- asking ---- */

static void condition(struct sqlb *b, const struct db *db, int kind, const struct rec_run *run,
                      str needle)
{
    struct buf terms = {.arena = b->text.arena};
    buf_char(&terms, '{');
    run_write(db, kind, run, &terms);
    buf_char(&terms, '}');
    if (run->len > 1) {
        sqlb_add(b, "s.terms @> CAST(");
        sqlb_arg(b, DB_T(buf_str(&terms)));
        sqlb_add(b, " AS INTEGER[]) AND ");
    }
    sqlb_add(b, kind == OF_TEXT ? "strpos(s.text, " : "strpos(s.initials, ");
    sqlb_arg(b, DB_T(needle));
    sqlb_add(b, ") > 0");
}

/* Initials are small letters and digits. */
static bool may_be_initials(const struct rec_run *run)
{
    for (size_t i = 0; i < run->len; i++) {
        const uint32_t c = run->at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) return false;
    }
    return true;
}

static void ids(struct sqlb *b, const struct db *db, const struct app_type *t,
                const struct rec_match *m)
{
    VEC(uint32_t) code = {0};
    for (size_t at = 0; at < m->needle.len;)
        *vec_add(b->text.arena, &code) = utf8_next(m->needle, &at);
    const struct rec_run run = {code.at, code.len, code.cap};
    sqlb_add(b, "SELECT s.id AS rec__id FROM ");
    rec_search_table(&b->text, t);
    sqlb_add(b, " s WHERE s.site = $site AND (");
    if (str_index(m->needle, STR(BETWEEN)) != SIZE_MAX) {
        sqlb_add(b, "1 = 0)");
        return;
    }
    condition(b, db, OF_TEXT, &run, m->needle);
    if (m->initials && may_be_initials(&run)) {
        sqlb_add(b, " OR ");
        condition(b, db, OF_INITIALS, &run, m->needle);
    }
    sqlb_add(b, ")");
}

/* ---- the table ---- */

static rc create(struct cx *cx, struct db *db, const struct app_type *t)
{
    struct buf clear = {.arena = cx->arena};
    buf_add(&clear, STR("DELETE FROM "));
    rec_search_table(&clear, t);
    buf_add(&clear, STR(" WHERE site = $site"));
    return db_exec_text(cx, db, buf_str(&clear), DB_NO_ARGS);
}

static void tables(struct arena *a, const struct app_type *t, str out[2], str name[2])
{
    struct buf table = {.arena = a}, index = {.arena = a};
    name[0] = sql_index_name(a, t, STR("search"));
    name[1] = sql_index_name(a, t, STR("search_terms"));
    buf_add(&table, STR("CREATE TABLE IF NOT EXISTS "));
    sql_name_write(&table, name[0]);
    buf_add(&table,
            STR(" (site BIGINT NOT NULL, id BIGINT NOT NULL, terms INTEGER[] NOT NULL, text TEXT "
                "NOT NULL, initials TEXT NOT NULL, PRIMARY KEY (site, id))"));
    buf_add(&index, STR("CREATE INDEX IF NOT EXISTS "));
    sql_name_write(&index, name[1]);
    buf_add(&index, STR(" ON "));
    sql_name_write(&index, name[0]);
    buf_add(&index, STR(" USING gin (terms)"));
    out[0] = buf_str(&table);
    out[1] = buf_str(&index);
}

static void add(struct buf *b, const struct app_type *t)
{
    buf_add(b, STR("INSERT INTO "));
    rec_search_table(b, t);
    buf_add(
        b,
        STR(" (site, id, terms, text, initials) VALUES ($site, $1, CAST($2 AS INTEGER[]), $3, $4)"));
}

static void take(struct buf *b, const struct app_type *t)
{
    buf_add(b, STR("DELETE FROM "));
    rec_search_table(b, t);
    buf_add(b, STR(" WHERE site = $site AND id = $1"));
}

const struct rec_index rec_index_pg = {.form = "pairs pg 1",
                                       .columns = 3,
                                       .tables = tables,
                                       .create = create,
                                       .add = add,
                                       .take = take,
                                       .terms = terms,
                                       .ids = ids};
