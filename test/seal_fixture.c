#include "test/seal_fixture.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/signer.h"
#include "test/pdf_fixture.h"

#include <stdio.h>
#include <stdlib.h>

// Also for programs without the harness.
static void must(struct scope *s, enum status e)
{
    if (e == OK)
        return;
    (void)fprintf(stderr, "seal fixture: %.*s\n", STR(scope_why(s)));
    abort();
}

struct seal_fixture seal_fixture(struct scope *s, enum authority_key key)
{
    struct authority_order order = {
        .name = str("Test Authority"),
        .organization = str("Sheaf tests, trusted by nobody"),
        .valid_from_us = SEAL_FIXTURE_AT_US - 30 * MOMENT_DAY_US,
        .valid_until_us = SEAL_FIXTURE_AT_US + 365 * MOMENT_DAY_US,
    };
    struct authority *a = NULL;
    struct authority_issued issued = {0};
    struct seal_fixture f;

    must(s, authority_new(s, &order, &a));
    order.name = str("Test Seal");
    order.key = key;
    must(s, authority_issue(s, a, &order, &issued));
    f = (struct seal_fixture){
        .chain_pem = issued.chain_pem, .key_pem = issued.key_pem, .trust_pem = authority_pem(a)};
    must(s, signer_open(s, f.chain_pem, f.key_pem, &f.signer));
    order.name = str("Test Clock");
    order.key = AUTHORITY_P256;
    order.purpose = AUTHORITY_TIMESTAMPING;
    must(s, authority_issue(s, a, &order, &issued));
    must(s, signer_open(s, issued.chain_pem, issued.key_pem, &f.stamper));
    return f;
}

enum status seal_fixture_ask(struct scope *s, void *context, struct str request,
                             struct str *response)
{
    const struct stamper_fixture *stamper = context;

    if (stamper->fails != OK)
        return fail(s, stamper->fails, "the authority is away");
    return timestamp_answer(s, stamper->f->stamper, request, SEAL_FIXTURE_AT_US + MOMENT_SECOND_US,
                            stamper->fault, response);
}

struct str seal_fixture_seal(struct scope *s, const struct seal_fixture *f, struct str pdf)
{
    struct str out = pdf;

    must(s, pdf_seal(s, pdf,
                     &(struct seal_options){.signer = f->signer,
                                            .at_us = SEAL_FIXTURE_AT_US,
                                            .name = str("Sheaf"),
                                            .reason = str("Seal of a test")},
                     &out));
    return out;
}

static size_t count_of(struct str text, const char *part)
{
    size_t count = 0;

    for (size_t at = str_find(text, str(part)); at < text.bytes; at = str_find(text, str(part))) {
        text = str_slice(text, at + 1, text.bytes);
        count++;
    }
    return count;
}

int seal_fixture_valid(struct scope *s, struct str pdf)
{
    int code = 0;
    struct str said =
        pdf_fixture_ask(s, (const char *const[]){"pdfsig", "-nocert", NULL}, pdf, &code);
    size_t all = count_of(said, "Signature Validation:");

    if (code == 127)
        return -1;
    if (count_of(said, "Signature is Valid.") == all)
        return (int)all;
    (void)printf("  pdfsig: %d: %.*s\n", code, STR(said));
    return -2;
}
