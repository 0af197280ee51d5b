/* DMN 1.5 10.3.2.3.1: numbers are decimal128.  Replays the decTest vectors of IEEE 754 decimals, which
 * come with Python, on the operations FEEL has, exponentials, logarithms, powers and roots of up to 34
 * digits among them; skipped where no Python has them.  Left out is what FEEL has not: NaN, infinities,
 * flags, the exponent of a result, rounding 05up. */
#include <glob.h>

#include "base/file.h"
#include "base/test.h"
#include "feel/number/number.h"
#include "feel/number/transcendental.h"

enum { SKIPPED = 77, LINE_WORDS = 8, FILE_BYTES = 4 << 20 };

struct replay {
    struct fixture f;
    enum dec_round how;
    bool known_rounding;
    int64_t precision; /* of what is not exact; FEEL's own is 34 */
    size_t run, left_out, failed;
    const char *file;
};

static bool rounding_of(str word, enum dec_round *out)
{
    static const struct {
        const char *name;
        enum dec_round how;
    } known[] = {{"half_even", DEC_HALF_EVEN}, {"half_up", DEC_HALF_UP},
                 {"half_down", DEC_HALF_DOWN}, {"up", DEC_UP},
                 {"down", DEC_DOWN},           {"floor", DEC_FLOOR},
                 {"ceiling", DEC_CEILING}};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(word, str_from(known[i].name))) {
            *out = known[i].how;
            return true;
        }
    return false;
}

/* The words of a line, quotes taken off; up to a comment. */
static size_t words_of(str line, str *word)
{
    size_t n = 0;
    for (size_t i = 0; i < line.len && n < LINE_WORDS;) {
        if ((uint8_t)line.at[i] <= ' ') {
            i++;
            continue;
        }
        const char quote = line.at[i] == '\'' || line.at[i] == '"' ? line.at[i++] : '\0';
        const size_t from = i;
        while (i < line.len && (quote ? line.at[i] != quote : (uint8_t)line.at[i] > ' '))
            i++;
        word[n] = str_slice(line, from, i);
        i += quote != '\0';
        if (quote == '\0' && str_starts(word[n], STR("--"))) break;
        n++;
    }
    return n;
}

static bool number_of(struct replay *r, str text, struct feel_value *out)
{
    const bool negative = str_starts(text, STR("-"));
    if (negative || str_starts(text, STR("+"))) text = str_slice(text, 1, text.len);
    if (text.len == 0 || (text.at[0] != '.' && (text.at[0] < '0' || text.at[0] > '9')) ||
        !number_parse(&r->f.arena, text, out))
        return false;
    if (negative) *out = number_neg(&r->f.arena, out);
    return true;
}

/* 1E-2 has two digits behind the point; read from the text, for FEEL keeps no exponent. */
static bool exponent_of(str text, int64_t *out)
{
    size_t e = str_index(text, STR("e"));
    if (e == SIZE_MAX) e = str_index(text, STR("E"));
    const str mantissa = str_slice(text, 0, e == SIZE_MAX ? text.len : e);
    const size_t point = str_index(mantissa, STR("."));
    int64_t n = 0;
    const bool plus = e != SIZE_MAX && e + 1 < text.len && text.at[e + 1] == '+';
    if (e != SIZE_MAX && !str_i64(str_slice(text, e + 1 + plus, text.len), &n)) return false;
    if (point != SIZE_MAX) n -= (int64_t)(mantissa.len - point - 1);
    *out = n;
    return n >= -6176 && n <= 6111;
}

static bool rescale(struct replay *r, const struct feel_value *a, int64_t exponent,
                    struct feel_value *out)
{
    dec d;
    if (!dec_rescale(feel_to_dec(a), (int)-exponent, r->how, &d)) return false;
    *out = feel_dec(&r->f.arena, d);
    return true;
}

static bool modulo(struct replay *r, const struct feel_value *a, const struct feel_value *b,
                   struct feel_value *out)
{
    dec d;
    if (!dec_rem(feel_to_dec(a), feel_to_dec(b), &d)) return false;
    *out = feel_dec(&r->f.arena, d);
    return true;
}

/* FEEL's 34 digits cut to those the vector has: rounded twice, which shows only where 5000… follows. */
static bool cut(struct replay *r, dec d, struct feel_value *out)
{
    bool minus;
    u128 c;
    int exponent, digits = 0;
    if (!number_split(d, &minus, &c, &exponent)) return false;
    for (; c > 0; c /= 10)
        digits++;
    const int over = digits - (int)r->precision;
    if (over > 0 && !dec_rescale(d, -(exponent + over), DEC_HALF_EVEN, &d)) return false;
    *out = feel_dec(&r->f.arena, d);
    return true;
}

enum outcome { GIVES, REFUSES, UNKNOWN };

/* exp, ln, power, squareroot: files of their own, in many precisions. */
static enum outcome inexact(struct replay *r, str op, const struct feel_value *a,
                            const struct feel_value *b, struct feel_value *out)
{
    dec d = {{0, 0}};
    bool ok;
    if (r->how != DEC_HALF_EVEN || r->precision < 1 || r->precision > 34) return UNKNOWN;
    const dec x = feel_to_dec(a);
    if (b == NULL && str_eq(op, STR("exp")))
        ok = number_exp(x, &d);
    else if (b == NULL && str_eq(op, STR("ln")))
        ok = number_log(x, &d);
    else if (b == NULL && str_eq(op, STR("squareroot")))
        ok = dec_sqrt(x, &d);
    else if (b != NULL && str_eq(op, STR("power")))
        ok = number_pow(&r->f.arena, a, b, out);
    else
        return UNKNOWN;
    if (ok && b != NULL) d = feel_to_dec(out);
    return ok && cut(r, d, out) ? GIVES : REFUSES;
}

static bool negative(const struct feel_value *v)
{
    const struct feel_value zero = feel_int(0);
    return number_cmp(v, &zero) < 0;
}

static enum outcome unary(struct replay *r, str op, const struct feel_value *a,
                          struct feel_value *out)
{
    struct arena *arena = &r->f.arena;
    *out = *a;
    const enum outcome o = inexact(r, op, a, NULL, out);
    if (o != UNKNOWN) return o;
    if (str_eq(op, STR("plus")) || str_eq(op, STR("apply")) || str_eq(op, STR("tosci")) ||
        str_eq(op, STR("toeng")) || str_eq(op, STR("reduce")) || str_eq(op, STR("copy")))
        return r->how == DEC_HALF_EVEN ? GIVES : UNKNOWN;
    if (str_eq(op, STR("minus")) || str_eq(op, STR("copynegate")))
        *out = number_neg(arena, a);
    else if (str_eq(op, STR("abs")) || str_eq(op, STR("copyabs")))
        *out = negative(a) ? number_neg(arena, a) : *a;
    else if (str_eq(op, STR("tointegralx")) || str_eq(op, STR("tointegral")))
        return rescale(r, a, 0, out) ? GIVES : REFUSES;
    else
        return UNKNOWN;
    return GIVES;
}

static enum outcome exact(struct replay *r, str op, const struct feel_value *a,
                          const struct feel_value *b, struct feel_value *out)
{
    struct arena *arena = &r->f.arena;
    bool ok;
    if (r->how != DEC_HALF_EVEN) return UNKNOWN;
    if (str_eq(op, STR("add")))
        ok = number_add(arena, a, b, out);
    else if (str_eq(op, STR("subtract")))
        ok = number_sub(arena, a, b, out);
    else if (str_eq(op, STR("multiply")))
        ok = number_mul(arena, a, b, out);
    else if (str_eq(op, STR("divide")))
        ok = number_div(arena, a, b, out);
    else if (str_eq(op, STR("remainder")) && negative(a) == negative(b))
        ok = modulo(r, a, b, out);
    else
        return UNKNOWN;
    return ok ? GIVES : REFUSES;
}

static enum outcome binary(struct replay *r, const str *word, const struct feel_value *a,
                           const struct feel_value *b, struct feel_value *out)
{
    int64_t exponent;
    const str op = word[1];
    if (str_eq(op, STR("compare"))) {
        *out = feel_int(number_cmp(a, b));
    } else if (str_eq(op, STR("max"))) {
        *out = number_cmp(a, b) >= 0 ? *a : *b;
    } else if (str_eq(op, STR("min"))) {
        *out = number_cmp(a, b) <= 0 ? *a : *b;
    } else if (str_eq(op, STR("quantize"))) {
        if (!exponent_of(word[3], &exponent)) return UNKNOWN;
        return rescale(r, a, exponent, out) ? GIVES : REFUSES;
    } else if (str_eq(op, STR("power"))) {
        return inexact(r, op, a, b, out);
    } else {
        return exact(r, op, a, b, out);
    }
    return GIVES;
}

static void fails(struct replay *r, str line, const struct feel_value *got)
{
    struct buf b = {.arena = &r->f.arena};
    if (got != NULL) feel_value_text(&b, got);
    print_error("%s: " STR_FMT "\n    gives " STR_FMT "\n", r->file, STR_ARG(line),
                STR_ARG(buf_str(&b)));
    r->failed++;
}

/* The files of inexact functions have exponents of their own, longer operands, and no 0 to the power 0. */
static bool beyond(str line, const str *word, bool two)
{
    static const char *const flags[] = {"Overflow", "Underflow", "Subnormal", "Clamped",
                                        "Invalid_context"};
    bool zero = two;
    for (size_t i = 0; i < COUNTOF(flags); i++)
        if (str_index(line, str_from(flags[i])) != SIZE_MAX) return true;
    for (int k = 2; k < (two ? 4 : 3); k++) {
        size_t digits = 0, i = 0;
        for (; i < word[k].len && word[k].at[i] != 'e' && word[k].at[i] != 'E'; i++) {
            digits += word[k].at[i] >= '0' && word[k].at[i] <= '9';
            zero = zero && (word[k].at[i] < '1' || word[k].at[i] > '9');
        }
        if (digits > 34 || word[k].len > i + 6) return true; /* e-9999 is the least it knows */
    }
    return zero;
}

/* name operation operand… -> result flags… */
static void replay_line(struct replay *r, str line)
{
    str word[LINE_WORDS];
    struct feel_value a, b, got, want;
    const size_t n = words_of(line, word);
    if (n == 2 && str_eq(word[0], STR("rounding:")))
        r->known_rounding = rounding_of(word[1], &r->how);
    if (n == 2 && (str_eq(word[0], STR("precision:")) || str_eq(word[0], STR("Precision:"))))
        (void)str_i64(word[1], &r->precision);
    if (n < 5 || str_index(line, STR("->")) == SIZE_MAX) return;
    const bool two = str_eq(word[4], STR("->"));
    enum outcome o = UNKNOWN;
    if (r->known_rounding && number_of(r, word[2], &a)) {
        if (!two && str_eq(word[3], STR("->"))) o = unary(r, word[1], &a, &got);
        if (two && n > 5 && number_of(r, word[3], &b)) o = binary(r, word, &a, &b, &got);
    }
    const bool finite = o != UNKNOWN && number_of(r, word[two ? 5 : 4], &want);
    /* A quotient too long, or digits that do not fit: FEEL gives what it has. */
    const bool differs = str_eq(word[1], STR("quantize")) || str_eq(word[1], STR("remainder"));
    const bool other = !str_starts(str_from(r->file), STR("dq")) && beyond(line, word, two);
    const bool encoded = other || str_starts(word[two ? 5 : 4], STR("#"));
    if (o == UNKNOWN || encoded || (!finite && differs)) {
        r->left_out++;
        return;
    }
    r->run++;
    if (o == REFUSES ? finite : !finite || number_cmp(&got, &want) != 0)
        fails(r, line, o == GIVES ? &got : NULL);
}

static bool find_files(glob_t *out)
{
    static const char *const places[] = {
        "/usr/lib/python3*/test/decimaltestdata", "/usr/local/lib/python3*/test/decimaltestdata",
        "/*/.pyenv/versions/*/lib/python3*/test/decimaltestdata",
        "/home/*/.pyenv/versions/*/lib/python3*/test/decimaltestdata"};
    static const char *const names[] = {
        "dqAbs",    "dqAdd",       "dqBase",     "dqCompare",  "dqCopy",       "dqDivide",
        "dqMax",    "dqMin",       "dqMinus",    "dqMultiply", "dqPlus",       "dqQuantize",
        "dqReduce", "dqRemainder", "dqSubtract", "dqCopyAbs",  "dqCopyNegate", "dqToIntegral",
        "exp",      "ln",          "power",      "squareroot"};
    glob_t folder;
    int flags = 0;
    for (size_t i = 0; i < COUNTOF(places); i++) {
        const bool found = glob(places[i], 0, NULL, &folder) == 0;
        for (size_t k = 0; found && k < COUNTOF(names); k++) {
            char pattern[512];
            (void)snprintf(pattern, sizeof pattern, "%s/%s.decTest", folder.gl_pathv[0], names[k]);
            if (glob(pattern, flags, NULL, out) == 0) flags = GLOB_APPEND;
        }
        if (found) globfree(&folder);
        if (flags != 0) return true;
    }
    return false;
}

static void vectors(void **state)
{
    glob_t *files = *state;
    struct replay r = {0};
    for (size_t i = 0; i < files->gl_pathc; i++) {
        str text, rest;
        fixture_init(&r.f, 64 << 20);
        r.file = strrchr(files->gl_pathv[i], '/') + 1;
        assert_int_equal(file_read(&r.f.cx, str_from(files->gl_pathv[i]), FILE_BYTES, &text),
                         RC_OK);
        for (rest = text; rest.len > 0;)
            replay_line(&r, str_cut(rest, '\n', &rest));
        fixture_done(&r.f);
    }
    print_message("%zu vectors of %zu files, %zu left out\n", r.run, files->gl_pathc, r.left_out);
    assert_int_equal(r.failed, 0);
    assert_true(r.run > 8000);
}

int main(void)
{
    glob_t files = {0};
    if (!find_files(&files)) {
        print_message("no decTest vectors here\n");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(vectors, &files)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    globfree(&files);
    return failed;
}
