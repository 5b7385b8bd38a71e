// Clients that keep their word: a request is repeated, with its idempotency key, until it is
// answered.
#include "test/crash/crash.h"

#include "core/scope.h"
#include "http/client.h"
#include "sys/thread.h"
#include "sys/world.h"

enum { HEADERS_MAX = 8, CALL_BYTES_MAX = 64 << 20, TIMEOUT_MS = 10000, PAUSE_MS = 10 };

static size_t read_headers(struct scope *s, const char *text, struct str key,
                           struct http_field out[HEADERS_MAX])
{
    struct str rest = str(text);
    size_t count = 0;

    while (rest.bytes && count < HEADERS_MAX - 1) {
        struct str line = str_cut(&rest, '\n');
        out[count].name = str_cut(&line, ':');
        out[count++].value = str_trim(line);
    }
    if (key.bytes)
        out[count++] =
            (struct http_field){str("Authorization"), str_concat(s, 2, str("Bearer "), key)};
    return count;
}

struct crash_answer crash_call(struct crash *c, struct scope *s, const char *method, struct str url,
                               struct str key, const char *headers, struct str body)
{
    struct http_field fields[HEADERS_MAX];
    struct http_reply reply = {0};
    struct http_request request = {
        .method = method,
        .url = url,
        .headers = fields,
        .header_count = read_headers(s, headers, key, fields),
        .body = body,
        .total_timeout_ms = TIMEOUT_MS,
        .answer_bytes_max = 32 << 20,
        .allow_private = true,
    };

    if (http_call(s, c->client, &request, &reply) != OK) {
        scope_forgive(s);
        return (struct crash_answer){0};
    }
    return (struct crash_answer){reply.code, reply.body};
}

struct crash_answer crash_send(struct crash *c, struct scope *s, uint64_t n, struct sample *sample,
                               char text[SAMPLE_BYTES_MAX])
{
    *sample = sample_write(c->sampler, n, text);
    struct str headers = str_format(s, "Content-Type: %s\nIdempotency-Key: crash-%llu\n",
                                    sample_media_type(sample), (unsigned long long)n);
    bool webhook = n % 2 == 0;
    struct str url = webhook ? str_format(s, "%.*s/receipts?webhookUrl=%.*s", STR(c->server.url),
                                          STR(c->hooks_url))
                             : str_concat(s, 2, c->server.url, str("/receipts"));

    return crash_call(c, s, "POST", url, c->key, str_z(s, headers), sample->text);
}

static void keep(struct crash *c, uint64_t n, const struct sample *sample, struct str body)
{
    struct sent *sent = &c->sent[n];
    static const char before[] = "\"receiptId\":\"";
    struct str rest = str_slice(body, str_find(body, str(before)) + strlen(before), body.bytes);

    if (rest.bytes < CRASH_ID_BYTES) {
        atomic_fetch_add(&c->surprising, 1);
        return;
    }
    memcpy(sent->id, rest.data, CRASH_ID_BYTES);
    sent->sound = sample->flaw == SAMPLE_SOUND;
    sent->webhook = n % 2 == 0;
    sent->taken = true;
}

// Returns whether the request is done with.
static bool send_once(struct crash *c, struct scope *s, uint64_t n)
{
    char text[SAMPLE_BYTES_MAX];
    struct sample sample;
    struct crash_answer a = crash_send(c, s, n, &sample, text);

    if (a.code == 0 || a.code == 503) {
        atomic_fetch_add(a.code ? &c->put_off : &c->broken, 1);
        return false;
    }
    if (a.code == 202)
        keep(c, n, &sample, a.body);
    if ((a.code == 202) != sample_is_taken(sample.flaw))
        atomic_fetch_add(&c->surprising, 1);
    return true;
}

static void send_all(void *opaque)
{
    struct crash *c = opaque;
    struct scope *s = scope_open(CALL_BYTES_MAX);
    int64_t began_us = world_monotonic_us(world_real());

    while (!atomic_load(&c->stopping)) {
        uint64_t n = atomic_fetch_add(&c->next, 1);
        int64_t due_us = began_us + (int64_t)(n * 1000000 / c->rate_per_s);
        if (n >= c->sent_max)
            break;
        while (!send_once(c, s, n)) {
            scope_reset(s);
            bench_pause_ms(PAUSE_MS);
        }
        scope_reset(s);
        int64_t early_us = due_us - world_monotonic_us(world_real());
        if (early_us > 0)
            bench_pause_ms((int)(early_us / 1000));
    }
    scope_close(s);
}

void crash_senders_start(struct crash *c, unsigned count)
{
    for (unsigned i = 0; i < count && i < CRASH_SENDERS_MAX; i++)
        c->senders[i] = thread_start("sender", send_all, c);
}

void crash_senders_stop(struct crash *c)
{
    atomic_store(&c->stopping, true);
    for (unsigned i = 0; i < CRASH_SENDERS_MAX; i++) {
        thread_join(c->senders[i]);
        c->senders[i] = NULL;
    }
}
