// Lines are built in a fixed buffer on the stack: logging never allocates and never fails. A field
// is written whole or taken back.
#include "sys/log.h"

#include "core/moment.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "sys/world.h"

#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    TAIL_BYTES = 16,                 // for what closes a line: ,"cut":true}
    DAY_BYTES = DATE_TEXT_BYTES + 1, // of a moment's text: 2025-11-04T
};

struct line {
    size_t bytes;
    bool is_short;
    bool full; // the field at hand does not fit
    bool cut;  // one was left out
    char data[LOG_LINE_BYTES_MAX];
};

static struct log_options options = {.fd = STDERR_FILENO, .least = LOG_INFO, .form = LOG_AUTO};

static const char *const level_names[] = {
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
    [LOG_FATAL] = "fatal",
};

static void put(struct line *l, struct str text)
{
    if (text.bytes > LOG_LINE_BYTES_MAX - TAIL_BYTES - l->bytes) {
        l->full = true;
        return;
    }
    if (text.bytes)
        memcpy(l->data + l->bytes, text.data, text.bytes);
    l->bytes += text.bytes;
}

static void put_z(struct line *l, const char *z)
{
    put(l, str(z));
}

__attribute__((format(printf, 2, 3))) static void put_format(struct line *l, const char *format,
                                                             ...)
{
    char text[64];
    va_list arguments;

    va_start(arguments, format);
    int bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(bytes >= 0 && (size_t)bytes < sizeof text);
    put(l, str_of(text, (size_t)bytes));
}

// Writes the first byte of the text escaped, or its first code point; returns the bytes consumed.
static size_t put_character(struct line *l, struct str text)
{
    unsigned char c = (unsigned char)text.data[0];
    size_t length = utf8_length(text);

    if (length == 0) {
        put_z(l, "\xEF\xBF\xBD"); // U+FFFD, for a byte that is no UTF-8
        return 1;
    }
    if (c == '"' || c == '\\')
        put_format(l, "\\%c", c);
    else if (c == '\n')
        put_z(l, "\\n");
    else if (c < 0x20 || c == 0x7f)
        put_format(l, "\\u%04x", c);
    else
        put(l, str_slice(text, 0, length));
    return length;
}

// A text from outside must not end the line or steer the terminal.
static void put_quoted(struct line *l, struct str text)
{
    size_t at = 0;

    put_z(l, "\"");
    while (at < text.bytes && at < LOG_TEXT_BYTES_MAX)
        at += put_character(l, str_slice(text, at, text.bytes));
    if (at < text.bytes)
        put_z(l, "…");
    put_z(l, "\"");
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.data[i] <= ' ' || text.data[i] == '"' || text.data[i] > '~')
            return false;
    return text.bytes > 0 && text.bytes <= LOG_TEXT_BYTES_MAX;
}

static void put_text(struct line *l, struct str text)
{
    if (l->is_short && is_plain(text))
        put(l, text);
    else
        put_quoted(l, text);
}

static bool is_withheld(const char *name)
{
    static const char *const words[] = {"secret", "password", "token", "cookie", "authorization"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_ends(str(name), str(words[i])))
            return true;
    return false;
}

static void put_value(struct line *l, const struct log_field *f)
{
    switch (f->kind) {
    case LOG_KIND_STR:
        put_text(l, is_withheld(f->name) ? str("[withheld]") : f->text);
        break;
    case LOG_KIND_INT:
        put_format(l, "%lld", (long long)f->integer);
        break;
    case LOG_KIND_REAL:
        if (isfinite(f->real))
            put_format(l, "%.9g", f->real);
        else
            put_z(l, "null"); // JSON has no such number
        break;
    case LOG_KIND_BOOL:
        put_z(l, f->truth ? "true" : "false");
        break;
    case LOG_KIND_END:
    case LOG_KIND_ALL:
        assert(false); // put_fields() takes these
    }
}

static void put_field(struct line *l, const struct log_field *f)
{
    size_t before = l->bytes;

    put_z(l, l->is_short ? " " : ",\"");
    put_z(l, f->name);
    put_z(l, l->is_short ? "=" : "\":");
    put_value(l, f);
    if (l->full) {
        l->bytes = before;
        l->full = false;
        l->cut = true;
    }
}

static void put_fields(struct line *l, const struct log_field *fields)
{
    for (const struct log_field *f = fields; f->kind != LOG_KIND_END; f++) {
        if (f->kind == LOG_KIND_ALL)
            put_fields(l, f->list);
        else
            put_field(l, f);
    }
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
    int64_t now_us = world_now_us(options.world ? options.world : world_real());
    char text[MOMENT_TEXT_BYTES_MAX];
    int bytes = (int)moment_write(now_us, MOMENT_MILLISECONDS, text);

    if (l->is_short) // the time of day alone
        put_format(l, "%.*s %-5s ", bytes - DAY_BYTES - 1, text + DAY_BYTES, level_names[level]);
    else
        put_format(l, "{\"time\":\"%.*s\",\"level\":\"%s\",\"event\":\"", bytes, text,
                   level_names[level]);
    put_z(l, event);
    if (!l->is_short)
        put_z(l, "\"");
}

static void put_end(struct line *l)
{
    const char *end =
        l->is_short ? (l->cut ? " …\n" : "\n") : (l->cut ? ",\"cut\":true}\n" : "}\n");

    assert(strlen(end) <= TAIL_BYTES);
    memcpy(l->data + l->bytes, end, strlen(end));
    l->bytes += strlen(end);
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
    struct line line;

    if (level < options.least)
        return;
    line.bytes = 0;
    line.full = false;
    line.cut = false;
    line.is_short = options.form == LOG_SHORT || (options.form == LOG_AUTO && isatty(options.fd));
    put_head(&line, level, event);
    put_fields(&line, fields);
    put_end(&line);
    (void)!write(options.fd, line.data, line.bytes); // nobody is left to tell
}

void log_configure(const struct log_options *wanted)
{
    options = *wanted;
}

bool log_level_named(struct str name, enum log_level *out)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (str_is(name, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

struct capture {
    struct log_options before;
    int fd;
};

static void capture_end(void *opaque)
{
    struct capture *capture = opaque;

    (void)close(capture->fd);
    options = capture->before;
}

void log_capture(struct scope *s, struct world *w)
{
    struct capture *capture = scope_new(s, struct capture);

    *capture = (struct capture){.before = options, .fd = memfd_create("log", MFD_CLOEXEC)};
    // Without O_APPEND, threads that write a memfd at once write over one another.
    if (capture->fd < 0 || fcntl(capture->fd, F_SETFL, O_APPEND) < 0) {
        perror("memfd_create");
        abort();
    }
    options = (struct log_options){.world = w, .fd = capture->fd, .form = LOG_JSON};
    scope_defer(s, capture_end, capture);
}

struct str log_captured(struct scope *s)
{
    off_t bytes = lseek(options.fd, 0, SEEK_END);

    assert(bytes >= 0);
    char *text = scope_bytes(s, (size_t)bytes);
    ssize_t got = pread(options.fd, text, (size_t)bytes, 0);
    assert(got == bytes);
    return str_of(text, (size_t)got);
}
