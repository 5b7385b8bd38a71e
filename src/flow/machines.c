#include "flow/machines.h"

#include "core/scope.h"
#include "flow/arn.h"
#include "flow/definition.h"
#include "flow/flow_impl.h"
#include "flow/machines_impl.h"
#include "store/record.h"
#include "sys/log.h"
#include "sys/world.h"

enum { MEMBERS = 14 };

struct str machine_content(struct scope *s, const struct machine_found *found)
{
    const struct machine_record *m = &found->machine;
    struct members o = members_make(s, MEMBERS);

    members_str(&o, "definition", found->definition_key);
    members_str(&o, "role", m->role_arn);
    members_str(&o, "revision", m->revision);
    if (m->express)
        members_add(&o, "express", json_bool(true));
    if (m->revised)
        members_add(&o, "revised", json_bool(true));
    members_i64(&o, "created", m->created_at_us);
    members_i64(&o, "updated", m->updated_at_us);
    members_i64(&o, "versions", found->versions);
    members_str(&o, "published", found->published);
    members_i64(&o, "version", m->version);
    members_str(&o, "description", m->description);
    members_add(&o, "more", m->more);
    return json_to_str(s, members_object(&o));
}

enum status machine_read(struct scope *s, const struct flow *f, const struct owner *owner,
                         const struct record *r, struct str name, struct machine_found *out)
{
    struct json j = {0};

    TRY(json_read_stored(s, r->content, &j));
    out->version = r->version;
    out->definition_key = member_str(j, "definition");
    out->versions = (uint32_t)member_i64(j, "versions");
    out->published = member_str(j, "published");
    out->machine = (struct machine_record){
        .arn = arn_write(s, f->region, owner->account, "stateMachine", name, (struct str){0}),
        .name = name,
        .role_arn = member_str(j, "role"),
        .revision = member_str(j, "revision"),
        .express = json_is(json_member(j, "express"), JSON_TRUE),
        .created_at_us = member_i64(j, "created"),
        .updated_at_us = member_i64(j, "updated"),
        .revised = json_is(json_member(j, "revised"), JSON_TRUE),
        .more = json_member(j, "more"),
        .description = member_str(j, "description"),
        .version = (uint32_t)member_i64(j, "version"),
    };
    return OK;
}

enum status machine_look_up(struct scope *s, const struct flow *f, const struct owner *owner,
                            struct str arn, struct machine_found *out)
{
    struct arn a = {0};
    struct record r = {0};

    if (!arn_read(arn, &a) || !str_is(a.service, "states") || !str_is(a.kind, "stateMachine"))
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    if (str_equal(a.account, owner->account))
        TRY(record_find(s, f->store, &flow_machines_table, owner->tenant, a.name, &r));
    *out = (struct machine_found){0};
    if (r.version)
        TRY(machine_read(s, f, owner, &r, a.name, out));
    if (r.version && a.rest.bytes) {
        struct machine_found machine = *out;
        TRY(version_look_up(s, f, owner, &machine, a.rest, out));
    }
    return out->version ? OK : fail(s, NOT_FOUND, "State Machine Does Not Exist: '%.*s'", STR(arn));
}

static enum status check(struct scope *s, const struct flow *f, const struct machine_record *m)
{
    const struct definition *definition = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;
    struct definition_options options = {
        .express = m->express,
        .require_token_timeout = f->require_token_timeout,
    };

    if (!flow_name_valid(m->name))
        return fail(s, INVALID, "Invalid Name: '%.*s'", STR(m->name));
    TRY(definition_compile(s, m->definition, &options, &definition, &found, &count));
    for (size_t i = 0; i < count; i++) {
        if (found[i].severity == DIAGNOSTIC_WARNING) {
            log_event(LOG_WARN, "flow.definition_warning", LOG_STR("machine", m->name),
                      LOG_STR("code", found[i].code), LOG_STR("location", found[i].location),
                      LOG_END);
        }
    }
    return OK;
}

static void put(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                struct machine_found *found, struct record_condition condition)
{
    struct machine_record *m = &found->machine;
    struct record r = {.partition = owner->tenant, .sort = m->name};

    m->arn = arn_write(s, f->region, owner->account, "stateMachine", m->name, (struct str){0});
    found->definition_key = definition_put(s, f, c, m->definition, m->express);
    if (m->publish)
        version_publish(s, owner, c, found);
    uint32_t version = m->version;
    m->version = 0;
    r.content = machine_content(s, found);
    m->version = version;
    change_put(c, &flow_machines_table, &r, condition);
}

static bool is_same(const struct machine_record *a, const struct machine_record *b)
{
    return str_equal(a->definition, b->definition) && a->express == b->express &&
           json_equal(json_member(a->more, "loggingConfiguration"),
                      json_member(b->more, "loggingConfiguration")) &&
           json_equal(json_member(a->more, "tracingConfiguration"),
                      json_member(b->more, "tracingConfiguration"));
}

enum status flow_machine_create(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, const struct machine_record *m,
                                struct machine_record *out, bool *existed)
{
    struct record r = {0};

    TRY(check(s, f, m));
    *existed = false;
    TRY(record_find(s, f->store, &flow_machines_table, owner->tenant, m->name, &r));
    if (r.version) {
        struct machine_found found = {0};
        TRY(machine_read(s, f, owner, &r, m->name, &found));
        TRY(definition_text(s, f, found.definition_key, &found.machine.definition));
        *out = found.machine;
        *existed = true;
        // CreateStateMachine: role and tags are not looked at when it is repeated.
        return is_same(m, out)
                   ? OK
                   : fail(s, CONFLICT, "State Machine Already Exists: '%.*s'", STR(out->arn));
    }
    struct machine_found made = {.machine = *m};
    made.machine.revision = world_uuid(f->world, s);
    made.machine.created_at_us = made.machine.updated_at_us = world_now_us(f->world);
    put(s, f, owner, c, &made, if_absent());
    *out = made.machine;
    flow_audit(c, owner, "machine.created", out->arn);
    return OK;
}

enum status flow_machine_update(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, const struct machine_record *m,
                                struct machine_record *out)
{
    struct machine_found found = {0};

    TRY(machine_look_up(s, f, owner, m->arn, &found));
    if (found.machine.version)
        return fail(s, INVALID, "a version never changes");
    struct machine_record *now = &found.machine;
    TRY(definition_text(s, f, found.definition_key, &now->definition));
    struct machine_record before = *now;
    if (m->definition.bytes)
        now->definition = m->definition;
    if (m->role_arn.bytes)
        now->role_arn = m->role_arn;
    for (uint32_t i = 0; json_is(m->more, JSON_OBJECT) && i < m->more.count; i++)
        now->more = json_with(s, json_is(now->more, JSON_OBJECT) ? now->more : json_object(NULL, 0),
                              m->more.members[i].name, m->more.members[i].value);
    TRY(check(s, f, now));
    if (!is_same(&before, now) || !str_equal(before.role_arn, now->role_arn)) {
        now->revision = world_uuid(f->world, s);
        now->revised = true;
    }
    now->updated_at_us = world_now_us(f->world);
    now->publish = m->publish;
    now->description = m->description;
    put(s, f, owner, c, &found, if_version(found.version));
    *out = *now;
    flow_audit(c, owner, "machine.updated", out->arn);
    return OK;
}

enum status flow_machine_get(struct scope *s, struct flow *f, const struct owner *owner,
                             struct str arn, struct machine_record *out)
{
    struct machine_found found = {0};

    TRY(machine_look_up(s, f, owner, arn, &found));
    *out = found.machine;
    return definition_text(s, f, found.definition_key, &out->definition);
}

// What runs goes on with the definition it was started with.
enum status flow_machine_delete(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, struct str arn)
{
    struct machine_found found = {0};

    enum status e = machine_look_up(s, f, owner, arn, &found);
    if (e == NOT_FOUND) { // DeleteStateMachine may be repeated
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    if (found.machine.version)
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    change_remove(c, &flow_machines_table, owner->tenant, found.machine.name,
                  if_version(found.version));
    flow_audit(c, owner, "machine.deleted", found.machine.arn);
    return OK;
}

enum status flow_machine_list(struct scope *s, struct flow *f, const struct owner *owner,
                              size_t limit, struct str cursor, struct machine_record **out,
                              size_t *count, struct str *next)
{
    struct page page = {0};
    struct query query = {.table = &flow_machines_table,
                          .partition = owner->tenant,
                          .limit = limit,
                          .cursor = cursor};

    TRY(record_query(s, f->store, &query, &page));
    *out = scope_array(s, page.count, sizeof **out);
    for (size_t i = 0; i < page.count; i++) {
        struct machine_found found = {0};
        TRY(machine_read(s, f, owner, &page.records[i], page.records[i].sort, &found));
        (*out)[i] = found.machine;
    }
    *count = page.count;
    *next = page.cursor;
    return OK;
}
