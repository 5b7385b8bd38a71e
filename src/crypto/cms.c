// CMS is written by hand: all but the digest and the signature is the same for every document, and
// the order of DER is in one place.
#include "crypto/cms.h"

#include "core/scope.h"
#include "crypto/cms_impl.h"
#include "crypto/der_impl.h"
#include "crypto/signer_impl.h"

#include <assert.h>

enum { FRAME_BYTES_MAX = 512 }; // of a signature, beyond the parts that are counted

enum digest_kind cms_digest_kind(const struct signer *signer)
{
    return signer->digest;
}

static enum status sign(struct scope *s, const struct signer *signer, const char *type,
                        struct str digest, struct cms *out)
{
    struct str attributes[] = {
        der_attribute(s, OID_CONTENT_TYPE, der_oid(s, type)),
        der_attribute(s, OID_MESSAGE_DIGEST, der(s, DER_OCTETS, 1, digest)),
        signer->signing_certificate,
    };
    size_t count = sizeof attributes / sizeof attributes[0];

    assert(digest.bytes == digest_bytes(signer->digest));
    // RFC 5652, 5.4: what is signed has the tag of a set; in SignerInfo it is [0].
    struct str set = der_set_of(s, DER_SET, attributes, count);
    *out = (struct cms){
        .signer = signer,
        .attributes = der_set_of(s, DER_CONTEXT_0, attributes, count),
    };
    return signer_sign(s, signer, set, &out->signature);
}

enum status cms_sign(struct scope *s, const struct signer *signer, struct str digest,
                     struct cms *out)
{
    return sign(s, signer, OID_DATA, digest, out);
}

enum status cms_sign_token(struct scope *s, const struct signer *signer, struct str content,
                           struct cms *out)
{
    uint8_t digest[DIGEST_BYTES_MAX];

    digest_of(signer->digest, content, digest);
    TRY(sign(s, signer, OID_TIMESTAMP_CONTENT, str_of(digest, digest_bytes(signer->digest)), out));
    out->embedded = content;
    return OK;
}

// EncapsulatedContentInfo; its kind decides the version of SignedData (RFC 5652, 5.1).
static struct str content_info(struct scope *s, const struct cms *c, uint8_t *version)
{
    *version = c->embedded.bytes ? 3 : 1;
    if (!c->embedded.bytes)
        return der(s, DER_SEQUENCE, 1, der_oid(s, OID_DATA));
    return der(s, DER_SEQUENCE, 2, der_oid(s, OID_TIMESTAMP_CONTENT),
               der(s, DER_CONTEXT_0, 1, der(s, DER_OCTETS, 1, c->embedded)));
}

struct str cms_write(struct scope *s, const struct cms *c, struct str timestamp)
{
    const struct signer *signer = c->signer;
    struct str unsigned_attributes = {0};
    uint8_t version = 0;

    if (timestamp.bytes)
        unsigned_attributes =
            der(s, DER_CONTEXT_1, 1, der_attribute(s, OID_SIGNATURE_TIMESTAMP, timestamp));
    struct str signer_info =
        der(s, DER_SEQUENCE, 7, der_small(s, 1), signer->issuer_and_serial,
            signer->digest_algorithm, c->attributes, signer->signature_algorithm,
            der(s, DER_OCTETS, 1, c->signature), unsigned_attributes);
    struct str content = content_info(s, c, &version);
    struct str signed_data =
        der(s, DER_SEQUENCE, 5, der_small(s, version), der(s, DER_SET, 1, signer->digest_algorithm),
            content, signer->certificates, der(s, DER_SET, 1, signer_info));
    return der(s, DER_SEQUENCE, 2, der_oid(s, OID_SIGNED_DATA),
               der(s, DER_CONTEXT_0, 1, signed_data));
}

size_t cms_bytes_max(const struct signer *signer, size_t timestamp_bytes)
{
    return FRAME_BYTES_MAX + signer->certificates.bytes + signer->issuer_and_serial.bytes +
           signer_signature_bytes(signer) + timestamp_bytes;
}
