// What concerns the store as a whole.
#include "store/store.h"

#include "store/backend_impl.h"

void store_close(struct store *store)
{
    if (store)
        store->ops->close(store);
}

const struct queue_def *store_queue(struct store *store, struct str name)
{
    for (size_t i = 0; store->schema->queues[i]; i++)
        if (str_is(name, store->schema->queues[i]->name))
            return store->schema->queues[i];
    return NULL;
}

const struct bucket_def *store_bucket(struct store *store, struct str name)
{
    for (size_t i = 0; store->schema->buckets[i]; i++)
        if (str_is(name, store->schema->buckets[i]->name))
            return store->schema->buckets[i];
    return NULL;
}

struct world *store_world(struct store *store)
{
    return store->world;
}

void store_press(struct store *store)
{
    if (store->ops->press)
        store->ops->press(store);
}

enum status store_backup(struct scope *s, struct store *store, struct str directory,
                         void (*progress)(void *context, uint64_t done, uint64_t all),
                         void *context)
{
    return store->ops->backup(s, store, directory, progress, context);
}

bool store_tend(struct scope *s, struct store *store)
{
    return store->ops->tend(s, store);
}

void store_stats(struct store *store, struct store_stats *out)
{
    *out = (struct store_stats){0};
    store->ops->stats(store, out);
}
