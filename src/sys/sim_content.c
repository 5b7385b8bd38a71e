// The bytes of a simulated file: the current view as one array, and the unflushed changes as an
// undo log. Undoing a change swaps its bytes with the array, so the log then holds what was
// written and can be done again in part: a power cut undoes everything, newest first, and does
// again, oldest first, what the disk happened to have kept.
#include "core/heap.h"
#include "sys/sim_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void content_fini(struct content *c)
{
    free(c->data);
    free(c->changes);
    free(c->replaced);
    *c = (struct content){0};
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t content_read(const struct content *c, uint64_t offset, void *out, size_t bytes)
{
    if (offset >= c->bytes)
        return 0;
    size_t part = smaller(bytes, c->bytes - (size_t)offset);
    if (part)
        memcpy(out, c->data + offset, part);
    return part;
}

static void make_room(struct content *c, size_t bytes)
{
    if (bytes <= c->room)
        return;
    size_t room = larger(bytes, c->room * 2);
    c->data = heap_resize(c->data, room, 1);
    memset(c->data + c->room, 0, room - c->room);
    c->room = room;
}

// Notes a change that is about to be made, and keeps the `bytes` bytes that it replaces.
static void remember(struct content *c, struct content_change change)
{
    if (c->change_count == c->change_room) {
        c->change_room = larger(8, c->change_room * 2);
        c->changes = heap_resize(c->changes, c->change_room, sizeof *c->changes);
    }
    if (change.bytes > c->replaced_room - c->replaced_bytes) {
        c->replaced_room = larger(c->replaced_bytes + change.bytes, c->replaced_room * 2);
        c->replaced = heap_resize(c->replaced, c->replaced_room, 1);
    }
    change.replaced_at = c->replaced_bytes;
    if (change.bytes)
        memcpy(c->replaced + change.replaced_at, c->data + change.from, change.bytes);
    c->replaced_bytes += change.bytes;
    c->changes[c->change_count++] = change;
}

int content_write(struct content *c, uint64_t offset, struct str data)
{
    if (data.bytes == 0)
        return 0;
    if (offset > CONTENT_BYTES_MAX || data.bytes > CONTENT_BYTES_MAX - offset)
        return EFBIG;
    size_t end = (size_t)offset + data.bytes;
    make_room(c, end);
    remember(c, (struct content_change){.is_write = true,
                                        .from = (size_t)offset,
                                        .bytes = data.bytes,
                                        .length_before = c->bytes,
                                        .length_after = larger(c->bytes, end)});
    memcpy(c->data + offset, data.data, data.bytes);
    c->bytes = larger(c->bytes, end);
    return 0;
}

static void set_length(struct content *c, size_t bytes)
{
    make_room(c, bytes);
    if (bytes < c->bytes)
        memset(c->data + bytes, 0, c->bytes - bytes);
    c->bytes = bytes;
}

int content_truncate(struct content *c, uint64_t bytes)
{
    if (bytes > CONTENT_BYTES_MAX)
        return EFBIG;
    size_t length = (size_t)bytes;
    size_t from = smaller(length, c->bytes);
    remember(c, (struct content_change){.from = from,
                                        .bytes = c->bytes - from,
                                        .length_before = c->bytes,
                                        .length_after = length});
    set_length(c, length);
    return 0;
}

void content_flush(struct content *c)
{
    c->change_count = 0;
    c->replaced_bytes = 0;
}

void content_flush_partly(struct content *c, struct chance *chance)
{
    for (size_t i = 0; i < c->change_count; i++)
        c->changes[i].survives |= chance_coin(chance);
}

static void undo(struct content *c, const struct content_change *change)
{
    char *now = c->data + change->from;
    char *before = c->replaced + change->replaced_at;

    for (size_t i = 0; i < change->bytes; i++) {
        char swapped = now[i];
        now[i] = before[i];
        before[i] = swapped;
    }
    c->bytes = change->length_before;
}

// Writes what the disk kept of a write, sector by sector. A sector that is kept takes the length
// with it; bytes before it that were lost read as zero.
static void write_again(struct content *c, const struct content_change *change,
                        struct chance *chance)
{
    size_t end = change->from + change->bytes;
    size_t from = change->from;

    while (from < end) {
        size_t to = smaller(end, (from / SECTOR_BYTES + 1) * SECTOR_BYTES);
        if (change->survives || chance_coin(chance)) {
            memcpy(c->data + from, c->replaced + change->replaced_at + (from - change->from),
                   to - from);
            c->bytes = larger(c->bytes, to);
        }
        from = to;
    }
    // The length is kept apart from the bytes.
    if (c->bytes < change->length_after && change->length_before < change->length_after &&
        chance_coin(chance))
        set_length(c, change->length_after);
}

void content_cut(struct content *c, struct chance *chance)
{
    for (size_t i = c->change_count; i > 0; i--)
        undo(c, &c->changes[i - 1]);
    for (size_t i = 0; i < c->change_count; i++) {
        const struct content_change *change = &c->changes[i];
        if (change->is_write)
            write_again(c, change, chance);
        else if (change->survives || chance_coin(chance))
            set_length(c, change->length_after);
    }
    content_flush(c);
}

void content_trim(struct content *c)
{
    if (c->change_count > 0)
        return;
    free(c->changes);
    free(c->replaced);
    c->changes = NULL;
    c->replaced = NULL;
    c->change_room = 0;
    c->replaced_room = 0;
}
