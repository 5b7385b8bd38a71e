// State machines: definitions that are kept under a name and started as executions.
#ifndef SHEAF_FLOW_MACHINES_H
#define SHEAF_FLOW_MACHINES_H

#include "core/json.h"
#include "flow/flow.h"

struct change;

struct machine_record {
    struct str arn, name, role_arn, definition, revision;
    bool express;
    int64_t created_at_us, updated_at_us;
    bool deleting;
    bool revised;     // it was changed since it was made
    struct json more; // logging, tracing, tags: kept and shown, as given
    // A version is a revision under a number of its own: it never changes.
    bool publish;           // given: make a version of it too
    struct str description; // of the version
    uint32_t version;       // that it is, or that was made; 0: none
};
// Errors: INVALID (InvalidDefinition, InvalidName…: the API words them), CONFLICT it exists and
// differs. The same again is OK and idempotent: `*existed`.
enum status flow_machine_create(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, const struct machine_record *m,
                                struct machine_record *out, bool *existed);
enum status flow_machine_update(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, const struct machine_record *m,
                                struct machine_record *out);
enum status flow_machine_get(struct scope *s, struct flow *f, const struct owner *owner,
                             struct str arn, struct machine_record *out);
enum status flow_machine_delete(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, struct str arn);
// Versions, whose ARN is the machine's with ":NUMBER" behind it; executions may be started of them,
// flow_machine_get() reads them, and they go with their machine. Publishes the revision that is
// there, once. Errors: NOT_FOUND; CONFLICT `revision` is given and is another one.
enum status flow_version_publish(struct scope *s, struct flow *f, const struct owner *owner,
                                 struct change *c, struct str arn, struct str revision,
                                 struct str description, struct machine_record *out);
enum status flow_version_delete(struct scope *s, struct flow *f, const struct owner *owner,
                                struct change *c, struct str arn);
// The newest first. NOT_FOUND: there is no such machine.
enum status flow_version_list(struct scope *s, struct flow *f, const struct owner *owner,
                              struct str arn, size_t limit, struct str cursor,
                              struct machine_record **out, size_t *count, struct str *next);

enum status flow_machine_list(struct scope *s, struct flow *f, const struct owner *owner,
                              size_t limit, struct str cursor, struct machine_record **out,
                              size_t *count, struct str *next);

#endif
