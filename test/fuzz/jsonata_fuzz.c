// JSONata: the first line is the input, the rest an expression. Whatever compiles ends within its
// limits, twice with the same outcome, and gives JSON that reads back.
#include "core/buf.h"
#include "core/json.h"
#include "core/utf8.h"
#include "expr/jsonata.h"
#include "test/fuzz/fuzz.h"

// Errors in a chain of functions have their place in an expression that makes chains.
enum { STEPS_MAX = 20000, BYTES_MAX = 4 << 20, CHAIN_POSITION_MAX = 40 };

static const struct jsonata_environment limits = {
    .steps_max = STEPS_MAX, .bytes_max = BYTES_MAX, .depth_max = 100};

// Compiles and runs with little room; the outcome does not matter, coming back does.
static void run_tightly(struct str text, struct json input)
{
    size_t budget = text.bytes ? (size_t)(uint8_t)text.data[text.bytes / 2] << 11 : 0;
    struct scope *tight = scope_open(budget + 4096);
    struct scope *roomy = scope_open(FUZZ_SCOPE_BYTES_MAX);
    const struct jsonata *compiled = NULL;
    struct json out = {0};

    if (scope_has_room(tight, text.bytes + 4096))
        (void)jsonata_compile(tight, text, &compiled, NULL);
    if (jsonata_compile(roomy, text, &compiled, NULL) == OK)
        (void)jsonata_evaluate(tight, compiled, input, &limits, &out, NULL);
    scope_close(roomy);
    scope_close(tight);
}

static void check_error(enum status e, const struct jsonata_error *error, struct str text)
{
    if (e == OK) {
        assert(error->code[0] == '\0');
        return;
    }
    assert(error->message.bytes > 0);
    assert(error->position <= text.bytes || error->position <= CHAIN_POSITION_MAX);
}

static void check_result(struct scope *s, struct json out)
{
    struct json again = {0};
    struct buf text = buf_make(s, BYTES_MAX);

    if (out.type == JSON_NONE)
        return;
    json_write(&text, out);
    if (text.overflow || json_depth(out) > 500)
        return;
    assert(json_parse(s, buf_str(&text), &json_limits_lenient, &again) == OK ||
           json_depth(out) > json_limits_lenient.depth_max);
}

FUZZ
{
    struct str rest = input;
    struct str head = str_cut(&rest, '\n');
    const struct jsonata *compiled = NULL;
    struct jsonata_error error = {0};
    struct json document = {0};
    struct json out = {0};
    struct json again = {0};

    (void)json_parse(s, head, &json_limits_lenient, &document);
    run_tightly(rest, document);
    enum status e = jsonata_compile(s, rest, &compiled, &error);
    check_error(e, &error, rest);
    if (e != OK)
        return;
    e = jsonata_evaluate(s, compiled, document, &limits, &out, &error);
    check_error(e, &error, rest);
    check_result(s, out);
    enum status second = jsonata_evaluate(s, compiled, document, &limits, &again, NULL);
    assert(second == e || second == LIMIT || e == LIMIT);
}
