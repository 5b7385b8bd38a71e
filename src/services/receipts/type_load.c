// Receipt types from their folders: those in the binary first, then those of the operator. What
// type.json may say is itself a schema, types/type.schema.json.
#include "services/receipts/type_impl.h"

#include "core/asset.h"
#include "core/scope.h"
#include "expr/schema.h"
#include "expr/xml.h"
#include "services/receipts/rule.h"
#include "sys/file.h"

enum { TYPES_MAX = 200, TYPE_FILE_BYTES_MAX = 1 << 20, SHIPPED = sizeof "/type.json" - 1 };

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
    const struct schema *schema; // of type.json
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

static enum status compile_json(struct scope *s, struct str text, const struct schema **out)
{
    struct schema_options options = {.assert_formats = true, .refuse_unknown = true};
    struct json schema = {0};

    TRY(json_parse(s, text, &json_limits_strict, &schema));
    return schema_compile_json(s, schema, &options, out);
}

static enum status compile_schema_of_types(struct scope *s, const struct schema **out)
{
    const struct asset *a = asset_find(str("services/receipts/types/type.schema.json"));

    return compile_json(s, asset_text(a), out);
}

static enum status compile_form(struct scope *s, const struct source *from, struct str name,
                                struct type *t)
{
    struct str text = {0};

    TRY(read_file(s, from, name, &text));
    enum status e = t->xml ? xsd_compile(s, text, &t->xsd) : compile_json(s, text, &t->schema);
    return e == OK ? OK : fail(s, e, "%.*s: %.*s", STR(name), STR(scope_why(s)));
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

static enum status compile_rules(struct scope *s, struct json rules, struct type *t)
{
    t->rule_count = json_is(rules, JSON_ARRAY) ? rules.count : 0;
    t->rules = scope_array(s, t->rule_count, sizeof *t->rules);
    for (size_t i = 0; i < t->rule_count; i++) {
        struct json rule = json_at(rules, i);
        TRY(rule_compile(s, json_text(json_member(rule, "name")),
                         json_text(json_member(rule, "check")),
                         json_text(json_member(rule, "message")), &t->rules[i]));
    }
    return OK;
}

static enum status read_type(struct scope *s, const struct source *from, struct type *t)
{
    struct str text = {0};
    struct json j = {0};

    TRY(read_file(s, from, str("type.json"), &text));
    TRY(json_parse(s, text, &json_limits_strict, &j));
    TRY(schema_check(s, from->schema, j, 0, NULL));
    struct json recognise = json_member(j, "recognise");
    struct json mapping = json_member(j, "mapping");
    *t = (struct type){
        .name = json_text(json_member(j, "name")),
        .title = json_text(json_member(j, "title")),
        .xml = str_is(json_text(json_member(j, "format")), "xml"),
        .unique_number = json_is(json_member(j, "uniqueNumber"), JSON_TRUE),
        .recognise_pointer = json_text(json_member(recognise, "pointer")),
        .recognise_value = json_text(json_member(recognise, "equals")),
    };
    for (size_t i = 0; i < COMMON_FIELDS; i++) {
        struct json at = json_member(mapping, type_common_names[i]);
        t->mapping[i] = json_text(json_is(at, JSON_ARRAY) ? json_at(at, 0) : at);
        if (json_is(at, JSON_ARRAY))
            t->others[i] = at;
    }
    read_totals(json_member(j, "totals"), &t->totals);
    TRY(compile_form(s, from, json_text(json_member(j, "schema")), t));
    return compile_rules(s, json_member(j, "rules"), t);
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

static enum status load_shipped(struct scope *s, struct types *all, struct source *from)
{
    const struct asset *a = NULL;

    from->is_shipped = true;
    for (a = asset_next(str(shipped), a); a; a = asset_next(str(shipped), a)) {
        struct str path = str(a->path);
        if (!str_ends(path, str("/type.json")))
            continue;
        from->folder = str_slice(path, 0, path.bytes - SHIPPED);
        TRY(add_type(s, all, from));
    }
    from->is_shipped = false;
    return OK;
}

// Files beside the folders are none of ours: a README, say.
static enum status load_directory(struct scope *s, struct types *all, struct source *from,
                                  struct str directory)
{
    struct str *names = NULL;
    struct file_info info = {0};
    size_t count = 0;

    TRY(directory_list(s, from->world, directory, &names, &count));
    for (size_t i = 0; i < count; i++) {
        from->folder = str_concat(s, 3, directory, str("/"), names[i]);
        TRY(path_info(s, from->world, from->folder, &info));
        if (info.is_directory)
            TRY(add_type(s, all, from));
    }
    return OK;
}

enum status types_load(struct scope *s, struct world *w, struct str directory, struct types **out)
{
    struct types *all = scope_new(s, struct types);
    struct source from = {.world = w};

    TRY(compile_schema_of_types(s, &from.schema));
    TRY(load_shipped(s, all, &from));
    if (directory.bytes)
        TRY(load_directory(s, all, &from, directory));
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
