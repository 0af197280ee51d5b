/* Decimals from text and to text.  Reading keeps at most 34 digits, rounded half to even; what
 * stands behind them only has to be known as "exactly half", "less" or "more". */
#include "base/decimal_bits.h"

/* What has been read of the digits so far. */
struct reading {
    dec_u128 coefficient; /* the first digits that count, at most 34 */
    int count;            /* of them */
    int64_t exponent;
    int next;  /* the first digit that found no room, -1: none did */
    bool rest; /* a digit behind that is not 0 */
};

static void add_digit(struct reading *r, int digit, bool is_fraction)
{
    if (r->count < DEC_DIGITS) {
        r->coefficient = r->coefficient * 10 + (unsigned)digit;
        r->count += r->coefficient != 0;
        r->exponent -= is_fraction;
        return;
    }
    if (r->next < 0)
        r->next = digit;
    else if (digit)
        r->rest = true;
    r->exponent += !is_fraction;
}

static size_t read_digits(str s, size_t at, bool is_fraction, struct reading *r)
{
    for (; at < s.len && s.at[at] >= '0' && s.at[at] <= '9'; at++)
        add_digit(r, s.at[at] - '0', is_fraction);
    return at;
}

/* [eE][+-]digits; anything beyond a million is the same as a million. */
static bool read_exponent(str s, struct reading *r)
{
    size_t at = 1;
    const bool minus = at < s.len && s.at[at] == '-';
    if (minus || (at < s.len && s.at[at] == '+')) at++;
    int64_t n = 0;
    if (at == s.len) return false;
    for (; at < s.len; at++) {
        if (s.at[at] < '0' || s.at[at] > '9') return false;
        n = n * 10 + (s.at[at] - '0');
        if (n > 1000000) n = 1000000;
    }
    r->exponent += minus ? -n : n;
    return true;
}

/* Half to even, by one digit and whether anything follows it. */
static void round_up(struct reading *r, int next, bool rest)
{
    if (next < 5 || (next == 5 && !rest && r->coefficient % 2 == 0)) return;
    if (++r->coefficient < dec_power(DEC_DIGITS)) return;
    r->coefficient /= 10;
    r->exponent++;
}

static bool finish(struct reading r, bool minus, dec *out)
{
    round_up(&r, r.next, r.rest);
    for (; r.exponent > DEC_EXPONENT_MAX && r.coefficient; r.exponent--) {
        if (r.coefficient >= dec_power(DEC_DIGITS - 1)) return false; /* too large */
        r.coefficient *= 10;
    }
    int next = -1;
    bool rest = r.next >= 0; /* digits were lost before: no tie is exact any more */
    for (; r.exponent < DEC_EXPONENT_MIN && r.coefficient; r.exponent++) {
        rest |= next > 0;
        next = (int)(r.coefficient % 10);
        r.coefficient /= 10;
    }
    if (r.coefficient)
        round_up(&r, next, rest);
    else
        r.exponent = 0;
    *out = dec_join((struct dec_parts){
        .minus = minus, .exponent = (int)r.exponent, .coefficient = r.coefficient});
    return true;
}

bool dec_parse(str s, dec *out)
{
    struct reading r = {.next = -1};
    const bool minus = s.len && s.at[0] == '-';
    size_t at = minus;
    const size_t whole = read_digits(s, at, false, &r);
    size_t digits = whole - at;
    at = whole;
    if (at < s.len && s.at[at] == '.') {
        const size_t fraction = read_digits(s, at + 1, true, &r);
        if (fraction == at + 1) return false; /* "1." */
        digits += fraction - at - 1;
        at = fraction;
    }
    if (!digits) return false;
    if (at < s.len && ((s.at[at] | 0x20) != 'e' || !read_exponent(str_slice(s, at, s.len), &r)))
        return false;
    return finish(r, minus, out);
}

/* The digits of n, most significant first, without the zeros at its end, which go to *exponent. */
static int coefficient_digits(dec_u128 n, int *exponent, char out[40])
{
    char text[40];
    int at = (int)sizeof text;
    while (n >> 64) { /* 19 digits at a time: dividing 128 bits is slow */
        uint64_t low = (uint64_t)(n % dec_power(19));
        n /= dec_power(19);
        for (int i = 0; i < 19; i++, low /= 10)
            text[--at] = (char)('0' + low % 10);
    }
    for (uint64_t low = (uint64_t)n; low; low /= 10)
        text[--at] = (char)('0' + low % 10);
    int end = (int)sizeof text;
    for (; end > at + 1 && text[end - 1] == '0'; end--)
        ++*exponent;
    for (int i = at; i < end; i++)
        out[i - at] = text[i];
    return end - at;
}

static void write_zeros(struct buf *out, int count)
{
    while (count-- > 0)
        buf_char(out, '0');
}

void dec_write(struct buf *out, dec a)
{
    const struct dec_parts p = dec_split(a);
    if (!p.coefficient) {
        buf_char(out, '0');
        return;
    }
    char text[40];
    int exponent = p.exponent;
    const int count = coefficient_digits(p.coefficient, &exponent, text);
    const int point = count + exponent; /* where the point stands, from the first digit */
    if (p.minus) buf_char(out, '-');
    if (point > DEC_DIGITS || point < -5) { /* 1.5E+40 */
        buf_char(out, text[0]);
        if (count > 1) buf_char(out, '.');
        buf_add(out, (str){text + 1, (size_t)(count - 1)});
        buf_add(out, point > 0 ? STR("E+") : STR("E-"));
        buf_i64(out, point > 0 ? point - 1 : 1 - point);
    } else if (point <= 0) { /* 0.0015 */
        buf_add(out, STR("0."));
        write_zeros(out, -point);
        buf_add(out, (str){text, (size_t)count});
    } else if (point >= count) { /* 1500 */
        buf_add(out, (str){text, (size_t)count});
        write_zeros(out, point - count);
    } else { /* 1.5 */
        buf_add(out, (str){text, (size_t)point});
        buf_char(out, '.');
        buf_add(out, (str){text + point, (size_t)(count - point)});
    }
}
