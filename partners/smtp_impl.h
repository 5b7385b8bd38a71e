// What the mail server is made of: a talk a connection (smtp_talk.c), without sockets; the mails
// (smtp.c); the port (smtp_port.c).
#ifndef SHEAF_PARTNERS_SMTP_IMPL_H
#define SHEAF_PARTNERS_SMTP_IMPL_H

#include "core/buf.h"
#include "partners/smtp.h"
#include "sys/thread.h"

enum { SMTP_THREADS = 4, SMTP_RECIPIENTS_MAX = 100 };

struct smtp_kept {
    struct smtp_kept *next;
    struct smtp_mail mail; // on the heap
};

struct smtp_sink {
    int listen_fd, stop_fd;
    struct str url;
    struct str user, password, folder;
    struct mutex mutex; // guards the rest
    struct condition came;
    struct faults faults;
    struct chance chance;
    struct smtp_counts counts;
    struct smtp_kept *first;
    struct smtp_kept **last;
    struct thread *threads[SMTP_THREADS];
};

enum smtp_stage {
    SMTP_HELLO,
    SMTP_READY,
    SMTP_FROM,
    SMTP_RCPT,
    SMTP_DATA,
    SMTP_PLAIN,
    SMTP_USER,
    SMTP_PASS
};

// One connection.
struct smtp_talk {
    struct smtp_sink *sink;
    struct scope *scope; // of the connection
    enum smtp_stage stage;
    bool known; // it has logged in, or need not
    struct str user;
    struct str from;
    struct str to[SMTP_RECIPIENTS_MAX];
    size_t to_count;
    struct buf text;
};

enum smtp_next { SMTP_GO_ON, SMTP_HANG_UP, SMTP_SAY_NOTHING };

void smtp_talk_begin(struct smtp_talk *t, struct scope *s, struct smtp_sink *sink);
// Takes one line without its CRLF, or (`line` NULL data) the beginning of the connection; appends
// what is answered.
enum smtp_next smtp_talk_line(struct smtp_talk *t, struct str line, struct buf *answer);

// Keeps a mail for one recipient. The mutex is held.
void smtp_keep(struct scope *s, struct smtp_sink *sink, struct str from, struct str to,
               struct str text);

// The threads.
enum status smtp_port_open(struct scope *s, struct smtp_sink *sink, uint16_t port);
void smtp_port_close(struct smtp_sink *sink);

#endif
