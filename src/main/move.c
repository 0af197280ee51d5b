/* move: a site from one database to another, of either kind; proved on both sides; resumable.
 *
 * Source and target are held as their writer for the whole move: nobody changes anything meanwhile.  The
 * order at the end matters: first the source is marked as left, then the target as complete.  A kill
 * between the two leaves a site that nobody may write, until the move is run again. */
#include "site/move.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "main/city.h"
#include "measure/measure.h"
#include "site/dump.h"
#include "site/sites.h"
#include "store/ledger.h"

enum { DIFFERENCES_SHOWN = 20, VALUE_SHOWN = 120 };

struct end {
    str url, shown;
    struct db *db;
    struct site_tables tables;
    struct move_mark mark;
    struct dump_sum sum;
};
struct move {
    struct cx *cx;
    int64_t code;
    const struct catalogue *catalogue;
    struct end from, to;
    str stand;
    bool terminal;
    int64_t rows, told;
    bool proved; /* nothing was found broken or different */
};

/* ---- the two ends ---- */

/* As people know it, wherever they stand: no password, the whole path of a file. */
static str place(struct cx *cx, str url)
{
    char *real = db_kind_of(url) == DB_SQLITE ? NEWS(cx->arena, char, PATH_MAX) : NULL;
    if (real && realpath(arena_cstr(cx->arena, url), real)) return str_from(real);
    return db_url_shown(cx->arena, url);
}

static rc from_open(struct move *m)
{
    struct cx *cx = m->cx;
    rc r = sites_url(cx, m->from.url, m->code, &m->from.url);
    if (r == RC_OK && db_kind_of(m->from.url) == DB_SQLITE && !file_exists(cx, m->from.url))
        r = err_set(cx, RC_MISSING, "store.missing", "数据库文件“" STR_FMT "”不存在",
                    "The database file \"" STR_FMT "\" does not exist", STR_ARG(m->from.url));
    if (r == RC_OK) r = db_open(cx, m->from.url, DB_WRITER, &m->from.db);
    m->from.shown = place(cx, m->from.url);
    return r == RC_OK ? move_mark_load(cx, m->from.db, &m->from.mark) : r;
}

/* The site's name goes along. */
static str name_at(struct cx *cx, str url, int64_t code)
{
    struct sites all = {0};
    struct cx own = {.arena = cx->arena};
    if (sites_list(&own, url, &all) != RC_OK) return (str){0};
    for (size_t i = 0; i < all.len; i++)
        if (all.at[i].code == code) return all.at[i].name;
    return (str){0};
}

static rc to_open(struct move *m)
{
    struct cx *cx = m->cx;
    str deployment = m->to.url;
    rc r = sites_url(cx, deployment, m->code, &m->to.url);
    bool fresh = r == RC_OK && db_kind_of(m->to.url) == DB_SQLITE && !file_exists(cx, m->to.url);
    if (r == RC_MISSING || fresh) {
        err_clear(cx);
        r = sites_add(cx, deployment, m->code, name_at(cx, m->from.url, m->code));
        if (r == RC_OK) r = sites_url(cx, deployment, m->code, &m->to.url);
    }
    m->to.shown = place(cx, m->to.url);
    if (r == RC_OK && str_eq(m->to.shown, m->from.shown))
        r = err_set(cx, RC_INVALID, "move.same", "--from 与 --to 是同一个数据库",
                    "--from and --to are the same database");
    if (r == RC_OK) r = db_open(cx, m->to.url, DB_WRITER, &m->to.db);
    if (r == RC_OK) r = db_migrate(cx, m->to.db, move_migrations, move_migration_count);
    return r == RC_OK ? move_mark_load(cx, m->to.db, &m->to.mark) : r;
}

static void move_close(struct move *m)
{
    if (m->to.db) db_close(m->to.db);
    if (m->from.db) db_close(m->from.db);
    if (m->catalogue) catalogue_free(m->catalogue);
}

/* ---- may it be moved? ---- */

/* The source as it was last run: its numbers are of these declarations, its schema of this program. */
static rc from_check(struct move *m)
{
    struct cx *cx = m->cx;
    str made_of = {0};
    const struct move_mark *mark = &m->from.mark;
    if (mark->state == MOVE_ARRIVING ||
        (mark->state == MOVE_LEFT && !str_eq(mark->peer, m->to.shown)))
        return move_check(cx, m->from.db, DB_WRITER);
    rc r = engine_migrated(cx, m->from.db);
    if (r == RC_OK) r = measure_made_of(cx, m->from.db, &made_of);
    if (r == RC_OK && !str_eq(made_of, m->catalogue->hash)) {
        r = err_set(cx, RC_CONFLICT, "move.other-declarations",
                    "“" STR_FMT "”最近一次是用另一套声明运行的",
                    "\"" STR_FMT "\" was last run with other declarations", STR_ARG(m->from.shown));
        err_hint(cx, "用 --apps 给出那一套；或先用这一套启动一次服务，再迁移",
                 "give those with --apps; or start its server once with these, then move");
    }
    return r == RC_OK ? move_stand(cx, m->from.db, &m->stand) : r;
}

static rc not_empty(struct move *m, str table)
{
    rc r = err_set(m->cx, RC_CONFLICT, "move.not-empty",
                   "“" STR_FMT "”里的站点 %" PRId64 " 已有数据（表 " STR_FMT "），不能迁到这里",
                   "\"" STR_FMT "\" holds data of the site %" PRId64 " already (table " STR_FMT
                   "): it cannot be moved there",
                   STR_ARG(m->to.shown), m->code, STR_ARG(table));
    err_hint(m->cx, "迁到新文件，或没有这个站点的数据库",
             "move it to a new file, or to a database without that site");
    return r;
}

/* A site comes back to where it left from: what stands there is its own past, so nothing is lost. */
static rc past_check(struct move *m)
{
    str stand = {0};
    bool past = false;
    rc r = move_stand(m->cx, m->to.db, &stand);
    if (r == RC_OK) r = move_stood(m->cx, m->from.db, stand, &past);
    return r != RC_OK || past ? r : move_check(m->cx, m->to.db, DB_WRITER);
}

static rc needs_empty(struct move *m)
{
    struct site_tables there = {0};
    int64_t rows = 0;
    rc r = tables_list(m->cx, m->to.db, &there);
    for (size_t i = 0; i < there.len && r == RC_OK && !rows; i++) {
        r = table_count(m->cx, m->to.db, &there.at[i], &rows);
        if (rows) r = not_empty(m, there.at[i].name);
    }
    return r;
}

/* New, or the same move unfinished.  *goes_on: what was copied before stands. */
static rc to_check(struct move *m, bool *goes_on)
{
    const struct move_mark *mark = &m->to.mark;
    if (mark->state == MOVE_LEFT) return past_check(m);
    if (mark->state == MOVE_NONE) return needs_empty(m);
    *goes_on = str_eq(mark->stand, m->stand);
    return str_eq(mark->peer, m->from.shown) ? RC_OK : move_check(m->cx, m->to.db, DB_WRITER);
}

/* ---- copying ---- */

static void told(void *data, str table, int64_t rows)
{
    struct move *m = data;
    m->rows += rows;
    if (m->terminal) fprintf(stderr, "\r\033[K%" PRId64 " rows, " STR_FMT, m->rows, STR_ARG(table));
}

static rc clear(struct move *m)
{
    rc r = db_begin(m->cx, m->to.db);
    for (size_t i = 0; i < m->to.tables.len && r == RC_OK; i++)
        r = table_clear(m->cx, m->to.db, &m->to.tables.at[i]);
    return r;
}

/* The target's tables as the declarations want them, without a row, and the mark that says so: from
 * then on what stands in them was copied. */
static rc begin_anew(struct move *m)
{
    struct cx *cx = m->cx;
    struct site_tables declared = {0};
    m->to.mark = (struct move_mark){MOVE_ARRIVING, m->from.shown, STR(""), os_now_us()};
    rc r = move_mark_save(cx, m->to.db, &m->to.mark);
    if (r == RC_OK) r = engine_migrate(cx, m->to.db, m->catalogue);
    if (r == RC_OK) r = tables_list(cx, m->to.db, &declared);
    if (r == RC_OK) r = move_tables_make(cx, m->from.db, &m->from.tables, m->to.db, &declared);
    if (r == RC_OK) r = tables_list(cx, m->to.db, &m->to.tables);
    if (r == RC_OK) r = clear(m);
    m->to.mark.stand = m->stand;
    if (r == RC_OK) r = move_mark_save(cx, m->to.db, &m->to.mark);
    if (r == RC_OK) r = db_commit(cx, m->to.db);
    if (r != RC_OK) db_rollback(m->to.db);
    return r;
}

static rc copy(struct move *m)
{
    struct cx *cx = m->cx;
    rc r = RC_OK;
    for (size_t i = 0; i < m->from.tables.len && r == RC_OK; i++)
        r = move_table(cx, m->from.db, m->to.db, &m->from.tables.at[i], told, m);
    if (m->terminal) fputs("\r\033[K", stderr);
    /* The search index, which nothing was copied of. */
    return r == RC_OK ? engine_migrate(cx, m->to.db, m->catalogue) : r;
}

/* ---- proving ---- */

static rc audit(struct move *m, const struct end *end)
{
    if (m->terminal) fprintf(stderr, "\r\033[Kauditing " STR_FMT, STR_ARG(end->shown));
    struct engine_options o = {
        .url = end->url, .read_only = true, .arriving = true, .reader_count = 1};
    struct engine *e = NULL;
    struct buf out = {.arena = m->cx->arena};
    int64_t checks = 0, broken = 0;
    rc r = engine_open(m->cx, m->catalogue, &o, &e);
    if (r == RC_OK) r = engine_audit(m->cx, e, &out, &checks, &broken);
    if (e) engine_close(e);
    if (m->terminal) fputs("\r\033[K", stderr);
    if (r != RC_OK) return r;
    print(stdout, buf_str(&out));
    printf(STR_FMT ": %" PRId64 " checks, %" PRId64 " broken\n", STR_ARG(end->shown), checks,
           broken);
    m->proved = m->proved && !broken;
    return RC_OK;
}

static rc sum(struct move *m, struct end *end)
{
    if (m->terminal) fprintf(stderr, "\r\033[Kcomparing: " STR_FMT, STR_ARG(end->shown));
    rc r = tables_list(m->cx, end->db, &end->tables);
    if (r == RC_OK) r = db_begin(m->cx, end->db);
    if (r == RC_OK) r = dump_site(m->cx, end->db, &end->tables, NULL, NULL, &end->sum);
    db_rollback(end->db);
    if (m->terminal) fputs("\r\033[K", stderr);
    return r == RC_OK ? db_ping(m->cx, end->db) : r;
}

static rc difference_tell(struct cx *cx, const struct dump_difference *d, void *data)
{
    (void)cx;
    struct move *m = data;
    if (m->told++ >= DIFFERENCES_SHOWN) return RC_OK;
    str left = str_slice(d->left, 0, VALUE_SHOWN), right = str_slice(d->right, 0, VALUE_SHOWN);
    printf(STR_FMT " " STR_FMT " " STR_FMT ": " STR_FMT " | " STR_FMT "\n", STR_ARG(d->table),
           STR_ARG(d->key), STR_ARG(d->column), STR_ARG(left), STR_ARG(right));
    return RC_OK;
}

/* The copying begins anew the next time: what there is cannot be relied on. */
static rc differences(struct move *m)
{
    struct dump_side from = {m->from.db, m->from.tables}, to = {m->to.db, m->to.tables};
    struct dump_compared found = {0};
    rc r = db_begin(m->cx, from.db);
    if (r == RC_OK) r = db_begin(m->cx, to.db);
    if (r == RC_OK) r = dump_compare(m->cx, &from, &to, difference_tell, m, &found);
    db_rollback(from.db);
    db_rollback(to.db);
    printf("%" PRId64 " rows compared, %" PRId64 " different\n", found.rows, found.different);
    m->proved = false;
    m->to.mark.stand = STR("");
    return r == RC_OK ? move_mark_save(m->cx, m->to.db, &m->to.mark) : r;
}

static rc prove(struct move *m)
{
    int64_t entries = 0, broken = 0;
    str what = {0};
    char head[2 * SM3_BYTES + 1] = "";
    rc r = sum(m, &m->from);
    if (r == RC_OK) r = sum(m, &m->to);
    if (r == RC_OK && !str_eq(m->from.sum.sm3, m->to.sum.sm3)) return differences(m);
    if (r == RC_OK) r = ledger_verify(m->cx, m->to.db, &entries, &broken, &what, head);
    if (r == RC_OK && broken) {
        printf("altered: entry %" PRId64 ": " STR_FMT "\n", broken, STR_ARG(what));
        m->proved = false;
    }
    if (r == RC_OK) r = audit(m, &m->to);
    if (r == RC_OK && m->proved)
        printf("%zu tables, %" PRId64 " rows, sm3 " STR_FMT "\nledger: %" PRId64
               " entries, head %s\n",
               m->to.sum.len, m->to.sum.rows, STR_ARG(m->to.sum.sm3), entries, head);
    return r;
}

/* First the one, then the other: never may both be written. */
static rc change_place(struct move *m)
{
    struct move_mark left = {MOVE_LEFT, m->to.shown, STR(""), os_now_us()},
                     none = {.state = MOVE_NONE};
    rc r = move_mark_save(m->cx, m->from.db, &left);
    return r == RC_OK ? move_mark_save(m->cx, m->to.db, &none) : r;
}

/* Killed between its last step and saying so. */
static bool was_done(struct move *m, rc r)
{
    if (m->from.mark.state != MOVE_LEFT || r != RC_CONFLICT ||
        !str_eq(str_from(m->cx->err.slug), STR("move.not-empty")))
        return false;
    err_clear(m->cx);
    return true;
}

static rc run(struct move *m)
{
    bool goes_on = false;
    rc r = from_check(m);
    if (r == RC_OK) r = to_check(m, &goes_on);
    if (was_done(m, r)) return RC_OK;
    if (r == RC_OK) r = tables_list(m->cx, m->from.db, &m->from.tables);
    if (r == RC_OK && !goes_on) {
        r = audit(m, &m->from); /* a broken site is mended before it travels */
        if (r != RC_OK || !m->proved) return r;
        r = begin_anew(m);
    }
    if (r == RC_OK) r = copy(m);
    if (r == RC_OK) r = prove(m);
    return r == RC_OK && m->proved ? change_place(m) : r;
}

/* ---- giving it up ---- */

static rc abandon(struct move *m)
{
    struct move_mark none = {.state = MOVE_NONE};
    struct cx *cx = m->cx;
    if (m->to.mark.state != MOVE_ARRIVING || !str_eq(m->to.mark.peer, m->from.shown)) {
        rc r = err_set(cx, RC_CONFLICT, "move.nothing-to-abandon",
                       "“" STR_FMT "”里没有从“" STR_FMT "”迁来而未完成的站点",
                       "no unfinished move from \"" STR_FMT "\" is in \"" STR_FMT "\"",
                       STR_ARG(cx->lang == LANG_ZH ? m->to.shown : m->from.shown),
                       STR_ARG(cx->lang == LANG_ZH ? m->from.shown : m->to.shown));
        err_hint(cx, "看看 --from、--to 和 --site", "look at --from, --to and --site");
        return r;
    }
    rc r = tables_list(cx, m->to.db, &m->to.tables);
    if (r == RC_OK) r = clear(m);
    if (r == RC_OK) r = move_mark_save(cx, m->to.db, &none);
    if (r == RC_OK) r = db_commit(cx, m->to.db);
    if (r != RC_OK) db_rollback(m->to.db);
    bool left = m->from.mark.state == MOVE_LEFT && str_eq(m->from.mark.peer, m->to.shown);
    return r == RC_OK && left ? move_mark_save(cx, m->from.db, &none) : r;
}

int verb_move(struct args *a)
{
    struct move m = {.cx = a->cx, .terminal = isatty(STDERR_FILENO), .proved = true};
    str site;
    if (!arg_needed(a, "from", &m.from.url) || !arg_needed(a, "to", &m.to.url) ||
        !arg_needed(a, "site", &site))
        return EXIT_USAGE;
    a->cx->now_us = os_now_us();
    rc r = city_code(a, site, &m.code);
    if (r == RC_OK) r = city_declarations(a, arg(a, "apps"), &m.catalogue);
    if (r == RC_OK) r = from_open(&m);
    if (r == RC_OK) r = to_open(&m);
    if (r == RC_OK) r = arg_given(a, "abandon") ? abandon(&m) : run(&m);
    int status = r != RC_OK ? fail(a->cx) : m.proved ? EXIT_OK : EXIT_BROKEN;
    if (status == EXIT_OK && arg_given(a, "abandon"))
        printf("given up; the site is where it was: " STR_FMT "\n", STR_ARG(m.from.shown));
    else if (status == EXIT_OK)
        printf("moved: the site %" PRId64 " is at " STR_FMT " now\n", m.code, STR_ARG(m.to.shown));
    move_close(&m);
    return status;
}
