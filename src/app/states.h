// How commands operate executions: as any client of the states API does, with the operator's key.
#ifndef SHEAF_APP_STATES_H
#define SHEAF_APP_STATES_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command_line;
struct remote;
struct scope;

enum { STATES_MEMBERS_MAX = 8, STATES_PAGE = 1000 };

// A request under way: members are added, then it is sent.
struct states_request {
    struct json_member members[STATES_MEMBERS_MAX];
    size_t count;
};
void states_put(struct states_request *r, const char *name, struct json value);
// An empty text is left out.
void states_put_text(struct states_request *r, const char *name, struct str text);

// Sends it. Errors: NOT_FOUND …DoesNotExist; INVALID and CONFLICT what else the caller did wrong.
enum status states_call(struct scope *s, struct remote *remote, const char *operation,
                        const struct states_request *r, struct json *out);

// Finds the ARN of a flow by its name; an ARN is given back. Errors: NOT_FOUND.
enum status states_machine(struct scope *s, struct remote *remote, struct str name,
                           struct str *arn);
// Finds the ARN of an execution, given as its ARN or as FLOW/NAME. Errors: NOT_FOUND; INVALID.
enum status states_execution(struct scope *s, struct remote *remote, struct str name,
                             struct str *arn);

// A time of the API in microseconds since 1970; 0 when it is not there.
int64_t states_time(struct json value);
// As people want it; "-" when it is not there.
struct str states_moment(struct scope *s, struct json value);
// "0.012 s", "3 min".
struct str states_took(struct scope *s, int64_t from_us, int64_t to_us);

// Reads a file named by a flag, or the input for "-"; empty when the flag is absent.
enum status states_read_file(struct scope *s, const struct command_line *line, const char *flag,
                             struct str *out);

#endif
