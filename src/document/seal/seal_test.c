#include "document/seal/seal.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/trust.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "document/seal/verify.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"
#include "test/seal_fixture.h"

static void expect_valid(struct scope *s, struct str pdf, int signatures)
{
    int valid = seal_fixture_valid(s, pdf);

    EXPECT(pdf_fixture_sound(s, pdf));
    EXPECT(valid == signatures || valid == -1);
}

TEST(a_sealed_file_is_sound_and_valid_to_others_whatever_its_form)
{
    static const struct pdf_fixture cases[] = {
        {.pages = 1},
        {.pages = 2, .xref_stream = true, .inherited = true},
        {.pages = 1, .page = "/Annots 10 0 R", .more = "10 0 obj [ ] endobj"},
        {.pages = 1, .catalog = "/AcroForm << /Fields [ ] >>"},
        {.pages = 1,
         .catalog = "/AcroForm 10 0 R",
         .more = "10 0 obj << /Fields 11 0 R >> endobj 11 0 obj [ 12 0 R ] endobj "
                 "12 0 obj << /FT /Tx /T (Seal7) >> endobj"},
    };
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str pdf = pdf_fixture(s, &cases[i]);
        struct str out = seal_fixture_seal(s, &f, pdf);
        struct pdf_facts facts = {0};
        EXPECT(str_starts(out, pdf));
        expect_valid(s, out, 1);
        REQUIRE_OK(pdf_inspect(s, out, &facts));
        REQUIRE(facts.signature_count == 1);
        EXPECT(facts.signatures[0].well_placed && facts.signatures[0].covers_file);
        EXPECT_STR(facts.signatures[0].field, i == 4 ? "Seal8" : "Seal1");
        EXPECT_STR(facts.signatures[0].sub_filter, "ETSI.CAdES.detached");
        EXPECT_STR(facts.signatures[0].signed_at, "D:20260921141320Z");
    }
}

TEST(every_kind_of_key_seals)
{
    static const enum authority_key keys[] = {AUTHORITY_P256, AUTHORITY_P384, AUTHORITY_RSA2048};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct seal_fixture f = seal_fixture(s, keys[i]);
        expect_valid(s, seal_fixture_seal(s, &f, pdf), 1);
    }
}

TEST(three_seals_and_stamps_between_them_leave_all_valid)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct str line = str("Signerad");
    struct pdf_stamp stamp = {.lines = &line, .line_count = 1};
    struct pdf_stamped stamped = {.pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 3})};

    for (int i = 1; i <= 3; i++) {
        struct str out = seal_fixture_seal(s, &f, stamped.pdf);
        expect_valid(s, out, i);
        REQUIRE_OK(pdf_stamp(s, out, &stamp, &stamped));
        EXPECT(stamped.annotations);
        expect_valid(s, stamped.pdf, i);
    }
}

TEST(a_certifying_seal_forbids_what_it_says)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct str certified = {0};
    struct str twice = {0};

    for (unsigned p = 1; p <= 3; p++) {
        struct pdf_facts facts = {0};
        options.permission = p;
        REQUIRE_OK(pdf_seal(s, pdf, &options, &certified));
        expect_valid(s, certified, 1);
        REQUIRE_OK(pdf_inspect(s, certified, &facts));
        EXPECT(facts.permits == (enum pdf_permits)p);
        EXPECT(pdf_seal(s, certified, &options, &twice) == REFUSED);
        options.permission = 0;
        EXPECT(pdf_seal(s, certified, &options, &twice) == (p == 1 ? REFUSED : OK));
    }
}

TEST(what_cannot_be_sealed_is_refused_with_a_sentence)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct str out = {0};

    EXPECT(pdf_seal(s, str("hello"), &options, &out) == INVALID);
    EXPECT(pdf_seal(s, str_slice(pdf, 0, pdf.bytes - 20), &options, &out) == REFUSED);
    options.at_us += 400 * MOMENT_DAY_US;
    EXPECT(pdf_seal(s, pdf, &options, &out) == REFUSED);
    EXPECT_STR(scope_why(s), "the signing certificate Test Seal expired on 2027-09-21");
}

static struct seal_options stamped_options(const struct seal_fixture *f,
                                           const struct timestamper *stamper)
{
    return (struct seal_options){
        .signer = f->signer, .timestamper = stamper, .at_us = SEAL_FIXTURE_AT_US};
}

TEST(a_seal_with_a_time_stamp_says_when_and_by_whom)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_RSA2048);
    struct stamper_fixture authority = {.f = &f};
    struct timestamper stamper = {
        .ask = seal_fixture_ask, .context = &authority, .policy = str("1.2.752.1")};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct seal_options options = stamped_options(&f, &stamper);
    struct verify_options verify = {.now_us = SEAL_FIXTURE_AT_US};
    struct verification v = {0};
    struct trust *trust = NULL;
    struct str out = {0};

    REQUIRE_OK(trust_open(s, f.trust_pem, &trust));
    stamper.trust = verify.trust = trust;
    REQUIRE_OK(pdf_seal(s, pdf, &options, &out));
    expect_valid(s, out, 1);
    REQUIRE_OK(pdf_verify(s, out, &verify, &v));
    REQUIRE(v.count == 1 && v.worst == SIGNATURE_VALID && v.all_trusted);
    EXPECT_STR(str(v.signatures[0].profile), "PAdES B-T");
    EXPECT_STR(v.signatures[0].cms.stamp.authority, "Test Clock");
    EXPECT(v.signatures[0].cms.stamp.chain.trusted);
    EXPECT(v.signatures[0].cms.stamp.at_us == SEAL_FIXTURE_AT_US + MOMENT_SECOND_US);
}

TEST(a_time_stamp_that_is_not_what_was_asked_for_ends_the_seal)
{
    static const struct {
        enum timestamp_fault fault;
        enum status fails, want;
        const char *why;
    } cases[] = {
        {TIMESTAMP_SOUND, TEMPORARY, TEMPORARY, "the authority is away"},
        {TIMESTAMP_SOUND, TIMEOUT, TIMEOUT, "the authority is away"},
        {TIMESTAMP_REFUSES, OK, REFUSED, "the time-stamp authority refuses (2): not today"},
        {TIMESTAMP_WRONG_NONCE, OK, UNAUTHENTICATED, "the time stamp answers another question"},
        {TIMESTAMP_WRONG_CONTENT, OK, UNAUTHENTICATED,
         "the time stamp is not sound: the time stamp is of something else"},
    };
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct str out = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stamper_fixture authority = {&f, cases[i].fault, cases[i].fails};
        struct timestamper stamper = {.ask = seal_fixture_ask, .context = &authority};
        struct seal_options options = stamped_options(&f, &stamper);
        EXPECT(pdf_seal(s, pdf, &options, &out) == cases[i].want);
        EXPECT_STR(scope_why(s), cases[i].why);
    }
}

TEST(a_certificate_that_is_not_for_time_stamps_or_not_trusted_ends_the_seal)
{
    struct seal_fixture f = seal_fixture(s, AUTHORITY_P256);
    struct seal_fixture other = seal_fixture(s, AUTHORITY_P256);
    struct stamper_fixture authority = {.f = &f};
    struct timestamper stamper = {.ask = seal_fixture_ask, .context = &authority};
    struct seal_options options = stamped_options(&f, &stamper);
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct trust *trust = NULL;
    struct str out = {0};

    REQUIRE_OK(trust_open(s, other.trust_pem, &trust));
    stamper.trust = trust;
    EXPECT(pdf_seal(s, pdf, &options, &out) == UNAUTHENTICATED);
    stamper.trust = NULL;
    f.stamper = f.signer;
    EXPECT(pdf_seal(s, pdf, &options, &out) == UNAUTHENTICATED);
    EXPECT_STR(scope_why(s),
               "the time stamp is not sound: the certificate is not for time stamps alone");
}
