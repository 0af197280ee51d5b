/* setup-cluster: spreads the tables of a PostgreSQL database over the machines of a Citus cluster. */
#include "site/cluster.h"

#include "main/city.h"

static const char *place_of(const struct cluster_table *t, bool zh)
{
    if (t->belongs == CLUSTER_REFERENCE)
        return t->moved ? (zh ? "现已放到每台机器" : "on every machine now")
                        : (zh ? "已在每台机器" : "on every machine already");
    return t->moved ? (zh ? "现已按 site 分布" : "distributed by site now")
                    : (zh ? "已按 site 分布" : "distributed by site already");
}

int verb_setup_cluster(struct args *a)
{
    struct cluster c = {0};
    struct db *db = NULL;
    str url;
    size_t moved = 0;
    const bool zh = a->cx->lang == LANG_ZH;
    if (!arg_needed(a, "db", &url)) return EXIT_USAGE;
    /* A writer of the whole database: no migration runs meanwhile.  A file is refused before it is made. */
    rc r = db_open(a->cx, url, db_kind_of(url) == DB_POSTGRES ? DB_WRITER : DB_READER, &db);
    if (r == RC_OK) r = cluster_look(a->cx, db, &c);
    if (r == RC_OK) r = cluster_distribute(a->cx, db, &c);
    if (db) db_close(db);
    for (size_t i = 0; i < c.len; i++) {
        const struct cluster_table *t = &c.at[i];
        if (t->is == t->belongs) printf(STR_FMT ": %s\n", STR_ARG(t->name), place_of(t, zh));
        moved += t->moved;
    }
    if (r != RC_OK) return fail(a->cx);
    printf(zh ? "Citus " STR_FMT "，%zu 张表，这次移动了 %zu 张\n"
              : "Citus " STR_FMT ", %zu tables, %zu of them moved now\n",
           STR_ARG(c.version), c.len, moved);
    return EXIT_OK;
}
