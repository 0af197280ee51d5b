/* Scopes, and finding names with blanks and operators in text. */
#include "feel/scope.h"

struct feel_scope *feel_scope_new(struct arena *a)
{
    struct feel_scope *s = NEW(a, struct feel_scope);
    s->arena = a;
    return s;
}

void feel_scope_set_lenient(struct feel_scope *s)
{
    s->lenient = true;
}

int feel_scope_add(struct feel_scope *s, str name, const struct feel_type *type)
{
    struct scope_slot *slot = NEW(s->arena, struct scope_slot);
    slot->name = name_normal(s->arena, name);
    slot->type = type;
    slot->index = s->slot_count++;
    if (slot->name.len > 0) {
        const size_t b = scope_bucket(slot->name.at[0]);
        slot->next = s->slot[b];
        s->slot[b] = slot;
    }
    return slot->index;
}

void feel_scope_add_function(struct feel_scope *s, const struct feel_host_function *f)
{
    struct scope_function *function = NEW(s->arena, struct scope_function);
    str *params = NEWS(s->arena, str, (size_t)f->param_count + 1);
    function->f = *f;
    function->f.name = name_normal(s->arena, f->name);
    for (int i = 0; i < f->param_count; i++)
        params[i] = name_normal(s->arena, f->params[i]);
    function->f.params = params;
    if (function->f.name.len == 0) return;
    const size_t b = scope_bucket(function->f.name.at[0]);
    function->next = s->function[b];
    s->function[b] = function;
}

void feel_scope_add_type(struct feel_scope *s, str name, const struct feel_type *type)
{
    struct scope_type *t = NEW(s->arena, struct scope_type);
    *t = (struct scope_type){name_normal(s->arena, name), type, s->type};
    s->type = t;
}

/* ---- characters of names (DMN 1.5 10.3.1.2, rules 28 to 30) ---- */

struct span {
    uint32_t from, to;
};
static bool in_spans(uint32_t c, const struct span *span, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= span[i].from && c <= span[i].to) return true;
    return false;
}

bool is_name_start(uint32_t c)
{
    static const struct span span[] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},
                                       {0x370, 0x37D},   {0x37F, 0x1FFF},  {0x200C, 0x200D},
                                       {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF},
                                       {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?';
    return c != 0x1680 && c != 0x180E && in_spans(c, span, COUNTOF(span));
}

bool is_name_part(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?' ||
               (c >= '0' && c <= '9');
    return is_name_start(c) || c == 0xB7 || (c >= 0x300 && c <= 0x36F) || c == 0x203F ||
           c == 0x2040;
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           c == 0x180E || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

size_t space_at(const char *at, const char *end)
{
    if (at == end) return 0;
    const uint8_t c = (uint8_t)*at;
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
    size_t i = 0;
    const str s = {at, (size_t)(end - at)};
    return is_space(utf8_next(s, &i)) ? i : 0;
}

size_t name_part_at(const char *at, const char *end)
{
    if (at == end) return 0;
    const uint8_t c = (uint8_t)*at;
    if (c < 0x80) return is_name_part(c);
    size_t i = 0;
    const str s = {at, (size_t)(end - at)};
    const uint32_t wide = utf8_next(s, &i);
    return is_name_part(wide) && !is_space(wide) ? i : 0;
}

str name_normal(struct arena *a, str name)
{
    struct buf b = {.arena = a};
    bool blank = false;
    bool plain = true;
    for (size_t i = 0; i < name.len && plain; i++)
        plain = (uint8_t)name.at[i] > ' ' && (uint8_t)name.at[i] < 0x80;
    if (plain) return arena_dup(a, name);
    for (const char *at = name.at, *end = name.at + name.len; at < end;) {
        const size_t space = space_at(at, end);
        if (space > 0) {
            blank = true;
            at += space;
            continue;
        }
        if (blank && b.len > 0) buf_char(&b, ' ');
        blank = false;
        buf_char(&b, *at++);
    }
    return buf_str(&b);
}

static bool is_symbol(char c)
{
    return c == '.' || c == '/' || c == '-' || c == '\'' || c == '+' || c == '*';
}

size_t name_match(str name, const char *at, const char *end, bool exact)
{
    const char *t = at;
    for (size_t i = 0; i < name.len;) {
        const char c = name.at[i];
        size_t space = space_at(t, end);
        if (c == ' ') {
            const bool loose = !exact && ((i > 0 && is_symbol(name.at[i - 1])) ||
                                          (i + 1 < name.len && is_symbol(name.at[i + 1])));
            if (space == 0 && !loose) return 0;
            for (; space > 0; space = space_at(t, end))
                t += space;
            i++;
            continue;
        }
        if (space > 0) {
            if (exact || i == 0 || !(is_symbol(c) || is_symbol(name.at[i - 1]))) return 0;
            t += space;
            continue;
        }
        if (t == end || *t != c) return 0;
        t++;
        i++;
    }
    if (name.len > 0 && !is_symbol(name.at[name.len - 1]) && name_part_at(t, end) > 0) return 0;
    return (size_t)(t - at);
}

size_t name_distance(str a, str b)
{
    enum { LONGEST = 48 };
    size_t row[LONGEST + 1];
    if (a.len > LONGEST || b.len > LONGEST) return LONGEST;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t change = diagonal + (a.at[i - 1] != b.at[j - 1]);
            diagonal = row[j];
            size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = change < best ? change : best;
        }
    }
    return row[b.len];
}
