// Formats, each by the grammar that JSON Schema names for it. Every check is one pass.
#include "expr/formats.h"

#include "core/date.h"
#include "core/utf8.h"
#include "expr/pointer.h"
#include "expr/uri.h"

enum {
    HOSTNAME_BYTES_MAX = 253,
    LABEL_BYTES_MAX = 63,
    LOCAL_PART_BYTES_MAX = 64,
    IPV6_GROUPS = 8,
};

static const struct {
    const char *name;
    const char *what;
} rows[FORMAT_COUNT] = {
#define FORMAT(id, name, what) [FORMAT_##id] = {name, what},
#include "expr/formats.def"
#undef FORMAT
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// -- dates and times: RFC 3339, 5.6 --------------------------------------------------------------

// Takes exactly `count` digits off the text; -1 when they are not there.
static int take_digits(struct str *text, size_t count)
{
    int value = 0;

    if (text->bytes < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text->data[i]))
            return -1;
        value = value * 10 + (text->data[i] - '0');
    }
    *text = str_slice(*text, count, text->bytes);
    return value;
}

static bool take_byte(struct str *text, char c)
{
    if (text->bytes == 0 || text->data[0] != c)
        return false;
    *text = str_slice(*text, 1, text->bytes);
    return true;
}

static bool take_date(struct str *text)
{
    struct date date;

    if (!date_read(str_slice(*text, 0, DATE_TEXT_BYTES), &date))
        return false;
    *text = str_slice(*text, DATE_TEXT_BYTES, text->bytes);
    return true;
}

// Takes "Z" or "+hh:mm" and gives its minutes.
static bool take_offset(struct str *text, int *minutes)
{
    *minutes = 0;
    if (take_byte(text, 'Z') || take_byte(text, 'z'))
        return true;
    bool west = take_byte(text, '-');
    if (!west && !take_byte(text, '+'))
        return false;
    int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take_byte(text, ':'))
        return false;
    int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59)
        return false;
    *minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return true;
}

static bool take_fraction(struct str *text)
{
    if (!take_byte(text, '.'))
        return true;
    if (take_digits(text, 1) < 0)
        return false;
    while (take_digits(text, 1) >= 0)
        ;
    return true;
}

static bool is_time(struct str text)
{
    enum { MINUTES_A_DAY = 24 * 60 };
    int offset = 0;
    int hour = take_digits(&text, 2);
    if (hour < 0 || hour > 23 || !take_byte(&text, ':'))
        return false;
    int minute = take_digits(&text, 2);
    if (minute < 0 || minute > 59 || !take_byte(&text, ':'))
        return false;
    int second = take_digits(&text, 2);
    if (second < 0 || second > 60 || !take_fraction(&text) || !take_offset(&text, &offset))
        return false;
    // A leap second is the last of a day in UTC.
    int utc = (hour * 60 + minute - offset + 2 * MINUTES_A_DAY) % MINUTES_A_DAY;
    return text.bytes == 0 && (second < 60 || utc == MINUTES_A_DAY - 1);
}

static bool is_date(struct str text)
{
    return take_date(&text) && text.bytes == 0;
}

static bool is_date_time(struct str text)
{
    return take_date(&text) && (take_byte(&text, 'T') || take_byte(&text, 't')) && is_time(text);
}

// Takes numbers followed by units, which must come in the order of `units` without a gap: RFC
// 3339, Appendix A. Gives how many.
static bool take_units(struct str *text, const char *units, size_t *count)
{
    const char *next = NULL;

    *count = 0;
    while (text->bytes && is_digit(text->data[0])) {
        while (take_digits(text, 1) >= 0)
            ;
        const char *unit = text->bytes && text->data[0] ? strchr(units, text->data[0]) : NULL;
        if (!unit || (next && unit != next))
            return false;
        next = unit + 1;
        *text = str_slice(*text, 1, text->bytes);
        ++*count;
    }
    return true;
}

static bool is_duration(struct str text)
{
    size_t date_units = 0;
    size_t time_units = 0;

    if (!take_byte(&text, 'P'))
        return false;
    struct str weeks = text;
    if (take_units(&weeks, "W", &date_units) && date_units == 1 && weeks.bytes == 0)
        return true;
    if (!take_units(&text, "YMD", &date_units))
        return false;
    bool has_time = take_byte(&text, 'T');
    if (has_time && !take_units(&text, "HMS", &time_units))
        return false;
    return text.bytes == 0 && (has_time ? time_units > 0 : date_units > 0);
}

// -- names and addresses of hosts ----------------------------------------------------------------

static bool is_label(struct str label)
{
    if (label.bytes == 0 || label.bytes > LABEL_BYTES_MAX || label.data[0] == '-' ||
        label.data[label.bytes - 1] == '-')
        return false;
    for (size_t i = 0; i < label.bytes; i++)
        if (!is_alnum(label.data[i]) && label.data[i] != '-')
            return false;
    // RFC 5891, 4.2.3.1: two hyphens there announce an encoding, of which only "xn" is known.
    return label.bytes < 4 || label.data[2] != '-' || label.data[3] != '-' ||
           str_equal_nocase(str_slice(label, 0, 2), str("xn"));
}

// RFC 1123, 2.1.
static bool is_hostname(struct str text)
{
    if (text.bytes == 0 || text.bytes > HOSTNAME_BYTES_MAX)
        return false;
    for (struct str rest = text; rest.data;)
        if (!is_label(str_cut(&rest, '.')))
            return false;
    return true;
}

// RFC 2673, 3.2: four decimal numbers without leading zeros.
static bool is_ipv4(struct str text)
{
    size_t count = 0;
    struct str rest = text;

    while (rest.data && count < 5) {
        uint64_t value = 0;
        struct str part = str_cut(&rest, '.');
        if (part.bytes > 3 || (part.bytes > 1 && part.data[0] == '0') ||
            !str_to_u64(part, 255, &value))
            return false;
        count++;
    }
    return count == 4;
}

// Counts the groups of one side of "::"; -1 when one is malformed. The last may be an IPv4 address.
static int count_groups(struct str side, bool ipv4_allowed)
{
    int count = 0;

    if (side.bytes == 0)
        return 0;
    while (side.data) {
        struct str group = str_cut(&side, ':');
        if (!side.data && ipv4_allowed && is_ipv4(group))
            return count + 2;
        if (group.bytes == 0 || group.bytes > 4)
            return -1;
        for (size_t i = 0; i < group.bytes; i++)
            if (!is_hex(group.data[i]))
                return -1;
        count++;
    }
    return count;
}

// RFC 4291, 2.2.
static bool is_ipv6(struct str text)
{
    size_t gap = str_find(text, str("::"));

    if (gap == text.bytes)
        return count_groups(text, true) == IPV6_GROUPS;
    int before = count_groups(str_slice(text, 0, gap), false);
    int after = count_groups(str_slice(text, gap + 2, text.bytes), true);
    return before >= 0 && after >= 0 && before + after < IPV6_GROUPS;
}

// -- e-mail: RFC 5321, 4.1.2 ---------------------------------------------------------------------

static bool is_atom(struct str atom, bool international)
{
    for (size_t i = 0; i < atom.bytes; i++) {
        char c = atom.data[i];
        if (!is_alnum(c) && !(c && strchr("!#$%&'*+-/=?^_`{|}~", c)) && !(international && c < 0))
            return false;
    }
    return atom.bytes > 0;
}

static bool is_quoted(struct str local, bool international)
{
    for (size_t i = 1; i + 1 < local.bytes; i++) {
        char c = local.data[i];
        if (c == '\\' && ++i + 1 >= local.bytes)
            return false;
        if (c == '"' || (c >= 0 && c < 0x20) || c == 0x7F || (c < 0 && !international))
            return false;
    }
    return local.bytes >= 2 && local.data[local.bytes - 1] == '"';
}

static bool is_local_part(struct str local, bool international)
{
    if (local.bytes == 0 || local.bytes > LOCAL_PART_BYTES_MAX)
        return false;
    if (local.data[0] == '"')
        return is_quoted(local, international);
    while (local.data)
        if (!is_atom(str_cut(&local, '.'), international))
            return false;
    return true;
}

static bool is_mail_domain(struct str domain, bool international)
{
    if (domain.bytes > 2 && domain.data[0] == '[' && domain.data[domain.bytes - 1] == ']') {
        struct str literal = str_slice(domain, 1, domain.bytes - 2);
        if (str_equal_nocase(str_slice(literal, 0, 5), str("IPv6:")))
            return is_ipv6(str_slice(literal, 5, literal.bytes));
        return is_ipv4(literal);
    }
    return is_hostname(domain) || (international && utf8_count(domain) < domain.bytes &&
                                   str_find_byte(domain, '@') == domain.bytes &&
                                   str_find_byte(domain, ' ') == domain.bytes);
}

static bool is_email(struct str text, bool international)
{
    size_t at = text.bytes;

    while (at && text.data[at - 1] != '@')
        at--;
    return at > 0 && is_local_part(str_slice(text, 0, at - 1), international) &&
           is_mail_domain(str_slice(text, at, text.bytes), international);
}

// -- the rest ------------------------------------------------------------------------------------

// RFC 4122, 3.
static bool is_uuid(struct str text)
{
    if (text.bytes != 36)
        return false;
    for (size_t i = 0; i < text.bytes; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text.data[i] != '-' : !is_hex(text.data[i]))
            return false;
    }
    return true;
}

static bool is_relative_json_pointer(struct str text)
{
    size_t digits = 0;

    while (digits < text.bytes && is_digit(text.data[digits]))
        digits++;
    if (digits == 0 || (digits > 1 && text.data[0] == '0'))
        return false;
    struct str rest = str_slice(text, digits, text.bytes);
    return str_is(rest, "#") || pointer_is_valid(rest);
}

enum format format_find(struct str name)
{
    enum format format = 0;

    while (format < FORMAT_COUNT && !str_is(name, rows[format].name))
        format++;
    return format;
}

const char *format_what(enum format format)
{
    return rows[format].what;
}

bool format_check(enum format format, struct str text)
{
    switch (format) {
    case FORMAT_DATE_TIME:
        return is_date_time(text);
    case FORMAT_DATE:
        return is_date(text);
    case FORMAT_TIME:
        return is_time(text);
    case FORMAT_DURATION:
        return is_duration(text);
    case FORMAT_EMAIL:
        return is_email(text, false);
    case FORMAT_IDN_EMAIL:
        return is_email(text, true);
    case FORMAT_HOSTNAME:
        return is_hostname(text);
    case FORMAT_IPV4:
        return is_ipv4(text);
    case FORMAT_IPV6:
        return is_ipv6(text);
    case FORMAT_URI:
        return uri_is_valid(text, URI_ABSOLUTE, false);
    case FORMAT_URI_REFERENCE:
        return uri_is_valid(text, URI_REFERENCE, false);
    case FORMAT_IRI:
        return uri_is_valid(text, URI_ABSOLUTE, true);
    case FORMAT_IRI_REFERENCE:
        return uri_is_valid(text, URI_REFERENCE, true);
    case FORMAT_UUID:
        return is_uuid(text);
    case FORMAT_JSON_POINTER:
        return pointer_is_valid(text);
    case FORMAT_RELATIVE_JSON_POINTER:
        return is_relative_json_pointer(text);
    case FORMAT_REGEX:
    case FORMAT_COUNT:
        break;
    }
    return true;
}
