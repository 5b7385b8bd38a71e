// Compression first, encryption second; the head and the place are authenticated with the content.
#include "store/embedded/sealer.h"

#include "core/heap.h"
#include "core/scope.h"
#include "crypto/aead.h"
#include "store/compress.h"
#include "store/embedded/pack.h"
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>

enum form { FORM_PLAIN = 0, FORM_PACKED = 1 };

enum {
    // Shorter contents gain less than the 3 to 5 µs that trying costs.
    PACK_BYTES_MIN = 1024,
    PACK_BYTES_MIN_DICTIONARY = 64,
    SCRATCH_BYTES = 16384,
    OWNER_BYTES_MAX = 64,
    ASSOCIATED_BYTES_MAX = OWNER_BYTES_MAX + PARTITION_BYTES_MAX + SORT_BYTES_MAX + 8,
    HEAD_BYTES_MAX = 11,
};

static_assert(HEAD_BYTES_MAX + AEAD_EXTRA_BYTES <= SEALER_EXTRA_BYTES, "room for the head");

struct sealer {
    struct aead_key *key;
    struct compressor *compressors[SEALER_DICTIONARIES_MAX + 1]; // by number; 0: no dictionary
};

struct sealer *sealer_new(struct world *w, const uint8_t key[32])
{
    struct sealer *sealer = heap_new(struct sealer);

    sealer->key = aead_key_new(w, key);
    sealer->compressors[0] = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    return sealer;
}

void sealer_free(struct sealer *sealer)
{
    if (!sealer)
        return;
    for (size_t i = 0; i <= SEALER_DICTIONARIES_MAX; i++)
        compressor_free(sealer->compressors[i]);
    aead_key_free(sealer->key);
    free(sealer);
}

void sealer_add_dictionary(struct sealer *sealer, unsigned number, struct str sample)
{
    assert(number > 0 && number <= SEALER_DICTIONARIES_MAX && !sealer->compressors[number]);
    sealer->compressors[number] = compressor_new(sample, COMPRESS_LEVEL_FAST);
}

// What the sealed bytes are bound to: the form and the place, each part with an end that cannot be
// mistaken.
static struct str associated(const struct sealer_place *place, struct str head,
                             char room[ASSOCIATED_BYTES_MAX + HEAD_BYTES_MAX])
{
    struct str owner = str(place->owner);
    uint32_t partition_bytes = (uint32_t)place->partition.bytes;
    char *at = room;

    assert(owner.bytes <= OWNER_BYTES_MAX && place->partition.bytes <= PARTITION_BYTES_MAX &&
           place->sort.bytes <= SORT_BYTES_MAX && head.bytes <= HEAD_BYTES_MAX);
    at = mempcpy(at, head.data, head.bytes);
    at = mempcpy(at, owner.data, owner.bytes);
    *at++ = 0;
    at = mempcpy(at, &partition_bytes, sizeof partition_bytes);
    if (place->partition.bytes)
        at = mempcpy(at, place->partition.data, place->partition.bytes);
    if (place->sort.bytes)
        at = mempcpy(at, place->sort.data, place->sort.bytes);
    return str_of(room, (size_t)(at - room));
}

static size_t seal_as(struct sealer *sealer, const struct sealer_place *place, enum form form,
                      struct str content, char *out)
{
    char room[ASSOCIATED_BYTES_MAX + HEAD_BYTES_MAX];
    size_t head = 0;

    out[head++] = (char)form;
    if (form == FORM_PACKED) {
        unsigned number = place->dictionary;
        for (; number >= 0x80; number >>= 7)
            out[head++] = (char)(number | 0x80);
        out[head++] = (char)number;
    }
    aead_seal_into(sealer->key, associated(place, str_of(out, head), room), content, out + head);
    return head + content.bytes + AEAD_EXTRA_BYTES;
}

static size_t seal_packed(struct sealer *sealer, const struct sealer_place *place, struct str plain,
                          char *scratch, char *out)
{
    size_t bytes = compress_into(sealer->compressors[place->dictionary], plain, scratch);

    if (bytes == 0)
        return seal_as(sealer, place, FORM_PLAIN, plain, out);
    return seal_as(sealer, place, FORM_PACKED, str_of(scratch, bytes), out);
}

size_t sealer_seal(struct sealer *sealer, const struct sealer_place *place, struct str plain,
                   char *out)
{
    char scratch[SCRATCH_BYTES];
    size_t bytes_min = place->dictionary ? PACK_BYTES_MIN_DICTIONARY : PACK_BYTES_MIN;

    if (plain.bytes < bytes_min)
        return seal_as(sealer, place, FORM_PLAIN, plain, out);
    if (plain.bytes <= sizeof scratch)
        return seal_packed(sealer, place, plain, scratch, out);
    char *large = heap_alloc(plain.bytes);
    size_t bytes = seal_packed(sealer, place, plain, large, out);
    free(large);
    return bytes;
}

enum status sealer_open(struct scope *s, struct sealer *sealer, const struct sealer_place *place,
                        struct str sealed, struct str *out)
{
    char room[ASSOCIATED_BYTES_MAX + HEAD_BYTES_MAX];
    struct unpack u = unpack_of(sealed);
    uint64_t form = unpack_number(&u);
    uint64_t dictionary = form == FORM_PACKED ? unpack_number(&u) : 0;

    if (u.bad || form > FORM_PACKED || dictionary > SEALER_DICTIONARIES_MAX ||
        !sealer->compressors[dictionary])
        return fail(s, CORRUPT, "%s: content is damaged: unknown form", place->owner);
    struct str head = str_of(sealed.data, (size_t)(u.at - sealed.data));
    struct str body = str_of(u.at, (size_t)(u.end - u.at));
    if (aead_open(s, sealer->key, associated(place, head, room), body, out) != OK)
        return fail(s, CORRUPT, "%s: content is damaged: %.*s", place->owner, STR(scope_why(s)));
    if (form == FORM_PLAIN)
        return OK;
    return decompress(s, sealer->compressors[dictionary], *out, CHANGE_BYTES_MAX, out);
}
