/* What the doctor looks at: rows of a table, each a function that says what it found. */
#pragma once

#include "app/catalogue.h"
#include "store/db.h"

/* look: nothing is broken, somebody should know; wrong: to be mended. */
enum level { LEVEL_OK, LEVEL_LOOK, LEVEL_WRONG, LEVEL_COUNT };

struct diagnosis {
    const char *check;
    int64_t site; /* 0: of the whole deployment */
    enum level level;
    str says, remedy;
};
struct doctor {
    struct cx *cx;
    const struct catalogue *catalogue; /* NULL: declarations are not looked at */
    str url;                           /* of what is looked at now */
    str path;                          /* of a file, without links; else empty */
    str backups;                       /* folder of backups; may be empty */
    int64_t site;                      /* 0: the one there is, or the whole database */
    int64_t sites;                     /* how many the deployment has */
    struct db *db;                     /* NULL: it could not be opened */
    const char *check;                 /* the one that runs */
    VEC(struct diagnosis) found;
};
struct check {
    const char *name;
    bool needs_db;
    /* An error is a finding too: what was to be looked at could not be. */
    rc (*run)(struct doctor *d);
};
extern const struct check doctor_file_checks[];
extern const size_t doctor_file_check_count;
extern const struct check doctor_postgres_checks[];
extern const size_t doctor_postgres_check_count;

/* One finding: what is so, in one sentence.  doctor_remedy says what to do about the last one. */
void doctor_say(struct doctor *d, enum level level, const char *zh, const char *en, ...)
    PRINTF(3, 5) PRINTF(4, 5);
void doctor_remedy(struct doctor *d, const char *zh, const char *en, ...) PRINTF(2, 4) PRINTF(3, 4);

/* ---- for the checks of both engines ---- */
/* The last entry of the ledger, its chain's head, and its time against this machine's clock. */
rc doctor_ledger(struct doctor *d);
/* Has the site been moved away, or is it still on its way here? */
rc doctor_moved(struct doctor *d);
/* The schema's versions against this program's. */
rc doctor_schema(struct doctor *d);
/* The newest file of d->backups. */
rc doctor_backups(struct doctor *d);
/* Were the cells made of these declarations? */
rc doctor_declarations(struct doctor *d);
/* "12.3 MB" */
str doctor_bytes(struct doctor *d, int64_t bytes);
/* "3 minutes" */
str doctor_time(struct doctor *d, int64_t us);
