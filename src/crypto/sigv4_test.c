// Signature Version 4 beyond the conformance suite: examples of AWS's documents, and refusals.
#include "crypto/sigv4.h"

#include "core/hex.h"
#include "core/scope.h"

#include "test/harness.h"

// "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API Reference: the examples' key.
static const struct sigv4_signer example = {
    .access_key = STR_INIT("AKIAIOSFODNN7EXAMPLE"),
    .secret = STR_INIT("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    .region = STR_INIT("us-east-1"),
    .service = STR_INIT("s3"),
    .now_us = 1369353600000000, // 2013-05-24T00:00:00Z
    .path = SIGV4_PATH_OBJECT,
    .sends_payload_hash = true,
};

#define HEADER(n, v)                                                                               \
    {                                                                                              \
        STR_INIT(n), STR_INIT(v)                                                                   \
    }

TEST(a_signing_key_is_derived_as_aws_shows)
{
    uint8_t key[SIGV4_KEY_BYTES];

    // AWS General Reference, "Examples of how to derive a signing key".
    sigv4_key(str("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), str("20150830"), str("us-east-1"),
              str("iam"), key);

    EXPECT_STR(hex_encode(s, str_of(key, sizeof key)),
               "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(an_object_is_fetched_with_the_signature_that_aws_shows)
{
    const struct sigv4_header headers[] = {HEADER("Host", "examplebucket.s3.amazonaws.com"),
                                           HEADER("Range", "bytes=0-9")};
    const struct sigv4_request r = {str("GET"), str("/test.txt"), str(""), headers, 2, str("")};
    struct sigv4_signed out = {0};

    REQUIRE_OK(sigv4_sign(s, &example, &r, &out));

    EXPECT_STR(out.signature, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    EXPECT_EQUAL(out.header_count, 3);
}

TEST(a_listing_is_signed_with_the_signature_that_aws_shows)
{
    const struct sigv4_header headers[] = {HEADER("Host", "examplebucket.s3.amazonaws.com")};
    const struct sigv4_request r = {str("GET"), str("/"), str("max-keys=2&prefix=J"),
                                    headers,    1,        str("")};
    const struct sigv4_request flag = {str("GET"), str("/"), str("lifecycle"), headers, 1, str("")};
    struct sigv4_signed out = {0};

    REQUIRE_OK(sigv4_sign(s, &example, &r, &out));
    EXPECT_STR(out.signature, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    REQUIRE_OK(sigv4_sign(s, &example, &flag, &out));
    EXPECT_STR(out.signature, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(an_address_is_presigned_as_aws_shows)
{
    const struct sigv4_header headers[] = {HEADER("Host", "examplebucket.s3.amazonaws.com")};
    const struct sigv4_request r = {str("GET"), str("/test.txt"),           str(""), headers,
                                    1,          str(SIGV4_UNSIGNED_PAYLOAD)};
    struct sigv4_signed out = {0};

    REQUIRE_OK(sigv4_presign(s, &example, &r, 86400, &out));

    EXPECT_STR(out.signature, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    EXPECT(sigv4_presign(s, &example, &r, 0, &out) == INVALID);
    EXPECT(sigv4_presign(s, &example, &r, 604801, &out) == INVALID);
}

static enum status find_example(struct scope *s, void *context, struct str access_key,
                                struct str *secret)
{
    (void)context;
    if (!str_equal(access_key, example.access_key))
        return fail(s, NOT_FOUND, "no such key");
    *secret = example.secret;
    return OK;
}

static struct sigv4_verifier at(int64_t seconds_later)
{
    return (struct sigv4_verifier){
        .find_secret = find_example,
        .now_us = example.now_us + seconds_later * 1000000,
    };
}

enum { SENT_HEADERS_MAX = 12 };

// A request with what signing added, as it would arrive.
struct sent {
    struct sigv4_request r;
    struct sigv4_header headers[SENT_HEADERS_MAX];
};

static struct sent *send_signed(struct scope *s, const struct sigv4_signer *by,
                                struct sigv4_request r)
{
    struct sent *sent = scope_new(s, struct sent);
    struct sigv4_signed out = {0};

    EXPECT_OK(sigv4_sign(s, by, &r, &out));
    memcpy(sent->headers, r.headers, r.header_count * sizeof *r.headers);
    memcpy(sent->headers + r.header_count, out.headers, out.header_count * sizeof *out.headers);
    sent->r = r;
    sent->r.headers = sent->headers;
    sent->r.header_count += out.header_count;
    return sent;
}

static struct sent *send_get(struct scope *s, const struct sigv4_signer *by)
{
    static const struct sigv4_header headers[] = {HEADER("Host", "localhost:8080"),
                                                  HEADER("X-Amz-Target", "Things.Get")};
    const struct sigv4_request r = {str("GET"), str("/a%20b/../c"), str("x=1+2&a=%7e"), headers, 2,
                                    str("")};

    return send_signed(s, by, r);
}

static struct sent *send_presigned(struct scope *s, uint32_t expires_s)
{
    static const struct sigv4_header headers[] = {HEADER("Host", "localhost:8080")};
    const struct sigv4_request r = {str("PUT"), str("/bucket/k"),           str(""), headers,
                                    1,          str(SIGV4_UNSIGNED_PAYLOAD)};
    struct sent *sent = scope_new(s, struct sent);
    struct sigv4_signed out = {0};

    EXPECT_OK(sigv4_presign(s, &example, &r, expires_s, &out));
    sent->r = r;
    sent->r.query = out.query;
    sent->r.payload_hash = str("");
    return sent;
}

static enum sigv4_fault fault_of(struct scope *s, const struct sigv4_request *r, int64_t later_s)
{
    struct sigv4_verifier v = at(later_s);
    struct sigv4_claim claim = {0};
    struct sigv4_proof proof = {0};
    enum status e = sigv4_read(s, r, &claim);

    if (e == OK)
        e = sigv4_verify(s, &v, r, &claim, &proof);
    EXPECT(e == OK || e == UNAUTHENTICATED);
    EXPECT((e == OK) == (claim.fault == SIGV4_SOUND && proof.fault == SIGV4_SOUND));
    return claim.fault ? claim.fault : proof.fault;
}

TEST(what_was_signed_verifies_and_says_who_and_where)
{
    struct sent *sent = send_get(s, &example);
    struct sigv4_verifier v = at(10);
    struct sigv4_claim claim = {0};
    struct sigv4_proof proof = {0};

    REQUIRE_OK(sigv4_read(s, &sent->r, &claim));
    REQUIRE_OK(sigv4_verify(s, &v, &sent->r, &claim, &proof));

    EXPECT_STR(claim.access_key, "AKIAIOSFODNN7EXAMPLE");
    EXPECT_STR(claim.region, "us-east-1");
    EXPECT_STR(claim.service, "s3");
    EXPECT(!claim.presigned);
    EXPECT_STR(proof.payload_hash,
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQUAL(proof.expires_at_us, example.now_us + SIGV4_SKEW_MAX_S * INT64_C(1000000));
}

TEST(a_request_that_was_changed_on_the_way_does_not_verify)
{
    struct sent *sent = send_get(s, &example);
    struct sigv4_request r = sent->r;

    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_SOUND);
    r.method = str("DELETE");
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_MISMATCH);
    r = sent->r;
    r.path = str("/a%20b/../d");
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_MISMATCH);
    r = sent->r;
    r.query = str("x=1+2&a=%7f");
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_MISMATCH);
    r.query = str("x=1%2B2&a=%7e");
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_MISMATCH);
    r.query = str("a=~&x=1%202"); // another spelling of the same
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_SOUND);
    sent->headers[0].value = str("elsewhere:8080");
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_MISMATCH);
}

TEST(a_path_or_query_that_is_no_url_is_refused)
{
    struct sent *sent = send_get(s, &example);
    struct sigv4_request r = sent->r;

    r.path = str("/a%2");
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_MALFORMED);
    r = sent->r;
    r.query = str("x=1+2&a=%7e&b=%zz");
    EXPECT_EQUAL(fault_of(s, &r, 0), SIGV4_MALFORMED);
}

TEST(an_unsigned_amazon_header_is_refused_and_others_pass)
{
    struct sent *sent = send_get(s, &example);
    struct sigv4_header *more = &sent->headers[sent->r.header_count++];

    *more = (struct sigv4_header)HEADER("X-Forwarded-For", "10.0.0.1");
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_SOUND);
    *more = (struct sigv4_header)HEADER("X-Amz-Acl", "public-read");
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_HEADERS_UNSIGNED);
    *more = (struct sigv4_header)HEADER("X-Amz-Target", "Things.Delete");
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_MISMATCH);
}

TEST(a_signature_is_valid_for_a_quarter_of_an_hour_either_way)
{
    struct sent *sent = send_get(s, &example);

    EXPECT_EQUAL(fault_of(s, &sent->r, 899), SIGV4_SOUND);
    EXPECT_EQUAL(fault_of(s, &sent->r, 900), SIGV4_SKEWED);
    EXPECT_EQUAL(fault_of(s, &sent->r, -900), SIGV4_SOUND);
    EXPECT_EQUAL(fault_of(s, &sent->r, -901), SIGV4_SKEWED);
}

TEST(a_presigned_address_is_valid_until_it_expires)
{
    struct sent *sent = send_presigned(s, 3600);

    EXPECT_EQUAL(fault_of(s, &sent->r, 3599), SIGV4_SOUND);
    EXPECT_EQUAL(fault_of(s, &sent->r, 3600), SIGV4_EXPIRED);
    EXPECT_EQUAL(fault_of(s, &sent->r, -901), SIGV4_SKEWED);
    sent->r.query = str_concat(s, 2, sent->r.query, str("&x=1"));
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_MISMATCH);
}

TEST(an_unknown_access_key_is_refused)
{
    struct sigv4_signer stranger = example;

    stranger.access_key = str("AKIDSTRANGER");
    EXPECT_EQUAL(fault_of(s, &send_get(s, &stranger)->r, 0), SIGV4_UNKNOWN_KEY);
    stranger = example;
    stranger.secret = str("guessed");
    EXPECT_EQUAL(fault_of(s, &send_get(s, &stranger)->r, 0), SIGV4_MISMATCH);
}

TEST(a_body_must_be_the_one_that_was_signed)
{
    struct sent *sent = send_get(s, &example);

    sent->r.payload_hash = str("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_PAYLOAD_MISMATCH);
}

TEST(only_objects_may_leave_their_body_unsigned)
{
    const struct sigv4_header headers[] = {HEADER("Host", "localhost")};
    const struct sigv4_request r = {str("POST"), str("/"), str(""),
                                    headers,     1,        str(SIGV4_UNSIGNED_PAYLOAD)};
    struct sigv4_signer states = example;

    EXPECT_EQUAL(fault_of(s, &send_signed(s, &example, r)->r, 0), SIGV4_SOUND);
    states.service = str("states");
    EXPECT_EQUAL(fault_of(s, &send_signed(s, &states, r)->r, 0), SIGV4_PAYLOAD_MISMATCH);
    states.sends_payload_hash = false;
    struct sent *undeclared = send_signed(s, &states, r);
    undeclared->r.payload_hash = str("");
    EXPECT_EQUAL(fault_of(s, &undeclared->r, 0), SIGV4_PAYLOAD_MISMATCH);
}

#define CREDENTIAL "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
#define HASH "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
#define DATE "20130524T000000Z"

TEST(a_malformed_authorization_is_told_from_a_wrong_one)
{
    static const struct {
        const char *authorization;
        const char *date;
        enum sigv4_fault fault;
    } cases[] = {
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=" HASH, DATE,
         SIGV4_MISMATCH},
        {"Signature=" HASH ",Credential=" CREDENTIAL ",SignedHeaders=host;x-amz-date", DATE,
         SIGV4_MISMATCH},
        {"", DATE, SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date", DATE, SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=", DATE,
         SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=" HASH
         ", Signature=" HASH,
         DATE, SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=" HASH ", More=1",
         DATE, SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=x-amz-date;host, Signature=" HASH, DATE,
         SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=Host;x-amz-date, Signature=" HASH, DATE,
         SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;host;x-amz-date, Signature=" HASH, DATE,
         SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date;, Signature=" HASH, DATE,
         SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-absent;x-amz-date, Signature=" HASH, DATE,
         SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=x-amz-date, Signature=" HASH, DATE,
         SIGV4_HEADERS_UNSIGNED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host, Signature=" HASH, DATE,
         SIGV4_HEADERS_UNSIGNED},
        {"Credential=A/20130524/us-east-1/aws4_request, SignedHeaders=host;x-amz-date, "
         "Signature=" HASH,
         DATE, SIGV4_MALFORMED},
        {"Credential=A/20130524/us-east-1/s3/aws4_request/x, SignedHeaders=host;x-amz-date, "
         "Signature=" HASH,
         DATE, SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=" HASH,
         "20130525T000000Z", SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=" HASH,
         "20130524T000060Z", SIGV4_MALFORMED},
        {"Credential=" CREDENTIAL ", SignedHeaders=host;x-amz-date, Signature=" HASH,
         "Fri, 24 May 2013", SIGV4_MALFORMED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sigv4_header headers[] = {
            HEADER("Host", "localhost"),
            {str("X-Amz-Date"), str(cases[i].date)},
            {str("Authorization"), str_format(s, "AWS4-HMAC-SHA256 %s", cases[i].authorization)},
        };
        const struct sigv4_request r = {str("GET"), str("/"), str(""), headers, 3, str(HASH)};
        enum sigv4_fault is = fault_of(s, &r, 0);
        EXPECT_EQUAL(is, cases[i].fault);
        if (is != cases[i].fault)
            EXPECT_STR(str(cases[i].authorization), "(the case above)");
    }
}

TEST(a_request_without_a_signature_of_this_kind_is_not_found)
{
    const struct sigv4_header headers[] = {HEADER("Host", "localhost"),
                                           HEADER("Authorization", "Bearer abc")};
    struct sigv4_request r = {str("GET"), str("/"), str("a=b"), headers, 2, str("")};
    struct sigv4_claim claim = {0};

    EXPECT(sigv4_read(s, &r, &claim) == NOT_FOUND);
    r.query = str("X-Amz-Signature=" HASH);
    EXPECT(sigv4_read(s, &r, &claim) == UNAUTHENTICATED); // and a bearer token besides
    EXPECT_EQUAL(claim.fault, SIGV4_MALFORMED);
    r.header_count = SIGV4_HEADERS_MAX + 1;
    EXPECT(sigv4_read(s, &r, &claim) == TOO_LARGE);
}

TEST(a_doubled_parameter_of_the_signature_is_refused)
{
    struct sent *sent = send_presigned(s, 60);

    sent->r.query = str_concat(s, 2, sent->r.query, str("&X-Amz-Expires=604800"));
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_MALFORMED);
    sent = send_presigned(s, 60);
    sent->r.query = str_concat(s, 2, sent->r.query, str("&X%2dAmz-Expires=604800"));
    EXPECT_EQUAL(fault_of(s, &sent->r, 0), SIGV4_MALFORMED);
}

TEST(a_request_that_is_signed_already_is_not_signed_again)
{
    struct sent *sent = send_get(s, &example);
    const struct sigv4_header headers[] = {HEADER("Accept", "*/*")};
    const struct sigv4_request no_host = {str("GET"), str("/"), str(""), headers, 1, str("")};
    struct sigv4_signed out = {0};

    EXPECT(sigv4_sign(s, &example, &sent->r, &out) == INVALID);
    EXPECT(sigv4_sign(s, &example, &no_host, &out) == INVALID);
    EXPECT(sigv4_presign(s, &example, &send_presigned(s, 60)->r, 60, &out) == INVALID);
}
