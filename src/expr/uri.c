// URIs: splitting never fails, checking walks the parts that splitting gives.
#include "expr/uri.h"

#include "core/buf.h"
#include "core/scope.h"
#include "expr/formats.h"

#include <limits.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_scheme(struct str text)
{
    if (text.bytes == 0 || !is_alpha(text.data[0]))
        return false;
    for (size_t i = 1; i < text.bytes; i++)
        if (!is_alpha(text.data[i]) && !is_digit(text.data[i]) && !strchr("+-.", text.data[i]))
            return false;
    return true;
}

// Cuts off what follows `mark`; it is absent when there is no mark.
static struct str cut_tail(struct str *text, char mark)
{
    size_t at = str_find_byte(*text, mark);
    struct str tail = {0};

    if (at < text->bytes) {
        tail = str_slice(*text, at + 1, text->bytes);
        *text = str_slice(*text, 0, at);
    }
    return tail;
}

struct uri uri_split(struct str text)
{
    struct uri uri = {0};

    if (!text.data)
        text = str("");
    uri.fragment = cut_tail(&text, '#');
    uri.query = cut_tail(&text, '?');
    size_t colon = str_find_byte(text, ':');
    if (colon < text.bytes && is_scheme(str_slice(text, 0, colon))) {
        uri.scheme = str_slice(text, 0, colon);
        text = str_slice(text, colon + 1, text.bytes);
    }
    if (str_starts(text, str("//"))) {
        text = str_slice(text, 2, text.bytes);
        size_t slash = str_find_byte(text, '/');
        uri.authority = str_slice(text, 0, slash);
        text = str_slice(text, slash, text.bytes);
    }
    uri.path = text;
    return uri;
}

// Removes the last segment of what was written from `root` on, with its slash.
static void drop_segment(struct buf *out, size_t root)
{
    while (out->bytes > root && out->data[out->bytes - 1] != '/')
        out->bytes--;
    if (out->bytes > root)
        out->bytes--;
}

// RFC 3986, 5.2.4. Segments are taken with the slash before them.
static void put_without_dots(struct buf *out, struct str path)
{
    size_t root = out->bytes;

    while (str_starts(path, str("../")) || str_starts(path, str("./")))
        path = str_slice(path, str_find_byte(path, '/') + 1, path.bytes);
    while (path.bytes) {
        size_t bytes = 1 + str_find_byte(str_slice(path, 1, path.bytes), '/');
        struct str segment = str_slice(path, 0, bytes);
        path = str_slice(path, bytes, path.bytes);
        bool up = str_is(segment, "/..") || str_is(segment, "..");
        bool here = str_is(segment, "/.") || str_is(segment, ".");

        if (up)
            drop_segment(out, root);
        if (!up && !here)
            buf_put(out, segment);
        else if (path.bytes == 0 && segment.data[0] == '/')
            buf_put_byte(out, '/');
    }
}

// RFC 3986, 5.2.3: the reference takes the place of the base's last segment.
static struct str merge_paths(struct scope *s, struct uri base, struct str path)
{
    if (base.authority.data && base.path.bytes == 0)
        return str_concat(s, 2, str("/"), path);
    size_t keep = base.path.bytes;

    while (keep && base.path.data[keep - 1] != '/')
        keep--;
    return str_concat(s, 2, str_slice(base.path, 0, keep), path);
}

static void put_uri(struct buf *out, struct uri uri)
{
    if (uri.scheme.data) {
        buf_put(out, uri.scheme);
        buf_put_byte(out, ':');
    }
    if (uri.authority.data) {
        buf_put_z(out, "//");
        buf_put(out, uri.authority);
    }
    put_without_dots(out, uri.path);
    if (uri.query.data) {
        buf_put_byte(out, '?');
        buf_put(out, uri.query);
    }
}

struct str uri_resolve(struct scope *s, struct str base_text, struct str reference)
{
    struct uri base = uri_split(base_text);
    struct uri uri = uri_split(reference);
    struct buf out = buf_make(s, base_text.bytes + reference.bytes + 8);

    if (!uri.scheme.data) {
        uri.scheme = base.scheme;
        if (!uri.authority.data) {
            uri.authority = base.authority;
            if (uri.path.bytes == 0) {
                uri.path = base.path;
                uri.query = uri.query.data ? uri.query : base.query;
            } else if (uri.path.data[0] != '/') {
                uri.path = merge_paths(s, base, uri.path);
            }
        }
    }
    put_uri(&out, uri);
    return out.data ? buf_str(&out) : str("");
}

// RFC 3986: unreserved, sub-delims, %XX and the characters that the part adds.
static bool is_part(struct str part, const char *more, bool international)
{
    for (size_t i = 0; i < part.bytes; i++) {
        char c = part.data[i];
        if (is_alpha(c) || is_digit(c) || (c && strchr("-._~!$&'()*+,;=", c)) ||
            (c && strchr(more, c)) || (international && c < 0))
            continue;
        if (c != '%' || i + 2 >= part.bytes || hex_value(part.data[i + 1]) < 0 ||
            hex_value(part.data[i + 2]) < 0)
            return false;
        i += 2;
    }
    return true;
}

static bool is_ip_literal(struct str host)
{
    struct str inside = str_slice(host, 1, host.bytes - 2);

    if (host.data[host.bytes - 1] != ']')
        return false;
    if (inside.bytes && (inside.data[0] == 'v' || inside.data[0] == 'V')) {
        size_t dot = str_find_byte(inside, '.');
        return dot > 1 && dot + 1 < inside.bytes && is_part(inside, ":", false);
    }
    return format_check(FORMAT_IPV6, inside);
}

static bool is_authority(struct str authority, bool international)
{
    size_t at = str_find_byte(authority, '@');

    if (at < authority.bytes) {
        if (!is_part(str_slice(authority, 0, at), ":", international))
            return false;
        authority = str_slice(authority, at + 1, authority.bytes);
    }
    size_t host = authority.bytes;
    while (host && is_digit(authority.data[host - 1]))
        host--;
    host = host && authority.data[host - 1] == ':' ? host - 1 : authority.bytes;
    authority = str_slice(authority, 0, host);
    if (authority.bytes && authority.data[0] == '[')
        return authority.bytes > 2 && is_ip_literal(authority);
    return is_part(authority, "", international);
}

bool uri_is_valid(struct str text, enum uri_kind kind, bool international)
{
    struct uri uri = uri_split(text);

    if (!uri.scheme.data) {
        // A colon in the first segment would read as a scheme.
        size_t colon = str_find_byte(uri.path, ':');
        bool looks_like_scheme = !uri.authority.data && colon < str_find_byte(uri.path, '/');
        if (kind == URI_ABSOLUTE || looks_like_scheme)
            return false;
    }
    return (!uri.authority.data || is_authority(uri.authority, international)) &&
           is_part(uri.path, ":@/", international) && is_part(uri.query, ":@/?", international) &&
           is_part(uri.fragment, ":@/?", international);
}
