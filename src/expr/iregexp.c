// One pass over the pattern by the grammar of RFC 9485, 2: characters are copied; the dot becomes a
// class, because ECMA-262's also excludes U+2028 and U+2029 (RFC 9485, 5.3).
#include "expr/iregexp.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/regex.h"

struct reader {
    struct scope *s;
    struct str pattern;
    size_t at;
    unsigned depth;
    struct buf out;
};

static enum status wrong(const struct reader *r, const char *what)
{
    return fail(r->s, INVALID, "\"%.*s\" is no I-Regexp at character %zu: %s",
                (int)(r->pattern.bytes < 200 ? r->pattern.bytes : 200), r->pattern.data,
                utf8_count(str_slice(r->pattern, 0, r->at)) + 1, what);
}

// Returns the byte `ahead` of the place; 0 behind the end.
static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->pattern.bytes ? r->pattern.data[r->at + ahead] : '\0';
}

static bool at_end(const struct reader *r)
{
    return r->at >= r->pattern.bytes;
}

static void copy(struct reader *r, size_t bytes)
{
    buf_put(&r->out, str_slice(r->pattern, r->at, bytes));
    r->at += bytes;
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

// charProp: one letter, or two that fit together.
static bool is_category(struct str name)
{
    static const char *const categories[] = {"Llmotu", "Mcen", "Ndlo", "Pcdefios",
                                             "Sckmo",  "Zlps", "Ccfno"};

    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (name.bytes > 0 && name.bytes <= 2 && name.data[0] == categories[i][0])
            return name.bytes == 1 || is_one_of(name.data[1], categories[i] + 1);
    return false;
}

// The place is on a backslash. `*is_class`: it was \p or \P, which cannot begin or end a range.
static enum status read_escape(struct reader *r, bool *is_class)
{
    char letter = peek(r, 1);
    struct str name = {0};

    *is_class = letter == 'p' || letter == 'P';
    if (!*is_class) {
        if (!is_one_of(letter, "()*+-.?[\\]^nrt{|}$"))
            return wrong(r, "there is no such escape");
        copy(r, 2);
        return OK;
    }
    struct str rest = str_slice(r->pattern, r->at + 2, 4);
    size_t close = str_find_byte(rest, '}');
    if (peek(r, 2) == '{' && close < rest.bytes)
        name = str_slice(rest, 1, close - 1);
    if (!is_category(name))
        return wrong(r, "there is no such category");
    copy(r, 2 + close + 1);
    return OK;
}

// CCchar, or an escape.
static enum status read_class_item(struct reader *r, bool *is_class)
{
    *is_class = false;
    if (peek(r, 0) == '\\')
        return read_escape(r, is_class);
    if (at_end(r) || is_one_of(peek(r, 0), "-[]"))
        return wrong(r, "a class cannot hold this");
    copy(r, utf8_length(str_slice(r->pattern, r->at, UTF8_BYTES_MAX)));
    return OK;
}

// CCE1: a character, a range or a category.
static enum status read_class_part(struct reader *r)
{
    bool is_class = false;

    TRY(read_class_item(r, &is_class));
    if (is_class || peek(r, 0) != '-' || peek(r, 1) == ']')
        return OK;
    copy(r, 1);
    TRY(read_class_item(r, &is_class));
    return is_class ? wrong(r, "a category cannot end a range") : OK;
}

static void put_hyphen(struct reader *r)
{
    buf_put_z(&r->out, "\\-");
    r->at++;
}

// The place is on "[". A hyphen that is only itself stands first or last.
static enum status read_class(struct reader *r)
{
    copy(r, peek(r, 1) == '^' ? 2 : 1);
    if (peek(r, 0) == '-')
        put_hyphen(r);
    else
        TRY(read_class_part(r));
    while (!at_end(r) && peek(r, 0) != ']') {
        if (peek(r, 0) == '-' && peek(r, 1) == ']')
            put_hyphen(r);
        else
            TRY(read_class_part(r));
    }
    if (at_end(r))
        return wrong(r, "this class is never closed");
    copy(r, 1);
    return OK;
}

static size_t digits(const struct reader *r, size_t ahead)
{
    size_t count = 0;

    while (peek(r, ahead + count) >= '0' && peek(r, ahead + count) <= '9')
        count++;
    return count;
}

static enum status read_quantifier(struct reader *r)
{
    if (is_one_of(peek(r, 0), "*+?")) {
        copy(r, 1);
        return OK;
    }
    if (peek(r, 0) != '{')
        return OK;
    size_t length = 1 + digits(r, 1);
    if (length == 1)
        return wrong(r, "a quantity wants a number");
    if (peek(r, length) == ',')
        length += 1 + digits(r, length + 1);
    if (peek(r, length) != '}')
        return wrong(r, "this quantity is never closed");
    copy(r, length + 1);
    return OK;
}

static enum status read_branches(struct reader *r);

static enum status read_group(struct reader *r)
{
    if (++r->depth > REGEX_DEPTH_MAX)
        return fail(r->s, TOO_LARGE, "the pattern nests groups deeper than %d", REGEX_DEPTH_MAX);
    r->at++;
    buf_put_z(&r->out, "(?:");
    TRY(read_branches(r));
    if (peek(r, 0) != ')')
        return wrong(r, "this group is never closed");
    copy(r, 1);
    r->depth--;
    return OK;
}

static enum status read_atom(struct reader *r)
{
    bool is_class = false;

    switch (peek(r, 0)) {
    case '(':
        return read_group(r);
    case '[':
        return read_class(r);
    case '\\':
        return read_escape(r, &is_class);
    case '.':
        buf_put_z(&r->out, "[^\\n\\r]");
        r->at++;
        return OK;
    case '*':
    case '+':
    case '?':
    case '{':
    case '}':
    case ']':
        return wrong(r, "this cannot stand here");
    default:
        copy(r, utf8_length(str_slice(r->pattern, r->at, UTF8_BYTES_MAX)));
        return OK;
    }
}

// An anchor takes no quantifier; regex_compile() refuses that.
static enum status read_branches(struct reader *r)
{
    while (!at_end(r) && peek(r, 0) != ')') {
        if (peek(r, 0) == '|') {
            copy(r, 1);
            continue;
        }
        TRY(read_atom(r));
        TRY(read_quantifier(r));
    }
    return OK;
}

enum status iregexp_compile(struct scope *s, struct str pattern, enum iregexp_extent extent,
                            const struct regex **out)
{
    struct reader r = {.s = s, .pattern = pattern};
    struct str translated = {0};

    if (pattern.bytes > REGEX_PATTERN_BYTES_MAX)
        return fail(s, TOO_LARGE, "the pattern has %zu bytes; the most is %d", pattern.bytes,
                    REGEX_PATTERN_BYTES_MAX);
    if (!utf8_valid(pattern))
        return wrong(&r, "it is not UTF-8");
    r.out = buf_make(s, (size_t)REGEX_PATTERN_BYTES_MAX * 8);
    buf_put_z(&r.out, extent == IREGEXP_WHOLE ? "^(?:" : "(?:");
    TRY(read_branches(&r));
    if (!at_end(&r))
        return wrong(&r, "no group is open here");
    buf_put_z(&r.out, extent == IREGEXP_WHOLE ? ")$" : ")");
    TRY(buf_finish(&r.out, "the translated pattern", &translated));
    return regex_compile(s, translated, 0, out);
}
