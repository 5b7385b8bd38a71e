// An expression is compiled with the definitions of the functions that it names before it; one that
// is only a path is looked up without the interpreter.
#include "document/typeset/expression_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "document/typeset/front_impl.h"
#include "expr/jsonata.h"

enum { BINDINGS_MAX = FRONT_CONSTANTS_MAX + 6, LIST_DEPTH_MAX = 8, SHOWN_BYTES = 80 };

// What a template may call beyond JSONata's own functions. A definition stands before an expression
// that names it. U+00A0 keeps a number on one line.
static const struct helper {
    const char *name, *definition;
} helpers[] = {
    {"$money", "$money := function($x, $currency) {"
               " $exists($x) and $x != null and $x != \"\" ? ("
               "  $n := $number($x);"
               "  $t := $language = \"en\" ? $formatNumber($n, \"#,##0.00\")"
               "    : $formatNumber($n, \"#\u00a0##0,00\", {\"decimal-separator\": \",\","
               "        \"grouping-separator\": \"\u00a0\"});"
               "  $exists($currency) and $currency != \"\" ? $t & \"\u00a0\" & $currency : $t"
               " ) : \"\" };"},
    {"$decimal", "$decimal := function($x, $places) {"
                 " $exists($x) and $x != null and $x != \"\" ? ("
                 "  $n := $number($x);"
                 "  $zeros := $exists($places) and $places > 0 ? $pad(\"\", $places, \"0\") : \"\";"
                 "  $language = \"en\""
                 "    ? $formatNumber($n, \"#,##0\" & ($zeros = \"\" ? \"\" : \".\" & $zeros))"
                 "    : $formatNumber($n, \"#\u00a0##0\" & ($zeros = \"\" ? \"\" : \",\" & $zeros),"
                 "        {\"decimal-separator\": \",\", \"grouping-separator\": \"\u00a0\"})"
                 " ) : \"\" };"},
    {"$date",
     "$date := function($x, $style) {"
     " $exists($x) and $x != null and $x != \"\" ? ("
     "  $d := $replace($substring($string($x), 0, 10), \"-\", \"\");"
     "  $year := $substring($d, 0, 4);"
     "  $month := $substring($d, 4, 2);"
     "  $day := $substring($d, 6, 2);"
     "  $style = \"short\" ? $year & \"-\" & $month & \"-\" & $day"
     "    : $string($number($day)) & \"\u00a0\" & ($language = \"en\""
     "      ? [\"January\", \"February\", \"March\", \"April\", \"May\", \"June\", \"July\","
     "         \"August\", \"September\", \"October\", \"November\", \"December\"]"
     "      : [\"januari\", \"februari\", \"mars\", \"april\", \"maj\", \"juni\", \"juli\","
     "         \"augusti\", \"september\", \"oktober\", \"november\", \"december\"])"
     "      [$number($month) - 1] & \"\u00a0\" & $year"
     " ) : \"\" };"},
};

enum status template_wrong(struct scope *s, const struct front *front, size_t line,
                           const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str what = str_format_v(s, format, arguments);
    va_end(arguments);
    return fail(s, INVALID, "%.*s:%zu: %.*s", STR(front->name), line, STR(what));
}

static bool is_name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

// `vehicle.model_year`: names and points, none of which is a word of the language.
static bool is_direct(struct str text)
{
    struct str rest = text;

    while (rest.data) {
        struct str name = str_cut(&rest, '.');
        if (name.bytes == 0 || str_is(name, "and") || str_is(name, "or") || str_is(name, "in") ||
            str_is(name, "true") || str_is(name, "false") || str_is(name, "null") ||
            str_is(name, "function"))
            return false;
        for (size_t i = 0; i < name.bytes; i++) {
            if (!is_name_byte(name.data[i], i == 0))
                return false;
        }
    }
    return true;
}

// Whether the name stands in the text with no letter behind it.
static bool calls(struct str text, struct str name)
{
    for (;;) {
        size_t at = str_find(text, name);
        if (at == text.bytes)
            return false;
        text = str_slice(text, at + name.bytes, text.bytes);
        if (text.bytes == 0 || !is_name_byte(text.data[0], false))
            return true;
    }
}

enum status expression_compile(struct scope *s, const struct front *front, size_t line,
                               struct str text, struct expression *out)
{
    struct jsonata_error error = {0};
    struct buf code = buf_make(s, JSONATA_TEXT_BYTES_MAX);
    struct str whole = {0};

    text = str_trim(text);
    *out = (struct expression){.text = text, .line = line, .direct = is_direct(text)};
    if (text.bytes == 0)
        return template_wrong(s, front, line, "an expression is missing");
    buf_put_byte(&code, '(');
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++) {
        if (calls(text, str(helpers[i].name)))
            buf_put_z(&code, helpers[i].definition);
    }
    buf_put(&code, text);
    buf_put_z(&code, "\n)");
    if (buf_finish(&code, "the expression", &whole) != OK)
        return template_wrong(s, front, line, "the expression is too long");
    if (jsonata_compile(s, whole, &out->code, &error) != OK)
        return template_wrong(s, front, line, "%s in {{%.*s}}: %.*s", error.code,
                              STR(utf8_cut(text, SHOWN_BYTES)), STR(error.message));
    return OK;
}

static void bind_value(struct json_member *bindings, size_t *count, const char *name,
                       struct json value)
{
    bindings[(*count)++] = (struct json_member){str(name), value};
}

static bool look_up(const struct expression *x, struct json input, struct json *out)
{
    struct str rest = x->text;
    struct json at = input;

    while (rest.data) {
        struct str name = str_cut(&rest, '.');
        if (at.type == JSON_ARRAY)
            return false; // a path maps over it
        at = json_get(at, name);
    }
    *out = at;
    return true;
}

enum status expression_evaluate(struct scope *s, const struct expression *x,
                                const struct expression_context *c, struct json *out)
{
    struct json_member bindings[BINDINGS_MAX];
    size_t count = 0;
    struct jsonata_error error = {0};

    if (x->direct && look_up(x, c->input, out))
        return OK;
    for (size_t i = 0; i < c->front->constant_count; i++)
        bindings[count++] = c->front->constants[i];
    bind_value(bindings, &count, "root", c->root);
    bind_value(bindings, &count, "language", json_string(c->language));
    bind_value(bindings, &count, "index", json_i64(s, (int64_t)c->index));
    bind_value(bindings, &count, "count", json_i64(s, (int64_t)c->item_count));
    if (c->page) {
        bind_value(bindings, &count, "page", json_i64(s, (int64_t)c->page));
        bind_value(bindings, &count, "pages", json_i64(s, (int64_t)c->page_count));
    }
    struct jsonata_environment environment = {
        .bindings = bindings,
        .binding_count = count,
        .now_ms = c->now_ms,
        .steps_max = EXPRESSION_STEPS_MAX,
        .random_seed = 1,
    };
    if (jsonata_evaluate(s, x->code, c->input, &environment, out, &error) != OK)
        return template_wrong(s, c->front, x->line, "%s in {{%.*s}}: %.*s", error.code,
                              STR(utf8_cut(x->text, SHOWN_BYTES)), STR(error.message));
    return OK;
}

static bool put_value(struct buf *out, struct json value, unsigned depth)
{
    switch ((enum json_type)value.type) {
    case JSON_NONE:
    case JSON_NULL:
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        buf_put_z(out, value.type == JSON_TRUE ? "true" : "false");
        return true;
    case JSON_NUMBER:
    case JSON_STRING:
        buf_put(out, json_text(value));
        return true;
    case JSON_ARRAY:
        for (size_t i = 0; i < value.count; i++) {
            if (i)
                buf_put_z(out, ", ");
            if (depth == LIST_DEPTH_MAX || !put_value(out, value.items[i], depth + 1))
                return false;
        }
        return true;
    case JSON_OBJECT:
    default:
        return false;
    }
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F;
}

static struct str tidy(struct scope *s, struct str text)
{
    size_t at = 0;

    while (at < text.bytes && (!is_control(text.data[at]) || text.data[at] == '\n'))
        at++;
    if (at == text.bytes)
        return text;
    char *copy = scope_bytes(s, text.bytes);
    for (size_t i = 0; i < text.bytes; i++)
        copy[i] = is_control(text.data[i]) && text.data[i] != '\n' ? ' ' : text.data[i];
    return str_of(copy, text.bytes);
}

enum status expression_text(struct scope *s, const struct expression *x,
                            const struct expression_context *c, struct str *out)
{
    struct json value = {0};

    TRY(expression_evaluate(s, x, c, &value));
    if (value.type == JSON_STRING && value.count <= EXPRESSION_TEXT_BYTES_MAX) {
        *out = json_text(value);
    } else {
        struct buf text = buf_make(s, EXPRESSION_TEXT_BYTES_MAX);
        if (!put_value(&text, value, 0))
            return template_wrong(s, c->front, x->line, "{{%.*s}} is an object, which is no text",
                                  STR(utf8_cut(x->text, SHOWN_BYTES)));
        if (text.overflow) {
            return fail(s, TOO_LARGE, "%.*s:%zu: {{%.*s}} gives more than %d bytes",
                        STR(c->front->name), x->line, STR(utf8_cut(x->text, SHOWN_BYTES)),
                        EXPRESSION_TEXT_BYTES_MAX);
        }
        *out = buf_str(&text);
    }
    if (!utf8_valid(*out))
        return template_wrong(s, c->front, x->line, "{{%.*s}} is not UTF-8",
                              STR(utf8_cut(x->text, SHOWN_BYTES)));
    *out = tidy(s, *out);
    return OK;
}

bool expression_holds(struct json value)
{
    switch ((enum json_type)value.type) {
    case JSON_TRUE:
        return true;
    case JSON_NUMBER:
        return json_compare_numbers(value, json_number(str("0"))) != 0;
    case JSON_STRING:
    case JSON_OBJECT:
        return value.count > 0;
    case JSON_ARRAY:
        for (size_t i = 0; i < value.count; i++) {
            if (value.items[i].type == JSON_ARRAY ? value.items[i].count > 0
                                                  : expression_holds(value.items[i]))
                return true;
        }
        return false;
    case JSON_NONE:
    case JSON_NULL:
    case JSON_FALSE:
    default:
        return false;
    }
}
