/* Keys of organisations in declarations (lead: commerce_bureau) against core's reference data: a key
 * that is not there would be found out only when a watch opens its first item. */
#include "app/load.h"
#include "base/file.h"

void orgs_load(struct loader *l)
{
    str csv, line;
    for (size_t i = 0; i < l->part.len; i++) {
        const struct part *p = &l->part.at[i];
        const str path = arena_printf(l->cx->arena, STR_FMT "/data/org.csv", STR_ARG(p->folder));
        if (!str_eq(p->name, STR("core")) || !file_exists(l->cx, path)) continue;
        if (file_read(l->cx, path, DECL_BYTES_MAX, &csv) != RC_OK) {
            fault_collect(l, path);
            continue;
        }
        for (l->orgs_given = true; csv.len;) { /* the first column; the header does no harm */
            line = str_cut(csv, '\n', &csv);
            str rest;
            const str key = str_trim(str_cut(line, ',', &rest));
            if (key.len) *vec_add(l->cx->arena, &l->org) = key;
        }
    }
}

void org_check(struct loader *l, const struct decl *at)
{
    if (!l->orgs_given || !at || at->kind != DECL_TEXT || !at->text.len) return;
    for (size_t i = 0; i < l->org.len; i++)
        if (str_eq(l->org.at[i], at->text)) return;
    fault(l, at, "app.unknown-org", "core 的 data/org.csv 里没有机构 “" STR_FMT "”",
          "there is no organisation \"" STR_FMT "\" in data/org.csv of core", STR_ARG(at->text));
    const int near = nearest(at->text, l->org.at, l->org.len);
    if (near >= 0)
        mend(l, "是不是 “" STR_FMT "”？", "did you mean \"" STR_FMT "\"?",
             STR_ARG(l->org.at[near]));
    else
        mend(l, "把它加进 data/org.csv，或改用已有的机构代码",
             "add it to data/org.csv, or use the key of one that is there");
}
