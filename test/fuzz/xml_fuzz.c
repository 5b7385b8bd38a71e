// XML: whatever is accepted is JSON that can be written and read back, and no document, however it
// is made, takes more memory than a scope has.
#include "core/json.h"
#include "core/utf8.h"
#include "expr/xml.h"
#include "test/fuzz/fuzz.h"

static const char schema_text[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a'><xs:complexType>"
    "<xs:sequence><xs:element name='b' type='xs:decimal' minOccurs='0' maxOccurs='unbounded'/>"
    "<xs:element name='c' type='xs:dateTime' minOccurs='0'/><xs:any minOccurs='0' "
    "processContents='lax'/></xs:sequence><xs:attribute name='d' type='xs:ID'/></xs:complexType>"
    "<xs:unique name='u'><xs:selector xpath='b'/><xs:field xpath='.'/></xs:unique></xs:element>"
    "</xs:schema>";

static bool is_outcome(enum status e)
{
    return e == OK || e == INVALID || e == UNSUPPORTED || e == TOO_LARGE || e == REFUSED;
}

// Parses in a scope with little room; the outcome does not matter, coming back does.
static void parse_tightly(struct str input, const struct xml_options *options)
{
    size_t budget = input.bytes ? (size_t)(uint8_t)input.data[input.bytes / 2] * 64 : 0;
    struct scope *tight = scope_open(budget + (16 << 10));
    struct json j = {0};
    enum status e = xml_parse(tight, input, options, &j, NULL);

    assert(is_outcome(e));
    scope_close(tight);
}

static const struct xsd *compiled_xsd(void)
{
    static struct scope *forever;
    static const struct xsd *xsd;

    if (!forever) {
        forever = scope_open(FUZZ_SCOPE_BYTES_MAX);
        enum status e = xsd_compile(forever, str(schema_text), &xsd);
        assert(e == OK);
    }
    return xsd;
}

FUZZ
{
    static const struct str arrays[] = {{"b", 1}};
    struct xml_options options = {.arrays = arrays, .array_count = 1, .violations_max = 5};
    struct xml_report report = {0};
    struct json j = {0};
    struct json back = {0};

    options.prefixes = input.bytes % 2 ? XML_KEEP_PREFIXES : XML_DROP_PREFIXES;
    parse_tightly(input, &options);
    enum status e = xml_parse(s, input, &options, &j, NULL);
    assert(is_outcome(e) && (e == OK || scope_why(s).bytes > 0));

    struct json same = {0};
    options.xsd = compiled_xsd();
    enum status checked = xml_parse(s, input, &options, &same, &report);
    assert(checked == e || (e == OK && checked == REFUSED));
    for (size_t i = 0; i < report.count; i++)
        assert(report.violations[i].message.bytes > 0);
    if (e != OK)
        return;
    struct str text = json_to_str(s, j);
    assert(utf8_valid(text) && j.count == 1);
    assert(json_parse(s, text, &json_limits_lenient, &back) == OK && json_equal(j, back));
    assert(checked != OK || json_equal(j, same));
}
