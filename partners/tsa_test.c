#include "partners/tsa.h"

#include "core/scope.h"
#include "crypto/timestamp.h"
#include "crypto/trust.h"
#include "http/client.h"
#include "sys/world.h"
#include "test/harness.h"

static struct tsa *start(struct scope *s, struct world *world, struct faults faults, bool listens)
{
    struct tsa_options options = {.world = world, .seed = 7, .faults = faults, .listens = listens};
    struct tsa *t = NULL;

    EXPECT_OK(tsa_start(s, &options, &t));
    return t;
}

// Asks for a stamp by a call, and takes it.
static enum status ask(struct scope *s, struct tsa *t, int64_t now_us)
{
    struct timestamp_question question = {0};
    struct http_reply reply = {0};
    struct trust *trust = NULL;
    struct str token = {0};

    TRY(timestamp_ask(s, str("signature"), (struct str){0}, &question));
    TRY(tsa_stand_in(t, s, &(struct http_request){.body = question.request}, &reply));
    if (reply.code != 200)
        return fail(s, TEMPORARY, "it answered %d", reply.code);
    TRY(trust_open(s, tsa_authority(t), &trust));
    return timestamp_take(s, &question, reply.body, trust, now_us, &token);
}

TEST(an_authority_stamps_or_makes_the_fault_it_is_told)
{
    static const struct {
        const char *fault;
        enum status want;
    } cases[] = {
        {"late_ms", OK},
        {"refuse", REFUSED},
        {"contradict", UNAUTHENTICATED},
        {"garble", UNAUTHENTICATED},
        {"busy", TEMPORARY},
        {"fail_before", TEMPORARY},
        {"silent", TIMEOUT},
    };
    struct world *world = world_real();

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct faults faults = faults_none();
        EXPECT(faults_set(&faults, str(cases[i].fault), 100));
        struct tsa *t = start(s, world, faults, false);
        EXPECT(ask(s, t, world_now_us(world)) == cases[i].want);
        EXPECT_EQUAL(tsa_stamps(t), cases[i].want == OK);
        tsa_stop(t);
    }
}

TEST(an_authority_answers_on_its_port)
{
    struct tsa *t = start(s, world_real(), faults_none(), true);
    struct http_client *client = http_client_new(&(struct http_client_options){0});
    struct timestamp_question question = {0};
    struct http_reply reply = {0};
    struct str token = {0};

    REQUIRE_OK(timestamp_ask(s, str("signature"), str("1.2.3"), &question));
    struct http_request request = {
        .method = "POST", .url = tsa_url(t), .body = question.request, .allow_private = true};
    EXPECT_OK(http_call(s, client, &request, &reply));
    EXPECT_EQUAL(reply.code, 200);
    EXPECT_STR(http_reply_header(&reply, "Content-Type"), "application/timestamp-reply");
    EXPECT_OK(timestamp_take(s, &question, reply.body, NULL, 0, &token));
    http_client_free(client);
    tsa_stop(t);
}
