// Findings and their places.
#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "flow/compile_impl.h"

#include <stdarg.h>

enum {
    PLACE_DEPTH_MAX = 256,
    PLACE_BYTES_MAX = 16 << 10,
    MESSAGE_BYTES_MAX = 2 << 10,
    SUMMARY_BYTES_MAX = 512 << 10,
};

struct place place_member(const struct place *up, struct str name)
{
    return (struct place){.up = up, .name = name, .language = up->language};
}

struct place place_field(const struct place *up, const char *name)
{
    return place_member(up, str(name));
}

struct place place_item(const struct place *up, size_t index)
{
    return (struct place){.up = up, .index = index, .language = up->language};
}

struct str place_text(struct scope *s, const struct place *at)
{
    const struct place *steps[PLACE_DEPTH_MAX];
    struct buf out = buf_make(s, PLACE_BYTES_MAX);
    struct str text = {0};
    size_t count = 0;

    for (; at->up && count < PLACE_DEPTH_MAX; at = at->up)
        steps[count++] = at;
    if (count == 0)
        return str("/");
    while (count-- > 0) {
        if (steps[count]->name.data)
            buf_format(&out, "/%.*s", STR(steps[count]->name));
        else
            buf_format(&out, "[%zu]", steps[count]->index);
    }
    if (buf_finish(&out, "the place", &text) != OK)
        return str("/");
    return text;
}

static void add(struct compiler *c, const struct place *at, struct diagnostic finding)
{
    if (finding.severity == DIAGNOSTIC_ERROR)
        c->error_count++;
    if (c->diagnostic_count == DEFINITION_DIAGNOSTICS_MAX)
        return;
    if (!c->diagnostics)
        c->diagnostics = scope_array(c->s, DEFINITION_DIAGNOSTICS_MAX, sizeof *c->diagnostics);
    if (at)
        finding.location = place_text(c->s, at);
    c->diagnostics[c->diagnostic_count++] = finding;
}

__attribute__((format(printf, 4, 0))) static void report_v(struct compiler *c,
                                                           const struct place *at,
                                                           struct diagnostic finding,
                                                           const char *format, va_list arguments)
{
    struct str message = {0};

    // Most findings beyond the last that is kept are never read.
    if (c->diagnostic_count < DEFINITION_DIAGNOSTICS_MAX)
        message = str_format_v(c->s, format, arguments);
    finding.message = utf8_cut(message, MESSAGE_BYTES_MAX);
    add(c, at, finding);
}

void report(struct compiler *c, const struct place *at, const char *code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report_v(c, at, (struct diagnostic){DIAGNOSTIC_ERROR, str(code), {0}, {0}}, format, arguments);
    va_end(arguments);
}

void report_schema(struct compiler *c, const struct place *at, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report_v(c, at,
             (struct diagnostic){DIAGNOSTIC_ERROR, str("SCHEMA_VALIDATION_FAILED"), {0}, {0}},
             format, arguments);
    va_end(arguments);
}

void report_warning(struct compiler *c, const struct place *at, const char *code,
                    const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report_v(c, at, (struct diagnostic){DIAGNOSTIC_WARNING, str(code), {0}, {0}}, format,
             arguments);
    va_end(arguments);
}

struct str definition_refusal(struct scope *s, const struct diagnostic *diagnostics, size_t count)
{
    struct buf out = buf_make(s, SUMMARY_BYTES_MAX);
    const char *before = "";

    buf_put_z(&out, "Invalid State Machine Definition: '");
    for (size_t i = 0; i < count; i++) {
        const struct diagnostic *d = &diagnostics[i];
        if (d->severity != DIAGNOSTIC_ERROR)
            continue;
        buf_format(&out, "%s%.*s: %.*s at %.*s", before, STR(d->code), STR(d->message),
                   STR(d->location.data ? d->location : str("null")));
        before = ", ";
    }
    buf_put_byte(&out, '\'');
    return str_of(out.data, out.bytes); // the last findings may have had no room
}
