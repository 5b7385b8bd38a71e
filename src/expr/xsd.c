// XML Schema by libxml2: compiled once and shared, with a validation context for each document.
#include "expr/xml_impl.h"

#include "core/scope.h"

enum {
    XSD_BYTES_MAX = 1 << 20,
    XSD_NODES_MAX = 100000,
    XSD_SCOPE_BYTES_MAX = 64 << 20,
    VIOLATIONS_MAX = 1000,
    MESSAGE_BYTES_MAX = 500,
    ROOM_BYTES_MIN = 4 << 10,
};

struct xsd {
    xmlSchemaPtr schema;
};

// -- compiling -----------------------------------------------------------------------------------

struct compilation {
    struct scope *s;
    enum status status; // of the first message
};

// A warning counts as well: it says that something was left out.
static void on_schema_error(void *data, xmlErrorPtr error)
{
    struct compilation *c = data;
    struct str message = str_trim(str(error->message));

    if (c->status == OK)
        c->status = fail(c->s, INVALID, "line %d: %.*s", error->line, STR(message));
}

static void free_schema(void *schema)
{
    xmlSchemaFree(schema);
}

// Reads it as any document first: what is refused there is refused here, with the same words.
static enum status check_document(struct scope *s, struct str text)
{
    static const struct xml_limits limits = {
        .bytes_max = XSD_BYTES_MAX, .depth_max = 64, .nodes_max = XSD_NODES_MAX};
    const struct xml_options options = {.limits = &limits};
    struct scope *own = scope_open(XSD_SCOPE_BYTES_MAX);
    struct json ignored = {0};
    enum status e = xml_parse(own, text, &options, &ignored, NULL);

    if (e != OK)
        e = fail(s, e, "%.*s", STR(scope_why(own)));
    scope_close(own);
    return e;
}

enum status xsd_compile(struct scope *s, struct str text, const struct xsd **out)
{
    TRY(check_document(s, text));
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewMemParserCtxt(text.data, (int)text.bytes);
    if (!parser)
        return fail(s, INTERNAL, "libxml2 has no memory");
    struct compilation compilation = {.s = s};
    xmlSchemaSetParserStructuredErrors(parser, on_schema_error, &compilation);
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    if (schema)
        scope_defer(s, free_schema, schema);
    if (compilation.status != OK)
        return compilation.status;
    if (!schema)
        return fail(s, INVALID, "this is no XML Schema");
    struct xsd *xsd = scope_new(s, struct xsd);
    xsd->schema = schema;
    *out = xsd;
    return OK;
}

// -- validating ----------------------------------------------------------------------------------

struct xsd_run {
    struct scope *s;
    xmlParserCtxtPtr parser;
    xmlSchemaValidCtxtPtr validator;
    xmlSchemaSAXPlugPtr plug;
    struct xml_violation *violations;
    size_t count;
    size_t count_max;
    bool more;
};

static void on_violation(void *data, xmlErrorPtr error)
{
    struct xsd_run *run = data;
    struct str message = str_trim(str_slice(str(error->message), 0, MESSAGE_BYTES_MAX));

    if (run->count == run->count_max || !scope_has_room(run->s, ROOM_BYTES_MIN)) {
        run->more = true;
        return;
    }
    run->violations[run->count++] = (struct xml_violation){
        .line = (unsigned)xmlSAX2GetLineNumber(run->parser),
        .message = str_copy(run->s, message),
    };
}

enum status xsd_attach(struct scope *s, const struct xsd *xsd, xmlParserCtxtPtr parser,
                       size_t violations_max, struct xsd_run **out)
{
    struct xsd_run *run = scope_new(s, struct xsd_run);

    run->s = s;
    run->parser = parser;
    run->count_max = violations_max == 0               ? 1
                     : violations_max > VIOLATIONS_MAX ? VIOLATIONS_MAX
                                                       : violations_max;
    run->violations = scope_array(s, run->count_max, sizeof *run->violations);
    run->validator = xmlSchemaNewValidCtxt(xsd->schema);
    if (!run->validator)
        return fail(s, INTERNAL, "libxml2 has no memory");
    xmlSchemaSetValidStructuredErrors(run->validator, on_violation, run);
    run->plug = xmlSchemaSAXPlug(run->validator, &parser->sax, &parser->userData);
    if (!run->plug) {
        xmlSchemaFreeValidCtxt(run->validator);
        return fail(s, INTERNAL, "libxml2 has no memory");
    }
    *out = run;
    return OK;
}

// Unplugging clears the validator: first its cache, then its elements. Those that a broken document
// left open give parts back to the cache at that moment, and nothing frees them but a second turn
// (libxml2 2.9.14).
static void unplug(struct xsd_run *run)
{
    xmlSAXHandlerPtr no_handler = NULL;
    void *no_data = NULL;

    (void)xmlSchemaSAXUnplug(run->plug);
    xmlSchemaSAXPlugPtr again = xmlSchemaSAXPlug(run->validator, &no_handler, &no_data);
    if (again)
        (void)xmlSchemaSAXUnplug(again);
}

enum status xsd_detach(struct xsd_run *run, struct xml_report *report)
{
    bool valid = xmlSchemaIsValid(run->validator) == 1;

    unplug(run);
    xmlSchemaFreeValidCtxt(run->validator);
    if (report)
        *report = (struct xml_report){run->violations, run->count, run->more};
    if (valid && run->count == 0)
        return OK;
    if (run->count == 0)
        return fail(run->s, REFUSED, "the document is not valid against its XML Schema");
    return fail(run->s, REFUSED, "line %u: %.*s", run->violations[0].line,
                STR(run->violations[0].message));
}
