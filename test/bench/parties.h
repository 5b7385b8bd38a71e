// The program `partners` as a child of a crash test or benchmark.
#ifndef SHEAF_TEST_BENCH_PARTIES_H
#define SHEAF_TEST_BENCH_PARTIES_H

#include "core/status.h"
#include "core/str.h"

#include <stdint.h>
#include <sys/types.h>

struct scope;

struct parties {
    pid_t pid;
    struct str lines; // what it printed: "NAME ADDRESS" each
};

// Starts `program` with these flags (NULL-terminated), and waits until it has said where all are.
enum status parties_start(struct scope *s, const char *program, char *const *flags,
                          struct parties *out);

// Where one is: "http://127.0.0.1:12345"; empty: it is not among them.
struct str parties_address(const struct parties *p, const char *name);

// Safe when it was not started.
void parties_stop(struct parties *p);

// A port that was free a moment ago, for a server that keeps it over all its lives.
enum status parties_free_port(struct scope *s, uint16_t *out);

#endif
