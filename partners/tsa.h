// A time-stamp authority (RFC 3161) on a loopback port, and by calls for simulations. It stamps for
// real, with a certificate of an authority of its own, and makes faults as its switches say
// (faults.def):
//
//   refuse       a request is rejected
//   contradict   a stamp is about another question: its nonce is wrong
//   garble       a request is answered with what cannot be read
//   fail_before  a request is answered 500
//   busy         a request is answered 429
//   silent       a request is never answered
//   answer_ms    each answer comes after this time
//   down_*       every request is answered 503
//
// Any thread.
#ifndef SHEAF_PARTNERS_TSA_H
#define SHEAF_PARTNERS_TSA_H

#include "core/status.h"
#include "core/str.h"
#include "partners/faults.h"

#include <stdbool.h>
#include <stdint.h>

struct http_reply;
struct http_request;
struct scope;
struct tsa;
struct world;

struct tsa_options {
    struct world *world; // its clock
    uint64_t seed;
    struct faults faults;
    bool listens;  // on a port; else by calls only
    uint16_t port; // 0: any
};

// The caller ends it with tsa_stop(). Errors: CONFLICT the port is taken; TEMPORARY; INTERNAL.
enum status tsa_start(struct scope *s, const struct tsa_options *options, struct tsa **out);
// NULL is fine.
void tsa_stop(struct tsa *t);

// "http://127.0.0.1:12345", as long as it runs; empty when it does not listen.
struct str tsa_url(const struct tsa *t);
// The PEM of the authority that its stamps lead to.
struct str tsa_authority(const struct tsa *t);
void tsa_set_faults(struct tsa *t, const struct faults *faults);
// How many stamps it has made.
uint64_t tsa_stamps(struct tsa *t);

// Answers a request (DER); 0: never. `late_ms`: after this time.
struct tsa_reply {
    int code;
    struct str body; // in the scope
    uint32_t late_ms;
};
void tsa_call(struct scope *s, struct tsa *t, struct str request, struct tsa_reply *out);

// As tsa_call(), for http_client_options.stand_in, with the tsa as its context.
enum status tsa_stand_in(void *context, struct scope *s, const struct http_request *request,
                         struct http_reply *out);

#endif
