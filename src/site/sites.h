/* The sites of a deployment: which there are, how one is added, and the URL of one of them.
 * A deployment is a file (one site), a folder with one file a site ("DIR/", the file's name is the
 * site's code: 330782.db), or a PostgreSQL database. */
#pragma once

#include "store/db.h"

/* The county's code, as in GB/T 2260: 1 … 999999999999. */
enum { SITE_NAME_BYTES_MAX = 120 };
struct site {
    int64_t code;
    str name; /* as shown; may be empty */
    str url;  /* for db_open */
};
struct sites {
    struct site *at;
    size_t len, cap;
};
/* All sites of a deployment by code; a URL with site=N gives that one alone.  In cx->arena.
 * Errors: RC_MISSING site.none (there is no site yet: says how to add one), site.unknown (no such code:
 *         lists those there are), RC_INVALID site.code, and those of db_open. */
NODISCARD rc sites_list(struct cx *cx, str url, struct sites *out);
/* Adds a site: a row of site_known, or a new file with its code in it.
 * Errors: RC_CONFLICT site.exists; RC_INVALID site.code, site.name; those of db_open. */
NODISCARD rc sites_add(struct cx *cx, str url, int64_t code, str name);
/* The URL of one site of a deployment; a URL that names a site already must name the same. */
NODISCARD rc sites_url(struct cx *cx, str url, int64_t code, str *out);
