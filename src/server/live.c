/* Live pages: server-sent events.  What changed is kept in one ring for all; a stream only keeps its
 * place in it, and is told that everything changed when it has fallen behind.  Each sees the types it may read. */
#include <stdlib.h>

#include "server/inside.h"

enum {
    RING = 256,
    EVENT_TYPES_MAX = 32,
    EVENT_RECORDS_MAX = 20,
    EVENT_NAMES_BYTES = 2000,
    TEXT_BYTES = 6 << 10,
    TYPES_MAX = 512,
    PING_US = 15 * US_PER_SECOND,
    STREAM_S = 1800 /* then the browser comes again, and its rights are read anew */
};

struct event {
    int64_t seq;
    int type[EVENT_TYPES_MAX], type_count;
    struct {
        int type;
        int64_t id;
    } record[EVENT_RECORDS_MAX];
    int record_count;
    bool items, tasks, whole;      /* not whole: more than fits; the page looks at everything */
    char names[EVENT_NAMES_BYTES]; /* indicators: a JSON list */
    size_t names_len;
};
struct client {
    struct client *next, *prev;
    struct hub *hub;
    struct MHD_Connection *connection;
    bool waiting; /* suspended */
    uint64_t at;  /* the next event of the ring */
    int64_t pinged_us, end_us;
    bool ping, indicators;
    unsigned char reach[TYPES_MAX]; /* enum reach, for reading */
    char text[TEXT_BYTES];
    size_t sent, len;
};
struct hub {
    pthread_mutex_t lock;
    const struct catalogue *catalogue;
    struct client *first;
    int clients;
    uint64_t head; /* events so far */
    bool stopping;
    struct event ring[RING];
};

struct hub *hub_open(const struct catalogue *c)
{
    struct hub *h = calloc(1, sizeof *h);
    CHECK(h);
    pthread_mutex_init(&h->lock, NULL);
    h->catalogue = c;
    return h;
}

void hub_close(struct hub *h)
{
    pthread_mutex_destroy(&h->lock);
    free(h);
}

int hub_clients(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    int n = h->clients;
    pthread_mutex_unlock(&h->lock);
    return n;
}

/* ---- what happened ---- */

static int type_index(const struct hub *h, str name)
{
    const struct app_type *t = catalogue_type(h->catalogue, name);
    return t ? t->index : -1;
}

static bool event_add_type(struct event *e, int type)
{
    if (type < 0 || type >= TYPES_MAX) return true;
    if (e->type_count == EVENT_TYPES_MAX) return false;
    e->type[e->type_count++] = type;
    return true;
}

static void event_read(const struct hub *h, const struct json *j, struct event *e)
{
    const struct json *types = json_find(j, STR("types")), *records = json_find(j, STR("records")),
                      *names = json_find(j, STR("indicators")), *items = json_find(j, STR("items"));
    e->whole = true;
    (void)json_i64(json_find(j, STR("seq")), &e->seq);
    for (const struct json *t = types ? types->child : NULL; t; t = t->next)
        e->whole &= event_add_type(e, type_index(h, t->text));
    for (const struct json *t = records ? records->child : NULL; t; t = t->next) {
        if (e->record_count == EVENT_RECORDS_MAX) break;
        e->record[e->record_count].type = type_index(h, json_text(t, STR("type")));
        if (json_i64(json_find(t, STR("id")), &e->record[e->record_count].id)) e->record_count++;
    }
    e->items = json_is(items, JSON_TRUE) || (json_is(items, JSON_ARRAY) && items->count);
    e->tasks = json_is(json_find(j, STR("tasks")), JSON_TRUE);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct buf text = {.arena = &arena};
    if (names) json_write(&text, names);
    if (text.len && text.len < sizeof e->names) {
        memcpy(e->names, text.at, text.len);
        e->names_len = text.len;
    } else if (text.len) {
        e->whole = false;
    }
    arena_done(&arena);
}

static void wake(struct client *c)
{
    if (!c->waiting) return;
    c->waiting = false;
    MHD_resume_connection(c->connection);
}

void hub_changed(void *hub, str event_json)
{
    struct hub *h = hub;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct cx cx = {.arena = &arena};
    const struct json *j = NULL;
    struct event e = {0};
    if (json_parse(&cx, event_json, &j) == RC_OK) event_read(h, j, &e);
    arena_done(&arena);
    pthread_mutex_lock(&h->lock);
    h->ring[h->head % RING] = e;
    h->head++;
    for (struct client *c = h->first; c; c = c->next)
        wake(c);
    pthread_mutex_unlock(&h->lock);
}

void hub_ping(struct hub *h)
{
    int64_t now = os_monotonic_us();
    pthread_mutex_lock(&h->lock);
    for (struct client *c = h->first; c; c = c->next) {
        if (now - c->pinged_us < PING_US && now < c->end_us) continue;
        c->ping = true;
        wake(c);
    }
    pthread_mutex_unlock(&h->lock);
}

void hub_stop(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    for (struct client *c = h->first; c; c = c->next)
        wake(c);
    pthread_mutex_unlock(&h->lock);
}

/* ---- what one stream is told of it ---- */

static void event_write(const struct client *c, const struct event *e, struct jw *w)
{
    const struct app_type *type = c->hub->catalogue->type;
    jw_object(w);
    jw_ki64(w, "seq", e->seq);
    jw_key(w, STR("types"));
    jw_array(w);
    for (int i = 0; i < e->type_count; i++)
        if (c->reach[e->type[i]] != REACH_NONE) jw_str(w, type[e->type[i]].name);
    jw_end(w, ']');
    jw_key(w, STR("records"));
    jw_array(w);
    for (int i = 0; i < e->record_count; i++) {
        int t = e->record[i].type;
        if (t < 0 || t >= TYPES_MAX || c->reach[t] != REACH_ALL) continue;
        jw_object(w);
        jw_kstr(w, "type", type[t].name);
        jw_ki64(w, "id", e->record[i].id);
        jw_end(w, '}');
    }
    jw_end(w, ']');
    jw_kraw(w, "indicators",
            c->indicators && e->names_len ? (str){e->names, e->names_len} : STR("[]"));
    jw_kbool(w, "items", e->items);
    jw_kbool(w, "tasks", e->tasks);
    jw_end(w, '}');
}

static void client_say(struct client *c, str name, str data)
{
    int n = snprintf(c->text, sizeof c->text, "event: " STR_FMT "\ndata: " STR_FMT "\n\n",
                     STR_ARG(name), STR_ARG(data));
    c->sent = 0;
    c->len = n > 0 && (size_t)n < sizeof c->text ? (size_t)n : 0;
}

/* For who has missed something, or when it is too much to name. */
static const str everything = STR_INIT(
    "{\"seq\":0,\"types\":[\"*\"],\"records\":[],\"indicators\":[\"*\"],"
    "\"items\":true,\"tasks\":true}");

static void client_next(struct client *c)
{
    struct hub *h = c->hub;
    if (h->head - c->at > RING) {
        c->at = h->head;
        client_say(c, STR("change"), everything);
    } else if (c->at < h->head) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct buf b = {.arena = &arena};
        struct jw w = {.out = &b};
        const struct event *e = &h->ring[c->at++ % RING];
        event_write(c, e, &w);
        client_say(c, STR("change"), e->whole ? buf_str(&b) : everything);
        if (!c->len) client_say(c, STR("change"), everything);
        arena_done(&arena);
    } else if (c->ping) {
        client_say(c, STR("ping"), STR("{}"));
    }
    c->ping = false;
    if (c->len) c->pinged_us = os_monotonic_us();
}

static ssize_t client_read(void *data, uint64_t position, char *out, size_t max)
{
    struct client *c = data;
    struct hub *h = c->hub;
    (void)position;
    pthread_mutex_lock(&h->lock);
    ssize_t result = 0;
    if (c->sent == c->len) {
        c->sent = c->len = 0;
        client_next(c);
    }
    if (h->stopping || os_monotonic_us() > c->end_us) {
        result = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (c->sent < c->len) {
        size_t n = c->len - c->sent < max ? c->len - c->sent : max;
        memcpy(out, c->text + c->sent, n);
        c->sent += n;
        result = (ssize_t)n;
    } else {
        c->waiting = true; /* before anybody can wake it: the lock is ours */
        MHD_suspend_connection(c->connection);
    }
    pthread_mutex_unlock(&h->lock);
    return result;
}

static void client_free(void *data)
{
    struct client *c = data;
    struct hub *h = c->hub;
    pthread_mutex_lock(&h->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        h->first = c->next;
    if (c->next) c->next->prev = c->prev;
    h->clients--;
    pthread_mutex_unlock(&h->lock);
    free(c);
}

static bool sees_indicators(const struct actor *who)
{
    for (int i = 0; i < who->role_count; i++)
        if (who->role[i]->sees_indicators) return true;
    return who->system;
}

struct MHD_Response *hub_stream(struct hub *h, struct request *r)
{
    enum { BLOCK_BYTES = 1 << 10 };
    struct client *c = calloc(1, sizeof *c);
    CHECK(c);
    c->hub = h;
    c->connection = r->connection;
    c->indicators = sees_indicators(&r->who);
    c->pinged_us = os_monotonic_us();
    c->end_us = c->pinged_us + STREAM_S * US_PER_SECOND;
    c->ping = true; /* says at once that the stream stands */
    for (int i = 0; i < h->catalogue->type_count && i < TYPES_MAX; i++)
        c->reach[i] = (unsigned char)rec_reach(&r->who, &h->catalogue->type[i], ACT_READ);
    pthread_mutex_lock(&h->lock);
    c->at = h->head;
    c->next = h->first;
    if (h->first) h->first->prev = c;
    h->first = c;
    h->clients++;
    pthread_mutex_unlock(&h->lock);
    struct MHD_Response *m = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                                               client_read, c, client_free);
    if (!m) client_free(c);
    return m;
}

rc live_get(struct request *r)
{
    enum { CLIENTS_MAX = 2000 };
    if (hub_clients(r->place->hub) >= CLIENTS_MAX)
        return err_set(&r->cx, RC_BUSY, "live.full", "实时连接过多,请稍后再试",
                       "too many live pages: try again later");
    r->answer.live = true;
    r->answer.media_type = "text/event-stream; charset=utf-8";
    return RC_OK;
}
