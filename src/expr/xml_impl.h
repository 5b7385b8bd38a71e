// What the files of the XML module share; nobody else may include it.
#ifndef SHEAF_EXPR_XML_IMPL_H
#define SHEAF_EXPR_XML_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "expr/xml.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

struct scope;

// -- xml_build.c: elements, as they begin and end, become JSON -----------------------------------

struct xml_builder;

struct xml_builder *xml_builder_new(struct scope *s, const struct xml_options *options,
                                    const struct xml_limits *limits);

// Begins an element; its attributes follow before anything else. `name` is borrowed until it ends,
// which is as long as the parser lives. Errors, of all of these: TOO_LARGE a limit.
enum status xml_build_open(struct xml_builder *b, struct str name);
enum status xml_build_attribute(struct xml_builder *b, struct str name, struct str value);
enum status xml_build_text(struct xml_builder *b, struct str text);
enum status xml_build_close(struct xml_builder *b);

// Gives the document, when the root has ended.
struct json xml_build_result(const struct xml_builder *b);

// -- xml.c ---------------------------------------------------------------------------------------

// Makes libxml2 ready, once: nothing outside the document at hand is ever opened.
void xml_init(void);

// -- xsd.c ---------------------------------------------------------------------------------------

// Validation of one document while it is parsed.
struct xsd_run;

// Puts validation between a parser and its handler. Errors: INTERNAL libxml2 has no memory.
enum status xsd_attach(struct scope *s, const struct xsd *xsd, xmlParserCtxtPtr parser,
                       size_t violations_max, struct xsd_run **out);

// Takes it out again, with what it found. Errors: REFUSED the document is not valid.
enum status xsd_detach(struct xsd_run *run, struct xml_report *report);

#endif
