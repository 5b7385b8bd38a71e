// The inside of an exchange; nobody outside src/http includes it. request.c is what libmicrohttpd
// tells of a request; head.c checks the head; exchange.c what handlers see of it; answer.c sends
// answers; stream.c bodies that are not gathered.
//
// All fields belong to the loop's thread, except where it says "owner": the thread that owns the
// exchange at that time (http/exchange.h).
#ifndef SHEAF_HTTP_EXCHANGE_IMPL_H
#define SHEAF_HTTP_EXCHANGE_IMPL_H

#include "http/exchange.h"
#include "http/server_impl.h"

struct pipe;

enum {
    METHOD_BYTES_MAX = 32,
    FIELD_RECORD_BYTES = 64,     // what libmicrohttpd needs for each field, argument and cookie
    ANSWER_HEAD_BYTES = 1024,    // at least so much is left for the answer's head
    ANSWER_HEAD_OWN_BYTES = 192, // of it: status line, Date, Connection, Content-Length
    DISCARD_BYTES_MAX = 1 << 16, // so much of an unwanted body is read to keep the connection
    UPLOAD_BYTES_MAX = 1 << 18,  // so much of a streamed body waits for its reader
};

enum phase {
    PHASE_HEAD,     // the request line is there
    PHASE_BODY,     // the head has been looked at
    PHASE_ENDED,    // the whole request is in
    PHASE_ANSWERED, // the answer has been handed to libmicrohttpd
};

struct http_exchange {
    struct post post;    // hands the answer, or the begin of a stream, to the loop
    struct post wake;    // of the pipe
    struct post release; // gives the exchange back after a stream
    struct scope *scope; // owner
    struct loop *loop;
    struct connection *connection; // NULL when it has gone
    struct http_exchange *previous;
    struct http_exchange *next;
    void *user;      // owner
    struct str peer; // owner; empty until it was asked for

    const char *target_at; // where the target lay, to check that nothing was skipped
    struct str method;
    struct str target;
    struct str path;
    struct str query;
    struct http_field *fields;
    size_t field_count;
    uint64_t length; // Content-Length
    bool has_length;
    bool is_chunked;
    bool expects; // Expect: 100-continue

    enum phase phase;
    bool in_handler;   // a handler is being called now
    bool is_kept;      // another owner has it
    bool is_answered;  // the loop knows the answer, or that one is being streamed
    bool is_suspended; // in libmicrohttpd
    bool must_close;   // after the answer
    bool is_oversized; // the answer's head does not fit: 500 is sent instead
    bool has_own_head; // owner: what was read of the request lies in the scope

    size_t body_bytes_max;
    size_t body_bytes_wasted;
    char *body;        // NULL for a streamed one
    size_t body_bytes; // come so far
    size_t body_room;
    struct pipe *upload;

    int code; // owner, as all that follows; 0: no answer yet
    struct str answer;
    struct http_field *answer_fields; // NUL behind each name and value
    size_t answer_field_count;
    size_t answer_field_room;
    size_t answer_head_bytes;
    size_t answer_head_bytes_max;
    struct pipe *download;
    bool is_whole; // the stream was not cut
};

// request.c
void *request_begin(void *opaque, const char *target, struct MHD_Connection *mhd);
enum MHD_Result request_turn(void *opaque, struct MHD_Connection *mhd, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *bytes, void **context);
void request_end(void *opaque, struct MHD_Connection *mhd, void **context,
                 enum MHD_RequestTerminationCode why);
void request_refuse(struct http_exchange *x, int code, const char *why);
void request_overdue(struct connection *c);

// head.c
struct refusal {
    int code; // 0: none
    const char *why;
};
struct refusal head_check(struct http_exchange *x, struct MHD_Connection *mhd, const char *method,
                          const char *version);

// exchange.c
struct http_exchange *exchange_new(struct loop *loop, struct connection *c);
void exchange_free(struct http_exchange *x); // its scope is emptied and kept
void exchange_suspend(struct http_exchange *x);
void exchange_resume(struct http_exchange *x); // when it is suspended

// answer.c
enum MHD_Result answer_queue(struct http_exchange *x);
void answer_raw(struct http_exchange *x); // past libmicrohttpd, straight to the socket
void answer_now(struct http_exchange *x); // the loop has learned of the answer
void answer_plain(struct http_exchange *x, int code, struct str why);

// stream.c
struct MHD_Response *stream_response(struct http_exchange *x);

#endif
