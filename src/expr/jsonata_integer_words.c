// English words for whole numbers, and the way back.
#include "core/buf.h"
#include "expr/jsonata_integer_picture.h"
#include "expr/jsonata_text.h"

#include <assert.h>
#include <math.h>

enum {
    UNITS = 20,
    TENS = 8,
    MAGNITUDES = 4,
    SEGMENTS_MAX = 200, // no number that a text names has more
};

static const char *const cardinal_units[UNITS] = {
    "Zero",     "One",     "Two",     "Three",     "Four",     "Five",     "Six",
    "Seven",    "Eight",   "Nine",    "Ten",       "Eleven",   "Twelve",   "Thirteen",
    "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
};
static const char *const ordinal_units[UNITS] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",      "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",    "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
};
static const char *const cardinal_tens[TENS] = {
    "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety",
};
static const char *const ordinal_tens[TENS] = {
    "Twentieth", "Thirtieth",  "Fortieth",  "Fiftieth",
    "Sixtieth",  "Seventieth", "Eightieth", "Ninetieth",
};
static const char *const magnitudes[MAGNITUDES] = {"Thousand", "Million", "Billion", "Trillion"};

static void put_below_hundred(struct buf *out, unsigned value, bool ordinal)
{
    if (value < UNITS) {
        buf_put_z(out, ordinal ? ordinal_units[value] : cardinal_units[value]);
        return;
    }
    unsigned unit = value % 10;
    buf_put_z(out,
              ordinal && unit == 0 ? ordinal_tens[value / 10 - 2] : cardinal_tens[value / 10 - 2]);
    if (unit > 0) {
        buf_put_byte(out, '-');
        put_below_hundred(out, unit, ordinal);
    }
}

// Returns the word for what a number from 100 on is counted in, and how much that is. Words beyond
// trillions count trillions: a thousand trillion.
static const char *unit_of(double value, double *unit)
{
    if (value < 1000) {
        *unit = 100;
        return "Hundred";
    }
    int magnitude = (int)floor(log10(value) / 3);
    if (magnitude > MAGNITUDES)
        magnitude = MAGNITUDES;
    assert(magnitude >= 1);
    *unit = pow(10, 3.0 * magnitude);
    return magnitudes[magnitude - 1];
}

// Each turn puts the highest part of what is left; how many trillions there are is the one part
// that may itself be above a thousand.
void integer_words(struct buf *out, double value, bool ordinal)
{
    double rest = value;
    bool first = true;

    assert(isfinite(value) && value >= 0);
    do {
        double unit = 0;
        if (rest < 100) {
            buf_put_z(out, first ? "" : " and ");
            put_below_hundred(out, (unsigned)rest, ordinal);
            return;
        }
        const char *name = unit_of(rest, &unit);
        double count = floor(rest / unit);
        buf_put_z(out, first ? "" : ", ");
        integer_words(out, count, false);
        buf_put_byte(out, ' ');
        buf_put_z(out, name);
        rest -= count * unit;
        if (rest <= 0 && ordinal)
            buf_put_z(out, "th");
        first = false;
    } while (rest > 0);
}

static bool is_word(struct str text, const char *word, const char *ending)
{
    struct str stem = str(word);

    return text.bytes == stem.bytes + strlen(ending) &&
           str_equal_nocase(str_slice(text, 0, stem.bytes), stem) && str_ends(text, str(ending));
}

static double word_value(struct str text)
{
    for (unsigned i = 0; i < UNITS; i++)
        if (is_word(text, cardinal_units[i], "") || is_word(text, ordinal_units[i], ""))
            return i;
    for (unsigned i = 0; i < TENS; i++)
        if (is_word(text, cardinal_tens[i], "") || is_word(text, ordinal_tens[i], ""))
            return 10.0 * (i + 2);
    if (is_word(text, "Hundred", "") || is_word(text, "Hundred", "th"))
        return 100;
    if (str_is(text, "hundreieth")) // the reference builds its ordinal of hundred like a decade's
        return 100;
    for (unsigned i = 0; i < MAGNITUDES; i++)
        if (is_word(text, magnitudes[i], "") || is_word(text, magnitudes[i], "th"))
            return pow(10, 3.0 * (i + 1));
    return (double)NAN;
}

// Returns how many bytes separate words here: ", ", " and ", white space, '-' or '\'; 0 when none.
static size_t separator_at(struct str text, size_t at)
{
    uint32_t point = 0;
    size_t first = text_decode(str_slice(text, at, text.bytes), &point);
    struct str rest = str_slice(text, at + first, text.bytes);

    if (point == ',' && rest.bytes > 0) {
        size_t second = text_decode(rest, &point);
        return text_is_space(point) ? first + second : 0;
    }
    if (point == '-' || point == '\\')
        return first;
    if (!text_is_space(point))
        return 0;
    if (str_starts(rest, str("and")) && rest.bytes > 3) {
        size_t last = text_decode(str_slice(rest, 3, rest.bytes), &point);
        return text_is_space(point) ? first + 3 + last : first;
    }
    return first;
}

// The parts of the sum so far; only the newest is multiplied.
struct segments {
    double at[SEGMENTS_MAX];
    size_t count;
};

static void add_word(struct segments *segments, double value)
{
    double *newest = &segments->at[segments->count - 1];

    if (!(value < 100))
        *newest *= value;
    else if (*newest >= 1000 && segments->count < SEGMENTS_MAX)
        segments->at[segments->count++] = value;
    else
        *newest += value;
}

double integer_from_words(struct str text)
{
    struct segments segments = {.count = 1};
    size_t begin = 0;
    double sum = 0;

    for (size_t at = 0; at <= text.bytes;) {
        size_t separator = at < text.bytes ? separator_at(text, at) : 0;
        if (separator > 0 || at == text.bytes) {
            add_word(&segments, word_value(str_slice(text, begin, at - begin)));
            begin = at + separator;
        }
        at += separator > 0 ? separator : 1;
    }
    for (size_t i = 0; i < segments.count; i++)
        sum += segments.at[i];
    return sum;
}

static void put_all(struct buf *out, const char *const *words, size_t count, const char *ending)
{
    for (size_t i = 0; i < count; i++)
        buf_format(out, "%s%s|", words[i], ending);
}

// In the order in which the reference tries them.
void integer_words_pattern(struct buf *out)
{
    put_all(out, cardinal_units, UNITS, "");
    put_all(out, ordinal_units, UNITS, "");
    for (size_t i = 0; i < TENS; i++)
        buf_format(out, "%s|%s|", cardinal_tens[i], ordinal_tens[i]);
    buf_put_z(out, "Hundred|Hundreieth|Hundredth|");
    for (size_t i = 0; i < MAGNITUDES; i++)
        buf_format(out, "%s|%sth|", magnitudes[i], magnitudes[i]);
    buf_put_z(out, "and|[\\-, ]");
}
