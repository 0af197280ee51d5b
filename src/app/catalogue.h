/* The catalogue: all declarations of a city, checked and compiled, immutable, in one arena.
 * Everything above app/ reads these structs; nothing changes them after catalogue_load. */
#pragma once

#include "app/decision.h"
#include "base/calendar.h"

struct app_type;

struct app_title {
    str zh, en; /* en falls back to zh, zh to the name */
};

/* ---- codes ---- */
struct app_code {
    str code;
    struct app_title title;
    str pinyin; /* initials, lower case: 市场采购 → sccg */
};
struct app_codes {
    str name; /* "trade.flow" */
    struct app_title title;
    const struct app_code *item;
    size_t count;
};
const struct app_code *app_code_find(const struct app_codes *codes, str code);

/* ---- types and fields ---- */
enum field_kind {
    FIELD_TEXT,
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_DATE,
    FIELD_MOMENT,
    FIELD_PERIOD,
    FIELD_CODE,
    FIELD_REF,
    FIELD_FILES,
    FIELD_KIND_COUNT
};
struct app_field {
    str name; /* "value"; also its column in SQL */
    struct app_title title;
    struct app_title help; /* one sentence under the field; may be empty */
    enum field_kind kind;
    int index; /* in the type; its slot in FEEL */
    int scale; /* FIELD_NUMBER: digits behind the point, 0 … 9; stored × 10^scale */
    enum period_unit period;        /* FIELD_PERIOD: what unit it takes */
    str unit;                       /* "亿元"; shown in heads */
    bool required, indexed, search, /* search: substring search covers it */
        readonly,                   /* set by the system only: process, loop, derive */
        multiline;
    int length_max; /* FIELD_TEXT: characters; 0: 4000 */
    bool has_min, has_max, min_open, max_open;
    int64_t min, max;              /* fixed with scale; days for dates */
    const struct app_codes *codes; /* FIELD_CODE */
    const struct app_type *ref;    /* FIELD_REF */
    const struct feel_expr *check; /* slots: all fields, then `value`; must be true (null passes) */
    struct app_title check_says;   /* the sentence when it is not */
    const struct feel_expr *preset; /* default, slots: all fields */
    const struct feel_expr *derive; /* computed at every write, slots: all fields */
    str private_for;                /* purpose needed to see it unmasked; empty: open */
    struct pos pos;                 /* in the declaration */
};
struct app_type {
    str name;  /* "trade.figure" */
    str table; /* "trade_figure" */
    struct app_title title;
    const struct app_field *field;
    int field_count;
    const int *key; /* natural key: indices of fields; key_count 0: none */
    int key_count;
    int label; /* field shown as the record's name; -1: the key */
    int org;   /* field of kind REF core.org that scopes it; -1: the root org's */
    const struct feel_expr **rule; /* checks of the whole record, slots: all fields */
    const struct app_title *rule_says;
    int rule_count;
    const int *derive; /* derived fields in an order in which each finds its sources computed */
    int derive_count;
    const struct app_process *process; /* started for each new record; NULL: none */
    struct feel_scope *scope; /* fields in order, then one more slot, `value`: the value checked in a
                                     field's check (a type with a field of that name: the field, save
                                     in checks); else null */
    const int *list_column;   /* what a list shows, in order */
    int list_column_count;
    int sort; /* default sort: field index, -1: newest first */
    bool sort_descending;
    int index;      /* among the catalogue's types */
    str source;     /* file and */
    struct pos pos; /* place of the declaration */
};

/* ---- measures, indicators ---- */
enum measure_kind { MEASURE_COUNT, MEASURE_SUM, MEASURE_REPORTED };
struct app_measure {
    str name; /* "trade.published" */
    struct app_title title;
    enum measure_kind kind;
    const struct app_type *type;
    int value;             /* field summed or reported; -1 for count */
    int scale;             /* of the cell's value */
    int on;                /* field giving business time: date, moment or period */
    enum period_unit unit; /* of its cells */
    const int *by;         /* fields that are dimensions (code, ref, boolean); at most 4 */
    int by_count;
    const struct feel_expr *where; /* slots: all fields; NULL: all records */
    str unit_text;
    int index;
};
enum better { BETTER_HIGHER, BETTER_LOWER };
struct app_indicator {
    str name;                      /* "trade.market_growth" */
    struct app_title title, note;  /* note: how it is defined, in the words of the regulation */
    str formula;                   /* value, as declared */
    const struct feel_expr *value; /* host functions: the measures of all apps, prior year(), … */
    const struct feel_expr *target; /* same; NULL: none */
    enum period_unit per;
    int decimals; /* shown digits of the value in its unit */
    str unit;     /* "%": value is a ratio, shown × 100; else as is */
    enum better better;
    const struct app_measure **uses; /* measures read, directly */
    int use_count;
    bool uses_prior_year;
    bool uses_year_to_date; /* earlier months of the year matter */
    bool cumulative;        /* the period means "from January to" (1–5月) */
    const struct app_measure
        *breakdown; /* measure whose first dimension a breakdown shows; may be NULL */
    str lead;       /* key of the org that answers for it; may be empty */
    int index;
};

/* ---- the loop ---- */
struct app_setting { /* one field of the item a watch opens */
    const struct app_field *field;
    const struct feel_expr *value; /* slots: value target gap period org indicator (watch_scope) */
};
struct app_watch {
    str name; /* "trade.market_growth_low" */
    struct app_title title;
    const struct app_indicator *indicator;
    str at;                               /* org level it is evaluated for; empty: the root */
    const struct feel_expr *when, *close; /* slots: value, target, gap */
    int lasting;                          /* periods in a row, ≥ 1 */
    const struct app_type *open;          /* type of the item */
    const struct app_setting *set;
    int set_count;
    str lead;     /* key of core.org */
    int due_days; /* working days */
    int index;
};

/* ---- processes ---- */
struct app_process {
    str name; /* "reform.supervision": app and file name */
    struct app_title title;
    const struct bpmn_model *model; /* its scope: the type's fields in order, then bpmn's own names */
    str xml;                        /* as read, for the viewer */
    const struct app_type
        *type; /* whose records it moves; NULL: stands by itself, has variables alone */
    const struct app_rule_task *rule_task;
    int rule_task_count;
    int app; /* index */
};
/* Another text for a declared process, as one who publishes it: compiled and checked against the
 * declarations like the first.
 * Memory: *out and its model live in cx->arena; xml must live as long.
 * Errors: RC_INVALID app.invalid with cx->findings filled. */
struct catalogue;
NODISCARD rc catalogue_process_read(struct cx *cx, const struct catalogue *c,
                                    const struct app_process *declared, str xml,
                                    const struct app_process **out);

/* ---- rights ---- */
enum act {
    ACT_READ = 1,
    ACT_CREATE = 2,
    ACT_CORRECT = 4,
    ACT_VOID = 8,
    ACT_EXPORT = 16,
    ACT_IMPORT = 32
};
enum reach {
    REACH_NONE,
    REACH_OWN,
    REACH_ORG,
    REACH_ALL
}; /* created by me < my org and below < all */
struct app_grant {
    const struct app_type *type;
    enum reach reach[6]; /* by bit number of enum act */
};
struct app_role {
    str name; /* "reform.supervisor" */
    struct app_title title;
    const struct app_grant *grant;
    int grant_count;
    const str *purpose; /* private fields it may see unmasked */
    int purpose_count;
    bool administers;     /* users and roles */
    bool audits;          /* the ledger of everything */
    bool sees_indicators; /* all indicators; default true */
    bool inspects;        /* may sign for an item whose closing condition is false */
    bool heads;           /* is the head of their organisation: processes ask for them */
};

/* ---- pages ---- */
struct app_page {
    str name; /* "reform.cockpit" */
    str kind; /* "cockpit", "list", "board" */
    struct app_title title;
    const struct app_type *type; /* of a list or board, else NULL */
    str json; /* its declaration as JSON, names checked; the interface draws it */
};

struct loader;
struct app {
    str name, folder;
    struct app_title title;
    const str *needs;
    int need_count;
};

struct catalogue {
    struct arena *arena;
    const struct app *app;
    int app_count;
    const struct app_codes *codes;
    int codes_count;
    const struct app_type *type;
    int type_count;
    const struct app_measure *measure;
    int measure_count;
    const struct app_indicator *indicator;
    int indicator_count;
    const struct app_watch *watch;
    int watch_count;
    const struct app_process *process;
    int process_count;
    const struct app_decision *decision;
    int decision_count;
    const struct app_decision_file *decision_file;
    int decision_file_count;
    const struct err *note; /* what may be meant: shown by check, refuses nothing */
    int note_count;
    const struct app_role *role;
    int role_count;
    const struct app_page *page;
    int page_count;
    const struct calendar *calendar;      /* apps/core/data/holidays.csv */
    const struct feel_scope *watch_scope; /* value target gap period org indicator */
    str hash;                             /* SM3 of all declaration files, hex */
    const struct loader *loader;          /* app/'s own, for what is compiled later */
};

/* What measure/ gives to indicators' FEEL; app/ cannot see it. */
struct app_host {
    feel_host_fn *measure;      /* data: const struct app_measure * */
    feel_host_fn *prior_year;   /* prior year(x) */
    feel_host_fn *year_to_date; /* year to date(x): sum of x over the year's months so far */
    feel_host_fn *for_orgs;     /* total(x): over all orgs below; NULL: not offered */
};

/* Loads every app found in the folders (a folder with app.yaml, or a folder of such folders).
 * Errors: RC_INVALID app.invalid with cx->findings filled (allocate it), each with file, line, column
 * and how to mend it; RC_MISSING app.missing. */
NODISCARD rc catalogue_load(struct cx *cx, const str *folder, size_t folder_count,
                            const struct app_host *host, const struct catalogue **out);
void catalogue_free(const struct catalogue *c);

const struct app_type *catalogue_type(const struct catalogue *c, str name);
const struct app_codes *catalogue_codes(const struct catalogue *c, str name);
const struct app_measure *catalogue_measure(const struct catalogue *c, str name);
const struct app_indicator *catalogue_indicator(const struct catalogue *c, str name);
const struct app_role *catalogue_role(const struct catalogue *c, str name);
const struct app_process *catalogue_process(const struct catalogue *c, str name);
/* By the app and the decision's name, or its id in the file: "reform.督办等级". */
const struct app_decision *catalogue_decision(const struct catalogue *c, str name);
/* The one nearest to a name that is not there; may be empty. */
str catalogue_decision_near(const struct catalogue *c, struct arena *a, str name);
const struct app_field *app_field_find(const struct app_type *t, str name);
str app_title_of(const struct app_title *t, enum lang lang);
