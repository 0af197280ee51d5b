/* A city as the commands use it: its declarations, and an engine on its database. */
#pragma once

#include "engine/engine.h"
#include "main/args.h"

struct city {
    const struct catalogue *catalogue;
    struct engine *engine;
};
/* The database of --db and --site: a site of the deployment.  *code 0: none was given. */
NODISCARD rc city_url(struct args *a, str *url);
NODISCARD rc city_code(struct args *a, str text, int64_t *code);
/* From --apps (default: apps) alone; findings are printed by fail(). */
NODISCARD rc city_declarations(struct args *a, str apps, const struct catalogue **out);
/* --db and --apps; clock_offset_us shifts time. */
NODISCARD rc city_open(struct args *a, int64_t clock_offset_us, struct city *out);
/* In memory, for scenarios. */
NODISCARD rc city_in_memory(struct cx *cx, const struct catalogue *c, struct engine **out);
/* The same for questions alone, also while a server has the file. */
NODISCARD rc city_open_reading(struct args *a, struct city *out);
void city_close(struct city *c);
/* Reference data of all apps (data/TYPE.csv), imported as the system, upserted by natural key. */
NODISCARD rc city_load_reference(struct cx *cx, struct engine *e, int64_t now_us);
/* One file into a type, as `who` (NULL: the system).  *answer: the command's. */
struct city_import {
    str type, path;
    const struct actor *who;
    int64_t now_us;
    bool dry_run, partial;
    str reason;
};
NODISCARD rc city_import(struct cx *cx, struct engine *e, const struct city_import *i, str *answer);
/* A JSON object from key, value, key, value … NULL: strings only. */
const struct json *params_of(struct cx *cx, const char *key, ...);

#define DB_OPTIONS                                                                                 \
    {"db", "URL", "a file, a folder with a file a site (DIR/), or postgresql://…"},                \
    {                                                                                              \
        "site", "CODE", "which site, where there are several"                                      \
    }
#define CITY_OPTIONS                                                                               \
    DB_OPTIONS,                                                                                    \
    {                                                                                              \
        "apps", "DIR", "folder of the applications (default: apps)"                                \
    }

int verb_check(struct args *a);
int verb_plan(struct args *a);
int verb_test(struct args *a);
int verb_import(struct args *a);
int verb_export(struct args *a);
int verb_query(struct args *a);
int verb_feel(struct args *a);
int verb_decide(struct args *a);
int verb_tck(struct args *a);
int verb_bpmn_conformance(struct args *a);
int verb_audit(struct args *a);
int verb_ledger_export(struct args *a);
int verb_ledger_verify(struct args *a);
int verb_backup(struct args *a);
int verb_restore(struct args *a);
int verb_serve(struct args *a);
int verb_setup(struct args *a);
int verb_sites(struct args *a);
int verb_site_add(struct args *a);
int verb_user(struct args *a);
int verb_openapi(struct args *a);
int verb_doctor(struct args *a);
int verb_setup_cluster(struct args *a);
int verb_dump(struct args *a);
int verb_move(struct args *a);
int verb_sameness(struct args *a);
int verb_bench_records(struct args *a);
int verb_bench_indicators(struct args *a);
int verb_bench_http(struct args *a);
int verb_bench_sites(struct args *a);
int verb_bench_feel(struct args *a);
int verb_bench_bpmn(struct args *a);
int verb_bench_decisions(struct args *a);
