// Small things that the engine's files share: reading records, making and reading JSON.
#include "core/scope.h"
#include "flow/flow_impl.h"
#include "store/record.h"

#include <assert.h>

enum status record_find(struct scope *s, struct store *store, const struct table_def *table,
                        struct str partition, struct str sort, struct record *out)
{
    enum status e = record_get(s, store, table, partition, sort, out);

    if (e != NOT_FOUND)
        return e;
    scope_forgive(s);
    *out = (struct record){0};
    return OK;
}

struct members members_make(struct scope *s, size_t room)
{
    return (struct members){
        .scope = s, .items = scope_array(s, room, sizeof(struct json_member)), .room = room};
}

void members_add(struct members *m, const char *name, struct json value)
{
    if (json_is(value, JSON_NONE))
        return;
    assert(m->count < m->room);
    m->items[m->count++] = (struct json_member){str(name), value};
}

void members_str(struct members *m, const char *name, struct str text)
{
    if (text.bytes)
        members_add(m, name, json_string(text));
}

void members_i64(struct members *m, const char *name, int64_t number)
{
    if (number)
        members_add(m, name, json_i64(m->scope, number));
}

struct json members_object(const struct members *m)
{
    return json_object(m->items, m->count);
}

int64_t member_i64(struct json object, const char *name)
{
    int64_t number = 0;

    (void)json_to_i64(json_member(object, name), &number);
    return number;
}

struct str member_str(struct json object, const char *name)
{
    return json_text(json_member(object, name));
}

static const struct json_limits stored_limits = {
    .bytes_max = 512 << 20,
    .depth_max = JSON_DEPTH_MAX,
    .values_max = 1 << 26,
    .duplicates = JSON_KEEP_LAST,
};

enum status json_read_stored(struct scope *s, struct str text, struct json *out)
{
    enum status e = json_parse(s, text, &stored_limits, out);

    return e == INVALID ? fail(s, CORRUPT, "what was kept of an execution is no JSON") : e;
}

enum status json_read_given(struct scope *s, struct str text, struct json *out)
{
    return json_parse(s, text, &json_limits_lenient, out);
}

void flow_audit(struct change *c, const struct owner *owner, const char *action, struct str subject)
{
    struct audit_entry entry = {
        .tenant = owner->tenant,
        .actor = owner->actor.bytes ? owner->actor : str("system"),
        .action = str(action),
        .subject = subject,
    };

    change_audit(c, &entry);
}
