// AWS Signature Version 4: signing requests to AWS, and verifying those that AWS clients send to
// us. Both the header form and the presigned form (query). A request is given as it stands on the
// wire: nothing decoded, nothing normalised.
//
// A client builds a canonical request, its SHA-256 goes into a string to sign, and a key derived
// from secret, day, region and service signs that. Verifying builds the same from what came in.
// Source: "Signature Version 4 signing process", AWS General Reference; vectors of aws-c-auth.
//
// Pure: any thread, no clock, does not block unless the caller's look-up does.
#ifndef SHEAF_CRYPTO_SIGV4_H
#define SHEAF_CRYPTO_SIGV4_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum {
    SIGV4_HEADERS_MAX = 128,
    SIGV4_PARAMETERS_MAX = 256,
    SIGV4_BYTES_MAX = 128 << 10, // of path, query and headers together
    SIGV4_EXPIRES_MAX_S = 604800,
    SIGV4_SKEW_MAX_S = 900,
    SIGV4_KEY_BYTES = 32,
    SIGV4_SECRET_BYTES_MAX = 256,
};

#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

struct sigv4_header {
    struct str name;
    struct str value;
};

struct sigv4_request {
    struct str method;
    struct str path;  // up to the '?', percent-encoded as sent; empty is "/"
    struct str query; // behind the '?', as sent
    const struct sigv4_header *headers;
    size_t header_count;
    // Lower-case hexadecimal SHA-256 of the body, or UNSIGNED-PAYLOAD. Empty: when signing, there
    // is no body; when verifying, the body has not been read yet.
    struct str payload_hash;
};

// How the path goes into the canonical request.
enum sigv4_path {
    SIGV4_PATH_STANDARD, // dot segments and double slashes resolved, then encoded once more
    SIGV4_PATH_OBJECT,   // S3: a key may hold anything, so it is only encoded, once
    SIGV4_PATH_VERBATIM, // not resolved, encoded once more
};

struct sigv4_signer {
    struct str access_key;
    struct str secret;
    struct str session_token; // empty: none
    struct str region;
    struct str service; // signing name: "s3", "states"
    int64_t now_us;
    enum sigv4_path path;
    bool sends_payload_hash;     // adds x-amz-content-sha256, as S3 wants
    bool session_token_unsigned; // the token is added after signing
};

struct sigv4_signed {
    struct sigv4_header headers[4]; // header form: to be added, Authorization last
    size_t header_count;
    struct str query;     // presigned form: the whole query to send
    struct str signature; // 64 hexadecimal digits
    struct str canonical_request;
    struct str string_to_sign;
};

// Signs with an Authorization header. All headers are signed but those that proxies change; Host
// must be among them. Errors: INVALID, TOO_LARGE.
enum status sigv4_sign(struct scope *s, const struct sigv4_signer *by,
                       const struct sigv4_request *r, struct sigv4_signed *out);

// Signs with query parameters: whoever has the address may do this one request for `expires_s`
// seconds (1 to SIGV4_EXPIRES_MAX_S). Errors: as sigv4_sign().
enum status sigv4_presign(struct scope *s, const struct sigv4_signer *by,
                          const struct sigv4_request *r, uint32_t expires_s,
                          struct sigv4_signed *out);

// Why a request was refused, for who must answer with AWS's words.
enum sigv4_fault {
    SIGV4_SOUND,
    SIGV4_MALFORMED,        // IncompleteSignature, AuthorizationHeaderMalformed
    SIGV4_UNKNOWN_KEY,      // InvalidAccessKeyId
    SIGV4_SKEWED,           // RequestTimeTooSkewed
    SIGV4_EXPIRED,          // AccessDenied, "Request has expired"
    SIGV4_HEADERS_UNSIGNED, // AccessDenied: host or an x-amz- header is not signed
    SIGV4_PAYLOAD_MISMATCH, // XAmzContentSHA256Mismatch
    SIGV4_MISMATCH,         // SignatureDoesNotMatch
};

// What a request claims about itself. Borrows from the request.
struct sigv4_claim {
    struct str access_key;
    struct str date; // YYYYMMDD
    struct str region;
    struct str service;
    struct str signed_headers;
    struct str signature;
    struct str session_token; // empty: none
    struct str payload_hash;  // as declared; empty: not declared
    struct str timestamp;     // YYYYMMDDTHHMMSSZ
    int64_t signed_at_us;
    uint32_t expires_s; // presigned only
    bool presigned;
    enum sigv4_fault fault;
};

// Reads the claim, strictly, without verifying anything: for choosing which API is meant.
// Errors: NOT_FOUND the request carries no signature of this kind; UNAUTHENTICATED it does, and
// malformed (`out->fault` says how); TOO_LARGE.
enum status sigv4_read(struct scope *s, const struct sigv4_request *r, struct sigv4_claim *out);

struct sigv4_verifier {
    // Finds the secret of an access key. Errors: NOT_FOUND there is none; others are passed on.
    enum status (*find_secret)(struct scope *s, void *context, struct str access_key,
                               struct str *secret);
    void *context;
    int64_t now_us;
};

// What is proven once verified.
struct sigv4_proof {
    struct str payload_hash;      // what the body must hash to; or UNSIGNED-PAYLOAD, STREAMING-…
    int64_t expires_at_us;        // until when the same request is accepted
    uint8_t key[SIGV4_KEY_BYTES]; // of this day, region and service: signs chunks and policies
    enum sigv4_fault fault;
};

// Verifies a request against its claim. When the request gives no payload_hash, the caller must
// compare the body with `out->payload_hash` later. Only "s3" may leave the body unsigned or stream
// it. Errors: UNAUTHENTICATED, `out->fault` says why; what find_secret fails with.
enum status sigv4_verify(struct scope *s, const struct sigv4_verifier *v,
                         const struct sigv4_request *r, const struct sigv4_claim *claim,
                         struct sigv4_proof *out);

// Derives the key that signs everything of one day (YYYYMMDD), region and service.
void sigv4_key(struct str secret, struct str date, struct str region, struct str service,
               uint8_t out[SIGV4_KEY_BYTES]);

#endif
