// XML as JSON, and the one door to libxml2. A document is read in this process, so it gets nothing
// it could abuse: DOCTYPE is refused at once, and with it entities and everything outside the
// document; depth, size and number of nodes are limited; the network is never touched.
//
// The mapping, so that an XML receipt is treated like a JSON one from here on:
//   the document               an object whose one member is the root element
//   element with text only     a string, its text as written; "" when it is empty
//   any other element          an object: first its attributes under "@name", then its children
//                              under their names in the order of first appearance
//   children of equal name     an array, at the place of the first; a name listed in `arrays` is an
//                              array even when it appears once
//   text beside children or    the member "#text", unless it is only white space
//   attributes
//   prefixes and xmlns         dropped; kept as written under XML_KEEP_PREFIXES
//   comments, instructions     dropped
#ifndef SHEAF_EXPR_XML_H
#define SHEAF_EXPR_XML_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct xsd;

enum xml_prefixes {
    XML_DROP_PREFIXES, // <cbc:ID> is "ID"; xmlns attributes vanish
    XML_KEEP_PREFIXES, // <cbc:ID> is "cbc:ID"; namespaces are members "@xmlns" and "@xmlns:cbc"
};

struct xml_limits {
    size_t bytes_max;
    unsigned depth_max;
    size_t nodes_max; // elements and attributes
};

// 1 MiB, depth 64, 100,000 nodes.
extern const struct xml_limits xml_limits_strict;

struct xml_options {
    const struct xml_limits *limits; // NULL: strict
    enum xml_prefixes prefixes;
    const struct str *arrays; // names (with prefix, if kept) that are always arrays
    size_t array_count;
    const struct xsd *xsd; // checked while reading; NULL: none
    size_t violations_max;
};

struct xml_violation {
    unsigned line;
    struct str message; // for people; may quote the document, so it does not belong into a log
};

struct xml_report {
    const struct xml_violation *violations;
    size_t count;
    bool more;
};

// Gives the document's text in UTF-8, without a byte order mark; borrowed where it is so already.
// Errors: UNSUPPORTED another encoding or XML version; INVALID not the encoding that it says.
enum status xml_text(struct scope *s, struct str text, struct str *out);

// Reads a document into `s` (roughly ten times its bytes). UTF-8, or ISO-8859-1 when the document
// says so. `report` may be NULL. Errors: INVALID with the line; UNSUPPORTED another encoding or
// XML version; TOO_LARGE a limit; REFUSED well formed, but not as the XSD wants it (the sentence
// is that of the first violation).
enum status xml_parse(struct scope *s, struct str text, const struct xml_options *options,
                      struct json *out, struct xml_report *report);

// Compiles an XML Schema (no import or include); it lives as long as `s`, never changes and serves
// any number of threads. Errors: INVALID with the line.
enum status xsd_compile(struct scope *s, struct str text, const struct xsd **out);

#endif
