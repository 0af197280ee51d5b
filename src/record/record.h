/* Records: the rows of declared types.  Create, correct, void; every write is checked (types, ranges,
 * references, natural keys, rules), versioned, entered into the ledger, and reported to a listener
 * (measures) as old and new values, in one transaction.
 *
 * The table of a type, made from its declaration: id, version, created_us, changed_us, created_by,
 * voided, then one column a field; see src/app/schema. */
#pragma once

#include "app/catalogue.h"
#include "base/json.h"
#include "store/ledger.h"

/* One field's value.  NULL is absent. */
struct rec_value {
    bool present;
    int64_t i64; /* integer; number × 10^scale; boolean; date as day_t; moment in us; ref: id */
    str text; /* text, code, period, files (JSON array of hashes); ref: natural key (when known) */
};
struct record {
    const struct app_type *type;
    int64_t id, version, created_us, changed_us;
    str created_by;
    bool voided;
    struct rec_value *value; /* field_count */
};

/* Who acts: resolved once a request. */
struct actor {
    str code, name;
    int64_t org_id;
    str org_key;
    const struct app_role **role;
    int role_count;
    bool system; /* the loop, processes, imports by the command line: all rights */
    str purpose; /* declared for private fields; empty: masked */
};
/* What the writer's side of records holds: caches of natural keys and of the org tree. */
struct rec_store;
struct rec_listener {
    void *owner;
    /* before NULL: created; after NULL: voided.  Both live until the call returns. */
    rc (*changed)(void *owner, struct cx *cx, struct db *db, const struct record *before,
                  const struct record *after);
};
struct rec_env {
    const struct catalogue *catalogue;
    struct ledger *ledger;
    struct rec_listener listener;
    int64_t (*next_id)(void *owner); /* time-ordered, deterministic */
    void *id_owner;
};
NODISCARD rc rec_store_open(struct cx *cx, struct db *db, const struct rec_env *env,
                            struct rec_store **out);
void rec_store_close(struct rec_store *s);
/* Tables of all declared types; additive. */
NODISCARD rc rec_migrate(struct cx *cx, struct db *db, const struct catalogue *c);
/* What that would do, as sentences; one line each. */
NODISCARD rc rec_plan_write(struct cx *cx, struct db *db, const struct catalogue *c,
                            struct buf *out);
void rec_job_begin(struct rec_store *s); /* caches follow the writer's savepoints */
void rec_job_undo(struct rec_store *s);
/* Before the commit: writes the counts that the batch moved.  Then what became of the commit. */
NODISCARD rc rec_flush(struct rec_store *s, struct cx *cx, struct db *db);
void rec_committed(struct rec_store *s);
void rec_rolled_back(struct rec_store *s);

/* ---- writing (writer's thread) ----
 * fields: a JSON object of field name → value: numbers as JSON numbers or text, dates as text, ref as
 * id or natural key text, null clears.  Unknown fields are refused with the nearest known one.
 * Errors (field set): RC_INVALID record.unknown-field record.type record.required record.range
 *   record.scale record.date record.code record.reference record.check record.rule record.length
 *   record.key-changed; RC_CONFLICT record.duplicate (hint names the other);
 *   RC_STALE record.stale (extra: the other's change: who, when, which fields from and to);
 *   RC_DENIED record.denied; RC_MISSING record.missing.
 *   All faulty fields are reported: cx->findings when it is there. */
NODISCARD rc rec_create(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
                        const struct app_type *type, const struct json *fields, str reason,
                        struct record *out);
/* version 0: do not compare. */
NODISCARD rc rec_correct(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
                         const struct app_type *type, int64_t id, int64_t version,
                         const struct json *fields, str reason, struct record *out);
NODISCARD rc rec_void(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
                      const struct app_type *type, int64_t id, int64_t version, str reason);
/* By natural key: creates, corrects, or leaves as it is (*did: 'c', 'u', '='). */
NODISCARD rc rec_upsert(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
                        const struct app_type *type, const struct json *fields, str reason,
                        struct record *out, char *did);

/* Before rows of one type are given to rec_upsert one by one: reads in sets what they will ask for.
 * Changes nothing of what becomes of them.  Valid until the next call or the end of the job. */
NODISCARD rc rec_ahead(struct cx *cx, struct rec_store *s, const struct app_type *type,
                       const struct json *const *fields, size_t count);

/* ---- reading (any connection) ---- */
NODISCARD rc rec_load(struct cx *cx, struct db *db, const struct app_type *type, int64_t id,
                      struct record *out);
/* As it was at the end of a day, its later changes in the ledger undone; *existed false: made later. */
NODISCARD rc rec_load_known(struct cx *cx, struct db *db, const struct app_type *type, int64_t id,
                            day_t known_at, struct record *out, bool *existed);
/* *id 0 when absent.  key: the natural key's fields joined by "/" */
NODISCARD rc rec_find_key(struct cx *cx, struct db *db, const struct app_type *type, str key,
                          int64_t *id);
str rec_key_text(struct cx *cx, struct db *db, const struct record *r);

/* A list: what may be seen by who, filtered, sorted, a page by keyset. */
enum rec_op {
    REC_EQ,
    REC_NE,
    REC_LT,
    REC_LE,
    REC_GT,
    REC_GE,
    REC_CONTAINS,
    REC_IN,
    REC_NULL,
    REC_NOT_NULL
};
struct rec_filter {
    const struct app_field *field;
    enum rec_op op;
    const str *text; /* operands as text in the field's JSON form; several for REC_IN */
    int count;
};
struct rec_query {
    const struct app_type *type;
    const struct actor *who;
    const struct rec_filter *filter;
    int filter_count;
    str where;  /* FEEL over the fields, may be empty; simple comparisons become SQL, the
                               rest is evaluated row by row within cx->deadline_us */
    str search; /* substring of any `search` field, or pinyin initials of labels */
    const struct app_field *sort; /* NULL: the type's */
    bool descending;
    str after;   /* cursor of the page before; empty: first page */
    int limit;   /* 1 … 500; 0: 50 */
    bool count;  /* the exact count too */
    bool voided; /* show voided ones as well */
};
struct rec_page {
    struct record *at;
    size_t len, cap;
    str next;      /* cursor; empty: the last page */
    int64_t total; /* -1 when not asked */
};
NODISCARD rc rec_find(struct cx *cx, struct db *db, const struct rec_query *q,
                      struct rec_page *out);
/* Every record the query matches, in order, without a page limit: exports. */
typedef rc rec_each_fn(struct cx *cx, const struct record *r, void *data);
NODISCARD rc rec_each(struct cx *cx, struct db *db, const struct rec_query *q, rec_each_fn *each,
                      void *data);

/* {"id":1,"version":2,"type":"…","label":"…","created_at":…,"changed_at":…,"created_by":…,"voided":false,
 *  "may":["correct","void"],"fields":{"value":1275.30,"series":{"id":3,"key":"MODE1039","label":"市场采购…"},
 *  "period":"2022-05","flow":"X"}}  Private fields the actor may not see are {"masked":true,"shown":"李**"}. */
NODISCARD rc rec_write_json(struct cx *cx, struct db *db, const struct actor *who,
                            const struct record *r, struct jw *out);
/* Every version from the ledger: [{seq,at,by,act,reason,changes:[{field,from,to}]}] newest first. */
NODISCARD rc rec_history_write(struct cx *cx, struct db *db, const struct actor *who,
                               const struct app_type *type, int64_t id, struct jw *out);
/* Value as FEEL, slot order of type->scope (`value` last: null). */
NODISCARD rc rec_feel_values(struct cx *cx, struct db *db, const struct record *r,
                             struct feel_value *out);

/* ---- rights: the one place that decides, on every path ---- */
/* The widest reach who has for act on type. */
enum reach rec_reach(const struct actor *who, const struct app_type *type, enum act act);
NODISCARD rc rec_may(struct cx *cx, struct db *db, const struct actor *who, enum act act,
                     const struct record *r);
bool rec_may_see_private(const struct actor *who, const struct app_field *f);

/* Invariants 2 (records are what the ledger says) and 5 (references point, keys are unique). */
NODISCARD rc rec_audit(struct cx *cx, struct db *db, const struct catalogue *c, int64_t *checks,
                       int64_t *broken);

/* ---- files: evidence stored by content hash, in the database ---- */
extern const struct db_migration rec_migrations[];
extern const size_t rec_migration_count;
struct rec_file {
    str hash; /* SM3 hex of the content */
    str name, media_type, added_by;
    int64_t bytes, added_us;
};
enum { REC_FILE_BYTES_MAX = 20 << 20 };
NODISCARD rc rec_file_put(struct cx *cx, struct db *db, const struct actor *who, str name,
                          str media_type, str content, struct rec_file *out);
/* Without the content; *found false when there is none. */
NODISCARD rc rec_file_find(struct cx *cx, struct db *db, str hash, struct rec_file *out,
                           bool *found);
NODISCARD rc rec_file_get(struct cx *cx, struct db *db, str hash, struct rec_file *out,
                          str *content);
