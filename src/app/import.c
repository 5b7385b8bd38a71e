// `sheaf receipts import`: sends documents over several connections at once. Each carries an
// Idempotency-Key that follows from its file, its line and its text, so an import that was broken
// off, or is run again within a day, takes nothing in twice.
#include "app/command.h"
#include "app/import_source.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/remote.h"
#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "sys/thread.h"

enum {
    CONNECTIONS_DEFAULT = 32,
    CONNECTIONS_MAX = 64,
    REASONS_MAX = 20,
    ATTEMPTS_MAX = 60,
    RETRY_S_MAX = 30,
    KEY_BYTES = 16, // of the digest
    DOCUMENT_SCOPE_BYTES_MAX = 64 << 20,
};

// Why receipts were refused: those that differ in their digits only are counted together.
struct reason {
    enum status status;
    struct str detail; // of the first
    struct str first;  // "file:line"
    uint64_t count;
};

struct import {
    struct scope *scope; // for what outlives a document; under the mutex
    struct remote *remote;
    struct import_source *source;
    struct mutex mutex; // guards what follows
    struct progress progress;
    uint64_t accepted; // repeats included
    uint64_t repeated;
    uint64_t refused;
    struct reason reasons[REASONS_MAX];
    size_t reason_count;
    enum status status; // not OK: everybody stops
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t past_digits(struct str text, size_t at)
{
    while (at < text.bytes && is_digit(text.data[at]))
        at++;
    return at;
}

static bool same_but_for_digits(struct str a, struct str b)
{
    size_t i = 0;
    size_t j = 0;

    while (i < a.bytes && j < b.bytes) {
        if (is_digit(a.data[i]) && is_digit(b.data[j])) {
            i = past_digits(a, i);
            j = past_digits(b, j);
        } else if (a.data[i++] != b.data[j++]) {
            return false;
        }
    }
    return i == a.bytes && j == b.bytes;
}

static struct str place_of(struct scope *s, const struct import_document *d)
{
    if (d->line == 0)
        return str_copy(s, d->file);
    return str_format(s, "%.*s:%llu", STR(d->file), (unsigned long long)d->line);
}

static void count_reason(struct import *m, const struct import_document *d, enum status e,
                         struct str detail)
{
    for (size_t i = 0; i < m->reason_count; i++) {
        struct reason *r = &m->reasons[i];
        if (r->status == e && same_but_for_digits(r->detail, detail)) {
            r->count++;
            return;
        }
    }
    if (m->reason_count < REASONS_MAX)
        m->reasons[m->reason_count++] =
            (struct reason){e, str_copy(m->scope, detail), place_of(m->scope, d), 1};
}

// Ends the import for all threads. Returns false.
static bool stop(struct import *m, enum status e, struct str why)
{
    mutex_lock(&m->mutex);
    if (m->status == OK)
        m->status = fail(m->scope, e, "%.*s", STR(why));
    mutex_unlock(&m->mutex);
    return false;
}

// Whether it is the document that was refused, and not the whole import that cannot go on.
static bool is_about_document(enum status e)
{
    return !status_may_retry(e) && e != UNAUTHENTICATED && e != DENIED && e != INTERNAL;
}

// Counts the outcome of one document. Returns whether to go on.
static bool count(struct import *m, const struct import_document *d, enum status e, struct str why,
                  bool repeated)
{
    uint64_t done = 0;
    uint64_t all = 0;

    if (e != OK && !is_about_document(e))
        return stop(m, e, why);
    import_source_progress(m->source, &done, &all);
    mutex_lock(&m->mutex);
    bool go_on = m->status == OK;
    if (e == OK) {
        m->accepted++;
        m->repeated += repeated;
    } else {
        m->refused++;
        count_reason(m, d, e, why);
    }
    progress_show(&m->progress, done, all, m->accepted + m->refused);
    mutex_unlock(&m->mutex);
    return go_on;
}

static struct str base_name(struct str path)
{
    while (str_find_byte(path, '/') < path.bytes)
        (void)str_cut(&path, '/');
    return path;
}

static struct str idempotency_key(struct scope *s, const struct import_document *d)
{
    uint8_t digest[SHA256_BYTES];
    struct str name =
        str_format(s, "%.*s\n%llu\n", STR(base_name(d->file)), (unsigned long long)d->line);

    digest_sha256(str_concat(s, 2, name, d->text), digest);
    return str_concat(s, 2, str("import-"), hex_encode(s, str_of(digest, KEY_BYTES)));
}

static int64_t retry_after_us(const struct http_reply *reply, int attempt)
{
    uint64_t seconds = 0;

    if (str_to_u64(http_reply_header(reply, "Retry-After"), RETRY_S_MAX, &seconds) && seconds > 0)
        return (int64_t)seconds * 1000000;
    return attempt < 10 ? 100000 : 1000000;
}

// Sends one document, again and again while the server is busy or gone for a moment.
static enum status send(struct scope *s, struct import *m, const struct import_document *d,
                        bool *repeated)
{
    enum status e = OK;
    struct remote_request request = {
        .method = "POST",
        .path = str("/receipts"),
        .body = d->text,
        .media_type = d->xml ? "application/xml" : "application/json",
        .headers = {{str("Idempotency-Key"), idempotency_key(s, d)}},
    };

    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        struct http_reply reply = {0};
        e = remote_send(s, m->remote, &request, &reply);
        *repeated = http_reply_header(&reply, "Idempotency-Replayed").bytes > 0;
        if (e == OK || !status_may_retry(e))
            return e;
        thread_pause_us(retry_after_us(&reply, attempt));
    }
    return e;
}

static bool import_one(struct scope *s, struct import *m)
{
    struct import_document d = {0};
    bool more = true;
    bool repeated = false;

    enum status e = import_source_next(s, m->source, &d, &more);
    if (e != OK)
        return stop(m, e, scope_why(s));
    if (!more)
        return false;
    e = send(s, m, &d, &repeated);
    return count(m, &d, e, scope_why(s), repeated);
}

static void work(void *context)
{
    struct scope *s = scope_open(DOCUMENT_SCOPE_BYTES_MAX);

    while (import_one(s, context))
        scope_reset(s);
    scope_close(s);
}

static void print_summary(struct scope *s, const struct import *m, double seconds)
{
    struct table *t = table_new(s, ">COUNT|REFUSED BECAUSE|FIRST");
    double rate = seconds > 0 ? (double)(m->accepted + m->refused) / seconds : 0;

    (void)printf("%.*s taken in", STR(print_count(s, m->accepted)));
    if (m->repeated)
        (void)printf(" (%.*s of them before)", STR(print_count(s, m->repeated)));
    (void)printf(", %.*s refused, in %.1f s (%.*s/s)\n", STR(print_count(s, m->refused)), seconds,
                 STR(print_count(s, (uint64_t)rate)));
    if (remote_is_private(m->remote) && m->accepted > 0)
        (void)printf("No server runs on this data folder: they wait for `sheaf serve`.\n");
    for (size_t i = 0; i < m->reason_count; i++) {
        table_add(t, print_count(s, m->reasons[i].count));
        table_add(t, m->reasons[i].detail);
        table_add(t, m->reasons[i].first);
    }
    if (m->reason_count)
        (void)printf("\n");
    table_print(t, stdout);
}

static void print_summary_json(struct scope *s, const struct import *m, double seconds)
{
    struct json *reasons = scope_array(s, REASONS_MAX, sizeof *reasons);

    for (size_t i = 0; i < m->reason_count; i++) {
        const struct reason *r = &m->reasons[i];
        struct json_member *members = scope_array(s, 4, sizeof *members);
        members[0] = (struct json_member){str("status"), json_string(str(status_name(r->status)))};
        members[1] = (struct json_member){str("detail"), json_string(r->detail)};
        members[2] = (struct json_member){str("count"), json_i64(s, (int64_t)r->count)};
        members[3] = (struct json_member){str("first"), json_string(r->first)};
        reasons[i] = json_object(members, 4);
    }
    struct json_member members[] = {
        {str("accepted"), json_i64(s, (int64_t)m->accepted)},
        {str("repeated"), json_i64(s, (int64_t)m->repeated)},
        {str("refused"), json_i64(s, (int64_t)m->refused)},
        {str("milliseconds"), json_i64(s, (int64_t)(seconds * 1000))},
        {str("reasons"), json_array(reasons, m->reason_count)},
    };
    print_json(s, json_object(members, sizeof members / sizeof members[0]));
}

static void run(struct import *m, size_t connections)
{
    struct thread *threads[CONNECTIONS_MAX];

    for (size_t i = 0; i < connections; i++)
        threads[i] = thread_start("import", work, m);
    for (size_t i = 0; i < connections; i++)
        thread_join(threads[i]);
}

enum status command_receipts_import(struct scope *s, const struct command_line *line)
{
    struct import m = {.scope = s};
    uint64_t connections = CONNECTIONS_DEFAULT;

    TRY(command_number(s, line, "connections", 1, CONNECTIONS_MAX, &connections));
    TRY(import_source_new(s, line->words, line->word_count, &m.source));
    TRY(remote_open(s, line, NULL, &m.remote));
    mutex_init(&m.mutex);
    m.progress = progress_start("Importing");
    run(&m, (size_t)connections);
    double seconds = progress_end(&m.progress);
    mutex_fini(&m.mutex);
    if (line->json)
        print_summary_json(s, &m, seconds);
    else
        print_summary(s, &m, seconds);
    if (m.status != OK)
        return m.status;
    return m.refused == 0
               ? OK
               : fail(s, REFUSED, "%.*s of %.*s receipts were refused",
                      STR(print_count(s, m.refused)), STR(print_count(s, m.accepted + m.refused)));
}
