// Handlers for operators: archive now, merge now.
#include "core/scope.h"
#include "services/receipts/service_impl.h"

static void audit(struct call *c, const char *action, struct str subject, struct str details)
{
    const struct principal *who = call_principal(c);
    struct audit_entry entry = {.tenant = who->tenant,
                                .actor = who->id,
                                .action = str(action),
                                .subject = subject,
                                .details = details};

    change_audit(call_change(c), &entry);
}

enum status archive_receipts(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    uint64_t moved = 0;

    TRY(archive_turn(s, self->archive, true, &moved));
    struct str answer = str_format(s, "{\"receipts\":%llu}", (unsigned long long)moved);
    audit(c, "receipts.archived", str("receipts"), answer);
    call_answer(c, 200, answer);
    return OK;
}

enum status merge_receipts(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    struct str month = json_text(json_member(call_json(c), "month"));
    struct merge_result result = {0};

    TRY(archive_merge(s, self->archive, month, NULL, NULL, &result));
    struct str answer = str_format(
        s, "{\"segmentsBefore\":%llu,\"segmentsAfter\":%llu,\"receipts\":%llu,\"bytes\":%llu}",
        (unsigned long long)result.segments_before, (unsigned long long)result.segments_after,
        (unsigned long long)result.receipts, (unsigned long long)result.bytes);
    audit(c, "receipts.merged", month.bytes ? month : str("receipts"), answer);
    call_answer(c, 200, answer);
    return OK;
}
