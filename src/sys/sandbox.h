// A sandbox: hostile bytes (documents, images, archives of strangers) are read in a child process
// that has nothing but them. A *warden*, forked before the program has threads, secrets or a
// store, forks a child for each call. The child has its input and a place for its output, and
// limits on memory, time and output; then seccomp takes every system call from it that could open,
// connect or execute anything (default: refused; connecting and executing kill it). A child that
// crashes or runs over a limit fails its call and nothing else.
//
// Programs of others (pdftoppm) are executed in a child under Landlock: they may read the system's
// libraries, fonts and programs and nothing else, write nowhere, and have no sockets.
//
//     static const struct sandbox_job jobs[] = {{"pdf-inspect", inspect_job}, {0}};
//     TRY(sandbox_open(s, lists, &sandbox));            // first thing, while there is one thread
//     TRY(sandbox_run(s, sandbox, "pdf-inspect", input, NULL, &output));
//
// No root and no namespaces. Keys never enter a child: it prepares, the parent signs. Calls
// block; any thread, many at once.
#ifndef SHEAF_SYS_SANDBOX_H
#define SHEAF_SYS_SANDBOX_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct sandbox;
struct scope;

enum {
    SANDBOX_PROGRAM_BYTES_MAX = 4096, // of a program's arguments together
    SANDBOX_PROGRAM_WORDS_MAX = 32,
};

// What runs in a child: bytes to bytes. `input` and `*output` live as long as `s`. What it returns
// and the sentence of `s` come back to the caller. It must not start threads.
struct sandbox_job {
    const char *name; // NULL ends the list
    enum status (*run)(struct scope *s, struct str input, struct str *output);
    // Called once in the warden: reads what the job needs of the disk. NULL: nothing.
    void (*prepare)(void);
};

struct sandbox_options {
    size_t memory_bytes_max;   // beside the input; 0: 512 MiB. Not enforced under a sanitizer
    size_t output_bytes_max;   // 0: 64 MiB
    unsigned milliseconds_max; // of the clock on the wall; 0: 30,000
};

// Forks the warden, which ends with the scope. `jobs` are lists, ended by NULL. Call it while the
// process has one thread. Errors: TEMPORARY no process; INTERNAL the kernel has no seccomp.
enum status sandbox_open(struct scope *s, const struct sandbox_job *const *jobs,
                         struct sandbox **out);

// Runs a job; `options` may be NULL. Errors: what the job returned; INVALID the child crashed (its
// input does that to it); TIMEOUT it ran out of time; TOO_LARGE its output is; TEMPORARY no child.
enum status sandbox_run(struct scope *s, struct sandbox *b, const char *job, struct str input,
                        const struct sandbox_options *options, struct str *output);

// Executes a program: `arguments[0]` is its path, the input is its standard input, its standard
// output is the output; what it says besides is thrown away. Errors: NOT_FOUND there is no such
// program; UNSUPPORTED the kernel has no Landlock; REFUSED it ended with another code than 0;
// else as sandbox_run().
enum status sandbox_program(struct scope *s, struct sandbox *b, char *const *arguments,
                            struct str input, const struct sandbox_options *options,
                            struct str *output);

#endif
