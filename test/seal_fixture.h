// Signers for tests, from an authority of their own, and what poppler says of signatures.
#ifndef SHEAF_TEST_SEAL_FIXTURE_H
#define SHEAF_TEST_SEAL_FIXTURE_H

#include "core/str.h"
#include "crypto/authority.h"
#include "crypto/timestamp.h"
#include "document/seal/seal.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;

#define SEAL_FIXTURE_AT_US 1790000000000000 // in September 2026, when the certificates are valid

struct seal_fixture {
    struct signer *signer;
    struct signer *stamper; // of a time-stamp authority under the same authority
    struct str chain_pem, key_pem;
    struct str trust_pem; // the authority
};

// A signer called "Test Seal" with a key of this kind.
struct seal_fixture seal_fixture(struct scope *s, enum authority_key key);

// Asks the fixture's time-stamp authority, which does as told. Context: a struct stamper_fixture.
struct stamper_fixture {
    const struct seal_fixture *f;
    enum timestamp_fault fault;
    enum status fails; // before it is asked
};
enum status seal_fixture_ask(struct scope *s, void *context, struct str request,
                             struct str *response);

// Seals with the fixture's signer at its time; what fails ends the program.
struct str seal_fixture_seal(struct scope *s, const struct seal_fixture *f, struct str pdf);

// How many signatures `pdfsig` finds, all of which it must call valid; prints what it says
// otherwise. Negative: it is not installed.
int seal_fixture_valid(struct scope *s, struct str pdf);

#endif
