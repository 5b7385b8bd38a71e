// NSC files in both forms: what is read, which rows are refused and with what sentence, which
// files.
#include "services/signing/nsc.h"

#include "core/buf.h"
#include "core/scope.h"
#include "test/harness.h"
#include "test/nsc_draft.h"

// The same row in both forms, which must be told alike.
static struct nsc_file parsed(struct scope *s, struct str text)
{
    struct nsc_file f = {0};

    (void)test_expect_ok(nsc_parse(s, text, &f), s, __FILE__, __LINE__, "the file is read");
    return f;
}

static struct nsc_file one_row(struct scope *s, enum nsc_form form, const struct nsc_row *row)
{
    struct nsc_draft d = nsc_draft_begin(s, form, NULL, 1);

    nsc_draft_add(&d, row);
    return parsed(s, nsc_draft_end(s, &d));
}

static struct str without_returns(struct scope *s, struct str text)
{
    struct buf b = buf_make(s, text.bytes);

    for (size_t i = 0; i < text.bytes; i++)
        if (text.data[i] != '\r')
            buf_put_byte(&b, text.data[i]);
    return buf_str(&b);
}

static const enum nsc_form forms[] = {NSC_FIXED, NSC_DELIMITED};

TEST(a_row_is_read_the_same_from_either_form_coding_and_line_end)
{
    struct nsc_row row = nsc_draft_row();

    for (unsigned i = 0; i < 16; i++) {
        struct nsc_draft d = nsc_draft_begin(s, forms[i & 1], NULL, 42);
        d.latin1 = i & 2;
        d.comma = i & 4;
        nsc_draft_add(&d, &row);
        struct str text = nsc_draft_end(s, &d);
        struct nsc_file f = parsed(s, i & 8 ? without_returns(s, text) : text);
        EXPECT_EQUAL(f.form, forms[i & 1]);
        EXPECT_STR(f.sender, "NSC SWEDEN");
        EXPECT_STR(f.country, "SE");
        EXPECT_STR(f.file_date, "2025-09-15");
        EXPECT_EQUAL(f.sequence, 42);
        EXPECT_EQUAL(f.record_count, 1);
        EXPECT_EQUAL(f.problem_count, 0);
        REQUIRE(f.row_count == 1);
        EXPECT_EQUAL(f.rows[0].line, 2);
        for (size_t v = 0; v < NSC_FIELDS; v++)
            EXPECT(str_equal(f.rows[0].values[v], row.values[v]));
    }
}

TEST(utf8_without_a_mark_is_known_by_itself)
{
    struct nsc_row row = nsc_draft_row();
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);

    nsc_draft_add(&d, &row);
    (void)nsc_draft_end(s, &d);
    struct nsc_file f = parsed(s, buf_str(&d.out));
    REQUIRE(f.row_count == 1);
    EXPECT_STR(f.rows[0].values[NSC_signee_name], "Åsa Björk");
    EXPECT_STR(f.rows[0].values[NSC_signee_email], "asa.bjork@example.com");
}

TEST(a_row_as_json_has_every_field_and_exact_amounts)
{
    struct nsc_row row = nsc_draft_row();
    struct nsc_file f = one_row(s, NSC_FIXED, &row);

    REQUIRE(f.row_count == 1);
    EXPECT_STR(json_to_str(s, nsc_row_json(s, &f.rows[0])),
               "{\"contract_id\":\"35972395\",\"dealer_id\":\"DEALER123\","
               "\"bundle_date\":\"2025-09-15\",\"bundle_no\":\"\",\"sequence_no\":1,"
               "\"vin\":\"YV1ZZZ12345678901\",\"registration_no\":\"ABC12D\",\"make\":\"Norrvind\","
               "\"model\":\"Älv 60 Långfärd\",\"model_year\":2025,\"contract_type\":\"LEAS\","
               "\"contract_date\":\"2025-09-14\",\"due_date\":\"2025-10-15\","
               "\"net_amount\":400000.00,\"vat_amount\":100000.00,\"gross_amount\":500000.00,"
               "\"currency\":\"SEK\",\"dealer_orgnr\":\"5560000001\","
               "\"signee_pnr\":\"199001012385\",\"signee_name\":\"Åsa Björk\","
               "\"signee_email\":\"asa.bjork@example.com\",\"language\":\"sv\"}");
}

struct value_case {
    enum nsc_field field;
    const char *text;
    bool right;
};

// clang-format off
static const struct value_case value_cases[] = {
    {NSC_contract_id, "0035972395", true},
    {NSC_contract_id, "1", true},
    {NSC_contract_id, "", false},
    {NSC_contract_id, "3597239A", false},
    {NSC_contract_id, "-35972395", false},
    {NSC_dealer_id, "d1", true},
    {NSC_dealer_id, "", false},
    {NSC_dealer_id, "DEALER-1", false}, // a hyphen separates the parts of a bundle's id
    {NSC_dealer_id, "DEALER/1", false},
    {NSC_bundle_date, "2024-02-29", true},
    {NSC_bundle_date, "2025-02-29", false},
    {NSC_bundle_date, "2025-13-01", false},
    {NSC_bundle_date, "202509", false},
    {NSC_bundle_date, "", false},
    {NSC_bundle_no, "2B", true},
    {NSC_bundle_no, "", true},
    {NSC_bundle_no, "A.B", false},
    {NSC_sequence_no, "99999", true},
    {NSC_sequence_no, "0", false},
    {NSC_sequence_no, "1x", false},
    {NSC_vin, "WVWZZZ1JZXW000001", true},
    {NSC_vin, "WVWZZZ1JZXW00000I", false},
    {NSC_vin, "WVWZZZ1JZXW00000O", false},
    {NSC_vin, "QVWZZZ1JZXW000001", false},
    {NSC_vin, "wvwZZZ1JZXW000001", false},
    {NSC_vin, "WVWZZZ1JZXW00001", false},
    {NSC_registration_no, "", true},
    {NSC_registration_no, "ÅÄÖ 123", true},
    {NSC_make, "", false},
    {NSC_model, "e\x01v", false},
    {NSC_model_year, "1949", false},
    {NSC_model_year, "25", false},
    {NSC_contract_type, "K-1", false},
    {NSC_due_date, "20251315", false},
    {NSC_net_amount, "400000.01", false}, // net and VAT no longer make the gross amount
    {NSC_vat_amount, "100000.5x", false},
    {NSC_currency, "sek", false},
    {NSC_currency, "USD", false},
    {NSC_currency, "", false},
    {NSC_dealer_orgnr, "2120000142", true},
    {NSC_dealer_orgnr, "5560000002", false},
    {NSC_dealer_orgnr, "556000000", false},
    {NSC_signee_pnr, "199001612384", false},
    {NSC_signee_pnr, "199013012385", false},
    {NSC_signee_pnr, "9001012385", false},
    {NSC_signee_name, "", false},
    {NSC_signee_email, "a@b.se", true},
    {NSC_signee_email, "åsa@example.com", false},
    {NSC_signee_email, "asa@example", false},
    {NSC_signee_email, "asa@@example.com", false},
    {NSC_signee_email, "asa@exam ple.com", false},
    {NSC_signee_email, ".asa@example.com", false},
    {NSC_signee_email, "asa@-example.com", false},
    {NSC_signee_email, "asa", false},
    {NSC_language, "en", true},
    {NSC_language, "SV", false},
    {NSC_language, "de", false},
};
// clang-format on

TEST(a_wrong_value_refuses_its_row_and_is_named)
{
    for (size_t i = 0; i < sizeof value_cases / sizeof value_cases[0]; i++) {
        const struct value_case *c = &value_cases[i];
        struct nsc_row row = nsc_draft_row();
        row.values[c->field] = str(c->text);
        for (size_t form = 0; form < 2; form++) {
            struct nsc_file f = one_row(s, forms[form], &row);
            if (!test_expect(f.row_count == c->right, __FILE__, __LINE__, c->text))
                continue;
            EXPECT_EQUAL(f.refused_count, !c->right);
            EXPECT_EQUAL(f.problem_count, !c->right);
            if (c->right)
                continue;
            EXPECT_STR(f.problems[0].field,
                       c->field == NSC_net_amount ? "gross_amount" : nsc_field_name(c->field));
            EXPECT_EQUAL(f.problems[0].line, 2);
        }
    }
}

// clang-format off
static const struct {
    const char *text;
    const char *value; // NULL: wrong
} amounts[] = {
    {"0", "0.00"}, {"1", "1.00"}, {"1,5", "1.50"}, {"1.50", "1.50"}, {"-1,50", "-1.50"},
    {"1,50-", "-1.50"}, {"+7", "7.00"}, {"999999999999,99", "999999999999.99"},
    {"", NULL}, {"1,505", NULL}, {"1.000,50", NULL}, {"1 000,50", NULL}, {"--1", NULL},
    {"-1-", NULL}, {",50", NULL}, {"1,", NULL}, {"1e3", NULL}, {"0x10", NULL},
};
// clang-format on

TEST(amounts_are_read_exactly_from_the_delimited_form)
{
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        struct nsc_row row = nsc_draft_row();
        row.values[NSC_net_amount] = row.values[NSC_gross_amount] = str(amounts[i].text);
        row.values[NSC_vat_amount] = str("0");
        struct nsc_draft d = nsc_draft_begin(s, NSC_DELIMITED, NULL, 1);
        nsc_draft_add(&d, &row);
        nsc_draft_line(&d, str_z(s, str_concat(s, 2, str("99;1;"),
                                               str(amounts[i].value ? amounts[i].value : "0"))));
        struct nsc_file f = parsed(s, nsc_draft_text(s, &d));
        if (!test_expect(f.row_count == (amounts[i].value != NULL), __FILE__, __LINE__,
                         amounts[i].text) ||
            !amounts[i].value)
            continue;
        EXPECT_STR(f.rows[0].values[NSC_gross_amount], amounts[i].value);
        EXPECT_STR(decimal_to_str(s, f.gross_sum), amounts[i].value);
    }
}

TEST(a_fixed_amount_has_two_implied_decimals_and_its_sign_last)
{
    static const struct {
        const char *text;
        const char *value;
    } cases[] = {
        {"000000012345+", "123.45"}, {"000000012345-", "-123.45"}, {"       12345 ", "123.45"},
        {"000000000000+", "0.00"},   {"0000000123456", NULL},      {"            +", NULL},
        {"0000001234.5+", NULL},     {"-00000012345 ", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct nsc_row row = nsc_draft_row();
        struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
        row.values[NSC_net_amount] = row.values[NSC_gross_amount] = str(cases[i].text);
        row.values[NSC_vat_amount] = str("0.00");
        nsc_draft_add(&d, &row);
        nsc_draft_line(
            &d,
            str_z(s, str_concat(s, 3, str("9900000001"), str(cases[i].text[0] == ' ' ? "  " : "00"),
                                str(cases[i].value ? cases[i].text : "000000000000+"))));
        struct nsc_file f = parsed(s, nsc_draft_text(s, &d));
        if (!test_expect(f.row_count == (cases[i].value != NULL), __FILE__, __LINE__,
                         cases[i].text) ||
            !cases[i].value)
            continue;
        EXPECT_STR(f.rows[0].values[NSC_net_amount], cases[i].value);
    }
}

TEST(what_is_wrong_is_said_with_what_is_right_and_without_personal_values)
{
    struct nsc_row row = nsc_draft_row();

    row.values[NSC_bundle_date] = str("15/09/25");
    row.values[NSC_gross_amount] = str("500000.10");
    row.values[NSC_vin] = str("");
    struct nsc_file f = one_row(s, NSC_DELIMITED, &row);
    REQUIRE(f.problem_count == 2);
    EXPECT_STR(f.problems[0].contract_id, "35972395");
    EXPECT_STR(f.problems[0].why, "\"15/09/25\" is wrong; right is a day as YYYYMMDD");
    EXPECT_STR(f.problems[1].why, "nothing stands there; right is a VIN: 17 digits and capital "
                                  "letters without I, O and Q (ISO 3779)");
    row = nsc_draft_row();
    row.values[NSC_gross_amount] = str("500000.10");
    f = one_row(s, NSC_DELIMITED, &row);
    REQUIRE(f.problem_count == 1);
    EXPECT_STR(f.problems[0].why, "net 400000.00 and VAT 100000.00 make 500000.00, not 500000.10");
    row = nsc_draft_row();
    row.values[NSC_signee_pnr] = str("199001012386");
    f = one_row(s, NSC_FIXED, &row);
    REQUIRE(f.problem_count == 1);
    EXPECT_STR(f.problems[0].why, "what stands there is wrong; right is a personal number: "
                                  "YYYYMMDD and 4 digits, the last one the check digit (Luhn)");
}

TEST(identical_rows_count_once_and_changed_ones_are_refused)
{
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
    struct nsc_row row = nsc_draft_row();
    struct nsc_row other = nsc_draft_row();
    struct nsc_row bad = nsc_draft_row();

    bad.values[NSC_contract_id] = str("7");
    bad.values[NSC_vin] = str("?");
    other.values[NSC_model] = str("Älv 80");
    nsc_draft_add(&d, &row);
    nsc_draft_add(&d, &bad);
    nsc_draft_add(&d, &other);
    nsc_draft_add(&d, &row);
    bad.values[NSC_vin] = row.values[NSC_vin];
    nsc_draft_add(&d, &bad); // the first of its contract that is sound
    bad.values[NSC_language] = str("xx");
    nsc_draft_add(&d, &bad);
    struct nsc_file f = parsed(s, nsc_draft_end(s, &d));
    EXPECT_EQUAL(f.record_count, 6);
    EXPECT_EQUAL(f.row_count, 2);
    EXPECT_EQUAL(f.repeated_count, 1);
    EXPECT_EQUAL(f.refused_count, 3);
    REQUIRE(f.problem_count == 3);
    EXPECT_EQUAL(f.problems[0].line, 3);
    EXPECT_EQUAL(f.problems[1].line, 4);
    EXPECT_STR(f.problems[1].why, "line 2 has this contract with other content");
    EXPECT_EQUAL(f.problems[2].line, 7);
}

TEST(quoted_fields_may_hold_the_separator_quotes_and_no_line_end)
{
    struct nsc_row row = nsc_draft_row();

    row.values[NSC_model] = str("Älv; \"60\"");
    struct nsc_file f = one_row(s, NSC_DELIMITED, &row);
    REQUIRE(f.row_count == 1);
    EXPECT_STR(f.rows[0].values[NSC_model], "Älv; \"60\"");
    row.values[NSC_model] = str("Älv\n60");
    f = one_row(s, NSC_DELIMITED, &row);
    REQUIRE(f.problem_count == 1);
    EXPECT_STR(f.problems[0].field, "model");
}

// clang-format off
static const struct {
    const char *text; // lines separated by '|'
    const char *why;
} refused[] = {
    {"", "line 1: the file does not begin with a header record (00)"},
    {"10;1", "line 1: the file does not begin with a header record (00)"},
    {"hello", "line 1: the file does not begin with a header record (00)"},
    {"00;NSC;SE;20250915;1", "the file has no trailer record (99)"},
    {"00;NSC;SE;20250915|99;0;0", "line 1: sequence: nothing stands there; right is a number from 1 to 999999"},
    {"00;NSC;Sweden;20250915;1|99;0;0", "line 1: country: \"Sweden\" is wrong; right is a country: two capital letters"},
    {"00;NSC;SE;20250931;1|99;0;0", "line 1: file_date: \"20250931\" is wrong; right is a day as YYYYMMDD"},
    {"00;NSC;SE;20250915;0|99;0;0", "line 1: sequence: \"0\" is wrong; right is a number from 1 to 999999"},
    {"00;NSC;SE;20250915;1|99;1;0", "line 2: the trailer counts 1 contract rows, there are 0"},
    {"00;NSC;SE;20250915;1|99;0;0,01", "line 2: the trailer's sum is 0.01, the rows add up to 0"},
    {"00;NSC;SE;20250915;1|99;0;many", "line 2: gross_sum: \"many\" is wrong; right is the sum of their gross amounts"},
    {"00;NSC;SE;20250915;1|99;0;0|99;0;0", "line 3: something stands behind the trailer"},
    {"00;NSC;SE;20250915;1|00;NSC;SE;20250915;1|99;0;0", "line 2: a record of type \"00\" where 10 or 99 should come"},
    {"00;NSC;SE;20250915;1|20;x|99;0;0", "line 2: a record of type \"20\" where 10 or 99 should come"},
    {"00;NSC;SE;20250915;1||99;0;0", "line 2: a record of type \"\" where 10 or 99 should come"},
    {"00;NSC;SE;20250915;1|10;\"x|99;0;0", "line 2: a quote is never closed"},
    {"00NSC       SE20250915000001|990000000100000000000000+", "line 2: the trailer counts 1 contract rows, there are 0"},
    {"00NSC       SE20250915000001|9900000000000000000000000", "line 2: gross_sum: \"000000000000000\" is wrong; right is the sum of their gross amounts"},
    {"00NSC       SE2025091500000", "line 1: sequence: \"00000\" is wrong; right is a number from 1 to 999999"},
};
// clang-format on

TEST(a_file_that_does_not_hold_together_is_refused_with_its_line)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct nsc_file f = {0};
        char *text = str_z(s, str(refused[i].text));
        for (char *c = text; *c; c++)
            *c = *c == '|' ? '\n' : *c;
        enum status e = nsc_parse(s, str(text), &f);
        EXPECT_EQUAL(e, REFUSED);
        EXPECT_STR(scope_why(s), refused[i].why);
    }
}

TEST(a_row_of_another_length_is_refused_alone)
{
    struct nsc_row row = nsc_draft_row();
    struct nsc_draft d = nsc_draft_begin(s, NSC_DELIMITED, NULL, 1);

    nsc_draft_line(&d, "10;1;2;3");
    d.count++;
    nsc_draft_add(&d, &row);
    struct nsc_file f = parsed(s, nsc_draft_end(s, &d));
    EXPECT_EQUAL(f.row_count, 1);
    EXPECT(!f.sum_checked);
    REQUIRE(f.problem_count == 1);
    EXPECT_STR(f.problems[0].why, "the row has 4 fields; right is 23");
    d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
    nsc_draft_add(&d, &row);
    d.out.bytes -= 2;
    nsc_draft_line(&d, "  and more");
    f = parsed(s, nsc_draft_end(s, &d));
    REQUIRE(f.problem_count == 1);
    EXPECT_STR(f.problems[0].why, "something stands behind column 304");
}

TEST(a_line_cut_off_behind_its_last_field_but_one_lacks_only_the_last)
{
    struct nsc_row row = nsc_draft_row();
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);

    nsc_draft_add(&d, &row);
    d.out.bytes -= 4;
    nsc_draft_line(&d, "");
    struct nsc_file f = parsed(s, nsc_draft_end(s, &d));
    REQUIRE(f.problem_count == 1);
    EXPECT_STR(f.problems[0].field, "language");
}

TEST(blank_lines_behind_the_trailer_are_fine)
{
    struct nsc_row row = nsc_draft_row();

    for (size_t form = 0; form < 2; form++) {
        struct nsc_draft d = nsc_draft_begin(s, forms[form], NULL, 1);
        nsc_draft_add(&d, &row);
        (void)nsc_draft_end(s, &d);
        nsc_draft_line(&d, "");
        nsc_draft_line(&d, "  ");
        EXPECT_EQUAL(parsed(s, nsc_draft_text(s, &d)).row_count, 1);
    }
}

TEST(a_marked_file_that_is_not_utf8_is_refused)
{
    struct nsc_file f = {0};

    EXPECT_EQUAL(nsc_parse(s,
                           str("\xEF\xBB\xBF"
                               "00;\xE5"),
                           &f),
                 REFUSED);
    EXPECT_STR(scope_why(s), "the file is marked as UTF-8 and is none: byte 6");
}

TEST(many_rows_are_read)
{
    enum { ROWS = 5000 };
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
    struct nsc_row row = nsc_draft_row();

    for (int i = 0; i < ROWS; i++) {
        row.values[NSC_contract_id] = str_format(s, "%d", 10000000 + i % (ROWS - 1));
        nsc_draft_add(&d, &row);
    }
    struct nsc_file f = parsed(s, nsc_draft_end(s, &d));
    EXPECT_EQUAL(f.row_count, ROWS - 1);
    EXPECT_EQUAL(f.repeated_count, 1);
}
