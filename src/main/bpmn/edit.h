/* A BPMN text with some of its tasks made tasks of another kind, before it is read: a test kit's file says
 * in its own way which tasks wait. */
#pragma once

#include "base/err.h"

/* What an element becomes: a local name such as "userTask"; empty: as it is.  id: empty when it has none;
 * body: what stands between its tags. */
typedef str (*edit_choose)(void *owner, str local, str id, str body);
/* Only elements whose name ends in "ask" or "allActivity" are asked about.  One that was a scriptTask loses its
 * script; one that becomes a task is not repeated any more.  Memory: in arena. */
str edit_tasks(struct arena *arena, str xml, edit_choose choose, void *owner);
