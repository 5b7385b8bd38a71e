// A seal: a PAdES signature over a whole PDF (ETSI EN 319 142-1), appended as an incremental update
// (document/pdf/revision.h), so earlier signatures stay valid. B-B with a signer; B-T with a
// time-stamp authority besides (RFC 3161). Verifying is document/seal/verify.h; stamping and
// sealing what may be signed already is document/seal/plan.h.
//
// Pure but for `timestamp`, which the caller makes the call for. Lives in the scope; blocks as long
// as that call does.
#ifndef SHEAF_DOCUMENT_SEAL_SEAL_H
#define SHEAF_DOCUMENT_SEAL_SEAL_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct pdf_facts;
struct revision;
struct scope;
struct signer; // crypto/signer.h: certificate chain and private key
struct trust;  // crypto/trust.h

enum { SEAL_TEXT_BYTES_MAX = 2000 }; // of a name, reason, location

// Brings a TimeStampReq to an authority and gives its TimeStampResp, both DER.
struct timestamper {
    enum status (*ask)(struct scope *s, void *context, struct str request, struct str *response);
    void *context;
    struct str policy;         // that the stamp must be of, "1.2.3"; empty: any
    const struct trust *trust; // its certificate must be trusted; NULL: is not asked
};

struct seal_options {
    const struct signer *signer;
    const struct timestamper *timestamper; // NULL: B-B
    int64_t at_us;                         // of signing, for /M; microseconds since 1970
    struct str name, reason, location;     // UTF-8; may be empty
    // Above 0: certifies the document, which must have no signature yet: 1 no change is permitted
    // after it, 2 filling in forms and signing, 3 annotations too (ISO 32000-2, 12.8.2.2).
    unsigned permission;
    bool lock_fields; // no field may be filled in afterwards (FieldMDP, 12.8.2.4)
};

// Seals. Errors: INVALID it is no PDF, or a text is too long; REFUSED it is encrypted or damaged,
// an earlier signature forbids another, it has one and is to be certified, or the signer's
// certificate is not valid at that time; TEMPORARY, TIMEOUT, UNAUTHENTICATED the authority;
// TOO_LARGE.
enum status pdf_seal(struct scope *s, struct str pdf, const struct seal_options *options,
                     struct str *out);

// The two halves of a seal, for documents of strangers: the first reads them and has no key, the
// second has the key and reads nothing (document/seal/apart.h).

// The value of Contents in a file that waits for its signature, with its < and >.
struct seal_place {
    size_t from;
    size_t bytes;
};

// How many bytes to keep free for a signature with these options.
size_t seal_contents_bytes(const struct seal_options *options);

// Seals together with what was put into the update, and ends it, but for the signature itself; the
// options need no signer here. Errors as of pdf_seal(), the signer's apart.
enum status revision_seal_begin(struct scope *s, struct revision *r, const struct pdf_facts *facts,
                                const struct seal_options *options, size_t contents_bytes,
                                struct str *file, struct seal_place *place);
// Signs what stands around the place and fills it in, in the file's own memory. Errors: INVALID
// there is no such place; the signer's and the authority's as of pdf_seal().
enum status seal_end(struct scope *s, struct str file, const struct seal_place *place,
                     const struct seal_options *options);

// Seals together with what was put into the update, and ends it. `facts` are of the file that it
// was opened on; that they permit what was put is the caller's to have asked. Errors as above.
enum status revision_seal(struct scope *s, struct revision *r, const struct pdf_facts *facts,
                          const struct seal_options *options, struct str *out);

#endif
