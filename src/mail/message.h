// A mail as MIME text (RFC 5322, 2045 to 2047, 2231), ready for SMTP or a file: UTF-8, lines of at
// most 76 characters that end with CRLF, multipart/mixed with attachments, multipart/alternative
// with HTML. Pure, and the same draft gives the same bytes: boundaries and Message-ID follow from
// the id, the date is the draft's.
//
// No text of a draft can begin a header line of its own: control characters in subjects and names
// become spaces, and addresses are checked.
#ifndef SHEAF_MAIL_MESSAGE_H
#define SHEAF_MAIL_MESSAGE_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

struct scope;

struct letter_part {
    struct str name; // that the reader sees; UTF-8
    struct str media_type;
    struct str content;
};

struct letter {
    struct str from; // as of mail/address.h
    const struct str *to;
    size_t to_count;
    struct str id; // [A-Za-z0-9._-]+: Message-ID is <id@domain of from>
    int64_t at_us; // Date; microseconds since 1970
    struct str subject;
    struct str text; // plain
    struct str html; // may be empty
    const struct letter_part *parts;
    size_t part_count;
};

// Errors: INVALID an address, the id, or text that is not UTF-8; TOO_LARGE longer than `bytes_max`.
enum status letter_write(struct scope *s, const struct letter *letter, size_t bytes_max,
                         struct str *out);

#endif
