// Sums that are right, and each way in which they can be wrong.
#include "services/receipts/type_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "test/harness.h"

static const struct totals_def def = {
    .lines = STR_INIT("/lines"),
    .line_amount = STR_INIT("/a"),
    .line_rate = STR_INIT("/r"),
    .vat = STR_INIT("/vat"),
    .vat_rate = STR_INIT("/r"),
    .vat_base = STR_INIT("/b"),
    .vat_amount = STR_INIT("/v"),
    .total = STR_INIT("/total"),
};

static struct findings check(struct scope *s, const struct totals_def *what, const char *text)
{
    struct json document = {0};
    struct findings found = {0};

    if (test_expect_ok(json_parse(s, str(text), &json_limits_strict, &document), s, __FILE__,
                       __LINE__, text))
        totals_check(s, what, document, &found);
    return found;
}

// All findings as "at: message" lines.
static struct str said(struct scope *s, const struct findings *found)
{
    struct buf b = buf_make(s, 1 << 16);

    for (size_t i = 0; i < found->count; i++)
        buf_format(&b, "%s%.*s: %.*s", i ? "\n" : "", STR(found->items[i].at),
                   STR(found->items[i].message));
    return buf_str(&b);
}

// clang-format off
static const struct {
    const char *document;
    const char *findings;
} cases[] = {
    // Right.
    {"{\"lines\":[{\"a\":112,\"r\":12}],\"vat\":[{\"r\":12,\"b\":100,\"v\":12}],\"total\":112}", ""},
    {"{\"lines\":[{\"a\":0.10,\"r\":25},{\"a\":0.20,\"r\":25.0}],\"vat\":[{\"r\":25,\"b\":0.24,\"v\":0.06}],\"total\":0.3}", ""},
    {"{\"lines\":[{\"a\":-89,\"r\":6},{\"a\":59,\"r\":25}],"
      "\"vat\":[{\"r\":6,\"b\":-83.96,\"v\":-5.04},{\"r\":25,\"b\":47.2,\"v\":11.8}],\"total\":-30}", ""},
    {"{\"lines\":[],\"vat\":[],\"total\":0}", ""},
    // One cent off the product, because lines were rounded one by one.
    {"{\"lines\":[{\"a\":10.01,\"r\":25}],\"vat\":[{\"r\":25,\"b\":8.00,\"v\":2.01}],\"total\":10.01}", ""},
    // 0 % needs no entry; nor does what adds up to nothing.
    {"{\"lines\":[{\"a\":5,\"r\":0}],\"vat\":[],\"total\":5}", ""},
    {"{\"lines\":[{\"a\":5,\"r\":25},{\"a\":-5,\"r\":25}],\"vat\":[],\"total\":0}", ""},
    // As XML: texts, and a list of one that is no list.
    {"{\"lines\":{\"a\":\"+0112.00\",\"r\":\" 12\\n\"},\"vat\":{\"r\":\"12\",\"b\":\"100.\",\"v\":\"12\"},\"total\":\"112\"}", ""},
    {"{\"lines\":{\"a\":\".56\",\"r\":\"12\"},\"vat\":{\"r\":\"12\",\"b\":\".5\",\"v\":\"0.06\"},\"total\":\"-0.56\"}",
     "/total: the total is -0.56, the lines add up to 0.56"},
    // Wrong.
    {"{\"lines\":[{\"a\":112,\"r\":12}],\"vat\":[{\"r\":12,\"b\":100,\"v\":12}],\"total\":112.01}",
     "/total: the total is 112.01, the lines add up to 112.00"},
    {"{\"lines\":[{\"a\":10.02,\"r\":25}],\"vat\":[{\"r\":25,\"b\":8.00,\"v\":2.02}],\"total\":10.02}",
     "/vat/0: VAT of 25 % on 8.00 is not 2.02"},
    {"{\"lines\":[{\"a\":112,\"r\":12}],\"vat\":[{\"r\":12,\"b\":50,\"v\":6}],\"total\":112}",
     "/vat/0: lines of 12 % add up to 112.00, base and VAT to 56"},
    {"{\"lines\":[{\"a\":112,\"r\":12},{\"a\":5,\"r\":25}],\"vat\":[{\"r\":12,\"b\":100,\"v\":12}],\"total\":117}",
     "/vat: there are lines of 25 % and no VAT of that rate"},
    {"{\"lines\":[{\"a\":112,\"r\":12}],\"vat\":[{\"r\":12,\"b\":100,\"v\":12},{\"r\":25,\"b\":4,\"v\":1}],\"total\":112}",
     "/vat/1: lines of 25 % add up to 0.00, base and VAT to 5"},
    {"{\"lines\":[{\"a\":112,\"r\":12}],\"vat\":[{\"r\":12,\"b\":100,\"v\":12},{\"r\":12.0,\"b\":100,\"v\":12}],\"total\":112}",
     "/vat/1: VAT of 12.0 % is there twice"},
    // Not to be added up.
    {"{\"lines\":[{\"a\":\"1,50\",\"r\":12}],\"vat\":[],\"total\":1}",
     "/lines: an amount is not a number that can be added up"},
    {"{\"lines\":[{\"a\":\"\",\"r\":12}],\"vat\":[],\"total\":1}",
     "/lines: an amount is not a number that can be added up"},
    {"{\"lines\":[{\"a\":\"1e2\",\"r\":12}],\"vat\":[],\"total\":1}",
     "/lines: an amount is not a number that can be added up"},
    {"{\"lines\":[{\"r\":12}],\"vat\":[],\"total\":1}",
     "/lines: an amount is not a number that can be added up"},
    {"{\"lines\":[{\"a\":1e40,\"r\":12}],\"vat\":[],\"total\":1}",
     "/lines: an amount is not a number that can be added up"},
    {"{\"lines\":[{\"a\":1,\"r\":0}],\"vat\":[]}",
     "/lines: an amount is not a number that can be added up"},
    // Digits far beyond any double are kept.
    {"{\"lines\":[{\"a\":90071992547409930.01,\"r\":0},{\"a\":0.01,\"r\":0}],\"vat\":[],\"total\":90071992547409930.01}",
     "/total: the total is 90071992547409930.01, the lines add up to 90071992547409930.02"},
};
// clang-format on

TEST(sums_are_checked_to_the_cent)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct findings found = check(s, &def, cases[i].document);
        EXPECT_STR(said(s, &found), cases[i].findings);
    }
    EXPECT(scope_status(s) == OK);
}

TEST(what_a_type_does_not_declare_is_not_checked)
{
    struct totals_def nothing = {0};
    struct totals_def lines_only = {.lines = def.lines, .line_amount = def.line_amount};
    struct totals_def no_rates = def;
    no_rates.line_rate = (struct str){0};
    const char *wrong =
        "{\"lines\":[{\"a\":1}],\"vat\":[{\"r\":25,\"b\":100,\"v\":25}],\"total\":1}";

    EXPECT_EQUAL(check(s, &nothing, wrong).count, 0);
    EXPECT_EQUAL(check(s, &lines_only, wrong).count, 0);
    EXPECT_EQUAL(check(s, &no_rates, wrong).count, 0);
}

TEST(more_rates_than_can_be_checked_are_a_finding)
{
    struct buf b = buf_make(s, 1 << 16);

    buf_put_z(&b, "{\"lines\":[");
    for (int i = 0; i < 33; i++)
        buf_format(&b, "%s{\"a\":1,\"r\":%d}", i ? "," : "", i);
    buf_put_z(&b, "],\"vat\":[],\"total\":33}");
    struct findings found = check(s, &def, str_z(s, buf_str(&b)));

    EXPECT_STR(said(s, &found), "/lines: there are more different VAT rates than can be checked");
}

TEST(findings_stop_at_their_limit)
{
    struct buf b = buf_make(s, 1 << 16);

    buf_put_z(&b, "{\"lines\":[],\"vat\":[");
    for (int i = 1; i < 30; i++)
        buf_format(&b, "%s{\"r\":%d,\"b\":1,\"v\":9}", i > 1 ? "," : "", i);
    buf_put_z(&b, "],\"total\":7}");

    EXPECT_EQUAL(check(s, &def, str_z(s, buf_str(&b))).count, TYPE_FINDINGS_MAX);
}
