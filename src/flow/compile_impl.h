// How a definition is compiled: the files compile_*.c walk the JSON and collect what is wrong with
// it. Nothing ends at the first mistake; what is compiled is used only when there was none.
//
//   compile_report.c    findings and their places
//   compile_fields.c    single fields of any object (compile_fields_impl.h)
//   compile_state.c     states; the fields that several types share
//   compile_task.c      Task       compile_errors.c  Retry, Catch
//   compile_choice.c    Choice     compile_map.c     Map
//   compile_machine.c   the whole, branches, processors
//   compile_graph.c     transitions: targets, what is reachable
//   compile_advice.c    warnings
#ifndef SHEAF_FLOW_COMPILE_IMPL_H
#define SHEAF_FLOW_COMPILE_IMPL_H

#include "core/json.h"
#include "core/str.h"
#include "expr/names.h"
#include "flow/definition_impl.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

enum {
    DEFINITION_STATES_MAX = 10000,
    DEFINITION_MACHINES_MAX = 2000,
    DEFINITION_NESTING_MAX = 20, // of machines inside one another
    SECONDS_MAX = 99999999,      // of any timeout or wait
};

struct compiler {
    struct scope *s;
    const struct definition_options *options;
    struct diagnostic *diagnostics; // DEFINITION_DIAGNOSTICS_MAX; NULL: none yet
    size_t diagnostic_count;
    size_t error_count; // also of those that had no room
    bool express;       // what is compiled now runs as Express
    struct machine *machines;
    struct draft *drafts; // one for each machine
    size_t machine_count;
    size_t machine_room;
    size_t state_count;           // of all machines
    enum query_language language; // of the whole
};

// A machine in the making.
struct draft {
    struct json source;
    struct str place;   // "", "/States/M/ItemProcessor"
    struct names names; // of its states: which index has a name
};

// A place in the definition and the query language there. Lives on the stack of the walk.
struct place {
    const struct place *up; // NULL: the whole
    struct str name;        // data NULL: an item
    size_t index;
    enum query_language language;
};

struct place place_member(const struct place *up, struct str name);
struct place place_field(const struct place *up, const char *name);
struct place place_item(const struct place *up, size_t index);
// "/States/A/Choices[0]"; the whole is "/".
struct str place_text(struct scope *s, const struct place *at);

// Adds a finding. `at` NULL: it has no place.
void report(struct compiler *c, const struct place *at, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// As report() of SCHEMA_VALIDATION_FAILED.
void report_schema(struct compiler *c, const struct place *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct compiler *c, const struct place *at, const char *code,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

// Compiles a machine, the branches and processors in it too, and returns its number; MACHINE_NONE
// when there are too many. `owner` is the machine and state that it belongs to.
struct machine_owner {
    uint32_t machine, state, index;
};
uint32_t compile_machine(struct compiler *c, const struct place *at, struct json object,
                         const struct machine_owner *owner);
// Returns the index of the state that a field names; STATE_NONE when there is none, which is told
// by graph_check().
uint32_t target_find(const struct compiler *c, uint32_t machine, struct json object,
                     const char *name);
// Where a state may go, and where in the state that stands: "/Choices[0]/Next".
struct transition {
    struct str target, place;
};
struct transitions {
    struct transition *list;
    size_t count;
};
struct transitions transitions_of(struct scope *s, struct json state);
// Checks transitions and that names are unique, when all else is right.
void graph_check(struct compiler *c);
// Adds warnings.
void advise(struct compiler *c);
// What a state of a type has of its own. `owner` is the state.
void compile_state(struct compiler *c, const struct place *at, struct json object,
                   const struct machine_owner *owner, struct state *out);
void compile_task(struct compiler *c, const struct place *at, struct json object,
                  struct state *out);
void compile_choice(struct compiler *c, const struct place *at, struct json object,
                    const struct machine_owner *owner, struct state *out);
void compile_map(struct compiler *c, const struct place *at, struct json object,
                 const struct machine_owner *owner, struct state *out);
void compile_parallel(struct compiler *c, const struct place *at, struct json object,
                      const struct machine_owner *owner, struct state *out);
void compile_retry(struct compiler *c, const struct place *at, struct json object,
                   struct state *out);
void compile_catch(struct compiler *c, const struct place *at, struct json object,
                   const struct machine_owner *owner, struct state *out);

#endif
