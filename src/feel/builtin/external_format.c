/* java.lang.String.format for external functions, with the conversions people use. */
#include "feel/builtin/external.h"

enum { WIDTH_MAX = 1000, PRECISION_DEFAULT = 6 };

/* %[index$][flags][width][.precision]conversion */
struct spec {
    int64_t index, width, precision; /* -1: not given */
    bool left, zero, plus, group, upper;
    char conversion;
};

static bool number_at(str s, size_t *at, int64_t *out)
{
    const size_t from = *at;
    int64_t n = 0;
    while (*at < s.len && s.at[*at] >= '0' && s.at[*at] <= '9' && n <= WIDTH_MAX)
        n = n * 10 + (s.at[(*at)++] - '0');
    if (*at > from) *out = n;
    return *at > from && n <= WIDTH_MAX;
}

static bool read_spec(str s, size_t *at, struct spec *out)
{
    *out = (struct spec){.index = -1, .width = -1, .precision = -1};
    size_t try = *at;
    int64_t n;
    if (number_at(s, &try, &n) && try < s.len && s.at[try] == '$' && n > 0) {
        out->index = n - 1;
        *at = try + 1;
    }
    for (bool more = true; more && *at < s.len;) {
        switch (s.at[*at]) {
        case '-': out->left = true; break;
        case '0': out->zero = true; break;
        case '+': out->plus = true; break;
        case ',': out->group = true; break;
        default: more = false; break;
        }
        *at += more;
    }
    number_at(s, at, &out->width);
    if (*at < s.len && s.at[*at] == '.') {
        ++*at;
        if (!number_at(s, at, &out->precision)) return false;
    }
    if (*at == s.len || out->width > WIDTH_MAX) return false;
    char c = s.at[(*at)++];
    out->upper = c == 'X';
    out->conversion = out->upper ? (char)(c + ('a' - 'A')) : c;
    return true;
}

static void pad(struct buf *out, const struct spec *spec, str text)
{
    const int64_t missing = spec->width - (int64_t)utf8_count(text);
    const bool sign = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+');
    const bool zero = spec->zero && !spec->left && spec->conversion != 's';
    if (zero && sign) buf_char(out, text.at[0]);
    for (int64_t i = 0; i < missing && !spec->left; i++)
        buf_char(out, zero ? '0' : ' ');
    buf_add(out, zero && sign ? str_slice(text, 1, text.len) : text);
    for (int64_t i = 0; i < missing && spec->left; i++)
        buf_char(out, ' ');
}

/* 1234567 is 1,234,567 with the flag for it. */
static void add_digits(struct buf *b, str digits, const struct spec *spec)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (spec->group && i > 0 && (digits.len - i) % 3 == 0) buf_char(b, ',');
        buf_char(b, digits.at[i]);
    }
}

/* All digits of a number with that many behind the point, never an exponent. */
static bool plain_number(const struct feel_value *v, int64_t places, const struct spec *spec,
                         struct buf *b)
{
    enum { DIGITS_MAX = 40 };
    dec d;
    bool negative;
    u128 c;
    int e;
    if (places > NUMBER_SCALE_MAX || !dec_rescale(feel_to_dec(v), (int)places, DEC_HALF_UP, &d) ||
        !number_split(d, &negative, &c, &e))
        return false;
    char text[DIGITS_MAX + 1];
    size_t at = sizeof text;
    for (; e > -places && c < ((u128)1 << 120); e--)
        c *= 10;
    if (e > -places) return false;
    for (; e < -places; e++)
        c /= 10;
    for (int64_t i = 0; c > 0 || i <= places; i++) {
        if (at == 0) return false;
        text[--at] = (char)('0' + (int)(c % 10));
        c /= 10;
    }
    const str all = {text + at, sizeof text - at};
    const size_t point = all.len - (size_t)places;
    if (negative) buf_char(b, '-');
    if (!negative && spec->plus) buf_char(b, '+');
    add_digits(b, str_slice(all, 0, point), spec);
    if (places > 0) buf_char(b, '.');
    buf_add(b, str_slice(all, point, all.len));
    return true;
}

static bool hexadecimal(const struct feel_value *v, bool upper, struct buf *b)
{
    int64_t n;
    if (v->kind != FEEL_NUMBER || !number_i64(v, &n)) return false;
    buf_printf(b, upper ? "%" PRIX64 : "%" PRIx64, (uint64_t)n);
    return true;
}

static bool convert(struct machine *m, const struct spec *spec, const struct feel_value *v,
                    struct buf *out)
{
    struct buf b = {.arena = m->arena};
    struct feel_value truth;
    switch (spec->conversion) {
    case 's': feel_value_text(&b, v); break;
    case 'b':
        truth = feel_boolean(v->kind == FEEL_BOOLEAN ? v->as.boolean : v->kind != FEEL_NULL);
        feel_value_text(&b, &truth);
        break;
    case 'c':
        if (v->kind != FEEL_STRING || utf8_count(feel_str(v)) != 1) return false;
        buf_add(&b, feel_str(v));
        break;
    case 'd':
        if (v->kind != FEEL_NUMBER || spec->precision >= 0 || !number_is_integer(v) ||
            !plain_number(v, 0, spec, &b))
            return false;
        break;
    case 'f':
        if (v->kind != FEEL_NUMBER ||
            !plain_number(v, spec->precision < 0 ? PRECISION_DEFAULT : spec->precision, spec, &b))
            return false;
        break;
    case 'x':
        if (!hexadecimal(v, spec->upper, &b)) return false;
        break;
    default: return false;
    }
    str text = buf_str(&b);
    if (spec->conversion == 's' && spec->precision >= 0) {
        size_t at = 0;
        for (int64_t i = 0; i < spec->precision && at < text.len; i++)
            utf8_next(text, &at);
        text = str_slice(text, 0, at);
    }
    pad(out, spec, text);
    return true;
}

bool external_format(struct machine *m, str format, const struct feel_list *arg, struct buf *out)
{
    size_t next = 0;
    for (size_t at = 0; at < format.len;) {
        struct spec spec;
        const char c = format.at[at++];
        if (c != '%') {
            buf_char(out, c);
            continue;
        }
        if (!read_spec(format, &at, &spec)) return false;
        if (spec.conversion == '%' || spec.conversion == 'n') {
            buf_char(out, spec.conversion == 'n' ? '\n' : '%');
            continue;
        }
        const size_t place = spec.index >= 0 ? (size_t)spec.index : next++;
        if (place >= arg->count || !convert(m, &spec, &arg->at[place], out)) return false;
    }
    return !out->over;
}
