// Reads the front matter by a table of keys.
#include "document/typeset/front_impl.h"

#include "core/scope.h"
#include "core/utf8.h"

#include <assert.h>

struct line {
    struct scope *scope;
    struct front *front;
    struct str value;
    size_t number;
};

typedef enum status (*read_fn)(const struct line *l, void *field);

__attribute__((format(printf, 2, 3))) static enum status wrong(const struct line *l,
                                                               const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str what = str_format_v(l->scope, format, arguments);
    va_end(arguments);
    return fail(l->scope, INVALID, "%.*s:%zu: %.*s", STR(l->front->name), l->number, STR(what));
}

// Reads digits with at most three behind the point, as thousandths.
static bool read_thousandths(struct str text, int64_t max, int64_t *out)
{
    struct str whole = str_cut(&text, '.');
    bool has_places = text.data != NULL;
    uint64_t units = 0;
    uint64_t places = 0;

    if (!str_to_u64(whole, (uint64_t)max, &units) || (has_places && text.bytes > 3) ||
        (has_places && !str_to_u64(text, 999, &places)))
        return false;
    for (size_t i = text.bytes; has_places && i < 3; i++)
        places *= 10;
    *out = (int64_t)(units * 1000 + places);
    return true;
}

bool front_length(struct str text, int32_t *out_mp)
{
    static const struct {
        const char *unit;
        int64_t times, by; // from thousandths of the unit to thousandths of a point
    } units[] = {{"mm", 720, 254}, {"cm", 7200, 254}, {"in", 72, 1}, {"pt", 1, 1}};
    int64_t thousandths = 0;

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct str unit = str(units[i].unit);
        if (!str_ends(text, unit))
            continue;
        if (!read_thousandths(str_slice(text, 0, text.bytes - unit.bytes), 10000, &thousandths))
            return false;
        int64_t mp = thousandths * units[i].times / units[i].by;
        if (mp > FRONT_LENGTH_MAX_MP)
            return false;
        *out_mp = (int32_t)mp;
        return true;
    }
    return false;
}

static enum status read_text(const struct line *l, void *field)
{
    *(struct front_text *)field = (struct front_text){l->value, l->number};
    return OK;
}

static enum status read_lines(const struct line *l, void *field)
{
    struct front_lines *lines = field;

    if (lines->count == FRONT_LINES_MAX)
        return wrong(l, "there are more than %d lines of it", FRONT_LINES_MAX);
    lines->items[lines->count++] = (struct front_text){l->value, l->number};
    return OK;
}

static enum status read_length(const struct line *l, void *field)
{
    if (!front_length(l->value, field))
        return wrong(l, "%.*s is no length: 25mm, 2.5cm, 1in or 70pt", STR(l->value));
    return OK;
}

static enum status read_size(const struct line *l, void *field)
{
    int32_t *size = field;

    TRY(read_length(l, field));
    if (*size < 4 * POINT_MP || *size > 72 * POINT_MP)
        return wrong(l, "a size of text is 4pt to 72pt");
    return OK;
}

static enum status read_percent(const struct line *l, void *field)
{
    uint64_t number = 0;

    if (!str_ends(l->value, str("%")) ||
        !str_to_u64(str_slice(l->value, 0, l->value.bytes - 1), 300, &number) || number < 100)
        return wrong(l, "%.*s is no leading: 100%% to 300%%", STR(l->value));
    *(int32_t *)field = (int32_t)number;
    return OK;
}

static enum status read_yes(const struct line *l, void *field)
{
    if (!str_is(l->value, "yes") && !str_is(l->value, "no"))
        return wrong(l, "%.*s is neither yes nor no", STR(l->value));
    *(bool *)field = str_is(l->value, "yes");
    return OK;
}

static enum status read_align(const struct line *l, void *field)
{
    if (!str_is(l->value, "left") && !str_is(l->value, "justified"))
        return wrong(l, "%.*s is neither left nor justified", STR(l->value));
    *(bool *)field = str_is(l->value, "justified");
    return OK;
}

static enum status read_language(const struct line *l, void *field)
{
    if (!str_is(l->value, "sv") && !str_is(l->value, "en"))
        return wrong(l, "%.*s is no language: sv or en", STR(l->value));
    *(struct str *)field = l->value;
    return OK;
}

static enum status read_conformance(const struct line *l, void *field)
{
    static const char *const words[] = {"no", "2b", "3b"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_is(l->value, words[i])) {
            *(enum front_conformance *)field = (enum front_conformance)i;
            return OK;
        }
    }
    return wrong(l, "%.*s is no kind of PDF/A: no, 2b or 3b", STR(l->value));
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum status read_colour(const struct line *l, void *field)
{
    uint32_t colour = 0;

    for (size_t i = 1; l->value.bytes == 7 && i < 7; i++) {
        int digit = hex_digit(l->value.data[i]);
        if (digit < 0)
            return wrong(l, "%.*s is no colour: #1f3a5f", STR(l->value));
        colour = colour * 16 + (uint32_t)digit;
    }
    if (l->value.bytes != 7 || l->value.data[0] != '#')
        return wrong(l, "%.*s is no colour: #1f3a5f", STR(l->value));
    *(uint32_t *)field = colour;
    return OK;
}

static enum status read_page(const struct line *l, void *field)
{
    static const struct {
        const char *name;
        int32_t width_mp, height_mp;
    } sizes[] = {{"A3", 841890, 1190551},
                 {"A4", 595276, 841890},
                 {"A5", 419528, 595276},
                 {"A6", 297638, 419528},
                 {"letter", 612000, 792000}};
    struct str rest = l->value;
    struct str word = str_cut(&rest, ' ');
    bool across = str_is(str_trim(rest), "landscape");

    (void)field;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (!str_is(word, sizes[i].name) || (rest.data && !across))
            continue;
        l->front->page_width_mp = across ? sizes[i].height_mp : sizes[i].width_mp;
        l->front->page_height_mp = across ? sizes[i].width_mp : sizes[i].height_mp;
        return OK;
    }
    return wrong(l, "%.*s is no page: A3, A4, A5, A6 or letter, and landscape behind it",
                 STR(l->value));
}

// One to four lengths: top, right, bottom, left, as in CSS.
static enum status read_margin(const struct line *l, void *field)
{
    int32_t mp[4] = {0};
    struct str rest = l->value;
    size_t count = 0;
    struct front *f = l->front;

    (void)field;
    while (rest.data) {
        struct str word = str_cut(&rest, ' ');
        if (word.bytes == 0)
            continue;
        if (count == 4 || !front_length(word, &mp[count++]))
            return wrong(l, "%.*s is no margin: one to four lengths such as 25mm", STR(l->value));
    }
    f->top_mp = mp[0];
    f->right_mp = count > 1 ? mp[1] : mp[0];
    f->bottom_mp = count > 2 ? mp[2] : mp[0];
    f->left_mp = count > 3 ? mp[3] : f->right_mp;
    return OK;
}

#define FIELD(name) offsetof(struct front, name)
static const struct key {
    const char *name;
    read_fn read;
    size_t field;
} keys[] = {
    {"title", read_lines, FIELD(title)},
    {"language", read_language, FIELD(language)},
    {"page", read_page, 0},
    {"margin", read_margin, 0},
    {"size", read_size, FIELD(size_mp)},
    {"leading", read_percent, FIELD(leading_percent)},
    {"align", read_align, FIELD(justified)},
    {"hyphenate", read_yes, FIELD(hyphenated)},
    {"accent", read_colour, FIELD(accent)},
    {"header", read_lines, FIELD(header)},
    {"first-header", read_lines, FIELD(first_header)},
    {"footer", read_lines, FIELD(footer)},
    {"logo", read_text, FIELD(logo)},
    {"logo-width", read_length, FIELD(logo_width_mp)},
    {"pdfa", read_conformance, FIELD(conformance)},
    {"tagged", read_yes, FIELD(tagged)},
};
#undef FIELD

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && c >= '0' && c <= '9') ||
              (i && c == '_')))
            return false;
    }
    return text.bytes > 0;
}

static enum status read_constant(const struct line *l, struct str name)
{
    struct front *f = l->front;

    if (!is_name(name))
        return wrong(l, "$%.*s is no name of a variable", STR(name));
    if (f->constant_count == FRONT_CONSTANTS_MAX)
        return wrong(l, "there are more than %d variables", FRONT_CONSTANTS_MAX);
    for (size_t i = 0; i < f->constant_count; i++) {
        if (str_equal(f->constants[i].name, name))
            return wrong(l, "$%.*s is there twice", STR(name));
    }
    f->constants[f->constant_count++] = (struct json_member){name, json_string(l->value)};
    return OK;
}

// A value may stand in double quotes, to begin or end with a space or a quote.
static struct str unquote(struct str value)
{
    if (value.bytes >= 2 && value.data[0] == '"' && value.data[value.bytes - 1] == '"')
        return str_slice(value, 1, value.bytes - 2);
    return value;
}

static enum status read_line(struct line *l, struct str text, uint32_t *seen)
{
    struct str rest = text;
    struct str name = str_trim(str_cut(&rest, ':'));

    l->value = str_trim(rest);
    if (!rest.data)
        return wrong(l, "here stands `key: value`, not %.*s", STR(utf8_cut(text, 100)));
    if (str_starts(name, str("$"))) {
        l->value = unquote(l->value);
        return read_constant(l, str_slice(name, 1, name.bytes));
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (!str_is(name, keys[i].name))
            continue;
        if (*seen & 1U << i && (keys[i].read != read_lines || str_is(name, "title")))
            return wrong(l, "%s is there twice", keys[i].name);
        *seen |= 1U << i;
        l->value = unquote(l->value);
        return keys[i].read(l, (char *)l->front + keys[i].field);
    }
    return wrong(l, "there is no key %.*s", STR(utf8_cut(name, 100)));
}

static enum status check(const struct line *l)
{
    const struct front *f = l->front;

    if (f->left_mp + f->right_mp > f->page_width_mp - 20 * POINT_MP ||
        f->top_mp + f->bottom_mp > f->page_height_mp - 40 * POINT_MP)
        return wrong(l, "the margins leave no room on the page");
    return OK;
}

enum status front_read(struct scope *s, struct str name, struct str text, struct front *out)
{
    struct line l = {.scope = s, .front = out, .number = 1};
    struct str rest = text;
    uint32_t seen = 0;

    static_assert(sizeof keys / sizeof keys[0] <= 32, "a bit a key");
    *out = (struct front){
        .name = name,
        .language = str("sv"),
        .page_width_mp = 595276,
        .page_height_mp = 841890,
        .top_mp = 70866, // 25 mm
        .right_mp = 62362,
        .bottom_mp = 70866,
        .left_mp = 62362, // 22 mm
        .size_mp = 10 * POINT_MP,
        .leading_percent = 140,
        .accent = 0x1F2A44,
        .hyphenated = true,
        .logo_width_mp = 113386, // 40 mm
        .body = text,
        .body_line = 1,
    };
    if (!str_is(str_trim(str_cut(&rest, '\n')), "---"))
        return OK;
    while (rest.data) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        l.number++;
        if (str_is(line, "---")) {
            out->body = rest;
            out->body_line = l.number + 1;
            return check(&l);
        }
        if (line.bytes && line.data[0] != '#')
            TRY(read_line(&l, line, &seen));
    }
    return wrong(&l, "the front matter does not end with ---");
}
