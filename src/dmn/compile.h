/* While a model is compiled: files, and the place an expression stands in.  Only the compiler's files
 * (compile, load, items, elements, graph, boxed, function, table, types) include this. */
#pragma once

#include "base/map.h"
#include "base/xml.h"
#include "dmn/model.h"
#include "feel/scope.h"

enum {
    REACH_MAX = 200,     /* ways to imported files */
    CHAIN_MAX = 300,     /* decisions that need one another in a row; item definitions likewise */
    ELEMENTS_MAX = 20000 /* of all files together */
};

struct import {
    str prefix, namespace_uri;
    struct unit *unit; /* NULL: of another language, not read */
};
/* A file that another sees, through one import or several in a row. */
struct reach {
    struct unit *unit;
    str prefix;  /* "b.a": what names of it begin with, and a dot; empty: nothing */
    size_t from; /* the file that imports it, by its place in the list */
};
/* One file; once for each way it is imported where that makes a difference: what somebody gives for the
 * inputs of one need not be what he gives for those of the other. */
struct unit {
    str file, vocabulary; /* vocabulary: its version's XML namespace */
    struct xml *root;
    str namespace_uri, name;
    const struct unit *importer; /* NULL: the model itself */
    VEC(struct import) import;
    VEC(struct reach) reach;  /* itself first, then what is nearest */
    struct map items;         /* name → struct item_draft */
    struct map ids;           /* id → struct element */
    struct feel_scope *scope; /* what every expression of it knows: types */
};
enum draft_state { DRAFT_UNSEEN, DRAFT_OPEN, DRAFT_DONE };
struct item_draft {
    const struct xml *x;
    struct item *item;      /* what others refer to; filled in when it is done */
    struct feel_type *feel; /* what it is for those it is a part of, directly or through others */
    enum draft_state state;
    bool recursive;          /* a part of it is of its own type */
    int inside;              /* compiler.inside where it began */
    VEC(struct item *) copy; /* taken before it was done: they get its parts when it is */
};
/* An element while it is compiled. */
struct draft {
    struct element *element;
    const struct xml *x;
    struct unit *unit;
    VEC(const struct element *) needs; /* decisions and inputs */
    VEC(const struct element *) knows; /* knowledge and services */
    enum draft_state state;            /* of the search for cycles */
    bool inputs_known;
    int depth;
};
struct compiler {
    struct cx *cx;
    struct arena *arena;
    const struct dmn_options *options;
    struct dmn_model *model;
    VEC(struct unit *) unit;
    VEC(struct draft) draft;   /* by index of element */
    VEC(struct draft *) order; /* what is needed before what needs it */
    VEC(const struct boxed *) table;
    VEC(struct dmn_finding) finding; /* faults of type, of a lenient model */
    struct map read;                 /* file name → struct unit, or &unreadable */
    struct item builtin[FEEL_KIND_COUNT];
    bool failed;
    size_t compared; /* constants with those allowed */
    int depth;
    int inside; /* components, lists and functions that the item being defined is inside of */
};
/* Where an expression stands: what it may name, and whose it is. */
struct place {
    struct compiler *c;
    struct unit *u;
    struct element *element;
    struct feel_scope *scope;
    int *slots; /* the size of the frame so far */
};

/* ---- compile.c ---- */
/* Reports a fault; the compiler goes on when there is room for findings. */
void compile_fault(struct compiler *c, const struct unit *u, const struct xml *x, const char *slug,
                   const char *zh, const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
void compile_hint(struct compiler *c, str nearest);
/* An error stands in cx that says what is wrong in x: it is reported like a fault. */
void compile_take_error(struct compiler *c, const struct unit *u, const struct xml *x);
/* Compiles the <text> inside x (x may be NULL: absent); tests: unary tests on slot `input`. */
struct literal compile_literal(const struct place *p, const struct xml *x);
/* FEEL text made of x's text with something before and behind it; positions stay those of the file. */
struct literal compile_around(const struct place *p, const struct xml *x, const char *before,
                              const char *behind);
struct literal compile_tests(const struct place *p, const struct xml *x, int input);
/* The tests as constants, NULL when they are not. */
const struct feel_tests *compile_constants(struct compiler *c, const struct literal *tests);
/* A place inside p, where more may be named. */
struct place compile_inside(const struct place *p);
int compile_name(struct place *p, str name, const struct feel_type *type);

/* ---- load.c ---- */
NODISCARD rc load_units(struct compiler *c, str name, str text);
/* The name under which u knows what other calls `name`: with the names of imports before it. */
str load_name(struct compiler *c, const struct unit *u, const struct unit *other, str name);
/* What an href names; NULL, with a fault reported. */
struct element *load_reference(struct compiler *c, const struct unit *u, const struct xml *x);

/* ---- items.c ---- */
void items_declare(struct compiler *c, struct unit *u);
void items_define(struct compiler *c, struct unit *u);
/* What a typeRef names; Any when it is empty, or after a fault. */
const struct item *items_find(struct compiler *c, const struct unit *u, const struct xml *x,
                              str name);
/* The typeRef attribute of x; NULL when it has none. */
const struct item *items_of(struct compiler *c, const struct unit *u, const struct xml *x);
const struct item *items_list_of(struct compiler *c, const struct item *element);

/* ---- elements.c, graph.c ---- */
void elements_read(struct compiler *c, struct unit *u);
void elements_require(struct compiler *c);
void elements_compile(struct compiler *c);
void graph_check(struct compiler *c);
void graph_needs(struct compiler *c);

/* ---- boxed.c, function.c, table.c ---- */
/* The expression inside x: the first child that is one; BOXED_NOTHING when there is none. */
const struct boxed *boxed_inside(const struct place *p, const struct xml *x);
const struct boxed *boxed_compile(const struct place *p, const struct xml *x);
bool boxed_is(const struct place *p, const struct xml *x); /* is it an expression? */
/* As far as it is known; else Any. */
const struct feel_type *boxed_type(const struct compiler *c, const struct boxed *b);
/* self: the name under which the function may call itself; empty: none. */
struct function *function_compile(const struct place *p, const struct xml *x, str self);
/* What makes FEEL able to call f. */
void function_finish(struct compiler *c, struct function *f, str name);
const struct table *table_compile(const struct place *p, const struct xml *x);

/* ---- offer.c ---- */
/* What may be given for inputs and parameters. */
void offer_values(struct compiler *c);

/* ---- types.c ---- */
/* What the parts of b make it; NULL where its text or its function says. */
const struct feel_type *types_deduce(struct arena *a, const struct boxed *b);
const struct feel_type *types_of(const struct boxed *b); /* Null when it is never anything else */
/* Reports what certainly is not of the type declared for it. */
void types_check(struct compiler *c);
