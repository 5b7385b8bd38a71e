// A compiled schema: what compiling makes and checking reads. Nobody outside the JSON Schema module
// may include this. Its files:
//   schema_library.c  documents, resources, anchors: which schema a reference names
//   schema_compile.c  from a schema's JSON to rules; schema_rules.c makes those of each keyword
//   schema_check.c    walks a document along the rules, which are in schema_values.c and others
#ifndef SHEAF_EXPR_SCHEMA_IMPL_H
#define SHEAF_EXPR_SCHEMA_IMPL_H

#include "core/json.h"
#include "expr/formats.h"
#include "expr/keywords.h"
#include "expr/names.h"
#include "expr/schema_number.h"

#include <stdbool.h>
#include <stdint.h>

struct anchor;
struct regex;
struct scope;

// A schema that a $dynamicRef may lead to when its resource is in the dynamic scope.
struct dynamic_target {
    struct dynamic_target *next;
    size_t name; // index among the library's dynamic names
    const struct schema *schema;
};

// A schema with an address of its own: the root of a document, or one with an $id.
struct resource {
    struct resource *next;
    struct resource *parent; // the resource around it; NULL for a document
    struct str uri;          // absolute where that is known, without fragment
    struct json root;
    unsigned vocabularies; // 0: not looked up yet
    struct anchor *anchors;
    struct dynamic_target *dynamic_targets;
};

struct pattern {
    const struct regex *regex;
    struct str source;
};

struct enumeration {
    struct names strings;
    const struct json *others;
    size_t other_count;
    struct json all;
};

struct dependency {
    struct str name;
    const struct str *names; // dependentRequired
    size_t count;
    const struct schema *schema; // dependentSchemas
};

struct dynamic_ref {
    const struct schema *initial;
    size_t name; // DYNAMIC_NONE: it behaves like $ref
};

struct conditional {
    const struct schema *condition;
    const struct schema *then;      // NULL: none
    const struct schema *otherwise; // NULL: none
};

struct item_rules {
    const struct schema *const *first; // prefixItems
    size_t first_count;
    const struct schema *rest; // NULL: anything
};

struct contains {
    const struct schema *schema;
    size_t count_min;
    size_t count_max;
};

enum { REQUIRED_BITS = 64 };

struct member_rule {
    const struct schema *schema; // NULL: only required
    uint64_t required_bit;       // 0: not required
};

struct pattern_rule {
    struct pattern pattern;
    const struct schema *schema;
};

// properties, patternProperties, additionalProperties and required in one walk over the members.
struct member_rules {
    struct names names; // of `members`
    const struct member_rule *members;
    uint64_t required_bits;
    const struct str *required; // in the order of their bits, then those without one
    size_t required_count;
    const struct pattern_rule *patterns;
    size_t pattern_count;
    const struct schema *others; // NULL: anything
};

struct rule {
    enum keyword keyword;
    uint32_t count; // of `schemas`, `dependencies`
    union {
        struct json value; // const
        struct bound bound;
        size_t limit;
        struct divisor divisor;
        enum format format;
        const struct pattern *pattern;
        const struct enumeration *enumeration;
        const struct schema *schema;
        const struct schema *const *schemas;
        const struct dependency *dependencies;
        const struct dynamic_ref *dynamic;
        const struct conditional *conditional;
        const struct item_rules *items;
        const struct contains *contains;
        const struct member_rules *members;
    };
};

struct rule_list {
    const struct rule *rules;
    size_t count;
};

struct schema {
    const struct resource *resource;
    struct str pointer;                      // where it stands in the resource
    unsigned types;                          // bits 1 << enum json_type that are allowed
    bool whole;                              // numbers must be whole
    unsigned tracks;                         // instances for which it has unevaluated...
    struct rule_list rules[JSON_OBJECT + 1]; // by type of the instance
    struct json json;
    struct schema *next; // waiting, while compiling
    enum { SEARCH_NEW, SEARCH_OPEN, SEARCH_DONE } search;
};

static const size_t DYNAMIC_NONE = SIZE_MAX;

// Names the place of a schema: "receipt.json#/properties/lines". In `s`.
struct str schema_place(struct scope *s, const struct resource *resource, struct str pointer);

#endif
