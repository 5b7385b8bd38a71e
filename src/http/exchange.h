// One request and its answer. Everything that is made for it lives in its scope, which ends when
// the answer has been sent or the client has gone.
//
// An exchange has one owner at a time. The loop owns it until on_request returns without an
// answer; then it belongs to whoever the handler gave it to (say, through a queue), with its
// scope, until that one calls http_answer() or http_stream_end(), which give it back: nothing of
// it may be touched afterwards. Every exchange must be given back exactly once. The request's text
// is borrowed from the exchange. A client that leaves early is not noticed while an exchange is
// kept, except by streams and when asked (http_client_left()).
#ifndef SHEAF_HTTP_EXCHANGE_H
#define SHEAF_HTTP_EXCHANGE_H

#include "core/status.h"
#include "core/str.h"
#include "http/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_exchange;
struct inbox;
struct scope;

struct scope *http_scope(struct http_exchange *x);
// The inbox of the exchange's loop: a post there runs on the loop's thread, where answering is
// cheapest. Any thread.
struct inbox *http_inbox(struct http_exchange *x);
// For the handler's own use; NULL at first.
void http_set_user(struct http_exchange *x, void *user);
void *http_user(const struct http_exchange *x);

// The request. Path and query are as sent, not decoded; the query is without its '?'.
struct str http_method(const struct http_exchange *x);
struct str http_path(const struct http_exchange *x);
struct str http_query(const struct http_exchange *x);
// Returns the first value of this name, empty (data NULL) when there is none.
struct str http_header(const struct http_exchange *x, const char *name);
size_t http_header_count(const struct http_exchange *x);
struct http_field http_header_at(const struct http_exchange *x, size_t index);
struct str http_body(const struct http_exchange *x); // in on_request and later
struct str http_peer(struct http_exchange *x);       // numeric address, without the port
bool http_is_tls(const struct http_exchange *x);
// Whether the client of an exchange that is kept, and not streamed, has closed the connection: for
// those that keep it long. A client that vanished without a word is still there.
bool http_client_left(const struct http_exchange *x);

// In on_headers only: sets the limit of this body, and of the time to send it (0: as it was).
void http_body_limit(struct http_exchange *x, size_t bytes_max, unsigned deadline_ms);
// In on_headers only: the body is not gathered. on_request follows at once, must keep the exchange,
// and another thread reads the body with http_body_read().
void http_body_stream(struct http_exchange *x);
// Reads up to `bytes`, blocking until there are some; `*got` is 0 at the end of the body. Errors:
// TOO_LARGE over the limit; TIMEOUT the client has gone or was too slow: give the exchange back all
// the same.
enum status http_body_read(struct http_exchange *x, void *out, size_t bytes, size_t *got);

// Adds a header to the answer; name and value are borrowed until it is sent. One whose value has
// control characters is left out. Date, Content-Length and Connection come by themselves.
void http_answer_header(struct http_exchange *x, struct str name, struct str value);
// Answers and gives the exchange back. The body is borrowed until it is sent: it lies in the
// exchange's scope, or is static. Any thread; does not block.
void http_answer(struct http_exchange *x, int code, struct str body);

// Streams an answer of unknown length, from a thread that is not a loop's. Write blocks while more
// than HTTP_STREAM_BYTES_MAX wait. Errors: TIMEOUT the client has gone or takes nothing: stop. End
// gives the exchange back; `whole` false cuts the connection, so that the client sees that the
// answer is not complete.
void http_stream_begin(struct http_exchange *x, int code);
enum status http_stream_write(struct http_exchange *x, struct str piece);
void http_stream_end(struct http_exchange *x, bool whole);

enum { HTTP_STREAM_BYTES_MAX = 1 << 20 };

#endif
