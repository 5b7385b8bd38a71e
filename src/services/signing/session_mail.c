// The mails of a session: the invitation with the link, and reminders. The id of a mail follows
// from bundle and attempt, so that putting it twice sends it once. All calls of notify are made
// here.
#include "services/signing/sessions_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "services/signing/html.h"

enum { PART_BYTES_MAX = 16 << 10 };

struct words {
    const char *subject[2]; // of the invitation, of a reminder
    const char *greeting;
    const char *invite;
    const char *remind;
    const char *deadline;
    const char *button;
    const char *personal;
    const char *title;    // of the document, before its day
    const char *vehicles; // that it is about
};

static const struct words swedish = {
    {"Avtal att signera", "Påminnelse: avtal att signera"},
    "Hej",
    "Det finns ett avtal för dig att läsa och signera.",
    "Avtalet väntar fortfarande på din signatur.",
    "Länken gäller till och med",
    "Läs och signera",
    "Länken är personlig. Skicka den inte vidare.",
    "Fordonsavtal",
    "fordon",
};
static const struct words english = {
    {"A contract to sign", "Reminder: a contract to sign"},
    "Hello",
    "There is a contract for you to read and sign.",
    "The contract is still waiting for your signature.",
    "The link is valid through",
    "Read and sign",
    "The link is personal. Do not pass it on.",
    "Vehicle contracts",
    "vehicles",
};

static const struct words *words_of(const struct bundle *b)
{
    return str_is(json_text(bundle_member(b, "language")), "en") ? &english : &swedish;
}

struct str session_title(struct scope *s, const struct bundle *b)
{
    const struct words *w = words_of(b);
    struct str day = json_text(bundle_member(b, "bundle_date"));
    struct str dealer = json_text(bundle_member(b, "dealer_id"));
    int64_t vehicles = 0;

    if (!json_to_i64(bundle_member(b, "vehicle_count"), &vehicles) || !day.bytes || !dealer.bytes)
        return b->bundle_id;
    return str_format(s, "%s %.*s, %.*s, %lld %s", w->title, STR(day), STR(dealer),
                      (long long)vehicles, w->vehicles);
}

// What a mail's id may not have becomes '-'.
static struct str mail_id(struct scope *s, const struct bundle *b, int64_t attempt,
                          const char *what, unsigned number)
{
    struct str id =
        str_format(s, "signing-%.*s-%lld-%s", STR(b->bundle_id), (long long)attempt, what);
    if (number)
        id = str_format(s, "%.*s-%u", STR(id), number);
    char *text = str_z(s, id);

    for (size_t i = 0; i < id.bytes; i++) {
        char c = text[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-';
        if (!fine)
            text[i] = '-';
    }
    return str(text);
}

static struct str plain(struct scope *s, const struct bundle *b, const struct words *w,
                        struct str link, const char *sentence)
{
    struct buf out = buf_make(s, PART_BYTES_MAX);
    struct str name = json_text(json_member(bundle_member(b, "signee"), "name"));
    struct str day = str_slice(json_text(bundle_member(b, "deadline_at")), 0, 10);

    buf_format(&out, "%s%s%.*s,\n\n%s\n\n%.*s\n\n", w->greeting, name.bytes ? " " : "", STR(name),
               sentence, STR(session_title(s, b)));
    buf_format(&out, "%s:\n%.*s\n\n%s %.*s.\n%s\n", w->button, STR(link), w->deadline, STR(day),
               w->personal);
    return buf_str(&out);
}

static struct str rich(struct scope *s, const struct bundle *b, const struct words *w,
                       struct str link, const char *sentence)
{
    struct buf out = buf_make(s, PART_BYTES_MAX);
    struct str name = json_text(json_member(bundle_member(b, "signee"), "name"));
    struct str day = str_slice(json_text(bundle_member(b, "deadline_at")), 0, 10);

    buf_format(
        &out,
        "<!doctype html><html lang=\"%s\"><body style=\"font:16px/1.5 sans-serif;color:#1a1f24;"
        "max-width:34em;margin:2em auto;padding:0 1em\"><p>%s%s",
        w == &english ? "en" : "sv", w->greeting, name.bytes ? " " : "");
    html_put(&out, name);
    buf_format(&out, ",</p><p>%s</p><p><b>", sentence);
    html_put(&out, session_title(s, b));
    buf_put_z(&out, "</b></p><p style=\"margin:2em 0\"><a style=\"background:#0b57a4;color:#fff;"
                    "padding:.8em 1.4em;border-radius:6px;text-decoration:none\" href=\"");
    html_put(&out, link);
    buf_format(&out, "\">%s</a></p><p>%s %.*s.<br>%s</p></body></html>", w->button, w->deadline,
               STR(day), w->personal);
    return buf_str(&out);
}

static enum status send(struct scope *s, struct step *step, const struct session *session,
                        unsigned reminder)
{
    const struct bundle *b = &step->b;
    const struct words *w = words_of(b);
    struct str to = json_text(json_member(bundle_member(b, "signee"), "email"));
    const char *sentence = reminder ? w->remind : w->invite;
    struct mail mail = {
        .tenant = b->tenant,
        .id = mail_id(s, b, step->attempt, reminder ? "reminder" : "invitation", reminder),
        .to = &to,
        .to_count = 1,
        .subject = str_concat(s, 3, str(w->subject[reminder > 0]), str(": "), session_title(s, b)),
        .text = plain(s, b, w, session->link, sentence),
        .html = rich(s, b, w, session->link, sentence),
    };

    return step->all->mail(s, step->change, &mail);
}

enum status session_invite(struct scope *s, struct step *step, const struct session *session)
{
    return send(s, step, session, 0);
}

enum status session_remind(struct scope *s, struct step *step, const struct session *session,
                           unsigned number)
{
    return send(s, step, session, number);
}

enum status session_mail_code(struct scope *s, const struct sessions *all, struct change *c,
                              const struct code_mail *code)
{
    bool is_english = str_is(code->language, "en");
    struct mail mail = {
        .tenant = code->tenant,
        .id = str_format(s, "signing-code-%.*s-%u", STR(code->session_id), code->number),
        .to = &code->to,
        .to_count = 1,
        .subject = str(is_english ? "Your code for signing" : "Din kod för signering"),
    };

    mail.text = is_english
                    ? str_format(s,
                                 "Your one-time code: %.*s\n\nIt is valid for %d minutes. Enter it "
                                 "on the signing page, and tell it to nobody.\n",
                                 STR(code->code), code->minutes)
                    : str_format(s,
                                 "Din engångskod: %.*s\n\nDen gäller i %d minuter. Ange den på "
                                 "signeringssidan och lämna inte ut den till någon.\n",
                                 STR(code->code), code->minutes);
    return all->mail(s, c, &mail);
}
