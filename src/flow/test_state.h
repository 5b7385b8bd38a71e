// TestState: runs one state as the interpreter does, with what it would be given in an execution,
// and tells how its data was transformed on the way. Nothing is kept, and nothing outside is called
// but through `run`; with a mock not even that.
// Source: API reference of Step Functions, TestState; what AWS recorded.
#ifndef SHEAF_FLOW_TEST_STATE_H
#define SHEAF_FLOW_TEST_STATE_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct flow_command;
struct flow_event;
struct scope;

enum inspection_level { INSPECT_INFO, INSPECT_DEBUG, INSPECT_TRACE };

// The members of the request, as they come; texts that are empty and JSON_NONE were not given.
struct test_state_request {
    struct str definition; // of a state, or of all with `state_name`
    struct str state_name;
    struct str input;     // JSON text
    struct str variables; // JSON text
    struct str context;   // JSON text
    struct str role_arn;
    enum inspection_level level;
    bool reveal_secrets;
    struct json mock;          // {"result" or "errorOutput", "fieldValidationMode"}
    struct json configuration; // stateConfiguration
    // What the caller adds.
    struct str account; // 12 digits, in ARNs of the context object
    struct str region;
    int64_t now_us;
    uint64_t seed;
    // Runs the task of a state without a mock: sets kind (EVENT_TASK_SUCCEEDED, EVENT_TASK_FAILED),
    // value, error and cause. May block. NULL: a state with a task needs a mock.
    enum status (*run)(struct scope *s, void *context, const struct flow_command *command,
                       struct flow_event *end);
    void *run_context;
};

enum test_state_status {
    TEST_STATE_SUCCEEDED,
    TEST_STATE_FAILED,
    TEST_STATE_RETRIABLE,
    TEST_STATE_CAUGHT_ERROR,
};

struct test_state_result {
    enum test_state_status status;
    struct json output;     // JSON_NONE: it has none
    struct str error;       // data is NULL: none
    struct str cause;       // likewise
    struct str next_state;  // empty: none
    struct json inspection; // object; values, where the API has their text. JSON_NONE: INFO
    const char *exception;  // INVALID: "ValidationException", "InvalidDefinition", …
};

// Lives as long as the scope. Errors: INVALID, the sentence says why and `exception` how AWS names
// it; what `run` returns.
enum status test_state(struct scope *s, const struct test_state_request *request,
                       struct test_state_result *out);

// Returns the answer as the API gives it: output and data as texts.
struct json test_state_answer(struct scope *s, const struct test_state_result *result);

#endif
