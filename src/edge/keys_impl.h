// What the edge reads of keys.
#ifndef SHEAF_EDGE_KEYS_IMPL_H
#define SHEAF_EDGE_KEYS_IMPL_H

#include "core/json.h"
#include "edge/keys.h"
#include "store/record.h"

extern const struct table_def keys_table;

enum { KEY_SCOPES_MAX = 500, KEY_WEBHOOK_HOSTS_BYTES_MAX = 4000, KEY_CLIENT_BYTES_MAX = 64 };

struct key {
    struct principal principal;
    struct str name;
    uint8_t hash[32];
    int64_t created_at_us;
    bool revoked;
    uint64_t version;
};

// Reads a key. Errors: NOT_FOUND.
enum status key_load(struct scope *s, struct store *store, struct str id, struct key *out);
enum status key_parse(struct scope *s, const struct record *record, struct key *out);

// Whether the key may be used at `now_us`.
bool key_valid(const struct key *k, int64_t now_us);

// What operators see of a key: no secret, no hash.
struct json key_json(struct scope *s, const struct key *k);

#endif
