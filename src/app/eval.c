// `sheaf eval`: one expression on the JSON of standard input, without a server.
#include "app/command.h"
#include "app/print.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "expr/jsonata.h"
#include "expr/jsonpath.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdio.h>

enum {
    INPUT_BYTES_MAX = 64 << 20,
    READ_BYTES = 64 << 10,
    EVALUATION_BYTES_MAX = 1 << 30, // the caller's own machine: the longest range fits
    EVALUATION_STEPS_MAX = 1000000000,
};

static const struct json_limits input_limits = {
    .bytes_max = INPUT_BYTES_MAX,
    .depth_max = JSON_DEPTH_MAX,
    .values_max = INPUT_BYTES_MAX,
    .duplicates = JSON_KEEP_LAST,
};

static enum status read_input(struct scope *s, struct str *out)
{
    struct buf text = buf_make(s, INPUT_BYTES_MAX);
    char *piece = scope_bytes(s, READ_BYTES);
    size_t got = 0;

    do {
        got = fread(piece, 1, READ_BYTES, stdin);
        buf_put(&text, str_of(piece, got));
    } while (got > 0 && !text.overflow);
    if (ferror(stdin))
        return fail_errno(s, "the input");
    TRY(buf_finish(&text, "the input", out));
    *out = str_trim(*out);
    return OK;
}

// No input at all is the undefined value.
static enum status parse_input(struct scope *s, struct json *out)
{
    struct str text = {0};

    TRY(read_input(s, &text));
    return text.bytes > 0 ? json_parse(s, text, &input_limits, out) : OK;
}

static enum status read_bindings(struct scope *s, const struct command_line *line,
                                 struct jsonata_environment *environment)
{
    struct str path = command_flag(line, "bindings");
    struct str text = {0};
    struct json bindings = {0};

    if (!path.data)
        return OK;
    TRY(file_read_whole(s, world_real(), path, INPUT_BYTES_MAX, &text));
    TRY(json_parse(s, text, &input_limits, &bindings));
    if (!json_is(bindings, JSON_OBJECT))
        return fail(s, INVALID, "%.*s is no JSON object of variables", STR(path));
    environment->bindings = bindings.members;
    environment->binding_count = bindings.count;
    return OK;
}

// The expression is what was asked about, not how: an error in it is no misuse of the command.
static enum status tell(struct scope *s, enum status e, const struct jsonata_error *error)
{
    if (e == OK || !error->code[0])
        return e;
    return fail(s, REFUSED, "%s at position %zu: %.*s", error->code, error->position,
                STR(error->message));
}

static enum status eval_jsonata(struct scope *s, const struct command_line *line, struct json input,
                                struct json *out)
{
    struct world *w = world_real();
    struct jsonata_environment environment = {.now_ms = world_now_us(w) / 1000,
                                              .bytes_max = EVALUATION_BYTES_MAX,
                                              .steps_max = EVALUATION_STEPS_MAX};
    const struct jsonata *expression = NULL;
    struct jsonata_error error = {0};

    world_random(w, &environment.random_seed, sizeof environment.random_seed);
    TRY(read_bindings(s, line, &environment));
    TRY(tell(s, jsonata_compile(s, command_flag(line, "jsonata"), &expression, &error), &error));
    return tell(s, jsonata_evaluate(s, expression, input, &environment, out, &error), &error);
}

// What RFC 9535 calls a nodelist, as an array.
static enum status eval_jsonpath(struct scope *s, const struct command_line *line,
                                 struct json input, struct json *out)
{
    const struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};

    if (jsonpath_compile(s, command_flag(line, "jsonpath"), JSONPATH_RFC9535, &path) != OK)
        return fail(s, REFUSED, "%.*s", STR(str_copy(s, scope_why(s))));
    TRY(jsonpath_select(s, path, input, NULL, &nodes));
    *out = json_array(nodes.values, nodes.count);
    return OK;
}

enum status command_eval(struct scope *s, const struct command_line *line)
{
    struct json input = {0};
    struct json result = {0};

    if (command_has(line, "jsonata") == command_has(line, "jsonpath"))
        return command_misused(s, line->command, "either --jsonata or --jsonpath is wanted");
    TRY(parse_input(s, &input));
    TRY(command_has(line, "jsonata") ? eval_jsonata(s, line, input, &result)
                                     : eval_jsonpath(s, line, input, &result));
    if (json_is(result, JSON_NONE))
        return OK;
    if (line->json)
        print_json(s, result);
    else
        print_pretty(s, result);
    return OK;
}
