// The operations of docs/openapi.json, compiled: where each lies, what it takes, who may call it.
// Only the edge includes this.
#ifndef SHEAF_EDGE_OPENAPI_IMPL_H
#define SHEAF_EDGE_OPENAPI_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct handler_def;
struct protocol_def;
struct schema;
struct scope;

enum {
    OPERATIONS_MAX = 256,
    PATH_SEGMENTS_MAX = 8,
    PARAMETERS_MAX = 12,
    MEDIA_TYPES_MAX = 4,
    BODY_BYTES_MAX_DEFAULT = 1 << 20,
};

enum parameter_place { IN_PATH, IN_QUERY, IN_HEADER };

struct parameter {
    struct str name;
    enum parameter_place place;
    bool required;
    bool number;         // its schema wants an integer or a number
    struct str fallback; // default; data NULL: none
    const struct schema *schema;
};

struct operation {
    struct str id;
    struct str method;
    struct str path;                        // as in the document: "/receipts/{receiptId}"
    struct str segments[PATH_SEGMENTS_MAX]; // a parameter's begins with '{'
    size_t segment_count;
    struct parameter parameters[PARAMETERS_MAX];
    size_t parameter_count;
    struct str media_types[MEDIA_TYPES_MAX]; // that the body may have; none: there is no body
    size_t media_type_count;
    bool body_required;
    bool body_json;            // application/json is among them
    const struct schema *body; // of the JSON body
    size_t body_bytes_max;
    struct str scope;      // that the principal must have; empty: none
    bool open;             // anybody may call
    bool signed_link;      // a signed link stands in for credentials
    bool open_on_loopback; // no credentials from 127.0.0.1 and ::1
    // Set by the edge.
    const struct protocol_def *protocol; // not one of the document: a protocol's only one
    const struct handler_def *handler;
    void *self;
};

struct openapi {
    struct json document;
    struct operation *operations;
    size_t operation_count;
};

// Compiles the document, which must live as long as `s`. Errors: INVALID with the place.
enum status openapi_compile(struct scope *s, struct json document, struct openapi *out);

// Finds the operation of a method and a path (raw, without query). NOT_FOUND: no such path;
// INVALID: the path is there and the method is not: `allow` then lists the methods that are.
enum status openapi_match(const struct openapi *api, struct scope *s, struct str method,
                          struct str path, const struct operation **out, struct str *allow);

// Returns the n-th segment of a raw path, from 0; data NULL when there is none.
struct str path_segment(struct str path, size_t n);

#endif
