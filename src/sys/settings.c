// Settings from their sources, in the order of their strength. Whatever is wrong, one line says
// where it was given, what was given and what would do.
#include "sys/settings.h"

#include "core/json.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/settings_impl.h"

#include <assert.h>

enum {
    SHOWN_BYTES_MAX = 80, // of a refused value
    NAME_BYTES_MAX = 64,
};

const struct setting_def settings_file_table[] = {
    SETTING("settings", PATH, NULL, NULL, NULL, NULL,
            "The JSON file that settings are read from; given by environment or flag only.")
        SETTINGS_END,
};

static size_t table_count(const struct setting_def *table)
{
    size_t count = 0;

    while (table[count].name)
        count++;
    return count;
}

static struct setting *find(const struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->count; i++)
        if (str_is(name, settings->items[i].def->name))
            return &settings->items[i];
    return NULL;
}

static struct setting *find_variable(struct scope *s, const struct settings *settings,
                                     struct str variable)
{
    for (size_t i = 0; i < settings->count; i++)
        if (str_equal(variable, setting_variable(s, settings->items[i].def)))
            return &settings->items[i];
    return NULL;
}

static void add_table(struct scope *s, struct settings *settings, const struct setting_def *table)
{
    for (; table->name; table++) {
        struct setting *setting = &settings->items[settings->count];
        // Variables are as unique as names: "a.b" and "a_b" would meet in one.
        assert(!find_variable(s, settings, setting_variable(s, table)));
        assert(strlen(table->name) <= NAME_BYTES_MAX);
        *setting = (struct setting){.def = table, .text = str("")};
        settings->count++;
        if (!table->standard)
            continue;
        setting->text = str(table->standard);
        setting->source = str("default");
        setting->is_set = true;
        bool good = setting_parse(table, setting->text, &setting->number);
        assert(good);
    }
}

static struct settings *make(struct scope *s, const struct settings_sources *from)
{
    struct settings *settings = scope_new(s, struct settings);
    size_t count = table_count(settings_file_table);

    for (size_t i = 0; from->tables[i]; i++)
        count += table_count(from->tables[i]);
    *settings = (struct settings){.items = scope_array(s, count, sizeof *settings->items),
                                  .world = from->world,
                                  .environment = from->environment};
    add_table(s, settings, settings_file_table);
    for (size_t i = 0; from->tables[i]; i++)
        add_table(s, settings, from->tables[i]);
    return settings;
}

// How many bytes to insert, remove or replace to get from one name to another.
static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_BYTES_MAX + 1];

    if (a.bytes > NAME_BYTES_MAX || b.bytes > NAME_BYTES_MAX)
        return NAME_BYTES_MAX;
    for (size_t j = 0; j <= b.bytes; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.bytes; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.bytes; j++) {
            size_t best = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b.bytes];
}

static enum status refuse_name(struct scope *s, const struct settings *settings, struct str name,
                               struct str source)
{
    const char *nearest = NULL;
    size_t best = 4; // farther names are no misspellings

    for (size_t i = 0; i < settings->count; i++) {
        size_t far = distance(name, str(settings->items[i].def->name));
        if (far < best) {
            best = far;
            nearest = settings->items[i].def->name;
        }
    }
    name = str_slice(name, 0, SHOWN_BYTES_MAX);
    if (nearest)
        return fail(s, INVALID, "%.*s: there is no setting \"%.*s\"; is %s meant?", STR(source),
                    STR(name), nearest);
    return fail(s, INVALID, "%.*s: there is no setting \"%.*s\"", STR(source), STR(name));
}

static enum status refuse_value(struct scope *s, const struct setting_def *def, struct str value,
                                struct str source)
{
    struct str allowed = setting_allowed(s, def);

    if (def->type == SETTING_SECRET) // the value may be the secret itself
        return fail(s, INVALID, "%.*s: %s must be %.*s, never the secret itself", STR(source),
                    def->name, STR(allowed));
    value = str_slice(value, 0, SHOWN_BYTES_MAX);
    return fail(s, INVALID, "%.*s: %s is \"%.*s\"; it must be %.*s", STR(source), def->name,
                STR(value), STR(allowed));
}

static enum status give(struct scope *s, struct setting *setting, struct str value,
                        struct str source)
{
    int64_t number = 0;

    if (!setting_parse(setting->def, value, &number))
        return refuse_value(s, setting->def, value, source);
    setting->text = value;
    setting->number = number;
    setting->is_set = true;
    setting->source = source;
    return OK;
}

// Whether the row's type is written as this kind of JSON value.
static bool json_fits(enum setting_type type, struct json value)
{
    if (json_is(value, JSON_NUMBER))
        return type == SETTING_INTEGER || type == SETTING_BYTES;
    if (json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE))
        return type == SETTING_BOOLEAN;
    return json_is(value, JSON_STRING) && type != SETTING_INTEGER && type != SETTING_BOOLEAN;
}

static enum status give_json(struct scope *s, struct settings *settings, struct str name,
                             struct json value, struct str source)
{
    struct setting *setting = find(settings, name);

    if (!setting)
        return refuse_name(s, settings, name, source);
    if (setting->def == settings_file_table)
        return fail(s, INVALID, "%.*s: settings is given by environment or flag only", STR(source));
    if (setting->source.data == source.data)
        return fail(s, INVALID, "%.*s: %s is given twice", STR(source), setting->def->name);
    struct str written = json_is(value, JSON_STRING) ? json_text(value) : json_to_str(s, value);
    if (!json_fits(setting->def->type, value))
        return refuse_value(s, setting->def, written, source);
    return give(s, setting, written, source);
}

// Objects group names: {"http": {"port": 1}} is http.port.
static enum status give_object(struct scope *s, struct settings *settings, struct str group,
                               struct json object, struct str source)
{
    for (size_t i = 0; i < object.count; i++) {
        const struct json_member *m = &object.members[i];
        struct str name = group.bytes > 0 ? str_concat(s, 3, group, str("."), m->name) : m->name;
        if (json_is(m->value, JSON_OBJECT))
            TRY(give_object(s, settings, name, m->value, source));
        else
            TRY(give_json(s, settings, name, m->value, source));
    }
    return OK;
}

static enum status read_file(struct scope *s, struct settings *settings,
                             const struct settings_sources *from)
{
    const struct setting *named = &settings->items[0];
    struct str path = named->is_set ? named->text : from->file;
    struct str text = {0};
    struct json file = {0};

    if (path.bytes == 0 || (!named->is_set && !path_exists(from->world, path)))
        return OK;
    struct str source = str_concat(s, 2, str("file "), path);
    TRY(file_read_whole(s, from->world, path, SETTINGS_FILE_BYTES_MAX, &text));
    if (json_parse(s, text, &json_limits_strict, &file) != OK)
        return fail(s, INVALID, "%.*s: %.*s", STR(source), STR(scope_why(s)));
    if (!json_is(file, JSON_OBJECT))
        return fail(s, INVALID, "%.*s: it must be an object", STR(source));
    return give_object(s, settings, str(""), file, source);
}

static enum status read_variable(struct scope *s, struct settings *settings, struct str entry,
                                 const struct setting_def *only)
{
    if (!str_starts(entry, str("SHEAF_")))
        return OK;
    struct str value = entry;
    struct str name = str_cut(&value, '=');
    struct str source = str_concat(s, 2, str("environment "), name);
    struct setting *setting = find_variable(s, settings, name);
    if (only && (!setting || setting->def != only))
        return OK;
    if (!setting)
        return refuse_name(s, settings, name, source);
    return give(s, setting, value, source);
}

static enum status read_flag(struct scope *s, struct settings *settings, struct str flag,
                             const struct setting_def *only)
{
    struct str value = str_slice(flag, 2, flag.bytes);
    struct str name = str_cut(&value, '=');
    struct str source = str_concat(s, 2, str("flag --"), name);
    struct setting *setting = str_starts(flag, str("--")) ? find(settings, name) : NULL;

    if (only && (!setting || setting->def != only))
        return OK;
    if (!str_starts(flag, str("--")))
        return fail(s, INVALID, "\"%.*s\" is no flag: settings are given as --name=value",
                    STR(str_slice(flag, 0, SHOWN_BYTES_MAX)));
    if (!setting)
        return refuse_name(s, settings, name, source);
    if (!value.data && setting->def->type == SETTING_BOOLEAN)
        value = str("true");
    return give(s, setting, value, source);
}

// Reads the environment and then the flags; of `only`, or of all when it is NULL.
static enum status read_outside(struct scope *s, struct settings *settings,
                                const struct settings_sources *from, const struct setting_def *only)
{
    for (char *const *entry = from->environment; *entry; entry++)
        TRY(read_variable(s, settings, str(*entry), only));
    for (char *const *flag = from->flags; *flag; flag++)
        TRY(read_flag(s, settings, str(*flag), only));
    return OK;
}

enum status settings_load(struct scope *s, const struct settings_sources *from,
                          struct settings **out)
{
    struct settings *settings = make(s, from);

    TRY(read_outside(s, settings, from, settings_file_table));
    TRY(read_file(s, settings, from));
    TRY(read_outside(s, settings, from, NULL));
    *out = settings;
    return OK;
}

static const struct setting *get(const struct settings *settings, const char *name)
{
    const struct setting *setting = find(settings, str(name));

    assert(setting);
    return setting;
}

bool settings_has(const struct settings *settings, const char *name)
{
    return get(settings, name)->is_set;
}

struct str settings_text(const struct settings *settings, const char *name)
{
    const struct setting *setting = get(settings, name);
    enum setting_type type = setting->def->type;

    assert(type == SETTING_TEXT || type == SETTING_CHOICE || type == SETTING_PATH);
    return setting->text;
}

int64_t settings_integer(const struct settings *settings, const char *name)
{
    const struct setting *setting = get(settings, name);

    assert(setting->def->type == SETTING_INTEGER || setting->def->type == SETTING_BYTES);
    return setting->number;
}

int64_t settings_duration_us(const struct settings *settings, const char *name)
{
    const struct setting *setting = get(settings, name);

    assert(setting->def->type == SETTING_DURATION);
    return setting->number;
}

bool settings_boolean(const struct settings *settings, const char *name)
{
    const struct setting *setting = get(settings, name);

    assert(setting->def->type == SETTING_BOOLEAN);
    return setting->number != 0;
}

static enum status secret_path(struct scope *s, const struct settings *settings, struct str name,
                               struct str *out)
{
    struct str folder = environment_get(settings->environment, "CREDENTIALS_DIRECTORY");

    if (folder.bytes == 0)
        return fail(s, INVALID, "there is no $CREDENTIALS_DIRECTORY");
    if (str_find_byte(name, '/') < name.bytes)
        return fail(s, INVALID, "a credential's name has no '/'");
    *out = str_concat(s, 3, folder, str("/"), name);
    return OK;
}

// Follows a reference, which setting_parse() has found to be one.
static enum status secret_read(struct scope *s, const struct settings *settings,
                               struct str reference, struct str *out)
{
    struct str rest = reference;
    struct str kind = str_cut(&rest, ':');

    if (str_is(kind, "env")) {
        *out = environment_get(settings->environment, str_z(s, rest));
        return OK;
    }
    if (str_is(kind, "credential"))
        TRY(secret_path(s, settings, rest, &rest));
    return file_read_whole(s, settings->world, rest, SETTINGS_SECRET_BYTES_MAX, out);
}

enum status settings_secret(struct scope *s, const struct settings *settings, const char *name,
                            struct str *out)
{
    const struct setting *setting = get(settings, name);

    assert(setting->def->type == SETTING_SECRET);
    *out = (struct str){0};
    if (!setting->is_set)
        return OK;
    if (secret_read(s, settings, setting->text, out) != OK)
        return fail(s, INVALID, "%.*s: the secret %s cannot be read: %.*s", STR(setting->source),
                    name, STR(scope_why(s)));
    if (str_ends(*out, str("\n")))
        out->bytes -= str_ends(*out, str("\r\n")) ? 2 : 1;
    if (out->bytes == 0)
        return fail(s, INVALID, "%.*s: the secret %s is empty", STR(setting->source), name);
    return OK;
}
