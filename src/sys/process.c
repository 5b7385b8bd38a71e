// Signals through a descriptor, systemd's protocols by hand, and figures from /proc.
#include "sys/process.h"

#include "core/scope.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SOCKET_FIRST = 3 }; // sd_listen_fds(3): SD_LISTEN_FDS_START

struct str environment_get(char *const *environment, const char *name)
{
    for (char *const *entry = environment; *entry; entry++) {
        struct str value = str(*entry);
        if (str_is(str_cut(&value, '='), name))
            return value;
    }
    return (struct str){0};
}

int process_stop_fd(void)
{
    sigset_t stops;

    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &stops, NULL);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    int fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        perror("signalfd");
        abort();
    }
    return fd;
}

int process_stop_take(int fd)
{
    struct signalfd_siginfo info;
    ssize_t got = read(fd, &info, sizeof info);

    return got == sizeof info ? (int)info.ssi_signo : 0;
}

static bool is_socket(int fd)
{
    int type = 0;
    socklen_t bytes = sizeof type;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &bytes) == 0;
}

enum status process_take_sockets(struct scope *s, char *const *environment,
                                 int fds[PROCESS_SOCKETS_MAX], size_t *count)
{
    uint64_t pid = 0;
    uint64_t announced = 0;

    *count = 0;
    if (!str_to_u64(environment_get(environment, "LISTEN_PID"), INT32_MAX, &pid) ||
        pid != (uint64_t)getpid())
        return OK;
    if (!str_to_u64(environment_get(environment, "LISTEN_FDS"), PROCESS_SOCKETS_MAX, &announced))
        return fail(s, INVALID, "LISTEN_FDS is no number up to %d", PROCESS_SOCKETS_MAX);
    for (int fd = SOCKET_FIRST; fd < SOCKET_FIRST + (int)announced; fd++) {
        if (!is_socket(fd) || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
            return fail(s, INVALID, "descriptor %d was announced by LISTEN_FDS and is no socket",
                        fd);
        fds[(*count)++] = fd;
    }
    return OK;
}

void process_notify(char *const *environment, struct str state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct str path = environment_get(environment, "NOTIFY_SOCKET");

    if (path.bytes == 0 || path.bytes >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path.data, path.bytes);
    if (address.sun_path[0] == '@') // sd_notify(3): an abstract socket
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state.data, state.bytes, MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.bytes));
    (void)close(fd);
}

uint64_t process_raise_files_limit(void)
{
    struct rlimit limit = {0};

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

// glibc raises both limits by itself whenever a larger piece is freed, up to 32 MiB: then what one
// long list or one turn of the archive took stays resident for ever.
void process_return_memory(void)
{
    enum { MAPPED_FROM_BYTES = 512 << 10, TOP_BYTES_MAX = 4 << 20 };

    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, TOP_BYTES_MAX);
}

unsigned process_cores(void)
{
    cpu_set_t cores;

    if (sched_getaffinity(0, sizeof cores, &cores) < 0) // more cores than the set has room for
        return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    return (unsigned)CPU_COUNT(&cores);
}

// proc(5): the second number of statm is the resident pages.
int64_t process_resident_bytes(void)
{
    char text[128];
    uint64_t pages = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof text);
    (void)close(fd);
    struct str rest = str_of(text, got > 0 ? (size_t)got : 0);
    (void)str_cut(&rest, ' ');
    if (!str_to_u64(str_cut(&rest, ' '), UINT32_MAX, &pages))
        return 0;
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

int64_t process_resident_peak_bytes(void)
{
    struct rusage usage = {0};

    (void)getrusage(RUSAGE_SELF, &usage);
    return (int64_t)usage.ru_maxrss * 1024;
}

int64_t process_cpu_us(void)
{
    struct timespec used = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

int64_t process_open_files(void)
{
    int64_t count = -3; // ".", ".." and the descriptor that reads them
    DIR *directory = opendir("/proc/self/fd");

    if (!directory)
        return 0;
    while (readdir(directory))
        count++;
    (void)closedir(directory);
    return count;
}

// clang-format off
const struct metric_def process_metrics[] = {
    METRIC("process_cpu_seconds",           COUNTER, "seconds", NULL, NULL, "CPU time used.")
    METRIC("process_resident_memory_bytes", GAUGE,   "bytes",   NULL, NULL, "Resident memory.")
    METRIC("process_open_fds",              GAUGE,   NULL,      NULL, NULL, "Open descriptors.")
    METRICS_END,
};
// clang-format on

// Calls the function of this file that `context` stands for.
static int64_t read_figure(void *context, uint32_t place)
{
    int64_t (*const *figure)(void) = context;

    (void)place;
    return (*figure)();
}

void process_watch(struct metrics *metrics)
{
    static int64_t (*figures[])(void) = {process_cpu_us, process_resident_bytes,
                                         process_open_files};

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        metric_watch(metrics_find(metrics, process_metrics[i].name), read_figure, &figures[i]);
}
