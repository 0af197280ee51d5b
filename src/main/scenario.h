/* One scenario while it runs, and what its three parts do. */
#pragma once

#include "app/decl.h"
#include "base/decimal.h"
#include "main/city.h"

struct scenario {
    struct cx *cx;
    struct engine *engine;
    str path, name;
    str db; /* empty: in memory; a deployment of several sites: `site` of it, which is new */
    int64_t site;
    int64_t now_us;
    bool broken;
};
/* given: {TYPE: {fields}}, {user: {code, name, org, roles}}, {import: TYPE, file: PATH beside the app} */
void scenario_given(struct scenario *s, const struct decl *step);
/* when: create, correct, void, import, complete, act, start, signal, message;
 * `as: USER`; `refused: SLUG` expects a refusal */
void scenario_when(struct scenario *s, const struct decl *step);
/* then: indicator, item, task, process, record, count */
void scenario_then(struct scenario *s, const struct decl *step);

/* Says what does not hold, at its place in the file. */
void scenario_fault(struct scenario *s, const struct decl *at, const char *fmt, ...) PRINTF(3, 4);
str scenario_text(const struct decl *map, const char *key);
void scenario_json(struct jw *w, const struct decl *d);
