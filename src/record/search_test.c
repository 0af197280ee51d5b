/* Searching finds what a slow look at every text finds, whatever stands in the texts. */
#include "app/pinyin.h"
#include "record/fixture.h"

enum { RECORDS = 200, NEEDLES = 300, CHARS_MAX = 24, HAN_FIRST = 0x3400, HAN_END = 0xA000 };

/* Few, so that much is found by chance: Chinese, letters of both widths, signs that mean something to
 * some database, a control character, one beyond the basic plane. */
static const uint32_t alphabet[] = {0x5E02, 0x573A, 0x91C7, 0x8D2D, 0x4E00, 0x822C, 0x91CD, 0x884C,
                                    'a',    'B',    's',    'c',    'Z',    '0',    '7',    0xFF21,
                                    0xFF43, 0xFF17, 0x3000, ' ',    '%',    '_',    '"',    '\'',
                                    '\\',   '{',    ',',    '\n',   0x00E9, 0x1F600};

struct town {
    struct fixture *f;
    struct pinyin *pinyin;
    struct arena kept;
    int64_t id[RECORDS];
    str code[RECORDS], name[RECORDS];
    uint64_t seed;
};

static str random_text(struct town *t, struct arena *a, size_t chars)
{
    struct buf b = {.arena = a};
    for (size_t i = 0; i < chars; i++) {
        char room[4];
        buf_add(&b, (str){room, utf8_put(room, alphabet[rnd(&t->seed, COUNTOF(alphabet))])});
    }
    return buf_str(&b);
}

/* ---- the slow look ---- */

static uint32_t plain(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c == 0x3000) c = ' ';
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static str plain_text(struct arena *a, str text)
{
    struct buf b = {.arena = a};
    for (size_t at = 0; at < text.len;) {
        char room[4];
        uint32_t c = plain(utf8_next(text, &at));
        buf_add(&b, (str){room, utf8_put(room, c)});
    }
    return buf_str(&b);
}

/* Of a text with Chinese in it: the first letter of each character, letters and digits as they are. */
static str initials_of(struct town *t, struct arena *a, str text)
{
    struct buf b = {.arena = a};
    bool chinese = false;
    for (size_t at = 0, from = 0; at < text.len; from = at) {
        uint32_t c = plain(utf8_next(text, &at));
        chinese = chinese || c >= HAN_FIRST;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) buf_char(&b, (char)c);
        if (c < HAN_FIRST || c >= HAN_END) continue;
        str s = pinyin_initials(t->pinyin, a, str_slice(text, from, at));
        if (s.len) buf_char(&b, s.at[0]);
    }
    return chinese ? buf_str(&b) : STR("");
}

static bool has(str text, str needle)
{
    return text.len >= needle.len && str_index(text, needle) != SIZE_MAX;
}

static bool slowly(struct town *t, str needle, size_t i, bool initials)
{
    struct arena *a = &t->f->arena;
    const str text[2] = {t->code[i], t->name[i]};
    needle = plain_text(a, needle);
    for (int k = 0; k < 2; k++) {
        if (has(plain_text(a, text[k]), needle)) return true;
        if (initials && has(initials_of(t, a, text[k]), needle)) return true;
    }
    return false;
}

/* ---- the records ---- */

static const char *org_json(struct town *t, size_t i)
{
    struct buf b = {.arena = &t->f->arena};
    struct jw w = {.out = &b};
    jw_object(&w);
    jw_kstr(&w, "code", t->code[i]);
    jw_kstr(&w, "name", t->name[i]);
    jw_end(&w, '}');
    return arena_cstr(&t->f->arena, buf_str(&b));
}

static void made(struct town *t, size_t i)
{
    struct arena *a = &t->kept;
    str own = random_text(t, a, rnd(&t->seed, 4));
    t->code[i] = arena_printf(a, "%zu" STR_FMT "x", i, STR_ARG(own));
    t->name[i] = random_text(t, a, rnd(&t->seed, CHARS_MAX));
    if (i == 3) t->name[i] = random_text(t, a, 4000);
    t->id[i] = must_create(t->f, T_ORG, org_json(t, i));
}

static void changed(struct town *t, size_t i)
{
    struct record r = {0};
    t->name[i] = random_text(t, &t->kept, 1 + rnd(&t->seed, CHARS_MAX));
    assert_int_equal(correct(t->f, &t->f->system, T_ORG, t->id[i], 0, org_json(t, i), &r), RC_OK);
}

static void gone(struct town *t, size_t i)
{
    assert_int_equal(void_it(t->f, &t->f->system, T_ORG, t->id[i], 0), RC_OK);
    t->id[i] = 0;
}

static void open(struct town *t, uint64_t seed)
{
    *t = (struct town){.f = fixture_open(NULL), .pinyin = pinyin_open(), .seed = seed};
    arena_init(&t->kept, 16 << 20);
    for (size_t i = 0; i < RECORDS; i++) {
        fixture_next(t->f);
        made(t, i);
    }
    for (int n = 0; n < RECORDS / 5; n++) {
        const size_t i = rnd(&t->seed, RECORDS);
        fixture_next(t->f);
        if (t->id[i] && rnd(&t->seed, 3)) changed(t, i);
        if (t->id[i] && rnd(&t->seed, 4) == 0) gone(t, i);
    }
}

static void done(struct town *t)
{
    fixture_close(t->f);
    pinyin_close(t->pinyin);
    arena_done(&t->kept);
}

/* ---- asking ---- */

static str random_needle(struct town *t)
{
    struct arena *a = &t->f->arena;
    const size_t i = rnd(&t->seed, RECORDS), chars = 1 + rnd(&t->seed, 5);
    str from = rnd(&t->seed, 3) ? t->name[i] : t->code[i];
    if (rnd(&t->seed, 3) == 0) from = initials_of(t, a, from);
    size_t start = 0, end = 0;
    if (!from.len || rnd(&t->seed, 4) == 0) return random_text(t, a, chars);
    for (uint32_t skip = rnd(&t->seed, 20); skip && start < from.len; skip--)
        (void)utf8_next(from, &start);
    end = start;
    for (size_t n = 0; n < chars && end < from.len; n++)
        (void)utf8_next(from, &end);
    return str_slice(from, start, end);
}

static void ask(struct town *t, str needle, bool contains)
{
    struct fixture *f = t->f;
    struct rec_page page = {0};
    struct rec_filter filter = {
        .field = &type_at(f, T_ORG)->field[1], .op = REC_CONTAINS, .text = &needle, .count = 1};
    struct rec_query q = {
        .type = type_at(f, T_ORG), .who = &f->system, .count = true, .limit = 500};
    if (contains)
        q.filter = &filter, q.filter_count = 1;
    else
        q.search = needle;
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    int64_t expected = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        if (!t->id[i]) continue;
        const bool hit = contains
                             ? has(plain_text(&f->arena, t->name[i]), plain_text(&f->arena, needle))
                             : slowly(t, str_trim(needle), i, true);
        bool found = false;
        for (size_t k = 0; k < page.len; k++)
            found = found || page.at[k].id == t->id[i];
        expected += hit;
        if (hit != found)
            fail_msg(
                "%s “" STR_FMT "” in “" STR_FMT "” / “" STR_FMT "”",
                hit ? "not found:" : "found:", STR_ARG(needle), STR_ARG(t->code[i]),
                STR_ARG(str_slice(t->name[i], 0, t->name[i].len < 200 ? t->name[i].len : 200)));
    }
    assert_int_equal(page.len, expected);
    assert_int_equal(page.total, expected);
}

static void finds_what_is_there(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct town t;
        open(&t, seed);
        for (int n = 0; n < NEEDLES; n++) {
            fixture_next(t.f);
            str needle = random_needle(&t);
            if (str_trim(plain_text(&t.f->arena, needle)).len == 0) continue; /* asks for nothing */
            ask(&t, needle, rnd(&t.seed, 4) == 0);
        }
        fixture_next(t.f);
        must_audit(t.f);
        done(&t);
    }
}

/* An index of another form, or none, is built from the records. */
static void is_built_anew(void **state)
{
    (void)state;
    struct town t;
    open(&t, 7);
    fixture_next(t.f);
    assert_int_equal(db_exec_text(&t.f->cx, t.f->db,
                                  STR("DELETE FROM record_counted WHERE site = $site"
                                      " AND what = 'core.org /search'"),
                                  DB_NO_ARGS),
                     RC_OK);
    assert_int_equal(rec_migrate(&t.f->cx, t.f->db, &t.f->catalogue), RC_OK);
    for (int n = 0; n < 100; n++) {
        fixture_next(t.f);
        str needle = random_needle(&t);
        if (str_trim(plain_text(&t.f->arena, needle)).len) ask(&t, needle, false);
    }
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_is_there),
                                       cmocka_unit_test(is_built_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
