// An evaluation of JSONPath: what jsonpath_run.c and jsonpath_decide.c, which call one another,
// share.
#ifndef SHEAF_EXPR_JSONPATH_RUN_IMPL_H
#define SHEAF_EXPR_JSONPATH_RUN_IMPL_H

#include "expr/jsonpath_impl.h"

struct regex_work;

// An evaluation.
struct jsonpath_run {
    struct scope *s;
    enum jsonpath_flavour flavour;
    struct json root;
    size_t steps_left;
    unsigned depth;
    struct regex_work *work; // made when the first pattern is searched for
    struct scope *patterns;  // of the pattern that came from the document last
    struct str pattern;
    const struct regex *regex;
    enum function pattern_function;
};

struct jsonpath_node {
    struct json value;
    const struct jsonpath_location *location;
};

// Where selected nodes go.
struct jsonpath_sink {
    struct json *values;
    const struct jsonpath_location **locations;
    size_t count;
    size_t room;
    bool with_locations;
    bool only_count; // keeps no more than the first value
    bool first_only; // one is enough
};

// Counts steps. Errors: LIMIT.
enum status jsonpath_spend(struct jsonpath_run *run, size_t steps);
enum status jsonpath_run_query(struct jsonpath_run *run, const struct query *query,
                               struct jsonpath_node from, struct jsonpath_sink *sink);
// Returns what a singular query names, from the root or `current`; JSON_NONE: nothing.
struct json jsonpath_follow(const struct jsonpath_run *run, const struct query *query,
                            struct json current);
// Decides a condition about `current`.
enum status jsonpath_decide(struct jsonpath_run *run, const struct condition *c,
                            struct json current, bool *out);

#endif
