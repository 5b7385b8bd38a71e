// The shipped types on the shipped samples, and types of one's own.
#include "services/receipts/type.h"

#include "core/scope.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/bench/sample.h"
#include "test/harness.h"

enum { SAMPLE_FILE_BYTES_MAX = 1 << 20 };

static void stop_world(void *w)
{
    sim_free(w);
}

static struct world *world(struct scope *s)
{
    struct world *w = sim_new(1);

    scope_defer(s, stop_world, w);
    return w;
}

static const struct types *shipped(struct scope *s)
{
    struct types *all = NULL;

    (void)test_expect_ok(types_load(s, world_real(), (struct str){0}, &all), s, __FILE__, __LINE__,
                         "the shipped types load");
    return all;
}

// What the server would do with a document: refuse it (with a status), or take it in and find so
// much wrong with it.
struct verdict {
    enum status status;
    const struct type *type;
    struct common_fields common;
    struct findings found;
};

static enum status take_in(struct scope *s, const struct types *all, bool xml, struct str text,
                           struct verdict *out)
{
    struct json document = {0};

    TRY(type_parse(s, str(xml ? "application/xml" : "application/json"), text, &document));
    out->type = types_recognise(s, all, xml, document);
    if (!out->type)
        return fail(s, REFUSED, "unknown type");
    TRY(type_common(s, out->type, document, &out->common));
    return type_check(s, out->type, document, text, 0, &out->found);
}

static struct verdict judge(struct scope *s, const struct types *all, bool xml, struct str text)
{
    struct verdict v = {0};

    v.status = take_in(s, all, xml, text, &v);
    return v;
}

static void expect_fate(struct scope *s, const struct types *all, const char *fate, struct str name)
{
    struct str path = str_format(s, "samples/receipts/%s/%.*s", fate, STR(name));
    struct str text = {0};

    REQUIRE_OK(file_read_whole(s, world_real(), path, SAMPLE_FILE_BYTES_MAX, &text));
    struct verdict v = judge(s, all, str_ends(name, str(".xml")), text);
    bool refused = v.status == INVALID || v.status == REFUSED;
    const char *is = refused ? "refused" : v.found.count > 0 ? "failed" : "completed";
    if (!test_expect(str_is(str(is), fate), __FILE__, __LINE__, str_z(s, path)) && v.found.count)
        EXPECT_STR(v.found.items[0].message, "");
}

TEST(every_shipped_sample_meets_the_fate_that_its_folder_names)
{
    static const char *const fates[] = {"completed", "failed", "refused"};
    const struct types *all = shipped(s);

    for (size_t i = 0; i < 3; i++) {
        struct str folder = str_concat(s, 2, str("samples/receipts/"), str(fates[i]));
        struct str *names = NULL;
        size_t count = 0;
        REQUIRE_OK(directory_list(s, world_real(), folder, &names, &count));
        EXPECT(count >= 4);
        for (size_t n = 0; n < count; n++)
            expect_fate(s, all, fates[i], names[n]);
    }
}

static const struct {
    const char *name;
    const char *at;
    const char *message; // its beginning
    const char *rule;
} findings[] = {
    {"wrong-total.json", "/total", "the total is 223.00, the lines add up to 233.00", "totals"},
    {"wrong-total.xml", "/Receipt/Total", "the total is 252.70", "totals"},
    {"wrong-vat.json", "/vat/0", "VAT of 12 % on 180.80 is not 45.20", "totals"},
    {"wrong-vat.xml", "/Receipt/Vat/Rate/0", "VAT of 25 % on 222.20 is not 30.55", "totals"},
    {"rate-without-vat.json", "/vat", "there are lines of 25 % and no VAT", "totals"},
    {"against-schema.json", "/currency", "/currency must match", "schema"},
    {"against-schema.xml", "line 7", "", "schema"},
    {"wrong-namespace.xml", "line 2", "", "schema"},
};

TEST(a_finding_says_where_and_what_and_by_which_rule)
{
    const struct types *all = shipped(s);

    for (size_t i = 0; i < sizeof findings / sizeof findings[0]; i++) {
        struct str text = {0};
        struct str name = str(findings[i].name);
        struct str path = str_concat(s, 2, str("samples/receipts/failed/"), name);
        REQUIRE_OK(file_read_whole(s, world_real(), path, SAMPLE_FILE_BYTES_MAX, &text));
        struct verdict v = judge(s, all, str_ends(name, str(".xml")), text);
        REQUIRE(v.found.count > 0);
        EXPECT_STR(v.found.items[0].at, findings[i].at);
        EXPECT_STR(v.found.items[0].rule, findings[i].rule);
        if (!str_starts(v.found.items[0].message, str(findings[i].message)))
            EXPECT_STR(v.found.items[0].message, findings[i].message);
    }
}

TEST(generated_samples_are_as_right_or_wrong_as_they_say)
{
    static char text[SAMPLE_BYTES_MAX];
    const struct types *all = shipped(s);
    const struct sampler *sampler = sampler_new(s, &(struct sampler_options){.seed = 7,
                                                                             .clients = 50,
                                                                             .from = {2026, 1, 1},
                                                                             .to = {2026, 12, 31},
                                                                             .invalid_percent = 50,
                                                                             .xml_percent = 50});
    unsigned flaws[SAMPLE_FLAWS] = {0};

    for (uint64_t n = 0; n < 2000; n++) {
        struct scope *each = scope_open(16 << 20);
        struct sample sample = sample_write(sampler, n, text);
        struct verdict v = judge(each, all, sample.xml, sample.text);
        flaws[sample.flaw]++;
        EXPECT_EQUAL(v.status == OK, sample_is_taken(sample.flaw));
        EXPECT_EQUAL(v.status == OK && v.found.count == 0, sample.flaw == SAMPLE_SOUND);
        if (v.status == OK) {
            EXPECT(str_equal(v.common.number, sample.number));
            EXPECT(str_equal(v.common.date, date_to_str(each, sample.date)));
            EXPECT(str_equal(v.common.client, sample_client_name(each, sample.client)));
        }
        scope_close(each);
        if (test_failed())
            return;
    }
    for (unsigned i = 0; i < SAMPLE_FLAWS; i++)
        EXPECT(flaws[i] > 50);
}

TEST(samples_follow_from_seed_and_number_alone)
{
    static char first[SAMPLE_BYTES_MAX];
    static char again[SAMPLE_BYTES_MAX];
    struct sampler_options options = {.seed = 3, .from = {2026, 1, 1}, .to = {2026, 1, 31}};
    const struct sampler *one = sampler_new(s, &options);
    const struct sampler *two = sampler_new(s, &options);

    struct sample a = sample_write(one, 123456, first);
    (void)sample_write(two, 5, again);
    struct sample b = sample_write(two, 123456, again);

    EXPECT(str_equal(a.text, b.text));
    EXPECT(a.text.bytes > 1500 && a.text.bytes < 2500);
    options.seed = 4;
    b = sample_write(sampler_new(s, &options), 123456, again);
    EXPECT(!str_equal(a.number, b.number));
}

TEST(days_follow_the_numbers_when_the_count_is_known)
{
    static char text[SAMPLE_BYTES_MAX];
    const struct sampler *sampler =
        sampler_new(s, &(struct sampler_options){
                           .from = {2026, 2, 27}, .to = {2026, 3, 2}, .count = 8, .seed = 1});
    struct date last = {2026, 2, 27};

    for (uint64_t n = 0; n < 8; n++) {
        struct date day = sample_write(sampler, n, text).date;
        EXPECT(date_compare(day, last) >= 0);
        last = day;
    }
    EXPECT_STR(date_to_str(s, last), "2026-03-02");
}

static const char plain_json[] =
    "{\"kind\":\"till-receipt\",\"clientId\":%s,\"number\":\"1\",\"issuedAt\":%s,\"total\":%s,"
    "\"currency\":\"SEK\"}";

static const struct {
    const char *client;
    const char *date;
    const char *total;
    const char *why; // empty: it is fine
} commons[] = {
    {"\"c-1\"", "\"2026-02-28T23:59:59+01:00\"", "1.50", ""},
    {"\"c-1\"", "\"2026-02-28\"", "-1e2", ""},
    {"4711", "\"2024-02-29T00:00:00Z\"", "0", ""},
    {"null", "\"2026-02-28\"", "1", "/clientId is missing"},
    {"\"\"", "\"2026-02-28\"", "1", "/clientId is missing"},
    {"{}", "\"2026-02-28\"", "1", "/clientId is missing"},
    {"\"a b\"", "\"2026-02-28\"", "1", "/clientId: at most 64 printable"},
    {"\"a/b\"", "\"2026-02-28\"", "1", "/clientId: at most 64 printable"},
    {"\"\xc3\xa5\"", "\"2026-02-28\"", "1", "/clientId: at most 64 printable"},
    {"\"a\\u0000\"", "\"2026-02-28\"", "1", "/clientId: at most 64 printable"},
    {"\"0123456789012345678901234567890123456789012345678901234567890123\"", "\"2026-02-28\"", "1",
     ""},
    {"\"01234567890123456789012345678901234567890123456789012345678901234\"", "\"2026-02-28\"", "1",
     "/clientId: at most 64 printable"},
    {"\"c\"", "\"2026-02-29\"", "1", "/issuedAt does not begin with a day"},
    {"\"c\"", "\"22.11.2026\"", "1", "/issuedAt does not begin with a day"},
    {"\"c\"", "20261122", "1", "/issuedAt does not begin with a day"},
    {"\"c\"", "\"2026-02-28\"", "1e99", "/total is not a number"},
    {"\"c\"", "\"2026-02-28\"", "\"much\"", "/total is not a number"},
};

TEST(the_common_fields_are_there_and_can_be_keys)
{
    const struct types *all = shipped(s);

    for (size_t i = 0; i < sizeof commons / sizeof commons[0]; i++) {
        struct json document = {0};
        struct common_fields common = {0};
        struct str text =
            str_format(s, plain_json, commons[i].client, commons[i].date, commons[i].total);
        REQUIRE_OK(json_parse(s, text, &json_limits_strict, &document));
        enum status e = type_common(s, types_find(all, str("till")), document, &common);
        EXPECT_EQUAL(e, commons[i].why[0] ? REFUSED : OK);
        if (e != OK && !str_starts(scope_why(s), str(commons[i].why)))
            EXPECT_STR(scope_why(s), commons[i].why);
        scope_forgive(s);
    }
}

TEST(a_total_is_kept_as_plain_digits)
{
    const struct types *all = shipped(s);
    struct json document = {0};
    struct common_fields common = {0};
    struct str text = str_format(s, plain_json, "\"c\"", "\"2026-02-28\"", "-1.50e2");

    REQUIRE_OK(json_parse(s, text, &json_limits_strict, &document));
    REQUIRE_OK(type_common(s, types_find(all, str("till")), document, &common));
    EXPECT_STR(common.total, "-150");
    EXPECT_STR(common.date, "2026-02-28");
}

TEST(only_json_and_xml_are_parsed)
{
    struct json document = {0};

    EXPECT(type_parse(s, str("text/csv"), str("a,b"), &document) == UNSUPPORTED);
    EXPECT(type_parse(s, str("text/xml"), str("<a>1</a>"), &document) == OK);
}

static bool put_type(struct scope *s, struct world *w, const char *folder, struct str type_json,
                     const char *schema)
{
    struct str path = str_concat(s, 2, str("types/"), str(folder));

    (void)directory_make(s, w, str("types"));
    return directory_make(s, w, path) == OK &&
           file_write_whole(s, w, str_concat(s, 2, path, str("/type.json")), type_json) == OK &&
           file_write_whole(s, w, str_concat(s, 2, path, str("/schema")), str(schema)) == OK;
}

// A recognition by a member whose name must be escaped in a pointer.
static const char ticket_type[] =
    "{\"name\":\"ticket\",\"title\":\"Ticket\",\"format\":\"json\",\"schema\":\"schema\","
    "\"recognise\":{\"pointer\":\"/a~1b\",\"equals\":\"ticket\"},"
    "\"mapping\":{\"client\":\"/who\",\"date\":\"/day\"}}";

TEST(a_folder_with_a_type_needs_no_rebuild)
{
    struct world *w = world(s);
    struct types *all = NULL;
    struct str text = str("{\"a/b\":\"ticket\",\"who\":\"c\",\"day\":\"2026-01-01\",\"price\":0}");

    REQUIRE(
        put_type(s, w, "ticket", str(ticket_type), "{\"properties\":{\"price\":{\"minimum\":1}}}"));
    REQUIRE_OK(file_write_whole(s, w, str("types/README"), str("none of ours")));
    REQUIRE_OK(types_load(s, w, str("types"), &all));

    EXPECT_EQUAL(types_count(all), 5);
    struct verdict v = judge(s, all, false, text);
    EXPECT_EQUAL(v.status, OK);
    EXPECT_STR(type_name(v.type), "ticket");
    EXPECT_STR(type_title(v.type), "Ticket");
    EXPECT(!type_number_unique(v.type));
    EXPECT_EQUAL(v.found.count, 1);
    EXPECT_STR(v.found.items[0].at, "/price");
}

// clang-format off
static const struct {
    const char *from, *to; // in ticket_type
    const char *why;       // part of the sentence
} broken[] = {
    {"\"name\":\"ticket\",",              "",                              "name"},
    {"\"name\":\"ticket\"",               "\"name\":\"Ticket no. 1\"",     "/name must match"},
    {"\"name\":\"ticket\"",               "\"name\":\"till\"",             "there is another named till"},
    {"\"format\":\"json\"",               "\"format\":\"csv\"",            "/format"},
    {"\"schema\":\"schema\"",             "\"schema\":\"../schema\"",      "/schema must match"},
    {"\"schema\":\"schema\"",             "\"schema\":\"nothing\"",        "types/mine/nothing"},
    {"\"/a~1b\"",                         "\"a/b\"",                       "/recognise/pointer"},
    {"\"client\":\"/who\",",              "",                              "client"},
    {"\"client\":\"/who\"",               "\"client\":\"/who\",\"size\":\"/s\"", "size"},
    {"\"title\":\"Ticket\"",              "\"uniqueNumber\":true",         "number"},
    {"\"title\":\"Ticket\"",              "\"totals\":{\"lines\":\"/l\"}", "lineAmount"},
    {"\"title\":\"Ticket\"",              "\"totls\":{}",                  "totls"},
    {"\"title\":\"Ticket\"",              "\"title\":\"Ticket\"]",         "line 1"},
};
// clang-format on

static struct str replace(struct scope *s, struct str text, const char *from, const char *to)
{
    size_t at = str_find(text, str(from));
    size_t end = at + strlen(from);

    (void)test_expect(at < text.bytes, __FILE__, __LINE__, from);
    return str_concat(s, 3, str_slice(text, 0, at), str(to), str_slice(text, end, text.bytes));
}

TEST(a_type_that_is_not_right_stops_the_start_with_folder_and_place)
{
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct world *w = world(s);
        struct types *all = NULL;
        struct str type = replace(s, str(ticket_type), broken[i].from, broken[i].to);
        REQUIRE(put_type(s, w, "mine", type, "{}"));
        EXPECT(types_load(s, w, str("types"), &all) == INVALID);
        struct str why = scope_why(s);
        EXPECT(str_starts(why, str("receipt type types/mine: ")));
        if (str_find(why, str(broken[i].why)) == why.bytes)
            EXPECT_STR(why, broken[i].why);
    }
}

TEST(rules_that_do_not_compile_stop_the_start)
{
    struct world *w = world(s);
    struct types *all = NULL;

    REQUIRE(put_type(s, w, "mine", str(ticket_type), "{\"minimun\":1}"));
    EXPECT(types_load(s, w, str("types"), &all) == INVALID);
    EXPECT(str_find(scope_why(s), str("minimun")) < scope_why(s).bytes);
    w = world(s);
    struct str xml = replace(s, str(ticket_type), "\"json\"", "\"xml\"");
    REQUIRE(put_type(s, w, "mine", xml, "<schema/>"));
    EXPECT(types_load(s, w, str("types"), &all) == INVALID);
}

// Every invoice of a folder is taken in, and nothing is found wrong with it.
static void expect_sound(struct scope *s, const struct types *all, struct str folder)
{
    struct str *names = NULL;
    size_t count = 0;

    EXPECT_OK(directory_list(s, world_real(), folder, &names, &count));
    for (size_t i = 0; i < count; i++) {
        struct scope *inner = scope_open(64 << 20);
        struct str text = {0};
        struct str path = str_concat(inner, 3, folder, str("/"), names[i]);
        EXPECT(file_read_whole(inner, world_real(), path, SAMPLE_FILE_BYTES_MAX, &text) == OK);
        struct verdict v = judge(inner, all, true, text);
        bool is_sound = v.status == OK && v.found.count == 0;
        EXPECT_STR(is_sound ? str("") : str_concat(inner, 3, path, str(": "), scope_why(inner)),
                   "");
        if (v.found.count)
            EXPECT_STR(v.found.items[0].message, "");
        scope_close(inner);
    }
}

TEST(electronic_invoices_are_receipts_of_types_of_their_own)
{
    struct str data = test_conformance_directory(s);
    const struct types *all = shipped(s);

    if (data.bytes == 0) {
        test_skip("no conformance data");
        return;
    }
    expect_sound(s, all, str_concat(s, 2, data, str("/einvoice/peppol-examples")));
    expect_sound(s, all, str_concat(s, 2, data, str("/einvoice/en16931-examples")));
}

static struct verdict judge_invoice(struct scope *s, const char *sample)
{
    struct str text = {0};

    EXPECT_OK(file_read_whole(s, world_real(), str_format(s, "samples/invoices/%s.xml", sample),
                              SAMPLE_FILE_BYTES_MAX, &text));
    return judge(s, shipped(s), true, text);
}

TEST(an_invoice_says_what_every_receipt_says_and_a_wrong_one_names_its_rule)
{
    struct verdict v = judge_invoice(s, "05-three-rates");

    EXPECT_STR(type_name(v.type), "ubl-invoice");
    EXPECT_STR(v.common.number, "2026-1045");
    EXPECT_STR(v.common.date, "2026-11-21");
    EXPECT_STR(v.common.total, "5997.37");
    EXPECT_STR(v.common.currency, "SEK");
    EXPECT_STR(v.common.client, "5569810426");
    EXPECT_EQUAL(v.found.count, 0);
    EXPECT_STR(type_name(judge_invoice(s, "04-credit-note").type), "ubl-credit-note");
    v = judge_invoice(s, "10-wrong-total");
    REQUIRE(v.found.count == 1);
    EXPECT_STR(v.found.items[0].rule, "tax-inclusive");
    EXPECT_STR(v.found.items[0].message, "The total with VAT, 1600.00, is not the total without "
                                         "VAT plus the VAT (BR-CO-15).");
}
