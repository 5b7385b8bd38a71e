#include "document/pdf/syntax.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/utf8.h"

enum { NESTING_MAX = 500 };

// ISO 32000-2, 7.2.3.
static bool is_white(char c)
{
    return c == '\0' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_delimiter(char c)
{
    return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' ||
           c == '}' || c == '/' || c == '%';
}

static size_t skip_white(struct str text, size_t at)
{
    while (at < text.bytes && (is_white(text.data[at]) || text.data[at] == '%')) {
        if (text.data[at] == '%') {
            while (at < text.bytes && text.data[at] != '\n' && text.data[at] != '\r')
                at++;
        } else {
            at++;
        }
    }
    return at;
}

static size_t skip_word(struct str text, size_t at)
{
    while (at < text.bytes && !is_white(text.data[at]) && !is_delimiter(text.data[at]))
        at++;
    return at;
}

// Parentheses may stand in a string in pairs, or behind a backslash.
static size_t skip_literal(struct str text, size_t at)
{
    size_t open = 0;

    for (; at < text.bytes; at++) {
        char c = text.data[at];
        if (c == '\\')
            at++;
        else if (c == '(')
            open++;
        else if (c == ')' && --open == 0)
            return at + 1;
    }
    return text.bytes;
}

static bool starts_pair(struct str text, size_t at, char c)
{
    return at + 1 < text.bytes && text.data[at] == c && text.data[at + 1] == c;
}

// A token: a bracket, `<<` or `>>`, a string, a name or a word. Moves by at least one byte.
static size_t skip_token(struct str text, size_t at)
{
    switch (text.data[at]) {
    case '(':
        return skip_literal(text, at);
    case '<':
        if (starts_pair(text, at, '<'))
            return at + 2;
        at += str_find_byte(str_slice(text, at, text.bytes), '>');
        return at < text.bytes ? at + 1 : at;
    case '>':
        return at + (starts_pair(text, at, '>') ? 2U : 1U);
    case '/':
        return skip_word(text, at + 1);
    default:
        return is_delimiter(text.data[at]) ? at + 1 : skip_word(text, at);
    }
}

static int depth_change(struct str text, size_t at)
{
    char c = text.data[at];

    if (c == '[' || starts_pair(text, at, '<'))
        return 1;
    return c == ']' || c == '>' ? -1 : 0;
}

static size_t skip_container(struct str text, size_t at)
{
    int depth = 0;

    while (at < text.bytes) {
        depth += depth_change(text, at);
        at = skip_token(text, at);
        if (depth <= 0 || depth > NESTING_MAX)
            return at;
        at = skip_white(text, at);
    }
    return at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The end of ` 0 R` behind a number that ends at `at`; `at` when nothing of the kind is there.
static size_t skip_reference(struct str text, size_t at)
{
    size_t generation = skip_white(text, at);
    size_t end = generation;

    while (end < text.bytes && is_digit(text.data[end]))
        end++;
    size_t letter = skip_white(text, end);
    if (end == generation || letter == end || letter >= text.bytes || text.data[letter] != 'R' ||
        skip_word(text, letter) != letter + 1)
        return at;
    return letter + 1;
}

bool pdf_next(struct str *rest, struct str *value)
{
    size_t from = skip_white(*rest, 0);

    if (from >= rest->bytes)
        return false;
    size_t end = skip_token(*rest, from);
    if (depth_change(*rest, from) > 0)
        end = skip_container(*rest, from);
    else if (is_digit(rest->data[from]))
        end = skip_reference(*rest, end);
    *value = str_slice(*rest, from, end - from);
    *rest = str_slice(*rest, end, rest->bytes);
    return true;
}

bool pdf_next_ref(struct str *rest, struct str *before, struct pdf_ref *ref)
{
    struct str text = *rest;
    size_t at = 0;

    while ((at = skip_white(text, at)) < text.bytes) {
        size_t end = skip_token(text, at);
        size_t whole = is_digit(text.data[at]) ? skip_reference(text, end) : end;
        if (whole > end && pdf_read_ref(str_slice(text, at, whole - at), ref)) {
            *before = str_slice(text, 0, at);
            *rest = str_slice(text, whole, text.bytes);
            return true;
        }
        at = end;
    }
    return false;
}

bool pdf_is_dictionary(struct str value)
{
    return value.bytes >= 4 && str_starts(value, str("<<")) && str_ends(value, str(">>"));
}

bool pdf_is_array(struct str value)
{
    return value.bytes >= 2 && value.data[0] == '[' && value.data[value.bytes - 1] == ']';
}

struct str pdf_inside(struct str value)
{
    if (pdf_is_dictionary(value))
        return str_slice(value, 2, value.bytes - 4);
    return pdf_is_array(value) ? str_slice(value, 1, value.bytes - 2) : (struct str){0};
}

bool pdf_is_name(struct str value, const char *name)
{
    return value.bytes > 0 && value.data[0] == '/' &&
           str_is(str_slice(value, 1, value.bytes), name);
}

bool pdf_find(struct str dictionary, const char *key, struct str *value)
{
    struct str rest = pdf_is_dictionary(dictionary) ? pdf_inside(dictionary) : (struct str){0};
    struct str name = {0};
    struct str found = {0};

    while (pdf_next(&rest, &name) && pdf_next(&rest, &found)) {
        if (pdf_is_name(name, key)) {
            *value = found;
            return true;
        }
    }
    return false;
}

struct str pdf_set(struct scope *s, struct str dictionary, const char *key, struct str value)
{
    struct buf out = buf_make(s, dictionary.bytes + strlen(key) + value.bytes + 16);
    struct str inside = pdf_is_dictionary(dictionary) ? pdf_inside(dictionary) : (struct str){0};
    struct str rest = inside;
    struct str name = {0};
    struct str old = {0};

    buf_put_z(&out, "<<");
    for (struct str before = rest; pdf_next(&rest, &name) && pdf_next(&rest, &old); before = rest) {
        if (!pdf_is_name(name, key))
            buf_put(&out, str_slice(before, 0, before.bytes - rest.bytes));
    }
    if (value.bytes) {
        buf_format(&out, " /%s ", key);
        buf_put(&out, value);
    }
    buf_put_z(&out, " >>");
    return buf_str(&out);
}

struct str pdf_add(struct scope *s, struct str array, struct str item)
{
    return str_concat(s, 4, str("["), pdf_inside(pdf_is_array(array) ? array : str("[]")),
                      str_concat(s, 2, str(" "), item), str(" ]"));
}

static bool read_number(struct str *rest, uint64_t max, uint64_t *out)
{
    size_t end = skip_word(*rest, 0);

    if (!str_to_u64(str_slice(*rest, 0, end), max, out))
        return false;
    end = skip_white(*rest, end);
    *rest = str_slice(*rest, end, rest->bytes);
    return true;
}

bool pdf_read_ref(struct str value, struct pdf_ref *out)
{
    uint64_t number = 0;
    uint64_t generation = 0;

    if (!read_number(&value, INT32_MAX, &number) || !read_number(&value, UINT16_MAX, &generation) ||
        !str_is(value, "R") || number == 0)
        return false;
    *out = (struct pdf_ref){(uint32_t)number, (uint32_t)generation};
    return true;
}

bool pdf_read_int(struct str value, int64_t *out)
{
    if (value.bytes && value.data[0] == '+')
        value = str_slice(value, 1, value.bytes);
    return str_to_i64(value, out);
}

// A digit that is missing at the end is 0 (7.3.4.3).
static enum status read_hex(struct scope *s, struct str digits, struct str *out)
{
    struct buf bytes = buf_make(s, digits.bytes / 2 + 1);
    int high = -1;

    for (size_t i = 0; i < digits.bytes; i++) {
        int digit = hex_digit(digits.data[i]);
        if (is_white(digits.data[i]))
            continue;
        if (digit < 0)
            return fail(s, INVALID, "a character in a hexadecimal string is no digit");
        if (high >= 0)
            buf_put_byte(&bytes, (char)(high * 16 + digit));
        high = high >= 0 ? -1 : digit;
    }
    if (high >= 0)
        buf_put_byte(&bytes, (char)(high * 16));
    *out = buf_str(&bytes);
    return OK;
}

// At most three octal digits from `*at`; leaves `*at` behind them.
static char read_octal(struct str text, size_t *at)
{
    unsigned value = 0;

    for (size_t end = *at + 3; *at < end && *at < text.bytes; ++*at) {
        unsigned digit = (unsigned char)text.data[*at] - '0';
        if (digit > 7)
            break;
        value = value * 8 + digit;
    }
    return (char)(value & 0xFF);
}

// Table 3: what stands behind a backslash; -1 is nothing at all (a line that goes on).
static int escape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case '\n':
    case '\r':
        return -1;
    default:
        return (unsigned char)c;
    }
}

static struct str read_literal(struct scope *s, struct str text)
{
    struct buf bytes = buf_make(s, text.bytes + 1);

    for (size_t at = 0; at < text.bytes;) {
        char c = text.data[at++];
        if (c != '\\' || at == text.bytes) {
            buf_put_byte(&bytes, c);
        } else if (text.data[at] >= '0' && text.data[at] <= '7') {
            buf_put_byte(&bytes, read_octal(text, &at));
        } else {
            int meant = escape(text.data[at++]);
            if (meant >= 0)
                buf_put_byte(&bytes, (char)meant);
            else if (text.data[at - 1] == '\r' && at < text.bytes && text.data[at] == '\n')
                at++;
        }
    }
    return buf_str(&bytes);
}

enum status pdf_read_bytes(struct scope *s, struct str value, struct str *out)
{
    struct str inside = value.bytes >= 2 ? str_slice(value, 1, value.bytes - 2) : (struct str){0};

    if (value.bytes < 2 || (value.data[0] != '(' && value.data[0] != '<') ||
        pdf_is_dictionary(value))
        return fail(s, INVALID, "a value in the PDF is no string");
    if (value.data[0] == '<')
        return read_hex(s, inside, out);
    *out = read_literal(s, inside);
    return OK;
}

static struct str from_latin1(struct scope *s, struct str bytes)
{
    struct buf text = buf_make(s, bytes.bytes * 2 + 1);
    char point[UTF8_BYTES_MAX];

    for (size_t i = 0; i < bytes.bytes; i++)
        buf_put(&text, str_of(point, utf8_encode((unsigned char)bytes.data[i], point)));
    return buf_str(&text);
}

static uint32_t unit_at(struct str bytes, size_t at)
{
    return (uint32_t)((unsigned char)bytes.data[at] << 8 | (unsigned char)bytes.data[at + 1]);
}

static struct str from_utf16(struct scope *s, struct str bytes)
{
    struct buf text = buf_make(s, bytes.bytes * 2 + UTF8_BYTES_MAX);
    char point[UTF8_BYTES_MAX];

    for (size_t at = 2; at + 1 < bytes.bytes; at += 2) {
        uint32_t c = unit_at(bytes, at);
        if (c >= 0xD800 && c < 0xDC00 && at + 3 < bytes.bytes &&
            (unit_at(bytes, at + 2) & 0xFC00) == 0xDC00) {
            c = 0x10000 + ((c & 0x3FF) << 10) + (unit_at(bytes, at + 2) & 0x3FF);
            at += 2;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = UTF8_REPLACEMENT;
        }
        buf_put(&text, str_of(point, utf8_encode(c, point)));
    }
    return buf_str(&text);
}

enum status pdf_read_text(struct scope *s, struct str value, struct str *out)
{
    struct str bytes = {0};

    TRY(pdf_read_bytes(s, value, &bytes));
    if (str_starts(bytes, str("\xFE\xFF")))
        *out = from_utf16(s, bytes);
    else if (str_starts(bytes, str("\xEF\xBB\xBF")) && utf8_valid(bytes))
        *out = str_slice(bytes, 3, bytes.bytes);
    else
        *out = from_latin1(s, bytes);
    return OK;
}

struct str pdf_write_ref(struct scope *s, struct pdf_ref ref)
{
    return str_format(s, "%u %u R", ref.number, ref.generation);
}

struct str pdf_write_bytes(struct scope *s, struct str bytes)
{
    return str_concat(s, 3, str("<"), hex_encode(s, bytes), str(">"));
}

static bool is_legible(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (c < ' ' || c > '~' || c == '(' || c == ')' || c == '\\')
            return false;
    }
    return true;
}

static void put_unit(struct buf *out, uint32_t unit)
{
    buf_put_byte(out, (char)(unit >> 8));
    buf_put_byte(out, (char)(unit & 0xFF));
}

struct str pdf_write_text(struct scope *s, struct str utf8)
{
    struct buf units = buf_make(s, utf8.bytes * 2 + 2);
    uint32_t c = 0;

    if (is_legible(utf8))
        return str_concat(s, 3, str("("), utf8, str(")"));
    put_unit(&units, 0xFEFF);
    while (utf8.bytes) {
        size_t length = utf8_decode(utf8, &c);
        utf8 = str_slice(utf8, length ? length : 1, utf8.bytes);
        c = length ? c : UTF8_REPLACEMENT;
        if (c >= 0x10000) {
            put_unit(&units, 0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        put_unit(&units, c);
    }
    return pdf_write_bytes(s, buf_str(&units));
}
