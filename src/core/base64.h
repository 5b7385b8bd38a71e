// Base64 (RFC 4648), with the standard alphabet or the one that is safe in URLs. Decoding is
// strict: no white space, no character of the other alphabet, and the bits that are left over must
// be 0, so each value has one spelling (up to padding, where it may be left out).
#ifndef SHEAF_CORE_BASE64_H
#define SHEAF_CORE_BASE64_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>

struct scope;

// Returns padded text in the scope: 4 characters for every 3 bytes.
struct str base64_encode(struct scope *s, struct str bytes);

// Returns text in the alphabet for URLs, without padding: JWT, cursors.
struct str base64url_encode(struct scope *s, struct str bytes);

// Decodes padded text. Errors: INVALID; TOO_LARGE the scope has no room.
enum status base64_decode(struct scope *s, struct str text, struct str *out);

// Decodes text in the alphabet for URLs, padded or not. Errors: as above.
enum status base64url_decode(struct scope *s, struct str text, struct str *out);

#endif
