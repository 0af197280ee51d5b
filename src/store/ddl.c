/* Schema text: splitting it into statements and translating the types of the common dialect into
 * SQLite's.  The types map back one to one, so that a table can be read as it was declared. */
#include <string.h>
#include <strings.h>

#include "store/sqlite.h"

struct type_pair {
    str ours, sqlite;
};
static const struct type_pair types[] = {
    {STR_INIT("BIGINT"), STR_INIT("INTEGER")},
    {STR_INIT("SMALLINT"), STR_INIT("INT")},
    {STR_INIT("BYTEA"), STR_INIT("BLOB")},
    {STR_INIT("TEXT"), STR_INIT("TEXT")},
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

enum token { TOKEN_SPACE, TOKEN_WORD, TOKEN_QUOTED, TOKEN_OTHER };

static size_t end_of(str s, size_t from, const char *mark)
{
    size_t at = str_index(str_slice(s, from, s.len), str_from(mark));
    return at == SIZE_MAX ? s.len : from + at + strlen(mark);
}

/* The token at `at`, *end behind it.  Comments are space; what is not closed reaches to the end, and
 * SQLite will say so. */
static enum token token_at(str s, size_t at, size_t *end)
{
    char c = s.at[at], next = at + 1 < s.len ? s.at[at + 1] : '\0';
    *end = at + 1;
    if (c == '-' && next == '-') {
        *end = end_of(s, at, "\n");
        return TOKEN_SPACE;
    }
    if (c == '/' && next == '*') {
        *end = end_of(s, at + 2, "*/");
        return TOKEN_SPACE;
    }
    if (c == '\'' || c == '"') { /* a doubled quote is two quoted tokens side by side */
        *end = end_of(s, at + 1, c == '"' ? "\"" : "'");
        return TOKEN_QUOTED;
    }
    if (is_space(c)) {
        while (*end < s.len && is_space(s.at[*end]))
            ++*end;
        return TOKEN_SPACE;
    }
    if (!is_word(c)) return TOKEN_OTHER;
    while (*end < s.len && is_word(s.at[*end]))
        ++*end;
    return TOKEN_WORD;
}

bool ddl_next(str *rest, str *statement)
{
    str s = *rest;
    size_t start = SIZE_MAX, stop = 0, at = 0;
    for (size_t end = 0; at < s.len; at = end) {
        enum token t = token_at(s, at, &end);
        if (t == TOKEN_SPACE) continue;
        if (t == TOKEN_OTHER && s.at[at] == ';') {
            if (start == SIZE_MAX) continue; /* an empty statement */
            at = end;
            break;
        }
        if (start == SIZE_MAX) start = at;
        stop = end;
    }
    *rest = str_slice(s, at, s.len);
    if (start == SIZE_MAX) return false;
    *statement = str_slice(s, start, stop);
    return true;
}

static bool same_word(str a, str b)
{
    return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* The n-th word (from 0) of a statement's head; empty when something else comes first. */
static str head_word(str s, int n)
{
    for (size_t at = 0, end = 0; at < s.len; at = end) {
        enum token t = token_at(s, at, &end);
        if (t == TOKEN_SPACE) continue;
        if (t != TOKEN_WORD) break;
        if (n-- == 0) return str_slice(s, at, end);
    }
    return STR("");
}

bool ddl_is_ddl(str statement)
{
    str first = head_word(statement, 0);
    return same_word(first, STR("CREATE")) || same_word(first, STR("ALTER")) ||
           same_word(first, STR("DROP"));
}

static str translated_word(str word)
{
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (same_word(word, types[i].ours)) return types[i].sqlite;
    return word;
}

str ddl_translate(struct arena *a, str s)
{
    str first = head_word(s, 0), second = head_word(s, 1);
    bool create = same_word(first, STR("CREATE"));
    if (!same_word(second, STR("TABLE")) || !(create || same_word(first, STR("ALTER")))) return s;
    struct buf out = {.arena = a};
    bool options = false; /* words behind the last parenthesis: WITHOUT ROWID */
    for (size_t at = 0, end = 0; at < s.len; at = end) {
        enum token t = token_at(s, at, &end);
        str token = str_slice(s, at, end);
        if (t == TOKEN_OTHER && token.at[0] == ';') break;
        if (t == TOKEN_OTHER && token.at[0] == ')') options = false;
        if (t == TOKEN_WORD) options = true;
        buf_add(&out, t == TOKEN_WORD ? translated_word(token) : token);
    }
    /* On a line of its own: the last one may be a comment. */
    if (create) buf_add(&out, options ? STR("\n, STRICT") : STR("\nSTRICT"));
    return buf_str(&out);
}

str ddl_type(str sqlite_type)
{
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (same_word(sqlite_type, types[i].sqlite)) return types[i].ours;
    return sqlite_type;
}
