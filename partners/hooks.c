// Events are kept by their id; what the switches spoil is spoiled after the event was noted.
#include "partners/hooks.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/json.h"
#include "core/scope.h"
#include "crypto/webhook_signature.h"
#include "partners/ledger.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

struct event {
    struct ledger_entry told;
    bool counted;
};

struct hooks {
    struct world *world;
    struct mutex lock; // guards the rest
    struct chance chance;
    struct faults faults;
    struct hmac_key key;
    bool has_key;
    struct ledger *events;
    struct hooks_counts counts;
};

struct hooks *hooks_new(struct world *w, uint64_t seed, const struct faults *faults)
{
    struct hooks *h = heap_new(struct hooks);

    h->world = w;
    h->chance = chance_seeded(seed ^ 0x686f6f6b);
    h->faults = *faults;
    h->events = ledger_new(sizeof(struct event));
    mutex_init(&h->lock);
    return h;
}

void hooks_free(struct hooks *h)
{
    if (!h)
        return;
    ledger_free(h->events);
    mutex_fini(&h->lock);
    digest_wipe(&h->key, sizeof h->key);
    free(h);
}

void hooks_set_faults(struct hooks *h, const struct faults *faults)
{
    mutex_lock(&h->lock);
    h->faults = *faults;
    mutex_unlock(&h->lock);
}

enum status hooks_set_secret(struct scope *s, struct hooks *h, struct str secret)
{
    struct hmac_key key;

    TRY(webhook_secret_read(s, secret, &key));
    mutex_lock(&h->lock);
    h->key = key;
    h->has_key = true;
    mutex_unlock(&h->lock);
    digest_wipe(&key, sizeof key);
    return OK;
}

// Notes an event; false: it is not what an event should be.
static bool note(struct scope *s, struct hooks *h, const struct webhook_received *delivery)
{
    struct json j = {0};

    if (json_parse(s, delivery->body, &json_limits_lenient, &j) != OK) {
        scope_forgive(s);
        return false;
    }
    struct str type = json_text(json_member(j, "type"));
    bool completed = str_is(type, "receipt.completed");
    if (!completed && !str_is(type, "receipt.failed"))
        return false;
    struct event *e = ledger_tell(h->events, delivery->id, delivery->body);
    h->counts.deliveries++;
    h->counts.repeats += e->told.differing == 0 && e->told.times > 1;
    h->counts.differing += e->told.differing;
    e->told.differing = 0;
    if (!e->counted && completed)
        h->counts.completed++;
    else if (!e->counted)
        h->counts.failed++;
    e->counted = true;
    return true;
}

static int answer_fault(struct hooks *h)
{
    const struct faults *f = &h->faults;
    int code = -1;

    if (faults_strike(&h->chance, f->gone))
        code = 410;
    else if (faults_strike(&h->chance, f->fail_after))
        code = 500;
    else if (faults_strike(&h->chance, f->silent))
        code = 0;
    h->counts.faults += code >= 0;
    return code;
}

static int take(struct scope *s, struct hooks *h, const struct webhook_received *delivery)
{
    int64_t now_us = world_now_us(h->world);

    if (faults_down(&h->faults, now_us) || faults_strike(&h->chance, h->faults.fail_before)) {
        h->counts.faults++;
        return 503;
    }
    if (!h->has_key || webhook_verify(s, &h->key, 1, delivery, now_us) != OK) {
        scope_forgive(s);
        h->counts.unsigned_ones++;
        return h->has_key ? 401 : 503;
    }
    if (!note(s, h, delivery)) {
        h->counts.malformed++;
        return 400;
    }
    int code = answer_fault(h);
    return code < 0 ? 204 : code;
}

int hooks_take(struct scope *s, struct hooks *h, const struct webhook_received *delivery)
{
    mutex_lock(&h->lock);
    int code = take(s, h, delivery);
    mutex_unlock(&h->lock);
    return code;
}

struct hooks_counts hooks_counts(struct hooks *h)
{
    mutex_lock(&h->lock);
    struct hooks_counts counts = h->counts;
    counts.events = ledger_count(h->events);
    mutex_unlock(&h->lock);
    return counts;
}

void hooks_report(struct hooks *h, struct buf *out)
{
    struct hooks_counts counts = hooks_counts(h);
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
#define OFFICE_COUNT(name, meaning)
#define HOOKS_COUNT(name, meaning) {#name, counts.name},
#include "partners/counts.def"
#undef OFFICE_COUNT
#undef HOOKS_COUNT
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        buf_format(out, "%s\"%s\":%llu", i ? "," : "{", rows[i].name,
                   (unsigned long long)rows[i].count);
    buf_put_byte(out, '}');
}
