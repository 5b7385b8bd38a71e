// The server that a command talks to: the one that has the data folder open, or a private one in
// this process when none has. Everything a command does is a request to it, with the operator's key
// of the data folder, so that there is one way to do each thing and every deed is audited.
#ifndef SHEAF_APP_REMOTE_H
#define SHEAF_APP_REMOTE_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"
#include "http/client.h"

#include <stdbool.h>
#include <stdint.h>

struct command_line;
struct remote;
struct scope;

// Finds the server, or starts one; it ends with the scope. Takes `--tenant` from the line, when it
// has one, as the tenant to act for. `queue` is the one queue whose tasks a private server runs;
// NULL: none. Errors: NOT_FOUND there is no data folder; BUSY a process has it open and does not
// answer.
enum status remote_open(struct scope *s, const struct command_line *line, const char *queue,
                        struct remote **out);

// As remote_open(), for what serves a running server for long: never starts one. Errors: BUSY none
// answers now.
enum status remote_join(struct scope *s, const struct command_line *line, struct remote **out);

// Where clients reach it.
struct str remote_url(const struct remote *r);
// Whether it runs for this command only.
bool remote_is_private(const struct remote *r);
// The tenant that is acted for.
struct str remote_tenant(const struct remote *r);

struct remote_request {
    const char *method; // NULL: GET
    struct str path;    // with its query
    struct str body;
    const char *media_type;       // of the body; NULL: application/json
    struct http_field headers[2]; // more of them; those without a name are left out
    enum status (*on_piece)(void *context, struct str piece); // see http/client.h
    void *piece_context;
};

// Sends a request. Any thread. An answer that is not 2xx is an error: its status, and the sentence
// of its problem details. `out` may be NULL.
enum status remote_send(struct scope *s, struct remote *r, const struct remote_request *request,
                        struct http_reply *out);

// Sends a request with a JSON body (JSON_NONE: none) and reads a JSON answer, JSON_NONE when it is
// empty. `out` may be NULL.
enum status remote_call(struct scope *s, struct remote *r, const char *method, struct str path,
                        struct json body, struct json *out);
enum status remote_get(struct scope *s, struct remote *r, struct str path, struct json *out);

// Returns the path with a query of the parameters that have a value; the list ends with one without
// a name.
struct str remote_path(struct scope *s, struct str path, const struct http_field *parameters);

#endif
