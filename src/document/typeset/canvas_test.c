#include "document/typeset/canvas.h"

#include "core/buf.h"
#include "document/typeset/canvas_impl.h"
#include "document/typeset/font_impl.h"
#include "test/harness.h"

TEST(numbers_are_written_short)
{
    static const struct {
        double points;
        const char *text;
    } cases[] = {{0, "0 "},        {1, "1 "},           {-1, "-1 "},     {0.5, ".5 "},
                 {-0.25, "-.25 "}, {12.10, "12.1 "},    {0.004, "0 "},   {-0.004, "0 "},
                 {100, "100 "},    {595.28, "595.28 "}, {0.009, ".01 "}, {1e300, "10000000 "}};
    struct buf out = buf_make(s, 100);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&out);
        canvas_put_points(&out, cases[i].points);
        EXPECT_STR(buf_str(&out), cases[i].text);
    }
}

TEST(a_state_is_written_only_when_it_changes)
{
    struct canvas *c = canvas_new(s);
    struct colour red = {255, 0, 0};

    canvas_fill(c, (struct box){0, 0, 10, 10}, red);
    canvas_fill(c, (struct box){20, 0, 10, 10}, red);
    canvas_clip(c, (struct box){0, 0, 5, 5});
    canvas_fill(c, (struct box){0, 0, 1, 1}, (struct colour){0, 0, 0});
    canvas_unclip(c);
    canvas_fill(c, (struct box){0, 0, 2, 2}, red);
    EXPECT_STR(canvas_finish(c), "1 0 0 rg\n0 0 10 10 re\nf\n20 0 10 10 re\nf\n"
                                 "q 0 0 5 5 re\nW n\n0 g\n0 0 1 1 re\nf\nQ\n0 0 2 2 re\nf\n");
}

// Texts that follow one another are one text object, each placed from the one before.
TEST(texts_are_placed_from_one_another_without_adding_up_errors)
{
    struct canvas *c = canvas_new(s);
    struct font_run run = {0};

    font_shape(s, &(struct font_style){.face = FONT_MONO}, str(" "), &run);
    for (int i = 0; i < 3; i++)
        canvas_text(c, 10.004 * (i + 1), 700, &run, &(struct canvas_text){.size = 10});
    struct str text = canvas_finish(c);
    EXPECT(str_starts(text, str("BT /F8 10 Tf 10 700 Td[(")));
    EXPECT(str_find(text, str("]TJ\n10.01 0 Td[(")) < text.bytes);
    EXPECT(str_find(text, str("]TJ\n10 0 Td[(")) < text.bytes);
    EXPECT(str_ends(text, str("]TJ\nET\n")));
}

TEST(bytes_that_would_end_a_string_are_escaped)
{
    struct canvas *c = canvas_new(s);
    struct font_glyph glyphs[] = {{.id = '('}, {.id = ')'}, {.id = '\\'}, {.id = '\r'}};
    struct font_run run = {.glyphs = glyphs, .glyph_count = 4};
    const struct font *f = font_of(FONT_REGULAR, false);

    for (size_t i = 0; i < 4; i++)
        glyphs[i].advance = f->widths[glyphs[i].id];
    canvas_text(c, 0, 0, &run, &(struct canvas_text){.size = 1});
    struct str text = canvas_finish(c);
    struct str expected = str_of("[(\0\\(\0\\)\0\\\\\0\\r)]TJ", 18);
    EXPECT(str_find(text, expected) < text.bytes);
}

TEST(words_are_spread_by_moving_what_follows_a_space)
{
    struct canvas *c = canvas_new(s);
    struct font_run run = {0};

    font_shape(s, &(struct font_style){.columns = true}, str("a a"), &run);
    canvas_text(c, 0, 0, &run, &(struct canvas_text){.size = 10, .word_spacing = 2});
    struct str text = canvas_finish(c);
    EXPECT(str_find(text, str(")-200(")) < text.bytes);
}
