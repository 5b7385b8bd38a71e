// Exchanges that are answered by others than the handler, and bodies that are streamed.
#include "http/exchange.h"

#include "core/scope.h"
#include "http/wire_test.h"
#include "sys/thread.h"
#include "test/harness.h"

#include <sys/socket.h>
#include <unistd.h>

#define HEAD(first_line) first_line " HTTP/1.1\r\nHost: a\r\n"

// libmicrohttpd's own loop hangs when a multiple of 128 connections is ready at once.
static void answer_together(struct scope *s, unsigned count)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    int *fds = scope_array(s, count, sizeof *fds);

    for (unsigned i = 0; i < count; i++)
        fds[i] = wire_open(s, site_port(site));
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < count; i++)
            wire_send(fds[i], str_format(s, HEAD("POST /hold") "Content-Length: 6\r\n\r\n%06u", i));
        site_wait_held(site, count);
        site_release(site);
        for (unsigned i = 0; i < count; i++)
            EXPECT(str_equal(wire_body(wire_answer(s, fds[i])), str_format(s, "%06u", i)));
    }
}

TEST(two_hundred_requests_are_held_and_answered_together)
{
    answer_together(s, 200);
}

TEST(two_hundred_and_fifty_six_connections_that_are_ready_together_do_not_hang)
{
    answer_together(s, 256);
}

static struct str upload(struct scope *s, size_t bytes, const char *path, bool chunked)
{
    char *body = scope_bytes(s, bytes);

    memset(body, 'u', bytes);
    if (chunked) {
        return str_format(s,
                          "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%.*s\r\n0\r\n\r\n",
                          path, bytes, (int)bytes, body);
    }
    return str_format(s,
                      "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                      "Content-Length: %zu\r\n\r\n%.*s",
                      path, bytes, (int)bytes, body);
}

TEST(a_streamed_body_is_read_whole_by_another_thread)
{
    struct site *site = site_new(s, (struct http_server_options){.body_bytes_max = 8 << 20});

    for (size_t bytes = 0; bytes < 8 << 20; bytes = bytes * 7 + 100) {
        struct str count = str_format(s, "%zu", bytes);
        for (int chunked = bytes == 0; chunked < 2; chunked++) {
            struct str answer = wire_ask(s, site_port(site), upload(s, bytes, "/count", chunked));
            EXPECT(str_equal(wire_body(answer), count));
        }
    }
}

TEST(a_streamed_body_over_its_limit_is_413)
{
    struct site *site = site_new(s, (struct http_server_options){.body_bytes_max = 1 << 20});

    for (size_t bytes = (1 << 20) + 1; bytes < 8 << 20; bytes *= 3) {
        for (int chunked = 0; chunked < 2; chunked++)
            EXPECT_EQUAL(
                wire_code(wire_ask(s, site_port(site), upload(s, bytes, "/count", chunked))), 413);
    }
}

TEST(a_streamed_body_that_stops_is_told_to_its_reader)
{
    struct site *site = site_new(s, (struct http_server_options){.request_deadline_ms = 50});
    int slow = wire_open(s, site_port(site));
    int gone = wire_open(s, site_port(site));

    wire_send(slow, str(HEAD("POST /count") "Content-Length: 1000\r\n\r\nsome"));
    wire_send(gone, str(HEAD("POST /count") "Content-Length: 1000\r\n\r\nsome"));
    (void)shutdown(gone, SHUT_RDWR);

    EXPECT_STR(wire_rest(s, slow), ""); // the site's end waits for both readers
}

TEST(a_streamed_answer_comes_whole_and_the_connection_goes_on)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    int fd = wire_open(s, site_port(site));

    wire_send(fd, str(HEAD("GET /flow?5000000") "\r\n" HEAD("GET /flow?0") "\r\n" HEAD(
                      "GET /echo") "\r\n"));
    struct str large = wire_answer(s, fd);

    EXPECT(str_find(large, str("\r\nTransfer-Encoding: chunked\r\n")) < large.bytes);
    EXPECT_EQUAL(wire_body(large).bytes, 5000000);
    EXPECT_STR(wire_body(wire_answer(s, fd)), "");
    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 200);
}

TEST(a_streamed_answer_to_http_1_0_ends_with_the_connection)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    struct str answer = wire_ask(s, site_port(site), str("GET /flow?300000 HTTP/1.0\r\n\r\n"));

    EXPECT_EQUAL(wire_body(answer).bytes, 300000);
}

TEST(a_stream_that_is_not_whole_is_cut)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    struct str answer = wire_ask(s, site_port(site), str(HEAD("GET /cut") "\r\n"));

    EXPECT_EQUAL(wire_code(answer), 200);
    EXPECT(!str_ends(answer, str("0\r\n\r\n")));
}

TEST(a_client_that_leaves_a_stream_ends_it)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    int fd = wire_open(s, site_port(site));

    wire_send(fd, str(HEAD("GET /flow?1000000000000") "\r\n"));
    char some[1000];
    EXPECT(recv(fd, some, sizeof some, 0) > 0);
    (void)shutdown(fd, SHUT_RDWR); // the site's end waits for the stream's thread
}

TEST(draining_cuts_streams_that_do_not_end)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    int fd = wire_open(s, site_port(site));
    char some[1000];

    wire_send(fd, str(HEAD("GET /flow?1000000000000") "\r\n"));
    EXPECT(recv(fd, some, sizeof some, 0) > 0);

    EXPECT(!http_server_drain(site_server(site), 10));
}

TEST(a_stream_can_answer_before_its_body_was_read)
{
    struct site *site = site_new(s, (struct http_server_options){0});
    int fd = wire_open(s, site_port(site));

    wire_send(fd,
              str(HEAD("POST /flow?10") "Content-Length: 5\r\n\r\nhello" HEAD("GET /echo") "\r\n"));

    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 200);
    EXPECT_EQUAL(wire_code(wire_answer(s, fd)), 200);
}
