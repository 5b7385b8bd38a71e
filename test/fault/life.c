// Living: steps that follow the seed, and the notes of what was answered.
#include "test/fault/life_impl.h"

#include "core/scope.h"
#include "store/blob.h"
#include "store/embedded/embedded.h"
#include "store/queue.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/contract/contract.h"

enum {
    LIFE_BYTES_MAX = 256 << 20,
    GROUP_MAX = 6,
    LOG_BYTES = 256 << 10,
    BLOB_BYTES_LONGEST = 150000
};

static void note_fatal(void *context, struct str why)
{
    struct life *l = context;

    (void)why;
    atomic_store(&l->fatal, true);
}

void life_init(struct life *l, struct world *w, uint64_t seed)
{
    *l = (struct life){
        .world = w, .directory = "data", .chance = chance_seeded(seed), .inbox = inbox_new()};
}

void life_fini(struct life *l)
{
    life_close(l);
    inbox_free(l->inbox);
}

enum status life_open(struct scope *s, struct life *l)
{
    struct embedded_options options = {
        .directory = str(l->directory),
        .schema = &contract_schema,
        .log_bytes_max = LOG_BYTES,
        .on_fatal = note_fatal,
        .on_fatal_context = l,
    };

    atomic_store(&l->fatal, false);
    return embedded_open(s, l->world, &options, &l->store);
}

void life_close(struct life *l)
{
    store_close(l->store);
    l->store = NULL;
}

static enum fate fate_of(enum status e)
{
    if (e == OK)
        return FATE_SURE;
    return e == TIMEOUT ? FATE_MAYBE : FATE_NEVER;
}

// One change on its way, and what its answer decides.
struct trial {
    struct change *change;
    enum fate *fate;
    bool answered;
};

static void note_answer(struct change *c, void *context)
{
    struct trial *t = context;

    *t->fate = fate_of(change_status(c));
    t->answered = true;
}

struct str item_name(struct scope *s, size_t item)
{
    return str_format(s, "%04zu", item);
}

static void put(struct scope *s, struct change *c, const char *partition, size_t item,
                struct record_condition condition)
{
    struct attribute attributes[] = {
        {str("state"), str("MADE")},
        {str("rank"), item_name(s, item)},
        {str("owner"), str("anna")},
        {str("made"), item_name(s, item)},
    };
    struct record r = {
        .partition = str(partition),
        .sort = item_name(s, item),
        .content = item_content(s, partition, item),
        .attributes = attributes,
        .attribute_count = str_is(str(partition), "a") ? 4 : 0,
    };

    change_put(c, &things, &r, condition);
}

// Into the tables that lie otherwise on the disk.
static void put_elsewhere(struct scope *s, struct life *l, struct change *c, size_t item)
{
    struct str id = world_uuid(l->world, s);
    struct record arrival = {.partition = id, .content = item_content(s, "arrival", item)};
    struct record ticket = {.partition = item_name(s, item), .content = str("ticket")};

    memcpy(l->arrivals[item], id.data, id.bytes);
    change_put(c, &arrivals, &arrival, if_absent());
    change_put(c, &tickets, &ticket, if_absent());
}

static struct trial make_item(struct scope *s, struct life *l)
{
    size_t item = l->item_count++;
    struct audit_entry entry = {.action = str("item.made"), .subject = item_name(s, item)};
    struct record counter = {.partition = str("counter"), .content = item_name(s, item)};
    struct change *c = change_new(s);

    put(s, c, "a", item, if_absent());
    put(s, c, "b", item, if_absent());
    put_elsewhere(s, l, c, item);
    change_put(c, &things, &counter, if_any());
    change_send(c, &work, item_name(s, item), 0);
    change_audit(c, &entry);
    l->made[item] = FATE_MAYBE;
    return (struct trial){.change = c, .fate = &l->made[item]};
}

// A change that must be refused, and leave nothing.
static struct trial make_conflict(struct scope *s, struct life *l)
{
    struct trial t = make_item(s, l);

    change_require(t.change, &things, str("no such"), str(""), if_present());
    return t;
}

// What was not settled yet, of what is to be had.
static struct trial settle_item(struct scope *s, struct life *l)
{
    struct message *m = scope_new(s, struct message);
    struct change *c = change_new(s);
    uint64_t item = 0;
    size_t count = 0;

    if (queue_take(s, l->store, &work, 1, 0, 0, m, &count) != OK || count == 0)
        return make_item(s, l);
    EXPECT(str_to_u64(m->body, l->item_count - 1, &item));
    EXPECT(l->made[item] != FATE_NEVER && l->settled[item] != FATE_SURE);
    if (chance_below(&l->chance, 4) == 0) { // the work fails this time
        static enum fate nothing;
        change_give_back(c, m, 0, str("not yet"));
        return (struct trial){.change = c, .fate = &nothing};
    }
    put(s, c, "result", item, if_absent());
    change_settle(c, m);
    l->settled[item] = FATE_MAYBE;
    return (struct trial){.change = c, .fate = &l->settled[item]};
}

static struct trial any_trial(struct scope *s, struct life *l)
{
    uint64_t kind = chance_below(&l->chance, 10);

    if (kind == 0)
        return make_conflict(s, l);
    return kind < 6 ? make_item(s, l) : settle_item(s, l);
}

// Submits a few changes together, so that batches have several, and waits for all answers.
static void live_group(struct scope *s, struct life *l)
{
    struct trial trials[GROUP_MAX];
    size_t count = 1 + (size_t)chance_below(&l->chance, GROUP_MAX);

    if (count > LIFE_ITEMS_MAX - l->item_count)
        count = LIFE_ITEMS_MAX - l->item_count;
    for (size_t i = 0; i < count; i++)
        trials[i] = any_trial(s, l);
    for (size_t i = 0; i < count; i++)
        store_submit(l->store, trials[i].change, l->inbox, note_answer, &trials[i]);
    for (size_t i = 0; i < count; i++)
        while (!trials[i].answered)
            (void)inbox_wait(l->inbox, -1);
}

struct str blob_key(struct scope *s, size_t blob)
{
    return str_format(s, "blob-%zu", blob % LIFE_BLOB_KEYS);
}

static void live_blob(struct scope *s, struct life *l)
{
    size_t blob = l->blob_count++;
    size_t bytes = (size_t)chance_below(&l->chance, BLOB_BYTES_LONGEST);
    struct blob_options options = {.metadata = str_format(s, "%zu", blob)};

    l->blobs[blob] = fate_of(blob_put(s, l->store, &files, blob_key(s, blob),
                                      blob_content(s, blob, bytes), &options, NULL));
}

// What was answered OK is there for who asks; a failing disk may forbid to look.
static void live_read(struct scope *s, struct life *l)
{
    struct record r = {0};
    size_t item = (size_t)chance_below(&l->chance, l->item_count + 1);

    if (item == l->item_count || l->made[item] != FATE_SURE)
        return;
    enum status e = record_get(s, l->store, &things, str("a"), item_name(s, item), &r);
    EXPECT(e != NOT_FOUND && e != CORRUPT);
}

void life_live(struct life *l, unsigned steps)
{
    for (unsigned i = 0; i < steps && !atomic_load(&l->fatal); i++) {
        struct scope *s = scope_open(LIFE_BYTES_MAX);
        uint64_t kind = chance_below(&l->chance, 12);
        if (kind == 0 && l->blob_count < LIFE_BLOBS_MAX)
            live_blob(s, l);
        else if (kind < 3)
            live_read(s, l);
        else if (kind == 3)
            (void)store_tend(s, l->store);
        else
            live_group(s, l);
        scope_close(s);
    }
}
