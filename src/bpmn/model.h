/* BPMN 2.0 (ISO/IEC 19510) definitions, parsed, checked and compiled: immutable, in one arena.
 * Element names are the standard's; paragraphs are those of OMG formal/2013-12-09. */
#pragma once

#include "bpmn/parts.h"

/* What a token meets: the processes of the file and all their flow nodes, in one array. */
enum bpmn_kind {
    BPMN_PROCESS, /* a process, or a global task as the process that holds just it */
    /* events; what they catch or throw is in node->event */
    BPMN_START,
    BPMN_CATCH,
    BPMN_THROW,
    BPMN_BOUNDARY,
    BPMN_END,
    /* tasks */
    BPMN_TASK, /* undefined: passed through */
    BPMN_MANUAL_TASK,
    BPMN_USER_TASK,
    BPMN_SERVICE_TASK,
    BPMN_SCRIPT_TASK,
    BPMN_BUSINESS_RULE_TASK,
    BPMN_SEND_TASK,
    BPMN_RECEIVE_TASK,
    /* activities with an inside */
    BPMN_CALL_ACTIVITY,
    BPMN_SUB_PROCESS,
    BPMN_EVENT_SUB_PROCESS, /* triggeredByEvent */
    BPMN_TRANSACTION,
    BPMN_AD_HOC,
    /* gateways */
    BPMN_EXCLUSIVE,
    BPMN_INCLUSIVE,
    BPMN_PARALLEL,
    BPMN_EVENT_BASED,
    BPMN_COMPLEX,
    BPMN_KIND_COUNT
};
static inline bool bpmn_is_activity(enum bpmn_kind k)
{
    return k >= BPMN_TASK && k <= BPMN_AD_HOC;
}
/* Holds flow nodes of its own, and tokens on them. */
static inline bool bpmn_is_scope(enum bpmn_kind k)
{
    return k == BPMN_PROCESS || (k >= BPMN_SUB_PROCESS && k <= BPMN_AD_HOC);
}

struct map;
struct bpmn_flow;
struct bpmn_node;

struct bpmn_node {
    str id, name;
    enum bpmn_kind kind;
    int index;
    const struct bpmn_node *process; /* of kind BPMN_PROCESS */
    const struct bpmn_node *parent;  /* the scope it stands in; NULL: a process */
    /* In the order of <incoming>, <outgoing>, else of the file. */
    const struct bpmn_flow **in, **out;
    int in_count, out_count;
    const struct bpmn_flow *default_flow;
    struct pos pos;
    str lane; /* the innermost, by name */
    str documentation;

    /* events, receive and send tasks, and event-based gateways' none */
    const struct bpmn_event *event;
    int event_count;
    bool parallel_multiple; /* all of them must come */
    bool interrupting;      /* boundary events; start events of event sub-processes */
    bool instantiate;       /* receive task, event-based gateway */
    bool gateway_parallel;  /* event-based: eventGatewayType Parallel */
    const struct bpmn_node *attached_to;
    const struct bpmn_node **boundary; /* events attached to this activity */
    int boundary_count;

    /* scopes */
    const struct bpmn_node **child; /* the nodes directly inside */
    int child_count;
    const struct bpmn_node **event_sub; /* event sub-processes directly inside; each has one start */
    int event_sub_count;
    const struct bpmn_node *start_event; /* of an event sub-process: its triggering start */
    bool is_executable;                  /* process */
    int starter_slot;                    /* process: the variable that gets who started it; -1 */
    const str *starter; /* process: roles whose people may start it; none: everybody who signs in */
    int starter_count;
    /* ad-hoc */
    bool ad_hoc_sequential, cancel_remaining,
        ad_hoc_manual; /* manual: people choose what to start */
    const struct feel_expr
        *completion; /* ad-hoc: completionCondition; complex: activationCondition */

    /* activities */
    struct bpmn_loop loop;
    int start_quantity, completion_quantity;
    bool is_for_compensation;
    const struct bpmn_node
        *compensated_by;                /* by the association of its compensation boundary event */
    struct bpmn_mappings input, output; /* data associations, camunda:inputOutput; input is local */
    str script_format;
    str script_text;
    const struct feel_expr *script; /* NULL: not FEEL; the host does it */
    int result_slot;                /* script, business rule, service: where the value goes; -1 */
    str called;                     /* call activity: process id of the file, or the host's name */
    const struct feel_expr *called_value; /* or computed */
    const struct feel_expr *called_key;   /* business key it is started with; NULL: none */
    str called_version; /* "": newest, "same": of the same deployment, else its number or tag */
    bool call_all_in, call_all_out; /* all variables given, taken back */
    str topic; /* service, send task: done by workers outside; empty: by the host */
    const struct feel_expr *priority;

    /* user task */
    struct bpmn_people people;
    const struct feel_expr *due; /* NULL: none; a number means working days */
    const str *form_field;       /* fields of the record that completing may set */
    int form_field_count;
    const str *required_field;
    int required_field_count;
    const str *outcome;       /* "pass", "return": offered as buttons; variable `outcome` */
    const str *outcome_title; /* in Chinese */
    int outcome_count;
    const int *form_slot; /* process variables completing may set (formData, bihuan:variables) */
    int form_slot_count;
    str form_key;     /* as it is written, for the host; empty */
    bool stops_clock; /* while it is open the clocks of the scope stand still: 补正 */

    /* service and business rule task: name of the host's operation and its parameter expressions */
    str operation;
    /* of a business rule task instead of an operation: the decision, and "field" or "field:member,…",
     * where its value goes */
    str decision, result;
    const struct bpmn_param *param; /* evaluate with bpmn_param_values() of engine.h */
    int param_count;
};
struct bpmn_flow {
    str id, name;
    const struct bpmn_node *from, *to;
    const struct feel_expr *condition; /* NULL: none */
    int index;
    struct pos pos;
};
/* Between our own processes: who throws what reaches whom. */
struct bpmn_message_flow {
    str id;
    const struct bpmn_node *from, *to; /* NULL: a pool without a process */
};
/* Names the process itself sets: data objects, properties, form fields, results, payloads, rounds. */
struct bpmn_variable {
    str name, title; /* title: as people call it; may be empty */
    int slot;
    /* Where it lives: a process, a sub-process, an activity; of one declared in several, what holds
     * them all (else the first's process), and `home` lists them. */
    const struct bpmn_node *scope;
    const struct bpmn_node **home;
    int home_count;
    const struct feel_type *type;
    bool searched; /* instances are found by it */
    bool asked;    /* whoever starts the process fills it in */
    const struct feel_expr *initial;
};
struct bpmn_model {
    str id, name;    /* of the main process: the executable one people start, else the first */
    int64_t version; /* of the text: changes when the text does */
    str source;
    const struct bpmn_node *node; /* processes first, then their nodes in document order */
    int node_count;
    const struct bpmn_node *process; /* the main one, among node */
    int process_count;               /* node[0 … process_count - 1] */
    const struct bpmn_flow *flow;
    int flow_count;
    const struct bpmn_message_flow *message_flow;
    int message_flow_count;
    const struct bpmn_variable *variable;
    int variable_count;
    const struct map *node_by_id;
    /* Slots: the host's 0 … host_slots-1, `outcome`, the standard's counters (BPMN_SLOT_…), `message`,
     * then the variables; variable[i].slot == first_variable + i. */
    struct feel_scope *scope;
    int host_slots, outcome_slot, first_counter, message_slot, first_variable, slot_count;
    /* Inclusive and complex joins: reach[j * node_count + i] has a bit for each incoming flow of the j-th
     * join that a token at node i can still come by without passing it (13.4.3). */
    const struct bpmn_node **join;
    int join_count;
    const uint64_t *reach;
    str time_to_live;          /* of its finished instances: ISO 8601 duration; empty: for ever */
    str tag;                   /* version tag */
    const struct err *warning; /* may be meant: shown to who publishes, refuse nothing */
    int warning_count;
};
/* Counters of the standard and of widespread engines, seen in rounds and completion conditions. */
enum bpmn_counter {
    BPMN_COUNTER_LOOP,       /* loopCounter: 1 … in rounds */
    BPMN_COUNTER_TOTAL,      /* numberOfInstances, nrOfInstances */
    BPMN_COUNTER_ACTIVE,     /* numberOfActiveInstances, nrOfActiveInstances */
    BPMN_COUNTER_COMPLETED,  /* numberOfCompletedInstances, nrOfCompletedInstances */
    BPMN_COUNTER_TERMINATED, /* numberOfTerminatedInstances, nrOfTerminatedInstances */
    BPMN_COUNTER_ACTIVATION, /* activationCount of a complex gateway */
    BPMN_COUNTER_COUNT
};
enum { BPMN_COUNTER_SLOTS = 10 }; /* in this order, both spellings side by side */
/* What the i-th of these slots shows. */
static inline enum bpmn_counter bpmn_counter_of(int i)
{
    return (enum bpmn_counter)((i + 1) / 2);
}
enum {
    BPMN_XML_BYTES_MAX = 4 << 20,
    BPMN_NODES_MAX = 5000,
    BPMN_JOIN_FLOWS_MAX = 64,
    BPMN_ROUNDS_MAX = 10000 /* of one repeated activity */
};

struct bpmn_load {
    /* The names (with types) expressions may use, in a scope made for this model alone; what the model
     * itself declares is added behind them. */
    struct feel_scope *variables;
    /* Unknown names are variables of the process, of any type: for diagrams from elsewhere; each is told
     * in model->warning. */
    bool open;
    /* Texts in another language than FEEL, made FEEL (in the arena of cx); NULL: only = and ${} are cut.
     * Scripts are not translated when their format is not FEEL: the host does them; nor is one whose
     * translation is empty made FEEL. */
    str (*translate)(void *owner, struct cx *cx, str text);
    void *owner;
    /* What breaks the standard's rules is refused, as by those who publish; without it the file only
     * needs to be runnable, and such faults are warnings.  Rules of form alone: bpmn_check_file. */
    bool strict;
};
/* Parses and checks.  Memory: the model and everything in it live in cx->arena.
 * Errors: RC_INVALID bpmn.… with cx->findings filled: every fault with position, element id and name
 *         (without cx->findings: the first); RC_INVALID, RC_TOO_LARGE xml.…; RC_LIMIT bpmn.memory. */
NODISCARD rc bpmn_load(struct cx *cx, str xml, str source, const struct bpmn_load *how,
                       const struct bpmn_model **out);
const struct bpmn_node *bpmn_node_find(const struct bpmn_model *m, str id); /* NULL when absent */
const struct bpmn_variable *bpmn_variable_find(const struct bpmn_model *m, str name);
const char *bpmn_kind_name(enum bpmn_kind kind); /* "userTask"; the standard's name */
const char *bpmn_kind_title(enum bpmn_kind kind,
                            enum lang lang); /* as a person reads it: "用户任务" */
const char *bpmn_event_kind_name(enum bpmn_event_kind kind); /* "timer", "message" */
