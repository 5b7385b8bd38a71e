// Signicat's side on a loopback port: the API below /sign and /auth, webhooks to Sheaf's
// /sign-webhook/{bundleId}, and a page behind each signee's link, where a person can sign or
// reject. One thread of its own makes webhooks and late answers.
#ifndef SHEAF_PARTNERS_SIGNICAT_PORT_H
#define SHEAF_PARTNERS_SIGNICAT_PORT_H

#include "core/status.h"
#include "partners/signicat.h"

struct esign_port;

struct esign_port_options {
    uint16_t port; // 0: any
    uint64_t seed;
    struct faults faults;
    struct str client_id, client_secret; // empty: any
    bool signees;                        // people sign by themselves
    struct str callback_url;             // Sheaf's base address; empty: no webhooks are made
    struct str webhook_secret;           // HMAC key of webhooks
    struct str webhook_header;           // empty: "X-Signicat-Signature"
};

// The caller ends it with esign_port_stop(). Errors: as of http_server_new().
enum status esign_port_start(struct scope *s, const struct esign_port_options *options,
                             struct esign_port **out);
// NULL is fine.
void esign_port_stop(struct esign_port *p);

// "http://127.0.0.1:12345", as long as it runs; the API is below /sign.
struct str esign_port_url(const struct esign_port *p);
struct esign *esign_port_esign(struct esign_port *p);

#endif
