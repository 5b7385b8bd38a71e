#include "document/pdf/stamp.h"

#include "core/buf.h"
#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static const struct str lines[] = {STR_INIT("Signerad av Åsa Öberg"),
                                   STR_INIT("2025-11-30 (a\\b)")};
static const struct pdf_stamp two_lines = {.lines = lines, .line_count = 2};

static bool contains(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

static void expect_stamped(struct scope *s, const struct pdf_stamped *stamped, size_t pages)
{
    EXPECT(pdf_fixture_sound(s, stamped->pdf));
    EXPECT_EQUAL(stamped->page_count, pages);
    for (size_t i = 1; i <= pages; i++) {
        struct str text = pdf_fixture_text(s, stamped->pdf, i, i);
        EXPECT(contains(text, "Signerad av Åsa Öberg"));
        EXPECT(contains(text, "2025-11-30 (a\\b)"));
        EXPECT(contains(text, str_z(s, str_format(s, "Page %zu", i))));
    }
}

TEST(every_page_of_an_unsigned_file_shows_the_stamp_and_its_own_content)
{
    static const struct pdf_fixture cases[] = {
        {.pages = 2},
        {.pages = 2, .inherited = true},
        {.pages = 2, .shared_resources = true, .xref_stream = true},
        {.pages = 2, .page = "/Rotate 90"},
        {.pages = 2, .page = "/CropBox [50 600 300 800] /Rotate -90"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pdf_stamped out = {0};
        struct str pdf = pdf_fixture(s, &cases[i]);
        EXPECT_OK(pdf_stamp(s, pdf, &two_lines, &out));
        expect_stamped(s, &out, 2);
        EXPECT(str_starts(out.pdf, pdf));
        EXPECT(!out.annotations && !out.repaired);
    }
}

TEST(a_file_may_be_stamped_twice)
{
    struct str other = str("Makulerad");
    struct pdf_stamp second = {.lines = &other, .line_count = 1, .corner = PDF_TOP_LEFT};
    struct pdf_stamped out = {0};

    REQUIRE_OK(pdf_stamp(s, pdf_fixture(s, &(struct pdf_fixture){.pages = 1}), &two_lines, &out));
    REQUIRE_OK(pdf_stamp(s, out.pdf, &second, &out));
    expect_stamped(s, &out, 1);
    EXPECT(contains(pdf_fixture_text(s, out.pdf, 1, 1), "Makulerad"));
}

TEST(all_pages_share_one_form_and_one_place)
{
    struct pdf_stamped few = {0};
    struct pdf_stamped many = {0};
    struct str ten = pdf_fixture(s, &(struct pdf_fixture){.pages = 10});
    struct str hundred = pdf_fixture(s, &(struct pdf_fixture){.pages = 110});

    REQUIRE_OK(pdf_stamp(s, ten, &two_lines, &few));
    REQUIRE_OK(pdf_stamp(s, hundred, &two_lines, &many));
    EXPECT((many.pdf.bytes - hundred.bytes) - (few.pdf.bytes - ten.bytes) < (size_t)100 * 320);
}

static struct str signed_file(struct scope *s, const char *reference, const char *page)
{
    return pdf_fixture(
        s, &(struct pdf_fixture){
               .pages = 2,
               .page = page,
               .catalog = "/AcroForm << /Fields [10 0 R] /SigFlags 3 >>",
               .more = str_z(
                   s, str_format(s,
                                 "10 0 obj << /FT /Sig /T (Dealer) /V 11 0 R >> endobj "
                                 "11 0 obj << /Type /Sig /SubFilter /ETSI.CAdES.detached "
                                 "/ByteRange [0 1 2 3] /Contents <00> /Reason (Signed\\053) %s >> "
                                 "endobj 12 0 obj [ ] endobj",
                                 reference))});
}

TEST(a_signed_file_gets_annotations_instead)
{
    struct pdf_stamped out = {0};
    struct str pdf = signed_file(s, "", "/Annots 12 0 R");

    REQUIRE_OK(pdf_stamp(s, pdf, &two_lines, &out));
    EXPECT(out.annotations);
    EXPECT(str_starts(out.pdf, pdf));
    EXPECT(pdf_fixture_sound(s, out.pdf));
    EXPECT(contains(str_slice(out.pdf, pdf.bytes, out.pdf.bytes), "/Subtype /Stamp"));
    EXPECT(contains(pdf_fixture_text(s, out.pdf, 2, 2), "Signerad av Åsa Öberg"));
    EXPECT(!contains(str_slice(out.pdf, pdf.bytes, out.pdf.bytes), "/Type /Page "));
}

TEST(annotations_stand_upright_on_turned_pages)
{
    static const char *const turns[] = {"/Rotate 0", "/Rotate 90", "/Rotate 180", "/Rotate 270"};

    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        struct pdf_stamped out = {0};
        REQUIRE_OK(pdf_stamp(s, signed_file(s, "", turns[i]), &two_lines, &out));
        EXPECT(contains(pdf_fixture_text(s, out.pdf, 1, 1), "Signerad av Åsa Öberg"));
    }
}

TEST(a_signature_that_forbids_annotations_is_respected)
{
    static const struct {
        const char *reference;
        enum status status;
    } cases[] = {
        {"/Reference [ << /TransformMethod /DocMDP /TransformParams << /P 1 >> >> ]", REFUSED},
        {"/Reference [ << /TransformMethod /DocMDP /TransformParams << /P 2 >> >> ]", REFUSED},
        {"/Reference [ << /TransformMethod /DocMDP /TransformParams << /V /1.2 >> >> ]", REFUSED},
        {"/Reference [ << /TransformMethod /DocMDP >> ]", REFUSED},
        {"/Reference [ << /TransformMethod /DocMDP /TransformParams << /P 3 >> >> ]", OK},
        {"/Reference [ << /TransformMethod /FieldMDP /TransformParams << /P 1 >> >> ]", REFUSED},
        {"/Reference [ << /TransformMethod /FieldMDP /TransformParams << /Action /All >> >> ]", OK},
    };
    struct pdf_stamped out = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT_EQUAL(pdf_stamp(s, signed_file(s, cases[i].reference, ""), &two_lines, &out),
                     cases[i].status);
}

TEST(a_stamp_that_cannot_be_drawn_is_refused)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});
    struct str line = str("日本");
    struct pdf_stamped out = {0};

    EXPECT(pdf_stamp(s, pdf, &(struct pdf_stamp){.lines = &line, .line_count = 1}, &out) ==
           INVALID);
    EXPECT(pdf_stamp(s, pdf, &(struct pdf_stamp){.line_count = 0}, &out) == INVALID);
}

TEST(a_damaged_file_is_repaired_before_it_is_stamped)
{
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 2});
    struct pdf_stamped out = {0};

    pdf.bytes -= 12;
    REQUIRE_OK(pdf_stamp(s, pdf, &two_lines, &out));
    EXPECT(out.repaired);
    expect_stamped(s, &out, 2);
}

TEST(the_facts_of_a_signed_file_are_read)
{
    struct pdf_facts facts = {0};

    REQUIRE_OK(pdf_inspect(s, signed_file(s, "", ""), &facts));
    EXPECT_STR(facts.version, "1.7");
    EXPECT_EQUAL(facts.page_count, 2);
    EXPECT_EQUAL(facts.revision_count, 1);
    EXPECT_EQUAL(facts.signature_count, 1);
    EXPECT_STR(facts.signatures[0].field, "Dealer");
    EXPECT_STR(facts.signatures[0].sub_filter, "ETSI.CAdES.detached");
    EXPECT_STR(facts.signatures[0].reason, "Signed+");
    EXPECT(!facts.signatures[0].well_placed && !facts.signatures[0].covers_file);
    EXPECT(!facts.damaged && !facts.encrypted);
}

TEST(each_update_is_counted_as_a_revision)
{
    struct pdf_stamped out = {0};
    struct pdf_facts facts = {0};
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1});

    REQUIRE_OK(pdf_stamp(s, pdf, &two_lines, &out));
    REQUIRE_OK(pdf_inspect(s, out.pdf, &facts));
    EXPECT_EQUAL(facts.revision_count, 2);
    EXPECT_EQUAL(facts.revision_ends[0], pdf.bytes);
    EXPECT_EQUAL(facts.revision_ends[1], out.pdf.bytes);
}

TEST(fields_that_lead_back_into_themselves_end)
{
    struct pdf_facts facts = {0};
    struct str pdf = pdf_fixture(
        s, &(struct pdf_fixture){.pages = 1,
                                 .catalog = "/AcroForm << /Fields [10 0 R] >>",
                                 .more = "10 0 obj << /T (a) /Kids [10 0 R] >> endobj"});

    EXPECT(pdf_inspect(s, pdf, &facts) == TOO_LARGE);
}

TEST(a_tree_of_pages_that_is_too_deep_is_refused)
{
    struct buf nodes = buf_make(s, 1 << 20);
    struct pdf_facts facts = {0};

    for (int i = 10000; i < 12000; i++)
        buf_format(&nodes, "%d 0 obj << /Type /Pages /Count 1 /Kids [%d 0 R] >> endobj ", i, i + 1);
    struct str pdf = pdf_fixture(s, &(struct pdf_fixture){.pages = 1,
                                                          .catalog = "/Pages 10000 0 R",
                                                          .more = str_z(s, buf_str(&nodes))});
    EXPECT(pdf_inspect(s, pdf, &facts) == TOO_LARGE);
}
