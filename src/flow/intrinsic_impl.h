// A compiled call, shared by what parses (intrinsic.c), what runs (intrinsic_run.c) and the
// functions on arrays (intrinsic_array.c).
#ifndef SHEAF_FLOW_INTRINSIC_IMPL_H
#define SHEAF_FLOW_INTRINSIC_IMPL_H

#include "flow/intrinsic.h"

struct path;

enum argument_kind { ARGUMENT_LITERAL, ARGUMENT_PATH, ARGUMENT_CALL };

struct argument {
    enum argument_kind kind;
    struct json literal;
    struct str raw; // of a quoted text: with its escapes
    const struct path *path;
    const struct intrinsic *call;
};

enum intrinsic_function {
#define INTRINSIC(id, name, least, most, run) INTRINSIC_##id,
#include "flow/intrinsics.def"
#undef INTRINSIC
    INTRINSIC_FUNCTIONS
};

struct intrinsic_row {
    struct str name;
    size_t least;
    size_t most;
};
extern const struct intrinsic_row intrinsic_rows[INTRINSIC_FUNCTIONS];

struct intrinsic {
    struct str text; // as written
    enum intrinsic_function function;
    const struct argument *arguments;
    size_t count;
};

// A running call: `arguments` have their values.
struct intrinsic_run {
    struct scope *s;
    const struct eval *eval;
    struct eval_failure *failure;
    struct str whole; // the outermost call as written, which AWS quotes
    const struct intrinsic *call;
    const struct json *arguments;
};

// Fails for its arguments. `detail` may be empty.
enum status intrinsic_refuse(struct intrinsic_run *run, const char *detail);
// Reads an argument as a number, rounded to the next whole one, halves up. Errors: REFUSED.
enum status intrinsic_whole(struct intrinsic_run *run, size_t argument, int64_t *out);
// Checks that there is room for so many bytes. Errors: REFUSED.
enum status intrinsic_room(struct intrinsic_run *run, size_t bytes);

enum status run_array(struct intrinsic_run *run, struct json *out);
enum status run_array_partition(struct intrinsic_run *run, struct json *out);
enum status run_array_contains(struct intrinsic_run *run, struct json *out);
enum status run_array_range(struct intrinsic_run *run, struct json *out);
enum status run_array_get_item(struct intrinsic_run *run, struct json *out);
enum status run_array_length(struct intrinsic_run *run, struct json *out);
enum status run_array_unique(struct intrinsic_run *run, struct json *out);

#endif
