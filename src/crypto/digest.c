// Digests through OpenSSL's fetched algorithms and the calling thread's context.
#include "crypto/digest.h"

#include "core/hex.h"
#include "core/scope.h"
#include "crypto/lib_impl.h"

#include <assert.h>
#include <openssl/crypto.h>

struct digest {
    EVP_MD_CTX *context;
    enum digest_kind kind;
};

size_t digest_bytes(enum digest_kind kind)
{
    static const size_t bytes[DIGEST_KINDS] = {
        [DIGEST_MD5] = 16,    [DIGEST_SHA1] = 20,   [DIGEST_SHA256] = SHA256_BYTES,
        [DIGEST_SHA384] = 48, [DIGEST_SHA512] = 64,
    };

    assert(kind < DIGEST_KINDS);
    return bytes[kind];
}

// OpenSSL's digests fail only when memory is out or they are misused: both end the process.
static void start(EVP_MD_CTX *context, enum digest_kind kind)
{
    int done = EVP_DigestInit_ex2(context, crypto_digest(kind), NULL);
    assert(done == 1);
}

static void add(EVP_MD_CTX *context, const void *data, size_t bytes)
{
    int done = EVP_DigestUpdate(context, data, bytes);
    assert(done == 1);
}

static void finish(EVP_MD_CTX *context, uint8_t *out)
{
    int done = EVP_DigestFinal_ex(context, out, NULL);
    assert(done == 1);
}

void digest_of(enum digest_kind kind, struct str data, uint8_t *out)
{
    EVP_MD_CTX *context = crypto_thread()->digest;

    start(context, kind);
    add(context, data.data, data.bytes);
    finish(context, out);
}

void digest_sha256(struct str data, uint8_t out[SHA256_BYTES])
{
    digest_of(DIGEST_SHA256, data, out);
}

struct str digest_sha256_hex(struct scope *s, struct str data)
{
    uint8_t hash[SHA256_BYTES];

    digest_sha256(data, hash);
    return hex_encode(s, str_of(hash, sizeof hash));
}

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

struct digest *digest_open(struct scope *s, enum digest_kind kind)
{
    struct digest *d = scope_new(s, struct digest);

    *d = (struct digest){.context = EVP_MD_CTX_new(), .kind = kind};
    assert(d->context);
    scope_defer(s, free_context, d->context);
    start(d->context, kind);
    return d;
}

void digest_add(struct digest *d, struct str data)
{
    add(d->context, data.data, data.bytes);
}

void digest_finish(struct digest *d, uint8_t *out)
{
    finish(d->context, out);
    start(d->context, d->kind);
}

bool digest_equal(const void *a, const void *b, size_t bytes)
{
    return CRYPTO_memcmp(a, b, bytes) == 0;
}

bool digest_equal_str(struct str a, struct str b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || digest_equal(a.data, b.data, a.bytes));
}

// RFC 2104, 2: the key is padded with zeros to a block, or is hashed first when longer than one.
// Two padded blocks instead of OpenSSL's MAC objects: as fast, and plain bytes any thread may use.
void hmac_key_init(struct hmac_key *k, struct str secret)
{
    uint8_t block[HMAC_BLOCK_BYTES] = {0};

    if (secret.bytes > sizeof block)
        digest_sha256(secret, block);
    else if (secret.bytes)
        memcpy(block, secret.data, secret.bytes);
    for (size_t i = 0; i < sizeof block; i++) {
        k->inner[i] = block[i] ^ 0x36;
        k->outer[i] = block[i] ^ 0x5c;
    }
    digest_wipe(block, sizeof block);
}

void hmac_sha256(const struct hmac_key *k, const struct str *parts, size_t count,
                 uint8_t out[SHA256_BYTES])
{
    EVP_MD_CTX *context = crypto_thread()->digest;

    start(context, DIGEST_SHA256);
    add(context, k->inner, sizeof k->inner);
    for (size_t i = 0; i < count; i++)
        add(context, parts[i].data, parts[i].bytes);
    finish(context, out);
    start(context, DIGEST_SHA256);
    add(context, k->outer, sizeof k->outer);
    add(context, out, SHA256_BYTES);
    finish(context, out);
}

void hmac_sha256_once(struct str secret, struct str data, uint8_t out[SHA256_BYTES])
{
    struct hmac_key k;

    hmac_key_init(&k, secret);
    hmac_sha256(&k, &data, 1, out);
    digest_wipe(&k, sizeof k);
}

void digest_wipe(void *secret, size_t bytes)
{
    OPENSSL_cleanse(secret, bytes);
}
