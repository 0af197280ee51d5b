/* matches, replace and split. */
#include "feel/builtin/regex.h"

static bool no_pattern(struct call *c)
{
    if (c->m->code != RC_OK) return false;
    return call_fault(c, "feel.pattern", "正则表达式或其选项无效",
                      "the pattern or its flags are not valid");
}

static bool too_hard(struct call *c)
{
    if (c->m->code != RC_OK) return false;
    return call_fault(c, "feel.pattern-limit", "正则匹配过于复杂,已中止",
                      "matching the pattern takes too many steps");
}

/* Absent or null flags are none. */
static str flags_of(const struct feel_value *v)
{
    return given(v) ? feel_str(v) : STR("");
}

bool builtin_matches(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    size_t *offset;
    struct regex *r = regex_compile(c, feel_str(&arg[1]), flags_of(&arg[2]));
    if (r == NULL) return no_pattern(c);
    const int n = regex_match(c, r, feel_str(&arg[0]), 0, &offset);
    if (n < 0) return too_hard(c);
    *out = feel_boolean(n > 0);
    return true;
}

/* $12 is the twelfth group if there are so many, else the first and a 2. */
static int group_number(str replacement, size_t *at, int groups)
{
    int n = -1;
    for (; *at < replacement.len; ++*at) {
        const char c = replacement.at[*at];
        if (c < '0' || c > '9' || (n >= 0 && n * 10 + (c - '0') > groups)) break;
        n = (n < 0 ? 0 : n * 10) + (c - '0');
    }
    return n;
}

/* A match: what is replaced, and where its groups are. */
struct match {
    str subject;
    const size_t *offset;
    int count, groups; /* offsets there are, groups of the pattern */
};

/* $1 … stand for groups, $0 for all, \$ and \\ for themselves. */
static bool expand(struct buf *b, str replacement, const struct match *m)
{
    for (size_t i = 0; i < replacement.len; i++) {
        const char ch = replacement.at[i];
        const char next = i + 1 < replacement.len ? replacement.at[i + 1] : '\0';
        if (ch == '\\') {
            if (next != '\\' && next != '$') return false;
            buf_char(b, next);
            i++;
        } else if (ch == '$') {
            size_t at = i + 1;
            const int group = group_number(replacement, &at, m->groups);
            if (group < 0) return false;
            if (group < m->count && m->offset[2 * group] != SIZE_MAX)
                buf_add(b, str_slice(m->subject, m->offset[2 * group], m->offset[2 * group + 1]));
            i = at - 1;
        } else {
            buf_char(b, ch);
        }
    }
    return true;
}

static bool matches_nothing(struct call *c, struct regex *r)
{
    size_t *offset;
    const int n = regex_match(c, r, STR(""), 0, &offset);
    if (n == 0) return false;
    if (n < 0)
        too_hard(c);
    else
        call_fault(c, "feel.pattern", "此正则表达式与空串匹配",
                   "the pattern matches the empty string");
    return true;
}

bool builtin_replace(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const str s = feel_str(&arg[0]), replacement = feel_str(&arg[2]), flags = flags_of(&arg[3]);
    struct regex *r = regex_compile(c, feel_str(&arg[1]), flags);
    struct buf b = {.arena = c->m->arena};
    size_t at = 0, *offset;
    if (r == NULL) return no_pattern(c);
    if (matches_nothing(c, r)) return false;
    const bool quoted = str_index(flags, STR("q")) != SIZE_MAX;
    for (;;) {
        const int n = regex_match(c, r, s, at, &offset);
        if (n < 0) return too_hard(c);
        if (n == 0) break;
        if (offset[1] <= at && offset[0] == offset[1]) return false;
        buf_add(&b, str_slice(s, at, offset[0]));
        const struct match match = {s, offset, n, regex_groups(r)};
        if (quoted)
            buf_add(&b, replacement);
        else if (!expand(&b, replacement, &match))
            return call_fault(c, "feel.argument", "替换文本中的$或\\无效",
                              "a $ or \\ in the replacement stands for nothing");
        at = offset[1];
    }
    buf_add(&b, str_slice(s, at, s.len));
    *out = feel_string(buf_str(&b));
    return true;
}

bool builtin_split(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const str s = feel_str(&arg[0]);
    struct regex *r = regex_compile(c, feel_str(&arg[1]), STR(""));
    struct list_buf parts;
    size_t at = 0, *offset;
    if (r == NULL) return no_pattern(c);
    if (matches_nothing(c, r)) return false;
    list_buf_init(&parts, c->m);
    for (;;) {
        const int n = regex_match(c, r, s, at, &offset);
        if (n < 0) return too_hard(c);
        if (n == 0) break;
        if (offset[1] <= at && offset[0] == offset[1]) return false;
        const struct feel_value part = feel_string(str_slice(s, at, offset[0]));
        if (!list_buf_add(&parts, &part)) return call_memory(c);
        at = offset[1];
    }
    const struct feel_value last = feel_string(str_slice(s, at, s.len));
    return (list_buf_add(&parts, &last) && list_buf_done(&parts, out)) || call_memory(c);
}
