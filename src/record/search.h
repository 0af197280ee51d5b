/* Search: what is searched (search.c) and each engine's index of it (search_fts.c, search_pg.c). */
#pragma once

#include "record/parts.h"

struct rec_initials;
struct rec_initials *rec_initials_open(struct arena *a);
void rec_initials_close(struct rec_initials *i);
bool rec_searches(const struct app_type *t);
str rec_fold(struct arena *a, str text); /* lower case, full width to half */
/* Does a field the actor may see contain it? */
bool rec_search_holds(struct arena *scratch, const struct actor *who, const struct record *r,
                      str folded);
/* What the index is asked: a folded needle, perhaps also as initials.  Empty: nothing. */
struct rec_match {
    str needle;
    bool initials;
};
/* How an engine keeps the index of a type, the table "<table>__search". */
struct rec_index {
    const char *form; /* what the index holds; of another form it is built anew */
    size_t columns;   /* of terms used, behind the id */
    /* Table and index that all sites share, and their names; NULL: create makes them. */
    void (*tables)(struct arena *a, const struct app_type *t, str out[2], str name[2]);
    rc (*create)(struct cx *cx, struct db *db, const struct app_type *t); /* empty, of this site */
    void (*add)(struct buf *b, const struct app_type *t); /* INSERT: id and the columns */
    void (*take)(struct buf *b, const struct app_type *t);
    bool take_by_terms; /* as add; else the id alone */
    void (*terms)(struct rec_initials *i, const struct db *db, const struct record *r,
                  struct rec_terms *out);
    /* SELECT … AS rec__id FROM … WHERE …: the live records found. */
    void (*ids)(struct sqlb *b, const struct db *db, const struct app_type *t,
                const struct rec_match *m);
};
extern const struct rec_index rec_index_fts, rec_index_pg;
const struct rec_index *rec_index_of(const struct db *db);
void rec_search_ids(struct sqlb *b, const struct db *db, const struct app_type *t,
                    const struct rec_match *m);
size_t rec_index_values(const struct rec_index *index, int64_t id, const struct rec_terms *t,
                        struct db_val *out); /* room for 1 + REC_TERM_COLUMNS */
/* The next searched field's characters, folded, and its initials; false, and from the first again,
 * when there is none. */
bool rec_search_next(struct rec_initials *i, const struct record *r, struct rec_terms *t);
void rec_search_table(struct buf *b, const struct app_type *t);
NODISCARD rc rec_search_build(struct cx *cx, struct db *db, const struct catalogue *c);
