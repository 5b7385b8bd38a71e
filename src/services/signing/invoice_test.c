// The way of an invoice from its file to the reader's mailbox, and what a second one, a wrong one
// and a crash make of it.
#include "services/signing/invoice.h"

#include "core/scope.h"
#include "document/pdf/inspect.h"
#include "document/typeset/template.h"
#include "http/smtp.h"
#include "notify/notify.h"
#include "services/signing/invoice_view.h"
#include "services/signing/service_impl.h"
#include "services/signing/steps.h"
#include "store/memory/memory.h"
#include "sys/file.h"
#include "sys/sim.h"
#include "test/bundle_fixture.h"
#include "test/pdf_fixture.h"

enum { LOTS = 100, TAKEN_MAX = 32 };

static const char mailboxes[] =
    "--signing.invoice_mailboxes=faktura@sf.example ekonomi@fjallbygden.example";

// The service, and a mail server in process.
struct office {
    struct bundle_fixture *f;
    struct scope *scope;
    struct notify *notify;
    struct str to[TAKEN_MAX], texts[TAKEN_MAX];
    unsigned taken;
};

static enum status take_mail(void *context, struct scope *s, struct str from, struct str to,
                             struct str text)
{
    struct office *o = context;

    (void)s;
    (void)from;
    if (o->taken < TAKEN_MAX) {
        o->to[o->taken] = str_copy(o->scope, to);
        o->texts[o->taken++] = str_copy(o->scope, text);
    }
    return OK;
}

static struct settings *mail_settings(struct scope *s, struct world *w)
{
    static const struct setting_def *const tables[] = {notify_settings, NULL};
    static char *const none[] = {NULL};
    struct settings *settings = NULL;
    struct settings_sources sources = {
        .world = w, .tables = tables, .environment = none, .flags = none};

    EXPECT_OK(settings_load(s, &sources, &settings));
    return settings;
}

static struct office *open_office(struct scope *s)
{
    static const struct bundle_fixture_options options = {
        .seed = 1, .signee = SESSION_SIGNED, .flags = {mailboxes}};
    struct office *o = scope_new(s, struct office);
    struct smtp_server server = {.stand_in = take_mail, .stand_in_context = o};

    o->scope = s;
    o->f = bundle_fixture_open(s, &options);
    if (!o->f)
        return NULL;
    struct notify_options notify = {.store = o->f->platform.store,
                                    .settings = mail_settings(s, o->f->world),
                                    .data_directory = str("."),
                                    .server = &server};
    EXPECT_OK(notify_open(s, &notify, &o->notify));
    return o;
}

static struct str sample(struct scope *s, const char *name)
{
    struct str text = {0};

    EXPECT_OK(file_read_whole(s, world_real(), str_format(s, "samples/invoices/%s.xml", name),
                              1 << 20, &text));
    return text;
}

static enum status take(struct scope *s, struct office *o, struct str xml,
                        struct invoice_outcome *out)
{
    struct change *c = change_new(s);

    TRY(invoice_take(s, o->f->self, c, str("acme"), str("i.xml"), xml, world_now_us(o->f->world),
                     out));
    return store_commit(s, o->f->platform.store, c);
}

static void send_mails(struct scope *s, struct office *o)
{
    for (unsigned i = 0; i < 3; i++) {
        (void)workers_run(o->f->platform.store, notify_workers(s, o->notify), LOTS);
        sim_advance_us(o->f->world, (int64_t)3600 * 1000000);
    }
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str(part)) < text.bytes;
}

TEST(an_invoice_is_set_sealed_kept_and_mailed_to_buyer_and_mailboxes)
{
    struct office *o = open_office(s);
    struct invoice_outcome out = {0};
    struct json record = {0};
    struct str pdf = {0};
    struct pdf_facts facts = {0};

    REQUIRE(o != NULL);
    REQUIRE_OK(take(s, o, sample(s, "01-new-car"), &out));
    EXPECT_EQUAL(out.state, INVOICE_TAKEN);
    EXPECT_EQUAL(out.mailed_to, 2); // the buyer is one of the mailboxes
    REQUIRE_OK(invoice_get(s, o->f->platform.store, str("acme"), out.id, &record));
    EXPECT_STR(json_text(json_member(record, "payable")), "422500.00");
    REQUIRE_OK(step_read(s, o->f->platform.store, json_member(record, "pdf"), &pdf));
    REQUIRE_OK(pdf_inspect(s, pdf, &facts));
    EXPECT_EQUAL(facts.signature_count, 1);
    EXPECT(has(pdf_fixture_text(s, pdf, 1, 1), "500,00 SEK"));
    send_mails(s, o);
    EXPECT_EQUAL(o->taken, 2);
    EXPECT(str_equal(o->texts[0], o->texts[1]));
    EXPECT(has(o->texts[0], "filename=\"faktura-2026-1041.pdf\""));
    EXPECT(has(o->texts[0], "filename=\"faktura-2026-1041.xml\""));
    EXPECT(invoice_get(s, o->f->platform.store, str("other"), out.id, &record) == NOT_FOUND);
}

TEST(the_same_invoice_again_is_dropped_and_another_of_its_number_is_refused)
{
    struct office *o = open_office(s);
    struct invoice_outcome out = {0};
    struct str xml = sample(s, "01-new-car");

    REQUIRE(o != NULL);
    REQUIRE_OK(take(s, o, xml, &out));
    REQUIRE_OK(take(s, o, xml, &out));
    EXPECT_EQUAL(out.state, INVOICE_REPEATED);
    REQUIRE_OK(take(s, o, str_concat(s, 2, xml, str("\n")), &out));
    EXPECT_EQUAL(out.state, INVOICE_REFUSED);
    EXPECT(has(out.why, "invoice 2026-1041 of this seller came before"));
    send_mails(s, o);
    EXPECT_EQUAL(o->taken, 2);
}

TEST(a_wrong_invoice_is_refused_with_the_rule_it_breaks)
{
    struct office *o = open_office(s);
    struct invoice_outcome out = {0};

    REQUIRE(o != NULL);
    REQUIRE_OK(take(s, o, sample(s, "10-wrong-total"), &out));
    EXPECT_EQUAL(out.state, INVOICE_REFUSED);
    EXPECT(str_starts(out.why, str("BR-CO-15 at /Invoice/cac:LegalMonetaryTotal/")));
    EXPECT_EQUAL(out.findings.count, 1);
    REQUIRE_OK(take(s, o, str("no XML"), &out));
    EXPECT_EQUAL(out.state, INVOICE_REFUSED);
    send_mails(s, o);
    EXPECT_EQUAL(o->taken, 0);
}

// The program dies at every effect: of keeping, of the commit, of the sending.
TEST(one_mail_reaches_each_reader_wherever_the_program_dies)
{
    bool struck = true;

    for (unsigned nth = 1; struck && nth < 20; nth++) {
        struct scope *inner = scope_open(256 << 20);
        struct office *o = open_office(inner);
        struct invoice_outcome out = {0};
        struct str xml = sample(inner, "03-reverse-charge");
        memory_halt_nth(o->f->platform.store, nth);
        if (take(inner, o, xml, &out) == OK)
            send_mails(inner, o);
        struck = memory_mend(o->f->platform.store);
        sim_advance_us(o->f->world, (int64_t)7 * 1000000); // a second run is later
        EXPECT(take(inner, o, xml, &out) == OK);           // the file's message comes again
        EXPECT(out.state != INVOICE_REFUSED);
        for (unsigned i = 0; i < 4; i++)
            send_mails(inner, o);
        EXPECT(o->taken >= 2);
        for (unsigned i = 1; i < o->taken; i++)
            EXPECT(str_equal(o->texts[i], o->texts[0]));
        scope_close(inner);
    }
}

TEST(amounts_are_written_as_the_language_has_them)
{
    EXPECT_STR(invoice_amount(s, json_number(str("1234567.5")), 2, "sv"), "1\u00a0234\u00a0567,50");
    EXPECT_STR(invoice_amount(s, json_number(str("-1234.567")), 2, "en"), "-1,234.567");
    EXPECT_STR(invoice_amount(s, json_number(str("25.00")), 0, "sv"), "25");
    EXPECT_STR(invoice_amount(s, json_number(str("0.10")), 2, "sv"), "0,10");
    EXPECT_STR(invoice_amount(s, json_null(), 2, "sv"), "");
}

static struct str text_of(struct scope *s, struct office *o, const char *name)
{
    struct invoice_outcome out = {0};
    struct json record = {0};
    struct str pdf = {0};

    EXPECT_OK(take(s, o, sample(s, name), &out));
    EXPECT_OK(invoice_get(s, o->f->platform.store, str("acme"), out.id, &record));
    EXPECT_OK(step_read(s, o->f->platform.store, json_member(record, "pdf"), &pdf));
    return pdf_fixture_text(s, pdf, 1, 1);
}

TEST(what_the_law_wants_to_be_said_stands_on_the_page)
{
    static const struct {
        const char *sample;
        const char *words;
    } cases[] = {
        {"01-new-car", "Godkänd för F-skatt"},
        {"02-used-car-margin-scheme", "Vinstmarginalbeskattning – begagnade varor"},
        {"03-reverse-charge", "Omvänd betalningsskyldighet"},
        {"04-credit-note", "2026-1041 2026-11-20"},
        {"07-prepaid-and-rounded", "Öresavrundning"},
        {"08-new-vehicle-to-germany", "138 of Council"},
        {"09-svefaktura", "505-0105"},
    };
    struct office *o = open_office(s);

    REQUIRE(o != NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT_STR(str(has(text_of(s, o, cases[i].sample), cases[i].words) ? "" : cases[i].sample),
                   "");
}
