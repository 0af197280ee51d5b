/* Rows as canonical lines, their digests, and where two databases differ. */
#include "site/dump.h"

#include "store/ledger_line.h"

enum { ROW_MEMORY_BYTES = 256 << 20 };

/* ---- lines ---- */

static void bytes_write(struct buf *b, str bytes)
{
    static const char digits[] = "0123456789abcdef";
    buf_add(b, STR("\\x"));
    for (size_t i = 0; i < bytes.len; i++) {
        buf_char(b, digits[(unsigned char)bytes.at[i] >> 4]);
        buf_char(b, digits[(unsigned char)bytes.at[i] & 15]);
    }
}

static void value_write(struct buf *b, struct db_val v)
{
    switch (v.type) {
    case DB_NULL: break;
    case DB_I64: buf_i64(b, v.i64); break;
    case DB_TEXT: line_escape(b, v.bytes); break;
    case DB_BLOB: bytes_write(b, v.bytes); break;
    }
}

static void line_write(struct buf *b, const struct site_table *t, const struct db_rows *rows)
{
    buf_add(b, t->name);
    for (size_t i = 0; i < t->column_count; i++) {
        if (db_is_null(rows, (int)i)) continue;
        buf_char(b, '\t');
        buf_add(b, t->column[i].name);
        buf_char(b, '=');
        value_write(b, table_value(rows, i));
    }
}

/* ---- digests ---- */

struct dumping {
    struct sm3 *table, *total;
    struct arena scratch; /* of one row */
    dump_line_fn *each;
    void *data;
};

static str hex_of(struct arena *a, struct sm3 *sm3)
{
    uint8_t digest[SM3_BYTES];
    char *hex = arena_get(a, DUMP_HEX, 1);
    sm3_end(sm3, digest);
    hex_write(hex, digest, SM3_BYTES);
    return (str){hex, DUMP_HEX};
}

static rc dump_table(struct cx *cx, struct db *db, const struct site_table *t, struct dumping *d,
                     struct dump_part *part)
{
    DB_ROWS rows = {0};
    bool more = false;
    *part = (struct dump_part){.table = t->name};
    sm3_start(d->table);
    rc r = table_scan(cx, db, t, NULL, 0, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct buf line = {.arena = &d->scratch};
        line_write(&line, t, &rows);
        if (d->each) r = d->each(cx, buf_str(&line), d->data);
        buf_char(&line, '\n');
        sm3_add(d->table, buf_str(&line));
        part->rows++;
        arena_reset(&d->scratch);
    }
    part->sm3 = hex_of(cx->arena, d->table);
    return r;
}

rc dump_site(struct cx *cx, struct db *db, const struct site_tables *tables, dump_line_fn *each,
             void *data, struct dump_sum *out)
{
    struct dumping d = {.table = sm3_open(), .total = sm3_open(), .each = each, .data = data};
    struct dump_sum sum = {0};
    rc r = RC_OK;
    arena_init(&d.scratch, ROW_MEMORY_BYTES);
    sm3_start(d.total);
    for (size_t i = 0; i < tables->len && r == RC_OK; i++) {
        struct dump_part part;
        r = dump_table(cx, db, &tables->at[i], &d, &part);
        if (r != RC_OK || !part.rows) continue;
        sm3_add(d.total, arena_printf(cx->arena, STR_FMT "\t%" PRId64 "\t" STR_FMT "\n",
                                      STR_ARG(part.table), part.rows, STR_ARG(part.sm3)));
        sum.rows += part.rows;
        *vec_add(cx->arena, &sum) = part;
    }
    sum.sm3 = hex_of(cx->arena, d.total);
    arena_done(&d.scratch);
    sm3_close(d.table);
    sm3_close(d.total);
    if (r == RC_OK) *out = sum;
    return r;
}

/* ---- differences: both sides are read in the order of their keys ---- */

struct side {
    const struct site_table *table; /* NULL: this side has no such table */
    struct db_rows rows;
    bool more;
};

struct comparing {
    struct arena scratch;
    dump_difference_fn *each;
    void *data;
    struct dump_compared sum;
};

static rc side_next(struct cx *cx, struct side *s)
{
    return s->table && s->more ? db_next(cx, &s->rows, &s->more) : RC_OK;
}

static rc side_open(struct cx *cx, const struct dump_side *from, str table, struct side *out)
{
    out->table = tables_find(&from->tables, table);
    if (!out->table) return RC_OK;
    rc r = table_scan(cx, from->db, out->table, NULL, 0, &out->rows);
    out->more = r == RC_OK;
    return r == RC_OK ? side_next(cx, out) : r;
}

static int value_cmp(struct db_val a, struct db_val b)
{
    if (a.type == DB_I64 && b.type == DB_I64) return (a.i64 > b.i64) - (a.i64 < b.i64);
    return a.type == b.type ? str_cmp(a.bytes, b.bytes) : (int)a.type - (int)b.type;
}

/* Which row comes first: < 0 the left one, 0 they are the same row. */
static int side_cmp(const struct side *l, const struct side *r)
{
    if (!l->more || !r->more) return (int)r->more - (int)l->more;
    for (size_t i = 0; i < l->table->key_count && i < r->table->key_count; i++) {
        int c = value_cmp(table_value(&l->rows, i), table_value(&r->rows, i));
        if (c) return c;
    }
    return 0;
}

static str key_of(struct arena *a, const struct side *s)
{
    struct buf b = {.arena = a};
    for (size_t i = 0; i < s->table->key_count; i++) {
        if (i) buf_char(&b, ' ');
        buf_add(&b, s->table->column[i].name);
        buf_char(&b, '=');
        value_write(&b, table_value(&s->rows, i));
    }
    return buf_str(&b);
}

static size_t column_of(const struct site_table *t, str name)
{
    size_t i = 0;
    while (i < t->column_count && !str_eq(t->column[i].name, name))
        i++;
    return i;
}

static bool has_column(const struct site_table *t, str name)
{
    return column_of(t, name) < t->column_count;
}

/* The value of a column by name; null where the side has no such column. */
static struct db_val value_of(const struct side *s, str name)
{
    return has_column(s->table, name) ? table_value(&s->rows, column_of(s->table, name)) : DB_N;
}

static str shown(struct arena *a, struct db_val v)
{
    struct buf b = {.arena = a};
    value_write(&b, v);
    return v.type == DB_NULL ? STR("null") : buf_str(&b);
}

static rc tell(struct cx *cx, struct comparing *c, const struct side *s, struct dump_difference d)
{
    if (!c->each) return RC_OK;
    d.table = s->table->name;
    d.key = key_of(&c->scratch, s);
    return c->each(cx, &d, c->data);
}

static rc tell_one(struct cx *cx, struct comparing *c, const struct side *s, bool left)
{
    struct buf line = {.arena = &c->scratch};
    struct dump_difference d = {0};
    line_write(&line, s->table, &s->rows);
    *(left ? &d.left : &d.right) = buf_str(&line);
    c->sum.different++;
    return tell(cx, c, s, d);
}

/* The columns of both, each once. */
static rc columns_compare(struct cx *cx, struct comparing *c, const struct side *l,
                          const struct side *r, bool *differs)
{
    const struct side *sides[] = {l, r};
    rc result = RC_OK;
    for (size_t k = 0; k < COUNTOF(sides); k++)
        for (size_t i = 0; i < sides[k]->table->column_count && result == RC_OK; i++) {
            str name = sides[k]->table->column[i].name;
            struct db_val left = value_of(l, name), right = value_of(r, name);
            if (value_cmp(left, right) == 0 || (k == 1 && has_column(l->table, name))) continue;
            *differs = true;
            result = tell(cx, c, l,
                          (struct dump_difference){.column = name,
                                                   .left = shown(&c->scratch, left),
                                                   .right = shown(&c->scratch, right)});
        }
    return result;
}

static rc row_compare(struct cx *cx, struct comparing *c, struct side *l, struct side *r)
{
    int order = side_cmp(l, r);
    bool differs = false;
    rc result = RC_OK;
    c->sum.rows++;
    if (order < 0)
        result = tell_one(cx, c, l, true);
    else if (order > 0)
        result = tell_one(cx, c, r, false);
    else
        result = columns_compare(cx, c, l, r, &differs);
    c->sum.different += differs;
    arena_reset(&c->scratch);
    if (result == RC_OK && order <= 0) result = side_next(cx, l);
    if (result == RC_OK && order >= 0) result = side_next(cx, r);
    return result;
}

static rc table_compare(struct cx *cx, struct comparing *c, const struct dump_side *left,
                        const struct dump_side *right, str table)
{
    struct side l = {0}, r = {0};
    rc result = side_open(cx, left, table, &l);
    if (result == RC_OK) result = side_open(cx, right, table, &r);
    while (result == RC_OK && (l.more || r.more))
        result = row_compare(cx, c, &l, &r);
    db_rows_done(&l.rows);
    db_rows_done(&r.rows);
    return result;
}

rc dump_compare(struct cx *cx, const struct dump_side *left, const struct dump_side *right,
                dump_difference_fn *each, void *data, struct dump_compared *out)
{
    struct comparing c = {.each = each, .data = data};
    rc r = RC_OK;
    arena_init(&c.scratch, ROW_MEMORY_BYTES);
    for (size_t i = 0; i < left->tables.len && r == RC_OK; i++)
        r = table_compare(cx, &c, left, right, left->tables.at[i].name);
    for (size_t i = 0; i < right->tables.len && r == RC_OK; i++)
        if (!tables_find(&left->tables, right->tables.at[i].name))
            r = table_compare(cx, &c, left, right, right->tables.at[i].name);
    arena_done(&c.scratch);
    if (r == RC_OK) *out = c.sum;
    return r;
}
