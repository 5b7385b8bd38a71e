// What the files of the settings share.
#ifndef SHEAF_SYS_SETTINGS_IMPL_H
#define SHEAF_SYS_SETTINGS_IMPL_H

#include "sys/settings.h"

// The one row that every program has: `settings`.
extern const struct setting_def settings_file_table[];

struct setting {
    const struct setting_def *def;
    struct str text;   // as it was given
    int64_t number;    // bytes, microseconds, 0 or 1
    bool is_set;       // also by its default
    struct str source; // "default", "file x", "environment X", "flag --x"
};

struct settings {
    struct setting *items;
    size_t count;
    struct world *world;
    char *const *environment;
};

// Reads `text` as the type says and compares it with the range.
bool setting_parse(const struct setting_def *def, struct str text, int64_t *number);

// Says what the row allows: "an integer from 1 to 65535". In the scope.
struct str setting_allowed(struct scope *s, const struct setting_def *def);

// Returns the name of the environment variable: "SHEAF_HTTP_PORT".
struct str setting_variable(struct scope *s, const struct setting_def *def);

// Returns the type's word: "integer".
const char *setting_type_name(enum setting_type type);

#endif
