// The values of an NSC file: for each kind, what is right and its one form.
#include "services/signing/nsc_impl.h"

#include "core/buf.h"
#include "core/date.h"
#include "core/scope.h"
#include "core/utf8.h"

#include <string.h>

enum { YEAR_MIN = 1950, YEAR_MAX = 2099, COORDINATION_DAYS = 60 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool all_digits(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (!is_digit(text.data[i]))
            return false;
    return text.bytes > 0;
}

static bool is_word(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (!is_digit(c) && !is_capital(c) && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return text.bytes > 0;
}

// No control character of ASCII or ISO-8859-1.
static bool is_text(struct str text)
{
    uint32_t c = 0;

    for (size_t i = 0; i < text.bytes;) {
        size_t length = utf8_decode(str_slice(text, i, text.bytes), &c);
        if (length == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0))
            return false;
        i += length;
    }
    return text.bytes > 0;
}

// ISO 3779: no I, O, Q. Europe has no check digit.
static bool is_vin(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (!is_digit(c) && (!is_capital(c) || c == 'I' || c == 'O' || c == 'Q'))
            return false;
    }
    return text.bytes == 17;
}

// Whether the last of ten digits is right by Luhn's rule: every second one counts twice, from the
// first.
static bool luhn_holds(struct str ten)
{
    unsigned sum = 0;

    for (size_t i = 0; i < ten.bytes; i++) {
        unsigned n = (unsigned)(ten.data[i] - '0') * (i % 2 ? 1 : 2);
        sum += n > 9 ? n - 9 : n;
    }
    return sum % 10 == 0;
}

static bool read_day(struct str eight, struct date *out)
{
    uint64_t n = 0;

    if (eight.bytes != 8 || !str_to_u64(eight, 99999999, &n))
        return false;
    *out = (struct date){
        .year = (int16_t)(n / 10000), .month = (uint8_t)(n / 100 % 100), .day = (uint8_t)(n % 100)};
    return date_valid(*out);
}

// YYYYMMDD, and where there is room for it YYYY-MM-DD.
static bool check_date(struct scope *s, struct str text, struct str *value)
{
    struct date day = {0};

    if (!read_day(text, &day) && !date_read(text, &day))
        return false;
    *value = date_to_str(s, day);
    return true;
}

static bool check_number(struct scope *s, struct str text, uint64_t least, uint64_t most,
                         struct str *value)
{
    uint64_t number = 0;

    if (!str_to_u64(text, most, &number) || number < least)
        return false;
    *value = str_format(s, "%llu", (unsigned long long)number);
    return true;
}

// Without a hyphen before the last four digits, which people write.
static struct str without_hyphen(struct scope *s, struct str text)
{
    if (text.bytes < 5 || text.data[text.bytes - 5] != '-')
        return text;
    return str_concat(s, 2, str_slice(text, 0, text.bytes - 5), str_slice(text, text.bytes - 4, 4));
}

static bool check_orgnr(struct scope *s, struct str text, struct str *value)
{
    *value = without_hyphen(s, text);
    return value->bytes == 10 && all_digits(*value) && luhn_holds(*value);
}

// The day of a coordination number (samordningsnummer) is 60 more.
static bool check_pnr(struct scope *s, struct str text, struct str *value)
{
    struct date day = {0};
    uint64_t n = 0;

    *value = without_hyphen(s, text);
    if (value->bytes != 12 || !str_to_u64(str_slice(*value, 0, 8), 99999999, &n))
        return false;
    if (n % 100 > COORDINATION_DAYS)
        n -= COORDINATION_DAYS;
    return read_day(str_format(s, "%08llu", (unsigned long long)n), &day) && all_digits(*value) &&
           luhn_holds(str_slice(*value, 2, 10));
}

// What mail systems take in practice: a local part of RFC 5322's atoms, a host of several labels.
static bool is_email(struct str text)
{
    static const char atoms[] = "!#$%&'*+-/=?^_`{|}~.";
    struct str host = text;
    struct str local = str_cut(&host, '@');

    if (local.bytes == 0 || local.data[0] == '.' || local.data[local.bytes - 1] == '.' ||
        str_find_byte(host, '.') == host.bytes)
        return false;
    for (size_t i = 0; i < local.bytes; i++)
        if (!is_word(str_slice(local, i, 1)) && !memchr(atoms, local.data[i], sizeof atoms - 1))
            return false;
    while (host.data) {
        struct str label = str_cut(&host, '.');
        if (label.bytes == 0 || label.data[0] == '-' || label.data[label.bytes - 1] == '-')
            return false;
        for (size_t i = 0; i < label.bytes; i++)
            if (label.data[i] != '-' && !is_word(str_slice(label, i, 1)))
                return false;
    }
    return true;
}

static bool is_one_of(struct str text, const char *words)
{
    struct str rest = str(words);

    while (rest.data)
        if (str_equal(text, str_cut(&rest, ' ')))
            return text.bytes > 0;
    return false;
}

// Digits with two implied decimals; the last column has the sign, blank for plus.
static bool read_fixed_amount(struct str text, struct decimal *out)
{
    struct str digits = str_trim(str_slice(text, 0, text.bytes ? text.bytes - 1 : 0));
    char sign = text.bytes ? text.data[text.bytes - 1] : '\0';
    uint64_t hundredths = 0;

    if (!memchr("+- ", sign, 3) || !str_to_u64(digits, 99999999999999, &hundredths))
        return false;
    *out = decimal_of(sign == '-' ? -(int64_t)hundredths : (int64_t)hundredths, 2);
    return true;
}

// 1234,5 or 1234.50; the sign stands before or behind.
static bool read_written_amount(struct str text, struct decimal *out)
{
    struct str whole = text;
    bool minus = false;
    bool plus = false;
    uint64_t units = 0;
    uint64_t cents = 0;

    for (int end = 0; end < 2 && whole.bytes && !minus && !plus; end++) {
        minus = whole.data[end ? whole.bytes - 1 : 0] == '-';
        plus = whole.data[end ? whole.bytes - 1 : 0] == '+';
        if (minus || plus)
            whole = str_slice(whole, end ? 0 : 1, whole.bytes - 1);
    }
    size_t point = str_find_byte(whole, ',');
    if (point == whole.bytes)
        point = str_find_byte(whole, '.');
    struct str behind = str_slice(whole, point + 1, whole.bytes);
    bool has_point = point < whole.bytes;
    if (!str_to_u64(str_slice(whole, 0, point), 999999999999, &units) ||
        (has_point && (behind.bytes > 2 || !str_to_u64(behind, 99, &cents))))
        return false;
    if (behind.bytes == 1)
        cents *= 10;
    int64_t hundredths = (int64_t)(units * 100 + cents);
    *out = decimal_of(minus ? -hundredths : hundredths, 2);
    return true;
}

static bool check_amount(struct scope *s, enum nsc_form form, struct str text, struct str *value)
{
    struct decimal amount = {0};

    if (!(form == NSC_FIXED ? read_fixed_amount(text, &amount)
                            : read_written_amount(str_trim(text), &amount)))
        return false;
    *value = decimal_to_str(s, amount);
    return true;
}

static uint64_t most_of(size_t columns)
{
    uint64_t most = 9;

    for (size_t i = 1; i < columns; i++)
        most = most * 10 + 9;
    return most;
}

bool nsc_check(struct scope *s, const struct nsc_column *column, enum nsc_form form,
               struct str text, struct str *value)
{
    struct str trimmed = str_trim(text);
    bool fits = utf8_count(trimmed) <= column->columns;

    *value = trimmed;
    switch (column->kind) {
    case NSC_KIND_ID:
        return fits && all_digits(trimmed);
    case NSC_KIND_WORD:
        return fits && is_word(trimmed);
    case NSC_KIND_WORD_MAY:
        return trimmed.bytes == 0 || (fits && is_word(trimmed));
    case NSC_KIND_TEXT:
        return fits && is_text(trimmed);
    case NSC_KIND_TEXT_MAY:
        return trimmed.bytes == 0 || (fits && is_text(trimmed));
    case NSC_KIND_NUMBER:
        return check_number(s, trimmed, 1, most_of(column->columns), value);
    case NSC_KIND_COUNT:
        return check_number(s, trimmed, 0, most_of(column->columns), value);
    case NSC_KIND_YEAR:
        return check_number(s, trimmed, YEAR_MIN, YEAR_MAX, value);
    case NSC_KIND_DATE:
        return check_date(s, trimmed, value);
    case NSC_KIND_AMOUNT:
        return check_amount(s, form, text, value);
    case NSC_KIND_VIN:
        return is_vin(trimmed);
    case NSC_KIND_COUNTRY:
        return trimmed.bytes == 2 && is_capital(trimmed.data[0]) && is_capital(trimmed.data[1]);
    case NSC_KIND_CURRENCY:
        return is_one_of(trimmed, "SEK EUR NOK DKK");
    case NSC_KIND_ORGNR:
        return check_orgnr(s, trimmed, value);
    case NSC_KIND_PNR:
        return check_pnr(s, trimmed, value);
    case NSC_KIND_EMAIL:
        return fits && is_email(trimmed);
    case NSC_KIND_LANGUAGE:
        return is_one_of(trimmed, "sv en");
    }
    return false;
}
