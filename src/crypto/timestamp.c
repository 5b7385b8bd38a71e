// Questions are written and answers looked at; the signature on a token is cms_verify.h's.
#include "crypto/timestamp.h"

#include "core/hex.h"
#include "core/scope.h"
#include "crypto/cms_verify.h"
#include "crypto/der_impl.h"
#include "crypto/digest.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

enum {
    NONCE_BYTES = 8,
    WORDS_BYTES_MAX = 200, // of an authority, in a sentence
};

static enum status policy_der(struct scope *s, struct str policy, struct str *out)
{
    if (policy.bytes == 0)
        return OK;
    ASN1_OBJECT *object = OBJ_txt2obj(str_z(s, policy), 1);
    if (!object)
        return crypto_fail(s, INVALID, "the time-stamp policy is no object identifier");
    *out = der(s, DER_OID, 1, str_of(OBJ_get0_data(object), OBJ_length(object)));
    ASN1_OBJECT_free(object);
    return OK;
}

enum status timestamp_ask(struct scope *s, struct str stamped, struct str policy,
                          struct timestamp_question *out)
{
    unsigned char nonce[NONCE_BYTES];
    uint8_t digest[SHA256_BYTES];
    struct str wanted = {0};

    TRY(policy_der(s, policy, &wanted));
    if (RAND_bytes(nonce, sizeof nonce) != 1)
        return crypto_fail(s, INTERNAL, "no nonce could be made");
    nonce[0] = (unsigned char)((nonce[0] & 0x3F) | 0x40); // positive, and always of one length
    digest_sha256(stamped, digest);
    struct str imprint = der(s, DER_SEQUENCE, 2, der_algorithm(s, OID_SHA256, true),
                             der(s, DER_OCTETS, 1, str_of(digest, sizeof digest)));
    *out = (struct timestamp_question){
        .request = der(s, DER_SEQUENCE, 5, der_small(s, 1), imprint, wanted,
                       der(s, DER_INTEGER, 1, str_of(nonce, sizeof nonce)),
                       der(s, DER_BOOLEAN, 1, str("\xFF"))),
        .stamped = stamped,
        .nonce = hex_encode(s, str_of(nonce, sizeof nonce)),
        .policy = policy,
    };
    return OK;
}

// Cuts the next DER element off.
static bool next(struct str *rest, struct str *element)
{
    const unsigned char *at = (const unsigned char *)rest->data;
    long length = 0;
    int tag = 0;
    int class = 0;

    // The result has bit 7 on an error, and bit 0 for a length that is not said, which DER forbids.
    if (rest->bytes == 0 ||
        (ASN1_get_object(&at, &length, &tag, &class, (long)rest->bytes) & 0x81)) {
        ERR_clear_error();
        return false;
    }
    size_t bytes = (size_t)(at - (const unsigned char *)rest->data) + (size_t)length;
    *element = str_slice(*rest, 0, bytes);
    *rest = str_slice(*rest, bytes, rest->bytes);
    return true;
}

// The content of one element that is all there is.
static bool inside(struct str der_bytes, struct str *content)
{
    const unsigned char *at = (const unsigned char *)der_bytes.data;
    struct str element = {0};
    long length = 0;
    int tag = 0;
    int class = 0;

    if (!next(&der_bytes, &element) || der_bytes.bytes)
        return false;
    (void)ASN1_get_object(&at, &length, &tag, &class, (long)element.bytes);
    *content = str_of(at, (size_t)length);
    return tag == V_ASN1_SEQUENCE;
}

// RFC 3161, 2.4.2: granted, perhaps with modifications, which are checked like all else.
static enum status check_granted(struct scope *s, const TS_STATUS_INFO *info)
{
    int64_t code = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
    const ASN1_BIT_STRING *failure = TS_STATUS_INFO_get0_failure_info(info);
    const STACK_OF(ASN1_UTF8STRING) *words = TS_STATUS_INFO_get0_text(info);
    struct str said = str("no reason given");

    if (code == TS_STATUS_GRANTED || code == TS_STATUS_GRANTED_WITH_MODS)
        return OK;
    if (sk_ASN1_UTF8STRING_num(words) > 0) {
        const ASN1_UTF8STRING *first = sk_ASN1_UTF8STRING_value(words, 0);
        said = str_slice(str_of(ASN1_STRING_get0_data(first), (size_t)ASN1_STRING_length(first)), 0,
                         WORDS_BYTES_MAX);
    }
    bool passes = failure && (ASN1_BIT_STRING_get_bit(failure, TS_INFO_SYSTEM_FAILURE) ||
                              ASN1_BIT_STRING_get_bit(failure, TS_INFO_TIME_NOT_AVAILABLE));
    return fail(s, passes ? TEMPORARY : REFUSED, "the time-stamp authority refuses (%lld): %.*s",
                (long long)code, STR(said));
}

static enum status check_status(struct scope *s, struct str status)
{
    const unsigned char *at = (const unsigned char *)status.data;
    TS_STATUS_INFO *info = d2i_TS_STATUS_INFO(NULL, &at, (long)status.bytes);

    if (!info)
        return crypto_fail(s, UNAUTHENTICATED, "the time-stamp authority's answer cannot be read");
    enum status e = check_granted(s, info);
    TS_STATUS_INFO_free(info);
    return e;
}

enum status timestamp_take(struct scope *s, const struct timestamp_question *question,
                           struct str answer, const struct trust *trust, int64_t now_us,
                           struct str *token)
{
    struct cms_question about = {
        .trust = trust, .now_us = now_us, .parts = &question->stamped, .part_count = 1};
    struct cms_token said = {0};
    struct str rest = {0};
    struct str status = {0};

    if (answer.bytes > TIMESTAMP_ANSWER_BYTES_MAX || !inside(answer, &rest) ||
        !next(&rest, &status))
        return fail(s, UNAUTHENTICATED, "the time-stamp authority's answer cannot be read");
    TRY(check_status(s, status));
    cms_verify_token(s, rest, &about, &said);
    if (said.stamp.fault != CMS_SOUND)
        return fail(s, UNAUTHENTICATED, "the time stamp is not sound: %.*s", STR(said.stamp.why));
    if (!str_equal(said.nonce, question->nonce))
        return fail(s, UNAUTHENTICATED, "the time stamp answers another question");
    if (question->policy.bytes && !str_equal(said.policy, question->policy))
        return fail(s, UNAUTHENTICATED, "the time stamp is of the policy %.*s", STR(said.policy));
    if (trust && !said.stamp.chain.trusted)
        return fail(s, UNAUTHENTICATED, "the time-stamp authority is not trusted: %.*s",
                    STR(said.stamp.chain.why));
    *token = rest;
    return OK;
}
