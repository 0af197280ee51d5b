/* One file, by the rules of the standard: accepted or refused, with the reasons. */
#include "main/bpmn/refuse.h"

#include <stdio.h>

#include "base/file.h"
#include "bpmn/check.h"
#include "main/decisions/folder.h"

enum { FILE_BYTES = 256 << 20 };

struct beside {
    str folder;
};

/* The folder of a file: what stands before its last slash. */
static str folder_of(str path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.at[i - 1] == '/') return str_slice(path, 0, i);
    return (str){0};
}

static bool leads_elsewhere(str location)
{
    return str_index(location, STR("://")) != SIZE_MAX || str_starts(location, STR("/")) ||
           str_index(location, STR("..")) != SIZE_MAX;
}

static rc read_beside(void *owner, struct cx *cx, str location, str *xml)
{
    const struct beside *b = owner;
    const str path = path_join(cx->arena, b->folder, location);
    *xml = (str){0};
    if (leads_elsewhere(location) || !file_exists(cx, path)) return RC_OK;
    return file_read(cx, path, BPMN_XML_BYTES_MAX, xml);
}

rc refuse_check(const struct suite *s, struct cx *cx, str file)
{
    struct beside b = {.folder = path_join(cx->arena, s->folder, folder_of(file))};
    const struct bpmn_files files = {.read = read_beside, .owner = &b};
    str xml;
    rc r = suite_file(s, cx, file, &xml);
    return r == RC_OK ? bpmn_check_file(cx, xml, file, &files) : r;
}

/* "EXT020" is rule EXT.020 of a finding's sentence. */
static bool says_rule(const struct cx *cx, str constraint)
{
    struct buf b = {.arena = cx->arena};
    buf_printf(&b, "EXT." STR_FMT, STR_ARG(str_slice(constraint, 3, constraint.len)));
    for (size_t i = 0; i < cx->findings->count; i++)
        if (str_index(cx->findings->item[i].detail, buf_str(&b)) != SIZE_MAX) return true;
    return false;
}

static str findings_text(const struct cx *cx)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("refused"));
    for (size_t i = 0; i < cx->findings->count && i < 3; i++)
        buf_printf(&b, "%s " STR_FMT " (%s)", i ? ";" : ":", STR_ARG(cx->findings->item[i].detail),
                   cx->findings->item[i].slug);
    if (!cx->findings->count) buf_printf(&b, ": " STR_FMT, STR_ARG(suite_error(b.arena, &cx->err)));
    return buf_str(&b);
}

/* Refused, but for another reason than the file was made for: told to who asks for more. */
static void tell_reason(const struct suite *s, const struct cx *cx, const struct refuse_test *test)
{
    if (!s->verbose || s->json || !str_starts(test->constraint, STR("EXT"))) return;
    if (says_rule(cx, test->constraint)) return;
    printf("note: " STR_FMT ": not by rule " STR_FMT ", but " STR_FMT "\n", STR_ARG(test->name),
           STR_ARG(test->constraint), STR_ARG(findings_text(cx)));
}

rc refuse_run(struct suite *s, const struct refuse_test *test)
{
    struct arena arena;
    arena_init(&arena, FILE_BYTES);
    struct findings *findings = NEW(&arena, struct findings);
    struct cx cx = {.arena = &arena, .lang = s->cx->lang, .findings = findings};
    const rc r = refuse_check(s, &cx, test->file);
    const bool refused = r == RC_INVALID || r == RC_TOO_LARGE || r == RC_LIMIT;
    struct suite_line line = {.test = test->name,
                              .expected = test->is_valid ? STR("accepted") : STR("refused")};
    line.got = r == RC_OK ? STR("accepted") : findings_text(&cx);
    if (refused && !test->is_valid) tell_reason(s, &cx, test);
    suite_tell(s, &line, test->is_valid ? r == RC_OK : refused);
    arena_done(&arena);
    return RC_OK;
}
