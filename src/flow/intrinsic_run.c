// Running calls. A failure quotes the outermost call, as AWS does. The documentation promises
// States.IntrinsicFailure for it; what AWS sends, as several projects have seen, is States.Runtime.
#include "flow/intrinsic_impl.h"

#include "core/base64.h"
#include "core/buf.h"
#include "core/chance.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "crypto/digest.h"
#include "flow/eval.h"
#include "flow/path.h"

#include <assert.h>
#include <math.h>

enum { TEXT_BYTES_MAX = 16 << 20, SHOWN_INPUT_BYTES_MAX = 16 << 20 };

static const char intrinsic_error[] = "States.Runtime";
static const double INT32_LEAST = -2147483648.0;
static const double INT32_MOST = 2147483647.0;

enum status intrinsic_refuse(struct intrinsic_run *run, const char *detail)
{
    struct str name = intrinsic_rows[run->call->function].name;

    return eval_fail(run->s, run->failure, intrinsic_error,
                     "The function '%.*s' had the following error: Invalid arguments in "
                     "States.%.*s%s%s",
                     STR(run->whole), STR(name), *detail ? ": " : "", detail);
}

enum status intrinsic_whole(struct intrinsic_run *run, size_t argument, int64_t *out)
{
    double value = 0;

    if (!json_to_double(run->arguments[argument], &value))
        return intrinsic_refuse(run, "");
    value = floor(value + 0.5);
    if (value < INT32_LEAST || value > INT32_MOST)
        return intrinsic_refuse(run, "");
    *out = (int64_t)value;
    return OK;
}

enum status intrinsic_room(struct intrinsic_run *run, size_t bytes)
{
    return scope_has_room(run->s, bytes) ? OK : intrinsic_refuse(run, "the result is too large");
}

static enum status text_argument(struct intrinsic_run *run, size_t argument, struct str *out)
{
    if (!json_is(run->arguments[argument], JSON_STRING))
        return intrinsic_refuse(run, "");
    *out = json_text(run->arguments[argument]);
    return OK;
}

static enum status short_text_argument(struct intrinsic_run *run, struct str *out)
{
    TRY(text_argument(run, 0, out));
    if (utf8_count(*out) > INTRINSIC_TEXT_CHARACTERS_MAX)
        return intrinsic_refuse(run, "the text is longer than 10000 characters");
    return OK;
}

// Writes a value as Java prints maps and lists: {a=1, b=[x, null]}. A recording on AWS shows it.
static void put_java(struct buf *out, struct json j)
{
    switch ((enum json_type)j.type) {
    case JSON_STRING:
    case JSON_NUMBER:
        buf_put(out, json_text(j));
        return;
    case JSON_ARRAY:
        buf_put_byte(out, '[');
        for (size_t i = 0; i < j.count; i++) {
            buf_put_z(out, i ? ", " : "");
            put_java(out, j.items[i]);
        }
        buf_put_byte(out, ']');
        return;
    case JSON_OBJECT:
        buf_put_byte(out, '{');
        for (size_t i = 0; i < j.count; i++) {
            buf_put_z(out, i ? ", " : "");
            buf_put(out, j.members[i].name);
            buf_put_byte(out, '=');
            put_java(out, j.members[i].value);
        }
        buf_put_byte(out, '}');
        return;
    case JSON_NONE:
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        break;
    }
    json_write(out, j);
}

static enum status refuse_template(struct intrinsic_run *run)
{
    return eval_fail(run->s, run->failure, intrinsic_error,
                     "The function '%.*s' had the following error: Invalid template in "
                     "States.Format: matching '}' not found for '{'.",
                     STR(run->whole));
}

static enum status fill_template(struct intrinsic_run *run, struct str template, struct buf *out)
{
    size_t next = 1;

    for (size_t i = 0; i < template.bytes; i++) {
        char c = template.data[i];
        char ahead = i + 1 < template.bytes ? template.data[i + 1] : '\0';
        if (c == '\\' && ahead && strchr("'{}\\", ahead)) {
            buf_put_byte(out, ahead);
            i++;
        } else if (c == '{' && ahead == '}') {
            if (next < run->call->count)
                put_java(out, run->arguments[next]);
            next++;
            i++;
        } else if (c == '{' || c == '}') {
            return refuse_template(run);
        } else {
            buf_put_byte(out, c);
        }
    }
    if (next != run->call->count)
        return intrinsic_refuse(run, "number of arguments do not match the occurrences of {}.");
    return OK;
}

static enum status run_format(struct intrinsic_run *run, struct json *out)
{
    const struct argument *first = &run->call->arguments[0];
    struct buf text = buf_make(run->s, TEXT_BYTES_MAX);
    struct str template = {0};

    TRY(text_argument(run, 0, &template));
    if (first->kind == ARGUMENT_LITERAL)
        template = first->raw; // its escapes still tell a brace from a placeholder
    TRY(fill_template(run, template, &text));
    if (text.overflow)
        return intrinsic_refuse(run, "the result is too large");
    *out = json_string(buf_str(&text));
    return OK;
}

static enum status run_string_to_json(struct intrinsic_run *run, struct json *out)
{
    struct str text = {0};

    TRY(text_argument(run, 0, &text));
    if (json_parse(run->s, text, &json_limits_lenient, out) != OK)
        return intrinsic_refuse(run, "");
    return OK;
}

static enum status run_json_to_string(struct intrinsic_run *run, struct json *out)
{
    struct buf text = buf_make(run->s, TEXT_BYTES_MAX);

    json_write(&text, run->arguments[0]);
    if (text.overflow)
        return intrinsic_refuse(run, "the result is too large");
    *out = json_string(buf_str(&text));
    return OK;
}

static enum status run_base64_encode(struct intrinsic_run *run, struct json *out)
{
    struct str text = {0};

    TRY(short_text_argument(run, &text));
    TRY(intrinsic_room(run, text.bytes * 2 + 4));
    *out = json_string(base64_encode(run->s, text));
    return OK;
}

// As Java's basic decoder, without padding too.
static enum status run_base64_decode(struct intrinsic_run *run, struct json *out)
{
    static const char *const paddings[] = {"", "", "==", "="};
    struct str text = {0};
    struct str bytes = {0};

    TRY(short_text_argument(run, &text));
    TRY(intrinsic_room(run, text.bytes * 2 + 4));
    text = str_concat(run->s, 2, text, str(paddings[text.bytes % 4]));
    if (base64_decode(run->s, text, &bytes) != OK || !utf8_valid(bytes))
        return intrinsic_refuse(run, "");
    *out = json_string(bytes);
    return OK;
}

static enum status run_hash(struct intrinsic_run *run, struct json *out)
{
    static const char *const names[DIGEST_KINDS] = {
        [DIGEST_MD5] = "MD5",        [DIGEST_SHA1] = "SHA-1",     [DIGEST_SHA256] = "SHA-256",
        [DIGEST_SHA384] = "SHA-384", [DIGEST_SHA512] = "SHA-512",
    };
    struct str data = {0};
    struct str name = {0};
    uint8_t digest[DIGEST_BYTES_MAX];
    int kind = 0;

    TRY(short_text_argument(run, &data));
    TRY(text_argument(run, 1, &name));
    while (kind < DIGEST_KINDS && !str_is(name, names[kind]))
        kind++;
    if (kind == DIGEST_KINDS)
        return intrinsic_refuse(run, "");
    TRY(intrinsic_room(run, (size_t)DIGEST_BYTES_MAX * 2));
    digest_of((enum digest_kind)kind, data, digest);
    *out = json_string(hex_encode(run->s, str_of(digest, digest_bytes((enum digest_kind)kind))));
    return OK;
}

// The second's members win, at the first's places.
static enum status run_json_merge(struct intrinsic_run *run, struct json *out)
{
    struct json first = run->arguments[0];
    struct json second = run->arguments[1];
    size_t count = 0;

    if (!json_is(first, JSON_OBJECT) || !json_is(second, JSON_OBJECT) ||
        !json_is(run->arguments[2], JSON_FALSE)) // deep merging is not there yet, AWS says
        return intrinsic_refuse(run, "");
    size_t most = (size_t)first.count + second.count;
    TRY(intrinsic_room(run, most * sizeof(struct json_member)));
    struct json_member *members = scope_array(run->s, most, sizeof *members);
    for (size_t i = 0; i < first.count; i++) {
        struct json other = json_get(second, first.members[i].name);
        members[count++] = first.members[i];
        if (!json_is(other, JSON_NONE))
            members[count - 1].value = other;
    }
    for (size_t i = 0; i < second.count; i++)
        if (json_is(json_get(first, second.members[i].name), JSON_NONE))
            members[count++] = second.members[i];
    *out = json_object(members, count);
    return OK;
}

// From the first number on, below the second. A seed gives the same number every time.
static enum status run_math_random(struct intrinsic_run *run, struct json *out)
{
    int64_t from = 0;
    int64_t to = 0;
    int64_t seed = 0;
    struct chance seeded = {0};
    struct chance *chance = run->eval->chance;

    TRY(intrinsic_whole(run, 0, &from));
    TRY(intrinsic_whole(run, 1, &to));
    if (from >= to)
        return intrinsic_refuse(run, "");
    if (run->call->count > 2) {
        TRY(intrinsic_whole(run, 2, &seed));
        seeded = chance_seeded((uint64_t)seed);
        chance = &seeded;
    }
    assert(chance);
    *out = json_i64(run->s, from + (int64_t)chance_below(chance, (uint64_t)(to - from)));
    return OK;
}

static enum status run_math_add(struct intrinsic_run *run, struct json *out)
{
    int64_t a = 0;
    int64_t b = 0;

    TRY(intrinsic_whole(run, 0, &a));
    TRY(intrinsic_whole(run, 1, &b));
    if ((double)(a + b) < INT32_LEAST || (double)(a + b) > INT32_MOST)
        return intrinsic_refuse(run, "");
    *out = json_i64(run->s, a + b);
    return OK;
}

static bool is_splitter(struct str splitters, struct str character)
{
    return str_find(splitters, character) < splitters.bytes;
}

// Every character of the second text splits the first; empty parts are left out.
static enum status run_string_split(struct intrinsic_run *run, struct json *out)
{
    struct str text = {0};
    struct str splitters = {0};
    size_t count = 0;
    size_t from = 0;

    TRY(text_argument(run, 0, &text));
    TRY(text_argument(run, 1, &splitters));
    TRY(intrinsic_room(run, (text.bytes / 2 + 1) * sizeof(struct json)));
    struct json *parts = scope_array(run->s, text.bytes / 2 + 1, sizeof *parts);
    for (size_t at = 0; at <= text.bytes;) {
        size_t length = utf8_length(str_slice(text, at, UTF8_BYTES_MAX));
        if (at < text.bytes && !is_splitter(splitters, str_slice(text, at, length))) {
            at += length;
            continue;
        }
        if (at > from)
            parts[count++] = json_string(str_slice(text, from, at - from));
        from = at + length;
        at = length ? from : at + 1;
    }
    *out = json_array(parts, count);
    return OK;
}

// RFC 9562, 5.4: a UUID of chance alone.
static enum status run_uuid(struct intrinsic_run *run, struct json *out)
{
    struct uuid id = {0};

    assert(run->eval->chance);
    TRY(intrinsic_room(run, UUID_TEXT_BYTES));
    chance_fill(run->eval->chance, id.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x40);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
    *out = json_string(uuid_to_str(run->s, id));
    return OK;
}

// AWS names the path as it looks on the thing that was searched, and shows the state's input.
static enum status refuse_path(struct intrinsic_run *run, const struct path *path)
{
    struct buf input = buf_make(run->s, SHOWN_INPUT_BYTES_MAX);
    struct str text = path_text(path);

    if (str_starts(text, str("$$")))
        text = str_slice(text, 1, text.bytes);
    if (!json_is(run->eval->input, JSON_NONE))
        json_write(&input, run->eval->input);
    return eval_fail(run->s, run->failure, "States.Runtime",
                     "The function '%.*s' had the following error: The JsonPath argument for the "
                     "field '%.*s' could not be found in the input '%.*s'",
                     STR(run->whole), STR(text), (int)input.bytes, input.data ? input.data : "");
}

static enum status run_call(struct intrinsic_run *outer, const struct intrinsic *call,
                            struct json *out);

static enum status argument_value(struct intrinsic_run *run, const struct argument *argument,
                                  struct json *out)
{
    switch (argument->kind) {
    case ARGUMENT_LITERAL:
        *out = argument->literal;
        return OK;
    case ARGUMENT_CALL:
        return run_call(run, argument->call, out);
    case ARGUMENT_PATH:
        break;
    }
    TRY(path_find(run->s, argument->path, run->eval, out, run->failure));
    return json_is(*out, JSON_NONE) ? refuse_path(run, argument->path) : OK;
}

static enum status run_call(struct intrinsic_run *outer, const struct intrinsic *call,
                            struct json *out)
{
    static enum status (*const functions[])(struct intrinsic_run *, struct json *) = {
#define INTRINSIC(id, name, least, most, run) [INTRINSIC_##id] = run,
#include "flow/intrinsics.def"
#undef INTRINSIC
    };
    struct intrinsic_run run = *outer;
    struct json *arguments = NULL;

    run.call = call;
    TRY(intrinsic_room(&run, (call->count + 1) * sizeof *arguments + 64));
    arguments = scope_array(run.s, call->count, sizeof *arguments);
    for (size_t i = 0; i < call->count; i++)
        TRY(argument_value(&run, &call->arguments[i], &arguments[i]));
    run.arguments = arguments;
    return functions[call->function](&run, out);
}

enum status intrinsic_evaluate(struct scope *s, const struct intrinsic *call,
                               const struct eval *eval, struct json *out,
                               struct eval_failure *failure)
{
    struct intrinsic_run run = {
        .s = s, .eval = eval, .failure = failure, .whole = call->text, .call = call};

    TRY(run_call(&run, call, out));
    if (json_depth(*out) > JSON_DEPTH_MAX)
        return intrinsic_refuse(&run, "the result is too deep");
    return OK;
}
