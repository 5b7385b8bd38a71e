// Bundles and vehicles as records, and the moves of their statuses.
#include "services/signing/bundle.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { VEHICLES_PAGE = 1000 };

static const char header_sort[] = "HEADER#0";
static const char vehicle_prefix[] = "VEHICLE#";
static const char vehicle_end[] = "VEHICLE$"; // '$' follows '#'

const struct table_def bundles_table = {
    .name = "bundles",
    .indexes = {{.name = "status", .partition_attribute = "status", .sort_attribute = "created"},
                {.name = "tenant",
                 .partition_attribute = "tenant",
                 .sort_attribute = "created",
                 .steady = true}},
    .feed = true,
};

struct status_row {
    const char *name;
    unsigned moves; // a bit for each status it may go to
};

#define FINAL 0U

// clang-format off
#define TO(status) (1U << BUNDLE_##status)
static const struct status_row bundle_rows[] = {
#define BUNDLE_STATUS(name, moves, meaning) {#name, moves},
#define VEHICLE_STATUS(name, moves, meaning)
#include "services/signing/bundle_statuses.def"
#undef BUNDLE_STATUS
#undef VEHICLE_STATUS
};
#undef TO

#define TO(status) (1U << VEHICLE_##status)
static const struct status_row vehicle_rows[] = {
#define BUNDLE_STATUS(name, moves, meaning)
#define VEHICLE_STATUS(name, moves, meaning) {#name, moves},
#include "services/signing/bundle_statuses.def"
#undef BUNDLE_STATUS
#undef VEHICLE_STATUS
};
#undef TO
// clang-format on

const char *bundle_status_name(enum bundle_status status)
{
    assert((unsigned)status < BUNDLE_STATUSES);
    return bundle_rows[status].name;
}

const char *vehicle_status_name(enum vehicle_status status)
{
    assert((unsigned)status < VEHICLE_STATUSES);
    return vehicle_rows[status].name;
}

bool bundle_status_parse(struct str name, enum bundle_status *out)
{
    for (unsigned i = 0; i < BUNDLE_STATUSES; i++) {
        if (str_is(name, bundle_rows[i].name)) {
            *out = (enum bundle_status)i;
            return true;
        }
    }
    return false;
}

static bool vehicle_status_parse(struct str name, enum vehicle_status *out)
{
    for (unsigned i = 0; i < VEHICLE_STATUSES; i++) {
        if (str_is(name, vehicle_rows[i].name)) {
            *out = (enum vehicle_status)i;
            return true;
        }
    }
    return false;
}

bool bundle_status_is_final(enum bundle_status status)
{
    return status == BUNDLE_DELIVERED || status == BUNDLE_PARTIAL_FAILED || status == BUNDLE_FAILED;
}

bool bundle_may_move(enum bundle_status from, enum bundle_status to)
{
    assert((unsigned)from < BUNDLE_STATUSES && (unsigned)to < BUNDLE_STATUSES);
    return (bundle_rows[from].moves & (1U << to)) != 0;
}

bool vehicle_may_move(enum vehicle_status from, enum vehicle_status to)
{
    assert((unsigned)from < VEHICLE_STATUSES && (unsigned)to < VEHICLE_STATUSES);
    return (vehicle_rows[from].moves & (1U << to)) != 0;
}

static struct str partition_of(struct scope *s, struct str tenant, struct str bundle_id)
{
    return str_concat(s, 3, tenant, str("/"), bundle_id);
}

static struct str vehicle_sort(struct scope *s, struct str contract_id)
{
    return str_concat(s, 2, str(vehicle_prefix), contract_id);
}

struct record_key vehicle_key(struct scope *s, const struct bundle *b, struct str contract_id)
{
    return (struct record_key){partition_of(s, b->tenant, b->bundle_id),
                               vehicle_sort(s, contract_id)};
}

static enum status read_content(struct scope *s, const struct record *r, struct json *out)
{
    if (json_parse(s, r->content, &json_limits_lenient, out) == OK && out->type == JSON_OBJECT)
        return OK;
    return fail(s, CORRUPT, "bundle %.*s: record %.*s is no JSON object", STR(r->partition),
                STR(r->sort));
}

enum status bundle_get(struct scope *s, struct store *store, struct str tenant,
                       struct str bundle_id, struct bundle *out)
{
    struct record r = {0};

    TRY(record_get(s, store, &bundles_table, partition_of(s, tenant, bundle_id), str(header_sort),
                   &r));
    return bundle_read(s, &r, out);
}

enum status bundle_read(struct scope *s, const struct record *r, struct bundle *out)
{
    size_t slash = str_find_byte(r->partition, '/');

    *out = (struct bundle){.tenant = str_of(r->partition.data, slash), .version = r->version};
    TRY(read_content(s, r, &out->more));
    out->bundle_id = json_text(json_member(out->more, "bundle_id"));
    if (!bundle_status_parse(json_text(json_member(out->more, "status")), &out->status))
        return fail(s, CORRUPT, "bundle %.*s has a status that nobody knows", STR(r->partition));
    return OK;
}

static enum status vehicle_read(struct scope *s, const struct record *r, struct str tenant,
                                struct str bundle_id, struct vehicle *out)
{
    int64_t sequence_no = 0;

    *out = (struct vehicle){.tenant = tenant, .bundle_id = bundle_id, .version = r->version};
    TRY(read_content(s, r, &out->more));
    out->contract_id = json_text(json_member(out->more, "contract_id"));
    (void)json_to_i64(json_member(out->more, "sequence_no"), &sequence_no);
    out->sequence_no = (uint32_t)sequence_no;
    if (!vehicle_status_parse(json_text(json_member(out->more, "status")), &out->status))
        return fail(s, CORRUPT, "vehicle %.*s has a status that nobody knows", STR(r->sort));
    return OK;
}

enum status vehicle_get(struct scope *s, struct store *store, struct str tenant,
                        struct str bundle_id, struct str contract_id, struct vehicle *out)
{
    struct record r = {0};

    TRY(record_get(s, store, &bundles_table, partition_of(s, tenant, bundle_id),
                   vehicle_sort(s, contract_id), &r));
    return vehicle_read(s, &r, tenant, bundle_id, out);
}

static int by_order(const void *left, const void *right)
{
    const struct vehicle *a = left;
    const struct vehicle *b = right;

    if (a->sequence_no != b->sequence_no)
        return a->sequence_no < b->sequence_no ? -1 : 1;
    return str_compare(a->contract_id, b->contract_id);
}

enum status bundle_vehicles(struct scope *s, struct store *store, struct str tenant,
                            struct str bundle_id, struct vehicle **out, size_t *count)
{
    struct query q = {.table = &bundles_table,
                      .partition = partition_of(s, tenant, bundle_id),
                      .sort_from = str(vehicle_prefix),
                      .sort_to = str(vehicle_end),
                      .limit = VEHICLES_PAGE};
    struct vehicle *all = NULL;
    size_t room = 0;
    size_t have = 0;

    do {
        struct page page = {0};
        TRY(record_query(s, store, &q, &page));
        if (have + page.count > room) {
            room = 2 * (have + page.count);
            struct vehicle *more = scope_array(s, room, sizeof *more);
            if (have)
                memcpy(more, all, have * sizeof *all);
            all = more;
        }
        for (size_t i = 0; i < page.count; i++)
            TRY(vehicle_read(s, &page.records[i], tenant, bundle_id, &all[have++]));
        q.cursor = page.cursor;
    } while (q.cursor.bytes);
    if (have)
        qsort(all, have, sizeof *all, by_order);
    *out = all;
    *count = have;
    return OK;
}

enum status bundle_vehicle_page(struct scope *s, struct store *store, const struct bundle *b,
                                size_t limit, struct str cursor, struct vehicle **out,
                                size_t *count, struct str *next)
{
    struct query q = {.table = &bundles_table,
                      .partition = partition_of(s, b->tenant, b->bundle_id),
                      .sort_from = str(vehicle_prefix),
                      .sort_to = str(vehicle_end),
                      .limit = limit,
                      .cursor = cursor};
    struct page page = {0};

    TRY(record_query(s, store, &q, &page));
    *out = scope_array(s, page.count, sizeof **out);
    *count = page.count;
    *next = page.cursor;
    for (size_t i = 0; i < page.count; i++)
        TRY(vehicle_read(s, &page.records[i], b->tenant, b->bundle_id, &(*out)[i]));
    return OK;
}

enum status bundle_list(struct scope *s, struct store *store, const struct bundle_query *query,
                        struct bundle_page *out)
{
    bool any = query->status == BUNDLE_STATUSES;
    struct query q = {.table = &bundles_table,
                      .index = any ? "tenant" : "status",
                      .partition = query->tenant,
                      .descending = true,
                      .limit = query->limit,
                      .cursor = query->cursor};
    struct page page = {0};

    if (!any)
        q.partition =
            str_concat(s, 3, query->tenant, str("/"), str(bundle_status_name(query->status)));
    TRY(record_query(s, store, &q, &page));
    *out = (struct bundle_page){.bundles = scope_array(s, page.count, sizeof *out->bundles),
                                .count = page.count,
                                .cursor = page.cursor};
    for (size_t i = 0; i < page.count; i++)
        TRY(bundle_read(s, &page.records[i], &out->bundles[i]));
    return OK;
}

// The content of a record: `more` with what every record has.
static struct json stamped(struct scope *s, struct json more, const char *status, int64_t now_us)
{
    struct json now = json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS));

    if (!json_member(more, "created_at").type)
        more = json_with(s, more, str("created_at"), now);
    more = json_with(s, more, str("updated_at"), now);
    return json_with(s, more, str("status"), json_string(str(status)));
}

static struct record_condition unchanged(uint64_t version)
{
    return version ? if_version(version) : if_absent();
}

static struct json move_made(struct scope *s, const char *to, int64_t now_us, struct str cause)
{
    struct json move = json_object(NULL, 0);

    move = json_with(s, move, str("to"), json_string(str(to)));
    move =
        json_with(s, move, str("at"), json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS)));
    return json_with(s, move, str("cause"), json_string(cause));
}

void bundle_move(struct scope *s, struct bundle *b, enum bundle_status to, int64_t now_us,
                 struct str cause)
{
    struct json moves = bundle_member(b, "moves");
    size_t from = moves.count >= BUNDLE_MOVES_MAX ? moves.count - BUNDLE_MOVES_MAX + 1 : 0;
    size_t count = 0;

    if (b->status == to)
        return;
    assert(bundle_may_move(b->status, to));
    struct json *items = scope_array(s, BUNDLE_MOVES_MAX, sizeof *items);
    for (size_t i = from; i < moves.count; i++)
        items[count++] = json_at(moves, i);
    items[count++] = move_made(s, bundle_status_name(to), now_us, cause);
    bundle_set(s, b, "moves", json_array(items, count));
    b->status = to;
}

void vehicle_move(struct scope *s, struct vehicle *v, enum vehicle_status to, int64_t now_us,
                  struct str cause)
{
    if (v->status == to)
        return;
    assert(vehicle_may_move(v->status, to));
    vehicle_set(s, v, "moved", move_made(s, vehicle_status_name(to), now_us, cause));
    v->status = to;
}

// Who looks at the log sees each step once: from where, to where, and why.
static void audit_move(struct scope *s, struct change *c, struct str tenant, const char *what,
                       struct str subject, struct str from, const char *to, struct json move)
{
    struct json details = json_object(NULL, 0);

    if (from.bytes)
        details = json_with(s, details, str("from"), json_string(from));
    details = json_with(s, details, str("status"), json_string(str(to)));
    if (json_text(json_member(move, "cause")).bytes)
        details = json_with(s, details, str("cause"), json_member(move, "cause"));
    change_audit(c, &(struct audit_entry){.tenant = tenant,
                                          .actor = str("system"),
                                          .action = str(what),
                                          .subject = subject,
                                          .details = json_to_str(s, details)});
}

void bundle_put(struct scope *s, struct change *c, const struct bundle *b, int64_t now_us)
{
    const char *status = bundle_status_name(b->status);
    struct str from = json_text(json_member(b->more, "status"));
    struct json moves = json_member(b->more, "moves");
    struct json last = moves.count ? json_at(moves, moves.count - 1) : json_null();
    struct json more = json_with(s, b->more, str("bundle_id"), json_string(b->bundle_id));
    struct attribute attributes[3];

    assert(!b->version || str_is(from, status) ||
           str_is(json_text(json_member(last, "to")), status));
    more = json_with(s, more, str("item_type"), json_string(str("header")));
    more = stamped(s, more, status, now_us);
    attributes[0] =
        (struct attribute){str("status"), str_concat(s, 3, b->tenant, str("/"), str(status))};
    attributes[1] = (struct attribute){str("tenant"), b->tenant};
    attributes[2] = (struct attribute){str("created"), json_text(json_member(more, "created_at"))};
    struct record r = {.partition = partition_of(s, b->tenant, b->bundle_id),
                       .sort = str(header_sort),
                       .content = json_to_str(s, more),
                       .attributes = attributes,
                       .attribute_count = 3};
    change_put(c, &bundles_table, &r, unchanged(b->version));
    if (!str_is(from, status))
        audit_move(s, c, b->tenant, "bundle.status", b->bundle_id, from, status, last);
}

void vehicle_put(struct scope *s, struct change *c, const struct vehicle *v, int64_t now_us)
{
    const char *status = vehicle_status_name(v->status);
    struct str from = json_text(json_member(v->more, "status"));
    struct json moved = json_member(v->more, "moved");
    struct json more = json_with(s, v->more, str("bundle_id"), json_string(v->bundle_id));

    assert(!v->version || str_is(from, status) ||
           str_is(json_text(json_member(moved, "to")), status));
    more = json_with(s, more, str("item_type"), json_string(str("vehicle")));
    more = json_with(s, more, str("contract_id"), json_string(v->contract_id));
    more = json_with(s, more, str("sequence_no"), json_i64(s, v->sequence_no));
    more = stamped(s, more, status, now_us);
    struct record r = {.partition = partition_of(s, v->tenant, v->bundle_id),
                       .sort = vehicle_sort(s, v->contract_id),
                       .content = json_to_str(s, more)};
    change_put(c, &bundles_table, &r, unchanged(v->version));
    if (v->version && !str_is(from, status))
        audit_move(s, c, v->tenant, "vehicle.status",
                   str_concat(s, 3, v->bundle_id, str("/"), v->contract_id), from, status, moved);
}

struct json bundle_member(const struct bundle *b, const char *name)
{
    return json_member(b->more, name);
}

static struct json with(struct scope *s, struct json more, const char *name, struct json value)
{
    if (more.type != JSON_OBJECT)
        more = json_object(NULL, 0);
    return value.type == JSON_NULL ? json_without(s, more, str(name))
                                   : json_with(s, more, str(name), value);
}

void bundle_set(struct scope *s, struct bundle *b, const char *name, struct json value)
{
    b->more = with(s, b->more, name, value);
}

struct json vehicle_member(const struct vehicle *v, const char *name)
{
    return json_member(v->more, name);
}

void vehicle_set(struct scope *s, struct vehicle *v, const char *name, struct json value)
{
    v->more = with(s, v->more, name, value);
}
