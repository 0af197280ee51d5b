/* Values out of a declaration's tree, each with its own fault when it is not what was expected. */
#include "app/load.h"

enum { WORDS_MAX = 40 };

/* Splits blank-separated words of ours. */
static size_t words(const char *text, str out[WORDS_MAX])
{
    size_t count = 0;
    str rest = str_from(text);
    while (rest.len && count < WORDS_MAX)
        out[count++] = str_cut(rest, ' ', &rest);
    return count;
}

static bool among(str s, const str *word, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(s, word[i])) return true;
    return false;
}

bool read_keys(struct loader *l, const struct decl *map, const char *allowed)
{
    if (map->kind != DECL_MAP) {
        fault(l, map, "app.map", "这里应当是 “键: 值” 的形式", "expected a map of key: value");
        mend(l, "可用的键：%s", "the keys are: %s", allowed);
        return false;
    }
    str word[WORDS_MAX];
    const size_t count = words(allowed, word);
    for (const struct decl *d = map->child; d; d = d->next) {
        if (among(d->key, word, count)) continue;
        fault_key(l, d, "app.unknown-key", "不认识的键 “" STR_FMT "”",
                  "unknown key \"" STR_FMT "\"", STR_ARG(d->key));
        mend_nearest(l, d->key, word, count);
    }
    return true;
}

bool want_text(struct loader *l, const struct decl *d, const char *what_zh, const char *what_en)
{
    if (d->kind == DECL_TEXT) return true;
    fault(l, d, "app.text", "这里应当是%s", "expected %s",
          l->cx->lang == LANG_EN ? what_en : what_zh);
    mend(l, "只写一个值，不要列表或 “键: 值”", "write one value, no list and no map");
    return false;
}

bool read_bool(struct loader *l, const struct decl *map, str key, bool fallback)
{
    const struct decl *d = decl_find(map, key);
    if (!d) return fallback;
    if (d->kind == DECL_TEXT && str_eq(d->text, STR("true"))) return true;
    if (d->kind == DECL_TEXT && str_eq(d->text, STR("false"))) return false;
    fault(l, d, "app.boolean", "“" STR_FMT "” 应当是 true 或 false",
          "\"" STR_FMT "\" must be true or false", STR_ARG(key));
    mend(l, "写 " STR_FMT ": true", "write " STR_FMT ": true", STR_ARG(key));
    return fallback;
}

str read_text(struct loader *l, const struct decl *map, str key)
{
    const struct decl *d = decl_find(map, key);
    return d && want_text(l, d, "文字", "text") ? d->text : (str){0};
}

int read_int(struct loader *l, const struct decl *map, str key, int min, int max, int fallback)
{
    const struct decl *d = decl_find(map, key);
    if (!d) return fallback;
    int64_t n;
    if (d->kind == DECL_TEXT && str_i64(d->text, &n) && n >= min && n <= max) return (int)n;
    fault(l, d, "app.integer", "“" STR_FMT "” 应当是 %d 到 %d 的整数",
          "\"" STR_FMT "\" must be an integer from %d to %d", STR_ARG(key), min, max);
    mend(l, "写 " STR_FMT ": %d", "write " STR_FMT ": %d", STR_ARG(key),
         fallback < min ? min : fallback);
    return fallback;
}

int read_choice(struct loader *l, const struct decl *map, str key, const char *choices,
                int fallback)
{
    const struct decl *d = decl_find(map, key);
    if (!d) return fallback;
    if (!want_text(l, d, "一个词", "one word")) return fallback;
    str word[WORDS_MAX];
    const size_t count = words(choices, word);
    for (size_t i = 0; i < count; i++)
        if (str_eq(d->text, word[i])) return (int)i;
    fault(l, d, "app.choice", "“" STR_FMT "” 不能是 “" STR_FMT "”",
          "\"" STR_FMT "\" cannot be \"" STR_FMT "\"", STR_ARG(key), STR_ARG(d->text));
    mend_nearest(l, d->text, word, count);
    return fallback;
}

struct app_title read_title_of(struct loader *l, const struct decl *at, str name)
{
    struct app_title t = {.zh = name, .en = name};
    if (!at) return t;
    if (at->kind == DECL_TEXT) {
        if (!at->text.len) return t;
        t.zh = t.en = at->text;
    } else if (read_keys(l, at, "zh en")) {
        const str zh = read_text(l, at, STR("zh")), en = read_text(l, at, STR("en"));
        t.zh = zh.len ? zh : name;
        t.en = en.len ? en : t.zh;
    }
    return t;
}

struct app_title read_title(struct loader *l, const struct decl *map, str key, str name)
{
    return read_title_of(l, decl_find(map, key), name);
}

const struct decl *first_of(const struct decl *d)
{
    return !d ? NULL : d->kind == DECL_TEXT ? d : d->child;
}

const struct decl *next_of(const struct decl *d, const struct decl *e)
{
    return d->kind == DECL_TEXT ? NULL : e->next;
}

size_t count_of(const struct decl *d)
{
    return !d ? 0 : d->kind == DECL_TEXT ? 1 : d->count;
}

bool name_ok(struct loader *l, const struct decl *at, str name)
{
    enum { NAME_MAX_CHARS = 40 };
    bool ok = name.len && name.len <= NAME_MAX_CHARS && name.at[0] >= 'a' && name.at[0] <= 'z';
    for (size_t i = 0; ok && i < name.len; i++) {
        const char c = name.at[i];
        ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (ok) return true;
    const struct pos pos = at->key.len ? at->key_pos : at->pos;
    fault_at(l, at->source, pos, "app.name", "“" STR_FMT "” 不能作名称",
             "\"" STR_FMT "\" is no name", STR_ARG(name));
    mend(l, "名称用小写字母开头，后面是小写字母、数字和下划线，最多 %d 个；中文写在 title 里",
         "a name begins with a small letter, then small letters, digits and _, at most %d; other "
         "words go into title",
         NAME_MAX_CHARS);
    return false;
}
