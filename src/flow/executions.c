#include "flow/executions.h"

#include "core/scope.h"
#include "flow/arn.h"
#include "flow/begin_impl.h"
#include "store/record.h"

enum status flow_stop(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                      struct str arn, struct str error, struct str cause, struct execution *out)
{
    struct flow_event event = {.kind = EVENT_STOP, .error = error, .cause = cause};
    struct live *l = NULL;
    struct str id = {0};
    bool stale = false;

    TRY(execution_find(s, f, owner, arn, &id));
    TRY(live_load(s, f, c, id, &l));
    TRY(live_advance(l, &event, &stale));
    *out = l->x;
    if (!stale) // one that has ended stays as it is
        flow_audit(c, owner, "execution.stopped", l->x.arn);
    return OK;
}

enum status flow_get(struct scope *s, struct flow *f, const struct owner *owner, struct str arn,
                     struct execution *out)
{
    struct live *l = NULL;
    struct str id = {0};

    TRY(execution_find(s, f, owner, arn, &id));
    TRY(live_peek(s, f, id, &l));
    TRY(execution_fill(l));
    *out = l->x;
    return OK;
}

enum status flow_execution_definition(struct scope *s, struct flow *f, const struct owner *owner,
                                      struct str arn, struct str *out)
{
    struct live *l = NULL;
    struct str id = {0};

    TRY(execution_find(s, f, owner, arn, &id));
    TRY(live_peek(s, f, id, &l));
    return definition_text(s, f, l->definition_key, out);
}

static enum status list_of(struct scope *s, const struct execution_query *q, struct str *out)
{
    struct arn a = {0};
    bool of_run = q->map_run_arn.bytes > 0;
    struct str arn = of_run ? q->map_run_arn : q->machine_arn;

    if (!arn_read(arn, &a) || !str_is(a.kind, of_run ? "mapRun" : "stateMachine"))
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    *out = of_run ? a.rest : a.name;
    return OK;
}

enum status flow_list(struct scope *s, struct flow *f, const struct owner *owner,
                      const struct execution_query *q, struct execution **out, size_t *count,
                      struct str *next)
{
    struct str of = {0};
    struct page page = {0};
    struct query query = {.table = &flow_executions_table,
                          .index = q->status < 0 ? "by_list" : "by_status",
                          .descending = true,
                          .limit = q->limit,
                          .cursor = q->cursor};

    TRY(list_of(s, q, &of));
    query.partition = live_list_key(s, owner->tenant, of);
    if (q->status >= 0)
        query.partition = str_concat(s, 3, query.partition, str("#"),
                                     str(execution_status_name((enum execution_status)q->status)));
    TRY(record_query(s, f->store, &query, &page));
    *out = scope_array(s, page.count, sizeof **out);
    for (size_t i = 0; i < page.count; i++) {
        struct json j = {0};
        TRY(json_read_stored(s, page.records[i].content, &j));
        TRY(execution_from_json(s, json_member(j, "x"), &(*out)[i]));
    }
    *count = page.count;
    *next = page.cursor;
    return OK;
}
