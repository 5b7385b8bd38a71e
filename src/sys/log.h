// The log: one event, one line, one write(2). An event has a constant name and typed fields, so a
// line is made for machines and nobody formats sentences; on a terminal it takes a short form.
//
//     log_event(LOG_INFO, "server.started", LOG_STR("address", address), LOG_INT("port", 8080),
//               LOG_END);
//
// {"time":"2026-01-01T00:00:00.000Z","level":"info","event":"server.started","address":...}
//
// Events are logged at the edges (request done, task done, state moved, partner called), not along
// the way. Never a secret, never document content: a text is cut after LOG_TEXT_BYTES_MAX, and a
// field whose name says secret, password, token, cookie or authorization is withheld.
//
// Any thread. A line that cannot be written is lost; nothing waits for it.
#ifndef SHEAF_SYS_LOG_H
#define SHEAF_SYS_LOG_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct world;

enum {
    LOG_TEXT_BYTES_MAX = 1024, // of one field
    LOG_LINE_BYTES_MAX = 4096, // fields that do not fit are left out, and "cut" says so
};

enum log_level {
    LOG_INFO,  // a fact
    LOG_WARN,  // a person may look
    LOG_ERROR, // this job failed
    LOG_FATAL, // this process ends
};

enum log_kind {
    LOG_KIND_END,
    LOG_KIND_STR,
    LOG_KIND_INT,
    LOG_KIND_REAL,
    LOG_KIND_BOOL,
    LOG_KIND_ALL
};

struct log_field {
    enum log_kind kind;
    const char *name;
    union {
        struct str text;
        int64_t integer;
        double real;
        bool truth;
        const struct log_field *list;
    };
};

// clang-format off
#define LOG_STR(field, value) {.kind = LOG_KIND_STR, .name = (field), .text = (value)}
#define LOG_Z(field, value) {.kind = LOG_KIND_STR, .name = (field), .text = str(value)}
#define LOG_INT(field, value) {.kind = LOG_KIND_INT, .name = (field), .integer = (int64_t)(value)}
#define LOG_REAL(field, value) {.kind = LOG_KIND_REAL, .name = (field), .real = (double)(value)}
#define LOG_BOOL(field, value) {.kind = LOG_KIND_BOOL, .name = (field), .truth = (value)}
// A failure: the status, and the sentence that the scope keeps about it.
#define LOG_STATUS(e) LOG_Z("status", status_name(e))
#define LOG_WHY(s) LOG_STR("why", scope_why(s))
// All fields of a list that ends with LOG_END: what an object says about itself in every line.
#define LOG_ALL(fields) {.kind = LOG_KIND_ALL, .list = (fields)}
#define LOG_END {.kind = LOG_KIND_END}
// clang-format on

// Writes one line. `event` is a constant, as "receipt.accepted"; the fields end with LOG_END.
#define log_event(level, event, ...)                                                               \
    log_fields((level), (event), (const struct log_field[]){__VA_ARGS__})
void log_fields(enum log_level level, const char *event, const struct log_field *fields);

enum log_form {
    LOG_AUTO, // LOG_SHORT on a terminal, else LOG_JSON
    LOG_JSON,
    LOG_SHORT,
};

struct log_options {
    struct world *world;  // whose clock is written; NULL: the real one
    int fd;               // borrowed
    enum log_level least; // what is below is dropped
    enum log_form form;
};

// Sets where lines go; before that: stderr, everything, LOG_AUTO. Not while other threads log.
void log_configure(const struct log_options *options);

// Returns the level of that name ("info"); false when there is none.
bool log_level_named(struct str name, enum log_level *out);

// For tests: until the scope ends, lines go to memory as JSON with the clock of `w`.
void log_capture(struct scope *s, struct world *w);
// Returns what has been captured so far, in the scope.
struct str log_captured(struct scope *s);

#endif
