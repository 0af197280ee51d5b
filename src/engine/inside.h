/* What the files of engine/ share: the engine's state, the turn of one command, and the tables of
 * commands and questions.  Nobody outside includes this. */
#pragma once

#include <pthread.h>

#include "base/file.h"
#include "base/map.h"
#include "base/sm3.h"
#include "bpmn/engine.h"
#include "engine/engine.h"
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
    struct bpmn_ids ids;
    struct bpmn_host process_host;
    struct loop_host loop_host;
    int64_t last_id, saved_id;
    int64_t next_timer_us;
    struct news news;
    struct turn *turn; /* the command being run */
    bool tick_waiting;
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

/* ---- decisions.c ---- */
/* Does a business rule task's decision, keeps it with its explanation, stores its value. */
rc decision_make(struct turn *t, struct cx *cx, struct db *db, const struct bpmn_node *node,
                 const struct app_type *type, int64_t id);
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
rc command_record_create(struct turn *t);
rc command_record_correct(struct turn *t);
rc command_record_void(struct turn *t);
rc command_record_import(struct turn *t);
rc command_file_put(struct turn *t);

/* ---- work.c ---- */
rc command_task_complete(struct turn *t);
rc command_task_claim(struct turn *t);
rc command_task_release(struct turn *t);
rc command_timers_tick(struct turn *t);
rc command_timers_failed(struct turn *t);
rc command_watches_sweep(struct turn *t);
/* May this actor do the task? */
bool task_is_for(const struct actor *who, const struct bpmn_task *task);
rc tasks_write(struct ask *a, const struct bpmn_tasks *list, struct jw *out);
const struct app_type *item_type(const struct engine *e);

/* ---- users.c ---- */
extern const struct db_migration engine_migrations[];
extern const size_t engine_migration_count;
rc actor_load(struct cx *cx, struct engine *e, struct db *db, str user, struct actor *out);
rc command_user_save(struct turn *t);
rc command_user_password(struct turn *t);
rc command_token_add(struct turn *t);
rc command_token_remove(struct turn *t);
rc question_users(struct ask *a);

/* What the actor's roles allow beside records: any of them is enough.  The system has no roles. */
struct role_rights {
    bool administers, audits, sees_indicators, inspects;
};
struct role_rights rights_of(const struct actor *who);

/* ---- sessions.c ---- */
rc sessions_init(struct cx *cx, struct engine *e);
rc command_session_open(struct turn *t);
rc command_session_close(struct turn *t);
/* Hash of a password for storage, Argon2id; waits for one of two places. */
rc password_hash(struct cx *cx, struct engine *e, str password, str *out);
bool password_check(struct engine *e, str stored, str password);

/* ---- questions ---- */
rc question_me(struct ask *a);
rc question_catalogue(struct ask *a);
rc question_search(struct ask *a);
rc question_record_list(struct ask *a);
rc question_record_get(struct ask *a);
rc question_record_history(struct ask *a);
rc question_indicator_list(struct ask *a);
rc question_indicator_get(struct ask *a);
rc question_indicator_records(struct ask *a);
rc question_cockpit(struct ask *a);
rc question_task_list(struct ask *a);
rc question_item_list(struct ask *a);
rc question_item_get(struct ask *a);
rc question_process_list(struct ask *a);
rc question_process_diagram(struct ask *a);
rc question_record_decisions(struct ask *a);
rc question_decision_list(struct ask *a);
rc question_decision_get(struct ask *a);
rc question_decision_run(struct ask *a);
rc question_feel(struct ask *a);
rc question_ledger(struct ask *a);
rc question_ledger_verify(struct ask *a);

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
