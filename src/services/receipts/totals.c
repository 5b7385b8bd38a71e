// The totals check: what a receipt adds up to, in exact decimals.
#include "services/receipts/type_impl.h"

#include "core/decimal.h"
#include "core/scope.h"

enum { RATES_MAX = 32, CENT_PLACES = 2 };

// Lines and VAT entries of one rate.
struct sum {
    struct decimal rate;
    struct decimal lines; // with VAT
    unsigned vat_entries;
};

struct sums {
    struct scope *s;
    const struct totals_def *def;
    struct findings *out;
    struct sum rates[RATES_MAX];
    size_t rate_count;
    struct decimal all;
    const char *trouble; // why nothing more can be said; NULL: none
};

static const char not_a_number[] = "an amount is not a number that can be added up";
static const char too_many_rates[] = "there are more different VAT rates than can be checked";

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
    struct decimal d = {0};

    if (!type_number(sums->s, type_follow(sums->s, item, pointer), &d))
        sums->trouble = not_a_number;
    return d;
}

static struct decimal plus(struct sums *sums, struct decimal a, struct decimal b)
{
    struct decimal result = a;

    if (decimal_add(sums->s, a, b, &result) != OK) {
        sums->trouble = not_a_number;
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
        sums->trouble = too_many_rates;
        return &sums->rates[0];
    }
    struct sum *sum = &sums->rates[sums->rate_count++];
    *sum = (struct sum){.rate = rate, .lines = decimal_of(0, CENT_PLACES)};
    return sum;
}

static void add_lines(struct sums *sums, struct json document)
{
    const struct totals_def *def = sums->def;
    struct json lines = type_follow(sums->s, document, def->lines);

    sums->all = decimal_of(0, CENT_PLACES);
    for (size_t i = 0; i < list_count(lines) && !sums->trouble; i++) {
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
    struct scope *s = sums->s;
    struct decimal total = number_at(sums, document, sums->def->total);

    if (sums->trouble || decimal_compare(total, sums->all) == 0)
        return;
    findings_add(sums->out, sums->def->total,
                 str_format(s, "the total is %.*s, the lines add up to %.*s",
                            STR(decimal_to_str(s, total)), STR(decimal_to_str(s, sums->all))),
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
        sums->trouble = not_a_number;
        scope_forgive(s);
        return true;
    }
    struct decimal cent = decimal_of(1, CENT_PLACES);
    return decimal_compare(difference, cent) <= 0 &&
           decimal_compare(difference, decimal_negate(cent)) >= 0;
}

// One entry of the VAT list: a rate, its base and its amount.
struct vat {
    size_t index;
    struct decimal rate;
    struct decimal base;
    struct decimal amount;
};

static struct str place_of(struct sums *sums, const struct vat *v)
{
    return str_format(sums->s, "%.*s/%zu", STR(sums->def->vat), v->index);
}

static void check_product(struct sums *sums, const struct vat *v)
{
    struct scope *s = sums->s;

    if (is_vat(sums, v->base, v->rate, v->amount))
        return;
    findings_add(sums->out, place_of(sums, v),
                 str_format(s, "VAT of %.*s %% on %.*s is not %.*s",
                            STR(decimal_to_str(s, v->rate)), STR(decimal_to_str(s, v->base)),
                            STR(decimal_to_str(s, v->amount))),
                 "totals");
}

static void check_lines_of_rate(struct sums *sums, const struct vat *v)
{
    struct scope *s = sums->s;
    struct sum *sum = sum_of_rate(sums, v->rate);
    struct decimal gross = plus(sums, v->base, v->amount);

    if (sums->trouble)
        return;
    if (sum->vat_entries++ > 0) {
        findings_add(
            sums->out, place_of(sums, v),
            str_format(s, "VAT of %.*s %% is there twice", STR(decimal_to_str(s, v->rate))),
            "totals");
    } else if (decimal_compare(sum->lines, gross) != 0) {
        findings_add(sums->out, place_of(sums, v),
                     str_format(s, "lines of %.*s %% add up to %.*s, base and VAT to %.*s",
                                STR(decimal_to_str(s, v->rate)), STR(decimal_to_str(s, sum->lines)),
                                STR(decimal_to_str(s, gross))),
                     "totals");
    }
}

static void check_vat_entries(struct sums *sums, struct json document)
{
    const struct totals_def *def = sums->def;
    struct json list = type_follow(sums->s, document, def->vat);

    for (size_t i = 0; i < list_count(list) && !sums->trouble; i++) {
        struct json entry = list_at(list, i);
        struct vat v = {
            .index = i,
            .rate = number_at(sums, entry, def->vat_rate),
            .base = number_at(sums, entry, def->vat_base),
            .amount = number_at(sums, entry, def->vat_amount),
        };
        if (sums->trouble)
            return;
        check_product(sums, &v);
        if (def->line_rate.bytes && !sums->trouble)
            check_lines_of_rate(sums, &v);
    }
}

static void check_every_rate_has_vat(struct sums *sums)
{
    for (size_t i = 0; i < sums->rate_count && !sums->trouble; i++) {
        const struct sum *sum = &sums->rates[i];
        if (sum->vat_entries > 0 || decimal_sign(sum->rate) == 0 || decimal_sign(sum->lines) == 0)
            continue;
        findings_add(sums->out, sums->def->vat,
                     str_format(sums->s, "there are lines of %.*s %% and no VAT of that rate",
                                STR(decimal_to_str(sums->s, sum->rate))),
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
    if (def->total.bytes && !sums.trouble)
        check_total(&sums, document);
    if (def->vat.bytes && !sums.trouble) {
        check_vat_entries(&sums, document);
        check_every_rate_has_vat(&sums);
    }
    if (sums.trouble)
        findings_add(out, def->lines, str(sums.trouble), "totals");
}
