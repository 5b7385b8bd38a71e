// What was supplied, what it costs, and what the law wants to be said about it.
#include "core/buf.h"
#include "core/scope.h"
#include "services/signing/invoice_view_impl.h"

enum { DETAIL_BYTES_MAX = 8 << 10 };

// UN/ECE Recommendation 20: the units that people meet.
static const struct {
    const char *code;
    const char *words[2];
} units[] = {
    {"C62", {"st", "pcs"}},    {"EA", {"st", "pcs"}},   {"H87", {"st", "pcs"}},
    {"PCE", {"st", "pcs"}},    {"NAR", {"st", "pcs"}},  {"HUR", {"tim", "h"}},
    {"MIN", {"min", "min"}},   {"DAY", {"dag", "day"}}, {"WEE", {"vecka", "week"}},
    {"MON", {"mån", "month"}}, {"ANN", {"år", "year"}}, {"KMT", {"km", "km"}},
    {"MTR", {"m", "m"}},       {"KGM", {"kg", "kg"}},   {"LTR", {"l", "l"}},
    {"MTK", {"m²", "m²"}},     {"MTQ", {"m³", "m³"}},   {"KWH", {"kWh", "kWh"}},
    {"SET", {"sats", "set"}},  {"PR", {"par", "pair"}}, {"XPK", {"förp", "pack"}},
    {"LS", {"", ""}},          {"ZZ", {"", ""}},
};

static struct str unit_name(const struct view *v, struct str code)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (str_is(code, units[i].code))
            return str(units[i].words[str_is(str(v->language), "en")]);
    return code;
}

static struct str percent(const struct view *v, struct json item)
{
    struct str rate = invoice_amount(v->s, json_member(item, "rate"), 0, v->language);

    return rate.bytes ? str_concat(v->s, 2, rate, str("\u00a0%")) : rate;
}

static void put_part(struct buf *out, struct str text)
{
    if (text.bytes && out->bytes)
        buf_put_z(out, " · ");
    buf_put(out, text);
}

static void put_named(struct buf *out, struct str name, struct str value)
{
    if (value.bytes == 0)
        return;
    put_part(out, name);
    buf_put_z(out, ": ");
    buf_put(out, value);
}

static void put_allowances(const struct view *v, struct buf *out, struct json list)
{
    for (size_t i = 0; i < list.count; i++) {
        struct json a = json_at(list, i);
        bool is_charge = json_member(a, "charge").type == JSON_TRUE;
        struct str reason = text_at(a, "reason");
        put_named(
            out, reason.bytes ? reason : label(v, is_charge ? LABEL_charge : LABEL_allowance),
            str_concat(v->s, 2, str(is_charge ? "+" : "-"), money(v, json_member(a, "amount"))));
    }
}

// What stands below the name of an item, in small print.
static struct str detail(const struct view *v, struct json line)
{
    struct buf b = buf_make(v->s, DETAIL_BYTES_MAX);
    struct json properties = json_member(line, "properties");
    struct str out = {0};

    put_part(&b, text_at(line, "description"));
    put_named(&b, label(v, LABEL_item_number), text_at(line, "sellerItem"));
    for (size_t i = 0; i < properties.count; i++)
        put_named(&b, text_at(json_at(properties, i), "name"),
                  text_at(json_at(properties, i), "value"));
    put_named(&b, label(v, LABEL_list_price), money(v, json_member(line, "grossPrice")));
    put_allowances(v, &b, json_member(line, "allowances"));
    put_part(&b, text_at(line, "note"));
    return buf_finish(&b, "the details of a line", &out) == OK ? out : text_at(line, "note");
}

// "112,50 / 100" for the price of a hundred.
static struct str price(const struct view *v, struct json line)
{
    struct json base = json_member(line, "baseQuantity");
    struct str amount = money(v, json_member(line, "price"));
    struct str per = invoice_amount(v->s, base, 0, v->language);

    return per.bytes && !str_is(per, "1") ? str_concat(v->s, 3, amount, str(" / "), per) : amount;
}

struct json view_lines(const struct view *v)
{
    struct json list = json_member(v->invoice, "lines");
    struct json *items = scope_array(v->s, list.count, sizeof *items);

    for (size_t i = 0; i < list.count; i++) {
        struct json line = json_at(list, i);
        const struct json_member members[] = {
            {str("id"), json_string(text_at(line, "id"))},
            {str("name"), json_string(text_at(line, "name"))},
            {str("detail"), json_string(detail(v, line))},
            {str("quantity"),
             json_string(invoice_amount(v->s, json_member(line, "quantity"), 0, v->language))},
            {str("unit"), json_string(unit_name(v, text_at(line, "unit")))},
            {str("price"), json_string(price(v, line))},
            {str("rate"), json_string(percent(v, line))},
            {str("amount"), json_string(money(v, json_member(line, "amount")))},
        };
        size_t count = sizeof members / sizeof members[0];
        struct json_member *kept = scope_array(v->s, count, sizeof *kept);
        for (size_t k = 0; k < count; k++)
            kept[k] = members[k];
        items[i] = json_object(kept, count);
    }
    return json_array(items, list.count);
}

struct json view_allowances(const struct view *v)
{
    struct json list = json_member(v->invoice, "allowances");
    struct json *items = scope_array(v->s, list.count, sizeof *items);

    for (size_t i = 0; i < list.count; i++) {
        struct json a = json_at(list, i);
        bool is_charge = json_member(a, "charge").type == JSON_TRUE;
        struct str reason = text_at(a, "reason");
        struct str amount = money(v, json_member(a, "amount"));
        struct json_member *m = scope_array(v->s, 3, sizeof *m);
        m[0] = (struct json_member){
            str("name"),
            json_string(reason.bytes ? reason
                                     : label(v, is_charge ? LABEL_charge : LABEL_allowance))};
        m[1] = (struct json_member){str("rate"), json_string(percent(v, a))};
        m[2] = (struct json_member){
            str("amount"), json_string(is_charge ? amount : str_concat(v->s, 2, str("-"), amount))};
        items[i] = json_object(m, 3);
    }
    return json_array(items, list.count);
}

// EN 16931's category as people say it.
static struct str category_name(const struct view *v, struct json subtotal)
{
    static const struct {
        const char *category;
        enum label name;
    } known[] = {{"Z", LABEL_zero}, {"E", LABEL_exempt}, {"O", LABEL_outside}};
    struct str category = text_at(subtotal, "category");

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_is(category, known[i].category))
            return label(v, known[i].name);
    return percent(v, subtotal);
}

struct json view_tax(const struct view *v)
{
    struct json list = json_path(v->invoice, "tax.subtotals");
    struct json *items = scope_array(v->s, list.count, sizeof *items);

    for (size_t i = 0; i < list.count; i++) {
        struct json one = json_at(list, i);
        struct json_member *m = scope_array(v->s, 3, sizeof *m);
        m[0] = (struct json_member){str("rate"), json_string(category_name(v, one))};
        m[1] = (struct json_member){str("base"), json_string(money(v, json_member(one, "base")))};
        m[2] =
            (struct json_member){str("amount"), json_string(money(v, json_member(one, "amount")))};
        items[i] = json_object(m, 3);
    }
    return json_array(items, list.count);
}

struct json view_totals(const struct view *v)
{
    struct rows rows = {0};
    struct json t = json_member(v->invoice, "totals");
    struct json other = json_member(v->invoice, "taxInTaxCurrency");

    if (json_member(v->invoice, "allowances").count) {
        rows_fact(v, &rows, LABEL_lines, money(v, json_member(t, "lines")));
        rows_fact(v, &rows, LABEL_allowances, money(v, json_member(t, "allowances")));
        rows_fact(v, &rows, LABEL_charges, money(v, json_member(t, "charges")));
    }
    rows_fact(v, &rows, LABEL_net, money(v, json_member(t, "taxExclusive")));
    rows_fact(v, &rows, LABEL_tax, money(v, json_path(v->invoice, "tax.amount")));
    rows_fact(v, &rows, LABEL_gross, money(v, json_member(t, "taxInclusive")));
    rows_fact(v, &rows, LABEL_prepaid, money(v, json_member(t, "prepaid")));
    rows_fact(v, &rows, LABEL_rounding, money(v, json_member(t, "rounding")));
    if (other.type == JSON_NUMBER) {
        rows_fact(
            v, &rows, LABEL_tax_in,
            str_concat(v->s, 3, text_at(v->invoice, "taxCurrency"), str(" "), money(v, other)));
    }
    return json_array(rows.items, rows.count);
}

static void add_wording(const struct view *v, struct rows *rows, struct str words)
{
    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(json_text(rows->items[i]), words))
            return;
    if (words.bytes)
        rows_add(v->s, rows, json_string(words));
}

// By the code of the reason (VATEX), and by the category.
static const struct {
    const char *member;
    const char *value;
    enum label words;
} wordings[] = {
    {"category", "AE", LABEL_reverse},
    {"category", "K", LABEL_intra_eu},
    {"category", "G", LABEL_export},
    {"category", "O", LABEL_outside},
    {"reasonCode", "VATEX-EU-AE", LABEL_reverse},
    {"reasonCode", "VATEX-EU-IC", LABEL_intra_eu},
    {"reasonCode", "VATEX-EU-F", LABEL_margin_goods},
    {"reasonCode", "VATEX-EU-I", LABEL_margin_art},
    {"reasonCode", "VATEX-EU-J", LABEL_margin_antique},
    {"reasonCode", "VATEX-EU-D", LABEL_margin_travel},
};

// Mervärdesskattelagen (2023:200), chapter 17, section 24, points 11 to 15.
struct json view_wordings(const struct view *v)
{
    struct rows rows = {0};
    struct json list = json_path(v->invoice, "tax.subtotals");

    if (str_is(text_at(v->invoice, "typeCode"), "389"))
        add_wording(v, &rows, label(v, LABEL_self_billing));
    for (size_t i = 0; i < list.count; i++) {
        struct json one = json_at(list, i);
        for (size_t k = 0; k < sizeof wordings / sizeof wordings[0]; k++)
            if (str_is(text_at(one, wordings[k].member), wordings[k].value))
                add_wording(v, &rows, label(v, wordings[k].words));
        add_wording(v, &rows, text_at(one, "reason"));
    }
    struct json agent = json_member(v->invoice, "taxRepresentative");
    if (agent.type) {
        add_wording(v, &rows,
                    str_format(v->s, "%.*s: %.*s, %.*s", STR(label(v, LABEL_agent)),
                               STR(text_at(agent, "name")), STR(text_at(agent, "vatNumber"))));
    }
    return json_array(rows.items, rows.count);
}
