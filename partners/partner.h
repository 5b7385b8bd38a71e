// The outside parties on loopback ports: tax office, warehouse, and a client that takes webhooks.
// For tests, which start them in their own process, and for the program `partners` (main.c). The
// offices and the receiver behind the ports can also be driven by calls, without sockets: office.h,
// hooks.h.
//
//   tax, warehouse   POST /registrations, GET /registrations/{id}, as
//                    services/receipts/partner.h says; callbacks to {callback_url}/taxApiCallback
//                    and /warehouseAPICallback, signed
//   hooks            POST /webhooks (and below); GET /report: all counts (counts.def) as JSON;
//                    PUT /faults {"tax": {"refuse": 5}, ...}; PUT /webhook-secret: "whsec_..."
#ifndef SHEAF_PARTNERS_PARTNER_H
#define SHEAF_PARTNERS_PARTNER_H

#include "core/status.h"
#include "core/str.h"
#include "partners/faults.h"

#include <stddef.h>

struct buf;
struct hooks;
struct office;
struct partners;
struct scope;

enum party { PARTY_TAX, PARTY_WAREHOUSE, PARTY_HOOKS, PARTY_COUNT };
enum { OFFICES = 2 };

const char *party_name(enum party p); // "tax", "warehouse", "hooks"

// A party with a port of its own, run beside these: it stands in the report and takes faults.
struct guest {
    const char *name; // "smtp"
    void *party;
    void (*report)(void *party, struct buf *out); // appends a JSON object
    void (*set_faults)(void *party, const struct faults *faults);
    struct faults faults; // that it has at first
};
enum { GUESTS_MAX = 8 };

struct partners_options {
    uint64_t seed;
    uint16_t ports[PARTY_COUNT]; // 0: any
    struct str callback_url;     // of Sheaf, "http://127.0.0.1:8080"; empty: no callbacks are made
    struct str secret;           // bearer token of calls, HMAC key of callbacks; empty: neither
    struct str webhook_secret;   // may be empty, and set later
    struct faults faults[PARTY_COUNT];
    unsigned callers; // threads that make callbacks; 0: 4
    const struct guest *guests;
    size_t guest_count; // at most GUESTS_MAX
};

// Starts. The caller ends it with partners_stop(). Errors: as of http_server_new(); INVALID the
// webhook secret.
enum status partners_start(struct scope *s, const struct partners_options *options,
                           struct partners **out);

// "http://127.0.0.1:12345", as long as they run.
struct str partners_url(const struct partners *all, enum party p);
struct office *partners_office(struct partners *all, enum party p);
struct hooks *partners_hooks(struct partners *all);

// Appends {"tax": {...}, "warehouse": {...}, "webhooks": {...}}, and what guests report.
void partners_report(struct partners *all, struct buf *out);

// NULL is fine.
void partners_stop(struct partners *all);

#endif
