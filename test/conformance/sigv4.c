// AWS's own examples of Signature Version 4, as aws-c-auth keeps them: each request is signed in
// the header form and in the query form, and each step must come out byte for byte. What was
// signed must verify, too.
#include "crypto/sigv4.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/moment.h"
#include "crypto/digest.h"
#include "test/conformance/conformance.h"

enum { CASE_HEADERS_MAX = 32, TEXT_BYTES_MAX = 65536 };

struct example {
    struct str folder;
    struct str version; // "HTTP/1.1"
    struct str body;
    struct sigv4_request request;
    struct sigv4_header headers[CASE_HEADERS_MAX];
    struct sigv4_signer signer;
    uint32_t expires_s;
    bool normalize;
};

static struct str read_text(struct scope *s, const struct example *e, struct str name)
{
    return conformance_read(s, str_format(s, "%.*s/%.*s", STR(e->folder), STR(name)));
}

// Cuts a header with the lines that continue it; its value keeps them as they are.
static struct sigv4_header cut_header(struct str *rest)
{
    struct str whole = *rest;
    size_t bytes = 0;

    do {
        bytes += str_cut(rest, '\n').bytes + 1;
    } while (rest->bytes && (rest->data[0] == ' ' || rest->data[0] == '\t'));
    struct str value = str_slice(whole, 0, bytes - 1);
    struct str name = str_cut(&value, ':');
    return (struct sigv4_header){name, value};
}

static void parse_request(struct example *e, struct str text)
{
    struct str line = str_cut(&text, '\n');
    struct str method = str_cut(&line, ' ');
    size_t target_bytes = line.bytes;

    while (target_bytes && line.data[target_bytes - 1] != ' ') // the path may hold spaces
        target_bytes--;
    struct str target = str_slice(line, 0, target_bytes - 1);
    e->version = str_slice(line, target_bytes, line.bytes);
    while (text.bytes && text.data[0] != '\n' && e->request.header_count < CASE_HEADERS_MAX)
        e->headers[e->request.header_count++] = cut_header(&text);
    e->body = str_slice(text, 1, text.bytes);
    e->request.method = method;
    e->request.path = str_cut(&target, '?');
    e->request.query = target;
    e->request.headers = e->headers;
}

// Reads "2015-08-30T12:36:00Z"; below 0 when it is not such a moment.
static int64_t read_time_us(struct str text)
{
    int64_t at_us = 0;

    return moment_read(text, &at_us) ? at_us : -1;
}

static bool read_context(struct scope *s, struct example *e)
{
    struct json c = {0};
    int64_t expires_s = 0;

    if (json_parse(s, read_text(s, e, str("context.json")), &json_limits_strict, &c) != OK ||
        !json_to_i64(json_member(c, "expiration_in_seconds"), &expires_s))
        return false;
    e->expires_s = (uint32_t)expires_s;
    e->normalize = json_is(json_member(c, "normalize"), JSON_TRUE);
    e->signer = (struct sigv4_signer){
        .access_key = json_text(json_path(c, "credentials.access_key_id")),
        .secret = json_text(json_path(c, "credentials.secret_access_key")),
        .session_token = json_text(json_path(c, "credentials.token")),
        .region = json_text(json_member(c, "region")),
        .service = json_text(json_member(c, "service")),
        .now_us = read_time_us(json_text(json_member(c, "timestamp"))),
        .path = e->normalize ? SIGV4_PATH_STANDARD : SIGV4_PATH_VERBATIM,
        .sends_payload_hash = json_is(json_member(c, "sign_body"), JSON_TRUE),
        .session_token_unsigned = json_is(json_member(c, "omit_session_token"), JSON_TRUE),
    };
    return e->signer.now_us >= 0;
}

static struct str whole_request(struct scope *s, const struct example *e,
                                const struct sigv4_request *r)
{
    struct buf out = buf_make(s, TEXT_BYTES_MAX);

    buf_format(&out, "%.*s %.*s%s%.*s %.*s\n", STR(r->method), STR(r->path),
               r->query.bytes ? "?" : "", STR(r->query), STR(e->version));
    for (size_t i = 0; i < r->header_count; i++)
        buf_format(&out, "%.*s:%.*s\n", STR(r->headers[i].name), STR(r->headers[i].value));
    buf_put_byte(&out, '\n');
    buf_put(&out, e->body);
    return buf_str(&out);
}

static bool steps_are_right(struct scope *s, const struct example *e, const char *form,
                            const struct sigv4_signed *is, const struct sigv4_request *sent)
{
    const struct {
        const char *name;
        struct str is;
    } steps[] = {
        {"canonical-request", is->canonical_request},
        {"string-to-sign", is->string_to_sign},
        {"signature", is->signature},
        {"signed-request", whole_request(s, e, sent)},
    };
    bool right = true;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct str name = str_format(s, "%s-%s.txt", form, steps[i].name);
        right = right && str_equal(str_trim(steps[i].is), str_trim(read_text(s, e, name)));
    }
    return right;
}

static enum status find_secret(struct scope *s, void *context, struct str access_key,
                               struct str *secret)
{
    const struct example *e = context;

    if (!str_equal(access_key, e->signer.access_key))
        return fail(s, NOT_FOUND, "no such key");
    *secret = e->signer.secret;
    return OK;
}

// Verifying knows one way to read a path, and takes a token for signed.
static bool verifies(struct scope *s, struct example *e, const struct sigv4_request *sent)
{
    struct sigv4_verifier v = {find_secret, e, e->signer.now_us};
    struct sigv4_claim claim = {0};
    struct sigv4_proof proof = {0};

    if (!e->normalize || e->signer.session_token_unsigned)
        return true;
    return sigv4_read(s, sent, &claim) == OK && sigv4_verify(s, &v, sent, &claim, &proof) == OK &&
           str_equal(claim.session_token, e->signer.session_token);
}

static bool header_form_is_right(struct scope *s, struct example *e)
{
    struct sigv4_signed out = {0};
    struct sigv4_header headers[CASE_HEADERS_MAX + 4];
    struct sigv4_request sent = e->request;

    if (sigv4_sign(s, &e->signer, &e->request, &out) != OK)
        return false;
    memcpy(headers, e->headers, sizeof e->headers);
    memcpy(headers + sent.header_count, out.headers, sizeof out.headers);
    sent.headers = headers;
    sent.header_count += out.header_count;
    return steps_are_right(s, e, "header", &out, &sent) && verifies(s, e, &sent);
}

static bool query_form_is_right(struct scope *s, struct example *e)
{
    struct sigv4_signed out = {0};
    struct sigv4_request sent = e->request;

    if (sigv4_presign(s, &e->signer, &e->request, e->expires_s, &out) != OK)
        return false;
    sent.query = out.query;
    return steps_are_right(s, e, "query", &out, &sent) && verifies(s, e, &sent);
}

SUITE("sigv4", sigv4)
{
    size_t count = 0;
    struct str root = str_format(s, "%.*s/v4", STR(directory));
    struct str *names = conformance_list(s, root, str(""), &count);

    for (size_t i = 0; i < count; i++) {
        struct example *e = scope_new(s, struct example);
        e->folder = str_format(s, "%.*s/%.*s", STR(root), STR(names[i]));
        parse_request(e, read_text(s, e, str("request.txt")));
        e->request.payload_hash = digest_sha256_hex(s, e->body);
        report_case(report, names[i],
                    read_context(s, e) && header_form_is_right(s, e) && query_form_is_right(s, e));
    }
}
