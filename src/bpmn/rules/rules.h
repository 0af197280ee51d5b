/* What the rules of the standard look at: the elements of a file with their types, ids and sequence flows.
 * Only bpmn/ uses it. */
#pragma once

#include "bpmn/check.h"
#include "bpmn/read/draft.h"

/* ---- the elements of the standard (schema.c) ---- */

/* A row of the schema; abstract ones ("activity") are no elements. */
struct schema_row {
    const char *name;
    const char *base; /* NULL: none */
    /* "name", "name!" required; ":i" integer, ":b" boolean, ":u" URI, ":(A|B)" one of, ">a|b" reference
     * to an element that is an a or b. */
    const char *attrs;
    /* In order: "name" once, "?", "*", "+"; ">a" an element whose text is a reference to an a. */
    const char *children;
};
enum { SCHEMA_ROWS_MAX = 200, SCHEMA_PARTS_MAX = 40, REFERENCE_DEPTH_MAX = 12 };
/* The rows ready to be looked up. */
struct schema {
    struct map rows; /* name → struct schema_row */
    str name[SCHEMA_ROWS_MAX];
    int base[SCHEMA_ROWS_MAX]; /* -1: none */
};
void schema_init(struct schema *s, struct arena *a);
int schema_row_find(const struct schema *s, str name); /* -1: there is none */
const struct schema_row *schema_row_at(int row);
bool schema_row_is(const struct schema *s, int row,
                   str what); /* itself, one of its bases, in a group */

/* ---- a file being checked ---- */

struct rule_list {
    const struct xml **at;
    size_t len, cap;
};
struct rule_element {
    const struct xml *xml;
    int row;                  /* of the schema, -1: unknown */
    struct rule_list in, out; /* sequence flows that name it */
};
struct rules {
    struct draft *d;
    struct schema schema;
    bool strict;
    bool whole; /* bpmn_check_file: ids have not been looked at by others */
    const struct bpmn_files *files;
    bool lists_flows;             /* <incoming> and <outgoing> are used in this file */
    bool open;                    /* it imports BPMN that is not at hand */
    struct map ids;               /* id → struct rule_element */
    struct rule_element *element; /* all of the vocabulary, in the order of the file */
    size_t count;
    struct map kinds;     /* name → struct rule_list: all elements of that name */
    const struct xml *at; /* set by a test: what of the element is at fault */
};

/* Faults always; faults when strict and else warnings; faults of a whole file alone: of form, without
 * meaning when it runs here (bindings of web services, input sets); warnings. */
enum rule_class { RULE_ALWAYS, RULE_WARN, RULE_FORM, RULE_HINT };
struct rule {
    const char *number;
    enum rule_class class;
    const char *slug;
    const char *on; /* names of the schema, by blanks */
    bool (*broken)(struct rules *r, const struct rule_element *e);
    const char *zh, *en;
};
struct rule_set {
    const struct rule *at;
    size_t count;
};
extern const struct rule_set rules_of_flow, rules_of_events, rules_of_activities, rules_of_data,
    rules_of_files;

void rule_report(struct rules *r, const struct xml *x, struct pos at, const struct rule *rule);
/* Structure and references against the schema. */
/* The rules as a pass over a model being read; faults and warnings are added to d. */
void draft_check_rules(struct draft *d, bool strict);
void rules_check_schema(struct rules *r);
/* Imports and the ids of imported files. */
void rules_check_imports(struct rules *r);

/* ---- looking (rules.c) ---- */

bool rule_is(const struct rules *r, const struct xml *x, const char *what); /* by the schema */
const struct rule_element *rule_find(const struct rules *r,
                                     str reference); /* prefix left out; NULL */
const struct rule_element *rule_of(const struct rules *r,
                                   const struct xml *x);            /* of an element with id */
struct rule_list rule_all(const struct rules *r, const char *name); /* elements of that name */
const struct xml *rule_kid(const struct xml *x, const char *name);
int rule_kids(const struct xml *x, const char *name);
bool rule_has_attr(const struct xml *x, const char *name);
bool rule_true(const struct xml *x, const char *attr);
bool rule_executable(const struct xml *x); /* in a process with isExecutable="true" */
const struct xml *rule_up(const struct rules *r, const struct xml *x,
                          const char *what); /* itself or around */
bool rule_inside(const struct xml *x, const struct xml *around);
str rule_local(str reference); /* without its prefix */
size_t rule_in(const struct rules *r,
               const struct rule_element *e); /* flows that come in, as listed */
size_t rule_out(const struct rules *r, const struct rule_element *e);
/* Event definitions of an event, those it refers to included: counts those of a kind ("message"; NULL: all). */
int rule_defs(const struct rules *r, const struct xml *event, const char *kind);
/* The i-th of them, NULL behind the last. */
const struct xml *rule_def(const struct rules *r, const struct xml *event, int i);
bool rule_formal(const struct xml *expression); /* xsi:type says tFormalExpression */
