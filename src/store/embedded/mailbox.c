// Lists, a heap and a table of chains over the same messages; each message knows where it is.
#include "store/embedded/mailbox.h"

#include "core/heap.h"

#include <assert.h>
#include <stdlib.h>

enum { CHAINS_FIRST = 64, HEAP_FIRST = 64 };

void mailbox_init(struct mailbox *box)
{
    *box = (struct mailbox){0};
    mutex_init(&box->lock);
    condition_init(&box->arrived);
    box->chain_count = CHAINS_FIRST;
    box->chains = heap_array(box->chain_count, sizeof *box->chains);
}

void mailbox_fini(struct mailbox *box)
{
    for (size_t i = 0; i < box->chain_count; i++) {
        for (struct mail *m = box->chains[i], *next; m; m = next) {
            next = m->chain;
            mail_free(m);
        }
    }
    free(box->chains);
    free(box->heap);
    condition_fini(&box->arrived);
    mutex_fini(&box->lock);
}

struct mail *mail_new(struct str body)
{
    struct mail *m = heap_alloc(sizeof *m + body.bytes);

    m->body = str_of(m + 1, body.bytes);
    if (body.bytes)
        memcpy(m + 1, body.data, body.bytes);
    return m;
}

void mail_free(struct mail *m)
{
    if (!m)
        return;
    free((void *)(uintptr_t)m->error.data);
    free(m);
}

void mail_set_error(struct mail *m, struct str error)
{
    free((void *)(uintptr_t)m->error.data);
    m->error = error.bytes ? heap_copy(error) : (struct str){0};
}

void mail_append(struct mail_list *list, struct mail *m)
{
    m->next = NULL;
    if (list->last)
        list->last->next = m;
    else
        list->first = m;
    list->last = m;
    list->count++;
}

struct mail *mail_take_first(struct mail_list *list)
{
    struct mail *m = list->first;

    if (!m)
        return NULL;
    list->first = m->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    m->next = NULL;
    return m;
}

void mail_list_fini(struct mail_list *list)
{
    for (struct mail *m = mail_take_first(list); m; m = mail_take_first(list))
        mail_free(m);
}

static struct mail **chain_of(const struct mailbox *box, uint64_t id)
{
    assert(box->chain_count > 0);
    return &box->chains[id % box->chain_count]; // ids are consecutive
}

static void grow_chains(struct mailbox *box)
{
    struct mail **old = box->chains;
    size_t old_count = box->chain_count;

    box->chain_count *= 2;
    box->chains = heap_array(box->chain_count, sizeof *box->chains);
    for (size_t i = 0; i < old_count; i++) {
        for (struct mail *m = old[i], *next; m; m = next) {
            struct mail **chain = chain_of(box, m->id);
            next = m->chain;
            m->chain = *chain;
            *chain = m;
        }
    }
    free(old);
}

void mailbox_add(struct mailbox *box, struct mail *m)
{
    if (box->count >= box->chain_count)
        grow_chains(box);
    struct mail **chain = chain_of(box, m->id);
    m->chain = *chain;
    *chain = m;
    box->count++;
    box->body_bytes += m->body.bytes;
}

struct mail *mailbox_find(const struct mailbox *box, uint64_t id)
{
    struct mail *m = *chain_of(box, id);

    while (m && m->id != id)
        m = m->chain;
    return m;
}

static void heap_set(struct mailbox *box, size_t place, struct mail *m)
{
    box->heap[place] = m;
    m->heap_place = place;
}

// Of two that are due together the older goes first.
static bool is_sooner(const struct mail *a, const struct mail *b)
{
    return a->wake_at_us != b->wake_at_us ? a->wake_at_us < b->wake_at_us : a->id < b->id;
}

static void heap_rise(struct mailbox *box, size_t place)
{
    struct mail *m = box->heap[place];

    while (place > 0) {
        size_t parent = (place - 1) / 2;
        if (!is_sooner(m, box->heap[parent]))
            break;
        heap_set(box, place, box->heap[parent]);
        place = parent;
    }
    heap_set(box, place, m);
}

static void heap_sink(struct mailbox *box, size_t place)
{
    struct mail *m = box->heap[place];

    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= box->heap_count)
            break;
        if (child + 1 < box->heap_count && is_sooner(box->heap[child + 1], box->heap[child]))
            child++;
        if (!is_sooner(box->heap[child], m))
            break;
        heap_set(box, place, box->heap[child]);
        place = child;
    }
    heap_set(box, place, m);
}

static void heap_add(struct mailbox *box, struct mail *m)
{
    if (box->heap_count == box->heap_room) {
        box->heap_room = box->heap_room ? box->heap_room * 2 : HEAP_FIRST;
        box->heap = heap_resize(box->heap, box->heap_room, sizeof *box->heap);
    }
    box->heap[box->heap_count] = m;
    heap_rise(box, box->heap_count++);
}

static void heap_remove(struct mailbox *box, struct mail *m)
{
    size_t place = m->heap_place;
    struct mail *last = box->heap[--box->heap_count];

    assert(box->heap[place] == m || m == last);
    if (m == last)
        return;
    heap_set(box, place, last);
    heap_rise(box, place);
    heap_sink(box, last->heap_place);
}

// Takes a message out of the heap, if it is in it.
static void leave_heap(struct mailbox *box, struct mail *m)
{
    if (m->state != MAIL_LATER && m->state != MAIL_LEASED)
        return;
    heap_remove(box, m);
    if (m->state == MAIL_LATER)
        box->delayed--;
    else
        box->leased--;
}

void mailbox_make_ready(struct mailbox *box, struct mail *m, int64_t now_us)
{
    m->state = MAIL_READY;
    m->ready_at_us = now_us;
    mail_append(&box->ready, m);
}

void mailbox_make_later(struct mailbox *box, struct mail *m, int64_t wake_at_us)
{
    m->state = MAIL_LATER;
    m->wake_at_us = wake_at_us;
    box->delayed++;
    heap_add(box, m);
}

void mailbox_make_waiting(struct mailbox *box, struct mail *m)
{
    m->state = MAIL_WAITING;
    m->uncounted = true;
    box->counting++;
    mail_append(&box->waiting, m);
}

static void wake_one(struct mailbox *box, struct mail *m)
{
    bool lease_ended = m->state == MAIL_LEASED;

    leave_heap(box, m);
    if (lease_ended || m->uncounted)
        mailbox_make_waiting(box, m);
    else
        mailbox_make_ready(box, m, m->wake_at_us);
}

void mailbox_wake_due(struct mailbox *box, int64_t now_us)
{
    while (box->heap_count > 0 && box->heap[0]->wake_at_us <= now_us)
        wake_one(box, box->heap[0]);
}

void mailbox_expire(struct mailbox *box, int64_t sent_before_us)
{
    while (box->ready.first && box->ready.first->sent_at_us < sent_before_us)
        mailbox_make_waiting(box, mail_take_first(&box->ready));
}

void mailbox_end_leases(struct mailbox *box)
{
    size_t place = 0;

    while (place < box->heap_count) {
        struct mail *m = box->heap[place];
        if (m->state != MAIL_LEASED) {
            place++;
            continue;
        }
        wake_one(box, m);
        place = 0; // the heap was rearranged
    }
}

int64_t mailbox_next_due(const struct mailbox *box)
{
    return box->heap_count > 0 ? box->heap[0]->wake_at_us : INT64_MAX;
}

static void put_lease(struct mailbox *box, struct mail *m, int64_t until_us)
{
    m->state = MAIL_LEASED;
    m->wake_at_us = until_us;
    box->leased++;
    heap_add(box, m);
}

struct mail *mailbox_lease(struct mailbox *box, int64_t until_us)
{
    struct mail *m = mail_take_first(&box->ready);

    if (!m)
        return NULL;
    m->lease = ++box->leases;
    m->receives++;
    put_lease(box, m, until_us);
    return m;
}

static struct mail *find_leased(const struct mailbox *box, uint64_t id, uint64_t lease)
{
    struct mail *m = mailbox_find(box, id);

    return m && m->state == MAIL_LEASED && m->lease == lease ? m : NULL;
}

bool mailbox_extend(struct mailbox *box, uint64_t id, uint64_t lease, int64_t until_us)
{
    struct mail *m = find_leased(box, id, lease);

    if (!m)
        return false;
    leave_heap(box, m);
    put_lease(box, m, until_us);
    return true;
}

struct mail *mailbox_claim(struct mailbox *box, uint64_t id, uint64_t lease)
{
    struct mail *m = find_leased(box, id, lease);

    if (!m)
        return NULL;
    leave_heap(box, m);
    m->state = MAIL_CLAIMED;
    return m;
}

struct mail *mailbox_claim_waiting(struct mailbox *box)
{
    struct mail *m = mail_take_first(&box->waiting);

    if (!m)
        return NULL;
    m->state = MAIL_CLAIMED;
    m->lease = 0;
    return m;
}

void mailbox_unclaim(struct mailbox *box, struct mail *m)
{
    assert(m->state == MAIL_CLAIMED);
    if (m->lease) {
        put_lease(box, m, m->wake_at_us);
        return;
    }
    box->counting--;
    mailbox_make_waiting(box, m);
}

void mailbox_put_back(struct mailbox *box, struct mail *m)
{
    assert(m->state == MAIL_CLAIMED);
    if (!m->lease)
        box->counting--;
    m->due_at_us = m->next_due_at_us;
    m->uncounted = false;
    mailbox_make_later(box, m, m->due_at_us);
}

void mailbox_return(struct mailbox *box, uint64_t id, uint64_t lease)
{
    struct mail *m = find_leased(box, id, lease);

    if (!m)
        return;
    leave_heap(box, m);
    m->receives--;
    mailbox_make_ready(box, m, m->ready_at_us);
}

static void remove_mail(struct mailbox *box, struct mail *m)
{
    struct mail **at = chain_of(box, m->id);

    while (*at != m)
        at = &(*at)->chain;
    *at = m->chain;
    box->count--;
    box->body_bytes -= m->body.bytes;
    mail_free(m);
}

void mailbox_forget(struct mailbox *box, struct mail *m)
{
    assert(m->state == MAIL_CLAIMED);
    if (!m->lease)
        box->counting--;
    remove_mail(box, m);
}

static int by_moment(const void *a, const void *b)
{
    const struct mail *x = *(const struct mail *const *)a;
    const struct mail *y = *(const struct mail *const *)b;

    return is_sooner(x, y) ? -1 : is_sooner(y, x);
}

size_t mailbox_later(const struct mailbox *box, struct mail **out)
{
    size_t count = 0;

    for (size_t i = 0; i < box->heap_count; i++)
        if (box->heap[i]->state == MAIL_LATER)
            out[count++] = box->heap[i];
    qsort((void *)out, count, sizeof(struct mail *), by_moment);
    return count;
}

void mailbox_drop(struct mailbox *box, struct mail *m)
{
    assert(m->state == MAIL_LATER);
    leave_heap(box, m);
    remove_mail(box, m);
}
