/* Which table does a statement touch without pinning its site?  A reading of SQL just deep enough for
 * that: parts of a query, their tables, the conditions that every row must meet.  What it does not
 * understand it takes for unpinned. */
#include "store/dialect.h"

enum { SOURCES_MAX = 16, PINS_MAX = 24, NAMES_MAX = 8, DEPTH_MAX = 24 };

static const str whole_database[] = {STR_INIT("schema_version"), STR_INIT("app_column"),
                                     STR_INIT("site_known")};
static const str catalogues[] = {STR_INIT("sqlite_"), STR_INIT("pragma_"), STR_INIT("pg_")};
/* Where a condition, or a table's place in a list, is at its end. */
static const str clauses[] = {
    STR_INIT("WHERE"),     STR_INIT("GROUP"),     STR_INIT("ORDER"),  STR_INIT("HAVING"),
    STR_INIT("LIMIT"),     STR_INIT("OFFSET"),    STR_INIT("UNION"),  STR_INIT("EXCEPT"),
    STR_INIT("INTERSECT"), STR_INIT("RETURNING"), STR_INIT("WINDOW"), STR_INIT("JOIN"),
    STR_INIT("LEFT"),      STR_INIT("RIGHT"),     STR_INIT("FULL"),   STR_INIT("INNER"),
    STR_INIT("CROSS"),     STR_INIT("NATURAL"),   STR_INIT("ON"),     STR_INIT("SET"),
    STR_INIT("DO"),        STR_INIT("FOR"),       STR_INIT("USING"),  STR_INIT("VALUES"),
    STR_INIT("SELECT"),    STR_INIT("DEFAULT"),   STR_INIT("WITH"),   STR_INIT("FROM")};

/* A table of one FROM list; what a subquery gives is of the site already. */
struct source {
    str table, name;
    bool needs, is_pinned;
};
/* a.site = b.site holds for every row; `only`: pins that source and no other (an outer join). */
struct pin {
    str a, b; /* names; "$site"; empty: unqualified */
    size_t only;
};
struct scope {
    const struct scope *outer;
    struct source source[SOURCES_MAX];
    size_t sources;
    struct pin pin[PINS_MAX];
    size_t pins;
};
/* Names of common table expressions. */
struct ctes {
    const struct ctes *outer;
    str name[NAMES_MAX];
    size_t count;
};
struct reader {
    str text;
    size_t at; /* behind the token */
    enum sql_token kind;
    str token; /* empty: the end */
    const struct ctes *names;
    str insert; /* the table that the next SELECT fills */
    str unpinned;
    int depth;
};

/* ---- tokens ---- */

static void next(struct reader *p)
{
    size_t end = 0;
    for (; p->at < p->text.len; p->at = end) {
        p->kind = sql_token_at(p->text, p->at, &end);
        if (p->kind == SQL_SPACE || p->kind == SQL_COMMENT) continue;
        p->token = str_slice(p->text, p->at, end);
        p->at = end;
        return;
    }
    p->kind = SQL_SPACE;
    p->token = str_slice(p->text, p->text.len, p->text.len);
}

static bool is(const struct reader *p, str word)
{
    return sql_same_word(p->token, word);
}

static bool take(struct reader *p, str word)
{
    if (!is(p, word)) return false;
    next(p);
    return true;
}

static bool next_is(const struct reader *p, str word)
{
    struct reader ahead = *p;
    next(&ahead);
    return is(&ahead, word);
}

static bool is_any(const struct reader *p, const str *word, size_t count)
{
    if (p->kind != SQL_WORD) return false;
    for (size_t i = 0; i < count; i++)
        if (is(p, word[i])) return true;
    return false;
}

/* Nothing more in these parentheses. */
static bool at_end(const struct reader *p)
{
    return p->token.len == 0 || is(p, STR(")")) || is(p, STR(";"));
}

static bool is_query(const struct reader *p)
{
    return is(p, STR("SELECT")) || is(p, STR("WITH")) || is(p, STR("VALUES"));
}

static str name_of(const struct reader *p)
{
    return p->kind == SQL_NAME ? str_slice(p->token, 1, p->token.len - 1) : p->token;
}

static bool is_name(const struct reader *p)
{
    return p->kind == SQL_NAME || (p->kind == SQL_WORD && !is_any(p, clauses, COUNTOF(clauses)));
}

static void blame(struct reader *p, str table)
{
    if (!p->unpinned.len) p->unpinned = table.len ? table : p->text;
}

static bool needs_site(const struct reader *p, str table)
{
    for (size_t i = 0; i < COUNTOF(whole_database); i++)
        if (sql_same_word(table, whole_database[i])) return false;
    for (size_t i = 0; i < COUNTOF(catalogues); i++)
        if (str_starts(table, catalogues[i])) return false;
    for (const struct ctes *n = p->names; n; n = n->outer)
        for (size_t i = 0; i < n->count; i++)
            if (sql_same_word(table, n->name[i])) return false;
    return true;
}

/* `( site ,` at the token?  Takes what is there up to the closing parenthesis. */
static bool list_begins_with_site(struct reader *p, str site)
{
    if (!take(p, STR("("))) return false;
    bool right = is(p, site) && next_is(p, STR(","));
    for (int depth = 1; p->token.len && depth; next(p))
        depth += is(p, STR("(")) ? 1 : is(p, STR(")")) ? -1 : 0;
    return right;
}

/* ---- the parts of a query ---- */

static void query(struct reader *p, const struct scope *outer);

/* Parentheses that are no list of tables: a subquery, or an expression that may hold some. */
static void parentheses(struct reader *p, const struct scope *s)
{
    next(p);
    if (++p->depth > DEPTH_MAX) blame(p, STR(""));
    if (is_query(p) && p->depth <= DEPTH_MAX) query(p, s);
    while (!at_end(p) && p->depth <= DEPTH_MAX)
        if (is(p, STR("(")))
            parentheses(p, s);
        else
            next(p);
    p->depth--;
    if (is(p, STR(")"))) next(p);
}

/* No name: the only table that has a column `site`; of two the engine would not know which. */
static size_t source_named(const struct scope *s, str name)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < s->sources; i++) {
        if (name.len && sql_same_word(s->source[i].name, name)) return i;
        if (name.len || !s->source[i].needs) continue;
        if (found != SIZE_MAX) return SIZE_MAX;
        found = i;
    }
    return found;
}

/* A name that is none of ours is one of the query around us, which has to pin it itself. */
static bool is_pinned(const struct scope *s, str name)
{
    if (str_eq(name, STR("$site"))) return true;
    size_t i = source_named(s, name);
    return i == SIZE_MAX ? name.len && s->outer : s->source[i].is_pinned;
}

static bool pin_one(struct scope *s, const struct pin *pin, str from, str to)
{
    size_t i = source_named(s, to);
    if (i == SIZE_MAX || s->source[i].is_pinned || !is_pinned(s, from)) return false;
    if (pin->only != SIZE_MAX && pin->only != i) return false;
    s->source[i].is_pinned = true;
    return true;
}

static void check_sources(struct reader *p, struct scope *s)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < s->pins; i++) {
            const struct pin *pin = &s->pin[i];
            if (pin_one(s, pin, pin->a, pin->b) || pin_one(s, pin, pin->b, pin->a)) moved = true;
        }
    }
    for (size_t i = 0; i < s->sources; i++)
        if (!s->source[i].is_pinned) blame(p, s->source[i].table);
}

/* ---- conditions ---- */

static bool take_site(struct reader *p, str *name)
{
    struct reader ahead = *p;
    *name = STR("");
    if (ahead.kind == SQL_PARAMETER && is(&ahead, STR("$site"))) {
        *name = STR("$site");
    } else if (next_is(p, STR("."))) {
        *name = name_of(&ahead);
        next(&ahead);
        next(&ahead);
        if (ahead.kind != SQL_WORD || !is(&ahead, STR("site"))) return false;
    } else if (ahead.kind != SQL_WORD || !is(&ahead, STR("site"))) {
        return false;
    }
    next(&ahead);
    *p = ahead;
    return true;
}

/* A comparison of sites that stands alone, or up to AND. */
static void comparison(struct reader *p, struct scope *s, size_t only)
{
    struct reader ahead = *p;
    str a, b;
    if (!take_site(&ahead, &a) || !take(&ahead, STR("=")) || !take_site(&ahead, &b)) return;
    bool whole = at_end(&ahead) || is(&ahead, STR("AND")) || is(&ahead, STR(",")) ||
                 is_any(&ahead, clauses, COUNTOF(clauses));
    if (whole && s->pins < PINS_MAX) s->pin[s->pins++] = (struct pin){a, b, only};
    *p = ahead;
}

/* What is behind WHERE or ON: comparisons count that every row must meet. */
static void condition(struct reader *p, struct scope *s, size_t only)
{
    const size_t pins = s->pins;
    int cases = 0;
    bool or = false, start = true;
    while (!at_end(p) && !is(p, STR(",")) && !is_any(p, clauses, COUNTOF(clauses))) {
        if (start) {
            start = false;
            comparison(p, s, only);
            continue;
        }
        if (is(p, STR("("))) {
            parentheses(p, s);
            continue;
        }
        cases += is(p, STR("CASE")) ? 1 : is(p, STR("END")) ? -1 : 0;
        or = or || (cases == 0 && is(p, STR("OR")));
        start = cases == 0 && is(p, STR("AND"));
        bool from = is(p, STR("DISTINCT")); /* IS DISTINCT FROM */
        next(p);
        if (from) (void)take(p, STR("FROM"));
    }
    if (or) s->pins = pins;
}

/* ---- tables ---- */

static void from_list(struct reader *p, struct scope *s);

static void add_source(struct reader *p, struct scope *s, str table, bool needs)
{
    struct source one = {.table = table, .name = table, .needs = needs, .is_pinned = !needs};
    bool as = take(p, STR("AS"));
    if (as || is_name(p)) {
        one.name = name_of(p);
        next(p);
        if (is(p, STR("("))) (void)list_begins_with_site(p, STR("")); /* names of its columns */
    }
    if (s->sources == SOURCES_MAX)
        blame(p, table);
    else
        s->source[s->sources++] = one;
}

static void table_name(struct reader *p, struct scope *s)
{
    str name = name_of(p);
    bool system = false;
    next(p);
    if (take(p, STR("."))) {
        system = sql_same_word(name, STR("information_schema"));
        name = name_of(p);
        next(p);
    }
    bool function = is(p, STR("("));
    if (function) parentheses(p, s);
    add_source(p, s, name, !system && !function && needs_site(p, name));
}

static void table(struct reader *p, struct scope *s)
{
    (void)take(p, STR("LATERAL"));
    if (!is(p, STR("("))) {
        table_name(p, s);
        return;
    }
    struct reader ahead = *p;
    next(&ahead);
    if (is_query(&ahead)) {
        parentheses(p, s);
        add_source(p, s, STR(""), false);
    } else {
        next(p);
        if (++p->depth > DEPTH_MAX)
            blame(p, STR(""));
        else
            from_list(p, s);
        p->depth--;
        (void)take(p, STR(")"));
    }
}

static void from_list(struct reader *p, struct scope *s)
{
    table(p, s);
    for (;;) {
        bool left = false, full = false;
        while (is(p, STR("LEFT")) || is(p, STR("RIGHT")) || is(p, STR("FULL")) ||
               is(p, STR("OUTER")) || is(p, STR("INNER")) || is(p, STR("CROSS")) ||
               is(p, STR("NATURAL"))) {
            left = left || is(p, STR("LEFT"));
            full = full || is(p, STR("RIGHT")) || is(p, STR("FULL"));
            next(p);
        }
        if (!take(p, STR("JOIN")) && !take(p, STR(","))) return;
        table(p, s);
        size_t only = full ? s->sources : left ? s->sources - 1 : SIZE_MAX;
        if (is(p, STR("ON")) && !next_is(p, STR("CONFLICT"))) {
            next(p);
            condition(p, s, only);
        }
    }
}

/* ---- statements ---- */

static void conflict(struct reader *p)
{
    next(p);
    next(p);
    if (is(p, STR("(")) && !list_begins_with_site(p, STR("site")) && needs_site(p, p->insert))
        blame(p, p->insert);
}

/* Up to the end of this part: its tables and conditions. */
static void body(struct reader *p, struct scope *s)
{
    while (!at_end(p) && !is(p, STR("UNION")) && !is(p, STR("EXCEPT")) &&
           !is(p, STR("INTERSECT"))) {
        if (is(p, STR("("))) {
            parentheses(p, s);
        } else if (is(p, STR("DISTINCT"))) {
            next(p);
            if (s->sources == 0 && is(p, STR("FROM"))) next(p); /* IS DISTINCT FROM */
        } else if (take(p, STR("FROM"))) {
            from_list(p, s);
        } else if (take(p, STR("WHERE"))) {
            condition(p, s, SIZE_MAX);
        } else if (is(p, STR("ON")) && next_is(p, STR("CONFLICT"))) {
            conflict(p);
        } else {
            next(p);
        }
    }
    check_sources(p, s);
}

static void values(struct reader *p, struct scope *s, str insert)
{
    next(p);
    bool checked = insert.len && needs_site(p, insert);
    do {
        struct reader ahead = *p;
        if (checked && !list_begins_with_site(&ahead, STR("$site"))) blame(p, insert);
        if (is(p, STR("("))) parentheses(p, s);
    } while (take(p, STR(",")));
}

static void select_part(struct reader *p, struct scope *s, str insert)
{
    next(p);
    if (!take(p, STR("DISTINCT"))) (void)take(p, STR("ALL"));
    struct reader ahead = *p;
    str name;
    if (insert.len && needs_site(p, insert) && (!take_site(&ahead, &name) || !is(&ahead, STR(","))))
        blame(p, insert);
    body(p, s);
}

static void insert_into(struct reader *p, const struct scope *outer)
{
    while (p->token.len && !is(p, STR("INTO")))
        next(p);
    next(p);
    str into = name_of(p);
    next(p);
    if (take(p, STR("AS"))) next(p);
    if (!list_begins_with_site(p, STR("site")) && needs_site(p, into)) blame(p, into);
    p->insert = into;
    query(p, outer);
    struct scope rest = {.outer = outer};
    p->insert = into;
    body(p, &rest);
    p->insert = STR("");
}

static void part(struct reader *p, const struct scope *outer, str insert)
{
    struct scope s = {.outer = outer};
    if (is(p, STR("("))) {
        parentheses(p, outer);
    } else if (is(p, STR("SELECT"))) {
        select_part(p, &s, insert);
    } else if (is(p, STR("VALUES"))) {
        values(p, &s, insert);
    } else if (is(p, STR("INSERT")) || is(p, STR("REPLACE"))) {
        insert_into(p, outer);
    } else if (take(p, STR("UPDATE"))) {
        if (take(p, STR("OR"))) next(p);
        table_name(p, &s);
        body(p, &s);
    } else if (take(p, STR("DELETE"))) {
        (void)take(p, STR("FROM"));
        table_name(p, &s);
        body(p, &s);
    } else if (insert.len && needs_site(p, insert)) {
        blame(p, insert); /* DEFAULT VALUES */
    }
}

static void with(struct reader *p, struct ctes *names)
{
    (void)take(p, STR("RECURSIVE"));
    do {
        if (names->count == NAMES_MAX)
            blame(p, name_of(p));
        else
            names->name[names->count++] = name_of(p);
        next(p);
        if (is(p, STR("("))) (void)list_begins_with_site(p, STR(""));
        (void)take(p, STR("AS"));
        (void)take(p, STR("NOT"));
        (void)take(p, STR("MATERIALIZED"));
        if (is(p, STR("("))) parentheses(p, NULL);
    } while (take(p, STR(",")));
}

static void query(struct reader *p, const struct scope *outer)
{
    struct ctes names = {.outer = p->names};
    str insert = p->insert;
    p->names = &names;
    p->insert = STR("");
    if (take(p, STR("WITH"))) with(p, &names);
    for (;;) {
        p->insert = insert; /* for ON CONFLICT behind a SELECT */
        part(p, outer, insert);
        if (!take(p, STR("UNION")) && !take(p, STR("EXCEPT")) && !take(p, STR("INTERSECT"))) break;
        (void)take(p, STR("ALL"));
    }
    p->names = names.outer;
    p->insert = STR("");
}

/* ---- tables made ---- */

static bool column_rule(struct reader *p)
{
    if (take(p, STR("PRIMARY")))
        return take(p, STR("KEY")) && list_begins_with_site(p, STR("site"));
    if (take(p, STR("FOREIGN")))
        return take(p, STR("KEY")) && list_begins_with_site(p, STR("site"));
    if (take(p, STR("UNIQUE"))) return list_begins_with_site(p, STR("site"));
    next(p); /* REFERENCES */
    next(p);
    return list_begins_with_site(p, STR("site"));
}

static void create_table(struct reader *p, str name)
{
    bool keyed = false, right = take(p, STR("(")) && take(p, STR("site")) &&
                                take(p, STR("BIGINT")) && take(p, STR("NOT")) &&
                                take(p, STR("NULL")) && take(p, STR(","));
    while (right && !at_end(p)) {
        if (is(p, STR("("))) {
            parentheses(p, NULL);
        } else if (is(p, STR("PRIMARY")) || is(p, STR("UNIQUE")) || is(p, STR("FOREIGN")) ||
                   is(p, STR("REFERENCES"))) {
            keyed = keyed || is(p, STR("PRIMARY"));
            right = column_rule(p);
        } else {
            next(p);
        }
    }
    if (!right || !keyed) blame(p, name);
}

static void create(struct reader *p)
{
    bool virtual = false;
    while (is(p, STR("TEMP")) || is(p, STR("TEMPORARY")) || is(p, STR("UNIQUE")) ||
           is(p, STR("VIRTUAL"))) {
        virtual = is(p, STR("VIRTUAL"));
        next(p);
    }
    bool index = is(p, STR("INDEX"));
    if (!index && !is(p, STR("TABLE"))) return; /* VIRTUAL TABLE is SQLite's: a file is one site */
    next(p);
    if (take(p, STR("IF"))) {
        next(p);
        next(p);
    }
    if (index && !is(p, STR("ON"))) next(p);
    if (index) (void)take(p, STR("ON"));
    str name = name_of(p);
    next(p);
    if (!needs_site(p, name)) return;
    if (virtual || (index && is(p, STR("USING")))) return; /* of a file; of PostgreSQL: GIN */
    if (!index)
        create_table(p, name);
    else if (!list_begins_with_site(p, STR("site")))
        blame(p, name);
}

str dialect_unpinned(str text)
{
    struct reader p = {.text = text};
    next(&p);
    if (take(&p, STR("EXPLAIN")) && take(&p, STR("QUERY"))) next(&p);
    if (take(&p, STR("CREATE")))
        create(&p);
    else
        query(&p, NULL);
    return p.unpinned;
}
