/* The mark of a move, and the copying of tables in chunks. */
#include "site/move.h"

#include "base/date.h"
#include "base/sm3.h"

enum { CHUNK_ROWS = 1000, CHUNK_BYTES = 4 << 20, CHUNK_MEMORY = 512 << 20, STAND_BYTES = 128 };

const struct db_migration move_migrations[] = {
    {1, "move",
     "CREATE TABLE site_move ("
     " site BIGINT NOT NULL,"
     " what TEXT NOT NULL,"  /* arriving, left */
     " peer TEXT NOT NULL,"  /* from where, or where to */
     " stand TEXT NOT NULL," /* of the source's ledger */
     " at_us BIGINT NOT NULL,"
     " PRIMARY KEY (site, what));"},
};
const size_t move_migration_count = COUNTOF(move_migrations);

/* ---- the mark ---- */

SQL(sql_mark, "SELECT what, peer, stand, at_us FROM site_move WHERE site = $site ORDER BY what");
SQL(sql_mark_clear, "DELETE FROM site_move WHERE site = $site");
SQL(sql_mark_set,
    "INSERT INTO site_move (site, what, peer, stand, at_us) VALUES ($site, $1, $2, $3, $4)");
SQL(sql_entry, "SELECT hash FROM ledger WHERE site = $site AND seq = $1");
SQL(sql_stand, "SELECT seq, hash FROM ledger_head WHERE site = $site AND id = 1");

rc move_mark_load(struct cx *cx, struct db *db, struct move_mark *out)
{
    struct db_column *column = NULL;
    size_t count = 0;
    bool more = false;
    DB_ROWS rows = {0};
    *out = (struct move_mark){0};
    rc r = db_table_columns(cx, db, STR("site_move"), &column, &count);
    if (r != RC_OK || !count) return r;
    r = db_query(cx, db, &sql_mark, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more)
        *out = (struct move_mark){.state = str_eq(db_text(&rows, 0), STR("left")) ? MOVE_LEFT
                                                                                  : MOVE_ARRIVING,
                                  .peer = db_text_dup(cx, &rows, 1),
                                  .stand = db_text_dup(cx, &rows, 2),
                                  .at_us = db_i64(&rows, 3)};
    return r;
}

static rc mark_write(struct cx *cx, struct db *db, const struct move_mark *m)
{
    rc r = db_exec(cx, db, &sql_mark_clear, DB_NO_ARGS);
    if (r != RC_OK || m->state == MOVE_NONE) return r;
    return db_exec(cx, db, &sql_mark_set,
                   DB_ARGS(DB_T(m->state == MOVE_LEFT ? STR("left") : STR("arriving")),
                           DB_T(m->peer), DB_T(m->stand), DB_I(m->at_us)));
}

rc move_mark_save(struct cx *cx, struct db *db, const struct move_mark *m)
{
    if (db_in_transaction(db)) return mark_write(cx, db, m);
    rc r = db_begin(cx, db);
    if (r == RC_OK) r = mark_write(cx, db, m);
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) db_rollback(db);
    return r;
}

static rc unfinished(struct cx *cx, const struct move_mark *m)
{
    rc r = err_set(cx, RC_CONFLICT, "move.unfinished",
                   "本站点正从“" STR_FMT "”迁来，尚未完成，还不能使用",
                   "this site is being moved here from \"" STR_FMT
                   "\" and is not complete: it cannot be used yet",
                   STR_ARG(m->peer));
    err_hint(cx, "再次运行同一条 bihuan move 命令，它会接着做完；放弃则加 --abandon",
             "run the same bihuan move again, it goes on where it stopped; to give it up add "
             "--abandon");
    return r;
}

static rc has_left(struct cx *cx, const struct move_mark *m)
{
    struct buf day = {.arena = cx->arena};
    day_write(&day, day_of_us(m->at_us));
    str on = buf_str(&day);
    rc r = err_set(cx, RC_CONFLICT, "move.left",
                   "本站点已于 " STR_FMT " 迁往“" STR_FMT "”，这里只留旧数据，不再写入",
                   "this site was moved to \"" STR_FMT "\" on " STR_FMT
                   ": what is here is its past, nothing more is written",
                   STR_ARG(cx->lang == LANG_ZH ? on : m->peer),
                   STR_ARG(cx->lang == LANG_ZH ? m->peer : on));
    err_hint(cx, "在那里使用它；要迁回来，从那里用 bihuan move 迁到这里",
             "use it there; to bring it back move it from there to here");
    return r;
}

rc move_check(struct cx *cx, struct db *db, enum db_mode mode)
{
    struct move_mark m;
    rc r = move_mark_load(cx, db, &m);
    if (r == RC_OK && m.state == MOVE_ARRIVING) r = unfinished(cx, &m);
    if (r == RC_OK && m.state == MOVE_LEFT && mode == DB_WRITER) r = has_left(cx, &m);
    return r;
}

static str stand_of(struct arena *a, int64_t seq, str hash)
{
    char hex[STAND_BYTES];
    CHECK(2 * hash.len <= sizeof hex);
    hex_write(hex, (const uint8_t *)hash.at, hash.len);
    return arena_printf(a, "%" PRId64 " %.*s", seq, (int)(2 * hash.len), hex);
}

rc move_stand(struct cx *cx, struct db *db, str *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    *out = STR("0");
    rc r = db_query(cx, db, &sql_stand, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    *out = stand_of(cx->arena, db_i64(&rows, 0), db_text(&rows, 1));
    return RC_OK;
}

rc move_stood(struct cx *cx, struct db *db, str stand, bool *out)
{
    DB_ROWS rows = {0};
    str hash;
    int64_t seq = 0;
    *out = str_i64(str_cut(stand, ' ', &hash), &seq) && seq == 0;
    if (!seq) return RC_OK;
    rc r = db_query(cx, db, &sql_entry, DB_ARGS(DB_I(seq)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, out);
    if (r == RC_OK && *out) *out = str_eq(stand, stand_of(cx->arena, seq, db_text(&rows, 0)));
    return r;
}

/* ---- tables that only the source knows ---- */

SQL(sql_notes, "SELECT tbl, col, holds FROM app_column ORDER BY tbl, col");
SQL(sql_note_add,
    "INSERT INTO app_column (tbl, col, holds) VALUES ($1, $2, $3) ON CONFLICT (tbl, col) DO NOTHING");

static rc table_make(struct cx *cx, struct db *to, const struct site_table *t)
{
    struct buf b = {.arena = cx->arena};
    buf_printf(&b, "CREATE TABLE \"" STR_FMT "\" (site BIGINT NOT NULL, ", STR_ARG(t->name));
    for (size_t i = 0; i < t->column_count; i++)
        buf_printf(&b, "\"" STR_FMT "\" " STR_FMT "%s, ", STR_ARG(t->column[i].name),
                   STR_ARG(t->column[i].type), i < t->key_count ? " NOT NULL" : "");
    buf_add(&b, STR("PRIMARY KEY (site"));
    for (size_t i = 0; i < t->key_count; i++)
        buf_printf(&b, ", \"" STR_FMT "\"", STR_ARG(t->column[i].name));
    buf_add(&b, STR("))"));
    return db_exec_text(cx, to, buf_str(&b), DB_NO_ARGS);
}

static bool has_column(const struct site_table *t, str name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (str_eq(t->column[i].name, name)) return true;
    return false;
}

static rc columns_make(struct cx *cx, struct db *to, const struct site_table *t,
                       const struct site_table *there)
{
    rc r = RC_OK;
    for (size_t i = 0; i < t->column_count && r == RC_OK; i++)
        if (!has_column(there, t->column[i].name))
            r = db_exec_text(
                cx, to,
                arena_printf(
                    cx->arena, "ALTER TABLE \"" STR_FMT "\" ADD COLUMN \"" STR_FMT "\" " STR_FMT,
                    STR_ARG(t->name), STR_ARG(t->column[i].name), STR_ARG(t->column[i].type)),
                DB_NO_ARGS);
    return r;
}

/* What the declarations once said of the columns. */
static rc notes_copy(struct cx *cx, struct db *from, struct db *to)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, from, &sql_notes, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        r = db_exec(cx, to, &sql_note_add,
                    DB_ARGS(DB_T(db_text_dup(cx, &rows, 0)), DB_T(db_text_dup(cx, &rows, 1)),
                            DB_T(db_text_dup(cx, &rows, 2))));
    return r;
}

static rc all_make(struct cx *cx, struct db *from, const struct site_tables *source, struct db *to,
                   const struct site_tables *target)
{
    rc r = RC_OK;
    for (size_t i = 0; i < source->len && r == RC_OK; i++) {
        const struct site_table *t = &source->at[i], *there = tables_find(target, t->name);
        r = there ? columns_make(cx, to, t, there) : table_make(cx, to, t);
    }
    return r == RC_OK ? notes_copy(cx, from, to) : r;
}

rc move_tables_make(struct cx *cx, struct db *from, const struct site_tables *source, struct db *to,
                    const struct site_tables *target)
{
    rc r = db_begin(cx, to);
    if (r == RC_OK) r = all_make(cx, from, source, to, target);
    if (r == RC_OK) r = db_commit(cx, to);
    if (r != RC_OK) db_rollback(to);
    return r;
}

/* ---- rows ---- */

struct chunk {
    struct db_val *value; /* rows × columns */
    size_t rows, bytes;
};

/* The rows behind `last`, copied: at most as many as a chunk takes. */
static rc chunk_read(struct cx *cx, struct db *from, const struct site_table *t,
                     const struct db_val *last, struct chunk *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    *out = (struct chunk){.value = NEWS(cx->arena, struct db_val, CHUNK_ROWS * t->column_count)};
    rc r = db_begin(cx, from);
    if (r == RC_OK) r = table_scan(cx, from, t, last, CHUNK_ROWS, &rows);
    while (r == RC_OK && out->rows < CHUNK_ROWS && out->bytes < CHUNK_BYTES &&
           (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        for (size_t i = 0; i < t->column_count; i++) {
            struct db_val v = table_value(&rows, i);
            if (v.type == DB_TEXT || v.type == DB_BLOB) v.bytes = arena_dup(cx->arena, v.bytes);
            out->value[out->rows * t->column_count + i] = v;
            out->bytes += v.bytes.len + sizeof v.i64;
        }
        out->rows++;
    }
    db_rows_done(&rows);
    db_rollback(from);
    return r;
}

static rc chunk_write(struct cx *cx, struct db *to, const struct site_table *t,
                      const struct chunk *c)
{
    rc r = db_begin(cx, to);
    if (r == RC_OK)
        r = db_exec_rows_text(cx, to, table_insert(cx->arena, t), c->value, t->column_count,
                              c->rows);
    if (r == RC_OK) r = db_commit(cx, to);
    if (r != RC_OK) db_rollback(to);
    return r;
}

rc move_table(struct cx *cx, struct db *from, struct db *to, const struct site_table *t,
              move_told_fn *told, void *data)
{
    struct arena scratch;
    rc r = RC_OK;
    arena_init(&scratch, CHUNK_MEMORY);
    for (bool all = false; !all && r == RC_OK;) {
        struct cx own = {.arena = &scratch, .lang = cx->lang, .now_us = cx->now_us};
        struct db_val *last = NEWS(&scratch, struct db_val, t->key_count);
        struct chunk chunk = {0};
        bool any = false;
        r = table_last(&own, to, t, last, &any);
        if (r == RC_OK) r = chunk_read(&own, from, t, any ? last : NULL, &chunk);
        if (r == RC_OK && chunk.rows) r = chunk_write(&own, to, t, &chunk);
        if (r == RC_OK) r = db_ping(&own, from); /* a sign of life: the source stays ours */
        all = !chunk.rows;
        if (r == RC_OK && chunk.rows && told) told(data, t->name, (int64_t)chunk.rows);
        if (r != RC_OK) r = err_copy(cx, &own.err);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    return r;
}
