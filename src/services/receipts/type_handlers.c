// Handlers about receipt types: the list, and checking a document without taking it in.
#include "core/buf.h"
#include "core/scope.h"
#include "services/receipts/service_impl.h"

enum { ANSWER_BYTES_MAX = 1 << 20 };

static void put_member(struct buf *b, const char *name, struct str text)
{
    if (b->data[b->bytes - 1] != '{')
        buf_put_byte(b, ',');
    buf_put_byte(b, '"');
    buf_put_z(b, name);
    buf_put_z(b, "\":");
    json_write_string(b, text);
}

enum status list_receipt_types(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    struct buf b = buf_make(s, ANSWER_BYTES_MAX);
    struct str body = {0};

    buf_put_z(&b, "{\"types\":[");
    for (size_t i = 0; i < types_count(self->types); i++) {
        const struct type *t = types_at(self->types, i);
        buf_put_z(&b, i ? ",{" : "{");
        put_member(&b, "name", type_name(t));
        put_member(&b, "title", type_title(t));
        put_member(&b, "format", str(type_is_xml(t) ? "xml" : "json"));
        buf_put_byte(&b, '}');
    }
    buf_put_z(&b, "]}");
    TRY(buf_finish(&b, "the list", &body));
    call_answer(c, 200, body);
    return OK;
}

static void put_common(struct buf *b, const struct common_fields *common)
{
    buf_put_z(b, ",\"common\":{");
    put_member(b, "client", common->client);
    put_member(b, "date", common->date);
    put_member(b, "number", common->number);
    put_member(b, "total", common->total);
    put_member(b, "currency", common->currency);
    buf_put_byte(b, '}');
}

// What is wrong with the common fields is a finding here, not a refusal.
static void check_common(struct scope *s, const struct type *t, struct json document,
                         struct findings *found, struct common_fields *common)
{
    if (type_common(s, t, document, common) == OK || found->count == TYPE_FINDINGS_MAX)
        return;
    found->items[found->count++] =
        (struct finding){.message = str_copy(s, scope_why(s)), .rule = str("mapping")};
    scope_forgive(s);
}

enum status check_receipt(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    const struct type *t = types_find(self->types, call_path(c, "type"));
    struct findings found = {0};
    struct common_fields common = {0};
    struct json document = {0};
    struct buf b = buf_make(s, ANSWER_BYTES_MAX);
    struct str body = {0};

    if (!t)
        return fail(s, NOT_FOUND, "there is no receipt type %.*s", STR(call_path(c, "type")));
    TRY(type_parse(s, call_media_type(c), call_body(c), &document));
    TRY(type_check(s, t, document, call_body(c), call_now_us(c), &found));
    check_common(s, t, document, &found, &common);
    buf_put_z(&b, found.count ? "{\"valid\":false,\"errors\":" : "{\"valid\":true,\"errors\":");
    json_write(&b, findings_json(s, &found));
    put_common(&b, &common);
    buf_put_byte(&b, '}');
    TRY(buf_finish(&b, "the answer", &body));
    call_answer(c, 200, body);
    return OK;
}
