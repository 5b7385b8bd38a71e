// A rule's expression and the pieces of its sentence.
#include "services/receipts/rule.h"

#include "core/buf.h"
#include "core/scope.h"
#include "expr/jsonata.h"

enum { PIECES_MAX = 20, MESSAGE_BYTES_MAX = 4096, US_PER_MS = 1000 };

// A piece of the sentence: text, and an expression behind it.
struct piece {
    struct str text;
    const struct jsonata *value; // NULL: none
};

struct rule {
    struct str name;
    const struct jsonata *check;
    struct piece pieces[PIECES_MAX];
    size_t piece_count;
};

static enum status compile(struct scope *s, struct str text, const struct jsonata **out)
{
    struct jsonata_error error = {0};
    enum status e = jsonata_compile(s, text, out, &error);

    if (e != INVALID)
        return e;
    return fail(s, INVALID, "%.*s: %s at character %zu: %.*s", STR(text), error.code,
                error.position, STR(error.message));
}

static enum status compile_sentence(struct scope *s, struct str text, struct rule *r)
{
    while (text.bytes > 0) {
        if (r->piece_count == PIECES_MAX)
            return fail(s, INVALID, "a message has more than %d expressions", PIECES_MAX);
        struct piece *piece = &r->pieces[r->piece_count++];
        size_t from = str_find(text, str("{{"));
        size_t to = str_find(text, str("}}"));
        piece->text = str_slice(text, 0, from);
        if (from == text.bytes)
            return OK;
        if (to == text.bytes || to < from)
            return fail(s, INVALID, "the message \"%.*s\" has {{ without }}", STR(text));
        TRY(compile(s, str_trim(str_slice(text, from + 2, to - from - 2)), &piece->value));
        text = str_slice(text, to + 2, text.bytes);
    }
    return OK;
}

enum status rule_compile(struct scope *s, struct str name, struct str check, struct str message,
                         const struct rule **out)
{
    struct rule *r = scope_new(s, struct rule);

    r->name = name;
    TRY(compile(s, check, &r->check));
    TRY(compile_sentence(s, message, r));
    *out = r;
    return OK;
}

struct str rule_name(const struct rule *r)
{
    return r->name;
}

static enum status evaluate(struct scope *s, const struct jsonata *expression, struct json document,
                            int64_t received_at_us, struct json *out, struct jsonata_error *error)
{
    struct jsonata_environment environment = {
        .now_ms = received_at_us / US_PER_MS,
        .steps_max = RULE_STEPS_MAX,
        .bytes_max = RULE_BYTES_MAX,
    };

    return jsonata_evaluate(s, expression, document, &environment, out, error);
}

static void put_value(struct scope *s, struct buf *out, const struct jsonata *expression,
                      struct json document, int64_t received_at_us)
{
    struct json value = {0};
    struct jsonata_error error = {0};

    if (evaluate(s, expression, document, received_at_us, &value, &error) != OK) {
        scope_forgive(s);
        buf_put_z(out, error.code[0] ? error.code : "?");
    } else if (json_is(value, JSON_STRING)) {
        buf_put(out, json_text(value));
    } else if (!json_is(value, JSON_NONE)) {
        json_write(out, value);
    }
}

static struct str sentence(struct scope *s, const struct rule *r, struct json document,
                           int64_t received_at_us)
{
    struct buf out = buf_make(s, MESSAGE_BYTES_MAX);

    for (size_t i = 0; i < r->piece_count; i++) {
        buf_put(&out, r->pieces[i].text);
        if (r->pieces[i].value)
            put_value(s, &out, r->pieces[i].value, document, received_at_us);
    }
    return str_of(out.data, out.bytes); // what did not fit is left out
}

bool rule_holds(struct scope *s, const struct rule *r, struct json document, int64_t received_at_us,
                struct str *why)
{
    struct json result = {0};
    struct jsonata_error error = {0};
    enum status e = evaluate(s, r->check, document, received_at_us, &result, &error);

    if (e == OK && json_is(result, JSON_TRUE))
        return true;
    if (e != OK) {
        scope_forgive(s);
        *why = str_format(s, "the rule cannot be applied: %s %.*s", error.code, STR(error.message));
    } else if (!json_is(result, JSON_FALSE)) {
        *why = str_format(s, "the rule gives %s and neither true nor false",
                          json_is(result, JSON_NONE) ? "nothing" : json_type_name(result));
    } else {
        *why = sentence(s, r, document, received_at_us);
    }
    return false;
}
