// The load generator as a program.
//
//     load -c 64 -d 10 -X POST -H 'Content-Type: application/json' -f receipt.json
//          http://127.0.0.1:8080/receipts
#include "core/buf.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SCOPE_BYTES_MAX = 1 << 30,
    BODY_BYTES_MAX = 16 << 20,
    HEADERS_BYTES_MAX = 65536,
    EXIT_USAGE = 2,
};

struct command {
    struct load_options load;
    const char *method;
    const char *target;
    struct str body;
    struct buf headers;
    bool as_json;
};

static void usage(void)
{
    (void)fprintf(stderr,
                  "load [options] http://ADDRESS:PORT/TARGET\n"
                  "  -c N       connections (64)\n"
                  "  -r RATE    requests per second, evenly; else as fast as they answer\n"
                  "  -d S       seconds (10)\n"
                  "  -n N       requests at most\n"
                  "  -w S       seconds before counting begins (0)\n"
                  "  -X METHOD  GET, or POST with a body\n"
                  "  -H HEADER  \"Name: value\", may be repeated\n"
                  "  -b BODY    body\n"
                  "  -f FILE    body from a file\n"
                  "  -j         print JSON\n"
                  "A run of four or more '@' in target, header or body becomes the number of "
                  "the request.\n");
}

// Takes "http://127.0.0.1:8080/path" apart.
static bool read_url(struct scope *s, struct command *c, struct str url)
{
    uint64_t port = 0;

    if (!str_starts(url, str("http://")))
        return false;
    struct str rest = str_slice(url, 7, url.bytes);
    size_t slash = str_find_byte(rest, '/');
    struct str target = str_slice(rest, slash, rest.bytes);
    struct str host = str_slice(rest, 0, slash);
    c->load.address = str_z(s, str_cut(&host, ':'));
    if (!str_to_u64(host, 65535, &port))
        return false;
    c->load.port = (uint16_t)port;
    c->target = target.bytes > 0 ? str_z(s, target) : "/";
    return true;
}

static bool read_option(struct scope *s, struct command *c, int option, const char *value)
{
    switch (option) {
    case 'c':
        c->load.connections = (unsigned)strtoul(value, NULL, 10);
        return c->load.connections > 0;
    case 'r':
        c->load.rate_per_s = strtod(value, NULL);
        return c->load.rate_per_s > 0;
    case 'd':
        c->load.seconds = strtod(value, NULL);
        return c->load.seconds > 0;
    case 'n':
        c->load.requests = strtoull(value, NULL, 10);
        return c->load.requests > 0;
    case 'w':
        c->load.warm_up_s = strtod(value, NULL);
        return c->load.warm_up_s >= 0;
    case 'X':
        c->method = value;
        return true;
    case 'H':
        buf_format(&c->headers, "%s\r\n", value);
        return true;
    case 'b':
        c->body = str(value);
        return true;
    case 'f':
        return file_read_whole(s, world_real(), str(value), BODY_BYTES_MAX, &c->body) == OK;
    case 'j':
        c->as_json = true;
        return true;
    default:
        return false;
    }
}

static bool read_command(struct scope *s, struct command *c, int count, char **words)
{
    int option;

    while ((option = getopt(count, words, "c:r:d:n:w:X:H:b:f:j")) != -1)
        if (!read_option(s, c, option, optarg))
            return false;
    if (c->load.seconds <= 0 && c->load.requests == 0)
        c->load.seconds = 10;
    if (!c->method)
        c->method = c->body.bytes > 0 ? "POST" : "GET";
    return optind + 1 == count && read_url(s, c, str(words[optind]));
}

static int run(struct scope *s, struct command *c)
{
    struct load_result *result = scope_new(s, struct load_result);

    c->load.make = load_template_make;
    c->load.context = load_template_new(s, c->method, c->target, buf_str(&c->headers), c->body,
                                        c->load.connections);
    if (load_run(s, &c->load, result) != OK) {
        (void)fprintf(stderr, "load: %.*s\n", STR(scope_why(s)));
        return EXIT_FAILURE;
    }
    if (c->as_json)
        load_print_json(c->target, result);
    else
        load_print(c->target, result);
    return result->answered > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **words)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct command c = {.load.connections = 64, .headers = buf_make(s, HEADERS_BYTES_MAX)};
    int code = EXIT_USAGE;

    if (read_command(s, &c, count, words))
        code = run(s, &c);
    else
        usage();
    scope_close(s);
    return code;
}
