// Telling what went wrong: the first cause is kept while the evaluation unwinds, and becomes a
// sentence only for the caller.
#include "expr/jsonata_error_impl.h"

#include <assert.h>
#include <stdio.h>

enum {
    MESSAGE_BYTES_MAX = 4096,
    MESSAGE_STEPS_MAX = 10000,
    MESSAGE_WORK_BYTES = 64 << 10,
};

static const struct {
    const char *code;
    const char *text;
} templates[] = {
#define ERROR(code, text) {#code, text},
#include "expr/jsonata_errors.def"
#undef ERROR
};

enum status jsonata_raise(struct evaluation *e, struct trouble trouble)
{
    e->raised = (struct raised){.trouble = trouble};
    return INVALID;
}

static const char *template_of(const char *code)
{
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        if (strcmp(templates[i].code, code) == 0)
            return templates[i].text;
    assert(!"every code has a row in jsonata_errors.def");
    return "";
}

static void put_json(struct buf *out, struct scope *s, struct json v)
{
    const struct jsonata_environment small = {.steps_max = MESSAGE_STEPS_MAX,
                                              .bytes_max = MESSAGE_WORK_BYTES};
    struct evaluation e = jsonata_evaluation(s, &small);
    struct json text = {0};

    if (v.type == JSON_NONE)
        buf_put_z(out, "undefined");
    else if (jsonata_stringify(&e, v, &text) == OK)
        buf_put(out, json_text(text));
    else
        buf_put_z(out, "...");
}

static void put_token(struct buf *out, struct scope *s, const struct raised *r)
{
    if (r->bare_token)
        buf_put(out, r->token);
    else
        put_json(out, s, r->has_token ? json_string(r->token) : value_none());
}

static void put_insert(struct buf *out, struct scope *s, const struct raised *r, struct str name)
{
    struct json text = r->trouble.text.data ? json_string(r->trouble.text) : value_none();

    if (str_is(name, "value"))
        put_json(out, s, r->trouble.value);
    else if (str_is(name, "value2"))
        put_json(out, s, r->trouble.value2);
    else if (str_is(name, "token"))
        put_token(out, s, r);
    else if (str_is(name, "index"))
        buf_put_u64(out, r->trouble.index);
    else
        put_json(out, s, text);
}

// Appends what "{{{name}}}" or "{{name}}" at the start of `at` stands for, and cuts it off.
static void put_braces(struct buf *out, struct scope *s, const struct raised *r, struct str *at)
{
    bool plain = str_starts(*at, str("{{{"));
    size_t braces = plain ? 3 : 2;
    struct str name = str_slice(*at, braces, str_find_byte(*at, '}') - braces);

    *at = str_slice(*at, braces * 2 + name.bytes, at->bytes);
    if (!plain)
        put_insert(out, s, r, name);
    else
        buf_put(out, str_is(name, "token") ? r->token : r->trouble.text);
}

struct str jsonata_message(struct scope *s, const struct raised *r)
{
    struct str rest = str(template_of(r->trouble.code));
    struct buf out = buf_make(s, MESSAGE_BYTES_MAX);

    while (rest.bytes) {
        size_t plain = str_find(rest, str("{{"));
        buf_put(&out, str_slice(rest, 0, plain));
        rest = str_slice(rest, plain, rest.bytes);
        if (rest.bytes)
            put_braces(&out, s, r, &rest);
    }
    return jsonata_replace_halves(out.data, out.bytes);
}

// The reference counts in UTF-16 units.
static size_t utf16_units(struct str text)
{
    size_t units = 0;

    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        units += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
    }
    return units;
}

void jsonata_tell(struct scope *s, struct str text, const struct raised *r,
                  struct jsonata_error *out)
{
    struct buf token = buf_make(s, r->token.bytes);

    buf_put(&token, r->token);
    *out = (struct jsonata_error){.token = jsonata_replace_halves(token.data, token.bytes)};
    (void)snprintf(out->code, sizeof out->code, "%s", r->trouble.code);
    out->position = utf16_units(str_slice(text, 0, r->position));
    if (r->position > text.bytes) // a place in the expression that makes chains of functions
        out->position = r->position;
    out->message = jsonata_message(s, r);
}
