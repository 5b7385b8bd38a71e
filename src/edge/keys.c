// Keys as records: partition = key id, content = JSON. The digest of the secret is inside the
// content, which is encrypted at rest like all content.
#include "edge/keys_impl.h"

#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/api_key.h"
#include "store/change.h"
#include "sys/world.h"

const struct table_def keys_table = {.name = "edge_keys"};

static bool is_word(struct str text, size_t bytes_max)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        bool lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!lower)
            return false;
    }
    return text.bytes > 0 && text.bytes <= bytes_max;
}

// A client's name is part of keys and paths: printable ASCII without '/' and space.
static bool is_client_name(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '/')
            return false;
    return text.bytes <= KEY_CLIENT_BYTES_MAX;
}

static enum status check_order(struct scope *s, const struct key_order *order)
{
    if (!tenant_is_valid(order->tenant))
        return fail(s, INVALID, "tenant: 1 to 40 of a-z, 0-9 and '-'");
    if (!is_client_name(order->client))
        return fail(s, INVALID, "client: at most %d printable characters without '/' and space",
                    KEY_CLIENT_BYTES_MAX);
    if (order->scopes.bytes == 0 || order->scopes.bytes > KEY_SCOPES_MAX)
        return fail(s, INVALID, "scopes: words separated by spaces, at most %d bytes",
                    KEY_SCOPES_MAX);
    if (order->webhook_hosts.bytes > KEY_WEBHOOK_HOSTS_BYTES_MAX)
        return fail(s, INVALID, "webhookHosts: at most %d bytes", KEY_WEBHOOK_HOSTS_BYTES_MAX);
    return OK;
}

static struct str key_content(struct scope *s, const struct key *k)
{
    const struct principal *p = &k->principal;
    struct json_member members[] = {
        {str("tenant"), json_string(p->tenant)},
        {str("client"), json_string(p->client)},
        {str("scopes"), json_string(p->scopes)},
        {str("name"), json_string(k->name)},
        {str("readOnly"), json_bool(p->read_only)},
        {str("requestsPerSecond"), json_i64(s, p->requests_per_second)},
        {str("webhookHosts"), json_string(p->webhook_hosts)},
        {str("hash"), json_string(hex_encode(s, str_of(k->hash, sizeof k->hash)))},
        {str("createdAtUs"), json_i64(s, k->created_at_us)},
        {str("expiresAtUs"), json_i64(s, p->expires_at_us)},
        {str("revoked"), json_bool(k->revoked)},
    };
    return json_to_str(s, json_object(members, sizeof members / sizeof members[0]));
}

static void put_key(struct scope *s, struct change *c, const struct key *k,
                    struct record_condition when)
{
    struct record record = {.partition = k->principal.id, .content = key_content(s, k)};

    change_put(c, &keys_table, &record, when);
}

static void audit_key(struct change *c, const struct key *k, const char *action, struct str actor)
{
    struct audit_entry entry = {.tenant = k->principal.tenant,
                                .actor = actor,
                                .action = str(action),
                                .subject = k->principal.id};

    change_audit(c, &entry);
}

enum status key_create(struct scope *s, struct store *store, const struct key_order *order,
                       struct str actor, struct key_made *out)
{
    struct world *w = store_world(store);
    struct api_key made = {0};
    int64_t now_us = world_now_us(w);

    TRY(check_order(s, order));
    api_key_make(s, w, &made);
    struct key k = {
        .principal = {.id = made.id,
                      .tenant = order->tenant,
                      .client = order->client,
                      .scopes = order->scopes,
                      .read_only = order->read_only,
                      .requests_per_second = order->requests_per_second,
                      .webhook_hosts = order->webhook_hosts,
                      .expires_at_us =
                          order->expires_in_s ? now_us + order->expires_in_s * 1000000 : 0},
        .name = order->name,
        .created_at_us = now_us,
    };
    memcpy(k.hash, made.hash, sizeof k.hash);
    struct change *c = change_new(s);
    put_key(s, c, &k, if_absent());
    audit_key(c, &k, "key.created", actor);
    TRY(store_commit(s, store, c));
    *out = (struct key_made){.id = made.id, .secret = made.text};
    return OK;
}

enum status key_revoke(struct scope *s, struct store *store, struct str tenant, struct str id,
                       struct str actor)
{
    struct key k = {0};

    TRY(key_load(s, store, id, &k));
    if (tenant.bytes && !str_equal(tenant, k.principal.tenant))
        return fail(s, NOT_FOUND, "there is no key %.*s", STR(id));
    if (k.revoked)
        return OK;
    k.revoked = true;
    struct change *c = change_new(s);
    put_key(s, c, &k, if_version(k.version));
    audit_key(c, &k, "key.revoked", actor);
    return store_commit(s, store, c);
}

enum status key_load(struct scope *s, struct store *store, struct str id, struct key *out)
{
    struct record record = {0};

    if (!is_word(id, 64))
        return fail(s, NOT_FOUND, "there is no such key");
    enum status e = record_get(s, store, &keys_table, id, (struct str){0}, &record);
    if (e == NOT_FOUND)
        return fail(s, NOT_FOUND, "there is no key %.*s", STR(id));
    TRY(e);
    return key_parse(s, &record, out);
}

enum status key_parse(struct scope *s, const struct record *record, struct key *out)
{
    struct json j = {0};
    struct str hash = {0};
    int64_t rate = 0;

    TRY(json_parse(s, record->content, &json_limits_strict, &j));
    struct principal *p = &out->principal;
    *out = (struct key){.version = record->version};
    p->id = record->partition;
    p->tenant = json_text(json_member(j, "tenant"));
    p->account = tenant_account(s, p->tenant);
    p->client = json_text(json_member(j, "client"));
    p->scopes = json_text(json_member(j, "scopes"));
    p->read_only = json_is(json_member(j, "readOnly"), JSON_TRUE);
    p->webhook_hosts = json_text(json_member(j, "webhookHosts"));
    out->name = json_text(json_member(j, "name"));
    out->revoked = json_is(json_member(j, "revoked"), JSON_TRUE);
    if (!json_to_i64(json_member(j, "requestsPerSecond"), &rate) || rate < 0 ||
        !json_to_i64(json_member(j, "expiresAtUs"), &p->expires_at_us) ||
        !json_to_i64(json_member(j, "createdAtUs"), &out->created_at_us) ||
        hex_decode(s, json_text(json_member(j, "hash")), &hash) != OK ||
        hash.bytes != sizeof out->hash)
        return fail(s, CORRUPT, "key %.*s is not what was written", STR(record->partition));
    p->requests_per_second = (uint32_t)rate;
    memcpy(out->hash, hash.data, sizeof out->hash);
    return OK;
}

bool key_valid(const struct key *k, int64_t now_us)
{
    return !k->revoked && (k->principal.expires_at_us == 0 || now_us < k->principal.expires_at_us);
}

bool key_is_valid(struct scope *s, struct store *store, struct str secret)
{
    struct str id = {0};
    struct key k = {0};

    return api_key_read(s, secret, &id) == OK && key_load(s, store, id, &k) == OK &&
           key_valid(&k, world_now_us(store_world(store))) && api_key_matches(secret, k.hash);
}

struct json key_json(struct scope *s, const struct key *k)
{
    const struct principal *p = &k->principal;
    struct json_member members[] = {
        {str("id"), json_string(p->id)},
        {str("tenant"), json_string(p->tenant)},
        {str("client"), json_string(p->client)},
        {str("scopes"), json_string(p->scopes)},
        {str("name"), json_string(k->name)},
        {str("readOnly"), json_bool(p->read_only)},
        {str("requestsPerSecond"), json_i64(s, p->requests_per_second)},
        {str("webhookHosts"), json_string(p->webhook_hosts)},
        {str("createdAt"), json_string(moment_to_str(s, k->created_at_us, MOMENT_MILLISECONDS))},
        {str("expiresAt"),
         p->expires_at_us ? json_string(moment_to_str(s, p->expires_at_us, MOMENT_MILLISECONDS))
                          : json_null()},
        {str("revoked"), json_bool(k->revoked)},
    };
    size_t count = sizeof members / sizeof members[0];
    struct json_member *copy = scope_array(s, count, sizeof *copy);

    memcpy(copy, members, sizeof members);
    return json_object(copy, count);
}
