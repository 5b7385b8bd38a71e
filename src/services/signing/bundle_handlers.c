// Handlers of bundles: what the API tells about them, and their documents. Members are told by a
// list of names, so that a link, a token or a personal number that somebody adds to a record does
// not come out by itself; the number of a signee is masked.
#include "core/buf.h"
#include "core/scope.h"
#include "services/signing/service_impl.h"
#include "store/blob.h"

enum {
    PIECE_BYTES = 256 << 10,
    PNR_SHOWN_BYTES = 8, // the day of birth
    FIRST_VEHICLES = 100,
    LIMIT_MAX = 1000,
};

static const char *const summary_members[] = {
    "bundle_id",  "status",          "bundle_date",  "dealer_id", "vehicle_count",
    "provider",   "delivered_count", "failed_count", "why",       "created_at",
    "updated_at", "started_at",      "deadline_at",  NULL,
};
static const char *const header_members[] = {
    "dealer_orgnr", "country",     "language",        "currency", "files",     "moves",
    "execution",    "runs",        "order",           "unsigned", "signed",    "signed_uri",
    "original",     "signing_log", "sign_request_id", "attempt",  "reference", NULL,
};
static const char *const session_members[] = {"state", "reason", "mailed_at", "reminded_at", NULL};
static const char *const mark_members[] = {"mark", "at", "kind", "reason", NULL};
static const char *const vehicle_members[] = {
    "contract_id", "sequence_no", "status",         "file",         "line", "pages", "first_page",
    "dip",         "dip_id",      "onbase_receipt", "delivered_at", "why",  "moved", "created_at",
    "updated_at",  NULL,
};

// Adds the members of these names that `from` has.
static struct json pick(struct scope *s, struct json to, struct json from, const char *const *names)
{
    for (; *names; names++) {
        struct json value = json_member(from, *names);
        if (value.type != JSON_NONE)
            to = json_with(s, to, str(*names), value);
    }
    return to;
}

static struct str masked(struct scope *s, struct str pnr)
{
    if (pnr.bytes == 0)
        return pnr;
    return str_concat(s, 2, str_slice(pnr, 0, PNR_SHOWN_BYTES), str("-****"));
}

static struct json told_signee(struct scope *s, struct json signee)
{
    static const char *const names[] = {"name", "email", NULL};
    struct str pnr = json_text(json_member(signee, "pnr"));
    struct json told = pick(s, json_object(NULL, 0), signee, names);

    return pnr.bytes ? json_with(s, told, str("pnr"), json_string(masked(s, pnr))) : told;
}

static struct json told_marks(struct scope *s, struct json marks)
{
    struct json *items = scope_array(s, marks.count, sizeof *items);

    for (size_t i = 0; i < marks.count; i++)
        items[i] = pick(s, json_object(NULL, 0), json_at(marks, i), mark_members);
    return json_array(items, marks.count);
}

static struct json told_header(struct scope *s, const struct bundle *b)
{
    struct json told = pick(s, json_object(NULL, 0), b->more, summary_members);
    struct json session = bundle_member(b, "session");
    struct json marks = bundle_member(b, "marks");

    told = json_with(s, told, str("signee"), told_signee(s, bundle_member(b, "signee")));
    told = pick(s, told, b->more, header_members);
    if (json_is(session, JSON_OBJECT))
        told = json_with(s, told, str("session"),
                         pick(s, json_object(NULL, 0), session, session_members));
    if (json_is(marks, JSON_ARRAY))
        told = json_with(s, told, str("marks"), told_marks(s, marks));
    return told;
}

static struct json told_vehicle(struct scope *s, const struct vehicle *v)
{
    struct json told = pick(s, json_object(NULL, 0), v->more, vehicle_members);
    struct json row = vehicle_member(v, "row");
    struct str pnr = json_text(json_member(row, "signee_pnr"));

    if (pnr.bytes)
        row = json_with(s, row, str("signee_pnr"), json_string(masked(s, pnr)));
    return row.type == JSON_NONE ? told : json_with(s, told, str("row"), row);
}

static struct json page_of(struct scope *s, const struct json *items, size_t count,
                           struct str cursor)
{
    struct json page = json_with(s, json_object(NULL, 0), str("items"), json_array(items, count));

    return cursor.bytes ? json_with(s, page, str("cursor"), json_string(cursor)) : page;
}

static uint64_t limit_of(const struct call *c, uint64_t standard)
{
    uint64_t limit = standard;

    (void)str_to_u64(call_query(c, "limit"), LIMIT_MAX, &limit);
    return limit;
}

// -- lists ---------------------------------------------------------------------------------------

enum status list_bundles(struct scope *s, struct call *c)
{
    struct bundle_page page = {0};
    enum bundle_status status = BUNDLE_STATUSES;
    struct bundle_query q = {.tenant = call_principal(c)->tenant,
                             .limit = (size_t)limit_of(c, FIRST_VEHICLES),
                             .cursor = call_query(c, "cursor")};

    if (call_query(c, "status").bytes && !bundle_status_parse(call_query(c, "status"), &status))
        return fail(s, INVALID, "there is no status %.*s", STR(call_query(c, "status")));
    q.status = status;
    TRY(bundle_list(s, call_platform(c)->store, &q, &page));
    struct json *items = scope_array(s, page.count, sizeof *items);
    for (size_t i = 0; i < page.count; i++)
        items[i] = pick(s, json_object(NULL, 0), page.bundles[i].more, summary_members);
    call_answer_json(c, 200, page_of(s, items, page.count, page.cursor));
    return OK;
}

static enum status find(struct scope *s, struct call *c, struct bundle *b)
{
    struct str id = call_path(c, "bundleId");
    enum status e = bundle_get(s, call_platform(c)->store, call_principal(c)->tenant, id, b);

    return e == NOT_FOUND ? fail(s, e, "there is no bundle %.*s", STR(id)) : e;
}

static enum status read_vehicles(struct scope *s, struct call *c, const struct bundle *b,
                                 uint64_t limit, struct str cursor, struct json *out)
{
    struct vehicle *vehicles = NULL;
    size_t count = 0;
    struct str next = {0};

    TRY(bundle_vehicle_page(s, call_platform(c)->store, b, (size_t)limit, cursor, &vehicles, &count,
                            &next));
    struct json *items = scope_array(s, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = told_vehicle(s, &vehicles[i]);
    *out = page_of(s, items, count, next);
    return OK;
}

enum status get_bundle(struct scope *s, struct call *c)
{
    struct bundle b = {0};
    struct json vehicles = {0};

    TRY(find(s, c, &b));
    TRY(read_vehicles(s, c, &b, limit_of(c, FIRST_VEHICLES), (struct str){0}, &vehicles));
    call_answer_json(c, 200, json_with(s, told_header(s, &b), str("vehicles"), vehicles));
    return OK;
}

enum status list_bundle_vehicles(struct scope *s, struct call *c)
{
    struct bundle b = {0};
    struct json page = {0};

    TRY(find(s, c, &b));
    TRY(read_vehicles(s, c, &b, limit_of(c, FIRST_VEHICLES), call_query(c, "cursor"), &page));
    call_answer_json(c, 200, page);
    return OK;
}

// -- documents -----------------------------------------------------------------------------------

static const struct {
    const char *which;
    const char *member;
    const char *media_type;
} documents[] = {
    {"unsigned", "unsigned", "application/pdf"}, {"signed", "signed", "application/pdf"},
    {"original", "original", "application/pdf"}, {"order", "order", "application/json"},
    {"log", "signing_log", "application/json"},
};

// Who reads a document is on record before it is given.
static enum status audit_reading(struct scope *s, struct call *c, const struct bundle *b,
                                 struct str which)
{
    struct json_member members[] = {{str("which"), json_string(which)}};
    struct change *change = change_new(s);

    change_audit(change, &(struct audit_entry){.tenant = b->tenant,
                                               .actor = call_principal(c)->id,
                                               .action = str("bundle.document.read"),
                                               .subject = b->bundle_id,
                                               .details = json_to_str(s, json_object(members, 1))});
    return store_commit(s, call_platform(c)->store, change);
}

static enum status open_document(struct scope *s, struct call *c, struct json pointer,
                                 struct blob_reader **reader, struct blob_info *info)
{
    static const struct bucket_def *const buckets[] = {&contract_artifacts_bucket,
                                                       &contract_signed_bucket};
    struct str bucket = json_text(json_member(pointer, "bucket"));

    for (size_t i = 0; i < 2; i++) {
        if (str_is(bucket, buckets[i]->name))
            return blob_open(s, call_platform(c)->store, buckets[i],
                             json_text(json_member(pointer, "key")), reader, info);
    }
    return fail(s, CORRUPT, "the document lies in no bucket that is known");
}

static enum status send(struct scope *s, struct call *c, struct blob_reader *reader,
                        const struct blob_info *info, const char *media_type)
{
    char *piece = scope_bytes(s, PIECE_BYTES);

    TRY(call_stream_begin(s, c, 200, media_type));
    for (uint64_t at = 0; at < info->bytes; at += PIECE_BYTES) {
        size_t bytes = info->bytes - at < PIECE_BYTES ? (size_t)(info->bytes - at) : PIECE_BYTES;
        TRY(blob_read_at(s, reader, at, piece, bytes));
        TRY(call_stream_write(s, c, str_of(piece, bytes)));
    }
    return OK;
}

enum status get_bundle_document(struct scope *s, struct call *c)
{
    struct str which = call_query(c, "which");
    struct blob_reader *reader = NULL;
    struct blob_info info = {0};
    struct bundle b = {0};
    size_t i = 0;

    TRY(find(s, c, &b));
    while (i < sizeof documents / sizeof documents[0] && !str_is(which, documents[i].which))
        i++;
    if (i == sizeof documents / sizeof documents[0])
        return fail(s, INVALID, "there is no document %.*s", STR(which));
    struct json pointer = bundle_member(&b, documents[i].member);
    if (!json_is(pointer, JSON_OBJECT))
        return fail(s, NOT_FOUND, "the bundle has no document \"%.*s\" yet", STR(which));
    enum status e = open_document(s, c, pointer, &reader, &info);
    if (e == NOT_FOUND)
        return fail(s, e, "the document \"%.*s\" was kept for a while only, and is gone",
                    STR(which));
    TRY(e);
    TRY(audit_reading(s, c, &b, which));
    return send(s, c, reader, &info, documents[i].media_type);
}
