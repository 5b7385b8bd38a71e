// One function a party starts it and says how it reports and takes faults; what it is looked for by
// is printed.
#include "partners/guests.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "partners/mailbox.h"
#include "partners/onbase.h"
#include "partners/signicat_port.h"
#include "partners/smtp.h"
#include "partners/tsa.h"
#include "sys/settings.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum { IMPORT_PAUSE_US = 200000, IMPORT_BYTES_MAX = 256 << 20 };

// OnBase has no thread of its own; this one runs its import.
struct importer {
    struct onbase *onbase;
    struct mutex lock; // guards it, and the rest
    struct condition changed;
    bool stopping;
    struct thread *thread;
};

struct guests {
    struct scope *scope;
    struct smtp_sink *smtp;
    struct tsa *tsa;
    struct esign_port *signicat;
    struct mailbox *signee;
    struct importer importer;
    struct guest list[GUESTS_MAX];
    struct str places[GUESTS_MAX];
    size_t count;
};

struct faults guests_faults(struct scope *s, const struct settings *settings, const char *party)
{
    struct faults out = faults_none();

#define FAULT(name, standard, most, unit, meaning)                                                 \
    out.name = (uint32_t)settings_integer(settings, str_z(s, str_format(s, "%s." #name, party)));
#include "partners/faults.def"
#undef FAULT
    return out;
}

static void add(struct guests *g, const struct guest *guest, struct str place)
{
    assert(g->count < GUESTS_MAX);
    g->places[g->count] = str_copy(g->scope, place);
    g->list[g->count++] = *guest;
}

static uint64_t seed_of(const struct settings *settings)
{
    return (uint64_t)settings_integer(settings, "seed");
}

// -- mail server ---------------------------------------------------------------------------------

static void report_smtp(void *party, struct buf *out)
{
    smtp_sink_report(party, out);
}

static void fault_smtp(void *party, const struct faults *faults)
{
    smtp_sink_set_faults(party, faults);
}

static enum status start_smtp(struct scope *s, const struct settings *settings, struct guests *g)
{
    struct guest guest = {.name = "smtp",
                          .report = report_smtp,
                          .set_faults = fault_smtp,
                          .faults = guests_faults(s, settings, "smtp")};
    struct smtp_sink_options options = {
        .seed = seed_of(settings),
        .port = (uint16_t)settings_integer(settings, "smtp_port"),
        .user = settings_text(settings, "smtp_user"),
        .folder = settings_text(settings, "smtp_folder"),
        .faults = guest.faults,
    };

    TRY(settings_secret(s, settings, "smtp_password", &options.password));
    TRY(smtp_sink_start(s, &options, &g->smtp));
    guest.party = g->smtp;
    add(g, &guest, smtp_sink_url(g->smtp));
    return OK;
}

// -- time-stamp authority ------------------------------------------------------------------------

static void report_tsa(void *party, struct buf *out)
{
    buf_format(out, "{\"stamps\":%llu}", (unsigned long long)tsa_stamps(party));
}

static void fault_tsa(void *party, const struct faults *faults)
{
    tsa_set_faults(party, faults);
}

static enum status start_tsa(struct scope *s, const struct settings *settings, struct guests *g)
{
    struct guest guest = {.name = "tsa",
                          .report = report_tsa,
                          .set_faults = fault_tsa,
                          .faults = guests_faults(s, settings, "tsa")};
    struct tsa_options options = {
        .world = world_real(),
        .seed = seed_of(settings),
        .port = (uint16_t)settings_integer(settings, "tsa_port"),
        .faults = guest.faults,
        .listens = true,
    };

    TRY(tsa_start(s, &options, &g->tsa));
    guest.party = g->tsa;
    add(g, &guest, tsa_url(g->tsa));
    return OK;
}

// -- Signicat ------------------------------------------------------------------------------------

static void report_signicat(void *party, struct buf *out)
{
    esign_report(esign_port_esign(party), out);
}

static void fault_signicat(void *party, const struct faults *faults)
{
    esign_set_faults(esign_port_esign(party), faults);
}

static enum status start_signicat(struct scope *s, const struct settings *settings,
                                  struct guests *g)
{
    struct guest guest = {.name = "signicat",
                          .report = report_signicat,
                          .set_faults = fault_signicat,
                          .faults = guests_faults(s, settings, "signicat")};
    struct esign_port_options options = {
        .port = (uint16_t)settings_integer(settings, "signicat_port"),
        .seed = seed_of(settings),
        .faults = guest.faults,
        .client_id = settings_text(settings, "signicat_client_id"),
        .signees = settings_boolean(settings, "signicat_signees"),
        .callback_url = settings_text(settings, "callback_url"),
        .webhook_header = settings_text(settings, "signicat_webhook_header"),
    };

    TRY(settings_secret(s, settings, "signicat_client_secret", &options.client_secret));
    TRY(settings_secret(s, settings, "signicat_webhook_secret", &options.webhook_secret));
    if (options.webhook_secret.bytes == 0)
        options.callback_url = (struct str){0}; // nobody would believe it
    TRY(esign_port_start(s, &options, &g->signicat));
    guest.party = g->signicat;
    add(g, &guest, esign_port_url(g->signicat));
    return OK;
}

// -- somebody who signs --------------------------------------------------------------------------

static void report_signee(void *party, struct buf *out)
{
    mailbox_report(party, out);
}

// Its switches are settings of its own.
static void fault_signee(void *party, const struct faults *faults)
{
    (void)party;
    (void)faults;
}

static void start_signee(const struct settings *settings, struct guests *g)
{
    struct guest guest = {.name = "signee",
                          .report = report_signee,
                          .set_faults = fault_signee,
                          .faults = faults_none()};
    struct mailbox_options options = {
        .folder = settings_text(settings, "signee_folder"),
        .seed = seed_of(settings),
        .rejects = (uint32_t)settings_integer(settings, "signee_rejects"),
        .never = (uint32_t)settings_integer(settings, "signee_never"),
        .twice = (uint32_t)settings_integer(settings, "signee_twice"),
        .late = (uint32_t)settings_integer(settings, "signee_late"),
        .late_s = (unsigned)settings_integer(settings, "signee_late_s"),
    };

    if (options.folder.bytes == 0)
        return;
    g->signee = mailbox_new(&options);
    mailbox_start(g->signee);
    guest.party = g->signee;
    add(g, &guest, options.folder);
}

// -- OnBase --------------------------------------------------------------------------------------

static void report_onbase(void *party, struct buf *out)
{
    struct importer *i = party;

    mutex_lock(&i->lock);
    onbase_report(i->onbase, out);
    mutex_unlock(&i->lock);
}

static void fault_onbase(void *party, const struct faults *faults)
{
    struct importer *i = party;

    mutex_lock(&i->lock);
    onbase_set_faults(i->onbase, faults);
    mutex_unlock(&i->lock);
}

static void import_main(void *argument)
{
    struct importer *i = argument;

    mutex_lock(&i->lock);
    while (!i->stopping) {
        struct scope *s = scope_open(IMPORT_BYTES_MAX);
        (void)onbase_run(s, i->onbase);
        scope_close(s);
        (void)condition_wait_us(&i->changed, &i->lock, IMPORT_PAUSE_US);
    }
    mutex_unlock(&i->lock);
}

static void start_onbase(struct scope *s, const struct settings *settings, struct guests *g)
{
    struct importer *i = &g->importer;
    struct guest guest = {.name = "onbase",
                          .party = i,
                          .report = report_onbase,
                          .set_faults = fault_onbase,
                          .faults = guests_faults(s, settings, "onbase")};
    struct onbase_options options = {
        .world = world_real(),
        .folder = settings_text(settings, "onbase_folder"),
        .seed = seed_of(settings),
        .faults = guest.faults,
        .reports = settings_boolean(settings, "onbase_reports"),
    };

    if (options.folder.bytes == 0)
        return;
    i->onbase = onbase_new(&options);
    mutex_init(&i->lock);
    condition_init(&i->changed);
    i->thread = thread_start("onbase", import_main, i);
    add(g, &guest, options.folder);
}

static void stop_onbase(struct importer *i)
{
    if (!i->onbase)
        return;
    mutex_lock(&i->lock);
    i->stopping = true;
    condition_broadcast(&i->changed);
    mutex_unlock(&i->lock);
    thread_join(i->thread);
    condition_fini(&i->changed);
    mutex_fini(&i->lock);
    onbase_free(i->onbase);
}

// -- all of them ---------------------------------------------------------------------------------

static enum status start_all(struct scope *s, const struct settings *settings, struct guests *g)
{
    TRY(start_smtp(s, settings, g));
    TRY(start_tsa(s, settings, g));
    TRY(start_signicat(s, settings, g));
    start_onbase(s, settings, g);
    start_signee(settings, g);
    return OK;
}

enum status guests_start(struct scope *s, const struct settings *settings, struct guests **out)
{
    struct guests *g = heap_new(struct guests);

    g->scope = scope_open(1 << 20);
    enum status e = start_all(s, settings, g);
    if (e == OK)
        *out = g;
    else
        guests_stop(g);
    return e;
}

void guests_stop(struct guests *g)
{
    if (!g)
        return;
    mailbox_free(g->signee);
    stop_onbase(&g->importer);
    esign_port_stop(g->signicat);
    tsa_stop(g->tsa);
    smtp_sink_stop(g->smtp);
    scope_close(g->scope);
    free(g);
}

const struct guest *guests_list(const struct guests *g, size_t *count)
{
    *count = g->count;
    return g->list;
}

void guests_print(struct buf *out, const struct guests *g)
{
    for (size_t i = 0; i < g->count; i++)
        buf_format(out, "%s %.*s\n", g->list[i].name, STR(g->places[i]));
}
