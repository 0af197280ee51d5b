/* For tests of app/: an app written to a folder of its own, loaded, its findings as one text. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "app/catalogue.h"
#include "base/file.h"
#include "base/test.h"

struct apps {
    struct fixture f;
    char folder[64];
    const struct catalogue *c; /* NULL: faulty */
    rc result;
    VEC(str) written;
};

static inline void apps_init(struct apps *a)
{
    *a = (struct apps){0};
    fixture_init(&a->f, ARENA_DEFAULT_BYTES * 4);
    (void)snprintf(a->folder, sizeof a->folder, "/tmp/bihuan-app-XXXXXX");
    assert_non_null(mkdtemp(a->folder));
}

/* path: "core/app.yaml" below the folder */
static inline void apps_write(struct apps *a, const char *path, str text)
{
    str full = arena_printf(&a->f.arena, "%s/%s", a->folder, path);
    size_t slash = full.len;
    while (full.at[slash - 1] != '/')
        slash--;
    assert_int_equal(file_make_folder(&a->f.cx, str_slice(full, 0, slash - 1)), RC_OK);
    assert_int_equal(file_write(&a->f.cx, full, text), RC_OK);
    *vec_add(&a->f.arena, &a->written) = full;
}

static inline void apps_load(struct apps *a)
{
    str folder = str_from(a->folder);
    a->f.cx.findings = NULL;
    err_clear(&a->f.cx);
    a->result = catalogue_load(&a->f.cx, &folder, 1, NULL, &a->c);
}

/* The findings, one a line, files named from the folder. */
static inline str apps_findings(struct apps *a)
{
    const struct findings *list = a->f.cx.findings;
    struct buf out = {.arena = &a->f.arena};
    for (size_t i = 0; list && i < list->count; i++) {
        struct err e = list->item[i];
        const size_t skip = strlen(a->folder) + 1;
        if (e.source.len > skip) e.source = str_slice(e.source, skip, e.source.len);
        err_print(&out, &e);
        buf_char(&out, '\n');
    }
    return buf_str(&out);
}

static inline void apps_done(struct apps *a)
{
    catalogue_free(a->c);
    for (size_t i = 0; i < a->written.len; i++)
        (void)unlink(arena_cstr(&a->f.arena, a->written.at[i]));
    for (size_t i = 2 * a->written.len; i-- > 0;) { /* twice: a folder within another goes first */
        str folder = a->written.at[i / 2];
        while (folder.at[folder.len - 1] != '/')
            folder.len--;
        (void)rmdir(arena_cstr(&a->f.arena, str_slice(folder, 0, folder.len - 1)));
    }
    (void)rmdir(a->folder);
    fixture_done(&a->f);
}
