// Requests that claim an AWS signature. The input is a method, a path, a query and headers
// ("name:value"), one a line. Reading and verifying must not crash whatever they say, and nothing
// that was not signed may verify; what is signed here, in either form, must.
#include "core/scope.h"
#include "crypto/sigv4.h"

#include <assert.h>

#define EMPTY_BODY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum {
    SCOPE_BYTES_MAX = 64 << 20,
    HEADERS_MAX = 16,
    ADDED_MAX = 4,
    EXPIRES_S = 60,
};

static const struct sigv4_signer signer = {
    .access_key = STR_INIT("AKIDEXAMPLE"),
    .secret = STR_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    .region = STR_INIT("us-east-1"),
    .now_us = 1440938160000000,
    .sends_payload_hash = true,
};

static enum status find_secret(struct scope *s, void *context, struct str access_key,
                               struct str *secret)
{
    (void)context;
    if (!str_equal(access_key, signer.access_key))
        return fail(s, NOT_FOUND, "no such key");
    *secret = signer.secret;
    return OK;
}

static enum status check(struct scope *s, const struct sigv4_request *r)
{
    const struct sigv4_verifier v = {find_secret, NULL, signer.now_us};
    struct sigv4_claim claim;
    struct sigv4_proof proof;

    TRY(sigv4_read(s, r, &claim));
    return sigv4_verify(s, &v, r, &claim, &proof);
}

// Turns a name into one that a header may have, for what is signed here.
static struct str tame(struct scope *s, struct str name)
{
    char *out = str_z(s, name);

    for (size_t i = 0; i < name.bytes; i++)
        out[i] = (char)('a' + (out[i] & 15));
    return str_of(out, name.bytes);
}

static void check_signed(struct scope *s, struct sigv4_request r, const char *service,
                         enum sigv4_path path)
{
    struct sigv4_header headers[1 + HEADERS_MAX + ADDED_MAX] = {
        {STR_INIT("host"), STR_INIT("localhost")}};
    struct sigv4_signer by = signer;
    struct sigv4_signed out;

    for (size_t i = 0; i < r.header_count; i++)
        headers[i + 1] = (struct sigv4_header){
            str_concat(s, 2, str("h"), tame(s, r.headers[i].name)), r.headers[i].value};
    r.headers = headers;
    r.header_count++;
    by.service = str(service);
    by.path = path;
    struct sigv4_request presigned = r;
    presigned.payload_hash =
        str(path == SIGV4_PATH_OBJECT ? SIGV4_UNSIGNED_PAYLOAD : EMPTY_BODY_HASH);
    if (sigv4_presign(s, &by, &presigned, EXPIRES_S, &out) == OK) {
        presigned.query = out.query;
        if (path == SIGV4_PATH_OBJECT)
            presigned.payload_hash = str("");
        assert(check(s, &presigned) == OK);
    }
    if (sigv4_sign(s, &by, &r, &out) != OK)
        return;
    memcpy(headers + r.header_count, out.headers, out.header_count * sizeof *out.headers);
    r.header_count += out.header_count;
    assert(check(s, &r) == OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct str rest = str_of(data, bytes);
    struct sigv4_header headers[HEADERS_MAX];
    struct sigv4_request r = {.headers = headers};

    r.method = str_cut(&rest, '\n');
    r.path = str_cut(&rest, '\n');
    r.query = str_cut(&rest, '\n');
    while (rest.bytes && r.header_count < HEADERS_MAX) {
        struct str value = str_cut(&rest, '\n');
        struct str name = str_cut(&value, ':');
        headers[r.header_count++] = (struct sigv4_header){name, value};
    }
    (void)check(s, &r);
    check_signed(s, r, "states", SIGV4_PATH_STANDARD);
    check_signed(s, r, "s3", SIGV4_PATH_OBJECT);
    scope_close(s);
    return 0;
}
