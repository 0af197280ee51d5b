/* The writer's side of records: statements made once a type, references resolved before, the org
 * tree; and how these follow the writer's savepoints. */
#include <stdlib.h>
#include <string.h>

#include "record/search.h"

enum {
    STORE_MEMORY_BYTES = 256 << 20,
    REF_MEMORY_BYTES = 64 << 20,
    REF_MAX = 100000,
    ORG_MAX = 1000000
};

/* ---- statements ---- */

static const char *text_of(struct buf *b)
{
    buf_char(b, '\0');
    return b->at;
}

static const char *insert_text(struct arena *a, const struct app_type *t)
{
    struct buf b = {.arena = a};
    buf_add(&b, STR("INSERT INTO "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" (site, "));
    rec_columns_write(&b, t);
    buf_add(&b, STR(") VALUES ($site, "));
    for (int i = 0; i < REC_SYSTEM_COLUMNS + t->field_count; i++)
        buf_printf(&b, "%s$%d", i ? ", " : "", i + 1);
    buf_char(&b, ')');
    return text_of(&b);
}

static const char *load_text(struct arena *a, const struct app_type *t)
{
    struct buf b = {.arena = a};
    buf_add(&b, STR("SELECT "));
    rec_columns_write(&b, t);
    buf_add(&b, STR(" FROM "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" WHERE site = $site AND id = $1"));
    return text_of(&b);
}

static const char *by_key_text(struct arena *a, const struct app_type *t)
{
    struct buf b = {.arena = a};
    buf_add(&b, STR("SELECT id FROM "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" WHERE site = $site AND voided = 0"));
    for (int i = 0; i < t->key_count; i++) {
        buf_add(&b, STR(" AND "));
        sql_name_write(&b, t->field[t->key[i]].name);
        buf_printf(&b, " = $%d", i + 1);
    }
    return text_of(&b);
}

static bool reads_slot(const struct app_type *t, int slot)
{
    bool reads = false;
    for (int i = 0; i < t->rule_count; i++)
        reads = reads || feel_expr_uses_slot(t->rule[i], slot);
    for (int i = 0; i < t->field_count && !reads; i++) {
        const struct app_field *f = &t->field[i];
        reads = (f->check && (feel_expr_uses_slot(f->check, slot) || i == slot)) ||
                (f->preset && feel_expr_uses_slot(f->preset, slot)) ||
                (f->derive && feel_expr_uses_slot(f->derive, slot));
    }
    return reads;
}

static void search_open(struct arena *a, const struct rec_index *index, struct rec_type *out)
{
    struct buf add = {.arena = a}, take = {.arena = a};
    if (!out->searches) return;
    index->add(&add, out->type);
    index->take(&take, out->type);
    out->search_add.text = text_of(&add);
    out->search_take.text = text_of(&take);
}

static void type_open(struct arena *a, const struct app_type *t, struct rec_type *out)
{
    *out = (struct rec_type){.type = t, .searches = rec_searches(t), .computes = t->rule_count > 0};
    out->insert.text = insert_text(a, t);
    out->load.text = load_text(a, t);
    if (t->key_count) out->by_key.text = by_key_text(a, t);
    out->reads = NEWS(a, bool, (size_t)t->field_count + 1);
    for (int i = 0; i < t->field_count; i++) {
        const struct app_field *f = &t->field[i];
        out->computes = out->computes || f->check || f->preset || f->derive;
        out->reads[i] = reads_slot(t, i);
    }
}

static void links_open(struct rec_store *s, const struct catalogue *c)
{
    for (int i = 0; i < c->type_count; i++)
        for (int k = 0; k < c->type[i].field_count; k++) {
            const struct app_field *f = &c->type[i].field[k];
            if (f->kind != FIELD_REF) continue;
            struct rec_type *to = &s->type[f->ref->index];
            *vec_add(&s->arena, &to->link) = (struct rec_link){&c->type[i], f};
        }
}

rc rec_store_open(struct cx *cx, struct db *db, const struct rec_env *env, struct rec_store **out)
{
    const struct catalogue *c = env->catalogue;
    bool searches = false;
    struct rec_store *s = calloc(1, sizeof *s);
    CHECK(s);
    arena_init(&s->arena, STORE_MEMORY_BYTES);
    arena_init(&s->ref_arena, REF_MEMORY_BYTES);
    arena_init(&s->org_arena, REF_MEMORY_BYTES);
    rec_ahead_open(&s->ahead);
    s->env = *env;
    s->db = db;
    s->index = rec_index_of(db);
    s->terms.arena = &s->arena;
    s->type = NEWS(&s->arena, struct rec_type, (size_t)c->type_count);
    for (int i = 0; i < c->type_count; i++) {
        CHECK(c->type[i].index == i);
        type_open(&s->arena, &c->type[i], &s->type[i]);
        search_open(&s->arena, s->index, &s->type[i]);
        searches = searches || s->type[i].searches;
    }
    links_open(s, c);
    if (searches) s->initials = rec_initials_open(&s->arena);
    s->counts = rec_counts_new(&s->arena, c);
    s->before.arena = s->after.arena = &s->arena;
    for (int i = 0; i < REC_TERM_COLUMNS; i++)
        s->terms.column[i].arena = &s->arena;
    *out = s;
    return s->arena.exhausted ? err_set(cx, RC_LIMIT, "record.memory", "声明过多，放不下",
                                        "There are too many declarations to hold")
                              : RC_OK;
}

void rec_store_close(struct rec_store *s)
{
    if (!s) return;
    rec_initials_close(s->initials);
    rec_counts_close(s->counts);
    rec_ahead_close(&s->ahead);
    arena_done(&s->org_arena);
    arena_done(&s->ref_arena);
    arena_done(&s->arena);
    free(s);
}

/* ---- savepoints ---- */

static void refs_undo(struct rec_store *s, size_t mark)
{
    for (size_t i = mark; i < s->ref_log.len; i++)
        map_put(&s->ref, &s->ref_arena, s->ref_log.at[i], NULL);
    s->ref_log.len = mark;
}

static void org_forget(struct rec_store *s)
{
    arena_reset(&s->org_arena);
    s->org = (struct map){0};
    s->org_loaded = false;
}

void rec_job_begin(struct rec_store *s)
{
    if (s->ref_log.len == 0 && (s->ref.count > REF_MAX || s->ref_arena.exhausted)) {
        arena_reset(&s->ref_arena);
        s->ref = (struct map){0};
    }
    s->ref_mark = s->ref_log.len;
    rec_ahead_forget(&s->ahead);
    rec_counts_job_begin(s->counts);
}

void rec_job_undo(struct rec_store *s)
{
    refs_undo(s, s->ref_mark);
    org_forget(s);
    rec_ahead_forget(&s->ahead);
    rec_counts_job_undo(s->counts);
}

SQL(sql_known_rows,
    "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass(quote_ident($1))");

static rc known_rows(struct cx *cx, struct db *db, str table, int64_t *rows)
{
    DB_ROWS at = {0};
    bool more = false;
    *rows = 0;
    rc r = db_query(cx, db, &sql_known_rows, DB_ARGS(DB_T(table)), &at);
    if (r == RC_OK) r = db_next(cx, &at, &more);
    if (r == RC_OK && more) *rows = db_i64(&at, 0);
    return r;
}

static rc table_tell(struct cx *cx, struct db *db, str table)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("ANALYZE (SKIP_LOCKED) "));
    sql_name_write(&b, table);
    return db_exec_text(cx, db, buf_str(&b), DB_NO_ARGS);
}

/* PostgreSQL's planner knows nothing of a young table until somebody tells it to look: before that
 * every index seems as good as the right one. */
static rc grown_tell(struct rec_store *s, struct cx *cx, struct db *db)
{
    enum { FIRST_ROWS = 256, GROWTH = 4 };
    rc r = RC_OK;
    for (int i = 0; i < s->env.catalogue->type_count && r == RC_OK; i++) {
        struct rec_type *t = &s->type[i];
        int64_t rows = 0;
        if (t->made < FIRST_ROWS || t->made < t->made_told * GROWTH) continue;
        t->made_told = t->made;
        r = known_rows(cx, db, t->type->table, &rows);
        if (r != RC_OK || rows >= t->made) continue; /* somebody told it before */
        r = table_tell(cx, db, t->type->table);
        if (r == RC_OK && t->searches)
            r = table_tell(cx, db, sql_index_name(cx->arena, t->type, STR("search")));
    }
    return r;
}

rc rec_flush(struct rec_store *s, struct cx *cx, struct db *db)
{
    rc r = rec_counts_flush(s->counts, cx, db);
    return r == RC_OK && db_kind(db) == DB_POSTGRES ? grown_tell(s, cx, db) : r;
}

void rec_committed(struct rec_store *s)
{
    s->ref_log.len = s->ref_mark = 0;
    rec_ahead_forget(&s->ahead);
    rec_counts_committed(s->counts);
}

void rec_rolled_back(struct rec_store *s)
{
    refs_undo(s, 0);
    s->ref_mark = 0;
    org_forget(s);
    rec_ahead_forget(&s->ahead);
    rec_counts_rolled_back(s->counts);
}

/* ---- references resolved before ---- */

enum { REF_KEY_MAX = 256, REF_HEAD = 4 };

/* "the type's number, kind, id or key" in room; the empty str when it is too long to keep. */
static str ref_name(char room[REF_KEY_MAX], const struct app_type *t, bool by_id, int64_t id,
                    str key)
{
    size_t len = by_id ? sizeof id : key.len;
    if (REF_HEAD + len > REF_KEY_MAX) return STR("");
    room[0] = (char)(t->index & 0xff);
    room[1] = (char)(t->index >> 8 & 0xff);
    room[2] = by_id ? '#' : '=';
    room[3] = 0;
    if (len) memcpy(room + REF_HEAD, by_id ? (const char *)&id : key.at, len);
    return (str){room, REF_HEAD + len};
}

void rec_ref_keep(struct rec_store *s, const struct app_type *t, const struct rec_ref *ref)
{
    char room[REF_KEY_MAX];
    if (s->ref_arena.exhausted) return;
    struct rec_ref *kept = NEW(&s->ref_arena, struct rec_ref);
    *kept = (struct rec_ref){ref->id, arena_dup(&s->ref_arena, ref->key)};
    for (int by_id = 0; by_id < 2; by_id++) {
        str name = ref_name(room, t, by_id, ref->id, ref->key);
        if (!name.len) continue;
        name = arena_dup(&s->ref_arena, name);
        map_put(&s->ref, &s->ref_arena, name, kept);
        *vec_add(&s->arena, &s->ref_log) = name;
    }
}

void rec_ref_forget(struct rec_store *s, const struct app_type *t, int64_t id, str key)
{
    char room[REF_KEY_MAX];
    for (int by_id = 0; by_id < 2; by_id++) {
        str name = ref_name(room, t, by_id, id, key);
        if (name.len && map_find(&s->ref, name)) map_put(&s->ref, &s->ref_arena, name, NULL);
    }
}

void rec_org_changed(struct rec_store *s, const struct app_type *t)
{
    if (s->org_loaded && str_eq(t->name, STR("core.org"))) org_forget(s);
}

const struct rec_ref *rec_ref_known(const struct rec_store *s, const struct app_type *t,
                                    const struct rec_given *given)
{
    char room[REF_KEY_MAX];
    str name = ref_name(room, t, given->is_id, given->id, given->key);
    return name.len ? map_find(&s->ref, name) : NULL;
}

rc rec_ref_find(struct cx *cx, struct rec_store *s, const struct app_type *t,
                const struct rec_given *given, struct rec_ref *out)
{
    *out = (struct rec_ref){0};
    const struct rec_ref *kept = rec_ref_known(s, t, given);
    if (kept) {
        *out = (struct rec_ref){kept->id, arena_dup(cx->arena, kept->key)};
        return RC_OK;
    }
    bool live = false;
    rc r = RC_OK;
    struct rec_ref found = {.id = given->id};
    if (given->is_id)
        r = rec_ref_live(cx, s->db, t, given->id, &live);
    else
        r = rec_find_key(cx, s->db, t, given->key, &found.id);
    if (r != RC_OK || (given->is_id ? !live : found.id == 0)) return r;
    r = rec_ref_key(cx, s->db, t, found.id, &found.key);
    if (r != RC_OK) return r;
    rec_ref_keep(s, t, &found);
    *out = found;
    return RC_OK;
}

/* ---- rights, with the org tree in memory ---- */

static str org_name(const int64_t *id)
{
    return (str){(const char *)id, sizeof *id};
}

static rc orgs_load(struct cx *cx, struct rec_store *s)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b,
             "SELECT o.id, o.\"parent\" FROM \"core_org\" o WHERE o.site = $site ORDER BY o.id");
    org_forget(s);
    rc r = sqlb_query(cx, s->db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        int64_t *pair = NEWS(&s->org_arena, int64_t, 2);
        pair[0] = db_i64(&rows, 0);
        pair[1] = db_is_null(&rows, 1) ? 0 : db_i64(&rows, 1);
        map_put(&s->org, &s->org_arena, org_name(&pair[0]), &pair[1]);
        if (s->org.count > ORG_MAX) break;
    }
    s->org_loaded = r == RC_OK;
    return r;
}

static bool is_below(const struct rec_store *s, int64_t org, int64_t above)
{
    for (int steps = 0; org && steps < 64; steps++) {
        if (org == above) return true;
        const int64_t *parent = map_find(&s->org, org_name(&org));
        org = parent ? *parent : 0;
    }
    return false;
}

rc rec_store_may(struct cx *cx, struct rec_store *s, const struct actor *who, enum act act,
                 const struct record *r)
{
    const struct app_type *t = r->type;
    const enum reach reach = rec_reach(who, t, act);
    if (reach == REACH_ALL) return RC_OK;
    if (reach == REACH_OWN && str_eq(r->created_by, who->code)) return RC_OK;
    if (reach != REACH_ORG || !who->org_id) return rec_denied(cx, act, t);
    rc result = s->org_loaded ? RC_OK : orgs_load(cx, s);
    if (result != RC_OK) return result;
    const int64_t *parent = map_find(&s->org, org_name(&who->org_id));
    if (parent && *parent == 0) return RC_OK; /* the root's: all are below */
    int64_t org = 0;
    if (t->org >= 0)
        org = r->value[t->org].present ? r->value[t->org].i64 : 0;
    else if (str_eq(t->name, STR("core.org")))
        org = r->id;
    return is_below(s, org, who->org_id) ? RC_OK : rec_denied(cx, act, t);
}
