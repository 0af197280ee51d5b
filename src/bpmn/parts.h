/* What the nodes of a model are made of: events, repeating, people, parameters.  See model.h. */
#pragma once

#include "feel/value.h"

struct bpmn_node;

/* ---- events ---- */
enum bpmn_event_kind {
    BPMN_EVENT_TIMER,
    BPMN_EVENT_MESSAGE,
    BPMN_EVENT_SIGNAL,
    BPMN_EVENT_ERROR,
    BPMN_EVENT_ESCALATION,
    BPMN_EVENT_CONDITIONAL,
    BPMN_EVENT_LINK,
    BPMN_EVENT_TERMINATE,
    BPMN_EVENT_CANCEL,
    BPMN_EVENT_COMPENSATION,
    BPMN_EVENT_KIND_COUNT
};
/* DURATION: FEEL giving a date, date-time or duration; CYCLE: `text` is R<n>/<start>/<duration>/<end>
 * with its parts compiled, or FEEL giving such a text; WORKING_*: a number of days or hours. */
enum bpmn_timer_unit {
    BPMN_TIMER_FEEL,
    BPMN_TIMER_CYCLE,
    BPMN_TIMER_WORKING_DAYS,
    BPMN_TIMER_WORKING_HOURS
};
/* After a down-time a cycle fires each round it missed, or once. */
enum bpmn_catch_up { BPMN_CATCH_UP_ONCE, BPMN_CATCH_UP_EACH, BPMN_CATCH_UP_SKIP };
struct bpmn_timer {
    enum bpmn_timer_unit unit;
    /* Of a cycle: of its text.  NULL: unknown (open models), never due. */
    const struct feel_expr *value;
    bool from_due; /* counted from the task's due, negative: before it; else from entering */
    enum bpmn_catch_up catch_up;
};
/* name = value, both ways: what a message carries, what a call gives and takes back. */
struct bpmn_mapping {
    str name; /* of the variable that is set */
    int slot; /* its slot in the model that is set, -1: of another model, by name */
    const struct feel_expr *value; /* NULL: all variables */
    struct pos pos;
};
struct bpmn_mappings {
    const struct bpmn_mapping *at;
    int count;
};
struct bpmn_event {
    enum bpmn_event_kind kind;
    str id;
    /* Message, signal: the name; error, escalation: the code, empty: any; link: the name. */
    str name;
    const struct feel_expr
        *name_value; /* message, signal: a name computed when it is thrown or awaited */
    const struct feel_expr *condition;   /* conditional */
    const struct feel_expr *correlation; /* message: its key; NULL: the subject's */
    struct bpmn_timer timer;
    struct bpmn_mappings payload; /* thrown: carries; caught: takes (value sees `message`) */
    int64_t ttl_us;               /* message thrown: kept so long when nobody waits; 0: not */
    const struct bpmn_node
        *target; /* link thrown: its catch; compensation: the activity, NULL: all of the scope */
    bool wait_for_completion; /* compensation, default true */
    int variable_slot;        /* error, escalation caught: where its code goes; -1 */
    struct pos pos;
};

/* ---- repeated activities (13.3.6, 13.3.7) ---- */
enum bpmn_loop_kind {
    BPMN_LOOP_NONE,
    BPMN_LOOP_STANDARD,
    BPMN_LOOP_SEQUENTIAL,
    BPMN_LOOP_PARALLEL
};
enum bpmn_behavior {
    BPMN_BEHAVIOR_ALL,
    BPMN_BEHAVIOR_NONE,
    BPMN_BEHAVIOR_ONE,
    BPMN_BEHAVIOR_COMPLEX
};
/* How a countersigned task is decided: its rounds' outcomes are votes. */
enum bpmn_vote { BPMN_VOTE_NONE, BPMN_VOTE_ALL, BPMN_VOTE_ANY, BPMN_VOTE_RATIO, BPMN_VOTE_WEIGHT };
struct bpmn_complex_behavior {
    const struct feel_expr *condition;
    const struct bpmn_event *event; /* thrown from the activity's boundary */
};
struct bpmn_loop {
    enum bpmn_loop_kind kind;
    const struct feel_expr *condition; /* standard: goes on while true; NULL: until maximum */
    bool test_before;
    int64_t maximum;                                  /* standard; -1: none */
    const struct feel_expr *cardinality, *collection; /* one of them; of a user task: candidates */
    int element_slot, output_slot;                    /* variables, -1: none */
    const struct feel_expr *output;                   /* collected into output_slot by index */
    const struct feel_expr *completion;               /* after each round: true ends the rest */
    enum bpmn_behavior behavior;
    const struct bpmn_event *one, *none; /* thrown after the first round; after each */
    const struct bpmn_complex_behavior *complex;
    int complex_count;
    enum bpmn_vote vote;
    const struct feel_expr *vote_share; /* of ratio and weight: more than, or equal to, this passes */
};

/* ---- user tasks: who, and what when nobody or the wrong one ---- */
enum bpmn_nobody { BPMN_NOBODY_WAIT, BPMN_NOBODY_PASS, BPMN_NOBODY_REFUSE, BPMN_NOBODY_TO };
enum bpmn_starter { BPMN_STARTER_SELF, BPMN_STARTER_SKIP, BPMN_STARTER_HEAD };
enum bpmn_again { BPMN_AGAIN_ASK, BPMN_AGAIN_SKIP, BPMN_AGAIN_SKIP_NEXT };
struct bpmn_people {
    str role;                           /* of the host; empty: any */
    const struct feel_expr *org;        /* key of the org; NULL: any */
    const struct feel_expr *assignee;   /* one user's code */
    const struct feel_expr *candidates; /* list of users' codes */
    const struct feel_expr *head;       /* the head of the org so many levels above the starter's */
    const struct feel_expr *weight;     /* of a vote, for each candidate (`candidate`) */
    enum bpmn_nobody nobody;
    str nobody_to; /* user or role that gets it */
    enum bpmn_starter starter;
    enum bpmn_again again;
    const struct feel_expr *copy; /* cc: users' codes */
};

/* What a service or business rule task gives its operation: <bihuan:set field="status" value="…"/>
 * (a field of the record) or <bihuan:param name="to" value="…"/> (anything else). */
struct bpmn_param {
    str name;
    bool is_field; /* written as bihuan:set */
    const struct feel_expr *value;
    struct pos pos;
};
