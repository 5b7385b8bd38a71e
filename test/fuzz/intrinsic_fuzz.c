// Paths and calls of intrinsic functions: the first line is one of them, the rest the input.
// Whatever compiles gives a value or says in AWS's words why not, twice the same; what is put at a
// reference path is found there.
#include "core/chance.h"
#include "core/json.h"
#include "core/utf8.h"
#include "flow/eval.h"
#include "flow/intrinsic.h"
#include "flow/path.h"
#include "test/fuzz/fuzz.h"

enum { SEED = 1 };

static void check_failure(const struct eval_failure *failure)
{
    assert(failure->error.bytes > 0 && failure->cause.bytes > 0);
    assert(utf8_valid(failure->cause));
}

static enum status evaluate(struct scope *s, const struct intrinsic *call, struct json input,
                            struct json *out)
{
    struct chance chance = chance_seeded(SEED);
    const struct eval_variables variables = {.values = input};
    struct eval_failure failure = {0};
    const struct eval eval = {
        .input = input, .context = input, .variables = &variables, .chance = &chance};

    enum status e = intrinsic_evaluate(s, call, &eval, out, &failure);
    assert(e == OK || e == REFUSED);
    if (e != OK)
        check_failure(&failure);
    return e;
}

static void check_call(struct scope *s, struct str text, struct json input)
{
    const struct intrinsic *call = NULL;
    struct json value = {0};
    struct json again = {0};

    if (intrinsic_compile(s, text, &call) != OK || evaluate(s, call, input, &value) != OK)
        return;
    enum status e = evaluate(s, call, input, &again);
    assert(e == OK && json_equal(value, again));
}

static void check_put(struct scope *s, const struct path *path, struct json input)
{
    struct eval_failure failure = {0};
    struct json put = {0};
    struct json found = {0};

    if (path_put(s, path, input, json_bool(true), &put, &failure) != OK) {
        check_failure(&failure);
        return;
    }
    const struct eval eval = {.input = put};
    enum status e = path_find(s, path, &eval, &found, &failure);
    assert(e == OK && json_is(found, JSON_TRUE));
}

static void check_path(struct scope *s, struct str text, enum path_use use, struct json input)
{
    const struct eval_variables variables = {.values = input};
    const struct eval eval = {.input = input, .context = input, .variables = &variables};
    const struct path *path = NULL;
    struct eval_failure failure = {0};
    struct json value = {0};

    if (path_compile(s, text, use, str("field"), &path) != OK)
        return;
    enum status e = path_evaluate(s, path, &eval, &value, &failure);
    assert(e == OK || e == REFUSED);
    if (e != OK)
        check_failure(&failure);
    if (use == PATH_RESULT)
        check_put(s, path, input);
}

FUZZ
{
    struct str rest = input;
    struct str text = str_cut(&rest, '\n');
    struct json document = {0};

    if (json_parse(s, rest, &json_limits_lenient, &document) != OK)
        document = json_object(NULL, 0);
    check_call(s, text, document);
    for (int use = 0; use < PATH_USES; use++)
        check_path(s, text, (enum path_use)use, document);
}
