// What a receipt type does with a document: recognise it, read its common fields, check it.
#include "services/receipts/type_impl.h"

#include "core/date.h"
#include "core/scope.h"
#include "expr/pointer.h"
#include "expr/schema.h"
#include "expr/xml.h"
#include "services/receipts/rule.h"

enum { FIELD_BYTES_MAX = 128, CLIENT_BYTES_MAX = 64 };

const char *const type_common_names[COMMON_FIELDS] = {"client", "date", "number", "total",
                                                      "currency"};

struct str type_name(const struct type *t)
{
    return t->name;
}

struct str type_title(const struct type *t)
{
    return t->title;
}

bool type_is_xml(const struct type *t)
{
    return t->xml;
}

bool type_number_unique(const struct type *t)
{
    return t->unique_number;
}

enum status type_parse(struct scope *s, struct str media_type, struct str document,
                       struct json *out)
{
    struct xml_options options = {0};

    if (str_is(media_type, "application/json"))
        return json_parse(s, document, &json_limits_strict, out);
    if (!str_is(media_type, "application/xml") && !str_is(media_type, "text/xml"))
        return fail(s, UNSUPPORTED, "receipts are JSON or XML, not %.*s", STR(media_type));
    return xml_parse(s, document, &options, out, NULL);
}

struct json type_follow(struct scope *s, struct json j, struct str pointer)
{
    struct str token = {0};

    while (pointer_next(&pointer, &token))
        j = pointer_step(s, j, token);
    return j;
}

static size_t count_digits(struct str text)
{
    size_t count = 0;

    while (count < text.bytes && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

// XML Schema 1.1 part 2, 3.3.3.1: a decimal may have a plus, zeros in front, and nothing on one
// side of its point. Returns it as JSON has it; the text itself when it is so already. Empty: it is
// no decimal.
static struct str json_digits(struct scope *s, struct str text)
{
    struct str rest = str_trim(text);
    struct str given = rest;
    bool negative = str_starts(rest, str("-"));

    if (negative || str_starts(rest, str("+")))
        rest = str_slice(rest, 1, rest.bytes);
    struct str whole = str_cut(&rest, '.');
    if (whole.bytes + rest.bytes == 0 || count_digits(whole) < whole.bytes ||
        count_digits(rest) < rest.bytes)
        return (struct str){0};
    bool zeros = whole.bytes > 1 && whole.data[0] == '0';
    if (given.data[0] != '+' && whole.bytes > 0 && !zeros && (rest.bytes > 0 || !rest.data))
        return given;
    while (whole.bytes > 1 && whole.data[0] == '0')
        whole = str_slice(whole, 1, whole.bytes);
    return str_format(s, "%s%.*s%s%.*s", negative ? "-" : "", STR(whole.bytes ? whole : str("0")),
                      rest.bytes ? "." : "", STR(rest));
}

// What an XML element says that has attributes besides.
static struct json inner_text(struct json j)
{
    struct json text = json_member(j, "#text");

    return json_is(text, JSON_NONE) ? j : text;
}

bool type_number(struct scope *s, struct json j, struct decimal *out)
{
    j = inner_text(j);
    struct str text = json_text(j);

    if (json_is(j, JSON_STRING))
        text = json_digits(s, text);
    if (text.bytes == 0)
        return false;
    if (decimal_parse(s, text, out) == OK)
        return true;
    scope_forgive(s);
    return false;
}

// Text that a field may be mapped from: a string, a number as written, or an XML element's text.
static struct str plain_text(struct json j)
{
    j = inner_text(j);
    return json_is(j, JSON_STRING) || json_is(j, JSON_NUMBER) ? str_trim(json_text(j))
                                                              : (struct str){0};
}

const struct type *types_recognise(struct scope *s, const struct types *all, bool xml,
                                   struct json document)
{
    for (size_t i = 0; i < types_count(all); i++) {
        const struct type *t = types_at(all, i);
        if (t->xml != xml)
            continue;
        struct json at = type_follow(s, document, t->recognise_pointer);
        if (json_is(at, JSON_NONE))
            continue;
        if (t->recognise_value.bytes == 0 || str_equal(plain_text(at), t->recognise_value))
            return t;
    }
    return NULL;
}

static enum status read_common(struct scope *s, const struct type *t, struct json document,
                               size_t field, struct str *out)
{
    struct json others = t->others[field];

    if (t->mapping[field].bytes == 0)
        return OK;
    *out = plain_text(type_follow(s, document, t->mapping[field]));
    for (size_t i = 1; i < others.count && out->bytes == 0; i++)
        *out = plain_text(type_follow(s, document, json_text(json_at(others, i))));
    if (out->bytes == 0)
        return fail(s, REFUSED, "%.*s is missing: a receipt of type %.*s has its %s there",
                    STR(t->mapping[field]), STR(t->name), type_common_names[field]);
    if (out->bytes > FIELD_BYTES_MAX)
        return fail(s, REFUSED, "%.*s is longer than %d bytes", STR(t->mapping[field]),
                    FIELD_BYTES_MAX);
    return OK;
}

static enum status check_client(struct scope *s, const struct type *t, struct str client)
{
    bool fits = client.bytes <= CLIENT_BYTES_MAX;

    for (size_t i = 0; i < client.bytes; i++)
        fits = fits && client.data[i] > ' ' && client.data[i] <= '~' && client.data[i] != '/';
    if (fits)
        return OK;
    return fail(s, REFUSED, "%.*s: at most %d printable ASCII characters without '/' and space",
                STR(t->mapping[0]), CLIENT_BYTES_MAX);
}

static enum status read_total(struct scope *s, const struct type *t, struct json document,
                              struct str *out)
{
    struct decimal total = {0};

    if (t->mapping[3].bytes == 0)
        return OK;
    if (!type_number(s, type_follow(s, document, t->mapping[3]), &total))
        return fail(s, REFUSED, "%.*s is not a number that can be kept exactly",
                    STR(t->mapping[3]));
    *out = decimal_to_str(s, total);
    return OK;
}

enum status type_common(struct scope *s, const struct type *t, struct json document,
                        struct common_fields *out)
{
    struct str *fields[COMMON_FIELDS] = {&out->client, &out->date, &out->number, &out->total,
                                         &out->currency};
    struct date day;

    *out = (struct common_fields){0};
    for (size_t i = 0; i < COMMON_FIELDS; i++)
        TRY(read_common(s, t, document, i, fields[i]));
    out->date = str_slice(out->date, 0, DATE_TEXT_BYTES); // of a date and time, the local day
    if (!date_read(out->date, &day))
        return fail(s, REFUSED, "%.*s does not begin with a day as 2026-11-22", STR(t->mapping[1]));
    TRY(read_total(s, t, document, &out->total));
    return check_client(s, t, out->client);
}

void findings_add(struct findings *out, struct str at, struct str message, const char *rule)
{
    if (out->count < TYPE_FINDINGS_MAX)
        out->items[out->count++] =
            (struct finding){.at = at, .message = message, .rule = str(rule)};
}

static enum status check_schema(struct scope *s, const struct type *t, struct json document,
                                struct findings *out)
{
    struct schema_report report = {0};
    enum status e = schema_check(s, t->schema, document, TYPE_FINDINGS_MAX, &report);

    if (e != REFUSED)
        return e;
    for (size_t i = 0; i < report.count; i++)
        findings_add(out, report.violations[i].instance, report.violations[i].message, "schema");
    if (report.count == 0)
        findings_add(out, (struct str){0}, str_copy(s, scope_why(s)), "schema");
    scope_forgive(s);
    return OK;
}

static enum status check_xsd(struct scope *s, const struct type *t, struct str source,
                             struct findings *out)
{
    struct xml_options options = {.xsd = t->xsd, .violations_max = TYPE_FINDINGS_MAX};
    struct xml_report report = {0};
    struct json again = {0};
    enum status e = xml_parse(s, source, &options, &again, &report);

    if (e != REFUSED)
        return e;
    for (size_t i = 0; i < report.count; i++)
        findings_add(out, str_format(s, "line %u", report.violations[i].line),
                     report.violations[i].message, "schema");
    if (report.count == 0)
        findings_add(out, (struct str){0}, str_copy(s, scope_why(s)), "schema");
    scope_forgive(s);
    return OK;
}

static void check_rules(struct scope *s, const struct type *t, struct json document,
                        int64_t received_at_us, struct findings *out)
{
    struct str why = {0};

    for (size_t i = 0; i < t->rule_count; i++)
        if (!rule_holds(s, t->rules[i], document, received_at_us, &why))
            findings_add(out, (struct str){0}, why, str_z(s, rule_name(t->rules[i])));
}

enum status type_check(struct scope *s, const struct type *t, struct json document,
                       struct str source, int64_t received_at_us, struct findings *out)
{
    *out = (struct findings){0};
    TRY(t->xml ? check_xsd(s, t, source, out) : check_schema(s, t, document, out));
    if (out->count > 0) // sums of what has the wrong form say nothing
        return OK;
    totals_check(s, &t->totals, document, out);
    check_rules(s, t, document, received_at_us, out);
    return OK;
}
