/* What the files of the SQLite backend share.  Nothing outside store/ includes this. */
#pragma once

#include <sqlite3.h>

#include "store/db.h"

/* Statements of db_*_text kept prepared, the least recently used one goes. */
enum { DB_TEXT_CACHE_MAX = 128 };

struct db_stmt {
    sqlite3_stmt *sqlite;
    const struct sql *key; /* NULL in the cache by text and for one-off statements */
    char *text;            /* as given, before translation */
    size_t text_len;
    uint64_t text_hash, used_at; /* used_at counts uses, for the LRU */
    uint16_t *position;          /* SQLite's index of $1, $2 … */
    uint16_t arg_count;
    bool busy;         /* rows are being read from it */
    bool one_off;      /* in no cache: closed after use */
    bool readonly;     /* changes nothing: may be interrupted at the deadline */
    bool holds_copies; /* of texts bound for a query */
    uint32_t row_count;
};

struct db {
    sqlite3 *sqlite;
    enum db_mode mode;
    bool on_disk, broken;
    int lock_file;           /* -1: none */
    struct db_stmt **by_key; /* open addressing by the address of struct sql */
    size_t key_cap, key_count;
    struct db_stmt *by_text[DB_TEXT_CACHE_MAX];
    size_t text_count;
    uint64_t use_count;
    int64_t deadline_us; /* of the read that runs; 0: none */
    int64_t changes;
    int64_t log_pages, log_pages_copied; /* of the write-ahead log */
    int64_t fault_in;                    /* statements until one fails; 0: off */
    bool fault_fired;
};

/* Turns an SQLite code into ours; text is the statement or what was being done. */
NODISCARD rc db_fail(struct cx *cx, struct db *db, int code, const char *text);
/* For statements without arguments and rows while a connection is opened. */
NODISCARD rc db_pragma(struct cx *cx, struct db *db, const char *text);
/* True when the statement about to run must fail; has taken the transaction down already. */
bool db_fault_due(struct db *db, bool readonly);
NODISCARD rc db_fault_fail(struct cx *cx);
void db_statements_close(struct db *db);

/* ddl.c: splitting and translating schema text. */
/* The next statement of *rest without its semicolon, *rest behind it; false when only white space
 * and comments are left. */
bool ddl_next(str *rest, str *statement);
/* BIGINT, BYTEA, SMALLINT → SQLite's, tables STRICT; any other statement comes back unchanged. */
str ddl_translate(struct arena *a, str statement);
bool ddl_is_ddl(str statement); /* CREATE, ALTER or DROP */
/* SQLite's column type → ours. */
str ddl_type(str sqlite_type);
