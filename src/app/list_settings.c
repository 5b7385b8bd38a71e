// `sheaf settings`: all rows of all tables, and what is in force.
#include "app/command.h"
#include "app/services.h"
#include "core/buf.h"
#include "core/scope.h"
#include "sys/settings.h"

enum { PRINT_BYTES_MAX = 4 << 20 };

enum status command_settings(struct scope *s, const struct command_line *line)
{
    struct buf out = buf_make(s, PRINT_BYTES_MAX);
    enum settings_form form = line->json                      ? SETTINGS_JSON
                              : command_has(line, "markdown") ? SETTINGS_MARKDOWN
                                                              : SETTINGS_TEXT;

    settings_print(&out, services_settings(s), form);
    if (form == SETTINGS_TEXT) {
        buf_put_z(&out, "\nIn force:\n\n");
        settings_print_values(&out, line->settings);
    }
    (void)printf("%.*s", STR(buf_str(&out)));
    return OK;
}
