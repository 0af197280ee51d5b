/* From declarations to SQL: the tables of all types and what an existing database lacks of them.
 * Pure: what the database has comes in as data, what to run goes out as text (store/db.h's dialect).
 *
 * The table of a type: site and id BIGINT, its key, version, created_us, changed_us BIGINT, created_by
 * TEXT, voided SMALLINT, then one column a field, quoted: BIGINT for integer, number (× 10^scale),
 * moment (us), ref (id); SMALLINT for boolean; TEXT for the rest (dates as YYYY-MM-DD, files as a JSON
 * array of hashes).  Many sites may share it: what one's declarations add is empty in the others'.
 * Columns of fields may be null; what is required is the business of record/.
 *
 * Evolution is additive: new tables, columns and indexes.  A removed field's column stays, unused. */
#pragma once

#include "app/catalogue.h"

/* A table the database has.  Those that it does not have are left out. */
struct schema_column {
    str name, type; /* BIGINT TEXT BYTEA SMALLINT */
};
struct schema_table {
    str name;
    const struct schema_column *column;
    size_t column_count;
};
/* What each column holds, as recorded in table app_column (tbl, col, holds) when it was made:
 * "number(2)", "date", "ref(core.org)".  Empty for a database without that table. */
struct schema_holds {
    str table, column, holds;
};
struct schema_have {
    const struct schema_table *table;
    size_t table_count;
    const struct schema_holds *holds;
    size_t holds_count;
};

enum schema_act {
    SCHEMA_TABLE,
    SCHEMA_COLUMN,
    SCHEMA_INDEX,
    SCHEMA_NOTE,   /* an entry of app_column */
    SCHEMA_UNUSED, /* nothing to run: a column no field uses any more */
    SCHEMA_ACT_COUNT
};
struct schema_step {
    enum schema_act act;
    str table, column;     /* column: of an index its name; empty for tables */
    str sql;               /* one statement; empty for SCHEMA_UNUSED */
    bool always;           /* CREATE … IF NOT EXISTS that nobody needs to be told of */
    bool unique;           /* of an index */
    struct app_title says; /* "新建表 trade_figure（外贸数据）", "add column …" */
};
struct schema_plan {
    struct schema_step *at;
    size_t len, cap;
};

/* The steps, in the order to run them, that make the database of `have` that of the catalogue; all
 * of them for an empty `have`.  Memory: cx->arena.
 * Errors: RC_CONFLICT app.evolution with cx->findings filled: a field whose kind, scale or target
 * changed while its column holds data; each with the place of the field and what to do instead. */
NODISCARD rc app_schema_sql(struct cx *cx, const struct catalogue *c,
                            const struct schema_have *have, struct schema_plan *out);
/* What a field's column holds, for app_column: "number(2)". */
str app_field_holds(struct arena *a, const struct app_field *f);
/* Its SQL type: BIGINT, SMALLINT or TEXT. */
str app_field_sql_type(const struct app_field *f);
/* The table of a type; an index of it, or "search": a table's name with that still has at most 63 bytes. */
str sql_table_name(struct arena *a, str app, str type);
str sql_index_name(struct arena *a, const struct app_type *t, str suffix);
/* A name as SQL text: "order" → "\"order\"". */
void sql_name_write(struct buf *out, str name);
