// Frames and executions as JSON. Each member is a row of a table; what is zero is left out, so a
// frame that waits for a task is a line of text.
#include "flow/frame.h"

#include "core/scope.h"

#include <assert.h>

enum field_kind {
    FIELD_U32,
    FIELD_U64,
    FIELD_I64,
    FIELD_BOOL,
    FIELD_TEXT, // absent (data is NULL) and empty are not the same
    FIELD_PAYLOAD,
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

#define OF(type, kind, name)                                                                       \
    {                                                                                              \
#name, FIELD_##kind, offsetof(struct type, name)                                           \
    }

static const struct field frame_fields[] = {
    OF(frame, U32, id),
    OF(frame, U32, parent),
    OF(frame, U32, machine),
    OF(frame, U32, state),
    OF(frame, U32, phase),
    OF(frame, U32, wait),
    OF(frame, PAYLOAD, input),
    OF(frame, PAYLOAD, variables),
    OF(frame, U64, last_event),
    OF(frame, U64, entered_event),
    OF(frame, I64, entered_at_us),
    OF(frame, U32, retry_count),
    OF(frame, I64, timer_at_us),
    OF(frame, I64, timeout_at_us),
    OF(frame, I64, heartbeat_at_us),
    OF(frame, I64, heartbeat_s),
    OF(frame, BOOL, begun),
    OF(frame, BOOL, submitted),
    OF(frame, U32, first_child),
    OF(frame, U32, child_count),
    OF(frame, U32, started),
    OF(frame, U32, ended),
    OF(frame, U32, failed),
    OF(frame, U32, failed_max),
    OF(frame, U32, concurrency_max),
    OF(frame, U64, started_event),
    OF(frame, PAYLOAD, items),
    OF(frame, PAYLOAD, near),
    OF(frame, U32, near_first),
    OF(frame, BOOL, batched),
    OF(frame, TEXT, map_run),
    OF(frame, U32, index),
    OF(frame, PAYLOAD, item),
    OF(frame, TEXT, item_key),
    OF(frame, PAYLOAD, output),
    OF(frame, TEXT, error),
    OF(frame, TEXT, cause),
};

static const struct field execution_fields[] = {
    OF(execution, TEXT, id),           OF(execution, TEXT, arn),
    OF(execution, TEXT, name),         OF(execution, TEXT, machine_arn),
    OF(execution, TEXT, machine_name), OF(execution, TEXT, role_arn),
    OF(execution, BOOL, express),      OF(execution, U32, status),
    OF(execution, PAYLOAD, input),     OF(execution, I64, started_at_us),
    OF(execution, I64, ended_at_us),   OF(execution, I64, timeout_at_us),
    OF(execution, U32, redrive_count), OF(execution, I64, redriven_at_us),
    OF(execution, U64, next_event),    OF(execution, U32, next_frame),
    OF(execution, PAYLOAD, output),    OF(execution, TEXT, error),
    OF(execution, TEXT, cause),        OF(execution, U32, machine),
    OF(execution, U32, version),       OF(execution, TEXT, alias),
};

enum {
    FRAME_FIELDS = sizeof frame_fields / sizeof *frame_fields,
    EXECUTION_FIELDS = sizeof execution_fields / sizeof *execution_fields,
    READY_MAX = 100000,
};

static_assert(sizeof(enum frame_phase) == sizeof(uint32_t) &&
                  sizeof(enum execution_status) == sizeof(uint32_t),
              "enumerations are kept as 32-bit numbers");

static struct json payload_to_json(struct scope *s, const struct payload *p)
{
    struct json_member *member = scope_new(s, struct json_member);

    if (p->digest.bytes)
        *member = (struct json_member){str("d"), json_string(p->digest)};
    else if (!json_is(p->value, JSON_NONE))
        *member = (struct json_member){str("v"), p->value};
    else
        return (struct json){0};
    return json_object(member, 1);
}

static struct json number_to_json(struct scope *s, int64_t number)
{
    return number ? json_i64(s, number) : (struct json){0};
}

// JSON_NONE for what is left out.
static struct json field_to_json(struct scope *s, const struct field *field, const char *at)
{
    uint32_t u32 = 0;
    int64_t i64 = 0;
    bool flag = false;
    struct str text = {0};
    struct payload payload = {0};

    switch (field->kind) {
    case FIELD_U32:
        memcpy(&u32, at, sizeof u32);
        return number_to_json(s, u32);
    case FIELD_U64:
    case FIELD_I64:
        memcpy(&i64, at, sizeof i64);
        return number_to_json(s, i64);
    case FIELD_BOOL:
        memcpy(&flag, at, sizeof flag);
        return flag ? json_bool(true) : (struct json){0};
    case FIELD_TEXT:
        memcpy(&text, at, sizeof text);
        return text.data ? json_string(text) : (struct json){0};
    case FIELD_PAYLOAD:
        memcpy(&payload, at, sizeof payload);
        return payload_to_json(s, &payload);
    }
    return (struct json){0};
}

static size_t fields_to_members(struct scope *s, const struct field *fields, size_t count,
                                const void *object, struct json_member *out)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        struct json value = field_to_json(s, &fields[i], (const char *)object + fields[i].offset);
        if (!json_is(value, JSON_NONE))
            out[used++] = (struct json_member){str(fields[i].name), value};
    }
    return used;
}

static bool number_from_json(struct json j, int64_t max, int64_t *out)
{
    return json_to_i64(j, out) && *out >= 0 && *out <= max;
}

static bool text_from_json(struct json j, struct str *out)
{
    *out = json_text(j);
    if (!out->data)
        out->data = "";
    return json_is(j, JSON_STRING);
}

static bool payload_from_json(struct json j, struct payload *out)
{
    out->value = json_member(j, "v");
    out->digest = json_text(json_member(j, "d"));
    return json_is(out->value, JSON_NONE) != (out->digest.bytes == 0);
}

static bool field_from_json(struct json j, const struct field *field, char *at)
{
    int64_t number = 0;
    uint32_t u32 = 0;
    bool flag = json_is(j, JSON_TRUE);
    struct str text = {0};
    struct payload payload = {0};

    switch (field->kind) {
    case FIELD_U32:
        if (!number_from_json(j, UINT32_MAX, &number))
            return false;
        u32 = (uint32_t)number;
        memcpy(at, &u32, sizeof u32);
        return true;
    case FIELD_U64:
    case FIELD_I64:
        if (!json_to_i64(j, &number))
            return false;
        memcpy(at, &number, sizeof number);
        return true;
    case FIELD_BOOL:
        memcpy(at, &flag, sizeof flag);
        return flag;
    case FIELD_TEXT:
        if (!text_from_json(j, &text))
            return false;
        memcpy(at, &text, sizeof text);
        return true;
    case FIELD_PAYLOAD:
        if (!payload_from_json(j, &payload))
            return false;
        memcpy(at, &payload, sizeof payload);
        return true;
    }
    return false;
}

static enum status fields_from_json(struct scope *s, struct json j, const struct field *fields,
                                    size_t count, void *object)
{
    for (size_t i = 0; i < count; i++) {
        struct json value = json_member(j, fields[i].name);
        if (!json_is(value, JSON_NONE) &&
            !field_from_json(value, &fields[i], (char *)object + fields[i].offset))
            return fail(s, CORRUPT, "the state of an execution has a bad member %s",
                        fields[i].name);
    }
    return OK;
}

static struct json numbers_to_json(struct scope *s, const uint32_t *numbers, size_t count)
{
    struct json *items = scope_array(s, count, sizeof *items);

    for (size_t i = 0; i < count; i++)
        items[i] = json_i64(s, numbers[i]);
    return json_array(items, count);
}

static enum status numbers_from_json(struct scope *s, struct json j, uint32_t *out, size_t count)
{
    int64_t number = 0;

    for (size_t i = 0; i < count; i++) {
        if (!number_from_json(json_at(j, i), UINT32_MAX, &number))
            return fail(s, CORRUPT, "the state of an execution has a bad number");
        out[i] = (uint32_t)number;
    }
    return OK;
}

struct json frame_to_json(struct scope *s, const struct frame *f)
{
    struct json_member *members = scope_array(s, FRAME_FIELDS + 1, sizeof *members);
    size_t count = fields_to_members(s, frame_fields, FRAME_FIELDS, f, members);
    size_t retriers = FRAME_RETRIERS_MAX;

    while (retriers > 0 && f->retry_counts[retriers - 1] == 0)
        retriers--;
    if (retriers)
        members[count++] = (struct json_member){str("retry_counts"),
                                                numbers_to_json(s, f->retry_counts, retriers)};
    return json_object(members, count);
}

enum status frame_from_json(struct scope *s, struct json j, struct frame *out)
{
    struct json counts = json_member(j, "retry_counts");

    *out = (struct frame){0};
    TRY(fields_from_json(s, j, frame_fields, FRAME_FIELDS, out));
    if (counts.type == JSON_ARRAY && counts.count > FRAME_RETRIERS_MAX)
        return fail(s, CORRUPT, "the state of an execution has too many retriers");
    if ((unsigned)out->phase > FRAME_AGAIN)
        return fail(s, CORRUPT, "the state of an execution has an unknown phase");
    return json_is(counts, JSON_ARRAY)
               ? numbers_from_json(s, counts, out->retry_counts, counts.count)
               : OK;
}

struct json execution_to_json(struct scope *s, const struct execution *x)
{
    struct json_member *members = scope_array(s, EXECUTION_FIELDS + 1, sizeof *members);
    size_t count = fields_to_members(s, execution_fields, EXECUTION_FIELDS, x, members);

    if (x->ready_count)
        members[count++] =
            (struct json_member){str("ready"), numbers_to_json(s, x->ready, x->ready_count)};
    return json_object(members, count);
}

enum status execution_from_json(struct scope *s, struct json j, struct execution *out)
{
    struct json ready = json_member(j, "ready");

    *out = (struct execution){0};
    TRY(fields_from_json(s, j, execution_fields, EXECUTION_FIELDS, out));
    if ((unsigned)out->status > EXECUTION_PENDING_REDRIVE)
        return fail(s, CORRUPT, "the state of an execution has an unknown status");
    if (!json_is(ready, JSON_ARRAY))
        return OK;
    if (ready.count > READY_MAX)
        return fail(s, CORRUPT, "the state of an execution has too many frames that go on");
    uint32_t *numbers = scope_array(s, ready.count, sizeof *numbers);
    TRY(numbers_from_json(s, ready, numbers, ready.count));
    out->ready = numbers;
    out->ready_count = ready.count;
    return OK;
}

void frame_payloads(struct frame *f, struct payload *out[FRAME_PAYLOADS])
{
    out[0] = &f->input;
    out[1] = &f->variables;
    out[2] = &f->items;
    out[3] = &f->item;
    out[4] = &f->output;
    out[5] = &f->near;
}

void execution_payloads(struct execution *x, struct payload *out[EXECUTION_PAYLOADS])
{
    out[0] = &x->input;
    out[1] = &x->output;
}

const char *execution_status_name(enum execution_status status)
{
    static const char *const names[] = {
        [EXECUTION_RUNNING] = "RUNNING", [EXECUTION_SUCCEEDED] = "SUCCEEDED",
        [EXECUTION_FAILED] = "FAILED",   [EXECUTION_TIMED_OUT] = "TIMED_OUT",
        [EXECUTION_ABORTED] = "ABORTED", [EXECUTION_PENDING_REDRIVE] = "PENDING_REDRIVE",
    };

    assert((unsigned)status < sizeof names / sizeof *names);
    return names[status];
}
