// A receipt type is a folder: type.json says how to recognise a document, its schema (JSON Schema
// or XSD), where the common fields are, which totals must agree, and which rules must hold. The
// shipped types are embedded in the binary; more are read from the folder in the setting
// `receipts.types`, without a rebuild. XML documents are seen as JSON (expr/xml.h) by everything
// but their XSD.
//
// Types are compiled once and used by any thread.
#ifndef SHEAF_SERVICES_RECEIPTS_TYPE_H
#define SHEAF_SERVICES_RECEIPTS_TYPE_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdint.h>

struct scope;
struct world;
struct types; // all that are known
struct type;

struct common_fields {
    struct str client;
    struct str date; // YYYY-MM-DD
    struct str number;
    struct str total; // exact decimal text
    struct str currency;
};

struct finding {
    struct str at; // JSON Pointer, or line of an XML document
    struct str message;
    struct str rule; // "schema", "totals", ...
};

enum { TYPE_FINDINGS_MAX = 20 };

struct findings {
    struct finding items[TYPE_FINDINGS_MAX];
    size_t count;
};

// Loads the shipped types and those in `directory` (empty: none); lives as long as `s`.
// Errors: INVALID with file and place.
enum status types_load(struct scope *s, struct world *w, struct str directory, struct types **out);

size_t types_count(const struct types *all);
const struct type *types_at(const struct types *all, size_t index);
// NULL when there is none of this name.
const struct type *types_find(const struct types *all, struct str name);

struct str type_name(const struct type *t);
struct str type_title(const struct type *t);
bool type_is_xml(const struct type *t);
bool type_number_unique(
    const struct type *t); // per client: a second one with its number is refused

// Parses a document by its media type into JSON. Errors: INVALID with place; UNSUPPORTED.
enum status type_parse(struct scope *s, struct str media_type, struct str document,
                       struct json *out);

// Finds the type of a parsed document; NULL: unknown.
const struct type *types_recognise(struct scope *s, const struct types *all, bool xml,
                                   struct json document);

// Reads the common fields. Errors: REFUSED with the field that is missing or malformed.
enum status type_common(struct scope *s, const struct type *t, struct json document,
                        struct common_fields *out);

// Checks schema, totals and rules (rule.h); finds nothing when the document is valid. `source` is
// the document as sent (an XSD looks at it). Errors: only of the machine.
enum status type_check(struct scope *s, const struct type *t, struct json document,
                       struct str source, int64_t received_at_us, struct findings *out);

#endif
