// Looking up variables, and failures.
#include "flow/eval.h"

#include "core/scope.h"

#include <assert.h>
#include <stdarg.h>

struct json eval_variable(const struct eval *eval, struct str name)
{
    for (const struct eval_variables *each = eval->variables; each; each = each->outer) {
        struct json value = json_get(each->values, name);
        if (!json_is(value, JSON_NONE))
            return value;
    }
    return (struct json){0};
}

enum status eval_fail(struct scope *s, struct eval_failure *failure, const char *error,
                      const char *format, ...)
{
    va_list arguments;

    assert(error && *error);
    va_start(arguments, format);
    *failure = (struct eval_failure){.error = str(error)};
    failure->cause = str_format_v(s, format, arguments);
    va_end(arguments);
    return fail(s, REFUSED, "%s: %.*s", error, STR(str_slice(failure->cause, 0, 500)));
}
