// Reads, checks, sets, seals and keeps an invoice; its record, its mail and its audit entry are one
// change.
#include "services/signing/invoice.h"

#include "core/hex.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/invoice/rules.h"
#include "document/invoice/ubl.h"
#include "document/seal/seal.h"
#include "document/typeset/template.h"
#include "services/signing/invoice_view.h"
#include "services/signing/sealing.h"
#include "services/signing/service_impl.h"
#include "services/signing/steps.h"
#include "store/blob.h"
#include "sys/log.h"
#include "sys/settings.h"

enum { ID_DIGEST_BYTES = 16, KEY_DIGEST_BYTES = 12, MEMBERS_MAX = 20 };

const struct table_def invoices_table = {
    .name = "invoices",
    .indexes = {{.name = "tenant",
                 .partition_attribute = "tenant",
                 .sort_attribute = "created",
                 .steady = true}},
};

static struct str hash_of(struct scope *s, struct str text, size_t bytes)
{
    uint8_t digest[SHA256_BYTES];

    digest_sha256(text, digest);
    return hex_encode(s, str_of(digest, bytes));
}

// Numbers of sellers may be those of people, so none of it stands in a key.
static struct str id_of(struct scope *s, struct str tenant, struct json invoice)
{
    static const char *const names[] = {"seller.vatNumber", "seller.orgNumber", "seller.legalName",
                                        "seller.name"};
    struct str seller = {0};

    for (size_t i = 0; i < sizeof names / sizeof names[0] && seller.bytes == 0; i++)
        seller = json_text(json_path(invoice, names[i]));
    struct str all = str_concat(s, 5, tenant, str("\n"), seller, str("\n"),
                                json_text(json_member(invoice, "number")));
    return hash_of(s, all, ID_DIGEST_BYTES);
}

static struct str partition_of(struct scope *s, struct str tenant, struct str id)
{
    return str_concat(s, 3, tenant, str("/"), id);
}

enum status invoice_get(struct scope *s, struct store *store, struct str tenant, struct str id,
                        struct json *out)
{
    struct record r = {0};

    TRY(record_get(s, store, &invoices_table, partition_of(s, tenant, id), (struct str){0}, &r));
    if (json_parse(s, r.content, &json_limits_lenient, out) == OK && out->type == JSON_OBJECT)
        return OK;
    return fail(s, CORRUPT, "the record of invoice %.*s is no JSON object", STR(id));
}

// -- refusing ------------------------------------------------------------------------------------

static enum status refuse(struct invoice_outcome *out, struct str why)
{
    out->state = INVOICE_REFUSED;
    out->why = why;
    return OK;
}

// The first rule that is broken; the report has all.
static struct str first_fatal(struct scope *s, const struct invoice_findings *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct invoice_finding *f = &found->items[i];
        if (f->fatal)
            return str_format(s, "%s at %.*s: %.*s; right is: %s", f->rule, STR(f->place),
                              STR(f->what), f->right);
    }
    return str("more rules are broken than are reported");
}

// Reads and checks. A document that is wrong ends as an outcome.
static enum status examine(struct scope *s, struct str tenant, struct str xml, struct json *invoice,
                           struct invoice_outcome *out)
{
    struct invoice_findings found = {0};
    enum status e = invoice_read(s, xml, invoice);

    if (e == OK)
        e = invoice_check(s, *invoice, &found);
    if (e != OK && !status_may_retry(e)) {
        struct str why = str_copy(s, scope_why(s));
        scope_forgive(s);
        return refuse(out, why);
    }
    TRY(e);
    out->findings = invoice_findings_json(s, &found);
    out->number = json_text(json_member(*invoice, "number"));
    out->id = id_of(s, tenant, *invoice);
    return found.fatal_count ? refuse(out, first_fatal(s, &found)) : OK;
}

// Whether the number is taken, by this document or another.
static enum status compare(struct scope *s, struct store *store, struct str tenant, struct str xml,
                           struct invoice_outcome *out)
{
    struct json record = {0};
    enum status e = invoice_get(s, store, tenant, out->id, &record);

    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    if (str_equal(json_text(json_path(record, "xml.sha256")), hash_of(s, xml, SHA256_BYTES)))
        out->state = INVOICE_REPEATED;
    else {
        return refuse(out, str_format(s,
                                      "invoice %.*s of this seller came before, with other "
                                      "content",
                                      STR(out->number)));
    }
    return OK;
}

// -- making --------------------------------------------------------------------------------------

// Errors: what may pass, or the template does not fit.
static enum status make_pdf(struct scope *s, struct signing *self, struct json invoice,
                            struct str id, int64_t now_us, struct template_result *out)
{
    const struct settings *settings = self->platform->settings;
    struct seal_options options = {0};
    struct str about = str_concat(s, 2, str("invoice "), json_text(json_member(invoice, "number")));

    TRY(invoice_render(s, self->invoice, invoice, settings_text(settings, "signing.brand"), id,
                       now_us, out));
    if (!settings_boolean(settings, "signing.invoice_seal"))
        return OK;
    sealing_options(s, self->sealing, about, now_us, &options);
    return pdf_seal(s, out->pdf, &options, &out->pdf);
}

// Puts a blob under a name that follows from its content.
static enum status keep(struct scope *s, struct store *store, struct str tenant, struct str id,
                        const char *extension, const char *media_type, struct str data,
                        struct json *pointer)
{
    struct blob_options options = {.content_type = str(media_type)};
    struct blob_info info = {0};
    struct str key = str_format(s, "%.*s/invoices/%.*s/%.*s.%s", STR(tenant), STR(id),
                                STR(hash_of(s, data, KEY_DIGEST_BYTES)), extension);

    TRY(blob_put(s, store, &contract_signed_bucket, key, data, &options, &info));
    *pointer = step_pointer(s, &contract_signed_bucket, &info);
    return OK;
}

struct members {
    struct json_member *items;
    size_t count;
};

static void add(struct members *m, const char *name, struct json value)
{
    if (value.type != JSON_NONE && m->count < MEMBERS_MAX)
        m->items[m->count++] = (struct json_member){str(name), value};
}

static struct json name_of(struct json party)
{
    struct json legal = json_member(party, "legalName");

    return legal.type ? legal : json_member(party, "name");
}

static struct json record_of(struct scope *s, struct json invoice, struct str file,
                             const struct invoice_outcome *out, int64_t now_us)
{
    struct members m = {.items = scope_array(s, MEMBERS_MAX, sizeof *m.items)};

    add(&m, "invoice_id", json_string(out->id));
    add(&m, "number", json_member(invoice, "number"));
    add(&m, "kind", json_member(invoice, "kind"));
    add(&m, "seller", name_of(json_member(invoice, "seller")));
    add(&m, "buyer", name_of(json_member(invoice, "buyer")));
    add(&m, "issue_date", json_member(invoice, "issueDate"));
    add(&m, "due_date", json_member(invoice, "dueDate"));
    add(&m, "currency", json_member(invoice, "currency"));
    add(&m, "net", json_path(invoice, "totals.taxExclusive"));
    add(&m, "vat", json_path(invoice, "tax.amount"));
    add(&m, "payable", json_path(invoice, "totals.payable"));
    add(&m, "file", json_string(file));
    add(&m, "findings", out->findings);
    add(&m, "created_at", json_string(moment_to_str(s, now_us, MOMENT_MILLISECONDS)));
    return json_object(m.items, m.count);
}

static void put_record(struct scope *s, struct change *c, struct str tenant, struct str id,
                       struct json record)
{
    struct attribute attributes[] = {
        {str("tenant"), tenant},
        {str("created"), json_text(json_member(record, "created_at"))},
    };
    struct record r = {.partition = partition_of(s, tenant, id),
                       .content = json_to_str(s, record),
                       .attributes = attributes,
                       .attribute_count = 2};

    change_put(c, &invoices_table, &r, if_absent());
}

static void audit(struct change *c, struct str tenant, struct str id)
{
    change_audit(c, &(struct audit_entry){.tenant = tenant,
                                          .actor = str("system"),
                                          .action = str("invoice.taken"),
                                          .subject = id});
}

enum status invoice_take(struct scope *s, struct signing *self, struct change *c, struct str tenant,
                         struct str file, struct str xml, int64_t now_us,
                         struct invoice_outcome *out)
{
    struct store *store = self->platform->store;
    struct json invoice = {0};
    struct json pdf = {0};
    struct json source = {0};
    struct template_result pages = {0};

    *out = (struct invoice_outcome){.findings = json_array(NULL, 0)};
    TRY(examine(s, tenant, xml, &invoice, out));
    if (out->state == INVOICE_TAKEN)
        TRY(compare(s, store, tenant, xml, out));
    if (out->state != INVOICE_TAKEN)
        return OK;
    TRY(make_pdf(s, self, invoice, out->id, now_us, &pages));
    TRY(keep(s, store, tenant, out->id, "pdf", "application/pdf", pages.pdf, &pdf));
    TRY(keep(s, store, tenant, out->id, "xml", "application/xml", xml, &source));
    struct json record = record_of(s, invoice, file, out, now_us);
    pdf = json_with(s, pdf, str("page_count"), json_i64(s, (int64_t)pages.page_count));
    record = json_with(s, record, str("pdf"), pdf);
    record = json_with(s, record, str("xml"), source);
    TRY(invoice_mail(s, self, c, tenant, invoice, record, &out->mailed_to));
    record = json_with(s, record, str("mailed_to"), json_i64(s, (int64_t)out->mailed_to));
    put_record(s, c, tenant, out->id, record);
    audit(c, tenant, out->id);
    log_event(LOG_INFO, "invoice.taken", LOG_STR("tenant", tenant), LOG_STR("invoice", out->id),
              LOG_INT("pages", pages.page_count), LOG_INT("mailed_to", out->mailed_to), LOG_END);
    return OK;
}
