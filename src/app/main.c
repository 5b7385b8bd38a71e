// The `sheaf` program: finds the command, reads the settings, runs it, and says why when it fails.
#include "app/command.h"
#include "app/services.h"
#include "core/scope.h"
#include "sys/log.h"
#include "sys/process.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <unistd.h>

enum { MAIN_SCOPE_BYTES_MAX = 1 << 30 };

static int exit_code_of(enum status e)
{
    if (e == OK)
        return EXIT_DONE;
    if (e == INVALID)
        return EXIT_USAGE;
    if (e == NOT_FOUND)
        return EXIT_NOT_FOUND;
    return status_may_retry(e) ? EXIT_BUSY : EXIT_FAILED;
}

static bool wants_help(char *const *arguments)
{
    for (; *arguments && !str_is(str(*arguments), "--"); arguments++)
        if (str_is(str(*arguments), "--help"))
            return true;
    return false;
}

// The log of a command is its error message; only what runs on has one.
static void set_log_level(const struct command_line *line)
{
    struct log_options options = {.fd = STDERR_FILENO, .least = LOG_ERROR};

    if (line->command->run == command_serve || line->command->run == command_worker)
        (void)log_level_named(settings_text(line->settings, "log.level"), &options.least);
    log_configure(&options);
}

static enum status run(struct scope *s, const struct command *command, char **arguments)
{
    struct command_line line = {.command = command};
    struct settings *settings = NULL;
    const struct setting_def *const *tables = services_settings(s);
    char *const *flags = NULL;

    TRY(command_read(s, tables, arguments, &line, &flags));
    struct settings_sources sources = {
        .world = world_real(),
        .tables = tables,
        .file = str("sheaf.json"),
        .environment = environ,
        .flags = flags,
    };
    TRY(settings_load(s, &sources, &settings));
    line.settings = settings;
    set_log_level(&line);
    TRY(command->run(s, &line));
    return fflush(stdout) == 0 ? OK : fail_errno(s, "the output");
}

static enum status help(struct scope *s, char **arguments)
{
    const struct command *command = NULL;

    if (!*arguments) {
        command_help_all(stdout, commands);
        return OK;
    }
    TRY(command_find(s, commands, &arguments, &command));
    command_help(stdout, command);
    return OK;
}

static enum status work(struct scope *s, char **arguments)
{
    const struct command *command = NULL;

    if (str_is(str(*arguments), "help") || str_is(str(*arguments), "--help"))
        return help(s, arguments + 1);
    TRY(command_find(s, commands, &arguments, &command));
    if (wants_help(arguments)) {
        command_help(stdout, command);
        return OK;
    }
    if (!command->run)
        return fail(s, INVALID, "%s what? `sheaf help %s` tells more", command->name,
                    command->name);
    return run(s, command, arguments);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        command_help_all(stderr, commands);
        return EXIT_USAGE;
    }
    process_return_memory();
    struct scope *s = scope_open(MAIN_SCOPE_BYTES_MAX);
    enum status e = work(s, argv + 1);
    struct str why = str_copy(s, scope_why(s));
    if (e != OK)
        (void)fprintf(stderr, "sheaf: %.*s\n", STR(why.bytes ? why : str(status_meaning(e))));
    scope_close(s);
    return exit_code_of(e);
}
