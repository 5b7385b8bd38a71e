#include "services/signing/notices.h"

#include "core/buf.h"
#include "core/scope.h"
#include "notify/mail.h"
#include "services/signing/dip.h"
#include "services/signing/service_impl.h"
#include "sys/log.h"
#include "sys/settings.h"

enum { NOTICE_BYTES_MAX = 16 << 10 };

static int64_t number_of(const struct bundle *b, const char *name)
{
    int64_t number = 0;

    (void)json_to_i64(bundle_member(b, name), &number);
    return number;
}

static struct str text_of(const struct bundle *b, const char *name)
{
    return json_text(bundle_member(b, name));
}

// The same id is the same mail: one a run of the bundle.
static struct str id_of(struct scope *s, const struct bundle *b, const char *whom)
{
    return dip_file_name(s, str_format(s, "signing-%.*s-%lld-closed-%s", STR(b->bundle_id),
                                       (long long)number_of(b, "runs"), whom));
}

static void send(struct scope *s, struct change *c, const struct bundle *b, const struct mail *mail)
{
    if (mail_send(s, c, mail) == OK)
        return;
    log_event(LOG_WARN, "signing.notice_failed", LOG_STR("bundle", b->bundle_id),
              LOG_STR("mail", mail->id), LOG_END); // the sentence may name the address
    scope_forgive(s);
}

// -- the signee
// ------------------------------------------------------------------------------------

struct words {
    const char *subject, *greeting, *signed_now, *attached, *keep;
};
static const struct words swedish = {
    "Signerade avtal",
    "Hej",
    "Tack. Avtalen i paketet nedan är signerade och arkiverade.",
    "Det signerade dokumentet är bifogat.",
    "Signerings-id",
};
static const struct words english = {
    "Signed contracts",
    "Hello",
    "Thank you. The contracts below are signed and archived.",
    "The signed document is attached.",
    "Signing id",
};

static struct str signee_text(struct scope *s, const struct bundle *b, const struct words *w,
                              bool attached)
{
    struct buf out = buf_make(s, NOTICE_BYTES_MAX);
    struct str name = json_text(json_member(bundle_member(b, "signee"), "name"));

    buf_format(&out, "%s%s%.*s,\n\n%s\n\n%.*s\n%s: %.*s\n", w->greeting, name.bytes ? " " : "",
               STR(name), w->signed_now, STR(b->bundle_id), w->keep,
               STR(text_of(b, "sign_request_id")));
    if (attached)
        buf_format(&out, "\n%s\n", w->attached);
    return buf_str(&out);
}

static void tell_signee(struct scope *s, struct change *c, const struct bundle *b)
{
    const struct words *w = str_is(text_of(b, "language"), "en") ? &english : &swedish;
    struct json document = bundle_member(b, "signed");
    struct str to = json_text(json_member(bundle_member(b, "signee"), "email"));
    int64_t bytes = 0;
    bool attached = json_to_i64(json_member(document, "size_bytes"), &bytes) &&
                    bytes <= NOTICE_ATTACHMENT_BYTES_MAX;
    struct mail_attachment attachment = {
        .bucket = &contract_signed_bucket,
        .key = json_text(json_member(document, "key")),
        .name = dip_file_name(s, str_concat(s, 2, b->bundle_id, str(".pdf"))),
        .media_type = str("application/pdf"),
    };
    struct mail mail = {
        .tenant = b->tenant,
        .id = id_of(s, b, "signee"),
        .to = &to,
        .to_count = 1,
        .subject = str_concat(s, 3, str(w->subject), str(": "), b->bundle_id),
        .text = signee_text(s, b, w, attached),
        .attachments = &attachment,
        .attachment_count = attached ? 1 : 0,
    };

    if (to.bytes)
        send(s, c, b, &mail);
}

// -- the operators
// ---------------------------------------------------------------------------------

static struct str operators_text(struct scope *s, const struct bundle *b)
{
    struct buf out = buf_make(s, NOTICE_BYTES_MAX);
    struct str why = str_slice(text_of(b, "why"), 0, NOTICE_BYTES_MAX / 2);

    buf_format(&out,
               "Bundle:     %.*s\nStatus:     %s\nDelivered:  %lld of %lld vehicles\n"
               "Signing id: %.*s\nExecution:  %.*s\n",
               STR(b->bundle_id), bundle_status_name(b->status),
               (long long)number_of(b, "delivered_count"), (long long)number_of(b, "vehicle_count"),
               STR(text_of(b, "sign_request_id")), STR(text_of(b, "execution")));
    if (why.bytes)
        buf_format(&out, "Why:        %.*s\n", STR(why));
    if (b->status == BUNDLE_PARTIAL_FAILED)
        buf_format(&out, "\nDeliver the rest: sheaf bundles retry %.*s --reason=...\n",
                   STR(b->bundle_id));
    if (b->status == BUNDLE_FAILED)
        buf_format(&out, "\nLet it run again: sheaf bundles reprocess %.*s --reason=...\n",
                   STR(b->bundle_id));
    return buf_str(&out);
}

static size_t read_addresses(struct str list, struct str out[MAIL_RECIPIENTS_MAX])
{
    size_t count = 0;

    while (list.bytes && count < MAIL_RECIPIENTS_MAX) {
        struct str address = str_trim(str_cut(&list, ','));
        if (address.bytes)
            out[count++] = address;
    }
    return count;
}

static void tell_operators(struct scope *s, const struct signing *self, struct change *c,
                           const struct bundle *b)
{
    struct str to[MAIL_RECIPIENTS_MAX];
    size_t count =
        read_addresses(settings_text(self->platform->settings, "signing.operators_mail"), to);
    struct mail mail = {
        .tenant = b->tenant,
        .id = id_of(s, b, "operators"),
        .to = to,
        .to_count = count,
        .subject = str_format(s, "%.*s: %s", STR(b->bundle_id), bundle_status_name(b->status)),
        .text = operators_text(s, b),
    };

    if (count)
        send(s, c, b, &mail);
}

void bundle_notify(struct scope *s, const struct signing *self, struct change *c,
                   const struct bundle *b)
{
    if (b->status == BUNDLE_DELIVERED)
        tell_signee(s, c, b);
    tell_operators(s, self, c, b);
}
