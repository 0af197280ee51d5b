/* DMN 1.5 10.3.2.3.1, 10.3.2.5: whole powers and quotients have the nearest number of 34 digits, half-way the
 * even one, as slow arithmetic with all digits finds it; sums and order of long numbers are those of the
 * decimal library.  The cases are random, the same every time. */
#include "base/test.h"
#include "feel/number/number.h"

enum { DIGITS = 34, EXPONENT_MIN = -6176, LIMBS = 400, LIMB_DIGITS = 9, BASE = 1000000000 };

/* A whole number with all its digits, the last limb first. */
struct natural {
    uint32_t limb[LIMBS];
    size_t count;
};

static void natural_from(struct natural *n, u128 value)
{
    for (n->count = 0; value > 0; value /= BASE)
        n->limb[n->count++] = (uint32_t)(value % BASE);
}

static void natural_mul(struct natural *n, u128 by)
{
    struct natural factor, product = {0};
    natural_from(&factor, by);
    product.count = n->count + factor.count;
    assert_true(product.count <= LIMBS);
    for (size_t i = 0; i < n->count; i++) {
        uint64_t carry = 0;
        for (size_t k = 0; k < factor.count || carry > 0; k++) {
            carry += product.limb[i + k];
            if (k < factor.count) carry += (uint64_t)n->limb[i] * factor.limb[k];
            product.limb[i + k] = (uint32_t)(carry % BASE);
            carry /= BASE;
        }
    }
    while (product.count > 0 && product.limb[product.count - 1] == 0)
        product.count--;
    *n = product;
}

static void natural_power(struct natural *n, u128 base, int64_t times)
{
    natural_from(n, 1);
    for (int64_t i = 0; i < times; i++)
        natural_mul(n, base);
}

static int natural_cmp(const struct natural *a, const struct natural *b)
{
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (size_t i = a->count; i-- > 0;)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static u128 ten_to(int n)
{
    u128 c = 1;
    while (n-- > 0)
        c *= 10;
    return c;
}

/* Is d the number of 34 digits that is nearest to a / b × 10^ten?  It is, when a / b lies between the
 * half-way points beside it: (2c - 1) / 2 and (2c + 1) / 2 of its coefficient c. */
static bool is_nearest(dec d, struct natural *a, struct natural *b, int64_t ten)
{
    bool negative;
    u128 c;
    int e;
    if (!number_split(d, &negative, &c, &e) || c == 0) return false;
    for (; c < ten_to(DIGITS - 1) && e > EXPONENT_MIN; e--)
        c *= 10;
    for (; ten > e; ten--)
        natural_mul(a, 10);
    for (; ten < e; ten++)
        natural_mul(b, 10);
    struct natural low = *b, high = *b;
    natural_mul(a, 2);
    natural_mul(&low, 2 * c - 1);
    natural_mul(&high, 2 * c + 1);
    const int below = natural_cmp(&low, a), above = natural_cmp(a, &high);
    return c % 2 == 0 ? below <= 0 && above <= 0 : below < 0 && above < 0;
}

/* ---- cases ---- */

static uint64_t next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* 1 to 34 digits, some of them of one prime or with zeros behind. */
static u128 some_coefficient(uint64_t *seed)
{
    static const unsigned few[] = {1, 2, 4, 5, 8, 10, 25, 64, 100, 125, 3, 7, 12, 15, 1200};
    const u128 any = (u128)next(seed) << 64 | next(seed);
    switch (next(seed) % 4) {
    case 0: return few[next(seed) % COUNTOF(few)];
    case 1: return any % 1000000 + 1;
    case 2: return (any % ten_to(17) + 1) * 5;
    default: return any % (ten_to((int)(next(seed) % DIGITS) + 1) - 1) + 1;
    }
}

static int64_t between(uint64_t *seed, int64_t low, int64_t high)
{
    return low + (int64_t)(next(seed) % (uint64_t)(high - low + 1));
}

static void powers(void **state)
{
    uint64_t seed = 4;
    (void)state;
    for (int i = 0; i < 4000; i++) {
        const u128 c = some_coefficient(&seed);
        const int e = (int)between(&seed, -40, 3);
        const int64_t n = i % 2 ? between(&seed, -3, 3) : between(&seed, -50, 50);
        const bool negative = next(&seed) % 2;
        struct natural a, b, one;
        dec d;
        assert_true(number_pow_whole(number_join(negative, c, e), n, &d));
        if (n != 0) assert_int_equal(dec_cmp(d, dec_i64(0)), negative && n % 2 ? -1 : 1);
        natural_power(&a, c, n < 0 ? -n : n);
        natural_from(&one, 1);
        b = one;
        assert_true(n < 0 ? is_nearest(d, &one, &a, e * n) : is_nearest(d, &a, &b, e * n));
    }
}

/* Results that no number has, and those that have few digits only. */
static void ends_of_the_range(void **state)
{
    dec d;
    (void)state;
    assert_false(number_pow_whole(dec_i64(10), 6145, &d));
    assert_true(number_pow_whole(dec_i64(10), 6144, &d));
    assert_int_equal(dec_cmp(d, number_join(false, ten_to(33), 6111)), 0);
    assert_true(number_pow_whole(dec_i64(10), -6176, &d));
    assert_int_equal(dec_cmp(d, number_join(false, 1, -6176)), 0);
    assert_true(number_pow_whole(dec_i64(10), -6177, &d));
    assert_int_equal(dec_cmp(d, dec_i64(0)), 0);
    assert_true(number_pow_whole(number_join(false, 5, -1), 20000, &d)); /* 2.5e-6021 */
    assert_int_equal(dec_cmp(d, number_join(false, 1, -6021)), 1);
    assert_true(number_pow_whole(dec_i64(3), -12900, &d));
    assert_int_equal(dec_cmp(d, number_join(false, 1, -6154)), -1);
    assert_int_equal(dec_cmp(d, dec_i64(0)), 1);
    assert_false(number_pow_whole(dec_i64(0), -1, &d));
}

static void quotients(void **state)
{
    uint64_t seed = 5;
    int found = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const u128 x = some_coefficient(&seed), y = some_coefficient(&seed);
        const int ex = (int)between(&seed, -40, 40), ey = (int)between(&seed, -40, 40);
        struct natural a, b;
        dec d;
        if (!number_quotient(number_join(i % 2, x, ex), number_join(i % 3 == 0, y, ey), &d))
            continue;
        found++;
        assert_int_equal(dec_cmp(d, dec_i64(0)), (i % 2 != 0) != (i % 3 == 0) ? -1 : 1);
        natural_from(&a, x);
        natural_from(&b, y);
        assert_true(is_nearest(d, &a, &b, ex - ey));
    }
    assert_true(found > 10000); /* the others end within 34 digits */
}

/* Long numbers are added and compared without the library where no digit is lost. */
static void sums_and_order(void **state)
{
    uint64_t seed = 6;
    struct fixture f;
    (void)state;
    fixture_init(&f, 64 << 20);
    for (int i = 0; i < 20000; i++) {
        const dec x = number_join(i % 2, some_coefficient(&seed), (int)between(&seed, -40, 10));
        const dec y =
            number_join(i % 3 == 0, some_coefficient(&seed), (int)between(&seed, -40, 10));
        const struct feel_value a = feel_dec(&f.arena, x), b = feel_dec(&f.arena, y);
        struct feel_value sum, difference;
        dec s = dec_i64(0), t = s;
        assert_true(number_add(&f.arena, &a, &b, &sum) && dec_add(x, y, &s));
        assert_true(number_sub(&f.arena, &a, &b, &difference) && dec_sub(x, y, &t));
        assert_int_equal(dec_cmp(feel_to_dec(&sum), s), 0);
        assert_int_equal(dec_cmp(feel_to_dec(&difference), t), 0);
        assert_int_equal(number_cmp(&a, &b), dec_cmp(x, y));
        assert_int_equal(number_cmp(&a, &a), 0);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers), cmocka_unit_test(ends_of_the_range), cmocka_unit_test(quotients),
        cmocka_unit_test(sums_and_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
