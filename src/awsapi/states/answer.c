// Faults and answers.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"

#include <assert.h>

enum status fault(struct scope *s, struct asked *a, enum status status, const char *name,
                  const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str why = str_format_v(s, format, arguments);
    va_end(arguments);
    call_name_fault(a->call, name);
    return fail(s, status, "%.*s", STR(why));
}

enum status fault_if(struct scope *s, struct asked *a, enum status e, enum status status,
                     const char *name, const char *format, ...)
{
    va_list arguments;

    if (e != status)
        return e;
    va_start(arguments, format);
    struct str why = str_format_v(s, format, arguments);
    va_end(arguments);
    call_name_fault(a->call, name);
    return fail(s, status, "%.*s", STR(why));
}

struct str asked_text(const struct asked *a, const char *name)
{
    return json_text(json_member(a->request, name));
}

bool asked_truth(const struct asked *a, const char *name, bool otherwise)
{
    struct json value = json_member(a->request, name);

    return json_is(value, JSON_TRUE) || (otherwise && !json_is(value, JSON_FALSE));
}

size_t asked_page(const struct asked *a)
{
    int64_t limit = 0;

    (void)json_to_i64(json_member(a->request, "maxResults"), &limit);
    return limit > 0 ? (size_t)limit : PAGE_DEFAULT;
}

struct fields fields_make(struct scope *s)
{
    return (struct fields){s, scope_array(s, FIELDS_MAX, sizeof(struct json_member)), 0};
}

void fields_json(struct fields *f, const char *name, struct json value)
{
    if (json_is(value, JSON_NONE))
        return;
    assert(f->count < FIELDS_MAX);
    f->items[f->count++] = (struct json_member){str(name), value};
}

void fields_text(struct fields *f, const char *name, struct str value)
{
    if (value.bytes)
        fields_json(f, name, json_string(value));
}

// Seconds since 1970 with milliseconds.
void fields_time(struct fields *f, const char *name, int64_t at_us)
{
    if (at_us > 0) {
        fields_json(f, name,
                    json_number(str_format(f->scope, "%lld.%03lld", (long long)(at_us / 1000000),
                                           (long long)(at_us / 1000 % 1000))));
    }
}

void fields_number(struct fields *f, const char *name, int64_t number)
{
    fields_json(f, name, json_i64(f->scope, number));
}

void fields_truth(struct fields *f, const char *name, bool value)
{
    fields_json(f, name, json_bool(value));
}

struct json fields_object(const struct fields *f)
{
    return json_object(f->items, f->count);
}

void answer(struct asked *a, const struct fields *f)
{
    call_answer_bytes(a->call, 200, "application/x-amz-json-1.0",
                      json_to_str(f->scope, fields_object(f)));
}

void answer_page(struct scope *s, struct asked *a, const char *list, const struct json *items,
                 size_t count, struct str next)
{
    struct fields f = fields_make(s);

    fields_json(&f, list, json_array(items, count));
    fields_text(&f, "nextToken", next);
    answer(a, &f);
}
