// Lookup tables: shipped and given, CSV and JSON; what they add, and which tables are refused.
#include "services/signing/lookup.h"

#include "core/scope.h"
#include "edge/service.h"
#include "services/signing/signing.h"
#include "sys/file.h"
#include "sys/settings.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

static void free_world(void *world)
{
    sim_free(world);
}

// A platform with a folder of tables, given as name and text in turn.
static struct platform *platform_with(struct scope *s, const char *const *tables, bool strict)
{
    struct platform *p = scope_new(s, struct platform);
    static const struct setting_def *lists[] = {NULL, NULL};
    static char *none[] = {NULL};
    char **flags = scope_array(s, 3, sizeof *flags);
    struct settings *settings = NULL;

    p->world = sim_new(1);
    scope_defer(s, free_world, p->world);
    EXPECT_OK(directory_make(s, p->world, str("tables")));
    for (; *tables; tables += 2)
        EXPECT_OK(file_write_whole(s, p->world, str_concat(s, 2, str("tables/"), str(tables[0])),
                                   str(tables[1])));
    lists[0] = signing_service.settings;
    flags[0] = str_z(s, str("--signing.lookups=tables"));
    flags[1] = strict ? str_z(s, str("--signing.lookups_strict=true")) : NULL;
    struct settings_sources from = {
        .world = p->world, .tables = lists, .environment = none, .flags = flags};
    EXPECT_OK(settings_load(s, &from, &settings));
    p->settings = settings;
    return p;
}

static struct json row_of(struct scope *s, const char *text)
{
    struct json row = {0};

    EXPECT_OK(json_parse(s, str(text), &json_limits_strict, &row));
    return row;
}

static const char dealers[] = "dealer_id;dealer_name;brand.name;brand.city\n"
                              "D1;Bil & \xC3\x85k AB;Norrvind;Ume\xC3\xA5\n"
                              "D2;Dal;;\n";
static const char models[] = "[{\"model\":\"A\",\"doors\":5,\"brand.name\":\"late\"}]";
static const char types[] = "contract_type,contract_type_name\nLEAS,Leasing!\n";
static const char *const some[] = {
    "dealers.csv", dealers,     "models.json", models, "contract_types.csv",
    types,         "notes.txt", "no table",    NULL,
};

TEST(what_the_tables_say_is_added_to_the_row_under_its_names)
{
    struct lookups *all = NULL;
    struct json out = {0};

    REQUIRE_OK(lookups_open(s, platform_with(s, some, false), &all));
    struct json row =
        row_of(s, "{\"dealer_id\":\"D1\",\"model\":\"A\",\"contract_type\":\"LEAS\"}");
    REQUIRE_OK(lookup_enrich(s, all, row, &out));
    EXPECT_STR(json_text(json_member(out, "dealer_name")), "Bil & Åk AB");
    EXPECT_STR(json_text(json_path(out, "brand.name")), "Norrvind");
    EXPECT_STR(json_text(json_path(out, "brand.city")), "Umeå");
    EXPECT_STR(json_text(json_member(out, "doors")), "5");
    EXPECT_STR(json_text(json_member(out, "contract_type_name")), "Leasing!");
}

TEST(what_the_row_says_itself_stands)
{
    struct lookups *all = NULL;
    struct json out = {0};

    REQUIRE_OK(lookups_open(s, platform_with(s, some, false), &all));
    REQUIRE_OK(
        lookup_enrich(s, all, row_of(s, "{\"dealer_id\":\"D1\",\"dealer_name\":\"Mine\"}"), &out));
    EXPECT_STR(json_text(json_member(out, "dealer_name")), "Mine");
}

TEST(a_key_that_is_missing_matters_only_where_it_is_said_to)
{
    struct lookups *all = NULL;
    struct json row = row_of(s, "{\"dealer_id\":\"D9\"}");
    struct json out = {0};

    REQUIRE_OK(lookups_open(s, platform_with(s, some, false), &all));
    EXPECT_OK(lookup_enrich(s, all, row, &out));
    EXPECT(json_equal(row, out));
    REQUIRE_OK(lookups_open(s, platform_with(s, some, true), &all));
    EXPECT_EQUAL(lookup_enrich(s, all, row, &out), REFUSED);
    EXPECT_STR(scope_why(s), "the table dealers has no dealer_id \"D9\"");
}

// clang-format off
static const struct {
    const char *name;
    const char *text;
    const char *why;
} wrong[] = {
    {"dealers.csv", "dealer;name\n", "dealers.csv: the lookup table dealers: its first column is no field of a row"},
    {"dealers.csv", "", "dealers.csv: the lookup table dealers: its first column is no field of a row"},
    {"dealers.csv", "dealer_id;\n", "dealers.csv: the lookup table dealers: column 2 has no name"},
    {"dealers.csv", "dealer_id;a\nD1;1\nD2\n", "dealers.csv: the lookup table dealers, line 3: it has 1 columns, not 2"},
    {"dealers.csv", "dealer_id;a\nD1;1\nD1;2\n", "dealers.csv: the key \"D1\" comes twice"},
    {"dealers.csv", "dealer_id;a\nD1;\"1\n", "dealers.csv: line 2: a quote is never closed"},
    {"dealers.json", "{}", "dealers.json: the lookup table dealers is no array of objects"},
    {"dealers.json", "[{\"a\":1}]", "dealers.json: the lookup table dealers, item 0: its first member is not the key"},
    {"dealers.json", "[{\"dealer_id\":1},{\"model\":1}]", "dealers.json: the lookup table dealers, item 1: its first member is not the key"},
};
// clang-format on

TEST(a_table_that_is_none_is_refused_when_the_service_opens)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const tables[] = {wrong[i].name, wrong[i].text, NULL};
        struct lookups *all = NULL;
        EXPECT_EQUAL(lookups_open(s, platform_with(s, tables, false), &all), INVALID);
        EXPECT_STR(scope_why(s), wrong[i].why);
    }
}
