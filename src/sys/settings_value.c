// What a setting's text may be: numbers with units, words, references, and their ranges.
#include "core/scope.h"
#include "sys/settings_impl.h"

#include <assert.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit byte_units[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
    {"KiB", 1024},
    {"MiB", 1048576},
    {"GiB", 1073741824},
    {"TiB", 1099511627776},
    {0},
};

static const struct unit duration_units[] = {
    {"us", 1},          {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000},
    {"d", 86400000000}, {0},
};

static const struct unit no_units[] = {{"", 1}, {0}};

// Reads digits followed by one of the units.
static bool parse_number(struct str text, const struct unit *units, int64_t *out)
{
    size_t digits = text.bytes > 0 && text.data[0] == '-' ? 1 : 0;

    while (digits < text.bytes && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    if (!str_to_i64(str_slice(text, 0, digits), out))
        return false;
    struct str unit = str_slice(text, digits, text.bytes);
    if (unit.bytes == 0 && *out == 0)
        return true;
    for (; units->name; units++)
        if (str_is(unit, units->name))
            return !__builtin_mul_overflow(*out, units->factor, out);
    return false;
}

static bool parse_boolean(struct str text, int64_t *out)
{
    *out = str_is(text, "true");
    return *out || str_is(text, "false");
}

static bool is_choice(struct str words, struct str text)
{
    while (words.bytes > 0)
        if (str_equal(str_cut(&words, '|'), text))
            return true;
    return false;
}

static bool is_reference(struct str text)
{
    static const char *const kinds[] = {"file:", "env:", "credential:"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_starts(text, str(kinds[i])))
            return text.bytes > strlen(kinds[i]);
    return false;
}

// Reads what the range is about: the number, or the length of a text.
static bool parse_as(enum setting_type type, struct str text, int64_t *out)
{
    switch (type) {
    case SETTING_INTEGER:
        return parse_number(text, no_units, out);
    case SETTING_BYTES:
        return parse_number(text, byte_units, out);
    case SETTING_DURATION:
        return parse_number(text, duration_units, out);
    case SETTING_BOOLEAN:
        return parse_boolean(text, out);
    case SETTING_SECRET:
        *out = 0;
        return is_reference(text);
    case SETTING_TEXT:
    case SETTING_CHOICE:
    case SETTING_PATH:
        *out = (int64_t)text.bytes;
        return true;
    }
    return false;
}

// The bound's number: a text's is a count, the others are written as their values are.
static int64_t parse_bound(const struct setting_def *def, const char *bound, int64_t otherwise)
{
    bool is_text = def->type == SETTING_TEXT || def->type == SETTING_PATH;
    int64_t number = otherwise;

    if (bound) {
        bool read = parse_as(is_text ? SETTING_INTEGER : def->type, str(bound), &number);
        assert(read);
    }
    return number;
}

bool setting_parse(const struct setting_def *def, struct str text, int64_t *number)
{
    int64_t min = parse_bound(def, def->min, INT64_MIN);
    int64_t max = parse_bound(def, def->max, INT64_MAX);

    if (memchr(text.bytes ? text.data : "", 0, text.bytes))
        return false;
    if (def->type == SETTING_CHOICE && !is_choice(str(def->unit), text))
        return false;
    if (def->type == SETTING_PATH && text.bytes == 0)
        return false;
    return parse_as(def->type, text, number) && *number >= min && *number <= max;
}

static const struct {
    const char *name;
    const char *allowed;
} types[] = {
    [SETTING_TEXT] = {"text", "a text"},
    [SETTING_CHOICE] = {"choice", "one of"},
    [SETTING_INTEGER] = {"integer", "an integer"},
    [SETTING_BOOLEAN] = {"boolean", "true or false"},
    [SETTING_BYTES] = {"bytes", "a size, as 512, 64KiB or 10MB,"},
    [SETTING_DURATION] = {"duration", "a duration, as 250ms, 30s, 5m, 24h or 7d,"},
    [SETTING_PATH] = {"path", "a path"},
    [SETTING_SECRET] = {"secret", "a reference: file:PATH, env:NAME or credential:NAME"},
};

const char *setting_type_name(enum setting_type type)
{
    return types[type].name;
}

struct str setting_allowed(struct scope *s, const struct setting_def *def)
{
    const char *what = types[def->type].allowed;
    const char *unit = def->type == SETTING_TEXT ? " bytes" : "";

    if (def->type == SETTING_CHOICE)
        return str_format(s, "%s %s", what, def->unit);
    if (def->min && def->max)
        return str_format(s, "%s from %s to %s%s", what, def->min, def->max, unit);
    if (def->min)
        return str_format(s, "%s of at least %s%s", what, def->min, unit);
    if (def->max)
        return str_format(s, "%s of at most %s%s", what, def->max, unit);
    struct str all = str(what);
    return str_ends(all, str(",")) ? str_slice(all, 0, all.bytes - 1) : all;
}

struct str setting_variable(struct scope *s, const struct setting_def *def)
{
    struct str name = str_concat(s, 2, str("SHEAF_"), str(def->name));
    char *upper = str_z(s, name);

    for (size_t i = 0; i < name.bytes; i++) {
        if (upper[i] == '.')
            upper[i] = '_';
        else if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - 'a' + 'A');
    }
    return str_of(upper, name.bytes);
}
