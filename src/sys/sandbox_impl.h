// What parent and warden of a sandbox say to each other.
#ifndef SHEAF_SYS_SANDBOX_IMPL_H
#define SHEAF_SYS_SANDBOX_IMPL_H

#include "sys/sandbox.h"

#include <stdint.h>
#include <sys/types.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

enum sandbox_fd { SANDBOX_INPUT, SANDBOX_OUTPUT, SANDBOX_REPORT, SANDBOX_FDS };

// An order, with the descriptors of enum sandbox_fd.
struct sandbox_order {
    const struct sandbox_job *job; // the warden's memory is a copy of the parent's; NULL: a program
    uint64_t memory_bytes_max;
    uint64_t output_bytes_max;
    uint32_t milliseconds_max;
    uint32_t words; // of a program: arguments, each with its NUL
    char text[SANDBOX_PROGRAM_BYTES_MAX];
};

// What a child says at its end. One that says nothing was ended.
struct sandbox_report {
    uint32_t kind;  // SANDBOX_END
    int32_t status; // enum status
    uint32_t why_bytes;
    uint64_t output_bytes;
    char why[1000];
};

// The warden's life: takes orders from the socket until it is closed. Never returns.
_Noreturn void sandbox_warden(int socket, const struct sandbox_job *const *jobs);

// In a child; each gives 0 or an error number. What has been taken from it stays taken. A job:
// limit, then confine. A program, before it is executed: files (ENOSYS or EOPNOTSUPP: the kernel
// has no Landlock), confine, limit.
int sandbox_limit(const struct sandbox_order *order, bool program);
int sandbox_confine_job(void);
int sandbox_confine_files(void);
int sandbox_confine_program(void);

#endif
