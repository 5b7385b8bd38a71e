// What Signicat's side reports: counts, and what can be seen of its documents now.
#include "partners/signicat_impl.h"

#include "core/buf.h"

struct survey {
    struct esign *e;
    struct esign_counts *counts;
};

static bool is_of(const struct esign_session *session, struct str id)
{
    struct json documents = json_member(session->request, "documents");

    for (size_t i = 0; i < documents.count; i++) {
        struct json d = json_at(documents, i);
        if (str_equal(json_text(json_member(d, "documentId")), id) ||
            str_equal(json_text(json_member(d, "documentCollectionId")), id))
            return true;
    }
    return false;
}

static bool is_stranded(const struct esign *e, struct str id)
{
    for (size_t i = 0; i < e->count; i++)
        if (!e->order[i]->deleted && is_of(e->order[i], id))
            return false;
    return true;
}

static void survey_document(void *context, const void *entry)
{
    struct survey *v = context;
    const struct esign_document *d = entry;

    if (d->deleted)
        return;
    v->counts->documents++;
    v->counts->stranded += !d->result && is_stranded(v->e, d->told.id);
}

static void survey_collection(void *context, const void *entry)
{
    struct survey *v = context;
    const struct esign_collection *c = entry;

    if (c->deleted)
        return;
    v->counts->collections++;
    v->counts->stranded += is_stranded(v->e, c->told.id);
}

static void survey_reference(void *context, const void *entry)
{
    struct survey *v = context;
    const struct esign_reference *r = entry;

    v->counts->references += r->told.id.bytes > 0;
    v->counts->live_twice += r->told.id.bytes > 0 && esign_live_count(r) > 1;
}

struct esign_counts esign_counts(struct esign *e)
{
    mutex_lock(&e->lock);
    struct esign_counts counts = e->counts;
    struct survey v = {e, &counts};
    ledger_visit(e->documents, survey_document, &v);
    ledger_visit(e->collections, survey_collection, &v);
    ledger_visit(e->references, survey_reference, &v);
    mutex_unlock(&e->lock);
    return counts;
}

unsigned esign_live(struct esign *e, struct str reference)
{
    mutex_lock(&e->lock);
    const struct esign_reference *r = ledger_find(e->references, reference);
    unsigned count = r ? esign_live_count(r) : 0;
    mutex_unlock(&e->lock);
    return count;
}

void esign_report(struct esign *e, struct buf *out)
{
    struct esign_counts counts = esign_counts(e);
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
#define SIGNICAT_COUNT(name, meaning) {#name, counts.name},
#include "partners/signicat_counts.def"
#undef SIGNICAT_COUNT
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        buf_format(out, "%s\"%s\":%llu", i ? "," : "{", rows[i].name,
                   (unsigned long long)rows[i].count);
    buf_put_byte(out, '}');
}
