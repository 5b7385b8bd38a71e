// What the HTTP tests share: a raw client on loopback, and a server whose paths each do one thing.
#ifndef SHEAF_HTTP_WIRE_TEST_H
#define SHEAF_HTTP_WIRE_TEST_H

#include "core/str.h"
#include "http/server.h"

#include <stdint.h>

struct scope;
struct site;

// A server with these options, whatever handler they name; freed when `s` ends.
//   /echo            the body                       /show    what was asked, as text
//   /deny            401 in on_headers              /small   a body limit of 10 bytes
//   /later           the body, from another thread  /count   reads the body as a stream
//   /flow?BYTES      so many bytes as a stream      /cut     a stream that is not whole
//   /hold            is kept until site_release()   /wide    an answer with too long a header
//   /away            302                            /many    20 headers, and two that cannot be
//   /quick           50 ms for the body
struct site *site_new(struct scope *s, struct http_server_options options);
struct http_server *site_server(struct site *site);
uint16_t site_port(struct site *site);
// Waits until `count` requests are held.
void site_wait_held(struct site *site, unsigned count);
// Answers all that are held, as one list of posts, in the order in which they came.
void site_release(struct site *site);

void wire_close_later(struct scope *s, int fd); // when `s` ends
// Connects; the descriptor is closed when `s` ends. Reading gives up after some seconds.
int wire_open(struct scope *s, uint16_t port);
void wire_send(int fd, struct str text);
// Reads one answer to its end, chunks put together; empty when the connection ends before.
struct str wire_answer(struct scope *s, int fd);
// Reads all that comes until the connection ends, chunks as they came.
struct str wire_rest(struct scope *s, int fd);
// Waits until the connection ends; false when it does not.
bool wire_ends(int fd);
// Sends one request and reads all that comes until the connection ends.
struct str wire_ask(struct scope *s, uint16_t port, struct str request);
// The status code of an answer; 0 when it is none.
int wire_code(struct str answer);
struct str wire_body(struct str answer);

#endif
