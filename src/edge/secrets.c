// The root is one record; whoever puts it first wins, so two processes that start together agree.
#include "edge/secrets.h"

#include "core/base64.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "crypto/hkdf.h"
#include "store/change.h"
#include "sys/world.h"

#include <stdio.h>

const struct table_def secrets_table = {.name = "edge_secrets"};

static const char root_name[] = "root";

struct secrets {
    uint8_t root[SECRET_BYTES];
};

static void wipe(void *secrets)
{
    digest_wipe(secrets, sizeof(struct secrets));
}

static enum status make_root(struct scope *s, struct store *store)
{
    uint8_t root[SECRET_BYTES];
    struct change *c = change_new(s);

    world_random(store_world(store), root, sizeof root);
    struct record record = {.partition = str(root_name), .content = str_of(root, sizeof root)};
    change_put(c, &secrets_table, &record, if_absent());
    enum status e = store_commit(s, store, c);
    digest_wipe(root, sizeof root);
    if (e != CONFLICT)
        return e;
    scope_forgive(s); // another process was first
    return OK;
}

enum status secrets_open(struct scope *s, struct store *store, struct secrets **out)
{
    struct record record = {0};
    enum status e = record_get(s, store, &secrets_table, str(root_name), (struct str){0}, &record);

    if (e == NOT_FOUND) {
        scope_forgive(s);
        TRY(make_root(s, store));
        e = record_get(s, store, &secrets_table, str(root_name), (struct str){0}, &record);
    }
    TRY(e);
    if (record.content.bytes != SECRET_BYTES)
        return fail(s, CORRUPT, "the root secret is not what was written");
    *out = scope_new(s, struct secrets);
    memcpy((*out)->root, record.content.data, SECRET_BYTES);
    scope_defer(s, wipe, *out);
    return OK;
}

void secrets_derive(const struct secrets *secrets, const char *purpose, struct str tenant,
                    uint8_t out[SECRET_BYTES])
{
    char text[128];
    int bytes = snprintf(text, sizeof text, "sheaf/%s/%.*s", purpose, STR(tenant));

    hkdf_key(str_of(secrets->root, SECRET_BYTES), str_of(text, (size_t)bytes), out);
}

struct str secrets_webhook(struct scope *s, const struct secrets *secrets, struct str tenant)
{
    uint8_t secret[SECRET_BYTES];

    secrets_derive(secrets, "webhook", tenant, secret);
    struct str text = base64_encode(s, str_of(secret, sizeof secret));
    digest_wipe(secret, sizeof secret);
    return str_concat(s, 2, str("whsec_"), text);
}
