// Handlers of files that come in: put one, see what became of it, list them.
#include "core/scope.h"
#include "services/signing/inbound.h"
#include "services/signing/service_impl.h"

enum { LIMIT_MAX = 1000, LIMIT_STANDARD = 100 };

static enum status kind_of(struct scope *s, struct call *c, enum inbound_kind *out)
{
    struct str kind = call_path(c, "kind");

    return inbound_kind_parse(kind, out)
               ? OK
               : fail(s, NOT_FOUND, "there is no inbound/%.*s", STR(kind));
}

enum status put_inbound(struct scope *s, struct call *c)
{
    struct inbound_file f = {0};
    struct json told = {0};
    struct inbound_offer offer = {.tenant = call_principal(c)->tenant,
                                  .name = call_path(c, "name"),
                                  .bytes = call_body(c),
                                  .source = "api",
                                  .actor = call_principal(c)->id};

    TRY(kind_of(s, c, &offer.kind));
    TRY(inbound_take(s, call_service(c), call_change(c), &offer, call_now_us(c), &f));
    TRY(inbound_tell(s, call_platform(c)->store, &f, false, &told));
    call_answer_json(c, inbound_is_read(&f) ? 200 : 202, told);
    call_answer_header(c, "Location",
                       str_concat(s, 4, str("/inbound/"), call_path(c, "kind"), str("/"), f.name));
    if (!inbound_is_read(&f))
        call_answer_header(c, "Retry-After", str("1"));
    return OK;
}

enum status get_inbound(struct scope *s, struct call *c)
{
    struct store *store = call_platform(c)->store;
    struct str name = call_path(c, "name");
    enum inbound_kind kind = INBOUND_INTERFACE;
    struct inbound_file f = {0};
    struct json told = {0};

    TRY(kind_of(s, c, &kind));
    enum status e = inbound_get(s, store, call_principal(c)->tenant, kind, name, &f);
    if (e == NOT_FOUND)
        return fail(s, e, "there is no file %s/%.*s", inbound_kind_name(kind), STR(name));
    TRY(e);
    TRY(inbound_tell(s, store, &f, true, &told));
    call_answer_json(c, 200, told);
    return OK;
}

enum status list_inbound(struct scope *s, struct call *c)
{
    struct store *store = call_platform(c)->store;
    enum inbound_kind kind = INBOUND_INTERFACE;
    struct page page = {0};
    uint64_t limit = LIMIT_STANDARD;

    TRY(kind_of(s, c, &kind));
    (void)str_to_u64(call_query(c, "limit"), LIMIT_MAX, &limit);
    struct query q = {.table = &signing_files_table,
                      .index = "kind",
                      .partition = str_concat(s, 3, call_principal(c)->tenant, str("/"),
                                              str(inbound_kind_name(kind))),
                      .descending = true,
                      .limit = (size_t)limit,
                      .cursor = call_query(c, "cursor")};
    TRY(record_query(s, store, &q, &page));
    struct json *items = scope_array(s, page.count, sizeof *items);
    for (size_t i = 0; i < page.count; i++) {
        struct inbound_file f = {0};
        TRY(inbound_read(s, &page.records[i], &f));
        TRY(inbound_tell(s, store, &f, false, &items[i]));
    }
    struct json body =
        json_with(s, json_object(NULL, 0), str("items"), json_array(items, page.count));
    if (page.cursor.bytes)
        body = json_with(s, body, str("cursor"), json_string(page.cursor));
    call_answer_json(c, 200, body);
    return OK;
}
