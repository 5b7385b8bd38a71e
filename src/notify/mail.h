// Mail that is sent for certain: put into a change, it is sent after the commit, tried again for a
// day, and ends in a dead-letter queue if nobody takes it. A message that is tried twice carries
// the same Message-ID and the same bytes, so that a reader sees one mail.
#ifndef SHEAF_NOTIFY_MAIL_H
#define SHEAF_NOTIFY_MAIL_H

#include "core/status.h"
#include "core/str.h"

#include <stddef.h>

struct bucket_def;
struct change;
struct scope;
struct store;

enum {
    MAIL_RECIPIENTS_MAX = 50,
    MAIL_ATTACHMENTS_MAX = 20,
    MAIL_BYTES_MAX = 25 << 20, // encoded, attachments and all
    MAIL_ID_BYTES_MAX = 120,
    MAIL_SUBJECT_BYTES_MAX = 500,
    MAIL_TEXT_BYTES_MAX = 32 << 10, // of text and HTML together
};

struct mail_attachment {
    const struct bucket_def *bucket; // a blob, which must outlive the sending
    struct str key;
    struct str name; // that the reader sees
    struct str media_type;
};

struct mail {
    struct str tenant;
    struct str id; // what it is about, and which: the same id is the same mail; [A-Za-z0-9._-]
    const struct str *to; // "ann@example.com" or "Ann <ann@example.com>"
    size_t to_count;
    struct str subject; // UTF-8
    struct str text;    // plain, UTF-8
    struct str html;    // may be empty
    const struct mail_attachment *attachments;
    size_t attachment_count;
};

// Puts it into the change: one message of the queue `mails`, dated when it commits. Control
// characters in the subject and in names become spaces. Errors: INVALID an address or a limit.
enum status mail_send(struct scope *s, struct change *c, const struct mail *mail);

#endif
