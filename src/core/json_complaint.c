// What the JSON parser says when a document is wrong: where, what was found, what was expected.
// Only here are lines and columns counted, so that a sound document does not pay for them.
#include "core/json_parse_impl.h"

#include "core/scope.h"
#include "core/utf8.h"

struct place {
    size_t line;
    size_t column; // in characters
};

static struct place place_of(const struct parser *p, const char *at)
{
    struct place place = {.line = 1};
    const char *line_start = p->start;

    for (const char *c = p->start; c < at; c++) {
        if (*c == '\n') {
            place.line++;
            line_start = c + 1;
        }
    }
    place.column = 1 + utf8_count(str_of(line_start, (size_t)(at - line_start)));
    return place;
}

static struct str describe(struct parser *p, const char *at)
{
    uint32_t code_point = 0;

    if (at >= p->end)
        return str("the end of the text");
    size_t length = utf8_decode(str_of(at, (size_t)(p->end - at)), &code_point);
    if (length == 0 || code_point < 0x20 || code_point == 0x7F)
        return str_format(p->s, "byte 0x%02X", (unsigned)(uint8_t)*at);
    return str_format(p->s, "'%.*s'", (int)length, at);
}

enum status json_expected(struct parser *p, const char *at, const char *what)
{
    struct place place = place_of(p, at);

    if (!scope_has_room(p->s, 64)) // for the description below
        return fail(p->s, INVALID, "line %zu, column %zu: expected %s", place.line, place.column,
                    what);
    return fail(p->s, INVALID, "line %zu, column %zu: found %.*s, expected %s", place.line,
                place.column, STR(describe(p, at)), what);
}

enum status json_no_room(struct parser *p)
{
    struct place place = place_of(p, p->at);

    return fail(p->s, TOO_LARGE,
                "line %zu, column %zu: the document takes more memory than is left for it",
                place.line, place.column);
}

enum status json_duplicate(struct parser *p, struct str name)
{
    // A name without escapes is part of the text; of others only the object's end is known.
    bool borrowed =
        (uintptr_t)name.data >= (uintptr_t)p->start && (uintptr_t)name.data < (uintptr_t)p->end;
    struct place place = place_of(p, borrowed ? name.data - 1 : p->at);
    struct str shown = str_slice(name, 0, 100);

    return fail(p->s, INVALID,
                "line %zu, column %zu: found the member \"%.*s\" a second time, "
                "expected each name once",
                place.line, place.column, STR(shown));
}
