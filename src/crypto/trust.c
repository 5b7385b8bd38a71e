// Trusted certificates as OpenSSL's store of them. Intermediate ones count too: who names a
// certificate means it.
#include "crypto/trust.h"

#include "core/scope.h"
#include "crypto/lib_impl.h"
#include "crypto/trust_impl.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>

static void free_store(void *store)
{
    X509_STORE_free(store);
}

enum status trust_open(struct scope *s, struct str pem, struct trust **out)
{
    struct trust *t = scope_new(s, struct trust);
    size_t count = 0;

    if (pem.bytes > TRUST_BYTES_MAX)
        return fail(s, INVALID, "the file of trusted certificates is longer than %d bytes",
                    TRUST_BYTES_MAX);
    t->store = X509_STORE_new();
    assert(t->store);
    scope_defer(s, free_store, t->store);
    BIO *bio = crypto_open_text(s, pem);
    for (X509 *c = NULL; (c = PEM_read_bio_X509(bio, NULL, crypto_no_passphrase, NULL)); count++) {
        int added = X509_STORE_add_cert(t->store, c);
        assert(added == 1);
        X509_free(c);
    }
    if (count == 0)
        return crypto_fail(s, INVALID, "the file of trusted certificates holds none in PEM");
    ERR_clear_error(); // the end of the text is one
    *out = t;
    return OK;
}
