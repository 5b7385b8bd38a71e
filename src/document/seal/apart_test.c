// What is stamped and sealed in children is what is stamped and sealed here.
#include "document/seal/apart.h"

#include "core/scope.h"
#include "document/pdf/stamp.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"
#include "test/seal_fixture.h"

static const struct str lines[] = {STR_INIT("Signerad av Åsa Öberg"), STR_INIT("2026-09-21")};
static const struct pdf_stamp stamp = {
    .lines = lines, .line_count = 2, .corner = PDF_TOP_LEFT, .size_points = 7};

static struct sandbox *open_one(struct scope *s)
{
    static const struct sandbox_job *const jobs[] = {seal_jobs, NULL};
    struct sandbox *b = NULL;

    EXPECT(sandbox_open(s, jobs, &b) == OK);
    return b;
}

TEST(children_stamp_and_prepare_what_the_parent_seals)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_RSA2048); // whose signatures repeat
    struct sandbox *b = open_one(s);
    struct str plain = pdf_fixture(s, &(struct pdf_fixture){.pages = 2});

    for (unsigned permission = 0; permission <= 4; permission++) {
        struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
        struct stamped_and_sealed here = {0};
        struct stamped_and_sealed apart = {0};
        struct str pdf = plain;
        options.permission = permission % 4;
        if (permission < 4)
            REQUIRE_OK(pdf_seal(s, plain, &options, &pdf));
        options.permission = 0;
        options.reason = str("Därför");
        options.name = str("Sigill");
        options.location = str("Örebro");
        REQUIRE_OK(stamp_and_seal(s, pdf, &stamp, &options, &here));
        REQUIRE_OK(stamp_and_seal_apart(s, b, pdf, &stamp, &options, &apart));
        EXPECT(str_equal(here.pdf, apart.pdf));
        EXPECT(here.way == apart.way && here.page_count == apart.page_count);
        EXPECT(here.kept_signatures == apart.kept_signatures && here.repaired == apart.repaired);
    }
}

TEST(a_document_that_is_none_is_refused_by_a_child)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    struct stamped_and_sealed out = {0};

    EXPECT(stamp_and_seal_apart(s, open_one(s), str("no PDF at all"), &stamp, &options, &out) ==
           INVALID);
    EXPECT(scope_why(s).bytes > 0);
}

TEST(without_a_place_nothing_is_signed)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    static const struct seal_place places[] = {{0, 0},        {0, 2},        {3, 100},
                                               {SIZE_MAX, 4}, {2, SIZE_MAX}, {1, 5}};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        EXPECT(seal_end(s, str_copy(s, str("%<00000000>%")), &places[i], &options) == INVALID);
    EXPECT(seal_end(s, str_copy(s, str("%<00000000>%")), &(struct seal_place){1, 10}, &options) ==
           TOO_LARGE);
}
