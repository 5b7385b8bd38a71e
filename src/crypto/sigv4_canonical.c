// The canonical request: one spelling for all the ways in which a request may be written, so that
// what proxies and libraries change on the way does not change the signature.
#include "crypto/sigv4_impl.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/url.h"

#include <assert.h>
#include <stdlib.h>

// Resolves "." and "..", and removes empty segments (RFC 3986, 5.2.4, as AWS applies it).
static struct str resolve_path(struct scope *s, struct str path)
{
    char *out = scope_bytes(s, path.bytes + 2);
    size_t bytes = 0;
    bool ends_in_slash = str_ends(path, str("/"));

    while (path.bytes) {
        struct str segment = str_cut(&path, '/');
        if (segment.bytes == 0 || str_is(segment, "."))
            continue;
        if (str_is(segment, "..")) {
            while (bytes && out[--bytes] != '/')
                ;
            continue;
        }
        out[bytes++] = '/';
        memcpy(out + bytes, segment.data, segment.bytes);
        bytes += segment.bytes;
    }
    if (bytes == 0 || ends_in_slash)
        out[bytes++] = '/';
    return str_of(out, bytes);
}

static enum status put_path(struct scope *s, struct buf *out, enum sigv4_path rule, struct str path)
{
    if (path.bytes == 0)
        path = str("/");
    if (rule == SIGV4_PATH_STANDARD)
        path = resolve_path(s, path);
    if (rule == SIGV4_PATH_OBJECT)
        TRY(url_decode(s, path, &path));
    url_put_encoded_path(out, path);
    return OK;
}

struct parameter {
    struct str name;
    struct str value;
};

// By encoded name, then by encoded value: '=' is no part of the comparison.
static int by_name_and_value(const void *left, const void *right)
{
    const struct parameter *a = left;
    const struct parameter *b = right;
    int order = str_compare(a->name, b->name);

    return order ? order : str_compare(a->value, b->value);
}

bool sigv4_is_parameter(struct scope *s, struct str raw, const char *name)
{
    struct str decoded = {0};

    return url_decode_form(s, raw, &decoded) == OK && str_is(decoded, name);
}

// Writes one part anew. A '+' is a space, as everywhere in queries: else it could be exchanged for
// %20 unnoticed.
static enum status spell(struct scope *s, struct str text, struct str *out)
{
    struct str decoded = {0};

    TRY(url_decode_form(s, text, &decoded));
    *out = url_encode(s, decoded);
    return OK;
}

static enum status put_query(struct scope *s, struct buf *out, struct str query)
{
    size_t count_max = 1;
    size_t count = 0;

    for (size_t i = 0; i < query.bytes; i++)
        count_max += query.data[i] == '&';
    if (count_max > SIGV4_PARAMETERS_MAX)
        return fail(s, TOO_LARGE, "the query has more than %d parameters", SIGV4_PARAMETERS_MAX);
    struct parameter *all = scope_array(s, count_max, sizeof *all);
    for (struct str name, value; url_query_next(&query, &name, &value); count++) {
        TRY(spell(s, name, &all[count].name));
        TRY(spell(s, value, &all[count].value));
    }
    if (count)
        qsort(all, count, sizeof *all, by_name_and_value);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_put_byte(out, '&');
        buf_put(out, all[i].name);
        buf_put_byte(out, '=');
        buf_put(out, all[i].value);
    }
    return OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Appends a value without space at its ends and with one space for many inside.
static void put_value(struct buf *out, struct str value)
{
    value = str_trim(value);
    char *at = buf_reserve(out, value.bytes);

    if (!at)
        return;
    for (size_t i = 0; i < value.bytes; i++) {
        if (!is_space(value.data[i]))
            *at++ = value.data[i];
        else if (!is_space(value.data[i - 1])) // i is not 0: the value was trimmed
            *at++ = ' ';
    }
    out->bytes = (size_t)(at - out->data);
}

// Appends "name:value,value\n" with the values in the order in which they were sent.
static enum status put_header(struct scope *s, struct buf *out, const struct sigv4_request *r,
                              struct str name)
{
    bool found = false;

    buf_put(out, name);
    for (size_t i = 0; i < r->header_count; i++) {
        if (!str_equal_nocase(r->headers[i].name, name))
            continue;
        buf_put_byte(out, found ? ',' : ':');
        put_value(out, r->headers[i].value);
        found = true;
    }
    buf_put_byte(out, '\n');
    return found ? OK : fail(s, INVALID, "header %.*s is signed and missing", STR(name));
}

enum status sigv4_canonical_request(struct scope *s, const struct sigv4_request *r,
                                    const struct sigv4_canonical *c, struct str *out)
{
    struct buf b = buf_make(s, 8 * SIGV4_BYTES_MAX); // encoding makes three bytes of one
    struct str names = c->signed_headers;

    buf_put(&b, r->method);
    buf_put_byte(&b, '\n');
    TRY(put_path(s, &b, c->path, r->path));
    buf_put_byte(&b, '\n');
    TRY(put_query(s, &b, c->query));
    buf_put_byte(&b, '\n');
    while (names.bytes)
        TRY(put_header(s, &b, r, str_cut(&names, ';')));
    buf_put_byte(&b, '\n');
    buf_put(&b, c->signed_headers);
    buf_put_byte(&b, '\n');
    buf_put(&b, c->payload_hash);
    return buf_finish(&b, "the canonical request", out);
}

enum status sigv4_check_size(struct scope *s, const struct sigv4_request *r)
{
    size_t bytes = r->method.bytes + r->path.bytes + r->query.bytes;

    if (r->header_count > SIGV4_HEADERS_MAX)
        return fail(s, TOO_LARGE, "the request has more than %d headers", SIGV4_HEADERS_MAX);
    for (size_t i = 0; i < r->header_count; i++)
        bytes += r->headers[i].name.bytes + r->headers[i].value.bytes;
    if (bytes > SIGV4_BYTES_MAX)
        return fail(s, TOO_LARGE, "path, query and headers are longer than %d bytes",
                    SIGV4_BYTES_MAX);
    return OK;
}

struct str sigv4_string_to_sign(struct scope *s, struct str timestamp, struct str scope_text,
                                struct str canonical_request)
{
    return str_concat(s, 7, str(SIGV4_ALGORITHM), str("\n"), timestamp, str("\n"), scope_text,
                      str("\n"), digest_sha256_hex(s, canonical_request));
}

struct str sigv4_signature(struct scope *s, const uint8_t key[SIGV4_KEY_BYTES],
                           struct str string_to_sign)
{
    uint8_t hash[SHA256_BYTES];

    hmac_sha256_once(str_of(key, SIGV4_KEY_BYTES), string_to_sign, hash);
    return hex_encode(s, str_of(hash, sizeof hash));
}

void sigv4_key(struct str secret, struct str date, struct str region, struct str service,
               uint8_t out[SIGV4_KEY_BYTES])
{
    const struct str steps[] = {date, region, service, str(SIGV4_TERMINATOR)};
    char first[4 + SIGV4_SECRET_BYTES_MAX] = "AWS4";
    struct hmac_key key;

    assert(secret.bytes <= SIGV4_SECRET_BYTES_MAX);
    if (secret.bytes)
        memcpy(first + 4, secret.data, secret.bytes);
    hmac_key_init(&key, str_of(first, 4 + secret.bytes));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        hmac_sha256(&key, &steps[i], 1, out);
        hmac_key_init(&key, str_of(out, SIGV4_KEY_BYTES));
    }
    digest_wipe(&key, sizeof key);
    digest_wipe(first, sizeof first);
}

struct str sigv4_timestamp(struct scope *s, int64_t at_us)
{
    char text[MOMENT_TEXT_BYTES_MAX];
    char *out = scope_bytes(s, SIGV4_TIMESTAMP_BYTES);
    size_t kept = 0;

    // ISO 8601's basic form: the extended one without its signs.
    size_t bytes = moment_write(at_us, MOMENT_SECONDS, text);
    for (size_t i = 0; i < bytes; i++)
        if (text[i] != '-' && text[i] != ':')
            out[kept++] = text[i];
    assert(kept == SIGV4_TIMESTAMP_BYTES);
    return str_of(out, kept);
}

bool sigv4_read_timestamp(struct str text, int64_t *at_us)
{
    char extended[] = "0000-00-00T00:00:00Z";
    size_t taken = 0;

    if (text.bytes != SIGV4_TIMESTAMP_BYTES || text.data[8] != 'T' || text.data[15] != 'Z')
        return false;
    for (char *to = extended; *to; to++)
        if (*to != '-' && *to != ':')
            *to = text.data[taken++];
    assert(taken == SIGV4_TIMESTAMP_BYTES);
    return moment_read(str(extended), at_us) && *at_us >= 0;
}
