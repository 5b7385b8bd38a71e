// Takes mails from the queue and brings them to the SMTP server, or into a folder. The MIME text
// follows from the message and the moment it was sent at, so that a retry is the same mail, byte by
// byte; which were accepted is kept in the table `mails`.
#include "notify/notify_impl.h"

#include "core/json.h"
#include "core/scope.h"
#include "mail/address.h"
#include "mail/message.h"
#include "notify/mail.h"
#include "store/blob.h"
#include "store/change.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/pace.h"
#include "sys/world.h"

enum {
    US_PER_S = 1000000,
    KEEP_S = 30 * 86400,
    PATIENCE_US = 10 * US_PER_S, // at the gate
    GATE_DELAY_S = 5,
};

struct outgoing {
    struct str tenant, id;
    struct json more; // the message
    int64_t at_us;
    int64_t recipient; // the only one of this message; -1: all
};

static enum status read_message(struct scope *s, const struct message *m, struct outgoing *out)
{
    int64_t at_us = m->sent_at_us;

    if (json_parse(s, m->body, &json_limits_lenient, &out->more) != OK)
        return fail(s, CORRUPT, "the mail message %.*s is not ours", STR(m->id));
    out->tenant = json_text(json_member(out->more, "tenant"));
    out->id = json_text(json_member(out->more, "id"));
    out->recipient = -1;
    (void)json_to_i64(json_member(out->more, "recipient"), &out->recipient);
    (void)json_to_i64(json_member(out->more, "at_us"), &at_us); // of what was sent on
    out->at_us = at_us;
    if (out->id.bytes == 0 || json_member(out->more, "to").count == 0 ||
        out->recipient >= (int64_t)json_member(out->more, "to").count)
        return fail(s, CORRUPT, "the mail message %.*s is not ours", STR(m->id));
    return OK;
}

static struct str partition_of(struct scope *s, const struct outgoing *o)
{
    return str_concat(s, 3, o->tenant, str("/"), o->id);
}

static struct str sort_of(struct scope *s, const struct outgoing *o)
{
    return o->recipient < 0 ? str("all") : str_format(s, "%lld", (long long)o->recipient);
}

// Whether it was accepted, or handed on, before: by another run, or by a mail of the same id.
static enum status was_done(struct scope *s, struct work *work, const struct outgoing *o, bool *out)
{
    struct record r = {0};
    enum status e = record_get(s, work->store, &mails_table, partition_of(s, o), sort_of(s, o), &r);

    if (e != OK && e != NOT_FOUND)
        return e;
    if (e == NOT_FOUND)
        scope_forgive(s);
    *out = e == OK;
    return OK;
}

static void put_done(struct scope *s, struct work *work, const struct outgoing *o)
{
    struct record r = {.partition = partition_of(s, o),
                       .sort = sort_of(s, o),
                       .content = str("{}"),
                       .expires_at_s = o->at_us / US_PER_S + KEEP_S};

    change_put(work->change, &mails_table, &r, if_absent());
}

// The same message, to be taken again later: with its date, for one recipient or for all.
static void send_on(struct scope *s, struct work *work, const struct outgoing *o, int64_t recipient,
                    int64_t delay_s)
{
    struct json more = json_with(s, o->more, str("at_us"), json_i64(s, o->at_us));

    if (recipient >= 0)
        more = json_with(s, more, str("recipient"), json_i64(s, recipient));
    change_send(work->change, &mails_queue, json_to_str(s, more), delay_s);
}

static enum status read_parts(struct scope *s, struct work *work, const struct outgoing *o,
                              struct letter *letter)
{
    struct json list = json_member(o->more, "attachments");
    struct letter_part *parts = scope_array(s, list.count, sizeof *parts);
    uint64_t left = MAIL_BYTES_MAX;

    for (size_t i = 0; i < list.count; i++) {
        struct json item = json_at(list, i);
        struct str name = json_text(json_member(item, "bucket"));
        struct str key = json_text(json_member(item, "key"));
        const struct bucket_def *bucket = store_bucket(work->store, name);
        struct blob_info info = {0};
        if (!bucket)
            return fail(s, CORRUPT, "mail %.*s: there is no bucket %.*s", STR(o->id), STR(name));
        TRY(blob_head(s, work->store, bucket, key, &info));
        if (info.bytes > left)
            return fail(s, TOO_LARGE, "mail %.*s is longer than %d bytes", STR(o->id),
                        MAIL_BYTES_MAX);
        left -= info.bytes;
        TRY(blob_get(s, work->store, bucket, key, 0, (size_t)info.bytes, &parts[i].content));
        parts[i].name = json_text(json_member(item, "name"));
        parts[i].media_type = json_text(json_member(item, "type"));
    }
    letter->parts = parts;
    letter->part_count = list.count;
    return OK;
}

static enum status write_letter(struct scope *s, struct work *work, const struct outgoing *o,
                                struct str *out)
{
    const struct notify *n = work->context;
    struct json to = json_member(o->more, "to");
    struct str *addresses = scope_array(s, to.count, sizeof *addresses);
    struct letter letter = {
        .from = n->from,
        .to = addresses,
        .to_count = to.count,
        .id = str_concat(s, 3, o->id, str("."), o->tenant), // ids are unique within a tenant
        .at_us = o->at_us,
        .subject = json_text(json_member(o->more, "subject")),
        .text = json_text(json_member(o->more, "text")),
        .html = json_text(json_member(o->more, "html")),
    };

    for (size_t i = 0; i < to.count; i++)
        addresses[i] = json_text(json_at(to, i));
    TRY(read_parts(s, work, o, &letter));
    return letter_write(s, &letter, MAIL_BYTES_MAX, out);
}

// A repeat writes the same file.
static enum status write_file(struct scope *s, struct work *work, const struct outgoing *o)
{
    const struct notify *n = work->context;
    struct world *w = store_world(work->store);
    struct str name =
        str_format(s, "%.*s/%.*s.%.*s.eml", STR(n->folder), STR(o->id), STR(o->tenant));
    struct str text = {0};

    TRY(write_letter(s, work, o, &text));
    TRY(directory_make(s, w, n->folder));
    return file_write_whole(s, w, name, text);
}

static enum status send_to(struct scope *s, struct work *work, const struct outgoing *o)
{
    const struct notify *n = work->context;
    struct str text = {0};
    struct address from = {0};
    struct address to = {0};
    struct str recipient = json_text(json_at(json_member(o->more, "to"), (size_t)o->recipient));

    if (!address_read(n->from, &from) || !address_read(recipient, &to))
        return fail(s, INVALID, "mail %.*s: an address is not one", STR(o->id));
    TRY(write_letter(s, work, o, &text));
    enum status e = smtp_send(s, &n->server, from.mailbox, to.mailbox, text);
    if (e == OK)
        return OK;
    // A server elsewhere than allowed is for the operator to mend: the mail waits for that.
    return fail(s, e == DENIED ? TEMPORARY : e, "mail %.*s, recipient %lld: %.*s", STR(o->id),
                (long long)o->recipient + 1, STR(str_copy(s, scope_why(s))));
}

static enum status send_paced(struct scope *s, struct work *work, const struct outgoing *o)
{
    const struct notify *n = work->context;

    if (pace_enter(s, n->pace, PATIENCE_US) != OK) {
        scope_forgive(s); // it is nobody's failure: it does not count as a try
        send_on(s, work, o, o->recipient, GATE_DELAY_S);
        return OK;
    }
    enum status e = send_to(s, work, o);
    pace_leave(n->pace);
    if (e == OK) {
        log_event(LOG_INFO, "mail.accepted", LOG_STR("mail", o->id), LOG_STR("tenant", o->tenant),
                  LOG_INT("recipient", o->recipient + 1), LOG_END);
        put_done(s, work, o);
    }
    return e;
}

enum status outbox_run(struct scope *s, struct work *work)
{
    const struct notify *n = work->context;
    struct outgoing o = {0};
    bool done = false;

    TRY(read_message(s, work->message, &o));
    size_t count = json_member(o.more, "to").count;
    if (n->has_server && o.recipient < 0 && count == 1)
        o.recipient = 0;
    TRY(was_done(s, work, &o, &done));
    if (done)
        return OK;
    if (o.recipient >= 0 && n->has_server)
        return send_paced(s, work, &o);
    if (n->has_server) { // so that one recipient's refusal does not concern the others
        for (size_t i = 0; i < count; i++)
            send_on(s, work, &o, (int64_t)i, 0);
    } else {
        TRY(write_file(s, work, &o));
    }
    put_done(s, work, &o);
    return OK;
}
