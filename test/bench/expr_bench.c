// What checking one receipt costs: JSON Schema, XML, XSD; and a look into it with JSONPath and an
// intrinsic function. `make bench-expr` builds it for release
// and prints one line a measurement, in microseconds of CPU; the best of several rounds, since
// others share the machine.
#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "expr/jsonpath.h"
#include "expr/schema.h"
#include "expr/xml.h"
#include "flow/eval.h"
#include "flow/intrinsic.h"
#include "flow/path.h"
#include "flow/template.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 15, TURNS = 4000, SCOPE_BYTES_MAX = 16 << 20, LINES = 10 };

struct bench {
    struct str json_text;
    struct str xml_text;
    struct json receipt;
    const struct schema *schema;
    const struct schema *plain_schema; // without formats
    const struct xsd *xsd;
    const struct jsonpath *place;
    const struct jsonpath *filter;
    const struct jsonpath *everywhere;
    const struct path *path;
    const struct path *result_path;
    const struct intrinsic *call;
    const struct template *parameters;
    const struct template *arguments;
};

// -- the receipt ---------------------------------------------------------------------------------

static const char receipt_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"required\":[\"id\",\"number\",\"client\",\"store\",\"till\",\"cashier\",\"issuedAt\","
    "\"businessDate\",\"currency\",\"lines\",\"vat\",\"payments\",\"total\"],"
    "\"additionalProperties\":false,\"properties\":{"
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"number\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}-[0-9]{8}$\"},"
    "\"client\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"
    "\"store\":{\"$ref\":\"#/$defs/party\"},\"customer\":{\"$ref\":\"#/$defs/party\"},"
    "\"till\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9999},"
    "\"cashier\":{\"type\":\"string\",\"maxLength\":64},"
    "\"issuedAt\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"businessDate\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"kind\":{\"enum\":[\"SALE\",\"RETURN\",\"VOID\",\"TRAINING\"]},"
    "\"currency\":{\"enum\":[\"SEK\",\"EUR\",\"USD\",\"NOK\",\"DKK\",\"UAH\"]},"
    "\"lines\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":1000,"
    "\"items\":{\"$ref\":\"#/$defs/line\"}},"
    "\"vat\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"rate\",\"base\","
    "\"amount\"],\"properties\":{\"rate\":{\"$ref\":\"#/$defs/rate\"},"
    "\"base\":{\"$ref\":\"#/$defs/money\"},\"amount\":{\"$ref\":\"#/$defs/money\"}}}},"
    "\"payments\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"method\","
    "\"amount\"],\"properties\":{\"method\":{\"enum\":[\"CASH\",\"CARD\",\"SWISH\"]},"
    "\"amount\":{\"$ref\":\"#/$defs/money\"},\"reference\":{\"type\":\"string\"}}}},"
    "\"total\":{\"$ref\":\"#/$defs/money\"},\"net\":{\"$ref\":\"#/$defs/money\"},"
    "\"rounding\":{\"$ref\":\"#/$defs/money\"},\"discount\":{\"$ref\":\"#/$defs/money\"},"
    "\"previous\":{\"type\":[\"string\",\"null\"]},\"control\":{\"type\":\"string\"},"
    "\"language\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":5},"
    "\"training\":{\"type\":\"boolean\"},\"note\":{\"type\":\"string\",\"maxLength\":1000},"
    "\"email\":{\"type\":\"string\",\"format\":\"email\"},\"version\":{\"const\":1}},"
    "\"$defs\":{"
    "\"money\":{\"type\":\"number\",\"multipleOf\":0.01,\"minimum\":-1000000,"
    "\"maximum\":1000000},"
    "\"rate\":{\"type\":\"number\",\"minimum\":0,\"maximum\":100},"
    "\"party\":{\"type\":\"object\",\"required\":[\"name\",\"orgNumber\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
    "\"orgNumber\":{\"type\":\"string\",\"pattern\":\"^[0-9]{6}-[0-9]{4}$\"},"
    "\"city\":{\"type\":\"string\"}}},"
    "\"line\":{\"type\":\"object\",\"required\":[\"sku\",\"name\",\"quantity\",\"unitPrice\","
    "\"amount\",\"vatRate\"],\"additionalProperties\":false,\"properties\":{"
    "\"sku\":{\"type\":\"string\",\"maxLength\":32},"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
    "\"quantity\":{\"type\":\"number\",\"exclusiveMinimum\":0},"
    "\"unitPrice\":{\"$ref\":\"#/$defs/money\"},\"amount\":{\"$ref\":\"#/$defs/money\"},"
    "\"vatRate\":{\"$ref\":\"#/$defs/rate\"},\"discount\":{\"$ref\":\"#/$defs/money\"}}}}}";

static struct str receipt_json(struct scope *s)
{
    struct buf out = buf_make(s, 1 << 16);

    buf_put_z(&out, "{\"id\":\"0192f3a4-5b6c-7d8e-9f01-23456789abcd\",\"number\":\"TR-00012345\","
                    "\"client\":\"client-4711\",\"store\":{\"name\":\"K\xc3\xb6pcentrum\","
                    "\"orgNumber\":\"556677-8899\",\"city\":\"G\xc3\xb6teborg\"},\"till\":12,"
                    "\"cashier\":\"Anna\",\"issuedAt\":\"2026-03-04T15:16:17.250+01:00\","
                    "\"businessDate\":\"2026-03-04\",\"kind\":\"SALE\",\"currency\":\"SEK\","
                    "\"lines\":[");
    for (unsigned i = 0; i < LINES; i++) {
        buf_format(&out,
                   "%s{\"sku\":\"731000%u0123\",\"name\":\"Kaffe m\xc3\xb6rkrost 450 g nr %u\","
                   "\"quantity\":%u,\"unitPrice\":49.90,\"amount\":%u.80,\"vatRate\":12}",
                   i ? "," : "", i, i, i + 1, 99 + i);
    }
    buf_put_z(&out,
              "],\"vat\":[{\"rate\":12,\"base\":445.54,\"amount\":53.46},"
              "{\"rate\":25,\"base\":80.00,\"amount\":20.00}],"
              "\"payments\":[{\"method\":\"CARD\",\"amount\":599.00,"
              "\"reference\":\"4581-22\"}],\"total\":599.00,\"net\":525.54,"
              "\"rounding\":0.00,\"previous\":null,\"control\":\"A1B2C3D4E5F6A7B8C9D0\","
              "\"language\":\"sv-SE\",\"training\":false,\"note\":\"Tack och v\xc3\xa4lkommen "
              "\xc3\xa5ter!\",\"email\":\"anna.andersson@example.com\",\"version\":1}");
    return buf_str(&out);
}

static struct str receipt_xml(struct scope *s)
{
    struct buf out = buf_make(s, 1 << 16);

    buf_put_z(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<receipt id=\"r-1\">\n"
                    "  <number>TR-00012345</number>\n  <client>client-4711</client>\n"
                    "  <issuedAt>2026-03-04T15:16:17.250+01:00</issuedAt>\n"
                    "  <currency>SEK</currency>\n");
    for (unsigned i = 0; i < LINES; i++) {
        buf_format(&out,
                   "  <line number=\"%u\">\n    <sku>731000%u0123</sku>\n"
                   "    <name>Kaffe m\xc3\xb6rkrost 450 g &amp; nr %u</name>\n"
                   "    <quantity unit=\"st\">%u</quantity>\n    <unitPrice>49.90</unitPrice>\n"
                   "    <amount>%u.80</amount>\n    <vatRate>12</vatRate>\n  </line>\n",
                   i, i, i, i + 1, 99 + i);
    }
    buf_put_z(&out, "  <total>599.00</total>\n</receipt>\n");
    return buf_str(&out);
}

static const char receipt_xsd[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='receipt'>"
    "<xs:complexType><xs:sequence><xs:element name='number' type='xs:string'/>"
    "<xs:element name='client' type='xs:string'/><xs:element name='issuedAt' type='xs:dateTime'/>"
    "<xs:element name='currency'><xs:simpleType><xs:restriction base='xs:string'>"
    "<xs:enumeration value='SEK'/><xs:enumeration value='EUR'/></xs:restriction></xs:simpleType>"
    "</xs:element><xs:element name='line' maxOccurs='unbounded'><xs:complexType><xs:sequence>"
    "<xs:element name='sku' type='xs:string'/><xs:element name='name' type='xs:string'/>"
    "<xs:element name='quantity'><xs:complexType><xs:simpleContent><xs:extension "
    "base='xs:decimal'><xs:attribute name='unit' type='xs:string'/></xs:extension>"
    "</xs:simpleContent></xs:complexType></xs:element>"
    "<xs:element name='unitPrice' type='xs:decimal'/><xs:element name='amount' "
    "type='xs:decimal'/><xs:element name='vatRate' type='xs:decimal'/></xs:sequence>"
    "<xs:attribute name='number' type='xs:integer'/></xs:complexType></xs:element>"
    "<xs:element name='total' type='xs:decimal'/></xs:sequence>"
    "<xs:attribute name='id' type='xs:string'/></xs:complexType></xs:element></xs:schema>";

// -- what is measured ----------------------------------------------------------------------------

static enum status parse_json(struct scope *s, const struct bench *b)
{
    struct json j = {0};

    return json_parse(s, b->json_text, &json_limits_strict, &j);
}

static enum status check_schema(struct scope *s, const struct bench *b)
{
    return schema_check(s, b->schema, b->receipt, 10, NULL);
}

static enum status check_plain_schema(struct scope *s, const struct bench *b)
{
    return schema_check(s, b->plain_schema, b->receipt, 10, NULL);
}

static enum status parse_xml(struct scope *s, const struct bench *b)
{
    struct json j = {0};

    return xml_parse(s, b->xml_text, NULL, &j, NULL);
}

static enum status parse_xml_xsd(struct scope *s, const struct bench *b)
{
    const struct xml_options options = {.xsd = b->xsd, .violations_max = 10};
    struct json j = {0};

    return xml_parse(s, b->xml_text, &options, &j, NULL);
}

static enum status look_at_place(struct scope *s, const struct bench *b)
{
    struct json j = {0};

    return jsonpath_value(s, b->place, b->receipt, &j);
}

static enum status look_by_filter(struct scope *s, const struct bench *b)
{
    struct json j = {0};

    return jsonpath_value(s, b->filter, b->receipt, &j);
}

static enum status look_everywhere(struct scope *s, const struct bench *b)
{
    struct json j = {0};

    return jsonpath_value(s, b->everywhere, b->receipt, &j);
}

static enum status evaluate_path(struct scope *s, const struct bench *b)
{
    const struct eval eval = {.input = b->receipt};
    struct eval_failure failure = {0};
    struct json j = {0};

    return path_evaluate(s, b->path, &eval, &j, &failure);
}

static enum status put_result(struct scope *s, const struct bench *b)
{
    struct eval_failure failure = {0};
    struct json j = {0};

    return path_put(s, b->result_path, b->receipt, json_null(), &j, &failure);
}

static enum status call_function(struct scope *s, const struct bench *b)
{
    const struct eval eval = {.input = b->receipt};
    struct eval_failure failure = {0};
    struct json j = {0};

    return intrinsic_evaluate(s, b->call, &eval, &j, &failure);
}

static enum status fill_in(struct scope *s, const struct bench *b, const struct template *t)
{
    const struct eval eval = {.input = b->receipt};
    struct eval_failure failure = {0};
    struct json j = {0};

    return template_evaluate(s, t, &eval, &j, &failure);
}

static enum status fill_in_paths(struct scope *s, const struct bench *b)
{
    return fill_in(s, b, b->parameters);
}

static enum status fill_in_expressions(struct scope *s, const struct bench *b)
{
    return fill_in(s, b, b->arguments);
}

static double cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure(const struct bench *b, const char *what,
                    enum status (*work)(struct scope *s, const struct bench *b))
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double from = cpu_us();
        for (int turn = 0; turn < TURNS; turn++) {
            if (work(s, b) != OK)
                (void)printf("%s: %.*s\n", what, STR(scope_why(s)));
            scope_reset(s);
        }
        double each = (cpu_us() - from) / TURNS;
        best = each < best ? each : best;
    }
    (void)printf("{\"what\":\"%s\",\"cpu_us\":%.2f}\n", what, best);
    scope_close(s);
}

static enum status prepare_paths(struct scope *s, struct bench *b)
{
    TRY(jsonpath_compile(s, str("$.lines[3].name"), JSONPATH_STATES, &b->place));
    TRY(jsonpath_compile(s, str("$.lines[?(@.amount > 103)].sku"), JSONPATH_STATES, &b->filter));
    TRY(jsonpath_compile(s, str("$..amount"), JSONPATH_STATES, &b->everywhere));
    TRY(path_compile(s, str("$.store.city"), PATH_TEMPLATE, str("city.$"), &b->path));
    TRY(path_compile(s, str("$.checked.result"), PATH_RESULT, str("ResultPath"), &b->result_path));
    return intrinsic_compile(s, str("States.Format('{} of {}', $.number, $.store.city)"), &b->call);
}

static const char parameters_text[] =
    "{\"number.$\":\"$.number\",\"to\":{\"name.$\":\"$.store.name\",\"copies\":2},\"kind\":\"x\","
    "\"lines.$\":\"$.lines[0:3]\",\"text.$\":\"States.Format('{}', $.total)\"}";
static const char arguments_text[] =
    "{\"number\":\"{% $states.input.number %}\",\"to\":{\"name\":\"{% $states.input.store.name "
    "%}\","
    "\"copies\":2},\"kind\":\"x\",\"sum\":\"{% $sum($states.input.lines.amount) %}\"}";

static enum status prepare_templates(struct scope *s, struct bench *b)
{
    struct json value = {0};

    TRY(json_parse(s, str(parameters_text), &json_limits_lenient, &value));
    TRY(template_compile_value(s, TEMPLATE_JSONPATH, str("Parameters"), value, &b->parameters,
                               NULL));
    TRY(json_parse(s, str(arguments_text), &json_limits_lenient, &value));
    return template_compile_value(s, TEMPLATE_JSONATA, str("Arguments"), value, &b->arguments,
                                  NULL);
}

static enum status prepare(struct scope *s, struct bench *b)
{
    struct schema_options options = {.assert_formats = true};
    struct json schema = {0};

    b->json_text = receipt_json(s);
    b->xml_text = receipt_xml(s);
    TRY(json_parse(s, b->json_text, &json_limits_strict, &b->receipt));
    TRY(prepare_paths(s, b));
    TRY(prepare_templates(s, b));
    TRY(json_parse(s, str(receipt_schema), &json_limits_strict, &schema));
    TRY(schema_compile_json(s, schema, &options, &b->schema));
    options.assert_formats = false;
    TRY(schema_compile_json(s, schema, &options, &b->plain_schema));
    return xsd_compile(s, str(receipt_xsd), &b->xsd);
}

int main(void)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct bench b = {0};

    if (prepare(s, &b) != OK) {
        (void)printf("%.*s\n", STR(scope_why(s)));
        return 1;
    }
    (void)printf("{\"json_bytes\":%zu,\"xml_bytes\":%zu}\n", b.json_text.bytes, b.xml_text.bytes);
    measure(&b, "parse JSON", parse_json);
    measure(&b, "check JSON Schema", check_schema);
    measure(&b, "check JSON Schema without formats", check_plain_schema);
    measure(&b, "parse XML to JSON", parse_xml);
    measure(&b, "parse XML to JSON with XSD", parse_xml_xsd);
    measure(&b, "JSONPath: $.lines[3].name", look_at_place);
    measure(&b, "JSONPath: $.lines[?(@.amount > 103)].sku", look_by_filter);
    measure(&b, "JSONPath: $..amount", look_everywhere);
    measure(&b, "States Language: path $.store.city", evaluate_path);
    measure(&b, "States Language: ResultPath $.checked.result", put_result);
    measure(&b, "States Language: States.Format of two paths", call_function);
    measure(&b, "States Language: payload template, 4 fields computed", fill_in_paths);
    measure(&b, "States Language: JSONata template, 3 fields computed", fill_in_expressions);
    scope_close(s);
    return 0;
}
