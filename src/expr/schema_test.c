#include "expr/schema.h"

#include "sys/thread.h"
#include "test/harness.h"

// Texts of JSON in these tests are written with ' instead of ".
static struct json json_of(struct scope *s, const char *text)
{
    struct str copy = str_copy(s, str(text));
    char *at = scope_bytes(s, copy.bytes);
    struct json j = {0};

    for (size_t i = 0; i < copy.bytes; i++)
        at[i] = copy.data[i] == '\'' ? '"' : copy.data[i];
    (void)test_expect_ok(json_parse(s, str_of(at, copy.bytes), &json_limits_lenient, &j), s,
                         __FILE__, __LINE__, text);
    return j;
}

static const struct schema *compiled(struct scope *s, const char *schema)
{
    const struct schema_options options = {.assert_formats = true};
    const struct schema *out = NULL;

    (void)test_expect_ok(schema_compile_json(s, json_of(s, schema), &options, &out), s, __FILE__,
                         __LINE__, schema);
    return out;
}

static enum status check(struct scope *s, const char *schema, const char *instance)
{
    struct schema_report report = {0};
    const struct schema *compiled_schema = compiled(s, schema);

    return compiled_schema ? schema_check(s, compiled_schema, json_of(s, instance), 5, &report)
                           : INTERNAL;
}

// -- sentences -----------------------------------------------------------------------------------

TEST(every_violation_is_a_sentence_for_people)
{
    static const struct {
        const char *schema;
        const char *instance;
        const char *sentence;
    } cases[] = {
        {"{'type':'string'}", "1", "the document must be a string, is a number"},
        {"{'type':['integer','null']}", "1.5",
         "the document must be a whole number or null, is 1.5"},
        {"{'type':['object','array','boolean','number']}", "''",
         "the document must be an object or an array or a number or true or false, is a string"},
        {"{'properties':{'a':{'minimum':1}}}", "{'a':0}", "/a must be at least 1, is 0"},
        {"{'exclusiveMinimum':1}", "1.0", "the document must be more than 1, is 1.0"},
        {"{'items':{'maximum':1.5}}", "[1,1.50000000000000000000001]",
         "/1 must be at most 1.5, is 1.50000000000000000000001"},
        {"{'exclusiveMaximum':1}", "1", "the document must be less than 1, is 1"},
        {"{'multipleOf':0.01}", "1.005", "the document must be a multiple of 0.01, is 1.005"},
        {"{'minLength':3}", "'\u00e9\u00e9'",
         "the document must have at least 3 characters, has 2"},
        {"{'maxLength':1}", "'\u00e9\u00e9'", "the document must have at most 1 character, has 2"},
        {"{'pattern':'^[A-Z]+$'}", "'a'", "the document must match the pattern ^[A-Z]+$"},
        {"{'format':'date'}", "'2023-02-29'", "the document must be a date (2026-03-04)"},
        {"{'format':'regex'}", "'('", "the document must be a regular expression"},
        {"{'enum':['A',1,null]}", "'B'", "the document must be one of \"A\", 1, null"},
        {"{'const':{'a':1}}", "2", "the document must be {\"a\":1}"},
        {"{'minItems':1}", "[]", "the document must have at least 1 item, has 0"},
        {"{'maxItems':1}", "[1,2]", "the document must have at most 1 item, has 2"},
        {"{'uniqueItems':true}", "[1,2,1.0]",
         "the document must not have equal items: 0 and 2 are"},
        {"{'contains':{'type':'null'}}", "[1]",
         "the document must have at least 1 item as \"contains\" describes, has 0"},
        {"{'contains':true,'maxContains':1}", "[1,2]",
         "the document must have at most 1 item as \"contains\" describes, has 2"},
        {"{'minProperties':1}", "{}", "the document must have at least 1 member, has 0"},
        {"{'maxProperties':0}", "{'a':1}", "the document must have at most 0 members, has 1"},
        {"{'required':['a','b']}", "{'b':1}", "the document must have the member \"a\""},
        {"{'dependentRequired':{'a':['b']}}", "{'a':1}",
         "the document must have the member \"b\", as it has \"a\""},
        {"{'properties':{'a':true},'additionalProperties':false}", "{'a':1,'b/c':2}",
         "/b~1c is not allowed"},
        {"{'propertyNames':{'maxLength':1}}", "{'a':1,'bc':2}",
         "the name of /bc must have at most 1 character, has 2"},
        {"{'not':{'type':'null'}}", "null", "the document must not be what \"not\" describes"},
        {"{'oneOf':[true,true]}", "1",
         "the document must fit only one of 2 alternatives, fits number 1 and 2"},
        {"{'anyOf':[{'type':'null'},{'properties':{'card':{'properties':{'number':"
         "{'type':'string'}}}}}]}",
         "{'card':{'number':1}}",
         "the document must fit at least one of 2 alternatives: /card/number must be a string, is "
         "a number"},
        {"{'if':{'required':['a']},'then':{'required':['b']}}", "{'a':1}",
         "the document must have the member \"b\""},
        {"{'properties':{'a':true},'unevaluatedProperties':false}", "{'b':1}", "/b is not allowed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT_EQUAL(check(s, cases[i].schema, cases[i].instance), REFUSED);
        EXPECT_STR(scope_why(s), cases[i].sentence);
    }
}

TEST(a_violation_names_its_place_in_document_and_schema)
{
    struct schema_report report = {0};
    const struct schema *schema =
        compiled(s, "{'properties':{'lines':{'items':{'$ref':'#/$defs/line'}}},"
                    "'$defs':{'line':{'properties':{'quantity':{'minimum':1}}}}}");
    REQUIRE(schema);

    EXPECT_EQUAL(schema_check(s, schema,
                              json_of(s, "{'lines':[{'quantity':1},{'quantity':2},{},"
                                         "{'quantity':0}]}"),
                              10, &report),
                 REFUSED);
    REQUIRE(report.count == 1);
    EXPECT(!report.more);
    EXPECT_STR(report.violations[0].instance, "/lines/3/quantity");
    EXPECT_STR(report.violations[0].schema, "schema#/$defs/line/properties/quantity/minimum");
    EXPECT_STR(report.violations[0].keyword, "minimum");
    EXPECT_STR(report.violations[0].message, "/lines/3/quantity must be at least 1, is 0");
    EXPECT_STR(scope_why(s), "/lines/3/quantity must be at least 1, is 0");
}

TEST(all_violations_are_listed_up_to_the_number_asked_for)
{
    struct schema_report report = {0};
    const struct schema *schema = compiled(s, "{'items':{'type':'string','minLength':2}}");
    REQUIRE(schema);
    struct json instance = json_of(s, "[1,'a','ab',2,3]");

    EXPECT_EQUAL(schema_check(s, schema, instance, 10, &report), REFUSED);
    EXPECT_EQUAL(report.count, 4);
    EXPECT(!report.more);
    EXPECT_EQUAL(schema_check(s, schema, instance, 2, &report), REFUSED);
    EXPECT_EQUAL(report.count, 2);
    EXPECT(report.more);
    EXPECT_EQUAL(schema_check(s, schema, instance, 0, NULL), REFUSED);
    EXPECT_STR(scope_why(s), "/0 must be a string, is a number");
    EXPECT_OK(schema_check(s, schema, json_of(s, "['ab']"), 2, &report));
    EXPECT_EQUAL(report.count, 0);
}

// -- numbers -------------------------------------------------------------------------------------

TEST(numbers_are_compared_and_divided_exactly)
{
    static const struct {
        const char *schema;
        const char *instance;
        bool valid;
    } cases[] = {
        {"{'maximum':0.1}", "0.1000000000000000000000000000001", false},
        {"{'maximum':9007199254740992}", "9007199254740993", false},
        {"{'minimum':-0.0}", "0", true},
        {"{'minimum':-0.05}", "-0.050", true},
        {"{'minimum':-0.05}", "-0.0501", false},
        {"{'maximum':999999999999999999}", "999999999999999999.0", true},
        {"{'maximum':999999999999999999}", "1000000000000000000", false},
        {"{'maximum':99999999999999999999}", "99999999999999999998", true},
        {"{'maximum':1}", "0.00000000000000001", true},
        {"{'minimum':123456789012345678}", "123456789012345.678", false},
        {"{'exclusiveMaximum':12.5}", "12.50", false},
        {"{'exclusiveMinimum':12}", "12.01", true},
        {"{'minimum':1e400}", "1e399", false},
        {"{'minimum':1e400}", "10e399", true},
        {"{'const':100}", "1.00e2", true},
        {"{'enum':[0.3]}", "0.30", true},
        {"{'multipleOf':0.01}", "19.99", true},
        {"{'multipleOf':0.01}", "0.075", false},
        {"{'multipleOf':0.0001}", "0.0075", true},
        {"{'multipleOf':1e-8}", "1234567890123456789012345678901234567890.12345678", true},
        {"{'multipleOf':3}", "100000000000000000000000000000000000000000000000002", true},
        {"{'multipleOf':3}", "100000000000000000000000000000000000000000000000003", false},
        {"{'multipleOf':7}", "7e1000000", true},
        {"{'multipleOf':7}", "1e1000000", false},
        {"{'multipleOf':0.5}", "1e308", true},
        {"{'multipleOf':1e3}", "2000", true},
        {"{'multipleOf':1e3}", "2500", false},
        {"{'multipleOf':999999999999999999}", "999999999999999998000000000000000001", true},
        {"{'multipleOf':5}", "-15.0", true},
        {"{'multipleOf':5}", "0e5", true},
        {"{'type':'integer'}", "1.0", true},
        {"{'type':'integer'}", "1e3", true},
        {"{'type':'integer'}", "1.5e1", true},
        {"{'type':'integer'}", "1.5", false},
        {"{'type':'integer'}", "1e-1", false},
        {"{'type':'integer'}", "100e-2", true},
        {"{'type':'integer'}", "0.0", true},
        {"{'uniqueItems':true}", "[1,2,3,4,5,6,7,8,9,10,100,1e1]", false},
        {"{'uniqueItems':true}", "[1,2,3,4,5,6,7,8,9,10,100,1e3]", true},
        {"{'uniqueItems':true}", "[1,2,3,4,5,6,7,8,9,{'a':1,'b':2},{'b':2.0,'a':1}]", false},
        {"{'uniqueItems':true}", "[1,2,3,4,5,6,7,8,9,[0],['0'],[false],[[]],[{}],'0','']", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum status e = check(s, cases[i].schema, cases[i].instance);
        (void)test_expect(e == (cases[i].valid ? OK : REFUSED), __FILE__, __LINE__,
                          cases[i].instance);
    }
}

// -- wrong schemas -------------------------------------------------------------------------------

TEST(a_wrong_schema_is_refused_with_place_and_reason)
{
    static const struct {
        const char *schema;
        enum status status;
        const char *why;
    } cases[] = {
        {"1", INVALID, "schema# must be a schema, is number"},
        {"{'properties':{'a':1}}", INVALID, "schema#/properties/a must be a schema, is number"},
        {"{'properties':{'a':{'minLength':-1}}}", INVALID,
         "schema#/properties/a/minLength must be a whole number of at least 0, is -1"},
        {"{'minLength':1.5}", INVALID,
         "schema#/minLength must be a whole number of at least 0, is 1.5"},
        {"{'type':'text'}", INVALID, "schema#/type names the unknown type \"text\""},
        {"{'type':['string',1]}", INVALID,
         "schema#/type must be a string or array of strings, is [\"string\",1]"},
        {"{'required':'a'}", INVALID, "schema#/required must be an array of strings, is \"a\""},
        {"{'required':[1]}", INVALID, "schema#/required must be an array of strings, is [1]"},
        {"{'allOf':[]}", INVALID, "schema#/allOf must be a non-empty array of schemas, is []"},
        {"{'properties':[]}", INVALID, "schema#/properties must be an object, is []"},
        {"{'multipleOf':0}", INVALID,
         "schema#/multipleOf must be a number above 0 of at most 18 digits, is 0"},
        {"{'pattern':'('}", INVALID,
         "schema#/pattern: the pattern \"(\" is wrong: missing closing parenthesis"},
        {"{'patternProperties':{'\\\\Z':true}}", INVALID,
         "schema#/patternProperties: the pattern \"\\Z\" is wrong at character 1: this escape does "
         "not exist in ECMA-262"},
        {"{'$ref':'#/$defs/x'}", NOT_FOUND, "schema#/$ref: there is no /$defs in schema"},
        {"{'items':{'$ref':'#x'}}", NOT_FOUND,
         "schema#/items/$ref: there is no anchor \"x\" in schema"},
        {"{'$ref':'other.json'}", NOT_FOUND, "schema#/$ref: there is no document other.json"},
        {"{'$ref':'#/title','title':'x'}", INVALID,
         "schema#/$ref: schema#/title must be a schema, is string"},
        {"{'$ref':'#'}", INVALID, "schema# refers to itself without end"},
        {"{'$ref':'#/$defs/a','$defs':{'a':{'allOf':[{'not':{'$ref':'#'}}]}}}", INVALID, NULL},
        {"{'$id':'a#b'}", INVALID, "schema#/$id must not have a fragment, is \"a#b\""},
        {"{'$defs':{'a':{'$id':'x'},'b':{'$id':'x'}}}", INVALID,
         "schema#/$defs/b/$id: there is another schema x"},
        {"{'$defs':{'a':{'$anchor':'x'},'b':{'$anchor':'x'}}}", INVALID,
         "schema#/$defs/b/$anchor: there is another anchor \"x\" in schema"},
        {"{'$anchor':'1x'}", INVALID, NULL},
        {"{'$schema':'http://json-schema.org/draft-07/schema#'}", UNSUPPORTED,
         "http://json-schema.org/draft-07/schema is another draft; this one is 2020-12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct schema *schema = NULL;
        EXPECT_EQUAL(schema_compile_json(s, json_of(s, cases[i].schema), NULL, &schema),
                     cases[i].status);
        if (cases[i].why)
            EXPECT_STR(scope_why(s), cases[i].why);
    }
}

TEST(an_unknown_keyword_is_an_error_only_when_asked_for)
{
    const struct schema_options strict = {.refuse_unknown = true};
    const struct schema *schema = NULL;

    EXPECT_OK(schema_compile_json(s, json_of(s, "{'require':['a']}"), NULL, &schema));
    EXPECT_EQUAL(
        schema_compile_json(s, json_of(s, "{'items':{'require':['a']}}"), &strict, &schema),
        INVALID);
    EXPECT_STR(scope_why(s), "schema#/items/require is an unknown keyword");
    EXPECT_OK(
        schema_compile_json(s, json_of(s, "{'x-masked':true,'example':1}"), &strict, &schema));
}

// -- libraries -----------------------------------------------------------------------------------

static const char openapi[] =
    "{'openapi':'3.1.0','paths':{'/receipts':{'post':{'requestBody':{'content':"
    "{'application/json':{'schema':{'$ref':'#/components/schemas/Receipt'}}}}}}},"
    "'components':{'schemas':{"
    "'Receipt':{'type':'object','required':['lines'],'properties':{"
    "'lines':{'type':'array','items':{'$ref':'#/components/schemas/Line'}},"
    "'parent':{'$ref':'#/components/schemas/Receipt'}}},"
    "'Line':{'type':'object','properties':{'quantity':{'type':'integer','minimum':1}}}}}}";

TEST(schemas_inside_an_openapi_document_are_compiled_where_they_stand)
{
    struct schema_library *library = schema_library_new(s, NULL);
    const struct schema *body = NULL;
    const struct schema *line = NULL;
    struct schema_report report = {0};

    REQUIRE_OK(schema_library_add(library, str("openapi.json"), json_of(s, openapi)));
    REQUIRE_OK(schema_compile(library,
                              str("openapi.json#/paths/~1receipts/post/requestBody/content/"
                                  "application~1json/schema"),
                              &body));
    REQUIRE_OK(schema_compile(library, str("openapi.json#/components/schemas/Line"), &line));
    EXPECT_OK(schema_check(s, body, json_of(s, "{'lines':[{'quantity':1}]}"), 1, &report));
    EXPECT_EQUAL(schema_check(s, body,
                              json_of(s, "{'lines':[],'parent':{'lines':[{'quantity':0}]}}"), 1,
                              &report),
                 REFUSED);
    EXPECT_STR(report.violations[0].schema,
               "openapi.json#/components/schemas/Line/properties/quantity/minimum");
    EXPECT_EQUAL(schema_check(s, line, json_of(s, "{'quantity':0}"), 1, &report), REFUSED);
    EXPECT_EQUAL(schema_compile(library, str("openapi.json#/components/schemas/None"), &line),
                 NOT_FOUND);
    EXPECT_EQUAL(schema_library_add(library, str("openapi.json"), json_null()), CONFLICT);
}

struct documents {
    const char *uri;
    const char *text;
    unsigned loads;
};

static enum status load_document(void *context, struct scope *s, struct str uri, struct json *out)
{
    struct documents *d = context;

    d->loads++;
    if (!str_is(uri, d->uri))
        return fail(s, NOT_FOUND, "no %.*s here", STR(uri));
    *out = json_of(s, d->text);
    return OK;
}

TEST(a_document_that_is_missing_is_asked_for_once)
{
    struct documents documents = {"https://example.com/types/line.json", "{'type':'integer'}", 0};
    const struct schema_options options = {.load = load_document, .context = &documents};
    const struct schema *schema = NULL;
    const char *text = "{'$id':'https://example.com/types/till.json','items':{'$ref':'line.json'},"
                       "'contains':{'$ref':'line.json#'}}";

    REQUIRE_OK(schema_compile_json(s, json_of(s, text), &options, &schema));
    EXPECT_EQUAL(documents.loads, 1);
    EXPECT_EQUAL(schema_check(s, schema, json_of(s, "['a']"), 1, NULL), REFUSED);
    EXPECT_EQUAL(schema_compile_json(s, json_of(s, "{'$ref':'x.json'}"), &options, &schema),
                 NOT_FOUND);
    EXPECT_STR(scope_why(s), "schema#/$ref: no x.json here");
}

TEST(the_metaschema_is_always_there)
{
    static const char reference[] = "{'$ref':'https://json-schema.org/draft/2020-12/schema'}";

    EXPECT_OK(check(s, reference, "{'type':'object','properties':{'a':{'minimum':1}}}"));
    EXPECT_EQUAL(check(s, reference, "{'properties':{'a':{'minimum':'1'}}}"), REFUSED);
    EXPECT_STR(scope_why(s), "/properties/a/minimum must be a number, is a string");
}

// -- hostile schemas and documents ---------------------------------------------------------------

TEST(a_document_that_takes_too_many_steps_is_refused)
{
    // Each level doubles the work of the one below.
    struct str defs = str("'d0':{'type':'string'}");
    for (unsigned i = 1; i < 40; i++) {
        defs = str_format(s,
                          "%.*s,'d%u':{'properties':{'a':{'anyOf':[{'$ref':'#/$defs/d%u'},"
                          "{'$ref':'#/$defs/d%u'}]}},'required':['a']}",
                          STR(defs), i, i - 1, i - 1);
    }
    char *schema = str_z(s, str_format(s, "{'$ref':'#/$defs/d39','$defs':{%.*s}}", STR(defs)));
    struct str instance = str("1");
    for (unsigned i = 0; i < 39; i++)
        instance = str_format(s, "{'a':%.*s}", STR(instance));

    EXPECT_EQUAL(check(s, schema, str_z(s, instance)), REFUSED);
    EXPECT_STR(scope_why(s), "the document takes too many steps to check against its schema");
}

TEST(a_schema_that_leads_too_deep_is_refused_not_followed)
{
    // The dynamic reference leads back to where it stands, which no compiler can know.
    EXPECT_EQUAL(check(s,
                       "{'$id':'https://e.com/a','$dynamicAnchor':'x','$ref':'b','$defs':{'b':"
                       "{'$id':'b','$dynamicRef':'#x','$defs':{'x':{'$dynamicAnchor':'x'}}}}}",
                       "1"),
                 REFUSED);
    EXPECT_STR(scope_why(s), "the document leads too deep into its schema");
}

TEST(a_pattern_that_explodes_is_refused_even_under_not)
{
    static const char subject[] = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'";

    EXPECT_EQUAL(check(s, "{'not':{'pattern':'^(a|a|aa)+$'}}", subject), REFUSED);
    EXPECT_STR(scope_why(s), "matching a pattern takes too many steps on this text");
}

TEST(a_small_scope_is_a_refusal_and_no_crash)
{
    const struct schema *schema = compiled(s, "{'items':{'type':'string','pattern':'^a'}}");
    struct json instance = json_of(s, "[1,2,3,4,5,6,7,8,9,'b']");
    struct schema_report report = {0};
    REQUIRE(schema);

    for (size_t bytes = 1 << 10; bytes <= 1 << 20; bytes *= 2) {
        struct scope *small = scope_open(bytes);
        EXPECT_EQUAL(schema_check(small, schema, instance, 100, &report), REFUSED);
        scope_close(small);
    }
}

TEST(a_library_that_runs_out_of_memory_says_so)
{
    struct json text = json_of(s, "{'properties':{'a':{'pattern':'^a'},'b':{'enum':['x','y']}}}");
    const struct schema *schema = NULL;

    for (size_t bytes = 32 << 10; bytes <= 4 << 20; bytes *= 2) {
        struct scope *small = scope_open(bytes);
        enum status e = schema_compile_json(small, text, NULL, &schema);
        EXPECT_EQUAL(e, bytes < 512 << 10 ? TOO_LARGE : OK);
        scope_close(small);
    }
}

TEST(many_required_names_are_all_looked_for)
{
    struct str names = str("'n0'");
    struct str members = str("'n0':0");
    for (unsigned i = 1; i < 150; i++) {
        names = str_format(s, "%.*s,'n%u'", STR(names), i);
        if (i != 149)
            members = str_format(s, "%.*s,'n%u':0", STR(members), i);
    }
    char *schema = str_z(s, str_format(s, "{'required':[%.*s,'n3']}", STR(names)));

    EXPECT_EQUAL(check(s, schema, str_z(s, str_format(s, "{%.*s}", STR(members)))), REFUSED);
    EXPECT_STR(scope_why(s), "the document must have the member \"n149\"");
    EXPECT_OK(check(s, schema, str_z(s, str_format(s, "{%.*s,'n149':1}", STR(members)))));
}

// -- threads -------------------------------------------------------------------------------------

struct checks {
    const struct schema *schema;
    struct json good;
    struct json bad;
    unsigned wrong;
};

static void check_often(void *argument)
{
    struct checks *c = argument;

    for (unsigned i = 0; i < 500; i++) {
        struct scope *s = scope_open(1 << 20);
        struct schema_report report = {0};
        c->wrong += schema_check(s, c->schema, c->good, 3, &report) != OK;
        c->wrong += schema_check(s, c->schema, c->bad, 3, &report) != REFUSED;
        c->wrong += report.count != 2;
        scope_close(s);
    }
}

TEST(one_schema_serves_many_threads)
{
    enum { THREADS = 4 };
    struct thread *threads[THREADS];
    struct checks checks[THREADS];
    const struct schema *schema =
        compiled(s, "{'properties':{'a':{'pattern':'^[a-z]+$'},'b':{'enum':[1,'x']}},"
                    "'unevaluatedProperties':false,'required':['a']}");
    REQUIRE(schema);

    for (size_t i = 0; i < THREADS; i++) {
        checks[i] = (struct checks){.schema = schema,
                                    .good = json_of(s, "{'a':'abc','b':1.0}"),
                                    .bad = json_of(s, "{'a':'A','b':2}")};
        threads[i] = thread_start("schema", check_often, &checks[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
        EXPECT_EQUAL(checks[i].wrong, 0);
    }
}
