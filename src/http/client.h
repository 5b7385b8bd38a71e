// The HTTP client: blocking calls for worker threads, connections kept and reused. The status tells
// outcomes apart, because a partner must never be told twice without knowing: TEMPORARY was
// certainly not processed, TIMEOUT may have been. It follows no redirects and uses no proxy.
// Retrying is the caller's, but for one case: over a kept connection that turns out dead before any
// byte of an answer the request is sent once more on a new one. So it carries an id that the
// partner knows it by, or asks to be sent `once`.
#ifndef SHEAF_HTTP_CLIENT_H
#define SHEAF_HTTP_CLIENT_H

#include "core/status.h"
#include "core/str.h"
#include "http/field.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct http_client;

struct http_request {
    const char *method; // "GET" when NULL
    struct str url;     // http or https only
    const struct http_field *headers;
    size_t header_count;
    struct str body;
    unsigned connect_timeout_ms; // 0: 5,000
    unsigned total_timeout_ms;   // 0: 30,000
    size_t answer_bytes_max;     // 0: 1 MiB
    bool allow_private;          // else only public addresses are connected to
    bool once;                   // on a new connection: certainly not sent twice
    // Given the body of an answer of 2xx piece by piece as it comes, however long it is, instead of
    // the whole in `reply.body`. What it returns other than OK ends the call and is returned by it;
    // it says why in the scope of the call. NULL: the body is collected.
    enum status (*on_piece)(void *context, struct str piece);
    void *piece_context;
};

struct http_reply {
    int code;
    const struct http_field *headers;
    size_t header_count;
    struct str body;
};

struct http_client_options {
    struct str ca_file;      // PEM file of trusted authorities; empty: the system's
    unsigned idle_calls_max; // handles with their connections that are kept; 0: 64
    // For simulations: answers calls instead of the network, with http_call()'s statuses. NULL: the
    // network.
    enum status (*stand_in)(void *context, struct scope *s, const struct http_request *request,
                            struct http_reply *out);
    void *stand_in_context;
};

struct http_client *http_client_new(const struct http_client_options *options);
// No call may be under way. NULL is fine.
void http_client_free(struct http_client *client);

// Sends one request and waits for its answer, which lives in `s`. Any thread. Errors: INVALID the
// URL or a header; DENIED the address is not public; TEMPORARY no connection (name, connect, TLS),
// so nothing was processed; TIMEOUT sent, wholly or in part, and no whole answer came; TOO_LARGE
// the answer exceeds its limit (it was processed).
enum status http_call(struct scope *s, struct http_client *client,
                      const struct http_request *request, struct http_reply *out);

// Returns the first value of this name in an answer, empty (data NULL) when there is none.
struct str http_reply_header(const struct http_reply *reply, const char *name);

#endif
