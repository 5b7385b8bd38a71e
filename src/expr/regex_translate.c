// From ECMA-262 (22.2, in its Unicode form) to PCRE2. Characters are copied; what means something
// else there, or means something only there, is rewritten or refused. The translator keeps to what
// decides meaning: PCRE2 itself checks the rest, and its errors are passed on.
#include "expr/regex.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"

enum {
    TRANSLATED_BYTES_MAX = 1 << 16, // \s becomes the longest text
    NAME_BYTES_MAX = 64,
};

struct translation {
    struct scope *s;
    struct str pattern;
    size_t at;
    struct buf out;
    unsigned depth;
    bool can_repeat; // what stands before may take a quantifier
};

// ECMA-262, 12.2 and 12.3: white space and line ends, and everything else.
#define SPACE                                                                                      \
    "\\x{09}-\\x{0d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"         \
    "\\x{205f}\\x{3000}\\x{feff}"
#define NO_SPACE                                                                                   \
    "\\x{00}-\\x{08}\\x{0e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-"  \
    "\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{"    \
    "ff00}-"                                                                                       \
    "\\x{10ffff}"

// Long names of general categories (Unicode, PropertyValueAliases), which PCRE2 does not know.
static const struct {
    const char *name;
    const char *category;
} categories[] = {
    {"Cased_Letter", "L&"},
    {"Close_Punctuation", "Pe"},
    {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Currency_Symbol", "Sc"},
    {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Enclosing_Mark", "Me"},
    {"Final_Punctuation", "Pf"},
    {"Format", "Cf"},
    {"Initial_Punctuation", "Pi"},
    {"Letter", "L"},
    {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"},
    {"Lowercase_Letter", "Ll"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Math_Symbol", "Sm"},
    {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"},
    {"Nonspacing_Mark", "Mn"},
    {"Number", "N"},
    {"Open_Punctuation", "Ps"},
    {"Other", "C"},
    {"Other_Letter", "Lo"},
    {"Other_Number", "No"},
    {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"},
    {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"},
    {"Unassigned", "Cn"},
    {"Uppercase_Letter", "Lu"},
};

static enum status wrong(struct translation *t, size_t at, const char *what)
{
    return fail(t->s, INVALID, "the pattern \"%.*s\" is wrong at character %zu: %s",
                (int)(t->pattern.bytes < 200 ? t->pattern.bytes : 200), t->pattern.data,
                utf8_count(str_slice(t->pattern, 0, at)) + 1, what);
}

// Returns the byte `ahead` of the place; 0 behind the end.
static char peek(const struct translation *t, size_t ahead)
{
    return t->at + ahead < t->pattern.bytes ? t->pattern.data[t->at + ahead] : '\0';
}

static bool at_end(const struct translation *t)
{
    return t->at >= t->pattern.bytes;
}

static bool starts(const struct translation *t, const char *text)
{
    return str_starts(str_slice(t->pattern, t->at, t->pattern.bytes), str(text));
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Takes exactly `count` hexadecimal digits.
static bool take_hex(struct translation *t, size_t count, uint32_t *out)
{
    uint32_t value = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = hex_value(peek(t, i));
        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    t->at += count;
    *out = value;
    return true;
}

static enum status take_braced_hex(struct translation *t, uint32_t *out)
{
    size_t from = t->at;
    uint32_t value = 0;

    t->at++;
    while (hex_value(peek(t, 0)) >= 0 && value <= 0x10FFFF)
        value = value << 4 | (uint32_t)hex_value(t->pattern.data[t->at++]);
    if (t->at == from + 1 || value > 0x10FFFF || peek(t, 0) != '}')
        return wrong(t, from, "\\u{...} wants a code point");
    t->at++;
    *out = value;
    return OK;
}

// The place is behind "\u". Two halves of a surrogate pair are one character.
static enum status translate_unicode(struct translation *t)
{
    size_t from = t->at;
    uint32_t value = 0;
    uint32_t low = 0;

    if (peek(t, 0) == '{') {
        TRY(take_braced_hex(t, &value));
    } else {
        if (!take_hex(t, 4, &value))
            return wrong(t, from, "\\u wants four hexadecimal digits");
        if (value >= 0xD800 && value <= 0xDBFF && starts(t, "\\u")) {
            t->at += 2;
            if (!take_hex(t, 4, &low) || low < 0xDC00 || low > 0xDFFF)
                return wrong(t, from, "a surrogate without its other half");
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    if (value >= 0xD800 && value <= 0xDFFF)
        return wrong(t, from, "a surrogate without its other half");
    buf_format(&t->out, "\\x{%x}", (unsigned)value);
    return OK;
}

static bool is_property_character(char c)
{
    return hex_value(c) >= 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '=';
}

// Returns PCRE2's name of a property; empty when it is spelt with anything strange.
static struct str property_name(struct str name)
{
    struct str value = name;
    struct str key = {0};

    for (size_t i = 0; i < name.bytes; i++)
        if (!is_property_character(name.data[i]))
            return (struct str){0};
    if (str_find_byte(name, '=') < name.bytes)
        key = str_cut(&value, '=');
    if (key.data && !str_is(key, "General_Category") && !str_is(key, "gc"))
        return name; // Script=Greek and the like
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (str_is(value, categories[i].name))
            return str(categories[i].category);
    return value;
}

// The place is behind "\p" or "\P".
static enum status translate_property(struct translation *t, char letter)
{
    struct str rest = str_slice(t->pattern, t->at, NAME_BYTES_MAX);
    size_t close = str_find_byte(rest, '}');
    struct str name = {0};

    if (peek(t, 0) == '{' && close < rest.bytes)
        name = property_name(str_slice(rest, 1, close - 1));
    if (name.bytes == 0)
        return wrong(t, t->at, "\\p wants the name of a property in braces");
    t->at += close + 1;
    if (str_is(name, "Assigned"))
        buf_format(&t->out, "\\%c{Cn}", letter == 'p' ? 'P' : 'p');
    else
        buf_format(&t->out, "\\%c{%.*s}", letter, STR(name));
    return OK;
}

static enum status translate_space(struct translation *t, char letter, bool in_class)
{
    const char *set = letter == 's' ? SPACE : NO_SPACE;

    buf_format(&t->out, in_class ? "%s" : "[%s]", set);
    return OK;
}

// Escapes that mean the same inside a class and outside; the place is behind the letter.
static enum status translate_common_escape(struct translation *t, char letter, bool in_class)
{
    size_t from = t->at - 2;
    uint32_t value = 0;
    char next = peek(t, 0);

    switch (letter) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 'n':
    case 'r':
    case 't':
    case 'f':
        buf_format(&t->out, "\\%c", letter);
        return OK;
    case 'v':
        buf_put_z(&t->out, "\\x{0b}"); // PCRE2's \v is a class
        return OK;
    case 's':
    case 'S':
        return translate_space(t, letter, in_class);
    case 'p':
    case 'P':
        return translate_property(t, letter);
    case 'u':
        return translate_unicode(t);
    case 'x':
        if (!take_hex(t, 2, &value))
            return wrong(t, from, "\\x wants two hexadecimal digits");
        buf_format(&t->out, "\\x{%x}", (unsigned)value);
        return OK;
    case 'c':
        if (!((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z')))
            return wrong(t, from, "\\c wants a letter");
        t->at++;
        buf_format(&t->out, "\\x{%x}", (unsigned)next % 32);
        return OK;
    case '0':
        if (next >= '0' && next <= '9')
            return wrong(t, from, "octal escapes do not exist");
        buf_put_z(&t->out, "\\x{0}");
        return OK;
    default:
        break;
    }
    if (hex_value(letter) >= 0 || (letter >= 'a' && letter <= 'z') ||
        (letter >= 'A' && letter <= 'Z') || letter < 0 || letter == '\0')
        return wrong(t, from, "this escape does not exist in ECMA-262");
    buf_format(&t->out, "\\%c", letter);
    return OK;
}

// The place is behind "\k".
static enum status translate_named_reference(struct translation *t)
{
    struct str rest = str_slice(t->pattern, t->at, NAME_BYTES_MAX);
    size_t close = str_find_byte(rest, '>');

    if (peek(t, 0) != '<' || close == rest.bytes)
        return wrong(t, t->at, "\\k wants the name of a group in angle brackets");
    buf_put_z(&t->out, "\\k");
    buf_put(&t->out, str_slice(rest, 0, close + 1));
    t->at += close + 1;
    return OK;
}

// The place is on a backslash outside a class.
static enum status translate_escape(struct translation *t)
{
    char letter = peek(t, 1);

    t->at += 2;
    t->can_repeat = letter != 'b' && letter != 'B';
    if (letter == 'b' || letter == 'B') {
        buf_format(&t->out, "\\%c", letter);
        return OK;
    }
    if (letter == 'k')
        return translate_named_reference(t);
    if (letter >= '1' && letter <= '9') {
        buf_format(&t->out, "\\g{%c", letter);
        while (peek(t, 0) >= '0' && peek(t, 0) <= '9')
            buf_put_byte(&t->out, t->pattern.data[t->at++]);
        buf_put_byte(&t->out, '}');
        return OK;
    }
    return translate_common_escape(t, letter, false);
}

// The place is on a backslash inside a class. After \d and its kin a hyphen is only a hyphen.
static enum status translate_class_escape(struct translation *t)
{
    char letter = peek(t, 1);

    t->at += 2;
    if (letter == 'b') {
        buf_put_z(&t->out, "\\x{8}");
        return OK;
    }
    TRY(translate_common_escape(t, letter, true));
    if (letter && strchr("dDwWsSpP", letter) && peek(t, 0) == '-') {
        buf_put_z(&t->out, "\\-");
        t->at++;
    }
    return OK;
}

// The place is on "[". A "[" inside a class is only itself, though PCRE2 sees [:alpha:] there.
static enum status translate_class(struct translation *t)
{
    size_t from = t->at++;

    buf_put_byte(&t->out, '[');
    if (peek(t, 0) == '^') {
        buf_put_byte(&t->out, '^');
        t->at++;
    }
    while (!at_end(t) && peek(t, 0) != ']') {
        char c = peek(t, 0);
        if (c == '\\') {
            TRY(translate_class_escape(t));
            continue;
        }
        if (c == '[')
            buf_put_byte(&t->out, '\\');
        buf_put_byte(&t->out, c);
        t->at++;
    }
    if (at_end(t))
        return wrong(t, from, "this [ is never closed");
    buf_put_byte(&t->out, ']');
    t->at++;
    t->can_repeat = true;
    return OK;
}

// The place is on "(". What may follow a question mark is named one by one.
static enum status translate_group(struct translation *t)
{
    static const char *const openings[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};
    char next = peek(t, 1);

    if (++t->depth > REGEX_DEPTH_MAX)
        return fail(t->s, TOO_LARGE, "the pattern nests groups deeper than %d", REGEX_DEPTH_MAX);
    t->can_repeat = false;
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        if (!starts(t, openings[i]))
            continue;
        buf_put_z(&t->out, openings[i]);
        t->at += strlen(openings[i]);
        return OK;
    }
    bool named = next == '?' && peek(t, 2) == '<';
    if (next == '?' && !named)
        return wrong(t, t->at, "this kind of group does not exist in ECMA-262");
    buf_put_z(&t->out, named ? "(?<" : "(");
    t->at += named ? 3 : 1;
    return OK;
}

// Returns the length of {n}, {n,} or {n,m} at the place; 0 when it is none of them.
static size_t braces_length(const struct translation *t)
{
    size_t at = 1;
    size_t digits = 0;

    for (; peek(t, at) >= '0' && peek(t, at) <= '9'; at++)
        digits++;
    if (digits == 0)
        return 0;
    if (peek(t, at) == ',')
        for (at++; peek(t, at) >= '0' && peek(t, at) <= '9';)
            at++;
    return peek(t, at) == '}' ? at + 1 : 0;
}

// The place is on a quantifier. A "?" makes it lazy; a "+" would make it possessive in PCRE2 only.
static enum status translate_quantifier(struct translation *t)
{
    size_t length = peek(t, 0) == '{' ? braces_length(t) : 1;

    if (length == 0) {
        buf_put_z(&t->out, "\\{"); // a brace that is only itself
        t->at++;
        t->can_repeat = true;
        return OK;
    }
    if (!t->can_repeat)
        return wrong(t, t->at, "there is nothing to repeat");
    buf_put(&t->out, str_slice(t->pattern, t->at, length));
    t->at += length;
    if (peek(t, 0) == '?') {
        buf_put_byte(&t->out, '?');
        t->at++;
    }
    t->can_repeat = false;
    return OK;
}

static enum status translate_plain(struct translation *t)
{
    char c = peek(t, 0);

    if (c == '.')
        buf_put_z(&t->out, "[^\\n\\r\\x{2028}\\x{2029}]");
    else
        buf_put_byte(&t->out, c);
    t->can_repeat = c != '^' && c != '$' && c != '|';
    t->depth -= c == ')' && t->depth ? 1 : 0;
    t->at++;
    return OK;
}

static enum status translate_next(struct translation *t)
{
    switch (peek(t, 0)) {
    case '\\':
        return translate_escape(t);
    case '[':
        return translate_class(t);
    case '(':
        return translate_group(t);
    case '*':
    case '+':
    case '?':
    case '{':
        return translate_quantifier(t);
    default:
        return translate_plain(t);
    }
}

enum status regex_translate(struct scope *s, struct str pattern, struct str *out)
{
    struct translation t = {.s = s, .pattern = pattern};

    if (pattern.bytes > REGEX_PATTERN_BYTES_MAX)
        return fail(s, TOO_LARGE, "the pattern has %zu bytes; the most is %d", pattern.bytes,
                    REGEX_PATTERN_BYTES_MAX);
    size_t error = utf8_find_error(pattern);
    if (error < pattern.bytes)
        return wrong(&t, error, "this is not UTF-8");
    t.out = buf_make(s, TRANSLATED_BYTES_MAX);
    while (!at_end(&t))
        TRY(translate_next(&t));
    return buf_finish(&t.out, "the translated pattern", out);
}
