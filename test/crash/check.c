// What must hold after the last kill, found out from outside: by the server's API and by what its
// partners and the receiver of webhooks remember.
#include "test/crash/crash.h"

#include "core/json.h"
#include "core/scope.h"
#include "http/client.h"
#include "partners/ledger.h"
#include "sys/world.h"

#include <stdio.h>

enum {
    BLAMES_MAX = 20, // that are printed
    AWAIT_S = 240,
    PAUSE_MS = 100,
    REPEAT_EVERY = 7, // so many of the requests are sent once more
    CALL_BYTES_MAX = 256 << 20,
};

struct check {
    struct crash *crash;
    struct scope *each;
    struct crash_verdict *out;
    struct ledger *audit;
    struct ledger *listed;
};

static void blame(struct check *k, bool right, const char *what, struct str about)
{
    if (right)
        return;
    if (k->out->wrong++ < BLAMES_MAX)
        (void)printf("crash: not so: %s: %.*s\n", what, STR(about));
}

static struct json get(struct check *k, struct str url, struct str key, int *code)
{
    struct json j = {0};
    struct crash_answer a = crash_call(k->crash, k->each, "GET", url, key, NULL, (struct str){0});

    *code = a.code;
    if (a.body.bytes && json_parse(k->each, a.body, &json_limits_lenient, &j) != OK)
        scope_forgive(k->each);
    return j;
}

static struct str id_of(const struct sent *sent)
{
    return str_of(sent->id, CRASH_ID_BYTES);
}

// -- one receipt ---------------------------------------------------------------------------------

// "confirmed", "refused", or empty: the partner does not know it. A partner that nobody has asked
// yet may say "pending" at first.
static struct str outcome_at(struct check *k, struct str partner_url, struct str registration_id)
{
    struct str url = str_concat(k->each, 3, partner_url, str("/registrations/"), registration_id);
    struct str status = str("pending");
    int code = 0;

    while (str_is(status, "pending"))
        status = json_text(json_member(get(k, url, k->crash->secret, &code), "status"));
    return status;
}

static bool is_confirmed(struct check *k, struct json receipt, const char *partner,
                         struct str partner_url)
{
    struct json g = json_member(receipt, partner);
    struct str id = json_text(json_member(g, "registrationId"));

    return str_is(outcome_at(k, partner_url, id), "confirmed");
}

static void check_state(struct check *k, const struct sent *sent, struct json receipt)
{
    struct crash *c = k->crash;
    struct str state = json_text(json_member(receipt, "state"));
    bool tax = is_confirmed(k, receipt, "tax", c->tax_url);
    bool warehouse = is_confirmed(k, receipt, "warehouse", c->warehouse_url);

    k->out->completed += str_is(state, "COMPLETED");
    k->out->failed += str_is(state, "FAILED");
    const char *wanted = sent->sound && tax && warehouse ? "COMPLETED" : "FAILED";
    blame(k, str_is(state, wanted), "it ends as its partners decided", id_of(sent));
    blame(k, sent->sound || (!tax && !warehouse), "an invalid one is registered nowhere",
          id_of(sent));
}

static void check_receipt(struct check *k, uint64_t n)
{
    struct crash *c = k->crash;
    const struct sent *sent = &c->sent[n];
    char text[SAMPLE_BYTES_MAX];
    struct sample sample = sample_write(c->sampler, n, text);
    struct str url = str_concat(k->each, 3, c->server.url, str("/receipts/"), id_of(sent));
    int code = 0;

    struct json receipt = get(k, url, c->key, &code);
    blame(k, code == 200, "an acknowledged receipt is there", id_of(sent));
    struct crash_answer document =
        crash_call(c, k->each, "GET", str_concat(k->each, 2, url, str("/document")), c->key, NULL,
                   (struct str){0});
    blame(k, str_equal(document.body, sample.text), "its document is as it was sent", id_of(sent));
    if (code == 200)
        check_state(k, sent, receipt);
    if (n % REPEAT_EVERY)
        return;
    struct crash_answer again = crash_send(c, k->each, n, &sample, text);
    blame(k, again.code == 202 && str_find(again.body, id_of(sent)) < again.body.bytes,
          "a repeated request gets the first answer", id_of(sent));
}

// -- all of them ---------------------------------------------------------------------------------

struct audited {
    struct ledger_entry told;
    unsigned received;
    unsigned ended;
};

static void read_audit(struct check *k)
{
    uint64_t after = 0;

    for (size_t count = 1; count > 0;) {
        int code = 0;
        struct str url = str_format(k->each, "%.*s/operations/audit?limit=1000&after=%llu",
                                    STR(k->crash->server.url), (unsigned long long)after);
        struct json page = get(k, url, k->crash->server.key, &code);
        struct json items = json_member(page, "items");
        count = items.count;
        for (size_t i = 0; i < count; i++) {
            struct json row = json_at(items, i);
            struct str action = json_text(json_member(row, "action"));
            struct audited *a =
                ledger_tell(k->audit, json_text(json_member(row, "subject")), (struct str){0});
            a->received += str_is(action, "receipt.received");
            a->ended += str_is(action, "receipt.completed") || str_is(action, "receipt.failed");
        }
        (void)str_to_u64(json_text(json_member(page, "after")), UINT64_MAX, &after);
        scope_reset(k->each);
    }
}

static void read_list(struct check *k, unsigned client)
{
    char cursor[4096] = "";

    do {
        int code = 0;
        struct str name = sample_client_name(k->each, client);
        struct str url =
            str_format(k->each, "%.*s/receipts?client=%.*s&fields=summary&limit=1000%s%s",
                       STR(k->crash->server.url), STR(name), *cursor ? "&cursor=" : "", cursor);
        struct json page = get(k, url, k->crash->key, &code);
        struct json items = json_member(page, "items");
        blame(k, code == 200, "a client's receipts can be listed", name);
        for (size_t i = 0; i < items.count; i++)
            (void)ledger_tell(k->listed, json_text(json_member(json_at(items, i), "receiptId")),
                              (struct str){0});
        struct str next = json_text(json_member(page, "cursor"));
        (void)snprintf(cursor, sizeof cursor, "%.*s", STR(next));
        scope_reset(k->each);
    } while (*cursor);
}

// No receipt twice for one request, none that nobody was told of.
static void check_lists(struct check *k)
{
    for (unsigned client = 0; client < CRASH_CLIENTS; client++)
        read_list(k, client);
    blame(k, ledger_count(k->listed) == k->out->acknowledged,
          "as many receipts are listed as were acknowledged",
          str_format(k->each, "%zu listed", ledger_count(k->listed)));
}

static void check_memory(struct check *k, const struct sent *sent)
{
    const struct audited *a = ledger_find(k->audit, id_of(sent));
    const struct ledger_entry *l = ledger_find(k->listed, id_of(sent));

    blame(k, a && a->received == 1, "the audit log has its acceptance once", id_of(sent));
    blame(k, a && a->ended == 1, "the audit log has its end once", id_of(sent));
    blame(k, l && l->times == 1, "it is listed once", id_of(sent));
}

static uint64_t count_of(struct json report, const char *path)
{
    uint64_t count = 0;

    (void)str_to_u64(json_text(json_path(report, path)), UINT64_MAX, &count);
    return count;
}

static struct str control_url(struct check *k, const char *path)
{
    struct str hooks = k->crash->hooks_url;
    struct str base = str_slice(hooks, 0, str_find(hooks, str("/webhooks")));

    return str_concat(k->each, 2, base, str(path));
}

// From now on the partners answer every question.
static void mend_partners(struct check *k)
{
    static const char faults[] = "{\"tax\":{\"fail_before\":0},\"warehouse\":{\"fail_before\":0}}";
    struct crash_answer a = crash_call(k->crash, k->each, "PUT", control_url(k, "/faults"),
                                       (struct str){0}, NULL, str(faults));

    blame(k, a.code == 204, "the partners are mended", str(""));
}

static void check_parties(struct check *k, uint64_t sound, uint64_t webhooks)
{
    static const char *const zero[] = {
        "tax.differing",        "tax.malformed",
        "tax.strangers",        "warehouse.differing",
        "warehouse.malformed",  "warehouse.strangers",
        "tax.callbacks_denied", "warehouse.callbacks_denied",
        "tax.unasked",          "warehouse.unasked",
        "webhooks.differing",   "webhooks.unsigned_ones",
        "webhooks.malformed",
    };
    int code = 0;
    struct str url = control_url(k, "/report");
    struct json report = get(k, url, (struct str){0}, &code);

    blame(k, code == 200, "the partners report", url);
    for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++)
        blame(k, count_of(report, zero[i]) == 0, "0 of these", str(zero[i]));
    blame(k, count_of(report, "tax.registrations") <= sound,
          "the tax office has no more registrations than there are valid receipts",
          json_text(json_path(report, "tax.registrations")));
    k->out->events = count_of(report, "webhooks.events");
    blame(k, k->out->events == webhooks, "one event for each receipt that wanted one",
          str_format(k->each, "%llu of %llu", (unsigned long long)k->out->events,
                     (unsigned long long)webhooks));
}

static void check_all(struct check *k)
{
    struct crash *c = k->crash;
    uint64_t sound = 0;
    uint64_t webhooks = 0;

    for (uint64_t n = 0; n < c->sent_max; n++) {
        if (!c->sent[n].taken)
            continue;
        check_receipt(k, n);
        k->out->acknowledged++;
        sound += c->sent[n].sound;
        webhooks += c->sent[n].webhook;
        scope_reset(k->each);
    }
    read_audit(k);
    check_lists(k);
    for (uint64_t n = 0; n < c->sent_max; n++)
        if (c->sent[n].taken)
            check_memory(k, &c->sent[n]);
    check_parties(k, sound, webhooks);
    blame(k, atomic_load(&c->surprising) == 0, "every answer was one that was expected",
          str_format(k->each, "%llu others", (unsigned long long)atomic_load(&c->surprising)));
}

enum status crash_check(struct crash *c, struct scope *s, struct crash_verdict *out)
{
    struct check k = {.crash = c,
                      .each = scope_open(CALL_BYTES_MAX),
                      .out = out,
                      .audit = ledger_new(sizeof(struct audited)),
                      .listed = ledger_new(sizeof(struct ledger_entry))};

    *out = (struct crash_verdict){0};
    mend_partners(&k);
    check_all(&k);
    ledger_free(k.audit);
    ledger_free(k.listed);
    scope_close(k.each);
    return out->wrong ? fail(s, CORRUPT, "%llu things are not as they must be",
                             (unsigned long long)out->wrong)
                      : OK;
}

// -- waiting -------------------------------------------------------------------------------------

// Messages that are under way, webhooks that wait for their next try apart: the event is known at
// the receiver then. Counts what is dead, too.
static uint64_t under_way(struct crash *c, struct scope *s, uint64_t *dead)
{
    struct str url = str_concat(s, 2, c->server.url, str("/operations/queues"));
    struct crash_answer a = crash_call(c, s, "GET", url, c->server.key, NULL, (struct str){0});
    struct json j = {0};
    uint64_t count = 0;

    if (a.code != 200 || json_parse(s, a.body, &json_limits_lenient, &j) != OK)
        return UINT64_MAX;
    struct json queues = json_member(j, "queues");
    *dead = 0;
    for (size_t i = 0; i < queues.count; i++) {
        struct json q = json_at(queues, i);
        bool hooks = str_is(json_text(json_member(q, "name")), "receipt_webhooks");
        count +=
            count_of(q, "ready") + count_of(q, "leased") + (hooks ? 0 : count_of(q, "delayed"));
        *dead += count_of(q, "dead");
    }
    return count;
}

enum status crash_await_end(struct crash *c, struct scope *s)
{
    int64_t deadline_us = world_monotonic_us(world_real()) + AWAIT_S * 1000000LL;
    uint64_t left = 1;
    uint64_t dead = 0;

    // Twice in a row: a message that is being committed is for a moment in no queue's count.
    for (int quiet = 0; quiet < 2 && dead == 0;) {
        struct scope *own = scope_open(CALL_BYTES_MAX);
        left = under_way(c, own, &dead);
        scope_close(own);
        quiet = left ? 0 : quiet + 1;
        if (world_monotonic_us(world_real()) > deadline_us)
            return fail(s, TIMEOUT, "after %d s %llu messages are still under way", AWAIT_S,
                        (unsigned long long)left);
        bench_pause_ms(PAUSE_MS);
    }
    return dead ? fail(s, CORRUPT, "%llu messages were set aside", (unsigned long long)dead) : OK;
}
