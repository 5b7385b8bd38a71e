// Compares our JSONata with what npm's jsonata made of the same expressions. Reads the lines of
// reference.mjs from a file: {expr, input, bindings, result} or {…, code, position, message};
// absent result: undefined. Prints each difference and how many cases were right, and exits with 1
// when one was wrong.
//
// A difference in an error's position is told, as one in its code is. Where the reference trips
// over itself (code "none": an error of its programming language) or a limit, nothing is compared.
#include "core/json.h"
#include "core/scope.h"
#include "expr/jsonata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LINE_BYTES_MAX = 4 << 20,
    LINE_SCOPE_BYTES_MAX = 256 << 20,
    SHOWN_BYTES_MAX = 300,
};

#define NOW_MS INT64_C(1700000000000)

struct tally {
    size_t count;
    size_t wrong;
    size_t skipped;
    size_t shown_max;
};

struct outcome {
    struct json result;
    struct jsonata_error error;
};

static struct outcome evaluate(struct scope *s, struct json c)
{
    struct json bindings = json_member(c, "bindings");
    struct jsonata_environment environment = {
        .bindings = json_is(bindings, JSON_OBJECT) ? bindings.members : NULL,
        .binding_count = json_is(bindings, JSON_OBJECT) ? bindings.count : 0,
        .now_ms = NOW_MS,
        .random_seed = 1,
    };
    const struct jsonata *compiled = NULL;
    struct outcome out = {0};

    if (jsonata_compile(s, json_text(json_member(c, "expr")), &compiled, &out.error) == OK)
        (void)jsonata_evaluate(s, compiled, json_member(c, "input"), &environment, &out.result,
                               &out.error);
    return out;
}

// Numbers that come of arithmetic may differ in the last bit where a function is not exact (pow).
static bool is_near(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-15 * fabs(b);
}

static bool is_same(struct json is, struct json should)
{
    double a = 0;
    double b = 0;

    if (json_is(is, JSON_NUMBER) && json_to_double(is, &a) && json_to_double(should, &b))
        return is_near(a, b);
    if (is.type != should.type || (is.type > JSON_NUMBER && is.count != should.count))
        return false;
    if (json_is(is, JSON_STRING))
        return str_equal(json_text(is), json_text(should));
    for (size_t i = 0; json_is(is, JSON_ARRAY) && i < is.count; i++)
        if (!is_same(is.items[i], should.items[i]))
            return false;
    for (size_t i = 0; json_is(is, JSON_OBJECT) && i < is.count; i++)
        if (!str_equal(is.members[i].name, should.members[i].name) ||
            !is_same(is.members[i].value, should.members[i].value))
            return false;
    return true;
}

// The reference evaluates the items of an array and the members of an object side by side, so that
// which error comes first is chance.
static bool has_race(struct str expression)
{
    size_t array = str_find_byte(expression, '[');
    size_t object = str_find_byte(expression, '{');
    size_t open = array < object ? array : object;

    return str_find_byte(str_slice(expression, open, expression.bytes), ',') <
           expression.bytes - open;
}

// What exceeds our limits is refused, which the reference has none of.
static bool is_limit(const struct outcome *ours)
{
    return strcmp(ours->error.code, "U1001") == 0;
}

static bool is_right(struct json c, const struct outcome *ours)
{
    struct str code = json_text(json_member(c, "code"));
    int64_t position = 0;

    if (code.bytes == 0)
        return !ours->error.code[0] && is_same(ours->result, json_member(c, "result"));
    if (ours->error.code[0] && has_race(json_text(json_member(c, "expr"))))
        return true;
    if (!str_is(code, ours->error.code))
        return false;
    return !json_to_i64(json_member(c, "position"), &position) ||
           position == (int64_t)ours->error.position;
}

static struct str cut(struct str text)
{
    return str_slice(text, 0, SHOWN_BYTES_MAX);
}

static void show(struct scope *s, struct json c, const struct outcome *ours)
{
    struct json expected = json_member(c, "code");
    int64_t position = -1;

    (void)json_to_i64(json_member(c, "position"), &position);
    (void)printf("%.*s\n", STR(json_text(json_member(c, "expr"))));
    if (json_is(expected, JSON_NONE))
        (void)printf("    should %.*s\n", STR(cut(json_to_str(s, json_member(c, "result")))));
    else
        (void)printf("    should %.*s at %lld: %.*s\n", STR(json_text(expected)),
                     (long long)position, STR(cut(json_text(json_member(c, "message")))));
    if (ours->error.code[0])
        (void)printf("    is     %s at %zu: %.*s\n", ours->error.code, ours->error.position,
                     STR(cut(ours->error.message)));
    else
        (void)printf("    is     %.*s\n", STR(cut(json_to_str(s, ours->result))));
}

// Whether the reference tripped over itself or reached its limit of time or depth.
static bool is_beyond(struct str code)
{
    return str_is(code, "none") || str_is(code, "D1011") || str_is(code, "D1012");
}

static void check_line(struct scope *s, struct str line, struct tally *tally)
{
    struct json c = {0};

    // A lone surrogate in the reference's answer is no JSON of ours.
    if (json_parse(s, line, &json_limits_lenient, &c) != OK ||
        is_beyond(json_text(json_member(c, "code")))) {
        tally->skipped++;
        return;
    }
    struct outcome ours = evaluate(s, c);
    if (is_limit(&ours)) {
        tally->skipped++;
        return;
    }
    tally->count++;
    if (is_right(c, &ours))
        return;
    if (tally->wrong++ < tally->shown_max)
        show(s, c, &ours);
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    struct tally tally = {.shown_max = argc > 2 ? strtoul(argv[2], NULL, 10) : 100};
    struct scope *process = scope_open(LINE_BYTES_MAX * 2);
    char *line = scope_bytes(process, LINE_BYTES_MAX);

    if (!file) {
        (void)fprintf(stderr, "usage: %s CASES [SHOWN]\n", argv[0]);
        return 2;
    }
    while (fgets(line, LINE_BYTES_MAX, file)) {
        struct scope *s = scope_open(LINE_SCOPE_BYTES_MAX);
        check_line(s, str(line), &tally);
        scope_close(s);
    }
    scope_close(process);
    (void)fclose(file);
    (void)printf("jsonata-differential %zu of %zu, %zu not compared\n", tally.count - tally.wrong,
                 tally.count, tally.skipped);
    return tally.wrong > 0 ? 1 : 0;
}
