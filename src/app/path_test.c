// Paths drawn from histories.
#include "app/path.h"

#include "app/print.h"
#include "core/scope.h"

#include "test/harness.h"

#include <stdio.h>

enum { DRAWING_BYTES_MAX = 10000 };

static struct str drawn(struct scope *s, const char *events, size_t lines_max, size_t *left_out)
{
    struct json parsed = {0};
    char *text = scope_alloc(s, DRAWING_BYTES_MAX);

    (void)test_expect_ok(json_parse(s, str(events), &json_limits_lenient, &parsed), s, __FILE__,
                         __LINE__, "events");
    struct table *t = path_draw(s, parsed, 20000000, lines_max, left_out);
    FILE *out = fmemopen(text, DRAWING_BYTES_MAX, "w");
    table_print(t, out);
    (void)fclose(out);
    return str(text);
}

TEST(states_stand_in_order_with_their_tries_and_errors)
{
    size_t left_out = 0;
    struct str path =
        drawn(s,
              "[{\"id\":1,\"previousEventId\":0,\"timestamp\":10.0,\"type\":\"ExecutionStarted\"},"
              "{\"id\":2,\"previousEventId\":0,\"timestamp\":10.0,\"type\":\"TaskStateEntered\","
              "\"stateEnteredEventDetails\":{\"name\":\"Fetch\"}},"
              "{\"id\":3,\"previousEventId\":2,\"timestamp\":10.0,\"type\":\"TaskScheduled\"},"
              "{\"id\":4,\"previousEventId\":3,\"timestamp\":10.5,\"type\":\"TaskFailed\","
              "\"taskFailedEventDetails\":{\"error\":\"Busy\",\"cause\":\"later\"}},"
              "{\"id\":5,\"previousEventId\":4,\"timestamp\":11.0,\"type\":\"TaskScheduled\"},"
              "{\"id\":6,\"previousEventId\":5,\"timestamp\":12.25,\"type\":\"TaskSucceeded\"},"
              "{\"id\":7,\"previousEventId\":6,\"timestamp\":12.25,\"type\":\"TaskStateExited\","
              "\"stateExitedEventDetails\":{\"name\":\"Fetch\"}},"
              "{\"id\":8,\"previousEventId\":7,\"timestamp\":13.0,\"type\":\"WaitStateEntered\","
              "\"stateEnteredEventDetails\":{\"name\":\"Sleep\"}}]",
              10, &left_out);

    EXPECT_STR(path, "STATE  TYPE              TOOK  TRIES  ERRORS\n"
                     "Fetch  Task           2.250 s      2  Busy: later\n"
                     "Sleep  Wait  not left 7.000 s      -  -\n");
    EXPECT_EQUAL(left_out, 0);
}

static const char branches[] =
    "[{\"id\":1,\"previousEventId\":0,\"timestamp\":10.0,\"type\":\"ExecutionStarted\"},"
    "{\"id\":2,\"previousEventId\":0,\"timestamp\":10.0,\"type\":\"ParallelStateEntered\","
    "\"stateEnteredEventDetails\":{\"name\":\"Both\"}},"
    "{\"id\":3,\"previousEventId\":2,\"timestamp\":10.0,\"type\":\"ParallelStateStarted\"},"
    "{\"id\":4,\"previousEventId\":3,\"timestamp\":10.0,\"type\":\"PassStateEntered\","
    "\"stateEnteredEventDetails\":{\"name\":\"Left\"}},"
    "{\"id\":5,\"previousEventId\":3,\"timestamp\":10.0,\"type\":\"MapStateEntered\","
    "\"stateEnteredEventDetails\":{\"name\":\"Right\"}},"
    "{\"id\":6,\"previousEventId\":4,\"timestamp\":10.0,\"type\":\"PassStateExited\","
    "\"stateExitedEventDetails\":{\"name\":\"Left\"}},"
    "{\"id\":7,\"previousEventId\":5,\"timestamp\":10.0,\"type\":\"MapStateStarted\","
    "\"mapStateStartedEventDetails\":{\"length\":1}},"
    "{\"id\":8,\"previousEventId\":7,\"timestamp\":10.0,\"type\":\"MapIterationStarted\","
    "\"mapIterationStartedEventDetails\":{\"name\":\"Right\",\"index\":0}},"
    "{\"id\":9,\"previousEventId\":8,\"timestamp\":10.0,\"type\":\"PassStateEntered\","
    "\"stateEnteredEventDetails\":{\"name\":\"Each\"}},"
    "{\"id\":10,\"previousEventId\":9,\"timestamp\":11.0,\"type\":\"PassStateExited\","
    "\"stateExitedEventDetails\":{\"name\":\"Each\"}},"
    "{\"id\":11,\"previousEventId\":10,\"timestamp\":11.0,\"type\":\"MapIterationSucceeded\","
    "\"mapIterationSucceededEventDetails\":{\"name\":\"Right\",\"index\":0}},"
    "{\"id\":12,\"previousEventId\":11,\"timestamp\":11.0,\"type\":\"MapStateSucceeded\"},"
    "{\"id\":13,\"previousEventId\":12,\"timestamp\":11.0,\"type\":\"MapStateExited\","
    "\"stateExitedEventDetails\":{\"name\":\"Right\"}},"
    "{\"id\":14,\"previousEventId\":13,\"timestamp\":11.0,\"type\":\"ParallelStateSucceeded\"},"
    "{\"id\":15,\"previousEventId\":14,\"timestamp\":12.0,\"type\":\"ParallelStateExited\","
    "\"stateExitedEventDetails\":{\"name\":\"Both\"}},"
    "{\"id\":16,\"previousEventId\":15,\"timestamp\":12.0,\"type\":\"SucceedStateEntered\","
    "\"stateEnteredEventDetails\":{\"name\":\"Done\"}},"
    "{\"id\":17,\"previousEventId\":16,\"timestamp\":12.0,\"type\":\"SucceedStateExited\","
    "\"stateExitedEventDetails\":{\"name\":\"Done\"}}]";

TEST(branches_and_iterations_stand_below_their_state)
{
    size_t left_out = 0;

    EXPECT_STR(drawn(s, branches, 20, &left_out), "STATE         TYPE         TOOK  TRIES  ERRORS\n"
                                                  "Both          Parallel  2.000 s      -  -\n"
                                                  "  [0]         -               -      -  -\n"
                                                  "    Left      Pass      0.000 s      -  -\n"
                                                  "  [1]         -               -      -  -\n"
                                                  "    Right     Map       1.000 s      -  -\n"
                                                  "      [0]     -               -      -  -\n"
                                                  "        Each  Pass      1.000 s      -  -\n"
                                                  "Done          Succeed   0.000 s      -  -\n");
    EXPECT_EQUAL(left_out, 0);
}

TEST(what_is_too_long_to_draw_is_counted)
{
    size_t left_out = 0;

    (void)drawn(s, branches, 3, &left_out);

    EXPECT_EQUAL(left_out, 5);
}

TEST(events_that_no_history_has_do_no_harm)
{
    size_t left_out = 0;

    EXPECT_STR(drawn(s,
                     "[{\"id\":7},{\"id\":1,\"previousEventId\":9,\"type\":\"X\"},{},3,"
                     "{\"id\":2,\"previousEventId\":1,\"type\":\"PassStateExited\"}]",
                     9, &left_out),
               "");
}
