// Settings: tables of rows, each with a name, a type, a default, a range, a unit and a sentence;
// the code, its checks, --help and the documentation read the same row. Values come from a JSON
// file, then the environment, then flags; the later wins:
//
//     {"http": {"port": 8080}}          SHEAF_HTTP_PORT=8080          --http.port=8080
//
// Anything unknown, of a wrong type or out of range stops the start with one line that names the
// source, the setting, the value and what is allowed. Secrets are given by reference only and are
// read when asked for.
#ifndef SHEAF_SYS_SETTINGS_H
#define SHEAF_SYS_SETTINGS_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct scope;
struct settings;
struct world;

enum {
    SETTINGS_FILE_BYTES_MAX = 1 << 20,
    SETTINGS_SECRET_BYTES_MAX = 64 << 10,
};

enum setting_type {
    SETTING_TEXT,     // range: its bytes
    SETTING_CHOICE,   // one of the words in `unit`, separated by '|'
    SETTING_INTEGER,  // decimal
    SETTING_BOOLEAN,  // true or false; a flag without a value is true
    SETTING_BYTES,    // 512, 64KiB, 10MB, ...
    SETTING_DURATION, // 250ms, 30s, 5m, 24h, 7d; 0
    SETTING_PATH,     // relative to the working directory, or absolute
    SETTING_SECRET,   // file:PATH, env:NAME or credential:NAME (systemd's)
};

// All but the type are written as a user would; NULL: no default, no bound, no unit.
struct setting_def {
    const char *name; // words with '_', grouped by '.'; NULL ends the table
    enum setting_type type;
    const char *standard;
    const char *min;
    const char *max;
    const char *unit;
    const char *meaning; // one sentence
};

// Rows of a .def file: include it between the braces of an array, then SETTINGS_END.
// clang-format off
#define SETTING(name, type, standard, min, max, unit, meaning) \
    {name, SETTING_##type, standard, min, max, unit, meaning},
#define SETTINGS_END {0}
// clang-format on

struct settings_sources {
    struct world *world;
    const struct setting_def *const *tables; // NULL ends the list; static
    struct str file;          // read unless `settings` names another; may be missing then
    char *const *environment; // as environ
    char *const *flags;       // --name=value, ended by NULL
};

// Reads all sources. The result lives in the scope. Besides the tables' settings there is
// `settings`, the path of the file, which only the environment and flags can give.
// Errors: INVALID with the line to print; NOT_FOUND, TEMPORARY the file cannot be read.
enum status settings_load(struct scope *s, const struct settings_sources *from,
                          struct settings **out);

// Values. Asserts that the setting exists and has the type. What has no value is empty, 0, false.
bool settings_has(const struct settings *settings, const char *name);
struct str settings_text(const struct settings *settings, const char *name); // also CHOICE, PATH
int64_t settings_integer(const struct settings *settings, const char *name); // also BYTES
int64_t settings_duration_us(const struct settings *settings, const char *name);
bool settings_boolean(const struct settings *settings, const char *name);

// Reads a secret, without a line end behind it; empty when it is not set. Errors: INVALID the
// reference leads nowhere; the sentence names the setting and never the value.
enum status settings_secret(struct scope *s, const struct settings *settings, const char *name,
                            struct str *out);

enum settings_form { SETTINGS_TEXT, SETTINGS_MARKDOWN, SETTINGS_JSON };

// Appends all rows of the tables, and that of `settings`: for --help and the documentation.
void settings_print(struct buf *out, const struct setting_def *const *tables,
                    enum settings_form form);
// Appends "name = value (source)" lines: what is in force. Secrets show their reference.
void settings_print_values(struct buf *out, const struct settings *settings);

#endif
