#include "notify/notify_impl.h"

#include "core/scope.h"
#include "mail/address.h"
#include "notify/mail.h"
#include "sys/pace.h"

enum {
    // Delays of 10 s, 20 s, ... an hour, of which about a quarter is cut by chance: a day and some.
    RECEIVES_MAX = 38,
    RETRY_S_FIRST = 10,
    RETRY_S_MAX = 3600,
    LEASE_S = 300,
    // Attachments, their encoding and its growing.
    TASK_BYTES_MAX = 8 * MAIL_BYTES_MAX,
    IN_FLIGHT_MAX = 2,
};

const struct queue_def mails_queue = {
    .name = "mails", .receives_max = RECEIVES_MAX, .lease_s = LEASE_S};
const struct table_def mails_table = {.name = "mails"};

// clang-format off
const struct setting_def notify_settings[] = {
#include "notify/settings.def"
    SETTINGS_END
};
// clang-format on

const struct store_schema notify_schema = {
    .tables = (const struct table_def *const[]){&mails_table, NULL},
    .queues = (const struct queue_def *const[]){&mails_queue, NULL},
    .buckets = (const struct bucket_def *const[]){NULL},
};

static enum smtp_tls tls_of(struct str word)
{
    if (str_is(word, "off"))
        return SMTP_TLS_OFF;
    return str_is(word, "opportunistic") ? SMTP_TLS_OPPORTUNISTIC : SMTP_TLS_REQUIRED;
}

static enum status read_server(struct scope *s, struct notify *n, const struct settings *settings)
{
    struct address from = {0};

    n->from = settings_text(settings, "mail.from");
    if (!address_read(n->from, &from))
        return fail(s, INVALID, "mail.from is no address");
    n->has_server = settings_has(settings, "mail.smtp_url");
    n->server = (struct smtp_server){
        .url = settings_text(settings, "mail.smtp_url"),
        .hello = from.domain,
        .user = settings_text(settings, "mail.user"),
        .tls = tls_of(settings_text(settings, "mail.tls")),
        .allow_private = settings_boolean(settings, "mail.private"),
        .ca_file = settings_text(settings, "mail.authorities"),
    };
    TRY(settings_secret(s, settings, "mail.password", &n->server.password));
    return n->has_server ? smtp_check_url(s, n->server.url) : OK;
}

static void free_pace(void *pace)
{
    pace_free(pace);
}

enum status notify_open(struct scope *s, const struct notify_options *options, struct notify **out)
{
    const struct settings *settings = options->settings;
    struct notify *n = scope_new(s, struct notify);

    n->store = options->store;
    TRY(read_server(s, n, settings));
    if (options->server) {
        n->server = *options->server;
        n->has_server = true;
    }
    n->folder = settings_has(settings, "mail.folder")
                    ? settings_text(settings, "mail.folder")
                    : str_concat(s, 2, options->data_directory, str("/mail"));
    n->threads = (unsigned)settings_integer(settings, "mail.concurrent_max");
    n->pace = pace_new(&(struct pace_options){
        .world = store_world(n->store),
        .name = "the SMTP server",
        .rate_per_second = (uint32_t)settings_integer(settings, "mail.rate_per_second"),
    });
    scope_defer(s, free_pace, n->pace);
    *out = n;
    return OK;
}

const struct worker_def *notify_workers(struct scope *s, struct notify *n)
{
    struct worker_def *defs = scope_array(s, 2, sizeof *defs);

    defs[0] = (struct worker_def){
        .queue = &mails_queue,
        .run = outbox_run,
        .context = n,
        .threads = n->threads,
        .in_flight_max = IN_FLIGHT_MAX,
        .take_max = 1,
        .memory_bytes_max = TASK_BYTES_MAX,
        .retry_s_first = RETRY_S_FIRST,
        .retry_s_max = RETRY_S_MAX,
    };
    return defs;
}
