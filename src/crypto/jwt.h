// Tokens: signed JSON claims in compact form (JWS, RFC 7515; JWT, RFC 7519). Strict as RFC 8725
// asks: the key decides the algorithm and a token that names another is refused, as is "none" and
// every extension that is marked critical.
//
// Any thread; does not block. RS256 costs some 40 µs to verify, ES256 100: cache what was verified,
// until it expires, by the digest of the whole token.
#ifndef SHEAF_CRYPTO_JWT_H
#define SHEAF_CRYPTO_JWT_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"
#include "crypto/jwk.h"

#include <stdint.h>

struct scope;

enum {
    JWT_BYTES_MAX = 16384,
    JWT_LEEWAY_S = 60, // what clocks may differ, usually
};

// Signs claims, an object that holds "exp" in seconds and whatever else the token says.
// Errors: INVALID the key cannot sign; TOO_LARGE.
enum status jwt_issue(struct scope *s, const struct jwk *key, struct json claims,
                      struct str *token);

struct jwt_rules {
    struct str issuer;   // "iss" must be this; empty: not looked at
    struct str audience; // "aud" must be or hold this; empty: not looked at
    int64_t now_us;
    int64_t leeway_s;
};

struct jwt {
    struct json claims;
    struct str issuer;     // empty: it names none
    struct str subject;    // empty: it names none
    const struct jwk *key; // that verified it
    int64_t expires_at_us; // a cache must forget it then: the leeway is not in it
};

// Verifies signature and claims. The claims borrow from the scope, not from the token. Every token
// must have "exp"; "nbf" and "iat" must not lie in the future. Errors: UNAUTHENTICATED, the
// sentence says why and quotes nothing secret.
enum status jwt_verify(struct scope *s, struct jwks keys, struct str token,
                       const struct jwt_rules *rules, struct jwt *out);

// What a token says before anything is verified: good for choosing the issuer's keys, and for
// fetching them anew when the key is not among them; for nothing else.
struct jwt_hint {
    struct str issuer;
    struct str key_id; // empty: it names none
};
// Errors: UNAUTHENTICATED it is no token.
enum status jwt_peek(struct scope *s, struct str token, struct jwt_hint *out);

#endif
