// What is wrong with a definition: ValidateStateMachineDefinition, and InvalidDefinition of others.
#include "awsapi/states/states_impl.h"
#include "core/buf.h"
#include "core/scope.h"
#include "flow/definition.h"
#include "flow/machines.h"

enum { FAULT_BYTES_MAX = 64 << 10 };

static struct json diagnostic_json(struct scope *s, const struct diagnostic *d)
{
    struct fields f = fields_make(s);

    fields_text(&f, "severity", str(d->severity == DIAGNOSTIC_ERROR ? "ERROR" : "WARNING"));
    fields_text(&f, "code", d->code);
    fields_text(&f, "message", d->message);
    fields_text(&f, "location", d->location);
    return fields_object(&f);
}

// "Invalid State Machine Definition: 'CODE: MESSAGE at PLACE, …'".
enum status states_definition_fault(struct scope *s, struct asked *a, enum status e,
                                    const struct machine_record *m)
{
    struct definition_options options = {.express = m->express};
    const struct definition *compiled = NULL;
    const struct diagnostic *found = NULL;
    struct buf text = buf_make(s, FAULT_BYTES_MAX);
    struct str why = scope_why(s);
    size_t count = 0;

    if (e != INVALID)
        return e;
    (void)definition_compile(s, m->definition, &options, &compiled, &found, &count);
    for (size_t i = 0; i < count && found[i].severity == DIAGNOSTIC_ERROR; i++)
        buf_format(&text, "%s%.*s: %.*s at %.*s", i ? ", " : "", STR(found[i].code),
                   STR(found[i].message), STR(found[i].location));
    if (text.bytes)
        why = str_of(text.data, text.bytes);
    return fault(s, a, INVALID, "InvalidDefinition", "Invalid State Machine Definition: '%.*s'",
                 STR(why));
}

enum status states_definition_validate(struct scope *s, struct asked *a)
{
    struct definition_options options = {.express = str_is(asked_text(a, "type"), "EXPRESS")};
    const struct definition *compiled = NULL;
    const struct diagnostic *found = NULL;
    size_t found_count = 0;
    size_t limit = asked_page(a);
    size_t count = 0;
    bool warnings = str_is(asked_text(a, "severity"), "WARNING");
    enum status e = definition_compile(s, asked_text(a, "definition"), &options, &compiled, &found,
                                       &found_count);

    if (e != OK && e != INVALID)
        return e;
    scope_forgive(s);
    struct json *items = scope_array(s, found_count, sizeof *items);
    for (size_t i = 0; i < found_count; i++)
        if (warnings || found[i].severity == DIAGNOSTIC_ERROR)
            items[count++] = diagnostic_json(s, &found[i]);
    struct fields f = fields_make(s);
    fields_text(&f, "result", str(e == OK ? "OK" : "FAIL"));
    fields_json(&f, "diagnostics", json_array(items, count < limit ? count : limit));
    fields_truth(&f, "truncated", count > limit);
    answer(a, &f);
    return OK;
}
