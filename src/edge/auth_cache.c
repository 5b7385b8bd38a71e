// A fixed table of verified credentials by their SHA-256. A slot holds one principal with its text
// in one piece of memory; a newcomer takes the slot.
#include "edge/auth_cache_impl.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/thread.h"

#include <stdlib.h>

enum { SLOTS = 4096 };

struct slot {
    uint8_t digest[AUTH_DIGEST_BYTES];
    int64_t until_us;
    struct principal principal; // its texts point into `text`
    char *text;
};

struct auth_cache {
    struct mutex mutex;
    struct slot slots[SLOTS];
};

struct auth_cache *auth_cache_new(void)
{
    struct auth_cache *c = heap_alloc(sizeof *c);

    mutex_init(&c->mutex);
    return c;
}

void auth_cache_free(struct auth_cache *c)
{
    if (!c)
        return;
    auth_cache_clear(c);
    mutex_fini(&c->mutex);
    free(c);
}

static struct slot *slot_of(struct auth_cache *c, const uint8_t digest[AUTH_DIGEST_BYTES])
{
    size_t index = (size_t)digest[0] | (size_t)digest[1] << 8;

    return &c->slots[index % SLOTS];
}

// The texts of a principal, so that copying is one loop.
static void texts_of(struct principal *p, struct str *texts[PRINCIPAL_TEXTS])
{
    struct str *all[PRINCIPAL_TEXTS] = {&p->id,     &p->tenant, &p->account,
                                        &p->client, &p->scopes, &p->webhook_hosts};

    memcpy(texts, all, sizeof all);
}

// Copies the texts of `p` to `to`, which has room, and lets `p` point there.
static void move_texts(struct principal *p, char *to)
{
    struct str *texts[PRINCIPAL_TEXTS];

    texts_of(p, texts);
    for (size_t i = 0; i < PRINCIPAL_TEXTS; i++) {
        if (texts[i]->bytes)
            memcpy(to, texts[i]->data, texts[i]->bytes);
        texts[i]->data = to;
        to += texts[i]->bytes;
    }
}

static size_t texts_bytes(struct principal *p)
{
    struct str *texts[PRINCIPAL_TEXTS];
    size_t bytes = 0;

    texts_of(p, texts);
    for (size_t i = 0; i < PRINCIPAL_TEXTS; i++)
        bytes += texts[i]->bytes;
    return bytes;
}

bool auth_cache_find(struct scope *s, struct auth_cache *c, const uint8_t digest[AUTH_DIGEST_BYTES],
                     int64_t now_us, struct principal *out)
{
    mutex_lock(&c->mutex);
    struct slot *slot = slot_of(c, digest);
    bool found = slot->text && now_us < slot->until_us &&
                 memcmp(slot->digest, digest, AUTH_DIGEST_BYTES) == 0;
    if (found) {
        *out = slot->principal;
        move_texts(out, scope_bytes(s, texts_bytes(out) + 1));
    }
    mutex_unlock(&c->mutex);
    return found;
}

void auth_cache_put(struct auth_cache *c, const uint8_t digest[AUTH_DIGEST_BYTES],
                    const struct principal *p, int64_t until_us)
{
    struct principal copy = *p;
    char *text = heap_alloc(texts_bytes(&copy) + 1);

    move_texts(&copy, text);
    mutex_lock(&c->mutex);
    struct slot *slot = slot_of(c, digest);
    char *old = slot->text;
    *slot = (struct slot){.until_us = until_us, .principal = copy, .text = text};
    memcpy(slot->digest, digest, AUTH_DIGEST_BYTES);
    mutex_unlock(&c->mutex);
    free(old);
}

void auth_cache_clear(struct auth_cache *c)
{
    mutex_lock(&c->mutex);
    for (size_t i = 0; i < SLOTS; i++) {
        free(c->slots[i].text);
        c->slots[i] = (struct slot){0};
    }
    mutex_unlock(&c->mutex);
}
