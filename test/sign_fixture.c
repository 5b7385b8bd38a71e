#include "test/sign_fixture.h"

#include "core/moment.h"
#include "core/scope.h"
#include "partners/signee.h"
#include "services/signing/signing.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/world.h"
#include "test/harness.h"

char sign_fixture_mail[2000];
unsigned sign_fixture_mails;

static struct str mail_folder;

void sign_fixture_to_folder(struct str folder)
{
    mail_folder = folder;
}

static enum status catch_mail(struct scope *s, struct change *c, const struct mail *mail)
{
    struct str text = str_slice(mail->text, 0, sizeof sign_fixture_mail - 1);

    (void)c;
    memcpy(sign_fixture_mail, text.data, text.bytes);
    sign_fixture_mail[text.bytes] = '\0';
    sign_fixture_mails++;
    if (mail_folder.bytes == 0)
        return OK;
    struct str path = str_concat(s, 4, mail_folder, str("/"), mail->id, str(".acme.eml"));
    return file_write_whole(s, world_real(), path, mail->text);
}

struct str sign_fixture_code(struct scope *s)
{
    struct str code = {0};

    EXPECT(signee_code(s, str(sign_fixture_mail), &code));
    return code;
}

struct sign_fixture *sign_fixture_start(struct scope *s, const struct sign_fixture_options *options)
{
    static const struct service *const services[] = {&signing_service, NULL};
    struct edge_fixture_options edge = {.services = services};
    struct sign_fixture *f = scope_new(s, struct sign_fixture);
    struct session session = {0};

    f->scope = s;
    if (!edge_fixture_start(s, &edge, &f->edge))
        return NULL;
    log_capture(s, f->edge.world);
    f->edge.platform.sandbox = options->sandbox;
    f->self = f->edge.selves[0];
    f->self->sessions->mail = catch_mail;
    sign_fixture_mails = 0;
    f->at = f->self->sessions->preferred;
    struct session_request request = {
        .tenant = str("acme"),
        .bundle_id = str("2025-09-15-DEALER123"),
        .reference = str("2025-09-15-DEALER123#1"),
        .title = str("DEALER123 2025-09-15-DEALER123"),
        .signee_name = str(options->name ? options->name : "Åsa Öberg"),
        .signee_email = str("asa@dealer.example"),
        .language = str(options->language ? options->language : "sv"),
        .due_at_us = world_now_us(f->edge.world) + 30 * MOMENT_DAY_US,
        .pdf = options->pdf.bytes ? options->pdf : str("%PDF-1.7 a document"),
        .page_count = 3,
    };
    if (!test_expect_ok(f->at->provider->create(s, f->at->self, &request, &session), s, __FILE__,
                        __LINE__, "a session is made"))
        return NULL;
    f->id = session.id;
    f->link = session.link;
    f->path = str_slice(session.link, f->edge.url.bytes, session.link.bytes);
    return f;
}

struct answered sign_fixture_get(struct sign_fixture *f, const char *below)
{
    return edge_fixture_call(f->scope, &f->edge, "GET",
                             str_z(f->scope, str_concat(f->scope, 2, f->path, str(below))),
                             (struct str){0}, NULL, (struct str){0});
}

struct answered sign_fixture_post(struct sign_fixture *f, const char *below, struct str form)
{
    return edge_fixture_call(
        f->scope, &f->edge, "POST", str_z(f->scope, str_concat(f->scope, 2, f->path, str(below))),
        (struct str){0}, "Content-Type: application/x-www-form-urlencoded", form);
}

struct sign_session sign_fixture_session(struct sign_fixture *f)
{
    struct sign_session ss = {0};

    (void)sign_session_get(f->scope, f->edge.store, str("acme"), f->id, &ss);
    return ss;
}
