// Contract files become bundles, each row once and each bundle started once, whatever happens.
#include "services/signing/ingest.h"

#include "core/buf.h"
#include "core/scope.h"
#include "services/signing/service_impl.h"
#include "store/feed.h"
#include "store/memory/memory.h"
#include "store/worker.h"
#include "sys/sim.h"
#include "test/bundle_fixture.h"
#include "test/nsc_draft.h"

#include <stdio.h>

enum { TRIES_MAX = 400, WORK_MAX = 1000, US_PER_S = 1000000 };

// -- a world with files
// ----------------------------------------------------------------------------

static struct bundle_fixture *open_world(struct scope *s, uint64_t seed, unsigned adversity)
{
    struct bundle_fixture_options *o = scope_new(s, struct bundle_fixture_options);

    *o = (struct bundle_fixture_options){.seed = seed, .adversity = adversity};
    return bundle_fixture_open(s, o);
}

// Only files are worked on: flows stay where they were started.
static unsigned work(struct bundle_fixture *f)
{
    struct worker_def only[2] = {0};

    for (const struct worker_def *d = f->workers[1]; d->queue; d++)
        if (d->queue == &signing_files_queue)
            only[0] = *d;
    return workers_run(f->platform.store, only, WORK_MAX);
}

static uint64_t waiting(struct bundle_fixture *f)
{
    struct queue_stats stats = {0};

    queue_stats(f->platform.store, &signing_files_queue, &stats);
    return stats.ready + stats.delayed + stats.leased;
}

static void settle(struct bundle_fixture *f)
{
    for (int i = 0; i < TRIES_MAX && (work(f) > 0 || waiting(f) > 0); i++)
        sim_advance_us(f->world, 60 * (int64_t)US_PER_S);
    EXPECT_EQUAL(waiting(f), 0);
}

static enum status offer(struct scope *s, struct bundle_fixture *f, const char *name,
                         struct str text)
{
    struct inbound_offer o = {.tenant = str("acme"),
                              .kind = INBOUND_INTERFACE,
                              .name = str(name),
                              .bytes = text,
                              .source = "api",
                              .actor = str("test")};
    struct inbound_file file = {0};
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++) {
        struct change *c = change_new(s);
        e = inbound_take(s, f->self, c, &o, world_now_us(f->world), &file);
        if (e == OK)
            e = store_commit(s, f->platform.store, c);
    }
    return e;
}

static struct inbound_file file_of(struct scope *s, struct bundle_fixture *f, const char *name)
{
    struct inbound_file file = {0};

    EXPECT_OK(inbound_get(s, f->platform.store, str("acme"), INBOUND_INTERFACE, str(name), &file));
    return file;
}

static struct json report_of(struct scope *s, struct bundle_fixture *f, const char *name)
{
    struct inbound_file file = file_of(s, f, name);
    struct json report = {0};

    EXPECT_OK(inbound_tell(s, f->platform.store, &file, true, &report));
    return report;
}

static struct str counts_of(struct scope *s, struct bundle_fixture *f, const char *name)
{
    return json_to_str(s, json_member(report_of(s, f, name), "counts"));
}

// "LINE FIELD: WHY" of each problem, in lines.
static struct str problems_of(struct scope *s, struct bundle_fixture *f, const char *name)
{
    struct json problems = json_member(report_of(s, f, name), "problems");
    struct buf b = buf_make(s, 1 << 16);

    for (size_t i = 0; i < problems.count; i++) {
        struct json p = json_at(problems, i);
        buf_format(&b, "%s%.*s %.*s: %.*s", i ? "\n" : "", STR(json_text(json_member(p, "line"))),
                   STR(json_text(json_member(p, "field"))), STR(json_text(json_member(p, "why"))));
    }
    return buf_str(&b);
}

static size_t vehicles_of(struct scope *s, struct bundle_fixture *f, const char *bundle_id)
{
    struct vehicle *all = NULL;
    size_t count = 0;

    EXPECT_OK(bundle_vehicles(s, f->platform.store, str("acme"), str(bundle_id), &all, &count));
    return count;
}

// Rows of contracts that begin with `first`, in turn for so many dealers.
static struct str file_with(struct scope *s, unsigned sequence, size_t first, size_t count,
                            size_t dealers)
{
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, sequence);
    struct nsc_row row = nsc_draft_row();

    for (size_t i = 0; i < count; i++) {
        row.values[NSC_contract_id] = str_format(s, "%zu", first + i);
        row.values[NSC_sequence_no] = str_format(s, "%zu", i / dealers + 1);
        row.values[NSC_dealer_id] = str_format(s, "D%zu", i % dealers);
        nsc_draft_add(&d, &row);
    }
    return nsc_draft_end(s, &d);
}

static struct str one_row(struct scope *s, unsigned sequence, const struct nsc_row *row)
{
    struct nsc_draft d = nsc_draft_begin(s, NSC_DELIMITED, NULL, sequence);

    nsc_draft_add(&d, row);
    return nsc_draft_end(s, &d);
}

// -- what becomes of a file
// ------------------------------------------------------------------------

TEST(a_file_becomes_bundles_with_their_vehicles_and_each_is_started)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct nsc_draft d = nsc_draft_begin(s, NSC_DELIMITED, NULL, 7);
    struct nsc_row row = nsc_draft_row();

    REQUIRE(f);
    nsc_draft_add(&d, &row);
    row.values[NSC_contract_id] = str("0035972396");
    row.values[NSC_sequence_no] = str("2");
    nsc_draft_add(&d, &row);
    row.values[NSC_contract_id] = str("35972397");
    row.values[NSC_bundle_no] = str("2");
    nsc_draft_add(&d, &row);
    REQUIRE_OK(offer(s, f, "NSC_CONTRACTS_SE_20250915_007.dat", nsc_draft_end(s, &d)));
    settle(f);
    EXPECT_STR(json_to_str(
                   s, json_member(report_of(s, f, "NSC_CONTRACTS_SE_20250915_007.dat"), "bundles")),
               "[\"2025-09-15-DEALER123\",\"2025-09-15-DEALER123-2\"]");
    EXPECT_STR(counts_of(s, f, "NSC_CONTRACTS_SE_20250915_007.dat"),
               "{\"records\":3,\"accepted\":3,\"refused\":0,\"repeated\":0,\"known\":0,"
               "\"bundles\":2}");
    struct bundle b = bundle_fixture_get(s, f, "2025-09-15-DEALER123");
    EXPECT_EQUAL(b.status, BUNDLE_NEW);
    EXPECT(json_is(bundle_member(&b, "started_at"), JSON_STRING));
    EXPECT_STR(json_to_str(s, bundle_member(&b, "signee")),
               "{\"name\":\"Åsa Björk\",\"email\":\"asa.bjork@example.com\","
               "\"pnr\":\"199001012385\"}");
    EXPECT_STR(json_to_str(s, bundle_member(&b, "files")),
               "[\"NSC_CONTRACTS_SE_20250915_007.dat\"]");
    EXPECT_STR(json_text(bundle_member(&b, "country")), "SE");
    EXPECT_STR(json_text(bundle_member(&b, "dealer_id")), "DEALER123");
    EXPECT_STR(json_text(bundle_member(&b, "dealer_orgnr")), "5560000001");
    EXPECT_STR(json_text(bundle_member(&b, "bundle_date")), "2025-09-15");
    EXPECT_STR(json_text(bundle_member(&b, "language")), "sv");
    EXPECT_STR(json_text(bundle_member(&b, "currency")), "SEK");
    EXPECT_STR(json_text(bundle_member(&b, "vehicle_count")), "2");
    EXPECT_EQUAL(bundle_fixture_execution(s, f, "2025-09-15-DEALER123-2").status,
                 EXECUTION_RUNNING);
    struct vehicle v = {0};
    REQUIRE_OK(vehicle_get(s, f->platform.store, str("acme"), b.bundle_id, str("0035972396"), &v));
    EXPECT_EQUAL(v.status, VEHICLE_READY);
    EXPECT_EQUAL(v.sequence_no, 2);
    EXPECT_STR(json_text(vehicle_member(&v, "line")), "3");
    EXPECT_STR(json_text(json_path(v.more, "row.gross_amount")), "500000.00");
}

TEST(the_same_file_again_changes_nothing_and_is_counted)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct str text = file_with(s, 1, 100, 3, 1);

    REQUIRE(f);
    REQUIRE_OK(offer(s, f, "a.dat", text));
    settle(f);
    REQUIRE_OK(offer(s, f, "a.dat", text));
    REQUIRE_OK(offer(s, f, "b.dat", text));
    settle(f);
    EXPECT_STR(json_text(json_member(report_of(s, f, "a.dat"), "repeats")), "1");
    EXPECT_EQUAL(file_of(s, f, "a.dat").state, INBOUND_ACCEPTED);
    EXPECT_EQUAL(file_of(s, f, "b.dat").state, INBOUND_REPEATED);
    EXPECT_STR(json_text(json_member(report_of(s, f, "b.dat"), "why")),
               "the same file came before as a.dat");
    EXPECT_EQUAL(vehicles_of(s, f, "2025-09-15-D0"), 3);
}

TEST(a_number_that_came_with_other_content_refuses_the_file)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    REQUIRE_OK(offer(s, f, "a.dat", file_with(s, 9, 100, 1, 1)));
    settle(f);
    EXPECT_EQUAL(offer(s, f, "a.dat", file_with(s, 9, 200, 1, 1)), CONFLICT);
    REQUIRE_OK(offer(s, f, "b.dat", file_with(s, 9, 200, 1, 1)));
    settle(f);
    EXPECT_EQUAL(file_of(s, f, "b.dat").state, INBOUND_REFUSED);
    EXPECT_STR(json_text(json_member(report_of(s, f, "b.dat"), "why")),
               "the file 9 of SE came before as a.dat, with other content");
}

TEST(a_refused_file_may_come_again_corrected_under_its_name)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    REQUIRE_OK(offer(s, f, "a.dat", str("00;NSC;SE;20250915;1\n99;1;0\n")));
    settle(f);
    EXPECT_EQUAL(file_of(s, f, "a.dat").state, INBOUND_REFUSED);
    EXPECT_STR(json_text(json_member(report_of(s, f, "a.dat"), "why")),
               "line 2: the trailer counts 1 contract rows, there are 0");
    REQUIRE_OK(offer(s, f, "a.dat", file_with(s, 1, 100, 2, 1)));
    settle(f);
    EXPECT_EQUAL(file_of(s, f, "a.dat").state, INBOUND_ACCEPTED);
    EXPECT_EQUAL(vehicles_of(s, f, "2025-09-15-D0"), 2);
}

TEST(rows_that_cannot_be_taken_over_are_told_and_the_others_stand)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
    struct nsc_row row = nsc_draft_row();

    REQUIRE(f);
    nsc_draft_add(&d, &row);
    nsc_draft_add(&d, &row);
    row.values[NSC_contract_id] = str("2");
    row.values[NSC_signee_email] = str("other@example.com");
    nsc_draft_add(&d, &row);
    row = nsc_draft_row();
    row.values[NSC_contract_id] = str("3");
    row.values[NSC_vin] = str("SHORT");
    nsc_draft_add(&d, &row);
    row.values[NSC_vin] = str("YV1ZZZ12345678902");
    nsc_draft_add(&d, &row);
    REQUIRE_OK(offer(s, f, "a.dat", nsc_draft_end(s, &d)));
    settle(f);
    EXPECT_EQUAL(file_of(s, f, "a.dat").state, INBOUND_PARTLY);
    EXPECT_STR(counts_of(s, f, "a.dat"), "{\"records\":5,\"accepted\":2,\"refused\":2,"
                                         "\"repeated\":1,\"known\":0,\"bundles\":1}");
    EXPECT_STR(problems_of(s, f, "a.dat"),
               "4 signee_email: it differs from the other rows of the bundle "
               "2025-09-15-DEALER123\n"
               "5 vin: \"SHORT\" is wrong; right is a VIN: 17 digits and capital letters without "
               "I, O and Q (ISO 3779)");
}

TEST(a_later_file_meets_known_changed_and_late_rows)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 2);
    struct nsc_row row = nsc_draft_row();

    REQUIRE(f);
    REQUIRE_OK(offer(s, f, "a.dat", one_row(s, 1, &row)));
    settle(f);
    nsc_draft_add(&d, &row);
    row.values[NSC_contract_id] = str("2");
    nsc_draft_add(&d, &row);
    row.values[NSC_contract_id] = str("35972395");
    row.values[NSC_dealer_id] = str("OTHER");
    nsc_draft_add(&d, &row); // a contract may be there once in a bundle; this is another bundle
    struct str text = nsc_draft_end(s, &d);
    REQUIRE_OK(offer(s, f, "b.dat", text));
    row = nsc_draft_row();
    row.values[NSC_model] = str("Älv 90");
    REQUIRE_OK(offer(s, f, "c.dat", one_row(s, 3, &row)));
    settle(f);
    EXPECT_STR(counts_of(s, f, "b.dat"), "{\"records\":3,\"accepted\":0,\"refused\":2,"
                                         "\"repeated\":0,\"known\":1,\"bundles\":0}");
    EXPECT_STR(problems_of(s, f, "b.dat"),
               "3 : the bundle 2025-09-15-DEALER123 was started on 2026-01-01T00:00:00.000Z\n"
               "4 contract_id: line 2 has this contract with other content");
    EXPECT_EQUAL(file_of(s, f, "c.dat").state, INBOUND_REFUSED);
    EXPECT_STR(problems_of(s, f, "c.dat"),
               "2 contract_id: the file a.dat brought this contract with other content, in line 2");
    EXPECT_EQUAL(vehicles_of(s, f, "2025-09-15-DEALER123"), 1);
}

TEST(a_file_of_another_tenant_is_another_file)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct inbound_file file = {0};

    REQUIRE(f);
    REQUIRE_OK(offer(s, f, "a.dat", file_with(s, 1, 100, 1, 1)));
    EXPECT_EQUAL(
        inbound_get(s, f->platform.store, str("other"), INBOUND_INTERFACE, str("a.dat"), &file),
        NOT_FOUND);
    EXPECT_EQUAL(
        inbound_get(s, f->platform.store, str("acme"), INBOUND_INVOICE, str("a.dat"), &file),
        NOT_FOUND);
}

TEST(names_of_files_are_plain)
{
    static const char *const good[] = {"a", "NSC_CONTRACTS_SE_20250915_001.dat", "_x-1..2"};
    static const char *const bad[] = {"", ".a", "-a", "a/b", "..", "a b", "å", "a\n", "a%2F"};
    char longest[INBOUND_NAME_BYTES_MAX + 1];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        EXPECT(inbound_name_valid(str(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT(!inbound_name_valid(str(bad[i])));
    memset(longest, 'a', sizeof longest);
    EXPECT(inbound_name_valid(str_of(longest, INBOUND_NAME_BYTES_MAX)));
    EXPECT(!inbound_name_valid(str_of(longest, sizeof longest)));
}

TEST(many_rows_of_a_bundle_and_many_bundles_are_stored_in_several_changes)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    REQUIRE_OK(offer(s, f, "one.dat", file_with(s, 1, 1000, 300, 1)));
    REQUIRE_OK(offer(s, f, "many.dat", file_with(s, 2, 5000, 150, 149)));
    settle(f);
    EXPECT_EQUAL(file_of(s, f, "one.dat").state, INBOUND_ACCEPTED);
    EXPECT_EQUAL(vehicles_of(s, f, "2025-09-15-D0"), 300);
    struct bundle b = bundle_fixture_get(s, f, "2025-09-15-D0");
    EXPECT_STR(json_text(bundle_member(&b, "vehicle_count")), "300");
    // The first of the 149 dealers has been started by the first file.
    EXPECT_STR(counts_of(s, f, "many.dat"), "{\"records\":150,\"accepted\":148,\"refused\":2,"
                                            "\"repeated\":0,\"known\":0,\"bundles\":148}");
}

TEST(a_large_report_lies_in_a_blob_and_reads_the_same)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
    struct nsc_row row = nsc_draft_row();

    REQUIRE(f);
    for (size_t i = 0; i < 1000; i++) {
        row.values[NSC_contract_id] = str_format(s, "%zu", i);
        row.values[NSC_vin] = str(i ? "SHORT" : "YV1ZZZ12345678901");
        nsc_draft_add(&d, &row);
    }
    REQUIRE_OK(offer(s, f, "a.dat", nsc_draft_end(s, &d)));
    settle(f);
    struct inbound_file file = file_of(s, f, "a.dat");
    EXPECT(json_is(json_member(file.more, "report_blob"), JSON_OBJECT));
    EXPECT_EQUAL(json_member(report_of(s, f, "a.dat"), "problems").count, 999);
}

TEST(what_is_said_of_a_file_has_no_personal_value)
{
    static const char *const personal[] = {"Åsa",          "Björk",      "asa.bjork",
                                           "199001012385", "5560000002", "199001012380"};
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, 1);
    struct nsc_row row = nsc_draft_row();
    struct buf said = buf_make(s, 1 << 20);
    struct audit_row *rows = NULL;
    size_t count = 0;

    REQUIRE(f);
    nsc_draft_add(&d, &row);
    row.values[NSC_contract_id] = str("2");
    row.values[NSC_signee_pnr] = str("199001012380");
    row.values[NSC_dealer_orgnr] = str("5560000002");
    row.values[NSC_signee_email] = str("asa.bjork(at)example.com");
    nsc_draft_add(&d, &row);
    REQUIRE_OK(offer(s, f, "a.dat", nsc_draft_end(s, &d)));
    settle(f);
    json_write(&said, report_of(s, f, "a.dat"));
    EXPECT_EQUAL(json_member(report_of(s, f, "a.dat"), "problems").count, 3);
    EXPECT_OK(audit_read(s, f->platform.store, 0, 1000, &rows, &count));
    EXPECT(count > 3);
    for (size_t i = 0; i < count; i++)
        buf_put(&said, rows[i].entry.details);
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++)
        EXPECT_EQUAL(str_find(buf_str(&said), str(personal[i])), said.bytes);
}

TEST(what_is_no_invoice_is_refused)
{
    struct bundle_fixture *f = open_world(s, 1, MEMORY_KIND);
    struct inbound_offer o = {.tenant = str("acme"),
                              .kind = INBOUND_INVOICE,
                              .name = str("i.xml"),
                              .bytes = str("<Invoice/>"),
                              .source = "api",
                              .actor = str("test")};
    struct inbound_file file = {0};
    struct change *c = change_new(s);

    REQUIRE(f);
    REQUIRE_OK(inbound_take(s, f->self, c, &o, 0, &file));
    REQUIRE_OK(store_commit(s, f->platform.store, c));
    settle(f);
    REQUIRE_OK(
        inbound_get(s, f->platform.store, str("acme"), INBOUND_INVOICE, str("i.xml"), &file));
    EXPECT_EQUAL(file.state, INBOUND_REFUSED);
}

// -- whatever happens
// ------------------------------------------------------------------------------

// How often the audit log has this action.
static size_t audited(struct scope *s, struct bundle_fixture *f, const char *action)
{
    struct audit_row *rows = NULL;
    size_t count = 0;
    size_t found = 0;

    for (uint64_t after = 0;
         audit_read(s, f->platform.store, after, 1000, &rows, &count) == OK && count;
         after = rows[count - 1].sequence)
        for (size_t i = 0; i < count; i++)
            found += str_is(rows[i].entry.action, action);
    return found;
}

static size_t executions(struct scope *s, struct bundle_fixture *f, const char *const *bundles,
                         size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        struct bundle b = bundle_fixture_get(s, f, bundles[i]);
        EXPECT_STR(json_text(bundle_member(&b, "runs")), "1");
        EXPECT_STR(json_text(bundle_member(&b, "vehicle_count")),
                   str_z(s, str_format(s, "%zu", vehicles_of(s, f, bundles[i]))));
        found += json_is(bundle_member(&b, "execution"), JSON_STRING);
    }
    return found;
}

TEST(every_row_is_stored_once_and_every_bundle_started_once_whatever_effect_is_the_last)
{
    static const char *const bundles[] = {"2025-09-15-D0", "2025-09-15-D1", "2025-09-15-D2"};
    bool struck = true;

    for (unsigned nth = 1; struck && nth < 100; nth++) {
        struct scope *own = scope_open(1 << 30);
        struct bundle_fixture *f = open_world(own, nth, MEMORY_ADVERSE);
        struct str text = file_with(own, 1, 1000, 200, 3);
        EXPECT_OK(offer(own, f, "a.dat", text));
        memory_halt_nth(f->platform.store, nth);
        (void)work(f);
        struck = memory_mend(f->platform.store);
        bundle_fixture_crash(f, false);
        sim_advance_us(f->world, 600 * (int64_t)US_PER_S);
        settle(f);
        EXPECT_STR(counts_of(own, f, "a.dat"),
                   "{\"records\":200,\"accepted\":200,\"refused\":0,\"repeated\":0,\"known\":0,"
                   "\"bundles\":3}");
        EXPECT_EQUAL(executions(own, f, bundles, 3), 3);
        EXPECT_EQUAL(audited(own, f, "bundle.status"), 3);
        scope_close(own);
        if (test_failed()) {
            (void)printf("at effect %u\n", nth);
            return;
        }
    }
    EXPECT(!struck);
}

TEST(a_power_cut_at_any_operation_of_the_disk_loses_and_doubles_no_row)
{
    static const char *const bundles[] = {"2025-09-15-D0", "2025-09-15-D1", "2025-09-15-D2"};
    bool struck = true;

    for (unsigned nth = 1; struck && nth < 2000; nth += 7) {
        struct scope *own = scope_open(1 << 30);
        struct bundle_fixture_options o = {.seed = nth, .embedded = str("data")};
        struct bundle_fixture *f = bundle_fixture_open(own, &o);
        EXPECT_OK(offer(own, f, "a.dat", file_with(own, 1, 1000, 120, 3)));
        sim_halt_nth(f->world, nth);
        (void)work(f);
        struck = sim_mend(f->world) || f->died;
        bundle_fixture_crash(f, true);
        settle(f);
        EXPECT_STR(counts_of(own, f, "a.dat"),
                   "{\"records\":120,\"accepted\":120,\"refused\":0,\"repeated\":0,\"known\":0,"
                   "\"bundles\":3}");
        EXPECT_EQUAL(executions(own, f, bundles, 3), 3);
        scope_close(own);
        if (test_failed()) {
            (void)printf("at operation %u\n", nth);
            return;
        }
    }
    EXPECT(!struck);
}

TEST(files_that_come_together_for_the_same_bundles_lose_and_double_nothing)
{
    static const char *const bundles[] = {"2025-09-15-D0", "2025-09-15-D1"};
    static const char *const names[] = {"a.dat", "b.dat", "c.dat"};

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct scope *own = scope_open(1 << 30);
        struct bundle_fixture *f = open_world(own, seed, MEMORY_WORST);
        int64_t accepted = 0;
        for (unsigned i = 0; i < 3; i++)
            EXPECT_OK(
                offer(own, f, names[i], file_with(own, i + 1, 1000 + (size_t)i * 60, 100, 2)));
        settle(f);
        for (unsigned i = 0; i < 3; i++) {
            int64_t count = 0;
            EXPECT(json_to_i64(json_path(report_of(own, f, names[i]), "counts.accepted"), &count));
            accepted += count;
        }
        EXPECT_EQUAL(accepted,
                     (int64_t)(vehicles_of(own, f, bundles[0]) + vehicles_of(own, f, bundles[1])));
        EXPECT_EQUAL(executions(own, f, bundles, 2), 2);
        scope_close(own);
        if (test_failed()) {
            (void)printf("seed %llu\n", (unsigned long long)seed);
            return;
        }
    }
}
