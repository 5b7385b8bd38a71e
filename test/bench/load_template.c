// Prebuilt requests, one copy for each connection, in which only digits change.
#include "test/bench/load.h"

#include "core/buf.h"
#include "core/scope.h"

#include <assert.h>

enum {
    REQUEST_BYTES_MAX = 64 << 20,
    MARKS_MAX = 64,
    MARK_BYTES_MIN = 4,
};

struct mark {
    size_t at;
    size_t digits;
};

struct load_template {
    char **requests; // one for each connection
    size_t bytes;
    unsigned connections;
    struct mark marks[MARKS_MAX];
    size_t mark_count;
};

static void find_marks(struct load_template *t, struct str request)
{
    size_t from = 0;

    while (from < request.bytes && t->mark_count < MARKS_MAX) {
        size_t end = from;
        while (end < request.bytes && request.data[end] == '@')
            end++;
        if (end - from >= MARK_BYTES_MIN)
            t->marks[t->mark_count++] = (struct mark){from, end - from};
        from = end + 1;
    }
}

struct load_template *load_template_new(struct scope *s, const char *method, const char *target,
                                        struct str headers, struct str body, unsigned connections)
{
    struct load_template *t = scope_new(s, struct load_template);
    struct buf b = buf_make(s, REQUEST_BYTES_MAX);

    buf_format(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n%.*s", method, target, STR(headers));
    if (body.bytes > 0)
        buf_format(&b, "Content-Length: %zu\r\n", body.bytes);
    buf_put_z(&b, "\r\n");
    buf_put(&b, body);
    assert(!b.overflow);
    t->bytes = b.bytes;
    t->connections = connections;
    t->requests = scope_array(s, connections, sizeof *t->requests);
    for (unsigned i = 0; i < connections; i++) {
        t->requests[i] = scope_bytes(s, b.bytes);
        memcpy(t->requests[i], b.data, b.bytes);
    }
    find_marks(t, buf_str(&b));
    return t;
}

struct str load_template_make(void *context, uint64_t n, unsigned connection)
{
    struct load_template *t = context;
    char *request = t->requests[connection];

    assert(connection < t->connections);
    for (size_t i = 0; i < t->mark_count; i++) {
        uint64_t rest = n;
        for (size_t d = t->marks[i].digits; d > 0; d--) {
            request[t->marks[i].at + d - 1] = (char)('0' + rest % 10);
            rest /= 10;
        }
    }
    return str_of(request, t->bytes);
}
