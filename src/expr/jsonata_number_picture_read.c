// Reading a number picture: XPath and XQuery Functions and Operators 3.1, 4.7.3 (its form) and
// 4.7.4 (what it asks for).
#include "core/scope.h"
#include "expr/jsonata_number_picture_impl.h"

enum { FAMILY_LAST = 0x10FFFF - 9 }; // the last code point that can be a zero

// A half of a picture taken apart. `exponent` counts only when there is one.
struct parts {
    struct points whole;
    struct points prefix;
    struct points suffix;
    struct points active;
    struct points mantissa;
    struct points exponent;
    struct points integer;
    struct points fraction;
    bool has_exponent;
};

static bool is(struct points symbol, uint32_t point)
{
    return symbol.count == 1 && symbol.at[0] == point;
}

static bool is_family(const struct picture_symbols *symbols, uint32_t point)
{
    return point >= symbols->zero && point < symbols->zero + 10;
}

static bool is_placeholder(const struct picture_symbols *symbols, uint32_t point)
{
    return is_family(symbols, point) || is(symbols->digit, point);
}

// The exponent separator is active only between others that are.
static bool is_active(const struct picture_symbols *symbols, uint32_t point)
{
    return is_placeholder(symbols, point) || is(symbols->decimal, point) ||
           is(symbols->grouping, point) || is(symbols->separator, point);
}

static size_t count_family(const struct picture_symbols *symbols, struct points p)
{
    size_t count = 0;

    for (size_t i = 0; i < p.count; i++)
        count += is_family(symbols, p.at[i]);
    return count;
}

static size_t count_placeholders(const struct picture_symbols *symbols, struct points p)
{
    size_t count = 0;

    for (size_t i = 0; i < p.count; i++)
        count += is_placeholder(symbols, p.at[i]);
    return count;
}

static bool has(struct points p, struct points part)
{
    return points_find(p, part, 0) + part.count <= p.count;
}

static bool has_twice(struct points p, struct points part)
{
    size_t first = points_find(p, part, 0);

    if (part.count == 0) // an empty sign is everywhere
        return p.count > 0;
    return first < p.count && points_find(p, part, first + 1) < p.count;
}

static void split_ends(const struct picture_symbols *symbols, struct parts *p)
{
    size_t from = 0;
    size_t to = p->whole.count;

    while (from < p->whole.count && !is_active(symbols, p->whole.at[from]))
        from++;
    while (to > 0 && !is_active(symbols, p->whole.at[to - 1]))
        to--;
    if (from < p->whole.count) { // else there is neither prefix nor suffix: all is active
        p->prefix = points_slice(p->whole, 0, from);
        p->suffix = points_slice(p->whole, to, p->whole.count);
    }
    p->active =
        points_slice(p->whole, p->prefix.count, p->whole.count - p->prefix.count - p->suffix.count);
}

static struct parts split(const struct picture_symbols *symbols, struct points whole)
{
    struct parts p = {.whole = whole};

    split_ends(symbols, &p);
    p.mantissa = p.active;
    size_t at = points_find(whole, symbols->exponent, p.prefix.count);
    if (at < whole.count && at <= whole.count - p.suffix.count) {
        // The reference takes the place in the whole for one in the active part; with a prefix
        // this makes the exponent too short, and often an error.
        p.has_exponent = true;
        p.mantissa = points_slice(p.active, 0, at);
        p.exponent = points_slice(p.active, at + 1, p.active.count);
    }
    size_t point = points_find(p.mantissa, symbols->decimal, 0);
    p.integer = points_slice(p.mantissa, 0, point);
    p.fraction =
        point < p.mantissa.count ? points_slice(p.mantissa, point + 1, p.mantissa.count) : p.suffix;
    return p;
}

static bool has_passive(const struct picture_symbols *symbols, struct points active)
{
    for (size_t i = 0; i < active.count; i++)
        if (!is_active(symbols, active.at[i]) && !is(symbols->exponent, active.at[i]))
            return true;
    return false;
}

static bool is_group_at(const struct picture_symbols *symbols, struct points p, size_t place)
{
    return place < p.count && is(symbols->grouping, p.at[place]);
}

static bool is_two_groups(const struct picture_symbols *symbols, struct points p)
{
    for (size_t i = 0; i < p.count; i++) {
        size_t next = points_find(p, symbols->grouping, i);
        size_t behind = next + symbols->grouping.count;
        if (next < p.count && points_find(p, symbols->grouping, behind) == behind &&
            behind < p.count)
            return true;
    }
    return false;
}

static const char *check_signs(const struct picture_symbols *symbols, const struct parts *p)
{
    const char *code = NULL;

    if (has_twice(p->whole, symbols->decimal))
        code = "D3081";
    if (has_twice(p->whole, symbols->percent))
        code = "D3082";
    if (has_twice(p->whole, symbols->per_mille))
        code = "D3083";
    if (has(p->whole, symbols->percent) && has(p->whole, symbols->per_mille))
        code = "D3084";
    if (count_placeholders(symbols, p->mantissa) == 0)
        code = "D3085";
    if (has_passive(symbols, p->active))
        code = "D3086";
    return code;
}

static const char *check_groups(const struct picture_symbols *symbols, const struct parts *p)
{
    const char *code = NULL;
    size_t point = points_find(p->whole, symbols->decimal, 0);

    if (point < p->whole.count) {
        if ((point > 0 && is_group_at(symbols, p->whole, point - 1)) ||
            is_group_at(symbols, p->whole, point + 1))
            code = "D3087";
    } else if (p->integer.count > 0 && is_group_at(symbols, p->integer, p->integer.count - 1)) {
        code = "D3088";
    }
    return is_two_groups(symbols, p->whole) ? "D3089" : code;
}

static const char *check_digits(const struct picture_symbols *symbols, const struct parts *p)
{
    const char *code = NULL;
    size_t first = points_find(p->integer, symbols->digit, 0);
    size_t last = p->fraction.count;

    if (first < p->integer.count && count_family(symbols, points_slice(p->integer, 0, first)) > 0)
        code = "D3090";
    while (last > 0 && !is(symbols->digit, p->fraction.at[last - 1]))
        last--;
    if (last > 0 && count_family(symbols, points_slice(p->fraction, last, p->fraction.count)) > 0)
        code = "D3091";
    if (p->exponent.count > 0 &&
        (has(p->whole, symbols->percent) || has(p->whole, symbols->per_mille)))
        code = "D3092";
    if (p->has_exponent &&
        (p->exponent.count == 0 || count_family(symbols, p->exponent) < p->exponent.count))
        code = "D3093";
    return code;
}

// Of several things that are wrong the last one is told.
static const char *check(const struct picture_symbols *symbols, const struct parts *p)
{
    const char *code = check_signs(symbols, p);
    const char *groups = check_groups(symbols, p);
    const char *digits = check_digits(symbols, p);

    return digits ? digits : groups ? groups : code;
}

// The reference looks for the second and later separators in the integer part, whichever part it
// is asked about.
static struct group_places places(struct scope *s, const struct picture_symbols *symbols,
                                  const struct parts *p, bool fraction)
{
    struct points part = fraction ? p->fraction : p->integer;
    size_t most = p->integer.count + 1;
    size_t *at = scope_array(s, most, sizeof *at);
    size_t count = 0;
    size_t place = points_find(part, symbols->grouping, 0);
    bool found = place < part.count;

    while (found && count < most) {
        struct points side =
            fraction ? points_slice(part, 0, place) : points_slice(part, place, part.count);
        at[count++] = count_placeholders(symbols, side);
        place = points_find(p->integer, symbols->grouping, place + 1);
        found = place < p->integer.count;
    }
    return (struct group_places){at, count};
}

static size_t divisor(size_t a, size_t b)
{
    while (b > 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool has_place(struct group_places places, size_t place)
{
    for (size_t i = 0; i < places.count; i++)
        if (places.at[i] == place)
            return true;
    return false;
}

// Returns the distance of separators that stand at all multiples of it; 0 when they do not.
static size_t regular(struct group_places places)
{
    if (places.count == 0)
        return 0;
    size_t distance = places.at[0];
    for (size_t i = 1; i < places.count; i++)
        distance = divisor(distance, places.at[i]);
    for (size_t i = 1; i <= places.count; i++)
        if (!has_place(places, i * distance))
            return 0;
    return distance;
}

static struct subpicture analyse(struct scope *s, const struct picture_symbols *symbols,
                                 const struct parts *p)
{
    struct subpicture out = {
        .prefix = p->prefix,
        .suffix = p->suffix,
        .factor = has(p->whole, symbols->percent)     ? 100
                  : has(p->whole, symbols->per_mille) ? 1000
                                                      : 1,
        .has_point = has(p->whole, symbols->decimal),
        .scale = count_family(symbols, p->integer),
        .integer_min = count_family(symbols, p->integer),
        .fraction_min = count_family(symbols, p->fraction),
        .fraction_max = count_placeholders(symbols, p->fraction),
        .exponent_min = p->has_exponent ? count_family(symbols, p->exponent) : 0,
        .integer_groups = places(s, symbols, p, false),
        .fraction_groups = places(s, symbols, p, true),
    };

    out.regular_group = regular(out.integer_groups);
    if (out.integer_min == 0 && out.fraction_max == 0) {
        if (p->has_exponent)
            out.fraction_min = out.fraction_max = 1;
        else
            out.integer_min = 1;
    }
    if (p->has_exponent && out.integer_min == 0 && has(p->integer, symbols->digit))
        out.integer_min = 1;
    if (out.integer_min == 0 && out.fraction_min == 0)
        out.fraction_min = 1;
    return out;
}

static struct picture_symbols symbols_of(struct scope *s, const struct number_symbols *n)
{
    struct picture_symbols out = {
        .decimal = points_of(s, n->decimal_separator),
        .grouping = points_of(s, n->grouping_separator),
        .exponent = points_of(s, n->exponent_separator),
        .minus = points_of(s, n->minus_sign),
        .percent = points_of(s, n->percent),
        .per_mille = points_of(s, n->per_mille),
        .digit = points_of(s, n->digit),
        .separator = points_of(s, n->pattern_separator),
    };
    struct points zero = points_of(s, n->zero_digit);

    out.zero = zero.count > 0 ? zero.at[0] : 0;
    if (out.zero > FAMILY_LAST)
        out.zero = FAMILY_LAST;
    return out;
}

enum status number_picture_read(struct scope *s, struct str picture,
                                const struct number_symbols *symbols, struct picture_symbols *out,
                                struct subpicture parts[2], size_t *count,
                                struct picture_error *error)
{
    if (picture.bytes > NUMBER_PICTURE_BYTES_MAX)
        return fail(s, TOO_LARGE, "a number picture has at most %d bytes",
                    NUMBER_PICTURE_BYTES_MAX);
    *out = symbols_of(s, symbols);
    struct points all = points_of(s, picture);
    size_t half = points_find(all, out->separator, 0);
    bool two = half < all.count && out->separator.count > 0;
    struct parts halves[2] = {0};

    halves[0] = split(out, points_slice(all, 0, two ? half : all.count));
    if (two) {
        struct points rest = points_slice(all, half + out->separator.count, all.count);
        halves[1] = split(out, rest);
        if (points_find(rest, out->separator, 0) < rest.count)
            error->code = "D3080";
    }
    *count = two ? 2 : 1;
    for (size_t i = 0; i < *count && !error->code; i++)
        error->code = check(out, &halves[i]);
    if (error->code)
        return fail(s, INVALID, "%s: the number picture \"%.*s\" is malformed", error->code,
                    STR(picture));
    for (size_t i = 0; i < *count; i++) {
        parts[i] = analyse(s, out, &halves[i]);
        if (parts[i].fraction_max > NUMBER_PICTURE_PLACES_MAX)
            return fail(s, TOO_LARGE, "a number picture has at most %d digits behind the point",
                        NUMBER_PICTURE_PLACES_MAX);
    }
    return OK;
}
