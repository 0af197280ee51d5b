/* Decisions in the catalogue: the files, what each decides, and the steps of processes that ask them. */
#pragma once

#include "bpmn/model.h"
#include "dmn/dmn.h"

struct app_decision_file {
    str name;                      /* "reform/grade.dmn" */
    str xml;                       /* as read, for the editor */
    str hash;                      /* SM3 of it and of what it imports: which policy it was */
    const struct dmn_model *model; /* never changes */
    struct dmn_findings findings;  /* gaps, overlaps, unreachable rules */
    int note, note_count;          /* the same in words, among the catalogue's */
};
struct app_input {
    str name, namespace_uri;
    const struct feel_type *type;
    struct dmn_allowed allowed; /* values, of each element where the type is a list */
};
struct app_decision {
    str name;      /* "reform.督办等级" */
    str app, bare; /* "reform", "督办等级" */
    const struct app_decision_file *file;
    const struct dmn_element *element;
    const struct app_input *input; /* what it needs in the end */
    int input_count;
    int index;
};
enum { APP_INPUT_VARIABLE = INT32_MIN };
/* A business rule task that decides. */
struct app_rule_task {
    const struct bpmn_node *node;
    const struct app_decision *decision;
    /* by input: a field of the record, -1 - the task's parameter, or the variable of its name */
    const int *source;
    struct app_result {
        int field;    /* of the record; -1: into the variable */
        str variable; /* of the process */
        str member;   /* of the value, a context; empty: the value itself */
    } const *result;
    int result_count;
    const str *purpose; /* of the private fields it looks at */
    int purpose_count;
};
