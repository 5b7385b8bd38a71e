// A provider of signing sessions: who shows the document to the signee and takes the signature. Two
// there are: `builtin` (provider_builtin.c) and `signicat` (provider_signicat.c). A provider only
// talks; what is durable about a session (the intent, the attempt, which session was adopted, the
// link that was mailed) is kept by sessions.h.
//
// Statuses tell outcomes apart: TEMPORARY was certainly not done, TIMEOUT may have been. Blocks;
// any worker thread.
#ifndef SHEAF_SERVICES_SIGNING_PROVIDER_H
#define SHEAF_SERVICES_SIGNING_PROVIDER_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum session_state {
    SESSION_OPEN,     // the signee may sign
    SESSION_SIGNED,   // and the signed document can be fetched
    SESSION_REJECTED, // by the signee
    SESSION_EXPIRED,
    SESSION_CANCELLED,
    SESSION_FAILED, // ended in another way
};

struct session_request {
    struct str tenant;
    struct str bundle_id;
    struct str reference; // "BUNDLE_ID#ATTEMPT": externalReference; the same for the same attempt
    struct str title;
    struct str signee_name, signee_email, signee_pnr; // personal: never logged
    struct str language;                              // "sv", "en"
    int64_t due_at_us;
    struct str pdf; // unsigned
    size_t page_count;
};

struct session {
    struct str id;
    struct str reference;
    struct str link; // for the signee; secret: mailed, never logged or answered by the API
    enum session_state state;
    struct str reason; // of a rejection or failure
    struct json log;   // the signing log: what the provider says of it, kept as evidence
    int64_t created_at_us;
};

struct provider {
    const char *name;
    // What it gives back is signed by the provider, so that stamps must be annotations; else the
    // document comes back as it was, and our seal is its signature.
    bool signs;
    enum status (*create)(struct scope *s, void *self, const struct session_request *request,
                          struct session *out);
    // All sessions of this reference, the oldest first: asked after an unknown outcome.
    enum status (*find)(struct scope *s, void *self, struct str tenant, struct str reference,
                        struct session **out, size_t *count);
    // Errors: NOT_FOUND.
    enum status (*look)(struct scope *s, void *self, struct str tenant, struct str id,
                        struct session *out);
    // Of a session that is SIGNED. Errors: BUSY it is not packaged yet: ask again.
    enum status (*fetch)(struct scope *s, void *self, struct str tenant, struct str id,
                         struct str *pdf);
    // One that has ended already is fine.
    enum status (*cancel)(struct scope *s, void *self, struct str tenant, struct str id);
};

#endif
