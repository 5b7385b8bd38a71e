// The watched folder: whole files are taken in and moved away with their report, and a crash at any
// instant neither loses nor doubles one.
#include "services/signing/watch.h"

#include "core/scope.h"
#include "services/signing/inbound.h"
#include "store/memory/memory.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/nsc_draft.h"
#include "test/signing_fixture.h"

#include <stdio.h>

static struct signing_fixture *open_world(struct scope *s, uint64_t seed, unsigned adversity)
{
    struct signing_fixture_options o = {.seed = seed, .adversity = adversity};

    return signing_fixture_start(s, &o);
}

static struct str contract(struct scope *s, unsigned sequence)
{
    struct nsc_draft d = nsc_draft_begin(s, NSC_FIXED, NULL, sequence);
    struct nsc_row row = nsc_draft_row();

    row.values[NSC_contract_id] = str_format(s, "%u", 1000 + sequence);
    row.values[NSC_dealer_id] = str_format(s, "D%u", sequence);
    nsc_draft_add(&d, &row);
    return nsc_draft_end(s, &d);
}

static struct str at(struct scope *s, const char *name)
{
    return str_concat(s, 2, str("in/interface/"), str(name));
}

static void drop(struct scope *s, struct signing_fixture *f, const char *name, struct str text)
{
    EXPECT_OK(file_write_whole(s, f->edge.world, at(s, name), text));
}

static bool is_there(struct scope *s, struct signing_fixture *f, const char *name)
{
    return path_exists(f->edge.world, at(s, name));
}

// Looks, reads what came in, and looks again, a second apart.
static void go_on(struct signing_fixture *f, int times)
{
    for (int i = 0; i < times; i++) {
        signing_look(f);
        (void)signing_work_on(f, &signing_files_queue);
        sim_advance_us(f->edge.world, 1000000);
    }
}

static struct json report_of(struct scope *s, struct signing_fixture *f, const char *name)
{
    struct str text = {0};
    struct json report = {0};

    EXPECT_OK(file_read_whole(s, f->edge.world, at(s, name), 1 << 20, &text));
    EXPECT_OK(json_parse(s, text, &json_limits_strict, &report));
    return report;
}

TEST(a_file_is_taken_in_when_it_rests_and_moved_away_when_it_was_read)
{
    struct signing_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    signing_look(f);
    drop(s, f, "a.dat", contract(s, 1));
    signing_look(f);
    EXPECT_EQUAL(signing_get(s, f, "/inbound/interface/a.dat").code, 404);
    signing_look(f);
    EXPECT_STR(json_text(json_member(signing_get(s, f, "/inbound/interface/a.dat").json, "state")),
               "RECEIVED");
    EXPECT(is_there(s, f, "a.dat"));
    (void)signing_work_on(f, &signing_files_queue);
    signing_look(f);
    EXPECT(!is_there(s, f, "a.dat"));
    EXPECT(is_there(s, f, "processed/a.dat"));
    struct json report = report_of(s, f, "processed/a.dat.report.json");
    EXPECT_STR(json_text(json_member(report, "state")), "ACCEPTED");
    EXPECT_STR(json_text(json_member(report, "source")), "folder");
    EXPECT_STR(json_text(json_path(report, "counts.accepted")), "1");
}

TEST(a_file_that_grows_is_not_taken_in)
{
    struct signing_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    signing_look(f);
    for (size_t i = 1; i < 5; i++) {
        struct str text = contract(s, 1);
        drop(s, f, "a.dat", str_slice(text, 0, i * 20));
        signing_look(f);
        EXPECT_EQUAL(signing_get(s, f, "/inbound/interface/a.dat").code, 404);
    }
    drop(s, f, "a.dat", contract(s, 1));
    go_on(f, 4);
    EXPECT(is_there(s, f, "processed/a.dat"));
}

TEST(files_under_way_and_folders_are_left_alone)
{
    static const char *const names[] = {".a.dat", "a.dat.tmp", "a.dat.part"};
    struct signing_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    signing_look(f);
    for (size_t i = 0; i < 3; i++)
        drop(s, f, names[i], contract(s, 1));
    EXPECT_OK(directory_make(s, f->edge.world, at(s, "folder")));
    go_on(f, 4);
    for (size_t i = 0; i < 3; i++)
        EXPECT(is_there(s, f, names[i]));
    EXPECT_EQUAL(json_member(signing_get(s, f, "/inbound/interface").json, "items").count, 0);
}

TEST(what_is_refused_lies_apart_with_the_reason)
{
    struct signing_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    signing_look(f);
    drop(s, f, "bad.dat", str("hello"));
    drop(s, f, "a name.dat", contract(s, 2));
    drop(s, f, "a.dat", contract(s, 1));
    go_on(f, 4);
    EXPECT(is_there(s, f, "refused/bad.dat"));
    EXPECT_STR(json_text(json_member(report_of(s, f, "refused/bad.dat.report.json"), "why")),
               "line 1: the file does not begin with a header record (00)");
    EXPECT(is_there(s, f, "refused/a name.dat"));
    EXPECT(json_is(json_member(report_of(s, f, "refused/a name.dat.report.json"), "why"),
                   JSON_STRING));
    drop(s, f, "a.dat", contract(s, 3)); // another file of a name that was taken
    go_on(f, 4);
    EXPECT(is_there(s, f, "refused/a.dat"));
    EXPECT(is_there(s, f, "processed/a.dat"));
}

TEST(a_name_that_is_taken_there_gets_a_number_and_repetitions_are_counted)
{
    struct signing_fixture *f = open_world(s, 1, MEMORY_KIND);

    REQUIRE(f);
    signing_look(f);
    for (int i = 0; i < 3; i++) {
        drop(s, f, "a.dat", contract(s, 1));
        go_on(f, 4);
    }
    EXPECT(is_there(s, f, "processed/a.dat"));
    EXPECT(is_there(s, f, "processed/a.dat.2"));
    EXPECT(is_there(s, f, "processed/a.dat.3.report.json"));
    EXPECT_STR(
        json_text(json_member(signing_get(s, f, "/inbound/interface/a.dat").json, "repeats")), "2");
}

// Dies at the nth operation of the disk or effect of the store, and goes on from what is there.
static bool dies_at(struct scope *s, unsigned nth, bool disk, bool power)
{
    struct signing_fixture *f = open_world(s, nth, MEMORY_ADVERSE);
    bool struck = false;

    if (!f)
        return false;
    signing_look(f);
    drop(s, f, "a.dat", contract(s, 1));
    drop(s, f, "b.dat", contract(s, 2));
    if (disk)
        sim_halt_nth(f->edge.world, nth);
    else
        memory_halt_nth(f->edge.store, nth);
    go_on(f, 6);
    struck = disk ? sim_mend(f->edge.world) : memory_mend(f->edge.store);
    watch_close(f->self->watch);
    f->self->watch = NULL;
    if (disk && power)
        sim_power_cut(f->edge.world);
    sim_advance_us(f->edge.world, 900000000);
    for (int i = 0; i < 100 && (i < 6 || is_there(s, f, "a.dat") || is_there(s, f, "b.dat")); i++) {
        go_on(f, 1);
        sim_advance_us(f->edge.world, 60000000);
    }
    static const char *const paths[] = {"/inbound/interface/a.dat", "/inbound/interface/b.dat"};
    static const char *const bundles[] = {"/bundles/2025-09-15-D1", "/bundles/2025-09-15-D2"};
    for (size_t i = 0; i < 2; i++) {
        struct json report = signing_get(s, f, paths[i]).json;
        EXPECT_STR(json_text(json_member(report, "state")), "ACCEPTED");
        EXPECT_STR(json_text(json_path(report, "counts.accepted")), "1");
        EXPECT_STR(json_text(json_member(report, "repeats")), "");
        EXPECT_STR(json_text(json_member(signing_get(s, f, bundles[i]).json, "runs")), "1");
    }
    EXPECT(!is_there(s, f, "a.dat") && is_there(s, f, "processed/a.dat"));
    EXPECT(!is_there(s, f, "b.dat") && is_there(s, f, "processed/b.dat"));
    EXPECT(is_there(s, f, "processed/a.dat.report.json"));
    return struck;
}

static void dies_everywhere(unsigned step, bool disk, bool power)
{
    bool struck = true;

    for (unsigned nth = 1; struck && nth < 600; nth += step) {
        struct scope *own = scope_open(1 << 30);
        struck = dies_at(own, nth, disk, power);
        scope_close(own);
        if (test_failed()) {
            (void)printf("at %u\n", nth);
            return;
        }
    }
    EXPECT(!struck);
}

TEST(a_process_that_dies_at_any_effect_neither_loses_nor_doubles_a_file)
{
    dies_everywhere(1, false, false);
}

TEST(a_process_that_dies_at_any_operation_of_the_disk_neither_loses_nor_doubles_a_file)
{
    dies_everywhere(3, true, false);
}

TEST(a_power_cut_at_any_operation_of_the_disk_neither_loses_nor_doubles_a_file)
{
    dies_everywhere(4, true, true);
}
