// A load generator for HTTP/1.1 on loopback: one thread, kept connections, one request at a time on
// each, few microseconds of CPU a request. With a rate it is an open loop: requests are due at even
// intervals whatever the server does, and a latency counts from when its request was due, so that a
// server that stalls cannot hide it. Without one it is a closed loop, as fast as the connections
// answer.
#ifndef SHEAF_TEST_BENCH_LOAD_H
#define SHEAF_TEST_BENCH_LOAD_H

#include "core/status.h"
#include "core/str.h"
#include "test/bench/load_histogram.h"

#include <stddef.h>
#include <stdint.h>

struct scope;

struct load_options {
    const char *address; // NULL: 127.0.0.1
    uint16_t port;
    unsigned connections; // 0: 64
    double rate_per_s;    // 0: closed loop
    double seconds;       // 0: until `requests` are answered
    uint64_t requests;    // 0: until the seconds are over; no more than so many are sent
    double warm_up_s;     // not counted; part of neither
    // Returns the whole n-th request (from 0), head and body; it must last until the next call
    // for the same connection. Cheap: see load_template.
    struct str (*make)(void *context, uint64_t n, unsigned connection);
    // What came back, if anybody wants to know; may be NULL. `n` as above.
    void (*answered)(void *context, uint64_t n, int code, struct str body);
    void *context;
};

struct load_result {
    double seconds;
    uint64_t sent;
    uint64_t answered;
    uint64_t codes[600];      // answers by status code
    uint64_t broken;          // connections that ended in the middle of a request
    uint64_t overdue;         // requests that were due and could not be sent before the end
    double cpu_us;            // the generator's own, a request
    struct histogram latency; // microseconds
};

// Runs and returns when all that was sent is answered, or nothing came for 10 s. Errors: INVALID
// address or options; TEMPORARY the server cannot be connected to.
enum status load_run(struct scope *s, const struct load_options *options, struct load_result *out);

// Prints one line for people, or one JSON object in a line.
void load_print(const char *name, const struct load_result *r);
void load_print_json(const char *name, const struct load_result *r);

// Requests that differ in a number only: a run of at least four '@' in the target, in a header or
// in the body stands for the number of the request, in as many decimal digits (its last ones).
// Content-Length, Host and Connection come by themselves.
struct load_template;
struct load_template *load_template_new(struct scope *s, const char *method, const char *target,
                                        struct str headers, struct str body, unsigned connections);
// For load_options.make, with the template as context.
struct str load_template_make(void *context, uint64_t n, unsigned connection);

#endif
