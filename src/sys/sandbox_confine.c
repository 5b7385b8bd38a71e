// What is taken from a child: by rlimits, by seccomp, by Landlock.
#include "sys/sandbox_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROGRAM_FILES_MAX = 64, PROGRAM_PROCESSES_BYTES = 64 << 20 };

static int limit(int which, rlim_t most)
{
    struct rlimit both = {most, most};

    return setrlimit((__rlimit_resource_t)which, &both) < 0 ? errno : 0;
}

// A sanitizer's own memory is more than any limit that makes sense.
int sandbox_limit(const struct sandbox_order *order, bool program)
{
    int error = limit(RLIMIT_CORE, 0);

    if (!error)
        error = limit(RLIMIT_FSIZE, order->output_bytes_max + 1);
    if (!error && program)
        error = limit(RLIMIT_NOFILE, PROGRAM_FILES_MAX);
    if (!error && (program || !SANDBOX_SANITIZED))
        error = limit(RLIMIT_DATA, order->memory_bytes_max + PROGRAM_PROCESSES_BYTES);
    return error;
}

// What a computation needs: memory, its own descriptors, the clock, an end.
static const int job_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(close),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
};

// What only somebody who has taken the child over would try.
static const int deadly_calls[] = {
    SCMP_SYS(execve),  SCMP_SYS(execveat),         SCMP_SYS(socket),
    SCMP_SYS(connect), SCMP_SYS(ptrace),           SCMP_SYS(fork),
    SCMP_SYS(vfork),   SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
};

// What a program of others has no business with.
static const int program_forbidden[] = {
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(personality),
    SCMP_SYS(chroot),
    SCMP_SYS(pivot_root),
};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int e = 0;

    for (size_t i = 0; i < count && e == 0; i++)
        e = seccomp_rule_add(filter, action, calls[i], 0);
    return e;
}

#define ALL(calls) (calls), sizeof(calls) / sizeof(calls)[0]

int sandbox_confine_job(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int e = filter ? 0 : -ENOMEM;

    if (!e)
        e = add_all(filter, SCMP_ACT_ALLOW, ALL(job_calls));
    if (!e)
        e = add_all(filter, SCMP_ACT_KILL_PROCESS, ALL(deadly_calls));
    // Memory that can be executed is never made.
    if (!e)
        e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (!e)
        e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (!e)
        e = seccomp_load(filter);
    seccomp_release(filter);
    return -e;
}

int sandbox_confine_program(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int e = filter ? 0 : -ENOMEM;

    if (!e)
        e = add_all(filter, SCMP_ACT_ERRNO(EPERM), ALL(program_forbidden));
    if (!e)
        e = seccomp_load(filter);
    seccomp_release(filter);
    return -e;
}

// landlock(7): the rights of its first version; later ones add to them.
enum {
    READING =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR
};

static uint64_t rights_of(long version)
{
    uint64_t first = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    uint64_t refer = version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    uint64_t truncate = version >= 3 ? 1ULL << 14 : 0; // LANDLOCK_ACCESS_FS_TRUNCATE

    return first | refer | truncate;
}

static int allow_reading(int rules, const char *path)
{
    int e = 0;
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return 0; // what is not there need not be read
    struct stat info = {0};
    uint64_t rights = READING;
    if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode))
        rights &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR; // a file has no such right
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        e = errno;
    (void)close(fd);
    return e;
}

int sandbox_confine_files(void)
{
    static const char *const readable[] = {"/usr",
                                           "/lib",
                                           "/lib64",
                                           "/bin",
                                           "/etc/fonts",
                                           "/etc/ld.so.cache",
                                           "/var/cache/fontconfig"};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return ENOSYS;
    struct landlock_ruleset_attr all = {.handled_access_fs = rights_of(version)};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    int e = rules < 0 ? errno : 0;
    for (size_t i = 0; i < sizeof readable / sizeof readable[0] && !e; i++)
        e = allow_reading(rules, readable[i]);
    if (!e && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        e = errno;
    if (!e && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        e = errno;
    if (rules >= 0)
        (void)close(rules);
    return e;
}
