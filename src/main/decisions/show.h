/* Matches, warnings, elements and findings of decisions, as lines for people and as JSON. */
#pragma once

#include "base/json.h"
#include "dmn/dmn.h"

/* "FILE:line:column: sentence (slug; decision \"Risk\", rule 3, output 2)" and a line's end. */
void show_warning(struct buf *out, str file, const struct dmn_warning *w);
/* "table \"Risk\", rule 3: 20, \"High\" -> \"DECLINE\" (annotations)" and a line's end. */
void show_match(struct buf *out, const struct dmn_match *m);
/* "FILE:line:column: table \"Risk\": no rule for Age: < 18" and a line's end. */
void show_finding(struct buf *out, str file, enum lang lang, const struct dmn_finding *f);
const char *show_kind(const struct feel_value *v);          /* "date and time" */
const char *show_element_kind(const struct dmn_element *e); /* "decision" */

void show_warning_json(struct jw *w, const struct dmn_warning *warning);
void show_match_json(struct jw *w, const struct dmn_match *m);
void show_finding_json(struct jw *w, const struct dmn_finding *f);
/* What the model holds: decisions, services, knowledge, inputs, with their types. */
void show_model(struct buf *out, const struct dmn_model *m);
void show_model_json(struct jw *w, const struct dmn_model *m);
