// Tables are sorted by key; a row that is found is merged as it was compiled.
#include "services/signing/lookup.h"

#include "core/asset.h"
#include "core/csv.h"
#include "core/scope.h"
#include "edge/service.h"
#include "services/signing/nsc.h"
#include "sys/file.h"
#include "sys/settings.h"

#include <stdlib.h>
#include <string.h>

static const char shipped[] = "services/signing/lookups/";

struct entry {
    struct str key;
    struct json adds; // an object
};

struct lookup_table {
    struct str name; // of the file, without its ending
    struct str key;  // the field of the row
    struct entry *entries;
    size_t count;
};

struct lookups {
    struct lookup_table tables[LOOKUP_TABLES_MAX];
    size_t count;
    bool strict;
};

// -- merging -------------------------------------------------------------------------------------

// Sets `name`, of which what stands before a point names an object.
static struct json with_path(struct scope *s, struct json object, struct str name,
                             struct json value)
{
    struct str rest = name;
    struct str first = str_cut(&rest, '.');
    struct json inner = json_get(object, first);

    if (!rest.data)
        return json_with(s, object, name, value);
    if (!json_is(inner, JSON_OBJECT))
        inner = json_object(NULL, 0);
    return json_with(s, object, first, json_with(s, inner, rest, value));
}

// What the row says itself stands.
static struct json merge(struct scope *s, struct json row, struct json adds)
{
    for (size_t i = 0; i < adds.count; i++)
        if (json_get(row, adds.members[i].name).type == JSON_NONE)
            row = json_with(s, row, adds.members[i].name, adds.members[i].value);
    return row;
}

static int by_key(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;

    return str_compare(a->key, b->key);
}

enum status lookup_enrich(struct scope *s, const struct lookups *all, struct json row,
                          struct json *out)
{
    *out = row;
    for (size_t i = 0; i < all->count; i++) {
        const struct lookup_table *t = &all->tables[i];
        struct entry wanted = {.key = json_text(json_get(row, t->key))};
        const struct entry *found = NULL;
        if (wanted.key.bytes && t->count)
            found = bsearch(&wanted, t->entries, t->count, sizeof *t->entries, by_key);
        if (found)
            *out = merge(s, *out, found->adds);
        else if (all->strict && wanted.key.bytes)
            return fail(s, REFUSED, "the table %.*s has no %.*s \"%.*s\"", STR(t->name),
                        STR(t->key), STR(wanted.key));
    }
    return OK;
}

// -- compiling -----------------------------------------------------------------------------------

static bool is_field(struct str name)
{
    for (unsigned i = 0; i < NSC_FIELDS; i++)
        if (str_is(name, nsc_field_name((enum nsc_field)i)))
            return true;
    return false;
}

static enum status check_names(struct scope *s, const struct lookup_table *t,
                               const struct csv_row *header)
{
    if (header->count == 0 || !is_field(header->fields[0]))
        return fail(s, INVALID, "the lookup table %.*s: its first column is no field of a row",
                    STR(t->name));
    for (size_t i = 0; i < header->count; i++) {
        if (header->fields[i].bytes == 0)
            return fail(s, INVALID, "the lookup table %.*s: column %zu has no name", STR(t->name),
                        i + 1);
    }
    return OK;
}

static enum status add_entry(struct scope *s, struct lookup_table *t, size_t *room,
                             struct entry entry)
{
    if (t->count == LOOKUP_ROWS_MAX)
        return fail(s, TOO_LARGE, "the lookup table %.*s has more than %d rows", STR(t->name),
                    LOOKUP_ROWS_MAX);
    if (t->count == *room) {
        *room = *room ? 2 * *room : 64;
        struct entry *more = scope_array(s, *room, sizeof *more);
        if (t->count)
            memcpy(more, t->entries, t->count * sizeof *more);
        t->entries = more;
    }
    t->entries[t->count++] = entry;
    return OK;
}

static enum status compile_csv(struct scope *s, struct str text, struct lookup_table *t)
{
    struct csv_options options = csv_options_standard;
    struct str first = str_slice(text, 0, str_find_byte(text, '\n'));
    struct csv_row header = {0};
    struct csv_row row = {0};
    size_t room = 0;

    options.delimiter = str_find_byte(first, ';') < first.bytes ? ';' : ',';
    options.fields_max = LOOKUP_COLUMNS_MAX;
    struct csv_reader reader = csv_open(text, &options);
    TRY(csv_next(s, &reader, &header));
    TRY(check_names(s, t, &header));
    t->key = header.fields[0];
    for (;;) {
        TRY(csv_next(s, &reader, &row));
        if (row.count == 0)
            return OK;
        if (row.count == 1 && row.fields[0].bytes == 0)
            continue;
        if (row.count != header.count || row.fields[0].bytes == 0)
            return fail(s, INVALID, "the lookup table %.*s, line %zu: it has %zu columns, not %zu",
                        STR(t->name), row.line, row.count, header.count);
        struct entry entry = {row.fields[0], json_object(NULL, 0)};
        for (size_t i = 1; i < row.count; i++)
            if (row.fields[i].bytes)
                entry.adds = with_path(s, entry.adds, header.fields[i], json_string(row.fields[i]));
        TRY(add_entry(s, t, &room, entry));
    }
}

static enum status compile_json(struct scope *s, struct str text, struct lookup_table *t)
{
    struct json rows = {0};
    size_t room = 0;

    TRY(json_parse(s, text, &json_limits_lenient, &rows));
    for (size_t i = 0; i < rows.count && json_is(rows, JSON_ARRAY); i++) {
        struct json row = json_at(rows, i);
        struct str key =
            json_is(row, JSON_OBJECT) && row.count ? row.members[0].name : (struct str){0};
        if (!is_field(key) || (t->key.bytes && !str_equal(key, t->key))) {
            return fail(s, INVALID,
                        "the lookup table %.*s, item %zu: its first member is not the key",
                        STR(t->name), i);
        }
        t->key = key;
        struct entry entry = {json_text(row.members[0].value), json_object(NULL, 0)};
        for (size_t k = 1; k < row.count; k++)
            entry.adds = with_path(s, entry.adds, row.members[k].name, row.members[k].value);
        TRY(add_entry(s, t, &room, entry));
    }
    return t->count
               ? OK
               : fail(s, INVALID, "the lookup table %.*s is no array of objects", STR(t->name));
}

static enum status compile(struct scope *s, struct str name, struct str text,
                           struct lookup_table *t)
{
    bool json = str_ends(name, str(".json"));

    *t = (struct lookup_table){.name = str_slice(name, 0, str_find_byte(name, '.'))};
    enum status e = json ? compile_json(s, text, t) : compile_csv(s, text, t);
    if (e != OK) // what the readers say lacks the file
        return fail(s, e, "%.*s: %.*s", STR(name), STR(str_copy(s, scope_why(s))));
    qsort(t->entries, t->count, sizeof *t->entries, by_key);
    for (size_t i = 1; i < t->count; i++) {
        if (str_equal(t->entries[i].key, t->entries[i - 1].key))
            return fail(s, INVALID, "%.*s: the key \"%.*s\" comes twice", STR(name),
                        STR(t->entries[i].key));
    }
    return OK;
}

// Adds a table, in the place of one of its name.
static enum status add_table(struct scope *s, struct lookups *all, struct str name, struct str text)
{
    struct lookup_table t = {0};
    size_t i = 0;

    if (!str_ends(name, str(".csv")) && !str_ends(name, str(".json")))
        return OK;
    TRY(compile(s, name, text, &t));
    while (i < all->count && !str_equal(all->tables[i].name, t.name))
        i++;
    if (i == LOOKUP_TABLES_MAX)
        return fail(s, TOO_LARGE, "there are more than %d lookup tables", LOOKUP_TABLES_MAX);
    all->tables[i] = t;
    all->count += i == all->count;
    return OK;
}

enum status lookups_open(struct scope *s, const struct platform *platform, struct lookups **out)
{
    struct lookups *all = scope_new(s, struct lookups);
    struct str folder = settings_text(platform->settings, "signing.lookups");
    struct str *names = NULL;
    size_t count = 0;

    all->strict = settings_boolean(platform->settings, "signing.lookups_strict");
    for (const struct asset *a = NULL; (a = asset_next(str(shipped), a));)
        TRY(add_table(s, all, str_slice(str(a->path), sizeof shipped - 1, strlen(a->path)),
                      asset_text(a)));
    if (folder.bytes)
        TRY(directory_list(s, platform->world, folder, &names, &count));
    for (size_t i = 0; i < count; i++) {
        struct str text = {0};
        if (names[i].data[0] == '.')
            continue;
        TRY(file_read_whole(s, platform->world, str_concat(s, 3, folder, str("/"), names[i]),
                            LOOKUP_FILE_BYTES_MAX, &text));
        TRY(add_table(s, all, names[i], text));
    }
    *out = all;
    return OK;
}
