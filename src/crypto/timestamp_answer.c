// The authority's side: TSTInfo is written by hand around what the request says.
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/cms_impl.h"
#include "crypto/der_impl.h"
#include "crypto/lib_impl.h"
#include "crypto/signer_impl.h"
#include "crypto/timestamp.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

enum { SERIAL_BYTES = 12 };

// 1.3.6.1.4.1.13762.3 is nobody's policy but the one that examples use.
#define OID_EXAMPLE_POLICY "\x2B\x06\x01\x04\x01\xEB\x42\x03"

static struct str response(struct scope *s, uint8_t status, const char *words, struct str token)
{
    struct str text = {0};

    if (words)
        text = der(s, DER_SEQUENCE, 1, der(s, DER_TEXT, 1, str(words)));
    return der(s, DER_SEQUENCE, 2, der(s, DER_SEQUENCE, 2, der_small(s, status), text), token);
}

static void free_request(void *request)
{
    TS_REQ_free(request);
}

static struct str imprint_of(struct scope *s, TS_REQ *request, enum timestamp_fault fault)
{
    unsigned char *bytes = NULL;
    int count = i2d_TS_MSG_IMPRINT(TS_REQ_get_msg_imprint(request), &bytes);

    assert(count > 0);
    char *copy = scope_bytes(s, (size_t)count);
    memcpy(copy, bytes, (size_t)count);
    OPENSSL_free(bytes);
    if (fault == TIMESTAMP_WRONG_CONTENT)
        copy[count - 1] = (char)(copy[count - 1] ^ 1);
    return str_of(copy, (size_t)count);
}

static struct str integer_der(struct scope *s, const ASN1_INTEGER *integer)
{
    unsigned char *bytes = NULL;
    int count = integer ? i2d_ASN1_INTEGER(integer, &bytes) : 0;
    struct str copy = count > 0 ? str_copy(s, str_of(bytes, (size_t)count)) : (struct str){0};

    OPENSSL_free(bytes);
    return copy;
}

static struct str nonce_of(struct scope *s, const TS_REQ *request, enum timestamp_fault fault)
{
    if (fault == TIMESTAMP_WRONG_NONCE)
        return der_small(s, 7);
    return integer_der(s, TS_REQ_get_nonce(request));
}

static struct str policy_of(struct scope *s, TS_REQ *request)
{
    const ASN1_OBJECT *wanted = TS_REQ_get_policy_id(request);

    return wanted ? der(s, DER_OID, 1, str_of(OBJ_get0_data(wanted), OBJ_length(wanted)))
                  : der_oid(s, OID_EXAMPLE_POLICY);
}

// GeneralizedTime without fractions: "20260921141320Z".
static struct str time_der(struct scope *s, int64_t at_us)
{
    struct str m = moment_to_str(s, at_us, MOMENT_SECONDS);

    return der(s, DER_TIME, 1,
               str_format(s, "%.4s%.2s%.2s%.2s%.2s%.2sZ", m.data, m.data + 5, m.data + 8,
                          m.data + 11, m.data + 14, m.data + 17));
}

enum status timestamp_answer(struct scope *s, const struct signer *signer, struct str request,
                             int64_t at_us, enum timestamp_fault fault, struct str *out)
{
    const unsigned char *at = (const unsigned char *)request.data;
    TS_REQ *asked = request.bytes ? d2i_TS_REQ(NULL, &at, (long)request.bytes) : NULL;
    unsigned char serial[SERIAL_BYTES];
    struct cms cms = {0};

    if (!asked || fault == TIMESTAMP_REFUSES) {
        TS_REQ_free(asked);
        ERR_clear_error();
        *out =
            response(s, TS_STATUS_REJECTION, asked ? "not today" : "bad request", (struct str){0});
        return OK;
    }
    scope_defer(s, free_request, asked);
    if (RAND_bytes(serial, sizeof serial) != 1)
        return crypto_fail(s, INTERNAL, "no serial number could be made");
    serial[0] = (unsigned char)((serial[0] & 0x3F) | 0x40);
    struct str content =
        der(s, DER_SEQUENCE, 6, der_small(s, 1), policy_of(s, asked), imprint_of(s, asked, fault),
            der(s, DER_INTEGER, 1, str_of(serial, sizeof serial)), time_der(s, at_us),
            nonce_of(s, asked, fault));
    TRY(cms_sign_token(s, signer, content, &cms));
    *out = response(s, TS_STATUS_GRANTED, NULL, cms_write(s, &cms, (struct str){0}));
    return OK;
}
