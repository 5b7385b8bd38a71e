// Versions of machines: a record each, under the machine's name and a number. They go with their
// machine: what a machine of the same name left behind tells itself by when that one was made.
#include "core/scope.h"
#include "flow/arn.h"
#include "flow/flow_impl.h"
#include "flow/machines_impl.h"
#include "sys/world.h"

static struct str partition_of(struct scope *s, const struct owner *owner, struct str name)
{
    return str_concat(s, 3, owner->tenant, str("/"), name);
}

static struct str sort_of(struct scope *s, uint32_t version)
{
    return str_format(s, "%010u", version);
}

void version_publish(struct scope *s, const struct owner *owner, struct change *c,
                     struct machine_found *m)
{
    if (str_equal(m->published, m->machine.revision)) {
        m->machine.version = m->versions;
        return;
    }
    m->published = m->machine.revision;
    m->machine.version = ++m->versions;
    struct machine_found version = *m;
    struct record r = {
        .partition = partition_of(s, owner, m->machine.name),
        .sort = sort_of(s, m->machine.version),
    };
    // `updated` says when the version was made, `created` of which machine it is.
    r.content = machine_content(s, &version);
    change_put(c, &flow_versions_table, &r, if_any());
}

// Reads a version that is the machine's; one of a machine that was deleted has no record's version.
static enum status read_version(struct scope *s, const struct flow *f, const struct owner *owner,
                                const struct machine_found *machine, const struct record *r,
                                struct machine_found *out)
{
    TRY(machine_read(s, f, owner, r, machine->machine.name, out));
    if (out->machine.created_at_us != machine->machine.created_at_us)
        out->version = 0;
    out->machine.created_at_us = out->machine.updated_at_us;
    return OK;
}

enum status version_look_up(struct scope *s, const struct flow *f, const struct owner *owner,
                            const struct machine_found *machine, struct str number,
                            struct machine_found *out)
{
    struct record r = {0};
    uint64_t version = 0;

    *out = (struct machine_found){0};
    if (!str_to_u64(number, UINT32_MAX, &version))
        return OK;
    TRY(record_find(s, f->store, &flow_versions_table,
                    partition_of(s, owner, machine->machine.name), sort_of(s, (uint32_t)version),
                    &r));
    return r.version ? read_version(s, f, owner, machine, &r, out) : OK;
}

enum status flow_version_publish(struct scope *s, struct flow *f, const struct owner *owner,
                                 struct change *c, struct str arn, struct str revision,
                                 struct str description, struct machine_record *out)
{
    struct machine_found found = {0};
    struct machine_record *m = &found.machine;

    TRY(machine_look_up(s, f, owner, arn, &found));
    if (m->version)
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    bool initial = str_is(revision, "INITIAL") && !m->revised;
    if (revision.bytes && !initial && !str_equal(revision, m->revision)) {
        return fail(s, CONFLICT,
                    "Failed to publish the State Machine version for revision %.*s. The current "
                    "State Machine revision is %.*s.",
                    STR(revision), STR(m->revision));
    }
    uint32_t versions = found.versions;
    struct machine_found content = found;
    found.machine.updated_at_us = world_now_us(f->world);
    found.machine.description = description;
    version_publish(s, owner, c, &found);
    *out = found.machine;
    if (found.versions == versions) { // it is one already
        struct machine_found before = {0};
        TRY(version_look_up(s, f, owner, &content, str_format(s, "%u", versions), &before));
        if (before.version)
            *out = before.machine;
        return OK;
    }
    content.versions = found.versions;
    content.published = found.published;
    struct record r = {
        .partition = owner->tenant, .sort = m->name, .content = machine_content(s, &content)};
    change_put(c, &flow_machines_table, &r, if_version(found.version));
    flow_audit(c, owner, "machine.published", m->arn);
    return OK;
}

enum status flow_version_delete(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, struct str arn)
{
    struct machine_found found = {0};
    enum status e = machine_look_up(s, f, owner, arn, &found);

    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    if (!found.machine.version)
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    change_remove(c, &flow_versions_table, partition_of(s, owner, found.machine.name),
                  sort_of(s, found.machine.version), if_version(found.version));
    flow_audit(c, owner, "machine.version_deleted", arn);
    return OK;
}

enum status flow_version_list(struct scope *s, struct flow *f, const struct owner *owner,
                              struct str arn, size_t limit, struct str cursor,
                              struct machine_record **out, size_t *count, struct str *next)
{
    struct machine_found machine = {0};
    struct page page = {0};

    TRY(machine_look_up(s, f, owner, arn, &machine));
    struct query query = {.table = &flow_versions_table,
                          .partition = partition_of(s, owner, machine.machine.name),
                          .descending = true,
                          .limit = limit,
                          .cursor = cursor};
    TRY(record_query(s, f->store, &query, &page));
    *out = scope_array(s, page.count, sizeof **out);
    *count = 0;
    for (size_t i = 0; i < page.count; i++) {
        struct machine_found found = {0};
        TRY(read_version(s, f, owner, &machine, &page.records[i], &found));
        if (found.version)
            (*out)[(*count)++] = found.machine;
    }
    *next = page.cursor;
    return OK;
}
