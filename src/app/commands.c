// The table of commands.
#include "app/command.h"

// clang-format off
static const struct command receipts_commands[] = {
    {"get", "receipts get ID [--document] [--tenant=default]",
     "Shows a receipt with its state and history, or its document as it was sent.",
     "document|tenant=", 1, 1, command_receipts_get, NULL},
    {"list", "receipts list --client=NAME [--from=DAY] [--to=DAY] [--state=STATE] [--limit=100] [--full] [--tenant=default]",
     "Lists a client's receipts by business day.",
     "client=|from=|to=|state=|limit=|full|tenant=", 0, 0, command_receipts_list, NULL},
    {"import", "receipts import FILE... [--connections=32] [--tenant=default]",
     "Sends receipts: .json and .xml hold one, other files one a line; - is the input. Again is harmless for a day.",
     "connections=|tenant=", 1, COMMAND_WORDS_MAX, command_receipts_import, NULL},
    {"export", "receipts export --from=DAY --to=DAY --format=csv|ndjson [--client=NAME] [--output=FILE] [--tenant=default]",
     "Writes the receipts of an interval, of all clients unless one is named.",
     "from=|to=|format=|client=|output=|tenant=", 0, 0, command_receipts_export, NULL},
    {"check", "receipts check FILE --type=TYPE", "Checks a document against a type without taking it in.",
     "type=", 1, 1, command_receipts_check, NULL},
    {"redrive", "receipts redrive ID --reason=TEXT [--tenant=default]", "Lets a failed receipt go on from the step that failed.",
     "reason=|tenant=", 1, 1, command_receipts_redrive, NULL},
    {"redeliver", "receipts redeliver ID [--tenant=default]", "Sends the webhook of a receipt's outcome again.",
     "tenant=", 1, 1, command_receipts_redeliver, NULL},
    {"erase", "receipts erase ID --reason=TEXT [--tenant=default]", "Erases a receipt for good, from the archive too.",
     "reason=|tenant=", 1, 1, command_receipts_erase, NULL},
    {"types", "receipts types", "Lists the receipt types that are known.",
     "", 0, 0, command_receipts_types, NULL},
    {"archive", "receipts archive", "Moves all final receipts from the database into the archive now.",
     "", 0, 0, command_receipts_archive, NULL},
    {"merge", "receipts merge [MONTH]", "Merges the archive's segments of a month (2026-11), or of every month that has several.",
     "", 0, 1, command_receipts_merge, NULL},
    {0},
};

static const struct command queues_commands[] = {
    {"list", "queues list", "Lists the queues: how much waits, since when, and what was set aside.",
     "", 0, 0, command_queues_list, NULL},
    {"peek", "queues peek QUEUE [--dead|--waiting] [--limit=20]", "Shows messages of a queue, dead letters unless told otherwise.",
     "dead|waiting|limit=", 1, 1, command_queues_peek, NULL},
    {"redrive", "queues redrive QUEUE --reason=TEXT [--id=MESSAGE]", "Puts dead letters back into their queue: one, or all.",
     "id=|reason=", 1, 1, command_queues_redrive, NULL},
    {"discard", "queues discard QUEUE MESSAGE --reason=TEXT", "Removes a dead letter for good.",
     "reason=", 2, 2, command_queues_discard, NULL},
    {0},
};

static const struct command keys_commands[] = {
    {"create", "keys create --scopes=WORDS [--tenant=default] [--client=NAME] [--name=TEXT] [--read-only] [--rate=N] [--expires=30d] [--webhook-hosts=a,b]",
     "Makes an API key and shows its secret, once.",
     "scopes=|tenant=|client=|name=|read-only|rate=|expires=|webhook-hosts=", 0, 0, command_keys_create, NULL},
    {"list", "keys list", "Lists the keys of all tenants.", "", 0, 0, command_keys_list, NULL},
    {"revoke", "keys revoke ID", "Revokes a key for good.", "", 1, 1, command_keys_revoke, NULL},
    {0},
};

const struct command commands[] = {
    {"serve", "serve", "Runs the server until SIGTERM or SIGINT.", "", 0, 0, command_serve, NULL},
    {"status", "status", "Tells how the server fares.", "", 0, 0, command_status, NULL},
    {"receipts", NULL, "Works with receipts.", NULL, 0, 0, NULL, receipts_commands},
    {"queues", NULL, "Works with queues and their dead letters.", NULL, 0, 0, NULL, queues_commands},
    {"keys", NULL, "Works with API keys.", NULL, 0, 0, NULL, keys_commands},
    {"audit", "audit [SUBJECT] [--after=N] [--limit=50]", "Shows the audit log: its end, or all about one id.",
     "after=|limit=", 0, 1, command_audit, NULL},
    {"backup", "backup DIRECTORY", "Writes a backup, while the server runs or not.", "", 1, 1, command_backup, NULL},
    {"restore", "restore BACKUP DIRECTORY", "Makes a data folder of a backup.", "", 2, 2, command_restore, NULL},
    {"settings", "settings [--markdown]", "Lists all settings, and what is in force.", "markdown", 0, 0, command_settings, NULL},
    {0},
};
// clang-format on
