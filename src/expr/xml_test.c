#include "expr/xml.h"

#include "sys/thread.h"
#include "test/harness.h"

static const struct xml_options plain = {0};

static enum status parse(struct scope *s, const char *text, struct json *out)
{
    return xml_parse(s, str(text), &plain, out, NULL);
}

static struct str converted(struct scope *s, const char *text, const struct xml_options *options)
{
    struct json j = {0};

    if (!test_expect_ok(xml_parse(s, str(text), options, &j, NULL), s, __FILE__, __LINE__, text))
        return str("");
    return json_to_str(s, j);
}

TEST(elements_become_members_as_the_mapping_says)
{
    static const struct {
        const char *xml;
        const char *json;
    } cases[] = {
        {"<a/>", "{\"a\":\"\"}"},
        {"<a></a>", "{\"a\":\"\"}"},
        {"<a>x</a>", "{\"a\":\"x\"}"},
        {"<a> x\n</a>", "{\"a\":\" x\\n\"}"},
        {"<a> </a>", "{\"a\":\" \"}"},
        {"<a b='1'/>", "{\"a\":{\"@b\":\"1\"}}"},
        {"<a b='1'>x</a>", "{\"a\":{\"@b\":\"1\",\"#text\":\"x\"}}"},
        {"<a>\n <b>1</b>\n</a>", "{\"a\":{\"b\":\"1\"}}"},
        {"<a>x<b>1</b>y</a>", "{\"a\":{\"b\":\"1\",\"#text\":\"xy\"}}"},
        {"<a><b>1</b><c>2</c><b>3</b></a>", "{\"a\":{\"b\":[\"1\",\"3\"],\"c\":\"2\"}}"},
        {"<a><c/><b>1</b><b><d>2</d></b></a>", "{\"a\":{\"c\":\"\",\"b\":[\"1\",{\"d\":\"2\"}]}}"},
        {"<a>&amp;&lt;&gt;&quot;&apos;&#65;&#x42;</a>", "{\"a\":\"&<>\\\"'AB\"}"},
        {"<a b='&quot;&#10;x'/>", "{\"a\":{\"@b\":\"\\\"\\nx\"}}"},
        {"<a><![CDATA[<b>&amp;]]>]</a>", "{\"a\":\"<b>&amp;]\"}"},
        {"<!--c--><?p i?><a><!--c-->x<?p i?>y</a><!--c-->", "{\"a\":\"xy\"}"},
        {"<p:a xmlns:p='urn:x' p:b='1'><p:c/></p:a>", "{\"a\":{\"@b\":\"1\",\"c\":\"\"}}"},
        {"<?xml version='1.0' encoding='utf-8'?><a>\u00e9</a>", "{\"a\":\"\u00e9\"}"},
        {"\xEF\xBB\xBF<a>\u00e9</a>", "{\"a\":\"\u00e9\"}"},
        {"<?xml version=\"1.0\" encoding = \"ISO-8859-1\" ?><a b='\xe5'>\xe4\xf6</a>",
         "{\"a\":{\"@b\":\"\u00e5\",\"#text\":\"\u00e4\u00f6\"}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(converted(s, cases[i].xml, &plain), cases[i].json);
}

TEST(names_that_are_listed_are_always_arrays)
{
    const struct str arrays[] = {str("line"), str("tax")};
    const struct xml_options options = {.arrays = arrays, .array_count = 2};

    EXPECT_STR(converted(s, "<r><line>1</line><total>2</total></r>", &options),
               "{\"r\":{\"line\":[\"1\"],\"total\":\"2\"}}");
    EXPECT_STR(converted(s, "<r><line>1</line><line><tax/></line></r>", &options),
               "{\"r\":{\"line\":[\"1\",{\"tax\":[\"\"]}]}}");
}

TEST(prefixes_and_namespaces_are_kept_on_demand)
{
    const struct xml_options options = {.prefixes = XML_KEEP_PREFIXES};

    EXPECT_STR(converted(s, "<p:a xmlns:p='urn:x' xmlns='urn:y' p:b='1'><c/></p:a>", &options),
               "{\"p:a\":{\"@xmlns:p\":\"urn:x\",\"@xmlns\":\"urn:y\",\"@p:b\":\"1\",\"c\":\"\"}}");
}

TEST(many_names_and_many_children_keep_their_order)
{
    struct str text = str("<a>");
    struct json j = {0};

    for (unsigned i = 0; i < 300; i++)
        text = str_format(s, "%.*s<n%u>%u</n%u>", STR(text), i * 7 % 100, i, i * 7 % 100);
    text = str_concat(s, 2, text, str("</a>"));
    REQUIRE_OK(xml_parse(s, text, &plain, &j, NULL));
    struct json a = json_member(j, "a");
    REQUIRE(a.count == 100);
    for (unsigned i = 0; i < 100; i++) {
        EXPECT_STR(a.members[i].name, str_z(s, str_format(s, "n%u", i * 7 % 100)));
        REQUIRE(a.members[i].value.count == 3);
        for (unsigned k = 0; k < 3; k++)
            EXPECT_STR(json_text(a.members[i].value.items[k]),
                       str_z(s, str_format(s, "%u", i + 100 * k)));
    }
}

TEST(what_could_reach_outside_is_refused_at_once)
{
    static const char *const cases[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/p'> %p;]><a/>",
        "<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>",
    };
    struct json j = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT_EQUAL(parse(s, cases[i], &j), INVALID);
        EXPECT_STR(scope_why(s), "line 1: DOCTYPE is not accepted");
    }
    EXPECT_EQUAL(parse(s, "<a>&x;</a>", &j), INVALID);
    EXPECT_STR(scope_why(s), "line 1: Entity 'x' not defined");
}

TEST(what_is_not_well_formed_is_refused_with_its_line)
{
    static const struct {
        const char *xml;
        const char *why;
    } cases[] = {
        {"", "the document is empty"},
        {" ", "line 1: Start tag expected, '<' not found"},
        {"x", "line 1: Start tag expected, '<' not found"},
        {"<a>\n<b>\n</a>", "line 3: Opening and ending tag mismatch: b line 2 and a"},
        {"<a/>\n<b/>", "line 2: Extra content at the end of the document"},
        {"<a b='1' b='2'/>", "line 1: Attribute b redefined"},
        {"<a b=1/>", "line 1: AttValue: \" or ' expected"},
        {"<a>", "line 1: Premature end of data in tag a line 1"},
        {"<a>\n\x01</a>", "line 2: PCDATA invalid Char value 1"},
        {"<a>&#xD800;</a>", "line 1: xmlParseCharRef: invalid xmlChar value 55296"},
        {"<a>\n\xff</a>", "line 2: the text is not UTF-8"},
        {"<p:a/>", "line 1: Namespace prefix p on a is not defined"},
        {"<a>]]></a>", "line 1: Sequence ']]>' not allowed in content"},
    };
    struct json j = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT_EQUAL(parse(s, cases[i].xml, &j), INVALID);
        EXPECT_STR(scope_why(s), cases[i].why);
    }
    EXPECT_EQUAL(xml_parse(s, str_of("<a>\0</a>", 8), &plain, &j, NULL), INVALID);
}

TEST(other_encodings_and_versions_are_unsupported)
{
    struct json j = {0};

    EXPECT_EQUAL(parse(s, "<?xml version='1.0' encoding='windows-1252'?><a/>", &j), UNSUPPORTED);
    EXPECT_STR(scope_why(s), "the encoding must be UTF-8 or ISO-8859-1, is windows-1252");
    EXPECT_EQUAL(parse(s, "<?xml version='1.0' encoding='UTF-16'?><a/>", &j), UNSUPPORTED);
    EXPECT_EQUAL(parse(s, "<?xml version='1.1'?><a/>", &j), UNSUPPORTED);
    EXPECT_EQUAL(xml_parse(s, str_of("\xff\xfe<\0a\0/\0>\0", 10), &plain, &j, NULL), UNSUPPORTED);
    EXPECT_EQUAL(xml_parse(s, str_of("\0<\0a\0/\0>", 8), &plain, &j, NULL), UNSUPPORTED);
    EXPECT_EQUAL(xml_parse(s, str_of("\0\0\0<\0\0\0a", 8), &plain, &j, NULL), UNSUPPORTED);
}

static struct str repeated(struct scope *s, const char *head, const char *part, size_t count,
                           const char *tail)
{
    size_t bytes = strlen(part);
    char *text = scope_bytes(s, bytes * count);

    for (size_t i = 0; i < count; i++)
        memcpy(text + i * bytes, part, bytes);
    return str_concat(s, 3, str(head), str_of(text, bytes * count), str(tail));
}

TEST(every_limit_is_named_when_it_is_reached)
{
    static const struct xml_limits limits = {.bytes_max = 5000, .depth_max = 3, .nodes_max = 5};
    const struct xml_options small = {.limits = &limits};
    struct json j = {0};

    EXPECT_OK(xml_parse(s, str("<a b=''><b><c/></b><b/></a>"), &small, &j, NULL));
    EXPECT_EQUAL(xml_parse(s, str("<a><b><c><d/></c></b></a>"), &small, &j, NULL), TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document nests elements deeper than 3");
    EXPECT_EQUAL(xml_parse(s, str("<a><b/><b/><b/><b/><b/></a>"), &small, &j, NULL), TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document has more than 5 elements and attributes");
    EXPECT_EQUAL(xml_parse(s, repeated(s, "<a>", "x", 5000, "</a>"), &small, &j, NULL), TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document has 5007 bytes; the most is 5000");
    EXPECT_EQUAL(xml_parse(s, repeated(s, "<a ", "b='' ", 1001, "/>"), &plain, &j, NULL),
                 TOO_LARGE);
    EXPECT_EQUAL(xml_parse(s, repeated(s, "<a>", "<b xmlns='u'/>", 257, "</a>"), &plain, &j, NULL),
                 TOO_LARGE);
    EXPECT_STR(scope_why(s), "the document declares more than 256 namespaces");
    EXPECT_EQUAL(xml_parse(s, repeated(s, "<", "n", 1001, "/>"), &plain, &j, NULL), TOO_LARGE);
    EXPECT_EQUAL(xml_parse(s, repeated(s, "", "<a>", 300, ""), &plain, &j, NULL), TOO_LARGE);
}

TEST(a_scope_that_is_too_small_is_a_limit_and_no_crash)
{
    struct str text = repeated(s, "<a>", "<b c='d'>text</b>", 2000, "</a>");
    struct json j = {0};

    for (size_t bytes = 16 << 10; bytes < 512 << 10; bytes *= 2) {
        struct scope *small = scope_open(bytes);
        enum status e = xml_parse(small, text, &plain, &j, NULL);
        EXPECT(e == OK || e == TOO_LARGE);
        scope_close(small);
    }
}

// -- XML Schema ----------------------------------------------------------------------------------

static const char receipt_xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n"
    "<xs:element name='receipt'><xs:complexType><xs:sequence>\n"
    "<xs:element name='number' type='xs:string'/>\n"
    "<xs:element name='line' maxOccurs='unbounded'><xs:complexType><xs:sequence>\n"
    "<xs:element name='quantity' type='xs:positiveInteger'/>\n"
    "<xs:element name='price' type='xs:decimal'/>\n"
    "</xs:sequence><xs:attribute name='vat' type='xs:decimal' use='required'/></xs:complexType>\n"
    "</xs:element></xs:sequence></xs:complexType><xs:unique name='u'><xs:selector xpath='line'/>\n"
    "<xs:field xpath='@vat'/></xs:unique></xs:element></xs:schema>";

static const char good_receipt[] = "<receipt><number>7</number>\n<line vat='25'>"
                                   "<quantity>2</quantity><price>1.10</price></line></receipt>";

TEST(a_document_is_checked_against_its_xsd_while_it_is_read)
{
    const struct xsd *xsd = NULL;
    struct json j = {0};
    struct xml_report report = {0};

    REQUIRE_OK(xsd_compile(s, str(receipt_xsd), &xsd));
    const struct xml_options options = {.xsd = xsd, .violations_max = 10};
    REQUIRE_OK(xml_parse(s, str(good_receipt), &options, &j, &report));
    EXPECT_STR(json_to_str(s, j), "{\"receipt\":{\"number\":\"7\",\"line\":{\"@vat\":\"25\","
                                  "\"quantity\":\"2\",\"price\":\"1.10\"}}}");
    EXPECT_EQUAL(report.count, 0);
}

TEST(every_violation_of_an_xsd_is_listed_with_its_line)
{
    const struct xsd *xsd = NULL;
    struct json j = {0};
    struct xml_report report = {0};
    const char *text = "<receipt><number>7</number>\n<line><quantity>0</quantity>\n"
                       "<price>x</price></line>\n<other/></receipt>";

    REQUIRE_OK(xsd_compile(s, str(receipt_xsd), &xsd));
    const struct xml_options options = {.xsd = xsd, .violations_max = 3};
    EXPECT_EQUAL(xml_parse(s, str(text), &options, &j, &report), REFUSED);
    REQUIRE(report.count == 3);
    EXPECT(report.more);
    EXPECT_EQUAL(report.violations[0].line, 2);
    EXPECT_STR(report.violations[0].message,
               "Element 'line': The attribute 'vat' is required but missing.");
    EXPECT_EQUAL(report.violations[1].line, 2);
    EXPECT_EQUAL(report.violations[2].line, 3);
    EXPECT_STR(scope_why(s),
               "line 2: Element 'line': The attribute 'vat' is required but missing.");
}

TEST(malformed_xml_is_invalid_before_it_is_refused)
{
    const struct xsd *xsd = NULL;
    struct json j = {0};

    REQUIRE_OK(xsd_compile(s, str(receipt_xsd), &xsd));
    const struct xml_options options = {.xsd = xsd, .violations_max = 3};
    EXPECT_EQUAL(xml_parse(s, str("<receipt><number>"), &options, &j, NULL), INVALID);
    EXPECT_EQUAL(xml_parse(s, str("<!DOCTYPE a><a/>"), &options, &j, NULL), INVALID);
    EXPECT_STR(scope_why(s), "line 1: DOCTYPE is not accepted");
    EXPECT_EQUAL(xml_parse(s, str("<other/>"), &options, &j, NULL), REFUSED);
}

TEST(a_schema_location_in_a_document_is_not_followed)
{
    const struct xsd *xsd = NULL;
    struct json j = {0};
    const char *text = "<receipt xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                       "xsi:noNamespaceSchemaLocation='file:///etc/passwd'><number>7</number>"
                       "<line vat='1'><quantity>1</quantity><price>1</price></line></receipt>";

    REQUIRE_OK(xsd_compile(s, str(receipt_xsd), &xsd));
    const struct xml_options options = {.xsd = xsd};
    EXPECT_OK(xml_parse(s, str(text), &options, &j, NULL));
}

TEST(a_wrong_xsd_is_refused_with_its_line)
{
#define XSD_HEAD "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n"
    static const char *const cases[] = {
        "",
        "<a",
        "<a/>",
        XSD_HEAD "<xs:element name='a' type='xs:nonsense'/></xs:schema>",
        XSD_HEAD "<xs:element nam='a'/></xs:schema>",
        XSD_HEAD "<xs:include schemaLocation='other.xsd'/></xs:schema>",
        XSD_HEAD "<xs:import namespace='urn:x' schemaLocation='file:///etc/passwd'/></xs:schema>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]>" XSD_HEAD "</xs:schema>",
    };
    const struct xsd *xsd = NULL;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        (void)test_expect(xsd_compile(s, str(cases[i]), &xsd) == INVALID, __FILE__, __LINE__,
                          cases[i]);
    EXPECT_EQUAL(xsd_compile(s, str(cases[3]), &xsd), INVALID);
    EXPECT(str_starts(scope_why(s), str("line 2: ")));
}

// -- threads -------------------------------------------------------------------------------------

struct checks {
    const struct xsd *xsd;
    unsigned wrong;
};

static void check_often(void *argument)
{
    struct checks *c = argument;

    for (unsigned i = 0; i < 200; i++) {
        struct scope *s = scope_open(1 << 20);
        const struct xml_options options = {.xsd = c->xsd, .violations_max = 3};
        struct json j = {0};
        bool good = i % 2 == 0;
        const char *text = good ? good_receipt : "<receipt><line/></receipt>";
        enum status e = xml_parse(s, str(text), &options, &j, NULL);
        c->wrong += e != (good ? OK : REFUSED);
        scope_close(s);
    }
}

TEST(one_xsd_serves_many_threads)
{
    enum { THREADS = 4 };
    struct thread *threads[THREADS];
    struct checks checks[THREADS] = {0};
    const struct xsd *xsd = NULL;

    REQUIRE_OK(xsd_compile(s, str(receipt_xsd), &xsd));
    for (size_t i = 0; i < THREADS; i++) {
        checks[i].xsd = xsd;
        threads[i] = thread_start("xsd", check_often, &checks[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
        EXPECT_EQUAL(checks[i].wrong, 0);
    }
}
