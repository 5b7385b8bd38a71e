// What ingest.c (the task, the claim, the report) and ingest_rows.c (rows to bundles) share.
#ifndef SHEAF_SERVICES_SIGNING_INGEST_IMPL_H
#define SHEAF_SERVICES_SIGNING_INGEST_IMPL_H

#include "services/signing/ingest.h"
#include "services/signing/nsc.h"

// The rows of a file that belong to one bundle, in the file's order.
struct group {
    struct str bundle_id;
    const struct nsc_row **rows;
    size_t count;
    size_t taken; // stored by this file
};

struct ingest {
    struct scope *s;
    struct signing *self;
    struct inbound_file *file;
    struct nsc_file nsc;
    struct group *groups;
    size_t group_count;
    // What became of the sound rows; the problems of rows that were not taken over, by bundle.
    size_t taken;
    size_t known; // identical ones that an earlier file brought
    size_t refused;
    struct nsc_problem *problems;
    size_t problem_count;
    size_t problem_room;
    size_t problems_untold;
};

// Fills `groups`, ordered by bundle.
void ingest_group(struct ingest *in);
// Stores all rows that can be. Errors: CONFLICT another worked on the same bundles: again.
enum status ingest_store(struct ingest *in);
// Starts the bundles that have a row of this file and have not been started.
enum status ingest_start(struct ingest *in);

#endif
