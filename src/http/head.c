// Whether a request's head says one thing only. libmicrohttpd is lenient: it takes bare LF for a
// line's end, cuts values at NUL, folds lines, and reads two framings as one of them. It leaves the
// head's text where it was received, though, with NUL in place of each separator, so that each
// part must begin exactly where the one before it ends. Where it does not, something was skipped,
// and another server on the way may have read it differently (RFC 9112, 11.2).
#include "http/exchange_impl.h"

#include "core/scope.h"

static const struct refusal fine = {0};

static bool is_target(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c >= 0x7f || c == '#')
            return false;
    }
    return text.bytes > 0;
}

// RFC 9112, 3.2.2: a server takes the absolute form too, and ignores its authority here.
static struct str without_authority(struct str target)
{
    struct str rest;

    if (str_starts(target, str("http://")))
        rest = str_slice(target, 7, target.bytes);
    else if (str_starts(target, str("https://")))
        rest = str_slice(target, 8, target.bytes);
    else
        return target;
    while (rest.bytes > 0 && rest.data[0] != '/' && rest.data[0] != '?')
        rest = str_slice(rest, 1, rest.bytes);
    return rest;
}

static bool split_target(struct http_exchange *x)
{
    struct str rest = without_authority(x->target);

    x->path = str_cut(&rest, '?');
    x->query = rest;
    if (x->path.bytes == 0 && !str_starts(x->target, str("/")))
        x->path = str("/"); // "http://host?query"
    return x->path.data[0] == '/' || str_is(x->path, "*");
}

struct fields {
    struct http_exchange *x;
    size_t room;
};

static enum MHD_Result keep_field(void *opaque, enum MHD_ValueKind kind, const char *name,
                                  size_t name_bytes, const char *value, size_t value_bytes)
{
    struct fields *f = opaque;

    (void)kind;
    if (f->x->field_count == f->room)
        return MHD_NO;
    f->x->fields[f->x->field_count++] =
        (struct http_field){str_of(name, name_bytes), str_of(value, value_bytes)};
    return MHD_YES;
}

static void keep_fields(struct http_exchange *x, struct MHD_Connection *mhd)
{
    int count = MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, NULL, NULL);
    struct fields f = {.x = x, .room = count > 0 ? (size_t)count : 0};

    x->fields = scope_array(x->scope, f.room, sizeof *x->fields);
    (void)MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, keep_field, &f);
}

// Whether the parts lie one after the other, with one separator between method, target and version
// and CRLF after each line, and the head ends where libmicrohttpd says.
static bool is_contiguous(const struct http_exchange *x, const char *version, size_t head_bytes)
{
    const char *at = x->method.data + x->method.bytes + 1;

    if (at != x->target_at || at + x->target.bytes + 1 != version)
        return false;
    at = version + strlen(version) + 2;
    for (size_t i = 0; i < x->field_count; i++) {
        const struct http_field *f = &x->fields[i];
        if (f->name.data != at || f->value.data <= f->name.data + f->name.bytes)
            return false;
        at = f->value.data + f->value.bytes + 2;
    }
    return at + 2 == x->method.data + head_bytes;
}

static struct refusal text_check(struct http_exchange *x, const char *version, size_t head_bytes)
{
    if (!is_contiguous(x, version, head_bytes))
        return (struct refusal){400, "the head has a NUL, a bare line feed or a folded line"};
    if (x->method.bytes > METHOD_BYTES_MAX || !field_is_name(x->method))
        return (struct refusal){400, "the method is not a token"};
    if (!is_target(x->target) || !split_target(x))
        return (struct refusal){400, "the request target is malformed"};
    for (size_t i = 0; i < x->field_count; i++) {
        struct http_field *f = &x->fields[i];
        if (!field_is_name(f->name))
            return (struct refusal){400, "a header's name is not a token"};
        if (!field_is_value(f->value))
            return (struct refusal){400, "a header's value has a control character"};
        f->value = str_trim(f->value);
    }
    return fine;
}

// What the head says of the body and of the host, and how often.
struct framing {
    unsigned encodings;
    unsigned lengths;
    unsigned hosts;
    unsigned expectations;
    struct str encoding;
    struct str length;
    struct str expectation;
};

static void note(struct str value, unsigned *count, struct str *first)
{
    if ((*count)++ == 0)
        *first = value;
}

static struct framing framing_of(const struct http_exchange *x)
{
    struct framing f = {0};
    struct str host = {0};

    for (size_t i = 0; i < x->field_count; i++) {
        struct str name = x->fields[i].name;
        struct str value = x->fields[i].value;
        if (str_equal_nocase(name, str("Transfer-Encoding")))
            note(value, &f.encodings, &f.encoding);
        else if (str_equal_nocase(name, str("Content-Length")))
            note(value, &f.lengths, &f.length);
        else if (str_equal_nocase(name, str("Host")))
            note(value, &f.hosts, &host);
        else if (str_equal_nocase(name, str("Expect")))
            note(value, &f.expectations, &f.expectation);
    }
    return f;
}

// RFC 9112, 6.1 to 6.3 and 3.2; stricter where two servers could differ: a second Content-Length is
// refused even when it says the same.
static struct refusal framing_check(struct http_exchange *x, const char *version)
{
    struct framing f = framing_of(x);
    bool is_1_0 = str_is(str(version), "HTTP/1.0");

    if (f.encodings > 0 && f.lengths > 0)
        return (struct refusal){400, "Content-Length together with Transfer-Encoding"};
    if (f.lengths > 1 || f.encodings > 1)
        return (struct refusal){400, "Content-Length or Transfer-Encoding is doubled"};
    if (f.encodings > 0 && is_1_0)
        return (struct refusal){400, "Transfer-Encoding in HTTP/1.0"};
    if (f.encodings > 0 && !str_equal_nocase(f.encoding, str("chunked")))
        return (struct refusal){501, "the only transfer coding is chunked"};
    if (f.lengths > 0 && !str_to_u64(f.length, UINT64_MAX / 2, &x->length))
        return (struct refusal){400, "Content-Length is not a number"};
    if (f.hosts > 1 || (f.hosts == 0 && !is_1_0))
        return (struct refusal){400, "there must be one Host"};
    if (f.expectations > 0 && !str_equal_nocase(f.expectation, str("100-continue")))
        return (struct refusal){417, "the only expectation is 100-continue"};
    x->has_length = f.lengths > 0;
    x->is_chunked = f.encodings > 0;
    x->expects = f.expectations > 0 && !is_1_0;
    return fine;
}

static size_t cookie_bytes(const struct http_exchange *x)
{
    return http_header(x, "Cookie").bytes;
}

// How much of libmicrohttpd's memory for this connection is sure to be left for the answer's head.
// Its read buffer takes half, or more when the head did not fit there; the rest holds the records.
static size_t answer_room(const struct http_exchange *x, struct MHD_Connection *mhd,
                          size_t head_bytes)
{
    size_t pool = x->loop->server->pool_bytes;
    size_t read = head_bytes + 256 > pool / 2 ? head_bytes + 256 : pool / 2;
    int records = MHD_get_connection_values_n(
        mhd, MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND, NULL, NULL);
    size_t used = read + (size_t)(records + 1) * FIELD_RECORD_BYTES + cookie_bytes(x);

    return used < pool ? pool - used : 0;
}

static struct refusal size_check(struct http_exchange *x, struct MHD_Connection *mhd,
                                 size_t head_bytes)
{
    if (head_bytes > x->loop->server->options.header_bytes_max)
        return (struct refusal){431, "the head is too long"};
    size_t room = answer_room(x, mhd, head_bytes);
    if (room < ANSWER_HEAD_BYTES)
        return (struct refusal){431, "too many headers, cookies or query arguments"};
    x->answer_head_bytes_max = room - ANSWER_HEAD_OWN_BYTES;
    return fine;
}

struct refusal head_check(struct http_exchange *x, struct MHD_Connection *mhd, const char *method,
                          const char *version)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t head_bytes = info ? info->header_size : 0;

    x->method = str(method);
    keep_fields(x, mhd);
    struct refusal refusal = text_check(x, version, head_bytes);
    if (refusal.code == 0)
        refusal = framing_check(x, version);
    if (refusal.code == 0)
        refusal = size_check(x, mhd, head_bytes);
    return refusal;
}
