// Every function that can fail returns an enum status. OK is 0; the table in status.def says
// what each of the others means to an HTTP client and whether trying again may help.
// The sentence that goes with a failure is kept by the scope: see fail() in core/scope.h.
#ifndef SHEAF_CORE_STATUS_H
#define SHEAF_CORE_STATUS_H

#include <stdbool.h>

enum status {
#define STATUS(name, http, word, retry, meaning) name,
#include "core/status.def"
#undef STATUS
    STATUS_COUNT
};

// Returns the name as written in the table, "NOT_FOUND". Static.
const char *status_name(enum status e);

// Returns the HTTP status code of an answer that ends so.
int status_http(enum status e);

// Returns the word that clients see in problem details. Static; empty for OK.
const char *status_word(enum status e);

// Returns whether the same call may succeed later.
bool status_may_retry(enum status e);

// Returns what the status means, one clause. Static.
const char *status_meaning(enum status e);

#endif
