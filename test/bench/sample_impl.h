// What a sample receipt says, before it is written in one form or the other. For sample*.c only.
#ifndef SHEAF_TEST_BENCH_SAMPLE_IMPL_H
#define SHEAF_TEST_BENCH_SAMPLE_IMPL_H

#include "core/chance.h"
#include "test/bench/sample.h"

enum {
    SAMPLE_LINES_MIN = 10,
    SAMPLE_LINES_MAX = 14,
    SAMPLE_RATES = 3, // 25, 12 and 6 percent
    SAMPLE_NUMBER_BYTES = 16,
    SAMPLE_SHOPS = 16,
};

extern const unsigned sample_rates[SAMPLE_RATES];

struct product {
    struct str text;
    struct str sku;
    bool by_weight;
    int64_t price_cents;
    unsigned rate; // place in sample_rates
};

struct shop {
    struct str name;
    struct str street;
    struct str city;
};

struct draft_line {
    const struct product *product;
    unsigned quantity; // thousandths when by weight
    int64_t price_cents;
    int64_t amount_cents; // VAT included
};

struct draft_vat {
    bool used;
    int64_t base_cents;
    int64_t vat_cents;
};

// The flaws that are numbers are in here already.
struct draft {
    enum sample_flaw flaw;
    unsigned client;
    char number[SAMPLE_NUMBER_BYTES]; // digits and letters without a NUL
    struct date date;
    unsigned second_of_day;
    unsigned till;
    const char *cashier;
    const struct shop *shop;
    struct draft_line lines[SAMPLE_LINES_MAX];
    unsigned line_count;
    struct draft_vat vat[SAMPLE_RATES];
    int64_t total_cents;
    bool by_card;
    uint64_t card; // digits of the loyalty card and of the payment's reference
};

// Fills a draft with the n-th receipt but its flaw.
void sample_draft(const struct sampler_options *options, uint64_t n, struct chance *c,
                  struct draft *out);
// Makes it wrong in the way `out->flaw` says, where that is a matter of numbers.
void sample_spoil(struct draft *out);

// Write a draft; return the end.
char *sample_put_json(char *at, const struct draft *d);
char *sample_put_xml(char *at, const struct draft *d);

// Pieces of both forms.
char *sample_put(char *at, struct str text);
char *sample_put_z(char *at, const char *z);
char *sample_put_digits(char *at, uint64_t number, unsigned digits);
char *sample_put_number(char *at, uint64_t number);
char *sample_put_cents(char *at, int64_t cents);
char *sample_put_quantity(char *at, const struct draft_line *line);
char *sample_put_client(char *at, unsigned client);
char *sample_put_moment(char *at, const struct draft *d);

#endif
