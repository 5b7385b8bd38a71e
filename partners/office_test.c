// What an office does by its switches, called without sockets in a simulated world.
#include "partners/office.h"

#include "core/json.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

struct desk {
    struct world *world;
    struct office *office;
};

static void close_desk(void *opaque)
{
    struct desk *d = opaque;

    office_free(d->office);
    sim_free(d->world);
}

static struct desk *open_desk(struct scope *s, const struct faults *faults)
{
    struct desk *d = scope_new(s, struct desk);

    d->world = sim_new(1);
    d->office = office_new(
        &(struct office_options){.world = d->world, .name = "tax", .seed = 1, .faults = *faults});
    scope_defer(s, close_desk, d);
    return d;
}

static struct office_reply post(struct scope *s, struct desk *d, const char *id,
                                const char *document)
{
    struct office_reply reply = {0};
    struct str body = str_format(
        s, "{\"registrationId\":\"%s\",\"receiptId\":\"r\",\"document\":\"%s\"}", id, document);

    office_call(s, d->office, str("POST"), str("/registrations"), body, &reply);
    return reply;
}

static struct office_reply ask(struct scope *s, struct desk *d, const char *id)
{
    struct office_reply reply = {0};

    office_call(s, d->office, str("GET"), str_format(s, "/registrations/%s", id), (struct str){0},
                &reply);
    return reply;
}

static struct str status_in(struct scope *s, struct str body)
{
    struct json j = {0};

    EXPECT_OK(json_parse(s, body, &json_limits_strict, &j));
    return json_text(json_member(j, "status"));
}

// Makes all callbacks that are due, each answered with `code`; returns how many there were, and the
// status that the last one told.
static unsigned call_back(struct scope *s, struct desk *d, int code, struct str *told)
{
    unsigned count = 0;
    struct str body = {0};

    for (struct office_callback *c; (c = office_take_callback(s, d->office, &body)); count++) {
        *told = status_in(s, body);
        office_called_back(d->office, c, code);
    }
    return count;
}

TEST(a_registration_is_taken_and_called_back_about_once)
{
    struct faults faults = faults_none();
    struct desk *d = open_desk(s, &faults);
    struct str told = {0};

    EXPECT_EQUAL(post(s, d, "tax-1", "x").code, 202);
    EXPECT_EQUAL(post(s, d, "tax-1", "x").code, 202);
    EXPECT_EQUAL(post(s, d, "tax-1", "y").code, 202);
    sim_advance_us(d->world, 1000000);

    EXPECT_EQUAL(call_back(s, d, 200, &told), 1);
    EXPECT_STR(told, "confirmed");
    EXPECT_EQUAL(call_back(s, d, 200, &told), 0);
    EXPECT_STR(status_in(s, ask(s, d, "tax-1").body), "confirmed");
    EXPECT_EQUAL(ask(s, d, "tax-2").code, 404);
    struct office_counts counts = office_counts(d->office);
    EXPECT_EQUAL(counts.registrations, 1);
    EXPECT_EQUAL(counts.posts, 3);
    EXPECT_EQUAL(counts.repeats, 1);
    EXPECT_EQUAL(counts.unasked, 1);
    EXPECT_EQUAL(counts.differing, 1);
    EXPECT_EQUAL(counts.callbacks, 1);
}

TEST(a_repeat_that_was_asked_about_before_is_no_fault)
{
    struct faults faults = faults_none();
    struct desk *d = open_desk(s, &faults);

    (void)post(s, d, "tax-1", "x");
    (void)ask(s, d, "tax-1");
    (void)post(s, d, "tax-1", "x");

    EXPECT_EQUAL(office_counts(d->office).repeats, 1);
    EXPECT_EQUAL(office_counts(d->office).unasked, 0);
}

TEST(each_switch_of_an_office_does_what_it_says)
{
    static const struct {
        const char *row;
        int code;
        unsigned known;     // registrations after the post
        unsigned callbacks; // made within a second
    } cases[] = {
        {"at_once", 200, 1, 0},     {"refuse", 202, 1, 1},     {"silent", 0, 1, 1},
        {"fail_before", 500, 0, 0}, {"fail_after", 500, 1, 1}, {"garble", 202, 1, 1},
        {"busy", 429, 0, 0},        {"lose", 202, 1, 0},       {"twice", 202, 1, 2},
        {"contradict", 202, 1, 2},  {"early", 202, 1, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct faults faults = faults_none();
        struct str told = {0};
        EXPECT(faults_set(&faults, str(cases[i].row), 100));
        struct desk *d = open_desk(s, &faults);
        bool right = post(s, d, "tax-1", "x").code == cases[i].code;
        sim_advance_us(d->world, 1000000);
        right = right && call_back(s, d, 200, &told) == cases[i].callbacks;
        right = right && office_counts(d->office).registrations == cases[i].known;
        (void)test_expect(right, __FILE__, __LINE__, cases[i].row);
        if (str_is(str(cases[i].row), "refuse") || str_is(str(cases[i].row), "contradict"))
            EXPECT_STR(told, "refused");
    }
}

TEST(a_callback_that_fails_is_made_again_and_one_that_is_denied_is_not)
{
    struct faults faults = faults_none();
    struct desk *d = open_desk(s, &faults);
    struct str told = {0};

    (void)post(s, d, "tax-1", "x");
    sim_advance_us(d->world, 1000000);
    EXPECT_EQUAL(call_back(s, d, 0, &told), 1);
    EXPECT_EQUAL(call_back(s, d, 0, &told), 0);
    sim_advance_us(d->world, 1000000);
    EXPECT_EQUAL(call_back(s, d, 503, &told), 1);
    sim_advance_us(d->world, 1000000);
    EXPECT_EQUAL(call_back(s, d, 404, &told), 1);
    sim_advance_us(d->world, 1000000000);
    EXPECT_EQUAL(call_back(s, d, 200, &told), 0);

    EXPECT_EQUAL(office_counts(d->office).callbacks_failed, 2);
    EXPECT_EQUAL(office_counts(d->office).callbacks_denied, 1);
}

TEST(an_office_that_is_down_takes_nothing_and_comes_back)
{
    struct faults faults = faults_none();
    faults.down_every_s = 100;
    faults.down_for_s = 10;
    struct desk *d = open_desk(s, &faults);
    int64_t into_s = world_now_us(d->world) / 1000000 % 100;

    sim_advance_us(d->world, (100 - into_s) * 1000000);
    EXPECT_EQUAL(post(s, d, "tax-1", "x").code, 503);
    EXPECT_EQUAL(ask(s, d, "tax-1").code, 503);
    sim_advance_us(d->world, 10000000);
    EXPECT_EQUAL(post(s, d, "tax-1", "x").code, 202);
}

TEST(what_is_not_the_offices_api_is_counted)
{
    struct faults faults = faults_none();
    struct desk *d = open_desk(s, &faults);
    struct office_reply reply = {0};

    office_call(s, d->office, str("POST"), str("/registrations"), str("{}"), &reply);
    EXPECT_EQUAL(reply.code, 400);
    office_call(s, d->office, str("DELETE"), str("/registrations"), str("{}"), &reply);
    EXPECT_EQUAL(reply.code, 404);

    EXPECT_EQUAL(office_counts(d->office).malformed, 2);
}
