// The life of a mail, on the store in memory and a simulated clock: one mail for the reader,
// whatever fails on the way.
#include "notify/mail.h"

#include "core/scope.h"
#include "http/smtp.h"
#include "notify/notify.h"
#include "store/blob.h"
#include "store/change.h"
#include "store/memory/memory.h"
#include "store/queue.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { US_PER_S = 1000000, LOTS = 1000, SENT_MAX = 64 };

static const struct bucket_def files = {.name = "files"};

struct post {
    struct scope *scope;
    struct world *world;
    struct store *store;
    struct notify *notify;
    const struct worker_def *workers;
    // The server in process: what it does next, and what it took.
    enum status answers[SENT_MAX]; // OK once they are used up
    bool takes[SENT_MAX];          // although it answers something else
    unsigned calls;
    struct str to[SENT_MAX], texts[SENT_MAX];
    unsigned taken;
};

static enum status take(void *context, struct scope *s, struct str from, struct str to,
                        struct str text)
{
    struct post *p = context;
    unsigned call = p->calls++;
    enum status e = call < SENT_MAX ? p->answers[call] : OK;

    EXPECT_STR(from, "sheaf@localhost");
    if ((e == OK || p->takes[call % SENT_MAX]) && p->taken < SENT_MAX) {
        p->to[p->taken] = str_copy(p->scope, to);
        p->texts[p->taken++] = str_copy(p->scope, text);
    }
    return e == OK ? OK : fail(s, e, "the server said no");
}

static void stop(void *argument)
{
    struct post *p = argument;

    store_close(p->store);
    sim_free(p->world);
}

static struct settings *load_settings(struct scope *s, struct world *w)
{
    static const struct setting_def *const tables[] = {notify_settings, NULL};
    static char *const none[] = {NULL};
    struct settings *settings = NULL;
    struct settings_sources sources = {
        .world = w, .tables = tables, .environment = none, .flags = none};

    EXPECT_OK(settings_load(s, &sources, &settings));
    return settings;
}

static struct post *start(struct scope *s, unsigned adversity, bool has_server)
{
    struct post *p = scope_new(s, struct post);
    struct store_schema *schema = scope_new(s, struct store_schema);
    struct smtp_server server = {.stand_in = take, .stand_in_context = p};
    static const struct bucket_def *const buckets[] = {&files, NULL};

    *schema = notify_schema;
    schema->buckets = buckets;
    p->scope = s;
    p->world = sim_new(1);
    p->store = memory_open(p->world, schema, 1, adversity);
    scope_defer(s, stop, p);
    EXPECT_OK(directory_make(s, p->world, str("data")));
    struct notify_options options = {.store = p->store,
                                     .settings = load_settings(s, p->world),
                                     .data_directory = str("data"),
                                     .server = has_server ? &server : NULL};
    EXPECT_OK(notify_open(s, &options, &p->notify));
    p->workers = notify_workers(s, p->notify);
    return p;
}

static enum status send(struct scope *s, struct post *p, const struct mail *mail)
{
    struct change *c = change_new(s);

    TRY(mail_send(s, c, mail));
    return store_commit(s, p->store, c);
}

static const struct str two[] = {STR_INIT("Ann <ann@example.com>"), STR_INIT("bo@example.com")};

static struct mail to_people(size_t count)
{
    return (struct mail){.tenant = str("acme"),
                         .id = str("invoice-1"),
                         .to = two,
                         .to_count = count,
                         .subject = str("Invoice 1"),
                         .text = str("Here it is.")};
}

// Hours pass, one after the other.
static void pass(struct post *p, unsigned hours)
{
    for (unsigned i = 0; i < hours * 12; i++) {
        (void)workers_run(p->store, p->workers, LOTS);
        sim_advance_us(p->world, (int64_t)300 * US_PER_S);
    }
}

static uint64_t dead(struct post *p)
{
    struct queue_stats stats = {0};

    queue_stats(p->store, &mails_queue, &stats);
    return stats.dead;
}

static uint64_t waiting(struct post *p)
{
    struct queue_stats stats = {0};

    queue_stats(p->store, &mails_queue, &stats);
    return stats.ready + stats.delayed + stats.leased;
}

TEST(without_a_server_a_mail_becomes_a_file_named_after_its_id)
{
    struct post *p = start(s, MEMORY_KIND, false);
    struct mail mail = to_people(2);
    struct str text = {0};

    REQUIRE_OK(send(s, p, &mail));
    pass(p, 1);
    REQUIRE_OK(file_read_whole(s, p->world, str("data/mail/invoice-1.acme.eml"), 10000, &text));
    EXPECT(str_find(text, str("\r\nTo: \"Ann\" <ann@example.com>,\r\n bo@example.com\r\n")) <
           text.bytes);
    EXPECT_EQUAL(waiting(p), 0);
}

TEST(each_recipient_gets_one_mail_with_its_attachments)
{
    struct post *p = start(s, MEMORY_ADVERSE, true);
    struct mail_attachment attachment = {&files, str("a/b"), str("b.pdf"), str("application/pdf")};
    struct mail mail = to_people(2);
    mail.attachments = &attachment;
    mail.attachment_count = 1;

    REQUIRE_OK(blob_put(s, p->store, &files, str("a/b"), str("%PDF-1.7"), NULL, NULL));
    REQUIRE_OK(send(s, p, &mail));
    REQUIRE_OK(send(s, p, &mail)); // the same id is the same mail
    pass(p, 2);
    EXPECT_EQUAL(p->taken, 2);
    EXPECT(!str_equal(p->to[0], p->to[1]));
    EXPECT(str_equal(p->texts[0], p->texts[1]));
    EXPECT(str_find(p->texts[0], str("JVBERi0xLjc=")) < p->texts[0].bytes);
    EXPECT_EQUAL(dead(p) + waiting(p), 0);
}

TEST(a_mail_whose_answer_was_lost_is_sent_again_byte_by_byte)
{
    struct post *p = start(s, MEMORY_KIND, true);
    struct mail mail = to_people(1);
    p->answers[0] = TIMEOUT;
    p->takes[0] = true;
    p->answers[1] = TEMPORARY;

    REQUIRE_OK(send(s, p, &mail));
    pass(p, 2);
    EXPECT_EQUAL(p->calls, 3);
    EXPECT_EQUAL(p->taken, 2);
    EXPECT(p->texts[0].bytes > 0 && str_equal(p->texts[0], p->texts[1]));
    EXPECT_EQUAL(dead(p) + waiting(p), 0);
}

TEST(a_mail_that_is_refused_for_good_is_set_aside_and_the_other_recipient_gets_it)
{
    struct post *p = start(s, MEMORY_KIND, true);
    struct mail mail = to_people(2);
    struct message_page page = {0};
    p->answers[0] = REFUSED;

    REQUIRE_OK(send(s, p, &mail));
    pass(p, 1);
    EXPECT_EQUAL(p->taken, 1);
    EXPECT_EQUAL(dead(p), 1);
    REQUIRE_OK(queue_browse(s, p->store, &mails_queue, QUEUE_DEAD, 10, str(""), &page));
    REQUIRE(page.count == 1);
    EXPECT(str_find(page.messages[0].error, str("mail invoice-1, recipient ")) <
           page.messages[0].error.bytes);
}

TEST(a_server_that_is_down_is_tried_for_about_a_day)
{
    struct post *p = start(s, MEMORY_KIND, true);
    struct mail mail = to_people(1);
    for (size_t i = 0; i < SENT_MAX; i++)
        p->answers[i] = TEMPORARY;

    REQUIRE_OK(send(s, p, &mail));
    pass(p, 18);
    EXPECT_EQUAL(dead(p), 0);
    pass(p, 18);
    EXPECT_EQUAL(dead(p), 1);
    EXPECT_EQUAL(p->taken, 0);
}

// The program dies at every place between the commit and the settlement.
TEST(one_mail_reaches_the_reader_wherever_the_program_dies)
{
    for (unsigned nth = 1; nth < 20; nth++) {
        struct scope *inner = scope_open(64 << 20);
        struct post *p = start(inner, MEMORY_KIND, true);
        struct mail mail = to_people(2);
        EXPECT(send(inner, p, &mail) == OK);
        memory_halt_nth(p->store, nth);
        (void)workers_run(p->store, p->workers, LOTS);
        bool struck = memory_mend(p->store);
        pass(p, 2);
        EXPECT(p->taken >= 2);
        for (unsigned i = 1; i < p->taken; i++)
            EXPECT(str_equal(p->texts[i], p->texts[0])); // with it its Message-ID
        EXPECT_EQUAL(waiting(p) + dead(p), 0);
        scope_close(inner);
        if (!struck)
            return;
    }
}

TEST(what_is_no_mail_is_not_put_into_a_change)
{
    struct change *c = change_new(s);
    struct mail mail = to_people(1);
    static const struct str wrong[] = {STR_INIT("x\r\nBcc: y@example.com")};

    mail.to_count = 0;
    EXPECT(mail_send(s, c, &mail) == INVALID);
    mail = to_people(1);
    mail.to = wrong;
    EXPECT(mail_send(s, c, &mail) == INVALID);
    mail = to_people(1);
    mail.id = str("a b");
    EXPECT(mail_send(s, c, &mail) == INVALID);
    EXPECT(change_empty(c));
}
