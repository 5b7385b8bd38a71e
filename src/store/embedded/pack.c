// Numbers are written seven bits a byte, the lowest first, with the top bit on all but the last.
#include "store/embedded/pack.h"

#include "core/heap.h"

#include <assert.h>
#include <stdlib.h>

enum { ROOM_FIRST = 1024, NUMBER_BYTES_MAX = 10 };

void pack_fini(struct pack *p)
{
    free(p->data);
    *p = (struct pack){0};
}

char *pack_reserve(struct pack *p, size_t bytes)
{
    if (bytes > p->room - p->bytes) {
        size_t room = p->room ? p->room : ROOM_FIRST;
        while (room - p->bytes < bytes)
            room *= 2;
        p->data = heap_resize(p->data, room, 1);
        p->room = room;
    }
    char *at = p->data + p->bytes;
    p->bytes += bytes;
    return at;
}

void pack_bytes(struct pack *p, struct str text)
{
    if (text.bytes)
        memcpy(pack_reserve(p, text.bytes), text.data, text.bytes);
}

void pack_number(struct pack *p, uint64_t number)
{
    char *at = pack_reserve(p, NUMBER_BYTES_MAX);
    char *from = at;

    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(number | 0x80);
    *at++ = (char)number;
    p->bytes -= NUMBER_BYTES_MAX - (size_t)(at - from);
}

void pack_str(struct pack *p, struct str text)
{
    pack_number(p, text.bytes);
    pack_bytes(p, text);
}

struct str unpack_bytes(struct unpack *u, size_t bytes)
{
    if (u->bad || bytes > (size_t)(u->end - u->at)) {
        u->bad = true;
        return (struct str){0};
    }
    struct str text = str_of(u->at, bytes);
    u->at += bytes;
    return text;
}

uint64_t unpack_number(struct unpack *u)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (unpack_ended(u))
            break;
        uint8_t byte = (uint8_t)*u->at++;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return number;
    }
    u->bad = true;
    return 0;
}

struct str unpack_str(struct unpack *u)
{
    uint64_t bytes = unpack_number(u);

    if (bytes > SIZE_MAX / 2)
        u->bad = true;
    return unpack_bytes(u, (size_t)bytes);
}
