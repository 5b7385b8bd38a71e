#include "services/signing/builtin.h"

#include "core/base64.h"
#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "edge/secrets.h"
#include "services/signing/steps.h"
#include "store/blob.h"
#include "sys/world.h"

enum { PAGES_SHOWN_PAGE = 5000 };

static const char token_partition[] = "token/";
static const char page_prefix[] = "PAGE#";
static const char page_end[] = "PAGE$"; // '$' follows '#'

// A session lies in TENANT/ID with an empty sort key, the pages that were shown of it beside it,
// and what the digest of its token leads to in token/DIGEST.
const struct table_def sign_sessions_table = {.name = "sign_sessions"};

// Documents stay until long after the last deadline; a picture of a page is made again on demand.
const struct bucket_def sign_pages_bucket = {
    .name = "sign-pages",
    .lifecycles = {{"documents/", (int64_t)100 * 86400}, {"pages/", (int64_t)2 * 86400}}};

static const char *const state_names[] = {
    [SESSION_OPEN] = "OPEN",           [SESSION_SIGNED] = "SIGNED",
    [SESSION_REJECTED] = "REJECTED",   [SESSION_EXPIRED] = "EXPIRED",
    [SESSION_CANCELLED] = "CANCELLED", [SESSION_FAILED] = "FAILED",
};

static struct str partition_of(struct scope *s, struct str tenant, struct str id)
{
    return str_concat(s, 3, tenant, str("/"), id);
}

struct json sign_session_member(const struct sign_session *ss, const char *name)
{
    return json_member(ss->more, name);
}

void sign_session_set(struct scope *s, struct sign_session *ss, const char *name, struct json value)
{
    ss->more = value.type == JSON_NULL ? json_without(s, ss->more, str(name))
                                       : json_with(s, ss->more, str(name), value);
}

enum status sign_session_get(struct scope *s, struct store *store, struct str tenant, struct str id,
                             struct sign_session *out)
{
    struct record r = {0};

    *out = (struct sign_session){.tenant = tenant, .id = id, .state = SESSION_FAILED};
    TRY(record_get(s, store, &sign_sessions_table, partition_of(s, tenant, id), (struct str){0},
                   &r));
    TRY(json_parse(s, r.content, &json_limits_strict, &out->more));
    out->version = r.version;
    struct str state = json_text(json_member(out->more, "state"));
    for (unsigned i = 0; i < sizeof state_names / sizeof state_names[0]; i++)
        if (str_is(state, state_names[i]))
            out->state = (enum session_state)i;
    return OK;
}

static struct str token_key(struct scope *s, struct str token)
{
    return str_concat(s, 2, str(token_partition), digest_sha256_hex(s, token));
}

enum status sign_session_by_token(struct scope *s, struct store *store, struct str token,
                                  struct sign_session *out)
{
    struct record r = {0};
    struct json where = {0};

    if (token.bytes != SIGN_TOKEN_BYTES)
        return fail(s, NOT_FOUND, "there is no such link");
    enum status e =
        record_get(s, store, &sign_sessions_table, token_key(s, token), (struct str){0}, &r);
    if (e == NOT_FOUND)
        return fail(s, NOT_FOUND, "there is no such link");
    TRY(e);
    TRY(json_parse(s, r.content, &json_limits_strict, &where));
    return sign_session_get(s, store, json_text(json_member(where, "tenant")),
                            json_text(json_member(where, "id")), out);
}

void sign_session_put(struct scope *s, struct change *c, const struct sign_session *ss)
{
    struct json more =
        json_with(s, ss->more, str("state"), json_string(str(state_names[ss->state])));
    struct record r = {.partition = partition_of(s, ss->tenant, ss->id),
                       .content = json_to_str(s, more)};

    change_put(c, &sign_sessions_table, &r, ss->version ? if_version(ss->version) : if_absent());
}

struct str sign_session_token(struct scope *s, const struct signing *self,
                              const struct sign_session *ss)
{
    uint8_t key[SECRET_BYTES];
    uint8_t token[SHA256_BYTES];

    secrets_derive(self->platform->secrets, "sign-link", ss->tenant, key);
    hmac_sha256_once(str_of(key, sizeof key),
                     str_concat(s, 3, ss->id, str("/"), json_text(sign_session_member(ss, "salt"))),
                     token);
    digest_wipe(key, sizeof key);
    return base64url_encode(s, str_of(token, sizeof token));
}

int64_t sign_session_due_us(const struct sign_session *ss)
{
    int64_t due_us = 0;

    return moment_read(json_text(sign_session_member(ss, "due_at")), &due_us) ? due_us : 0;
}

enum session_state sign_session_state(const struct sign_session *ss, int64_t now_us)
{
    if (ss->state == SESSION_OPEN && now_us >= sign_session_due_us(ss))
        return SESSION_EXPIRED;
    return ss->state;
}

void sign_session_end(struct scope *s, struct sign_session *ss, enum session_state state,
                      struct json entry)
{
    ss->state = state;
    (void)evidence_append(s, ss, entry);
}

// -- evidence ------------------------------------------------------------------------------------

struct json evidence_entry(struct scope *s, const char *what, int64_t at_us)
{
    struct json entry = json_object(NULL, 0);

    entry =
        json_with(s, entry, str("at"), json_string(moment_to_str(s, at_us, MOMENT_MILLISECONDS)));
    return json_with(s, entry, str("what"), json_string(str(what)));
}

// What the first entry is chained to: the session and its document.
static struct str first_link(struct scope *s, struct str id, struct json document)
{
    return digest_sha256_hex(
        s, str_concat(s, 3, id, str("/"), json_text(json_member(document, "sha256"))));
}

bool evidence_append(struct scope *s, struct sign_session *ss, struct json entry)
{
    struct json list = sign_session_member(ss, "evidence");
    size_t most = ss->state == SESSION_OPEN ? EVIDENCE_MAX - EVIDENCE_ENDING : EVIDENCE_MAX;
    struct json *items = scope_array(s, list.count + 1, sizeof *items);

    if (list.count >= most)
        return false;
    for (size_t i = 0; i < list.count; i++)
        items[i] = json_at(list, i);
    struct str previous = list.count ? json_text(json_member(items[list.count - 1], "hash"))
                                     : first_link(s, ss->id, sign_session_member(ss, "document"));
    entry = json_with(s, entry, str("seq"), json_i64(s, (int64_t)list.count + 1));
    entry = json_with(s, entry, str("previous"), json_string(previous));
    items[list.count] =
        json_with(s, entry, str("hash"), json_string(digest_sha256_hex(s, json_to_str(s, entry))));
    sign_session_set(s, ss, "evidence", json_array(items, list.count + 1));
    return true;
}

bool evidence_holds(struct scope *s, struct json log)
{
    struct json list = json_member(log, "events");
    struct str previous =
        first_link(s, json_text(json_member(log, "session_id")), json_member(log, "document"));

    for (size_t i = 0; i < list.count; i++) {
        struct json entry = json_at(list, i);
        struct str hash = json_text(json_member(entry, "hash"));
        struct json bare = json_without(s, entry, str("hash"));
        if (!str_equal(json_text(json_member(entry, "previous")), previous) ||
            !str_equal(digest_sha256_hex(s, json_to_str(s, bare)), hash))
            return false;
        previous = hash;
    }
    return list.count > 0 && str_equal(json_text(json_member(log, "head")), previous);
}

struct json evidence_log(struct scope *s, const struct sign_session *ss, struct json pages_shown)
{
    static const char *const copied[] = {"reference", "title",      "signee", "language",
                                         "document",  "created_at", "due_at", "signature"};
    struct json list = sign_session_member(ss, "evidence");
    struct json log = json_object(NULL, 0);

    log = json_with(s, log, str("session_id"), json_string(ss->id));
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        if (sign_session_member(ss, copied[i]).type != JSON_NONE)
            log = json_with(s, log, str(copied[i]), sign_session_member(ss, copied[i]));
    log = json_with(s, log, str("pages_shown"), pages_shown);
    log = json_with(s, log, str("events"), list);
    if (list.count > 0)
        log = json_with(s, log, str("head"), json_member(json_at(list, list.count - 1), "hash"));
    return log;
}

// -- the document and its pages ------------------------------------------------------------------

struct str sign_document_key(struct scope *s, const struct sign_session *ss)
{
    return str_concat(s, 5, str("documents/"), ss->tenant, str("/"), ss->id, str(".pdf"));
}

enum status sign_document(struct scope *s, struct store *store, const struct sign_session *ss,
                          struct str *pdf)
{
    struct str promised = json_text(json_member(sign_session_member(ss, "document"), "sha256"));

    TRY(blob_get(s, store, &sign_pages_bucket, sign_document_key(s, ss), 0, STEP_PDF_BYTES_MAX,
                 pdf));
    if (!str_equal(digest_sha256_hex(s, *pdf), promised))
        return fail(s, CORRUPT, "the document of session %.*s is not the one that it began with",
                    STR(ss->id));
    return OK;
}

void sign_page_shown(struct scope *s, struct change *c, const struct sign_session *ss,
                     uint64_t page, int64_t at_us)
{
    struct record r = {
        .partition = partition_of(s, ss->tenant, ss->id),
        .sort = str_format(s, "%s%06llu", page_prefix, (unsigned long long)page),
        .content = moment_to_str(s, at_us, MOMENT_MILLISECONDS),
    };

    change_put(c, &sign_sessions_table, &r, if_any());
}

// Appends a page to the ranges: to the last one, or as one more.
static size_t add_page(struct scope *s, struct json *ranges, size_t count, int64_t page)
{
    int64_t last = 0;

    if (count > 0) {
        (void)json_to_i64(json_at(ranges[count - 1], 1), &last);
        if (page == last + 1) {
            struct json *pair = scope_array(s, 2, sizeof *pair);
            pair[0] = json_at(ranges[count - 1], 0);
            pair[1] = json_i64(s, page);
            ranges[count - 1] = json_array(pair, 2);
            return count;
        }
    }
    struct json *pair = scope_array(s, 2, sizeof *pair);
    pair[0] = pair[1] = json_i64(s, page);
    ranges[count] = json_array(pair, 2);
    return count + 1;
}

enum status sign_pages_shown(struct scope *s, struct store *store, const struct sign_session *ss,
                             struct json *out)
{
    enum { RANGES_MAX = 2000 };
    struct json *ranges = scope_array(s, RANGES_MAX, sizeof *ranges);
    size_t count = 0;
    struct query q = {.table = &sign_sessions_table,
                      .partition = partition_of(s, ss->tenant, ss->id),
                      .sort_from = str(page_prefix),
                      .sort_to = str(page_end),
                      .keys_only = true,
                      .limit = PAGES_SHOWN_PAGE};

    do {
        struct page page = {0};
        TRY(record_query(s, store, &q, &page));
        for (size_t i = 0; i < page.count && count < RANGES_MAX; i++) {
            uint64_t number = 0;
            struct str sort = page.records[i].sort;
            (void)str_to_u64(str_slice(sort, strlen(page_prefix), sort.bytes), INT32_MAX, &number);
            count = add_page(s, ranges, count, (int64_t)number);
        }
        q.cursor = page.cursor;
    } while (q.cursor.bytes);
    *out = json_array(ranges, count);
    return OK;
}
