// Mail addresses: "ann@example.com" or "Ann Åberg <ann@example.com>". Strict where it is about
// safety: the mailbox is ASCII (RFC 5321, 4.1.2, dot-string and domain; no quoted local part, no
// address literal), and a name holds no control character.
#ifndef SHEAF_MAIL_ADDRESS_H
#define SHEAF_MAIL_ADDRESS_H

#include "core/str.h"

#include <stdbool.h>

enum {
    ADDRESS_LOCAL_BYTES_MAX = 64, // RFC 5321, 4.5.3.1
    ADDRESS_BYTES_MAX = 254,
    ADDRESS_NAME_BYTES_MAX = 200,
};

struct address {
    struct str name; // UTF-8; may be empty
    struct str mailbox;
    struct str domain; // of the mailbox
};

// Takes one apart; borrowed from `text`. False when it is none.
bool address_read(struct str text, struct address *out);

#endif
