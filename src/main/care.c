/* audit, ledger, backup, restore: proofs and copies. */
#include "base/file.h"
#include "base/sm3.h"
#include "main/city.h"
#include "store/ledger.h"

int verb_audit(struct args *a)
{
    struct city city = {0};
    struct buf out = {.arena = a->cx->arena};
    int64_t checks = 0, broken = 0;
    rc r = city_open_reading(a, &city);
    if (r == RC_OK) r = engine_audit(a->cx, city.engine, &out, &checks, &broken);
    if (r != RC_OK) {
        fail(a->cx);
    } else {
        print(stdout, buf_str(&out));
        printf("%" PRId64 " checks, %" PRId64 " broken\n", checks, broken);
    }
    city_close(&city);
    return r != RC_OK ? EXIT_USAGE : broken ? EXIT_BROKEN : EXIT_OK;
}

static rc open_reader(struct args *a, struct db **db)
{
    str url;
    rc r = city_url(a, &url);
    return r == RC_OK ? db_open(a->cx, url, DB_READER, db) : r;
}

int verb_ledger_export(struct args *a)
{
    struct db *db = NULL;
    rc r = open_reader(a, &db);
    if (r == RC_OK) r = ledger_export(a->cx, db, a->positional[0]);
    if (db) db_close(db);
    return r == RC_OK ? EXIT_OK : fail(a->cx);
}

int verb_ledger_verify(struct args *a)
{
    struct db *db = NULL;
    int64_t entries = 0, broken = 0;
    str what = {0};
    char head[2 * SM3_BYTES + 1] = "";
    rc r;
    if (a->count) {
        r = ledger_verify_export(a->cx, a->positional[0], &entries, &broken, &what, head);
    } else {
        r = open_reader(a, &db);
        if (r == RC_OK) r = ledger_verify(a->cx, db, &entries, &broken, &what, head);
        if (db) db_close(db);
    }
    if (r != RC_OK) return fail(a->cx);
    if (broken) {
        printf("altered: entry %" PRId64 ": " STR_FMT "\n", broken, STR_ARG(what));
        return EXIT_BROKEN;
    }
    printf("%" PRId64 " entries, nothing altered, head %s\n", entries, head);
    return EXIT_OK;
}

int verb_backup(struct args *a)
{
    struct db *db = NULL;
    rc r = open_reader(a, &db);
    if (r == RC_OK) r = db_backup(a->cx, db, a->positional[0]);
    if (db) db_close(db);
    return r == RC_OK ? EXIT_OK : fail(a->cx);
}

/* A backup is a database: it is checked, then copied to its new place, which must be free. */
int verb_restore(struct args *a)
{
    struct db *db = NULL;
    str url;
    bool sound = false;
    int64_t entries = 0, broken = 0;
    str what = {0};
    char head[2 * SM3_BYTES + 1] = "";
    if (!arg_needed(a, "db", &url)) return EXIT_USAGE;
    rc r = db_open(a->cx, a->positional[0], DB_READER, &db);
    if (r == RC_OK) r = db_integrity(a->cx, db, &sound);
    if (r == RC_OK && sound) r = ledger_verify(a->cx, db, &entries, &broken, &what, head);
    if (r == RC_OK && (!sound || broken)) {
        fprintf(stderr, "bihuan restore: the backup is damaged and was not restored\n");
        db_close(db);
        return EXIT_BROKEN;
    }
    if (r == RC_OK) r = db_backup(a->cx, db, url);
    if (db) db_close(db);
    if (r != RC_OK) return fail(a->cx);
    printf("restored: %" PRId64 " ledger entries, head %s\n", entries, head);
    return EXIT_OK;
}
