#include "expr/jsonata_number_picture.h"

#include "core/scope.h"
#include "expr/jsonata_number_picture_impl.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum {
    FIXED_BYTES_MAX = 420,     // 309 digits, the point, NUMBER_PICTURE_PLACES_MAX
    EXPONENT_STEPS_MAX = 1300, // no double is further from another than that
};

const struct number_symbols number_symbols_default = {
    .decimal_separator = STR_INIT("."),
    .grouping_separator = STR_INIT(","),
    .exponent_separator = STR_INIT("e"),
    .minus_sign = STR_INIT("-"),
    .percent = STR_INIT("%"),
    .per_mille = STR_INIT("\xe2\x80\xb0"),
    .zero_digit = STR_INIT("0"),
    .digit = STR_INIT("#"),
    .pattern_separator = STR_INIT(";"),
};

void number_symbols_set(struct number_symbols *symbols, struct str name, struct str value)
{
    const struct {
        const char *name;
        struct str *symbol;
    } table[] = {
        {"decimal-separator", &symbols->decimal_separator},
        {"grouping-separator", &symbols->grouping_separator},
        {"exponent-separator", &symbols->exponent_separator},
        {"minus-sign", &symbols->minus_sign},
        {"percent", &symbols->percent},
        {"per-mille", &symbols->per_mille},
        {"zero-digit", &symbols->zero_digit},
        {"digit", &symbols->digit},
        {"pattern-separator", &symbols->pattern_separator},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(name, table[i].name))
            *table[i].symbol = value;
}

// The digits while they are being filled and grouped.
struct digits {
    uint32_t *at;
    size_t count;
    size_t room;
};

static struct points view(const struct digits *d)
{
    return (struct points){d->at, d->count};
}

static void insert(struct digits *d, size_t place, struct points part)
{
    assert(d->count + part.count <= d->room && place <= d->count);
    memmove(d->at + place + part.count, d->at + place, (d->count - place) * sizeof *d->at);
    if (part.count > 0)
        memcpy(d->at + place, part.at, part.count * sizeof *d->at);
    d->count += part.count;
}

static void insert_zeros(struct digits *d, size_t place, size_t count, uint32_t zero)
{
    struct points one = {&zero, 1};

    for (size_t i = 0; i < count; i++)
        insert(d, place, one);
}

// A place as ECMAScript's slice() takes it: below 0 it counts from the end.
static size_t slice_place(const struct digits *d, ptrdiff_t place)
{
    if (place < 0)
        place += (ptrdiff_t)d->count;
    if (place < 0)
        return 0;
    return (size_t)place < d->count ? (size_t)place : d->count;
}

// Prints with so many digits behind the point, in the picture's family of digits; from 1e21 on as
// any number, which is what the reference comes to.
static struct points fixed(struct scope *s, double value, size_t places, uint32_t zero)
{
    char text[FIXED_BYTES_MAX];
    double size = fabs(value);
    struct str digits = number_text(s, size);

    assert(places <= NUMBER_PICTURE_PLACES_MAX);
    if (size < 1e21)
        digits = str_of(text, (size_t)snprintf(text, sizeof text, "%.*f", (int)places, size));
    uint32_t *at = scope_array(s, digits.bytes, sizeof *at);
    for (size_t i = 0; i < digits.bytes; i++) {
        unsigned char c = (unsigned char)digits.data[i];
        at[i] = c >= '0' && c <= '9' ? c - '0' + zero : c;
    }
    return (struct points){at, digits.bytes};
}

static size_t find_point(const struct digits *d, const struct picture_symbols *symbols)
{
    return points_find(view(d), symbols->decimal, 0);
}

// The digits without zeros at the ends, and the decimal separator.
static struct digits bare_digits(struct scope *s, double value, const struct subpicture *p,
                                 const struct picture_symbols *symbols)
{
    uint32_t dot = '.';
    struct points text = fixed(s, value, p->fraction_max, symbols->zero);
    size_t groups =
        p->integer_groups.count + p->fraction_groups.count + text.count + p->integer_min;
    struct digits d = {.room = text.count + p->integer_min + p->fraction_min +
                               symbols->decimal.count + groups * symbols->grouping.count};

    d.at = scope_array(s, d.room, sizeof *d.at);
    size_t point = points_find(text, (struct points){&dot, 1}, 0);
    insert(&d, 0, points_slice(text, 0, point));
    insert(&d, d.count, symbols->decimal);
    insert(&d, d.count, points_slice(text, point + 1, text.count));
    while (d.count > 0 && d.at[d.count - 1] == symbols->zero)
        d.count--;
    size_t zeros = 0;
    while (zeros < d.count && d.at[zeros] == symbols->zero)
        zeros++;
    memmove(d.at, d.at + zeros, (d.count - zeros) * sizeof *d.at);
    d.count -= zeros;
    return d;
}

static void pad(struct digits *d, const struct subpicture *p, const struct picture_symbols *symbols)
{
    size_t point = find_point(d, symbols);
    size_t behind = d->count > point ? d->count - point - 1 : 0;

    if (p->integer_min > point)
        insert_zeros(d, 0, p->integer_min - point, symbols->zero);
    if (p->fraction_min > behind)
        insert_zeros(d, d->count, p->fraction_min - behind, symbols->zero);
}

static void group(struct digits *d, const struct subpicture *p,
                  const struct picture_symbols *symbols)
{
    ptrdiff_t point = (ptrdiff_t)find_point(d, symbols);
    ptrdiff_t regular = (ptrdiff_t)p->regular_group;

    if (regular > 0) {
        ptrdiff_t count = point > 0 ? (point - 1) / regular : 0;
        for (ptrdiff_t i = 1; i <= count; i++)
            insert(d, slice_place(d, point - i * regular), symbols->grouping);
    } else {
        for (size_t i = 0; i < p->integer_groups.count; i++) {
            ptrdiff_t place = point - (ptrdiff_t)p->integer_groups.at[i];
            insert(d, slice_place(d, place), symbols->grouping);
            point++;
        }
    }
    point = (ptrdiff_t)find_point(d, symbols);
    for (size_t i = 0; i < p->fraction_groups.count; i++) {
        ptrdiff_t place = point + 1 + (ptrdiff_t)p->fraction_groups.at[i];
        insert(d, slice_place(d, place), symbols->grouping);
    }
}

// F&O 3.1, 4.7.5, bullet 5: moves the point so that the mantissa has as many digits before it as
// the picture. Zero has exponent zero.
static double scale(const struct subpicture *p, double value, int *exponent)
{
    double most = pow(10, (double)p->scale);
    double least = pow(10, (double)p->scale - 1);

    *exponent = 0;
    if (value == 0 || !isfinite(value))
        return value;
    for (int i = 0; fabs(value) < least && i < EXPONENT_STEPS_MAX; i++) {
        value *= 10;
        *exponent -= 1;
    }
    for (int i = 0; fabs(value) > most && i < EXPONENT_STEPS_MAX; i++) {
        value /= 10;
        *exponent += 1;
    }
    return value;
}

static struct str exponent_text(struct scope *s, const struct subpicture *p, int exponent,
                                const struct picture_symbols *symbols)
{
    struct points digits = fixed(s, exponent, 0, symbols->zero);
    struct digits d = {.room = digits.count + p->exponent_min};

    d.at = scope_array(s, d.room, sizeof *d.at);
    insert(&d, 0, digits);
    if (p->exponent_min > digits.count)
        insert_zeros(&d, 0, p->exponent_min - digits.count, symbols->zero);
    return str_concat(s, 3, points_text(s, symbols->exponent),
                      exponent < 0 ? points_text(s, symbols->minus) : str(""),
                      points_text(s, view(&d)));
}

static struct str format(struct scope *s, double value, const struct subpicture *p,
                         const struct picture_symbols *symbols)
{
    int exponent = 0;
    double mantissa = value * p->factor;

    if (p->exponent_min > 0)
        mantissa = scale(p, mantissa, &exponent);
    mantissa = number_round(s, mantissa, (double)p->fraction_max);
    struct digits d = bare_digits(s, mantissa, p, symbols);
    pad(&d, p, symbols);
    group(&d, p, symbols);
    if ((!p->has_point || find_point(&d, symbols) + 1 == d.count) && d.count > 0)
        d.count--;
    struct str tail = p->exponent_min > 0 ? exponent_text(s, p, exponent, symbols) : str("");
    return str_concat(s, 4, points_text(s, p->prefix), points_text(s, view(&d)), tail,
                      points_text(s, p->suffix));
}

enum status number_picture_format(struct scope *s, double value, struct str picture,
                                  const struct number_symbols *symbols, struct str *out,
                                  struct picture_error *error)
{
    struct picture_symbols points = {0};
    struct subpicture parts[2] = {0};
    size_t count = 0;

    *error = (struct picture_error){0};
    TRY(number_picture_read(s, picture, symbols, &points, parts, &count, error));
    bool negative = !(value >= 0); // what is no number, too
    struct str text = format(s, value, &parts[negative && count == 2 ? 1 : 0], &points);
    *out = negative && count == 1 ? str_concat(s, 2, points_text(s, points.minus), text) : text;
    return OK;
}
