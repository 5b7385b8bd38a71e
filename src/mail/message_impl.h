// What writes the parts of a mail: header fields (header.c) and bodies (body.c).
#ifndef SHEAF_MAIL_MESSAGE_IMPL_H
#define SHEAF_MAIL_MESSAGE_IMPL_H

#include "core/buf.h"
#include "mail/address.h"

struct scope;

enum { LINE_BYTES = 76 }; // without CRLF: RFC 2045, 6.7 and 6.8; RFC 2047, 2

// "Name: text", as encoded words where it must be, folded.
void header_text(struct buf *out, const char *name, struct str text);
// "To: Ann <a@example.com>,\r\n Bo <b@example.com>"
void header_addresses(struct buf *out, const char *name, const struct address *list, size_t count);
// "Date: Sun, 22 Nov 2026 14:43:36 +0000"
void header_date(struct buf *out, int64_t at_us);
// "Content-Disposition: attachment" with the name (RFC 2183, 2231).
void header_attachment(struct buf *out, struct str name);

// A body with its Content-Transfer-Encoding line before it.
void body_text(struct buf *out, struct str text);
void body_base64(struct buf *out, struct str content);

#endif
