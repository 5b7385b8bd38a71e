// Requests against the table of their rules. All that is wrong is told at once, in AWS's words.
#include "awsapi/states/states_impl.h"
#include "core/buf.h"
#include "core/scope.h"

enum kind { TEXT, NUMBER, TRUTH, LIST, OBJECT };
enum { OPTIONAL = 0, REQUIRED = 1 };
enum { FINDINGS_BYTES_MAX = 1 << 20, VALUE_BYTES_MAX = 3100 };
#define ANY INT64_MAX

struct rule {
    const char *operation;
    const char *member;
    enum kind kind;
    bool required;
    int64_t least;
    int64_t most;
    const char *values; // separated by '|'; NULL: any
};

// clang-format off
static const struct rule rules[] = {
#define MEMBER(operation, member, kind, required, least, most, values) \
    {#operation, member, kind, required, least, most, values},
#include "awsapi/states/requests.def"
#undef MEMBER
};
// clang-format on

// What was found so far.
struct findings {
    struct scope *scope;
    struct buf text;
    size_t count;
};

static void find_wrong(struct findings *f, const struct rule *r, struct json value,
                       struct str constraint)
{
    struct str shown = json_is(value, JSON_STRING) || json_is(value, JSON_NUMBER)
                           ? json_text(value)
                           : json_to_str(f->scope, value);

    if (f->count++)
        buf_put_z(&f->text, "; ");
    buf_put_z(&f->text, "Value ");
    if (json_is(value, JSON_NONE))
        buf_put_z(&f->text, "null");
    else
        buf_format(&f->text, "'%.*s'", STR(str_slice(shown, 0, VALUE_BYTES_MAX)));
    buf_format(&f->text, " at '%s' failed to satisfy constraint: Member must %.*s", r->member,
               STR(constraint));
}

static int64_t count_characters(struct str text)
{
    int64_t count = 0;

    for (size_t i = 0; i < text.bytes; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

// Compares a length, a value or a count with what is allowed.
static void check_range(struct findings *f, const struct rule *r, struct json value, int64_t is)
{
    const char *what = r->kind == NUMBER ? "value" : "length";

    if (is < r->least) {
        find_wrong(f, r, value,
                   str_format(f->scope, "have %s greater than or equal to %lld", what,
                              (long long)r->least));
    }
    if (is > r->most) {
        find_wrong(
            f, r, value,
            str_format(f->scope, "have %s less than or equal to %lld", what, (long long)r->most));
    }
}

static bool is_among(struct str values, struct str text)
{
    while (values.data)
        if (str_equal(str_cut(&values, '|'), text))
            return true;
    return false;
}

static void check_values(struct findings *f, const struct rule *r, struct json value)
{
    struct buf list = buf_make(f->scope, 1000);
    struct str rest = str(r->values);

    if (is_among(rest, json_text(value)))
        return;
    while (rest.data) {
        buf_put_z(&list, list.bytes ? ", " : "satisfy enum value set: [");
        buf_put(&list, str_cut(&rest, '|'));
    }
    buf_put_byte(&list, ']');
    find_wrong(f, r, value, buf_str(&list));
}

static void check_member(struct findings *f, const struct rule *r, struct json value)
{
    double number = 0;

    if (json_is(value, JSON_NONE)) {
        if (r->required)
            find_wrong(f, r, value, str("not be null"));
    } else if (r->values) {
        check_values(f, r, value);
    } else if (r->kind == TEXT) {
        check_range(f, r, value, count_characters(json_text(value)));
    } else if (r->kind == LIST) {
        check_range(f, r, value, value.count);
    } else if (r->kind == NUMBER && json_to_double(value, &number)) {
        check_range(f, r, value,
                    number > 9e15    ? INT64_MAX
                    : number < -9e15 ? INT64_MIN
                                     : (int64_t)number);
    }
}

static bool has_kind(enum kind kind, struct json value)
{
    switch (kind) {
    case TEXT:
        return json_is(value, JSON_STRING);
    case NUMBER:
        return json_is(value, JSON_NUMBER);
    case TRUTH:
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
    case LIST:
        return json_is(value, JSON_ARRAY);
    case OBJECT:
        return json_is(value, JSON_OBJECT);
    }
    return false;
}

static const char *name_of(enum kind kind)
{
    static const char *const names[] = {"String", "Number", "Boolean", "List", "Structure"};

    return names[kind];
}

// A member that is null is not there.
static struct json member_of(struct json request, const struct rule *r)
{
    struct json value = json_member(request, r->member);

    return json_is(value, JSON_NULL) ? (struct json){0} : value;
}

enum status states_request_check(struct scope *s, struct asked *a)
{
    struct findings found = {s, buf_make(s, FINDINGS_BYTES_MAX), 0};

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        if (!str_is(a->operation, r->operation))
            continue;
        struct json value = member_of(a->request, r);
        if (!json_is(value, JSON_NONE) && !has_kind(r->kind, value)) {
            return fault(s, a, INVALID, "SerializationException",
                         "%s: a value of type %s can not be converted to a %s", r->member,
                         json_type_name(value), name_of(r->kind));
        }
        check_member(&found, r, value);
    }
    if (found.count == 0)
        return OK;
    return fault(s, a, INVALID, "ValidationException", "%zu validation error%s detected: %.*s",
                 found.count, found.count > 1 ? "s" : "", STR(buf_str(&found.text)));
}
