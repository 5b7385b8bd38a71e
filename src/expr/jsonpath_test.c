// Tables of queries: what is selected, what is refused, where the flavours differ. The compliance
// suite runs too, where it is there.
#include "expr/jsonpath.h"

#include "core/json.h"
#include "core/scope.h"
#include "test/harness.h"

static struct json parsed(struct scope *s, const char *text)
{
    struct json out = {0};
    enum status e = json_parse(s, str(text), &json_limits_lenient, &out);

    EXPECT_EQUAL(e, OK);
    return out;
}

struct selection {
    const char *query;
    const char *selected; // "" for a query that is refused
};

static void check_selection(struct scope *s, const struct selection *c,
                            enum jsonpath_flavour flavour, struct json document)
{
    const struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};
    struct str is = {0};

    if (jsonpath_compile(s, str(c->query), flavour, &path) == OK &&
        jsonpath_select(s, path, document, NULL, &nodes) == OK)
        is = json_to_str(s, json_array(nodes.values, nodes.count));
    (void)test_expect_equal_str(is, str(c->selected), __FILE__, __LINE__, c->query);
}

static const char library[] =
    "{\"shelf\":[{\"title\":\"A\",\"pages\":120,\"by\":{\"name\":\"Ann\"}},"
    "{\"title\":\"B\",\"pages\":300.0,\"tags\":[\"x\",\"y\"]},"
    "{\"title\":\"C\",\"pages\":1e2,\"tags\":[],\"by\":null}],"
    "\"open\":true,\"n-1\":7,\"é\":\"ü\",\"deep\":{\"title\":\"D\",\"deep\":{\"title\":\"E\"}}}";

TEST(queries_of_the_rfc_select_what_they_name)
{
    static const struct selection cases[] = {
        {"$.open", "[true]"},
        {"$['n-1']", "[7]"},
        {"$[\"n\\u002d1\"]", "[7]"},
        {"$.é", "[\"ü\"]"},
        {"$.shelf[0].title", "[\"A\"]"},
        {"$.shelf[-1].title", "[\"C\"]"},
        {"$.shelf[3]", "[]"},
        {"$.shelf[-4]", "[]"},
        {"$.open.title", "[]"},
        {"$.shelf[*].title", "[\"A\",\"B\",\"C\"]"},
        {"$.shelf[::-1].title", "[\"C\",\"B\",\"A\"]"},
        {"$.shelf[1:].title", "[\"B\",\"C\"]"},
        {"$.shelf[:-1].title", "[\"A\",\"B\"]"},
        {"$.shelf[5:0:-2].title", "[\"C\"]"},
        {"$.shelf[::0]", "[]"},
        {"$.shelf[0,2,0]['title','pages']", "[\"A\",120,\"C\",1e2,\"A\",120]"},
        {"$..title", "[\"A\",\"B\",\"C\",\"D\",\"E\"]"},
        {"$..deep..title", "[\"D\",\"E\",\"E\"]"},
        {"$.deep.*", "[\"D\",{\"title\":\"E\"}]"},
        {"$.shelf[?@.pages == 100].title", "[\"C\"]"},
        {"$.shelf[?@.pages >= 120].pages", "[120,300.0]"},
        {"$.shelf[?@.title<'C' && !@.tags].title", "[\"A\"]"},
        {"$.shelf[?@.tags[0] || @.by.name].title", "[\"A\",\"B\"]"},
        {"$.shelf[?@.by == null].title", "[\"C\"]"},
        {"$.shelf[?@.by != null].title", "[\"A\",\"B\"]"},
        {"$.shelf[?@.none == $.none].title", "[\"A\",\"B\",\"C\"]"},
        {"$.shelf[?@.title < 5 || @.title > 5]", "[]"},
        {"$.shelf[?(@.title == 'A' || @.title == 'B') && @.tags].title", "[\"B\"]"},
        {"$.shelf[?length(@.title) == 1 && count(@.tags[*]) == 2].title", "[\"B\"]"},
        {"$.shelf[?value(@..name) == 'Ann'].title", "[\"A\"]"},
        {"$.shelf[?match(@.title, '[AB]')].title", "[\"A\",\"B\"]"},
        {"$.shelf[?search(@.by.name, 'n{2}')].title", "[\"A\"]"},
        {"$.shelf[?match(@.title, '[')].title", "[]"},
        {"$.shelf[?match(@.title, $.deep.title)].title", "[]"},
        {"$[?@ == true]", "[true]"},
        {"$.shelf[?@.tags == ['x']]", ""},
    };
    struct json document = parsed(s, library);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_selection(s, &cases[i], JSONPATH_RFC9535, document);
}

TEST(what_is_no_jsonpath_is_refused_with_its_place)
{
    static const struct {
        const char *query;
        const char *place; // in the sentence
    } cases[] = {
        {"", "character 1"},
        {"a", "character 1"},
        {" $", "character 1"},
        {"$ ", "character 2: nothing may follow"},
        {"$.", "character 3"},
        {"$.é.1", "character 5"},
        {"$.a-b", "character 4"},
        {"$..", "character 4"},
        {"$.['a']", "character 3"},
        {"$[", "character 3"},
        {"$['a", "character 3: this text is never closed"},
        {"$['\\x']", "character 4"},
        {"$[\"\\uD800\"]", "surrogate"},
        {"$['\t']", "must be escaped"},
        {"$[01]", "character 3"},
        {"$[-0]", "no whole number"},
        {"$[9007199254740992]", "too large"},
        {"$[1:2:3:4]", "not closed"},
        {"$[?@.*==1]", "not one value"},
        {"$[?1]", "literal"},
        {"$[?true && @.a]", "literal"},
        {"$[?!@.a==1]", "not closed"},
        {"$[?length(@.*)==1]", "not of the type"},
        {"$[?count(1)==1]", "not of the type"},
        {"$[?length(@.a)]", "must be compared"},
        {"$[?match(@.a,'a')==true]", "not one value"},
        {"$[?match(@.a)]", "more arguments"},
        {"$[?match(@.a,'a','b')]", "too many"},
        {"$[?nosuch(@)]", "function"},
        {"$[?@.a==1.]", "no number"},
        {"$[?@.a==.1]", "wanted"},
        {"$[?@.a==01]", "no number"},
        {"$[?(@.a]", "parenthesis"},
        {"$\xff", "UTF-8"},
    };
    const struct jsonpath *path = NULL;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum status e = jsonpath_compile(s, str(cases[i].query), JSONPATH_RFC9535, &path);
        EXPECT_EQUAL(e, INVALID);
        struct str why = scope_why(s);
        if (!test_expect(str_find(why, str(cases[i].place)) < why.bytes, __FILE__, __LINE__,
                         cases[i].query))
            EXPECT_STR(why, cases[i].place);
    }
}

TEST(the_states_flavour_is_lenient)
{
    static const struct selection cases[] = {
        {"$.n-1", "[7]"},
        {"  $.open ", "[true]"},
        {"$.shelf.[1].['title']", "[\"B\"]"},
        {"$.deep['title','deep']", "[{\"title\":\"D\",\"deep\":{\"title\":\"E\"}}]"},
        {"$.deep['title','nosuch']", "[{\"title\":\"D\"}]"},
        {"$.deep.sum()", "[]"},
        {"$.shelf[?(@.pages > 100)].title", "[\"A\",\"B\"]"},
        {"$.shelf[?(@.title=='A'||@.title == \"B\")].title", "[\"A\",\"B\"]"},
        {"$.shelf[?(@.by)].title", "[\"A\",\"C\"]"},
        {"$.deep[?(@.title=='D')].title", "[\"D\"]"},
        {"$.deep[?(@.title=='E')].title", "[]"},
        {"$.shelf[1].tags[?(@ == 'x')]", "[]"},
        {"$..[?(@.title=='E')].title", "[\"E\"]"},
        {"$.nosuch[1:]", "[]"},
        {"$.nosuch.nosuch[*]", "[]"},
        {"$.shelf[*].title", "[\"A\",\"B\",\"C\"]"},
        {"$.a b", ""},
        {"$.", ""},
        {"$..", ""},
        {"$.a.", ""},
        {"$.a]", ""},
        {"$['a'", ""},
    };
    struct json document = parsed(s, library);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_selection(s, &cases[i], JSONPATH_STATES, document);
}

TEST(a_definite_query_gives_a_value_and_any_other_an_array)
{
    static const struct {
        const char *query;
        bool definite;
        int steps; // -1: no reference path
        const char *value;
    } cases[] = {
        {"$", true, 0, "{\"a\":{\"b\":[1.0,2]}}"},
        {"$.a.b[0]", true, 3, "1.0"},
        {"$['a']['b'][-1]", true, 3, "2"},
        {"$.a.c", true, 2, ""},
        {"$.a['b','c']", true, -1, "{\"b\":[1.0,2]}"},
        {"$.a[*]", false, -1, "[[1.0,2]]"},
        {"$.a.b[0,1]", false, -1, "[1.0,2]"},
        {"$.a.b[0:1]", false, -1, "[1.0]"},
        {"$..b", false, -1, "[[1.0,2]]"},
        {"$.a[?(@.c)]", false, -1, "[]"},
    };
    struct json document = parsed(s, "{\"a\":{\"b\":[1.0,2]}}");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct jsonpath *path = NULL;
        const struct jsonpath_step *steps = NULL;
        struct json value = {0};
        size_t count = 0;
        REQUIRE_OK(jsonpath_compile(s, str(cases[i].query), JSONPATH_STATES, &path));
        EXPECT_EQUAL(jsonpath_is_definite(path), cases[i].definite);
        EXPECT_EQUAL(jsonpath_steps(path, &steps, &count) ? (int)count : -1, cases[i].steps);
        EXPECT_OK(jsonpath_value(s, path, document, &value));
        struct str is = json_is(value, JSON_NONE) ? str("") : json_to_str(s, value);
        (void)test_expect_equal_str(is, str(cases[i].value), __FILE__, __LINE__, cases[i].query);
    }
}

TEST(a_reference_path_allocates_nothing)
{
    struct json document = parsed(s, library);
    const struct jsonpath *path = NULL;
    struct json value = {0};

    REQUIRE_OK(jsonpath_compile(s, str("$.shelf[0].by.name"), JSONPATH_STATES, &path));
    size_t before = scope_used(s);
    EXPECT_OK(jsonpath_value(s, path, document, &value));
    EXPECT_EQUAL(scope_used(s), before);
    EXPECT_STR(json_text(value), "Ann");
}

TEST(locations_are_normalized_paths)
{
    struct json document = parsed(s, "{\"a\":[{\"it's\":1},{\"\\\\\\n\\u0001\":2}]}");
    const struct jsonpath *path = NULL;
    struct jsonpath_options options = {.locations = true};
    struct jsonpath_nodes nodes = {0};

    REQUIRE_OK(jsonpath_compile(s, str("$..*"), JSONPATH_RFC9535, &path));
    REQUIRE_OK(jsonpath_select(s, path, document, &options, &nodes));
    REQUIRE(nodes.count == 5);
    EXPECT_STR(jsonpath_location_text(s, NULL), "$");
    EXPECT_STR(jsonpath_location_text(s, nodes.locations[0]), "$['a']");
    EXPECT_STR(jsonpath_location_text(s, nodes.locations[2]), "$['a'][1]");
    EXPECT_STR(jsonpath_location_text(s, nodes.locations[3]), "$['a'][0]['it\\'s']");
    EXPECT_STR(jsonpath_location_text(s, nodes.locations[4]), "$['a'][1]['\\\\\\n\\u0001']");
}

// "[[[…]]]" with `depth` brackets.
static struct json nested(struct scope *s, size_t depth)
{
    struct json *levels = scope_array(s, depth, sizeof *levels);

    levels[0] = json_array(NULL, 0);
    for (size_t i = 1; i < depth; i++)
        levels[i] = json_array(&levels[i - 1], 1);
    return levels[depth - 1];
}

TEST(an_evaluation_ends_after_its_steps)
{
    static const char *const queries[] = {
        "$..[?$..[?$..[?@ == 1]]]",
        "$..*..*..*..*..*..*",
        "$..[?@ == $]",
        "$[*][?count($..*) == 7]",
    };
    struct json document = nested(s, 200);
    const struct jsonpath_options options = {.steps_max = 20000};
    struct jsonpath_nodes nodes = {0};

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        const struct jsonpath *path = NULL;
        REQUIRE_OK(jsonpath_compile(s, str(queries[i]), JSONPATH_RFC9535, &path));
        enum status e = jsonpath_select(s, path, document, &options, &nodes);
        (void)test_expect(e == OK || e == LIMIT, __FILE__, __LINE__, queries[i]);
        EXPECT_EQUAL(e, i < 2 ? LIMIT : OK);
    }
}

TEST(an_evaluation_of_deep_documents_ends)
{
    struct json document = nested(s, 900);
    struct str deep = str("$..[?$..[?$..[?$..[?$..[?@ == 1]]]]]");

    const struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};

    REQUIRE_OK(jsonpath_compile(s, deep, JSONPATH_RFC9535, &path));
    EXPECT_EQUAL(jsonpath_select(s, path, document, NULL, &nodes), LIMIT);
}

TEST(what_has_no_room_is_refused)
{
    struct json document = parsed(s, "[[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9]]");
    struct scope *small = scope_open(16 << 10);
    const struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};

    REQUIRE_OK(jsonpath_compile(s, str("$[*,*,*,*,*,*,*,*,*,*][*,*,*,*,*,*,*,*,*,*]"),
                                JSONPATH_RFC9535, &path));
    EXPECT_EQUAL(jsonpath_select(small, path, document, NULL, &nodes), TOO_LARGE);
    scope_close(small);
}

TEST(a_query_of_a_stranger_is_limited_in_size_and_nesting)
{
    struct buf_free {
        char text[JSONPATH_TEXT_BYTES_MAX + 2];
    } *long_one = scope_new(s, struct buf_free);
    const struct jsonpath *path = NULL;

    memset(long_one->text, 'a', sizeof long_one->text);
    long_one->text[0] = '$';
    long_one->text[1] = '.';
    EXPECT_EQUAL(
        jsonpath_compile(s, str_of(long_one->text, sizeof long_one->text), JSONPATH_RFC9535, &path),
        TOO_LARGE);
    memset(long_one->text, '(', 1000);
    memcpy(long_one->text, "$[?", 3);
    EXPECT_EQUAL(jsonpath_compile(s, str_of(long_one->text, 1000), JSONPATH_RFC9535, &path),
                 TOO_LARGE);
}
