// Commands of the `sheaf` program: data in commands.c, one function each. What a command is given
// stands in struct command_line; what is not in its row (a flag that nobody knows, a word too many)
// is refused before it runs.
#ifndef SHEAF_APP_COMMAND_H
#define SHEAF_APP_COMMAND_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct command;
struct scope;
struct setting_def;
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
    const struct command *command;
    char *const *words; // what follows it, without the flags; NULL-terminated
    size_t word_count;
    char *const *flags; // its own, --name or --name=value; NULL-terminated
    const struct settings *settings;
    bool json; // --json: machine-readable output
};

struct command {
    const char *name;    // NULL ends the table
    const char *usage;   // all of it, behind `sheaf `
    const char *meaning; // one sentence
    const char *flags;   // its own, separated by '|'; those that end with '=' want a value
    size_t words_min, words_max;
    enum status (*run)(struct scope *s, const struct command_line *line);
    const struct command *subcommands; // then nothing but name and meaning is its own
};

enum { COMMAND_WORDS_MAX = 100000 };

extern const struct command commands[];

// Finds the command of the table that the arguments begin with ("receipts", "list", ...) and moves
// behind it; a group when nothing more is said. Errors: INVALID there is none, with what there is.
enum status command_find(struct scope *s, const struct command *table, char ***arguments,
                         const struct command **out);

// Sorts what follows: words, flags that are settings (into `settings_flags`), the command's own
// flags; and refuses what its row does not allow. Errors: INVALID.
enum status command_read(struct scope *s, const struct setting_def *const *settings,
                         char **arguments, struct command_line *line, char *const **settings_flags);

// The value of a command's own flag ("--type=till"); data NULL when it is absent.
struct str command_flag(const struct command_line *line, const char *name);
bool command_has(const struct command_line *line, const char *name);
// Reads a number; leaves `out` alone when the flag is absent. Errors: INVALID.
enum status command_number(struct scope *s, const struct command_line *line, const char *name,
                           uint64_t least, uint64_t most, uint64_t *out);
// Errors: INVALID the flag is absent or empty.
enum status command_require(struct scope *s, const struct command_line *line, const char *name,
                            struct str *out);

// Fails INVALID with a sentence and the usage of the command behind it.
enum status command_misused(struct scope *s, const struct command *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Prints a whole table of commands.
void command_help_all(FILE *out, const struct command *table);
// Prints those of a group, or one.
void command_help(FILE *out, const struct command *command);

enum status command_serve(struct scope *s, const struct command_line *line);
enum status command_worker(struct scope *s, const struct command_line *line);
enum status command_status(struct scope *s, const struct command_line *line);
enum status command_receipts_get(struct scope *s, const struct command_line *line);
enum status command_receipts_list(struct scope *s, const struct command_line *line);
enum status command_receipts_import(struct scope *s, const struct command_line *line);
enum status command_receipts_export(struct scope *s, const struct command_line *line);
enum status command_receipts_check(struct scope *s, const struct command_line *line);
enum status command_receipts_dry_run(struct scope *s, const struct command_line *line);
enum status command_receipts_redrive(struct scope *s, const struct command_line *line);
enum status command_receipts_redeliver(struct scope *s, const struct command_line *line);
enum status command_receipts_erase(struct scope *s, const struct command_line *line);
enum status command_receipts_types(struct scope *s, const struct command_line *line);
enum status command_receipts_archive(struct scope *s, const struct command_line *line);
enum status command_receipts_merge(struct scope *s, const struct command_line *line);
enum status command_files_list(struct scope *s, const struct command_line *line);
enum status command_files_show(struct scope *s, const struct command_line *line);
enum status command_files_put(struct scope *s, const struct command_line *line);
enum status command_bundles_reprocess(struct scope *s, const struct command_line *line);
enum status command_bundles_retry(struct scope *s, const struct command_line *line);
enum status command_bundles_stop(struct scope *s, const struct command_line *line);
enum status command_bundles_list(struct scope *s, const struct command_line *line);
enum status command_bundles_show(struct scope *s, const struct command_line *line);
enum status command_bundles_document(struct scope *s, const struct command_line *line);
enum status command_bundles_resend(struct scope *s, const struct command_line *line);
enum status command_bundles_accept_late(struct scope *s, const struct command_line *line);
enum status command_queues_list(struct scope *s, const struct command_line *line);
enum status command_queues_peek(struct scope *s, const struct command_line *line);
enum status command_queues_redrive(struct scope *s, const struct command_line *line);
enum status command_queues_discard(struct scope *s, const struct command_line *line);
enum status command_keys_create(struct scope *s, const struct command_line *line);
enum status command_keys_list(struct scope *s, const struct command_line *line);
enum status command_keys_revoke(struct scope *s, const struct command_line *line);
enum status command_pdf_info(struct scope *s, const struct command_line *line);
enum status command_invoices_list(struct scope *s, const struct command_line *line);
enum status command_invoices_show(struct scope *s, const struct command_line *line);
enum status command_invoices_document(struct scope *s, const struct command_line *line);
enum status command_pdf_invoice(struct scope *s, const struct command_line *line);
enum status command_pdf_join(struct scope *s, const struct command_line *line);
enum status command_pdf_stamp(struct scope *s, const struct command_line *line);
enum status command_pdf_seal(struct scope *s, const struct command_line *line);
enum status command_pdf_verify(struct scope *s, const struct command_line *line);
enum status command_pdf_render(struct scope *s, const struct command_line *line);
enum status command_eval(struct scope *s, const struct command_line *line);
enum status command_flows_list(struct scope *s, const struct command_line *line);
enum status command_flows_put(struct scope *s, const struct command_line *line);
enum status command_flows_validate(struct scope *s, const struct command_line *line);
enum status command_flows_show(struct scope *s, const struct command_line *line);
enum status command_executions_start(struct scope *s, const struct command_line *line);
enum status command_executions_list(struct scope *s, const struct command_line *line);
enum status command_executions_show(struct scope *s, const struct command_line *line);
enum status command_executions_history(struct scope *s, const struct command_line *line);
enum status command_executions_stop(struct scope *s, const struct command_line *line);
enum status command_executions_redrive(struct scope *s, const struct command_line *line);
enum status command_audit(struct scope *s, const struct command_line *line);
enum status command_backup(struct scope *s, const struct command_line *line);
enum status command_restore(struct scope *s, const struct command_line *line);
enum status command_settings(struct scope *s, const struct command_line *line);

#endif
