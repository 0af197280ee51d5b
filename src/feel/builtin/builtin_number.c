/* Builtins on numbers: rounding, roots, parity; abs of durations too. */
#include "feel/builtin/builtin.h"
#include "feel/number/transcendental.h"

enum { SCALE_MIN = -6111, SCALE_MAX = 6176 };

static bool narrow_result(struct call *c, bool ok, dec d, struct feel_value *out)
{
    if (ok) *out = feel_dec(c->m->arena, d);
    return ok;
}

/* The scale, cut to a whole number; absent means 0.  false when decimal128 has no such scale. */
static bool scale_of(const struct feel_value *v, int *out)
{
    dec cut;
    int64_t n;
    *out = 0;
    if (!given(v)) return v->kind == FEEL_ANY;
    if (!dec_rescale(feel_to_dec(v), 0, DEC_DOWN, &cut) || !dec_to_i64(cut, &n)) return false;
    if (n < SCALE_MIN || n > SCALE_MAX) return false;
    *out = (int)n;
    return true;
}

static bool rounded(struct call *c, const struct feel_value *arg, enum dec_round how,
                    struct feel_value *out)
{
    int scale;
    dec d = {{0, 0}};
    if (!scale_of(&arg[1], &scale)) {
        if (arg[1].kind == FEEL_NULL) return true;
        return call_fault(c, "feel.argument", "小数位数应在-6111与6176之间",
                          "a scale is between -6111 and 6176");
    }
    if (!arg->wide && scale >= arg->scale) { /* nothing to cut off */
        *out = arg[0];
        return true;
    }
    const bool ok = dec_rescale(feel_to_dec(arg), scale, how, &d);
    return narrow_result(c, ok, d, out);
}

bool builtin_decimal(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_HALF_EVEN, out);
}

bool builtin_floor(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_FLOOR, out);
}

bool builtin_ceiling(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_CEILING, out);
}

bool builtin_round_up(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_UP, out);
}

bool builtin_round_down(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_DOWN, out);
}

bool builtin_round_half_up(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_HALF_UP, out);
}

bool builtin_round_half_down(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return rounded(c, arg, DEC_HALF_DOWN, out);
}

bool builtin_abs(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *v = arg;
    if (v->kind == FEEL_LIST && v->as.list->count == 1) v = v->as.list->at;
    if (v->kind == FEEL_NULL) return true;
    *out = *v;
    if (v->kind == FEEL_NUMBER) {
        const struct feel_value zero = feel_int(0);
        if (number_cmp(v, &zero) < 0) *out = number_neg(c->m->arena, v);
        return true;
    }
    if (v->kind == FEEL_MONTHS_DURATION) {
        if (v->as.duration < 0) *out = temporal_negate(v);
        return true;
    }
    if (v->kind == FEEL_DAYS_DURATION) {
        if (v->as.moment.day < 0) *out = temporal_negate(v);
        return true;
    }
    *out = feel_null();
    return false;
}

bool builtin_modulo(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    dec d = {{0, 0}};
    const struct feel_value zero = feel_int(0);
    if (number_cmp(&arg[1], &zero) == 0)
        return call_fault(c, "feel.divide-by-zero", "除数为零", "division by zero");
    const bool ok = dec_rem(feel_to_dec(&arg[0]), feel_to_dec(&arg[1]), &d);
    return narrow_result(c, ok, d, out);
}

bool builtin_sqrt(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    dec d = {{0, 0}};
    const bool ok = dec_sqrt(feel_to_dec(arg), &d);
    return narrow_result(c, ok, d, out);
}

bool builtin_log(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    dec d = {{0, 0}};
    const struct feel_value zero = feel_int(0);
    if (number_cmp(arg, &zero) <= 0) return false;
    const bool ok = number_log(feel_to_dec(arg), &d);
    return narrow_result(c, ok, d, out);
}

bool builtin_exp(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    dec d = {{0, 0}};
    const bool ok = number_exp(feel_to_dec(arg), &d);
    return narrow_result(c, ok, d, out);
}

/* 0 even, 1 odd, -1 no whole number */
static int parity(const struct feel_value *v)
{
    dec rest;
    int64_t n;
    if (!number_is_integer(v)) return -1;
    if (!dec_rem(feel_to_dec(v), dec_i64(2), &rest) || !dec_to_i64(rest, &n)) return 0;
    return n != 0;
}

bool builtin_odd(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_boolean(parity(arg) == 1);
    return true;
}

bool builtin_even(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_boolean(parity(arg) == 0);
    return true;
}

/* "1 234,5" with its separators named. */
static bool separator(const struct feel_value *v, const char *allowed, char *out)
{
    *out = '\0';
    if (v->kind == FEEL_NULL) return true;
    const str s = feel_str(v);
    if (v->kind != FEEL_STRING || s.len != 1) return false;
    for (const char *a = allowed; *a != '\0'; a++)
        if (*a == s.at[0]) {
            *out = s.at[0];
            return true;
        }
    return false;
}

bool builtin_number_grouped(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    char grouping, decimal;
    const str s = feel_str(&arg[0]);
    struct buf b = {.arena = c->m->arena};
    if (!separator(&arg[1], " .,", &grouping) || !separator(&arg[2], ".,", &decimal)) return false;
    if (grouping != '\0' && grouping == decimal) return false;
    for (size_t i = 0; i < s.len; i++) {
        if (grouping != '\0' && s.at[i] == grouping) continue;
        if (decimal == ',' && s.at[i] == '.') return false;
        buf_char(&b, decimal != '\0' && s.at[i] == decimal ? '.' : s.at[i]);
    }
    return number_parse(c->m->arena, buf_str(&b), out);
}

bool builtin_number(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return number_parse(c->m->arena, feel_str(arg), out);
}
