// Sends one mail to an SMTP server (RFC 5321; submission with STARTTLS or implicit TLS, and AUTH).
// A connection a mail; blocks; any thread. The status tells outcomes apart:
//
//   TEMPORARY   certainly not accepted: no connection, no TLS, AUTH refused, an answer of 4xx
//   REFUSED     an answer of 5xx to the sender, a recipient or the mail: again is of no use
//   TIMEOUT     the mail was on its way and no answer came: it may have been accepted
//   DENIED      the address is not public, and `allow_private` is not set
#ifndef SHEAF_HTTP_SMTP_H
#define SHEAF_HTTP_SMTP_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

enum smtp_tls {
    SMTP_TLS_REQUIRED,
    SMTP_TLS_OPPORTUNISTIC, // when the server offers it
    SMTP_TLS_OFF,
};

struct smtp_server {
    struct str url;   // smtp://host:port or smtps://host:port
    struct str hello; // the name in EHLO; empty: the machine's
    struct str user;  // empty: no AUTH
    struct str password;
    enum smtp_tls tls;
    bool allow_private;
    unsigned connect_timeout_ms; // 0: 10,000
    unsigned total_timeout_ms;   // 0: 60,000
    struct str ca_file;          // PEM; empty: the system's
    // For simulations: takes the mail instead of the network, with smtp_send()'s statuses.
    enum status (*stand_in)(void *context, struct scope *s, struct str from, struct str to,
                            struct str text);
    void *stand_in_context;
};

// Errors: as above; INVALID the URL, or a mailbox that cannot be sent. `from` and `to` are
// mailboxes without names; `text` is a whole mail with CRLF.
enum status smtp_send(struct scope *s, const struct smtp_server *server, struct str from,
                      struct str to, struct str text);

// Checks a URL before it is used. Errors: INVALID.
enum status smtp_check_url(struct scope *s, struct str url);

#endif
