// Definitions lie in the store under the digest of their text, so that an execution goes on with
// the one it was started with, and are compiled once for all who run them. Compiled ones are kept
// until there are many; one that somebody uses stays.
#include "core/heap.h"
#include "core/scope.h"
#include "flow/definition.h"
#include "flow/flow_impl.h"
#include "store/blob.h"
#include "sys/thread.h"

#include <stdlib.h>

enum { COMPILED_MAX = 256, COMPILED_BYTES_MAX = 256 << 20, KEY_TEXT_BYTES = 65 };

struct compiled {
    struct compiled *next;
    char key[KEY_TEXT_BYTES];
    size_t key_bytes;
    struct scope *scope;
    const struct definition *definition;
    struct definitions *all;
    unsigned users;
    uint64_t used; // when last, in takes
};

struct definitions {
    struct mutex lock;
    struct compiled *list;
    unsigned count;
    uint64_t takes;
};

struct definitions *definitions_new(void)
{
    struct definitions *d = heap_new(struct definitions);

    mutex_init(&d->lock);
    return d;
}

static void compiled_free(struct compiled *c)
{
    scope_close(c->scope);
    free(c);
}

void definitions_free(struct definitions *d)
{
    if (!d)
        return;
    for (struct compiled *c = d->list, *next; c; c = next) {
        next = c->next;
        compiled_free(c);
    }
    mutex_fini(&d->lock);
    free(d);
}

// The key is the type and the digest: the same text may be accepted as the one and not the other.
static struct str key_of(struct scope *s, struct str text, bool express)
{
    return str_concat(s, 2, str(express ? "x" : "s"), digest_sha256_hex(s, text));
}

struct str definition_put(struct scope *s, struct flow *f, struct change *c, struct str text,
                          bool express)
{
    struct record r = {.partition = key_of(s, text, express), .content = text};

    if (text.bytes > BLOB_FROM_BYTES) {
        // A failure shows when the execution starts; the blob is there before the change is.
        (void)blob_put(s, f->store, &flow_blobs_bucket,
                       str_concat(s, 2, str("definitions/"), r.partition), text, NULL, NULL);
        r.content = (struct str){0};
    }
    change_put(c, &flow_definitions_table, &r, if_any());
    return r.partition;
}

enum status definition_text(struct scope *s, struct flow *f, struct str key, struct str *out)
{
    struct record r = {0};

    TRY(record_get(s, f->store, &flow_definitions_table, key, (struct str){0}, &r));
    *out = r.content;
    if (r.content.bytes)
        return OK;
    return blob_get(s, f->store, &flow_blobs_bucket, str_concat(s, 2, str("definitions/"), key), 0,
                    DEFINITION_BYTES_MAX, out);
}

static struct compiled *find(struct definitions *d, struct str key)
{
    for (struct compiled *c = d->list; c; c = c->next)
        if (str_equal(key, str_of(c->key, c->key_bytes)))
            return c;
    return NULL;
}

static void give(void *compiled)
{
    struct compiled *c = compiled;

    mutex_lock(&c->all->lock);
    c->users--;
    mutex_unlock(&c->all->lock);
}

static const struct definition *use(struct scope *s, struct definitions *d, struct compiled *c)
{
    c->users++;
    c->used = ++d->takes;
    scope_defer(s, give, c);
    return c->definition;
}

// Takes out the one that nobody has used for longest.
static struct compiled *evict(struct definitions *d)
{
    struct compiled **oldest = NULL;

    for (struct compiled **at = &d->list; *at; at = &(*at)->next)
        if ((*at)->users == 0 && (!oldest || (*at)->used < (*oldest)->used))
            oldest = at;
    if (d->count <= COMPILED_MAX || !oldest)
        return NULL;
    struct compiled *c = *oldest;
    *oldest = c->next;
    d->count--;
    return c;
}

static enum status compile(struct scope *s, struct flow *f, struct str key, struct compiled **out)
{
    struct compiled *c = heap_new(struct compiled);
    struct str text = {0};
    const struct diagnostic *diagnostics = NULL;
    size_t count = 0;
    struct definition_options options = {.express = key.data[0] == 'x'};

    c->scope = scope_open(COMPILED_BYTES_MAX);
    c->all = f->definitions;
    c->key_bytes = key.bytes < KEY_TEXT_BYTES ? key.bytes : KEY_TEXT_BYTES;
    memcpy(c->key, key.data, c->key_bytes);
    enum status e = definition_text(c->scope, f, key, &text);
    if (e == OK)
        e = definition_compile(c->scope, text, &options, &c->definition, &diagnostics, &count);
    if (e != OK) {
        (void)scope_pass(s, e, c->scope);
        compiled_free(c);
        return e;
    }
    *out = c;
    return OK;
}

enum status definition_take(struct scope *s, struct flow *f, struct str key,
                            const struct definition **out)
{
    struct definitions *d = f->definitions;
    struct compiled *fresh = NULL;
    struct compiled *old = NULL;

    mutex_lock(&d->lock);
    struct compiled *c = find(d, key);
    if (c)
        *out = use(s, d, c);
    mutex_unlock(&d->lock);
    if (c)
        return OK;
    TRY(compile(s, f, key, &fresh));
    mutex_lock(&d->lock);
    c = find(d, key); // another thread may have been faster
    if (!c) {
        fresh->next = d->list;
        d->list = c = fresh;
        d->count++;
        fresh = NULL;
    }
    *out = use(s, d, c);
    old = evict(d);
    mutex_unlock(&d->lock);
    if (fresh)
        compiled_free(fresh);
    if (old)
        compiled_free(old);
    return OK;
}
