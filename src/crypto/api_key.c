// API keys as text: base32 without padding (RFC 4648, 6) in lower case.
#include "crypto/api_key.h"

#include "core/scope.h"
#include "crypto/digest.h"
#include "sys/world.h"

#include <assert.h>

enum {
    ID_BYTES = 10,
    SECRET_BYTES = 32,
    CHECKSUM_BYTES = 3, // one mistyped key in 16 million passes, and then is simply not found
    TAIL_BYTES = SECRET_BYTES + CHECKSUM_BYTES,
    ID_AT = 3, // behind "sk_"
    TAIL_AT = ID_AT + API_KEY_ID_BYTES + 1,
};

static_assert(ID_BYTES % 5 == 0 && TAIL_BYTES % 5 == 0, "base32 comes out even");
static_assert(TAIL_AT + TAIL_BYTES / 5 * 8 == API_KEY_TEXT_BYTES, "the parts add up");

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

// Writes 8 characters for each 5 bytes.
static void encode(const uint8_t *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i += 5) {
        uint64_t group = 0;
        for (size_t j = 0; j < 5; j++)
            group = group << 8 | bytes[i + j];
        for (unsigned shift = 40; shift > 0; shift -= 5)
            *out++ = alphabet[group >> (shift - 5) & 31];
    }
}

static int digit(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

// Reads back what encode() wrote; false when a character is not of the alphabet.
static bool decode(const char *text, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i += 5) {
        uint64_t group = 0;
        for (size_t j = 0; j < 8; j++) {
            int value = digit(*text++);
            if (value < 0)
                return false;
            group = group << 5 | (uint64_t)value;
        }
        for (size_t j = 0; j < 5; j++)
            out[i + j] = (uint8_t)(group >> (32 - 8 * j));
    }
    return true;
}

static void checksum(const uint8_t id[ID_BYTES], const uint8_t secret[SECRET_BYTES],
                     uint8_t out[CHECKSUM_BYTES])
{
    uint8_t all[ID_BYTES + SECRET_BYTES];
    uint8_t hash[SHA256_BYTES];

    memcpy(all, id, ID_BYTES);
    memcpy(all + ID_BYTES, secret, SECRET_BYTES);
    digest_sha256(str_of(all, sizeof all), hash);
    memcpy(out, hash, CHECKSUM_BYTES);
    digest_wipe(all, sizeof all);
}

void api_key_make(struct scope *s, struct world *w, struct api_key *out)
{
    char *text = scope_bytes(s, API_KEY_TEXT_BYTES);
    uint8_t id[ID_BYTES];
    uint8_t tail[TAIL_BYTES];

    world_random(w, id, sizeof id);
    world_random(w, tail, SECRET_BYTES);
    checksum(id, tail, tail + SECRET_BYTES);
    memcpy(text, "sk_", ID_AT);
    encode(id, sizeof id, text + ID_AT);
    text[TAIL_AT - 1] = '_';
    encode(tail, sizeof tail, text + TAIL_AT);
    digest_wipe(tail, sizeof tail);

    out->text = str_of(text, API_KEY_TEXT_BYTES);
    out->id = str_slice(out->text, ID_AT, API_KEY_ID_BYTES);
    api_key_hash(out->text, out->hash);
}

static bool well_formed(struct str text)
{
    uint8_t id[ID_BYTES];
    uint8_t tail[TAIL_BYTES];
    uint8_t sum[CHECKSUM_BYTES];

    if (text.bytes != API_KEY_TEXT_BYTES || !str_starts(text, str("sk_")) ||
        text.data[TAIL_AT - 1] != '_')
        return false;
    if (!decode(text.data + ID_AT, id, sizeof id) ||
        !decode(text.data + TAIL_AT, tail, sizeof tail))
        return false;
    checksum(id, tail, sum);
    bool sound = digest_equal(sum, tail + SECRET_BYTES, sizeof sum);
    digest_wipe(tail, sizeof tail);
    return sound;
}

enum status api_key_read(struct scope *s, struct str text, struct str *id)
{
    if (!well_formed(text)) {
        return fail(s, UNAUTHENTICATED,
                    "the API key is mistyped or incomplete: it has %d "
                    "characters and begins with sk_",
                    API_KEY_TEXT_BYTES);
    }
    *id = str_slice(text, ID_AT, API_KEY_ID_BYTES);
    return OK;
}

void api_key_hash(struct str text, uint8_t out[API_KEY_HASH_BYTES])
{
    digest_sha256(text, out);
}

bool api_key_matches(struct str text, const uint8_t hash[API_KEY_HASH_BYTES])
{
    uint8_t is[API_KEY_HASH_BYTES];

    api_key_hash(text, is);
    return digest_equal(is, hash, sizeof is);
}
