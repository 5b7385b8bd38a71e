// Keys that sign and verify tokens (JSON Web Keys: RFC 7517, 7518, 8037). A key has one algorithm,
// which follows from its kind and which nothing in a token can change: a secret does HS256, RSA
// RS256, a P-256 curve ES256, Ed25519 EdDSA.
//
// A key lives in the scope it was made in and may then be used by any thread. Making one may take
// milliseconds; nothing blocks.
#ifndef SHEAF_CRYPTO_JWK_H
#define SHEAF_CRYPTO_JWK_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct jwk;

enum jwk_algorithm { JWK_HS256, JWK_RS256, JWK_ES256, JWK_EDDSA, JWK_ALGORITHMS };

enum {
    JWK_SECRET_BYTES_MIN = 32, // RFC 7518, 3.2
    JWK_RSA_BITS_MIN = 2048,   // RFC 7518, 3.3
    JWK_RSA_BITS_MAX = 8192,   // verifying with more costs too much
    JWK_PEM_BYTES_MAX = 65536,
    JWK_ID_BYTES_MAX = 256,
};

// Makes an HS256 key. Errors: INVALID the secret is shorter than JWK_SECRET_BYTES_MIN.
enum status jwk_from_secret(struct scope *s, struct str id, struct str secret, struct jwk **out);

// Makes a key from PEM text: a private key without passphrase, or a public key, which only
// verifies. An empty `id` becomes the key's thumbprint (RFC 7638), which is the same for the
// private and the public key. Errors: INVALID not PEM, or a kind of key that is not used here.
enum status jwk_from_pem(struct scope *s, struct str id, struct str pem, struct jwk **out);

// Makes a new ES256 key whose id is its thumbprint. Its randomness is OpenSSL's, not a world's.
enum status jwk_generate(struct scope *s, struct jwk **out);

// Writes the private key as PEM (PKCS #8): a secret. Errors: INVALID it has no such form.
enum status jwk_to_pem(struct scope *s, const struct jwk *k, struct str *out);

struct str jwk_id(const struct jwk *k);
enum jwk_algorithm jwk_algorithm(const struct jwk *k);
// Returns "ES256" and the like. Static.
const char *jwk_algorithm_name(enum jwk_algorithm a);
bool jwk_can_sign(const struct jwk *k);

// Signs bytes: 32 (HS256), 64 (ES256, EdDSA: as RFC 7518, 3.4 has them) or the RSA key's size.
// Errors: INVALID the key only verifies.
enum status jwk_sign(struct scope *s, const struct jwk *k, struct str bytes, struct str *signature);
// Whether the key, or its private part, signed the bytes.
bool jwk_verify(const struct jwk *k, struct str bytes, struct str signature);

// A set of keys: those of one issuer, or our own, old and new.
struct jwks {
    const struct jwk *const *keys;
    size_t count;
};

enum {
    JWKS_BYTES_MAX = 262144,
    JWKS_KEYS_MAX = 100,
};

// Reads a published key set. Keys of kinds that are not used here, too weak ones, secrets, and
// those not meant for signatures are left out (RFC 7517, 5). Errors: INVALID not a key set, or no
// key is left; TOO_LARGE.
enum status jwks_parse(struct scope *s, struct str text, struct jwks *out);

// Makes the key set to publish: public parts only, HS256 keys left out.
struct json jwks_publish(struct scope *s, struct jwks keys);

#endif
