// Verifies signatures of documents (RFC 5652, as CAdES and PAdES use it) and the time stamps on
// them (RFC 3161). What is wrong is part of the answer: mathematics, certificate and trust are
// separate questions, and none hides another. Nothing is fetched: no revocation is asked for.
//
// Pure: the time is an argument. Any thread. Hostile bytes are expected.
#ifndef SHEAF_CRYPTO_CMS_VERIFY_H
#define SHEAF_CRYPTO_CMS_VERIFY_H

#include "core/str.h"
#include "crypto/signer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct trust; // crypto/trust.h

enum {
    CMS_BYTES_MAX = 4 << 20,
    CMS_CERTIFICATES_MAX = 64,
};

enum cms_fault {
    CMS_SOUND,
    CMS_MALFORMED,         // it cannot be read, or is no signature of one signer
    CMS_WRONG_DIGEST,      // the content is not what was signed
    CMS_WRONG_SIGNATURE,   // the signature is not this certificate's
    CMS_WRONG_CERTIFICATE, // it names another certificate as the signing one
};

// Whether there is a way from a certificate to a trusted authority.
struct cms_chain {
    bool trusted;
    struct str why; // where it is not
};

struct cms_stamp {
    bool present;
    enum cms_fault fault;
    struct str why; // where it is not sound
    int64_t at_us;
    struct str authority; // its signer's name
    struct cms_chain chain;
};

struct cms_verdict {
    enum cms_fault fault;
    struct str why;             // where it is not sound; one sentence without a full stop
    struct signer_about signer; // empty texts where the certificate is not there
    struct str algorithm;       // "RSA-2048 with SHA-256"
    struct str weakness;        // "SHA-1"; empty: none is known
    bool names_certificate;     // by the attribute that CAdES wants
    bool has_signing_time;      // among what is signed, which PAdES forbids
    struct cms_chain chain;     // at the time of the stamp where that is trusted, else now
    struct cms_stamp stamp;
};

struct cms_question {
    const struct trust *trust; // NULL: nobody
    int64_t now_us;
    const struct str *parts; // the content, detached
    size_t part_count;
};

// `der` may be followed by zeros, which fill its place. All lives in `s`.
void cms_verify(struct scope *s, struct str der, const struct cms_question *question,
                struct cms_verdict *out);

// What a TimeStampToken says of the question's content.
struct cms_token {
    struct cms_stamp stamp;
    struct str policy; // "1.2.3"
    struct str nonce;  // hexadecimal digits; empty where it has none
};
void cms_verify_token(struct scope *s, struct str token, const struct cms_question *question,
                      struct cms_token *out);

#endif
