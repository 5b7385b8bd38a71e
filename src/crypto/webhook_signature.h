// Standard Webhooks: how a webhook proves who sent it. The headers webhook-id, webhook-timestamp
// (seconds) and webhook-signature go with the body; a signature is "v1," and the base64 of
// HMAC-SHA256 over "id.timestamp.body". Several signatures stand side by side while a secret is
// being replaced. Source: standard-webhooks.md, "Signature scheme".
//
// Pure: any thread, no clock. Keys are digest.h's `struct hmac_key`.
#ifndef SHEAF_CRYPTO_WEBHOOK_SIGNATURE_H
#define SHEAF_CRYPTO_WEBHOOK_SIGNATURE_H

#include "core/status.h"
#include "core/str.h"
#include "crypto/digest.h"

#include <stddef.h>
#include <stdint.h>

struct scope;
struct world;

enum {
    WEBHOOK_SECRET_BYTES_MIN = 24,
    WEBHOOK_SECRET_BYTES_MAX = 64,
    WEBHOOK_TOLERANCE_S = 300, // how far the clocks of both sides may differ
};

// Makes a new secret: "whsec_" and the base64 of 32 random bytes.
struct str webhook_secret_make(struct scope *s, struct world *w);

// Reads a secret, with or without its "whsec_". Errors: INVALID not base64, too short or too long;
// the sentence never quotes it.
enum status webhook_secret_read(struct scope *s, struct str text, struct hmac_key *out);

// Returns the value of webhook-signature: one signature for each key, the newest first.
struct str webhook_sign(struct scope *s, const struct hmac_key *keys, size_t key_count,
                        struct str id, int64_t sent_at_s, struct str body);

// What came in; a header that is missing is empty.
struct webhook_received {
    struct str id;
    struct str timestamp;
    struct str signature;
    struct str body; // the bytes as they came
};

// Verifies that one of the keys signed it and that it is not older or newer than
// WEBHOOK_TOLERANCE_S. Errors: UNAUTHENTICATED says which header is wrong.
enum status webhook_verify(struct scope *s, const struct hmac_key *keys, size_t key_count,
                           const struct webhook_received *received, int64_t now_us);

#endif
