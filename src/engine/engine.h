/* ONE door.  Every change is a command given to engine_apply: authorise → validate → write rows →
 * ledger → measures → watches → process steps → result, in one transaction, answered after it is
 * durable.  Time comes with the command, so that a run can be replayed.  Questions go to engine_ask,
 * on a reader's snapshot.  HTTP, the command line, scenarios and benchmarks only build commands. */
#pragma once

#include "record/record.h"

struct engine;
struct engine_options {
    str url;          /* file path or ":memory:" (questions then run on the writer's thread) */
    int reader_count; /* 0: 4 */
    bool read_only;   /* questions alone, beside a server that has the site */
    /* A server's: when another server writes the site, wait for it, answer questions and take over when
     * it is gone; when the database is lost, come back with it. */
    bool stay;
    /* With read_only: a site that is still being moved here may be looked at, to prove it. */
    bool arriving;
    str address;  /* with stay: where people reach this server; told by those who stand by */
    bool publish; /* with stay: these declarations take the place of the other server's */
    /* The clock of commands that bring none: wall clock plus this. */
    int64_t clock_offset_us;
    bool clockless; /* timers fire by the command timers.tick alone, never by the clock */
    /* Called on the writer's thread after a commit that changed something, with a JSON line for live
     * pages: {"seq":n,"types":["trade.figure"],"records":[…up to 20 {type,id}],"indicators":["…"],
     * "items":bool,"tasks":bool}. */
    void (*changed)(void *owner, str event_json);
    void *owner;
};
/* Opens, migrates, loads cells; read_only: only opens.  cat must outlive the engine.
 * Errors: those of db_open, db_migrate, rec_migrate, move_check; with stay: RC_CONFLICT
 * engine.other-declarations (the server that writes has other ones), store.newer-schema. */
NODISCARD rc engine_open(struct cx *cx, const struct catalogue *cat, const struct engine_options *o,
                         struct engine **out);
void engine_close(struct engine *e);
/* Brings the schema up to this program and these declarations, as engine_open does. */
NODISCARD rc engine_migrate(struct cx *cx, struct db *db, const struct catalogue *cat);
/* Is the schema the one of this program?  Errors: those of db_migrated. */
NODISCARD rc engine_migrated(struct cx *cx, struct db *db);
enum engine_seat { ENGINE_CUT_OFF, ENGINE_WAITS, ENGINE_WRITES };
/* Who writes; *why (in a; may be NULL): who else does, or what is wrong. */
enum engine_seat engine_seat(struct engine *e, struct arena *a, str *why);
const struct catalogue *engine_catalogue(const struct engine *e);
int64_t engine_now_us(const struct engine *e);

/* A command: its name, parameters and who gives it. */
struct command {
    str name;                  /* "record.create"; all in engine/commands.def and docs/api.md */
    const struct json *params; /* an object; NULL: {} */
    const struct actor *who;   /* NULL: the system */
    str idempotency_key; /* empty: none; the same key, actor and body give the first answer again */
    int64_t now_us;      /* 0: the engine's clock */
    bool dry_run;        /* everything but the commit */
    struct command_rows *rows; /* record.import: where its rows come from */
    str content;               /* file.put: the bytes */
};
/* Rows streamed into one command: next is called on the writer's thread with a cx of the row's own,
 * reset between rows.  *fields NULL: no more.  An error ends the import unless it is the row's. */
struct command_rows {
    void *owner;
    rc (*next)(void *owner, struct cx *cx, const struct json **fields, int64_t *line);
};
/* Blocks until durable.  *answer: JSON in cx->arena. */
NODISCARD rc engine_apply(struct cx *cx, struct engine *e, const struct command *c, str *answer);
/* The same without blocking: done is called on the writer's thread after the durable commit.
 * cx and everything c points to must live until then. */
typedef void engine_done_fn(void *data, rc result, str answer);
NODISCARD rc engine_submit(struct cx *cx, struct engine *e, const struct command *c,
                           engine_done_fn *done, void *data);

/* A question: names in engine/questions.def and docs/api.md. */
NODISCARD rc engine_ask(struct cx *cx, struct engine *e, str name, const struct json *params,
                        const struct actor *who, struct buf *answer);
/* Every record a list shows, in its order, without a page limit: exports.  params as record.list.
 * record_json: as rec_write_json gives it to who; valid during the call. */
typedef rc engine_each_fn(struct cx *cx, str record_json, void *data);
NODISCARD rc engine_each(struct cx *cx, struct engine *e, const struct json *params,
                         const struct actor *who, engine_each_fn *each, void *data);
/* Runs `run` on a snapshot of a reader (of a database in memory: on the writer's thread): dumps, proofs. */
NODISCARD rc engine_read(struct cx *cx, struct engine *e,
                         rc (*run)(struct cx *cx, struct db *db, void *data), void *data);
/* A file by its content hash: RC_MISSING file.missing, RC_DENIED for those who may read no record. */
NODISCARD rc engine_file(struct cx *cx, struct engine *e, const struct actor *who, str hash,
                         struct rec_file *out, str *content);

/* The cockpit above several sites: each indicator of each part's root organisation, and once on the sums
 * of its measures over all parts (null where a measure does not add up); params {period?}.  A part that
 * does not answer is left out of the sums and said to be.  No rights are asked: the caller has. */
struct engine_part {
    int64_t code;
    str name;
    struct engine *engine; /* NULL: not there, and */
    str why;               /* the reason */
};
NODISCARD rc engine_province(struct cx *cx, const struct catalogue *cat,
                             const struct engine_part *part, size_t count,
                             const struct json *params, struct buf *answer);

/* ---- who ---- */
/* Checks a password (Argon2id; at most two at once, growing delay per user and address) and opens a
 * session.  Errors: RC_UNKNOWN session.refused (the same for every cause), RC_TOO_MANY session.slow-down. */
NODISCARD rc engine_sign_in(struct cx *cx, struct engine *e, str user, str password, str address,
                            str *token, str *csrf);
NODISCARD rc engine_sign_out(struct cx *cx, struct engine *e, str token);
/* The actor of a session or API token, in cx->arena; RC_UNKNOWN session.expired. */
NODISCARD rc engine_actor(struct cx *cx, struct engine *e, str token, struct actor *out, str *csrf);
/* By user code, for the command line and scenarios. */
NODISCARD rc engine_actor_of(struct cx *cx, struct engine *e, str user, struct actor *out);
/* Users by an administrator: {code, name?, org?, roles?, active?, password?}; the password is hashed here. */
NODISCARD rc engine_user_save(struct cx *cx, struct engine *e, const struct actor *who,
                              const struct json *params, str *answer);
NODISCARD rc engine_password_change(struct cx *cx, struct engine *e, const struct actor *who,
                                    str old, str fresh);
/* {user, title} → the token, shown once. */
NODISCARD rc engine_token_add(struct cx *cx, struct engine *e, const struct actor *who,
                              const struct json *params, str *token);

/* ---- care ---- */
/* Runs due timers now (the writer also does so by itself every second). */
NODISCARD rc engine_tick(struct cx *cx, struct engine *e, int64_t now_us, int *fired);
NODISCARD rc engine_backup(struct cx *cx, struct engine *e, str path);
/* The five invariants, and that decisions are kept as they were made; sentences of what is broken into
 * out, one a line. */
NODISCARD rc engine_audit(struct cx *cx, struct engine *e, struct buf *out, int64_t *checks,
                          int64_t *broken);
struct engine_stats {
    int64_t commands, refused, groups, queue_depth, ledger_seq;
};
struct engine_stats engine_stats(const struct engine *e);
