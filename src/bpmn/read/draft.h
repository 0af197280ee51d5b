/* A model while it is read, shared by the files that read and check it.  Only bpmn/ uses it. */
#pragma once

#include "base/map.h"
#include "bpmn/model.h"
#include "bpmn/read/vocabulary.h"

struct draft {
    struct cx *cx;
    str source;
    struct feel_scope *scope;
    struct bpmn_model *model;
    struct xml *definitions;
    const struct xml *process;
    struct bpmn_node *node;      /* model->node, while it may be written */
    const struct xml **node_xml; /* the element of each */
    struct bpmn_flow *flow;
    const struct xml **flow_xml;
    struct map ids;     /* every id of the file → struct xml */
    struct map nodes;   /* id → struct bpmn_node */
    struct map refused; /* ids of elements already reported */
    int faults;
    VEC(struct err) warning;
};

/* Records a fault of element x: source, place, id and name are added to the sentence. */
void draft_fault(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                 const char *en, ...) PRINTF(4, 6) PRINTF(5, 6);
/* The same with the place of an attribute or text. */
void draft_fault_at(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                    const char *zh, const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
/* What may be meant but looks odd: never refuses. */
void draft_warn(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                const char *en, ...) PRINTF(4, 6) PRINTF(5, 6);
/* Takes over the error standing in cx as a fault of x. */
void draft_take_error(struct draft *d, const struct xml *x);

/* Compiles FEEL and checks that its type is one of `kinds` (bits 1 << enum feel_kind).
 * NULL after a fault. */
const struct feel_expr *draft_compile(struct draft *d, const struct xml *x, str text, struct pos at,
                                      unsigned kinds);
str draft_unwrap(str text, struct pos *at); /* cuts = or ${ } around FEEL */

/* ---- the passes, in this order ---- */
/* parse.c: elements become nodes and flows, linked; unknown or unsupported ones are faults.
 * False: there is no process to look at. */
bool draft_read(struct draft *d);
/* attributes.c: what our attributes and expressions say. */
void draft_attributes(struct draft *d);
/* check.c: the graph as a whole. */
void draft_check(struct draft *d);
/* joins.c: parallel joins that no run can ever complete. */
void draft_check_joins(struct draft *d);
