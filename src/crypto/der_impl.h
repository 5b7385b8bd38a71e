// Writing DER (X.690, 10): each function returns one whole element, or several one after the other,
// in the scope; what is nested is written inside out. Reading is OpenSSL's. Private to the folder.
#ifndef SHEAF_CRYPTO_DER_IMPL_H
#define SHEAF_CRYPTO_DER_IMPL_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_TEXT = 0x0C, // UTF-8
    DER_TIME = 0x18, // GeneralizedTime
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xA0, // constructed
    DER_CONTEXT_1 = 0xA1,
};

// One element around the parts, which are joined: der(s, DER_SEQUENCE, 2, a, b).
struct str der(struct scope *s, enum der_tag tag, size_t count, ...);

// SET OF, its members in the order that DER wants (X.690, 11.6).
struct str der_set_of(struct scope *s, enum der_tag tag, const struct str *members, size_t count);

// An object identifier by its content's bytes: der_oid(s, "\x2A\x86…"), none of which is 0.
struct str der_oid(struct scope *s, const char *content);

struct str der_small(struct scope *s, uint8_t integer); // up to 127

// AlgorithmIdentifier with this object identifier, and NULL as its parameters where wanted.
struct str der_algorithm(struct scope *s, const char *oid, bool null);

// `Attribute`: the type and a set of one value.
struct str der_attribute(struct scope *s, const char *oid, struct str value);

// Object identifiers, as der_oid() takes them.
#define OID_DATA "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"
#define OID_SIGNED_DATA "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"
#define OID_CONTENT_TYPE "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04"
#define OID_SIGNING_CERTIFICATE_V2 "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x2F"
#define OID_SIGNATURE_TIMESTAMP "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x0E"
#define OID_TIMESTAMP_CONTENT "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04"
#define OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define OID_SHA384 "\x60\x86\x48\x01\x65\x03\x04\x02\x02"
#define OID_SHA512 "\x60\x86\x48\x01\x65\x03\x04\x02\x03"
#define OID_RSA "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"
#define OID_ECDSA_SHA256 "\x2A\x86\x48\xCE\x3D\x04\x03\x02"
#define OID_ECDSA_SHA384 "\x2A\x86\x48\xCE\x3D\x04\x03\x03"
#define OID_ECDSA_SHA512 "\x2A\x86\x48\xCE\x3D\x04\x03\x04"

#endif
