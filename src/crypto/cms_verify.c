// OpenSSL reads, this decides. One function reads any signature of one signer, whether its content
// is elsewhere (a document) or inside (a time stamp); the rest asks what it found.
#include "crypto/cms_verify.h"

#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "crypto/lib_impl.h"
#include "crypto/signer_impl.h"
#include "crypto/trust_impl.h"

#include <assert.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

enum {
    POLICY_BYTES_MAX = 256,
    RSA_BITS_STRONG = 2048,
};

struct reading {
    struct scope *scope;
    CMS_ContentInfo *cms;
    CMS_SignerInfo *info;
    STACK_OF(X509) * certificates;
    X509 *signer;
    EVP_PKEY *key;
    enum digest_kind digest;
    struct str content; // what stands inside
    enum cms_fault fault;
    struct str why;
};

static void free_cms(void *cms)
{
    CMS_ContentInfo_free(cms);
}

static void free_certificates(void *stack)
{
    sk_X509_pop_free(stack, X509_free);
}

static bool wrong(struct reading *r, enum cms_fault fault, const char *why)
{
    ERR_clear_error();
    r->fault = fault;
    r->why = str(why);
    return false;
}

static bool only_zeros(const unsigned char *from, const unsigned char *to)
{
    while (from < to && *from == 0)
        from++;
    return from == to;
}

static bool read_digest(const ASN1_OBJECT *name, enum digest_kind *out)
{
    switch (OBJ_obj2nid(name)) {
    case NID_sha1:
        *out = DIGEST_SHA1;
        return true;
    case NID_sha256:
        *out = DIGEST_SHA256;
        return true;
    case NID_sha384:
        *out = DIGEST_SHA384;
        return true;
    case NID_sha512:
        *out = DIGEST_SHA512;
        return true;
    default:
        return false;
    }
}

static bool parse(struct reading *r, struct str der, int content_type)
{
    const unsigned char *at = (const unsigned char *)der.data;
    const unsigned char *end = at + der.bytes;

    if (der.bytes == 0 || only_zeros(at, end))
        return wrong(r, CMS_MALFORMED, "the signature is empty");
    if (der.bytes > CMS_BYTES_MAX)
        return wrong(r, CMS_MALFORMED, "the signature is too long");
    r->cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.bytes);
    if (r->cms)
        scope_defer(r->scope, free_cms, r->cms);
    if (!r->cms || !only_zeros(at, end))
        return wrong(r, CMS_MALFORMED, "the signature is no CMS");
    if (OBJ_obj2nid(CMS_get0_type(r->cms)) != NID_pkcs7_signed)
        return wrong(r, CMS_MALFORMED, "the signature is no CMS of signed data");
    if (OBJ_obj2nid(CMS_get0_eContentType(r->cms)) != content_type)
        return wrong(r, CMS_MALFORMED, "the signature is of another type of content");
    return true;
}

// ETSI EN 319 142-1, 6.3: one signer, whose certificate is there.
static bool find_signer(struct reading *r)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(r->cms);
    X509_ALGOR *digest = NULL;
    const ASN1_OBJECT *name = NULL;

    if (sk_CMS_SignerInfo_num(infos) != 1)
        return wrong(r, CMS_MALFORMED, "the signature has not exactly one signer");
    r->info = sk_CMS_SignerInfo_value(infos, 0);
    r->certificates = CMS_get1_certs(r->cms);
    if (!r->certificates)
        return wrong(r, CMS_MALFORMED, "the signature has no certificate");
    scope_defer(r->scope, free_certificates, r->certificates);
    if (sk_X509_num(r->certificates) > CMS_CERTIFICATES_MAX)
        return wrong(r, CMS_MALFORMED, "the signature has too many certificates");
    (void)CMS_set1_signers_certs(r->cms, NULL, 0);
    CMS_SignerInfo_get0_algs(r->info, &r->key, &r->signer, &digest, NULL);
    if (!r->signer || !r->key)
        return wrong(r, CMS_MALFORMED, "the signer's certificate is not in the signature");
    X509_ALGOR_get0(&name, NULL, NULL, digest);
    if (!read_digest(name, &r->digest))
        return wrong(r, CMS_MALFORMED, "the signature uses a digest that is not accepted");
    return true;
}

static struct str digest_parts(struct scope *s, enum digest_kind kind, const struct str *parts,
                               size_t count)
{
    struct digest *d = digest_open(s, kind);
    uint8_t *out = scope_alloc(s, digest_bytes(kind));

    for (size_t i = 0; i < count; i++)
        digest_add(d, parts[i]);
    digest_finish(d, out);
    return str_of(out, digest_bytes(kind));
}

static struct str octets(const ASN1_STRING *string)
{
    return string ? str_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string))
                  : (struct str){0};
}

// An attribute that must be there once with one value (RFC 5652, 11).
static void *one_attribute(const struct reading *r, int name, int type)
{
    return CMS_signed_get0_data_by_OBJ(r->info, OBJ_nid2obj(name), -3, type);
}

// RFC 5652, 5.4: without signed attributes the signature is of the content itself.
static bool check_bare(struct reading *r, struct str digest)
{
    struct str signature = octets(CMS_SignerInfo_get0_signature(r->info));
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(r->key, NULL);
    bool right = context && EVP_PKEY_verify_init(context) == 1 &&
                 EVP_PKEY_CTX_set_signature_md(context, crypto_digest(r->digest)) == 1 &&
                 EVP_PKEY_verify(context, (const unsigned char *)signature.data, signature.bytes,
                                 (const unsigned char *)digest.data, digest.bytes) == 1;

    EVP_PKEY_CTX_free(context);
    return right || wrong(r, CMS_WRONG_DIGEST, "the content is not what was signed");
}

static bool check_signature(struct reading *r, const struct str *parts, size_t count)
{
    struct str digest = digest_parts(r->scope, r->digest, parts, count);

    if (CMS_signed_get_attr_count(r->info) <= 0)
        return check_bare(r, digest);
    const ASN1_OBJECT *type = one_attribute(r, NID_pkcs9_contentType, V_ASN1_OBJECT);
    if (!type || OBJ_cmp(type, CMS_get0_eContentType(r->cms)) != 0)
        return wrong(r, CMS_MALFORMED, "the signature does not say what kind of content it is of");
    struct str said = octets(one_attribute(r, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING));
    if (!said.data)
        return wrong(r, CMS_MALFORMED, "the signature has no digest of the content");
    if (!str_equal(said, digest))
        return wrong(r, CMS_WRONG_DIGEST, "the content is not what was signed");
    if (CMS_SignerInfo_verify(r->info) != 1)
        return wrong(r, CMS_WRONG_SIGNATURE,
                     "the signature was not made with the certificate's key");
    return true;
}

// RFC 5035: the certificate that the signature names must be the one it is verified with.
// Sets `named` where it names one.
static bool check_named(struct reading *r, bool *named)
{
    ASN1_STRING *second = one_attribute(r, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    ASN1_STRING *first = one_attribute(r, NID_id_smime_aa_signingCertificate, V_ASN1_SEQUENCE);
    struct str text = octets(second ? second : first);
    const unsigned char *at = (const unsigned char *)text.data;
    ESS_SIGNING_CERT *one = NULL;
    ESS_SIGNING_CERT_V2 *two = NULL;

    if (!text.data)
        return true;
    *named = true;
    STACK_OF(X509) *chain = X509_chain_up_ref(r->certificates);
    assert(chain);
    X509_up_ref(r->signer);
    int unshifted = sk_X509_unshift(chain, r->signer);
    assert(unshifted > 0);
    if (second)
        two = d2i_ESS_SIGNING_CERT_V2(NULL, &at, (long)text.bytes);
    else
        one = d2i_ESS_SIGNING_CERT(NULL, &at, (long)text.bytes);
    bool right = (one || two) && OSSL_ESS_check_signing_certs(one, two, chain, 1) == 1;
    ESS_SIGNING_CERT_free(one);
    ESS_SIGNING_CERT_V2_free(two);
    sk_X509_pop_free(chain, X509_free);
    return right ||
           wrong(r, CMS_WRONG_CERTIFICATE, "the signature names another certificate than it has");
}

static void check_chain(struct reading *r, const struct trust *trust, int64_t at_us,
                        struct cms_chain *out)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    assert(context);
    if (!trust) {
        *out = (struct cms_chain){.why = str("no authority is trusted here")};
    } else if (X509_STORE_CTX_init(context, trust->store, r->signer, r->certificates) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_time(parameters, at_us / 1000000);
        (void)X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
        (void)X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
        out->trusted = X509_verify_cert(context) == 1;
        if (!out->trusted)
            out->why = str(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    } else {
        out->why = str("the chain cannot be looked at");
    }
    X509_STORE_CTX_free(context);
    ERR_clear_error();
}

static struct signer_about about(struct scope *s, const X509 *c, const EVP_PKEY *key)
{
    return (struct signer_about){
        .name = signer_common_name(s, X509_get_subject_name(c)),
        .subject = signer_name_line(s, X509_get_subject_name(c)),
        .issuer = signer_name_line(s, X509_get_issuer_name(c)),
        .key = signer_key_kind(s, key),
        .valid_from_us = signer_time_us(X509_get0_notBefore(c)),
        .valid_until_us = signer_time_us(X509_get0_notAfter(c)),
    };
}

// The content of the token must be TSTInfo about the digest of what was stamped (RFC 3161, 2.4.2).
static bool read_token(struct reading *r, const struct cms_question *question,
                       struct cms_token *out)
{
    const unsigned char *at = (const unsigned char *)r->content.data;
    TS_TST_INFO *info = d2i_TS_TST_INFO(NULL, &at, (long)r->content.bytes);
    const ASN1_OBJECT *name = NULL;
    enum digest_kind kind = DIGEST_SHA256;
    char policy[POLICY_BYTES_MAX] = "";

    if (!info)
        return wrong(r, CMS_MALFORMED, "the time stamp cannot be read");
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    X509_ALGOR_get0(&name, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    bool known = read_digest(name, &kind);
    struct str said = octets(TS_MSG_IMPRINT_get_msg(imprint));
    bool fits = known && str_equal(said, digest_parts(r->scope, kind, question->parts,
                                                      question->part_count));
    out->stamp.at_us = signer_time_us(TS_TST_INFO_get_time(info));
    (void)OBJ_obj2txt(policy, sizeof policy, TS_TST_INFO_get_policy_id(info), 1);
    out->policy = str_copy(r->scope, str(policy));
    const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(info);
    out->nonce = nonce ? hex_encode(r->scope, octets(nonce)) : (struct str){0};
    TS_TST_INFO_free(info);
    return fits || wrong(r, CMS_WRONG_DIGEST, "the time stamp is of something else");
}

// RFC 3161, 2.3: the key is for time stamps and nothing else, and says so critically.
static bool check_stamper(struct reading *r)
{
    int at = X509_get_ext_by_NID(r->signer, NID_ext_key_usage, -1);
    bool critical = at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(r->signer, at)) == 1;

    if (critical && X509_get_extended_key_usage(r->signer) == XKU_TIMESTAMP)
        return true;
    return wrong(r, CMS_WRONG_CERTIFICATE, "the certificate is not for time stamps alone");
}

static bool verify_token(struct reading *r, struct str token, const struct cms_question *question,
                         struct cms_token *out)
{
    bool named = false;

    if (!parse(r, token, NID_id_smime_ct_TSTInfo) || !find_signer(r))
        return false;
    ASN1_OCTET_STRING **content = CMS_get0_content(r->cms);
    out->stamp.authority = signer_common_name(r->scope, X509_get_subject_name(r->signer));
    r->content = content ? octets(*content) : (struct str){0};
    if (!r->content.data)
        return wrong(r, CMS_MALFORMED, "the time stamp has no content");
    return read_token(r, question, out) && check_signature(r, &r->content, 1) &&
           check_named(r, &named) && check_stamper(r);
}

void cms_verify_token(struct scope *s, struct str token, const struct cms_question *question,
                      struct cms_token *out)
{
    struct reading r = {.scope = s};

    *out = (struct cms_token){.stamp.present = true};
    if (verify_token(&r, token, question, out))
        check_chain(&r, question->trust, question->now_us, &out->stamp.chain);
    else
        out->stamp.chain.why = r.why;
    out->stamp.fault = r.fault;
    out->stamp.why = r.why;
    ERR_clear_error();
}

// RFC 3161, appendix A.
static void find_stamp(struct reading *r, const struct cms_question *question,
                       struct cms_stamp *out)
{
    int at = CMS_unsigned_get_attr_by_NID(r->info, NID_id_smime_aa_timeStampToken, -1);
    X509_ATTRIBUTE *attribute = at >= 0 ? CMS_unsigned_get_attr(r->info, at) : NULL;
    const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
    struct cms_token token = {0};

    if (!attribute)
        return;
    struct str der =
        value && value->type == V_ASN1_SEQUENCE ? octets(value->value.sequence) : (struct str){0};
    struct str signature = octets(CMS_SignerInfo_get0_signature(r->info));
    struct cms_question inner = *question;
    inner.parts = &signature;
    inner.part_count = 1;
    cms_verify_token(r->scope, der, &inner, &token);
    *out = token.stamp;
}

static void describe(struct reading *r, struct cms_verdict *out)
{
    static const char *const names[DIGEST_KINDS] = {"MD5", "SHA-1", "SHA-256", "SHA-384",
                                                    "SHA-512"};
    struct scope *s = r->scope;
    int bits = EVP_PKEY_get_bits(r->key);

    out->signer = about(s, r->signer, r->key);
    out->algorithm = str_format(s, "%.*s with %s", STR(out->signer.key), names[r->digest]);
    if (r->digest == DIGEST_SHA1)
        out->weakness = str("SHA-1");
    else if (EVP_PKEY_is_a(r->key, "RSA") && bits < RSA_BITS_STRONG)
        out->weakness = str_format(s, "RSA with %d bits", bits);
    out->has_signing_time = CMS_signed_get_attr_by_NID(r->info, NID_pkcs9_signingTime, -1) >= 0;
}

static bool verify(struct reading *r, struct str der, const struct cms_question *question,
                   struct cms_verdict *out)
{
    if (!parse(r, der, NID_pkcs7_data))
        return false;
    if (!CMS_is_detached(r->cms))
        return wrong(r, CMS_MALFORMED, "the signature brings content of its own");
    if (!find_signer(r))
        return false;
    describe(r, out);
    find_stamp(r, question, &out->stamp);
    check_chain(r, question->trust,
                out->stamp.fault == CMS_SOUND && out->stamp.chain.trusted ? out->stamp.at_us
                                                                          : question->now_us,
                &out->chain);
    return check_signature(r, question->parts, question->part_count) &&
           check_named(r, &out->names_certificate);
}

void cms_verify(struct scope *s, struct str der, const struct cms_question *question,
                struct cms_verdict *out)
{
    struct reading r = {.scope = s};

    *out = (struct cms_verdict){0};
    if (!verify(&r, der, question, out) && !out->chain.trusted && !out->chain.why.bytes)
        out->chain.why = r.why;
    out->fault = r.fault;
    out->why = r.why;
    ERR_clear_error();
}
