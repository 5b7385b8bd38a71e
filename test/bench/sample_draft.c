// What stands in the n-th receipt: products, quantities, prices, and the sums that follow.
#include "test/bench/sample_impl.h"

#include <assert.h>

enum { SECONDS_OPEN_FIRST = 7 * 3600, SECONDS_OPEN = 15 * 3600, TILLS = 8, SALT = 0x5eaf };

const unsigned sample_rates[SAMPLE_RATES] = {25, 12, 6};

// The place of a rate in sample_rates.
#define RATE_25 0
#define RATE_12 1
#define RATE_6 2

// clang-format off
static const struct product products[] = {
#define PRODUCT(name, unit, cents, percent) \
    {.text = STR_INIT(name), .by_weight = sizeof(unit) == sizeof "kg", .price_cents = (cents), \
     .rate = RATE_##percent},
#include "test/bench/sample_products.def"
#undef PRODUCT
};

static const struct shop shops[SAMPLE_SHOPS] = {
    {STR_INIT("Livs & Bröd Södermalm"),  STR_INIT("Götgatan 58"),        STR_INIT("Stockholm")},
    {STR_INIT("Nära Dej Haga"),          STR_INIT("Haga Nygata 12"),     STR_INIT("Göteborg")},
    {STR_INIT("Möllans Matmarknad"),     STR_INIT("Bergsgatan 3"),       STR_INIT("Malmö")},
    {STR_INIT("Handelsboden Gamla stan"),STR_INIT("Västerlånggatan 40"), STR_INIT("Stockholm")},
    {STR_INIT("Studentlivs Ultuna"),     STR_INIT("Dag Hammarskjölds väg 101"), STR_INIT("Uppsala")},
    {STR_INIT("Torghallen"),             STR_INIT("Stora torget 1"),     STR_INIT("Linköping")},
    {STR_INIT("Bruksboa"),               STR_INIT("Järnvägsgatan 7"),    STR_INIT("Sandviken")},
    {STR_INIT("Norrlands Varuhus"),      STR_INIT("Storgatan 55"),       STR_INIT("Umeå")},
    {STR_INIT("Skärgårdshandeln"),       STR_INIT("Hamnvägen 2"),        STR_INIT("Vaxholm")},
    {STR_INIT("Kvarterets Kiosk"),       STR_INIT("Kungsgatan 21"),      STR_INIT("Örebro")},
    {STR_INIT("Bok & Papper"),           STR_INIT("Ågatan 9"),           STR_INIT("Västerås")},
    {STR_INIT("Järn & Färg"),            STR_INIT("Industrigatan 14"),   STR_INIT("Jönköping")},
    {STR_INIT("Stationens Servicebutik"),STR_INIT("Centralplan 1"),      STR_INIT("Gävle")},
    {STR_INIT("Ekohyllan"),              STR_INIT("Bangatan 30"),        STR_INIT("Lund")},
    {STR_INIT("Fjällboden"),             STR_INIT("Åregården 4"),        STR_INIT("Åre")},
    {STR_INIT("Kustens Livs"),           STR_INIT("Strandpromenaden 11"),STR_INIT("Visby")},
};

static const char *const cashiers[] = {
    "Maja L", "Omar K", "Elin S", "Nils A", "Fatima H", "Sara B", "Oskar W", "Självscanning",
};
// clang-format on

enum { PRODUCTS = sizeof products / sizeof products[0] };

static struct date day_of(const struct sampler_options *o, uint64_t n, struct chance *c)
{
    uint64_t days = (uint64_t)(date_to_days(o->to) - date_to_days(o->from)) + 1;
    uint64_t day = chance_below(c, days);

    if (o->count > 0)
        day = n < o->count ? (uint64_t)((double)n / (double)o->count * (double)days) : days - 1;
    return date_from_days(date_to_days(o->from) + (int32_t)day);
}

static void draw_line(struct chance *c, unsigned client, struct draft_line *line)
{
    uint64_t draw = chance_u64(c);
    const struct product *p = &products[draw % PRODUCTS];

    line->product = p;
    // Shops ask different prices for the same.
    line->price_cents =
        p->price_cents + (int64_t)(client % 7) * (p->price_cents / 100) + (int64_t)(client % 3) * 5;
    line->quantity = 1 + ((draw >> 32) % 10 >= 7 ? (unsigned)((draw >> 40) % 4) : 0);
    line->amount_cents = line->price_cents * line->quantity;
    if (p->by_weight) {
        line->quantity = 100 + (unsigned)((draw >> 32) % 1900);
        line->amount_cents = (line->price_cents * line->quantity + 500) / 1000;
    }
}

// VAT is a part of the amount: base and VAT of all lines of a rate, to the cent.
static void add_up(struct draft *d)
{
    int64_t gross[SAMPLE_RATES] = {0};

    d->total_cents = 0;
    for (unsigned i = 0; i < d->line_count; i++)
        gross[d->lines[i].product->rate] += d->lines[i].amount_cents;
    for (unsigned i = 0; i < SAMPLE_RATES; i++) {
        int64_t whole = 100 + (int64_t)sample_rates[i];
        d->vat[i].used = gross[i] > 0;
        d->vat[i].base_cents = (gross[i] * 100 + whole / 2) / whole;
        d->vat[i].vat_cents = gross[i] - d->vat[i].base_cents;
        d->total_cents += gross[i];
    }
}

// Told apart by the seed, so that two runs into one store do not claim the same numbers.
static void number_of(uint64_t seed, uint64_t n, char out[SAMPLE_NUMBER_BYTES])
{
    static const char hex[] = "0123456789ABCDEF";
    struct chance c = chance_seeded(seed ^ SALT);
    uint64_t series = chance_u64(&c);

    for (unsigned i = 0; i < 5; i++)
        out[i] = hex[series >> (4 * i) & 15];
    out[5] = '-';
    (void)sample_put_digits(out + 6, n, SAMPLE_NUMBER_BYTES - 6);
}

void sample_draft(const struct sampler_options *options, uint64_t n, struct chance *c,
                  struct draft *out)
{
    uint64_t draw = chance_u64(c);

    out->client = (unsigned)chance_below(c, options->clients);
    number_of(options->seed, n, out->number);
    out->date = day_of(options, n, c);
    out->second_of_day = SECONDS_OPEN_FIRST + (unsigned)(draw % SECONDS_OPEN);
    out->till = 1 + (unsigned)(draw >> 20) % TILLS;
    out->cashier = cashiers[(draw >> 30) % (sizeof cashiers / sizeof cashiers[0])];
    out->shop = &shops[out->client % SAMPLE_SHOPS];
    out->by_card = (draw >> 40) % 8 != 0;
    out->card = chance_u64(c);
    out->line_count =
        SAMPLE_LINES_MIN + (unsigned)(draw >> 50) % (SAMPLE_LINES_MAX - SAMPLE_LINES_MIN + 1);
    for (unsigned i = 0; i < out->line_count; i++)
        draw_line(c, out->client, &out->lines[i]);
    add_up(out);
}

void sample_spoil(struct draft *d)
{
    unsigned rates = 0;
    struct draft_vat *vat = NULL; // the last one

    for (unsigned i = 0; i < SAMPLE_RATES; i++) {
        rates += d->vat[i].used;
        vat = d->vat[i].used ? &d->vat[i] : vat;
    }
    assert(vat);
    if (d->flaw == SAMPLE_WRONG_RATE && rates == 1)
        d->flaw = SAMPLE_WRONG_VAT; // one must remain: an empty list is against the schema
    if (d->flaw == SAMPLE_WRONG_TOTAL)
        d->total_cents += 1;
    if (d->flaw == SAMPLE_WRONG_RATE)
        vat->used = false;
    if (d->flaw == SAMPLE_WRONG_VAT) { // base and VAT still add up to the lines
        vat->base_cents -= 500;
        vat->vat_cents += 500;
    }
}
