/* What the files of engine/ share: the engine's state, the turn of one command, and the tables of
 * commands and questions.  Nobody outside includes this. */
#pragma once

#include <pthread.h>

#include "base/file.h"
#include "base/map.h"
#include "base/sm3.h"
#include "bpmn/definition.h"
#include "bpmn/task.h"
#include "engine/engine.h"
#include "engine/processes.h"
#include "loop/loop.h"
#include "measure/measure.h"
#include "store/writer.h"

/* What changed since the last commit, told to live pages. */
struct news {
    struct arena arena;
    struct map types;
    VEC(struct behind) records;
    VEC(const struct app_indicator *) indicators;
    bool items, tasks;
};

struct engine {
    struct arena arena; /* lives as long as the engine */
    const struct catalogue *cat;
    struct engine_options options;
    str url;
    bool in_memory; /* questions run on the writer's thread */

    /* The writer's thread alone uses these while we have the seat. */
    struct ledger *ledger;
    struct rec_store *records;
    struct measure_store *cells;
    struct loop *loop;
    struct bpmn_engine *processes;
    struct processes *models; /* any thread */
    struct bpmn_ids ids;
    struct bpmn_host process_host;
    struct loop_host loop_host;
    int64_t last_id, saved_id;
    int64_t next_timer_us, next_history_us;
    struct news news;
    struct turn *turn; /* the command being run */
    bool tick_waiting;
    bool declared; /* the processes of the declarations are in the database */
    struct {
        struct arena arena;
        struct cx cx;
    } tick, failed; /* the command that fires timers, and the one that notes why it could not */

    /* seat.c: who writes the site. */
    struct {
        struct arena arena;   /* of what stands beside the database while we write */
        pthread_mutex_t lock; /* of all below */
        pthread_cond_t changed;
        struct writer *writer; /* NULL: not ours */
        int inside;            /* who uses it just now */
        enum engine_seat is;
        char why[256];
        size_t why_len;
        bool keeping, closing;
        bool behind; /* its tables are not yet what our questions need */
        pthread_t keeper;
        int64_t
            seen_seq; /* the keeper's: what live pages were told of another's ledger; -1: nothing yet */
    } seat;
    struct readers *readers;

    pthread_mutex_t lock; /* stats and sign-in attempts */
    struct engine_stats stats;
    struct attempts *attempts;
    int hashing; /* password hashes in work */
    pthread_cond_t hash_free;
};

/* One command while it runs, on the writer's thread. */
struct turn {
    struct cx *cx;
    struct engine *e;
    struct db *db;
    const struct command *c;
    const struct json *params;
    struct actor who;
    bool sign; /* task.complete: an inspector closes although the number is not back */
    struct buf answer;
    struct jw out; /* writes into answer */
};
typedef rc command_fn(struct turn *t);
struct command_row {
    const char *name;
    command_fn *run;
};
extern const struct command_row commands[];
extern const size_t command_count;
#define COMMAND(text, run) command_fn run;
#include "engine/commands.def"
#undef COMMAND

/* One question, on a reader's snapshot. */
struct ask {
    struct cx *cx;
    struct engine *e;
    struct db *db;
    const struct json *params;
    const struct actor *who;
    struct jw *out;
    struct read_cache *cache; /* of all views of the answer; made by the first */
};
typedef rc question_fn(struct ask *a);
struct question_row {
    const char *name;
    question_fn *run;
    bool thought; /* answered from the catalogue alone: no connection is taken, db is NULL */
};
extern const struct question_row questions[];
extern const size_t question_count;
#define QUESTION(text, run) question_fn run;
#define THOUGHT(text, run)  question_fn run;
#include "engine/questions.def"
#undef QUESTION
#undef THOUGHT

/* ---- apply.c ---- */
int64_t engine_next_id(void *engine);
struct actor engine_system(void);
rc engine_run_job(struct cx *cx, struct db *db, struct job *job);
/* Watches after what the turn wrote. */
rc engine_watch(struct turn *t);

/* ---- seat.c ---- */
void seat_init(struct engine *e);
/* Opens the database as its writer and what stands beside it.  Errors: those of db_open, db_migrate,
 * rec_migrate; RC_CONFLICT store.locked: another has the seat. */
rc seat_take(struct cx *cx, struct engine *e);
/* Answers what has been queued and closes it all. */
void seat_leave(struct engine *e);
void seat_done(struct engine *e);
void seat_note(struct engine *e, enum engine_seat seat, const struct err *why);
/* All steps of all folders, in order; in a. */
const struct db_migration *seat_steps(struct arena *a, size_t *count);
/* Tells live pages what e->news holds; the writer's thread, or the keeper's while there is no writer. */
void news_tell(struct engine *e);
void news_clear(struct news *n);

/* ---- keeper.c ---- */
/* After seat_take met store.locked: may we wait beside the one who has the seat? */
rc seat_stand_by(struct cx *cx, struct engine *e);
rc seat_may_ask(struct cx *cx, struct engine *e);
/* Starts the thread that takes the seat when it is free, and anew when it was lost. */
rc seat_keep(struct cx *cx, struct engine *e);
/* The writer, held until seat_exit; NULL: the seat is not ours, and seat_refuse says why. */
struct writer *seat_enter(struct engine *e);
void seat_exit(struct engine *e, struct writer *w);
rc seat_refuse(struct cx *cx, struct engine *e);

/* ---- hosts.c ---- */
rc engine_hosts_init(struct cx *cx, struct engine *e);
struct bpmn_turn turn_of(struct turn *t);
/* The texts of the declarations are versions too: once after the seat was taken, by the first command that
 * needs them. */
rc processes_declare(struct turn *t);
/* The record has changed: its process may have waited for that (conditional events). */
rc process_look(struct turn *t, struct cx *cx, const struct app_type *type, int64_t id);
bool may_start(const struct actor *who, const struct bpmn_node *process);
rc process_named(struct cx *cx, const struct engine *e, str name, const struct app_process **out);
rc process_start(struct turn *t, struct cx *cx, const struct app_process *p, int64_t subject_id,
                 const struct json *variables, str key, int64_t *instance_id);
/* people.c: what processes ask about people. */
rc host_head(void *owner, struct cx *cx, struct db *db, str user, int64_t levels,
             struct bpmn_users *out);
rc host_agent(void *owner, struct cx *cx, struct db *db, str user, str process, str *out);

/* ---- decisions.c ---- */
/* Does a business rule task's decision, keeps it with its explanation, stores its value. */
rc decision_make(struct turn *t, struct cx *cx, struct db *db, const struct app_process *p,
                 const struct bpmn_step *step, struct feel_value *value);
/* Is what is kept what the ledger says was made? */
rc decisions_audit(struct cx *cx, struct db *db, int64_t *checks, int64_t *broken);
void feel_json(struct cx *cx, const struct feel_value *v, struct jw *out);
void matches_write(struct cx *cx, const struct dmn_explain *explain, struct jw *out);
void warning_write(const struct dmn_warning *w, struct jw *out);

/* ---- params.c ---- */
rc param_text(struct cx *cx, const struct json *params, const char *name, str *out); /* required */
rc param_i64(struct cx *cx, const struct json *params, const char *name, int64_t *out);
rc param_type(struct cx *cx, const struct engine *e, const struct json *params,
              const struct app_type **out);
rc param_indicator(struct cx *cx, const struct engine *e, const struct json *params,
                   const struct app_indicator **out);
bool param_true(const struct json *params, const char *name);

/* ---- records.c ---- */
/* Creates a record and starts its type's process: the one way records come to be. */
rc engine_create(struct turn *t, const struct app_type *type, const struct json *fields, str reason,
                 const struct actor *who, struct record *out);
void news_record(struct engine *e, const struct app_type *type, int64_t id);

/* ---- work.c ---- */
/* May this actor do the task? */
rc task_may(struct cx *cx, struct engine *e, struct db *db, const struct actor *who,
            const struct bpmn_task *task, unsigned *may); /* BPMN_MAY_… */
rc task_mine(struct cx *cx, struct db *db, const struct actor *who, const struct bpmn_task *task,
             bool *mine);
rc task_denied(struct cx *cx, const struct bpmn_task *task);
/* The task of the parameter "id", its process, and what the actor may do with it. */
rc task_of(struct turn *t, struct bpmn_task *task, const struct app_process **process,
           unsigned *may);
/* The step's form goes into the record, under the actor's name but by the step's right. */
rc task_form_store(struct turn *t, const struct bpmn_task *task, const struct app_type *type);
rc answer_task(struct turn *t, int64_t id);
/* May the actor see what the task is about? */
rc subject_seen(struct ask *a, const struct app_process *p, const struct bpmn_task *task,
                bool *seen);
rc actions_write(struct ask *a, int64_t instance_id, struct jw *out);
void version_write(struct jw *out, const char *key, int64_t version);
void fault_json(const struct err *e, const char *level, struct jw *out);
rc needs_administrator(struct turn *t);
/* Are all of these codes, separated by commas, users?  RC_INVALID task.to. */
rc users_known(struct cx *cx, struct engine *e, struct db *db, str codes);
rc tasks_write(struct ask *a, const struct bpmn_tasks *list, struct jw *out);
const struct app_type *item_type(const struct engine *e);

/* ---- users.c ---- */
extern const struct db_migration engine_migrations[];
extern const size_t engine_migration_count;
rc actor_load(struct cx *cx, struct engine *e, struct db *db, str user, struct actor *out);

/* What the actor's roles allow beside records: any of them is enough.  The system has no roles. */
struct role_rights {
    bool administers, audits, sees_indicators, inspects;
};
struct role_rights rights_of(const struct actor *who);

/* ---- sessions.c ---- */
rc sessions_init(struct cx *cx, struct engine *e);
/* Hash of a password for storage, Argon2id; waits for one of two places. */
rc password_hash(struct cx *cx, struct engine *e, str password, str *out);
bool password_check(struct engine *e, str stored, str password);

/* ---- questions ---- */

/* Shared by questions. */
/* The record that type and id name, if who may read it. */
rc record_of(struct ask *a, const struct app_type **type, struct record *out);
struct measure_view ask_view(struct ask *a); /* known_at from params */
rc record_query_of(struct cx *cx, struct engine *e, const struct json *params,
                   const struct actor *who, struct rec_query *out);
rc item_lines_write(struct ask *a, str state, str indicator, int limit, struct jw *out);
rc org_write(struct ask *a, int64_t org_id, struct jw *out);
rc counts_write(struct ask *a, struct jw *out);
int64_t root_org(struct cx *cx, struct engine *e, struct db *db);
rc ask_org(struct ask *a, int64_t *org_id);
rc reading_write(struct ask *a, const struct measure_view *v, const struct app_indicator *i,
                 struct period p, int64_t org, struct jw *out);
/* The line of the open item of an indicator, or null. */
rc item_of_indicator(struct ask *a, str indicator, struct jw *out);
/* "turn": whose turn it is, by the open tasks. */
rc turns_write(struct ask *a, int most, struct jw *out);
/* {id, key, label} of an org known by its key, or null. */
rc org_key_write(struct ask *a, str key, struct jw *out);
str subject_label(struct ask *a, const struct record *r);
/* Number of the last entry. */
rc ledger_last(struct ask *a, int64_t *seq);
str act_title(str act, enum lang lang);
str actor_name(struct ask *a, str code);
rc actor_names_write(struct ask *a, str code, struct jw *out);
rc my_task_count(struct ask *a, int64_t *count);
void due_write(struct ask *a, day_t due, struct jw *out);
rc task_write(struct ask *a, const struct bpmn_task *task, struct jw *out);
bool event_is_inner(const struct ledger_entry *e);
/* An entry of a record's life, as people say it: title, text and evidence. */
rc event_write(struct ask *a, const struct app_type *type, const struct ledger_entry *e,
               struct jw *out);
void moment_write(struct cx *cx, const char *key, int64_t us, struct jw *out);
