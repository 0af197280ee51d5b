/* What the files of record/ share; nobody else includes this. */
#pragma once

#include "app/schema.h"
#include "base/json.h"
#include "base/map.h"
#include "record/record.h"

/* ---- SQL made at run time: text and its arguments grow together ---- */
struct sqlb {
    struct buf text;
    VEC(struct db_val) arg;
};
void sqlb_arg(struct sqlb *b, struct db_val v); /* adds "$n" and the value */
static inline void sqlb_add(struct sqlb *b, const char *text)
{
    buf_add(&b->text, str_from(text));
}
NODISCARD rc sqlb_query(struct cx *cx, struct db *db, const struct sqlb *b, struct db_rows *out);
/* For what may be all of a table: within a transaction its rows come as they are read. */
NODISCARD rc sqlb_scan(struct cx *cx, struct db *db, const struct sqlb *b, struct db_rows *out);
/* One number: the first column of the first row; 0 when there is none or it is null. */
NODISCARD rc sqlb_number(struct cx *cx, struct db *db, const struct sqlb *b, int64_t *out);

/* ---- values (value.c, value_parse.c) ---- */
struct db_val rec_value_db(struct arena *a, const struct app_field *f, const struct rec_value *v);
void rec_value_read(const struct db_rows *rows, int column, const struct app_field *f,
                    struct rec_value *out); /* text is borrowed from the row */
/* As JSON; a reference is its id. */
void rec_value_write(struct jw *out, const struct app_field *f, const struct rec_value *v);
void rec_value_text(struct buf *out, const struct app_field *f, const struct rec_value *v);
bool rec_value_is_text(const struct app_field *f);
/* Order of sorting: absent first, then by number or by bytes. */
int rec_value_cmp(const struct app_field *f, const struct rec_value *a, const struct rec_value *b);
static inline bool rec_value_same(const struct app_field *f, const struct rec_value *a,
                                  const struct rec_value *b)
{
    return rec_value_cmp(f, a, b) == 0;
}
/* From text in JSON form; no references, no files.  Empty is absent. */
NODISCARD rc rec_value_parse(struct cx *cx, const struct app_field *f, str text,
                             struct rec_value *out);
NODISCARD rc rec_value_from_json(struct cx *cx, const struct app_field *f, const struct json *j,
                                 struct rec_value *out);
/* Text or number of a reference as given: id or key. */
struct rec_given {
    bool is_id, absent;
    int64_t id;
    str key;
};
NODISCARD rc rec_given_from_json(struct cx *cx, const struct app_field *f, const struct json *j,
                                 struct rec_given *out);
struct feel_value rec_value_feel(struct arena *a, const struct app_field *f,
                                 const struct rec_value *v);
/* The result of a default or derivation; references stay unresolved in out->text. */
NODISCARD rc rec_value_from_feel(struct cx *cx, const struct app_field *f,
                                 const struct feel_value *v, struct rec_value *out);

/* ---- loading (load.c) ---- */
enum { REC_SYSTEM_COLUMNS = 6 };
void rec_columns_write(struct buf *b, const struct app_type *t);
/* Texts borrowed from the row: valid until the next; out->value has room for all fields. */
void rec_row_view(const struct db_rows *rows, const struct app_type *t, struct record *out);
struct record rec_copy(struct cx *cx, const struct record *r); /* into cx->arena */
NODISCARD rc rec_load_by(struct cx *cx, struct db *db, const struct sql *sql,
                         const struct app_type *t, int64_t id, struct record *out);
rc rec_missing(struct cx *cx, const struct app_type *t, int64_t id);

/* ---- keys (key.c) ---- */
NODISCARD rc rec_ref_key(struct cx *cx, struct db *db, const struct app_type *t, int64_t id,
                         str *out);
NODISCARD rc rec_ref_live(struct cx *cx, struct db *db, const struct app_type *t, int64_t id,
                          bool *live);
NODISCARD rc rec_key_write(struct cx *cx, struct db *db, const struct record *r, struct buf *out);
/* References as text, where not known yet. */
NODISCARD rc rec_refs_fill(struct cx *cx, struct db *db, struct record *r);

/* ---- rights (access.c) ---- */
struct rec_scope {
    enum reach reach; /* REACH_ALL: no limit */
    bool nothing;     /* no record can be inside */
    bool by_id;       /* the type is the org tree itself */
    int64_t org_id;
    str creator;
    const int64_t *org; /* REACH_ORG: own and below, sorted */
    size_t org_count;
};
NODISCARD rc rec_scope_load(struct cx *cx, struct db *db, const struct actor *who,
                            const struct app_type *t, int acts, struct rec_scope *out);
bool rec_scope_holds(const struct rec_scope *s, const struct record *r);
void rec_scope_sql(struct sqlb *b, const struct rec_scope *s, const struct app_type *t,
                   bool by_index);
rc rec_denied(struct cx *cx, enum act act, const struct app_type *t);
rc rec_denied_field(struct cx *cx, const struct app_field *f);
extern const char rec_sql_below[]; /* "WITH RECURSIVE … " up to the bound id */

/* ---- the writer's store (store.c) ---- */
struct rec_link {
    const struct app_type *type;
    const struct app_field *field;
};
struct rec_type {
    const struct app_type *type;
    struct sql insert, load, by_key, search_add, search_take;
    bool computes; /* has a default, derivation, check or rule */
    bool *reads;   /* by field: a reference that some expression reads */
    bool searches;
    int64_t made,
        made_told; /* records since the store was opened; when the planner was told last */
    struct {       /* fields of types that refer to this one */
        struct rec_link *at;
        size_t len, cap;
    } link;
};
struct rec_ref {
    int64_t id;
    str key;
};
/* Characters, one after the other. */
struct rec_run {
    uint32_t *at;
    size_t len, cap;
};
/* What the search index is given of a record: its columns, and what they are made from. */
enum { REC_TERM_COLUMNS = 4 };
struct rec_terms {
    struct arena *arena;
    struct buf column[REC_TERM_COLUMNS];
    struct rec_run text, initials; /* of one field */
    int field;
};
/* What was read ahead for the job that runs (ahead.c). */
struct rec_ahead {
    struct arena arena;
    struct map key; /* a type's key values → who has them */
};
struct rec_index;
struct rec_store {
    struct arena arena; /* of the store's life */
    struct rec_env env;
    struct rec_type *type; /* by type->index */
    struct db *db;
    /* References resolved before: by id and by key.  What was added since the last commit is undone
     * with its job. */
    struct arena ref_arena;
    struct map ref;
    VEC(str) ref_log; /* names added since the last commit */
    size_t ref_mark;
    /* The org tree, id → parent; dropped whenever core.org changes. */
    struct arena org_arena;
    struct map org;
    bool org_loaded;
    struct rec_ahead ahead;
    struct rec_counts *counts;
    struct rec_initials *initials;
    struct buf before, after; /* scratch of one write */
    const struct rec_index *index;
    struct rec_terms terms;
};
NODISCARD rc rec_ref_find(struct cx *cx, struct rec_store *s, const struct app_type *t,
                          const struct rec_given *given, struct rec_ref *out); /* id 0: none */
const struct rec_ref *rec_ref_known(const struct rec_store *s, const struct app_type *t,
                                    const struct rec_given *given); /* found before, or NULL */
void rec_ref_keep(struct rec_store *s, const struct app_type *t, const struct rec_ref *ref);
void rec_ref_forget(struct rec_store *s, const struct app_type *t, int64_t id, str key);
void rec_org_changed(struct rec_store *s, const struct app_type *t); /* one of t was written */
NODISCARD rc rec_store_may(struct cx *cx, struct rec_store *s, const struct actor *who,
                           enum act act, const struct record *r);

/* ---- reading ahead (ahead.c) ---- */
void rec_ahead_open(struct rec_ahead *a);
void rec_ahead_close(struct rec_ahead *a);
void rec_ahead_forget(struct rec_ahead *a);
/* Is it known who has the key of r (*id 0: nobody)?  And what that record is? */
bool rec_ahead_holder(struct cx *cx, const struct rec_store *s, const struct record *r,
                      int64_t *id);
bool rec_ahead_load(struct cx *cx, const struct rec_store *s, const struct record *key,
                    struct record *out);
void rec_ahead_written(struct cx *cx, struct rec_store *s, const struct record *before,
                       const struct record *after);
/* The key's fields of what somebody sent; *whole false: one is not there or not right. */
NODISCARD rc rec_key_given(struct cx *cx, struct rec_store *s, const struct app_type *t,
                           const struct json *fields, struct record *out, bool *whole);
NODISCARD rc rec_key_holder(struct cx *cx, struct rec_store *s, struct rec_type *rt,
                            const struct record *r, int64_t *id);

/* ---- as shown (json.c, files.c) ---- */
/* A field's value for `who`: masked, references with key and label, files with names. */
NODISCARD rc rec_shown_write(struct cx *cx, struct db *db, const struct actor *who,
                             const struct app_field *f, const struct rec_value *v, struct jw *out);
NODISCARD rc rec_ref_write(struct cx *cx, struct db *db, const struct actor *who,
                           const struct app_type *t, int64_t id, struct jw *out);

/* ---- history (history.c) ---- */
/* Sets record.stale with what happened since `version`. */
NODISCARD rc rec_stale(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
                       const struct record *now, int64_t version);

/* ---- checking (check.c) ---- */
/* A record being written: what was given, laid over what was. */
struct rec_draft {
    struct rec_store *store;
    const struct rec_type *type;
    const struct actor *who;
    const struct record *before; /* NULL: it is new */
    struct record now;
    bool *given;             /* by field */
    struct feel_value *slot; /* for expressions; NULL: the type has none */
    int fault_count;
    struct err first;
};
/* Lays fields over the draft, computes defaults and derivations, checks everything.
 * Errors: the first one; all of them in cx->findings when it is there. */
NODISCARD rc rec_draft_fill(struct cx *cx, struct rec_draft *d, const struct json *fields);

/* ---- counts (count.c, count_read.c): exact numbers of live records by value and org ---- */
struct rec_counts *rec_counts_new(struct arena *a, const struct catalogue *c);
void rec_counts_close(struct rec_counts *n);
void rec_counts_changed(struct rec_counts *n, const struct record *before,
                        const struct record *after);
void rec_counts_job_begin(struct rec_counts *n);
void rec_counts_job_undo(struct rec_counts *n);
NODISCARD rc rec_counts_flush(struct rec_counts *n, struct cx *cx, struct db *db);
void rec_counts_committed(struct rec_counts *n);
void rec_counts_rolled_back(struct rec_counts *n);
/* Builds what is missing, after tables and indexes were made. */
NODISCARD rc rec_counts_build(struct cx *cx, struct db *db, const struct catalogue *c);
bool rec_is_counted(const struct app_field *f);
bool rec_is_counted_by_org(const struct app_field *f); /* NULL: the type itself */
int64_t rec_count_bucket(const struct app_field *f, int64_t v);
int64_t rec_count_bucket_first(const struct app_field *f, int64_t bucket);
#define REC_COUNT_NULL INT64_MIN
void rec_count_name(struct buf *b, const struct app_type *t, const struct app_field *f);
/* For the audit: do the kept counts of f (NULL: of the type) agree with the rows? */
NODISCARD rc rec_counts_compare(struct cx *cx, struct db *db, const struct app_type *t,
                                const struct app_field *f, bool *kept, bool *sound);

/* ---- conditions (filter.c, feel_filter.c) ---- */
struct rec_cond {
    const struct app_field *field;
    enum rec_op op;
    struct rec_value *value;
    int count;
    str needle; /* of REC_CONTAINS, folded */
};
struct rec_conds {
    struct rec_cond *at;
    size_t len, cap;
};
NODISCARD rc rec_conds_load(struct cx *cx, struct db *db, const struct rec_query *q,
                            struct rec_conds *out);
/* Adds the simple comparisons of q->where; *expr is what must still be evaluated a row, or NULL. */
NODISCARD rc rec_where_load(struct cx *cx, struct db *db, const struct rec_query *q,
                            struct rec_conds *out, const struct feel_expr **expr);
bool rec_cond_in_sql(const struct rec_cond *c);
/* by_index: the database may choose the field's index for it. */
void rec_cond_sql(struct sqlb *b, const struct rec_cond *c, bool by_index);
bool rec_cond_holds(struct arena *scratch, const struct rec_cond *c, const struct rec_value *v);
/* Exact number of live records by the kept counts alone; *known false: not possible. */
NODISCARD rc rec_count_read(struct cx *cx, struct db *db, const struct app_type *t,
                            const struct rec_scope *scope, const struct rec_conds *conds,
                            bool *known, int64_t *total);
