#include "flow/frame.h"

#include "core/json.h"
#include "test/harness.h"

static struct json parsed(struct scope *s, const char *text)
{
    struct json j = {0};
    EXPECT_OK(json_parse(s, str(text), &json_limits_lenient, &j));
    return j;
}

TEST(a_frame_survives_being_written_and_read)
{
    struct frame f = {.id = 7,
                      .parent = FRAME_NONE,
                      .phase = FRAME_CHILDREN,
                      .wait = 3,
                      .input = {.value = json_null()},
                      .items = {.digest = str("ab12")},
                      .last_event = 9000000000,
                      .entered_at_us = -5,
                      .retry_counts = {[2] = 4},
                      .batched = true,
                      .cause = str("")};
    struct frame back = {0};

    struct json j = frame_to_json(s, &f);
    EXPECT_STR(json_to_str(s, j),
               "{\"id\":7,\"parent\":4294967295,\"phase\":4,\"wait\":3,\"input\":{\"v\":null},"
               "\"last_event\":9000000000,\"entered_at_us\":-5,\"items\":{\"d\":\"ab12\"},"
               "\"batched\":true,\"cause\":\"\",\"retry_counts\":[0,0,4]}");
    REQUIRE_OK(frame_from_json(s, parsed(s, (const char *)str_z(s, json_to_str(s, j))), &back));
    EXPECT(json_equal(frame_to_json(s, &back), j));
    EXPECT(back.cause.data != NULL && back.error.data == NULL);
    EXPECT_EQUAL(back.retry_counts[2], 4);
}

TEST(an_execution_survives_being_written_and_read)
{
    uint32_t ready[] = {4, 0};
    struct execution x = {.id = str("i"),
                          .status = EXECUTION_TIMED_OUT,
                          .express = true,
                          .output = {.value = json_bool(false)},
                          .next_event = 12,
                          .ready = ready,
                          .ready_count = 2};
    struct execution back = {0};

    struct json j = execution_to_json(s, &x);
    REQUIRE_OK(execution_from_json(s, j, &back));
    EXPECT(json_equal(execution_to_json(s, &back), j));
    EXPECT_EQUAL(back.ready_count, 2);
    EXPECT_EQUAL(back.ready[0], 4);
    EXPECT_EQUAL(back.status, EXECUTION_TIMED_OUT);
}

TEST(a_frame_with_a_bad_member_is_corrupt)
{
    static const char *const bad[] = {
        "{\"id\":-1}",
        "{\"id\":\"1\"}",
        "{\"phase\":99}",
        "{\"begun\":1}",
        "{\"error\":1}",
        "{\"input\":{}}",
        "{\"input\":{\"v\":1,\"d\":\"ab\"}}",
        "{\"retry_counts\":[-1]}",
        "{\"retry_counts\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}",
    };
    struct frame f = {0};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT_EQUAL(frame_from_json(s, parsed(s, bad[i]), &f), CORRUPT);
}

TEST(the_payloads_of_a_frame_are_all_there)
{
    struct frame f = {0};
    struct payload *all[FRAME_PAYLOADS] = {0};

    frame_payloads(&f, all);
    for (size_t i = 0; i < FRAME_PAYLOADS; i++)
        *all[i] = (struct payload){.value = json_bool(true)};
    struct json j = frame_to_json(s, &f);
    EXPECT_EQUAL(j.count, FRAME_PAYLOADS);
}
