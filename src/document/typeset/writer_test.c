#include "document/typeset/writer.h"

#include "document/pdf/archival.h"
#include "document/pdf/inspect.h"
#include "document/typeset/canvas.h"
#include "document/typeset/font.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static void put_line(struct scope *s, struct canvas *c, double y, enum font_face face,
                     const char *text)
{
    struct font_run run = {0};

    font_shape(s, &(struct font_style){.face = face, .language = str("sv")}, str(text), &run);
    canvas_text(c, 72, y, &run, &(struct canvas_text){.size = 11});
}

static struct str one_page(struct scope *s, const char *text)
{
    struct writer *w = writer_new(s, NULL);
    struct canvas *c = canvas_new(s);
    struct str out = {0};

    put_line(s, c, 700, FONT_REGULAR, text);
    put_line(s, c, 680, FONT_BOLD, text);
    writer_page(w, c, PAPER_A4);
    EXPECT_OK(writer_finish(w, &(struct writer_about){.title = str("Åäö")}, &out));
    return out;
}

TEST(a_page_of_text_is_a_sound_file_whose_text_can_be_read)
{
    struct str pdf =
        one_page(s, "Köpekontrakt för Åsa Öberg – 1 234,50 €, office information AVATAR");

    EXPECT(pdf_fixture_sound(s, pdf));
    EXPECT_STR(pdf_fixture_text(s, pdf, 1, 1),
               "Köpekontrakt för Åsa Öberg – 1 234,50 €, office information AVATAR\n"
               "Köpekontrakt för Åsa Öberg – 1 234,50 €, office information AVATAR");
}

TEST(text_beyond_latin_is_of_the_wide_subset)
{
    struct str pdf = one_page(s, "Ελλάδα Москва Tiếng Việt");

    EXPECT(pdf_fixture_sound(s, pdf));
    EXPECT_STR(pdf_fixture_text(s, pdf, 1, 1),
               "Ελλάδα Москва Tiếng Việt\nΕλλάδα Москва Tiếng Việt");
}

// Lato joins f to an l that has an accent, and the accent is a glyph of its own then.
TEST(joined_letters_with_accents_can_be_read)
{
    struct str pdf = one_page(s, "aaf\xC4\xBA f\xC4\xBE f\xC5\xA5 tillf\xC3\xA4lle information");

    EXPECT(pdf_fixture_sound(s, pdf));
    EXPECT_STR(pdf_fixture_text(s, pdf, 1, 1), "aafĺ fľ fť tillfälle information\n"
                                               "aafĺ fľ fť tillfälle information");
}

TEST(the_same_calls_give_the_same_bytes)
{
    EXPECT(str_equal(one_page(s, "abc"), one_page(s, "abc")));
    EXPECT(!str_equal(one_page(s, "abc"), one_page(s, "abd")));
}

TEST(a_form_of_the_stock_is_shown_in_every_file_of_it)
{
    struct stock *stock = stock_new(s);
    struct canvas *frame = canvas_new(s);
    put_line(s, frame, 20, FONT_ITALIC, "Sheaf AB, 556000-0000");
    const struct drawing *form = stock_form(stock, frame, PAPER_A4);
    struct str files[2] = {{0}};

    for (int i = 0; i < 2; i++) {
        struct writer *w = writer_new(s, stock);
        struct canvas *c = canvas_new(s);
        canvas_draw(c, form, (struct box){0});
        put_line(s, c, 700, FONT_REGULAR, i ? "two" : "one");
        writer_page(w, c, PAPER_A4);
        REQUIRE_OK(writer_finish(w, &(struct writer_about){0}, &files[i]));
    }
    EXPECT(pdf_fixture_sound(s, files[1]));
    EXPECT_STR(pdf_fixture_text(s, files[1], 1, 1), "two\n\nSheaf AB, 556000-0000");
}

// A document with all that the writer can do, for looking at.
static struct str rich(struct scope *s, size_t pages, bool pdfa)
{
    struct writer *w = writer_new(s, NULL);
    struct tag *document = writer_tag(w, NULL, "Document", NULL);
    struct str out = {0};

    for (size_t i = 0; i < pages; i++) {
        struct canvas *c = canvas_new(s);
        struct tag *section = writer_tag(w, document, "Sect", NULL);
        canvas_tag(c, NULL);
        put_line(s, c, 20, FONT_ITALIC, "Sidfot");
        canvas_tag(c, writer_tag(w, section, "H1", NULL));
        put_line(s, c, 700, FONT_BOLD, "Rubrik");
        canvas_tag(c, writer_tag(w, section, "Link", NULL));
        put_line(s, c, 680, FONT_REGULAR, "länk");
        canvas_link(c, (struct box){72, 678, 30, 12}, str("https://example.com/?a=b&c=(d"));
        canvas_link_page(c, (struct box){72, 18, 30, 12}, pages - 1, 800);
        (void)writer_tag(w, section, "P", NULL); // nothing comes of it
        canvas_untag(c);
        writer_page(w, c, PAPER_A4);
        writer_outline(w, (unsigned)(i % 3), str("Kapitel (ett)"), i, 700);
    }
    EXPECT_OK(writer_attach(w, &(struct writer_attachment){.name = str("faktura åäö.xml"),
                                                           .media_type = str("application/xml"),
                                                           .relationship = "Source",
                                                           .data = str("<a/>")}));
    EXPECT_OK(writer_finish(w,
                            &(struct writer_about){.title = str("Titel <&> \xC3\xA5"),
                                                   .author = str("Sheaf AB"),
                                                   .language = str("sv"),
                                                   .created_us = 1764497700000000,
                                                   .pdfa = pdfa},
                            &out));
    return out;
}

TEST(a_document_with_tags_links_bookmarks_and_attachments_is_sound)
{
    struct pdf_facts facts = {0};
    struct str few = rich(s, 3, true);
    struct str many = rich(s, 60, false); // packed

    struct pdf_archival archival = {0};

    EXPECT(pdf_fixture_sound(s, few));
    EXPECT(pdf_fixture_sound(s, many));
    REQUIRE_OK(pdf_archival(s, few, &archival));
    EXPECT_STR(archival.claim, "3B");
    EXPECT_EQUAL(archival.complaint_count, 0);
    REQUIRE_OK(pdf_inspect(s, few, &facts));
    EXPECT_EQUAL(facts.page_count, 3);
    EXPECT_EQUAL(facts.attachment_count, 1);
    EXPECT_STR(facts.attachments[0].name, "faktura åäö.xml");
    REQUIRE_OK(pdf_inspect(s, many, &facts));
    EXPECT_EQUAL(facts.page_count, 60);
    EXPECT(many.bytes < 110000);
}
