/* Distributing the tables with Citus.  What is the site's and what the whole database's is read from the
 * tables themselves: the first have the column `site` at the head of their key. */
#include "site/cluster.h"

#include "base/buf.h"

enum { LISTED_MAX = 10 };

SQL(sql_version, "SELECT CAST(extversion AS TEXT) FROM pg_extension WHERE extname = 'citus'");
/* A row a table: is the column `site` there, and in which place of the primary key? */
SQL(sql_tables,
    "SELECT CAST(c.relname AS TEXT), CASE WHEN a.attnum IS NULL THEN 0 ELSE 1 END"
    " FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site'"
    " AND NOT a.attisdropped"
    " WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')"
    " AND NOT c.relispartition ORDER BY CAST(c.relname AS TEXT) COLLATE \"C\"");
SQL(sql_bad_keys,
    "SELECT CAST(t.relname AS TEXT), CAST(n.relname AS TEXT) FROM pg_index i"
    " JOIN pg_class n ON n.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid"
    " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]"
    " WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND i.indisunique"
    " AND COALESCE(a.attname, '') <> 'site'"
    " ORDER BY CAST(t.relname AS TEXT) COLLATE \"C\", CAST(n.relname AS TEXT) COLLATE \"C\"");
/* partmethod h: by the hash of a column; n with repmodel t: on every machine. */
SQL(sql_placed,
    "SELECT CAST(c.relname AS TEXT),"
    " CASE WHEN p.partmethod = 'h'"
    "  AND column_to_column_name(p.logicalrelid, p.partkey) = 'site' THEN 1"
    "  WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN 2 ELSE 3 END,"
    " CAST(p.colocationid AS BIGINT)"
    " FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid"
    " WHERE c.relnamespace = CAST(current_schema() AS regnamespace)"
    " ORDER BY CAST(c.relname AS TEXT) COLLATE \"C\"");
SQL(sql_to_site,
    "SELECT CAST(create_distributed_table(to_regclass(quote_ident($1)), 'site',"
    " colocate_with => $2) AS TEXT)");
SQL(sql_to_all, "SELECT CAST(create_reference_table(to_regclass(quote_ident($1))) AS TEXT)");

/* They have a column of that name and are of the whole database all the same: the sites there are. */
static bool is_of_database(str name)
{
    return str_eq(name, STR("site_known"));
}

static struct cluster_table *find(struct cluster *c, str name)
{
    for (size_t i = 0; i < c->len; i++)
        if (str_eq(c->at[i].name, name)) return &c->at[i];
    return NULL;
}

static rc load_tables(struct cx *cx, struct db *db, struct cluster *c)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_tables, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct cluster_table *t = vec_add(cx->arena, c);
        t->name = db_text_dup(cx, &rows, 0);
        t->belongs =
            db_i64(&rows, 1) && !is_of_database(t->name) ? CLUSTER_SITE : CLUSTER_REFERENCE;
    }
    return r;
}

static rc load_bad_keys(struct cx *cx, struct db *db, struct cluster *c)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_bad_keys, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct cluster_table *t = find(c, db_text(&rows, 0));
        if (t && t->belongs == CLUSTER_SITE && !t->bad_key.len)
            t->bad_key = db_text_dup(cx, &rows, 1);
    }
    return r;
}

static rc load_placed(struct cx *cx, struct db *db, struct cluster *c)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_placed, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct cluster_table *t = find(c, db_text(&rows, 0));
        if (!t) continue;
        t->is = (enum cluster_place)db_i64(&rows, 1);
        t->group = db_i64(&rows, 2);
    }
    return r;
}

static rc load_version(struct cx *cx, struct db *db, struct cluster *c)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_version, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) c->version = db_text_dup(cx, &rows, 0);
    return r;
}

rc cluster_look(struct cx *cx, struct db *db, struct cluster *out)
{
    struct cluster c = {0};
    if (db_kind(db) != DB_POSTGRES) {
        rc r = err_set(cx, RC_INVALID, "cluster.not-postgresql",
                       "文件不能分布到多台机器，只有 PostgreSQL 数据库可以",
                       "a file cannot be spread over machines, only a PostgreSQL database can");
        err_hint(cx, "先迁到 PostgreSQL：bihuan move --from 文件 --to postgresql://…",
                 "move it to PostgreSQL first: bihuan move --from FILE --to postgresql://…");
        return r;
    }
    rc r = load_version(cx, db, &c);
    if (r == RC_OK) r = load_tables(cx, db, &c);
    if (r == RC_OK) r = load_bad_keys(cx, db, &c);
    if (r == RC_OK && c.version.len) r = load_placed(cx, db, &c);
    if (r == RC_OK) *out = c;
    return r;
}

/* ---- distributing ---- */

static rc no_extension(struct cx *cx)
{
    rc r = err_set(cx, RC_MISSING, "cluster.no-extension",
                   "这个数据库没有装 Citus 扩展，表不能分布到多台机器",
                   "the extension Citus is not in this database: tables cannot be distributed");
    err_hint(
        cx,
        "在每台机器上装 Citus 并写入 shared_preload_libraries，再由管理员执行 CREATE EXTENSION "
        "citus 并用 citus_add_node 加入各台机器；单台 PostgreSQL 不需要这一步",
        "install Citus on every machine, put it into shared_preload_libraries, let an "
        "administrator run CREATE EXTENSION citus and add the machines with citus_add_node; one "
        "PostgreSQL alone needs none of this");
    return r;
}

/* Names of the tables that are at fault; *count of them. */
static str faulty(struct cx *cx, const struct cluster *c, bool by_key, size_t *count)
{
    struct buf out = {.arena = cx->arena};
    *count = 0;
    for (size_t i = 0; i < c->len; i++) {
        const struct cluster_table *t = &c->at[i];
        bool bad = by_key ? t->bad_key.len > 0 : t->is != CLUSTER_LOCAL && t->is != t->belongs;
        if (!bad || ++*count > LISTED_MAX) continue;
        buf_printf(&out, "%s" STR_FMT, out.len ? ", " : "", STR_ARG(t->name));
        if (by_key) buf_printf(&out, " (" STR_FMT ")", STR_ARG(t->bad_key));
    }
    if (*count > LISTED_MAX) buf_add(&out, STR(", …"));
    return buf_str(&out);
}

static rc may_distribute(struct cx *cx, const struct cluster *c)
{
    size_t count;
    str list;
    if (!c->version.len) return no_extension(cx);
    list = faulty(cx, c, true, &count);
    if (count) {
        rc r = err_set(cx, RC_CONFLICT, "cluster.key",
                       "%zu 张表的键不以 site 开头，不能分布：" STR_FMT,
                       "%zu tables have a key that does not begin with site and cannot be "
                       "distributed: " STR_FMT,
                       count, STR_ARG(list));
        err_hint(cx, "这些键不是本系统建的：删去，或把表移到另一个 schema",
                 "this program made no such key: drop it, or put the table into another schema");
        return r;
    }
    list = faulty(cx, c, false, &count);
    if (!count) return RC_OK;
    rc r = err_set(cx, RC_CONFLICT, "cluster.elsewhere", "%zu 张表已按别的方式分布：" STR_FMT,
                   "%zu tables are distributed in another way already: " STR_FMT, count,
                   STR_ARG(list));
    err_hint(cx, "先用 undistribute_table 收回它们，再执行一次",
             "take them back with undistribute_table first, then run this again");
    return r;
}

static rc move_one(struct cx *cx, struct db *db, struct cluster_table *t, str beside)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = t->belongs == CLUSTER_SITE
               ? db_query(cx, db, &sql_to_site, DB_ARGS(DB_T(t->name), DB_T(beside)), &rows)
               : db_query(cx, db, &sql_to_all, DB_ARGS(DB_T(t->name)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    t->is = t->belongs;
    t->moved = true;
    return RC_OK;
}

rc cluster_distribute(struct cx *cx, struct db *db, struct cluster *c)
{
    str beside = {0};
    rc r = may_distribute(cx, c);
    for (size_t i = 0; i < c->len && !beside.len; i++)
        if (c->at[i].is == CLUSTER_SITE) beside = c->at[i].name;
    for (size_t i = 0; i < c->len && r == RC_OK; i++) {
        struct cluster_table *t = &c->at[i];
        if (t->is != CLUSTER_LOCAL) continue;
        r = move_one(cx, db, t, beside.len ? beside : STR("none"));
        if (t->is == CLUSTER_SITE && !beside.len) beside = t->name;
    }
    return r;
}

static rc follow(struct cx *cx, struct db *db)
{
    struct cluster c = {0};
    bool distributed = false;
    rc r = cluster_look(cx, db, &c);
    for (size_t i = 0; r == RC_OK && i < c.len; i++)
        distributed = distributed || c.at[i].is == CLUSTER_SITE;
    return r == RC_OK && distributed ? cluster_distribute(cx, db, &c) : r;
}

rc cluster_follow(struct cx *cx, struct db *db)
{
    struct cluster c = {0};
    if (db_kind(db) != DB_POSTGRES) return RC_OK;
    rc r = load_version(cx, db, &c);
    if (r != RC_OK || !c.version.len) return r;
    r = db_schema_lock(cx, db);
    if (r != RC_OK) return r;
    r = follow(cx, db);
    db_schema_unlock(db);
    return r;
}
