// The one place that sets OpenSSL up: algorithms for the process, contexts for each thread.
#include "crypto/lib_impl.h"

#include "core/scope.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static CRYPTO_THREAD_LOCAL contexts_key;
static EVP_MD *digests[DIGEST_KINDS];
static EVP_CIPHER *aes_256_gcm;

static void free_contexts(void *thing)
{
    struct crypto_thread *t = thing;

    if (!t)
        return;
    EVP_MD_CTX_free(t->digest);
    EVP_MD_CTX_free(t->signature);
    EVP_CIPHER_CTX_free(t->cipher);
    OPENSSL_free(t);
}

// What is fetched here is the process's and is never freed.
static void set_up(void)
{
    static const char *const names[DIGEST_KINDS] = {
        [DIGEST_MD5] = "MD5",         [DIGEST_SHA1] = "SHA1",       [DIGEST_SHA256] = "SHA2-256",
        [DIGEST_SHA384] = "SHA2-384", [DIGEST_SHA512] = "SHA2-512",
    };

    for (int i = 0; i < DIGEST_KINDS; i++) {
        digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
        // A machine in FIPS mode has no MD5: whoever asks for it there stops in digest_of().
        assert(digests[i] || i == DIGEST_MD5);
    }
    ERR_clear_error();
    aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    assert(aes_256_gcm);
    int made = CRYPTO_THREAD_init_local(&contexts_key, free_contexts);
    assert(made == 1);
}

static void set_up_once(void)
{
    int ran = CRYPTO_THREAD_run_once(&once, set_up);
    assert(ran == 1);
}

static struct crypto_thread *make_contexts(void)
{
    struct crypto_thread *t = OPENSSL_zalloc(sizeof *t);

    assert(t);
    t->digest = EVP_MD_CTX_new();
    t->signature = EVP_MD_CTX_new();
    t->cipher = EVP_CIPHER_CTX_new();
    assert(t->digest && t->signature && t->cipher);
    int kept = CRYPTO_THREAD_set_local(&contexts_key, t);
    assert(kept == 1);
    return t;
}

struct crypto_thread *crypto_thread(void)
{
    set_up_once();
    struct crypto_thread *t = CRYPTO_THREAD_get_local(&contexts_key);

    return t ? t : make_contexts();
}

const EVP_MD *crypto_digest(enum digest_kind kind)
{
    set_up_once();
    assert(kind < DIGEST_KINDS && digests[kind]);
    return digests[kind];
}

const EVP_CIPHER *crypto_aes_256_gcm(void)
{
    set_up_once();
    return aes_256_gcm;
}

void crypto_free_pkey(void *pkey)
{
    EVP_PKEY_free(pkey);
}

static void free_bio(void *bio)
{
    BIO_free_all(bio);
}

BIO *crypto_open_text(struct scope *s, struct str text)
{
    assert(text.bytes <= INT_MAX);
    BIO *bio = BIO_new_mem_buf(text.bytes ? text.data : "", (int)text.bytes);

    assert(bio);
    scope_defer(s, free_bio, bio);
    return bio;
}

int crypto_no_passphrase(char *out, int bytes_max, int writing, void *context)
{
    (void)out;
    (void)bytes_max;
    (void)writing;
    (void)context;
    return 0;
}

enum status crypto_fail(struct scope *s, enum status e, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return fail(s, e, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}
