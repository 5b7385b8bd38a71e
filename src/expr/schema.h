// JSON Schema, draft 2020-12: compile once, check many times. A library holds documents under their
// URIs; schemas are compiled out of it by reference, so the parts of an OpenAPI 3.1 document are as
// good as a file of their own:
//
//     struct schema_library *library = schema_library_new(s, &(struct schema_options){0});
//     TRY(schema_library_add(library, str("openapi.json"), document));
//     TRY(schema_compile(library, str("openapi.json#/components/schemas/Receipt"), &schema));
//     enum status e = schema_check(request_scope, schema, body, 10, &report);
//
// The library belongs to one thread while schemas are compiled; after that it and the schemas
// never change, and any number of threads may check at once. All live as long as the library's
// scope, and so must the documents. `contentEncoding` and its kin are annotations and not checked.
#ifndef SHEAF_EXPR_SCHEMA_H
#define SHEAF_EXPR_SCHEMA_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct schema;
struct schema_library;

enum {
    SCHEMA_NODES_MAX = 100000,           // subschemas in one library
    SCHEMA_PATTERNS_MAX = 2000,          // regular expressions in one library
    SCHEMA_DEPTH_MAX = 400,              // subschemas inside one another while checking
    SCHEMA_STEPS_MAX = 10 * 1000 * 1000, // one step is one subschema, one comparison or the like
    SCHEMA_VIOLATIONS_MAX = 1000,
};

struct schema_options {
    // Finds a document that the library does not have; NULL: nothing is ever loaded. `uri` has no
    // fragment. `out` must live as long as `s`. Answers NOT_FOUND when there is none.
    enum status (*load)(void *context, struct scope *s, struct str uri, struct json *out);
    void *context;
    bool assert_formats; // `format` is checked; otherwise it is an annotation, as the draft has it
    bool refuse_unknown; // keywords that nobody knows are errors, unless they begin with "x-"
};

struct schema_violation {
    struct str instance; // JSON Pointer into the document, "/lines/3/quantity"
    struct str schema;   // place of the keyword: "openapi.json#/components/schemas/Line/minimum"
    struct str keyword;  // "minimum"
    struct str message;  // for people: "/lines/3/quantity must be at least 1, is 0"
};

struct schema_report {
    const struct schema_violation *violations; // in the order of the document
    size_t count;
    bool more; // there were more than asked for
};

// Makes an empty library, which knows the metaschemas of 2020-12.
struct schema_library *schema_library_new(struct scope *s, const struct schema_options *options);

// Adds a document under a URI, absolute or not (an `$id` in it counts as well). A document that is
// no schema but has schemas in it, like OpenAPI, is fine. Errors: CONFLICT there is one already.
enum status schema_library_add(struct schema_library *library, struct str uri,
                               struct json document);

// Compiles the schema that a reference names ("receipt.json", "api.json#/components/schemas/X",
// "x#anchor") and all that it refers to. Errors: NOT_FOUND something it refers to; INVALID the
// schema is wrong; UNSUPPORTED another draft or an unknown required vocabulary; TOO_LARGE. The
// sentence names the place.
enum status schema_compile(struct schema_library *library, struct str reference,
                           const struct schema **out);

// Compiles one schema that stands alone: a library of its own with one document named "schema".
enum status schema_compile_json(struct scope *s, struct json document,
                                const struct schema_options *options, const struct schema **out);

// Checks a document. OK: it is valid. REFUSED: it is not, or checking it took too many steps; the
// scope's sentence is that of the first violation. `report` may be NULL: then the check stops at
// the first; otherwise it lists at most `violations_max`, allocated in `s`.
enum status schema_check(struct scope *s, const struct schema *schema, struct json instance,
                         size_t violations_max, struct schema_report *report);

#endif
