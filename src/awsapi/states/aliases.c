// Aliases: a name that stands for one or two versions of a state machine, by weight. A record each,
// by tenant and machine; one that a deleted machine left behind tells itself by when that was made.
#include "awsapi/states/states_impl.h"
#include "core/buf.h"
#include "core/scope.h"
#include "edge/service.h"
#include "flow/machines.h"
#include "store/record.h"
#include "sys/world.h"

enum { RECEIVED_BYTES_MAX = 8192, WEIGHT_ALL = 100 };

const struct table_def states_aliases_table = {.name = "states_aliases"};

static const char arn_member[] = "stateMachineVersionArn";
static const char list_member[] = "routingConfiguration";

struct alias {
    struct str name;
    struct str description;
    struct json routing;
    int64_t created_at_us;
    int64_t updated_at_us;
    int64_t machine_made_at_us;
    uint64_t version; // of the record; 0: there is none
};

static struct str partition_of(struct scope *s, const struct asked *a, struct str machine)
{
    return str_concat(s, 3, a->owner.tenant, str("/"), machine);
}

static struct json number(struct scope *s, int64_t n)
{
    return json_i64(s, n);
}

static void put_alias(struct scope *s, struct asked *a, struct str machine, const struct alias *l)
{
    struct fields f = fields_make(s);
    struct record r = {.partition = partition_of(s, a, machine), .sort = l->name};

    fields_text(&f, "description", l->description);
    fields_json(&f, "routing", l->routing);
    fields_json(&f, "created", number(s, l->created_at_us));
    fields_json(&f, "updated", number(s, l->updated_at_us));
    fields_json(&f, "machine", number(s, l->machine_made_at_us));
    r.content = json_to_str(s, fields_object(&f));
    change_put(call_change(a->call), &states_aliases_table, &r, if_version(l->version));
}

static enum status read_alias(struct scope *s, const struct record *r, struct alias *out)
{
    struct json j = {0};

    TRY(json_parse(s, r->content, &json_limits_strict, &j));
    *out = (struct alias){.name = r->sort,
                          .description = json_text(json_member(j, "description")),
                          .routing = json_member(j, "routing"),
                          .version = r->version};
    (void)json_to_i64(json_member(j, "created"), &out->created_at_us);
    (void)json_to_i64(json_member(j, "updated"), &out->updated_at_us);
    (void)json_to_i64(json_member(j, "machine"), &out->machine_made_at_us);
    return OK;
}

// The machine's ARN in that of a version or an alias.
static struct str machine_of(const struct states_arn *arn)
{
    return arn->rest.bytes ? str_slice(arn->text, 0, arn->text.bytes - arn->rest.bytes - 1)
                           : arn->text;
}

// Finds the alias of an ARN; version 0: there is none, or its machine is another one by now.
static enum status find_alias(struct scope *s, struct asked *a, const struct states_arn *arn,
                              struct str name, struct machine_record *machine, struct alias *out)
{
    struct record r = {0};

    *out = (struct alias){.name = name};
    enum status e = flow_machine_get(s, a->flow, &a->owner, machine_of(arn), machine);
    if (e == OK)
        e = record_get(s, call_platform(a->call)->store, &states_aliases_table,
                       partition_of(s, a, arn->name), name, &r);
    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    TRY(read_alias(s, &r, out));
    if (out->machine_made_at_us != machine->created_at_us)
        *out = (struct alias){.name = name, .version = r.version};
    return OK;
}

static enum status no_alias(struct scope *s, struct asked *a)
{
    return fault(s, a, NOT_FOUND, "ResourceNotFound",
                 "Request references a resource that does not exist.");
}

// -- routing -----------------------------------------------------------------------------------

static struct str received(struct scope *s, struct json routing, const char *member)
{
    struct buf b = buf_make(s, RECEIVED_BYTES_MAX);

    for (size_t i = 0; i < routing.count; i++) {
        if (i)
            buf_put_z(&b, ", ");
        buf_put(&b, json_text(json_member(json_at(routing, i), member)));
    }
    return buf_str(&b);
}

static enum status wrong_routing(struct scope *s, struct asked *a, const char *what,
                                 struct json routing, const char *member)
{
    return fault(s, a, INVALID, "ValidationException", "%s. Received: [%.*s]", what,
                 STR(received(s, routing, member)));
}

static enum status check_weights(struct scope *s, struct asked *a, struct json routing)
{
    int64_t sum = 0;

    for (size_t i = 0; i < routing.count; i++) {
        struct json given = json_member(json_at(routing, i), "weight");
        int64_t weight = -1;
        if (!json_to_i64(given, &weight) || weight < 0 || weight > WEIGHT_ALL) {
            return fault(s, a, INVALID, "ValidationException",
                         "1 validation error detected: Value '%.*s' at "
                         "'routingConfiguration.%zu.member.weight' failed to satisfy constraint: "
                         "Member must have value %s than or equal to %d",
                         STR(json_text(given)), i + 1, weight < 0 ? "greater" : "less",
                         weight < 0 ? 0 : WEIGHT_ALL);
        }
        sum += weight;
    }
    if (sum != WEIGHT_ALL)
        return wrong_routing(s, a, "Sum of routing configuration weights must equal 100", routing,
                             "weight");
    return OK;
}

// Each is a version of the machine, which is found by the first of them.
static enum status check_routing(struct scope *s, struct asked *a, struct json routing,
                                 struct states_arn *first)
{
    for (size_t i = 0; i < routing.count; i++) {
        struct asked one = *a;
        struct states_arn arn = {0};
        struct machine_record version = {0};
        uint64_t number_of = 0;
        one.request = json_at(routing, i);
        TRY(asked_arn(s, &one, arn_member, "stateMachine", &arn));
        if (!str_to_u64(arn.rest, UINT32_MAX, &number_of)) {
            return wrong_routing(s, a,
                                 "Routing configuration must contain state machine version ARNs",
                                 routing, arn_member);
        }
        if (i > 0 && str_equal(arn.text, first->text)) {
            return wrong_routing(
                s, a, "Routing configuration must contain distinct state machine version ARNs",
                routing, arn_member);
        }
        if (i > 0 && !str_equal(arn.name, first->name)) {
            return wrong_routing(s, a,
                                 "Routing configuration must contain versions of one state machine",
                                 routing, arn_member);
        }
        enum status e = flow_machine_get(s, a->flow, &a->owner, arn.text, &version);
        TRY(fault_if(s, a, e, NOT_FOUND, "ResourceNotFound",
                     "Request references a resource that does not exist."));
        if (i == 0)
            *first = arn;
    }
    return check_weights(s, a, routing);
}

// CharacterRestrictedName: letters, digits, '_', '-' and '.', not digits alone.
static enum status check_name(struct scope *s, struct asked *a, struct str name)
{
    bool other = false;
    bool sound = true;

    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        sound = sound && (digit || letter || c == '_' || c == '-' || c == '.');
        other = other || !digit;
    }
    if (sound && other)
        return OK;
    return fault(s, a, INVALID, "ValidationException",
                 "1 validation error detected: Value '%.*s' at 'name' failed to satisfy "
                 "constraint: Member must satisfy regular expression pattern: "
                 "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$",
                 STR(name));
}

// -- operations --------------------------------------------------------------------------------

static struct str alias_arn(struct scope *s, struct str machine_arn, struct str name)
{
    return str_concat(s, 3, machine_arn, str(":"), name);
}

enum status states_alias_create(struct scope *s, struct asked *a)
{
    struct json routing = json_member(a->request, list_member);
    struct str name = asked_text(a, "name");
    struct states_arn first = {0};
    struct machine_record machine = {0};
    struct alias alias = {0};

    TRY(check_name(s, a, name));
    TRY(check_routing(s, a, routing, &first));
    TRY(find_alias(s, a, &first, name, &machine, &alias));
    if (alias.created_at_us && (!json_equal(alias.routing, routing) ||
                                !str_equal(alias.description, asked_text(a, "description")))) {
        return fault(s, a, CONFLICT, "ConflictException",
                     "Failed to create alias because an alias with the same name and a different "
                     "routing configuration already exists.");
    }
    if (!alias.created_at_us) {
        alias.description = asked_text(a, "description");
        alias.routing = routing;
        alias.created_at_us = alias.updated_at_us = call_now_us(a->call);
        alias.machine_made_at_us = machine.created_at_us;
        put_alias(s, a, first.name, &alias);
    }
    struct fields f = fields_make(s);
    fields_text(&f, "stateMachineAliasArn", alias_arn(s, machine_of(&first), name));
    fields_time(&f, "creationDate", alias.created_at_us);
    answer(a, &f);
    return OK;
}

// Finds the alias that the request's ARN names.
static enum status asked_alias(struct scope *s, struct asked *a, struct states_arn *arn,
                               struct alias *out)
{
    struct machine_record machine = {0};

    TRY(asked_arn(s, a, "stateMachineAliasArn", "stateMachine", arn));
    if (!arn->rest.bytes)
        return fault(s, a, INVALID, "InvalidArn", "Invalid Arn: '%.*s'", STR(arn->text));
    TRY(find_alias(s, a, arn, arn->rest, &machine, out));
    return out->created_at_us ? OK : no_alias(s, a);
}

enum status states_alias_update(struct scope *s, struct asked *a)
{
    struct json routing = json_member(a->request, list_member);
    struct json description = json_member(a->request, "description");
    struct states_arn arn = {0};
    struct states_arn first = {0};
    struct alias alias = {0};

    TRY(asked_alias(s, a, &arn, &alias));
    if (json_is(routing, JSON_ARRAY)) {
        TRY(check_routing(s, a, routing, &first));
        alias.routing = routing;
    }
    if (json_is(description, JSON_STRING))
        alias.description = json_text(description);
    alias.updated_at_us = call_now_us(a->call);
    put_alias(s, a, arn.name, &alias);
    struct fields f = fields_make(s);
    fields_time(&f, "updateDate", alias.updated_at_us);
    answer(a, &f);
    return OK;
}

enum status states_alias_describe(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct alias alias = {0};

    TRY(asked_alias(s, a, &arn, &alias));
    struct fields f = fields_make(s);
    fields_text(&f, "stateMachineAliasArn", arn.text);
    fields_text(&f, "name", alias.name);
    fields_text(&f, "description", alias.description);
    fields_json(&f, list_member, alias.routing);
    fields_time(&f, "creationDate", alias.created_at_us);
    fields_time(&f, "updateDate", alias.updated_at_us);
    answer(a, &f);
    return OK;
}

enum status states_alias_delete(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct alias alias = {0};

    TRY(asked_alias(s, a, &arn, &alias));
    change_remove(call_change(a->call), &states_aliases_table, partition_of(s, a, arn.name),
                  alias.name, if_version(alias.version));
    return OK;
}

static bool routes_to(struct json routing, struct str version_arn)
{
    for (size_t i = 0; i < routing.count; i++)
        if (str_equal(json_text(json_member(json_at(routing, i), arn_member)), version_arn))
            return true;
    return false;
}

// Reads a page of the aliases of an ARN's machine; with a version's ARN those that route to it.
// Errors: NOT_FOUND there is no such machine; INVALID the cursor.
static enum status read_aliases(struct scope *s, struct asked *a, const struct states_arn *arn,
                                struct page *page, struct alias **out, size_t *count)
{
    struct machine_record machine = {0};
    struct query query = {.table = &states_aliases_table,
                          .partition = partition_of(s, a, arn->name),
                          .limit = asked_page(a),
                          .cursor = asked_text(a, "nextToken")};

    TRY(flow_machine_get(s, a->flow, &a->owner, machine_of(arn), &machine));
    TRY(record_query(s, call_platform(a->call)->store, &query, page));
    *out = scope_array(s, page->count, sizeof **out);
    *count = 0;
    for (size_t i = 0; i < page->count; i++) {
        struct alias *l = &(*out)[*count];
        TRY(read_alias(s, &page->records[i], l));
        bool meant = arn->rest.bytes == 0 || routes_to(l->routing, arn->text);
        *count += meant && l->machine_made_at_us == machine.created_at_us;
    }
    return OK;
}

enum status states_alias_list(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct page page = {0};
    struct alias *aliases = NULL;
    size_t count = 0;

    TRY(asked_arn(s, a, "stateMachineArn", "stateMachine", &arn));
    enum status e = read_aliases(s, a, &arn, &page, &aliases, &count);
    e = fault_if(s, a, e, NOT_FOUND, "StateMachineDoesNotExist",
                 "State Machine Does Not Exist: '%.*s'", STR(arn.text));
    TRY(fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'"));
    struct json *items = scope_array(s, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct fields f = fields_make(s);
        fields_text(&f, "stateMachineAliasArn", alias_arn(s, machine_of(&arn), aliases[i].name));
        fields_time(&f, "creationDate", aliases[i].created_at_us);
        items[i] = fields_object(&f);
    }
    answer_page(s, a, "stateMachineAliases", items, count, page.cursor);
    return OK;
}

enum status states_alias_uses(struct scope *s, struct asked *a, const struct states_arn *version,
                              bool *used)
{
    struct page page = {0};
    struct alias *aliases = NULL;
    size_t count = 0;
    enum status e = read_aliases(s, a, version, &page, &aliases, &count);

    *used = e == OK && count > 0;
    if (e == NOT_FOUND) {
        scope_forgive(s);
        e = OK;
    }
    return e;
}

enum status states_alias_pick(struct scope *s, struct asked *a, const struct states_arn *arn,
                              struct str *version_arn)
{
    struct machine_record machine = {0};
    struct alias alias = {0};
    uint32_t chance = 0;

    *version_arn = arn->text;
    TRY(find_alias(s, a, arn, arn->rest, &machine, &alias));
    world_random(call_platform(a->call)->world, &chance, sizeof chance);
    int64_t left = chance % WEIGHT_ALL;
    for (size_t i = 0; i < alias.routing.count && left >= 0; i++) {
        struct json route = json_at(alias.routing, i);
        int64_t weight = 0;
        (void)json_to_i64(json_member(route, "weight"), &weight);
        *version_arn = json_text(json_member(route, arn_member));
        left -= weight;
    }
    return OK;
}
