// Measures joining, stamping, sealing and verifying of PDFs on one core and prints a line of JSON
// for each. The sources are files as other people's programs write them: uncompressed trailers, a
// font in every file. usage: bench-pdf [FILES] [BYTES OF THE FONT]
#include "core/scope.h"
#include "document/pdf/assemble.h"
#include "document/pdf/inspect.h"
#include "document/pdf/stamp.h"
#include "document/seal/plan.h"
#include "document/seal/seal.h"
#include "document/seal/verify.h"
#include "test/pdf_fixture.h"
#include "test/seal_fixture.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILES = 1000, FONT_BYTES = 55000, NUMBER_MAX = 1000000, SEALS = 500 };

static const size_t memory_max = (size_t)4 << 30;

static double now(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(enum status e, struct scope *s)
{
    if (e != OK) {
        (void)fprintf(stderr, "bench-pdf: %.*s\n", STR(scope_why(s)));
        exit(1);
    }
}

static void print(const char *what, size_t pages, double seconds, size_t bytes_in, size_t bytes_out)
{
    (void)printf("{\"bench\":\"%s\",\"pages\":%zu,\"cpuSeconds\":%.3f,\"pagesPerSecond\":%.0f,"
                 "\"bytesIn\":%zu,\"bytesOut\":%zu}\n",
                 what, pages, seconds, (double)pages / seconds, bytes_in, bytes_out);
    (void)fflush(stdout);
}

static struct str *make_files(struct scope *s, size_t count, size_t font_bytes, size_t *bytes)
{
    struct str *files = scope_array(s, count, sizeof *files);

    for (size_t i = 0; i < count; i++) {
        struct scope *one = scope_open(memory_max);
        struct pdf_fixture f = {.pages = 1, .shared_bytes = font_bytes};
        f.word = str_z(one, str_format(one, "Contract %zu with some words of its own, page", i));
        files[i] = str_copy(s, pdf_fixture(one, &f));
        *bytes += files[i].bytes;
        scope_close(one);
    }
    return files;
}

static struct str bench_join(struct scope *s, const struct str *files, size_t count, size_t bytes)
{
    struct assembly *a = assembly_new(s);
    struct assembled_part part = {0};
    struct str out = {0};
    double start = now();

    for (size_t i = 0; i < count; i++)
        check(assembly_add(a, files[i], (struct str){0}, &part), s);
    check(assembly_finish(a, &(struct assembly_about){0}, &out), s);
    print("pdf_join", part.first_page + part.page_count, now() - start, bytes, out.bytes);
    return out;
}

static void bench_stamp(struct scope *s, const char *what, struct str pdf)
{
    static const struct str lines[] = {STR_INIT("Signerad av Åsa Öberg 2025-11-30 14:12"),
                                       STR_INIT("0193a8f0-7d2e-7c44-a2b1-55d7c1f0a9be")};
    struct pdf_stamp stamp = {.lines = lines, .line_count = 2};
    struct pdf_stamped out = {0};
    double start = now();

    check(pdf_stamp(s, pdf, &stamp, &out), s);
    print(what, out.page_count, now() - start, pdf.bytes, out.pdf.bytes);
}

static struct str signed_file(struct scope *s, size_t pages)
{
    struct pdf_fixture f = {
        .pages = pages,
        .shared_bytes = FONT_BYTES,
        .catalog = "/AcroForm << /Fields [10 0 R] /SigFlags 3 >>",
        .more = "10 0 obj << /FT /Sig /T (Dealer) /V 11 0 R >> endobj "
                "11 0 obj << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >> endobj"};

    return pdf_fixture(s, &f);
}

static void print_rate(const char *what, size_t count, double seconds, size_t bytes)
{
    (void)printf("{\"bench\":\"%s\",\"files\":%zu,\"cpuSeconds\":%.3f,\"filesPerSecond\":%.0f,"
                 "\"bytesEach\":%zu}\n",
                 what, count, seconds, (double)count / seconds, bytes);
    (void)fflush(stdout);
}

// One page, sealed again and again; the last seal is verified as often.
static void bench_seal(struct scope *s, const char *what, enum authority_key key, bool stamped)
{
    struct seal_fixture f = seal_fixture(s, key);
    struct stamper_fixture authority = {.f = &f};
    struct timestamper stamper = {.ask = seal_fixture_ask, .context = &authority};
    struct seal_options options = {
        .signer = f.signer, .at_us = SEAL_FIXTURE_AT_US, .timestamper = stamped ? &stamper : NULL};
    struct str page = pdf_fixture(s, &(struct pdf_fixture){.pages = 1, .shared_bytes = 20000});
    struct scope *one = scope_open_roomy(memory_max, 4 << 20);
    struct verification v = {0};
    struct str out = {0};
    double start = now();

    for (int i = 0; i < SEALS; i++) {
        scope_reset(one);
        check(pdf_seal(one, page, &options, &out), one);
    }
    print_rate(what, SEALS, now() - start, out.bytes);
    out = str_copy(s, out);
    start = now();
    for (int i = 0; i < SEALS; i++) {
        scope_reset(one);
        check(pdf_verify(one, out, &(struct verify_options){.now_us = SEAL_FIXTURE_AT_US}, &v),
              one);
    }
    print_rate(str_z(s, str_concat(s, 2, str("verify_"), str(what))), SEALS, now() - start,
               out.bytes);
    scope_close(one);
}

// What is signed by another gets stamps and a second signature, and all of it is verified.
static void bench_bundle(struct scope *s, struct str bundle)
{
    static const struct str lines[] = {STR_INIT("Signerad av Åsa Öberg 2025-11-30 14:12"),
                                       STR_INIT("0193a8f0-7d2e-7c44-a2b1-55d7c1f0a9be")};
    struct pdf_stamp stamp = {.lines = lines, .line_count = 2};
    struct seal_fixture f = seal_fixture(s, AUTHORITY_RSA2048);
    struct seal_options options = {.signer = f.signer, .at_us = SEAL_FIXTURE_AT_US};
    struct stamped_and_sealed out = {0};
    struct verification v = {0};
    struct str pdf = seal_fixture_seal(s, &f, bundle);
    double start = now();

    check(stamp_and_seal(s, pdf, &stamp, &options, &out), s);
    print("stamp_and_seal_signed", out.page_count, now() - start, pdf.bytes, out.pdf.bytes);
    start = now();
    check(pdf_verify(s, out.pdf, &(struct verify_options){.now_us = SEAL_FIXTURE_AT_US}, &v), s);
    print("verify_stamped_and_sealed", out.page_count, now() - start, out.pdf.bytes, 0);
    if (v.count != 2 || v.worst != SIGNATURE_CHANGED)
        check(fail(s, INTERNAL, "the signatures are not as they should be"), s);
}

static size_t argument(int argc, char **argv, int index, size_t otherwise)
{
    uint64_t number = 0;

    return argc > index && str_to_u64(str(argv[index]), NUMBER_MAX, &number) ? (size_t)number
                                                                             : otherwise;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(memory_max);
    size_t count = argument(argc, argv, 1, FILES);
    size_t bytes = 0;
    struct str *files = make_files(s, count, argument(argc, argv, 2, FONT_BYTES), &bytes);

    struct str joined = bench_join(s, files, count, bytes);
    bench_stamp(s, "pdf_stamp_content", joined);
    bench_stamp(s, "pdf_stamp_annotations", signed_file(s, count));
    bench_bundle(s, joined);
    bench_seal(s, "seal_rsa2048", AUTHORITY_RSA2048, false);
    bench_seal(s, "seal_p256", AUTHORITY_P256, false);
    bench_seal(s, "seal_rsa2048_stamped", AUTHORITY_RSA2048, true);
    scope_close(s);
    return 0;
}
