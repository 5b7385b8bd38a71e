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
    {"dry-run", "receipts dry-run --type=TYPE --check=EXPR [--message=TEXT] [--client=NAME] [--from=DAY] [--to=DAY] [--tenant=default]",
     "Tells what a rule would say of the receipts that are stored.",
     "type=|check=|message=|client=|from=|to=|tenant=", 0, 0, command_receipts_dry_run, NULL},
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

static const struct command files_commands[] = {
    {"list", "files list [--kind=interface|invoice] [--limit=100] [--tenant=default]",
     "Lists the contract files or invoices that came in, the newest first.",
     "kind=|limit=|tenant=", 0, 0, command_files_list, NULL},
    {"show", "files show NAME [--kind=interface|invoice] [--tenant=default]",
     "Shows what became of a file, and which of its rows were refused and why.",
     "kind=|tenant=", 1, 1, command_files_show, NULL},
    {"put", "files put FILE... [--kind=interface|invoice] [--no-wait] [--tenant=default]",
     "Takes contract files or invoices in, and waits until they were read. Again is harmless.",
     "kind=|no-wait|tenant=", 1, COMMAND_WORDS_MAX, command_files_put, NULL},
    {0},
};

static const struct command bundles_commands[] = {
    {"list", "bundles list [--status=STATUS] [--limit=100] [--tenant=default]",
     "Lists bundles of contracts, the newest first.",
     "status=|limit=|tenant=", 0, 0, command_bundles_list, NULL},
    {"show", "bundles show BUNDLE [--tenant=default]", "Shows a bundle with its moves and vehicles.",
     "tenant=", 1, 1, command_bundles_show, NULL},
    {"document", "bundles document BUNDLE [--which=signed|unsigned|original|order|log] [--output=FILE] [--tenant=default]",
     "Writes a document of a bundle: its PDF, the order of its vehicles, or the signing log.",
     "which=|output=|tenant=", 1, 1, command_bundles_document, NULL},
    {0},
};

static const struct command invoices_commands[] = {
    {"list", "invoices list [--limit=100] [--tenant=default]", "Lists invoices that were taken in, the newest first.",
     "limit=|tenant=", 0, 0, command_invoices_list, NULL},
    {"show", "invoices show ID [--tenant=default]", "Shows what an invoice says and what was found in it.",
     "tenant=", 1, 1, command_invoices_show, NULL},
    {"document", "invoices document ID [--xml] [--output=FILE] [--tenant=default]",
     "Gives the invoice as it was set and sealed, or as it came.", "xml|output=|tenant=", 1, 1, command_invoices_document, NULL},
    {0},
};

static const struct command flows_commands[] = {
    {"list", "flows list [--tenant=default]", "Lists the flows.", "tenant=", 0, 0, command_flows_list, NULL},
    {"put", "flows put NAME FILE [--express] [--role=ARN] [--tenant=default]",
     "Keeps a definition under a name: makes the flow, or changes it for executions to come.",
     "express|role=|tenant=", 2, 2, command_flows_put, NULL},
    {"validate", "flows validate FILE [--express]", "Checks a definition without keeping it.",
     "express", 1, 1, command_flows_validate, NULL},
    {"show", "flows show NAME [--definition] [--tenant=default]", "Shows a flow, or its definition alone as it was given.",
     "definition|tenant=", 1, 1, command_flows_show, NULL},
    {0},
};

static const struct command executions_commands[] = {
    {"start", "executions start FLOW [--input=FILE] [--name=NAME] [--wait] [--tenant=default]",
     "Starts an execution; - is the input, --wait shows how it ends.",
     "input=|name=|wait|tenant=", 1, 1, command_executions_start, NULL},
    {"list", "executions list FLOW [--status=STATUS] [--limit=100] [--tenant=default]",
     "Lists a flow's executions, the newest first.",
     "status=|limit=|tenant=", 1, 1, command_executions_list, NULL},
    {"show", "executions show EXECUTION [--full] [--tenant=default]",
     "Shows an execution (its ARN, or FLOW/NAME) and draws the path it took.",
     "full|tenant=", 1, 1, command_executions_show, NULL},
    {"history", "executions history EXECUTION [--tenant=default]", "Lists the events of an execution.",
     "tenant=", 1, 1, command_executions_history, NULL},
    {"stop", "executions stop EXECUTION [--error=NAME] [--cause=TEXT] [--tenant=default]", "Ends an execution that runs.",
     "error=|cause=|tenant=", 1, 1, command_executions_stop, NULL},
    {"redrive", "executions redrive EXECUTION [--input=FILE] [--dry-run] [--tenant=default]",
     "Lets a failed execution go on from the state that failed, with another input if one is given; or says what would run again.",
     "input=|dry-run|tenant=", 1, 1, command_executions_redrive, NULL},
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

static const struct command pdf_commands[] = {
    {"info", "pdf info FILE", "Tells what a PDF is: pages, revisions, signatures and what they permit, attachments, damage, what breaks its claim of PDF/A.",
     "", 1, 1, command_pdf_info, NULL},
    {"invoice", "pdf invoice FILE.xml --output=FILE",
     "Sets an electronic invoice (UBL 2.1, Svefaktura) and tells which rules it breaks.",
     "output=", 1, 1, command_pdf_invoice, NULL},
    {"join", "pdf join FILE... --output=FILE [--title=TEXT] [--attach=FILE]",
     "Joins PDFs into one, with a bookmark each; what they have alike is kept once.",
     "output=|title=|attach=", 1, COMMAND_WORDS_MAX, command_pdf_join, NULL},
    {"stamp", "pdf stamp FILE --text=LINE|LINE... --output=FILE [--code=TEXT] [--corner=bottom-right|bottom-left|top-right|top-left] [--size=8]",
     "Stamps every page: in its content, or with annotations when the file is signed.",
     "text=|output=|code=|corner=|size=", 1, 1, command_pdf_stamp, NULL},
    {"seal", "pdf seal FILE OUT [--certificate=FILE --key=FILE|--password=FILE] [--tsa=URL] [--permission=1|2|3] [--name=TEXT] [--reason=TEXT] [--location=TEXT]",
     "Seals a PDF (PAdES), also one that is signed; without a certificate with one for development. --permission certifies it.",
     "certificate=|key=|password=|tsa=|permission=|name=|reason=|location=", 2, 2, command_pdf_seal, NULL},
    {"verify", "pdf verify FILE [--trust=PEM]",
     "Verifies the signatures of a PDF: who signed, what was changed since, and whether that was permitted.",
     "trust=", 1, 1, command_pdf_verify, NULL},
    {"render", "pdf render TEMPLATE OUTPUT [--data=FILE] [--language=sv|en] [--png]",
     "Sets a template (docs/templates.md) with JSON as a PDF; an array, or a line for each, as a bundle. --png shows its pages.",
     "data=|language=|png", 2, 2, command_pdf_render, NULL},
    {0},
};

const struct command commands[] = {
    {"serve", "serve", "Runs the server until SIGTERM or SIGINT.", "", 0, 0, command_serve, NULL},
    {"worker", "worker NAME [--count=1] [--timeout=900] [--tenant=default] -- COMMAND ...",
     "Serves a function: runs processes that fetch its invocations from a Lambda Runtime API of their own.",
     "count=|timeout=|tenant=", 2, COMMAND_WORDS_MAX, command_worker, NULL},
    {"status", "status", "Tells how the server fares.", "", 0, 0, command_status, NULL},
    {"receipts", NULL, "Works with receipts.", NULL, 0, 0, NULL, receipts_commands},
    {"files", NULL, "Works with contract files and invoices that come in.", NULL, 0, 0, NULL, files_commands},
    {"bundles", NULL, "Works with bundles of contracts.", NULL, 0, 0, NULL, bundles_commands},
    {"flows", NULL, "Works with definitions of flows.", NULL, 0, 0, NULL, flows_commands},
    {"executions", NULL, "Works with executions of flows.", NULL, 0, 0, NULL, executions_commands},
    {"queues", NULL, "Works with queues and their dead letters.", NULL, 0, 0, NULL, queues_commands},
    {"keys", NULL, "Works with API keys.", NULL, 0, 0, NULL, keys_commands},
    {"invoices", NULL, "Works with invoices that were taken in.", NULL, 0, 0, NULL, invoices_commands},
    {"pdf", NULL, "Works with PDF files, without a server.", NULL, 0, 0, NULL, pdf_commands},
    {"eval", "eval --jsonata=EXPR [--bindings=FILE] | --jsonpath=PATH",
     "Evaluates an expression on the JSON of standard input.", "jsonata=|bindings=|jsonpath=", 0, 0, command_eval, NULL},
    {"audit", "audit [SUBJECT] [--after=N] [--limit=50]", "Shows the audit log: its end, or all about one id.",
     "after=|limit=", 0, 1, command_audit, NULL},
    {"backup", "backup DIRECTORY", "Writes a backup, while the server runs or not.", "", 1, 1, command_backup, NULL},
    {"restore", "restore BACKUP DIRECTORY", "Makes a data folder of a backup.", "", 2, 2, command_restore, NULL},
    {"settings", "settings [--markdown]", "Lists all settings, and what is in force.", "markdown", 0, 0, command_settings, NULL},
    {0},
};
// clang-format on
