// `sheaf serve`: runs the server until SIGTERM or SIGINT.
#include "app/command.h"
#include "app/server.h"
#include "core/scope.h"
#include "sys/log.h"
#include "sys/process.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <poll.h>
#include <unistd.h>

static void wait_for_stop(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    do
        (void)poll(&wait, 1, -1);
    while (process_stop_take(fd) == 0);
}

enum status command_serve(struct scope *s, const struct command_line *line)
{
    struct server_options options = {.settings = line->settings};
    struct server *server = NULL;
    int stop_fd = -1;
    int64_t started_at_us = world_monotonic_us(world_real());

    stop_fd = process_stop_fd();
    (void)process_raise_files_limit();
    TRY(server_start(s, &options, &server));
    log_event(LOG_INFO, "server.started", LOG_STR("url", server_url(server)),
              LOG_STR("data", settings_text(line->settings, "data")),
              LOG_INT("ms", (world_monotonic_us(world_real()) - started_at_us) / 1000), LOG_END);
    process_notify(environ, str("READY=1"));
    wait_for_stop(stop_fd);
    process_notify(environ, str("STOPPING=1"));
    log_event(LOG_INFO, "server.stopping", LOG_END);
    server_stop(server);
    log_event(LOG_INFO, "server.stopped", LOG_END);
    return OK;
}
