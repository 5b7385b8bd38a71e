// Files of the writer, joined by document/pdf/assemble.h.
#include "core/buf.h"
#include "document/pdf/archival.h"
#include "document/pdf/assemble.h"
#include "document/pdf/revision.h"
#include "document/typeset/canvas.h"
#include "document/typeset/font.h"
#include "document/typeset/writer.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static void put_line(struct scope *s, struct canvas *c, double y, enum font_face face,
                     struct str text)
{
    struct font_run run = {0};

    font_shape(s, &(struct font_style){.face = face, .language = str("sv")}, text, &run);
    canvas_text(c, 72, y, &run, &(struct canvas_text){.size = 11});
}

static const struct drawing *letterhead(struct scope *s, struct stock *stock, const char *text)
{
    struct canvas *c = canvas_new(s);

    put_line(s, c, 20, FONT_ITALIC, str(text));
    return stock_form(stock, c, PAPER_A4);
}

// A contract of two pages, the first with a tag and a link to the second.
static struct str contract(struct scope *s, const struct stock *stock, const struct drawing *head,
                           int number, bool pdfa)
{
    struct writer *w = writer_new(s, stock);
    struct tag *paragraph = writer_tag(w, NULL, "P", NULL);
    struct str out = {0};

    for (int page = 1; page <= 2; page++) {
        struct canvas *c = canvas_new(s);
        canvas_tag(c, NULL);
        canvas_draw(c, head, (struct box){0});
        canvas_tag(c, paragraph);
        put_line(s, c, 700, page == 1 ? FONT_REGULAR : FONT_BOLD,
                 str_format(s, "Avtal %d, sida %d, (12 0 R) för Åsa", number, page));
        if (page == 1)
            canvas_link_page(c, (struct box){72, 690, 100, 20}, 1, 800);
        writer_page(w, c, PAPER_A4);
    }
    EXPECT_OK(writer_finish(
        w, &(struct writer_about){.title = str("(12 0 R)"), .language = str("sv"), .pdfa = pdfa},
        &out));
    return out;
}

static struct str finish(struct scope *s, struct assembly *a)
{
    struct str out = {0};

    EXPECT_OK(assembly_finish(a, &(struct assembly_about){.title = str("Bunt")}, &out));
    EXPECT(pdf_fixture_sound(s, out));
    return out;
}

TEST(our_own_files_are_joined_with_their_tags_and_share_what_they_have_alike)
{
    struct stock *stock = stock_new(s);
    const struct drawing *head = letterhead(s, stock, "Sheaf AB");
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};
    struct str one = contract(s, stock, head, 0, false);

    for (int i = 0; i < 10; i++) {
        EXPECT_OK(assembly_add(a, contract(s, stock, head, i, false), str_format(s, "Avtal %d", i),
                               &part));
        EXPECT(part.own);
        EXPECT_EQUAL(part.first_page, 2 * i);
        EXPECT_EQUAL(part.page_count, 2);
    }
    struct str out = finish(s, a);
    EXPECT(out.bytes < one.bytes + 10 * 2 * 1000);
    EXPECT_STR(pdf_fixture_text(s, out, 1, 1), "Avtal 0, sida 1, (12 0 R) för Åsa\n\nSheaf AB");
    EXPECT_STR(pdf_fixture_text(s, out, 20, 20), "Avtal 9, sida 2, (12 0 R) för Åsa\n\nSheaf AB");

    struct revision *r = NULL;
    struct str text = {0};
    REQUIRE_OK(revision_open(s, out, &r));
    REQUIRE_OK(revision_find(r, revision_catalog(r), "MarkInfo/Marked", &text));
    EXPECT_STR(text, "true");
    REQUIRE_OK(revision_find(r, revision_catalog(r), "Lang", &text));
    EXPECT_STR(text, "(sv)");
    REQUIRE_OK(revision_find(r, revision_page(r, 19), "StructParents", &text));
    // Each part has a key for its two pages and one for its link.
    EXPECT_STR(text, "28");
}

TEST(parts_of_two_makers_and_foreign_files_are_joined_together)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};

    for (int i = 0; i < 4; i++) {
        struct stock *stock = stock_new(s);
        const struct drawing *head = letterhead(s, stock, i % 2 ? "Ett AB" : "Två AB");
        EXPECT_OK(assembly_add(a, contract(s, stock, head, i, false), (struct str){0}, &part));
        EXPECT(part.own);
        EXPECT_OK(assembly_add(a, pdf_fixture(s, &(struct pdf_fixture){.pages = 1}),
                               (struct str){0}, &part));
        EXPECT(!part.own);
    }
    struct str out = finish(s, a);
    EXPECT_STR(pdf_fixture_text(s, out, 2, 2), "Avtal 0, sida 2, (12 0 R) för Åsa\n\nTvå AB");
    EXPECT_STR(pdf_fixture_text(s, out, 3, 3), "Page 1");
    EXPECT_STR(pdf_fixture_text(s, out, 11, 11), "Avtal 3, sida 2, (12 0 R) för Åsa\n\nEtt AB");
}

TEST(parts_that_all_claim_pdfa_make_a_document_that_keeps_the_claim)
{
    struct stock *stock = stock_new(s);
    const struct drawing *head = letterhead(s, stock, "Sheaf AB");
    struct assembled_part part = {0};
    struct pdf_archival archival = {0};

    for (int foreign = 0; foreign < 2; foreign++) {
        struct assembly *a = assembly_new(s);
        EXPECT_OK(assembly_add(a, contract(s, stock, head, 1, true), (struct str){0}, &part));
        EXPECT_OK(assembly_add(a, contract(s, stock, head, 2, true), str("Två"), &part));
        if (foreign)
            EXPECT_OK(assembly_add(a, contract(s, stock, head, 3, false), str("Tre"), &part));
        REQUIRE_OK(pdf_archival(s, finish(s, a), &archival));
        EXPECT_STR(archival.claim, foreign ? "" : "2B");
        EXPECT_EQUAL(archival.complaint_count, 0);
    }
}

// A file of ours with something behind it, or something else in it, goes the long way or fails.
TEST(an_altered_file_of_ours_is_told_from_one_that_is_as_it_was_written)
{
    struct stock *stock = stock_new(s);
    struct str pdf = contract(s, stock, letterhead(s, stock, "Sheaf AB"), 1, false);
    struct revision *r = NULL;
    struct str text = {0};
    struct str changed = {0};
    struct assembled_part part = {0};

    REQUIRE_OK(revision_open(s, pdf, &r));
    REQUIRE_OK(revision_object(r, revision_page(r, 0), &text));
    revision_put(r, revision_page(r, 0), pdf_set(s, text, "Rotate", str("90")));
    REQUIRE_OK(revision_finish(r, &changed));
    EXPECT_OK(assembly_add(assembly_new(s), changed, (struct str){0}, &part));
    EXPECT(!part.own);

    struct buf copy = buf_make(s, pdf.bytes);
    buf_put(&copy, pdf);
    for (size_t at = 20; at < pdf.bytes; at += 997) {
        struct scope *one = scope_open((size_t)64 << 20);
        copy.data[at] ^= 1;
        struct assembly *a = assembly_new(one);
        if (assembly_add(a, buf_str(&copy), (struct str){0}, &part) == OK && part.own) {
            // Only in what does not come along: the tree of pages and what stands behind it.
            EXPECT(at > str_find(pdf, str("/Type/Pages")));
        }
        copy.data[at] ^= 1;
        scope_close(one);
    }
}
