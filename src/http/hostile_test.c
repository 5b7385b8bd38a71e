// Requests that break the protocol, on purpose or by chance.
#include "http/server.h"

#include "core/buf.h"
#include "core/scope.h"
#include "http/wire_test.h"
#include "test/harness.h"

#define HEAD(first_line) first_line " HTTP/1.1\r\nHost: a\r\n"

// Each is followed by a second request, which must not be answered.
static const struct {
    struct str request;
    int code;
} refused[] = {
#define REFUSED(text, code)                                                                        \
    {                                                                                              \
        STR_INIT(text), code                                                                       \
    }
    // Request smuggling: two lengths, or lines whose ends can be read in two ways.
    REFUSED(HEAD("POST /echo") "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            400),
    REFUSED(HEAD("POST /echo") "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    REFUSED(HEAD("POST /echo") "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Content-Length: 3, 3\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Content-Length: +3\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Content-Length: -3\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Content-Length: 0x3\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Content-Length:\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Content-Length: 99999999999999999999\r\n\r\nabc", 413),
    REFUSED(HEAD("POST /echo") "Content-Length : 3\r\n\r\nabc", 400),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            400),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 501),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: \x0b"
                               "chunked\r\n\r\n0\r\n\r\n",
            400),
    REFUSED("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\nHost: a\n\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: y\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: y\r\n\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: y\rZ: w\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    // Bytes that do not belong there.
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX\0Y: z\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nX(: y\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
    REFUSED("GET /ec\0ho HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET /ec\xc3\xb6 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET /echo#part HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET /ec ho HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("G@T /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET /echo\r\nHost: a\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    REFUSED("GET /echo HTTP/1.1\r\n\r\n", 400),
    REFUSED("GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    REFUSED(HEAD("POST /echo") "Expect: tea\r\nContent-Length: 3\r\n\r\n", 417),
    // Chunks.
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\nx\r\nabc\r\n0\r\n\r\n", 400),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", 400),
    REFUSED(HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 413),
    // Limits.
    REFUSED(HEAD("POST /small") "Content-Length: 11\r\n\r\n01234567890", 413),
    REFUSED(HEAD("POST /small") "Transfer-Encoding: "
                                "chunked\r\n\r\n6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n",
            413),
#undef REFUSED
};

TEST(requests_that_break_the_protocol_are_refused_and_the_connection_closed)
{
    uint16_t port = site_port(site_new(s, (struct http_server_options){.loops = 2}));

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct buf b = buf_make(s, 10000);
        buf_put(&b, refused[i].request);
        buf_put_z(&b, HEAD("GET /smuggled") "\r\n");
        struct str answer = wire_ask(s, port, buf_str(&b));
        if (!test_expect_equal_i64(wire_code(answer), refused[i].code, __FILE__, __LINE__, "code"))
            EXPECT_STR(refused[i].request, "");
        EXPECT(str_find(answer, str("nothing")) == answer.bytes);
        EXPECT(str_find(answer, str("\r\nConnection: close\r\n")) < answer.bytes);
    }
}

static const char *const good[] = {
    HEAD("GET /show?a=b") "X-One: two\r\nCookie: a=b; c=\"d\"\r\n\r\n",
    HEAD("POST /echo") "Content-Length: 11\r\n\r\nhello world",
    HEAD(
        "POST /later") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\n",
    HEAD("POST /count") "Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\nT: x\r\n\r\n",
    HEAD("PUT /small") "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    HEAD("GET /flow?100000") "\r\n",
};

// Numbers that only look random, so that every run is the same.
static unsigned next(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(*state >> 33);
}

static struct str damaged(struct scope *s, struct str text, uint64_t *state)
{
    static const char bytes[] = "\r\n\0 \t:;,=\"09afAZ%?#/\x7f\x80\xff";
    struct buf b = buf_make(s, 10000);

    for (size_t i = 0; i < text.bytes; i++) {
        unsigned luck = next(state) % 60;
        if (luck > 0)
            buf_put_byte(&b, text.data[i]); // else it is lost
        if (luck == 1)
            buf_put_byte(&b, bytes[next(state) % sizeof bytes]);
        if (luck == 2 && i > 3)
            buf_put(&b, str_slice(text, i - 3, 3));
    }
    return buf_str(&b);
}

// All at once, because some only end when their time is over.
TEST(damaged_requests_are_answered_or_refused_and_never_hang)
{
    enum { COUNT = 300 };
    struct site *site = site_new(
        s,
        (struct http_server_options){.loops = 2, .idle_timeout_s = 1, .request_deadline_ms = 500});
    uint64_t state = 1;
    int fds[COUNT];

    for (int i = 0; i < COUNT; i++) {
        fds[i] = wire_open(s, site_port(site));
        wire_send(fds[i], damaged(s, str(good[i % 6]), &state));
    }
    for (int i = 0; i < COUNT; i++)
        EXPECT(wire_ends(fds[i]));
}
