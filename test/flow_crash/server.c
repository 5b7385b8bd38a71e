// The server that the crash test kills: Sheaf's own with some tasks of the test. It takes the words
// that `sheaf serve` takes.
#include "app/server.h"
#include "app/services.h"
#include "core/scope.h"
#include "sys/log.h"
#include "sys/process.h"
#include "sys/settings.h"
#include "sys/world.h"
#include "test/flow_crash/tasks.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { SCOPE_BYTES_MAX = 1 << 30 };

static enum status serve(struct scope *s, char *const *flags)
{
    struct settings *settings = NULL;
    struct server *server = NULL;
    int stop_fd = process_stop_fd();
    struct pollfd wait = {.fd = stop_fd, .events = POLLIN};
    struct settings_sources sources = {.world = world_real(),
                                       .tables = services_settings(s),
                                       .environment = environ,
                                       .flags = flags};

    TRY(settings_load(s, &sources, &settings));
    struct server_options options = {.settings = settings, .tasks = crash_tasks};
    TRY(server_start(s, &options, &server));
    do
        (void)poll(&wait, 1, -1);
    while (process_stop_take(stop_fd) == 0);
    server_stop(server);
    return OK;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);

    if (argc < 2)
        return 2;
    log_configure(&(struct log_options){.fd = STDERR_FILENO, .least = LOG_INFO});
    enum status e = serve(s, argv + 2); // behind "serve"
    if (e != OK)
        (void)fprintf(stderr, "server: %.*s\n", STR(scope_why(s)));
    scope_close(s);
    return e == OK ? 0 : 1;
}
