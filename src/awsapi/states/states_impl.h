// What the operations of the states API share: the request they are asked with, the ARNs in it,
// faults in AWS's words, and answers.
#ifndef SHEAF_AWSAPI_STATES_STATES_IMPL_H
#define SHEAF_AWSAPI_STATES_STATES_IMPL_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"
#include "edge/call.h"
#include "flow/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_DEFAULT = 100, FIELDS_MAX = 24, NAME_CHARACTERS_MAX = 80 };

struct machine_record; // flow/machines.h

// An operation under way.
struct asked {
    struct call *call;
    struct flow *flow;
    struct owner owner;
    struct str operation; // "StartExecution"
    struct json request;  // an object that keeps to the rules of requests.def
};

// Each operation: enum status function(struct scope *s, struct asked *a).
#define OPERATION(name, needs, function) enum status function(struct scope *s, struct asked *a);
#include "awsapi/states/operations.def"
#undef OPERATION

// A member of the request; empty or false when it is not there.
struct str asked_text(const struct asked *a, const char *name);
bool asked_truth(const struct asked *a, const char *name, bool otherwise);
// maxResults, PAGE_DEFAULT when it is 0 or not there.
size_t asked_page(const struct asked *a);

// request.c: checks a request against requests.def. Errors: INVALID, named.
enum status states_request_check(struct scope *s, struct asked *a);

// arn.c
struct states_arn {
    struct str text;
    struct str kind; // "stateMachine", "execution", "express", "activity", "mapRun"
    struct str name; // of the machine or activity
    struct str rest; // behind it; empty: nothing
};
// Reads the ARN in a member. `kinds` are the kinds that it may be, "stateMachine|execution".
// Errors: INVALID, named InvalidArn.
enum status asked_arn(struct scope *s, struct asked *a, const char *member, const char *kinds,
                      struct states_arn *out);
// Reads the ARN of a machine itself, not of a version or an alias. Errors: as asked_arn().
enum status asked_machine_arn(struct scope *s, struct asked *a, struct states_arn *out);
// Checks a name of a machine, an execution or an activity. Errors: INVALID, named InvalidName.
enum status states_name_check(struct scope *s, struct asked *a, struct str name);

// Fails with one of the operation's errors. `status` is INVALID, NOT_FOUND or CONFLICT.
enum status fault(struct scope *s, struct asked *a, enum status status, const char *name,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
// Names a failure of the engine: when `e` is `status`, it becomes that fault. OK and all other
// statuses pass.
enum status fault_if(struct scope *s, struct asked *a, enum status e, enum status status,
                     const char *name, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

// tags.c: kept by ARN. What is wrong with a list of tags is a ValidationException or TooManyTags.
extern const struct table_def states_tags_table;
enum status states_tags_check(struct scope *s, struct asked *a, struct json tags);
void states_tags_put(struct scope *s, struct asked *a, struct str arn, struct json tags);

// An object that is built member by member.
struct fields {
    struct scope *scope;
    struct json_member *items;
    size_t count;
};
struct fields fields_make(struct scope *s);
void fields_json(struct fields *f, const char *name, struct json value); // JSON_NONE: left out
void fields_text(struct fields *f, const char *name, struct str value);  // empty: left out
void fields_time(struct fields *f, const char *name, int64_t at_us);     // 0: left out
void fields_number(struct fields *f, const char *name, int64_t number);
void fields_truth(struct fields *f, const char *name, bool value);
struct json fields_object(const struct fields *f);

// versions.c: empty for version 0.
struct str states_version_arn(struct scope *s, struct str machine_arn, uint32_t version);

// aliases.c
extern const struct table_def states_aliases_table;
// Whether an alias routes to the version.
enum status states_alias_uses(struct scope *s, struct asked *a, const struct states_arn *version,
                              bool *used);
// Chooses one of the alias's versions by their weights; what is no alias stays as it is.
enum status states_alias_pick(struct scope *s, struct asked *a, const struct states_arn *arn,
                              struct str *version_arn);

// validate.c: names INVALID, which a machine's definition has caused; passes all others.
enum status states_definition_fault(struct scope *s, struct asked *a, enum status e,
                                    const struct machine_record *m);

// What a state machine and the one of an execution are told with alike.
void states_machine_fields(struct scope *s, const struct machine_record *m, struct fields *f);

// Answers 200.
void answer(struct asked *a, const struct fields *f);
void answer_page(struct scope *s, struct asked *a, const char *list, const struct json *items,
                 size_t count, struct str next);

#endif
