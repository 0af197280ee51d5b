/* The processes that run: declared ones and published versions.  engine/ only. */
#pragma once

#include <pthread.h>

#include "app/catalogue.h"
#include "store/db.h"

struct processes;
struct processes *processes_new(struct cx *cx, const struct catalogue *cat); /* in cx->arena */
void processes_free(struct processes *p);
/* version 0: the newest.  *out NULL: no such process or version; lives as long as the engine.
 * Errors: RC_CONFLICT process.version-broken: the declarations no longer have what it names. */
NODISCARD rc process_version(struct cx *cx, struct processes *p, struct db *db, str name,
                             int64_t version, const struct app_process **out);
/* The newest, and whether instances may begin by it. */
NODISCARD rc process_newest(struct cx *cx, struct processes *p, struct db *db, str name,
                            bool *active, const struct app_process **out);
/* A text that somebody wants to publish; kept like the others when it is right.
 * Errors: RC_INVALID app.invalid with cx->findings. */
NODISCARD rc process_compile(struct cx *cx, struct processes *p, const struct app_process *declared,
                             str xml, const struct app_process **out);
const struct app_process *process_of_model(struct processes *p, const struct bpmn_model *m);
