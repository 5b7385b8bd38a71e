// What happens by itself: people sign, reject or forget; signed documents are packaged; sessions
// expire. Signatures are real ones of a test authority.
#include "partners/signicat_impl.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/authority.h"
#include "crypto/signer.h"
#include "document/seal/seal.h"

#include <assert.h>

enum { LIFE_DAYS = 36500 };

void esign_signing_open(struct esign *e)
{
    struct authority *authority = NULL;
    struct authority_issued issued;
    struct signer *signer = NULL;
    struct authority_order order = {
        .name = str("Sheaf partners test authority"),
        .key = AUTHORITY_P256,
        .purpose = AUTHORITY_SEALING,
        .valid_from_us = esign_now_us(e) - MOMENT_DAY_US,
        .valid_until_us = esign_now_us(e) + LIFE_DAYS * MOMENT_DAY_US,
    };

    enum status status = authority_new(e->scope, &order, &authority);
    order.name = str("Signicat simulator");
    if (status == OK)
        status = authority_issue(e->scope, authority, &order, &issued);
    if (status == OK)
        status = signer_open(e->scope, issued.chain_pem, issued.key_pem, &signer);
    assert(status == OK);
    e->signer = signer;
    e->authority = authority_pem(authority);
}

// The document as it was signed; as it was where it cannot be (a stand-in for a PDF in a test).
static struct str sign(struct scope *s, const struct esign *e, struct str pdf)
{
    struct seal_options options = {
        .signer = e->signer,
        .at_us = esign_now_us(e),
        .name = str("Signicat simulator"),
        .reason = str("Signed with a simulated BankID"),
        .permission = e->options.faults.permission,
    };
    struct str out = {0};

    if (e->options.plain || pdf_seal(s, pdf, &options, &out) != OK) {
        scope_forgive(s);
        return pdf;
    }
    return out;
}

static void sign_session(struct scope *s, struct esign *e, struct esign_session *session)
{
    struct json first = json_at(json_member(session->request, "documents"), 0);
    const struct esign_document *d =
        esign_find_document(e, json_text(json_member(first, "documentId")));
    struct str signed_pdf = sign(s, e, d ? d->bytes : str("%PDF-1.7\n"));

    session->state = ESIGN_SIGNED;
    session->result_id = esign_keep_document(e, signed_pdf, "application/pdf", true);
    e->counts.signed_ones++;
    if (++session->reference->signed_ones == 2 && session->reference->told.id.bytes)
        e->counts.signed_twice++;
    esign_emit(s, e, "signing-session.completed", session, (struct json){0});
    if (json_member(session->request, "packageTo").count) {
        esign_plan(e, ESIGN_PACKAGE, session,
                   esign_now_us(e) + (int64_t)chance_below(
                                         &e->chance, (uint64_t)e->options.faults.package_ms + 1) *
                                         ESIGN_US_PER_MS);
    }
}

bool esign_act(struct scope *s, struct esign *e, struct esign_session *session, enum esign_act act,
               const char *reason)
{
    if (!esign_is_live(session))
        return false;
    esign_emit(s, e, "signing-session.opened", session, (struct json){0});
    if (act == ESIGN_SIGN)
        sign_session(s, e, session);
    if (act == ESIGN_REJECT) {
        session->state = ESIGN_REJECTED;
        session->reason =
            str_copy(e->scope, str_slice(str(reason ? reason : ""), 0, ESIGN_REASON_BYTES_MAX));
        e->counts.rejected++;
        esign_emit(s, e, "signing-session.rejected", session, (struct json){0});
    }
    return true;
}

// A signee has one link, in a mail that comes when one session is left; what he does follows from
// the seed and the reference.
static void act_by_itself(struct scope *s, struct esign *e, struct esign_session *session)
{
    const struct faults *f = &e->options.faults;
    struct chance own = chance_seeded(str_hash(session->reference->told.id) ^ e->options.seed);

    if (!esign_is_live(session))
        return;
    if (esign_live_count(session->reference) > 1) {
        esign_plan(e, ESIGN_ACT, session,
                   esign_now_us(e) + ESIGN_US_PER_S + f->sign_ms * ESIGN_US_PER_MS);
        return;
    }
    if (faults_strike(&own, f->leave))
        return;
    (void)esign_act(s, e, session, faults_strike(&own, f->reject) ? ESIGN_REJECT : ESIGN_SIGN,
                    "the price is not what was agreed");
}

static void package(struct scope *s, struct esign *e, struct esign_session *session)
{
    struct json first = json_at(json_member(session->request, "documents"), 0);
    struct esign_collection *c =
        esign_find_collection(e, json_text(json_member(first, "documentCollectionId")));
    const struct esign_document *d = esign_find_document(e, session->result_id);
    struct json data = json_object(NULL, 0);

    if (!d)
        return;
    session->package_id = esign_id(e->scope, e);
    session->package_result_id = esign_keep_document(e, d->bytes, "application/pdf", true);
    if (c) {
        c->package_id = session->package_id;
        c->result_id = session->package_result_id;
    }
    data = json_with(s, data, str("packageId"), json_string(session->package_id));
    data =
        json_with(s, data, str("documentCollectionId"), json_member(first, "documentCollectionId"));
    data = json_with(s, data, str("resultDocumentId"), json_string(session->package_result_id));
    esign_emit(s, e, "package.completed", session, data);
}

void esign_happen(struct scope *s, struct esign *e, struct esign_happening *h)
{
    if (h->kind == ESIGN_ACT) {
        act_by_itself(s, e, h->session);
    } else if (h->kind == ESIGN_PACKAGE) {
        package(s, e, h->session);
    } else if (esign_is_live(h->session)) {
        h->session->state = ESIGN_EXPIRED;
        e->counts.expired++;
        esign_emit(s, e, "signing-session.expired", h->session, (struct json){0});
    }
}
