// The server against a raw client: what it understands, what it refuses, and when.
#include "http/server.h"

#include "core/buf.h"
#include "core/scope.h"
#include "http/exchange.h"
#include "http/wire_test.h"
#include "sys/thread.h"
#include "test/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD(first_line) first_line " HTTP/1.1\r\nHost: a\r\n"
#define CLOSE "Connection: close\r\n"

static uint16_t default_port(struct scope *s)
{
    return site_port(site_new(s, (struct http_server_options){.loops = 2}));
}

TEST(a_request_is_shown_to_the_handler_as_it_was_sent)
{
    struct str answer =
        wire_ask(s, default_port(s),
                 str(HEAD("PATCH /show?a=%20b+c&d") CLOSE "X-One:  two \t\r\nx-empty:\r\n\r\n"));

    EXPECT_EQUAL(wire_code(answer), 200);
    EXPECT_STR(wire_body(answer), "PATCH|/show|a=%20b+c&d|127.0.0.1|plain\n"
                                  "Host=a\nConnection=close\nX-One=two\nx-empty=\n");
    EXPECT(str_find(answer, str("\r\nDate: ")) < answer.bytes);
    EXPECT(str_find(answer, str("\r\nServer: ")) == answer.bytes);
    EXPECT(str_find(answer, str("\r\nConnection: close\r\n")) < answer.bytes);
}

static const struct {
    const char *request;
    int code;
    const char *body;
} understood[] = {
    {HEAD("POST /echo") CLOSE "Content-Length: 5\r\n\r\nhello", 200, "hello"},
    {HEAD("POST /echo") CLOSE "content-length:5\r\n\r\nhello", 200, "hello"},
    {HEAD("POST /echo") CLOSE "Transfer-Encoding: Chunked\r\n\r\n"
                              "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n",
     200, "hello"},
    {HEAD("GET http://elsewhere:80/echo?") CLOSE "\r\n", 200, ""},
    {HEAD("GET https://elsewhere?x") CLOSE "\r\n", 404, "nothing"},
    {"GET /echo HTTP/1.0\r\n\r\n", 200, ""},
    {"\r\nGET /echo HTTP/1.0\r\n\r\n", 200, ""},
    {HEAD("OPTIONS *") CLOSE "\r\n", 404, "nothing"},
    {HEAD("M-SEARCH /echo") CLOSE "\r\n", 200, ""},
    {HEAD("GET /later") CLOSE "\r\n", 200, ""},
    {HEAD("POST /small") CLOSE "Content-Length: 10\r\n\r\n0123456789", 200, "0123456789"},
    {HEAD("GET /deny") CLOSE "\r\n", 401, "denied"},
    {HEAD("POST /deny") CLOSE "Content-Length: 5\r\n\r\nhello", 401, "denied"},
    {HEAD("POST /deny") CLOSE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 401,
     "denied"},
    {HEAD("GET /wide") CLOSE "\r\n", 500, "the answer's headers are too long\n"},
};

TEST(requests_that_follow_the_protocol_are_answered)
{
    uint16_t port = default_port(s);

    for (size_t i = 0; i < sizeof understood / sizeof understood[0]; i++) {
        struct str answer = wire_ask(s, port, str(understood[i].request));
        EXPECT_EQUAL(wire_code(answer), understood[i].code);
        EXPECT_STR(wire_body(answer), understood[i].body);
    }
}

TEST(requests_sent_ahead_are_answered_in_their_order)
{
    static const char *bodies[] = {"one", "two", "three", "four", "five", "six", "seven"};
    int fd = wire_open(s, default_port(s));
    struct buf b = buf_make(s, 10000);

    for (size_t i = 0; i < 7; i++)
        buf_format(&b, HEAD("POST %s") "Content-Length: %zu\r\n\r\n%s", i % 2 ? "/later" : "/echo",
                   strlen(bodies[i]), bodies[i]);
    wire_send(fd, buf_str(&b));

    for (size_t i = 0; i < 7; i++)
        EXPECT_STR(wire_body(wire_answer(s, fd)), bodies[i]);
}

static struct str filled(struct scope *s, size_t bytes)
{
    char *text = scope_bytes(s, bytes);

    memset(text, 'a', bytes);
    return str_of(text, bytes);
}

TEST(a_head_over_its_limit_is_431)
{
    uint16_t port = default_port(s);

    for (size_t bytes = 3900; bytes < 12000; bytes += 900) {
        struct str request =
            str_format(s, HEAD("GET /echo") CLOSE "X: %.*s\r\n\r\n", STR(filled(s, bytes)));
        EXPECT_EQUAL(wire_code(wire_ask(s, port, request)), bytes < 4000 ? 200 : 431);
    }
}

TEST(too_many_headers_are_431)
{
    uint16_t port = default_port(s);

    for (unsigned count = 35; count < 200; count += 15) {
        struct buf b = buf_make(s, 10000);
        buf_put_z(&b, HEAD("GET /echo") CLOSE);
        for (unsigned i = 0; i < count; i++)
            buf_put_z(&b, "X: y\r\n");
        buf_put_z(&b, "\r\n");
        EXPECT_EQUAL(wire_code(wire_ask(s, port, buf_str(&b))), count < 40 ? 200 : 431);
    }
}

TEST(a_larger_limit_of_the_head_is_honoured)
{
    struct site *site = site_new(s, (struct http_server_options){.header_bytes_max = 16384});
    struct str request =
        str_format(s, HEAD("GET /echo") CLOSE "X: %.*s\r\n\r\n", STR(filled(s, 16000)));

    EXPECT_EQUAL(wire_code(wire_ask(s, site_port(site), request)), 200);
}

TEST(a_body_over_its_limit_is_413_even_while_it_is_being_sent)
{
    uint16_t port = default_port(s);
    struct str large = filled(s, 3 << 20);
    struct str by_length = str_format(s, HEAD("POST /echo") "Content-Length: %zu\r\n\r\n%.*s",
                                      large.bytes, STR(large));
    struct str by_chunks = str_format(
        s, HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%.*s\r\n0\r\n\r\n",
        large.bytes, STR(large));

    EXPECT_EQUAL(wire_code(wire_ask(s, port, by_length)), 413);
    EXPECT_EQUAL(wire_code(wire_ask(s, port, by_chunks)), 413);
}

TEST(a_body_of_just_the_limit_comes_back_whole)
{
    uint16_t port = default_port(s);
    struct str large = filled(s, 1 << 20);
    struct str by_length = str_format(s, HEAD("POST /echo") CLOSE "Content-Length: %zu\r\n\r\n%.*s",
                                      large.bytes, STR(large));
    struct str by_chunks = str_format(
        s, HEAD("POST /echo") CLOSE "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%.*s\r\n0\r\n\r\n",
        large.bytes, STR(large));

    EXPECT(str_equal(wire_body(wire_ask(s, port, by_length)), large));
    EXPECT(str_equal(wire_body(wire_ask(s, port, by_chunks)), large));
}

TEST(a_client_that_waits_for_100_gets_it_before_it_sends_the_body)
{
    int fd = wire_open(s, default_port(s));

    wire_send(fd, str(HEAD("POST /echo") "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    char interim[25];
    EXPECT(recv(fd, interim, sizeof interim, MSG_WAITALL) == sizeof interim);
    EXPECT(str_equal(str_of(interim, sizeof interim), str("HTTP/1.1 100 Continue\r\n\r\n")));
    wire_send(fd, str("hello"));

    EXPECT_STR(wire_body(wire_answer(s, fd)), "hello");
}

TEST(a_client_that_waits_for_100_is_refused_without_it)
{
    uint16_t port = default_port(s);

    EXPECT_EQUAL(wire_code(wire_ask(s, port,
                                    str(HEAD("POST /deny") "Expect: 100-continue\r\n"
                                                           "Content-Length: 5\r\n\r\n"))),
                 401);
    EXPECT_EQUAL(wire_code(wire_ask(s, port,
                                    str(HEAD("POST /echo") "Expect: 100-continue\r\n"
                                                           "Content-Length: 5000000\r\n\r\n"))),
                 413);
}

TEST(an_early_answer_keeps_the_connection_when_the_body_is_small)
{
    int fd = wire_open(s, default_port(s));

    wire_send(fd, str(HEAD("POST /deny") "Content-Length: 5\r\n\r\nhello" HEAD(
                      "GET /deny") "\r\n" HEAD("GET /echo") "\r\n"));

    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 401);
    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 401);
    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 200);
}

TEST(head_is_answered_like_get_without_the_body)
{
    int fd = wire_open(s, default_port(s));

    wire_send(fd, str(HEAD("HEAD /deny") CLOSE "\r\n"));
    struct str answer = wire_rest(s, fd);

    EXPECT_EQUAL(wire_code(answer), 401);
    EXPECT(str_find(answer, str("\r\nContent-Length: 6\r\n")) < answer.bytes);
    EXPECT_STR(wire_body(answer), "");
}

TEST(headers_that_cannot_be_sent_are_left_out_of_an_answer)
{
    struct str answer = wire_ask(s, default_port(s), str(HEAD("GET /many") CLOSE "\r\n"));

    EXPECT(str_find(answer, str("\r\nX-0: y\r\n")) < answer.bytes);
    EXPECT(str_find(answer, str("\r\nX-19: y\r\n")) < answer.bytes);
    EXPECT(str_find(answer, str("X-Worse")) == answer.bytes);
    EXPECT(str_find(answer, str("X-Empty")) == answer.bytes);
}

TEST(a_body_that_does_not_fit_in_the_scope_is_413)
{
    struct site *site = site_new(s, (struct http_server_options){.scope_bytes_max = 50000});
    struct str large = filled(s, 60000);
    struct str request = str_format(s, HEAD("POST /echo") "Content-Length: %zu\r\n\r\n%.*s",
                                    large.bytes, STR(large));

    EXPECT_EQUAL(wire_code(wire_ask(s, site_port(site), request)), 413);
}

static void say_nothing(void *context, struct http_exchange *x)
{
    (void)context;
    http_answer(x, 204, (struct str){0});
}

static void server_close(void *server)
{
    http_server_free(server);
}

TEST(a_refusal_says_why_in_plain_text_by_itself)
{
    struct http_server_options options = {.handler.on_request = say_nothing};
    struct http_server *server = NULL;
    REQUIRE_OK(http_server_new(s, &options, &server));
    scope_defer(s, server_close, server);

    struct str answer = wire_ask(s, http_server_port(server), str("GET / HTTP/1.1\r\n\r\n"));

    EXPECT_EQUAL(wire_code(answer), 400);
    EXPECT_STR(wire_body(answer), "there must be one Host\n");
}

static const char *const unfinished[] = {
    "",
    "GET /ec",
    HEAD("GET /echo"),
    HEAD("GET /echo") "X: y",
    HEAD("POST /echo") "Content-Length: 5\r\n\r\nhell",
    HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n5\r\nhell",
    HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
};

TEST(a_request_that_is_not_whole_in_time_is_408)
{
    struct site *site = site_new(s, (struct http_server_options){.request_deadline_ms = 50});

    for (size_t i = 0; i < sizeof unfinished / sizeof unfinished[0]; i++) {
        struct str answer = wire_ask(s, site_port(site), str(unfinished[i]));
        EXPECT_EQUAL(wire_code(answer), 408);
        EXPECT_STR(wire_body(answer), "refused: the request did not come in time");
    }
}

TEST(a_handler_can_set_a_deadline_of_its_own)
{
    struct str late = str(HEAD("POST /quick") "Content-Length: 5\r\n\r\nhell");

    EXPECT_EQUAL(wire_code(wire_ask(s, default_port(s), late)), 408);
}

TEST(the_deadline_holds_for_the_second_request_of_a_connection_too)
{
    struct site *site = site_new(s, (struct http_server_options){.request_deadline_ms = 50});
    int fd = wire_open(s, site_port(site));

    wire_send(fd, str(HEAD("GET /echo") "\r\n"));
    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 200);
    wire_send(fd, str(HEAD("GET /echo")));

    EXPECT_EQUAL(wire_code(wire_rest(s, fd)), 408);
}

TEST(an_idle_connection_is_closed_without_a_word)
{
    struct site *site = site_new(s, (struct http_server_options){.idle_timeout_s = 1});
    int fd = wire_open(s, site_port(site));

    wire_send(fd, str(HEAD("GET /echo") "\r\n"));
    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 200);

    EXPECT_STR(wire_rest(s, fd), "");
}

TEST(clients_beyond_the_limit_wait_until_others_leave)
{
    struct site *site = site_new(s, (struct http_server_options){.connections_max = 2});
    int one = wire_open(s, site_port(site));
    int two = wire_open(s, site_port(site));
    int three = wire_open(s, site_port(site));

    wire_send(one, str(HEAD("GET /hold") CLOSE "\r\n"));
    wire_send(two, str(HEAD("GET /hold") "\r\n"));
    wire_send(three, str(HEAD("GET /echo") "\r\n"));
    site_wait_held(site, 2);
    EXPECT_EQUAL(http_server_connections(site_server(site)), 2);
    site_release(site);

    EXPECT_EQUAL(wire_code(wire_answer(s, three)), 200);
}

static enum status try_new(struct scope *s, struct http_server_options options)
{
    struct http_server *server = NULL;
    enum status e = http_server_new(s, &options, &server);

    http_server_free(server);
    return e;
}

TEST(options_that_cannot_work_are_refused)
{
    uint16_t port = default_port(s);

    EXPECT(try_new(s, (struct http_server_options){.address = str("localhost")}) == INVALID);
    EXPECT(try_new(s, (struct http_server_options){.address = str("192.0.2.1")}) == INVALID);
    EXPECT(try_new(s, (struct http_server_options){.port = port}) == CONFLICT);
    EXPECT(try_new(s, (struct http_server_options){.certificate = str("x"), .key = str("y")}) ==
           INVALID);
    EXPECT(try_new(s, (struct http_server_options){.address = str("::1")}) == OK);
}

// Closed after the servers that use it, which are made later.
static int listening_socket(struct scope *s, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    EXPECT(bind(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(listen(fd, 100) == 0);
    EXPECT(getsockname(fd, (struct sockaddr *)&address, &bytes) == 0);
    *port = ntohs(address.sin_port);
    wire_close_later(s, fd);
    return fd;
}

TEST(a_drained_server_leaves_new_clients_to_the_next_one)
{
    uint16_t port = 0;
    int fd = listening_socket(s, &port);
    struct site *old = site_new(s, (struct http_server_options){.inherited_fd = fd, .loops = 2});
    int busy = wire_open(s, port);
    int idle = wire_open(s, port);
    wire_send(idle, str(HEAD("GET /echo") "\r\n"));
    EXPECT_EQUAL(wire_code(wire_answer(s, idle)), 200);
    wire_send(busy, str(HEAD("GET /hold") "\r\n"));
    site_wait_held(old, 1);

    EXPECT(!http_server_drain(site_server(old), 20)); // one is still held
    int late = wire_open(s, port);
    wire_send(late, str(HEAD("GET /echo") CLOSE "\r\n"));
    EXPECT_STR(wire_rest(s, idle), "");
    site_release(old);
    struct site *next = site_new(s, (struct http_server_options){.inherited_fd = fd});

    EXPECT_EQUAL(wire_code(wire_rest(s, late)), 200);
    EXPECT_EQUAL(site_port(next), port);
}

static void release_soon(void *site)
{
    site_release(site);
}

TEST(draining_waits_for_what_is_in_flight)
{
    struct site *site = site_new(s, (struct http_server_options){.loops = 2});
    int busy = wire_open(s, site_port(site));
    wire_send(busy, str(HEAD("POST /hold") "Content-Length: 5\r\n\r\nhello"));
    site_wait_held(site, 1);
    struct thread *releaser = thread_start("release", release_soon, site);

    EXPECT(http_server_drain(site_server(site), 20000));

    thread_join(releaser);
    struct str answer = wire_rest(s, busy);
    EXPECT_STR(wire_body(answer), "hello");
    EXPECT_EQUAL(http_server_connections(site_server(site)), 0);
}

TEST(a_server_ends_while_requests_are_kept)
{
    struct site *site = site_new(s, (struct http_server_options){.loops = 2});

    for (int i = 0; i < 5; i++)
        wire_send(wire_open(s, site_port(site)), str(HEAD("GET /hold") "\r\n"));

    site_wait_held(site, 5);
}
