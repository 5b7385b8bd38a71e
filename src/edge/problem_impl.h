// Problem details (RFC 9457) with the project's members: `error`, one of the words of
// core/status.def, and `requestId`.
#ifndef SHEAF_EDGE_PROBLEM_IMPL_H
#define SHEAF_EDGE_PROBLEM_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

struct scope;

struct problem {
    int code;
    const char *word; // of status_word()
    struct str detail;
    struct str request_id;
    const struct json_member *members; // more of them
    size_t member_count;
};

// Returns the JSON text in the scope.
struct str problem_json(struct scope *s, const struct problem *p);

// Returns the reason phrase of an HTTP status code. Static.
const char *reason_phrase(int code);

#endif
