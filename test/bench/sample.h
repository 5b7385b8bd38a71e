// Sample receipts by the number: the n-th receipt of a seed is the same on every machine, in any
// order, from any thread. Realistic ones of the shipped types (`till` as JSON, about 1.9 kB, and
// `till-xml`), with 10 to 14 lines, sums and VAT right to the cent; some of them wrong on purpose
// when asked for. For the demo, imports, benchmarks and the crash test.
#ifndef SHEAF_TEST_BENCH_SAMPLE_H
#define SHEAF_TEST_BENCH_SAMPLE_H

#include "core/date.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct scope;
struct sampler;

enum { SAMPLE_BYTES_MAX = 4096 };

struct sampler_options {
    uint64_t seed;
    unsigned clients;         // "client-00000" on; 0: 100
    struct date from, to;     // first and last business day
    uint64_t count;           // days follow the numbers 0 to count - 1; 0: days at random
    unsigned invalid_percent; // share of receipts with a flaw
    unsigned xml_percent;     // share of receipts as XML
};

// What is wrong with a sample. The first four are found by validation, so that the receipt is taken
// in and ends FAILED; the others are refused at the door.
enum sample_flaw {
    SAMPLE_SOUND,
    SAMPLE_WRONG_TOTAL,  // the lines add up to something else
    SAMPLE_WRONG_VAT,    // a VAT amount does not follow from its rate
    SAMPLE_WRONG_RATE,   // a line has a rate without a VAT entry
    SAMPLE_WRONG_FORM,   // against the schema
    SAMPLE_UNKNOWN_TYPE, // of no known type: 422
    SAMPLE_BROKEN,       // not JSON, not XML: 400
    SAMPLE_FLAWS,
};

struct sample {
    struct str text; // in the caller's buffer
    bool xml;
    enum sample_flaw flaw;
    unsigned client;   // its number
    struct date date;  // business day
    struct str number; // as in the document, in the caller's buffer
};

// Makes a sampler; it lives as long as `s` and never changes. Asserts that the days are in order.
struct sampler *sampler_new(struct scope *s, const struct sampler_options *options);

// Writes the n-th receipt. Takes about a microsecond.
struct sample sample_write(const struct sampler *sampler, uint64_t n, char out[SAMPLE_BYTES_MAX]);

// Whether the server takes it in, to complete it or to fail it.
bool sample_is_taken(enum sample_flaw flaw);
// "sound", "wrong-total", ... Static.
const char *sample_flaw_name(enum sample_flaw flaw);
// As it stands in the documents: "client-00042". In the scope.
struct str sample_client_name(struct scope *s, unsigned client);
// "application/json" or "application/xml". Static.
const char *sample_media_type(const struct sample *sample);

#endif
