/* The search index on SQLite: a contentless FTS5 table.  Column two holds the pairs of neighbouring
 * characters of all `search` fields, column three the triples, two_i and three_i those of their
 * initials.  A character is its code in hex, so that a term is letters and digits whatever it stands
 * for.  A needle of three or more characters is a phrase of triples, one of two a pair, one of one the
 * beginning of a pair: all exact. */
#include "record/search.h"

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

static void run_write(const struct rec_run *run, struct buf *two, struct buf *three)
{
    for (size_t i = 1; i < run->len; i++) {
        term_write(two, run->at[i - 1], run->at[i], NULL);
        if (i > 1) term_write(three, run->at[i - 2], run->at[i - 1], &run->at[i]);
    }
}

/* The last character begins a pair too; and no phrase reaches over the end. */
static void run_end(const struct rec_run *run, struct buf *two, struct buf *three)
{
    if (run->len) term_write(two, run->at[run->len - 1], 0, NULL);
    if (run->len > 2) buf_add(three, STR(" z"));
}

static void terms(struct rec_initials *i, const struct db *db, const struct record *r,
                  struct rec_terms *out)
{
    (void)db;
    for (int k = 0; k < REC_TERM_COLUMNS; k++)
        out->column[k].len = 0;
    while (rec_search_next(i, r, out)) {
        run_write(&out->text, &out->column[0], &out->column[1]);
        run_end(&out->text, &out->column[0], &out->column[1]);
        run_write(&out->initials, &out->column[2], &out->column[3]);
        run_end(&out->initials, &out->column[2], &out->column[3]);
    }
}

/* ---- asking ---- */

static str match(struct arena *a, const struct rec_match *m)
{
    struct buf two = {.arena = a}, three = {.arena = a}, out = {.arena = a};
    VEC(uint32_t) code = {0};
    for (size_t at = 0; at < m->needle.len;)
        *vec_add(a, &code) = utf8_next(m->needle, &at);
    const struct rec_run run = {code.at, code.len, code.cap};
    const bool pairs = run.len < 3;
    run_write(&run, &two, &three);
    if (m->initials)
        buf_add(&out, pairs ? STR("{two two_i} : \"") : STR("{three three_i} : \""));
    else
        buf_add(&out, pairs ? STR("two : \"") : STR("three : \""));
    if (run.len == 1) { /* the beginning of a pair */
        code_write(&out, run.at[0]);
        buf_add(&out, STR("x\" *"));
    } else {
        buf_add(&out, buf_str(pairs ? &two : &three));
        buf_char(&out, '"');
    }
    return buf_str(&out);
}

static void ids(struct sqlb *b, const struct db *db, const struct app_type *t,
                const struct rec_match *m)
{
    (void)db;
    sqlb_add(b, "SELECT rowid AS rec__id FROM ");
    rec_search_table(&b->text, t);
    sqlb_add(b, " WHERE site = $site AND ");
    rec_search_table(&b->text, t);
    sqlb_add(b, " MATCH ");
    sqlb_arg(b, DB_T(match(b->text.arena, m)));
}

/* ---- the table ---- */

static rc create(struct cx *cx, struct db *db, const struct app_type *t)
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

static void add(struct buf *b, const struct app_type *t)
{
    buf_add(b, STR("INSERT INTO "));
    rec_search_table(b, t);
    buf_add(b,
            STR(" (site, rowid, two, three, two_i, three_i) VALUES ($site, $1, $2, $3, $4, $5)"));
}

/* FTS5: a value in the column named like the table is a command. */
static void take(struct buf *b, const struct app_type *t)
{
    buf_add(b, STR("INSERT INTO "));
    rec_search_table(b, t);
    buf_add(b, STR(" (site, "));
    rec_search_table(b, t);
    buf_add(
        b,
        STR(", rowid, two, three, two_i, three_i) VALUES ($site, 'delete', $1, $2, $3, $4, $5)"));
}

const struct rec_index rec_index_fts = {.form = "pairs 2",
                                        .columns = REC_TERM_COLUMNS,
                                        .create = create,
                                        .add = add,
                                        .take = take,
                                        .take_by_terms = true,
                                        .terms = terms,
                                        .ids = ids};
