// The JSON parser: one pass, no recursion. Values of open containers wait on a stack of 16-byte
// slots; when a container closes, its part of the stack is copied into the scope in one piece. A
// document that is small (nearly all are) uses only the slots inside the parser itself.
//
// Input is hostile: every allocation is asked for first, and an object with many members is sorted
// by name, so that finding duplicates takes n log n whatever the names are.
#include "core/json_impl.h"

#include "core/scope.h"
#include "core/utf8.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 256 };

const struct json_limits json_limits_strict = {
    .bytes_max = 1 << 20,
    .depth_max = 64,
    .values_max = 200000,
    .duplicates = JSON_REFUSE,
};

const struct json_limits json_limits_lenient = {
    .bytes_max = 4 << 20,
    .depth_max = 512,
    .values_max = 1000000,
    .duplicates = JSON_KEEP_LAST,
};

// An open container. Its items, or its names and values in turn, are the slots above it.
struct frame {
    size_t outer; // slot of the frame around it
    enum json_type type;
};

union slot {
    struct json value;
    struct str name;
    struct frame frame;
};

static_assert(sizeof(union slot) == 16, "a value takes one slot");
static_assert(sizeof(struct json_member) == 2 * sizeof(union slot), "a member takes two");

struct parser {
    struct scope *s;
    const struct json_limits *limits;
    const char *start;
    const char *at;
    const char *end;
    union slot *slots;
    size_t slot_count;
    size_t slot_room;
    size_t frame; // slot of the innermost open container; NO_FRAME outside
    unsigned depth;
    size_t value_count;
    struct scope *spare; // holds the slots when there are many
    union slot first[SLOTS_FIRST];
};

static const size_t NO_FRAME = SIZE_MAX;

// -- what is wrong and where ---------------------------------------------------------------------

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

static enum status expected(struct parser *p, const char *at, const char *what)
{
    struct place place = place_of(p, at);

    if (!scope_has_room(p->s, 64)) // for the description below
        return fail(p->s, INVALID, "line %zu, column %zu: expected %s", place.line, place.column,
                    what);
    return fail(p->s, INVALID, "line %zu, column %zu: found %.*s, expected %s", place.line,
                place.column, STR(describe(p, at)), what);
}

static enum status no_room(struct parser *p)
{
    struct place place = place_of(p, p->at);

    return fail(p->s, TOO_LARGE,
                "line %zu, column %zu: the document takes more memory than is left for it",
                place.line, place.column);
}

static enum status duplicate(struct parser *p, struct str name)
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

// -- the stack -----------------------------------------------------------------------------------

// Doubles the stack, outside the scope but inside its budget.
static enum status slots_grow(struct parser *p)
{
    size_t bytes = 2 * p->slot_room * sizeof(union slot);

    if (!scope_has_room(p->s, bytes))
        return no_room(p);
    struct scope *spare = scope_open(bytes);
    union slot *slots = scope_alloc(spare, bytes);
    memcpy(slots, p->slots, p->slot_count * sizeof *slots);
    scope_close(p->spare);
    p->spare = spare;
    p->slots = slots;
    p->slot_room *= 2;
    return OK;
}

static inline enum status slot_push(struct parser *p, union slot slot)
{
    if (p->slot_count == p->slot_room)
        TRY(slots_grow(p));
    p->slots[p->slot_count++] = slot;
    return OK;
}

static inline enum status value_push(struct parser *p, struct json value)
{
    if (p->value_count++ == p->limits->values_max)
        return fail(p->s, TOO_LARGE, "the document holds more than %zu values",
                    p->limits->values_max);
    return slot_push(p, (union slot){.value = value});
}

// -- strings -------------------------------------------------------------------------------------

// Skips characters outside ASCII.
static enum status skip_wide(struct parser *p, const char **at)
{
    while (*at < p->end && (uint8_t) * *at >= 0x80) {
        size_t length = utf8_length(str_of(*at, (size_t)(p->end - *at)));
        if (length == 0)
            return expected(p, *at, "well-formed UTF-8");
        *at += length;
    }
    return OK;
}

// Returns the place of the quote that ends the string, looking from `at` inside it; NULL: none.
static const char *closing_quote(const struct parser *p, const char *at)
{
    while ((at = json_skip_plain(at, p->end)) < p->end) {
        if (*at == '"')
            return at;
        if (*at == '\\' && ++at == p->end)
            break;
        at++;
    }
    return NULL;
}

// Decodes a string that has escapes. It never gets longer, so its raw length is room enough.
static enum status parse_escaped(struct parser *p, const char *from, const char *escape,
                                 struct str *out)
{
    const char *close = closing_quote(p, escape);

    if (!close)
        return expected(p, p->end, "a quote at the end of the string");
    if (!scope_has_room(p->s, (size_t)(close - from)))
        return no_room(p);
    struct json_unescape u = {.at = from, .end = close};
    u.to = scope_bytes(p->s, (size_t)(close - from));
    out->data = u.to;
    if (!json_unescape(&u))
        return expected(p, u.at, u.expected);
    out->bytes = (size_t)(u.to - out->data);
    p->at = close + 1;
    return OK;
}

// Reads a string; `p->at` stands on its quote. Sets `*flags` to JSON_PLAIN when it is borrowed.
static inline enum status parse_string(struct parser *p, struct str *out, uint8_t *flags)
{
    const char *from = p->at + 1;
    const char *at = from;

    for (;;) {
        at = json_skip_plain(at, p->end);
        if (at == p->end)
            return expected(p, at, "a quote at the end of the string");
        if (*at == '"')
            break;
        if (*at == '\\')
            return parse_escaped(p, from, at, out);
        if ((uint8_t)*at < 0x20)
            return expected(p, at, "control characters to be escaped");
        TRY(skip_wide(p, &at));
    }
    *out = str_of(from, (size_t)(at - from));
    *flags = JSON_PLAIN;
    p->at = at + 1;
    return OK;
}

// -- containers ----------------------------------------------------------------------------------

static enum status close_object(struct parser *p, struct json *out)
{
    size_t count = (p->slot_count - p->frame - 1) / 2;
    size_t bytes = json_members_bytes(count);
    struct str twice = {0};

    if (!scope_has_room(p->s, bytes))
        return no_room(p);
    struct json_member *members = scope_alloc(p->s, bytes);
    if (count)
        memcpy(members, &p->slots[p->frame + 1], count * sizeof *members);
    *out = json_members_settle(members, count, &twice);
    if (twice.data && p->limits->duplicates == JSON_REFUSE)
        return duplicate(p, twice);
    return OK;
}

static enum status close_array(struct parser *p, struct json *out)
{
    size_t count = p->slot_count - p->frame - 1;

    if (!scope_has_room(p->s, count * sizeof(struct json)))
        return no_room(p);
    struct json *items = scope_array(p->s, count, sizeof *items);
    if (count)
        memcpy(items, &p->slots[p->frame + 1], count * sizeof *items);
    *out = json_array(items, count);
    return OK;
}

// Replaces the innermost open container and its slots by its value.
static enum status container_close(struct parser *p)
{
    struct frame frame = p->slots[p->frame].frame;
    struct json value = {0};

    if (frame.type == JSON_OBJECT)
        TRY(close_object(p, &value));
    else
        TRY(close_array(p, &value));
    p->slot_count = p->frame;
    p->frame = frame.outer;
    p->depth--;
    p->at++;
    return slot_push(p, (union slot){.value = value});
}

static enum status container_open(struct parser *p, enum json_type type)
{
    if (p->depth++ == p->limits->depth_max)
        return fail(p->s, TOO_LARGE, "the document nests arrays and objects deeper than %u",
                    p->limits->depth_max);
    if (p->value_count++ == p->limits->values_max)
        return fail(p->s, TOO_LARGE, "the document holds more than %zu values",
                    p->limits->values_max);
    union slot frame = {.frame = {.outer = p->frame, .type = type}};
    p->frame = p->slot_count;
    p->at++;
    return slot_push(p, frame);
}

// -- values --------------------------------------------------------------------------------------

static inline void skip_space(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
        p->at++;
}

// Returns the byte to come, or 0 at the end, where no token starts either way.
static inline char peek(struct parser *p)
{
    skip_space(p);
    return p->at < p->end ? *p->at : '\0';
}

static enum status parse_name(struct parser *p)
{
    struct str name = {0};
    uint8_t flags = 0;

    if (peek(p) != '"')
        return expected(p, p->at, "a member's name in quotes");
    TRY(parse_string(p, &name, &flags));
    if (peek(p) != ':')
        return expected(p, p->at, "':' after a member's name");
    p->at++;
    return slot_push(p, (union slot){.name = name});
}

static enum status parse_word(struct parser *p, const char *word, enum json_type type)
{
    size_t bytes = strlen(word);

    if ((size_t)(p->end - p->at) < bytes || memcmp(p->at, word, bytes) != 0)
        return expected(p, p->at, "a value");
    p->at += bytes;
    return value_push(p, (struct json){.type = (uint8_t)type});
}

// A number that breaks off is told from what is no value at all.
static enum status not_a_value(struct parser *p)
{
    const char *at = p->at;

    if (at == p->end || (*at != '-' && (*at < '0' || *at > '9')))
        return expected(p, at, "a value");
    while (at < p->end && strchr("+-.eE0123456789", *at))
        at++;
    return expected(p, at, "a digit that the number lacks");
}

static inline enum status parse_number(struct parser *p)
{
    const char *from = p->at;
    const char *end = json_skip_number(from, p->end);

    if (!end)
        return not_a_value(p);
    p->at = end;
    return value_push(
        p, (struct json){.type = JSON_NUMBER, .count = (uint32_t)(end - from), .text = from});
}

static inline enum status parse_text(struct parser *p)
{
    struct str text = {0};
    uint8_t flags = 0;

    TRY(parse_string(p, &text, &flags));
    return value_push(p, (struct json){.type = JSON_STRING,
                                       .flags = flags,
                                       .count = (uint32_t)text.bytes,
                                       .text = text.data});
}

// Reads one value up to its end, or up to the first value inside it that is no open container.
static enum status parse_value(struct parser *p)
{
    for (;;) {
        switch (peek(p)) {
        case '"':
            return parse_text(p);
        case '{':
            TRY(container_open(p, JSON_OBJECT));
            if (peek(p) == '}')
                return container_close(p);
            TRY(parse_name(p));
            break;
        case '[':
            TRY(container_open(p, JSON_ARRAY));
            if (peek(p) == ']')
                return container_close(p);
            break;
        case 't':
            return parse_word(p, "true", JSON_TRUE);
        case 'f':
            return parse_word(p, "false", JSON_FALSE);
        case 'n':
            return parse_word(p, "null", JSON_NULL);
        default:
            return parse_number(p);
        }
    }
}

// After a value: closes what ends here, up to the comma before the next value or to the end of the
// document.
static enum status parse_after(struct parser *p)
{
    while (p->frame != NO_FRAME) {
        bool object = p->slots[p->frame].frame.type == JSON_OBJECT;
        char c = peek(p);

        if (c == ',') {
            p->at++;
            return object ? parse_name(p) : OK;
        }
        if (c != (object ? '}' : ']'))
            return expected(p, p->at,
                            object ? "',' or '}' after a member" : "',' or ']' after an item");
        TRY(container_close(p));
    }
    return OK;
}

static enum status parse_document(struct parser *p)
{
    do {
        TRY(parse_value(p));
        TRY(parse_after(p));
    } while (p->frame != NO_FRAME);
    (void)peek(p);
    if (p->at != p->end)
        return expected(p, p->at, "nothing more");
    return OK;
}

enum status json_parse(struct scope *s, struct str text, const struct json_limits *limits,
                       struct json *out)
{
    size_t bytes_max = limits->bytes_max < UINT32_MAX ? limits->bytes_max : UINT32_MAX;

    if (text.bytes > bytes_max)
        return fail(s, TOO_LARGE, "the document has %zu bytes; the most is %zu", text.bytes,
                    bytes_max);
    struct parser p;
    p.s = s;
    p.limits = limits;
    p.start = text.bytes ? text.data : "";
    p.at = p.start;
    p.end = p.start + text.bytes;
    p.slots = p.first;
    p.slot_count = 0;
    p.slot_room = SLOTS_FIRST;
    p.frame = NO_FRAME;
    p.depth = 0;
    p.value_count = 0;
    p.spare = NULL;
    enum status e = parse_document(&p);
    if (e == OK) {
        assert(p.slot_count == 1 && p.depth == 0);
        *out = p.slots[0].value;
    }
    scope_close(p.spare);
    return e;
}
