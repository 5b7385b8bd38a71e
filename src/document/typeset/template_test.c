// Templates as they are read and rendered.
#include "document/typeset/template.h"

#include "core/scope.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static const struct template_about about = {.now_us = 1764500000000000};

static enum status render(struct scope *s, const char *text, const char *json,
                          struct template_result *out)
{
    struct template *t = NULL;
    struct json data = {0};

    TRY(template_compile(s, str("t"), str(text), NULL, &t));
    TRY(json_parse(s, str(json), &json_limits_strict, &data));
    return template_render(s, t, data, &about, out);
}

static struct str text_of(struct scope *s, const char *text, const char *json)
{
    struct template_result out = {0};

    EXPECT_OK(render(s, text, json, &out));
    EXPECT(pdf_fixture_sound(s, out.pdf));
    return pdf_fixture_text(s, out.pdf, 1, out.page_count);
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

TEST(fields_are_filled_from_the_data_and_kept_as_text)
{
    struct str text = text_of(s, "# Avtal {{ id }}\n\nKöpare: {{ buyer.name }} i {{buyer.city}}.\n",
                              "{\"id\":\"0042\",\"buyer\":{\"name\":\"# Åsa **Öberg**\","
                              "\"city\":\"{{id}} | ::: page\"}}");

    EXPECT(has(text, "Avtal 0042"));
    EXPECT(has(text, "Köpare: # Åsa **Öberg** i {{id}} | ::: page."));
}

TEST(what_is_repeated_stands_for_every_item_with_its_number)
{
    struct str text = text_of(
        s, "{{#each cars}}\nBil {{$index}} av {{$count}}: {{vin}}, {{$root.dealer}}\n{{/each}}\n",
        "{\"dealer\":\"D1\",\"cars\":[{\"vin\":\"AAA\"},{\"vin\":\"BBB\"}]}");

    EXPECT(has(text, "Bil 1 av 2: AAA, D1"));
    EXPECT(has(text, "Bil 2 av 2: BBB, D1"));
}

TEST(rows_of_a_table_can_be_repeated)
{
    struct str text =
        text_of(s,
                "| Vara | Pris |\n|---|--:|\n{{#each rows}}\n| {{a}} | {{$money(b)}} |\n"
                "{{/each}}\n| Summa | {{$money($sum(rows.b), \"SEK\")}} |\n\nEfter.\n",
                "{\"rows\":[{\"a\":\"x|y\",\"b\":1234.5},{\"a\":\"z\",\"b\":-2}]}");

    EXPECT(has(text, "x|y"));
    EXPECT(has(text, "1 234,50"));
    EXPECT(has(text, "1 232,50 SEK"));
    EXPECT(has(text, "Efter."));
}

TEST(a_condition_chooses_blocks_and_words)
{
    static const char *template = "{{#if paid}}\nBetald.\n{{else}}\nAtt betala.\n{{/if}}\n\nEn "
                                  "{{#if blue}}blå{{else}}röd{{/if}} bil.\n";

    struct str text = text_of(s, template, "{\"paid\":true,\"blue\":0}");
    EXPECT(has(text, "Betald."));
    EXPECT(!has(text, "Att betala"));
    EXPECT(has(text, "En röd bil."));
    text = text_of(s, template, "{\"blue\":\"ja\"}");
    EXPECT(has(text, "Att betala."));
    EXPECT(has(text, "En blå bil."));
}

TEST(dates_and_numbers_are_written_in_the_documents_language)
{
    static const char *body =
        "{{$date(d)}} {{$date(d, \"short\")}} {{$decimal(n, 1)}} {{$decimal(n)}} "
        "({{$money(none)}})\n";
    struct str sv = str_concat(s, 2, str("---\nlanguage: sv\n---\n"), str(body));
    struct str en = str_concat(s, 2, str("---\nlanguage: en\n---\n"), str(body));
    const char *data = "{\"d\":\"20251103\",\"n\":12345.67}";

    EXPECT(has(text_of(s, str_z(s, sv), data), "3 november 2025 2025-11-03 12 345,7 12 346 ()"));
    EXPECT(has(text_of(s, str_z(s, en), data), "3 November 2025 2025-11-03 12,345.7 12,346 ()"));
}

TEST(what_is_wrong_is_told_with_its_line)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"a\n\n{{ x + }}\n", "t:3: "},
        {"---\ntitle: x\nfoo: 1\n---\n", "t:3: there is no key foo"},
        {"---\ntitle: x\n", "t:3: the front matter does not end with ---"},
        {"a\n{{ x\n", "t:2: {{ without }}"},
        {"{{#each x}}\na\n", "t:1: {{#each}} has no end within its place"},
        {"a\n\n{{/if}}\n", "t:3: {{/if}} ends nothing"},
        {"{{#each x}}\n\na\n\n{{/if}}\n",
         "t:5: {{/if}} ends nothing here; {{#each}} of line 1 is open"},
        {"::: boxx\n:::\n", "t:1: there is no directive ::: boxx"},
        {"a {{#if x}} b\n", "t:1: {{#if}} has no end within its paragraph"},
        {"# a\n\nb <script>x</script>\n", "t:3: a template may not have HTML but <br>: <script>"},
        {"{{#while x}}\n", "t:1: there is no {{#while x}}"},
        {"---\nmargin: 25\n---\n", "t:2: 25 is no margin: one to four lengths such as 25mm"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scope *inner = scope_open(8 << 20);
        struct template *t = NULL;
        EXPECT_EQUAL(template_compile(inner, str("t"), str(cases[i].text), NULL, &t), INVALID);
        EXPECT_STR(str_slice(scope_why(inner), 0, strlen(cases[i].why)), cases[i].why);
        scope_close(inner);
    }
}

TEST(an_expression_that_fails_on_the_data_is_told_with_its_line)
{
    struct template_result out = {0};

    EXPECT_EQUAL(render(s, "a\n\nb {{ a + \"x\" }}\n", "{\"a\":1}", &out), INVALID);
    EXPECT(has(scope_why(s), "t:3: T2002 in {{a + \"x\"}}"));
    EXPECT_EQUAL(render(s, "b {{ a }}\n", "{\"a\":{}}", &out), INVALID);
    EXPECT(has(scope_why(s), "t:1: {{a}} is an object"));
}

TEST(long_text_goes_on_over_pages_and_the_same_data_give_the_same_bytes)
{
    static const char *template =
        "---\nfooter: Sida {{$page}} av {{$pages}}\n---\n{{#each $map([1..200], "
        "function($i) {$i})}}\nStycke {{$}}\n{{/each}}\n";
    struct template_result one = {0};
    struct template_result two = {0};

    REQUIRE_OK(render(s, template, "{}", &one));
    REQUIRE_OK(render(s, template, "{}", &two));
    EXPECT(one.page_count > 3);
    EXPECT(str_equal(one.pdf, two.pdf));
    struct str text = pdf_fixture_text(s, one.pdf, 2, 2);
    EXPECT(has(text, str_z(s, str_format(s, "Sida 2 av %zu", one.page_count))));
}
