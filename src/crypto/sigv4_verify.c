// Verifying: reads what a request claims, builds the canonical request of that claim, and compares
// signatures in constant time. Strict where a difference could be turned into another meaning:
// every part exactly once, host and every x-amz- header signed, one way of signing only.
#include "crypto/sigv4.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"
#include "crypto/sigv4_impl.h"

#include <assert.h>

static enum status refuse(struct scope *s, enum sigv4_fault *fault, enum sigv4_fault f,
                          const char *why)
{
    *fault = f;
    return fail(s, UNAUTHENTICATED, "%s", why);
}

static enum status malformed(struct scope *s, struct sigv4_claim *c, const char *why)
{
    return refuse(s, &c->fault, SIGV4_MALFORMED, why);
}

// Returns how many headers have the name, and the value of the last of them.
static size_t find_header(const struct sigv4_request *r, const char *name, struct str *value)
{
    size_t count = 0;

    for (size_t i = 0; i < r->header_count; i++) {
        if (!str_equal_nocase(r->headers[i].name, str(name)))
            continue;
        *value = str_trim(r->headers[i].value);
        count++;
    }
    return count;
}

// Returns how many parameters of the query have the name, and the decoded value of the last; one
// whose value does not decode counts as two.
static size_t find_parameter(struct scope *s, struct str query, const char *name, struct str *value)
{
    size_t count = 0;

    for (struct str raw_name, raw; url_query_next(&query, &raw_name, &raw);)
        if (sigv4_is_parameter(s, raw_name, name))
            count += url_decode_form(s, raw, value) == OK ? 1 : 2;
    return count;
}

static bool is_hex_of_sha256(struct str text)
{
    if (text.bytes != SIGV4_HEX_BYTES)
        return false;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

static bool is_streamed(struct str hash)
{
    return str_is(hash, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") ||
           str_is(hash, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") ||
           str_is(hash, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
}

// Reads ACCESSKEY/DATE/REGION/SERVICE/aws4_request.
static enum status read_credential(struct scope *s, struct str credential, struct sigv4_claim *c)
{
    struct str rest = credential;

    c->access_key = str_cut(&rest, '/');
    c->date = str_cut(&rest, '/');
    c->region = str_cut(&rest, '/');
    c->service = str_cut(&rest, '/');
    if (c->access_key.bytes == 0 || c->date.bytes != SIGV4_DATE_BYTES || c->region.bytes == 0 ||
        c->service.bytes == 0 || !str_is(rest, SIGV4_TERMINATOR))
        return malformed(s, c, "the credential is not KEY/DATE/REGION/SERVICE/aws4_request");
    return OK;
}

static bool is_header_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// Checks that the names are lower case, sorted, each once, and that host is among them.
static enum status read_signed_headers(struct scope *s, struct sigv4_claim *c)
{
    struct str rest = c->signed_headers;
    struct str before = {0};
    bool has_host = false;

    while (rest.data) {
        struct str name = str_cut(&rest, ';');
        for (size_t i = 0; i < name.bytes; i++)
            if (!is_header_character(name.data[i]))
                return malformed(s, c, "SignedHeaders holds a character that no header has");
        if (name.bytes == 0 || str_compare(before, name) >= 0)
            return malformed(s, c, "SignedHeaders is not a sorted list of names");
        has_host = has_host || str_is(name, "host");
        before = name;
    }
    if (!has_host)
        return refuse(s, &c->fault, SIGV4_HEADERS_UNSIGNED, "the Host header is not signed");
    return OK;
}

// What both forms have in common, once their parts were found.
static enum status read_parts(struct scope *s, struct str credential, struct sigv4_claim *c)
{
    TRY(read_credential(s, credential, c));
    TRY(read_signed_headers(s, c));
    if (!is_hex_of_sha256(c->signature))
        return malformed(s, c, "the signature is not 64 lower-case hexadecimal digits");
    if (!sigv4_read_timestamp(c->timestamp, &c->signed_at_us))
        return malformed(s, c, "X-Amz-Date is not YYYYMMDDTHHMMSSZ");
    if (!str_starts(c->timestamp, c->date))
        return malformed(s, c, "X-Amz-Date is of another day than the credential");
    if (c->payload_hash.bytes && !is_hex_of_sha256(c->payload_hash) &&
        !is_streamed(c->payload_hash) && !str_is(c->payload_hash, SIGV4_UNSIGNED_PAYLOAD))
        return malformed(s, c,
                         "x-amz-content-sha256 is no SHA-256 and no word that stands for one");
    return OK;
}

// Reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…", in any order.
static enum status read_authorization(struct scope *s, struct str value, struct sigv4_claim *c)
{
    struct str rest = str_slice(value, sizeof SIGV4_ALGORITHM - 1, value.bytes);
    struct str credential = {0};

    while (rest.data) {
        struct str part = str_trim(str_cut(&rest, ','));
        struct str name = str_cut(&part, '=');
        struct str *place = str_is(name, "Credential")      ? &credential
                            : str_is(name, "SignedHeaders") ? &c->signed_headers
                            : str_is(name, "Signature")     ? &c->signature
                                                            : NULL;
        if (!place || place->data || part.bytes == 0) {
            return malformed(s, c,
                             "Authorization is not Credential, SignedHeaders and Signature, "
                             "each once");
        }
        *place = part;
    }
    if (!credential.data || !c->signed_headers.data || !c->signature.data)
        return malformed(s, c, "Authorization lacks Credential, SignedHeaders or Signature");
    return read_parts(s, credential, c);
}

static enum status read_header_form(struct scope *s, const struct sigv4_request *r,
                                    struct str authorization, struct sigv4_claim *c)
{
    if (find_header(r, "x-amz-date", &c->timestamp) != 1)
        return malformed(s, c, "a signed request has one X-Amz-Date header");
    if (find_header(r, "x-amz-content-sha256", &c->payload_hash) > 1 ||
        find_header(r, "x-amz-security-token", &c->session_token) > 1)
        return malformed(s, c, "x-amz-content-sha256 or x-amz-security-token is there twice");
    return read_authorization(s, authorization, c);
}

static enum status read_expires(struct scope *s, struct str text, struct sigv4_claim *c)
{
    uint64_t expires_s = 0;

    if (!str_to_u64(text, SIGV4_EXPIRES_MAX_S, &expires_s) || expires_s < 1)
        return malformed(s, c, "X-Amz-Expires is not a number of seconds from 1 to 604800");
    c->expires_s = (uint32_t)expires_s;
    return OK;
}

static enum status read_query_form(struct scope *s, const struct sigv4_request *r,
                                   struct sigv4_claim *c)
{
    struct str algorithm = {0};
    struct str credential = {0};
    struct str expires = {0};

    c->presigned = true;
    if (find_parameter(s, r->query, "X-Amz-Algorithm", &algorithm) != 1 ||
        find_parameter(s, r->query, "X-Amz-Credential", &credential) != 1 ||
        find_parameter(s, r->query, "X-Amz-Date", &c->timestamp) != 1 ||
        find_parameter(s, r->query, "X-Amz-Expires", &expires) != 1 ||
        find_parameter(s, r->query, "X-Amz-SignedHeaders", &c->signed_headers) != 1 ||
        find_parameter(s, r->query, "X-Amz-Signature", &c->signature) != 1 ||
        find_parameter(s, r->query, "X-Amz-Security-Token", &c->session_token) > 1 ||
        find_parameter(s, r->query, "X-Amz-Content-Sha256", &c->payload_hash) > 1) {
        return malformed(s, c,
                         "a signed query has X-Amz-Algorithm, -Credential, -Date, -Expires, "
                         "-SignedHeaders and -Signature, each once");
    }
    if (!str_is(algorithm, SIGV4_ALGORITHM))
        return malformed(s, c, "X-Amz-Algorithm is not " SIGV4_ALGORITHM);
    if (!c->payload_hash.bytes && find_header(r, "x-amz-content-sha256", &c->payload_hash) > 1)
        return malformed(s, c, "x-amz-content-sha256 is there twice");
    TRY(read_expires(s, expires, c));
    TRY(read_parts(s, credential, c));
    if (!c->payload_hash.bytes && str_is(c->service, "s3"))
        c->payload_hash = str(SIGV4_UNSIGNED_PAYLOAD);
    return OK;
}

enum status sigv4_read(struct scope *s, const struct sigv4_request *r, struct sigv4_claim *out)
{
    struct str authorization = {0};
    struct str parameter = {0};

    *out = (struct sigv4_claim){0};
    TRY(sigv4_check_size(s, r));
    size_t headers = find_header(r, "authorization", &authorization);
    struct str scheme = authorization;
    bool in_header = headers && str_is(str_cut(&scheme, ' '), SIGV4_ALGORITHM);
    bool in_query = find_parameter(s, r->query, "X-Amz-Signature", &parameter) > 0;
    if (!in_header && !in_query)
        return fail(s, NOT_FOUND, "the request carries no AWS signature");
    if (headers > 1 || (headers && in_query))
        return malformed(s, out, "only one way of authentication is allowed");
    return in_header ? read_header_form(s, r, authorization, out) : read_query_form(s, r, out);
}

static bool is_signed(struct str signed_headers, struct str name)
{
    while (signed_headers.bytes)
        if (str_equal_nocase(str_cut(&signed_headers, ';'), name))
            return true;
    return false;
}

static bool is_sent(const struct sigv4_request *r, struct str name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (str_equal_nocase(r->headers[i].name, name))
            return true;
    return false;
}

// What is signed must be there. A header that AWS gives a meaning must be signed, else it could be
// added on the way; the session token proves itself.
static enum status check_signed_headers(struct scope *s, const struct sigv4_request *r,
                                        const struct sigv4_claim *c, struct sigv4_proof *out)
{
    struct str rest = c->signed_headers;

    while (rest.bytes)
        if (!is_sent(r, str_cut(&rest, ';')))
            return refuse(s, &out->fault, SIGV4_MALFORMED, "a signed header is not there");
    for (size_t i = 0; i < r->header_count; i++) {
        struct str name = r->headers[i].name;
        if (!str_equal_nocase(str_slice(name, 0, 6), str("x-amz-")) ||
            str_equal_nocase(name, str("x-amz-security-token")))
            continue;
        if (!is_signed(c->signed_headers, name))
            return refuse(s, &out->fault, SIGV4_HEADERS_UNSIGNED,
                          "a header of the request that begins with x-amz- is not signed");
    }
    return OK;
}

static enum status check_time(struct scope *s, const struct sigv4_claim *c, int64_t now_us,
                              struct sigv4_proof *out)
{
    const int64_t skew_us = SIGV4_SKEW_MAX_S * MOMENT_SECOND_US;
    int64_t age_us = now_us - c->signed_at_us;

    out->expires_at_us =
        c->signed_at_us + (c->presigned ? c->expires_s * MOMENT_SECOND_US : skew_us);
    if (age_us < -skew_us)
        return refuse(s, &out->fault, SIGV4_SKEWED, "the request was signed in the future");
    if (now_us < out->expires_at_us)
        return OK;
    if (c->presigned)
        return refuse(s, &out->fault, SIGV4_EXPIRED, "Request has expired");
    return refuse(s, &out->fault, SIGV4_SKEWED,
                  "Signature expired: the clocks differ by more "
                  "than 15 minutes");
}

// Finds what stands for the body in the canonical request.
static enum status check_payload(struct scope *s, const struct sigv4_request *r,
                                 const struct sigv4_claim *c, struct sigv4_proof *out)
{
    out->payload_hash = c->payload_hash.bytes ? c->payload_hash : r->payload_hash;
    if (!out->payload_hash.bytes)
        return refuse(s, &out->fault, SIGV4_PAYLOAD_MISMATCH,
                      "the request must declare its body in x-amz-content-sha256");
    if (!is_hex_of_sha256(out->payload_hash)) {
        return str_is(c->service, "s3")
                   ? OK
                   : refuse(s, &out->fault, SIGV4_PAYLOAD_MISMATCH, "the body must be signed");
    }
    if (r->payload_hash.bytes && !str_equal(r->payload_hash, out->payload_hash))
        return refuse(s, &out->fault, SIGV4_PAYLOAD_MISMATCH,
                      "the body is not the one of x-amz-content-sha256");
    return OK;
}

static struct str without_signature(struct scope *s, struct str query)
{
    struct buf out = buf_make(s, query.bytes + 1);

    while (query.bytes) {
        struct str whole = str_cut(&query, '&');
        struct str rest = whole;
        if (sigv4_is_parameter(s, str_cut(&rest, '='), "X-Amz-Signature"))
            continue;
        if (out.bytes)
            buf_put_byte(&out, '&');
        buf_put(&out, whole);
    }
    return buf_str(&out);
}

static enum status check_signature(struct scope *s, const struct sigv4_request *r,
                                   const struct sigv4_claim *c, struct sigv4_proof *out)
{
    struct sigv4_canonical form = {
        .path = str_is(c->service, "s3") ? SIGV4_PATH_OBJECT : SIGV4_PATH_STANDARD,
        .query = c->presigned ? without_signature(s, r->query) : r->query,
        .signed_headers = c->signed_headers,
        .payload_hash = out->payload_hash,
    };
    struct str scope_text = str_concat(s, 7, c->date, str("/"), c->region, str("/"), c->service,
                                       str("/"), str(SIGV4_TERMINATOR));
    struct str canonical = {0};

    if (sigv4_canonical_request(s, r, &form, &canonical) != OK)
        return refuse(s, &out->fault, SIGV4_MALFORMED, "path or query of the request are no URL");
    struct str should =
        sigv4_signature(s, out->key, sigv4_string_to_sign(s, c->timestamp, scope_text, canonical));
    if (!digest_equal_str(should, c->signature))
        return refuse(s, &out->fault, SIGV4_MISMATCH,
                      "The request signature we calculated does not match the one provided");
    return OK;
}

enum status sigv4_verify(struct scope *s, const struct sigv4_verifier *v,
                         const struct sigv4_request *r, const struct sigv4_claim *claim,
                         struct sigv4_proof *out)
{
    struct str secret = {0};

    *out = (struct sigv4_proof){0};
    assert(claim->fault == SIGV4_SOUND && claim->signature.bytes == SIGV4_HEX_BYTES);
    TRY(check_time(s, claim, v->now_us, out));
    TRY(check_signed_headers(s, r, claim, out));
    TRY(check_payload(s, r, claim, out));
    enum status found = v->find_secret(s, v->context, claim->access_key, &secret);
    if (found == NOT_FOUND)
        return refuse(s, &out->fault, SIGV4_UNKNOWN_KEY, "the access key does not exist");
    TRY(found);
    sigv4_key(secret, claim->date, claim->region, claim->service, out->key);
    enum status e = check_signature(s, r, claim, out);
    if (e != OK)
        digest_wipe(out->key, sizeof out->key);
    return e;
}
