/* The one dialect of SQL as each backend wants it: a translator of words, which leaves literals,
 * quoted names and comments alone. */
#include "store/dialect.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

/* ---- tokens ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t end_of(str s, size_t from, const char *mark)
{
    size_t at = str_index(str_slice(s, from, s.len), str_from(mark));
    return at == SIZE_MAX ? s.len : from + at + strlen(mark);
}

enum sql_token sql_token_at(str s, size_t at, size_t *end)
{
    char c = s.at[at], next = at + 1 < s.len ? s.at[at + 1] : '\0';
    *end = at + 1;
    if (c == '-' && next == '-') {
        *end = end_of(s, at, "\n");
        return SQL_COMMENT;
    }
    if (c == '/' && next == '*') {
        *end = end_of(s, at + 2, "*/");
        return SQL_COMMENT;
    }
    if (c == '\'' || c == '"') {
        *end = end_of(s, at + 1, c == '"' ? "\"" : "'");
        return c == '"' ? SQL_NAME : SQL_LITERAL;
    }
    if (is_space(c)) {
        while (*end < s.len && is_space(s.at[*end]))
            ++*end;
        return SQL_SPACE;
    }
    if (c == '$' && is_word(next)) {
        while (*end < s.len && is_word(s.at[*end]))
            ++*end;
        return SQL_PARAMETER;
    }
    if (!is_word(c)) return SQL_OTHER;
    while (*end < s.len && is_word(s.at[*end]))
        ++*end;
    return SQL_WORD;
}

bool sql_same_word(str a, str b)
{
    return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

static size_t skip_gap(str s, size_t at)
{
    for (size_t end = 0; at < s.len; at = end) {
        enum sql_token t = sql_token_at(s, at, &end);
        if (t != SQL_SPACE && t != SQL_COMMENT) break;
    }
    return at;
}

static size_t skip_space(str s, size_t at)
{
    while (at < s.len && is_space(s.at[at]))
        at++;
    return at;
}

/* Behind this word, or sign, and what gap there is before it; SIZE_MAX: something else stands there. */
static size_t behind(str s, size_t at, str what)
{
    size_t end = 0;
    at = skip_gap(s, at);
    if (at >= s.len) return SIZE_MAX;
    (void)sql_token_at(s, at, &end);
    return sql_same_word(str_slice(s, at, end), what) ? end : SIZE_MAX;
}

static size_t behind_all(str s, size_t at, const str *word, size_t count)
{
    for (size_t i = 0; i < count && at != SIZE_MAX; i++)
        at = behind(s, at, word[i]);
    return at;
}

/* ---- the words of site ---- */

/* Behind `site`, `$site` or `alias.site`; SIZE_MAX: it is none of them. */
static size_t behind_site(str s, size_t at)
{
    size_t end = 0;
    at = skip_gap(s, at);
    if (at >= s.len) return SIZE_MAX;
    enum sql_token t = sql_token_at(s, at, &end);
    str token = str_slice(s, at, end);
    if (t == SQL_PARAMETER) return str_eq(token, STR("$site")) ? end : SIZE_MAX;
    if (t != SQL_WORD && t != SQL_NAME) return SIZE_MAX;
    if (end < s.len && s.at[end] == '.') return behind(s, end + 1, STR("site"));
    return t == SQL_WORD && sql_same_word(token, STR("site")) ? end : SIZE_MAX;
}

/* Is something of site at `at`?  Returns behind it with what belongs to it, *instead what remains. */
static size_t behind_place(str s, size_t at, str *instead)
{
    static const str declared[] = {STR_INIT("BIGINT"), STR_INIT("NOT"), STR_INIT("NULL"),
                                   STR_INIT(",")};
    *instead = STR("");
    size_t one = behind_site(s, at);
    if (one == SIZE_MAX) return SIZE_MAX;
    size_t end = behind(s, one, STR(","));
    if (end == SIZE_MAX) end = behind_all(s, one, declared, COUNTOF(declared));
    if (end != SIZE_MAX) return skip_space(s, end);
    end = behind(s, one, STR("="));
    if (end != SIZE_MAX) end = behind_site(s, end);
    if (end == SIZE_MAX) return SIZE_MAX;
    size_t and = behind(s, end, STR("AND"));
    if (and != SIZE_MAX) return skip_space(s, and);
    *instead = STR("1 = 1"); /* alone: valid behind WHERE, ON and AND */
    return end;
}

str dialect_sqlite(struct arena *a, str text)
{
    if (str_index(text, STR("site")) == SIZE_MAX) return text;
    struct buf out = {.arena = a};
    for (size_t at = 0, end = 0; at < text.len; at = end) {
        enum sql_token t = sql_token_at(text, at, &end);
        str token = str_slice(text, at, end);
        if (t == SQL_WORD || t == SQL_NAME || t == SQL_PARAMETER) {
            str instead;
            size_t place = behind_place(text, at, &instead);
            if (place != SIZE_MAX) {
                token = instead;
                end = place;
            }
        }
        buf_add(&out, token);
    }
    return buf_str(&out);
}

/* ---- PostgreSQL ---- */

static bool has_types(str s)
{
    bool create = behind(s, 0, STR("CREATE")) != SIZE_MAX;
    size_t at = behind(s, 0, create ? STR("CREATE") : STR("ALTER"));
    return at != SIZE_MAX && behind(s, at, STR("TABLE")) != SIZE_MAX;
}

/* Is the word TEXT a type behind this token?  A column may have that name too. */
static bool is_type_place(str before)
{
    return before.len && before.at[0] != '(' && before.at[0] != ',' &&
           !sql_same_word(before, STR("COLUMN")) && !sql_same_word(before, STR("ADD"));
}

/* A word of CREATE TABLE or ALTER TABLE; returns behind what is done with it. */
static size_t add_ddl_word(struct buf *out, str text, str token, str before)
{
    size_t end = (size_t)(token.at - text.at) + token.len;
    if (sql_same_word(token, STR("WITHOUT"))) {
        size_t rowid = behind(text, end, STR("ROWID"));
        if (rowid != SIZE_MAX) return rowid; /* a matter of SQLite's files */
    }
    buf_add(out, token);
    if (sql_same_word(token, STR("TEXT")) && is_type_place(before))
        buf_add(out, STR(" COLLATE \"C\""));
    return end;
}

str dialect_postgres(struct arena *a, str text, size_t args, bool *binds_site)
{
    bool ddl = has_types(text);
    *binds_site = false;
    if (!ddl && str_index(text, STR("$site")) == SIZE_MAX) return text;
    struct buf out = {.arena = a};
    str before = {0};
    for (size_t at = 0, end = 0; at < text.len; at = end) {
        enum sql_token t = sql_token_at(text, at, &end);
        str token = str_slice(text, at, end);
        if (t == SQL_PARAMETER && str_eq(token, STR("$site"))) {
            buf_printf(&out, "$%zu", args + 1);
            *binds_site = true;
        } else if (ddl && t == SQL_WORD) {
            end = add_ddl_word(&out, text, token, before);
        } else {
            buf_add(&out, token);
        }
        if (t != SQL_SPACE && t != SQL_COMMENT) before = token;
    }
    return buf_str(&out);
}

/* Behind the word VALUES that stands in no parentheses; SIZE_MAX: there is none. */
static size_t behind_values(str s, size_t *start)
{
    size_t depth = 0;
    for (size_t at = 0, end = 0; at < s.len; at = end) {
        enum sql_token t = sql_token_at(s, at, &end);
        if (t == SQL_OTHER && s.at[at] == '(') depth++;
        if (t == SQL_OTHER && s.at[at] == ')') depth--;
        *start = at;
        if (t == SQL_WORD && depth == 0 && sql_same_word(str_slice(s, at, end), STR("VALUES")))
            return end;
    }
    return SIZE_MAX;
}

/* One value of the list: a parameter is a column of the arrays. */
static void add_value(struct buf *out, enum sql_token t, str token, size_t args)
{
    int64_t n = 0;
    if (t != SQL_PARAMETER) {
        buf_add(out, token);
    } else if (str_eq(token, STR("$site"))) {
        buf_printf(out, "$%zu", args + 1);
    } else {
        CHECK(str_i64(str_slice(token, 1, token.len), &n) && n >= 1 && (size_t)n <= args);
        buf_printf(out, "u.c%" PRId64, n);
    }
}

static void add_arrays(struct buf *out, const char *const *type, size_t args)
{
    buf_add(out, STR(" FROM unnest("));
    for (size_t i = 0; i < args; i++)
        buf_printf(out, "%s$%zu::%s[]", i ? ", " : "", i + 1, type[i]);
    buf_add(out, STR(") AS u ("));
    for (size_t i = 0; i < args; i++)
        buf_printf(out, "%sc%zu", i ? ", " : "", i + 1);
    buf_char(out, ')');
}

str dialect_postgres_rows(struct arena *a, str text, const char *const *type, size_t args)
{
    size_t values = 0, at = behind_values(text, &values);
    CHECK(at != SIZE_MAX); /* only INSERT … VALUES takes many rows */
    size_t end = behind(text, at, STR("("));
    CHECK(end != SIZE_MAX);
    struct buf out = {.arena = a};
    buf_add(&out, str_slice(text, 0, values));
    buf_add(&out, STR("SELECT "));
    size_t depth = 1;
    for (at = end; at < text.len; at = end) {
        enum sql_token t = sql_token_at(text, at, &end);
        if (t == SQL_OTHER && text.at[at] == '(') depth++;
        if (t == SQL_OTHER && text.at[at] == ')' && --depth == 0) break;
        add_value(&out, t, str_slice(text, at, end), args);
    }
    add_arrays(&out, type, args);
    buf_add(&out, str_slice(text, end, text.len));
    return buf_str(&out);
}
