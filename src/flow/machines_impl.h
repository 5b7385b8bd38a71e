// A state machine as the engine finds it.
#ifndef SHEAF_FLOW_MACHINES_IMPL_H
#define SHEAF_FLOW_MACHINES_IMPL_H

#include "flow/machines.h"
#include "store/record.h"

struct machine_found {
    struct machine_record machine; // without its definition
    struct str definition_key;     // see definition_take()
    uint64_t version;              // of the record
    uint32_t versions;             // numbers that were given so far
    struct str published;          // revision of the newest
};

// The content of a machine's or version's record, and back. `name` is the machine's.
struct str machine_content(struct scope *s, const struct machine_found *m);
enum status machine_read(struct scope *s, const struct flow *f, const struct owner *owner,
                         const struct record *r, struct str name, struct machine_found *out);

// versions.c
// Makes a version of the machine as it is about to be put, unless its revision is one already.
void version_publish(struct scope *s, const struct owner *owner, struct change *c,
                     struct machine_found *m);
// Reads a version of a machine that is there; version 0 of the record: there is none.
enum status version_look_up(struct scope *s, const struct flow *f, const struct owner *owner,
                            const struct machine_found *machine, struct str number,
                            struct machine_found *out);

// Errors: NOT_FOUND in AWS's words; INVALID it is no ARN of a machine.
enum status machine_look_up(struct scope *s, const struct flow *f, const struct owner *owner,
                            struct str arn, struct machine_found *out);

#endif
