// What the files of notify share.
#ifndef SHEAF_NOTIFY_NOTIFY_IMPL_H
#define SHEAF_NOTIFY_NOTIFY_IMPL_H

#include "http/smtp.h"
#include "notify/notify.h"

struct pace;

struct notify {
    struct store *store;
    struct smtp_server server;
    bool has_server;
    struct str folder; // else
    struct str from;
    struct pace *pace;
    unsigned threads;
};

// TENANT/ID, and the recipient's number, or "all" of what went to all of them: accepted.
extern const struct table_def mails_table;

// The task on the queue.
enum status outbox_run(struct scope *s, struct work *work);

#endif
