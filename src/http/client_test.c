// The client against our own server, and against nobody.
#include "http/client.h"

#include "core/buf.h"
#include "core/scope.h"
#include "http/wire_test.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void client_close(void *client)
{
    http_client_free(client);
}

static struct http_client *client_new(struct scope *s)
{
    struct http_client *client = http_client_new(&(struct http_client_options){0});

    scope_defer(s, client_close, client);
    return client;
}

static struct str url(struct scope *s, struct site *site, const char *path)
{
    return str_format(s, "http://127.0.0.1:%u%s", site_port(site), path);
}

static struct site *site_plain(struct scope *s)
{
    return site_new(s, (struct http_server_options){0});
}

TEST(a_call_sends_what_it_is_given_and_returns_the_answer)
{
    struct site *site = site_plain(s);
    struct http_field headers[] = {{str("X-One"), str("two")}, {str("X-Empty"), str("")}};
    struct http_reply reply = {0};

    REQUIRE_OK(http_call(s, client_new(s),
                         &(struct http_request){.method = "PUT",
                                                .url = url(s, site, "/show?q=1"),
                                                .headers = headers,
                                                .header_count = 2,
                                                .allow_private = true},
                         &reply));

    EXPECT_EQUAL(reply.code, 200);
    EXPECT_STR(http_reply_header(&reply, "content-type"), "text/plain");
    EXPECT(http_reply_header(&reply, "X-None").data == NULL);
    EXPECT(str_starts(reply.body, str("PUT|/show|q=1|127.0.0.1|plain\n")));
    EXPECT(str_find(reply.body, str("\nX-One=two\n")) < reply.body.bytes);
    EXPECT(str_find(reply.body, str("\nX-Empty=\n")) < reply.body.bytes);
    EXPECT(str_find(reply.body, str("\nContent-Length=0\n")) < reply.body.bytes);
    EXPECT(str_find(reply.body, str("\nExpect=")) == reply.body.bytes);
    EXPECT(str_find(reply.body, str("\nContent-Type=")) == reply.body.bytes);
}

static const struct {
    const char *method;
    const char *path;
    const char *body;
    int code;
    const char *answer;
} methods[] = {
    {NULL, "/echo", "", 200, ""},
    {"POST", "/echo", "hello", 200, "hello"},
    {"POST", "/echo", "", 200, ""},
    {"DELETE", "/echo", "with a body", 200, "with a body"},
    {"HEAD", "/deny", "", 401, ""},
    {"GET", "/none", "", 404, "nothing"},
    {"POST", "/later", "later", 200, "later"},
    {"GET", "/away", "", 302, "away"}, // not followed
};

TEST(every_answer_is_ok_whatever_its_code)
{
    struct site *site = site_plain(s);
    struct http_client *client = client_new(s);

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct http_reply reply = {0};
        EXPECT_OK(http_call(s, client,
                            &(struct http_request){.method = methods[i].method,
                                                   .url = url(s, site, methods[i].path),
                                                   .body = str(methods[i].body),
                                                   .allow_private = true},
                            &reply));
        EXPECT_EQUAL(reply.code, methods[i].code);
        EXPECT_STR(reply.body, methods[i].answer);
    }
    EXPECT_EQUAL(http_server_connections(site_server(site)), 1); // kept from call to call
}

static enum status get_within(struct scope *s, struct http_client *client, struct str address,
                              bool allow_private, unsigned timeout_ms)
{
    struct http_reply reply = {0};

    return http_call(s, client,
                     &(struct http_request){.url = address,
                                            .connect_timeout_ms = timeout_ms,
                                            .total_timeout_ms = timeout_ms,
                                            .answer_bytes_max = 1000,
                                            .allow_private = allow_private},
                     &reply);
}

static enum status get(struct scope *s, struct http_client *client, struct str address,
                       bool allow_private)
{
    return get_within(s, client, address, allow_private, 20000);
}

// For calls that never end.
static enum status get_briefly(struct scope *s, struct http_client *client, struct str address)
{
    return get_within(s, client, address, true, 50);
}

struct pieces {
    struct scope *scope;
    struct buf all;
    size_t bytes_max; // then it has had enough
};

static enum status take_piece(void *context, struct str piece)
{
    struct pieces *p = context;

    buf_put(&p->all, piece);
    return p->all.bytes > p->bytes_max ? fail(p->scope, TEMPORARY, "the disk is full") : OK;
}

static enum status get_pieces(struct scope *s, struct http_client *client, struct str address,
                              struct pieces *p, struct http_reply *out)
{
    p->scope = s;
    p->all = buf_make(s, 1 << 20);
    return http_call(s, client,
                     &(struct http_request){.url = address,
                                            .answer_bytes_max = 1000,
                                            .allow_private = true,
                                            .on_piece = take_piece,
                                            .piece_context = p},
                     out);
}

TEST(an_answer_in_pieces_may_be_longer_than_the_limit)
{
    struct site *site = site_plain(s);
    struct pieces p = {.bytes_max = 1 << 20};
    struct http_reply reply = {0};

    REQUIRE_OK(get_pieces(s, client_new(s), url(s, site, "/flow?100000"), &p, &reply));

    EXPECT_EQUAL(p.all.bytes, 100000);
    EXPECT_EQUAL(reply.body.bytes, 0);
}

TEST(who_takes_pieces_may_end_the_call)
{
    struct site *site = site_plain(s);
    struct pieces p = {.bytes_max = 10};
    struct http_reply reply = {0};

    EXPECT(get_pieces(s, client_new(s), url(s, site, "/flow?100000"), &p, &reply) == TEMPORARY);
    EXPECT_STR(scope_why(s), "the disk is full");
}

TEST(only_what_was_asked_for_comes_in_pieces)
{
    struct site *site = site_plain(s);
    struct pieces p = {.bytes_max = 1 << 20};
    struct http_reply reply = {0};

    REQUIRE_OK(get_pieces(s, client_new(s), url(s, site, "/none"), &p, &reply));

    EXPECT_EQUAL(reply.code, 404);
    EXPECT_STR(reply.body, "nothing");
    EXPECT_EQUAL(p.all.bytes, 0);
}

TEST(an_answer_over_its_limit_is_refused)
{
    struct site *site = site_plain(s);

    EXPECT(get(s, client_new(s), url(s, site, "/flow?1000"), true) == OK);
    EXPECT(get(s, client_new(s), url(s, site, "/flow?1001"), true) == TOO_LARGE);
}

static const char *const private_urls[] = {
    "http://127.0.0.1:%u/echo",
    "http://localhost:%u/echo",
    "http://0.0.0.0:%u/echo",
    "http://2130706433:%u/echo",
    "http://0x7f.1:%u/echo",
    "http://[::1]:%u/echo",
    "http://[::ffff:127.0.0.1]:%u/echo",
    "https://10.0.0.1:%u/",
    "http://169.254.169.254:%u/",
    "http://[fe80::1]:%u/",
};

TEST(private_addresses_are_denied_even_over_a_connection_that_is_open)
{
    struct site *site = site_plain(s);
    struct http_client *client = client_new(s);

    EXPECT(get(s, client, url(s, site, "/echo"), true) == OK);
    for (size_t i = 0; i < sizeof private_urls / sizeof private_urls[0]; i++) {
        struct str address = str(private_urls[i]);
        struct str rest = str_slice(address, str_find(address, str("%u")) + 2, address.bytes);
        address = str_format(s, "%.*s%u%.*s", (int)str_find(address, str("%u")), address.data,
                             site_port(site), STR(rest));
        EXPECT(get(s, client, address, false) == DENIED);
    }
}

TEST(what_cannot_be_a_request_is_invalid)
{
    struct http_field bad = {str("X"), str("a\r\nY: b")};
    struct http_client *client = client_new(s);
    struct http_reply reply = {0};

    EXPECT(get(s, client, str("ftp://127.0.0.1/"), true) == INVALID);
    EXPECT(get(s, client, str("file:///etc/passwd"), true) == INVALID);
    EXPECT(get(s, client, str("http:///nowhere"), true) == INVALID);
    EXPECT(get(s, client, str("http://127.0.0.1/a b"), true) == INVALID);
    EXPECT(get(s, client, str("http://127.0.0.1/\r\nX: y"), true) == INVALID);
    EXPECT(get(s, client, str("http://user:word@127.0.0.1/"), true) == INVALID);
    EXPECT(get(s, client, str("127.0.0.1"), true) == INVALID);
    EXPECT(http_call(s, client,
                     &(struct http_request){
                         .url = str("http://127.0.0.1/"), .headers = &bad, .header_count = 1},
                     &reply) == INVALID);
}

// A socket of which nobody accepts; listening or not.
static uint16_t deaf_port(struct scope *s, bool listens)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(!listens || listen(fd, 10) == 0);
    EXPECT(getsockname(fd, (struct sockaddr *)&address, &bytes) == 0);
    wire_close_later(s, fd);
    return ntohs(address.sin_port);
}

TEST(without_a_connection_it_was_certainly_not_processed)
{
    struct str refused = str_format(s, "http://127.0.0.1:%u/", deaf_port(s, false));
    struct str no_tls = str_format(s, "https://127.0.0.1:%u/", site_port(site_plain(s)));
    struct str silent_tls = str_format(s, "https://127.0.0.1:%u/", deaf_port(s, true));

    EXPECT(get(s, client_new(s), refused, true) == TEMPORARY);
    EXPECT(get(s, client_new(s), no_tls, true) == TEMPORARY);
    EXPECT(get_briefly(s, client_new(s), silent_tls) == TEMPORARY);
}

TEST(after_it_was_sent_the_outcome_is_unknown)
{
    struct site *site = site_plain(s);
    struct str silent = str_format(s, "http://127.0.0.1:%u/", deaf_port(s, true));

    EXPECT(get_briefly(s, client_new(s), silent) == TIMEOUT);
    EXPECT(get_briefly(s, client_new(s), url(s, site, "/hold")) == TIMEOUT);
    EXPECT(get(s, client_new(s), url(s, site, "/cut"), true) == TIMEOUT);
}

TEST(an_error_does_not_repeat_the_path)
{
    EXPECT(get(s, client_new(s), str("http://127.0.0.1:1/secret?key=secret"), false) == DENIED);
    EXPECT_STR(scope_why(s), "http://127.0.0.1:1 is not a public address");
}

struct caller {
    struct http_client *client;
    struct str url;
    unsigned good;
};

static void call_often(void *opaque)
{
    struct caller *caller = opaque;

    for (int i = 0; i < 50; i++) {
        struct scope *s = scope_open(1 << 20);
        struct http_reply reply = {0};
        struct http_request request = {
            .url = caller->url, .body = str("hello"), .allow_private = true};
        if (http_call(s, caller->client, &request, &reply) == OK && reply.code == 200 &&
            str_is(reply.body, "hello"))
            caller->good++;
        scope_close(s);
    }
}

TEST(many_threads_call_at_once)
{
    struct site *site = site_plain(s);
    struct http_client *client = client_new(s);
    struct caller callers[8];
    struct thread *threads[8];

    for (int i = 0; i < 8; i++) {
        callers[i] = (struct caller){client, url(s, site, "/echo"), 0};
        threads[i] = thread_start("caller", call_often, &callers[i]);
    }
    for (int i = 0; i < 8; i++) {
        thread_join(threads[i]);
        EXPECT_EQUAL(callers[i].good, 50);
    }
    EXPECT(http_server_connections(site_server(site)) <= 8);
}

// Made for this test alone: for localhost, from 2020 to 2120.
static const char tls_key[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpPlwjVPqTnUgEl8X\n"
                              "5k0X4CK6Q3avZKmcnMMYOqzay7qhRANCAAQaK4rwzMWRQQsEJpevxlzFUJGEZRyz\n"
                              "1zrpm5KOIq8c1ywMUQHYOHiQM2D6A411z63EK7GjQnBTKEEtblGPc7c1\n"
                              "-----END PRIVATE KEY-----\n";
static const char tls_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBZjCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv\n"
    "c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM\n"
    "CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBorivDMxZFBCwQm\n"
    "l6/GXMVQkYRlHLPXOumbko4irxzXLAxRAdg4eJAzYPoDjXXPrcQrsaNCcFMoQS1u\n"
    "UY9ztzWjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E\n"
    "BTADAQH/MB0GA1UdDgQWBBQTCekrALFPuzIBGTNH2Uwz4pwm0zAKBggqhkjOPQQD\n"
    "AgNHADBEAiBmckW4nAssU7mW+S1UhZ8/Ck2vVcVhdjj3xtk2eiglQAIgHQ9+uxlu\n"
    "nrc03DQ7ciJTLRuwqgwZBnCilYlhS5Jt5ho=\n"
    "-----END CERTIFICATE-----\n";

static struct str tls_url(struct scope *s, struct site *site, const char *path)
{
    return str_format(s, "https://localhost:%u%s", site_port(site), path);
}

static struct site *site_tls(struct scope *s, unsigned request_deadline_ms)
{
    return site_new(s, (struct http_server_options){.certificate = str(tls_certificate),
                                                    .key = str(tls_key),
                                                    .request_deadline_ms = request_deadline_ms});
}

static struct http_client *client_trusting(struct scope *s)
{
    struct str file = str_format(s, "%.*s/ca.pem", STR(test_directory(s)));

    EXPECT_OK(file_write_whole(s, world_real(), file, str(tls_certificate)));
    struct http_client *client = http_client_new(&(struct http_client_options){.ca_file = file});
    scope_defer(s, client_close, client);
    return client;
}

TEST(tls_works_for_who_trusts_the_certificate)
{
    struct site *site = site_tls(s, 0);
    struct http_client *client = client_trusting(s);

    for (int i = 0; i < 3; i++) {
        struct http_reply reply = {0};
        char *body = scope_bytes(s, 500000);
        memset(body, 'b', 500000);
        REQUIRE_OK(http_call(s, client,
                             &(struct http_request){.method = "POST",
                                                    .url = tls_url(s, site, i ? "/echo" : "/later"),
                                                    .body = str_of(body, 500000),
                                                    .allow_private = true},
                             &reply));
        EXPECT(str_equal(reply.body, str_of(body, 500000)));
    }
    EXPECT(get(s, client_new(s), tls_url(s, site, "/echo"), true) == TEMPORARY);
}

TEST(refusals_over_tls_are_seen_by_the_client)
{
    struct site *site = site_tls(s, 0);
    struct http_client *client = client_trusting(s);
    struct http_reply reply = {0};
    char *body = scope_bytes(s, 3 << 20);
    memset(body, 'b', 3 << 20);

    EXPECT_OK(http_call(s, client,
                        &(struct http_request){.url = tls_url(s, site, "/small"),
                                               .body = str("longer than ten"),
                                               .allow_private = true},
                        &reply));
    EXPECT_EQUAL(reply.code, 413);
    EXPECT_OK(http_call(s, client,
                        &(struct http_request){.url = tls_url(s, site, "/echo"),
                                               .body = str_of(body, 3 << 20),
                                               .allow_private = true},
                        &reply));
    EXPECT_EQUAL(reply.code, 413);
}

TEST(a_body_that_grows_too_long_over_tls_is_refused_at_its_end)
{
    struct site *site = site_tls(s, 0);
    struct http_field chunked = {str("Transfer-Encoding"), str("chunked")};
    struct http_reply reply = {0};
    char *body = scope_bytes(s, 300000);
    memset(body, 'b', 300000);

    EXPECT_OK(http_call(s, client_trusting(s),
                        &(struct http_request){.method = "POST",
                                               .url = tls_url(s, site, "/small"),
                                               .headers = &chunked,
                                               .header_count = 1,
                                               .body = str_of(body, 300000),
                                               .allow_private = true},
                        &reply));
    EXPECT_EQUAL(reply.code, 413);
}

TEST(a_tls_client_that_says_nothing_is_cut_off)
{
    struct site *site = site_tls(s, 50);

    EXPECT_STR(wire_ask(s, site_port(site), str("\x16\x03\x01")), "");
}
