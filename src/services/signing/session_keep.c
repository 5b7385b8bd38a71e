// What was signed is kept: the document as the provider gave it and the log of how it came about,
// as blobs; then, in one change, the header says where they lie and whoever waits is told. When
// nobody waits any more (the deadline has passed, the execution was stopped, the attempt was
// replaced) the header gets a mark instead, and an operator decides.
#include "services/signing/sessions_impl.h"

#include "core/hex.h"
#include "core/scope.h"
#include "store/blob.h"
#include "sys/log.h"
#include "sys/metrics.h"

enum { OUTCOME_SIGNED = 1, OUTCOME_LATE = 2, OUTCOME_ACCEPTED = 8 };

static void put(struct scope *s, struct json *object, const char *name, struct json value)
{
    if (value.type != JSON_NONE)
        *object = json_with(s, *object, str(name), value);
}

static enum status keep_blob(struct scope *s, struct step *step, struct str key, struct str data,
                             const char *type, struct json *out)
{
    struct blob_options options = {.content_type = str(type)};
    struct blob_info info = {0};

    TRY(blob_put(s, step->work->store, &contract_signed_bucket, key, data, &options, &info));
    *out = json_object(NULL, 0);
    put(s, out, "bucket", json_string(str(contract_signed_bucket.name)));
    put(s, out, "key", json_string(key));
    put(s, out, "sha256", json_string(hex_encode(s, str_of(info.sha256, sizeof info.sha256))));
    put(s, out, "size_bytes", json_i64(s, (int64_t)info.bytes));
    return OK;
}

// The moments of the session as the header has them; those of an attempt that was replaced are gone
// from it, and in the audit log.
static struct json signing_log(struct scope *s, const struct step *step,
                               const struct session *session, struct json original)
{
    static const char *const moments[] = {"asked_at", "mailed_at", "reminded_at"};
    const struct bundle *b = &step->b;
    struct json signee = json_object(NULL, 0);
    struct json log = json_object(NULL, 0);
    struct json times = json_object(NULL, 0);

    put(s, &signee, "name", json_member(bundle_member(b, "signee"), "name"));
    put(s, &signee, "email", json_member(bundle_member(b, "signee"), "email"));
    if (step->attempt == session_attempt(b))
        for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
            put(s, &times, moments[i], session_get(b, moments[i]));
    put(s, &times, "kept_at", moment_json(s, step->now_us));
    put(s, &log, "format", json_string(str("sheaf-signing-log/1")));
    put(s, &log, "bundle_id", json_string(b->bundle_id));
    put(s, &log, "attempt", json_i64(s, step->attempt));
    put(s, &log, "provider", json_string(step->provider));
    put(s, &log, "session_id", json_string(session->id));
    put(s, &log, "signee", signee);
    put(s, &log, "unsigned_sha256", json_member(bundle_member(b, "unsigned"), "sha256"));
    put(s, &log, "original_sha256", json_member(original, "sha256"));
    put(s, &log, "moments", times);
    put(s, &log, "evidence", session->log);
    return log;
}

static void append_mark(struct scope *s, struct bundle *b, struct json mark)
{
    struct json list = bundle_member(b, "marks");
    size_t skip = list.count >= SESSION_MARKS_MAX ? list.count - SESSION_MARKS_MAX + 1 : 0;
    struct json *items = scope_array(s, list.count + 1, sizeof *items);
    size_t count = 0;

    for (size_t i = skip; i < list.count; i++)
        items[count++] = json_at(list, i);
    items[count++] = mark;
    bundle_set(s, b, "marks", json_array(items, count));
}

static bool is_marked(const struct bundle *b, struct str session_id)
{
    struct json list = bundle_member(b, "marks");

    for (size_t i = 0; i < list.count; i++)
        if (str_equal(json_text(json_member(json_at(list, i), "session_id")), session_id))
            return true;
    return false;
}

static void mark_late(struct scope *s, struct step *step, const struct session *session,
                      struct json original, struct json log)
{
    struct json mark = json_object(NULL, 0);

    put(s, &mark, "mark", json_string(str("late_signature")));
    put(s, &mark, "at", moment_json(s, step->now_us));
    put(s, &mark, "attempt", json_i64(s, step->attempt));
    put(s, &mark, "provider", json_string(step->provider));
    put(s, &mark, "session_id", json_string(session->id));
    put(s, &mark, "document_sha256", json_string(step->document));
    put(s, &mark, "original", original);
    put(s, &mark, "signing_log", log);
    append_mark(s, &step->b, mark);
    session_audit(s, step->change, &step->b, "session.signed_late", step->attempt);
    metric_add(step->all->outcomes, OUTCOME_LATE, 1);
    log_event(LOG_WARN, "signing.signed_late", LOG_STR("bundle", step->b.bundle_id),
              LOG_INT("attempt", step->attempt), LOG_END);
}

// Whether somebody may wait for it: then the token is answered, and `*late` says whether it was.
static enum status tell(struct scope *s, struct step *step, bool *late)
{
    *late = step->attempt != session_attempt(&step->b) || session_stage_of(&step->b) != STAGE_OPEN;
    return *late ? OK : step_answer(s, step, NULL, (struct str){0}, late);
}

// Whether the header was moved since it was read: two hints at once look side by side, and to the
// slower one nobody seems to wait.
static bool is_overtaken(struct scope *s, const struct step *step)
{
    struct bundle now = {0};

    return bundle_get(s, step->work->store, step->b.tenant, step->b.bundle_id, &now) == OK &&
           now.version != step->b.version;
}

enum status session_keep(struct scope *s, struct step *step, const struct session *session)
{
    struct bundle *b = &step->b;
    bool is_current = step->attempt == session_attempt(b) && session_stage_of(b) == STAGE_OPEN;
    struct str pdf = {0};
    struct json original = {0};
    struct json log = {0};
    bool late = false;

    if (is_marked(b, session->id))
        return OK;
    TRY(step->at->provider->fetch(s, step->at->self, b->tenant, session->id, &pdf));
    step_reached(step);
    TRY(tell(s, step, &late));
    if (late && is_current && is_overtaken(s, step))
        return fail(s, BUSY, "bundle %.*s has moved on meanwhile", STR(b->bundle_id));
    struct str folder = str_concat(s, 4, b->tenant, str("/bundles/"), b->bundle_id, str("/"));
    if (late)
        folder = str_format(s, "%.*slate-%lld/", STR(folder), (long long)step->attempt);
    TRY(keep_blob(s, step, str_concat(s, 2, folder, str("original.pdf")), pdf, "application/pdf",
                  &original));
    TRY(keep_blob(s, step, str_concat(s, 2, folder, str("signing_log.json")),
                  json_to_str(s, signing_log(s, step, session, original)), "application/json",
                  &log));
    if (late) {
        mark_late(s, step, session, original, log);
    } else {
        bundle_set(s, b, "original", original);
        bundle_set(s, b, "signing_log", log);
        session_audit(s, step->change, b, "session.signed", step->attempt);
        metric_add(step->all->outcomes, OUTCOME_SIGNED, 1);
    }
    if (is_current)
        session_move(s, b, late ? STAGE_LATE : STAGE_SIGNED, step->now_us);
    if (step->kind != STEP_CANCEL) // which has more to say
        bundle_put(s, step->change, b, step->now_us);
    return OK;
}

// -- an operator decides -------------------------------------------------------------------------

// The newest that is of the document as it is now: what was signed before a bundle was made anew is
// another contract.
static struct json newest_late(const struct bundle *b)
{
    struct json list = bundle_member(b, "marks");
    struct str document = json_text(json_member(bundle_member(b, "unsigned"), "sha256"));

    for (size_t i = list.count; i > 0; i--) {
        struct json mark = json_at(list, i - 1);
        if (str_is(json_text(json_member(mark, "mark")), "late_signature") &&
            str_equal(json_text(json_member(mark, "document_sha256")), document))
            return mark;
    }
    return (struct json){0};
}

static void mark_accepted(struct scope *s, struct bundle *b, struct json late, struct str actor,
                          struct str reason, int64_t now_us)
{
    struct json mark = json_object(NULL, 0);

    put(s, &mark, "mark", json_string(str("late_accepted")));
    put(s, &mark, "at", moment_json(s, now_us));
    put(s, &mark, "attempt", json_member(late, "attempt"));
    put(s, &mark, "by", json_string(actor));
    put(s, &mark, "reason", json_string(str_slice(reason, 0, SESSION_REASON_BYTES_MAX)));
    append_mark(s, b, mark);
}

enum status session_accept_late(struct scope *s, struct signing *self, struct change *c,
                                struct bundle *b, struct str actor, struct str reason,
                                int64_t now_us)
{
    struct json late = newest_late(b);
    enum session_stage stage = session_stage_of(b);
    struct step step = {.self = self, .all = self->sessions, .change = c, .now_us = now_us};
    bool nobody = false;

    if (late.type == JSON_NONE)
        return fail(s, CONFLICT, "bundle %.*s has no late signature of the document as it is now",
                    STR(b->bundle_id));
    if (bundle_member(b, "original").type == JSON_OBJECT || b->status == BUNDLE_SIGNED)
        return fail(s, CONFLICT, "bundle %.*s is signed already", STR(b->bundle_id));
    if (!session_stage_ended(stage))
        session_cancel_current(s, c, b);
    bundle_set(s, b, "original", json_member(late, "original"));
    bundle_set(s, b, "signing_log", json_member(late, "signing_log"));
    bundle_set(s, b, "sign_request_id", json_member(late, "session_id"));
    bundle_set(s, b, "provider", json_member(late, "provider"));
    mark_accepted(s, b, late, actor, reason, now_us);
    session_move(s, b, STAGE_ACCEPTED, now_us);
    metric_add(self->sessions->outcomes, OUTCOME_ACCEPTED, 1);
    step.b = *b;
    TRY(step_answer(s, &step, NULL, (struct str){0}, &nobody));
    if (nobody)
        return bundle_resume(s, self, c, b, now_us);
    session_move(s, b, STAGE_SIGNED, now_us);
    return OK;
}

enum status bundle_resume(struct scope *s, struct signing *self, struct change *c, struct bundle *b,
                          int64_t now_us)
{
    bundle_set(s, b, "started_at", json_null());
    return bundle_start(s, self, c, b, now_us);
}
