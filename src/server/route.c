/* Finding the route of a path. */
#include "server/route.h"

/* One segment: text, or text and then a capture. */
static bool segment_fits(str pattern, str segment, struct capture *out, int *count)
{
    str inside, text = str_cut(pattern, '{', &inside);
    if (!str_starts(segment, text)) return false;
    if (!inside.len) return segment.len == text.len;
    str rest, value = str_slice(segment, text.len, segment.len);
    if (!value.len || *count == ROUTE_CAPTURES_MAX) return false;
    out[(*count)++] = (struct capture){str_cut(inside, '}', &rest), value};
    return true;
}

bool route_fits(const char *pattern, str path, struct capture out[ROUTE_CAPTURES_MAX])
{
    str p = str_from(pattern), at = path;
    int count = 0;
    for (int i = 0; i < ROUTE_CAPTURES_MAX; i++)
        out[i] = (struct capture){0};
    if (!str_starts(at, STR("/"))) return false;
    bool more = true;
    p = str_slice(p, 1, p.len);
    at = str_slice(at, 1, at.len);
    while (more) {
        str p_rest, at_rest, one = str_cut(p, '/', &p_rest), segment = str_cut(at, '/', &at_rest);
        if (!segment_fits(one, segment, out, &count)) return false;
        bool p_more = p.len > one.len, at_more = at.len > segment.len;
        if (p_more != at_more) return false;
        more = p_more;
        p = p_rest;
        at = at_rest;
    }
    return true;
}

static void allow(struct buf *allowed, str method)
{
    if (str_index(buf_str(allowed), method) != SIZE_MAX) return;
    if (allowed->len) buf_add(allowed, STR(", "));
    buf_add(allowed, method);
}

const struct route *route_find(str method, str path, struct capture out[ROUTE_CAPTURES_MAX],
                               struct buf *allowed)
{
    str wanted = str_eq(method, STR("HEAD")) ? STR("GET") : method;
    for (size_t i = 0; i < route_count; i++) {
        if (!route_fits(routes[i].pattern, path, out)) continue;
        if (str_eq(str_from(routes[i].method), wanted)) return &routes[i];
        allow(allowed, str_from(routes[i].method));
    }
    return NULL;
}
