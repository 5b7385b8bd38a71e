// The door to a partner that receipts are registered with, tax office or warehouse. The partner's
// API is REST:
//   POST {url}/registrations       {registrationId, receiptId, client, date, number, total,
//                                   currency, document} -> 200/201 {status: "confirmed"|"refused",
//                                   reference?, reason?}, or 202: it will call back
//   GET  {url}/registrations/{id}  -> 200 {status: "pending"|"confirmed"|"refused", ...}; 404: it
//                                   does not know it
// and it calls back: POST .../taxApiCallback or /warehouseAPICallback {registrationId, status,
// reference?, reason?}, signed. Posting the same id twice is one registration at the partner, with
// one outcome. Without a URL the partner is the no-op inside: everything is confirmed at once.
#ifndef SHEAF_SERVICES_RECEIPTS_PARTNER_H
#define SHEAF_SERVICES_RECEIPTS_PARTNER_H

#include "services/receipts/receipt.h"

struct http_client;
struct partner_client;
struct world;

struct partner_options {
    struct world *world;
    enum partner partner;
    struct str url;    // empty: the no-op
    struct str secret; // of the callbacks' HMAC, and sent as bearer token; empty: none
    bool allow_private;
    unsigned timeout_ms;
};

// Errors: INVALID the address is not one.
enum status partner_open(struct scope *s, struct http_client *http,
                         const struct partner_options *options, struct partner_client **out);

// What the partner said.
struct partner_answer {
    // SENT: it will call back; PENDING: it does not know it; UNKNOWN: it may have taken it.
    enum registration_state state;
    struct str reference;
    struct str reason; // of a refusal, or why it is unknown
};

// Sends a registration. Blocks. Errors: TEMPORARY it was certainly not taken.
enum status partner_register(struct scope *s, struct partner_client *p, const struct receipt *r,
                             struct str document, struct partner_answer *out);

// Asks about a registration. Blocks. Errors: TEMPORARY.
enum status partner_ask(struct scope *s, struct partner_client *p, const struct receipt *r,
                        struct partner_answer *out);

// Whether partner_register() answers at once without reading the document.
bool partner_is_noop(const struct partner_client *p);

// Verifies a callback's signature: "sha256=" and the hex HMAC-SHA256 of timestamp "." body.
// Errors: UNAUTHENTICATED.
enum status partner_check_callback(struct scope *s, const struct partner_client *p,
                                   struct str signature, struct str timestamp, struct str body,
                                   int64_t now_us);

#endif
