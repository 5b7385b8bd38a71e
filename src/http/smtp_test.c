// The client against the mail server of partners/, and against nobody: each outcome by its status.
#include "http/smtp.h"

#include "core/scope.h"
#include "partners/smtp.h"
#include "test/harness.h"

enum { BRIEFLY_MS = 300, LONG_MS = 20000 };

static const char mail[] =
    "Message-ID: <one@example.com>\r\nSubject: x\r\n\r\n.dot\r\n..two\r\nend\r\n";

static void stop(void *sink)
{
    smtp_sink_stop(sink);
}

static struct smtp_sink *start(struct scope *s, const struct smtp_sink_options *options)
{
    struct smtp_sink *sink = NULL;

    EXPECT_OK(smtp_sink_start(s, options, &sink));
    scope_defer(s, stop, sink);
    return sink;
}

// With one switch of the server at 100 %.
static struct smtp_sink *start_faulty(struct scope *s, const char *fault)
{
    struct smtp_sink_options options = {.faults = faults_none()};

    EXPECT(!fault || faults_set(&options.faults, str(fault), 100));
    return start(s, &options);
}

static struct smtp_server server_at(struct str url)
{
    return (struct smtp_server){.url = url,
                                .hello = str("example.com"),
                                .tls = SMTP_TLS_OFF,
                                .allow_private = true,
                                .total_timeout_ms = LONG_MS};
}

static enum status send_one(struct scope *s, const struct smtp_server *server)
{
    return smtp_send(s, server, str("sheaf@example.com"), str("ann@example.com"), str(mail));
}

TEST(a_mail_arrives_byte_by_byte)
{
    struct smtp_sink *sink = start_faulty(s, NULL);
    struct smtp_server server = server_at(smtp_sink_url(sink));
    struct smtp_mail got = {0};

    REQUIRE_OK(send_one(s, &server));
    REQUIRE(smtp_sink_mail(s, sink, 0, &got));
    EXPECT_STR(got.text, mail);
    EXPECT_STR(got.from, "sheaf@example.com");
    EXPECT_STR(got.to, "ann@example.com");
    EXPECT_STR(got.id, "one");
    REQUIRE_OK(send_one(s, &server));
    EXPECT_EQUAL(smtp_sink_counts(sink).repeats, 1);
    EXPECT_EQUAL(smtp_sink_counts(sink).differing + smtp_sink_counts(sink).malformed, 0);
}

static const struct {
    const char *fault;
    enum status status;
    unsigned taken;
    bool briefly; // no answer ever comes
} outcomes[] = {
    {"refuse", REFUSED, 0, false},        {"busy", TEMPORARY, 0, false},
    {"fail_before", TEMPORARY, 0, false}, {"fail_after", TIMEOUT, 1, false},
    {"silent", TIMEOUT, 1, true},         {"garble", TIMEOUT, 1, true},
};

TEST(each_outcome_has_its_status)
{
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        struct smtp_sink *sink = start_faulty(s, outcomes[i].fault);
        struct smtp_server server = server_at(smtp_sink_url(sink));
        if (outcomes[i].briefly)
            server.total_timeout_ms = BRIEFLY_MS;
        EXPECT_STR(str(status_name(send_one(s, &server))), status_name(outcomes[i].status));
        EXPECT_EQUAL(smtp_sink_counts(sink).messages, outcomes[i].taken);
        EXPECT(str_find_byte(scope_why(s), '@') == scope_why(s).bytes); // nobody's address
    }
}

TEST(a_login_is_made_with_name_and_password)
{
    struct smtp_sink_options options = {
        .user = str("sheaf"), .password = str("secret"), .faults = faults_none()};
    struct smtp_sink *sink = start(s, &options);
    struct smtp_server server = server_at(smtp_sink_url(sink));

    EXPECT(send_one(s, &server) == REFUSED); // 530: it was not asked to log in
    server.user = str("sheaf");
    server.password = str("wrong");
    EXPECT(send_one(s, &server) == TEMPORARY); // for the operator to mend
    EXPECT(str_find(scope_why(s), str("wrong")) == scope_why(s).bytes);
    server.password = str("secret");
    EXPECT(send_one(s, &server) == OK);
    EXPECT_EQUAL(smtp_sink_counts(sink).messages, 1);
}

TEST(nobody_there_a_private_address_and_no_tls_are_told_apart)
{
    struct smtp_sink *sink = start_faulty(s, NULL);
    struct smtp_server server = server_at(smtp_sink_url(sink));
    struct smtp_server nobody = server_at(str("smtp://127.0.0.1:1"));

    EXPECT(send_one(s, &nobody) == TEMPORARY);
    server.allow_private = false;
    EXPECT(send_one(s, &server) == DENIED);
    server.allow_private = true;
    server.tls = SMTP_TLS_REQUIRED;
    EXPECT(send_one(s, &server) == TEMPORARY);
    server.tls = SMTP_TLS_OPPORTUNISTIC;
    EXPECT(send_one(s, &server) == OK);
    EXPECT_EQUAL(smtp_sink_counts(sink).messages, 1);
}

TEST(what_cannot_be_a_server_or_a_mailbox_is_invalid)
{
    struct smtp_server server = server_at(str("http://127.0.0.1"));

    EXPECT(send_one(s, &server) == INVALID);
    EXPECT(smtp_check_url(s, str("smtp://ann:pass@mail.example.com")) == INVALID);
    EXPECT(smtp_check_url(s, str("smtp://")) == INVALID);
    EXPECT(smtp_check_url(s, str("smtps://mail.example.com:465")) == OK);
    server.url = str("smtp://127.0.0.1:1");
    EXPECT(smtp_send(s, &server, str("a@b"), str("a@b>\r\nRCPT TO:<c@d"), str(mail)) == INVALID);
}
