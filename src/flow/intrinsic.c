// Parsing calls: "States." name "(" arguments ")"; an argument is a call, a path, a text in single
// quotes, a number, true, false or null.
#include "flow/intrinsic.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/jsonpath.h"
#include "flow/intrinsic_impl.h"
#include "flow/path.h"

#include <assert.h>

const struct intrinsic_row intrinsic_rows[INTRINSIC_FUNCTIONS] = {
#define INTRINSIC(id, name, least, most, run) [INTRINSIC_##id] = {STR_INIT(name), least, most},
#include "flow/intrinsics.def"
#undef INTRINSIC
};

struct reader {
    struct scope *s;
    struct str text;
    size_t at;
    unsigned nesting;
};

static const char prefix[] = "States.";

static enum status wrong(const struct reader *r, const char *what)
{
    return fail(r->s, INVALID, "the intrinsic function is wrong at character %zu: %s",
                utf8_count(str_slice(r->text, 0, r->at)) + 1, what);
}

static char peek(const struct reader *r)
{
    return r->at < r->text.bytes ? r->text.data[r->at] : '\0';
}

static struct str rest_of(const struct reader *r)
{
    return str_slice(r->text, r->at, r->text.bytes);
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->text.bytes && strchr(" \t\r\n", peek(r)) && peek(r))
        r->at++;
}

bool intrinsic_is_call(struct str text)
{
    return str_starts(str_trim(text), str(prefix));
}

// A text in single quotes, in which a backslash makes the next ' { } or \ only itself.
static enum status read_text(struct reader *r, struct argument *out)
{
    size_t from = ++r->at;
    struct buf text = buf_make(r->s, r->text.bytes);
    struct str decoded = {0};

    while (r->at < r->text.bytes && peek(r) != '\'') {
        if (peek(r) == '\\' && r->at + 1 < r->text.bytes &&
            strchr("'{}\\", r->text.data[r->at + 1]))
            r->at++;
        buf_put_byte(&text, r->text.data[r->at++]);
    }
    if (r->at >= r->text.bytes)
        return wrong(r, "this text is never closed");
    out->raw = str_slice(r->text, from, r->at++ - from);
    TRY(buf_finish(&text, "the text", &decoded));
    out->literal = json_string(decoded);
    return OK;
}

// Where a path ends: at a comma or parenthesis outside its brackets.
static size_t path_length(struct str text)
{
    size_t depth = 0;
    char quote = '\0';
    size_t at = 0;

    for (; at < text.bytes; at++) {
        char c = text.data[at];
        if (quote) {
            at += c == '\\' ? 1 : 0;
            quote = c == quote ? '\0' : quote;
        } else if (depth && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '[') {
            depth++;
        } else if (c == ']' && depth) {
            depth--;
        } else if (!depth && (c == ',' || c == ')')) {
            break;
        }
    }
    return at < text.bytes ? at : text.bytes;
}

static enum status read_path(struct reader *r, struct argument *out)
{
    struct str text = str_slice(r->text, r->at, path_length(rest_of(r)));

    out->kind = ARGUMENT_PATH;
    r->at += text.bytes;
    text = str_trim(text);
    return path_compile(r->s, text, PATH_TEMPLATE, text, &out->path);
}

// A number or one of the words of JSON.
static enum status read_constant(struct reader *r, struct argument *out)
{
    struct str text = rest_of(r);
    size_t length = 0;

    while (length < text.bytes && !strchr(",) \t\r\n", text.data[length]))
        length++;
    text = str_slice(text, 0, length);
    if (json_parse(r->s, text, &json_limits_strict, &out->literal) != OK ||
        json_depth(out->literal) > 0 || json_is(out->literal, JSON_STRING)) {
        scope_forgive(r->s);
        return wrong(r,
                     "an argument is wanted: a path, a text in single quotes, a number or a call");
    }
    r->at += length;
    return OK;
}

static enum status read_call(struct reader *r, const struct intrinsic **out);

static enum status read_argument(struct reader *r, struct argument *out)
{
    if (peek(r) == '\'')
        return read_text(r, out);
    if (peek(r) == '$')
        return read_path(r, out);
    if (!str_starts(rest_of(r), str(prefix)))
        return read_constant(r, out);
    out->kind = ARGUMENT_CALL;
    return read_call(r, &out->call);
}

static size_t count_arguments_max(const struct reader *r)
{
    size_t commas = 0;

    for (size_t i = r->at; i < r->text.bytes; i++)
        commas += r->text.data[i] == ',';
    return commas + 1;
}

// The place is behind "(".
static enum status read_arguments(struct reader *r, struct intrinsic *call)
{
    size_t room = count_arguments_max(r);
    struct argument *arguments = NULL;

    if (room > INTRINSIC_ARGUMENTS_MAX)
        return fail(r->s, TOO_LARGE, "an intrinsic function takes at most %d arguments",
                    INTRINSIC_ARGUMENTS_MAX);
    call->arguments = arguments = scope_array(r->s, room, sizeof *arguments);
    skip_blanks(r);
    while (peek(r) != ')') {
        assert(call->count < room);
        TRY(read_argument(r, &arguments[call->count++]));
        skip_blanks(r);
        if (peek(r) == ')')
            break;
        if (peek(r) != ',')
            return wrong(r, "a comma or the end of the arguments is wanted");
        r->at++;
        skip_blanks(r);
        if (peek(r) == ')')
            return wrong(r, "an argument is wanted");
    }
    r->at++;
    return OK;
}

static bool find_function(struct str name, enum intrinsic_function *out)
{
    for (size_t i = 0; i < INTRINSIC_FUNCTIONS; i++) {
        if (!str_equal(intrinsic_rows[i].name, name))
            continue;
        *out = (enum intrinsic_function)i;
        return true;
    }
    return false;
}

// The place is on "States.".
static enum status read_call(struct reader *r, const struct intrinsic **out)
{
    size_t from = r->at;
    struct intrinsic *call = scope_new(r->s, struct intrinsic);
    struct str name = str_slice(rest_of(r), sizeof prefix - 1, r->text.bytes);

    name = str_slice(name, 0, str_find_byte(name, '('));
    if (++r->nesting > INTRINSIC_NESTING_MAX + 1)
        return fail(r->s, TOO_LARGE, "intrinsic functions nest deeper than %d",
                    INTRINSIC_NESTING_MAX);
    if (!find_function(str_trim(name), &call->function))
        return wrong(r, "there is no such function");
    r->at += sizeof prefix - 1 + name.bytes;
    if (peek(r) != '(')
        return wrong(r, "( is wanted");
    r->at++;
    TRY(read_arguments(r, call));
    if (call->count < intrinsic_rows[call->function].least ||
        call->count > intrinsic_rows[call->function].most)
        return wrong(r, "the function takes another number of arguments");
    call->text = str_slice(r->text, from, r->at - from);
    r->nesting--;
    *out = call;
    return OK;
}

enum status intrinsic_compile(struct scope *s, struct str text, const struct intrinsic **out)
{
    struct reader r = {.s = s, .text = str_trim(text)};

    if (text.bytes > JSONPATH_TEXT_BYTES_MAX)
        return fail(s, TOO_LARGE, "the intrinsic function has %zu bytes; the most is %d",
                    text.bytes, JSONPATH_TEXT_BYTES_MAX);
    if (!utf8_valid(text))
        return fail(s, INVALID, "the intrinsic function is not UTF-8");
    if (!intrinsic_is_call(text))
        return wrong(&r, "it must begin with States.");
    TRY(read_call(&r, out));
    return r.at < r.text.bytes ? wrong(&r, "nothing may follow here") : OK;
}
