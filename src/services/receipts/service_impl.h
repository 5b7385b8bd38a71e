// What the files of the receipts service share: what its open() made, its queues, and the bodies
// of its messages.
#ifndef SHEAF_SERVICES_RECEIPTS_SERVICE_IMPL_H
#define SHEAF_SERVICES_RECEIPTS_SERVICE_IMPL_H

#include "edge/call.h"
#include "edge/service.h"
#include "services/receipts/archive.h"
#include "services/receipts/partner.h"
#include "services/receipts/receipt.h"
#include "services/receipts/type.h"

struct receipts {
    const struct platform *platform;
    struct types *types;
    struct archive *archive;
    struct partner_client *partners[PARTNER_COUNT];
    int64_t backlog_s_max;  // oldest waiting validation; older: new receipts are answered BUSY
    int64_t patience_s;     // a partner that took a registration is asked after so long
    bool confirm_callbacks; // by asking the partner
    bool webhooks_private;  // webhooks may go to private addresses and plain http (for tests)
};

extern const struct queue_def validation_queue;
extern const struct queue_def failed_queue;
extern const struct queue_def registration_queues[PARTNER_COUNT];
extern const struct queue_def webhook_queue;
extern const struct queue_def erasure_queue; // documents in blobs, of receipts that are erased

// Messages carry the receipt's id, and after a space what else the step needs.
struct str message_receipt_id(const struct message *m);
struct str message_rest(const struct message *m);

// Puts the outcome of a final receipt on its way to the client, when it wants to be told.
void webhook_send(struct scope *s, struct change *c, const struct receipt *r);

// Reads the receipt that a task's message is about; after a CONFLICT as it stood in the way.
enum status work_receipt(struct scope *s, struct work *work, struct receipt *out);

// Applies what a partner said, and what follows: the receipt's move, its audit entry, its webhook.
// Of a receipt that is final already it is only kept. The caller puts the state.
void receipt_apply(struct scope *s, const struct receipts *self, struct change *c,
                   struct receipt *r, enum partner p, const struct partner_answer *answer,
                   int64_t now_us);

// Asks for the registration with a partner; `may_be_sent`: it is asked about first.
void register_send(struct scope *s, struct change *c, const struct receipt *r, enum partner p,
                   bool may_be_sent);

static inline bool registration_is_settled(enum registration_state state)
{
    return state == REGISTRATION_CONFIRMED || state == REGISTRATION_REFUSED;
}

// callback.c: whether a message of a registration queue is a callback that is to be confirmed; asks
// the partner what it is about. A task.
bool callback_is_message(const struct message *m);
enum status callback_confirm(struct scope *s, struct work *work, enum partner p);

// Claims the receipt's business number for its client; a second one is answered CONFLICT.
void number_claim(struct scope *s, struct change *c, const struct receipt *r);
// Gives the number of an invalid receipt free, so that it can be sent again corrected.
enum status number_release(struct scope *s, struct store *store, struct change *c,
                           const struct receipt *r);
// Claims it for one that runs again. Errors: CONFLICT another has it by now.
enum status number_claim_again(struct scope *s, const struct receipts *self, struct change *c,
                               const struct receipt *r);
extern const struct table_def receipt_numbers_table;

// Appends `mediaType` and `document` as members: a JSON document as it was sent, another as text.
enum status receipt_write_document(struct scope *s, struct buf *out, const struct receipt *r,
                                   struct str document);

// What a check found, as clients see it.
struct json findings_json(struct scope *s, const struct findings *found);

// The audit entry of a move, in the same change.
void receipt_audit(struct scope *s, struct change *c, const struct receipt *r, struct str actor);

// Tasks, one a queue.
enum status validate_run(struct scope *s, struct work *work);
enum status fail_run(struct scope *s, struct work *work);
enum status register_run(struct scope *s, struct work *work);
enum status webhook_run(struct scope *s, struct work *work);
enum status erase_run(struct scope *s, struct work *work);

// Handlers.
enum status submit_receipt(struct scope *s, struct call *c);
enum status get_receipt(struct scope *s, struct call *c);
enum status get_receipt_status(struct scope *s, struct call *c);
enum status get_receipt_document(struct scope *s, struct call *c);
enum status erase_receipt(struct scope *s, struct call *c);
enum status redrive_receipt(struct scope *s, struct call *c);
enum status redeliver_webhook(struct scope *s, struct call *c);
enum status tax_callback(struct scope *s, struct call *c);
enum status warehouse_callback(struct scope *s, struct call *c);
enum status list_receipts(struct scope *s, struct call *c);
enum status list_receipt_types(struct scope *s, struct call *c);
enum status check_receipt(struct scope *s, struct call *c);
enum status dry_run_rule(struct scope *s, struct call *c);
enum status create_export(struct scope *s, struct call *c);
enum status get_export(struct scope *s, struct call *c);
enum status get_export_content(struct scope *s, struct call *c);
enum status archive_receipts(struct scope *s, struct call *c);
enum status merge_receipts(struct scope *s, struct call *c);

#endif
