// The provider `signicat`: Signicat's Sign API v2. A document is uploaded and put into a
// collection, and a session over it gives the signee a link. Sessions carry `externalReference`,
// the session's reference and its tenant: by it they are found again after an unknown outcome, and
// webhooks (signicat_webhook.c) find their bundle. See signicat_impl.h for what is in which file.
#ifndef SHEAF_SERVICES_SIGNING_PROVIDER_SIGNICAT_H
#define SHEAF_SERVICES_SIGNING_PROVIDER_SIGNICAT_H

#include "services/signing/provider.h"

struct http_client;
struct metrics;
struct platform;
struct signicat;
struct store;
struct table_def;
struct world;

// What was asked of Signicat and for whom: what is left over can be removed after a crash, and
// what a webhook names has a bundle. Partitions `reference/…`, `collection/…`, `session/…`,
// `event/…`; all expire.
extern const struct table_def signicat_table;

struct signicat_options {
    struct world *world;
    struct http_client *http;
    struct store *store;     // NULL: nothing is remembered
    struct metrics *metrics; // NULL: nothing is counted
    struct str url;          // "https://api.signicat.com/sign"
    struct str token_url;    // "https://api.signicat.com/auth/open/connect/token"
    struct str client_id;
    struct str client_secret;
    bool secret_in_form;          // else HTTP Basic
    struct str flow;              // "PKISIGNING", "AUTHENTICATION_BASED"
    struct str vendor;            // of PKISIGNING: "SBID"
    struct str identity_provider; // of AUTHENTICATION_BASED: "sbid"
    bool package;                 // ask for one PAdES file
    // Where the signee's browser goes afterwards: `?result=` is added to `return_url`, or where
    // that is empty to a page of this server, whose address is known when the server runs.
    struct str return_url;
    const struct str *public_url;
    struct str webhook_secret;                // empty: webhooks are refused
    struct str webhook_header;                // "X-Signicat-Signature"
    uint32_t rate_per_second, concurrent_max; // 0: no limit
    unsigned timeout_ms;                      // of one call; 0: 30,000
    bool allow_private;
};

// Makes what signicat_provider calls `self`; ends with the scope. Errors: INVALID an address.
enum status signicat_open(struct scope *s, const struct signicat_options *options,
                          struct signicat **out);

extern const struct provider signicat_provider;

#endif
