// What signing and verifying share: the canonical request and what is computed from it.
#ifndef SHEAF_CRYPTO_SIGV4_IMPL_H
#define SHEAF_CRYPTO_SIGV4_IMPL_H

#include "crypto/digest.h"
#include "crypto/sigv4.h"

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define SIGV4_TERMINATOR "aws4_request"

enum {
    SIGV4_TIMESTAMP_BYTES = 16, // 20150830T123600Z
    SIGV4_DATE_BYTES = 8,
    SIGV4_HEX_BYTES = 2 * SHA256_BYTES,
};

// What goes into a canonical request, besides the request.
struct sigv4_canonical {
    enum sigv4_path path;
    struct str query;          // with all parameters that are signed
    struct str signed_headers; // lower case, sorted, joined by ';'
    struct str payload_hash;
};

// Errors: INVALID a signed header is not there, or path or query are no URL; TOO_LARGE too many
// parameters.
enum status sigv4_canonical_request(struct scope *s, const struct sigv4_request *r,
                                    const struct sigv4_canonical *c, struct str *out);

// Errors: TOO_LARGE path, query and headers exceed SIGV4_BYTES_MAX or SIGV4_HEADERS_MAX.
enum status sigv4_check_size(struct scope *s, const struct sigv4_request *r);

struct str sigv4_string_to_sign(struct scope *s, struct str timestamp, struct str scope_text,
                                struct str canonical_request);

// Returns the signature as 64 hexadecimal digits.
struct str sigv4_signature(struct scope *s, const uint8_t key[SIGV4_KEY_BYTES],
                           struct str string_to_sign);

// Whether a name of the query, still encoded, means `name`.
bool sigv4_is_parameter(struct scope *s, struct str raw, const char *name);

struct str sigv4_timestamp(struct scope *s, int64_t at_us);
// Reads YYYYMMDDTHHMMSSZ; false when it is not such a moment.
bool sigv4_read_timestamp(struct str text, int64_t *at_us);

#endif
