// Signicat's side of the Sign API v2: tokens, documents, collections, signing sessions, results
// that are signed for real by a test authority, webhooks; with people who sign, and faults as its
// switches say. Without sockets and threads, as office.h: the program (partner.h) and simulations
// drive it with calls, and its clock is the world's. Any thread.
#ifndef SHEAF_PARTNERS_SIGNICAT_H
#define SHEAF_PARTNERS_SIGNICAT_H

#include "core/status.h"
#include "partners/faults.h"

#include <stddef.h>

struct buf;
struct esign;
struct http_reply;
struct http_request;
struct scope;
struct world;

struct esign_options {
    struct world *world;
    uint64_t seed;
    struct faults faults;
    struct str client_id, client_secret; // empty: any
    struct str link_url;                 // what signees' links begin with; empty: of a sandbox
    bool signees;                        // people sign by themselves; else esign_visit() does it
    bool silent;                         // it makes no webhooks: nobody could take them
    bool plain;                          // a signed document is the document as it came
};

struct esign_counts {
#define SIGNICAT_COUNT(name, meaning) uint64_t name;
#include "partners/signicat_counts.def"
#undef SIGNICAT_COUNT
};

struct esign *esign_new(const struct esign_options *options);
// NULL is fine.
void esign_free(struct esign *e);

void esign_set_faults(struct esign *e, const struct faults *faults);
// The PEM of the authority that its signatures lead to; lives as long as it does.
struct str esign_authority(struct esign *e);

struct esign_call {
    struct str method;
    struct str path; // "/sign/documents"; decoded, without query
    struct str query;
    struct str authorization;
    struct str content_type;
    struct str body;
};

struct esign_reply {
    int code; // 0: it never answers
    const char *content_type;
    struct str body;        // in the scope
    uint32_t retry_after_s; // 0: it does not say
    uint32_t late_ms;       // answered after this time
};

void esign_call(struct scope *s, struct esign *e, const struct esign_call *call,
                struct esign_reply *out);

// As esign_call(), for http_client_options.stand_in with the esign as its context: while it is down
// there is no connection, and what is never answered is a time-out.
enum status esign_stand_in(void *context, struct scope *s, const struct http_request *request,
                           struct http_reply *out);

enum esign_act { ESIGN_LEAVE, ESIGN_SIGN, ESIGN_REJECT };
// Somebody opens a link and acts. False: nothing can be signed there.
bool esign_visit(struct esign *e, struct str link, enum esign_act act, const char *reason);

struct esign_event;
// Takes a webhook that is due; NULL: none is. Must be given back with esign_event_sent().
// `bundle_id` is what stands in the reference before the last '#'.
struct esign_event *esign_take_event(struct scope *s, struct esign *e, struct str *bundle_id,
                                     struct str *body);
// How it went: the code of the answer, 0 when there was none. All but 2xx is made again, until it
// expires.
void esign_event_sent(struct esign *e, struct esign_event *event, int code);

// When the next thing happens by itself, microseconds of the world's clock; INT64_MAX: nothing.
int64_t esign_next_us(struct esign *e);

struct esign_counts esign_counts(struct esign *e);
// Lets everything happen that is due; every other call does that too.
void esign_turn(struct esign *e);

// What signees' links begin with, from now on; borrowed.
void esign_set_link(struct esign *e, struct str link_url);
// Where a signee's browser goes then: "success", "cancel", "error". False: it is not said.
bool esign_way_back(struct scope *s, struct esign *e, struct str link, const char *result,
                    struct str *out);
// Whether a link can be signed now.
bool esign_is_open(struct esign *e, struct str link);
// How many sessions of a reference can be signed now.
unsigned esign_live(struct esign *e, struct str reference);
// Appends the counts as a JSON object.
void esign_report(struct esign *e, struct buf *out);

#endif
