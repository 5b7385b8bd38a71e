// What the files of the JSON Schema module share; nobody else may include it.
//   schema_library.c  documents, resources, anchors: which schema a reference names
//   schema_compile.c  from a schema's JSON to rules; schema_rules.c makes the rules of each keyword
//   schema_check.c    walks a document along the rules, collects violations; the rules themselves:
//   schema_values.c   on single values, schema_members.c on objects, schema_items.c on arrays,
//   schema_combine.c  references and combinations of schemas
#ifndef SHEAF_EXPR_SCHEMA_IMPL_H
#define SHEAF_EXPR_SCHEMA_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"
#include "expr/formats.h"
#include "expr/names.h"
#include "expr/regex.h"
#include "expr/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

// -- keywords ------------------------------------------------------------------------------------

enum keyword {
#define KEYWORD(id, name, vocabulary, takes, mode, on) KEYWORD_##id,
#include "expr/keywords.def"
#undef KEYWORD
    KEYWORD_COUNT // also: unknown
};

enum vocabulary {
    VOCABULARY_CORE = 1 << 0,
    VOCABULARY_APPLICATOR = 1 << 1,
    VOCABULARY_UNEVALUATED = 1 << 2,
    VOCABULARY_VALIDATION = 1 << 3,
    VOCABULARY_METADATA = 1 << 4,
    VOCABULARY_FORMAT = 1 << 5,
    VOCABULARY_CONTENT = 1 << 6,
    VOCABULARY_FORMAT_ASSERTION = 1 << 7,
    VOCABULARY_DEFAULT = (1 << 7) - 1,
};

enum takes {
    TAKES_ANYTHING,
    TAKES_STRING,
    TAKES_BOOLEAN,
    TAKES_NUMBER,
    TAKES_POSITIVE,
    TAKES_COUNT,       // a whole number of at least 0
    TAKES_ARRAY,       // of anything
    TAKES_OBJECT,      // of anything
    TAKES_TYPES,       // a name of a type or an array of them
    TAKES_NAMES,       // an array of strings
    TAKES_NAMED_NAMES, // an object of those
    TAKES_SCHEMA,
    TAKES_SCHEMAS, // an array of schemas, not empty
    TAKES_NAMED,   // an object of schemas
};

enum keyword_mode { MODE_NOTE, MODE_PART, MODE_RULE };

enum instances {
    ON_NOTHING = 0,
    ON_NUMBERS = 1 << JSON_NUMBER,
    ON_STRINGS = 1 << JSON_STRING,
    ON_ARRAYS = 1 << JSON_ARRAY,
    ON_OBJECTS = 1 << JSON_OBJECT,
    ON_EVERYTHING = 0xFF & ~(1 << JSON_NONE),
};

struct keyword_row {
    struct str name;
    enum vocabulary vocabulary;
    enum takes takes;
    enum keyword_mode mode;
    unsigned on; // enum instances
};

extern const struct keyword_row keyword_rows[KEYWORD_COUNT];

// -- compiled schemas ----------------------------------------------------------------------------

// A schema that a $dynamicRef may lead to when its resource is in the dynamic scope.
struct dynamic_target {
    struct dynamic_target *next;
    size_t name; // index among the library's dynamic names
    const struct schema *schema;
};

// A name for a place in a resource.
struct anchor {
    struct anchor *next;
    struct str name;
    struct json value;
    bool dynamic;
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

struct divisor {
    uint64_t digits;
    int64_t exponent; // the divisor is digits * 10^exponent
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
        struct json value; // bounds, const
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
    // While compiling:
    struct json json;
    struct schema *next; // waiting
    enum { SEARCH_NEW, SEARCH_OPEN, SEARCH_DONE } search;
};

static const size_t DYNAMIC_NONE = SIZE_MAX;

// -- schema_library.c ----------------------------------------------------------------------------

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

// Finds the place of a non-empty object; NULL when it was not indexed.
struct place *library_place(const struct schema_library *l, struct json object);

// Errors: TOO_LARGE the library's scope is nearly full.
enum status library_check_room(const struct schema_library *l);

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

// Names the place of a schema: "receipt.json#/properties/lines". In `s`.
struct str schema_place(struct scope *s, const struct resource *resource, struct str pointer);

// -- checking ------------------------------------------------------------------------------------

// A value and how it was reached.
struct spot {
    struct json value;
    const struct spot *outer; // NULL: the document
    const struct str *name;   // NULL: an item
    uint32_t index;
    bool is_name; // the value is the name itself, not the member
};

// Which members or items a schema has evaluated; bits on the run's stack.
struct seen {
    size_t from; // first word
    size_t words;
    bool all;
};

// The dynamic scope: resources that were entered, the newest first.
struct dynamic_scope {
    const struct resource *resource;
    const struct dynamic_scope *outer;
};

struct violations {
    struct schema_violation *list;
    size_t count;
    size_t count_max;
    bool more;
};

struct run {
    struct scope *s;
    struct violations *violations; // NULL: only whether it is valid
    const struct dynamic_scope *dynamic;
    unsigned depth;
    size_t steps_left;
    bool stopped;    // a limit was reached: nothing that follows counts
    bool explaining; // why no alternative fits
    struct regex_work *work;
    uint64_t *words; // bits of all that is being tracked
    size_t word_count;
    size_t word_room;
};

// Checks one value against one schema. Evaluated members and items are added to `seen`, unless it
// is NULL.
bool run_schema(struct run *run, const struct schema *schema, const struct spot *spot,
                struct seen *seen);

// Whether a rule that failed may return at once.
static inline bool run_is_quick(const struct run *run)
{
    return !run->violations;
}

// Whether a violation would be written down and has room; asked before a sentence is prepared.
bool run_has_room(struct run *run);

// Notes a violation; the format is the sentence behind the place: "must be at least 1". Always
// false.
bool run_violate(struct run *run, const struct schema *schema, enum keyword keyword,
                 const struct spot *spot, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// Stops the run with a reason. Always false.
bool run_stop(struct run *run, const char *why);

// Takes steps off the budget; false when they are used up.
bool run_spend(struct run *run, size_t steps);

// Matches a pattern; false as well when the run stops.
bool run_match(struct run *run, const struct pattern *pattern, struct str text);

// Tracks `count` members or items until seen_close().
bool seen_open(struct run *run, size_t count, struct seen *out);
void seen_close(struct run *run, const struct seen *seen);
void seen_add(const struct run *run, struct seen *to, const struct seen *from);

static inline void seen_mark(const struct run *run, struct seen *seen, size_t index)
{
    if (seen)
        run->words[seen->from + index / 64] |= 1ULL << index % 64;
}

static inline bool seen_has(const struct run *run, const struct seen *seen, size_t index)
{
    return seen->all || (run->words[seen->from + index / 64] >> index % 64 & 1);
}

// One function a rule: whether the value keeps it.
typedef bool rule_check(struct run *run, const struct schema *schema, const struct rule *rule,
                        const struct spot *spot, struct seen *seen);

rule_check check_minimum, check_exclusive_minimum, check_maximum, check_exclusive_maximum,
    check_multiple_of, check_min_length, check_max_length, check_pattern, check_format, check_enum,
    check_const;
rule_check check_min_items, check_max_items, check_unique_items, check_items, check_contains,
    check_unevaluated_items;
rule_check check_min_properties, check_max_properties, check_dependent_required,
    check_dependent_schemas, check_property_names, check_properties, check_unevaluated_properties;
rule_check check_ref, check_dynamic_ref, check_all_of, check_any_of, check_one_of, check_not,
    check_if;

// -- schema_number.c: exact arithmetic on numbers as written -------------------------------------

bool number_is_whole(struct json number);
// Reads a divisor; false when it has more than eighteen digits or is not above 0.
bool number_divisor(struct json number, struct divisor *out);
bool number_is_multiple(struct json number, struct divisor divisor);
// Equal numbers have equal hashes, however they are written.
uint64_t number_hash(struct json number);

#endif
