/* The table of builtins: search, checking and coercing of arguments, calling. */
#include "feel/builtin/builtin.h"

#include <string.h>

const struct builtin builtin_table[] = {
#define BUILTIN(name, types, params, result, function)                                             \
    {name, types, params, result, true, function},
#define IMPURE(name, types, params, result, function)                                              \
    {name, types, params, result, false, function},
#include "feel/builtin/builtin.def"
#undef BUILTIN
#undef IMPURE
};
const size_t builtin_count = COUNTOF(builtin_table);

static size_t first_row(int byte)
{
    size_t low = 0, high = COUNTOF(builtin_table);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if ((uint8_t)builtin_table[middle].name[0] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void builtin_rows(char first_byte, size_t *first, size_t *end)
{
    *first = first_row((uint8_t)first_byte);
    *end = *first;
    while (*end < COUNTOF(builtin_table) && builtin_table[*end].name[0] == first_byte)
        ++*end;
}

int builtin_min(const struct builtin *b)
{
    int count = 0;
    for (const char *t = b->types; *t != '\0'; t++) {
        if (*t == '?')
            count--;
        else if (*t != '*')
            count++;
    }
    return count;
}

int builtin_max(const struct builtin *b)
{
    int count = 0;
    for (const char *t = b->types; *t != '\0'; t++) {
        if (*t == '*') return -1;
        count += *t != '?';
    }
    return count;
}

char builtin_type(const struct builtin *b, size_t parameter)
{
    char letter = 'a';
    size_t at = 0;
    for (const char *t = b->types; *t != '\0'; t++) {
        if (*t == '?' || *t == '*') continue;
        letter = *t;
        if (at++ == parameter) return letter;
    }
    return letter; /* any number of the last */
}

int builtin_param(const struct builtin *b, str name)
{
    str rest = str_from(b->params);
    for (int i = 0; rest.len > 0; i++) {
        str one = str_trim(str_cut(rest, ',', &rest));
        if (str_eq(one, name)) return i;
    }
    return -1;
}

const struct builtin *builtin_overload(const struct builtin *b, size_t count)
{
    const struct builtin *end = builtin_table + builtin_count;
    const char *name = b->name;
    while (b > builtin_table && strcmp(b[-1].name, name) == 0)
        b--;
    for (; b < end && strcmp(b->name, name) == 0; b++) {
        const int max = builtin_max(b);
        if ((int)count >= builtin_min(b) && (max < 0 || (int)count <= max)) return b;
    }
    return NULL;
}

/* ---- letters ---- */

static enum feel_kind letter_kind(char letter)
{
    switch (letter) {
    case 'n': return FEEL_NUMBER;
    case 's': return FEEL_STRING;
    case 'b': return FEEL_BOOLEAN;
    case 'l': return FEEL_LIST;
    case 'c': return FEEL_CONTEXT;
    case 'd': return FEEL_DATE;
    case 't': return FEEL_TIME;
    case 'T': return FEEL_DATE_TIME;
    case 'D': return FEEL_DAYS_DURATION;
    case 'M': return FEEL_MONTHS_DURATION;
    case 'f': return FEEL_FUNCTION;
    case 'r': return FEEL_RANGE;
    default: return FEEL_ANY;
    }
}

const struct feel_type *builtin_letter_type(char letter)
{
    return feel_type_of_kind(letter_kind(letter));
}

const char *builtin_letter_name(char letter)
{
    if (letter == 'p') return "date or date and time";
    if (letter == 'u') return "duration";
    return type_kind_name(letter_kind(letter));
}

static bool kind_fits(char letter, enum feel_kind kind)
{
    if (letter == 'a') return true;
    if (letter == 'p' || letter == 'T') return kind == FEEL_DATE || kind == FEEL_DATE_TIME;
    if (letter == 'u') return kind == FEEL_DAYS_DURATION || kind == FEEL_MONTHS_DURATION;
    return letter_kind(letter) == kind;
}

bool builtin_accepts(char letter, const struct feel_type *t)
{
    return letter == 'l' || t->kind == FEEL_ANY || t->kind == FEEL_NULL || t->kind == FEEL_LIST ||
           kind_fits(letter, t->kind);
}

/* Makes v what the letter asks for; false when it is nothing of the kind. */
static bool fit(struct machine *m, char letter, struct feel_value *v)
{
    if (letter == 'a' || kind_fits(letter, (enum feel_kind)v->kind)) {
        if (letter == 'T' && v->kind == FEEL_DATE)
            *v = (struct feel_value){
                .kind = FEEL_DATE_TIME, .has_offset = true, .as.moment = {v->as.date, 0}};
        return true;
    }
    if (letter == 'l') {
        *v = feel_list_of(m->arena, v, 1);
        return true;
    }
    if (v->kind != FEEL_LIST || v->as.list->count != 1 ||
        !kind_fits(letter, (enum feel_kind)v->as.list->at[0].kind))
        return false;
    *v = v->as.list->at[0];
    return true;
}

/* ---- calling ---- */

bool call_fault(struct call *c, const char *slug, const char *zh, const char *en)
{
    struct feel_value tmp;
    machine_null(c->m, c->n, &tmp, slug, "%s", "%s", c->m->run->cx->lang == LANG_ZH ? zh : en);
    c->warned = true;
    return false;
}

bool call_memory(struct call *c)
{
    machine_out_of_memory(c->m, c->n);
    return false;
}

const struct feel_value *builtin_invoke(struct machine *m, const struct node *n,
                                        const struct builtin *b, struct feel_value *arg,
                                        size_t count, struct feel_value *tmp)
{
    struct call c = {.m = m, .n = n, .builtin = b, .count = count};
    struct feel_value all[BUILTIN_ARGS_MAX];
    size_t at = 0;
    char letter = 'a';
    for (const char *t = b->types; at < count && *t != '\0'; t++) {
        if (*t == '?' || *t == '*') continue;
        letter = *t;
        struct feel_value *v = &arg[at++];
        if (v->kind == FEEL_STRING && !charge_value(m, n, v)) return NULL;
        if (letter == 'a' || v->kind == FEEL_ANY) continue;
        if (v->kind == FEEL_NULL) {
            if (t[1] == '?') continue;
            *tmp = feel_null();
            return tmp;
        }
        if (!fit(m, letter, v))
            return machine_null(m, n, tmp, "feel.argument", "“%s”的第%zu个参数应为%s,而不是%s",
                                "\"%s\": argument %zu is %s, not %s", b->name, at,
                                builtin_letter_name(letter),
                                type_kind_name((enum feel_kind)v->kind));
    }
    /* Functions look at optional parameters without asking how many were passed. */
    if (count < BUILTIN_ARGS_MAX) {
        memcpy(all, arg, count * sizeof *arg);
        for (size_t i = count; i < BUILTIN_ARGS_MAX; i++)
            all[i].kind = FEEL_ANY;
        arg = all;
    }
    struct feel_value out = feel_null();
    if (!b->call(&c, arg, &out)) {
        if (m->code != RC_OK) return NULL;
        *tmp = feel_null();
        if (c.warned) return tmp;
        return machine_null(m, n, tmp, "feel.argument", "“%s”对这些参数没有结果",
                            "\"%s\" has no result for these arguments", b->name);
    }
    *tmp = out;
    return tmp;
}
