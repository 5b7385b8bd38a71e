// What the files of crypto/ share of OpenSSL: algorithms, fetched once per process because a fetch
// costs more than the work, and contexts, one set a thread and reused for every call. A context
// is used from the first to the last line of one function and never across a call of this folder.
#ifndef SHEAF_CRYPTO_LIB_IMPL_H
#define SHEAF_CRYPTO_LIB_IMPL_H

#include "core/status.h"
#include "core/str.h"
#include "crypto/digest.h"

#include <openssl/evp.h>

struct scope;

struct crypto_thread {
    EVP_MD_CTX *digest;
    EVP_MD_CTX *signature;
    EVP_CIPHER_CTX *cipher;
};

// Returns the calling thread's contexts; freed when the thread ends.
struct crypto_thread *crypto_thread(void);

const EVP_MD *crypto_digest(enum digest_kind kind);
const EVP_CIPHER *crypto_aes_256_gcm(void);

// For scope_defer(): frees an EVP_PKEY.
void crypto_free_pkey(void *pkey);

// Opens text for OpenSSL's readers of PEM; the scope closes it.
BIO *crypto_open_text(struct scope *s, struct str text);

// Gives no passphrase, so that OpenSSL never asks for one on the terminal.
int crypto_no_passphrase(char *out, int bytes_max, int writing, void *context);

// As fail(), with OpenSSL's newest reason at the end of the sentence; empties its error queue.
enum status crypto_fail(struct scope *s, enum status e, const char *what);

#endif
