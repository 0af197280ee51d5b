/* Shared by the files that turn declarations into the catalogue; nothing outside app/ includes it.
 * Loading never stops at a fault: each is reported, what depends on it is left out, and the load as a
 * whole fails at the end. */
#pragma once

#include "app/catalogue.h"
#include "app/decl.h"
#include "app/pinyin.h"
#include "base/map.h"
#include "base/sm3.h"
#include "feel/feel.h"

enum section {
    SECTION_CODES,
    SECTION_TYPES,
    SECTION_MEASURES,
    SECTION_INDICATORS,
    SECTION_WATCHES,
    SECTION_ROLES,
    SECTION_PAGES,
    SECTION_COUNT
};

/* One declared thing; index: its place in the catalogue's array. */
struct named {
    str full, bare; /* "trade.figure", "figure" */
    int app, index;
    const struct decl *at;
};
struct nameds {
    struct named *at;
    size_t len, cap;
    struct map by_name; /* full name → index + 1 as a pointer into `place` */
};

/* An app while it is read. */
struct part {
    str name, folder;
    struct app_title title;
    const struct decl *head;  /* app.yaml */
    const struct decl **file; /* all *.yaml, app.yaml first */
    size_t file_count;
    const struct decl *needs, *knows;
    int state;     /* while ordering */
    bool *may_use; /* by app: itself and all it needs, directly or not */
    const struct feel_scope *indicator_scope;
};
struct parts {
    struct part *at;
    size_t len, cap;
};

struct loader {
    struct cx *cx; /* its arena is the catalogue's */
    struct catalogue *c;
    const struct app_host *host; /* never NULL; its functions may be */
    struct parts part;
    struct nameds section[SECTION_COUNT];
    struct pinyin *pinyin;
    VEC(str) org; /* keys of core's data/org.csv, when it is there */
    bool orgs_given;
    struct err *last; /* the fault mend() speaks of; NULL: beyond the limit */
    struct sm3 *hash;
    /* arrays of the catalogue, still writable */
    struct app_codes *codes;
    struct app_type *type;
    struct app_field **field; /* by type: its fields, writable */
    struct app_measure *measure;
    struct app_indicator *indicator;
    struct app_watch *watch;
    struct app_role *role;
    struct app_page *page;
    struct app_decision *decision;
    VEC(struct err) note;
    const struct feel_scope **check_scope; /* by type: `value` is the value checked */
};

/* ---- fault.c: saying what is wrong ---- */
#define fault(l, at_, ...)     fault_at((l), (at_)->source, (at_)->pos, __VA_ARGS__)
#define fault_key(l, at_, ...) fault_at((l), (at_)->source, (at_)->key_pos, __VA_ARGS__)
void fault_at(struct loader *l, str source, struct pos pos, const char *slug, const char *zh,
              const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
/* A fault of a step, named as people know it: 签收 (accept); what: the name at fault. */
struct step_place {
    struct loader *l;
    const struct bpmn_node *node;
    str source; /* the file */
};
void fault_step(const struct step_place *at, const char *slug, const char *zh, const char *en,
                str what);
/* How to mend the fault just reported. */
void mend(struct loader *l, const char *zh, const char *en, ...) PRINTF(2, 4) PRINTF(3, 4);
/* "did you mean …": the candidate nearest to what was written, or which there are. */
void mend_nearest(struct loader *l, str written, const str *candidate, size_t count);
/* Index of the candidate nearest to s, -1 when none is near. */
int nearest(str s, const str *candidate, size_t count);
/* Moves the error that a callee left in cx->err into the findings, in this source. */
void fault_collect(struct loader *l, str source);

/* ---- read.c: values out of the tree, each fault reported; absent gives the fallback ---- */
/* Faults keys not among allowed (names separated by blanks); false when map is no map. */
bool read_keys(struct loader *l, const struct decl *map, const char *allowed);
bool read_bool(struct loader *l, const struct decl *map, str key, bool fallback);
str read_text(struct loader *l, const struct decl *map, str key);
int read_int(struct loader *l, const struct decl *map, str key, int min, int max, int fallback);
/* Index into the blank-separated choices. */
int read_choice(struct loader *l, const struct decl *map, str key, const char *choices,
                int fallback);
struct app_title read_title_of(struct loader *l, const struct decl *at, str name);
struct app_title read_title(struct loader *l, const struct decl *map, str key, str name);
/* Is d a plain text; faults otherwise. */
bool want_text(struct loader *l, const struct decl *d, const char *what_zh, const char *what_en);
bool name_ok(struct loader *l, const struct decl *at, str name);
/* Where a list may stand, one text means a list of one: for (e = first_of(d); e; e = next_of(d, e)). */
const struct decl *first_of(const struct decl *d);
const struct decl *next_of(const struct decl *d, const struct decl *e);
size_t count_of(const struct decl *d);

/* ---- names.c ---- */
void names_add(struct loader *l, enum section s, int app);
/* What `at` names for app, own names bare; NULL with the fault reported.  anywhere: pages and roles
 * may name what their app does not need. */
const struct named *names_find(struct loader *l, enum section s, int app, const struct decl *at,
                               str name, bool anywhere);
/* Does app say that it works without the app this name belongs to, which is not loaded? */
bool names_left_out(const struct loader *l, int app, str name);
int field_find(const struct app_type *t, str name); /* index or -1 */
/* A field of t, or -1 with the fault reported. */
int field_named(struct loader *l, const struct app_type *t, const struct decl *at, str name);

/* ---- orgs.c ---- */
void orgs_load(struct loader *l);
/* Is the text of `at` (may be NULL) the key of an organisation of the reference data? */
void org_check(struct loader *l, const struct decl *at);

/* ---- expression.c ---- */
/* Compiles the FEEL at `at`; want FEEL_ANY: whatever comes out.  NULL with the fault reported. */
const struct feel_expr *expression(struct loader *l, const struct feel_scope *scope,
                                   const struct decl *at, enum feel_kind want);
const struct feel_type *feel_type_of_field(struct arena *a, const struct app_field *f);

/* ---- decisions.c ---- */
/* All *.dmn files of all apps; before what calls decisions. */
void decisions_load(struct loader *l);
/* Makes the decisions app may use functions of the scope, its own under their bare names too, but for
 * the names of t's fields (t may be NULL).  app -1: all decisions, by their full names. */
void decisions_add(struct loader *l, struct feel_scope *s, int app, const struct app_type *t);
/* The decision this name means for app; NULL: none. */
const struct app_decision *decision_named(struct loader *l, int app, str name);
/* What it was not, for faults: the names app may use, in the catalogue's arena. */
const str *decision_names(struct loader *l, int app, size_t *count);

/* rule_tasks.c: business rule tasks against decisions and fields; app is the process's. */
void rule_tasks_load(struct loader *l, int app, struct app_process *p, str source);

/* ---- the sections; each fills its array of the catalogue ---- */
void codes_load(struct loader *l);
void types_declare(struct loader *l); /* names, fields and keys */
void fields_load(struct loader *l, struct app_type *t, const struct decl *fields, int app);
bool range_parse(struct loader *l, const struct decl *at, struct app_field *f);
void types_compile(struct loader *l); /* scopes and expressions */
void cycles_check(struct loader *l);  /* derive, required references */
void measures_load(struct loader *l);
void indicators_load(struct loader *l);
void watches_load(struct loader *l);
void roles_load(struct loader *l);
void processes_load(struct loader *l); /* after roles */
void pages_load(struct loader *l);
void vocabulary_check(struct loader *l);

/* find.c: the apps in the folders and those beside them that are needed; ordered by needs. */
void parts_find(struct loader *l, const str *folder, size_t folder_count);
void parts_order(struct loader *l);
