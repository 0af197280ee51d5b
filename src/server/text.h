/* The small texts of HTTP, read without a connection at hand: percent signs, queries, cookies,
 * version tags, multipart bodies.  Pure: arguments in, views or arena text out. */
#pragma once

#include "base/err.h"

/* Undoes %XX (and + when plus).  False: a bad escape, or a NUL, or not UTF-8. */
NODISCARD bool text_unescape(struct arena *a, str s, bool plus, str *out);

struct pair {
    str name, value;
};
struct pairs {
    struct pair *at;
    size_t len, cap;
};
enum { QUERY_PAIRS_MAX = 100 };
/* "a=1&b=2".  Errors: RC_INVALID http.query, RC_LIMIT http.query-parameters. */
NODISCARD rc query_read(struct cx *cx, str query, struct pairs *out);
/* The value of the cookie, or the empty str; the first of several. */
str cookie_read(str header, str name);
/* `"7"`, `W/"7"` or `*`: *version 7, 0 for *.  False: anything else. */
bool version_tag_read(str header, int64_t *version);
/* Does the list of tags hold this one (given without quotes)? */
bool tag_listed(str header, str tag);
/* Does a comma list like "gzip;q=0.8, br" take the coding?  q=0 says no. */
bool coding_accepted(str header, str coding);
/* The media type without its parameters; the empty str when it is none. */
str media_type_read(str header);
/* attachment; filename="…"; filename*=UTF-8''… */
str disposition_write(struct arena *a, const char *how, str file_name);
/* The words of "a b c". */
bool word_listed(str words, str word);
/* In a time that does not depend on where they differ. */
bool secret_eq(str a, str b);

struct part {
    str name, file_name, media_type, content;
};
/* The first file of a multipart/form-data body.  Errors: RC_INVALID http.multipart. */
NODISCARD rc multipart_file(struct cx *cx, str content_type, str body, struct part *out);
