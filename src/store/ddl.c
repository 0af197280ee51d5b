/* Schema text: splitting it into statements and translating the types of the common dialect into
 * SQLite's.  The types map back one to one, so that a table can be read as it was declared. */
#include "store/ddl.h"

#include "base/buf.h"
#include "store/dialect.h"

struct type_pair {
    str ours, sqlite;
};
static const struct type_pair types[] = {
    {STR_INIT("BIGINT"), STR_INIT("INTEGER")},
    {STR_INIT("SMALLINT"), STR_INIT("INT")},
    {STR_INIT("BYTEA"), STR_INIT("BLOB")},
    {STR_INIT("TEXT"), STR_INIT("TEXT")},
};

bool ddl_next(str *rest, str *statement)
{
    str s = *rest;
    size_t start = SIZE_MAX, stop = 0, at = 0;
    for (size_t end = 0; at < s.len; at = end) {
        enum sql_token t = sql_token_at(s, at, &end);
        if (t == SQL_SPACE || t == SQL_COMMENT) continue;
        if (t == SQL_OTHER && s.at[at] == ';') {
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

/* The n-th word (from 0) of a statement's head; empty when something else comes first. */
static str head_word(str s, int n)
{
    for (size_t at = 0, end = 0; at < s.len; at = end) {
        enum sql_token t = sql_token_at(s, at, &end);
        if (t == SQL_SPACE || t == SQL_COMMENT) continue;
        if (t != SQL_WORD) break;
        if (n-- == 0) return str_slice(s, at, end);
    }
    return STR("");
}

bool ddl_is_ddl(str statement)
{
    str first = head_word(statement, 0);
    return sql_same_word(first, STR("CREATE")) || sql_same_word(first, STR("ALTER")) ||
           sql_same_word(first, STR("DROP"));
}

static str translated_word(str word)
{
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (sql_same_word(word, types[i].ours)) return types[i].sqlite;
    return word;
}

str ddl_translate(struct arena *a, str s)
{
    str first = head_word(s, 0), second = head_word(s, 1);
    bool create = sql_same_word(first, STR("CREATE"));
    if (!sql_same_word(second, STR("TABLE")) || !(create || sql_same_word(first, STR("ALTER"))))
        return s;
    struct buf out = {.arena = a};
    bool options = false; /* words behind the last parenthesis: WITHOUT ROWID */
    for (size_t at = 0, end = 0; at < s.len; at = end) {
        enum sql_token t = sql_token_at(s, at, &end);
        str token = str_slice(s, at, end);
        if (t == SQL_OTHER && token.at[0] == ';') break;
        if (t == SQL_OTHER && token.at[0] == ')') options = false;
        if (t == SQL_WORD) options = true;
        buf_add(&out, t == SQL_WORD ? translated_word(token) : token);
    }
    /* On a line of its own: the last one may be a comment. */
    if (create) buf_add(&out, options ? STR("\n, STRICT") : STR("\nSTRICT"));
    return buf_str(&out);
}

str ddl_type(str sqlite_type)
{
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (sql_same_word(sqlite_type, types[i].sqlite)) return types[i].ours;
    return sqlite_type;
}
