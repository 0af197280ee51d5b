/* A model as a file in a folder, from which its imports come too. */
#pragma once

#include "base/file.h"
#include "dmn/dmn.h"

enum { MODEL_BYTES_MAX = DMN_BYTES_MAX + 1 };

/* Memory: in cx->arena.  Errors: of file_read and dmn_compile, with the file as their source. */
NODISCARD rc model_compile(struct cx *cx, str folder, str name, bool lenient,
                           const struct dmn_model **out);
str path_join(struct arena *a, str folder, str name);
