/* The command line: subcommands as a table, options by name, help made from the table. */
#pragma once

#include <stdio.h>

#include "base/err.h"

enum { ARGS_MAX = 16, EXIT_OK = 0, EXIT_BROKEN = 1, EXIT_USAGE = 2 };

struct option {
    const char *name; /* "db"; written --db VALUE, or --json when it takes none */
    const char
        *value; /* what it takes, for the help: "URL"; NULL: a switch; "CODE…": may be repeated */
    const char *says;
};
struct args {
    struct cx *cx;
    const struct verb *verb;
    str positional[ARGS_MAX];
    int count;
    str option[ARGS_MAX]; /* by index in verb->option; at NULL: not given */
};
struct verb {
    const char *name;       /* "ledger verify" has two words */
    const char *positional; /* "DIR…" */
    int least, most;        /* positional arguments */
    const char *says;
    int (*run)(struct args *a); /* EXIT_… */
    struct option option[12];
};

/* Value of an option, empty when not given.  CHECKs that the verb has it. */
str arg(const struct args *a, const char *name);
bool arg_given(const struct args *a, const char *name);
/* An option that must be given; false after saying so. */
bool arg_needed(const struct args *a, const char *name, str *out);
/* A number within limits, or fallback when not given; false after saying so. */
bool arg_number(const struct args *a, const char *name, int64_t least, int64_t most,
                int64_t fallback, int64_t *out);
/* Finds the verb, reads the rest, runs it. */
int args_run(const struct verb *verbs, size_t count, int argc, char **argv);
/* Prints what stands in cx->err (and findings) on standard error; returns EXIT_USAGE. */
int fail(struct cx *cx);
void print(FILE *to, str text);
