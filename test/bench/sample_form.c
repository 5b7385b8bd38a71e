// How a draft looks as JSON and as XML.
#include "test/bench/sample_impl.h"

enum { CLIENT_DIGITS = 5 };

char *sample_put(char *at, struct str text)
{
    memcpy(at, text.data, text.bytes);
    return at + text.bytes;
}

char *sample_put_z(char *at, const char *z)
{
    return sample_put(at, str(z));
}

// A text in the program, whose length the compiler knows.
#define PUT(at, literal) sample_put((at), str_of((literal), sizeof(literal) - 1))

char *sample_put_digits(char *at, uint64_t number, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}

char *sample_put_number(char *at, uint64_t number)
{
    unsigned digits = 1;

    for (uint64_t rest = number; rest >= 10; rest /= 10)
        digits++;
    return sample_put_digits(at, number, digits);
}

char *sample_put_cents(char *at, int64_t cents)
{
    if (cents < 0)
        *at++ = '-';
    uint64_t positive = (uint64_t)(cents < 0 ? -cents : cents);
    at = sample_put_number(at, positive / 100);
    *at++ = '.';
    return sample_put_digits(at, positive % 100, 2);
}

char *sample_put_quantity(char *at, const struct draft_line *line)
{
    if (!line->product->by_weight)
        return sample_put_number(at, line->quantity);
    at = sample_put_number(at, line->quantity / 1000);
    *at++ = '.';
    return sample_put_digits(at, line->quantity % 1000, 3);
}

char *sample_put_client(char *at, unsigned client)
{
    return sample_put_digits(PUT(at, "client-"), client, CLIENT_DIGITS);
}

char *sample_put_moment(char *at, const struct draft *d)
{
    unsigned s = d->second_of_day;

    date_write(d->date, at);
    at += DATE_TEXT_BYTES;
    *at++ = 'T';
    at = sample_put_digits(at, s / 3600, 2);
    *at++ = ':';
    at = sample_put_digits(at, s / 60 % 60, 2);
    *at++ = ':';
    at = sample_put_digits(at, s % 60, 2);
    return d->date.month > 3 && d->date.month < 11 ? PUT(at, "+02:00") : PUT(at, "+01:00");
}

// EAN-13 of the inside range: its check digit is right.
static char *put_sku(char *at, const struct product *p)
{
    uint64_t hash = str_hash(p->text) % 10000000000;
    unsigned sum = 0;

    char *start = at;
    at = sample_put_digits(PUT(at, "73"), hash, 10);
    for (unsigned i = 0; i < 12; i++)
        sum += (unsigned)(start[i] - '0') * (i % 2 ? 3 : 1);
    *at++ = (char)('0' + (10 - sum % 10) % 10);
    return at;
}

static char *put_json_line(char *at, const struct draft_line *line)
{
    at = put_sku(PUT(at, "{\"sku\":\""), line->product);
    at = sample_put(PUT(at, "\",\"text\":\""), line->product->text);
    at = sample_put_quantity(PUT(at, "\",\"quantity\":"), line);
    if (line->product->by_weight)
        at = PUT(at, ",\"unit\":\"kg\"");
    at = sample_put_cents(PUT(at, ",\"unitPrice\":"), line->price_cents);
    at = sample_put_cents(PUT(at, ",\"amount\":"), line->amount_cents);
    at = sample_put_number(PUT(at, ",\"vatRate\":"), sample_rates[line->product->rate]);
    return PUT(at, "},");
}

static char *put_json_vat(char *at, const struct draft *d)
{
    for (unsigned i = 0; i < SAMPLE_RATES; i++) {
        if (!d->vat[i].used)
            continue;
        at = sample_put_number(PUT(at, "{\"rate\":"), sample_rates[i]);
        at = sample_put_cents(PUT(at, ",\"base\":"), d->vat[i].base_cents);
        at = sample_put_cents(PUT(at, ",\"amount\":"), d->vat[i].vat_cents);
        at = PUT(at, "},");
    }
    return at;
}

static char *put_json_head(char *at, const struct draft *d)
{
    at = d->flaw == SAMPLE_UNKNOWN_TYPE ? PUT(at, "{\"kind\":\"parking-ticket\",\"clientId\":\"")
                                        : PUT(at, "{\"kind\":\"till-receipt\",\"clientId\":\"");
    at = sample_put_client(at, d->client);
    at = sample_put(PUT(at, "\",\"number\":\""), str_of(d->number, SAMPLE_NUMBER_BYTES));
    at = sample_put_moment(PUT(at, "\",\"issuedAt\":\""), d);
    at = sample_put_digits(PUT(at, "\",\"till\":\"K"), d->till, 2);
    at = sample_put_z(PUT(at, "\",\"cashier\":\""), d->cashier);
    at = sample_put(PUT(at, "\",\"shop\":{\"name\":\""), d->shop->name);
    at = sample_put_digits(PUT(at, "\",\"taxNumber\":\"SE5560"), d->client * 7919ULL, 6);
    at = sample_put(PUT(at, "01\",\"street\":\""), d->shop->street);
    at = sample_put(PUT(at, "\",\"city\":\""), d->shop->city);
    at = PUT(at, "\",\"country\":\"SE\"},\"currency\":");
    return d->flaw == SAMPLE_WRONG_FORM ? PUT(at, "\"kronor\"") : PUT(at, "\"SEK\"");
}

static char *put_json_payment(char *at, const struct draft *d)
{
    at = PUT(at, ",\"payments\":[{\"method\":\"");
    at = d->by_card ? PUT(at, "card") : PUT(at, "cash");
    at = sample_put_cents(PUT(at, "\",\"amount\":"), d->total_cents);
    if (d->by_card)
        at = sample_put_digits(PUT(at, ",\"reference\":\"A"), d->card >> 20, 10);
    return d->by_card ? PUT(at, "\"}]") : PUT(at, "}]");
}

char *sample_put_json(char *at, const struct draft *d)
{
    at = PUT(put_json_head(at, d), ",\"lines\":[");
    for (unsigned i = 0; i < d->line_count; i++)
        at = put_json_line(at, &d->lines[i]);
    at = put_json_vat(PUT(at - 1, "],\"vat\":["), d); // over the last comma
    at = sample_put_cents(PUT(at - 1, "],\"total\":"), d->total_cents);
    at = put_json_payment(at, d);
    at = sample_put_digits(PUT(at, ",\"loyaltyCard\":\"9752"), d->card, 12);
    at = PUT(at, "\",\"note\":\"Öppet köp 30 dagar mot kvitto. Välkommen åter!\"}");
    return d->flaw == SAMPLE_BROKEN ? at - 2 : at;
}

// `&` is the only character of the texts that XML must not see.
static char *put_xml_text(char *at, struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        *at++ = text.data[i];
        if (text.data[i] == '&')
            at = PUT(at, "amp;");
    }
    return at;
}

static char *put_xml_line(char *at, const struct draft_line *line)
{
    at = put_sku(PUT(at, "    <Line sku=\""), line->product);
    at = sample_put_number(PUT(at, "\" vatRate=\""), sample_rates[line->product->rate]);
    at = put_xml_text(PUT(at, "\"><Text>"), line->product->text);
    at = sample_put_quantity(PUT(at, "</Text><Quantity>"), line);
    at = sample_put_cents(PUT(at, "</Quantity><Amount>"), line->amount_cents);
    return PUT(at, "</Amount></Line>\n");
}

static char *put_xml_vat(char *at, const struct draft *d)
{
    for (unsigned i = 0; i < SAMPLE_RATES; i++) {
        if (!d->vat[i].used)
            continue;
        at = sample_put_number(PUT(at, "    <Rate percent=\""), sample_rates[i]);
        at = sample_put_cents(PUT(at, "\"><Base>"), d->vat[i].base_cents);
        at = sample_put_cents(PUT(at, "</Base><Amount>"), d->vat[i].vat_cents);
        at = PUT(at, "</Amount></Rate>\n");
    }
    return at;
}

static char *put_xml_head(char *at, const struct draft *d)
{
    at = PUT(at, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    at = d->flaw == SAMPLE_UNKNOWN_TYPE ? PUT(at, "<Ticket") : PUT(at, "<Receipt");
    at = sample_put_client(PUT(at, " xmlns=\"urn:sheaf:receipt:1\">\n  <Header>\n    <Client>"),
                           d->client);
    at = sample_put(PUT(at, "</Client>\n    <Number>"), str_of(d->number, SAMPLE_NUMBER_BYTES));
    at = sample_put_moment(PUT(at, "</Number>\n    <IssuedAt>"), d);
    at = sample_put_digits(PUT(at, "</IssuedAt>\n    <Till>K"), d->till, 2);
    at = PUT(at, "</Till>\n    <Currency>");
    at = d->flaw == SAMPLE_WRONG_FORM ? PUT(at, "kronor") : PUT(at, "SEK");
    return PUT(at, "</Currency>\n  </Header>\n  <Lines>\n");
}

char *sample_put_xml(char *at, const struct draft *d)
{
    at = put_xml_head(at, d);
    for (unsigned i = 0; i < d->line_count; i++)
        at = put_xml_line(at, &d->lines[i]);
    at = put_xml_vat(PUT(at, "  </Lines>\n  <Vat>\n"), d);
    at = sample_put_cents(PUT(at, "  </Vat>\n  <Total>"), d->total_cents);
    at = PUT(at, "</Total>\n  <Payments><Payment method=\"");
    at = d->by_card ? PUT(at, "card\">") : PUT(at, "cash\">");
    at = PUT(sample_put_cents(at, d->total_cents), "</Payment></Payments>\n");
    if (d->flaw == SAMPLE_BROKEN)
        return at;
    return d->flaw == SAMPLE_UNKNOWN_TYPE ? PUT(at, "</Ticket>\n") : PUT(at, "</Receipt>\n");
}
