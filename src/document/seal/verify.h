// Verifies the signatures of a PDF: whether each fits what it covers, what has changed since and
// whether it permits that, who signed, and whether that one is trusted. Separate questions have
// separate answers, so that a stranger's valid signature and a friend's broken one are told apart.
//
// Pure: no network, so no revocation is asked for; the time is an argument. Hostile files are
// expected. Everything lives in the scope.
#ifndef SHEAF_DOCUMENT_SEAL_VERIFY_H
#define SHEAF_DOCUMENT_SEAL_VERIFY_H

#include "core/status.h"
#include "core/str.h"
#include "crypto/cms_verify.h"
#include "document/pdf/compare.h"
#include "document/pdf/inspect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct trust;

enum {
    VERIFY_SIGNATURES_MAX = 64,
    VERIFY_REVISIONS_MAX = 8, // the newest, that are looked through for signatures removed since
};

// In the order of gravity.
enum signature_verdict {
    SIGNATURE_VALID,             // and nothing was changed since
    SIGNATURE_CHANGED,           // valid; what was changed since it permits
    SIGNATURE_CHANGED_FORBIDDEN, // valid for what it covers; something was changed that it forbids
    SIGNATURE_INVALID,
};

// "valid", "changed", "changed-forbidden", "invalid"; static.
const char *signature_verdict_name(enum signature_verdict verdict);

struct verified_signature {
    struct pdf_signature found; // field, reason, location, what it permits
    enum signature_verdict verdict;
    struct str why;           // INVALID: one sentence without a full stop
    struct cms_verdict cms;   // signer, algorithm, chain, time stamp; zeroed where not even read
    const char *profile;      // "PAdES B-B", "PAdES B-T", "CMS", "document time-stamp"; static
    int64_t claimed_at_us;    // as it says itself; 0: it does not
    size_t revision;          // that it covers, from 1
    enum pdf_permits permits; // to be changed after it, by it and those before it
    struct pdf_changes changes;
    bool *forbidden; // of each change
};

struct verification {
    struct verified_signature *signatures; // in the order in which they were made
    size_t count;
    size_t revision_count;
    size_t empty_fields; // that wait for a signature
    enum signature_verdict worst;
    bool all_trusted; // every signer has a way to a trusted authority
    bool removed;     // it has no signature, and an earlier revision of it had one
};

struct verify_options {
    const struct trust *trust; // NULL: nobody is trusted
    int64_t now_us;
};

// Errors: INVALID it is no PDF or beyond repair; REFUSED it wants a password; TOO_LARGE, also more
// signatures than the limit. A file without signatures is OK and has none.
enum status pdf_verify(struct scope *s, struct str pdf, const struct verify_options *options,
                       struct verification *out);

#endif
