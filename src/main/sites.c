/* sites, site add: which sites a deployment has. */
#include "site/sites.h"

#include "main/city.h"

int verb_sites(struct args *a)
{
    struct sites list = {0};
    str url;
    if (!arg_needed(a, "db", &url)) return EXIT_USAGE;
    rc r = sites_list(a->cx, url, &list);
    if (r != RC_OK) return fail(a->cx);
    for (size_t i = 0; i < list.len; i++)
        if (list.at[i].code)
            printf("%" PRId64 "\t" STR_FMT "\n", list.at[i].code, STR_ARG(list.at[i].name));
        else
            puts("-\t(a file without a code; bihuan site add gives it one)");
    return EXIT_OK;
}

int verb_site_add(struct args *a)
{
    str url;
    int64_t code;
    if (!arg_needed(a, "db", &url)) return EXIT_USAGE;
    rc r = city_code(a, a->positional[0], &code);
    if (r == RC_OK) r = sites_add(a->cx, url, code, arg(a, "name"));
    if (r != RC_OK) return fail(a->cx);
    printf("site %" PRId64 " added; fill it with: bihuan setup --db … --site %" PRId64 "\n", code,
           code);
    return EXIT_OK;
}
