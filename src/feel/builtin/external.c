/* What an external function may be: static methods of java.lang and java.math by name and signature,
 * done here; there is no Java. */
#include "feel/builtin/external.h"

#include <math.h>

#include "feel/number/transcendental.h"

struct java {
    struct machine *m;
    const struct feel_value *arg;
    struct feel_list rest; /* what a variable number of arguments holds */
    struct feel_value *out;
};
typedef bool java_fn(struct java *j);
typedef double double_fn(double x);

/* ---- doubles, for what decimals have no function of ---- */

static double to_double(const struct feel_value *v)
{
    bool negative;
    u128 c;
    int e;
    if (!number_split(feel_to_dec(v), &negative, &c, &e)) return 0;
    const double x = e < 0 ? (double)c / pow(10, -e) : (double)c * pow(10, e);
    return negative ? -x : x;
}

/* With as many digits as tell a double apart: 16, or 17 where they are needed. */
static bool from_double(struct java *j, double x)
{
    enum { DIGITS = 16, PLACES_MAX = 300 };
    if (!isfinite(x)) return false;
    if (x < 0 ? x > -1e-290 : x < 1e-290) {
        *j->out = feel_int(0);
        return true;
    }
    const double magnitude = fabs(x);
    int places = DIGITS - 1 - (int)floor(log10(magnitude));
    if (places > PLACES_MAX) places = PLACES_MAX;
    double scaled =
        nearbyint(places < 0 ? magnitude / pow(10, -places) : magnitude * pow(10, places));
    const double back = places < 0 ? scaled * pow(10, -places) : scaled / pow(10, places);
    if (back < magnitude || back > magnitude) {
        places++;
        scaled = nearbyint(places < 0 ? magnitude / pow(10, -places) : magnitude * pow(10, places));
    }
    *j->out = feel_dec(j->m->arena, number_join(x < 0, (u128)scaled, -places));
    return true;
}

static bool of_double(struct java *j, double_fn *f)
{
    return from_double(j, f(to_double(j->arg)));
}
static bool math_sin(struct java *j)
{
    return of_double(j, sin);
}
static bool math_cos(struct java *j)
{
    return of_double(j, cos);
}
static bool math_tan(struct java *j)
{
    return of_double(j, tan);
}
static bool math_asin(struct java *j)
{
    return of_double(j, asin);
}
static bool math_acos(struct java *j)
{
    return of_double(j, acos);
}
static bool math_atan(struct java *j)
{
    return of_double(j, atan);
}
static bool math_sinh(struct java *j)
{
    return of_double(j, sinh);
}
static bool math_cosh(struct java *j)
{
    return of_double(j, cosh);
}
static bool math_tanh(struct java *j)
{
    return of_double(j, tanh);
}
static bool math_cbrt(struct java *j)
{
    return of_double(j, cbrt);
}
static bool math_log10(struct java *j)
{
    return of_double(j, log10);
}
static bool math_atan2(struct java *j)
{
    return from_double(j, atan2(to_double(&j->arg[0]), to_double(&j->arg[1])));
}
static bool math_hypot(struct java *j)
{
    return from_double(j, hypot(to_double(&j->arg[0]), to_double(&j->arg[1])));
}

/* ---- exact ones ---- */

static bool exactly(struct java *j, bool ok, dec d)
{
    if (ok) *j->out = feel_dec(j->m->arena, d);
    return ok;
}

static bool math_sqrt(struct java *j)
{
    dec d = {{0, 0}};
    const bool ok = dec_sqrt(feel_to_dec(j->arg), &d);
    return exactly(j, ok, d);
}
static bool math_exp(struct java *j)
{
    dec d = {{0, 0}};
    const bool ok = number_exp(feel_to_dec(j->arg), &d);
    return exactly(j, ok, d);
}
static bool math_log(struct java *j)
{
    dec d = {{0, 0}};
    const bool ok = number_log(feel_to_dec(j->arg), &d);
    return exactly(j, ok, d);
}
static bool rounded(struct java *j, enum dec_round how)
{
    dec d = {{0, 0}};
    const bool ok = dec_rescale(feel_to_dec(j->arg), 0, how, &d);
    return exactly(j, ok, d);
}
static bool math_floor(struct java *j)
{
    return rounded(j, DEC_FLOOR);
}
static bool math_ceil(struct java *j)
{
    return rounded(j, DEC_CEILING);
}
static bool math_rint(struct java *j)
{
    return rounded(j, DEC_HALF_EVEN);
}

/* Halves go up, those of negative numbers too. */
static bool math_round(struct java *j)
{
    const struct feel_value zero = feel_int(0);
    return rounded(j, number_cmp(j->arg, &zero) < 0 ? DEC_HALF_DOWN : DEC_HALF_UP);
}

static bool math_abs(struct java *j)
{
    const struct feel_value zero = feel_int(0);
    *j->out = number_cmp(j->arg, &zero) < 0 ? number_neg(j->m->arena, j->arg) : *j->arg;
    return true;
}
static bool math_signum(struct java *j)
{
    const struct feel_value zero = feel_int(0);
    *j->out = feel_int(number_cmp(j->arg, &zero));
    return true;
}
static bool math_max(struct java *j)
{
    *j->out = j->arg[number_cmp(&j->arg[0], &j->arg[1]) < 0];
    return true;
}
static bool math_min(struct java *j)
{
    *j->out = j->arg[number_cmp(&j->arg[0], &j->arg[1]) > 0];
    return true;
}
static bool math_pow(struct java *j)
{
    return number_pow(j->m->arena, &j->arg[0], &j->arg[1], j->out);
}
static bool math_sum(struct java *j)
{
    return number_add(j->m->arena, &j->arg[0], &j->arg[1], j->out);
}
static bool floor_mod(struct java *j)
{
    dec d = {{0, 0}};
    const bool ok = dec_rem(feel_to_dec(&j->arg[0]), feel_to_dec(&j->arg[1]), &d);
    return exactly(j, ok, d);
}
static bool floor_div(struct java *j)
{
    dec d = {{0, 0}}, rest;
    const dec a = feel_to_dec(&j->arg[0]), b = feel_to_dec(&j->arg[1]);
    const bool ok = dec_rem(a, b, &rest) && dec_sub(a, rest, &d) && dec_div(d, b, &d);
    return exactly(j, ok, d);
}

/* ---- values from and to text ---- */

static bool same(struct java *j)
{
    *j->out = *j->arg;
    return true;
}

static bool parse_number(struct java *j)
{
    str s = feel_str(j->arg);
    const bool negative = str_starts(s, STR("-"));
    if (negative || str_starts(s, STR("+"))) s = str_slice(s, 1, s.len);
    if (s.len == 0 || s.at[0] == '-' || s.at[0] == '+' || !number_parse(j->m->arena, s, j->out))
        return false;
    if (negative) *j->out = number_neg(j->m->arena, j->out);
    return true;
}

static bool parse_whole(struct java *j, int64_t min, int64_t max)
{
    int64_t n;
    return str_index(feel_str(j->arg), STR(".")) == SIZE_MAX && parse_number(j) &&
           number_i64(j->out, &n) && n >= min && n <= max;
}
static bool parse_byte(struct java *j)
{
    return parse_whole(j, INT8_MIN, INT8_MAX);
}
static bool parse_short(struct java *j)
{
    return parse_whole(j, INT16_MIN, INT16_MAX);
}
static bool parse_int(struct java *j)
{
    return parse_whole(j, INT32_MIN, INT32_MAX);
}
static bool parse_long(struct java *j)
{
    return parse_whole(j, INT64_MIN, INT64_MAX);
}
static bool parse_boolean(struct java *j)
{
    const str s = feel_str(j->arg);
    *j->out = feel_boolean(s.len == 4 && (s.at[0] | 32) == 't' && (s.at[1] | 32) == 'r' &&
                           (s.at[2] | 32) == 'u' && (s.at[3] | 32) == 'e');
    return true;
}

static bool text_of(struct java *j)
{
    struct buf b = {.arena = j->m->arena};
    feel_value_text(&b, j->arg);
    *j->out = feel_string(buf_str(&b));
    return true;
}

/* A whole double still has its point: 3.0 */
static bool text_of_double(struct java *j)
{
    struct buf b = {.arena = j->m->arena};
    feel_value_text(&b, j->arg);
    if (number_is_integer(j->arg)) buf_add(&b, STR(".0"));
    *j->out = feel_string(buf_str(&b));
    return true;
}

static bool string_format(struct java *j)
{
    struct buf b = {.arena = j->m->arena};
    if (!external_format(j->m, feel_str(&j->arg[0]), &j->rest, &b)) return false;
    *j->out = feel_string(buf_str(&b));
    return true;
}

/* ---- the table ---- */

/* Parameters are a letter each: b byte, h short, i int, l long, f float, d double, c char, z boolean,
 * S String, O Object, N BigDecimal, V any number of objects. */
struct method {
    const char *class, *name, *types;
    java_fn *call;
};
static const struct method methods[] = {
#define JAVA(class, name, types, call) {class, name, types, call},
#include "feel/builtin/external.def"
#undef JAVA
};

static char type_letter(str type)
{
    static const struct {
        const char *name;
        char letter;
    } known[] = {{"byte", 'b'},
                 {"short", 'h'},
                 {"int", 'i'},
                 {"long", 'l'},
                 {"float", 'f'},
                 {"double", 'd'},
                 {"char", 'c'},
                 {"boolean", 'z'},
                 {"java.lang.String", 'S'},
                 {"String", 'S'},
                 {"java.lang.Object", 'O'},
                 {"Object", 'O'},
                 {"java.math.BigDecimal", 'N'},
                 {"[Ljava.lang.Object;", 'V'},
                 {"java.lang.Object[]", 'V'},
                 {"java.lang.Object...", 'V'}};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(type, str_from(known[i].name))) return known[i].letter;
    return '?';
}

enum { JAVA_PARAMETERS_MAX = 8 };

/* "max(double, double)" is the name max and the letters dd. */
static bool read_signature(str signature, str *name, char letters[JAVA_PARAMETERS_MAX + 1])
{
    str rest, more;
    size_t n = 0;
    *name = str_trim(str_cut(signature, '(', &rest));
    rest = str_trim(rest);
    if (!str_ends(rest, STR(")"))) return false;
    rest = str_trim(str_slice(rest, 0, rest.len - 1));
    for (; rest.len > 0; rest = more) {
        if (n == JAVA_PARAMETERS_MAX) return false;
        letters[n++] = type_letter(str_trim(str_cut(rest, ',', &more)));
    }
    letters[n] = '\0';
    return true;
}

static bool whole_between(const struct feel_value *v, int64_t min, int64_t max)
{
    int64_t n;
    return v->kind == FEEL_NUMBER && number_i64(v, &n) && n >= min && n <= max;
}

static bool passes(const struct feel_value *v, char letter)
{
    switch (letter) {
    case 'b': return whole_between(v, INT8_MIN, INT8_MAX);
    case 'h': return whole_between(v, INT16_MIN, INT16_MAX);
    case 'i': return whole_between(v, INT32_MIN, INT32_MAX);
    case 'l': return whole_between(v, INT64_MIN, INT64_MAX);
    case 'f':
    case 'd':
    case 'N': return v->kind == FEEL_NUMBER;
    case 'c': return v->kind == FEEL_STRING && utf8_count(feel_str(v)) == 1;
    case 'S': return v->kind == FEEL_STRING;
    case 'z': return v->kind == FEEL_BOOLEAN;
    default: return letter == 'O';
    }
}

/* Checks the arguments against the letters; what a V takes goes to rest. */
static bool take_arguments(struct java *j, const char *letters, size_t count)
{
    size_t i = 0;
    for (; letters[i] != '\0' && letters[i] != 'V'; i++)
        if (i >= count || !passes(&j->arg[i], letters[i])) return false;
    if (letters[i] == '\0') return i == count;
    j->rest = (struct feel_list){.count = count - i, .at = j->arg + i};
    if (count == i + 1 && j->arg[i].kind == FEEL_LIST) j->rest = *j->arg[i].as.list;
    return true;
}

static const struct method *find_method(str class, str name, const char *letters)
{
    for (size_t i = 0; i < COUNTOF(methods); i++)
        if (str_eq(class, str_from(methods[i].class)) && str_eq(name, str_from(methods[i].name)) &&
            str_eq(str_from(letters), str_from(methods[i].types)))
            return &methods[i];
    return NULL;
}

static str entry(const struct feel_value *context, const char *name)
{
    const struct feel_value *v = feel_context_find(context, str_from(name));
    return v == NULL ? STR("") : feel_str(v);
}

bool external_call(struct machine *m, const struct node *n, const struct node_function *f,
                   const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *java =
        f->external->kind == FEEL_CONTEXT ? feel_context_find(f->external, STR("java")) : NULL;
    str class = STR(""), name = STR("");
    char letters[JAVA_PARAMETERS_MAX + 1] = "";
    const struct method *method = NULL;
    if (java != NULL && java->kind == FEEL_CONTEXT) {
        class = entry(java, "class");
        name = entry(java, "method signature");
        if (read_signature(name, &name, letters)) method = find_method(class, name, letters);
    }
    if (method == NULL) {
        machine_null(m, n, out, "feel.external", "没有外部函数“%.*s.%.*s”",
                     "there is no external function \"%.*s.%.*s\"", STR_ARG(class), STR_ARG(name));
        return true;
    }
    struct feel_value result = feel_null();
    struct java j = {.m = m, .arg = arg, .out = &result};
    if (!charge(m, n, 4)) return false;
    if (!take_arguments(&j, letters, (size_t)f->parameter_count) || !method->call(&j)) {
        if (m->code != RC_OK) return false;
        machine_null(m, n, out, "feel.argument", "外部函数“%.*s”对这些参数没有结果",
                     "external function \"%.*s\" has no result for these arguments", STR_ARG(name));
        return true;
    }
    *out = result;
    return true;
}
