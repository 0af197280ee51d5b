/* sameness: one seeded stream of commands given to two empty databases of any kind; every answer and,
 * at the end, every row must be the same.  dump: what one database holds, as canonical lines. */
#include <unistd.h>

#include "base/file.h"
#include "main/city.h"
#include "main/stream.h"
#include "site/dump.h"
#include "site/sites.h"

enum { SHOWN_MAX = 20, TEXT_SHOWN = 300, STEP_BYTES = 64 << 20, PROGRESS_STEPS = 50 };

/* The city begins on a working morning; no timer fires but by the stream's ticks. */
static const char begins[] = "2022-06-20T09:00:00+08:00";

struct twin {
    str url;
    struct engine *engine;
    struct arena arena; /* of one step */
    struct cx cx;
    rc result;
    str answer;
};
struct sameness {
    struct cx *cx;
    struct twin twin[2];
    const struct catalogue *catalogue;
    struct stream *stream;
    int64_t now_us;
    int64_t commands, done, questions, unlike;
    struct dump_compared dumps;
    int64_t told;
};

/* ---- the two databases ---- */

/* "A,B": two options joined; the second URL may hold commas of its own. */
static rc urls_read(struct args *a, struct sameness *s)
{
    str both = arg(a, "db");
    size_t at = str_index(both, STR(",postgres"));
    for (size_t i = both.len; at == SIZE_MAX && i-- > 0;)
        if (both.at[i] == ',') at = i;
    if (at == SIZE_MAX || at == 0 || at + 1 == both.len) {
        rc r = err_set(a->cx, RC_INVALID, "usage", "应给出两个 --db", "two databases are compared");
        err_hint(a->cx, "例如 --db :memory: --db postgresql://…?site=330782",
                 "as in --db :memory: --db postgresql://…?site=330782");
        return r;
    }
    s->twin[0].url = str_slice(both, 0, at);
    s->twin[1].url = str_slice(both, at + 1, both.len);
    return RC_OK;
}

/* The code that a URL of PostgreSQL names; 0: none. */
static int64_t code_in(str url)
{
    str rest;
    int64_t code = 0;
    (void)str_cut(url, '?', &rest);
    while (rest.len) {
        str one = str_cut(rest, '&', &rest);
        if (str_starts(one, STR("site="))) (void)str_i64(str_slice(one, 5, one.len), &code);
    }
    return code;
}

/* A site that an empty database does not know yet is added to it. */
static rc site_add(struct cx *cx, str *url)
{
    int64_t code = code_in(*url);
    str found = *url;
    rc r = sites_url(cx, *url, code, &found);
    bool unknown = r == RC_MISSING && code && db_kind_of(*url) == DB_POSTGRES;
    if (unknown) {
        err_clear(cx);
        r = sites_add(cx, *url, code, (str){0});
        if (r == RC_OK) r = sites_url(cx, *url, code, &found);
    }
    if (r == RC_OK) *url = found;
    return r;
}

static rc needs_empty(struct cx *cx, str url)
{
    struct db *db = NULL;
    struct site_tables tables = {0};
    rc r = db_open(cx, url, DB_WRITER, &db);
    if (r == RC_OK) r = tables_list(cx, db, &tables);
    for (size_t i = 0; i < tables.len && r == RC_OK; i++) {
        int64_t rows = 0;
        r = table_count(cx, db, &tables.at[i], &rows);
        if (r != RC_OK || !rows) continue;
        str shown = db_url_shown(cx->arena, url);
        r = err_set(cx, RC_CONFLICT, "sameness.not-empty",
                    "“" STR_FMT "”已有数据（表 " STR_FMT "），比较要从空数据库开始",
                    "\"" STR_FMT "\" holds data already (table " STR_FMT
                    "); the comparison begins with empty databases",
                    STR_ARG(shown), STR_ARG(tables.at[i].name));
        err_hint(cx,
                 "换一个新文件、新站点，或 :memory:", "name a new file, a new site, or :memory:");
    }
    if (db) db_close(db);
    return r;
}

static rc twin_open(struct sameness *s, struct twin *t)
{
    struct engine_options o = {.clockless = true, .reader_count = 1};
    rc r = RC_OK;
    arena_init(&t->arena, STEP_BYTES);
    if (!str_eq(t->url, STR(":memory:"))) {
        r = site_add(s->cx, &t->url);
        if (r == RC_OK) r = needs_empty(s->cx, t->url);
    }
    o.url = t->url;
    if (r == RC_OK) r = engine_open(s->cx, s->catalogue, &o, &t->engine);
    return r == RC_OK ? city_load_reference(s->cx, t->engine, s->now_us) : r;
}

static void sameness_close(struct sameness *s)
{
    for (size_t i = 0; i < COUNTOF(s->twin); i++) {
        if (s->twin[i].engine) engine_close(s->twin[i].engine);
        arena_done(&s->twin[i].arena);
    }
    stream_close(s->stream);
    if (s->catalogue) catalogue_free(s->catalogue);
}

/* ---- the stream ---- */

static str outcome_of(struct twin *t)
{
    struct buf b = {.arena = &t->arena};
    if (t->result == RC_OK) return t->answer;
    const struct err *e = &t->cx.err;
    buf_printf(&b, "%s %s: " STR_FMT, rc_title(t->result, LANG_EN).at, e->slug ? e->slug : "",
               STR_ARG(e->detail));
    if (e->field.len) buf_printf(&b, " [" STR_FMT "]", STR_ARG(e->field));
    if (e->hint.len) buf_printf(&b, " (" STR_FMT ")", STR_ARG(e->hint));
    buf_add(&b, e->extra);
    return buf_str(&b);
}

/* The part around the first byte that differs. */
static str around(struct arena *a, str text, size_t at)
{
    size_t from = at > TEXT_SHOWN / 3 ? at - TEXT_SHOWN / 3 : 0;
    str part = str_slice(text, from, from + TEXT_SHOWN);
    return arena_printf(a, "%s" STR_FMT "%s", from ? "…" : "", STR_ARG(part),
                        from + TEXT_SHOWN < text.len ? "…" : "");
}

static void unlike_tell(struct sameness *s, const struct stream_step *step, str left, str right)
{
    struct arena *a = &s->twin[0].arena;
    struct buf params = {.arena = a};
    size_t at = 0;
    s->unlike++;
    if (s->told++ >= SHOWN_MAX) return;
    if (step->command.params) json_write(&params, step->command.params);
    while (at < left.len && at < right.len && left.at[at] == right.at[at])
        at++;
    str given = around(a, buf_str(&params), 0), l = around(a, left, at), r = around(a, right, at);
    printf("step %" PRId64 " " STR_FMT " by " STR_FMT ": " STR_FMT "\n  left:  " STR_FMT
           "\n  right: " STR_FMT "\n",
           step->number, STR_ARG(step->command.name),
           STR_ARG(step->actor.len ? step->actor : STR("system")), STR_ARG(given), STR_ARG(l),
           STR_ARG(r));
}

static void step_give(struct sameness *s, const struct stream_step *step)
{
    str outcome[2];
    for (size_t i = 0; i < COUNTOF(s->twin); i++) {
        struct twin *t = &s->twin[i];
        t->cx = (struct cx){.arena = &t->arena, .lang = step->number % 2 ? LANG_EN : LANG_ZH};
        t->answer = (str){0};
        t->result = stream_give(&t->cx, t->engine, step, &t->answer);
        outcome[i] = outcome_of(t);
    }
    if (s->twin[0].result != s->twin[1].result || !str_eq(outcome[0], outcome[1]))
        unlike_tell(s, step, outcome[0], outcome[1]);
    s->questions += step->asks;
    s->commands += !step->asks;
    s->done += !step->asks && s->twin[0].result == RC_OK;
}

static void stream_run(struct sameness *s, int64_t count)
{
    struct arena scratch;
    bool terminal = isatty(STDERR_FILENO);
    arena_init(&scratch, STEP_BYTES);
    while (s->commands < count) {
        struct cx cx = {.arena = &scratch};
        struct stream_step step = stream_next(&cx, s->stream);
        step_give(s, &step);
        stream_learn(&cx, s->stream, &step, s->twin[0].result, s->twin[0].answer);
        for (size_t i = 0; i < COUNTOF(s->twin); i++)
            arena_reset(&s->twin[i].arena);
        arena_reset(&scratch);
        if (terminal && s->commands % PROGRESS_STEPS == 0)
            fprintf(stderr, "\r%" PRId64 " of %" PRId64 " commands", s->commands, count);
    }
    if (terminal) fputc('\n', stderr);
    arena_done(&scratch);
}

/* The counter of ids is written with the next commit, also when a refused command took one.  A question
 * to a database in memory is such a commit, one to a file is none: here both get one. */
static rc counters_save(struct sameness *s)
{
    int fired;
    rc r = RC_OK;
    for (size_t i = 0; i < COUNTOF(s->twin) && r == RC_OK; i++)
        r = engine_tick(s->cx, s->twin[i].engine, s->now_us, &fired);
    return r;
}

/* ---- the dumps ---- */

static rc difference_tell(struct cx *cx, const struct dump_difference *d, void *data)
{
    struct sameness *s = data;
    if (s->dumps.different++ >= SHOWN_MAX) return RC_OK;
    printf(STR_FMT " " STR_FMT ": ", STR_ARG(d->table), STR_ARG(d->key));
    if (!d->column.len) {
        str line = around(cx->arena, d->left.len ? d->left : d->right, 0);
        printf("only %s: " STR_FMT "\n", d->left.len ? "left" : "right", STR_ARG(line));
        return RC_OK;
    }
    str left = around(cx->arena, d->left, 0), right = around(cx->arena, d->right, 0);
    printf(STR_FMT ": " STR_FMT " | " STR_FMT "\n", STR_ARG(d->column), STR_ARG(left),
           STR_ARG(right));
    return RC_OK;
}

struct looking {
    struct sameness *s;
    struct db *left;
};

static rc dumps_look(struct cx *cx, struct db *db, void *data)
{
    struct looking *l = data;
    struct dump_side left = {.db = l->left}, right = {.db = db};
    struct dump_compared sum = {0};
    rc r = tables_list(cx, left.db, &left.tables);
    if (r == RC_OK) r = tables_list(cx, right.db, &right.tables);
    if (r == RC_OK) r = dump_compare(cx, &left, &right, difference_tell, l->s, &sum);
    l->s->dumps = sum;
    return r;
}

static rc dumps_look_left(struct cx *cx, struct db *db, void *data)
{
    struct looking *l = data;
    l->left = db;
    return engine_read(cx, l->s->twin[1].engine, dumps_look, l);
}

int verb_sameness(struct args *a)
{
    struct sameness s = {.cx = a->cx};
    int64_t seed, count;
    str unused;
    if (!arg_needed(a, "db", &unused) || !arg_number(a, "seed", 0, INT64_MAX, 1, &seed) ||
        !arg_number(a, "commands", 0, INT64_MAX, 10000, &count))
        return EXIT_USAGE;
    CHECK(us_parse(str_from(begins), &s.now_us));
    rc r = urls_read(a, &s);
    if (r == RC_OK) r = city_declarations(a, arg(a, "apps"), &s.catalogue);
    for (size_t i = 0; i < COUNTOF(s.twin) && r == RC_OK; i++)
        r = twin_open(&s, &s.twin[i]);
    if (r == RC_OK) {
        s.stream = stream_open(a->cx->arena, (uint64_t)seed, s.catalogue, s.now_us);
        stream_run(&s, count);
        r = counters_save(&s);
    }
    if (r == RC_OK) {
        struct looking l = {.s = &s};
        r = engine_read(a->cx, s.twin[0].engine, dumps_look_left, &l);
    }
    int status = r == RC_OK ? EXIT_OK : fail(a->cx);
    if (r == RC_OK) {
        printf("%" PRId64 " commands (%" PRId64 " done, %" PRId64 " refused), %" PRId64
               " questions: %" PRId64 " answered differently\n%" PRId64 " rows compared, %" PRId64
               " different\n",
               s.commands, s.done, s.commands - s.done, s.questions, s.unlike, s.dumps.rows,
               s.dumps.different);
        if (s.unlike || s.dumps.different) status = EXIT_BROKEN;
    }
    sameness_close(&s);
    return status;
}

/* ---- one dump ---- */

static rc line_write(struct cx *cx, str line, void *data)
{
    FILE *file = data;
    if (fwrite(line.at, 1, line.len, file) == line.len && fputc('\n', file) != EOF) return RC_OK;
    return err_set(cx, RC_FULL, "file.full", "磁盘已满，转储没有写完",
                   "the disk is full: the dump is not complete");
}

static rc dump(struct args *a, struct db *db, FILE *file, struct dump_sum *sum)
{
    struct site_tables tables = {0};
    rc r = tables_list(a->cx, db, &tables);
    if (r == RC_OK) r = db_begin(a->cx, db);
    if (r == RC_OK) r = dump_site(a->cx, db, &tables, file ? line_write : NULL, file, sum);
    db_rollback(db);
    return r;
}

int verb_dump(struct args *a)
{
    struct db *db = NULL;
    struct dump_sum sum = {0};
    FILE *file = NULL;
    str url;
    rc r = city_url(a, &url);
    if (r == RC_OK) r = db_open(a->cx, url, DB_READER, &db);
    if (r == RC_OK && a->count && !(file = fopen(arena_cstr(a->cx->arena, *a->positional), "wx"))) {
        r = err_set(
            a->cx, RC_CONFLICT, "dump.file", "文件“" STR_FMT "”不能新建：已存在，或文件夹不能写",
            "the file \"" STR_FMT "\" cannot be made: it exists, or its folder is not there",
            STR_ARG(*a->positional));
        err_hint(a->cx, "换一个文件名", "name another file");
    }
    if (r == RC_OK) r = dump(a, db, file, &sum);
    if (file && fclose(file) && r == RC_OK)
        r = err_set(a->cx, RC_FULL, "file.full", "磁盘已满，转储没有写完",
                    "the disk is full: the dump is not complete");
    if (db) db_close(db);
    if (r != RC_OK) return fail(a->cx);
    for (size_t i = 0; i < sum.len; i++)
        printf(STR_FMT " %" PRId64 " " STR_FMT "\n", STR_ARG(sum.at[i].table), sum.at[i].rows,
               STR_ARG(sum.at[i].sm3));
    printf("%" PRId64 " rows, sm3 " STR_FMT "\n", sum.rows, STR_ARG(sum.sm3));
    return EXIT_OK;
}
