#include "document/pdf/assemble.h"

#include "core/buf.h"
#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "document/pdf/revision.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static struct str finish(struct scope *s, struct assembly *a)
{
    struct str out = {0};

    EXPECT_OK(assembly_finish(a, &(struct assembly_about){.title = str("Köp (1)")}, &out));
    EXPECT(pdf_fixture_sound(s, out));
    return out;
}

// What all objects of a small file say, those in object streams too.
static struct str objects_of(struct scope *s, struct str pdf)
{
    struct buf all = buf_make(s, 1 << 20);
    struct revision *r = NULL;
    struct str text = {0};

    EXPECT_OK(revision_open(s, pdf, &r));
    for (uint32_t i = 1; r && i < 200; i++) {
        EXPECT_OK(revision_object(r, (struct pdf_ref){i, 0}, &text));
        buf_put(&all, text);
    }
    return buf_str(&all);
}

static bool contains(struct scope *s, struct str pdf, const char *part)
{
    struct str text = objects_of(s, pdf);

    return str_find(pdf, str(part)) < pdf.bytes || str_find(text, str(part)) < text.bytes;
}

TEST(documents_are_joined_in_order_with_a_map_of_their_pages)
{
    static const struct pdf_fixture sources[] = {
        {.pages = 2, .word = "One"},
        {.pages = 1, .word = "Two", .xref_stream = true},
        {.pages = 3, .word = "Three", .inherited = true, .shared_resources = true},
    };
    struct assembly *a = assembly_new(s);
    struct assembled_part parts[3] = {{0}};

    for (size_t i = 0; i < 3; i++)
        EXPECT_OK(assembly_add(a, pdf_fixture(s, &sources[i]), str("part"), &parts[i]));
    struct str out = finish(s, a);
    EXPECT_EQUAL(parts[0].first_page, 0);
    EXPECT_EQUAL(parts[1].first_page, 2);
    EXPECT_EQUAL(parts[2].first_page, 3);
    EXPECT_EQUAL(parts[2].page_count, 3);
    EXPECT_STR(pdf_fixture_text(s, out, 2, 2), "One 2");
    EXPECT_STR(pdf_fixture_text(s, out, 3, 3), "Two 1");
    EXPECT_STR(pdf_fixture_text(s, out, 6, 6), "Three 3");
}

TEST(what_documents_have_alike_is_kept_once)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};

    for (int i = 0; i < 20; i++) {
        struct pdf_fixture f = {.pages = 1, .shared_bytes = 50000};
        f.word = str_z(s, str_format(s, "File %d", i));
        EXPECT_OK(assembly_add(a, pdf_fixture(s, &f), (struct str){0}, &part));
    }
    struct str out = finish(s, a);
    EXPECT(out.bytes < 50000 + 20 * 700);
    EXPECT_EQUAL(assembly_merged(a), 2 * 19);
}

TEST(joining_is_deterministic)
{
    struct str out[2] = {{0}};

    for (int i = 0; i < 2; i++) {
        struct assembly *a = assembly_new(s);
        struct assembled_part part = {0};
        EXPECT_OK(
            assembly_add(a, pdf_fixture(s, &(struct pdf_fixture){.pages = 3}), str("x"), &part));
        out[i] = finish(s, a);
    }
    EXPECT(str_equal(out[0], out[1]));
}

// Circles: an annotation and its page, a link to the next page, a form field and its widget.
TEST(pages_with_annotations_and_links_stay_apart)
{
    struct pdf_fixture f = {
        .pages = 2,
        .page = "/Annots [10 0 R 11 0 R]",
        .catalog = "/AcroForm << /Fields [12 0 R] /SigFlags 1 >>",
        .more =
            "10 0 obj << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /P 20 0 R "
            "/Dest [22 0 R /Fit] >> endobj "
            "11 0 obj << /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /Parent 12 0 R >> endobj "
            "12 0 obj << /FT /Sig /T (x) /Kids [11 0 R] /V 13 0 R >> endobj "
            "13 0 obj << /Type /Sig /SecretMark true >> endobj"};
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};

    EXPECT_OK(assembly_add(a, pdf_fixture(s, &f), (struct str){0}, &part));
    EXPECT_OK(assembly_add(a, pdf_fixture(s, &f), (struct str){0}, &part));
    EXPECT(part.lost_form && part.lost_signatures && !part.lost_outline);
    struct str out = finish(s, a);
    struct pdf_facts facts = {0};
    REQUIRE_OK(pdf_inspect(s, out, &facts));
    EXPECT_EQUAL(facts.page_count, 4);
    EXPECT_EQUAL(facts.signature_count, 0);
    EXPECT(!contains(s, out, "SecretMark"));
}

TEST(hidden_layers_stay_hidden)
{
    struct pdf_fixture f = {.pages = 1,
                            .page = "/Layer 10 0 R",
                            .catalog =
                                "/OCProperties << /OCGs [10 0 R 11 0 R] /D << /OFF [10 0 R] >> >>",
                            .more = "10 0 obj << /Type /OCG /Name (a) >> endobj "
                                    "11 0 obj << /Type /OCG /Name (unused) >> endobj"};
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};

    EXPECT_OK(assembly_add(a, pdf_fixture(s, &f), (struct str){0}, &part));
    EXPECT_OK(assembly_add(a, pdf_fixture(s, &f), (struct str){0}, &part));
    struct str out = finish(s, a);
    struct str text = objects_of(s, out);
    struct str off = str_slice(text, str_find(text, str("/OFF [")), 30);
    EXPECT(str_starts(off, str("/OFF [ ")));
    EXPECT(str_find(off, str(" ] ")) > strlen("/OFF [ 4 0 R"));
    EXPECT(!contains(s, out, "unused"));
}

TEST(a_document_that_cannot_be_read_leaves_the_others_as_they_were)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};

    EXPECT_OK(assembly_add(a, pdf_fixture(s, &(struct pdf_fixture){.pages = 1}), str("a"), &part));
    EXPECT(assembly_add(a, str("%PDF-1.4 and nothing more"), str("b"), &part) == INVALID);
    EXPECT(scope_why(s).bytes > 0);
    EXPECT_OK(assembly_add(a, pdf_fixture(s, &(struct pdf_fixture){.pages = 1}), str("c"), &part));
    EXPECT_EQUAL(part.first_page, 1);
    (void)finish(s, a);
}

TEST(files_are_attached_under_their_names)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};
    struct pdf_facts facts = {0};
    struct assembly_attachment files[] = {
        {str("räkning.xml"), str("application/xml"), str("UBL"), str("<Invoice/>")},
        {str("a b.txt"), {0}, {0}, str("text")},
        {str("a.txt"), {0}, {0}, str("other text")},
    };

    EXPECT_OK(assembly_add(a, pdf_fixture(s, &(struct pdf_fixture){.pages = 1}), str("a"), &part));
    for (size_t i = 0; i < 3; i++)
        EXPECT_OK(assembly_attach(a, &files[i]));
    EXPECT(assembly_attach(a, &files[0]) == CONFLICT);
    REQUIRE_OK(pdf_inspect(s, finish(s, a), &facts));
    REQUIRE(facts.attachment_count == 3);
    EXPECT_STR(facts.attachments[0].name, "a b.txt");
    EXPECT_STR(facts.attachments[2].name, "räkning.xml");
    EXPECT_STR(facts.attachments[2].description, "UBL");
}

TEST(an_assembly_without_pages_is_refused)
{
    struct str out = {0};

    EXPECT(assembly_finish(assembly_new(s), &(struct assembly_about){0}, &out) == INVALID);
}
