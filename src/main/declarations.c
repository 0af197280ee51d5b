/* check, plan, openapi: what declarations say, without or before a database. */
#include "main/city.h"
#include "measure/measure.h"
#include "record/record.h"
#include "server/server.h"

/* What may be meant refuses nothing, but is said. */
static void notes_print(struct args *a, const struct catalogue *c)
{
    struct buf out = {.arena = a->cx->arena};
    for (int i = 0; i < c->note_count; i++) {
        err_print(&out, &c->note[i]);
        buf_char(&out, '\n');
    }
    print(stderr, buf_str(&out));
}

int verb_check(struct args *a)
{
    const struct catalogue *c = NULL;
    a->cx->findings = NEW(a->cx->arena, struct findings);
    rc r = catalogue_load(a->cx, a->positional, (size_t)a->count, &measure_host, &c);
    if (r != RC_OK) {
        fail(a->cx);
        return r == RC_INVALID || r == RC_CONFLICT ? EXIT_BROKEN : EXIT_USAGE;
    }
    notes_print(a, c);
    printf(
        "%d applications, %d types, %d indicators, %d watches, %d processes, %d decisions: nothing "
        "to mend\n",
        c->app_count, c->type_count, c->indicator_count, c->watch_count, c->process_count,
        c->decision_count);
    catalogue_free(c);
    return EXIT_OK;
}

int verb_plan(struct args *a)
{
    const struct catalogue *c = NULL;
    struct buf out = {.arena = a->cx->arena};
    struct db *db = NULL;
    str url;
    rc r = city_url(a, &url);
    if (r == RC_OK) r = city_declarations(a, arg(a, "apps"), &c);
    if (r == RC_OK) r = db_open(a->cx, url, DB_READER, &db);
    if (r == RC_OK) r = rec_plan_write(a->cx, db, c, &out);
    if (db) db_close(db);
    if (r != RC_OK) return fail(a->cx);
    print(stdout, out.len ? buf_str(&out) : STR("nothing changes\n"));
    catalogue_free(c);
    return EXIT_OK;
}

int verb_openapi(struct args *a)
{
    const struct catalogue *c = NULL;
    struct buf out = {.arena = a->cx->arena};
    rc r = city_declarations(a, arg(a, "apps"), &c);
    if (r == RC_OK) r = openapi_write(a->cx, c, &out);
    if (r != RC_OK) return fail(a->cx);
    print(stdout, buf_str(&out));
    putchar('\n');
    catalogue_free(c);
    return EXIT_OK;
}
