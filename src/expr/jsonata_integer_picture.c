#include "expr/jsonata_integer_picture.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/jsonata_case.h"
#include "expr/jsonata_text.h"

#include <assert.h>
#include <math.h>

enum {
    LETTERS = 26,
    ROMAN_MAX = 10000000,
    TEXT_BYTES_MAX = 64 << 10,
    FAMILY_DIGITS = 10,
};

// Where the families of decimal digits begin that a picture may use.
static const uint32_t families[] = {
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
    0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0,
    0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
};

static uint32_t family_of(uint32_t point)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (point >= families[i] && point < families[i] + FAMILY_DIGITS)
            return families[i];
    return 0;
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

static bool has_place(const struct integer_picture *p, size_t place)
{
    for (size_t i = 0; i < p->group_count; i++)
        if (p->groups[i].place == place)
            return true;
    return false;
}

// Returns the distance of equal signs that stand at all multiples of it; 0 when they do not.
static size_t regular_group(const struct integer_picture *p)
{
    if (p->group_count == 0)
        return 0;
    size_t distance = p->groups[0].place;
    for (size_t i = 1; i < p->group_count; i++) {
        if (p->groups[i].sign != p->groups[0].sign)
            return 0;
        distance = divisor(distance, p->groups[i].place);
    }
    for (size_t i = 1; i <= p->group_count; i++)
        if (!has_place(p, i * distance))
            return 0;
    return distance;
}

static enum status read_digits(struct scope *s, struct integer_picture *p,
                               struct picture_error *error)
{
    struct points points = points_of(s, p->token);
    struct integer_group *groups = scope_array(s, points.count, sizeof *groups);
    size_t place = 0;

    p->groups = groups;
    for (size_t i = points.count; i > 0; i--) {
        uint32_t point = points.at[i - 1];
        uint32_t family = family_of(point);
        if (family > 0 && p->zero > 0 && family != p->zero) {
            error->code = "D3131";
            return fail(s, INVALID, "D3131: the digits of \"%.*s\" are of several families",
                        STR(p->token));
        }
        if (family > 0) {
            p->zero = family;
            p->digits_min++;
            place++;
        } else if (point == '#') {
            p->digits_optional++;
            place++;
        } else {
            groups[p->group_count++] = (struct integer_group){place, point};
        }
    }
    if (p->digits_min == 0)
        p->form = INTEGER_SEQUENCE;
    p->regular_group = regular_group(p);
    return OK;
}

// F&O 3.1, 4.6.1: the primary format token, and behind the last semicolon the modifier.
enum status integer_picture_read(struct scope *s, struct str picture, struct integer_picture *out,
                                 struct picture_error *error)
{
    static const struct {
        const char *token;
        enum integer_form form;
        enum letter_case letters;
    } forms[] = {
        {"A", INTEGER_LETTERS, CASE_UPPER}, {"a", INTEGER_LETTERS, CASE_LOWER},
        {"I", INTEGER_ROMAN, CASE_UPPER},   {"i", INTEGER_ROMAN, CASE_LOWER},
        {"W", INTEGER_WORDS, CASE_UPPER},   {"w", INTEGER_WORDS, CASE_LOWER},
        {"Ww", INTEGER_WORDS, CASE_TITLE},
    };

    *error = (struct picture_error){0};
    *out = (struct integer_picture){.token = picture};
    if (picture.bytes > INTEGER_PICTURE_BYTES_MAX)
        return fail(s, TOO_LARGE, "an integer picture has at most %d bytes",
                    INTEGER_PICTURE_BYTES_MAX);
    for (size_t i = picture.bytes; i > 0; i--) {
        if (picture.data[i - 1] == ';') {
            out->token = str_slice(picture, 0, i - 1);
            out->ordinal = i < picture.bytes && picture.data[i] == 'o';
            break;
        }
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (str_is(out->token, forms[i].token)) {
            out->form = forms[i].form;
            out->letters = forms[i].letters;
            return OK;
        }
    }
    return read_digits(s, out, error);
}

static struct str letters_text(struct scope *s, double value, enum letter_case letters)
{
    char text[512]; // 26^218 is beyond all doubles
    size_t at = sizeof text;

    while (value > 0 && at > 0) {
        double last = fmod(value - 1, LETTERS);
        text[--at] = (char)((letters == CASE_UPPER ? 'A' : 'a') + (int)last);
        value = floor((value - 1) / LETTERS);
    }
    return str_copy(s, str_of(text + at, sizeof text - at));
}

static struct str roman_text(struct scope *s, double value, enum letter_case letters)
{
    static const struct {
        unsigned value;
        const char *lower;
        const char *upper;
    } numerals[] = {
        {1000, "m", "M"}, {900, "cm", "CM"}, {500, "d", "D"},  {400, "cd", "CD"}, {100, "c", "C"},
        {90, "xc", "XC"}, {50, "l", "L"},    {40, "xl", "XL"}, {10, "x", "X"},    {9, "ix", "IX"},
        {5, "v", "V"},    {4, "iv", "IV"},   {1, "i", "I"},
    };
    struct buf out = buf_make(s, TEXT_BYTES_MAX);

    assert(value <= ROMAN_MAX);
    unsigned rest = (unsigned)value;
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        for (; rest >= numerals[i].value; rest -= numerals[i].value)
            buf_put_z(&out, letters == CASE_UPPER ? numerals[i].upper : numerals[i].lower);
    return buf_str(&out);
}

static struct str words_text(struct scope *s, double value, const struct integer_picture *p)
{
    struct buf out = buf_make(s, TEXT_BYTES_MAX);

    integer_words(&out, value, p->ordinal);
    struct str words = buf_str(&out);
    return p->letters == CASE_UPPER   ? text_upper(s, words)
           : p->letters == CASE_LOWER ? text_lower(s, words)
                                      : words;
}

// The digits while signs are put between them.
struct line {
    uint32_t *at;
    size_t count;
};

// Puts a sign so many digits from the end. Where there are fewer digits than that the reference
// drops what stands before; `place` is then below 0.
static void put_group(struct line *line, ptrdiff_t place, uint32_t sign)
{
    size_t from = (size_t)(place < 0 ? 0 : place);

    if (place < 0) {
        size_t kept = (size_t)-place < line->count ? (size_t)-place : line->count;
        memmove(line->at + 1, line->at + line->count - kept, kept * sizeof *line->at);
        line->count = kept;
    } else {
        memmove(line->at + from + 1, line->at + from, (line->count - from) * sizeof *line->at);
    }
    line->at[from] = sign;
    line->count++;
}

static void put_groups(struct line *line, const struct integer_picture *p)
{
    if (p->regular_group > 0) {
        for (size_t i = (line->count - 1) / p->regular_group; i > 0; i--)
            put_group(line, (ptrdiff_t)(line->count - i * p->regular_group), p->groups[0].sign);
        return;
    }
    for (size_t i = p->group_count; i > 0; i--)
        put_group(line, (ptrdiff_t)line->count - (ptrdiff_t)p->groups[i - 1].place,
                  p->groups[i - 1].sign);
}

static const char *ordinal_suffix(const struct line *line)
{
    uint32_t last = line->at[line->count - 1];

    if (line->count > 1 && line->at[line->count - 2] == '1')
        return "th";
    return last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
}

static struct str digits_text(struct scope *s, double value, const struct integer_picture *p)
{
    struct str digits = number_text(s, value);
    size_t zeros = p->digits_min > digits.bytes ? p->digits_min - digits.bytes : 0;
    size_t count = zeros + digits.bytes;
    struct line line = {
        .at = scope_array(s, 2 * count + p->group_count, sizeof *line.at),
        .count = count,
    };

    for (size_t i = 0; i < count; i++) {
        uint32_t c = i < zeros ? '0' : (uint32_t)digits.data[i - zeros];
        line.at[i] = c + p->zero - '0';
    }
    put_groups(&line, p);
    struct str text = points_text(s, (struct points){line.at, line.count});
    return p->ordinal ? str_concat(s, 2, text, str(ordinal_suffix(&line))) : text;
}

static enum status refuse_sequence(struct scope *s, const struct integer_picture *p,
                                   struct picture_error *error)
{
    *error = (struct picture_error){"D3130", p->token};
    return fail(s, INVALID, "D3130: no rule for numbers that start with %.*s", STR(p->token));
}

enum status integer_picture_format(struct scope *s, double value, const struct integer_picture *p,
                                   struct str *out, struct picture_error *error)
{
    double size = fabs(value);

    *error = (struct picture_error){0};
    // What is no number has no letters and no numerals.
    *out = isnan(value) && p->form != INTEGER_WORDS ? str("") : number_text(s, value);
    if (!isfinite(value) && p->form != INTEGER_DIGITS && p->form != INTEGER_SEQUENCE)
        return OK;
    switch (p->form) {
    case INTEGER_LETTERS:
        *out = letters_text(s, size, p->letters);
        break;
    case INTEGER_ROMAN:
        if (size > ROMAN_MAX)
            return fail(s, TOO_LARGE, "Roman numbers end at %d", ROMAN_MAX);
        *out = roman_text(s, size, p->letters);
        break;
    case INTEGER_WORDS:
        *out = words_text(s, size, p);
        break;
    case INTEGER_SEQUENCE:
        return refuse_sequence(s, p, error);
    case INTEGER_DIGITS:
    default:
        *out = digits_text(s, size, p);
    }
    if (value < 0)
        *out = str_concat(s, 2, str("-"), *out);
    return OK;
}

static double parse_letters(struct scope *s, struct str text, enum letter_case letters)
{
    struct points points = points_of(s, text);
    double value = 0;
    double power = 1;

    for (size_t i = points.count; i > 0; i--) {
        value += ((double)points.at[i - 1] - (letters == CASE_UPPER ? 'A' : 'a') + 1) * power;
        power *= LETTERS;
    }
    return value;
}

static double roman_value(char c)
{
    static const char numerals[] = "IVXLCDM";
    static const double values[] = {1, 5, 10, 50, 100, 500, 1000};
    const char *at = c ? strchr(numerals, c) : NULL;

    return at ? values[at - numerals] : (double)NAN;
}

static double parse_roman(struct str text, enum letter_case letters)
{
    double sum = 0;
    double most = 1;

    for (size_t i = text.bytes; i > 0; i--) {
        char c = text.data[i - 1];
        if (letters != CASE_UPPER && c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        double value = roman_value(c);
        if (value < most) {
            sum -= value;
        } else {
            most = value;
            sum += value;
        }
    }
    return sum;
}

static bool is_separator(const struct integer_picture *p, uint32_t point)
{
    if (p->regular_group > 0)
        return point == ','; // whatever the picture has, as the reference does
    for (size_t i = 0; i < p->group_count; i++)
        if (p->groups[i].sign == point)
            return true;
    return false;
}

static double parse_digits(struct scope *s, struct str text, const struct integer_picture *p)
{
    struct points points = points_of(s, text);
    struct buf digits = buf_make(s, text.bytes * UTF8_BYTES_MAX);
    size_t count = points.count;

    if (p->ordinal)
        count = count < 2 ? 0 : count - 2; // "st", "nd", "rd", "th"
    for (size_t i = 0; i < count; i++) {
        uint32_t point = points.at[i];
        if (is_separator(p, point))
            continue;
        point = point >= p->zero - '0' ? point - p->zero + '0' : UTF8_REPLACEMENT;
        char bytes[UTF8_BYTES_MAX];
        buf_put(&digits, str_of(bytes, text_encode(point, bytes)));
    }
    return number_parse_integer(s, buf_str(&digits));
}

enum status integer_picture_parse(struct scope *s, struct str text, const struct integer_picture *p,
                                  double *out, struct picture_error *error)
{
    *error = (struct picture_error){0};
    switch (p->form) {
    case INTEGER_LETTERS:
        *out = parse_letters(s, text, p->letters);
        return OK;
    case INTEGER_ROMAN:
        *out = parse_roman(text, p->letters);
        return OK;
    case INTEGER_WORDS:
        *out = integer_from_words(text_lower(s, text));
        return OK;
    case INTEGER_SEQUENCE:
        return refuse_sequence(s, p, error);
    case INTEGER_DIGITS:
    default:
        *out = parse_digits(s, text, p);
        return OK;
    }
}
