// URLs (RFC 3986): percent-encoding, query strings, and absolute http and https URLs taken apart.
// Strict on purpose: what two parsers might read differently (user names, odd spellings of an IPv4
// address, a fragment, a raw space or backslash) is refused, since hosts are compared with lists
// of allowed ones and paths are signed.
#ifndef SHEAF_CORE_URL_H
#define SHEAF_CORE_URL_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct buf;

enum {
    URL_BYTES_MAX = 8192,
    URL_HOST_BYTES_MAX = 253,
};

enum url_host {
    URL_HOST_NAME,
    URL_HOST_IPV4,
    URL_HOST_IPV6,
};

struct url {
    bool https;
    enum url_host host_type;
    struct str host;  // in lower case; an IPv6 address without its brackets
    uint16_t port;    // 80 or 443 where none is written
    struct str path;  // as written, still encoded; "/" where none is
    struct str query; // as written, without '?'; empty where none is
};

// Takes an absolute URL apart; the parts borrow from `text` and the scope.
// Errors: INVALID, saying why; TOO_LARGE longer than URL_BYTES_MAX.
enum status url_split(struct scope *s, struct str text, struct url *out);

// Takes the target of an HTTP request ("/path?query") apart; still encoded. False when it has a
// character that no URL has, a '%' without two digits, or no '/' at its start.
bool url_split_target(struct str target, struct str *path, struct str *query);

// Appends the text with all but A-Z a-z 0-9 - . _ ~ encoded, digits in upper case, as SigV4 wants.
void url_put_encoded(struct buf *out, struct str text);
// As above, but keeps '/': for paths.
void url_put_encoded_path(struct buf *out, struct str text);
// As above, in the scope.
struct str url_encode(struct scope *s, struct str text);
struct str url_encode_path(struct scope *s, struct str text);

// Decodes; '+' stays as it is. Text without '%' is borrowed. Errors: INVALID a '%' without two
// digits, or what comes out is not UTF-8 or contains U+0000; TOO_LARGE the scope has no room.
enum status url_decode(struct scope *s, struct str text, struct str *out);
// As url_decode(), and '+' is a space: forms, and query strings that browsers write.
enum status url_decode_form(struct scope *s, struct str text, struct str *out);

// Cuts the next "name=value" off a query string, both still encoded; false at its end. Skips empty
// ones; without '=' the value is empty and its data NULL.
bool url_query_next(struct str *rest, struct str *name, struct str *value);

// Finds the first parameter of a decoded name and decodes its value, '+' being a space.
// Errors: NOT_FOUND; INVALID as url_decode().
enum status url_query_find(struct scope *s, struct str query, struct str name, struct str *value);

#endif
