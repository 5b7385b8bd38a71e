// What the files of TestState share: test_state.c reads the request and runs the state,
// test_state_inspect.c tells how its data was transformed.
#ifndef SHEAF_FLOW_TEST_STATE_IMPL_H
#define SHEAF_FLOW_TEST_STATE_IMPL_H

#include "flow/definition_impl.h"
#include "flow/frame.h"
#include "flow/step.h"
#include "flow/test_state.h"

struct test {
    struct scope *s;
    const struct test_state_request *request;
    struct test_state_result *out;
    // Of the request, parsed.
    struct json input;
    struct json variables;
    struct json context;
    bool mocked;
    struct json mock_result; // JSON_NONE: the mock is an error
    struct str mock_error;
    struct str mock_cause;
    uint32_t retry_count;
    // The state.
    struct str name;
    struct json source;             // with the query language that is in force
    const struct definition *asked; // the state as it is
    const struct definition *bare;  // without Retry and Catch; with a mock: a Task in its place
    // The run of `bare`.
    struct execution x;
    struct frame frame;
    bool frame_made;
    bool frame_ended;
    struct flow_memory memory;
    struct flow_effects effects; // of the last step
    struct json result;          // of the task; JSON_NONE: it has none
    struct str next;             // the state that was entered next
    bool looped;                 // which is itself
    struct json assigned;        // by a catcher
    struct json details;         // errorDetails; JSON_NONE: none
};

// Keeps what is wrong with the request. Returns INVALID.
enum status test_invalid(struct test *t, const char *exception, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline const struct state *test_asked(const struct test *t)
{
    return &t->asked->machines[0].states[0];
}

// Handles the error of the state as its Retry and Catch say, and sets the outcome.
enum status test_error(struct test *t, struct str error, struct str cause);

// Whether more iterations of a Map failed, as the request has it, than are tolerated. REFUSED: the
// fields that say so cannot be evaluated.
enum status test_map_failures(struct test *t, bool *exceeded);

// Sets `inspection`.
enum status test_inspect(struct test *t);

#endif
