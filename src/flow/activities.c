// Activities: names under which workers outside fetch tasks.
#include "core/scope.h"
#include "flow/arn.h"
#include "flow/flow_impl.h"
#include "flow/outside.h"
#include "store/record.h"
#include "sys/world.h"

static struct str activity_arn(struct scope *s, const struct flow *f, const struct owner *owner,
                               struct str name)
{
    return arn_write(s, f->region, owner->account, "activity", name, (struct str){0});
}

enum status flow_activity_create(struct scope *s, struct flow *f, const struct owner *owner,
                                 struct change *c, struct str name, struct json tags,
                                 struct str *arn, int64_t *created_at_us)
{
    struct record r = {0};
    struct json j = {0};
    struct members m = members_make(s, 2);

    if (!flow_name_valid(name))
        return fail(s, INVALID, "Invalid Name: '%.*s'", STR(name));
    *arn = activity_arn(s, f, owner, name);
    TRY(record_find(s, f->store, &flow_activities_table, owner->tenant, name, &r));
    if (r.version) { // CreateActivity may be repeated
        TRY(json_read_stored(s, r.content, &j));
        *created_at_us = member_i64(j, "created");
        return OK;
    }
    *created_at_us = world_now_us(f->world);
    members_i64(&m, "created", *created_at_us);
    members_add(&m, "tags", tags);
    r = (struct record){
        .partition = owner->tenant, .sort = name, .content = json_to_str(s, members_object(&m))};
    change_put(c, &flow_activities_table, &r, if_absent());
    flow_audit(c, owner, "activity.created", *arn);
    return OK;
}

static enum status find(struct scope *s, struct flow *f, const struct owner *owner, struct str arn,
                        struct record *out)
{
    struct arn a = {0};

    if (!arn_read(arn, &a) || !str_is(a.kind, "activity") || a.rest.bytes)
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    if (str_equal(a.account, owner->account))
        TRY(record_find(s, f->store, &flow_activities_table, owner->tenant, a.name, out));
    return out->version ? OK : fail(s, NOT_FOUND, "Activity Does Not Exist: '%.*s'", STR(arn));
}

enum status flow_activity_delete(struct scope *s, struct flow *f, const struct owner *owner,
                                 struct change *c, struct str arn)
{
    struct record r = {0};
    enum status e = find(s, f, owner, arn, &r);

    if (e == NOT_FOUND) { // DeleteActivity may be repeated
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    change_remove(c, &flow_activities_table, owner->tenant, r.sort, if_version(r.version));
    flow_audit(c, owner, "activity.deleted", arn);
    return OK;
}

enum status flow_activity_get(struct scope *s, struct flow *f, const struct owner *owner,
                              struct str arn, struct str *name, int64_t *created_at_us)
{
    struct record r = {0};
    struct json j = {0};

    TRY(find(s, f, owner, arn, &r));
    TRY(json_read_stored(s, r.content, &j));
    *name = r.sort;
    *created_at_us = member_i64(j, "created");
    return OK;
}

enum status flow_activity_list(struct scope *s, struct flow *f, const struct owner *owner,
                               size_t limit, struct str cursor, struct json *out, struct str *next)
{
    struct page page = {0};
    struct query query = {.table = &flow_activities_table,
                          .partition = owner->tenant,
                          .limit = limit,
                          .cursor = cursor};

    TRY(record_query(s, f->store, &query, &page));
    struct json *items = scope_array(s, page.count, sizeof *items);
    for (size_t i = 0; i < page.count; i++) {
        struct members m = members_make(s, 4);
        struct json j = {0};
        TRY(json_read_stored(s, page.records[i].content, &j));
        members_str(&m, "arn", activity_arn(s, f, owner, page.records[i].sort));
        members_str(&m, "name", page.records[i].sort);
        members_add(&m, "created", json_member(j, "created"));
        members_add(&m, "tags", json_member(j, "tags"));
        items[i] = members_object(&m);
    }
    *out = json_array(items, page.count);
    *next = page.cursor;
    return OK;
}
