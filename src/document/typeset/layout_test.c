// What a page looks like: where text stands, what stays together, where lines end.
#include "core/scope.h"
#include "document/typeset/hyphen_impl.h"
#include "document/typeset/template.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static const struct template_about about = {.now_us = 1764500000000000};

static void render(struct scope *s, struct str text, const char *json, struct template_result *out)
{
    struct template *t = NULL;
    struct json data = {0};

    EXPECT_OK(json_parse(s, str(json), &json_limits_strict, &data));
    EXPECT_OK(template_compile(s, str("t"), text, NULL, &t));
    EXPECT_OK(template_render(s, t, data, &about, out));
    EXPECT(pdf_fixture_sound(s, out->pdf));
}

static struct str page(struct scope *s, const struct template_result *out, size_t number)
{
    return pdf_fixture_text(s, out->pdf, number, number);
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

static struct str repeated(struct scope *s, const char *line, size_t times)
{
    struct str out = str("");

    for (size_t i = 0; i < times; i++)
        out = str_concat(s, 2, out, str(line));
    return out;
}

TEST(a_tables_head_stands_again_on_every_page)
{
    static const char *template =
        "| Vara | Pris |\n|---|--:|\n{{#each $map([1..120], function($i){{\"n\":$i}})}}\n"
        "| Rad {{n}} | {{n}} |\n{{/each}}\n";
    struct template_result out = {0};

    render(s, str(template), "{}", &out);
    EXPECT_EQUAL(out.page_count, 4);
    for (size_t i = 1; i <= out.page_count; i++)
        EXPECT(has(page(s, &out, i), "Vara"));
    EXPECT(has(page(s, &out, 4), "Rad 120"));
}

TEST(a_heading_is_never_the_last_line_of_a_page)
{
    // Wherever the page ends, the heading and the paragraph's first lines are on one page.
    for (size_t lines = 15; lines < 40; lines++) {
        struct template_result out = {0};
        struct str text = str_concat(s, 2, repeated(s, "Ett stycke.\n\n", lines),
                                     str("## Rubriken\n\nStycket under.\n"));
        render(s, text, "{}", &out);
        for (size_t i = 1; i <= out.page_count; i++)
            EXPECT(has(page(s, &out, i), "Rubriken") == has(page(s, &out, i), "Stycket under"));
    }
}

TEST(what_is_kept_together_stands_on_one_page)
{
    for (size_t lines = 30; lines < 34; lines++) {
        struct template_result out = {0};
        struct str text = str_concat(
            s, 2, repeated(s, "Ett stycke.\n\n", lines),
            str("::: keep\nFörst.\n\nSedan.\n\n| a | b |\n|---|---|\n| Sist | x |\n:::\n"));
        render(s, text, "{}", &out);
        for (size_t i = 1; i <= out.page_count; i++)
            EXPECT(has(page(s, &out, i), "Först") == has(page(s, &out, i), "Sist"));
    }
}

TEST(swedish_and_english_words_are_parted_by_their_own_patterns)
{
    uint16_t points[HYPHEN_WORD_LETTERS_MAX];

    EXPECT(hyphen_points(str("sv"), str("förseningsavgift"), points) >= 3);
    EXPECT(hyphen_points(str("en"), str("representation"), points) >= 2);
    EXPECT_EQUAL(hyphen_points(str("sv"), str("bil"), points), 0);
    EXPECT_EQUAL(hyphen_points(str("sv"), str("AKTIEBOLAG"), points), 0);
    EXPECT_EQUAL(hyphen_points(str("fi"), str("representation"), points), 0);
    size_t count = hyphen_points(str("sv"), str("överlåtelsehandling"), points);
    for (size_t i = 0; i < count; i++)
        EXPECT((str("överlåtelsehandling").data[points[i]] & 0xC0) != 0x80); // whole letters
}

TEST(a_word_that_is_wider_than_the_page_is_broken_and_nothing_is_lost)
{
    struct template_result out = {0};
    struct str word = repeated(s, "abcdefghij", 40);
    struct str text = str_concat(s, 3, str("| {{x}} |\n|---|\n| "), word, str(" |\n\n{{x}}\n"));
    size_t letters = 0;

    render(s, text, "{\"x\":\"kort\"}", &out);
    struct str set = page(s, &out, 1);
    for (size_t i = 0; i < set.bytes; i++)
        letters += set.data[i] == 'j';
    EXPECT_EQUAL(letters, 40);
}

TEST(fixed_columns_and_boxes_are_set_once_and_drawn_in_every_document)
{
    static const char *template =
        "::: columns 50 50\nVänster\n\nmer\n::: column\n::: box\nHöger\n:::\n:::\n"
        "\n::: page\n\n## Villkor\n\nFast text. Fast text. Fast text. Fast "
        "text. Fast text. Fast text. Fast text. Fast text. Fast text.\n\n"
        "{{x}}\n";
    struct template_result out = {0};

    render(s, str(template), "{\"x\":\"Sist\"}", &out);
    EXPECT_EQUAL(out.page_count, 2);
    EXPECT(has(page(s, &out, 1), "Vänster") && has(page(s, &out, 1), "Höger"));
    EXPECT(has(page(s, &out, 2), "Villkor") && has(page(s, &out, 2), "Sist"));
}

TEST(a_document_in_another_language_than_the_templates_is_set_in_it)
{
    struct template_about english = {.now_us = 1764500000000000, .language = str("en")};
    struct template_result out = {0};
    struct template *t = NULL;
    struct json data = {0};

    REQUIRE_OK(json_parse(s, str("{\"n\":1234.5}"), &json_limits_strict, &data));
    REQUIRE_OK(template_compile(s, str("t"), str("Fast text.\n\n{{$money(n)}}\n"), NULL, &t));
    REQUIRE_OK(template_render(s, t, data, &english, &out));
    struct str text = page(s, &out, 1);
    EXPECT(has(text, "Fast text.") && has(text, "1,234.50"));
}

TEST(a_document_that_is_too_large_for_its_scope_is_refused)
{
    struct scope *tight = scope_open(24 << 20);
    struct template *t = NULL;
    struct template_result out = {0};
    struct json data = {0};
    struct str long_text = repeated(s, "ord och ord ", 8000);
    struct str json = str_format(s, "{\"a\":\"%.*s\"}", STR(long_text));

    REQUIRE_OK(json_parse(s, json, &json_limits_strict, &data));
    REQUIRE_OK(template_compile(s, str("t"), str("{{a}} {{a}}\n"), NULL, &t));
    EXPECT_EQUAL(template_render(tight, t, data, &about, &out), TOO_LARGE);
    EXPECT(scope_why(tight).bytes > 0);
    scope_close(tight);
}

TEST(a_tagged_document_has_a_structure)
{
    struct template_result out = {0};

    render(s,
           str("---\ntagged: yes\n---\n# A\n\n- b\n- c\n\n| d | e |\n|---|---|\n| f | {{x}} |\n"),
           "{\"x\":\"g\"}", &out);
    EXPECT(has(out.pdf, "/StructTreeRoot"));
    EXPECT(has(page(s, &out, 1), "f"));
}
