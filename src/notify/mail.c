// Checks a mail and writes it as the message that outbox.c reads.
#include "notify/mail.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "mail/address.h"
#include "notify/notify.h"
#include "store/change.h"

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.bytes; i++) {
        char c = id.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return id.bytes > 0 && id.bytes <= MAIL_ID_BYTES_MAX;
}

static enum status check_recipients(struct scope *s, const struct mail *mail)
{
    struct address address;

    if (mail->to_count == 0 || mail->to_count > MAIL_RECIPIENTS_MAX)
        return fail(s, INVALID, "mail %.*s has %zu recipients; it may have 1 to %d", STR(mail->id),
                    mail->to_count, MAIL_RECIPIENTS_MAX);
    for (size_t i = 0; i < mail->to_count; i++)
        if (!address_read(mail->to[i], &address))
            return fail(s, INVALID, "mail %.*s: recipient %zu is no address", STR(mail->id), i + 1);
    return OK;
}

static enum status check(struct scope *s, const struct mail *mail)
{
    if (!is_id(mail->id))
        return fail(s, INVALID, "the id of a mail is 1 to %d letters, digits, '.', '_', '-'",
                    MAIL_ID_BYTES_MAX);
    TRY(check_recipients(s, mail));
    if (mail->subject.bytes > MAIL_SUBJECT_BYTES_MAX ||
        mail->text.bytes + mail->html.bytes > MAIL_TEXT_BYTES_MAX)
        return fail(s, INVALID, "mail %.*s: its subject or text is too long", STR(mail->id));
    if (!utf8_valid(mail->subject) || !utf8_valid(mail->text) || !utf8_valid(mail->html))
        return fail(s, INVALID, "mail %.*s is not UTF-8", STR(mail->id));
    if (mail->attachment_count > MAIL_ATTACHMENTS_MAX)
        return fail(s, INVALID, "mail %.*s has more than %d attachments", STR(mail->id),
                    MAIL_ATTACHMENTS_MAX);
    return OK;
}

static struct json attachments_json(struct scope *s, const struct mail *mail)
{
    struct json *items = scope_array(s, mail->attachment_count, sizeof *items);

    for (size_t i = 0; i < mail->attachment_count; i++) {
        const struct mail_attachment *a = &mail->attachments[i];
        struct json_member *m = scope_array(s, 4, sizeof *m);
        m[0] = (struct json_member){str("bucket"), json_string(str(a->bucket->name))};
        m[1] = (struct json_member){str("key"), json_string(a->key)};
        m[2] = (struct json_member){str("name"), json_string(a->name)};
        m[3] = (struct json_member){str("type"), json_string(a->media_type)};
        items[i] = json_object(m, 4);
    }
    return json_array(items, mail->attachment_count);
}

static struct json recipients_json(struct scope *s, const struct mail *mail)
{
    struct json *items = scope_array(s, mail->to_count, sizeof *items);

    for (size_t i = 0; i < mail->to_count; i++)
        items[i] = json_string(mail->to[i]);
    return json_array(items, mail->to_count);
}

enum status mail_send(struct scope *s, struct change *c, const struct mail *mail)
{
    TRY(check(s, mail));
    struct json_member members[] = {
        {str("tenant"), json_string(mail->tenant)},
        {str("id"), json_string(mail->id)},
        {str("to"), recipients_json(s, mail)},
        {str("subject"), json_string(mail->subject)},
        {str("text"), json_string(mail->text)},
        {str("html"), json_string(mail->html)},
        {str("attachments"), attachments_json(s, mail)},
    };
    struct str body = {0};
    struct buf b = buf_make(s, MESSAGE_BYTES_MAX);
    json_write(&b, json_object(members, sizeof members / sizeof members[0]));
    if (buf_finish(&b, "the mail", &body) != OK)
        return fail(s, INVALID, "mail %.*s is too long", STR(mail->id));
    change_send(c, &mails_queue, body, 0);
    return OK;
}
