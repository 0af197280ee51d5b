/* A BPMN 2.0 process, parsed, checked and compiled: immutable, in one arena.
 * Element names are the standard's. */
#pragma once

#include "feel/value.h"

enum bpmn_kind {
    BPMN_START,
    BPMN_END,
    BPMN_USER_TASK,
    BPMN_SERVICE_TASK,
    BPMN_BUSINESS_RULE_TASK,
    BPMN_EXCLUSIVE,
    BPMN_PARALLEL,
    BPMN_CATCH_TIMER,
    BPMN_CATCH_MESSAGE,
    BPMN_BOUNDARY_TIMER,
    BPMN_BOUNDARY_MESSAGE,
    BPMN_PASS, /* task, manualTask, intermediate throw without definition: passed through */
    BPMN_KIND_COUNT
};
/* A deadline: so many of a unit, or FEEL giving a date, date-time or duration. */
enum bpmn_timer_unit { BPMN_TIMER_FEEL, BPMN_TIMER_WORKING_DAYS };
/* What a service or business rule task gives its operation: <bihuan:set field="status" value="…"/>
 * (a field of the record) or <bihuan:param name="to" value="…"/> (anything else). */
struct bpmn_param {
    str name;
    bool is_field; /* written as bihuan:set */
    const struct feel_expr *value;
    struct pos pos;
};
struct map;
struct bpmn_flow;
struct bpmn_node {
    str id, name;
    enum bpmn_kind kind;
    int index;
    const struct bpmn_flow **in, **out;
    int in_count, out_count;
    const struct bpmn_flow *default_flow;
    /* user task */
    str candidate_role;                   /* role name, may be empty */
    const struct feel_expr *assignee_org; /* the key of an org: who of the role; NULL: any */
    const struct feel_expr *due;          /* NULL: none; a number means working days */
    const str *form_field;                /* fields of the record that completing may set */
    int form_field_count;
    const str *required_field;
    int required_field_count;
    const str *outcome;       /* "pass", "return": offered as buttons; variable `outcome` */
    const str *outcome_title; /* in Chinese */
    int outcome_count;
    /* service and business rule task: name of the host's operation and its parameter expressions */
    str operation;
    /* of a business rule task instead of an operation: the decision, and "field" or "field:member,…",
     * where its value goes */
    str decision, result;
    const struct bpmn_param *param; /* evaluate with bpmn_param_values() of engine.h */
    int param_count;
    /* timers: FEEL (date, date-time, duration) or a number expression of working days after entry;
     * timer_from_due: counted from the task's due, negative: before it */
    enum bpmn_timer_unit timer_unit;
    const struct feel_expr *timer;
    bool timer_from_due;
    bool interrupting;
    const struct bpmn_node *attached_to; /* boundary events */
    const struct bpmn_node **boundary;   /* events attached to this activity */
    int boundary_count;
    str message; /* name of the message caught */
    struct pos pos;
};
struct bpmn_flow {
    str id, name;
    const struct bpmn_node *from, *to;
    const struct feel_expr *condition; /* NULL: none */
    int index;
    struct pos pos;
};
struct bpmn_model {
    str id, name;
    int64_t version; /* of the text: changes when the text does */
    str source;
    const struct bpmn_node *node;
    int node_count;
    const struct bpmn_flow *flow;
    int flow_count;
    const struct bpmn_node *start;
    const struct map *node_by_id;
    struct feel_scope *scope;  /* names of `variable`s given to bpmn_load, in order */
    int outcome_slot;          /* the slot of `outcome`; the host's slots are 0 … this - 1 */
    const struct err *warning; /* may be meant: shown to who publishes, refuse nothing */
    int warning_count;
};
enum { BPMN_XML_BYTES_MAX = 4 << 20, BPMN_NODES_MAX = 5000 };

/* Parses and checks.  variables: the names (with types) expressions may use, in a scope made for this
 * model alone; bpmn_load adds `outcome` (string) behind them: what the last task was completed with.
 * Memory: the model and everything in it live in cx->arena.
 * Errors: RC_INVALID bpmn.… with cx->findings filled: every fault with position, element id and name
 *         (without cx->findings: the first); RC_INVALID, RC_TOO_LARGE xml.…; RC_LIMIT bpmn.memory. */
NODISCARD rc bpmn_load(struct cx *cx, str xml, str source, struct feel_scope *variables,
                       const struct bpmn_model **out);
const struct bpmn_node *bpmn_node_find(const struct bpmn_model *m, str id); /* NULL when absent */
const char *bpmn_kind_name(enum bpmn_kind kind); /* "userTask"; the standard's name */
