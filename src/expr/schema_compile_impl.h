// What compiling a schema needs: the library of documents, and a schema while it is a draft. Nobody
// outside the JSON Schema module may include this.
#ifndef SHEAF_EXPR_SCHEMA_COMPILE_IMPL_H
#define SHEAF_EXPR_SCHEMA_COMPILE_IMPL_H

#include "core/status.h"
#include "expr/schema.h"
#include "expr/schema_impl.h"

struct scope;

// -- schema_library.c ----------------------------------------------------------------------------

// A name for a place in a resource.
struct anchor {
    struct anchor *next;
    struct str name;
    struct json value;
    bool dynamic;
};

// Where in which resource the object stands that has its members at `key`.
struct place {
    const void *key;
    struct resource *resource;
    struct str pointer;
    struct schema *schema; // NULL: not compiled
};

struct address {
    struct address *next;
    struct str uri;
    struct resource *resource;
};

struct schema_library {
    struct scope *s;
    struct schema_options options;
    struct names keywords;
    struct resource *resources;
    struct address *addresses;
    struct place *places; // hash table, a power of two
    size_t place_count;
    size_t place_room;
    struct schema *waiting; // found, not compiled yet
    struct schema *done;    // compiled in this run, not searched for cycles yet
    size_t schema_count;
    size_t pattern_count;
    struct str *dynamic_names;
    size_t dynamic_name_count;
};

// What a reference leads to.
struct target {
    struct resource *resource;
    struct str pointer;
    struct json json;
    bool dynamic; // by a $dynamicAnchor
    struct str fragment;
};

// Resolves a reference against a base URI; loads the document if it must.
enum status library_find(struct schema_library *l, struct str base, struct str reference,
                         struct target *out);

// Notes all resources and anchors in and below a schema that stands at `pointer` in `resource`.
enum status library_index(struct schema_library *l, struct resource *resource, struct json schema,
                          struct str pointer);

// Finds the place of a schema; NULL when it is not an object with members, or was not indexed.
struct place *library_place(const struct schema_library *l, struct json object);

// Asks for room for `bytes` and the little things beside. Errors: TOO_LARGE there is none.
enum status library_check_room(const struct schema_library *l, size_t bytes);

// Returns the bits of the vocabularies that a resource uses. Errors: those of loading.
enum status library_vocabularies(struct schema_library *l, struct resource *resource,
                                 unsigned *out);

// Returns a metaschema's text by its URI; NULL when it is none. (schema_meta.c)
const char *schema_metaschema(struct str uri);

// -- schema_compile.c, schema_rules.c ------------------------------------------------------------

// A schema being compiled.
struct draft {
    struct schema_library *library;
    struct schema *schema;
    struct json values[KEYWORD_COUNT]; // JSON_NONE: absent, or not in its vocabularies
    unsigned vocabularies;
    struct rule rules[KEYWORD_COUNT];
    size_t rule_count;
};

// Gives the compiled or waiting schema at a target.
enum status compile_target(struct schema_library *l, const struct target *target,
                           const struct schema **out);

// Gives the schema under a keyword, and under a name or an index in its value when `token` has
// data.
enum status compile_child(struct draft *d, enum keyword keyword, struct str token,
                          struct json value, const struct schema **out);

// Makes the rules of a draft.
enum status compile_rules(struct draft *d);

// Fails with the place of a keyword in front of the sentence.
enum status compile_fail(const struct draft *d, enum status e, enum keyword keyword,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
