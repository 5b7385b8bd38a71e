// The flow of a bundle as a whole, with a signee and an OnBase at its ends.
#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "services/signing/steps.h"
#include "test/bundle_fixture.h"
#include "test/pdf_fixture.h"

#define DAYS(n) ((int64_t)(n)*86400)

static struct str document(struct scope *s, struct bundle_fixture *f, const struct bundle *b,
                           const char *member)
{
    struct str out = {0};

    EXPECT_OK(step_read(s, f->platform.store, bundle_member(b, member), &out));
    return out;
}

TEST(bundle_goes_from_its_records_to_onbase)
{
    static const struct bundle_fixture_options options = BUNDLE_FIXTURE_KIND;
    struct bundle_fixture *f = bundle_fixture_open(s, &options);
    struct pdf_facts facts = {0};

    if (!f)
        return;
    bundle_fixture_put(s, f, "2025-09-15-D1", 3, true);
    bundle_fixture_settle(f, 3600);
    struct bundle b = bundle_fixture_get(s, f, "2025-09-15-D1");
    EXPECT_EQUAL(b.status, BUNDLE_DELIVERED);
    EXPECT_EQUAL(bundle_fixture_execution(s, f, "2025-09-15-D1").status, EXECUTION_SUCCEEDED);
    EXPECT_OK(pdf_inspect(s, document(s, f, &b, "signed"), &facts));
    EXPECT_EQUAL(facts.page_count, 6); // two of each
    EXPECT_EQUAL(facts.signature_count, 1);
    struct onbase_counts counts = onbase_count(f->onbase);
    EXPECT_EQUAL(counts.documents, 6); // contract and log of each
    EXPECT_EQUAL(counts.repeats + counts.differing + counts.malformed + counts.missing, 0);
    struct vehicle v = bundle_fixture_vehicle(s, f, "2025-09-15-D1", 1);
    EXPECT_EQUAL(v.status, VEHICLE_DELIVERED);
    EXPECT_STR(onbase_keyword(s, f->onbase, "VEH - Contract", v.contract_id, "First Page"), "3");
    EXPECT_STR(onbase_keyword(s, f->onbase, "VEH - Contract", v.contract_id, "Model"),
               "XC60 Recharge \xc4nglag\xe5rd");
}
