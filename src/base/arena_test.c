/* Arenas, what grows in them, and maps. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/map.h"
#include "base/test.h"

static void objects_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, ARENA_DEFAULT_BYTES);
    for (int round = 0; round < 3; round++) {
        char *before = NULL;
        for (size_t i = 0; i < 5000; i++) {
            const size_t align = (size_t)1 << (i % 5), size = i % 97;
            char *p = arena_get(&a, size, align);
            assert_int_equal((uintptr_t)p % align, 0);
            for (size_t n = 0; n < size; n++)
                assert_int_equal(p[n], 0);
            memset(p, 0x5A, size);
            if (!size) continue; /* two of these may share a place */
            assert_ptr_not_equal(p, before);
            before = p;
        }
        arena_reset(&a);
        assert_int_equal(a.used_bytes, 0);
    }
    arena_done(&a);
    assert_null(a.chunk);
}

static void an_empty_arena_can_be_reset_and_done(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    arena_reset(&a);
    arena_done(&a);
    arena_done(&a);
    assert_null(arena_try(&a, 1, 1));
    assert_false(a.exhausted);
}

static void try_is_null_over_budget_and_on_overflow(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    assert_null(arena_try(&a, SIZE_MAX / 2, 3));
    assert_null(arena_try(&a, SIZE_MAX, 1));
    assert_null(arena_try(&a, 1, (1 << 20) + 1));
    assert_false(a.exhausted);
    char *p = arena_try(&a, 1 << 10, 1 << 10);
    assert_non_null(p);
    assert_int_equal(p[0] | p[(1 << 20) - 1], 0);
    assert_null(arena_try(&a, 1, 1));
    arena_done(&a);
}

static void get_over_budget_is_sticky(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1000);
    (void)arena_get(&a, 900, 1);
    assert_false(a.exhausted);
    (void)arena_get(&a, 200, 1);
    assert_true(a.exhausted);
    arena_reset(&a);
    assert_false(a.exhausted);
    arena_done(&a);
}

/* Runs f in a child, which must abort. */
static void assert_aborts(void (*f)(void))
{
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(2);
        f();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void get_without_looking(void)
{
    struct arena a;
    arena_init(&a, 1000);
    for (int i = 0; i < 100; i++)
        (void)arena_get(&a, 100, 1);
}

static void get_far_too_much(void)
{
    struct arena a;
    arena_init(&a, 1000);
    (void)arena_get(&a, 2 * 1000 + 4100, 1);
}

static void add_without_looking(void)
{
    struct arena a;
    VEC(int) list = {0};
    arena_init(&a, 1000);
    for (int i = 0; i < 5000; i++)
        *vec_add(&a, &list) = i;
}

static void twice_the_budget_aborts(void **state)
{
    (void)state;
    assert_aborts(get_without_looking);
    assert_aborts(get_far_too_much);
    assert_aborts(add_without_looking);
}

static void a_vector_stops_at_the_budget_before_it_aborts(void **state)
{
    (void)state;
    struct arena a;
    for (size_t budget = 500; budget < 4 << 20; budget = budget * 5 / 3) {
        VEC(uint64_t) one = {0};
        VEC(uint64_t) two = {0};
        uint64_t count = 0;
        arena_init(&a, budget);
        while (!a.exhausted) {
            *vec_add(&a, &one) = ++count;
            *vec_add(&a, &two) = count;
        }
        assert_true(a.used_bytes <= 2 * budget + 4096);
        for (size_t i = 0; i < one.len; i++)
            assert_true(one.at[i] == i + 1 && two.at[i] == i + 1);
        arena_done(&a);
    }
}

static void a_vector_gives_zeroed_elements_again_and_again(void **state)
{
    (void)state;
    struct arena a;
    struct item {
        int n;
        const char *text;
    };
    VEC(struct item) list = {0};
    arena_init(&a, ARENA_DEFAULT_BYTES);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100000; i++) {
            struct item *new = vec_add(&a, &list);
            assert_true(new->n == 0 && new->text == NULL);
            *new = (struct item){i, "x"};
        }
        for (int i = 0; i < 100000; i++)
            assert_int_equal(list.at[i].n, i);
        list.len = 0;
    }
    arena_done(&a);
}

static void resize_keeps_what_is_there(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 64 << 20);
    uint8_t *one = NULL, *two = NULL;
    size_t one_len = 0, two_len = 0;
    for (int i = 1; i < 30; i++) { /* small, in place, moved, alone, by turns */
        const size_t more = (size_t)1 << (i % 21);
        one = arena_resize(&a, one, one_len, one_len + more);
        assert_non_null(one);
        memset(one + one_len, i, more);
        one_len += more;
        if (i % 3) continue;
        two = arena_resize(&a, two, two_len, two_len + 1000);
        assert_non_null(two);
        memset(two + two_len, i, 1000);
        two_len += 1000;
    }
    size_t at = 0;
    for (int i = 1; i < 30; i++)
        for (size_t n = 0; n < (size_t)1 << (i % 21); n++)
            assert_int_equal(one[at++], i);
    for (size_t n = 0; n < two_len; n++)
        assert_int_equal(two[n], 3 + 3 * (n / 1000));
    assert_ptr_equal(arena_resize(&a, one, one_len, 5), one);
    assert_null(arena_resize(&a, one, one_len, 1 << 30));
    assert_int_equal(one[0], 1);
    arena_done(&a);
}

static void texts_are_copied_and_ended(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 1 << 20);
    char *c = arena_cstr(&f.arena, STR("义乌"));
    assert_string_equal(c, "义乌");
    assert_string_equal(arena_cstr(&f.arena, (str){0}), "");
    assert_str(arena_dup(&f.arena, STR("abc")), "abc");
    assert_str(arena_printf(&f.arena, "%d %s", 7, "x"), "7 x");
    char big[3000];
    memset(big, 'y', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    assert_str(arena_printf(&f.arena, "%s", big), big);
    fixture_done(&f);
}

static void a_text_far_over_the_budget_is_refused_not_fatal(void **state)
{
    (void)state;
    static char big[100000];
    struct arena a;
    memset(big, 'z', sizeof big - 1);
    arena_init(&a, 1000);
    for (int i = 0; i < 20; i++)
        assert_true(arena_dup(&a, (str){big, sizeof big}).len == 0);
    assert_true(a.exhausted);
    assert_true(arena_printf(&a, "%s", big).len < 1000);
    arena_done(&a);
}

static void a_buf_grows_without_losing_a_byte(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 64 << 20);
    for (int i = 0; i < 200000; i++) {
        buf_i64(&f.out, i);
        buf_char(&f.out, ' ');
        buf_add(&f.out, STR("ab"));
        buf_add(&f.out, (str){0});
        buf_printf(&f.out, "%d,", i % 10);
    }
    str rest = buf_str(&f.out);
    for (int i = 0; i < 200000; i++) {
        char text[40];
        const int n = snprintf(text, sizeof text, "%d ab%d,", i, i % 10);
        assert_true(str_starts(rest, (str){text, (size_t)n}));
        rest = str_slice(rest, (size_t)n, rest.len);
    }
    assert_int_equal(rest.len, 0);
    assert_false(f.out.over);
    assert_true(f.arena.used_bytes < 8 << 20); /* the old places of a large buf are given back */
    fixture_done(&f);
}

static void a_buf_is_cut_at_its_limit(void **state)
{
    (void)state;
    static const struct {
        size_t max;
        const char *text, *expected;
    } row[] = {
        {5, "hello", "hello"}, {4, "hello", "hell"}, {7, "义乌市", "义乌"},
        {2, "义", ""},         {3, "义", "义"},      {300, "x", "x"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        fixture_init(&f, 1 << 20);
        f.out.bytes_max = row[i].max;
        buf_add(&f.out, str_from(row[i].text));
        assert_str(buf_str(&f.out), row[i].expected);
        assert_int_equal(f.out.over, strlen(row[i].text) > row[i].max);
        if (f.out.over) { /* nothing follows a cut, even where it would fit */
            buf_char(&f.out, 'x');
            buf_printf(&f.out, "%d", 1);
            buf_i64(&f.out, 1);
            assert_str(buf_str(&f.out), row[i].expected);
            assert_null(buf_room(&f.out, 1));
        }
        fixture_done(&f);
    }
}

static void a_buf_is_cut_at_the_arenas_budget(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 10000);
    for (int i = 0; i < 5000; i++)
        buf_add(&f.out, STR("0123456789"));
    assert_true(f.out.over);
    assert_true(f.out.len > 3000 && f.out.len <= 10000);
    assert_false(f.arena.exhausted);
    fixture_done(&f);
}

static void numbers_are_written_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        const char *text;
    } row[] = {{0, "0"},
               {-1, "-1"},
               {10, "10"},
               {INT64_MAX, "9223372036854775807"},
               {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        fixture_init(&f, 1000);
        buf_i64(&f.out, row[i].n);
        assert_str(buf_str(&f.out), row[i].text);
        fixture_done(&f);
    }
}

static void a_map_finds_what_was_put(void **state)
{
    (void)state;
    struct arena a;
    struct map m = {0};
    arena_init(&a, ARENA_DEFAULT_BYTES);
    assert_null(map_find(&m, STR("x")));
    static int value[20000];
    for (size_t i = 0; i < COUNTOF(value); i++)
        map_put(&m, &a, arena_printf(&a, "key-%zu", i), &value[i]);
    assert_int_equal(m.count, COUNTOF(value));
    for (size_t i = 0; i < COUNTOF(value); i++)
        assert_ptr_equal(map_find(&m, arena_printf(&a, "key-%zu", i)), &value[i]);
    assert_null(map_find(&m, STR("key-20000")));
    map_put(&m, &a, STR("key-7"), &value[8]);
    assert_ptr_equal(map_find(&m, STR("key-7")), &value[8]);
    assert_int_equal(m.count, COUNTOF(value));
    assert_null(map_find(&m, STR("")));
    map_put(&m, &a, (str){0}, &value[1]);
    assert_ptr_equal(map_find(&m, STR("")), &value[1]);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_zeroed_aligned_and_apart),
        cmocka_unit_test(an_empty_arena_can_be_reset_and_done),
        cmocka_unit_test(try_is_null_over_budget_and_on_overflow),
        cmocka_unit_test(get_over_budget_is_sticky),
        cmocka_unit_test(twice_the_budget_aborts),
        cmocka_unit_test(a_vector_stops_at_the_budget_before_it_aborts),
        cmocka_unit_test(a_vector_gives_zeroed_elements_again_and_again),
        cmocka_unit_test(resize_keeps_what_is_there),
        cmocka_unit_test(texts_are_copied_and_ended),
        cmocka_unit_test(a_text_far_over_the_budget_is_refused_not_fatal),
        cmocka_unit_test(a_buf_grows_without_losing_a_byte),
        cmocka_unit_test(a_buf_is_cut_at_its_limit),
        cmocka_unit_test(a_buf_is_cut_at_the_arenas_budget),
        cmocka_unit_test(numbers_are_written_whole),
        cmocka_unit_test(a_map_finds_what_was_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
