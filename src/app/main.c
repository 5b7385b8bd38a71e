// The `sheaf` program: reads settings and words, and runs one command.
#include "app/command.h"
#include "app/services.h"
#include "core/buf.h"
#include "core/scope.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <stdio.h>
#include <unistd.h>

enum { MAIN_SCOPE_BYTES_MAX = 1 << 30, HELP_BYTES_MAX = 1 << 20, WORDS_MAX = 1000 };

// clang-format off
const struct command commands[] = {
    {"serve",    "serve",                                                "Runs the server until SIGTERM or SIGINT.", command_serve},
    {"status",   "status",                                               "Tells how the server fares.", command_status},
    {"receipts", "receipts get|list|import|export|types|archive|merge ...", "Works with receipts; `sheaf receipts` alone tells more.", command_receipts},
    {"queues",   "queues list|peek|redrive|discard ...",                 "Works with queues and their dead letters.", command_queues},
    {"keys",     "keys create|list|revoke ...",                          "Works with API keys.", command_keys},
    {"audit",    "audit [SUBJECT]",                                      "Shows the audit log.", command_audit},
    {"backup",   "backup DIRECTORY",                                     "Writes a backup while the server runs.", command_backup},
    {"restore",  "restore BACKUP DIRECTORY",                             "Makes a data folder of a backup.", command_restore},
    {"settings", "settings [--markdown]",                                "Lists all settings, with what is in force.", command_settings},
    {0},
};
// clang-format on

static const char exit_codes[] = "Exit codes: 0 done, 1 it did not work, 2 the command is wrong, 3 "
                                 "not found, 4 try again later.\n";

static int help(FILE *out)
{
    (void)fprintf(out, "Sheaf, a durable document server.\n\nusage: sheaf COMMAND [--json] "
                       "[--setting=value ...]\n\n");
    for (const struct command *c = commands; c->name; c++)
        (void)fprintf(out, "  %-46s %s\n", c->usage, c->meaning);
    (void)fprintf(out,
                  "\nSettings come from sheaf.json in the working directory, from "
                  "SHEAF_... and from flags; `sheaf settings` lists them.\n%s",
                  exit_codes);
    return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

static int exit_code_of(enum status e)
{
    if (e == OK)
        return EXIT_DONE;
    if (e == INVALID || e == REFUSED || e == UNSUPPORTED)
        return EXIT_USAGE;
    if (e == NOT_FOUND)
        return EXIT_NOT_FOUND;
    return e == BUSY || e == LIMIT || e == TEMPORARY ? EXIT_BUSY : EXIT_FAILED;
}

static const struct command *find_command(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static bool is_setting(const struct setting_def *const *tables, struct str flag)
{
    struct str name = str_slice(flag, 2, str_find_byte(flag, '=') - 2);

    if (str_is(name, "settings"))
        return true;
    for (size_t t = 0; tables[t]; t++) {
        for (const struct setting_def *row = tables[t]; row->name; row++)
            if (str_is(name, row->name))
                return true;
    }
    return false;
}

// Sorts the arguments: words, flags that are settings, and the command's own flags.
static void sort_arguments(struct scope *s, char **arguments, struct command_line *line,
                           char ***settings_flags)
{
    const struct setting_def *const *tables = services_settings(s);
    char **lists[3];
    size_t counts[3] = {0};

    for (size_t i = 0; i < 3; i++)
        lists[i] = scope_array(s, WORDS_MAX + 1, sizeof(char *));
    for (size_t i = 0; i < WORDS_MAX && arguments[i]; i++) {
        struct str word = str(arguments[i]);
        size_t list = !str_starts(word, str("--")) ? 0 : is_setting(tables, word) ? 1 : 2;
        if (str_is(word, "--json"))
            line->json = true;
        else
            lists[list][counts[list]++] = arguments[i];
    }
    line->words = lists[0];
    line->word_count = counts[0];
    line->flags = lists[2];
    *settings_flags = lists[1];
}

struct str command_flag(const struct command_line *line, const char *name)
{
    for (size_t i = 0; line->flags[i]; i++) {
        struct str flag = str(line->flags[i] + 2);
        struct str key = str_slice(flag, 0, str_find_byte(flag, '='));
        if (str_is(key, name))
            return key.bytes == flag.bytes ? str("") : str_slice(flag, key.bytes + 1, flag.bytes);
    }
    return (struct str){0};
}

static enum status run(struct scope *s, const struct command *command, char **arguments)
{
    struct command_line line = {.name = command->name};
    char **flags = NULL;
    struct settings *settings = NULL;

    sort_arguments(s, arguments, &line, &flags);
    struct settings_sources sources = {
        .world = world_real(),
        .tables = services_settings(s),
        .file = str("sheaf.json"),
        .environment = environ,
        .flags = flags,
    };
    TRY(settings_load(s, &sources, &settings));
    line.settings = settings;
    return command->run(s, &line);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return help(stdout);
    const struct command *command = find_command(argv[1]);
    if (!command) {
        (void)fprintf(stderr, "sheaf: there is no command %s; `sheaf help` lists them\n", argv[1]);
        return EXIT_USAGE;
    }
    struct scope *s = scope_open(MAIN_SCOPE_BYTES_MAX);
    enum status e = run(s, command, argv + 2);
    if (e != OK)
        (void)fprintf(stderr, "sheaf %s: %.*s\n", command->name, STR(scope_why(s)));
    scope_close(s);
    return exit_code_of(e);
}
