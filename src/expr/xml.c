// The parser: libxml2's SAX2, with handlers that build JSON. What libxml2 is told to do without is
// not asked of it but made impossible: a DOCTYPE stops it, its loader of outside things always
// refuses, the encoding is settled before it sees a byte, and what it does in quadratic time
// (attributes of one element, namespaces in scope) is counted first.
#include "expr/xml_impl.h"

#include "core/scope.h"
#include "core/utf8.h"

#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemastypes.h>
#include <limits.h>
#include <stdio.h>
#include <threads.h>

enum {
    NAMESPACES_MAX = 256,    // declarations in one document
    EQUALS_SIGNS_MAX = 1000, // between two "<": no element has more attributes
    DEPTH_MAX = 200,         // libxml2's own is 256
    DECLARATION_BYTES_MAX = 200,
    NAME_BYTES_MAX = 1000,
};

const struct xml_limits xml_limits_strict = {
    .bytes_max = 1 << 20,
    .depth_max = 64,
    .nodes_max = 100000,
};

static once_flag initialised = ONCE_FLAG_INIT;

static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr context)
{
    (void)url;
    (void)id;
    (void)context;
    return NULL;
}

static void init(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(load_nothing);
    xmlSchemaInitTypes();
}

void xml_init(void)
{
    call_once(&initialised, init);
}

// -- before parsing ------------------------------------------------------------------------------

// Finds the value of name="value" in an XML declaration; empty when it has none.
static struct str pseudo_attribute(struct str declaration, const char *name)
{
    size_t at = str_find(declaration, str(name));
    struct str rest = str_trim(str_slice(declaration, at + strlen(name), declaration.bytes));

    if (at == declaration.bytes || rest.bytes < 2 || rest.data[0] != '=')
        return (struct str){0};
    rest = str_trim(str_slice(rest, 1, rest.bytes));
    if (rest.bytes < 2 || (rest.data[0] != '"' && rest.data[0] != '\''))
        return (struct str){0};
    char quote = rest.data[0];
    rest = str_slice(rest, 1, rest.bytes);
    return str_slice(rest, 0, str_find_byte(rest, quote));
}

static enum status latin1_to_utf8(struct scope *s, struct str text, struct str *out)
{
    if (!scope_has_room(s, text.bytes * 2))
        return fail(s, TOO_LARGE, "the document takes more memory than is left for it");
    char *to = scope_bytes(s, text.bytes * 2);
    size_t bytes = 0;

    for (size_t i = 0; i < text.bytes; i++)
        bytes += utf8_encode((uint8_t)text.data[i], to + bytes);
    *out = str_of(to, bytes);
    return OK;
}

static bool looks_wide(struct str text)
{
    return text.bytes >= 2 && (text.data[0] == '\0' || text.data[1] == '\0' ||
                               (uint8_t)text.data[0] == 0xFF || (uint8_t)text.data[0] == 0xFE);
}

static unsigned line_of(struct str text, size_t at)
{
    unsigned line = 1;

    for (size_t i = 0; i < at; i++)
        line += text.data[i] == '\n';
    return line;
}

static enum status settle_encoding(struct scope *s, struct str *text)
{
    if (looks_wide(*text))
        return fail(s, UNSUPPORTED, "the encoding must be UTF-8 or ISO-8859-1, is UTF-16 or like");
    if (str_starts(*text, str("\xEF\xBB\xBF")))
        *text = str_slice(*text, 3, text->bytes);
    if (str_starts(*text, str("<?xml"))) {
        struct str head = str_slice(*text, 0, DECLARATION_BYTES_MAX);
        head = str_slice(head, 0, str_find(head, str("?>")));
        struct str version = pseudo_attribute(head, "version");
        struct str encoding = pseudo_attribute(head, "encoding");
        if (version.bytes && !str_is(version, "1.0"))
            return fail(s, UNSUPPORTED, "the version of XML must be 1.0, is %.*s", STR(version));
        if (str_equal_nocase(encoding, str("ISO-8859-1")))
            return latin1_to_utf8(s, *text, text);
        if (encoding.bytes && !str_equal_nocase(encoding, str("UTF-8")))
            return fail(s, UNSUPPORTED, "the encoding must be UTF-8 or ISO-8859-1, is %.*s",
                        STR(encoding));
    }
    size_t error = utf8_find_error(*text);
    if (error < text->bytes)
        return fail(s, INVALID, "line %u: the text is not UTF-8", line_of(*text, error));
    return OK;
}

enum status xml_text(struct scope *s, struct str text, struct str *out)
{
    *out = text;
    return settle_encoding(s, out);
}

static bool has_more(struct str text, char c, size_t count)
{
    size_t at = str_find_byte(text, c);

    while (at < text.bytes && count--) {
        text = str_slice(text, at + 1, text.bytes);
        at = str_find_byte(text, c);
    }
    return at < text.bytes;
}

// libxml2 compares each attribute with all before it, before it hands any of them out.
static enum status check_attributes(struct scope *s, struct str text)
{
    size_t equals = 0;

    if (!has_more(text, '=', EQUALS_SIGNS_MAX)) // nearly always
        return OK;
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.data[i] == '<')
            equals = 0;
        else if (text.data[i] == '=' && ++equals > EQUALS_SIGNS_MAX)
            return fail(s, TOO_LARGE, "line %u: an element has more than %d attributes",
                        line_of(text, i), EQUALS_SIGNS_MAX);
    }
    return OK;
}

// -- the handlers --------------------------------------------------------------------------------

struct reader {
    struct scope *s;
    const struct xml_options *options;
    struct xml_builder *builder;
    xmlParserCtxtPtr parser;
    struct str rest; // of the text, not given to the parser yet
    size_t namespace_count;
    enum status status; // of the first failure, whose sentence the scope has
};

static void stop(struct reader *r, enum status e)
{
    if (e == OK)
        return;
    if (r->status == OK)
        r->status = e;
    xmlStopParser(r->parser);
}

static struct str text_of(const xmlChar *z)
{
    return str((const char *)z);
}

// Returns "prefix:name", or what is there of the two.
static struct str qualified(struct reader *r, const xmlChar *prefix, const xmlChar *name)
{
    if (!prefix || r->options->prefixes == XML_DROP_PREFIXES)
        return text_of(name);
    if (!name)
        return text_of(prefix);
    return str_concat(r->s, 3, text_of(prefix), str(":"), text_of(name));
}

static enum status check_name(struct reader *r, const xmlChar *prefix, const xmlChar *name)
{
    size_t bytes = text_of(prefix).bytes + text_of(name).bytes;

    if (bytes > NAME_BYTES_MAX || !scope_has_room(r->s, 4 * NAME_BYTES_MAX))
        return fail(r->s, TOO_LARGE, "line %d: a name is longer than %d bytes, or no room is left",
                    xmlSAX2GetLineNumber(r->parser), NAME_BYTES_MAX);
    return OK;
}

static enum status read_namespaces(struct reader *r, int count, const xmlChar **namespaces)
{
    r->namespace_count += (size_t)count;
    if (r->namespace_count > NAMESPACES_MAX)
        return fail(r->s, TOO_LARGE, "the document declares more than %d namespaces",
                    NAMESPACES_MAX);
    if (r->options->prefixes == XML_DROP_PREFIXES)
        return OK;
    for (int i = 0; i < count; i++) {
        const xmlChar *prefix = namespaces[2 * i];
        TRY(check_name(r, prefix, NULL));
        struct str name =
            prefix ? str_concat(r->s, 2, str("xmlns:"), text_of(prefix)) : str("xmlns");
        TRY(xml_build_attribute(r->builder, name, text_of(namespaces[2 * i + 1])));
    }
    return OK;
}

// Attributes come in fives: local name, prefix, namespace, begin and end of the value.
static enum status read_attributes(struct reader *r, int count, const xmlChar **attributes)
{
    for (int i = 0; i < count; i++) {
        const xmlChar **a = &attributes[5 * i];
        TRY(check_name(r, a[1], a[0]));
        struct str value = str_of(a[3], (size_t)(a[4] - a[3]));
        TRY(xml_build_attribute(r->builder, qualified(r, a[1], a[0]), value));
    }
    return OK;
}

static enum status read_element(struct reader *r, const xmlChar *name, const xmlChar *prefix)
{
    TRY(check_name(r, prefix, name));
    return xml_build_open(r->builder, qualified(r, prefix, name));
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted_count, const xmlChar **attributes)
{
    struct reader *r = data;
    (void)uri;
    (void)defaulted_count;

    enum status e = read_element(r, name, prefix);
    if (e == OK)
        e = read_namespaces(r, namespace_count, namespaces);
    if (e == OK)
        e = read_attributes(r, attribute_count, attributes);
    stop(r, e);
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reader *r = data;
    (void)name;
    (void)prefix;
    (void)uri;

    if (r->status == OK)
        stop(r, xml_build_close(r->builder));
}

static void on_text(void *data, const xmlChar *text, int bytes)
{
    struct reader *r = data;

    if (r->status == OK)
        stop(r, xml_build_text(r->builder, str_of(text, (size_t)bytes)));
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    struct reader *r = data;
    (void)name;
    (void)id;
    (void)uri;

    stop(r,
         fail(r->s, INVALID, "line %d: DOCTYPE is not accepted", xmlSAX2GetLineNumber(r->parser)));
}

static void on_error(void *data, xmlErrorPtr error)
{
    xmlParserCtxtPtr parser = error->ctxt;
    struct reader *r = parser->_private;
    struct str message = str_trim(str(error->message));
    (void)data; // the validator's, when there is one

    if (error->level < XML_ERR_ERROR || r->status != OK || error->code == XML_ERR_USER_STOP)
        return;
    r->status = fail(r->s, INVALID, "line %d: %.*s", error->line, STR(message));
}

// -- parsing -------------------------------------------------------------------------------------

static void set_handlers(struct reader *r)
{
    xmlSAXHandler *sax = r->parser->sax;

    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_text;
    sax->internalSubset = on_doctype;
    r->parser->userData = r;
    r->parser->_private = r;
}

// Hands out the next piece of the text; none after a failure, as the parser would go on to the end
// and complain about every byte.
static int give_piece(void *data, char *to, int bytes_max)
{
    struct reader *r = data;
    struct str piece = str_slice(r->rest, 0, (size_t)bytes_max);

    if (r->status != OK || piece.bytes == 0)
        return 0;
    memcpy(to, piece.data, piece.bytes);
    r->rest = str_slice(r->rest, piece.bytes, r->rest.bytes);
    return (int)piece.bytes;
}

static void parse(struct reader *r)
{
    const int options = XML_PARSE_NONET | XML_PARSE_IGNORE_ENC;

    // The validator has handlers of its own by now, which do not pass errors on.
    r->parser->sax->serror = on_error;
    xmlDocPtr none = xmlCtxtReadIO(r->parser, give_piece, NULL, r, NULL, NULL, options);
    if (none)
        xmlFreeDoc(none);
    if (r->status == OK && !r->parser->wellFormed)
        r->status = fail(r->s, INVALID, "the document is not well-formed XML");
}

static enum status read_document(struct scope *s, struct str text,
                                 const struct xml_options *options, struct xml_builder *builder,
                                 struct xml_report *report)
{
    enum status e = OK;
    struct xsd_run *validation = NULL;
    struct reader r = {.s = s, .options = options, .builder = builder, .rest = text};

    r.parser = xmlNewParserCtxt();
    if (!r.parser)
        return fail(s, INTERNAL, "libxml2 has no memory");
    set_handlers(&r);
    if (options->xsd)
        e = xsd_attach(s, options->xsd, r.parser, options->violations_max, &validation);
    if (e == OK)
        parse(&r);
    if (validation)
        e = xsd_detach(validation, report);
    xmlFreeParserCtxt(r.parser);
    return r.status != OK ? r.status : e;
}

enum status xml_parse(struct scope *s, struct str text, const struct xml_options *options,
                      struct json *out, struct xml_report *report)
{
    static const struct xml_options plain = {0};
    const struct xml_options *o = options ? options : &plain;
    struct xml_limits limits = o->limits ? *o->limits : xml_limits_strict;

    if (report)
        *report = (struct xml_report){0};
    if (limits.depth_max > DEPTH_MAX)
        limits.depth_max = DEPTH_MAX;
    if (limits.bytes_max > INT_MAX / 2)
        limits.bytes_max = INT_MAX / 2;
    if (text.bytes > limits.bytes_max)
        return fail(s, TOO_LARGE, "the document has %zu bytes; the most is %zu", text.bytes,
                    limits.bytes_max);
    if (text.bytes == 0)
        return fail(s, INVALID, "the document is empty");
    TRY(settle_encoding(s, &text));
    TRY(check_attributes(s, text));
    xml_init();
    struct xml_builder *builder = xml_builder_new(s, o, &limits);
    TRY(read_document(s, text, o, builder, report));
    *out = xml_build_result(builder);
    return OK;
}
