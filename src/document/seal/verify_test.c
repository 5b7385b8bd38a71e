// Signed files that were changed afterwards, honestly and not. The attacks are those that were
// published against readers of PDF: incremental saving, shadow, signature wrapping, universal
// forgery, evil annotations.
#include "document/seal/verify.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/trust.h"
#include "document/pdf/revision.h"
#include "document/pdf/stamp.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"
#include "test/seal_fixture.h"

static const struct pdf_fixture with_form = {
    .pages = 2,
    .page = "/Annots [ 12 0 R ]",
    .catalog = "/AcroForm << /Fields [ 10 0 R ] >>",
    .more = "10 0 obj << /FT /Tx /T (Name) /V (old) >> endobj "
            "12 0 obj << /Type /Annot /Subtype /Square /Rect [ 1 1 20 20 ] /C [ 1 0 0 ] >> endobj"};

struct verified_file {
    struct seal_fixture f;
    struct str pdf; // signed
};

static struct verified_file signed_with(struct scope *s, unsigned permission, bool lock)
{
    struct verified_file v = {.f = seal_fixture(s, AUTHORITY_P256)};
    struct seal_options options = {.signer = v.f.signer,
                                   .at_us = SEAL_FIXTURE_AT_US,
                                   .reason = str("Test"),
                                   .permission = permission,
                                   .lock_fields = lock};

    EXPECT_OK(pdf_seal(s, pdf_fixture(s, &with_form), &options, &v.pdf));
    return v;
}

static struct verification verify(struct scope *s, struct str pdf)
{
    struct verify_options options = {.now_us = SEAL_FIXTURE_AT_US};
    struct verification out = {0};

    EXPECT_OK(pdf_verify(s, pdf, &options, &out));
    return out;
}

// Expects the verdict of the file's first signature, and that part of why.
static void expect_first(struct scope *s, struct str pdf, enum signature_verdict verdict,
                         const char *why)
{
    struct verification v = verify(s, pdf);

    REQUIRE(v.count >= 1);
    struct verified_signature *first = &v.signatures[0];
    EXPECT_STR(str(signature_verdict_name(first->verdict)), signature_verdict_name(verdict));
    struct str said = first->why;
    for (size_t i = 0; i < first->changes.count; i++)
        said = str_concat(s, 3, said, str("|"), first->changes.items[i].what);
    if (!test_expect(!why || str_find(said, str(why)) < said.bytes || said.bytes == strlen(why),
                     __FILE__, __LINE__, why))
        EXPECT_STR(said, why);
}

// Puts one object anew in an update.
static struct str update(struct scope *s, struct str pdf, uint32_t number, const char *text)
{
    struct revision *r = NULL;

    EXPECT_OK(revision_open(s, pdf, &r));
    if (r) {
        revision_put(r, (struct pdf_ref){number, 0}, str(text));
        EXPECT_OK(revision_finish(r, &pdf));
    }
    return pdf;
}

static struct str replace(struct scope *s, struct str text, const char *what, const char *with)
{
    size_t at = str_find(text, str(what));

    EXPECT(at < text.bytes);
    return str_concat(s, 3, str_slice(text, 0, at), str(with),
                      str_slice(text, at + strlen(what), text.bytes));
}

TEST(a_sealed_file_is_valid_and_says_who_and_how)
{
    struct verified_file file = signed_with(s, 0, false);
    struct verification v = verify(s, file.pdf);

    REQUIRE(v.count == 1);
    EXPECT(v.worst == SIGNATURE_VALID);
    EXPECT_STR(v.signatures[0].cms.signer.name, "Test Seal");
    EXPECT_STR(v.signatures[0].cms.algorithm, "P-256 with SHA-256");
    EXPECT_STR(v.signatures[0].cms.weakness, "");
    EXPECT_STR(str(v.signatures[0].profile), "PAdES B-B");
    EXPECT_STR(v.signatures[0].found.reason, "Test");
    EXPECT(v.signatures[0].claimed_at_us == SEAL_FIXTURE_AT_US);
    EXPECT_EQUAL(v.signatures[0].revision, 2);
    EXPECT(!v.all_trusted);
    EXPECT_STR(v.signatures[0].cms.chain.why, "no authority is trusted here");
}

TEST(trust_is_a_question_of_its_own)
{
    struct verified_file file = signed_with(s, 0, false);
    struct seal_fixture other = seal_fixture(s, AUTHORITY_P256);
    struct verify_options options = {.now_us = SEAL_FIXTURE_AT_US};
    struct trust *trust = NULL;
    struct verification v = {0};

    REQUIRE_OK(trust_open(s, file.f.trust_pem, &trust));
    options.trust = trust;
    REQUIRE_OK(pdf_verify(s, file.pdf, &options, &v));
    EXPECT(v.all_trusted && v.worst == SIGNATURE_VALID);
    options.now_us += 400 * MOMENT_DAY_US;
    REQUIRE_OK(pdf_verify(s, file.pdf, &options, &v));
    EXPECT(!v.all_trusted && v.worst == SIGNATURE_VALID);
    EXPECT_STR(v.signatures[0].cms.chain.why, "certificate has expired");
    options.now_us = SEAL_FIXTURE_AT_US;
    REQUIRE_OK(trust_open(s, other.trust_pem, &trust));
    options.trust = trust;
    REQUIRE_OK(pdf_verify(s, file.pdf, &options, &v));
    EXPECT(!v.all_trusted && v.worst == SIGNATURE_VALID);
    EXPECT(trust_open(s, str("none"), &trust) == INVALID);
}

TEST(a_changed_byte_is_a_wrong_digest)
{
    struct verified_file file = signed_with(s, 0, false);

    expect_first(s, replace(s, file.pdf, "(Page 1)", "(Page 9)"), SIGNATURE_INVALID,
                 "the content is not what was signed");
}

TEST(an_update_that_changes_what_is_seen_is_found)
{
    static const struct {
        uint32_t number;
        const char *text, *what;
    } cases[] = {
        {3, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>", "object 3 was changed"},
        {21, "<< /Length 0 >>", "object 21 was changed"},
        {20, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 9 9 ] >>", "/MediaBox was changed"},
        {2, "<< /Type /Pages /Count 1 /Kids [ 22 0 R ] >>", "pages were added or removed"},
        {2, "<< /Type /Pages /Count 2 /Kids [ 22 0 R 20 0 R ] >>", "the page is another one"},
        {4, "null", "was changed"},
    };
    struct verified_file file = signed_with(s, 0, false);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_first(s, update(s, file.pdf, cases[i].number, cases[i].text),
                     SIGNATURE_CHANGED_FORBIDDEN, cases[i].what);
}

TEST(a_catalog_that_does_more_than_before_is_found)
{
    struct verified_file file = signed_with(s, 0, false);
    struct revision *r = NULL;
    struct str catalog = {0};
    struct str out = {0};

    REQUIRE_OK(revision_open(s, file.pdf, &r));
    REQUIRE_OK(revision_object(r, revision_catalog(r), &catalog));
    revision_put(r, revision_catalog(r),
                 pdf_set(s, catalog, "OpenAction", str("<< /S /JavaScript /JS (app.alert) >>")));
    REQUIRE_OK(revision_finish(r, &out));
    expect_first(s, out, SIGNATURE_CHANGED_FORBIDDEN, "/OpenAction was added");
}

TEST(annotations_are_permitted_or_not_as_the_first_signature_says)
{
    static const enum signature_verdict added[] = {SIGNATURE_CHANGED, SIGNATURE_CHANGED_FORBIDDEN,
                                                   SIGNATURE_CHANGED_FORBIDDEN, SIGNATURE_CHANGED};
    static const enum signature_verdict edited[] = {SIGNATURE_CHANGED_FORBIDDEN,
                                                    SIGNATURE_CHANGED_FORBIDDEN,
                                                    SIGNATURE_CHANGED_FORBIDDEN, SIGNATURE_CHANGED};

    for (unsigned p = 0; p <= 3; p++) {
        struct verified_file file = signed_with(s, p, false);
        struct str page = replace(s,
                                  str("<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] "
                                      "/Resources << /Font << /F1 3 0 R >> /XObject << >> >> "
                                      "/Contents 23 0 R /Annots [ 12 0 R 90 0 R ] >>"),
                                  "90", "200");
        struct revision *r = NULL;
        struct str out = {0};
        REQUIRE_OK(revision_open(s, file.pdf, &r));
        struct pdf_ref note = revision_reserve(r);
        page = replace(s, page, "200 0 R", str_z(s, pdf_write_ref(s, note)));
        revision_put(r, note, str("<< /Type /Annot /Subtype /Text /Rect [ 0 0 9 9 ] >>"));
        revision_put(r, (struct pdf_ref){22, 0}, page);
        REQUIRE_OK(revision_finish(r, &out));
        expect_first(s, out, added[p], "an annotation was added");
        expect_first(s, update(s, file.pdf, 12, "<< /Type /Annot /Subtype /Square >>"), edited[p],
                     "an annotation was changed");
        expect_first(s, update(s, file.pdf, 12, "null"), edited[p], "an annotation was changed");
    }
}

TEST(filling_in_a_form_is_permitted_unless_its_fields_are_locked)
{
    static const char filled[] = "<< /FT /Tx /T (Name) /V (new) >>";

    for (unsigned p = 0; p <= 3; p++) {
        struct verified_file file = signed_with(s, p, false);
        struct verified_file locked = signed_with(s, p, true);
        expect_first(s, update(s, file.pdf, 10, filled),
                     p == 1 ? SIGNATURE_CHANGED_FORBIDDEN : SIGNATURE_CHANGED,
                     "a field was filled in");
        expect_first(s, update(s, locked.pdf, 10, filled), SIGNATURE_CHANGED_FORBIDDEN,
                     "a field was filled in");
        expect_first(s, update(s, file.pdf, 10, "<< /FT /Tx /T (Other) /V (old) >>"),
                     SIGNATURE_CHANGED_FORBIDDEN, "/T was changed");
    }
}

TEST(a_second_signature_is_an_allowed_change_of_the_first)
{
    struct verified_file file = signed_with(s, 2, false);
    struct verification v = verify(s, seal_fixture_seal(s, &file.f, file.pdf));

    REQUIRE(v.count == 2);
    EXPECT(v.signatures[0].verdict == SIGNATURE_CHANGED);
    EXPECT(v.signatures[1].verdict == SIGNATURE_VALID);
    REQUIRE(v.signatures[0].changes.count == 1);
    EXPECT_STR(v.signatures[0].changes.items[0].what, "a signature was added");
    EXPECT_STR(v.signatures[0].changes.items[0].field, "Seal2");
}

TEST(a_signature_field_that_nobody_signed_is_no_allowed_addition)
{
    struct verified_file file = signed_with(s, 2, false);
    struct revision *r = NULL;
    struct str catalog = {0};
    struct str out = {0};

    REQUIRE_OK(revision_open(s, file.pdf, &r));
    struct pdf_ref field = revision_reserve(r);
    revision_put(r, field, str("<< /FT /Sig /T (Big) /Subtype /Widget /Rect [ 0 0 595 842 ] >>"));
    REQUIRE_OK(revision_object(r, revision_catalog(r), &catalog));
    revision_put(
        r, revision_catalog(r),
        replace(s, catalog, "10 0 R", str_z(s, str_format(s, "10 0 R %u 0 R", field.number))));
    REQUIRE_OK(revision_finish(r, &out));
    expect_first(s, out, SIGNATURE_CHANGED_FORBIDDEN, "a form field was added");
}

TEST(bytes_appended_without_an_update_are_found)
{
    struct verified_file file = signed_with(s, 0, false);
    struct str objects = str("\n21 0 obj\n<< /Length 3 >>\nstream\nabc\nendstream\nendobj\n");

    expect_first(s, str_concat(s, 2, file.pdf, str("\r\n \n")), SIGNATURE_VALID, "");
    expect_first(s, str_concat(s, 2, file.pdf, objects), SIGNATURE_CHANGED_FORBIDDEN,
                 "there are bytes behind the last revision");
    expect_first(s,
                 str_concat(s, 3, file.pdf, objects,
                            str("trailer << /Root 1 0 R /Size 99 >> startxref 5 %%EOF")),
                 SIGNATURE_CHANGED_FORBIDDEN, "the file is damaged");
}

TEST(a_signature_without_value_or_range_is_invalid)
{
    struct verified_file file = signed_with(s, 0, false);
    size_t at = str_find(file.pdf, str("/Contents <30")) + strlen("/Contents <");
    size_t bytes = str_find_byte(str_slice(file.pdf, at, file.pdf.bytes), '>');
    char *zeros = scope_bytes(s, bytes);

    REQUIRE(bytes > 100);
    memset(zeros, '0', bytes);
    struct str zeroed = str_concat(s, 3, str_slice(file.pdf, 0, at), str_of(zeros, bytes),
                                   str_slice(file.pdf, at + bytes, file.pdf.bytes));
    memset(zeros, ' ', bytes);
    struct str emptied = str_concat(s, 3, str_slice(file.pdf, 0, at), str_of(zeros, bytes),
                                    str_slice(file.pdf, at + bytes, file.pdf.bytes));
    expect_first(s, zeroed, SIGNATURE_INVALID, "the signature is empty");
    expect_first(s, emptied, SIGNATURE_INVALID, "it has no signature value");
    expect_first(s, replace(s, file.pdf, "/Contents <30", "/Contentz <30"), SIGNATURE_INVALID,
                 "it has no signature value");
    expect_first(s, replace(s, file.pdf, "/ByteRange ", "/ByteRangx "), SIGNATURE_INVALID,
                 "it does not say which bytes it covers");
    expect_first(s, replace(s, file.pdf, "/ByteRange [ 0", "/ByteRange [ 1"), SIGNATURE_INVALID,
                 "does not begin with the file");
    expect_first(s, replace(s, file.pdf, "/ByteRange [ 0", "/ByteRange [-9"), SIGNATURE_INVALID,
                 "it does not say which bytes it covers");
    expect_first(s, replace(s, file.pdf, "ETSI.CAdES.detached", "ETSI.CAdES.attached"),
                 SIGNATURE_INVALID, "its kind is not known here");
}

// The bytes that were signed are all there, but what stands between them is the attacker's.
TEST(a_wrapped_signature_is_invalid)
{
    struct verified_file file = signed_with(s, 0, false);
    struct pdf_facts facts = {0};

    REQUIRE_OK(pdf_inspect(s, file.pdf, &facts));
    const uint64_t *range = facts.signatures[0].byte_range;
    struct str first = str_slice(file.pdf, 0, (size_t)range[1]);
    struct str value = str_slice(file.pdf, (size_t)range[1], (size_t)(range[2] - range[1]));
    struct str second = str_slice(file.pdf, (size_t)range[2], (size_t)range[3]);
    struct str evil = str(" >> endobj 21 0 obj << /Length 3 >> stream\nabc\nendstream endobj ");
    struct str moved =
        str_format(s, " /ByteRange [ 0 %llu %010zu %llu ] ", (unsigned long long)range[1],
                   first.bytes + value.bytes + evil.bytes + 48, (unsigned long long)range[3]);
    struct str wrapped = str_concat(s, 5, first, value, moved, evil, second);
    struct verification v = verify(s, wrapped);

    EXPECT(v.count == 0 || v.worst == SIGNATURE_INVALID);
}

TEST(stamps_and_seals_in_turn_leave_every_signature_with_allowed_changes_only)
{
    struct verified_file file = signed_with(s, 0, false);
    struct str line = str("Signerad");
    struct pdf_stamp stamp = {.lines = &line, .line_count = 1};
    struct pdf_stamped stamped = {.pdf = file.pdf};

    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(pdf_stamp(s, stamped.pdf, &stamp, &stamped));
        stamped.pdf = seal_fixture_seal(s, &file.f, stamped.pdf);
    }
    struct verification v = verify(s, stamped.pdf);
    REQUIRE(v.count == 4);
    EXPECT(v.worst == SIGNATURE_CHANGED);
    EXPECT(v.signatures[3].verdict == SIGNATURE_VALID);
    EXPECT_EQUAL(v.signatures[0].changes.items[0].times + v.signatures[0].changes.items[1].times +
                     v.signatures[0].changes.items[2].times +
                     v.signatures[0].changes.items[3].times,
                 9); // three signatures, and three stamps on each of two pages
}

TEST(a_signature_that_was_removed_is_missed)
{
    struct verified_file file = signed_with(s, 0, false);
    struct verification v = verify(s, pdf_fixture(s, &with_form));

    EXPECT(v.count == 0 && !v.removed);
    v = verify(s, update(s, file.pdf, 1, "<< /Type /Catalog /Pages 2 0 R >>"));
    EXPECT(v.count == 0 && v.removed);
}
