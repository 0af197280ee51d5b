/* A model while it is read, shared by the files that read and check it.  Only bpmn/ uses it. */
#pragma once

#include "base/map.h"
#include "bpmn/model.h"
#include "bpmn/read/vocabulary.h"

struct draft {
    struct cx *cx;
    const struct bpmn_load *how;
    str source;
    struct feel_scope *scope;
    struct bpmn_model *model;
    struct xml *definitions;
    const struct xml *process;   /* of the main process */
    struct bpmn_node *node;      /* model->node, while it may be written: processes first */
    const struct xml **node_xml; /* the element of each; a global task's process and task share one */
    struct bpmn_flow *flow;
    const struct xml **flow_xml;
    struct map ids;     /* every id of the file → struct xml */
    struct map nodes;   /* id → struct bpmn_node, of processes too */
    struct map refused; /* ids of elements already reported */
    int faults;
    VEC(struct err) warning;

    /* The first time over attributes: names are declared, nothing is compiled, no fault is told. */
    bool naming;
    const struct xml **lane;    /* the innermost of each node; NULL: none */
    const struct bpmn_node *at; /* whose expressions are being read; NULL: none's */
    /* Names nobody declared are this activity's own: what a called process gives back.  NULL: no. */
    const struct bpmn_node *lends;
    /* What the model declares; slots follow their order. */
    VEC(struct bpmn_variable) variable;
    bool over;                   /* too many of them, which was told */
    struct map keys;             /* how messages are told apart: see message.c */
    struct map variable_by_name; /* → struct variable_index of variables.c */
    struct map data; /* id of a data object, property, … → str, its variable's name */
};

/* Over the memory allowed: whoever goes on over elements stops. */
static inline bool draft_full(const struct draft *d)
{
    return d->cx->arena->exhausted;
}
/* As many as the file has of something; NULL, and the draft is full, when that is too much. */
#define DRAFT_ARRAY(d, T, n) ((T *)draft_array((d), (size_t)(n), sizeof(T)))
void *draft_array(struct draft *d, size_t count, size_t size);

/* Records a fault of element x: source, place, id and name are added to the sentence. */
void draft_fault(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                 const char *en, ...) PRINTF(4, 6) PRINTF(5, 6);
/* The same with the place of an attribute or text. */
void draft_fault_at(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                    const char *zh, const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
/* What may be meant but looks odd: never refuses. */
void draft_warn(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                const char *en, ...) PRINTF(4, 6) PRINTF(5, 6);
/* Takes over the error standing in cx as a fault of x; in a process that is not to be executed, of a
 * model from elsewhere, as a warning. */
void draft_take_error(struct draft *d, const struct xml *x);
/* Faults of what is being read are only warnings: see draft_take_error. */
bool draft_forgives(const struct draft *d);

/* ---- compile.c: expressions ---- */
enum {
    IS_BOOLEAN = 1 << FEEL_BOOLEAN,
    IS_NUMBER = 1 << FEEL_NUMBER,
    IS_STRING = 1 << FEEL_STRING,
    IS_LIST = 1 << FEEL_LIST,
    IS_CONTEXT = 1 << FEEL_CONTEXT,
    IS_DAY = 1 << FEEL_DATE | 1 << FEEL_DATE_TIME,
    IS_DURATION = 1 << FEEL_DAYS_DURATION | 1 << FEEL_MONTHS_DURATION,
    IS_ANYTHING = (1 << FEEL_KIND_COUNT) - 1
};
/* Compiles FEEL and checks that its type is one of `kinds` (bits 1 << enum feel_kind).
 * NULL after a fault.  = and ${} around it are cut, other languages translated. */
const struct feel_expr *draft_compile(struct draft *d, const struct xml *x, str text, struct pos at,
                                      unsigned kinds);
/* The text of element e, which belongs to x; an empty one is a fault (open models: a warning). */
const struct feel_expr *draft_compile_element(struct draft *d, const struct xml *x,
                                              const struct xml *e, unsigned kinds);
/* FEEL when it is written =… or ${…}, else the text itself. */
const struct feel_expr *draft_compile_or_text(struct draft *d, const struct xml *x,
                                              const struct xml_attr *a, unsigned kinds);
/* FEEL made here: no translating, no cutting. */
const struct feel_expr *draft_compile_made(struct draft *d, const struct xml *x, str text,
                                           struct pos at);
const struct feel_expr *draft_compile_typed(struct draft *d, const struct xml *x, str text,
                                            struct pos at, unsigned kinds);
/* True, without a fault, when it compiles. */
bool draft_try(struct draft *d, str text, struct pos at, const struct feel_expr **out);
str draft_unwrap(str text, struct pos *at); /* cuts = or ${ } around FEEL */
bool draft_is_wrapped(str text);            /* =… or ${…} or #{…} */
str draft_quote(struct arena *a, str text); /* as a FEEL string literal */

/* ---- attributes.c: of ours and of widespread engines ---- */
const struct xml_attr *draft_ours(const struct xml *x, const char *name);
/* camunda:, flowable:, activiti: */
const struct xml_attr *draft_theirs(const struct xml *x, const char *name);
/* Ours, else theirs by its name there (NULL: none), trimmed; empty when absent. */
str draft_attr_text(const struct xml *x, const char *ours, const char *theirs);
const struct xml_attr *draft_attr(const struct xml *x, const char *ours, const char *theirs);
/* The first of x's extensionElements of this name; theirs: any of the three. */
const struct xml *draft_extension(const struct xml *x, str ns, const char *name);
const struct xml *draft_extension_theirs(const struct xml *x, const char *name);
bool draft_is_theirs(const struct xml *x, const char *name);
/* Our attributes on element x are known ones; owner is blamed. */
void draft_check_known(struct draft *d, const struct xml *owner, const struct xml *x);
/* What is after the prefix of a QName. */
str draft_local(str qname);
/* The element an attribute's or text's QName names, when it is a BPMN element of this name
 * (NULL: any); NULL else. */
const struct xml *draft_refer(const struct draft *d, str qname, const char *name);
/* xEventDefinition or eventDefinitionRef. */
bool draft_is_definition(const struct xml *x);
bool draft_flag(const struct xml *x, const char *attribute, bool otherwise);
/* A whole number, at least `least`, from an attribute without prefix; `otherwise` when absent. */
int64_t draft_number(struct draft *d, const struct xml *x, const char *attribute, int64_t least,
                     int64_t otherwise);
struct bpmn_node *draft_node(struct draft *d, const struct bpmn_node *n); /* to write it */

/* ---- variables.c ---- */
/* The slot of a name set in `scope`: declared unless it is already.  -1 after a fault: the host's. */
int draft_declare(struct draft *d, const struct xml *x, str name, const struct bpmn_node *scope,
                  const struct feel_type *type);
int draft_slot(const struct draft *d, str name); /* of a declared variable; -1 */
bool draft_host_has(struct draft *d, str name);
/* The variable that an id or a name stands for. */
str draft_variable_name(const struct draft *d, str id_or_name);
const struct feel_type *draft_type_named(str name); /* "number", "xsd:string", …; else Any */

/* ---- the passes, in this order ---- */
/* parse.c: elements become nodes and flows; unknown ones are faults.
 * False: there is no process to look at. */
bool draft_read(struct draft *d);
/* link.c: flows, boundary events, handlers, lanes become pointers. */
void draft_link(struct draft *d);
/* variables.c: names the model declares. */
void draft_variables(struct draft *d);
/* attributes.c: what our attributes and expressions say, in two passes: names, then the rest.  It calls
 * the files of the parts below. */
void draft_attributes(struct draft *d);
void draft_read_initials(struct draft *d);
void draft_read_loop(struct draft *d, const struct xml *x, struct bpmn_node *n); /* loop.c */
void draft_read_activity(struct draft *d, const struct xml *x,
                         struct bpmn_node *n); /* activity.c */
void draft_read_user_task(struct draft *d, const struct xml *x, struct bpmn_node *n); /* people.c */
void draft_read_start_form(struct draft *d, const struct xml *x, struct bpmn_node *n);
void draft_read_events(struct draft *d, const struct xml *x, struct bpmn_node *n); /* event.c */
bool draft_catches(const struct bpmn_node *n); /* an event that waits, a receive task */
/* The element of this name that a definition's attribute names.  Without the attribute NULL and no fault;
 * *given says which. */
const struct xml *draft_reference(struct draft *d, const struct xml *x,
                                  const struct xml *definition, const char *attribute,
                                  const char *element, bool *given);
/* A message's or signal's name as it is, or computed. */
void draft_take_name(struct draft *d, const struct xml *x, const struct xml *named,
                     struct bpmn_event *e);
/* message.c.  definition: a messageEventDefinition, or the send or receive task itself. */
void draft_read_message(struct draft *d, const struct xml *x, const struct xml *definition,
                        struct bpmn_node *n, struct bpmn_event *e);
void draft_read_keys(struct draft *d); /* once, before events */
/* One definition, wherever it stands; false after a fault. */
bool draft_read_event(struct draft *d, const struct xml *definition, struct bpmn_node *n,
                      struct bpmn_event *out);
void draft_read_timer(struct draft *d, const struct xml *definition, struct bpmn_node *n,
                      struct bpmn_event *out);                                       /* timer.c */
void draft_read_mappings(struct draft *d, const struct xml *x, struct bpmn_node *n); /* mapping.c */
/* Links and message flows: when all events are read. */
void draft_link_events(struct draft *d); /* event_link.c */
/* reach.c: what may still come to joins. */
void draft_reach(struct draft *d);
/* check.c: the graph as a whole. */
void draft_check(struct draft *d);
/* joins.c: parallel joins that no run can ever complete. */
void draft_check_joins(struct draft *d);
