// The dry run of a rule: what it would say of the receipts of a type that are stored already.
// Nothing is changed, and the rule is kept nowhere.
#include "core/buf.h"
#include "core/scope.h"
#include "services/receipts/rule.h"
#include "services/receipts/service_impl.h"

enum {
    EXAMPLES_MAX = 20,
    PAGE_ROWS = 1000,
    ROW_SCOPE_BYTES_MAX = 32 << 20,
    ANSWER_BYTES_MAX = 1 << 20,
};

struct dry_run {
    struct scope *s; // of the call
    struct scope *row_scope;
    struct store *store;
    const struct type *type;
    const struct rule *rule;
    struct json examples[EXAMPLES_MAX];
    size_t example_count;
    uint64_t passed, failed;
};

static void add_example(struct dry_run *d, const struct receipt *r, struct str why)
{
    if (d->example_count == EXAMPLES_MAX)
        return;
    const struct {
        const char *name;
        struct str value;
    } rows[] = {
        {"receiptId", r->id}, {"client", r->client},
        {"date", r->date},    {"state", str(receipt_state_name(r->state))},
        {"message", why},
    };
    size_t count = sizeof rows / sizeof rows[0];
    struct json_member *members = scope_array(d->s, count, sizeof *members);

    for (size_t i = 0; i < count; i++)
        members[i] =
            (struct json_member){str(rows[i].name), json_string(str_copy(d->s, rows[i].value))};
    d->examples[d->example_count++] = json_object(members, count);
}

static enum status judge(struct dry_run *d, const struct archived *item)
{
    struct scope *s = d->row_scope;
    struct receipt r = {0};
    struct str document = item->document;
    struct str why = {0};
    struct json parsed = {0};

    TRY(receipt_parse_state(s, item->id, item->state, item->version, &r));
    if (!str_equal(r.type, type_name(d->type)))
        return OK;
    if (r.document_blob.bytes)
        TRY(receipt_document(s, d->store, &r, &document));
    TRY(type_parse(s, r.media_type, document, &parsed));
    if (rule_holds(s, d->rule, parsed, r.history_count ? r.history[0].at_us : 0, &why)) {
        d->passed++;
    } else {
        d->failed++;
        add_example(d, &r, why);
    }
    return OK;
}

static enum status judge_row(void *context, const struct archived *item, bool *counted)
{
    struct dry_run *d = context;

    *counted = true;
    enum status e = judge(d, item);
    (void)scope_pass(d->s, e, d->row_scope);
    scope_reset(d->row_scope);
    return e;
}

static enum status read_query(struct scope *s, struct call *c, struct listing_query *q)
{
    const struct principal *who = call_principal(c);
    struct json body = call_json(c);
    struct str client = json_text(json_member(body, "client"));

    *q = (struct listing_query){
        .date_from = json_text(json_member(body, "from")),
        .date_to = json_text(json_member(body, "to")),
        .cursor = json_text(json_member(body, "cursor")),
        .limit = PAGE_ROWS,
        .documents = true,
        .tenant = who->tenant,
    };
    if (client.bytes == 0 && who->client.bytes == 0)
        return OK;
    TRY(principal_client(s, who, client, &client));
    q->client = str_concat(s, 3, who->tenant, str("/"), client);
    q->tenant = (struct str){0};
    return OK;
}

static void answer(struct call *c, const struct dry_run *d, struct str cursor, struct buf *b)
{
    unsigned long long receipts = d->passed + d->failed;

    buf_format(b, "{\"receipts\":%llu,\"passed\":%llu,\"failed\":%llu,\"examples\":", receipts,
               (unsigned long long)d->passed, (unsigned long long)d->failed);
    json_write(b, json_array(d->examples, d->example_count));
    if (cursor.bytes) {
        buf_put_z(b, ",\"cursor\":");
        json_write_string(b, cursor);
    }
    buf_put_byte(b, '}');
    call_answer(c, 200, buf_str(b));
}

static void close_scope(void *scope)
{
    scope_close(scope);
}

enum status dry_run_rule(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    struct json body = call_json(c);
    struct listing_query q = {0};
    struct listing_stats stats = {0};
    struct str cursor = {0};
    struct dry_run d = {.s = s,
                        .row_scope = scope_open(ROW_SCOPE_BYTES_MAX),
                        .store = call_platform(c)->store,
                        .type = types_find(self->types, call_path(c, "type"))};
    struct buf b = buf_make(s, ANSWER_BYTES_MAX);

    scope_defer(s, close_scope, d.row_scope);
    if (!d.type)
        return fail(s, NOT_FOUND, "there is no receipt type %.*s", STR(call_path(c, "type")));
    TRY(rule_compile(s, str("rule"), json_text(json_member(body, "check")),
                     json_text(json_member(body, "message")), &d.rule));
    TRY(read_query(s, c, &q));
    TRY(archive_list(s, self->archive, &q, judge_row, &d, &cursor, &stats));
    answer(c, &d, cursor, &b);
    return OK;
}
