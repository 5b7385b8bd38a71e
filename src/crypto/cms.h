// Detached signatures of documents as CMS (RFC 5652) with the signed attributes that CAdES and
// PAdES baseline want (ETSI EN 319 122-1): content type, message digest, signing certificate; no
// signing time, which PAdES has in the PDF.
//
//     digest the content with cms_digest_kind(signer)
//     TRY(cms_sign(s, signer, digest, &c));
//     ... have c.signature time-stamped (crypto/timestamp.h) ...
//     TRY(cms_write(s, &c, token, &der));
//
// Pure; any thread.
#ifndef SHEAF_CRYPTO_CMS_H
#define SHEAF_CRYPTO_CMS_H

#include "core/status.h"
#include "core/str.h"
#include "crypto/digest.h"

#include <stddef.h>

struct scope;
struct signer;

struct cms {
    const struct signer *signer;
    struct str attributes; // DER, what is signed, as [0]
    struct str signature;  // the value, which a time stamp is of
    struct str embedded;   // DER of a time stamp's content; a document's is not in it
};

// What the content is to be digested with.
enum digest_kind cms_digest_kind(const struct signer *signer);

// Signs content of this digest. Errors: INTERNAL.
enum status cms_sign(struct scope *s, const struct signer *signer, struct str digest,
                     struct cms *out);

// Returns the signature as DER: ContentInfo with SignedData. With `timestamp`, a TimeStampToken, as
// an unsigned attribute (RFC 3161, appendix A) where it is not empty.
struct str cms_write(struct scope *s, const struct cms *c, struct str timestamp);

// How many bytes cms_write() gives at most, with a token of this many bytes.
size_t cms_bytes_max(const struct signer *signer, size_t timestamp_bytes);

#endif
