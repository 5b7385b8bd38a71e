// Tokens and key sets. The first byte of the input chooses: the rest is a whole token; or a header
// and claims, separated by a zero byte, which are signed so that what lies behind the signature is
// reached; or a key set.
#include "core/base64.h"
#include "core/scope.h"
#include "crypto/jwt.h"

#include <assert.h>

enum { SCOPE_BYTES_MAX = 64 << 20 };

static const struct jwt_rules rules = {
    .audience = STR_INIT("you"),
    .now_us = 1700000000000000,
    .leeway_s = JWT_LEEWAY_S,
};

// The process's key; its scope is never closed.
static const struct jwk *the_key(void)
{
    static struct scope *s;
    static struct jwk *key;

    if (!s) {
        s = scope_open(SCOPE_BYTES_MAX);
        enum status made =
            jwk_from_secret(s, str("k"), str("0123456789abcdef0123456789abcdef"), &key);
        assert(made == OK);
    }
    return key;
}

static void check_token(struct scope *s, struct str token)
{
    const struct jwk *keys[] = {the_key()};
    struct jwt_hint hint;
    struct jwt proven;

    (void)jwt_peek(s, token, &hint);
    enum status e = jwt_verify(s, (struct jwks){keys, 1}, token, &rules, &proven);
    assert(e == UNAUTHENTICATED || (e == OK && proven.expires_at_us > 0));
}

static void check_parts(struct scope *s, struct str claims)
{
    struct str header = str_cut(&claims, '\0');
    struct str text =
        str_concat(s, 3, base64url_encode(s, header), str("."), base64url_encode(s, claims));
    struct str signature;

    enum status done = jwk_sign(s, the_key(), text, &signature);
    assert(done == OK);
    check_token(s, str_concat(s, 3, text, str("."), base64url_encode(s, signature)));
}

static void check_key_set(struct scope *s, struct str text)
{
    struct jwks keys;
    struct jwks again;

    if (jwks_parse(s, text, &keys) != OK)
        return;
    struct str published = json_to_str(s, jwks_publish(s, keys));
    enum status e = jwks_parse(s, published, &again);
    assert(e == OK && again.count == keys.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct str rest = bytes ? str_of(data + 1, bytes - 1) : str("");

    switch (bytes ? data[0] % 3 : 0) {
    case 0:
        check_token(s, rest);
        break;
    case 1:
        check_parts(s, rest);
        break;
    default:
        check_key_set(s, rest);
    }
    scope_close(s);
    return 0;
}
