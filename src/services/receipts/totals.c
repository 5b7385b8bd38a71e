// The totals check: what a receipt adds up to, in exact decimals.
#include "services/receipts/type_impl.h"

#include "core/decimal.h"
#include "core/scope.h"
#include "expr/pointer.h"

enum { RATES_MAX = 16, CENT_PLACES = 2 };

struct sum {
    struct decimal rate;
    struct decimal lines; // with VAT
};

struct sums {
    struct scope *s;
    const struct totals_def *def;
    struct findings *out;
    struct sum rates[RATES_MAX];
    size_t rate_count;
    struct decimal all;
    bool wrong; // something could not be read: nothing more is said
};

static struct json follow(struct scope *s, struct json j, struct str pointer)
{
    struct str token = {0};

    while (pointer_next(&pointer, &token))
        j = pointer_step(s, j, token);
    return j;
}

// A list of one, in XML, is the item itself.
static size_t list_count(struct json list)
{
    if (json_is(list, JSON_ARRAY))
        return list.count;
    return json_is(list, JSON_NONE) ? 0 : 1;
}

static struct json list_at(struct json list, size_t index)
{
    return json_is(list, JSON_ARRAY) ? json_at(list, index) : list;
}

static struct decimal number_at(struct sums *sums, struct json item, struct str pointer)
{
    struct json j = follow(sums->s, item, pointer);
    struct decimal d = decimal_of(0, 0);

    if ((!json_is(j, JSON_NUMBER) && !json_is(j, JSON_STRING)) ||
        decimal_parse(sums->s, json_text(j), &d) != OK)
        sums->wrong = true;
    if (sums->wrong)
        scope_forgive(sums->s);
    return d;
}

static struct decimal plus(struct sums *sums, struct decimal a, struct decimal b)
{
    struct decimal result = a;

    if (decimal_add(sums->s, a, b, &result) != OK) {
        sums->wrong = true;
        scope_forgive(sums->s);
    }
    return result;
}

static struct sum *sum_of_rate(struct sums *sums, struct decimal rate)
{
    for (size_t i = 0; i < sums->rate_count; i++)
        if (decimal_compare(sums->rates[i].rate, rate) == 0)
            return &sums->rates[i];
    if (sums->rate_count == RATES_MAX) {
        sums->wrong = true;
        return &sums->rates[0];
    }
    struct sum *sum = &sums->rates[sums->rate_count++];
    *sum = (struct sum){.rate = rate, .lines = decimal_of(0, CENT_PLACES)};
    return sum;
}

static void add_lines(struct sums *sums, struct json document)
{
    const struct totals_def *def = sums->def;
    struct json lines = follow(sums->s, document, def->lines);

    sums->all = decimal_of(0, CENT_PLACES);
    for (size_t i = 0; i < list_count(lines) && !sums->wrong; i++) {
        struct json line = list_at(lines, i);
        struct decimal amount = number_at(sums, line, def->line_amount);
        sums->all = plus(sums, sums->all, amount);
        if (def->line_rate.bytes == 0)
            continue;
        struct sum *rate = sum_of_rate(sums, number_at(sums, line, def->line_rate));
        rate->lines = plus(sums, rate->lines, amount);
    }
}

static void check_total(struct sums *sums, struct json document)
{
    struct decimal total = number_at(sums, document, sums->def->total);

    if (sums->wrong || decimal_compare(total, sums->all) == 0)
        return;
    findings_add(sums->out, sums->def->total,
                 str_format(sums->s, "the total is %.*s, the lines add up to %.*s",
                            STR(decimal_to_str(sums->s, total)),
                            STR(decimal_to_str(sums->s, sums->all))),
                 "totals");
}

// Whether `amount` is base * rate / 100 to the cent, give or take one.
static bool is_vat(struct sums *sums, struct decimal base, struct decimal rate,
                   struct decimal amount)
{
    struct scope *s = sums->s;
    struct decimal exact;
    struct decimal difference;

    if (decimal_multiply(s, base, rate, &exact) != OK ||
        decimal_divide(s, exact, decimal_of(100, 0), CENT_PLACES, DECIMAL_HALF_UP, &exact) != OK ||
        decimal_subtract(s, amount, exact, &difference) != OK) {
        sums->wrong = true;
        scope_forgive(s);
        return true;
    }
    struct decimal cent = decimal_of(1, CENT_PLACES);
    return decimal_compare(difference, cent) <= 0 &&
           decimal_compare(difference, decimal_negate(cent)) >= 0;
}

static void check_rate(struct sums *sums, struct json entry, size_t index)
{
    const struct totals_def *def = sums->def;
    struct scope *s = sums->s;
    struct decimal rate = number_at(sums, entry, def->vat_rate);
    struct decimal base = number_at(sums, entry, def->vat_base);
    struct decimal amount = number_at(sums, entry, def->vat_amount);
    struct str at = str_format(s, "%.*s/%zu", STR(def->vat), index);

    if (sums->wrong)
        return;
    if (!is_vat(sums, base, rate, amount)) {
        findings_add(sums->out, at,
                     str_format(s, "VAT of %.*s %% on %.*s is not %.*s",
                                STR(decimal_to_str(s, rate)), STR(decimal_to_str(s, base)),
                                STR(decimal_to_str(s, amount))),
                     "totals");
    }
    if (def->line_rate.bytes == 0)
        return;
    const struct sum *lines = sum_of_rate(sums, rate);
    struct decimal gross = plus(sums, base, amount);
    if (!sums->wrong && decimal_compare(lines->lines, gross) != 0) {
        findings_add(sums->out, at,
                     str_format(s, "lines of %.*s %% add up to %.*s, base and VAT to %.*s",
                                STR(decimal_to_str(s, rate)), STR(decimal_to_str(s, lines->lines)),
                                STR(decimal_to_str(s, gross))),
                     "totals");
    }
}

void totals_check(struct scope *s, const struct totals_def *def, struct json document,
                  struct findings *out)
{
    struct sums sums = {.s = s, .def = def, .out = out};

    if (def->lines.bytes == 0)
        return;
    add_lines(&sums, document);
    if (def->total.bytes)
        check_total(&sums, document);
    struct json vat = follow(s, document, def->vat);
    for (size_t i = 0; def->vat.bytes && i < list_count(vat) && !sums.wrong; i++)
        check_rate(&sums, list_at(vat, i), i);
    if (sums.wrong)
        findings_add(out, def->lines, str("an amount is not a number that can be added up"),
                     "totals");
}
