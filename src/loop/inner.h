/* What the files of loop/ share.  Nobody outside includes this. */
#pragma once

#include "base/json.h"
#include "loop/loop.h"

struct watch_list {
    const struct app_watch **at;
    size_t len, cap;
};
struct loop {
    const struct catalogue *catalogue;
    struct loop_host host;
    struct watch_list *by_measure; /* whose indicators read it, by measure->index */
};

/* ---- link.c: which item belongs to which watch, indicator, org and period ---- */
enum link_state { LINK_OPEN, LINK_PROPOSED, LINK_CLOSED };
struct link {
    int64_t item_id, org, relapse_of; /* relapse_of 0: of none */
    str watch, indicator, period;
    enum link_state state;
    bool is_signed;    /* closed by an inspector while the number was not back */
    str value, target; /* numbers as JSON; empty: none */
    str shown, shown_target, shown_gap;
    int64_t lasting, opened_us, proposed_us, closed_us; /* 0: not yet */
    str evidence;                                       /* JSON array; only link_load reads it */
};
NODISCARD rc link_add(struct cx *cx, struct db *db, const struct link *k);
/* The newest of this indicator, org and period. */
struct link_place {
    str indicator, period;
    int64_t org;
};
NODISCARD rc link_last(struct cx *cx, struct db *db, const struct link_place *at, struct link *out,
                       bool *found);
NODISCARD rc link_load(struct cx *cx, struct db *db, int64_t item_id, struct link *out,
                       bool *found);
NODISCARD rc link_set_state(struct cx *cx, struct db *db, const struct link *k);
struct links {
    struct link *at;
    size_t len, cap;
};
NODISCARD rc link_all(struct cx *cx, struct db *db, struct links *out);
str link_state_name(enum link_state s);

/* ---- look.c: what a watch sees ---- */
enum { SLOT_VALUE, SLOT_TARGET, SLOT_GAP, SLOT_PERIOD, SLOT_ORG, SLOT_INDICATOR, SLOT_COUNT };
struct look {
    const struct app_watch *watch;
    struct period period;
    int64_t org;
    struct reading reading;
    bool has_gap;
    dec gap;                            /* value − target */
    struct feel_value slot[SLOT_COUNT]; /* period, org and indicator: look_names */
};
NODISCARD rc look_at(struct cx *cx, const struct measure_view *v, const struct app_watch *w,
                     struct period p, int64_t org, struct look *out);
/* Is it a breach, now and in as many periods before as the watch asks for? */
NODISCARD rc look_breach(struct cx *cx, const struct measure_view *v, const struct look *k,
                         bool *yes);
NODISCARD rc look_closes(struct cx *cx, const struct look *k, bool *yes);
NODISCARD rc look_names(struct cx *cx, const struct measure_view *v, struct look *k);
/* May this period still open an item today? */
bool look_in_time(const struct cx *cx, struct period p);

/* ---- open.c ---- */
NODISCARD rc item_open(struct cx *cx, struct loop *l, const struct measure_view *v, struct look *k,
                       int64_t relapse_of);
const struct app_watch *watch_find(const struct catalogue *c, str name);
