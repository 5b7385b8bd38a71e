// Operators between two values.
#include "expr/jsonata_tree_impl.h"

#include "core/utf8.h"

#include <math.h>

static const double RANGE_COUNT_MAX = 1e7;

enum status jsonata_is_numeric(struct evaluation *e, struct json v, bool *out)
{
    *out = value_is_number(v);
    if (!*out)
        return OK;
    double number = value_number(v);
    if (isinf(number))
        return jsonata_raise(e, (struct trouble){.code = "D1001", .value = v});
    *out = !isnan(number);
    return OK;
}

static enum status check_operand(struct evaluation *e, const char *code, struct json v)
{
    bool numeric = false;

    if (v.type == JSON_NONE)
        return OK;
    TRY(jsonata_is_numeric(e, v, &numeric));
    return numeric ? OK : jsonata_raise(e, (struct trouble){.code = code, .value = v});
}

static double calculate(enum sign sign, double a, double b)
{
    switch ((int)sign) {
    case SIGN_PLUS:
        return a + b;
    case SIGN_MINUS:
        return a - b;
    case SIGN_TIMES:
        return a * b;
    case SIGN_DIVIDE:
        return a / b;
    default:
        return fmod(a, b);
    }
}

static enum status arithmetic(struct evaluation *e, enum sign sign, struct json a, struct json b,
                              struct json *out)
{
    TRY(check_operand(e, "T2001", a));
    TRY(check_operand(e, "T2002", b));
    if (a.type != JSON_NONE && b.type != JSON_NONE)
        *out = value_double(calculate(sign, value_number(a), value_number(b)));
    return OK;
}

static bool comparable(struct json v)
{
    return v.type == JSON_NONE || v.type == JSON_STRING || value_is_number(v);
}

static bool holds(enum sign sign, double order)
{
    switch ((int)sign) {
    case SIGN_BELOW:
        return order < 0;
    case SIGN_AT_MOST:
        return order <= 0;
    case SIGN_ABOVE:
        return order > 0;
    default:
        return order >= 0;
    }
}

// As a number that is compared with 0; no number when nothing holds, as of NaN.
static double order_of(struct json a, struct json b)
{
    if (a.type == JSON_STRING)
        return jsonata_compare_text(json_text(a), json_text(b));
    double left = value_number(a);
    double right = value_number(b);
    return isnan(left) || isnan(right) ? (double)NAN : left < right ? -1 : left > right ? 1 : 0;
}

static enum status compare(struct evaluation *e, enum sign sign, struct json a, struct json b,
                           struct json *out)
{
    if (!comparable(a) || !comparable(b)) {
        bool left = a.type == JSON_NONE || !comparable(a);
        return jsonata_raise(e, (struct trouble){.code = "T2010", .value = left ? a : b});
    }
    if (a.type == JSON_NONE || b.type == JSON_NONE)
        return OK;
    if (value_is_number(a) != value_is_number(b))
        return jsonata_raise(e, (struct trouble){.code = "T2009", .value = a, .value2 = b});
    *out = json_bool(holds(sign, order_of(a, b)));
    return OK;
}

static enum status equality(struct evaluation *e, enum sign sign, struct json a, struct json b,
                            struct json *out)
{
    bool equal = false;

    *out = json_bool(false);
    if (a.type == JSON_NONE || b.type == JSON_NONE)
        return OK;
    TRY(jsonata_equal(e, a, b, &equal));
    *out = json_bool(equal == (sign == SIGN_EQUAL));
    return OK;
}

// Two halves of a UTF-16 pair that meet become the character they mean.
static size_t mend_pair(char *text, size_t at, size_t bytes)
{
    uint8_t *pair = (uint8_t *)text + at - 3;

    if (at < 3 || bytes - at < 3 || pair[0] != 0xED || pair[3] != 0xED || pair[1] < 0xA0 ||
        pair[1] >= 0xB0 || pair[4] < 0xB0)
        return bytes;
    uint32_t first = (pair[1] & 0x0FU) << 6 | (pair[2] & 0x3FU);
    uint32_t second = (pair[4] & 0x0FU) << 6 | (pair[5] & 0x3FU);
    size_t taken = utf8_encode(0x10000 + (first << 10) + second, text + at - 3);
    memmove(text + at - 3 + taken, text + at + 3, bytes - at - 3);
    return bytes - 6 + taken;
}

static enum status join(struct evaluation *e, struct json a, struct json b, struct json *out)
{
    char *text = NULL;

    TRY(jsonata_string(e, a, false, &a));
    TRY(jsonata_string(e, b, false, &b));
    struct str left = json_text(a);
    struct str right = json_text(b);
    TRY(jsonata_bytes(e, left.bytes + right.bytes, &text));
    if (left.bytes)
        memcpy(text, left.data, left.bytes);
    if (right.bytes)
        memcpy(text + left.bytes, right.data, right.bytes);
    *out = json_string(str_of(text, mend_pair(text, left.bytes, left.bytes + right.bytes)));
    return OK;
}

// The reference compares identities: arrays and objects are in an array only as themselves.
static enum status same(struct evaluation *e, struct json a, struct json b, bool *out)
{
    bool container = a.type == JSON_ARRAY || a.type == JSON_OBJECT;

    if (!container || a.type != b.type)
        return jsonata_equal(e, a, b, out);
    *out = a.items == b.items && a.count == b.count && a.count > 0;
    return OK;
}

static enum status is_in(struct evaluation *e, struct json a, struct json b, struct json *out)
{
    const struct json *items = value_is_array(b) ? b.items : &b;
    size_t count = value_is_array(b) ? b.count : 1;
    bool found = false;

    *out = json_bool(false);
    if (a.type == JSON_NONE || b.type == JSON_NONE)
        return OK;
    for (size_t i = 0; i < count && !found; i++)
        TRY(same(e, items[i], a, &found));
    *out = json_bool(found);
    return OK;
}

static bool is_whole(struct json v)
{
    return value_is_number(v) && isfinite(value_number(v)) &&
           trunc(value_number(v)) == value_number(v);
}

static enum status range(struct evaluation *e, struct json a, struct json b, struct json *out)
{
    struct json *items = NULL;

    if (a.type != JSON_NONE && !is_whole(a))
        return jsonata_raise(e, (struct trouble){.code = "T2003", .value = a});
    if (b.type != JSON_NONE && !is_whole(b))
        return jsonata_raise(e, (struct trouble){.code = "T2004", .value = b});
    if (a.type == JSON_NONE || b.type == JSON_NONE || value_number(a) > value_number(b))
        return OK;
    double first = value_number(a);
    double count = value_number(b) - first + 1;
    if (count > RANGE_COUNT_MAX)
        return jsonata_raise(e, (struct trouble){.code = "D2014", .value = value_double(count)});
    TRY(jsonata_step(e, (size_t)count / 16));
    TRY(jsonata_items(e, (size_t)count, &items));
    for (size_t i = 0; i < (size_t)count; i++)
        items[i] = value_double(first + (double)i);
    return jsonata_array(e, items, (size_t)count, VALUE_SEQUENCE, out);
}

static enum status operate(struct evaluation *e, enum sign sign, struct json a, struct json b,
                           struct json *out)
{
    switch ((int)sign) {
    case SIGN_EQUAL:
    case SIGN_UNEQUAL:
        return equality(e, sign, a, b, out);
    case SIGN_BELOW:
    case SIGN_AT_MOST:
    case SIGN_ABOVE:
    case SIGN_AT_LEAST:
        return compare(e, sign, a, b, out);
    case SIGN_JOIN:
        return join(e, a, b, out);
    case SIGN_RANGE:
        return range(e, a, b, out);
    case SIGN_IN:
        return is_in(e, a, b, out);
    default:
        return arithmetic(e, sign, a, b, out);
    }
}

static enum status at_operator(struct evaluation *e, const struct node *n, enum status status)
{
    if (status == INVALID) {
        e->raised.position = n->position;
        e->raised.has_token = true;
        e->raised.token = n->text;
    }
    return status;
}

enum status jsonata_binary(struct evaluation *e, const struct node *n, struct json input,
                           struct frame *frame, struct json *out)
{
    struct json a = value_none();
    struct json b = value_none();

    TRY(jsonata_run(e, n->a, input, frame, &a));
    TRY(jsonata_run(e, n->b, input, frame, &b));
    return at_operator(e, n, operate(e, n->sign, a, b, out));
}

static enum status second_truth(struct evaluation *e, const struct node *n, struct json input,
                                struct frame *frame, bool *truth)
{
    struct json b = value_none();

    TRY(jsonata_run(e, n->b, input, frame, &b));
    return jsonata_truth(e, b, truth);
}

enum status jsonata_and_or(struct evaluation *e, const struct node *n, struct json input,
                           struct frame *frame, struct json *out)
{
    struct json a = value_none();
    bool truth = false;

    TRY(jsonata_run(e, n->a, input, frame, &a));
    TRY(at_operator(e, n, jsonata_truth(e, a, &truth)));
    if (truth == (n->sign == SIGN_AND))
        TRY(at_operator(e, n, second_truth(e, n, input, frame, &truth)));
    *out = json_bool(truth);
    return OK;
}
