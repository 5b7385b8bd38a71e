// From text to tokens. A position is where a token ends, as in the reference.
#include "expr/jsonata_syntax_impl.h"

#include "core/utf8.h"
#include "expr/regex.h"

#include <math.h>

static const char *const sign_texts[] = {
#define SIGN(name, text, power) text,
#include "expr/jsonata_signs.def"
#undef SIGN
};

enum status jsonata_refuse(struct compiler *c, const char *code, size_t position, struct str token)
{
    c->raised = (struct raised){.trouble = {.code = code},
                                .position = (uint32_t)position,
                                .has_token = token.data != NULL,
                                .token = token};
    return INVALID;
}

static const struct str no_token = {0};

// The byte at a place, or 0 behind the end.
static char at(const struct compiler *c, size_t place)
{
    return place < c->text.bytes ? c->text.data[place] : '\0';
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\v') || byte == '\r';
}

static bool is_operator(char byte)
{
    return byte != '\0' && strchr(".[]{}(),@#;:?+-*/%|=<>^&!~", byte) != NULL;
}

static enum status skip_comment(struct compiler *c)
{
    size_t end = c->at + 2;

    while (end + 1 < c->text.bytes && !(at(c, end) == '*' && at(c, end + 1) == '/'))
        end++;
    if (end + 1 >= c->text.bytes)
        return jsonata_refuse(c, "S0106", c->at, no_token);
    c->at = end + 2;
    return OK;
}

static enum status skip_space(struct compiler *c)
{
    for (;;) {
        while (is_space(at(c, c->at)))
            c->at++;
        if (at(c, c->at) != '/' || at(c, c->at + 1) != '*')
            return OK;
        TRY(skip_comment(c));
    }
}

static struct token token_made(const struct compiler *c, enum sign sign, struct str text)
{
    return (struct token){.sign = sign, .position = (uint32_t)c->at, .text = text};
}

static bool is_escaped(const struct compiler *c, size_t place)
{
    size_t slashes = 0;

    while (slashes < place && c->text.data[place - slashes - 1] == '\\')
        slashes++;
    return slashes % 2 == 1;
}

// Brackets hide a slash; the reference looks only at the one backslash before them.
static enum status find_regex_end(struct compiler *c, size_t *end)
{
    int depth = 0;

    for (size_t i = c->at; i < c->text.bytes; i++) {
        char byte = c->text.data[i];
        bool plain = c->text.data[i - 1] != '\\';
        if (byte == '/' && depth == 0 && !is_escaped(c, i)) {
            *end = i;
            return OK;
        }
        if (plain && (byte == '(' || byte == '[' || byte == '{'))
            depth++;
        if (plain && (byte == ')' || byte == ']' || byte == '}'))
            depth--;
    }
    return jsonata_refuse(c, "S0302", c->text.bytes, no_token);
}

static enum status lex_regex(struct compiler *c, struct token *out)
{
    size_t end = 0;

    c->at++;
    TRY(find_regex_end(c, &end));
    struct str pattern = str_slice(c->text, c->at, end - c->at);
    if (pattern.bytes == 0)
        return jsonata_refuse(c, "S0301", c->at, no_token);
    unsigned flags = 0;
    for (c->at = end + 1; at(c, c->at) == 'i' || at(c, c->at) == 'm'; c->at++)
        flags |= at(c, c->at) == 'i' ? REGEX_CASELESS : REGEX_MULTILINE;
    *out = token_made(c, SIGN_REGEX, pattern);
    out->regex_flags = flags;
    return OK;
}

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = (char)(byte | 0x20);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

// Appends a UTF-16 unit. Two halves of a pair become one character; half a pair on its own is kept
// in three bytes, as UTF-8 would have it if it could.
static char *put_unit(char *start, char *to, unsigned unit)
{
    bool second = unit >= 0xDC00 && unit < 0xE000;
    const uint8_t *before = (const uint8_t *)to - 3;

    if (second && to - start >= 3 && before[0] == 0xED && before[1] >= 0xA0 && before[1] < 0xB0) {
        unsigned first = ((before[1] & 0x0FU) << 6 | (before[2] & 0x3FU));
        return to - 3 + utf8_encode(0x10000 + (first << 10) + (unit & 0x3FFU), to - 3);
    }
    if (unit >= 0xD800 && unit < 0xE000) {
        *to++ = (char)(0xE0 | unit >> 12);
        *to++ = (char)(0x80 | (unit >> 6 & 0x3F));
        *to++ = (char)(0x80 | (unit & 0x3F));
        return to;
    }
    return to + utf8_encode(unit, to);
}

// Reads what stands behind "\u": up to four digits at the end of the text, else four.
static enum status lex_unit(struct compiler *c, unsigned *unit)
{
    size_t digits = c->text.bytes - c->at - 1;

    digits = digits < 4 ? digits : 4;
    *unit = 0;
    for (size_t i = 1; i <= digits; i++) {
        int value = hex_value(at(c, c->at + i));
        if (value < 0)
            return jsonata_refuse(c, "S0104", c->at, no_token);
        *unit = *unit << 4 | (unsigned)value;
    }
    if (digits == 0)
        return jsonata_refuse(c, "S0104", c->at, no_token);
    c->at += 4;
    return OK;
}

static enum status lex_escape(struct compiler *c, char *start, char **to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    unsigned unit = 0;

    c->at++;
    char name = at(c, c->at);
    const char *found = name ? strchr(names, name) : NULL;
    if (found) {
        *(*to)++ = meanings[found - names];
        return OK;
    }
    if (name != 'u') {
        return jsonata_refuse(
            c, "S0103", c->at,
            str_slice(c->text, c->at, utf8_length(str_slice(c->text, c->at, UTF8_BYTES_MAX))));
    }
    TRY(lex_unit(c, &unit));
    *to = put_unit(start, *to, unit);
    return OK;
}

// Returns where the closing quote stands; the end of the text when there is none.
static size_t string_end(const struct compiler *c, size_t from)
{
    char quote = at(c, from - 1);
    size_t end = from;

    while (end < c->text.bytes && at(c, end) != quote)
        end += at(c, end) == '\\' ? 2 : 1;
    return end < c->text.bytes ? end : c->text.bytes;
}

static enum status decode_string(struct compiler *c, size_t end, struct str *out)
{
    char *start = scope_bytes(c->scope, end - c->at);
    char *to = start;

    for (; c->at < end; c->at++) {
        if (at(c, c->at) == '\\')
            TRY(lex_escape(c, start, &to));
        else
            *to++ = at(c, c->at);
    }
    *out = str_of(start, (size_t)(to - start));
    return OK;
}

static enum status lex_string(struct compiler *c, struct token *out)
{
    size_t end = string_end(c, ++c->at);
    struct str plain = str_slice(c->text, c->at, end - c->at);

    if (str_find_byte(plain, '\\') < plain.bytes)
        TRY(decode_string(c, end, &plain));
    if (end == c->text.bytes)
        return jsonata_refuse(c, "S0101", end, no_token);
    c->at = end + 1;
    *out = token_made(c, SIGN_STRING, plain);
    out->value = json_string(plain);
    return OK;
}

static size_t skip_digits(const struct compiler *c, size_t place)
{
    while (at(c, place) >= '0' && at(c, place) <= '9')
        place++;
    return place;
}

static enum status lex_number(struct compiler *c, struct token *out)
{
    size_t end = at(c, c->at) == '0' ? c->at + 1 : skip_digits(c, c->at);
    size_t fraction = skip_digits(c, end + 1);

    if (at(c, end) == '.' && fraction > end + 1)
        end = fraction;
    if (at(c, end) == 'e' || at(c, end) == 'E') {
        size_t digits = end + 1 + (at(c, end + 1) == '-' || at(c, end + 1) == '+');
        size_t exponent = skip_digits(c, digits);
        end = exponent > digits ? exponent : end;
    }
    struct str text = str_slice(c->text, c->at, end - c->at);
    double number = value_number(json_number(text));
    if (isinf(number))
        return jsonata_refuse(c, "S0102", c->at, text);
    c->at = end;
    *out = token_made(c, SIGN_NUMBER, text);
    out->value = value_double(number);
    return OK;
}

static enum status lex_quoted_name(struct compiler *c, struct token *out)
{
    struct str rest = str_slice(c->text, c->at + 1, c->text.bytes);
    size_t bytes = str_find_byte(rest, '`');

    if (bytes == rest.bytes)
        return jsonata_refuse(c, "S0105", c->text.bytes, no_token);
    c->at += bytes + 2;
    *out = token_made(c, SIGN_NAME, str_slice(rest, 0, bytes));
    return OK;
}

static struct token word(const struct compiler *c, struct str name)
{
    struct token t = token_made(c, SIGN_NAME, name);

    if (str_is(name, "and") || str_is(name, "or") || str_is(name, "in"))
        t.sign = name.data[0] == 'a' ? SIGN_AND : name.data[0] == 'o' ? SIGN_OR : SIGN_IN;
    if (str_is(name, "true") || str_is(name, "false")) {
        t.sign = SIGN_VALUE;
        t.value = json_bool(name.data[0] == 't');
    }
    if (str_is(name, "null")) {
        t.sign = SIGN_VALUE;
        t.value = json_null();
    }
    return t;
}

static void lex_name(struct compiler *c, struct token *out)
{
    size_t start = c->at;

    while (c->at < c->text.bytes && !is_space(at(c, c->at)) && !is_operator(at(c, c->at)))
        c->at++;
    struct str name = str_slice(c->text, start, c->at - start);
    if (str_starts(name, str("$")))
        *out = token_made(c, SIGN_VARIABLE, str_slice(name, 1, name.bytes));
    else
        *out = word(c, name);
}

static void lex_operator(struct compiler *c, struct token *out)
{
    struct str rest = str_slice(c->text, c->at, 2);
    enum sign sign = SIGN_RANGE;

    while (!str_starts(rest, str(sign_texts[sign])))
        sign++;
    c->at += strlen(sign_texts[sign]);
    *out = token_made(c, sign, str(sign_texts[sign]));
}

enum status jsonata_lex(struct compiler *c, bool after_operand, struct token *out)
{
    TRY(skip_space(c));
    char byte = at(c, c->at);
    if (c->at >= c->text.bytes) {
        *out = token_made(c, SIGN_END, str(sign_texts[SIGN_END]));
        return OK;
    }
    if (byte == '/' && !after_operand)
        return lex_regex(c, out);
    if (byte == '"' || byte == '\'')
        return lex_string(c, out);
    if (byte >= '0' && byte <= '9')
        return lex_number(c, out);
    if (byte == '`')
        return lex_quoted_name(c, out);
    if (is_operator(byte))
        lex_operator(c, out);
    else
        lex_name(c, out);
    return OK;
}
