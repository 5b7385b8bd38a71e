// The fields of states as they are compiled: what each type of state has of its own, and what
// several share. See definition_impl.h.
#ifndef SHEAF_FLOW_FIELDS_IMPL_H
#define SHEAF_FLOW_FIELDS_IMPL_H

#include "core/json.h"
#include "core/str.h"
#include "flow/resource.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choice_test; // flow/choice.h
struct path;        // flow/path.h
struct template;    // flow/template.h: a payload template or a JSONata template

// InputPath, OutputPath, ResultPath: not given means "$".
struct path_field {
    bool is_null;            // it is given as null
    const struct path *path; // NULL: not given, or null
};

// A field that is given as a value, as a path ("…Path"), or in JSONata as "{% … %}". At most one of
// the three is there; none means that the field was left out.
struct operand {
    struct json value;                 // JSON_NONE: not given so
    const struct path *path;           // gives the value
    const struct template *expression; // likewise; also ErrorPath and CausePath, for their calls
};

static inline bool operand_given(const struct operand *o)
{
    return !json_is(o->value, JSON_NONE) || o->path || o->expression;
}

// Error names of a retrier or catcher.
struct error_names {
    const struct str *names;
    size_t count;
};

struct retrier {
    struct error_names errors;
    int64_t interval_s;   // default 1
    int64_t attempts_max; // default 3; 0: never
    double backoff_rate;  // default 2.0
    int64_t delay_max_s;  // 0: none
    bool jitter;          // JitterStrategy FULL
};

struct catcher {
    struct error_names errors;
    uint32_t next;
    struct path_field result_path; // JSONPath
    const struct template *output; // JSONata; NULL: not given
    const struct template *assign;
};

struct task_state {
    struct resource resource;
    struct operand timeout;   // seconds
    struct operand heartbeat; // seconds
    const struct template *credentials;
};

struct wait_state {
    struct operand seconds; // one of the two is given
    struct operand timestamp;
};

struct fail_state {
    struct operand error;
    struct operand cause;
};

struct choice_rule {
    const struct choice_test *test;
    uint32_t next;
    const struct template *assign;
    const struct template *output; // JSONata
};

struct choice_state {
    const struct choice_rule *rules;
    size_t rule_count;
    uint32_t otherwise; // Default; STATE_NONE: not given
};

struct parallel_state {
    const uint32_t *branches; // machines
    size_t branch_count;
};

enum reader_input {
    READER_NONE,
    READER_JSON,
    READER_JSONL,
    READER_CSV,
    READER_MANIFEST,
    READER_PARQUET
};

struct item_reader {
    struct resource resource;
    const struct template *parameters; // Parameters, Arguments; NULL: not given
    struct json config;                // ReaderConfig as written; JSON_NONE: not given
    enum reader_input input;           // InputType
    bool csv_headers_given;            // CSVHeaderLocation GIVEN
    const struct str *csv_headers;
    size_t csv_header_count;
    char csv_delimiter;       // ','
    struct operand items_max; // MaxItems
};

struct item_batcher {
    struct operand items_max;     // MaxItemsPerBatch
    struct operand bytes_max;     // MaxInputBytesPerBatch
    const struct template *input; // BatchInput; NULL: not given
};

struct result_writer {
    bool given_resource;
    struct resource resource;
    const struct template *parameters; // Parameters, Arguments; NULL: not given
    struct json config;                // WriterConfig as written; JSON_NONE: not given
};

struct map_state {
    uint32_t processor; // machine
    bool distributed;
    bool express; // ExecutionType of a distributed one
    bool legacy;  // Iterator instead of ItemProcessor
    struct path_field items_path;
    struct operand items;                 // JSONata: Items; NULL members: the state's input
    const struct template *item_selector; // ItemSelector, or Parameters; NULL: not given
    struct operand concurrency_max;       // MaxConcurrency; 0: no limit
    struct operand failures_max;          // ToleratedFailureCount
    struct operand failures_percent;      // ToleratedFailurePercentage
    struct str label;                     // empty: not given
    const struct item_reader *reader;     // NULL: not given
    const struct item_batcher *batcher;   // NULL: not given
    const struct result_writer *writer;   // NULL: not given
};

#endif
