#include "document/seal/plan.h"

#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"
#include "test/seal_fixture.h"

static const struct str lines[] = {STR_INIT("Signerad av Åsa Öberg"), STR_INIT("2026-09-21")};
static const struct pdf_stamp stamp = {.lines = lines, .line_count = 2};

static void expect_valid(struct scope *s, struct str pdf, int signatures)
{
    int valid = seal_fixture_valid(s, pdf);

    EXPECT(pdf_fixture_sound(s, pdf));
    EXPECT(valid == signatures || valid == -1);
}

static bool shows(struct scope *s, struct str pdf, const char *text)
{
    struct str seen = pdf_fixture_text(s, pdf, 1, 2);

    return str_find(seen, str(text)) < seen.bytes;
}

TEST(the_way_follows_from_the_signatures_that_are_there)
{
    static const struct {
        bool is_signed;
        unsigned permission;
        enum stamp_way way;
        int signatures;
    } cases[] = {
        {false, 0, STAMP_CONTENT, 1},    {true, 0, STAMP_ANNOTATIONS, 2},
        {true, 3, STAMP_ANNOTATIONS, 2}, {true, 2, STAMP_COPY, 1},
        {true, 1, STAMP_COPY, 1},
    };
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct str plain = pdf_fixture(s, &(struct pdf_fixture){.pages = 2});

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
        struct stamped_and_sealed out = {0};
        struct pdf_facts facts = {0};
        struct str pdf = plain;
        options.permission = cases[i].permission;
        if (cases[i].is_signed)
            REQUIRE_OK(pdf_seal(s, plain, &options, &pdf));
        options.permission = 0;
        REQUIRE_OK(stamp_and_seal(s, pdf, &stamp, &options, &out));
        EXPECT(out.way == cases[i].way);
        EXPECT_EQUAL(out.page_count, 2);
        EXPECT_EQUAL(out.kept_signatures, cases[i].signatures - 1);
        expect_valid(s, out.pdf, cases[i].signatures);
        EXPECT(shows(s, out.pdf, "Page 2") && shows(s, out.pdf, "Signerad av Åsa Öberg"));
        REQUIRE_OK(pdf_inspect(s, out.pdf, &facts));
        EXPECT_EQUAL(facts.attachment_count, out.way == STAMP_COPY ? 1 : 0);
    }
}

TEST(a_broken_signature_is_refused_and_not_stamped)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    struct stamped_and_sealed out = {0};
    struct str pdf = {0};

    for (unsigned p = 0; p <= 3; p++) {
        options.permission = p;
        REQUIRE_OK(pdf_seal(s, pdf_fixture(s, &(struct pdf_fixture){.pages = 2}), &options, &pdf));
        char *broken = str_z(s, pdf);
        broken[str_find(pdf, str("(Page 1)")) + 1] = 'p';
        options.permission = 0;
        EXPECT(stamp_and_seal(s, str_of(broken, pdf.bytes), &stamp, &options, &out) == REFUSED);
        EXPECT_STR(scope_why(s), "the signature Seal1 of the PDF is not valid: the content is not "
                                 "what was signed");
    }
}

TEST(a_damaged_file_is_repaired_or_copied)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    struct stamped_and_sealed out = {0};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 2});

    REQUIRE_OK(stamp_and_seal(s, str_slice(pdf, 0, pdf.bytes - 20), &stamp, &options, &out));
    EXPECT(out.way == STAMP_CONTENT && out.repaired);
    expect_valid(s, out.pdf, 1);
}
