#include "services/signing/delivery.h"

#include "core/scope.h"
#include "edge/service.h"
#include "services/signing/signing.h"
#include "sys/file.h"
#include "sys/settings.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

static void stop(void *world)
{
    sim_free(world);
}

static struct delivery *opened(struct scope *s, struct world **w, const char *flag)
{
    static char *none[] = {NULL};
    const struct setting_def **tables = scope_array(s, 2, sizeof *tables);
    char **flags = scope_array(s, 2, sizeof *flags);
    struct platform *platform = scope_new(s, struct platform);
    struct settings *settings = NULL;
    struct delivery *d = NULL;

    *w = sim_new(1);
    scope_defer(s, stop, *w);
    tables[0] = signing_service.settings;
    flags[0] = flag ? str_z(s, str(flag)) : NULL;
    struct settings_sources sources = {.world = *w,
                                       .tables = (const struct setting_def *const *)tables,
                                       .environment = none,
                                       .flags = flags};
    EXPECT_OK(settings_load(s, &sources, &settings));
    EXPECT_OK(directory_make(s, *w, str("data")));
    *platform = (struct platform){.world = *w, .settings = settings, .data_directory = "data"};
    EXPECT_OK(delivery_open(s, platform, &d));
    return d;
}

static const struct delivery_of one = {{"35_id", 5}, {"b_id.pdf", 8}};

static enum status publish(struct scope *s, struct delivery *d)
{
    int64_t wait_us = 0;

    return delivery_publish(s, d, &one, &wait_us);
}

TEST(index_that_is_gone_after_it_was_published_was_taken)
{
    struct delivery_answer a = {0};
    struct world *w = NULL;
    struct delivery *d = opened(s, &w, NULL);

    EXPECT_OK(delivery_put_content(s, d, one.content, str("%PDF-")));
    EXPECT_OK(delivery_stage(s, d, one.index, str("index")));
    EXPECT(!path_exists(w, str("data/onbase/35_id.txt")));
    EXPECT_OK(publish(s, d));
    EXPECT(path_exists(w, str("data/onbase/35_id.txt")));
    EXPECT_OK(delivery_look(s, d, &one, &a));
    EXPECT_EQUAL(a.state, DELIVERY_WAITS);
    EXPECT_OK(path_remove(s, w, str("data/onbase/35_id.txt")));
    EXPECT_OK(publish(s, d)); // again is fine
    EXPECT(!path_exists(w, str("data/onbase/35_id.txt")));
    EXPECT_OK(delivery_look(s, d, &one, &a));
    EXPECT_EQUAL(a.state, DELIVERY_TAKEN);
}

TEST(index_in_error_files_was_refused)
{
    struct delivery_answer a = {0};
    struct world *w = NULL;
    struct delivery *d = opened(s, &w, NULL);

    EXPECT_OK(delivery_put_content(s, d, one.content, str("%PDF-")));
    EXPECT_OK(delivery_stage(s, d, one.index, str("index")));
    EXPECT_OK(publish(s, d));
    EXPECT_OK(directory_make(s, w, str("data/onbase/ERROR_FILES")));
    EXPECT_OK(
        path_rename(s, w, str("data/onbase/35_id.txt"), str("data/onbase/ERROR_FILES/35_id.txt")));
    EXPECT_OK(delivery_look(s, d, &one, &a));
    EXPECT_EQUAL(a.state, DELIVERY_REFUSED);
}

TEST(folder_without_the_content_says_nothing)
{
    struct delivery_answer a = {0};
    struct world *w = NULL;
    struct delivery *d = opened(s, &w, NULL);

    EXPECT_OK(directory_make(s, w, str("data/onbase"))); // of another disk, say
    EXPECT_EQUAL(publish(s, d), TEMPORARY);
    EXPECT_EQUAL(delivery_look(s, d, &one, &a), TEMPORARY);
}

TEST(configured_folder_that_is_missing_is_not_made)
{
    struct world *w = NULL;
    struct delivery *d = opened(s, &w, "--signing.onbase_drop=mnt/onbase");

    EXPECT_EQUAL(delivery_put_content(s, d, one.content, str("%PDF-")), TEMPORARY);
    EXPECT_EQUAL(delivery_stage(s, d, one.index, str("index")), TEMPORARY);
    EXPECT(!path_exists(w, str("mnt/onbase")));
}

TEST(report_that_says_otherwise_is_a_refusal)
{
    struct delivery_answer a = {0};
    struct world *w = NULL;
    struct delivery *d = opened(s, &w, "--signing.onbase_reports");

    EXPECT_OK(delivery_put_content(s, d, one.content, str("%PDF-")));
    EXPECT_OK(delivery_look(s, d, &one, &a));
    EXPECT_EQUAL(a.state, DELIVERY_WAITS); // for the report
    EXPECT_OK(file_write_whole(s, w, str("data/onbase/35_id.rpt"),
                               str("1;35;4711;OK;\r\n2;35;;ERROR;no such keyword\r\n")));
    EXPECT_OK(delivery_look(s, d, &one, &a));
    EXPECT_EQUAL(a.state, DELIVERY_REFUSED);
    EXPECT_STR(a.why, "OnBase refused it: no such keyword");
}
