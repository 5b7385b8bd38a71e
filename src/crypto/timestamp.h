// Time stamps of an authority (RFC 3161): what to ask, and whether the answer is one. Bringing the
// question there is the caller's. Any thread. The nonce is OpenSSL's randomness; else pure.
#ifndef SHEAF_CRYPTO_TIMESTAMP_H
#define SHEAF_CRYPTO_TIMESTAMP_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

struct scope;
struct signer;
struct trust;

enum { TIMESTAMP_ANSWER_BYTES_MAX = 1 << 20 };

struct timestamp_question {
    struct str request; // TimeStampReq in DER, with a nonce, wanting the certificate
    struct str stamped; // borrowed
    struct str nonce;   // hexadecimal digits
    struct str policy;
};

// Asks for a time stamp of the SHA-256 of `stamped` under a policy ("1.2.3"; empty: any).
// Errors: INVALID it is no policy.
enum status timestamp_ask(struct scope *s, struct str stamped, struct str policy,
                          struct timestamp_question *out);

// Reads a TimeStampResp and gives its token if it is granted, fits the question, and is soundly
// signed with a certificate for time stamps; with `trust`, one that is trusted at `now_us`.
// Errors: REFUSED the authority refuses, with its words; TEMPORARY it cannot now; UNAUTHENTICATED
// the answer is not what it should be.
enum status timestamp_take(struct scope *s, const struct timestamp_question *question,
                           struct str answer, const struct trust *trust, int64_t now_us,
                           struct str *token);

// The other side, for partners and tests.
enum timestamp_fault {
    TIMESTAMP_SOUND,
    TIMESTAMP_REFUSES,
    TIMESTAMP_WRONG_NONCE,
    TIMESTAMP_WRONG_CONTENT,
};

// Answers a TimeStampReq as an authority whose certificate is `signer`'s. What is no request is
// refused in the answer. Errors: INTERNAL.
enum status timestamp_answer(struct scope *s, const struct signer *signer, struct str request,
                             int64_t at_us, enum timestamp_fault fault, struct str *out);

#endif
