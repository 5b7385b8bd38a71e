// Commands of the `sheaf` program. Each is a function in a file of its own; main.c has the table.
#ifndef SHEAF_APP_COMMAND_H
#define SHEAF_APP_COMMAND_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;
struct settings;

// Exit codes, as documented by `sheaf help`.
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,    // it was tried and did not work
    EXIT_USAGE = 2,     // the words of the command are wrong
    EXIT_NOT_FOUND = 3, // what was asked for is not there
    EXIT_BUSY = 4,      // try again later
};

struct command_line {
    const char *name;   // of the command
    char *const *words; // what follows it, without the flags; NULL-terminated
    size_t word_count;
    char *const *flags; // --name=value of the settings; NULL-terminated
    const struct settings *settings;
    bool json; // --json: machine-readable output
};

struct command {
    const char *name; // NULL ends the table
    const char *usage;
    const char *meaning; // one sentence
    enum status (*run)(struct scope *s, const struct command_line *line);
};

extern const struct command commands[];

// The value of a command's own flag ("--type=till"), data NULL when it is absent. Flags that are
// settings never reach commands.
struct str command_flag(const struct command_line *line, const char *name);

enum status command_serve(struct scope *s, const struct command_line *line);
enum status command_status(struct scope *s, const struct command_line *line);
enum status command_receipts(struct scope *s, const struct command_line *line);
enum status command_queues(struct scope *s, const struct command_line *line);
enum status command_keys(struct scope *s, const struct command_line *line);
enum status command_audit(struct scope *s, const struct command_line *line);
enum status command_backup(struct scope *s, const struct command_line *line);
enum status command_restore(struct scope *s, const struct command_line *line);
enum status command_settings(struct scope *s, const struct command_line *line);

#endif
