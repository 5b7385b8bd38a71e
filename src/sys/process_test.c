// Signals, systemd's protocols, figures.
#include "sys/process.h"

#include "core/buf.h"
#include "core/scope.h"
#include "sys/metrics.h"

#include "test/harness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

TEST(a_stop_signal_is_read_from_a_descriptor)
{
    sigset_t before;
    REQUIRE(pthread_sigmask(SIG_BLOCK, NULL, &before) == 0);
    int fd = process_stop_fd();

    EXPECT_EQUAL(process_stop_take(fd), 0);
    EXPECT(raise(SIGTERM) == 0);
    EXPECT_EQUAL(process_stop_take(fd), SIGTERM);
    EXPECT_EQUAL(process_stop_take(fd), 0);

    (void)close(fd);
    EXPECT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

static enum status take(struct scope *s, int pid, const char *announced, int *fds, size_t *count)
{
    char *environment[] = {str_z(s, str_format(s, "LISTEN_PID=%d", pid)),
                           str_z(s, str_format(s, "LISTEN_FDS=%s", announced)), NULL};

    return process_take_sockets(s, environment, fds, count);
}

TEST(sockets_for_another_process_are_not_taken)
{
    int fds[PROCESS_SOCKETS_MAX];
    size_t count = 1;

    EXPECT_OK(take(s, getpid() + 1, "1", fds, &count));
    EXPECT_EQUAL(count, 0);
}

TEST(announced_sockets_must_be_sockets)
{
    int fds[PROCESS_SOCKETS_MAX];
    size_t count = 0;

    EXPECT(take(s, getpid(), "17", fds, &count) == INVALID);
    if (fcntl(3, F_GETFD) >= 0) {
        test_skip("descriptor 3 is in use");
        return;
    }
    EXPECT(take(s, getpid(), "1", fds, &count) == INVALID);
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQUAL(made, 3);
    EXPECT_OK(take(s, getpid(), "1", fds, &count));
    EXPECT_EQUAL(count, 1);
    EXPECT_EQUAL(fds[0], 3);
    EXPECT_EQUAL(fcntl(3, F_GETFD), FD_CLOEXEC);
    (void)close(made);
}

TEST(the_service_manager_hears_that_all_is_ready)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct str path = str_concat(s, 2, test_directory(s), str("/n"));
    char heard[32];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    REQUIRE(path.bytes < sizeof address.sun_path);
    memcpy(address.sun_path, path.data, path.bytes);
    REQUIRE(bind(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    char *with[] = {str_z(s, str_concat(s, 2, str("NOTIFY_SOCKET="), path)), NULL};
    char *without[] = {NULL};
    process_notify(with, str("READY=1"));
    process_notify(without, str("STOPPING=1"));

    ssize_t got = recv(fd, heard, sizeof heard, 0);
    EXPECT_STR(str_of(heard, got > 0 ? (size_t)got : 0), "READY=1");
    EXPECT(recv(fd, heard, sizeof heard, 0) < 0);
    (void)close(fd);
}

TEST(the_figures_of_this_process_are_plausible)
{
    static const struct metric_def *const tables[] = {process_metrics, NULL};
    struct metrics *metrics = metrics_new(tables);
    struct buf out = buf_make(s, 1 << 16);

    process_watch(metrics);
    metrics_render(&out, metrics);

    EXPECT(process_cores() >= 1);
    EXPECT(process_cpu_us() > 0);
    EXPECT(process_resident_bytes() > 100000);
    EXPECT(process_resident_peak_bytes() > 100000);
    EXPECT(process_open_files() >= 2);
    EXPECT(process_raise_files_limit() >= 64);
    EXPECT(metric_value(metrics_find(metrics, "process_resident_memory_bytes"), METRIC_ONLY) > 0);
    EXPECT(str_find(buf_str(&out), str("process_cpu_seconds_total ")) < out.bytes);
    metrics_free(metrics);
}
