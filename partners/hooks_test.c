#include "partners/hooks.h"

#include "crypto/webhook_signature.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

static const char secret[] = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

struct receiver {
    struct world *world;
    struct hooks *hooks;
};

static void close_receiver(void *opaque)
{
    struct receiver *r = opaque;

    hooks_free(r->hooks);
    sim_free(r->world);
}

static struct receiver *open_receiver(struct scope *s, const struct faults *faults)
{
    struct receiver *r = scope_new(s, struct receiver);

    r->world = sim_new(1);
    r->hooks = hooks_new(r->world, 1, faults);
    scope_defer(s, close_receiver, r);
    return r;
}

static int deliver(struct scope *s, struct receiver *r, const char *id, const char *body)
{
    struct hmac_key key;
    int64_t now_s = world_now_us(r->world) / 1000000;

    EXPECT_OK(webhook_secret_read(s, str(secret), &key));
    struct webhook_received delivery = {
        .id = str(id),
        .timestamp = str_format(s, "%lld", (long long)now_s),
        .signature = webhook_sign(s, &key, 1, str(id), now_s, str(body)),
        .body = str(body),
    };
    return hooks_take(s, r->hooks, &delivery);
}

TEST(a_receiver_tells_a_repeat_from_another_content_under_the_same_id)
{
    struct faults faults = faults_none();
    struct receiver *r = open_receiver(s, &faults);

    EXPECT_EQUAL(deliver(s, r, "evt_1", "{\"type\":\"receipt.failed\"}"), 503); // no secret yet
    EXPECT_OK(hooks_set_secret(s, r->hooks, str(secret)));
    EXPECT_EQUAL(deliver(s, r, "evt_1", "{\"type\":\"receipt.completed\",\"n\":1}"), 204);
    EXPECT_EQUAL(deliver(s, r, "evt_1", "{\"type\":\"receipt.completed\",\"n\":1}"), 204);
    EXPECT_EQUAL(deliver(s, r, "evt_1", "{\"type\":\"receipt.completed\",\"n\":2}"), 204);
    EXPECT_EQUAL(deliver(s, r, "evt_2", "{\"type\":\"receipt.failed\"}"), 204);
    EXPECT_EQUAL(deliver(s, r, "evt_3", "{\"type\":\"other\"}"), 400);

    struct hooks_counts counts = hooks_counts(r->hooks);
    EXPECT_EQUAL(counts.events, 2);
    EXPECT_EQUAL(counts.deliveries, 4);
    EXPECT_EQUAL(counts.repeats, 1);
    EXPECT_EQUAL(counts.differing, 1);
    EXPECT_EQUAL(counts.completed, 1);
    EXPECT_EQUAL(counts.failed, 1);
    EXPECT_EQUAL(counts.unsigned_ones, 1);
    EXPECT_EQUAL(counts.malformed, 1);
}

TEST(a_delivery_with_a_wrong_signature_is_refused)
{
    struct faults faults = faults_none();
    struct receiver *r = open_receiver(s, &faults);
    struct webhook_received delivery = {.id = str("evt_1"),
                                        .timestamp = str("1767225600"),
                                        .signature = str("v1,AAAA"),
                                        .body = str("{}")};

    EXPECT_OK(hooks_set_secret(s, r->hooks, str(secret)));
    EXPECT_EQUAL(hooks_take(s, r->hooks, &delivery), 401);
    EXPECT_EQUAL(hooks_counts(r->hooks).unsigned_ones, 1);
}

TEST(each_switch_of_a_receiver_does_what_it_says)
{
    static const struct {
        const char *row;
        int code;
        unsigned events;
    } cases[] = {
        {"gone", 410, 1}, {"fail_after", 500, 1}, {"fail_before", 503, 0}, {"silent", 0, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct faults faults = faults_none();
        EXPECT(faults_set(&faults, str(cases[i].row), 100));
        struct receiver *r = open_receiver(s, &faults);
        EXPECT_OK(hooks_set_secret(s, r->hooks, str(secret)));
        EXPECT_EQUAL(deliver(s, r, "evt_1", "{\"type\":\"receipt.failed\"}"), cases[i].code);
        EXPECT_EQUAL(hooks_counts(r->hooks).events, cases[i].events);
    }
}
