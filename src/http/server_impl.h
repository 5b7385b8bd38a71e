// The inside of the server: its loops and their connections; nobody outside src/http includes it.
// server.c is life and sockets; loop.c the threads, their connections and deadlines; linger.c
// closes gently. All fields belong to the loop's thread, but for what is atomic or under the mutex.
#ifndef SHEAF_HTTP_SERVER_IMPL_H
#define SHEAF_HTTP_SERVER_IMPL_H

#include "http/deadline.h"
#include "http/server.h"
#include "sys/inbox.h"
#include "sys/thread.h"

#include <microhttpd.h>
#include <stdatomic.h>

enum {
    POOL_SPARE_BYTES = 4096, // of libmicrohttpd's memory, beside the head: records, answer's head
    SCOPES_KEPT_MAX = 1024,  // emptied scopes that a loop keeps for its next requests
    LINGER_MS = 2000,        // so long an answered client may go on sending
};

struct http_exchange;
struct loop;

struct connection {
    struct deadline deadline; // until the request is whole; first
    struct loop *loop;
    struct MHD_Connection *mhd;
    struct http_exchange *x; // the request under way; NULL between requests
    struct connection *previous;
    struct connection *next;
    int fd;
    bool is_fresh; // no request line has come yet
    bool lingers;  // after the last answer the client may still be sending
};

struct loop {
    struct http_server *server;
    struct thread *thread;
    struct inbox *inbox;
    struct MHD_Daemon *mhd;
    int epoll_fd;
    int64_t now_us;           // monotonic, at the begin of this turn
    int64_t next_request_us;  // after an answer, the next head must be in by then
    struct deadlines waiting; // of connections between requests
    struct deadlines reading; // of requests
    struct deadlines lingering;
    struct connection *connections;
    struct http_exchange *exchanges;
    struct scope **scopes; // SCOPES_KEPT_MAX
    size_t scope_count;
    bool must_run; // libmicrohttpd has work that no descriptor tells of
    bool is_draining;
    bool is_stopping;
    _Atomic unsigned open_count; // connections, those that linger included
    _Atomic bool is_quiet;       // draining, and the last connection has closed
    struct post drain;
    struct post cut;
    struct post stop;
};

struct http_server {
    struct http_server_options options; // defaults filled in; texts are not kept
    struct loop *loops;
    unsigned loop_count;
    int listen_fd;
    bool owns_listen_fd;
    bool is_tls;
    size_t pool_bytes;
    bool is_draining; // the loops have been told, as by is_cut; of the thread that drains
    bool is_cut;
    struct mutex mutex;
    struct condition closed; // a draining loop has closed its last connection
};

// loop.c
enum status loop_start(struct scope *s, struct loop *loop, const struct http_server_options *given);
void loop_stop(struct loop *loop);
bool loop_is_here(const struct loop *loop); // whether this is its thread
struct connection *connection_of(struct MHD_Connection *mhd);
void connection_cut(struct connection *c); // libmicrohttpd closes it soon
void loop_count_closed(struct loop *loop);

// linger.c
void linger_start(struct loop *loop, int fd); // copies the descriptor
void linger_read(struct loop *loop, void *linger);
void linger_expire(struct loop *loop, int64_t now_us);

#endif
