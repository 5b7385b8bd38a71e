// Credentials: API keys and access tokens, both `Authorization: Bearer`; SigV4; signed links.
#include "edge/auth_impl.h"

#include "core/heap.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "crypto/api_key.h"
#include "crypto/digest.h"
#include "crypto/jwk.h"
#include "crypto/jwt.h"
#include "edge/access_key.h"
#include "edge/auth_cache_impl.h"
#include "edge/keys_impl.h"
#include "edge/secrets.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum { LINK_BYTES_MAX = 4096, TOKEN_LEEWAY_S = 5 };

static const char issuer[] = "sheaf";

struct auth {
    struct store *store;
    const struct secrets *secrets;
    struct auth_cache *cache;
    struct jwk *token_key; // lives in the scope that opened this
    struct hmac_key link_key;
};

enum status auth_open(struct scope *s, struct store *store, const struct secrets *secrets,
                      struct auth **out)
{
    struct auth *a = heap_new(struct auth);
    uint8_t secret[SECRET_BYTES];

    a->store = store;
    a->secrets = secrets;
    a->cache = auth_cache_new();
    secrets_derive(secrets, "token", (struct str){0}, secret);
    enum status e = jwk_from_secret(s, str(issuer), str_of(secret, sizeof secret), &a->token_key);
    assert(e == OK);
    secrets_derive(secrets, "link", (struct str){0}, secret);
    hmac_key_init(&a->link_key, str_of(secret, sizeof secret));
    digest_wipe(secret, sizeof secret);
    *out = a;
    return OK;
}

void auth_close(struct auth *a)
{
    if (!a)
        return;
    auth_cache_free(a->cache);
    digest_wipe(&a->link_key, sizeof a->link_key);
    free(a);
}

void auth_forget(struct auth *a)
{
    auth_cache_clear(a->cache);
}

static enum status no_credential(struct scope *s)
{
    return fail(s, UNAUTHENTICATED, "the credential is not valid, has expired or was revoked");
}

// Reads a key that is valid now; that there is none is told like a wrong secret.
static enum status usable_key(struct scope *s, struct auth *a, struct str id, int64_t now_us,
                              struct key *out)
{
    enum status e = key_load(s, a->store, id, out);

    if (e == NOT_FOUND)
        return no_credential(s);
    TRY(e);
    return key_valid(out, now_us) ? OK : no_credential(s);
}

static enum status identify_key(struct scope *s, struct auth *a, struct str text, int64_t now_us,
                                struct principal *out)
{
    struct str id = {0};
    struct key key = {0};

    TRY(api_key_read(s, text, &id));
    TRY(usable_key(s, a, id, now_us, &key));
    if (!api_key_matches(text, key.hash))
        return no_credential(s);
    *out = key.principal;
    return OK;
}

// A token carries the key's id and the scopes it was issued for; everything else is read from the
// key, so that what was taken from the key is taken from its tokens.
static enum status identify_token(struct scope *s, struct auth *a, struct str token, int64_t now_us,
                                  struct principal *out)
{
    struct jwt jwt = {0};
    struct key key = {0};
    struct jwt_rules rules = {.issuer = str(issuer), .now_us = now_us, .leeway_s = TOKEN_LEEWAY_S};
    const struct jwk *keys[] = {a->token_key};

    TRY(jwt_verify(s, (struct jwks){keys, 1}, token, &rules, &jwt));
    TRY(usable_key(s, a, jwt.subject, now_us, &key));
    *out = key.principal;
    out->scopes = json_text(json_member(jwt.claims, "scope"));
    out->expires_at_us = jwt.expires_at_us;
    return OK;
}

static void remember(struct auth *a, const uint8_t digest[SHA256_BYTES], int64_t now_us,
                     const struct principal *p)
{
    int64_t until_us = now_us + (int64_t)AUTH_REMEMBER_S * 1000000;

    if (p->expires_at_us && p->expires_at_us < until_us)
        until_us = p->expires_at_us;
    auth_cache_put(a->cache, digest, p, until_us);
}

enum status auth_identify(struct scope *s, struct auth *a, struct str authorization, int64_t now_us,
                          struct principal *out)
{
    struct str scheme = str_slice(authorization, 0, str_find_byte(authorization, ' '));
    struct str token = str_trim(str_slice(authorization, scheme.bytes, authorization.bytes));
    uint8_t digest[SHA256_BYTES];

    if (!authorization.data)
        return fail(s, UNAUTHENTICATED, "the header Authorization is missing");
    if (!str_equal_nocase(scheme, str("Bearer")) || token.bytes == 0)
        return fail(s, UNAUTHENTICATED, "Authorization: Bearer and a key or token is wanted");
    digest_sha256(token, digest);
    if (auth_cache_find(s, a->cache, digest, now_us, out))
        return OK;
    TRY(str_starts(token, str("sk_")) ? identify_key(s, a, token, now_us, out)
                                      : identify_token(s, a, token, now_us, out));
    remember(a, digest, now_us, out);
    return OK;
}

enum status auth_identify_claim(struct scope *s, struct auth *a, const struct sigv4_claim *claim,
                                int64_t now_us, struct principal *out)
{
    struct str id = {0};
    struct key key = {0};
    uint8_t digest[SHA256_BYTES];

    if (!access_key_read(s, claim->access_key, &id))
        return no_credential(s);
    digest_sha256(str_concat(s, 2, str("access-key "), id), digest);
    if (auth_cache_find(s, a->cache, digest, now_us, out))
        return OK;
    TRY(usable_key(s, a, id, now_us, &key));
    *out = key.principal;
    remember(a, digest, now_us, out);
    return OK;
}

static enum status find_secret(struct scope *s, void *context, struct str access_key,
                               struct str *secret)
{
    const struct auth *a = context;
    struct str id = {0};

    if (!access_key_read(s, access_key, &id))
        return fail(s, NOT_FOUND, "there is no such access key");
    *secret = access_key_of(s, a->secrets, id).secret;
    return OK;
}

enum status auth_check_signature(struct scope *s, struct auth *a, const struct sigv4_request *r,
                                 const struct sigv4_claim *claim, int64_t now_us,
                                 enum sigv4_fault *fault)
{
    struct sigv4_verifier verifier = {.find_secret = find_secret, .context = a, .now_us = now_us};
    struct sigv4_proof proof = {0};
    enum status e = sigv4_verify(s, &verifier, r, claim, &proof);

    *fault = proof.fault;
    digest_wipe(&proof.key, sizeof proof.key);
    return e;
}

// The scopes that are granted: those asked for, each of which the key must have.
static enum status grant(struct scope *s, const struct key *key, struct str asked,
                         struct str *granted)
{
    struct str rest = asked;

    *granted = asked.bytes ? asked : key->principal.scopes;
    while (rest.data) {
        struct str word = str_cut(&rest, ' ');
        if (word.bytes && !principal_may(&key->principal, word))
            return fail(s, DENIED, "the key does not have the scope %.*s", STR(word));
    }
    return OK;
}

enum status auth_issue(struct scope *s, struct auth *a, struct str key_id, struct str secret,
                       struct str scopes, int64_t now_us, struct str *token, struct str *granted)
{
    struct key key = {0};

    TRY(usable_key(s, a, key_id, now_us, &key));
    if (!api_key_matches(secret, key.hash))
        return no_credential(s);
    TRY(grant(s, &key, scopes, granted));
    int64_t now_s = now_us / 1000000;
    struct json_member claims[] = {
        {str("iss"), json_string(str(issuer))},
        {str("sub"), json_string(key_id)},
        {str("iat"), json_i64(s, now_s)},
        {str("exp"), json_i64(s, now_s + ACCESS_TOKEN_LIFE_S)},
        {str("scope"), json_string(*granted)},
    };
    return jwt_issue(s, a->token_key, json_object(claims, sizeof claims / sizeof claims[0]), token);
}

static struct str link_signature(struct scope *s, const struct auth *a, struct str path,
                                 struct str expires, struct str tenant)
{
    struct str parts[] = {path, str("\n"), expires, str("\n"), tenant};
    uint8_t mac[SHA256_BYTES];

    hmac_sha256(&a->link_key, parts, sizeof parts / sizeof parts[0], mac);
    return hex_encode(s, str_of(mac, sizeof mac));
}

struct str auth_sign_link(struct scope *s, struct auth *a, struct str path, struct str tenant,
                          int64_t expires_at_s)
{
    struct str expires = str_format(s, "%lld", (long long)expires_at_s);
    struct str signature = link_signature(s, a, path, expires, tenant);

    return str_format(s, "%.*s?expires=%.*s&tenant=%.*s&signature=%.*s", STR(path), STR(expires),
                      STR(tenant), STR(signature));
}

enum status auth_check_link(struct scope *s, struct auth *a, struct str path, struct str query,
                            int64_t now_us, struct principal *out)
{
    struct str expires = {0};
    struct str tenant = {0};
    struct str signature = {0};
    uint64_t expires_at_s = 0;

    if (url_query_find(s, query, str("expires"), &expires) != OK ||
        url_query_find(s, query, str("tenant"), &tenant) != OK ||
        url_query_find(s, query, str("signature"), &signature) != OK)
        return fail(s, UNAUTHENTICATED, "a credential or a signed link is wanted");
    if (!digest_equal_str(signature, link_signature(s, a, path, expires, tenant)))
        return fail(s, DENIED, "the link is not one of ours");
    if (!str_to_u64(expires, INT64_MAX / 1000000, &expires_at_s) ||
        now_us / 1000000 >= (int64_t)expires_at_s)
        return fail(s, DENIED, "the link has expired");
    *out = (struct principal){.id = str("link"), .tenant = str_copy(s, tenant)};
    return OK;
}
