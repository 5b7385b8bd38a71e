// The inside of the provider `signicat`. signicat_call.c makes one call: pace, token, statuses;
// signicat_token.c keeps the token; signicat_words.c what an error says, without personal data;
// signicat_read.c reads sessions; signicat_record.c remembers; provider_signicat.c creates,
// looks and cancels, signicat_find.c and signicat_fetch.c do what they say; signicat_webhook.c
// takes events; signicat_return.c is a page; signicat_settings.c reads settings.
#ifndef SHEAF_SERVICES_SIGNING_SIGNICAT_IMPL_H
#define SHEAF_SERVICES_SIGNING_SIGNICAT_IMPL_H

#include "services/signing/provider_signicat.h"
#include "sys/thread.h"

#include <stdatomic.h>

struct change;
struct http_reply;
struct metric;
struct pace;

enum {
    SIGNICAT_ID_BYTES_MAX = 100,
    SIGNICAT_TOKEN_BYTES_MAX = 8192,
    SIGNICAT_REASON_BYTES_MAX = 2048,
    SIGNICAT_WHY_BYTES_MAX = 300,
    SIGNICAT_REFERENCE_BYTES_MAX = 255,
    SIGNICAT_SECRETS_MAX = 3,
};

struct signicat {
    struct signicat_options options;
    struct pace *pace;
    struct metric *calls; // by outcome, as the events
    struct metric *events;
    struct metric *seconds;
    atomic_llong told_at_us; // of trouble, in the log
    struct mutex lock;       // guards the rest: the token
    struct condition landed;
    bool flying;           // somebody is fetching one
    enum status landed_as; // how the last flight ended
    char landed_why[SIGNICAT_WHY_BYTES_MAX];
    char token[SIGNICAT_TOKEN_BYTES_MAX];
    size_t token_bytes;
    int64_t token_until_us; // monotonic; renewed from then on
};

// signicat_call.c
struct signicat_call {
    const char *method;
    struct str path; // below the API's address, or a whole URL when it begins with "http"
    const char *content_type;
    struct str body;
    size_t answer_bytes_max; // 0: 1 MiB
    bool once;               // must not be sent twice
    // Personal values of the body, which an error may repeat.
    struct str secrets[SIGNICAT_SECRETS_MAX];
};
// Makes one call with the token, and once more when the token is not accepted. OK: an answer of
// 2xx. Errors: TEMPORARY certainly not taken; TIMEOUT perhaps; REFUSED this call is wrong;
// NOT_FOUND 404; CONFLICT 409; TOO_LARGE the answer.
enum status signicat_send(struct scope *s, struct signicat *p, const struct signicat_call *call,
                          struct http_reply *out);
// As signicat_send() for what can be asked again: TIMEOUT, TOO_LARGE, CONFLICT and the refusal of
// a question are TEMPORARY.
enum status signicat_ask(struct scope *s, struct signicat *p, const struct signicat_call *call,
                         struct http_reply *out);
// One call as it is, within the pace. Errors: TEMPORARY; TIMEOUT; TOO_LARGE.
enum status signicat_call_raw(struct scope *s, struct signicat *p, const struct signicat_call *call,
                              struct str authorization, struct http_reply *out);

// signicat_token.c
enum status signicat_token(struct scope *s, struct signicat *p, struct str *out);
void signicat_token_refused(struct signicat *p, struct str token); // it was not accepted

// signicat_words.c: "400 bad_request: …", cut, with nothing personal in it.
struct str signicat_words(struct scope *s, const struct http_reply *reply,
                          const struct str *secrets);

// signicat_read.c
bool signicat_is_id(struct str text);
// Parses an answer. Errors: TEMPORARY it cannot be used.
enum status signicat_parse(struct scope *s, struct str body, struct json *out);
// Errors: TEMPORARY it cannot be used; NOT_FOUND it is another tenant's.
enum status signicat_read_session(struct scope *s, const struct signicat *p, struct json j,
                                  struct str tenant, struct session *out);
// The externalReference of a session, and what it is made of. False: it is not one of ours.
struct str signicat_reference(struct scope *s, struct str tenant, struct str reference);
bool signicat_reference_read(struct str external, struct str *tenant, struct str *bundle_id,
                             struct str *reference);

// signicat_find.c, signicat_fetch.c: deeds of the provider.
enum status signicat_find(struct scope *s, void *self, struct str tenant, struct str reference,
                          struct session **out, size_t *count);
enum status signicat_fetch(struct scope *s, void *self, struct str tenant, struct str id,
                           struct str *pdf);
enum status signicat_look_json(struct scope *s, struct signicat *p, struct str tenant,
                               struct str id, struct json *j, struct session *out);
struct str signicat_path(struct scope *s, const char *kind, struct str id); // "/KIND/ID"

// signicat_record.c
struct signicat_made {
    struct str document_id;
    struct str collection_id;
};
enum status signicat_made_get(struct scope *s, struct signicat *p, struct str external,
                              struct signicat_made *out); // empty ids: nothing is known
enum status signicat_made_put(struct scope *s, struct signicat *p, const struct session_request *r,
                              struct str external, const struct signicat_made *made);
void signicat_session_put(struct scope *s, struct signicat *p, const struct session_request *r,
                          struct str session_id);
// Whose session or collection it is. Errors: NOT_FOUND.
enum status signicat_owner(struct scope *s, struct store *store, const char *kind, struct str id,
                           struct str *tenant, struct str *bundle_id);

#endif
