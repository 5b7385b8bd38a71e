#include "core/asset.h"
#include "core/scope.h"
#include "flow/definition.h"
#include "flow/machines.h"
#include "store/memory/memory.h"
#include "test/bundle_fixture.h"

static const struct bundle_fixture_options kind = {.seed = 1};

static struct str definition(void)
{
    return asset_text(asset_find(str("services/signing/signing.asl.json")));
}

TEST(signing_definition_is_what_step_functions_would_take)
{
    struct definition_options options = {.require_token_timeout = true};
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    EXPECT_OK(definition_compile(s, definition(), &options, &d, &found, &count));
    for (size_t i = 0; i < count; i++)
        EXPECT_STR(found[i].message, "");
}

TEST(bundle_start_makes_the_machine_and_one_execution_named_after_the_bundle)
{
    struct bundle_fixture *f = bundle_fixture_open(s, &kind);

    if (!f)
        return;
    bundle_fixture_put(s, f, "2025-09-15-DEALER123", 3, true);
    struct execution x = bundle_fixture_execution(s, f, "2025-09-15-DEALER123");
    EXPECT_STR(x.name, "2025-09-15-DEALER123-1");
    EXPECT_STR(x.machine_name, "signing");
    EXPECT_STR(json_text(json_member(x.input.value, "bundle_id")), "2025-09-15-DEALER123");
}

TEST(bundle_start_refuses_a_bundle_that_has_been_started)
{
    struct bundle_fixture *f = bundle_fixture_open(s, &kind);

    if (!f)
        return;
    bundle_fixture_put(s, f, "b", 1, true);
    EXPECT_EQUAL(bundle_fixture_start(s, f, "b"), CONFLICT);
}

// An older definition, as an earlier release would have left it.
static void put_older_machine(struct scope *s, struct bundle_fixture *f)
{
    struct machine_record m = {
        .name = str("signing"),
        .role_arn = str("arn:aws:iam::123456789012:role/old"),
        .definition = str("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}"),
    };
    struct machine_record made = {0};
    struct change *c = change_new(s);
    bool existed = false;

    EXPECT_OK(flow_machine_create(s, f->platform.flow, &f->owner, c, &m, &made, &existed));
    EXPECT_OK(store_commit(s, f->platform.store, c));
}

TEST(bundle_start_brings_the_machine_to_the_shipped_definition)
{
    struct bundle_fixture *f = bundle_fixture_open(s, &kind);

    if (!f)
        return;
    put_older_machine(s, f);
    bundle_fixture_put(s, f, "b", 1, true);
    struct execution x = bundle_fixture_execution(s, f, "b");
    struct machine_record m = {0};
    EXPECT_OK(flow_machine_get(s, f->platform.flow, &f->owner, x.machine_arn, &m));
    EXPECT(str_equal(m.definition, definition()));
}

TEST(bundle_that_does_not_have_all_its_vehicles_fails_and_says_why)
{
    struct bundle_fixture *f = bundle_fixture_open(s, &kind);

    if (!f)
        return;
    bundle_fixture_put(s, f, "b", 0, true);
    bundle_fixture_settle(f, 60);
    struct bundle b = bundle_fixture_get(s, f, "b");
    EXPECT_EQUAL(b.status, BUNDLE_FAILED);
    EXPECT_STR(json_text(bundle_member(&b, "why")), "bundle b has no vehicle");
    struct execution x = bundle_fixture_execution(s, f, "b");
    EXPECT_EQUAL(x.status, EXECUTION_FAILED);
    EXPECT_STR(x.error, "Signing.Refused");
}
