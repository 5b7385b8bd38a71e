// AES-256-GCM through the calling thread's cipher context. The key schedule is set anew for each
// message: it costs 0.2 µs, and no context has to belong to a key.
#include "crypto/aead.h"

#include "core/heap.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "crypto/lib_impl.h"
#include "sys/world.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct aead_key {
    uint8_t secret[AEAD_KEY_BYTES];
    uint8_t nonce_head[AEAD_NONCE_BYTES - sizeof(uint64_t)];
    _Atomic uint64_t nonce_next; // from a random start; may wrap
};

struct aead_key *aead_key_new(struct world *w, const uint8_t secret[AEAD_KEY_BYTES])
{
    struct aead_key *k = heap_new(struct aead_key);
    uint64_t first = 0;

    memcpy(k->secret, secret, AEAD_KEY_BYTES);
    world_random(w, k->nonce_head, sizeof k->nonce_head);
    world_random(w, &first, sizeof first);
    atomic_init(&k->nonce_next, first);
    return k;
}

void aead_key_free(struct aead_key *k)
{
    if (!k)
        return;
    digest_wipe(k->secret, sizeof k->secret);
    free(k);
}

void aead_seal_into(struct aead_key *k, struct str associated, struct str plain, char *out)
{
    uint8_t nonce[AEAD_NONCE_BYTES];
    uint64_t number = atomic_fetch_add_explicit(&k->nonce_next, 1, memory_order_relaxed);

    memcpy(nonce, k->nonce_head, sizeof k->nonce_head);
    memcpy(nonce + sizeof k->nonce_head, &number, sizeof number);
    aead_seal_with(k, nonce, associated, plain, out);
}

struct str aead_seal(struct scope *s, struct aead_key *k, struct str associated, struct str plain)
{
    assert(plain.bytes <= AEAD_BYTES_MAX);
    char *out = scope_bytes(s, plain.bytes + AEAD_EXTRA_BYTES);

    aead_seal_into(k, associated, plain, out);
    return str_of(out, plain.bytes + AEAD_EXTRA_BYTES);
}

static const unsigned char *bytes_of(struct str text)
{
    return (const unsigned char *)text.data;
}

void aead_seal_with(const struct aead_key *k, const uint8_t nonce[AEAD_NONCE_BYTES],
                    struct str associated, struct str plain, char *out)
{
    EVP_CIPHER_CTX *context = crypto_thread()->cipher;
    unsigned char *ciphertext = (unsigned char *)out + AEAD_NONCE_BYTES;
    int bytes = 0;

    assert(plain.bytes <= AEAD_BYTES_MAX && associated.bytes <= AEAD_BYTES_MAX);
    memcpy(out, nonce, AEAD_NONCE_BYTES);
    bool sealed =
        EVP_EncryptInit_ex2(context, crypto_aes_256_gcm(), k->secret, nonce, NULL) == 1 &&
        EVP_EncryptUpdate(context, NULL, &bytes, bytes_of(associated), (int)associated.bytes) ==
            1 &&
        EVP_EncryptUpdate(context, ciphertext, &bytes, bytes_of(plain), (int)plain.bytes) == 1 &&
        EVP_EncryptFinal_ex(context, ciphertext + plain.bytes, &bytes) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_BYTES,
                            ciphertext + plain.bytes) == 1;
    assert(sealed);
}

enum status aead_open_into(struct scope *s, const struct aead_key *k, struct str associated,
                           struct str sealed, char *out)
{
    EVP_CIPHER_CTX *context = crypto_thread()->cipher;
    unsigned char tag[AEAD_TAG_BYTES];
    int bytes = 0;

    if (sealed.bytes < AEAD_EXTRA_BYTES || sealed.bytes - AEAD_EXTRA_BYTES > AEAD_BYTES_MAX)
        return fail(s, CORRUPT, "sealed bytes are %zu long, which no sealing gives", sealed.bytes);
    size_t plain_bytes = sealed.bytes - AEAD_EXTRA_BYTES;
    const unsigned char *nonce = bytes_of(sealed);
    const unsigned char *ciphertext = nonce + AEAD_NONCE_BYTES;
    memcpy(tag, ciphertext + plain_bytes, sizeof tag);
    assert(associated.bytes <= AEAD_BYTES_MAX);
    bool ready = EVP_DecryptInit_ex2(context, crypto_aes_256_gcm(), k->secret, nonce, NULL) == 1 &&
                 EVP_DecryptUpdate(context, NULL, &bytes, bytes_of(associated),
                                   (int)associated.bytes) == 1 &&
                 EVP_DecryptUpdate(context, (unsigned char *)out, &bytes, ciphertext,
                                   (int)plain_bytes) == 1 &&
                 EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_BYTES, tag) == 1;
    assert(ready);
    if (EVP_DecryptFinal_ex(context, (unsigned char *)out + plain_bytes, &bytes) == 1)
        return OK;
    memset(out, 0, plain_bytes); // nobody may see what was not authenticated
    return fail(s, CORRUPT, "sealed bytes were altered, or belong to another key or place");
}

enum status aead_open(struct scope *s, const struct aead_key *k, struct str associated,
                      struct str sealed, struct str *out)
{
    size_t room = sealed.bytes > AEAD_EXTRA_BYTES ? sealed.bytes - AEAD_EXTRA_BYTES : 0;
    char *plain = scope_bytes(s, room + 1);

    TRY(aead_open_into(s, k, associated, sealed, plain));
    *out = str_of(plain, room);
    return OK;
}

struct str aead_wrap(struct scope *s, struct aead_key *master, struct str context,
                     const uint8_t key[AEAD_KEY_BYTES])
{
    return aead_seal(s, master, context, str_of(key, AEAD_KEY_BYTES));
}

enum status aead_unwrap(struct scope *s, const struct aead_key *master, struct str context,
                        struct str wrapped, uint8_t key[AEAD_KEY_BYTES])
{
    if (wrapped.bytes != AEAD_WRAPPED_BYTES)
        return fail(s, CORRUPT, "a wrapped key has %d bytes, not %zu", AEAD_WRAPPED_BYTES,
                    wrapped.bytes);
    return aead_open_into(s, master, context, wrapped, (char *)key);
}
