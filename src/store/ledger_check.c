/* The ledger's reading side: entries for people, the proof of the chain, the export and its proof. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/ledger.h"
#include "store/ledger_line.h"

#define ENTRY_COLUMNS "seq, at_us, actor, act, subject, subject_id, before, after, reason, hash"
SQL(sql_all,
    "SELECT " ENTRY_COLUMNS " FROM ledger WHERE site = $site AND seq > $1 ORDER BY seq LIMIT $2");
SQL(sql_of_subject, "SELECT " ENTRY_COLUMNS
                    " FROM ledger WHERE site = $site AND subject = $1 AND seq > $2"
                    " ORDER BY seq LIMIT $3");
SQL(sql_of_one, "SELECT " ENTRY_COLUMNS
                " FROM ledger WHERE site = $site AND subject = $1 AND subject_id = $2"
                " AND seq > $3 ORDER BY seq LIMIT $4");
SQL(sql_noted_head, "SELECT seq, hash FROM ledger_head WHERE site = $site AND id = 1");

enum {
    EACH_LIMIT = 1000,
    SCRATCH_BYTES = 256 << 20, /* one line of an entry must fit */
    LINE_BYTES_MAX = 64 << 20,
    READ_BYTES = 1 << 16,
};

static struct ledger_entry entry_of(const struct db_rows *rows)
{
    return (struct ledger_entry){
        .seq = db_i64(rows, 0),
        .at_us = db_i64(rows, 1),
        .actor = db_text(rows, 2),
        .act = db_text(rows, 3),
        .subject = db_text(rows, 4),
        .subject_id = db_i64(rows, 5),
        .before = db_text(rows, 6),
        .after = db_text(rows, 7),
        .reason = db_text(rows, 8),
    };
}

/* NOLINTNEXTLINE(readability-function-size): seven plain inputs read better than a struct for one call */
rc ledger_each(struct cx *cx, struct db *db, str subject, int64_t subject_id, int64_t after,
               int64_t limit, ledger_each_fn *each, void *data)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct db_val count = DB_I(limit > 0 ? limit : EACH_LIMIT);
    rc r = RC_OK;
    if (subject.len == 0)
        r = db_query(cx, db, &sql_all, DB_ARGS(DB_I(after), count), &rows);
    else if (subject_id == 0)
        r = db_query(cx, db, &sql_of_subject, DB_ARGS(DB_T(subject), DB_I(after), count), &rows);
    else
        r = db_query(cx, db, &sql_of_one,
                     DB_ARGS(DB_T(subject), DB_I(subject_id), DB_I(after), count), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        char hex[SM3_DIGITS + 1] = {0};
        str hash = db_text(&rows, 9);
        if (hash.len == SM3_BYTES) hex_write(hex, (const uint8_t *)hash.at, SM3_BYTES);
        struct ledger_entry e = entry_of(&rows);
        r = each(cx, &e, str_from(hex), data);
    }
    return r;
}

/* ---- the chain, entry after entry, from wherever they come ---- */

struct chain {
    struct sm3 *sm3;
    int64_t seq; /* of the last sound entry */
    uint8_t hash[SM3_BYTES];
};

static void chain_init(struct chain *c)
{
    *c = (struct chain){.sm3 = sm3_open()};
}

static void chain_done(struct chain *c)
{
    sm3_close(c->sm3);
}

static str say(struct cx *cx, const char *zh, const char *en, int64_t a, int64_t b)
{
    return arena_printf(cx->arena, cx->lang == LANG_EN ? en : zh, a, b);
}

/* True when the entry is the next link; else *what says why not. */
static bool chain_link(struct cx *cx, struct chain *c, int64_t seq, str line,
                       const uint8_t hash[SM3_BYTES], str *what)
{
    if (seq != c->seq + 1) {
        *what = say(cx, "应为第 %" PRId64 " 条，实际为第 %" PRId64 " 条：有条目被删除、插入或调换",
                    "Entry %" PRId64 " was expected, here is entry %" PRId64
                    ": one was removed, added or moved",
                    c->seq + 1, seq);
        return false;
    }
    uint8_t computed[SM3_BYTES];
    ledger_chain(c->sm3, c->hash, line, computed);
    if (memcmp(computed, hash, SM3_BYTES) != 0) {
        *what = say(
            cx, "第 %" PRId64 " 条的内容与它的杂凑值不符：该条或第 %" PRId64 " 条之后的链被改动过",
            "Entry %" PRId64 " does not match its hash: it, or the chain behind entry %" PRId64
            ", was altered",
            seq, seq - 1);
        return false;
    }
    c->seq = seq;
    memcpy(c->hash, computed, SM3_BYTES);
    return true;
}

static void hex_out(char out[65], const struct chain *c)
{
    hex_write(out, c->hash, SM3_BYTES);
    out[64] = '\0';
}

/* ---- in the database ---- */

static rc check_noted_head(struct cx *cx, struct db *db, const struct chain *c, int64_t *broken_seq,
                           str *what)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_noted_head, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK || (!more && c->seq == 0)) return r;
    int64_t noted = more ? db_i64(&rows, 0) : 0;
    str hash = more ? db_text(&rows, 1) : STR("");
    if (noted == c->seq && hash.len == SM3_BYTES && memcmp(hash.at, c->hash, SM3_BYTES) == 0)
        return RC_OK;
    *broken_seq = (noted < c->seq ? noted : c->seq) + 1;
    *what = say(
        cx, "账本到第 %" PRId64 " 条为止，登记的末尾是第 %" PRId64 " 条：末尾的条目被删除或改写",
        "The ledger ends with entry %" PRId64 ", its recorded end is entry %" PRId64
        ": entries at the end were removed or rewritten",
        c->seq, noted);
    return RC_OK;
}

static rc verify_rows(struct cx *cx, struct db *db, struct chain *c, int64_t *broken_seq, str *what)
{
    struct arena scratch;
    arena_init(&scratch, SCRATCH_BYTES);
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_all, DB_ARGS(DB_I(INT64_MIN), DB_I(INT64_MAX)), &rows);
    while (r == RC_OK && *broken_seq == 0 && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct ledger_entry e = entry_of(&rows);
        str hash = db_text(&rows, 9);
        uint8_t stored[SM3_BYTES] = {0};
        if (hash.len == SM3_BYTES) memcpy(stored, hash.at, SM3_BYTES);
        if (!chain_link(cx, c, e.seq, ledger_line(&scratch, &e), stored, what))
            *broken_seq = c->seq + 1;
        if (scratch.used_bytes > READ_BYTES) arena_reset(&scratch);
    }
    arena_done(&scratch);
    return r;
}

rc ledger_verify(struct cx *cx, struct db *db, int64_t *entries, int64_t *broken_seq, str *what,
                 char head_hex[65])
{
    struct chain c;
    chain_init(&c);
    *broken_seq = 0;
    *what = STR("");
    rc r = verify_rows(cx, db, &c, broken_seq, what);
    if (r == RC_OK && *broken_seq == 0) r = check_noted_head(cx, db, &c, broken_seq, what);
    *entries = c.seq;
    hex_out(head_hex, &c);
    chain_done(&c);
    return r;
}

/* ---- the export ---- */

static bool write_entry(FILE *file, struct arena *scratch, const struct db_rows *rows,
                        struct chain *last)
{
    struct ledger_entry e = entry_of(rows);
    str line = ledger_line(scratch, &e), hash = db_text(rows, 9);
    char hex[SM3_DIGITS + 2] = {'\t'};
    last->seq = e.seq;
    if (hash.len == SM3_BYTES) memcpy(last->hash, hash.at, SM3_BYTES);
    hex_write(hex + 1, last->hash, SM3_BYTES);
    hex[sizeof hex - 1] = '\n';
    return fwrite(line.at, 1, line.len, file) == line.len &&
           fwrite(hex, 1, sizeof hex, file) == sizeof hex;
}

static rc export_rows(struct cx *cx, struct db *db, FILE *file, bool *written)
{
    struct arena scratch;
    arena_init(&scratch, SCRATCH_BYTES);
    struct chain last = {0};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_all, DB_ARGS(DB_I(INT64_MIN), DB_I(INT64_MAX)), &rows);
    while (r == RC_OK && *written && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        *written = write_entry(file, &scratch, &rows, &last);
        if (scratch.used_bytes > READ_BYTES) arena_reset(&scratch);
    }
    char head[65];
    hex_out(head, &last);
    if (r == RC_OK && *written) {
        str end = arena_printf(&scratch, "head %s %" PRId64 "\n", head, last.seq);
        *written = fwrite(end.at, 1, end.len, file) == end.len;
    }
    arena_done(&scratch);
    return r;
}

rc ledger_export(struct cx *cx, struct db *db, str path)
{
    const char *name = arena_cstr(cx->arena, path);
    const char *part = arena_cstr(cx->arena, arena_printf(cx->arena, "%s.part", name));
    FILE *file = fopen(part, "wb");
    bool written = file != NULL;
    rc r = RC_OK;
    if (file) {
        r = export_rows(cx, db, file, &written);
        written = fflush(file) == 0 && fsync(fileno(file)) == 0 && written;
        written = fclose(file) == 0 && written;
    }
    if (r == RC_OK && !(written && rename(part, name) == 0))
        r = err_set(cx, RC_INTERNAL, "store.export", "不能写入账本导出文件“%s”",
                    "The ledger cannot be exported to \"%s\"", name);
    if (r != RC_OK && file) unlink(part);
    return r;
}

/* ---- the proof of an export, without a database ---- */

/* Lines of a file of any length.  The text of a line is valid until the next. */
struct lines {
    FILE *file;
    struct arena arena;
    struct buf line;
    char bytes[READ_BYTES];
    size_t at, len;
    int64_t number;
};

/* False at the end of the file; a last line without its newline counts as none: it was cut. */
static bool lines_next(struct lines *l, str *line)
{
    if (l->arena.used_bytes > LINE_BYTES_MAX / 16) { /* only the longest line stays allocated */
        arena_reset(&l->arena);
        l->line = (struct buf){.arena = &l->arena, .bytes_max = LINE_BYTES_MAX};
    }
    l->line.len = 0;
    for (;;) {
        if (l->at == l->len) {
            l->len = fread(l->bytes, 1, sizeof l->bytes, l->file);
            l->at = 0;
            if (l->len == 0) return false;
        }
        const char *from = l->bytes + l->at;
        const char *end = memchr(from, '\n', l->len - l->at);
        size_t count = end ? (size_t)(end - from) : l->len - l->at;
        buf_add(&l->line, (str){from, count});
        l->at += count + (end != NULL);
        if (!end) continue;
        l->number++;
        *line = l->line.len ? buf_str(&l->line) : STR("");
        return true;
    }
}

/* "line TAB hash" → its parts; false when it is not of that shape. */
static bool split_line(str row, str *line, uint8_t hash[SM3_BYTES], int64_t *seq)
{
    if (row.len < SM3_DIGITS + 2 || row.at[row.len - SM3_DIGITS - 1] != '\t') return false;
    *line = str_slice(row, 0, row.len - SM3_DIGITS - 1);
    str rest;
    return hex_read(str_slice(row, row.len - SM3_DIGITS, row.len), hash, SM3_BYTES) &&
           str_i64(str_cut(*line, '\t', &rest), seq);
}

static void check_last_line(struct cx *cx, const struct chain *c, str row, str *what)
{
    char hex[65];
    hex_out(hex, c);
    str expected = arena_printf(cx->arena, "head %s %" PRId64, hex, c->seq);
    if (str_eq(row, expected)) return;
    *what = say(cx, "末行登记的链头与第 %" PRId64 " 条算出的不同：末尾的条目被删除或改写",
                "The head on the last line is not the one computed from entry %" PRId64
                ": entries at the end were removed or rewritten",
                c->seq, 0);
}

static int64_t verify_lines(struct cx *cx, struct lines *l, struct chain *c, str *what)
{
    str row, line;
    int64_t seq = 0;
    while (lines_next(l, &row)) {
        uint8_t hash[SM3_BYTES];
        if (str_starts(row, STR("head "))) {
            check_last_line(cx, c, row, what);
            if (what->len == 0 && lines_next(l, &row))
                *what = say(cx, "链头之后还有内容", "There is more behind the head", 0, 0);
            return what->len ? l->number : 0;
        }
        if (!split_line(row, &line, hash, &seq)) {
            *what =
                say(cx, "第 %" PRId64 " 行不是“条目、制表符、64 位十六进制杂凑值”",
                    "Line %" PRId64 " is not \"entry, tab, 64 hexadecimal digits\"", l->number, 0);
            return l->number;
        }
        if (!chain_link(cx, c, seq, line, hash, what)) return l->number;
    }
    *what = say(cx, "第 %" PRId64 " 行之后文件中断，没有链头：末尾被截去",
                "The file breaks off behind line %" PRId64 " without its head: the end was cut off",
                l->number, 0);
    return l->number + 1;
}

rc ledger_verify_export(struct cx *cx, str path, int64_t *entries, int64_t *broken_line, str *what,
                        char head_hex[65])
{
    FILE *file = file_exists(cx, path) ? fopen(arena_cstr(cx->arena, path), "rb") : NULL;
    if (!file)
        return err_set(cx, RC_MISSING, "store.no-export", "不能读取账本导出文件“" STR_FMT "”",
                       "The ledger export \"" STR_FMT "\" cannot be read", STR_ARG(path));
    struct lines *l = NEW(cx->arena, struct lines);
    l->file = file;
    arena_init(&l->arena, 4 * (size_t)LINE_BYTES_MAX);
    l->line = (struct buf){.arena = &l->arena, .bytes_max = LINE_BYTES_MAX};
    struct chain c;
    chain_init(&c);
    *what = STR("");
    *broken_line = verify_lines(cx, l, &c, what);
    *entries = c.seq;
    hex_out(head_hex, &c);
    chain_done(&c);
    arena_done(&l->arena);
    (void)fclose(file);
    return RC_OK;
}
