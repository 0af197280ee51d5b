/* External functions: static methods of Java's library, as a table; nothing is ever loaded. */
#pragma once

#include "feel/machine.h"

/* Calls what the context of an external function describes; unknown ones are null with a warning.
 * false: evaluation is over. */
bool external_call(struct machine *m, const struct node *n, const struct node_function *f,
                   const struct feel_value *arg, struct feel_value *out);

/* java.lang.String.format: %s %d %f %b %c %x %n %% with flags, width, precision and index; false for
 * a format or an argument that it would refuse. */
bool external_format(struct machine *m, str format, const struct feel_list *arg, struct buf *out);
