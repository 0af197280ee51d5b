/* FEEL values.  Plain data: made by the functions below, read by switch over kind. */
#pragma once

#include "base/date.h"
#include "feel/feel.h"

#pragma GCC visibility push(default) /* of the library of decisions */

/* A number: a 64-bit coefficient with a scale where that is enough (almost always), else decimal128.
 * value = coefficient × 10^-scale; wide != NULL: the value is *wide. */
struct feel_list;
struct feel_context;
struct feel_range;
struct feel_function;

struct feel_value {
    uint8_t kind;    /* enum feel_kind; FEEL_ANY never */
    bool has_offset; /* FEEL_TIME, FEEL_DATE_TIME: offset_s counts */
    union {
        struct {
            uint8_t scale; /* FEEL_NUMBER, narrow form: 0 … 18 */
            bool wide;     /* FEEL_NUMBER: as.wide_number points to a decimal128 */
        };
        uint16_t zone; /* FEEL_TIME, FEEL_DATE_TIME: a named zone (feel_zone_name), 0 for none */
    };
    int32_t offset_s; /* seconds east of UTC, of a named zone at that moment too */
    union {
        bool boolean;
        int64_t number; /* narrow coefficient */
        const dec *wide_number;
        struct {
            const char *at;
            size_t len;
        } string;
        int64_t date;     /* days since 1970-01-01 */
        int64_t duration; /* months; or see `moment` for days-and-time */
        struct {
            int64_t day;
            int64_t nanosecond;
        } moment; /* day, ns within the day (0 … 86 400e9-1);
                                               FEEL_TIME: day 0; FEEL_DAYS_DURATION: day may be negative */
        const struct feel_list *list;
        const struct feel_context *context;
        const struct feel_range *range;
        const struct feel_function *function;
    } as;
};
struct feel_list {
    size_t count;
    const struct feel_value *at;
};
struct feel_entry {
    str name;
    struct feel_value value;
};
struct feel_context {
    size_t count;
    const struct feel_entry *at;
};
/* How a range was written: [1..5], (< 5) and the like, (= 5), (!= 5).  Only in FEEL_RANGE_HALF is an
 * end that is null unbounded; otherwise nothing can be compared with it. */
enum feel_range_form { FEEL_RANGE_ENDS, FEEL_RANGE_HALF, FEEL_RANGE_EQUAL, FEEL_RANGE_OTHER };
struct feel_range {
    struct feel_value low, high;
    bool low_open, high_open;
    enum feel_range_form form;
};

struct feel_value feel_null(void);
struct feel_value feel_boolean(bool b);
struct feel_value feel_string(str s); /* borrowed */
struct feel_value feel_int(int64_t n);
struct feel_value feel_fixed(int64_t coefficient, int scale); /* scale 0 … 18 */
struct feel_value feel_dec(struct arena *a, dec d);           /* narrowed where it fits */
struct feel_value feel_date(day_t d);
struct feel_value feel_date_time_us(int64_t us); /* office offset */
struct feel_value feel_list_of(struct arena *a, const struct feel_value *at,
                               size_t count); /* copied */
struct feel_value feel_context_of(struct arena *a, const struct feel_entry *at,
                                  size_t count); /* copied */

dec feel_to_dec(const struct feel_value *number);
/* Number as an integer × 10^-scale, rounded half up; false when not a number or it does not fit. */
bool feel_to_fixed(const struct feel_value *v, int scale, int64_t *out);
bool feel_is_true(const struct feel_value *v);
str feel_str(const struct feel_value *v); /* of FEEL_STRING, else empty */
const struct feel_value *feel_context_find(const struct feel_value *context, str name);
/* Three-valued equality of DMN 1.5 table 53: 1, 0, or -1 for null. */
int feel_equal(const struct feel_value *a, const struct feel_value *b);
/* Order of two values of one kind that has an order: *out < 0, 0, > 0; false when there is none. */
bool feel_compare(const struct feel_value *a, const struct feel_value *b, int *out);
/* Is v inside the range?  1, 0, or -1 when they cannot be compared. */
int feel_range_contains(const struct feel_value *range, const struct feel_value *v);
/* The narrowest type that v certainly has; for scopes made from data. */
const struct feel_type *feel_type_of_value(struct arena *a, const struct feel_value *v);
/* Is v an instance of t?  Null is one of no type but Null. */
bool feel_is_instance(const struct feel_value *v, const struct feel_type *t);
/* The coercions of DMN 1.5 10.3.2.9.4: a value to a list of one and back, date to date and time; null
 * when v does not conform to t. */
struct feel_value feel_coerce(struct arena *a, const struct feel_value *v,
                              const struct feel_type *t);
/* The IANA name of v's zone, empty when it has none. */
str feel_zone_name(const struct feel_value *v);
/* Reads a temporal text of any kind: 2024-02-29, 10:00:00Z, 2024-02-29T10:00:00, P1Y, -P1DT2H. */
bool feel_temporal_parse(str s, struct feel_value *out);

#pragma GCC visibility pop
