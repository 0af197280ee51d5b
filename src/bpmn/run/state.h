/* Processes as rows, and as they stand in memory while a command runs.  Only bpmn/ uses it.
 * Rows are read when an instance is opened and written when the run rests: state.c. */
#pragma once

#include "bpmn/engine.h"

/* A task without due sorts behind all others. */
enum { DUE_NONE = INT32_MAX };

enum token_state {
    TOKEN_WAITING,   /* at rest */
    TOKEN_KEPT,      /* left, but may be compensated: until its scope ends */
    TOKEN_LEFT,      /* went on */
    TOKEN_CANCELLED, /* taken away */
    TOKEN_ENDED,     /* at an end event */
    TOKEN_STATE_COUNT
};
enum token_role {
    TOKEN_PLAIN,
    TOKEN_BODY,    /* of a repeated activity: its children are the rounds */
    TOKEN_ROUND,   /* one of them */
    TOKEN_HANDLER, /* a compensation handler's run; index: the token it undoes is kept_id */
    TOKEN_LISTENER /* an event sub-process that runs beside its scope, or an activity of an event gateway */
};
/* One activity, event, gateway or scope that a token rests on, or rested: rows are kept, they are the
 * history of the instance.  A scope's children name it as parent; the instance itself is the root
 * token, which has no row: its variables stand in the instance's. */
struct token {
    int64_t id;                   /* root: 0 */
    struct token *parent;         /* NULL: the root itself */
    const struct bpmn_node *node; /* NULL: no longer in the model */
    str node_id;
    enum token_state state;
    enum token_role role;
    str flow;    /* the flow it came by; empty: none */
    str outcome; /* what the last task before was completed with */
    str path;    /* the flows taken since the rest before, by spaces */
    str done_by;
    int64_t entered_us, left_us;
    int64_t cause; /* the task or token whose completion brought it: for taking back */
    int64_t kept_id;
    int64_t index;                     /* of a round: 1 … ; else 0 */
    int64_t total, made, done, broken; /* of a body: rounds wanted, made, completed, cancelled */
    int64_t
        counter; /* complex gateway: 0 waiting for start, 1 waiting for reset; quantity joins: tokens */
    int64_t order;  /* of completion, in the instance: compensation runs backwards */
    int64_t called; /* instance a call activity waits for; 0 */
    str back;       /* the elements it jumps to when it is done, by spaces; empty: by its flows */
    int64_t stopped_us; /* since when its clocks stand still; 0: they run */
    uint64_t got;       /* parallel multiple events: which have come */
    uint64_t heard; /* events armed on it, by their order: come already, or true at the last look */
    int64_t undo_by;        /* kept: the token whose compensation will undo it; 0 */
    struct feel_value *var; /* by model->variable index; NULL: none set */
    bool *var_set;
    int64_t timers, subscriptions; /* its rows in timer and subscription */
    /* in memory only */
    int live; /* children at rest and moves under way inside; tokens_load counts the children */
    bool is_new, is_changed, vars_changed;
    bool is_passing; /* it has no row and gets none: not among the run's tokens */
    int cleared;     /* how often an interrupting event took all that was inside */
};
struct tokens {
    struct token **at;
    size_t len, cap;
};
struct instance {
    int64_t id, subject_id, version;
    str process;                  /* the host's name */
    str element;                  /* id of the process in its file */
    str state, state_read;        /* active, suspended, ended, cancelled, failed; as in the row */
    str started_by, key, error;   /* error: code that nobody caught */
    int64_t started_us, ended_us; /* 0: not yet */
    int64_t parent_id, parent_token; /* who called it; 0 */
    int64_t root_id;                 /* the outermost caller, itself when none */
    int64_t orders;                  /* the last token.order given */
    str vars;                        /* as read; tokens_load makes the root's variables of it */
    int64_t timers, subscriptions;   /* the root's, as its event sub-processes wait; likewise got */
    uint64_t got;
    int64_t stopped_us;
};
/* token_id: of the root, which has no row, the instance's id (token_key of run.h). */
struct timer {
    int64_t id, instance_id, token_id, due_us, failures;
    int64_t rounds; /* of a cycle: left, -1: no end; 0: fires once */
    int64_t
        left_us; /* while its clock is stopped: what remains (timer.c), due_us is INT64_MAX; else 0 */
    str node_id;   /* the event's node */
    int64_t event; /* its index there */
};
enum subscription_kind { WAITS_MESSAGE, WAITS_SIGNAL, WAITS_CONDITION };
struct subscription {
    int64_t id, instance_id, token_id, subject_id;
    enum subscription_kind kind;
    str node_id, process, name, key;
    int64_t event;
};
struct subscriptions {
    struct subscription *at;
    size_t len, cap;
};

/* A message nobody has taken yet, or the mark of one that was given (taken). */
struct kept_message {
    int64_t id;
    str name, key, msg_id, process;
    int64_t subject_id, instance_id, at_us, expires_us;
    str vars; /* JSON or empty */
    bool taken;
};
/* Who may do a task, named one by one, or got a copy of it. */
struct task_person {
    int64_t task_id, instance_id;
    str user, kind; /* candidate, assignee, agent; copy, ask */
    int64_t at_us, read_us;
    int64_t due; /* the task's, DUE_NONE: so that lists are read in order */
    bool open;   /* the task is open: it stands in their list */
};
/* One act of somebody on a task or an instance, for ever. */
struct task_action {
    int64_t id, instance_id, task_id, at_us;
    str act, actor, on_behalf_of, to_user, reason, from_node, to_node;
};

/* ---- instances ---- */
/* Absent: *found false. */
NODISCARD rc instance_load(struct cx *cx, struct db *db, int64_t id, struct instance *out,
                           bool *found);
NODISCARD rc instance_latest(struct cx *cx, struct db *db, str process, int64_t subject_id,
                             struct instance *out, bool *found);
/* The active ones that belong together: called by one another, begun by one another's messages. */
struct instance_ids {
    int64_t *at;
    size_t len, cap;
};
NODISCARD rc instances_of_root(struct cx *cx, struct db *db, int64_t root_id,
                               struct instance_ids *out);
/* vars: JSON of the root's variables (vars_write). */
NODISCARD rc instance_add(struct cx *cx, struct db *db, const struct instance *i, str vars);
NODISCARD rc instance_save(struct cx *cx, struct db *db, const struct instance *i, str vars);

/* ---- tokens ---- */
/* Those at rest and kept, oldest first, parents linked, roots' variables in root (given by the
 * caller).  model NULL: nodes and variables are not looked up. */
NODISCARD rc tokens_load(struct cx *cx, struct db *db, const struct bpmn_model *model,
                         const struct instance *i, struct token *root, struct tokens *out);
/* All of them, history too. */
NODISCARD rc tokens_load_all(struct cx *cx, struct db *db, const struct bpmn_model *model,
                             int64_t instance_id, struct tokens *out);
str token_state_name(enum token_state s); /* as in the row: waiting, kept, … */
/* New and changed ones as few statements; the marks are taken off. */
NODISCARD rc tokens_save(struct cx *cx, struct db *db, const struct bpmn_model *model,
                         int64_t instance_id, const struct tokens *t);

/* ---- variables.c: a scope's variables as JSON that keeps FEEL's kinds ---- */
NODISCARD rc vars_read(struct cx *cx, const struct bpmn_model *m, str json, struct token *t);
str vars_write(struct arena *a, const struct bpmn_model *m, const struct token *t);
void var_set(struct cx *cx, const struct bpmn_model *m, struct token *scope, int variable,
             const struct feel_value *v);
/* The nearest scope upwards that has a value for it, NULL: none. */
const struct feel_value *var_get(const struct token *scope, int variable);
/* Where it is set from here: the nearest that has it, else the scope it is declared in, else the root. */
struct token *var_home(struct token *scope, const struct bpmn_model *m, int variable);
/* JSON from outside into variables: names known, values of their types.  RC_INVALID bpmn.variable. */
NODISCARD rc vars_take(struct cx *cx, const struct bpmn_model *m, const struct json *object,
                       struct token *scope);

/* ---- tasks ---- */
NODISCARD rc task_add(struct cx *cx, struct db *db, const struct bpmn_task *t);
NODISCARD rc task_save(struct cx *cx, struct db *db, const struct bpmn_task *t);
#define TASK_COLUMNS                                                                               \
    "id, instance_id, subject_id, process, node, role, org, claimed_by, created_us, due, state,"   \
    " done_by, outcome, done_us, token_id, version, parent_id, kind, owner, weight, urged, draft," \
    " picked, started_by"
/* The task of a row that begins with these columns. */
NODISCARD rc task_of_row(struct cx *cx, const struct bpmn_host *host, struct db *db,
                         const struct db_rows *rows, struct bpmn_task *out);
/* Absent: out->id 0. */
NODISCARD rc task_load(struct cx *cx, struct db *db, const struct bpmn_host *host, int64_t id,
                       struct bpmn_task *out);
/* Open and waiting ones of a token, signers' too, oldest first. */
NODISCARD rc tasks_of_token(struct cx *cx, struct db *db, const struct bpmn_host *host,
                            int64_t token_id, struct bpmn_task **out, size_t *count);

/* One row for a task, user and kind; once more: nothing changes. */
NODISCARD rc person_add(struct cx *cx, struct db *db, const struct task_person *p);
/* A task with task->picked leaves the lists of those named, or comes back: when it is closed, opened
 * again, given another due. */
NODISCARD rc persons_follow(struct cx *cx, struct db *db, const struct bpmn_task *t);
struct task_persons {
    struct task_person *at;
    size_t len, cap;
};
NODISCARD rc persons_of_task(struct cx *cx, struct db *db, int64_t task_id,
                             struct task_persons *out);
NODISCARD rc person_delete(struct cx *cx, struct db *db, int64_t task_id, str user, str kind);
NODISCARD rc person_read(struct cx *cx, struct db *db, int64_t task_id, str user);
NODISCARD rc action_add(struct cx *cx, struct db *db, const struct task_action *a);
struct task_actions {
    struct task_action *at;
    size_t len, cap;
};
NODISCARD rc actions_of_instance(struct cx *cx, struct db *db, int64_t instance_id,
                                 struct task_actions *out);

/* ---- timers, subscriptions, messages, incidents ---- */
NODISCARD rc timer_add(struct cx *cx, struct db *db, const struct timer *t);
NODISCARD rc timer_delete(struct cx *cx, struct db *db, const struct timer *t);
NODISCARD rc timers_delete(struct cx *cx, struct db *db, int64_t token_id);
NODISCARD rc timer_save(struct cx *cx, struct db *db, const struct timer *t);
NODISCARD rc timer_load(struct cx *cx, struct db *db, int64_t id, struct timer *out, bool *found);
NODISCARD rc timers_of_token(struct cx *cx, struct db *db, int64_t token_id, struct timer **out,
                             size_t *count);
/* The timer due next; stopped ones never are. */
NODISCARD rc timer_first(struct cx *cx, struct db *db, struct timer *out, bool *found);

NODISCARD rc subscription_add(struct cx *cx, struct db *db, const struct subscription *s);
NODISCARD rc subscription_delete(struct cx *cx, struct db *db, int64_t id);
NODISCARD rc subscriptions_delete(struct cx *cx, struct db *db, int64_t token_id);
/* The one waiting longest for a message: name and key, and the process and instance when they are given. */
NODISCARD rc subscription_find(struct cx *cx, struct db *db, const struct bpmn_message *m,
                               struct subscription *out, bool *found);
/* All that wait for a signal, or of a subject (whose id then is not 0) for conditions, by id. */
NODISCARD rc subscriptions_find(struct cx *cx, struct db *db, enum subscription_kind kind, str name,
                                int64_t subject_id, struct subscriptions *out);
/* Messages that an instance waits for. */
NODISCARD rc subscriptions_of_instance(struct cx *cx, struct db *db, int64_t instance_id,
                                       struct subscriptions *out);
NODISCARD rc subscriptions_of_token(struct cx *cx, struct db *db, int64_t token_id,
                                    struct subscriptions *out);

/* The oldest kept one that this subscription would take. */
NODISCARD rc message_find(struct cx *cx, struct db *db, const struct subscription *s,
                          struct kept_message *out, bool *found);
/* Is there one of this name and id already? */
NODISCARD rc message_known(struct cx *cx, struct db *db, str name, str msg_id, bool *known);
NODISCARD rc message_keep(struct cx *cx, struct db *db, const struct kept_message *m);
/* It is given now: gone, or with an id marked as taken until it expires. */
NODISCARD rc message_take(struct cx *cx, struct db *db, const struct kept_message *m);
/* At most `most` that have expired go; *next_us: when the next one does, 0: none. */
NODISCARD rc messages_expire(struct cx *cx, struct db *db, int64_t most, int64_t *next_us);

/* When processes start by themselves: one row for a timer start event of the newest version. */
struct start_timer {
    struct timer timer; /* id, node_id, event, due_us, failures, rounds */
    str process;
    int64_t version;
};
NODISCARD rc start_timer_add(struct cx *cx, struct db *db, const struct start_timer *s);
NODISCARD rc start_timer_save(struct cx *cx, struct db *db, const struct start_timer *s);
NODISCARD rc start_timer_delete(struct cx *cx, struct db *db, const struct timer *t);
NODISCARD rc start_timers_delete(struct cx *cx, struct db *db, str process);
NODISCARD rc start_timer_first(struct cx *cx, struct db *db, struct start_timer *out, bool *found);

/* One open incident per timer (or job): again counts up.  It is resolved when the timer fires, and
 * when nothing waits for it any more. */
NODISCARD rc incident_add(struct cx *cx, struct db *db, int64_t id, const struct timer *t,
                          const struct err *why);
NODISCARD rc incident_resolve(struct cx *cx, struct db *db, int64_t timer_id);
NODISCARD rc incidents_of_jobs_resolve(struct cx *cx, struct db *db, int64_t token_id);
