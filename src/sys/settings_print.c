// The tables for people and programs: --help, documentation, and what is in force.
#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "sys/settings_impl.h"

static void print_text(struct buf *out, const struct setting_def *def)
{
    struct str allowed = setting_allowed(out->scope, def);

    buf_format(out, "  --%s=%s\n      %s\n      %.*s", def->name, setting_type_name(def->type),
               def->meaning, STR(allowed));
    if (def->unit && def->type != SETTING_CHOICE)
        buf_format(out, " (%s)", def->unit);
    if (def->standard)
        buf_format(out, "; default %s", def->standard);
    buf_put_z(out, "\n");
}

// A '|' would end the cell.
static void put_cell(struct buf *out, struct str text)
{
    buf_put_z(out, " ");
    while (text.data) {
        buf_put(out, str_cut(&text, '|'));
        if (text.data)
            buf_put_z(out, "\\|");
    }
    buf_put_z(out, " |");
}

static void print_markdown(struct buf *out, const struct setting_def *def)
{
    struct scope *s = out->scope;

    buf_put_z(out, "|");
    put_cell(out, str_format(s, "`%s`", def->name));
    put_cell(out, str(setting_type_name(def->type)));
    put_cell(out, def->standard ? str_format(s, "`%s`", def->standard) : str("none"));
    put_cell(out, setting_allowed(s, def));
    put_cell(out, str(def->unit && def->type != SETTING_CHOICE ? def->unit : ""));
    put_cell(out, str(def->meaning));
    buf_put_z(out, "\n");
}

static struct json text_or_null(const char *z)
{
    return z ? json_string(str(z)) : json_null();
}

static void print_json(struct buf *out, const struct setting_def *def)
{
    const struct json_member members[] = {
        {str("name"), json_string(str(def->name))},
        {str("variable"), json_string(setting_variable(out->scope, def))},
        {str("type"), json_string(str(setting_type_name(def->type)))},
        {str("default"), text_or_null(def->standard)},
        {str("min"), text_or_null(def->min)},
        {str("max"), text_or_null(def->max)},
        {str("unit"), text_or_null(def->unit)},
        {str("meaning"), json_string(str(def->meaning))},
    };

    json_write(out, json_object(members, sizeof members / sizeof members[0]));
}

static void print_row(struct buf *out, const struct setting_def *def, enum settings_form form)
{
    switch (form) {
    case SETTINGS_TEXT:
        print_text(out, def);
        break;
    case SETTINGS_MARKDOWN:
        print_markdown(out, def);
        break;
    case SETTINGS_JSON:
        buf_put_z(out, def == settings_file_table ? "[\n" : ",\n");
        print_json(out, def);
        break;
    }
}

static void print_table(struct buf *out, const struct setting_def *table, enum settings_form form)
{
    for (; table->name; table++)
        print_row(out, table, form);
}

void settings_print(struct buf *out, const struct setting_def *const *tables,
                    enum settings_form form)
{
    if (form == SETTINGS_MARKDOWN)
        buf_put_z(out, "| setting | type | default | allowed | unit | meaning |\n"
                       "|---|---|---|---|---|---|\n");
    print_table(out, settings_file_table, form);
    for (; *tables; tables++)
        print_table(out, *tables, form);
    if (form == SETTINGS_JSON)
        buf_put_z(out, "\n]\n");
}

void settings_print_values(struct buf *out, const struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->items[i];
        if (setting->is_set)
            buf_format(out, "%s = %.*s (%.*s)\n", setting->def->name, STR(setting->text),
                       STR(setting->source));
    }
}
