// A mail server on a loopback port (RFC 5321, with AUTH PLAIN and LOGIN; no TLS) that keeps what it
// takes, and makes faults as its switches say (faults.def):
//
//   refuse       a recipient is answered 550, always the same ones
//   busy         a recipient is answered 450
//   fail_before  a mail is answered 451 and not taken
//   fail_after   a mail is taken, and the connection ends without an answer
//   silent       a mail is taken and never answered
//   garble       a mail is taken and answered with what cannot be read
//   answer_ms    each answer comes after this time
//   down_*       every connection is answered 421
//
// A few threads of its own; any thread may ask.
#ifndef SHEAF_PARTNERS_SMTP_H
#define SHEAF_PARTNERS_SMTP_H

#include "core/status.h"
#include "partners/faults.h"

#include <stddef.h>
#include <stdint.h>

struct buf;
struct scope;
struct smtp_sink;

enum { SMTP_SINK_MAIL_BYTES_MAX = 40 << 20 };

struct smtp_counts {
#define SMTP_COUNT(name, meaning) uint64_t name;
#include "partners/smtp_counts.def"
#undef SMTP_COUNT
};

struct smtp_sink_options {
    uint64_t seed;
    uint16_t port;       // 0: any
    struct str user;     // empty: it asks for no login
    struct str password; // of it
    struct faults faults;
    struct str folder; // empty; or where each mail is written, ID-RECIPIENT.eml; it must exist
};

// Starts; the caller ends it with smtp_sink_stop(). Errors: TEMPORARY the port is taken.
enum status smtp_sink_start(struct scope *s, const struct smtp_sink_options *options,
                            struct smtp_sink **out);
// NULL is fine.
void smtp_sink_stop(struct smtp_sink *sink);

// "smtp://127.0.0.1:12345", as long as it runs.
struct str smtp_sink_url(const struct smtp_sink *sink);
void smtp_sink_set_faults(struct smtp_sink *sink, const struct faults *faults);
struct smtp_counts smtp_sink_counts(struct smtp_sink *sink);
// Appends the counts as a JSON object.
void smtp_sink_report(struct smtp_sink *sink, struct buf *out);

struct smtp_mail {
    struct str id; // of its Message-ID, what stands before the '@'
    struct str from, to;
    struct str text; // as it came, with CRLF
    uint64_t times;
};
// Copies the mail number `index`, in the order of their coming, into the scope. False: no such.
bool smtp_sink_mail(struct scope *s, struct smtp_sink *sink, size_t index, struct smtp_mail *out);
// Waits until it has taken `count` mails (repeats not counted), for at most `wait_ms`. Returns
// whether it has.
bool smtp_sink_wait(struct smtp_sink *sink, uint64_t count, unsigned wait_ms);

#endif
