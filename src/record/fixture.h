/* Tests: a small city declared in C, an empty database, and the life of a job in few words. */
#pragma once

/* cmocka wants the first four before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#include "base/json.h"
#include "feel/value.h"
#include "record/record.h"

struct fixture {
    struct arena catalogue_arena, arena;
    struct catalogue catalogue;
    struct findings findings;
    struct cx cx;
    str url;
    bool beside; /* the schema is another fixture's */
    struct db *db;
    struct ledger *ledger;
    struct rec_store *store;
    int64_t last_id;
    int64_t told, told_sum; /* by the listener: calls; sum of figure.value now */
    struct actor system;
};
/* The types, by index. */
enum { T_ORG, T_SERIES, T_FIGURE, T_NOTE, T_COUNT };
/* Fields of t.figure. */
enum {
    F_SERIES,
    F_PERIOD,
    F_FLOW,
    F_VALUE,
    F_NOTE,
    F_SECRET,
    F_ORG,
    F_FINAL,
    F_N,
    F_DAY,
    F_AT,
    F_DOCS,
    F_DOUBLE,
    F_COUNT
};

/* NULL: in memory; on PostgreSQL a schema of its own, whatever is given. */
struct fixture *fixture_open(const char *url);
/* Another site, which is there, in the same database; on PostgreSQL, and closed before the first. */
struct fixture *fixture_beside(const struct fixture *first, int64_t site);
void fixture_close(struct fixture *f);
/* Empties the request's arena and error. */
void fixture_next(struct fixture *f);
const struct app_type *type_at(const struct fixture *f, int index);
const struct app_field *field_at(const struct fixture *f, int type, int field);

const struct json *json_of(struct fixture *f, const char *text);
/* One job in a commit of its own; the outcome is the job's. */
rc create(struct fixture *f, const struct actor *who, int type, const char *json,
          struct record *out);
rc correct(struct fixture *f, const struct actor *who, int type, int64_t id, int64_t version,
           const char *json, struct record *out);
rc void_it(struct fixture *f, const struct actor *who, int type, int64_t id, int64_t version);
rc upsert(struct fixture *f, const struct actor *who, int type, const char *json, char *did);
int64_t must_create(struct fixture *f, int type, const char *json);
/* The parts of that: many jobs a commit. */
void batch_begin(struct fixture *f);
rc batch_end(struct fixture *f, rc r);
void job_begin(struct fixture *f);
rc job_end(struct fixture *f, rc r);
void must_audit(struct fixture *f);
void expect_slug(struct fixture *f, rc got, rc code, const char *slug);
/* A small generator: the same numbers for the same seed. */
uint32_t rnd(uint64_t *seed, uint32_t below);
