// Receipt types: reading their folders, recognising documents, reading common fields, checking.
#include "services/receipts/type_impl.h"

#include "core/asset.h"
#include "core/date.h"
#include "core/decimal.h"
#include "core/scope.h"
#include "expr/pointer.h"
#include "expr/schema.h"
#include "expr/xml.h"
#include "sys/file.h"

enum { TYPES_MAX = 200, TYPE_FILE_BYTES_MAX = 1 << 20, FIELD_BYTES_MAX = 128 };

static const char shipped[] = "services/receipts/types/";

struct types {
    struct type items[TYPES_MAX];
    size_t count;
};

// Where a type's files come from: the binary, or a folder.
struct source {
    struct world *world;
    struct str folder;
    bool is_shipped;
};

static enum status read_file(struct scope *s, const struct source *from, struct str name,
                             struct str *out)
{
    struct str path = str_concat(s, 3, from->folder, str("/"), name);

    if (!from->is_shipped)
        return file_read_whole(s, from->world, path, TYPE_FILE_BYTES_MAX, out);
    const struct asset *a = asset_find(path);
    if (!a)
        return fail(s, NOT_FOUND, "%.*s is missing", STR(path));
    *out = asset_text(a);
    return OK;
}

static void read_totals(struct json j, struct totals_def *out)
{
    const struct {
        const char *name;
        struct str *to;
    } rows[] = {
        {"lines", &out->lines},          {"lineAmount", &out->line_amount},
        {"lineRate", &out->line_rate},   {"vat", &out->vat},
        {"vatRate", &out->vat_rate},     {"vatBase", &out->vat_base},
        {"vatAmount", &out->vat_amount}, {"total", &out->total},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        *rows[i].to = json_text(json_member(j, rows[i].name));
}

static enum status compile_rules(struct scope *s, const struct source *from, struct json j,
                                 struct type *t)
{
    struct str name = json_text(json_member(j, "schema"));
    struct str text = {0};
    struct json schema = {0};
    struct schema_options options = {.assert_formats = true, .refuse_unknown = true};

    TRY(read_file(s, from, name, &text));
    if (t->xml)
        return xsd_compile(s, text, &t->xsd);
    TRY(json_parse(s, text, &json_limits_strict, &schema));
    return schema_compile_json(s, schema, &options, &t->schema);
}

static const char *const common_names[COMMON_FIELDS] = {"client", "date", "number", "total",
                                                        "currency"};

static enum status read_type(struct scope *s, const struct source *from, struct type *t)
{
    struct str text = {0};
    struct json j = {0};

    TRY(read_file(s, from, str("type.json"), &text));
    TRY(json_parse(s, text, &json_limits_strict, &j));
    struct json recognise = json_member(j, "recognise");
    struct str format = json_text(json_member(j, "format"));
    *t = (struct type){
        .name = json_text(json_member(j, "name")),
        .title = json_text(json_member(j, "title")),
        .xml = str_is(format, "xml"),
        .unique_number = json_is(json_member(j, "uniqueNumber"), JSON_TRUE),
        .recognise_pointer = json_text(json_member(recognise, "pointer")),
        .recognise_value = json_text(json_member(recognise, "equals")),
    };
    if (t->name.bytes == 0 || (!t->xml && !str_is(format, "json")))
        return fail(s, INVALID, "it wants a name, and the format json or xml");
    if (!pointer_is_valid(t->recognise_pointer) || t->recognise_pointer.bytes == 0)
        return fail(s, INVALID, "recognise.pointer is not a JSON Pointer");
    for (size_t i = 0; i < COMMON_FIELDS; i++) {
        t->mapping[i] = json_text(json_member(json_member(j, "mapping"), common_names[i]));
        if (!pointer_is_valid(t->mapping[i]))
            return fail(s, INVALID, "mapping.%s is not a JSON Pointer", common_names[i]);
    }
    read_totals(json_member(j, "totals"), &t->totals);
    return compile_rules(s, from, j, t);
}

static enum status add_type(struct scope *s, struct types *all, const struct source *from)
{
    if (all->count == TYPES_MAX)
        return fail(s, INVALID, "more than %d receipt types", TYPES_MAX);
    struct type *t = &all->items[all->count];
    enum status e = read_type(s, from, t);
    if (e != OK)
        return fail(s, INVALID, "receipt type %.*s: %.*s", STR(from->folder), STR(scope_why(s)));
    if (types_find(all, t->name))
        return fail(s, INVALID, "receipt type %.*s: there is another named %.*s", STR(from->folder),
                    STR(t->name));
    all->count++;
    return OK;
}

static enum status load_shipped(struct scope *s, struct types *all)
{
    const struct asset *a = NULL;

    for (a = asset_next(str(shipped), a); a; a = asset_next(str(shipped), a)) {
        struct str path = str(a->path);
        if (!str_ends(path, str("/type.json")))
            continue;
        struct source from = {.folder = str_slice(path, 0, path.bytes - sizeof "/type.json" + 1),
                              .is_shipped = true};
        TRY(add_type(s, all, &from));
    }
    return OK;
}

static enum status load_directory(struct scope *s, struct types *all, struct world *w,
                                  struct str directory)
{
    struct str *names = NULL;
    size_t count = 0;

    TRY(directory_list(s, w, directory, &names, &count));
    for (size_t i = 0; i < count; i++) {
        struct source from = {.world = w,
                              .folder = str_concat(s, 3, directory, str("/"), names[i])};
        TRY(add_type(s, all, &from));
    }
    return OK;
}

enum status types_load(struct scope *s, struct world *w, struct str directory, struct types **out)
{
    struct types *all = scope_new(s, struct types);

    TRY(load_shipped(s, all));
    if (directory.bytes)
        TRY(load_directory(s, all, w, directory));
    *out = all;
    return OK;
}

size_t types_count(const struct types *all)
{
    return all->count;
}

const struct type *types_at(const struct types *all, size_t index)
{
    return &all->items[index];
}

const struct type *types_find(const struct types *all, struct str name)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->items[i].name, name))
            return &all->items[i];
    return NULL;
}

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

// Follows a pointer; JSON_NONE when it leads nowhere. Costs nothing when nothing is escaped.
static struct json follow(struct scope *s, struct json j, struct str pointer)
{
    struct str token = {0};

    while (pointer_next(&pointer, &token))
        j = pointer_step(s, j, token);
    return j;
}

// Text that a field may be mapped from: a string, or a number as written.
static struct str plain_text(struct json j)
{
    return json_is(j, JSON_STRING) || json_is(j, JSON_NUMBER) ? json_text(j) : (struct str){0};
}

const struct type *types_recognise(const struct types *all, bool xml, struct json document)
{
    struct scope *none = NULL; // the pointers of types have no escapes that would need one

    for (size_t i = 0; i < all->count; i++) {
        const struct type *t = &all->items[i];
        if (t->xml != xml)
            continue;
        struct json at = follow(none, document, t->recognise_pointer);
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
    if (t->mapping[field].bytes == 0)
        return OK;
    *out = plain_text(follow(s, document, t->mapping[field]));
    if (out->bytes == 0)
        return fail(s, REFUSED, "%.*s is missing: a receipt of type %.*s has its %s there",
                    STR(t->mapping[field]), STR(t->name), common_names[field]);
    if (out->bytes > FIELD_BYTES_MAX)
        return fail(s, REFUSED, "%.*s is longer than %d bytes", STR(t->mapping[field]),
                    FIELD_BYTES_MAX);
    return OK;
}

enum status type_common(struct scope *s, const struct type *t, struct json document,
                        struct common_fields *out)
{
    struct str *fields[COMMON_FIELDS] = {&out->client, &out->date, &out->number, &out->total,
                                         &out->currency};
    struct date day;
    struct decimal total;

    *out = (struct common_fields){0};
    for (size_t i = 0; i < COMMON_FIELDS; i++)
        TRY(read_common(s, t, document, i, fields[i]));
    out->date = str_slice(out->date, 0, DATE_TEXT_BYTES); // of a date and time, the local day
    if (!date_read(out->date, &day))
        return fail(s, REFUSED, "%.*s does not begin with a day as 2026-11-22", STR(t->mapping[1]));
    if (out->total.bytes && decimal_parse(s, out->total, &total) != OK)
        return fail(s, REFUSED, "%.*s is not a number", STR(t->mapping[3]));
    for (size_t i = 0; i < out->client.bytes; i++) {
        if (out->client.data[i] <= ' ' || out->client.data[i] > '~' || out->client.data[i] == '/')
            return fail(s, REFUSED, "%.*s: printable ASCII without '/' and space",
                        STR(t->mapping[0]));
    }
    return OK;
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
        findings_add(out, (struct str){0}, scope_why(s), "schema");
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
    return OK;
}

enum status type_check(struct scope *s, const struct type *t, struct json document,
                       struct str source, struct findings *out)
{
    *out = (struct findings){0};
    TRY(t->xml ? check_xsd(s, t, source, out) : check_schema(s, t, document, out));
    if (out->count == 0) // sums of what has the wrong form say nothing
        totals_check(s, &t->totals, document, out);
    return OK;
}
