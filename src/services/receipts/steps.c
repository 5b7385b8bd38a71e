// The first steps of a receipt's life after acceptance: validation, and the failed-state queue.
#include "services/receipts/service_impl.h"

#include "core/scope.h"
#include "core/utf8.h"
#include "sys/world.h"

// Messages are "ID" or "ID REST".
struct str message_receipt_id(const struct message *m)
{
    return str_slice(m->body, 0, str_find_byte(m->body, ' '));
}

struct str message_rest(const struct message *m)
{
    return str_slice(m->body, str_find_byte(m->body, ' ') + 1, m->body.bytes);
}

// Reads the receipt that a message is about: after a CONFLICT as it stood in the way.
enum status work_receipt(struct scope *s, struct work *work, struct receipt *out)
{
    if (work->obstacle)
        return receipt_parse(s, work->obstacle, out);
    return receipt_load(s, work->store, message_receipt_id(work->message), out);
}

void receipt_audit(struct scope *s, struct change *c, const struct receipt *r, struct str actor)
{
    static const char *const actions[] = {
        [RECEIPT_RECEIVED] = "receipt.received",     [RECEIPT_VALIDATING] = "receipt.validating",
        [RECEIPT_PROCESSING] = "receipt.processing", [RECEIPT_COMPLETED] = "receipt.completed",
        [RECEIPT_FAILED] = "receipt.failed",
    };
    struct audit_entry entry = {
        .tenant = r->tenant, .actor = actor, .action = str(actions[r->state]), .subject = r->id};

    (void)s;
    change_audit(c, &entry);
}

static struct json finding_json(struct scope *s, const struct finding *f)
{
    struct json_member *members = scope_array(s, 3, sizeof *members);

    members[0] =
        (struct json_member){str("at"), json_string(utf8_cut(f->at, RECEIPT_TEXT_BYTES_MAX))};
    members[1] = (struct json_member){str("message"),
                                      json_string(utf8_cut(f->message, RECEIPT_TEXT_BYTES_MAX))};
    members[2] = (struct json_member){str("rule"), json_string(f->rule)};
    return json_object(members, 3);
}

struct json findings_json(struct scope *s, const struct findings *found)
{
    struct json *items = scope_array(s, found->count, sizeof *items);

    for (size_t i = 0; i < found->count; i++)
        items[i] = finding_json(s, &found->items[i]);
    return json_array(items, found->count);
}

static enum status check(struct scope *s, struct work *work, const struct receipt *r,
                         struct findings *found)
{
    const struct receipts *self = work->context;
    const struct type *type = types_find(self->types, r->type);
    struct str document = {0};
    struct json parsed = {0};

    if (!type)
        return fail(s, REFUSED, "the receipt type %.*s is not known any more", STR(r->type));
    TRY(receipt_document(s, work->store, r, &document));
    TRY(type_parse(s, r->media_type, document, &parsed));
    int64_t received_at_us = r->history_count ? r->history[0].at_us : 0;
    return type_check(s, type, parsed, document, received_at_us, found);
}

enum status validate_run(struct scope *s, struct work *work)
{
    struct receipt r = {0};
    struct findings found = {0};
    int64_t started_at_us = world_now_us(store_world(work->store));

    enum status e = work_receipt(s, work, &r);
    if (e == NOT_FOUND)
        return OK; // delivered twice, and archived or erased since
    TRY(e);
    if (r.state != RECEIPT_RECEIVED && r.state != RECEIPT_VALIDATING)
        return OK; // delivered twice
    TRY(check(s, work, &r, &found));
    if (r.state == RECEIPT_RECEIVED)
        receipt_move(&r, RECEIPT_VALIDATING, started_at_us, (struct str){0});
    if (found.count) {
        r.findings = findings_json(s, &found);
        change_send(work->change, &failed_queue, r.id, 0);
    } else {
        receipt_move(&r, RECEIPT_PROCESSING, world_now_us(store_world(work->store)),
                     (struct str){0});
        for (unsigned p = 0; p < PARTNER_COUNT; p++)
            register_send(s, work->change, &r, (enum partner)p, false);
        receipt_audit(s, work->change, &r, str("system"));
    }
    receipt_put_state(s, work->change, &r);
    return OK;
}

enum status fail_run(struct scope *s, struct work *work)
{
    const struct receipts *self = work->context;
    struct receipt r = {0};

    enum status e = work_receipt(s, work, &r);
    if (e == NOT_FOUND)
        return OK; // delivered twice, and archived or erased since
    TRY(e);
    if (r.state != RECEIPT_VALIDATING)
        return OK; // delivered twice
    const struct type *type = types_find(self->types, r.type);
    if (type && type_number_unique(type))
        TRY(number_release(s, work->store, work->change, &r));
    receipt_move(&r, RECEIPT_FAILED, world_now_us(store_world(work->store)),
                 json_text(json_member(json_at(r.findings, 0), "message")));
    receipt_put_state(s, work->change, &r);
    receipt_audit(s, work->change, &r, str("system"));
    webhook_send(s, work->change, &r);
    archive_note_final(self->archive, work->change);
    return OK;
}
