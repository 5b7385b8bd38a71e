// Reading of the command line, and help.
#include "app/command.h"

#include "core/buf.h"
#include "core/scope.h"
#include "sys/settings.h"

#include <assert.h>
#include <stdarg.h>

enum { NAMES_BYTES_MAX = 4096, HELP_BYTES_MAX = 1 << 20, LISTS = 3 };

static const struct command *find(const struct command *table, const char *name)
{
    for (; table->name; table++)
        if (str_is(str(table->name), name))
            return table;
    return NULL;
}

static struct str names_of(struct scope *s, const struct command *table)
{
    struct buf b = buf_make(s, NAMES_BYTES_MAX);

    for (const struct command *c = table; c->name; c++)
        buf_format(&b, "%s%s", c == table ? "" : c[1].name ? ", " : " and ", c->name);
    return buf_str(&b);
}

enum status command_find(struct scope *s, const struct command *table, char ***arguments,
                         const struct command **out)
{
    const struct command *all = table;
    const struct command *group = NULL;

    assert(table);
    while (table && **arguments && !str_starts(str(**arguments), str("--"))) {
        const struct command *found = find(table, **arguments);
        if (!found) {
            return fail(s, INVALID, "%s%sthere is no command %s; there are %.*s",
                        group ? group->name : "", group ? ": " : "", **arguments,
                        STR(names_of(s, table)));
        }
        (*arguments)++;
        group = found;
        table = found->subcommands;
    }
    *out = group;
    if (group)
        return OK;
    return fail(s, INVALID, "a command is wanted; there are %.*s", STR(names_of(s, all)));
}

static bool is_setting(const struct setting_def *const *tables, struct str flag)
{
    struct str name = str_slice(flag, 2, str_find_byte(flag, '=') - 2);

    if (str_is(name, "settings"))
        return true;
    for (size_t t = 0; tables[t]; t++) {
        for (const struct setting_def *row = tables[t]; row->name; row++)
            if (str_is(name, row->name))
                return true;
    }
    return false;
}

// Whether the row of the command has the flag; with `=` at its end when it wants a value.
static bool has_flag(const struct command *c, struct str flag)
{
    struct str rest = str(c->flags);

    while (rest.data) {
        struct str known = str_cut(&rest, '|');
        if (known.bytes > 0 && str_equal(known, flag))
            return true;
    }
    return false;
}

// Whether `--name` stands without its value, which is then the next argument.
static bool wants_next(struct scope *s, const struct setting_def *const *settings,
                       const struct command *c, struct str word)
{
    if (str_find_byte(word, '=') < word.bytes)
        return false;
    return is_setting(settings, word) ||
           has_flag(c, str_concat(s, 2, str_slice(word, 2, word.bytes), str("=")));
}

// Writes `--name value` as `--name=value`, and leaves alone what stands behind `--`.
static char **join_values(struct scope *s, const struct setting_def *const *settings,
                          const struct command *c, char **arguments, size_t *count)
{
    size_t all = 0;
    while (arguments[all])
        all++;
    char **joined = scope_array(s, all + 1, sizeof(char *));

    *count = 0;
    for (size_t i = 0; i < all; i++) {
        struct str word = str(arguments[i]);
        if (str_is(word, "--")) {
            while (i < all)
                joined[(*count)++] = arguments[i++];
        } else if (str_starts(word, str("--")) && i + 1 < all && wants_next(s, settings, c, word)) {
            joined[(*count)++] = str_z(s, str_concat(s, 3, word, str("="), str(arguments[++i])));
        } else {
            joined[(*count)++] = arguments[i];
        }
    }
    return joined;
}

static enum status check_flag(struct scope *s, const struct command *c, struct str flag)
{
    size_t at = str_find_byte(flag, '=');
    struct str name = str_slice(flag, 2, at - 2);
    struct str with_value = str_concat(s, 2, name, str("="));

    if (has_flag(c, at < flag.bytes ? with_value : name))
        return OK;
    if (has_flag(c, with_value))
        return command_misused(s, c, "--%.*s wants a value: --%.*s=...", STR(name), STR(name));
    if (has_flag(c, name))
        return command_misused(s, c, "--%.*s takes no value", STR(name));
    return command_misused(s, c, "there is no flag --%.*s", STR(name));
}

static enum status check(struct scope *s, const struct command *c, const struct command_line *line)
{
    for (size_t i = 0; line->flags[i]; i++)
        TRY(check_flag(s, c, str(line->flags[i])));
    if (line->word_count < c->words_min)
        return command_misused(s, c, "something is missing");
    if (line->word_count > c->words_max)
        return command_misused(s, c, "\"%s\" is a word too many", line->words[c->words_max]);
    return OK;
}

// `data=` of `--data=FILE`. A command's own flag goes before a setting of that name.
static struct str flag_name(struct str word)
{
    return str_slice(word, 2, str_find_byte(word, '=') - 1);
}

enum status command_read(struct scope *s, const struct setting_def *const *settings,
                         char **arguments, struct command_line *line, char *const **settings_flags)
{
    char **lists[LISTS]; // words, settings, flags of the command
    size_t counts[LISTS] = {0};
    size_t count = 0;
    bool words_only = false;

    arguments = join_values(s, settings, line->command, arguments, &count);
    for (size_t i = 0; i < LISTS; i++)
        lists[i] = scope_array(s, count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        struct str word = str(arguments[i]);
        bool plain = words_only || !str_starts(word, str("--"));
        bool own = !plain && has_flag(line->command, flag_name(word));
        size_t list = plain ? 0 : !own && is_setting(settings, word) ? 1 : 2;
        if (!words_only && str_is(word, "--"))
            words_only = true;
        else if (!words_only && str_is(word, "--json"))
            line->json = true;
        else
            lists[list][counts[list]++] = arguments[i];
    }
    line->words = lists[0];
    line->word_count = counts[0];
    line->flags = lists[2];
    *settings_flags = lists[1];
    return check(s, line->command, line);
}

bool command_has(const struct command_line *line, const char *name)
{
    return command_flag(line, name).data != NULL;
}

struct str command_flag(const struct command_line *line, const char *name)
{
    for (size_t i = 0; line->flags[i]; i++) {
        struct str flag = str(line->flags[i] + 2);
        struct str key = str_slice(flag, 0, str_find_byte(flag, '='));
        if (str_is(key, name))
            return key.bytes == flag.bytes ? str("") : str_slice(flag, key.bytes + 1, flag.bytes);
    }
    return (struct str){0};
}

enum status command_number(struct scope *s, const struct command_line *line, const char *name,
                           uint64_t least, uint64_t most, uint64_t *out)
{
    struct str text = command_flag(line, name);
    uint64_t number = 0;

    if (!text.data)
        return OK;
    if (!str_to_u64(text, most, &number) || number < least)
        return command_misused(s, line->command, "--%s wants a number from %llu to %llu", name,
                               (unsigned long long)least, (unsigned long long)most);
    *out = number;
    return OK;
}

enum status command_require(struct scope *s, const struct command_line *line, const char *name,
                            struct str *out)
{
    *out = command_flag(line, name);
    return out->bytes ? OK : command_misused(s, line->command, "--%s=... is missing", name);
}

enum status command_misused(struct scope *s, const struct command *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str what = str_format_v(s, format, arguments);
    va_end(arguments);
    return fail(s, INVALID, "%.*s\nusage: sheaf %s", STR(what), command->usage);
}

static struct str short_form(struct scope *s, const struct command *c)
{
    struct buf b = buf_make(s, NAMES_BYTES_MAX);

    buf_put_z(&b, c->name);
    for (const struct command *sub = c->subcommands; sub && sub->name; sub++)
        buf_format(&b, "%s%s", sub == c->subcommands ? " " : "|", sub->name);
    return buf_str(&b);
}

void command_help_all(FILE *out, const struct command *table)
{
    struct scope *s = scope_open(HELP_BYTES_MAX);

    (void)fputs("Sheaf, a durable document server.\n\n"
                "usage: sheaf COMMAND ... [--json] [--setting=value ...]\n\n",
                out);
    for (const struct command *c = table; c->name; c++)
        (void)fprintf(out, "  %-54.*s %s\n", STR(short_form(s, c)), c->meaning);
    (void)fputs(
        "\n`sheaf help COMMAND` tells more. --data=DIR names the data folder; settings also\n"
        "come from sheaf.json in the working directory and from SHEAF_... in the\n"
        "environment: `sheaf settings` lists them.\n\n"
        "Exit codes: 0 done, 1 it did not work, 2 the command is wrong, 3 not found, 4 try\n"
        "again later.\n",
        out);
    scope_close(s);
}

void command_help(FILE *out, const struct command *command)
{
    if (!command->subcommands) {
        (void)fprintf(out, "usage: sheaf %s\n%s\n", command->usage, command->meaning);
        return;
    }
    for (const struct command *sub = command->subcommands; sub->name; sub++)
        (void)fprintf(out, "  sheaf %s\n      %s\n", sub->usage, sub->meaning);
}
