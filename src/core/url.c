// URLs taken apart and percent-encoding.
#include "core/url.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/utf8.h"

#include <arpa/inet.h>
#include <assert.h>

enum {
    LABEL_BYTES_MAX = 63,
    PORT_MAX = 65535,
    PORT_HTTP = 80,
    PORT_HTTPS = 443,
};

// -- characters ----------------------------------------------------------------------------------

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 3986, 2.3.
static bool is_unreserved(char c)
{
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// RFC 3986, 3.3: pchar without "%", and "/".
static bool is_path_character(char c)
{
    return is_unreserved(c) || (c && strchr("!$&'()*+,;=:@/", c));
}

// RFC 3986, 3.4; brackets are only meant for hosts, but many clients send them as they are.
static bool is_query_character(char c)
{
    return is_path_character(c) || c == '?' || c == '[' || c == ']';
}

static bool consists_of(struct str text, bool (*is_allowed)(char))
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (is_allowed(text.data[i]))
            continue;
        if (text.data[i] != '%' || text.bytes - i < 3 || hex_digit(text.data[i + 1]) < 0 ||
            hex_digit(text.data[i + 2]) < 0)
            return false;
        i += 2;
    }
    return true;
}

// -- taking apart --------------------------------------------------------------------------------

bool url_split_target(struct str target, struct str *path, struct str *query)
{
    *query = target;
    *path = str_cut(query, '?');
    return str_starts(*path, str("/")) && consists_of(*path, is_path_character) &&
           consists_of(*query, is_query_character);
}

// A host whose last label is a number is meant as an IPv4 address, by someone or other: only four
// decimal numbers without leading zeros are accepted as one.
static bool looks_like_ipv4(struct str host)
{
    struct str rest = host;
    struct str label = {0};

    while (rest.data)
        label = str_cut(&rest, '.');
    if (str_starts(label, str("0x")))
        return true;
    for (size_t i = 0; i < label.bytes; i++)
        if (!is_digit(label.data[i]))
            return false;
    return true;
}

static bool is_address(int family, struct str host)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t address[sizeof(struct in6_addr)];

    if (host.bytes >= sizeof text)
        return false;
    memcpy(text, host.data, host.bytes);
    text[host.bytes] = '\0';
    return strlen(text) == host.bytes && inet_pton(family, text, address) == 1;
}

static bool is_name(struct str host)
{
    struct str rest = host;

    if (host.bytes > URL_HOST_BYTES_MAX)
        return false;
    while (rest.data) {
        struct str label = str_cut(&rest, '.');
        if (label.bytes == 0 || label.bytes > LABEL_BYTES_MAX || label.data[0] == '-' ||
            label.data[label.bytes - 1] == '-')
            return false;
        for (size_t i = 0; i < label.bytes; i++)
            if (!is_alphanumeric(label.data[i]) && label.data[i] != '-' && label.data[i] != '_')
                return false;
    }
    return true;
}

static struct str lower_case(struct scope *s, struct str text)
{
    char *lower = scope_bytes(s, text.bytes);

    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return str_of(lower, text.bytes);
}

static enum status take_host(struct scope *s, struct str host, bool brackets, struct url *out)
{
    if (host.bytes > URL_HOST_BYTES_MAX)
        return fail(s, INVALID, "the URL's host is longer than %d bytes", URL_HOST_BYTES_MAX);
    out->host = lower_case(s, host);
    if (brackets) {
        out->host_type = URL_HOST_IPV6;
        if (is_address(AF_INET6, out->host))
            return OK;
    } else if (host.bytes && looks_like_ipv4(out->host)) {
        out->host_type = URL_HOST_IPV4;
        if (is_address(AF_INET, out->host))
            return OK;
    } else if (host.bytes) {
        out->host_type = URL_HOST_NAME;
        if (is_name(out->host))
            return OK;
    }
    return fail(s, INVALID, "the URL's host is neither a name nor an address");
}

static enum status take_port(struct scope *s, struct str port, struct url *out)
{
    uint64_t number = out->https ? PORT_HTTPS : PORT_HTTP;

    if (port.bytes && (port.data[0] != ':' ||
                       !str_to_u64(str_slice(port, 1, port.bytes), PORT_MAX, &number) || !number))
        return fail(s, INVALID, "the URL's port is not a number from 1 to %d", PORT_MAX);
    out->port = (uint16_t)number;
    return OK;
}

// RFC 3986, 3.2: authority = [ userinfo "@" ] host [ ":" port ], here without userinfo.
static enum status take_authority(struct scope *s, struct str authority, struct url *out)
{
    bool brackets = str_starts(authority, str("["));
    size_t from = brackets ? 1 : 0;
    size_t end = str_find_byte(authority, brackets ? ']' : ':');

    if (str_find_byte(authority, '@') < authority.bytes)
        return fail(s, INVALID, "the URL has a user name, which is not allowed");
    if (brackets && end == authority.bytes)
        return fail(s, INVALID, "the URL's host lacks its closing bracket");
    TRY(take_host(s, str_slice(authority, from, end - from), brackets, out));
    return take_port(s, str_slice(authority, end + from, authority.bytes), out);
}

static bool take_scheme(struct str *rest, struct url *out)
{
    struct str scheme = str_slice(*rest, 0, str_find(*rest, str("://")));

    out->https = str_equal_nocase(scheme, str("https"));
    *rest = str_slice(*rest, scheme.bytes + 3, rest->bytes);
    return out->https || str_equal_nocase(scheme, str("http"));
}

enum status url_split(struct scope *s, struct str text, struct url *out)
{
    struct str rest = text;

    if (text.bytes > URL_BYTES_MAX)
        return fail(s, TOO_LARGE, "the URL is longer than %d bytes", URL_BYTES_MAX);
    if (!take_scheme(&rest, out))
        return fail(s, INVALID, "the URL starts neither with http:// nor with https://");
    size_t authority_bytes = 0;
    while (authority_bytes < rest.bytes && !strchr("/?#", rest.data[authority_bytes]))
        authority_bytes++;
    TRY(take_authority(s, str_slice(rest, 0, authority_bytes), out));
    out->query = str_slice(rest, authority_bytes, rest.bytes);
    out->path = str_cut(&out->query, '?');
    if (str_find_byte(rest, '#') < rest.bytes)
        return fail(s, INVALID, "the URL has a fragment, which no server sees");
    if (!consists_of(out->path, is_path_character) || !consists_of(out->query, is_query_character))
        return fail(s, INVALID, "the URL has a character that must be percent-encoded");
    if (out->path.bytes == 0)
        out->path = str("/");
    return OK;
}

// -- percent-encoding ----------------------------------------------------------------------------

static void put_encoded(struct buf *out, struct str text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.bytes; i++) {
        size_t from = i;
        while (i < text.bytes &&
               (is_unreserved(text.data[i]) || (keep_slash && text.data[i] == '/')))
            i++;
        buf_put(out, str_of(text.data + from, i - from));
        if (i == text.bytes)
            break;
        uint8_t byte = (uint8_t)text.data[i];
        char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        buf_put(out, str_of(encoded, sizeof encoded));
    }
}

void url_put_encoded(struct buf *out, struct str text)
{
    put_encoded(out, text, false);
}

void url_put_encoded_path(struct buf *out, struct str text)
{
    put_encoded(out, text, true);
}

static struct str encode(struct scope *s, struct str text, bool keep_slash)
{
    struct buf out = buf_make(s, 3 * text.bytes);

    put_encoded(&out, text, keep_slash);
    assert(!out.overflow);
    return buf_str(&out);
}

struct str url_encode(struct scope *s, struct str text)
{
    return encode(s, text, false);
}

struct str url_encode_path(struct scope *s, struct str text)
{
    return encode(s, text, true);
}

// Returns how many bytes came out, or SIZE_MAX at a '%' without two digits.
static size_t decode_bytes(struct str text, bool form, char *to)
{
    size_t count = 0;

    for (size_t i = 0; i < text.bytes; i++, count++) {
        to[count] = form && text.data[i] == '+' ? ' ' : text.data[i];
        if (text.data[i] != '%')
            continue;
        if (!hex_read(str_slice(text, i + 1, 2), to + count) || text.bytes - i < 3)
            return SIZE_MAX;
        i += 2;
    }
    return count;
}

static enum status decode(struct scope *s, struct str text, bool form, struct str *out)
{
    struct str result = text;

    if (str_find_byte(text, '%') < text.bytes || (form && str_find_byte(text, '+') < text.bytes)) {
        if (!scope_has_room(s, text.bytes))
            return fail(s, TOO_LARGE, "no memory is left to decode %zu bytes", text.bytes);
        char *to = scope_bytes(s, text.bytes);
        result = str_of(to, decode_bytes(text, form, to));
        if (result.bytes == SIZE_MAX)
            return fail(s, INVALID, "a '%%' in the URL is not followed by two digits");
    }
    if (!utf8_valid(result) || str_find_byte(result, '\0') < result.bytes)
        return fail(s, INVALID, "a part of the URL is not UTF-8 text");
    *out = result;
    return OK;
}

enum status url_decode(struct scope *s, struct str text, struct str *out)
{
    return decode(s, text, false, out);
}

enum status url_decode_form(struct scope *s, struct str text, struct str *out)
{
    return decode(s, text, true, out);
}

bool url_query_next(struct str *rest, struct str *name, struct str *value)
{
    while (rest->data) {
        *value = str_cut(rest, '&');
        if (value->bytes == 0)
            continue;
        *name = str_cut(value, '=');
        return true;
    }
    return false;
}

enum status url_query_find(struct scope *s, struct str query, struct str name, struct str *value)
{
    struct str raw_name = {0};
    struct str raw_value = {0};

    while (url_query_next(&query, &raw_name, &raw_value)) {
        struct str decoded = {0};
        TRY(url_decode_form(s, raw_name, &decoded));
        if (str_equal(decoded, name))
            return url_decode_form(s, raw_value, value);
    }
    return fail(s, NOT_FOUND, "the query has no parameter \"%.*s\"", STR(name));
}
