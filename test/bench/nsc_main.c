// `sample-nsc`: prints an NSC interface file of invented contracts, the same for the same seed, or
// the lookup table of its dealers. Names are common Swedish ones put together by chance; personal
// numbers are from the series that the Swedish tax agency gives for tests (238 and 239).
#include "core/buf.h"
#include "core/chance.h"
#include "core/date.h"
#include "core/scope.h"
#include "test/nsc_draft.h"

#include <stdio.h>
#include <string.h>

enum { SCOPE_BYTES_MAX = 512 << 20, DEALERS_MAX = 1000, FIRST_DEALER = 101 };

static const char usage[] =
    "usage: sample-nsc [--vehicles=1000] [--dealers=12] [--bad=2%] [--form=fixed|delimited]\n"
    "                  [--date=2025-09-15] [--sequence=1] [--seed=1] [--utf8] [--table]\n"
    "Prints a contract file in ISO-8859-1, or with --utf8 in marked UTF-8; with --table the "
    "lookup\n"
    "table of its dealers.\n";

struct wanted {
    uint64_t vehicles, dealers, bad_percent, sequence, seed;
    enum nsc_form form;
    struct date date;
    bool utf8;
    bool table;
};

static const char *const given_names[] = {"Åsa",    "Björn", "Märta", "Örjan", "Elin", "Göran",
                                          "Sofia",  "Håkan", "Karin", "Lars",  "Ylva", "Nils",
                                          "Ingrid", "Östen", "Maja",  "Per"};
static const char *const family_names[] = {"Lindqvist", "Öberg",   "Åkerström", "Sjöblom",
                                           "Nordin",    "Hägg",    "Bergström", "Ek",
                                           "Fällman",   "Wiklund", "Ångström",  "Sandberg"};
static const char *const cities[] = {"Umeå",      "Västerås", "Malmö",     "Örebro",
                                     "Gävle",     "Växjö",    "Luleå",     "Borås",
                                     "Jönköping", "Kalmar",   "Östersund", "Falun"};
static const char *const streets[] = {"Älvgatan",   "Norra Ågatan", "Industrivägen",
                                      "Björkallén", "Hamngatan",    "Östra vägen"};
static const struct {
    const char *make;
    const char *model;
    const char *wmi;
    unsigned price; // in thousands, without VAT
} models[] = {
    {"Norrvind", "Älv 40", "YN1", 240},
    {"Norrvind", "Älv 60 Långfärd", "YN1", 420},
    {"Norrvind", "Fjäll XC", "YN1", 510},
    {"Havsörn", "Kust", "YH2", 310},
    {"Havsörn", "Kust Plus Laddhybrid", "YH2", 390},
    {"Sjöberga", "Transport L2H2", "YS3", 350},
    {"Sjöberga", "Stad El", "YS3", 290},
};
static const char *const contract_types[] = {"LEAS", "KOP", "AVBE", "DEMO"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ANY_OF(chance, array) ((array)[chance_below((chance), COUNT_OF(array))])

// -- what is right -------------------------------------------------------------------------------

static char check_digit(struct str nine)
{
    unsigned sum = 0;

    for (size_t i = 0; i < nine.bytes; i++) {
        unsigned n = (unsigned)(nine.data[i] - '0') * (i % 2 ? 1 : 2);
        sum += n > 9 ? n - 9 : n;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

struct dealer {
    struct str id, name, orgnr, street, postcode, city;
    struct str signee_name, signee_email, signee_pnr;
    const char *language;
};

// A name as it stands in an address.
static struct str plain(struct scope *s, const char *name)
{
    struct buf b = buf_make(s, 64);

    for (const char *c = name; *c; c++) {
        if ((unsigned char)*c < 0x80) {
            buf_put_byte(&b, (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c));
            continue;
        }
        c++; // two bytes, the second tells which
        buf_put_byte(&b, strchr("\x96\xB6", *c) ? 'o' : 'a');
    }
    return buf_str(&b);
}

static struct dealer dealer_made(struct scope *s, uint64_t seed, uint64_t index)
{
    struct chance c = chance_seeded(seed * 1000003 + index);
    const char *given = ANY_OF(&c, given_names);
    const char *family = ANY_OF(&c, family_names);
    const char *city = cities[index % COUNT_OF(cities)];
    struct str org = str_format(s, "559999%03llu", (unsigned long long)(index % 1000));
    struct str born =
        str_format(s, "%04llu%02llu%02llu%llu", (unsigned long long)(1960 + chance_below(&c, 40)),
                   (unsigned long long)(1 + chance_below(&c, 12)),
                   (unsigned long long)(1 + chance_below(&c, 28)),
                   (unsigned long long)(238 + chance_below(&c, 2)));

    return (struct dealer){
        .id = str_format(s, "DEALER%llu", (unsigned long long)(FIRST_DEALER + index)),
        .name = str_format(s, "%ss Bil i %s AB", family, city),
        .orgnr = str_format(s, "%.*s%c", STR(org), check_digit(org)),
        .street = str_format(s, "%s %llu", ANY_OF(&c, streets),
                             (unsigned long long)(1 + chance_below(&c, 80))),
        .postcode = str_format(s, "%llu", (unsigned long long)(10000 + chance_below(&c, 89999))),
        .city = str(city),
        .signee_name = str_format(s, "%s %s", given, family),
        .signee_email =
            str_format(s, "%.*s.%.*s@dealer%llu.example.com", STR(plain(s, given)),
                       STR(plain(s, family)), (unsigned long long)(FIRST_DEALER + index)),
        .signee_pnr =
            str_format(s, "%.*s%c", STR(born), check_digit(str_slice(born, 2, born.bytes))),
        .language = index % 12 == 11 ? "en" : "sv",
    };
}

static struct str vin_made(struct scope *s, struct chance *c, const char *wmi)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"; // no I, O, Q
    struct buf b = buf_make(s, 32);

    buf_put_z(&b, wmi);
    while (b.bytes < 11)
        buf_put_byte(&b, letters[chance_below(c, sizeof letters - 1)]);
    buf_format(&b, "%06llu", (unsigned long long)chance_below(c, 1000000));
    return buf_str(&b);
}

static struct str plate_made(struct scope *s, struct chance *c)
{
    static const char letters[] = "ABCDEFGHJKLMNOPRSTUWXYZ";
    struct buf b = buf_make(s, 32);

    if (chance_below(c, 5) == 0)
        return (struct str){0}; // not registered yet
    for (int i = 0; i < 3; i++)
        buf_put_byte(&b, letters[chance_below(c, sizeof letters - 1)]);
    buf_format(&b, "%02llu%c", (unsigned long long)chance_below(c, 100),
               letters[chance_below(c, sizeof letters - 1)]);
    return buf_str(&b);
}

static struct str day_after(struct scope *s, struct date d, int32_t days)
{
    return date_to_str(s, date_from_days(date_to_days(d) + days));
}

static void put_amounts(struct scope *s, struct chance *c, struct nsc_row *row, unsigned price)
{
    int64_t net = (int64_t)price * 100000 + (int64_t)chance_below(c, 5000000) / 100 * 100;
    struct str *v = row->values;

    if (chance_below(c, 50) == 0)
        net = -net; // a credit
    v[NSC_net_amount] = decimal_to_str(s, decimal_of(net, 2));
    v[NSC_vat_amount] = decimal_to_str(s, decimal_of(net / 4, 2));
    v[NSC_gross_amount] = decimal_to_str(s, decimal_of(net + net / 4, 2));
}

static struct nsc_row row_made(struct scope *s, struct chance *c, const struct wanted *w,
                               const struct dealer *d, uint64_t index)
{
    size_t m = (size_t)chance_below(c, COUNT_OF(models));
    struct nsc_row row = {0};
    struct str *v = row.values;

    v[NSC_contract_id] = str_format(s, "%08llu", (unsigned long long)(35972395 + index));
    v[NSC_dealer_id] = d->id;
    v[NSC_bundle_date] = date_to_str(s, w->date);
    v[NSC_sequence_no] = str_format(s, "%llu", (unsigned long long)(index / w->dealers + 1));
    v[NSC_vin] = vin_made(s, c, models[m].wmi);
    v[NSC_registration_no] = plate_made(s, c);
    v[NSC_make] = str(models[m].make);
    v[NSC_model] = str(models[m].model);
    v[NSC_model_year] = str_format(s, "%d", w->date.year + (chance_coin(c) ? 1 : 0));
    v[NSC_contract_type] = str(ANY_OF(c, contract_types));
    v[NSC_contract_date] = day_after(s, w->date, -(int32_t)chance_below(c, 10));
    v[NSC_due_date] = day_after(s, w->date, 30);
    put_amounts(s, c, &row, models[m].price);
    v[NSC_currency] = str("SEK");
    v[NSC_dealer_orgnr] = d->orgnr;
    v[NSC_signee_pnr] = d->signee_pnr;
    v[NSC_signee_name] = d->signee_name;
    v[NSC_signee_email] = d->signee_email;
    v[NSC_language] = str(d->language);
    return row;
}

// -- what is wrong -------------------------------------------------------------------------------

// Every way in turn.
static void spoil(struct nsc_row *row, uint64_t way)
{
    static const struct {
        enum nsc_field field;
        const char *value;
    } ways[] = {
        {NSC_vin, "YN1OQI00000000000"},
        {NSC_contract_date, "2025-02-30"},
        {NSC_net_amount, "1.00"},
        {NSC_dealer_orgnr, "5599990000"},
        {NSC_signee_email, "name.at.home"},
        {NSC_currency, "XXX"},
        {NSC_language, "fr"},
        {NSC_signee_pnr, "199013452380"},
        {NSC_contract_id, "A-17"},
        {NSC_sequence_no, "0"},
    };
    size_t i = (size_t)(way % COUNT_OF(ways));

    row->values[ways[i].field] = str(ways[i].value);
}

// -- the program ---------------------------------------------------------------------------------

static void put_all(struct scope *s, const struct wanted *w)
{
    struct chance c = chance_seeded(w->seed);
    struct dealer *dealers = scope_array(s, w->dealers, sizeof *dealers);
    struct str day = date_to_str(s, w->date);
    struct str digits =
        str_concat(s, 3, str_slice(day, 0, 4), str_slice(day, 5, 2), str_slice(day, 8, 2));
    struct nsc_draft d = nsc_draft_begin(s, w->form, str_z(s, digits), (unsigned)w->sequence);
    uint64_t bad = 0;

    for (uint64_t i = 0; i < w->dealers; i++)
        dealers[i] = dealer_made(s, w->seed, i);
    d.latin1 = !w->utf8;
    for (uint64_t i = 0; i < w->vehicles; i++) {
        struct nsc_row row = row_made(s, &c, w, &dealers[i % w->dealers], i);
        if (chance_below(&c, 100) < w->bad_percent)
            spoil(&row, bad++);
        nsc_draft_add(&d, &row);
    }
    struct str text = nsc_draft_end(s, &d);
    (void)fwrite(text.data, 1, text.bytes, stdout);
}

static void put_table(struct scope *s, const struct wanted *w)
{
    (void)printf("dealer_id;dealer_name;dealer_street;dealer_postcode;dealer_city\n");
    for (uint64_t i = 0; i < w->dealers; i++) {
        struct dealer d = dealer_made(s, w->seed, i);
        (void)printf("%.*s;%.*s;%.*s;%.*s %.*s;%.*s\n", STR(d.id), STR(d.name), STR(d.street),
                     STR(str_slice(d.postcode, 0, 3)), STR(str_slice(d.postcode, 3, 2)),
                     STR(d.city));
    }
}

static bool read_flag(struct str name, struct str value, struct wanted *w)
{
    if (str_is(name, "--vehicles"))
        return str_to_u64(value, NSC_ROWS_MAX, &w->vehicles);
    if (str_is(name, "--dealers"))
        return str_to_u64(value, DEALERS_MAX, &w->dealers) && w->dealers > 0;
    if (str_is(name, "--bad")) {
        if (str_ends(value, str("%")))
            value.bytes--;
        return str_to_u64(value, 100, &w->bad_percent);
    }
    if (str_is(name, "--sequence"))
        return str_to_u64(value, 999999, &w->sequence) && w->sequence > 0;
    if (str_is(name, "--seed"))
        return str_to_u64(value, UINT32_MAX, &w->seed);
    if (str_is(name, "--date"))
        return date_read(value, &w->date);
    if (str_is(name, "--form")) {
        w->form = str_is(value, "delimited") ? NSC_DELIMITED : NSC_FIXED;
        return str_is(value, "delimited") || str_is(value, "fixed");
    }
    w->utf8 |= str_is(name, "--utf8");
    w->table |= str_is(name, "--table");
    return str_is(name, "--utf8") || str_is(name, "--table");
}

int main(int argc, char **argv)
{
    struct wanted w = {.vehicles = 1000,
                       .dealers = 12,
                       .sequence = 1,
                       .seed = 1,
                       .date = {.year = 2025, .month = 9, .day = 15}};

    for (int i = 1; i < argc; i++) {
        struct str value = str(argv[i]);
        struct str name = str_cut(&value, '=');
        if (read_flag(name, value, &w))
            continue;
        (void)fputs(usage, str_is(name, "--help") ? stdout : stderr);
        return str_is(name, "--help") ? 0 : 2;
    }
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    if (w.table)
        put_table(s, &w);
    else
        put_all(s, &w);
    scope_close(s);
    return ferror(stdout) ? 1 : 0;
}
