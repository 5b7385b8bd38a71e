// JSONPath: the first line is a query, the rest a document. In both flavours: whatever compiles
// selects the same with and without locations, each location leads to its node, and a value is
// what was selected.
#include "core/json.h"
#include "expr/jsonpath.h"
#include "test/fuzz/fuzz.h"

enum { STEPS_MAX = 20000, SHOWN_MAX = 50 };

// A location, read as a query, selects that node and no other.
static void check_location(struct scope *s, const struct jsonpath_nodes *nodes, size_t index,
                           struct json document)
{
    struct str text = jsonpath_location_text(s, nodes->locations[index]);
    const struct jsonpath *path = NULL;
    struct json value = {0};

    if (jsonpath_compile(s, text, JSONPATH_RFC9535, &path) != OK) {
        assert(text.bytes > JSONPATH_TEXT_BYTES_MAX);
        return;
    }
    enum status e = jsonpath_value(s, path, document, &value);
    assert(e == OK && jsonpath_is_definite(path));
    assert(json_equal(value, nodes->values[index]));
}

static void check_flavour(struct scope *s, struct str query, struct json document,
                          enum jsonpath_flavour flavour)
{
    const struct jsonpath_options options = {.steps_max = STEPS_MAX};
    const struct jsonpath_options located = {.steps_max = STEPS_MAX, .locations = true};
    const struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};
    struct jsonpath_nodes same = {0};
    struct json value = {0};

    if (jsonpath_compile(s, query, flavour, &path) != OK)
        return;
    enum status e = jsonpath_select(s, path, document, &options, &nodes);
    enum status again = jsonpath_select(s, path, document, &located, &same);
    assert(e == again && nodes.count == same.count);
    if (e != OK || jsonpath_value(s, path, document, &value) != OK)
        return;
    assert(!jsonpath_is_definite(path) || nodes.count <= 1);
    if (!jsonpath_is_definite(path))
        assert(value.count == nodes.count);
    for (size_t i = 0; i < same.count && i < SHOWN_MAX && flavour == JSONPATH_RFC9535; i++)
        check_location(s, &same, i, document);
}

static void check_tightly(struct str query, struct json document)
{
    struct scope *tight = scope_open(32 << 10);
    const struct jsonpath *path = NULL;
    struct jsonpath_nodes nodes = {0};

    if (query.bytes < 40 && jsonpath_compile(tight, query, JSONPATH_STATES, &path) == OK)
        (void)jsonpath_select(tight, path, document, NULL, &nodes);
    scope_close(tight);
}

FUZZ
{
    struct str rest = input;
    struct str query = str_cut(&rest, '\n');
    struct json document = {0};

    if (json_parse(s, rest, &json_limits_lenient, &document) != OK)
        document = json_array(NULL, 0);
    check_flavour(s, query, document, JSONPATH_RFC9535);
    check_flavour(s, query, document, JSONPATH_STATES);
    check_tightly(query, document);
}
