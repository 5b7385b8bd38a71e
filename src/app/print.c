// Tables keep their cells until all widths are known.
#include "app/print.h"

#include "core/buf.h"
#include "core/scope.h"

enum { COLUMNS_MAX = 12, PAGE_BYTES_MAX = 64 << 20, NUMBER_BYTES_MAX = 32, NAME_BYTES_MAX = 256 };

struct table {
    struct scope *scope;
    struct str titles[COLUMNS_MAX];
    bool right[COLUMNS_MAX];
    size_t columns;
    struct str *cells;
    size_t count, room;
};

struct table *table_new(struct scope *s, const char *titles)
{
    struct table *t = scope_new(s, struct table);
    struct str rest = str(titles);

    t->scope = s;
    while (rest.data && t->columns < COLUMNS_MAX) {
        struct str title = str_cut(&rest, '|');
        t->right[t->columns] = str_starts(title, str(">"));
        t->titles[t->columns] = str_slice(title, t->right[t->columns] ? 1 : 0, title.bytes);
        t->columns++;
    }
    return t;
}

void table_add(struct table *t, struct str cell)
{
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct str *cells = scope_array(t->scope, room, sizeof *cells);
        if (t->count)
            memcpy(cells, t->cells, t->count * sizeof *cells);
        t->cells = cells;
        t->room = room;
    }
    t->cells[t->count++] = cell.bytes ? print_safe(t->scope, cell) : str("-");
}

// How many columns of a terminal a text takes: characters, not bytes.
static size_t width_of(struct str text)
{
    size_t width = 0;

    for (size_t i = 0; i < text.bytes; i++)
        width += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return width;
}

static size_t column_width(const struct table *t, size_t column)
{
    size_t most = width_of(t->titles[column]);

    for (size_t i = column; i < t->count; i += t->columns) {
        size_t width = width_of(t->cells[i]);
        most = width > most ? width : most;
    }
    return most;
}

static void print_row(const struct table *t, const struct str *cells, const size_t *widths,
                      FILE *out)
{
    for (size_t c = 0; c < t->columns; c++) {
        int pad = (int)(widths[c] - width_of(cells[c]));
        bool last = c + 1 == t->columns;
        if (t->right[c])
            (void)fprintf(out, "%*s%.*s", pad, "", STR(cells[c]));
        else
            (void)fprintf(out, "%.*s%*s", STR(cells[c]), last ? 0 : pad, "");
        (void)fputs(last ? "\n" : "  ", out);
    }
}

void table_print(const struct table *t, FILE *out)
{
    size_t widths[COLUMNS_MAX];

    if (t->count == 0)
        return;
    for (size_t c = 0; c < t->columns; c++)
        widths[c] = column_width(t, c);
    print_row(t, t->titles, widths, out);
    for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
        print_row(t, &t->cells[i], widths, out);
}

struct str print_count(struct scope *s, uint64_t number)
{
    struct str digits = str_format(s, "%llu", (unsigned long long)number);
    struct buf b = buf_make(s, NUMBER_BYTES_MAX);

    for (size_t i = 0; i < digits.bytes; i++) {
        if (i > 0 && (digits.bytes - i) % 3 == 0)
            buf_put_byte(&b, ',');
        buf_put_byte(&b, digits.data[i]);
    }
    return buf_str(&b);
}

struct str print_bytes(struct scope *s, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double size = (double)bytes;
    size_t unit = 0;

    while (size >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1000;
        unit++;
    }
    return str_format(s, unit > 0 && size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

struct str print_duration(struct scope *s, uint64_t seconds)
{
    unsigned long long minutes = seconds / 60;
    unsigned long long hours = minutes / 60;

    if (seconds < 120)
        return str_format(s, "%llu s", (unsigned long long)seconds);
    if (minutes < 60)
        return str_format(s, "%llu min", minutes);
    if (hours < 48)
        return str_format(s, "%llu h %llu min", hours, minutes % 60);
    return str_format(s, "%llu d %llu h", hours / 24, hours % 24);
}

struct str print_moment(struct scope *s, struct str moment)
{
    if (moment.bytes < sizeof "2026-11-22T09:05:06" - 1)
        return moment;
    return str_format(s, "%.*s %.*s", STR(str_slice(moment, 0, 10)), STR(str_slice(moment, 11, 8)));
}

struct str print_words(struct scope *s, struct str name)
{
    struct buf b = buf_make(s, NAME_BYTES_MAX);

    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (upper)
            buf_put_byte(&b, ' ');
        if (c == '_')
            c = ' ';
        buf_put_byte(&b, upper ? (char)(c - 'A' + 'a') : c);
    }
    return buf_str(&b);
}

void print_json(struct scope *s, struct json j)
{
    struct str text = json_to_str(s, j);

    (void)printf("%.*s\n", STR(text));
}

void print_pretty(struct scope *s, struct json j)
{
    struct buf b = buf_make(s, PAGE_BYTES_MAX);

    json_write_pretty(&b, j);
    (void)printf("%.*s\n", STR(buf_str(&b)));
}

void print_items(struct scope *s, struct json items)
{
    for (size_t i = 0; json_is(items, JSON_ARRAY) && i < items.count; i++)
        print_json(s, json_at(items, i));
}

struct str print_safe(struct scope *s, struct str text)
{
    char *copy = scope_bytes(s, text.bytes);

    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.data[i];
        // C1 controls are U+0080 to U+009F: C2 80 to C2 9F.
        bool high = c < 0xa0 && i > 0 && (unsigned char)text.data[i - 1] == 0xc2;
        copy[i] = c < ' ' || c == 0x7f || high ? '?' : text.data[i];
    }
    return str_of(copy, text.bytes);
}
