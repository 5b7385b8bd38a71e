#include "document/typeset/font.h"

#include "document/typeset/font_impl.h"
#include "test/harness.h"

static struct font_run shaped(struct scope *s, enum font_face face, struct str text)
{
    struct font_run run = {0};

    font_shape(s, &(struct font_style){.face = face, .language = str("sv")}, text, &run);
    return run;
}

static long width(struct scope *s, const char *text)
{
    return shaped(s, FONT_REGULAR, str(text)).width;
}

TEST(letters_are_kerned_and_joined_but_not_in_columns)
{
    struct font_run run = {0};

    EXPECT(width(s, "AV") < width(s, "A") + width(s, "V"));
    EXPECT_EQUAL(shaped(s, FONT_REGULAR, str("office")).glyph_count, 4);
    font_shape(s, &(struct font_style){.columns = true}, str("office AV"), &run);
    EXPECT_EQUAL(run.glyph_count, 9);
    EXPECT_EQUAL(font_run_width(&run, 7, 9), width(s, "A") + width(s, "V"));
}

TEST(figures_are_of_one_width_in_every_face)
{
    for (int face = 0; face < FONT_FACES; face++) {
        long zero = shaped(s, (enum font_face)face, str("0")).width;
        for (const char *digit = "123456789"; *digit; digit++)
            EXPECT_EQUAL(shaped(s, (enum font_face)face, str_of(digit, 1)).width, zero);
    }
}

TEST(a_part_of_a_run_is_as_wide_as_its_glyphs)
{
    struct font_run run = shaped(s, FONT_BOLD, str("Åsa köpte två bilar"));
    size_t cut = strlen("Åsa köpte");
    struct font_run part = font_run_part(&run, cut, run.text.bytes);

    EXPECT_EQUAL(font_run_width(&run, 0, cut) + part.width, run.width);
    EXPECT_EQUAL(part.glyph_count, strlen(" tva bilar"));
    EXPECT_EQUAL(font_run_part(&part, cut, cut).glyph_count, 0);
    EXPECT_EQUAL(font_run_width(&part, cut, run.text.bytes), part.width);
}

TEST(what_a_face_lacks_is_counted_and_shows_as_a_box)
{
    struct font_run run = shaped(s, FONT_REGULAR, str("Pris: 日本 kr"));

    EXPECT_EQUAL(run.missing, 2);
    EXPECT_EQUAL(run.missing_first, 0x65E5);
    for (size_t i = 0; i < run.glyph_count; i++)
        EXPECT(run.glyphs[i].id != 0);
    EXPECT_EQUAL(shaped(s, FONT_REGULAR, str("a\xFFz")).missing_first, 0xFFFD);
    EXPECT_EQUAL(shaped(s, FONT_REGULAR, str("שלום")).missing, 4);
    EXPECT_EQUAL(shaped(s, FONT_REGULAR, str("a\tb\nc")).missing, 0);
    EXPECT(shaped(s, FONT_REGULAR, str("Москва")).wide);
    EXPECT(!shaped(s, FONT_REGULAR, str("Málaga – Łódź €")).wide);
}

// The words that a thread keeps are thrown away when there are too many.
TEST(a_word_is_shaped_alike_however_often_and_among_however_many)
{
    long first = width(s, "Överlåtelse");

    for (int i = 0; i < 20000; i++) {
        struct scope *one = scope_open(1 << 20);
        struct font_run run = shaped(one, FONT_ITALIC, str_format(one, "ord%d", i));
        EXPECT(run.glyph_count == run.text.bytes);
        scope_close(one);
    }
    EXPECT_EQUAL(width(s, "Överlåtelse"), first);
    struct str longest = str_format(s, "%0200d", 7);
    EXPECT_EQUAL(shaped(s, FONT_MONO, longest).width, 200 * width(s, "") + 200 * 602);
    EXPECT_EQUAL(shaped(s, FONT_REGULAR, str("")).glyph_count, 0);
}

// Else it could not be searched for or copied without the help of the canvas.
TEST(every_glyph_that_plain_text_comes_to_says_what_it_stands_for)
{
    for (int face = 0; face < FONT_FACES; face++) {
        const struct font *f = font_of((enum font_face)face, false);
        char pair[3] = {0};
        for (pair[0] = ' '; pair[0] <= '~'; pair[0]++) {
            for (pair[1] = ' '; pair[1] <= '~'; pair[1]++) {
                struct font_run run = shaped(s, (enum font_face)face, str(pair));
                for (size_t i = 0; i < run.glyph_count; i++)
                    EXPECT(f->texts[run.glyphs[i].id].characters[0] != 0);
            }
        }
    }
}

TEST(metrics_are_those_of_the_faces)
{
    const struct font_metrics *m = font_metrics(FONT_REGULAR);

    EXPECT(m->ascent > 700 && m->ascent < 1200);
    EXPECT(m->descent < -150 && m->descent > -400);
    EXPECT(m->x_height > 400 && m->x_height < m->cap_height);
    EXPECT(m->underline < 0 && m->underline_thick > 0);
}
