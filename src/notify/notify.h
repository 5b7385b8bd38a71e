// The part of notify that `app` wires, as it does the edge and the engine: what it keeps, what it
// can be set to, and the worker that sends. Services include notify/mail.h alone.
#ifndef SHEAF_NOTIFY_NOTIFY_H
#define SHEAF_NOTIFY_NOTIFY_H

#include "core/status.h"
#include "core/str.h"
#include "store/store.h"
#include "store/worker.h"
#include "sys/settings.h"

struct notify;
struct smtp_server;

extern const struct store_schema notify_schema;
extern const struct setting_def notify_settings[];
extern const struct queue_def mails_queue;

struct notify_options {
    struct store *store;
    const struct settings *settings;  // mail.* (settings.def of this folder)
    struct str data_directory;        // the folder `mail` in it is the standard of mail.folder
    const struct smtp_server *server; // for tests, instead of what the settings say; NULL: they
};

// Lives as long as the scope. Errors: INVALID a setting.
enum status notify_open(struct scope *s, const struct notify_options *options, struct notify **out);

// Ended by one without a queue. In the scope.
const struct worker_def *notify_workers(struct scope *s, struct notify *n);

#endif
