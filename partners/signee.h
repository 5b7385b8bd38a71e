// Somebody who gets mails of Sheaf's own signing page and does what they ask for: opens the link,
// looks at the pages, has a code sent, reads it in the next mail, and signs; or rejects, stays
// away, signs twice, or comes late, as the switches say. Talks HTTP only and reads mails as text,
// wherever they are kept. Blocks; one thread at a time.
#ifndef SHEAF_PARTNERS_SIGNEE_H
#define SHEAF_PARTNERS_SIGNEE_H

#include "core/chance.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;
struct scope;

enum { SIGNEE_LINK_BYTES_MAX = 2048 };

struct signee_options {
    struct http_client *client;
    uint64_t seed;
    uint32_t rejects, never, twice, late; // of 100 invitations each
    // Gives the newest mail with a code that came to them, waiting for it as long as that makes
    // sense; the text of the mail as it came. `number`: how many there were before. Errors:
    // NOT_FOUND it did not come.
    enum status (*code_mail)(void *context, struct scope *s, struct str *text);
    void *context;
};

struct signee {
    struct signee_options options;
    struct chance chance;
    uint64_t signed_count, rejected_count, refused_count, away_count, late_count;
};

enum signee_end {
    SIGNEE_SIGNED,
    SIGNEE_REJECTED,
    SIGNEE_AWAY, // does not come, ever
    SIGNEE_LATE, // comes when signee_visit() is called
    SIGNEE_GONE, // came, and the link had ended
};

void signee_init(struct signee *who, const struct signee_options *options);

// Finds the link of the signing page in a mail (quoted-printable or not); false: it has none.
bool signee_link(struct scope *s, struct str mail, struct str *link);
// Finds the code in one; false: it has none.
bool signee_code(struct scope *s, struct str mail, struct str *code);

// Does about an invitation what chance wants. Errors: as of http_call(); INVALID the mail has no
// link; REFUSED the page answered what it should not.
enum status signee_take(struct scope *s, struct signee *who, struct str mail, enum signee_end *end);
// Follows a link and signs.
enum status signee_visit(struct scope *s, struct signee *who, struct str link,
                         enum signee_end *end);

#endif
