// The HTTP/1.1 server: some event loops, each with its own thread, that read requests and send
// answers. One listening socket is shared by all loops. TLS 1.2 and 1.3 with a certificate.
//
// The handlers run on a loop's thread and must not block: they answer at once, or keep the
// exchange and let another thread do the work (http/exchange.h). What breaks the protocol never
// reaches them: framing that two parties could read differently (RFC 9112, 11.2: Content-Length
// with Transfer-Encoding, doubled Content-Length, bare LF), heads and bodies over their limits,
// requests that are not whole in time. The connection is closed after such a refusal.
#ifndef SHEAF_HTTP_SERVER_H
#define SHEAF_HTTP_SERVER_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct http_server;
struct http_exchange;

struct http_handler {
    void *context;
    // The head is there and the body is not: may answer at once, http_body_limit(),
    // http_body_stream(). May be NULL.
    void (*on_headers)(void *context, struct http_exchange *x);
    // The whole body is there. Answers, or keeps the exchange for a later answer.
    void (*on_request)(void *context, struct http_exchange *x);
    // Must answer a request that the server itself refuses, with exactly this code; of the request
    // only what has been read is known. NULL: a line of plain text.
    void (*on_refused)(void *context, struct http_exchange *x, int code, struct str why);
};

// What is 0 or empty has the default that is named.
struct http_server_options {
    struct str address;       // numeric IPv4 or IPv6 address; 127.0.0.1
    uint16_t port;            // 0: any, see http_server_port()
    int inherited_fd;         // a listening socket to use instead (it stays the caller's); 0: none
    unsigned loops;           // 1
    struct str certificate;   // PEM with its chain; empty: no TLS
    struct str key;           // PEM
    unsigned connections_max; // of all loops; 10,000. More wait unaccepted
    size_t header_bytes_max;  // 4,096: request line and header fields; more is answered 431
    size_t body_bytes_max;    // 1 MiB, unless on_headers says otherwise; more is answered 413
    size_t scope_bytes_max;   // 64 MiB: the budget of an exchange's scope, body included
    unsigned idle_timeout_s;  // 60: a connection on which nothing moves is closed
    unsigned request_deadline_ms; // 30,000: the whole request must be in by then, else 408
    struct http_handler handler;
};

// Opens the socket and starts the loops. Errors: INVALID address, certificate or key; CONFLICT the
// port is taken; DENIED it may not be used; TEMPORARY no descriptors or threads.
enum status http_server_new(struct scope *s, const struct http_server_options *options,
                            struct http_server **out);

uint16_t http_server_port(const struct http_server *server);

// How many connections are open now. Any thread.
unsigned http_server_connections(const struct http_server *server);

// Stops accepting, closes idle connections, and waits up to `deadline_ms` for the others to be
// answered (each answer then closes its connection). Blocks. Returns whether all were; the rest is
// cut off. Connections that wait in the socket's queue are left to who else has the socket. One
// thread; may be repeated to wait on.
bool http_server_drain(struct http_server *server, unsigned deadline_ms);

// Ends the loops. No thread may use an exchange of this server any more; those still kept are
// closed without an answer. NULL is fine.
void http_server_free(struct http_server *server);

#endif
