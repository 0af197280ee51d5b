/* The token game of a model, for looking at all that its runs can come to.  Only bpmn/ uses it.
 *
 * Of independent moves only one is taken first: a token that nobody else can take moves in the order of
 * the graph, so that those that will meet are there together.  That keeps the deadlocks and the meetings
 * and makes the states of parallel branches a sum, not a product. */
#pragma once

#include "bpmn/check.h"

enum {
    GAME_STATES_MAX = 200000,
    GAME_BYTES_MAX = 40 << 20,
    GAME_CHOICES_MAX = 6, /* conditional flows whose combinations are all tried */
    GAME_FOUND_MAX = 20
};

/* Bits of a state: two for each flow (none, one, many), one for each scope that is open, one for each
 * message on its way, one for each process not yet started, then what is known of the state's past. */
struct game {
    struct cx *cx;
    const struct bpmn_model *m;
    struct arena arena, scratch; /* scratch: of one move */
    int *scope_bit;              /* by node, -1: no scope */
    int *rank;                   /* by node: its place in the order of the graph */
    int *flow_order;             /* flows by the rank of their targets */
    int message_bit, unstarted_bit, side_bit, many_bit, choice_bit, bits;
    size_t words;

    uint64_t *state; /* count × words */
    int *parent;     /* the state before */
    int *via;        /* the node that moved */
    int *slot;       /* hash table of states */
    size_t count, cap, slots;

    bool *fired;   /* by node */
    bool *arrived; /* by node: a token came there */
    bool *crowded; /* by flow: more than one token seen, told already */
    bool over;     /* too many states */
    bool rough;    /* something was looked at more coarsely than it is */
    bool ends;     /* some run comes to its end */

    int now;   /* the state whose moves are being made */
    int mover; /* the node that moves */
    int crowd; /* flow on which a second token was put by this move; -1 */
    VEC(struct bpmn_unsound) found;
    VEC(int) stuck; /* states that end with tokens left */
};

static inline bool game_bit(const uint64_t *s, int bit)
{
    return s[bit / 64] >> (bit % 64) & 1;
}
static inline void game_set(uint64_t *s, int bit, bool on)
{
    uint64_t mask = UINT64_C(1) << (bit % 64);
    s[bit / 64] = on ? s[bit / 64] | mask : s[bit / 64] & ~mask;
}
static inline int game_tokens(const uint64_t *s, int flow)
{
    return (int)(s[flow * 2 / 64] >> (flow * 2 % 64) & 3);
}
static inline void game_put_tokens(uint64_t *s, int flow, int count)
{
    int shift = flow * 2 % 64;
    s[flow * 2 / 64] = (s[flow * 2 / 64] & ~(UINT64_C(3) << shift)) | (uint64_t)count << shift;
}

/* game.c: a state the move that is on leads to. */
void game_reach(struct game *g, const uint64_t *state);
/* Ids from the start to what led to this state, then `last`. */
str game_path(struct game *g, int state, const struct bpmn_node *last);
bool game_within(const struct bpmn_node *n, const struct bpmn_node *scope); /* inside, not itself */

/* game_move.c: makes the moves of state g->now; false: there are none. */
bool game_move(struct game *g, const uint64_t *state);
