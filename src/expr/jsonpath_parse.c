// Parsing: segments, selectors, texts and numbers (RFC 9535, 2.1 to 2.5). The States flavour
// differs in three places: names without quotes, a dot before a bracket, several names in one
// bracket.
#include "expr/jsonpath_impl.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/utf8.h"

enum { SHOWN_BYTES_MAX = 200 };

static const int64_t WHOLE_MAX = 9007199254740991; // RFC 9535, 2.1: the range of I-JSON

enum status jsonpath_wrong(struct jsonpath_parser *p, size_t at, const char *what)
{
    struct str shown = utf8_cut(p->text, SHOWN_BYTES_MAX);

    return fail(p->s, INVALID, "the JSONPath \"%.*s\" is wrong at character %zu: %s", STR(shown),
                utf8_count(str_slice(p->text, 0, at)) + 1, what);
}

char jsonpath_peek(const struct jsonpath_parser *p, size_t ahead)
{
    return p->at + ahead < p->text.bytes ? p->text.data[p->at + ahead] : '\0';
}

bool jsonpath_take(struct jsonpath_parser *p, const char *text)
{
    if (!str_starts(str_slice(p->text, p->at, p->text.bytes), str(text)))
        return false;
    p->at += strlen(text);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void jsonpath_skip_blanks(struct jsonpath_parser *p)
{
    while (is_blank(jsonpath_peek(p, 0)))
        p->at++;
}

enum status jsonpath_enter(struct jsonpath_parser *p)
{
    if (++p->nesting > JSONPATH_NESTING_MAX)
        return fail(p->s, TOO_LARGE, "the JSONPath nests deeper than %d", JSONPATH_NESTING_MAX);
    return OK;
}

static bool take_hex(struct jsonpath_parser *p, uint32_t *out)
{
    uint32_t value = 0;

    for (size_t i = 0; i < 4; i++) {
        int digit = hex_digit(jsonpath_peek(p, i));
        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    p->at += 4;
    *out = value;
    return true;
}

// The place is behind "\u".
static enum status parse_unicode(struct jsonpath_parser *p, struct buf *out)
{
    size_t from = p->at;
    uint32_t high = 0;
    uint32_t low = 0;
    char bytes[UTF8_BYTES_MAX];

    if (!take_hex(p, &high))
        return jsonpath_wrong(p, from, "\\u wants four hexadecimal digits");
    if (high >= 0xDC00 && high <= 0xDFFF)
        return jsonpath_wrong(p, from, "a surrogate without its other half");
    if (high >= 0xD800 && high <= 0xDBFF) {
        if (!jsonpath_take(p, "\\u") || !take_hex(p, &low) || low < 0xDC00 || low > 0xDFFF)
            return jsonpath_wrong(p, from, "a surrogate without its other half");
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
    buf_put(out, str_of(bytes, utf8_encode(high, bytes)));
    return OK;
}

// The place is on a backslash.
static enum status parse_escape(struct jsonpath_parser *p, char quote, struct buf *out)
{
    static const char letters[] = "btnfr/\\";
    static const char meanings[] = "\b\t\n\f\r/\\";
    char letter = jsonpath_peek(p, 1);

    p->at += 2;
    if (letter == 'u')
        return parse_unicode(p, out);
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (letter == quote)
        buf_put_byte(out, quote);
    else if (found)
        buf_put_byte(out, meanings[found - letters]);
    else
        return jsonpath_wrong(p, p->at - 2, "there is no such escape");
    return OK;
}

enum status jsonpath_parse_string(struct jsonpath_parser *p, struct str *out)
{
    char quote = jsonpath_peek(p, 0);
    size_t from = ++p->at;

    while (p->at < p->text.bytes && jsonpath_peek(p, 0) != quote && jsonpath_peek(p, 0) != '\\' &&
           (uint8_t)jsonpath_peek(p, 0) >= 0x20)
        p->at++;
    if (jsonpath_peek(p, 0) == quote) { // nothing to decode
        *out = str_slice(p->text, from, p->at++ - from);
        return OK;
    }
    struct buf text = buf_make(p->s, p->text.bytes);
    buf_put(&text, str_slice(p->text, from, p->at - from));
    while (p->at < p->text.bytes && jsonpath_peek(p, 0) != quote) {
        char c = jsonpath_peek(p, 0);
        if ((uint8_t)c < 0x20)
            return jsonpath_wrong(p, p->at, "this character must be escaped");
        if (c == '\\') {
            TRY(parse_escape(p, quote, &text));
            continue;
        }
        buf_put_byte(&text, c);
        p->at++;
    }
    if (p->at >= p->text.bytes)
        return jsonpath_wrong(p, from - 1, "this text is never closed");
    p->at++;
    TRY(buf_finish(&text, "the text", out));
    if (!out->data)
        out->data = "";
    return OK;
}

// int (RFC 9535, 2.3.3.1): no leading zeros, no -0, within I-JSON.
static enum status parse_whole(struct jsonpath_parser *p, int64_t *out)
{
    size_t from = p->at;

    if (jsonpath_peek(p, 0) == '-')
        p->at++;
    size_t digits = p->at;
    while (jsonpath_peek(p, 0) >= '0' && jsonpath_peek(p, 0) <= '9')
        p->at++;
    struct str text = str_slice(p->text, from, p->at - from);
    bool zero = p->text.data[digits] == '0';
    if (p->at == digits || (zero && (text.bytes > 1)))
        return jsonpath_wrong(p, from, "this is no whole number");
    if (!str_to_i64(text, out) || *out > WHOLE_MAX || *out < -WHOLE_MAX)
        return jsonpath_wrong(p, from, "this number is too large");
    return OK;
}

static bool is_whole_start(const struct jsonpath_parser *p)
{
    char c = jsonpath_peek(p, 0);

    return c == '-' || (c >= '0' && c <= '9');
}

// A slice from its first colon on; `from` was read before, if there was one.
static enum status parse_slice(struct jsonpath_parser *p, struct selector *out)
{
    out->kind = SELECT_SLICE;
    out->step = 1;
    p->at++;
    jsonpath_skip_blanks(p);
    if (is_whole_start(p)) {
        out->has_to = true;
        TRY(parse_whole(p, &out->to));
    }
    size_t behind = p->at;
    jsonpath_skip_blanks(p);
    if (!jsonpath_take(p, ":")) {
        p->at = behind;
        return OK;
    }
    behind = p->at;
    jsonpath_skip_blanks(p);
    if (is_whole_start(p))
        return parse_whole(p, &out->step);
    p->at = behind;
    return OK;
}

static enum status parse_index_or_slice(struct jsonpath_parser *p, struct selector *out)
{
    if (jsonpath_peek(p, 0) != ':') {
        TRY(parse_whole(p, &out->from));
        out->has_from = true;
        size_t behind = p->at;
        jsonpath_skip_blanks(p);
        if (jsonpath_peek(p, 0) != ':') {
            p->at = behind;
            out->kind = SELECT_INDEX;
            return OK;
        }
    }
    return parse_slice(p, out);
}

static enum status parse_selector(struct jsonpath_parser *p, struct selector *out)
{
    char c = jsonpath_peek(p, 0);

    if (c == '\'' || c == '"') {
        out->kind = SELECT_NAME;
        return jsonpath_parse_string(p, &out->name);
    }
    if (c == '*') {
        out->kind = SELECT_ALL;
        p->at++;
        return OK;
    }
    if (c == '?') {
        out->kind = SELECT_FILTER;
        p->at++;
        jsonpath_skip_blanks(p);
        return jsonpath_parse_condition(p, &out->filter);
    }
    if (c == ':' || is_whole_start(p))
        return parse_index_or_slice(p, out);
    return jsonpath_wrong(p, p->at, "a name in quotes, an index, a slice, * or ? is wanted");
}

// The place is on "[".
static enum status parse_brackets(struct jsonpath_parser *p, const struct selector **out)
{
    size_t from = p->at;
    const struct selector **end = out;

    do {
        p->at++;
        jsonpath_skip_blanks(p);
        struct selector *selector = scope_new(p->s, struct selector);
        TRY(parse_selector(p, selector));
        *end = selector;
        end = &selector->next;
        jsonpath_skip_blanks(p);
    } while (jsonpath_peek(p, 0) == ',');
    if (!jsonpath_take(p, "]"))
        return jsonpath_wrong(p, from, "this bracket is not closed where it must be");
    return OK;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (uint8_t)c >= 0x80;
}

// Whether a name without quotes may go on with this. As Jayway reads it, a name ends before what
// means something; within a filter that is more.
static bool is_name_part(const struct jsonpath_parser *p, char c)
{
    if (is_name_start(c) || (c >= '0' && c <= '9'))
        return true;
    if (p->flavour == JSONPATH_RFC9535 || (uint8_t)c <= ' ' || strchr(".[]'\"", c))
        return false;
    return p->nesting == 0 || !strchr("()=<>!&|,~*", c);
}

// The place is behind one dot or two.
static enum status parse_name(struct jsonpath_parser *p, struct selector *out)
{
    size_t from = p->at;

    if (jsonpath_take(p, "*")) {
        out->kind = SELECT_ALL;
        return OK;
    }
    if (p->flavour == JSONPATH_STATES ? is_name_part(p, jsonpath_peek(p, 0))
                                      : is_name_start(jsonpath_peek(p, 0)))
        while (is_name_part(p, jsonpath_peek(p, 0)))
            p->at++;
    if (p->at == from)
        return jsonpath_wrong(p, from, "a name or * is wanted");
    out->kind = SELECT_NAME;
    out->name = str_slice(p->text, from, p->at - from);
    return OK;
}

static enum status parse_segment(struct jsonpath_parser *p, struct segment *out)
{
    bool dotted = jsonpath_take(p, ".");

    out->descendant = dotted && jsonpath_take(p, ".");
    bool brackets =
        jsonpath_peek(p, 0) == '[' && (!dotted || out->descendant || p->flavour == JSONPATH_STATES);
    if (brackets) {
        TRY(parse_brackets(p, &out->selectors));
    } else {
        struct selector *selector = scope_new(p->s, struct selector);
        TRY(parse_name(p, selector));
        out->selectors = selector;
    }
    out->single = !out->descendant && !out->selectors->next &&
                  (out->selectors->kind == SELECT_NAME || out->selectors->kind == SELECT_INDEX);
    return OK;
}

// Jayway: several names in the last bracket give one object.
static void merge_names(struct jsonpath_parser *p, struct segment *last)
{
    const struct selector *names = last->selectors;

    for (const struct selector *each = names; each; each = each->next)
        if (each->kind != SELECT_NAME)
            return;
    if (!names->next || last->descendant)
        return;
    struct selector *merge = scope_new(p->s, struct selector);
    merge->kind = SELECT_MERGE;
    merge->merged = names;
    last->selectors = merge;
}

// Blanks belong to the query only when a segment follows them.
enum status jsonpath_parse_query(struct jsonpath_parser *p, struct query *out)
{
    const struct segment **end = &out->segments;
    struct segment *last = NULL;

    out->relative = jsonpath_peek(p, 0) == '@';
    out->singular = true;
    p->at++;
    for (;;) {
        size_t behind = p->at;
        jsonpath_skip_blanks(p);
        if (jsonpath_peek(p, 0) != '.' && jsonpath_peek(p, 0) != '[') {
            p->at = behind;
            break;
        }
        last = scope_new(p->s, struct segment);
        TRY(parse_segment(p, last));
        out->singular = out->singular && last->single;
        *end = last;
        end = &last->next;
    }
    if (last && p->flavour == JSONPATH_STATES)
        merge_names(p, last);
    return OK;
}
