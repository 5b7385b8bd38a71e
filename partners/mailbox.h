// A robot signee at a folder of mails (the server's mail.folder): a thread that reads each mail
// once and lets the signee do what it asks for. For the demo and crash tests.
#ifndef SHEAF_PARTNERS_MAILBOX_H
#define SHEAF_PARTNERS_MAILBOX_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct mailbox;
struct scope;

struct mailbox_options {
    struct str folder; // may appear later
    uint64_t seed;
    uint32_t rejects, never, twice, late; // of 100 invitations each
    unsigned late_s;                      // how late the late ones come
};

// The caller ends it with mailbox_free().
struct mailbox *mailbox_new(const struct mailbox_options *options);
// Follows one new invitation, and the links for which it is time by now; false: there was no
// invitation.
bool mailbox_turn(struct mailbox *box);
// Takes turns on a thread until mailbox_free().
void mailbox_start(struct mailbox *box);
// NULL is fine.
void mailbox_free(struct mailbox *box);
// Appends counts as a JSON object: signed, rejected, refused, away, late, failed.
void mailbox_report(struct mailbox *box, struct buf *out);

#endif
