// The examples of docs/templates.md and the shipped templates say what they are meant to say.
#include "core/asset.h"
#include "core/json.h"
#include "core/scope.h"
#include "document/typeset/template.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

static const struct template_about about = {.now_us = 1764500000000000};

static bool has(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

static bool render(struct scope *s, struct str name, struct str text, const char *json,
                   struct template_result *out)
{
    struct template *t = NULL;
    struct json data = {0};

    EXPECT_OK(json_parse(s, str(json), &json_limits_strict, &data));
    return test_expect_ok(template_compile(s, name, text, NULL, &t), s, __FILE__, __LINE__,
                          "compile") &&
           test_expect_ok(template_render(s, t, data, &about, out), s, __FILE__, __LINE__,
                          "render") &&
           pdf_fixture_sound(s, out->pdf);
}

TEST(every_example_of_the_page_on_templates_renders)
{
    static const char *data =
        "{\"number\":17,\"due\":\"2025-12-24\",\"customer\":{\"name\":\"Åsa\"},\"paid\":true,"
        "\"link\":\"https://example.com/17\",\"cars\":[{\"make\":\"Saab\",\"model\":\"900\"}],"
        "\"rows\":[{\"name\":\"Oil\",\"price\":1200},{\"name\":\"Work\",\"price\":34.5}]}";
    struct str rest = {0};
    size_t count = 0;

    REQUIRE_OK(file_read_whole(s, world_real(), str("docs/templates.md"), 1 << 20, &rest));
    for (;;) {
        struct template_result out = {0};
        struct str fence = str("```template\n");
        size_t at = str_find(rest, fence);
        if (at == rest.bytes)
            break;
        rest = str_slice(rest, at + fence.bytes, rest.bytes);
        struct str example = str_slice(rest, 0, str_find(rest, str("```")));
        REQUIRE(render(s, str("docs/templates.md"), example, data, &out));
        count++;
    }
    EXPECT_EQUAL(count, 4);
}

static struct str shipped(const char *name, struct scope *s)
{
    const struct asset *a = asset_find(str_format(s, "services/signing/templates/%s", name));

    return a ? asset_text(a) : (struct str){0};
}

static const char contract[] =
    "{\"bundle_id\":\"2025-09-15-D1\",\"contract_id\":\"00972395\",\"sequence_no\":12,"
    "\"vin\":\"YV1ZWA8UDL2356789\",\"registration_no\":\"\",\"make\":\"Volvo\","
    "\"model\":\"V60 Ångbåt\",\"model_year\":2025,\"contract_type\":\"NYBI\","
    "\"contract_date\":\"2025-09-15\",\"due_date\":\"2025-10-15\",\"net_amount\":400000.00,"
    "\"vat_amount\":100000.00,\"gross_amount\":500000.00,\"currency\":\"SEK\",\"dealer_id\":\"D1\","
    "\"dealer_orgnr\":\"5566778899\",\"signee_name\":\"Åsa Öberg\"}";

TEST(the_contract_has_two_pages_with_the_vehicle_and_the_terms)
{
    struct template_result out = {0};

    REQUIRE(render(s, str("contract"), shipped("contract.md", s), contract, &out));
    EXPECT_EQUAL(out.page_count, 2);
    struct str one = pdf_fixture_text(s, out.pdf, 1, 1);
    EXPECT(has(one, "V60 Ångbåt"));
    EXPECT(has(one, "YV1ZWA8UDL2356789"));
    EXPECT(has(one, "ej registrerat"));
    EXPECT(has(one, "15 oktober 2025"));
    EXPECT(has(one, "556677-8899"));
    EXPECT(has(one, "25 %"));
    EXPECT(has(one, "Sida 1 av 2"));
    EXPECT(has(pdf_fixture_text(s, out.pdf, 2, 2), "Allmänna villkor"));
}

TEST(the_contract_in_english_has_the_same_pages)
{
    struct template_result out = {0};

    REQUIRE(render(s, str("contract.en"), shipped("contract.en.md", s), contract, &out));
    EXPECT_EQUAL(out.page_count, 2);
    EXPECT(has(pdf_fixture_text(s, out.pdf, 1, 1), "not registered"));
    EXPECT(has(pdf_fixture_text(s, out.pdf, 2, 2), "General terms"));
}

TEST(the_certificate_shows_who_signed_what_and_when)
{
    struct template_result out = {0};

    REQUIRE(render(s, str("certificate"), shipped("certificate.md", s),
                   "{\"bundle_id\":\"B1\",\"title\":\"Kontrakt\",\"sha256\":\"00112233445566778899"
                   "aabbccddeeff00112233445566778899aabbccddeeff\",\"verify_url\":\"https://x/B1\","
                   "\"signers\":[{\"name\":\"Åsa Öberg\",\"signed_at\":\"2025-09-16 08:14\"}],"
                   "\"events\":[{\"at\":\"08:14\",\"what\":\"Undertecknad\",\"detail\":\"x\"}]}",
                   &out));
    EXPECT_EQUAL(out.page_count, 1);
    struct str text = pdf_fixture_text(s, out.pdf, 1, 1);
    EXPECT(has(text, "Åsa Öberg"));
    EXPECT(has(text, "2025-09-16 08:14"));
    EXPECT(has(text, "00112233445566778899aabbccddeeff"));
}

TEST(a_notice_goes_without_what_is_not_there)
{
    struct template_result out = {0};

    REQUIRE(render(s, str("notice"), shipped("notice.md", s),
                   "{\"subject\":\"Hej\",\"paragraphs\":[\"Ett.\",\"Två.\"]}", &out));
    EXPECT_EQUAL(out.page_count, 1);
    struct str text = pdf_fixture_text(s, out.pdf, 1, 1);
    EXPECT(has(text, "Ett."));
    EXPECT(!has(text, "null"));
}
