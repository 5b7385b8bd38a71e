// Signing: collects what is to be signed, builds the canonical request and says what must be added
// to the request that goes out.
#include "crypto/sigv4.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/url.h"
#include "crypto/sigv4_impl.h"

#include <assert.h>
#include <stdlib.h>

enum { HEADERS_ADDED_MAX = 4 };

// Headers that are set or changed on the way, and so are never signed.
static const char *const changeable[] = {
    "connection",        "expect",  "keep-alive", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
};

// Headers that signing itself adds.
static const char *const ours[] = {
    "authorization",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
};

static bool is_one_of(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(name, str(names[i])))
            return true;
    return false;
}

static struct str lower(struct scope *s, struct str name)
{
    char *out = scope_bytes(s, name.bytes);

    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return str_of(out, name.bytes);
}

static int by_bytes(const void *left, const void *right)
{
    const struct str *a = left;
    const struct str *b = right;

    return str_compare(*a, *b);
}

// Returns the names of the headers, lower case, sorted, each once, joined by ';'.
static struct str signed_names(struct scope *s, const struct sigv4_request *r)
{
    struct str *names = scope_array(s, r->header_count, sizeof *names);
    struct buf out = buf_make(s, 2 * SIGV4_BYTES_MAX);
    size_t count = 0;

    for (size_t i = 0; i < r->header_count; i++) {
        struct str name = r->headers[i].name;
        if (!is_one_of(name, changeable, sizeof changeable / sizeof *changeable))
            names[count++] = lower(s, name);
    }
    qsort(names, count, sizeof *names, by_bytes);
    for (size_t i = 0; i < count; i++) {
        if (i && str_equal(names[i], names[i - 1]))
            continue;
        if (i)
            buf_put_byte(&out, ';');
        buf_put(&out, names[i]);
    }
    return buf_str(&out);
}

static enum status check_request(struct scope *s, const struct sigv4_request *r)
{
    bool has_host = false;

    TRY(sigv4_check_size(s, r));
    for (size_t i = 0; i < r->header_count; i++) {
        struct str name = r->headers[i].name;
        if (is_one_of(name, ours, sizeof ours / sizeof *ours))
            return fail(s, INVALID, "header %.*s is added by signing", STR(name));
        has_host = has_host || str_equal_nocase(name, str("host"));
    }
    return has_host ? OK : fail(s, INVALID, "a request is signed with its Host header");
}

// No parameter that belongs to the signature may be there, in whatever spelling.
static enum status check_query(struct scope *s, struct str query, bool presigns)
{
    static const char *const theirs[] = {
        "X-Amz-Algorithm", "X-Amz-Credential",    "X-Amz-Date",           "X-Amz-Expires",
        "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Content-Sha256",
    };
    const size_t count = presigns ? sizeof theirs / sizeof *theirs : 0;

    for (struct str name, value; url_query_next(&query, &name, &value);) {
        bool forbidden = sigv4_is_parameter(s, name, "X-Amz-Signature");
        for (size_t i = 0; i < count; i++)
            forbidden = forbidden || sigv4_is_parameter(s, name, theirs[i]);
        if (forbidden)
            return fail(s, INVALID, "parameter %.*s belongs to a signature", STR(name));
    }
    return OK;
}

static struct str scope_of(struct scope *s, const struct sigv4_signer *by, struct str timestamp)
{
    return str_concat(s, 7, str_slice(timestamp, 0, SIGV4_DATE_BYTES), str("/"), by->region,
                      str("/"), by->service, str("/"), str(SIGV4_TERMINATOR));
}

static struct str payload_hash(struct scope *s, const struct sigv4_request *r)
{
    return r->payload_hash.bytes ? r->payload_hash : digest_sha256_hex(s, str(""));
}

// Computes the signature of the canonical request of `r` and `c` into `out`.
static enum status compute(struct scope *s, const struct sigv4_signer *by, struct str timestamp,
                           const struct sigv4_request *r, const struct sigv4_canonical *c,
                           struct sigv4_signed *out)
{
    uint8_t key[SIGV4_KEY_BYTES];

    TRY(sigv4_canonical_request(s, r, c, &out->canonical_request));
    out->string_to_sign =
        sigv4_string_to_sign(s, timestamp, scope_of(s, by, timestamp), out->canonical_request);
    sigv4_key(by->secret, str_slice(timestamp, 0, SIGV4_DATE_BYTES), by->region, by->service, key);
    out->signature = sigv4_signature(s, key, out->string_to_sign);
    digest_wipe(key, sizeof key);
    return OK;
}

static void add(struct sigv4_signed *out, const char *name, struct str value)
{
    assert(out->header_count < HEADERS_ADDED_MAX);
    out->headers[out->header_count++] = (struct sigv4_header){str(name), value};
}

// Returns the request with the added headers that are signed too.
static struct sigv4_request with_added(struct scope *s, const struct sigv4_request *r,
                                       const struct sigv4_signed *added, bool token_unsigned)
{
    struct sigv4_request all = *r;
    struct sigv4_header *headers =
        scope_array(s, r->header_count + added->header_count, sizeof *headers);

    memcpy(headers, r->headers, r->header_count * sizeof *headers);
    for (size_t i = 0; i < added->header_count; i++)
        if (!token_unsigned || !str_is(added->headers[i].name, "X-Amz-Security-Token"))
            headers[all.header_count++] = added->headers[i];
    all.headers = headers;
    return all;
}

enum status sigv4_sign(struct scope *s, const struct sigv4_signer *by,
                       const struct sigv4_request *r, struct sigv4_signed *out)
{
    struct str timestamp = sigv4_timestamp(s, by->now_us);
    struct str hash = payload_hash(s, r);

    *out = (struct sigv4_signed){0};
    TRY(check_request(s, r));
    TRY(check_query(s, r->query, false));
    if (by->session_token.bytes)
        add(out, "X-Amz-Security-Token", by->session_token);
    add(out, "X-Amz-Date", timestamp);
    if (by->sends_payload_hash)
        add(out, "x-amz-content-sha256", hash);

    struct sigv4_request all = with_added(s, r, out, by->session_token_unsigned);
    struct sigv4_canonical c = {
        .path = by->path,
        .query = r->query,
        .signed_headers = signed_names(s, &all),
        .payload_hash = hash,
    };
    TRY(compute(s, by, timestamp, &all, &c, out));
    add(out, "Authorization",
        str_concat(s, 9, str(SIGV4_ALGORITHM), str(" Credential="), by->access_key, str("/"),
                   scope_of(s, by, timestamp), str(", SignedHeaders="), c.signed_headers,
                   str(", Signature="), out->signature));
    return OK;
}

static void put_parameter(struct buf *query, const char *name, struct str value)
{
    if (query->bytes)
        buf_put_byte(query, '&');
    buf_put_z(query, name);
    buf_put_byte(query, '=');
    url_put_encoded(query, value);
}

enum status sigv4_presign(struct scope *s, const struct sigv4_signer *by,
                          const struct sigv4_request *r, uint32_t expires_s,
                          struct sigv4_signed *out)
{
    struct str timestamp = sigv4_timestamp(s, by->now_us);
    struct buf query = buf_make(s, 4 * SIGV4_BYTES_MAX);
    struct sigv4_canonical c = {.path = by->path, .payload_hash = payload_hash(s, r)};

    *out = (struct sigv4_signed){0};
    TRY(check_request(s, r));
    TRY(check_query(s, r->query, true));
    if (expires_s < 1 || expires_s > SIGV4_EXPIRES_MAX_S)
        return fail(s, INVALID, "an address is signed for 1 to %d seconds", SIGV4_EXPIRES_MAX_S);
    c.signed_headers = signed_names(s, r);
    buf_put(&query, r->query);
    put_parameter(&query, "X-Amz-Algorithm", str(SIGV4_ALGORITHM));
    put_parameter(&query, "X-Amz-Credential",
                  str_concat(s, 3, by->access_key, str("/"), scope_of(s, by, timestamp)));
    put_parameter(&query, "X-Amz-Date", timestamp);
    put_parameter(&query, "X-Amz-SignedHeaders", c.signed_headers);
    put_parameter(&query, "X-Amz-Expires", str_format(s, "%u", expires_s));
    if (by->session_token_unsigned)
        c.query = str_copy(s, buf_str(&query));
    if (by->session_token.bytes)
        put_parameter(&query, "X-Amz-Security-Token", by->session_token);
    if (!by->session_token_unsigned)
        c.query = str_copy(s, buf_str(&query));

    TRY(compute(s, by, timestamp, r, &c, out));
    put_parameter(&query, "X-Amz-Signature", out->signature);
    return buf_finish(&query, "the signed query", &out->query);
}
