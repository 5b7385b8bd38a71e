// Hostile signatures: the input as a PDF, as what an attacker appends to a signed one, and as the
// value of a signature. What was changed is never called unchanged.
#include "crypto/authority.h"
#include "crypto/signer.h"
#include "document/pdf/repair.h"
#include "document/seal/seal.h"
#include "document/seal/verify.h"
#include "test/fuzz/fuzz.h"

static const int64_t at_us = 1790000000000000;

// Made once: a page with one seal.
static struct str signed_file(void)
{
    static struct str made;

    if (made.bytes)
        return made;
    struct scope *s = scope_open(16 << 20); // the process's
    struct str plain = str("%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
                           "2 0 obj << /Type /Pages /Count 1 /Kids [ 3 0 R ] >> endobj\n"
                           "3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [ 0 0 9 9 ] >> endobj\n"
                           "trailer << /Root 1 0 R /Size 4 >>\n");
    struct authority_order order = {
        .name = str("Fuzz"), .valid_from_us = at_us - 1000000, .valid_until_us = at_us + 1000000};
    struct authority *authority = NULL;
    struct authority_issued issued = {0};
    struct signer *signer = NULL;
    bool done =
        authority_new(s, &order, &authority) == OK &&
        authority_issue(s, authority, &order, &issued) == OK &&
        signer_open(s, issued.chain_pem, issued.key_pem, &signer) == OK &&
        pdf_repair(s, plain, &plain) == OK &&
        pdf_seal(s, plain, &(struct seal_options){.signer = signer, .at_us = at_us}, &made) == OK;
    assert(done);
    return made;
}

static bool is_blank(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != '\0')
            return false;
    }
    return true;
}

FUZZ
{
    struct verify_options options = {.now_us = at_us};
    struct cms_question question = {.now_us = at_us, .parts = &input, .part_count = 1};
    struct verification v = {0};
    struct cms_verdict verdict = {0};
    struct str base = signed_file();

    (void)pdf_verify(s, input, &options, &v);
    struct str whole = str_concat(s, 2, base, input);
    if (pdf_verify(s, whole, &options, &v) == OK) {
        for (size_t i = 0; i < v.count; i++) {
            const uint64_t *range = v.signatures[i].found.byte_range;
            bool covers = range[2] + range[3] == whole.bytes;
            assert(v.signatures[i].verdict != SIGNATURE_VALID || covers || is_blank(input));
        }
    }
    cms_verify(s, input, &question, &verdict);
    assert(verdict.fault != CMS_SOUND);
}
