// A call: one request of the product's HTTP surface, matched to its operation, authenticated and
// validated against docs/openapi.json, on its way to a handler; and the answer on its way back.
//
// A handler is straight-line code. It reads the call, fills call_change() with what must become
// durable, prepares the answer, and returns OK; the edge commits the change and sends the answer
// after the flush. Returning another status sends problem details made of that status and the
// scope's sentence, and nothing is committed. When the commit is answered CONFLICT the handler is
// run again, at most CALL_ATTEMPTS_MAX times, so it must read what it decides on inside.
#ifndef SHEAF_EDGE_CALL_H
#define SHEAF_EDGE_CALL_H

#include "core/json.h"
#include "core/str.h"
#include "edge/principal.h"
#include "store/change.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct platform;

enum { CALL_ATTEMPTS_MAX = 5 };

// What came in. Everything lives as long as the call's scope.
const struct principal *call_principal(const struct call *c); // NULL for operations open to all
struct str call_operation(const struct call *c);              // operationId
struct str call_request_id(const struct call *c);
int64_t call_now_us(const struct call *c); // when the request was complete: one time for all of it
struct str call_path(const struct call *c, const char *name);  // path parameter, decoded
struct str call_query(const struct call *c, const char *name); // query parameter; data NULL: absent
struct str call_header(const struct call *c, const char *name);
struct str call_media_type(const struct call *c); // lower case without parameters
struct str call_peer(const struct call *c);       // numeric address that the connection comes from
struct str call_body(const struct call *c);       // raw bytes
struct json call_json(const struct call *c);      // the body, when the operation takes JSON
unsigned call_attempt(const struct call *c);      // from 1; more after a CONFLICT
const struct record *call_obstacle(const struct call *c); // after a CONFLICT: what was in the way

const struct platform *call_platform(const struct call *c);
void *call_service(const struct call *c); // what the service's open() made

// What becomes durable with the answer. Made at the first use.
struct change *call_change(struct call *c);

// The answer. `body` is JSON text in the call's scope; empty for none. The last one counts.
void call_answer(struct call *c, int code, struct str body);
void call_answer_json(struct call *c, int code, struct json body);
// An answer of another media type.
void call_answer_bytes(struct call *c, int code, const char *media_type, struct str body);
void call_answer_header(struct call *c, const char *name, struct str value);
// Adds a member to the problem details of a failure: "types", a list of known types.
void call_problem_member(struct call *c, const char *name, struct json value);
// Tells when to try again, for BUSY and LIMIT.
void call_retry_after(struct call *c, int64_t seconds);

// Large answers, for blocking handlers only: begins the answer at once (nothing may be committed
// with it), then writes as it is made. Errors: TEMPORARY the caller has gone.
enum status call_stream_begin(struct scope *s, struct call *c, int code, const char *media_type);
enum status call_stream_write(struct scope *s, struct call *c, struct str data);

// Long polls, for blocking handlers: they wait without a thread. call_watch() says under which key
// the handler is about to look; when it finds nothing, call_park() lets the call wait, and the
// handler returns OK and is run again when edge_wake() is called with the key or the time is over.
// call_park() returns false when `wait_s` have passed since the call came in, or the server stops:
// then the handler answers that there is nothing. A change is committed before the call waits. A
// caller who has closed the connection is not run again; one that vanished without a word is not
// noticed, so what is handed out must be leased.
void call_watch(struct call *c, struct str key);
bool call_park(struct call *c, int64_t wait_s);
// Keeps something of the handler's for when it is run again; NULL at first.
void call_keep(struct call *c, void *kept);
void *call_kept(const struct call *c);

// Names the failure that the handler is about to return in the words of its protocol; static text.
void call_name_fault(struct call *c, const char *name);

// An opaque link to a path and query of this server that works for anybody until it expires:
// signed, so that nothing needs to be stored. The operation must be marked `x-signed-link`.
struct str call_signed_link(struct call *c, struct str path, int64_t expires_in_s);

#endif
