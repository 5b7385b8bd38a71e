// The program `partners`: runs the outside parties until SIGTERM or SIGINT, and prints where they
// are, one a line.
#include "core/buf.h"
#include "core/scope.h"
#include "partners/partner.h"
#include "partners/smtp.h"
#include "partners/tsa.h"
#include "sys/process.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SCOPE_BYTES_MAX = 16 << 20, HELP_BYTES_MAX = 64 << 10, EXIT_USAGE = 2 };

// clang-format off
static const struct setting_def program_settings[] = {
#include "partners/settings.def"
    SETTINGS_END
};
#define FAULT_OF(party, name, standard, most, unit, meaning) \
    SETTING(party "." #name, INTEGER, #standard, "0", #most, unit, meaning)
static const struct setting_def fault_settings[] = {
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("tax", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("warehouse", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("hooks", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("smtp", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("tsa", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
    SETTINGS_END
};
// clang-format on
static const struct setting_def *const tables[] = {program_settings, fault_settings, NULL};

static struct faults read_faults(struct scope *s, const struct settings *settings,
                                 const char *party)
{
    struct faults out = faults_none();

#define FAULT(name, standard, most, unit, meaning)                                                 \
    out.name = (uint32_t)settings_integer(settings, str_z(s, str_format(s, "%s." #name, party)));
#include "partners/faults.def"
#undef FAULT
    return out;
}

static enum status read_options(struct scope *s, const struct settings *settings,
                                struct partners_options *out)
{
    *out = (struct partners_options){
        .seed = (uint64_t)settings_integer(settings, "seed"),
        .ports = {[PARTY_TAX] = (uint16_t)settings_integer(settings, "tax_port"),
                  [PARTY_WAREHOUSE] = (uint16_t)settings_integer(settings, "warehouse_port"),
                  [PARTY_HOOKS] = (uint16_t)settings_integer(settings, "hooks_port")},
        .callback_url = settings_text(settings, "callback_url"),
        .callers = (unsigned)settings_integer(settings, "callers"),
    };
    for (unsigned p = 0; p < PARTY_COUNT; p++)
        out->faults[p] = read_faults(s, settings, party_name((enum party)p));
    TRY(settings_secret(s, settings, "secret", &out->secret));
    return settings_secret(s, settings, "webhook_secret", &out->webhook_secret);
}

static enum status start_smtp(struct scope *s, const struct settings *settings,
                              struct smtp_sink **out)
{
    struct smtp_sink_options options = {
        .seed = (uint64_t)settings_integer(settings, "seed"),
        .port = (uint16_t)settings_integer(settings, "smtp_port"),
        .user = settings_text(settings, "smtp_user"),
        .folder = settings_text(settings, "smtp_folder"),
        .faults = read_faults(s, settings, "smtp"),
    };

    TRY(settings_secret(s, settings, "smtp_password", &options.password));
    return smtp_sink_start(s, &options, out);
}

static enum status start_tsa(struct scope *s, const struct settings *settings, struct tsa **out)
{
    struct tsa_options options = {
        .world = world_real(),
        .seed = (uint64_t)settings_integer(settings, "seed"),
        .port = (uint16_t)settings_integer(settings, "tsa_port"),
        .faults = read_faults(s, settings, "tsa"),
        .listens = true,
    };

    return tsa_start(s, &options, out);
}

static void wait_for_stop(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    do
        (void)poll(&wait, 1, -1);
    while (process_stop_take(fd) == 0);
}

static enum status run(struct scope *s, char **flags)
{
    static char *const no_environment[] = {NULL};
    struct settings_sources sources = {
        .world = world_real(), .tables = tables, .environment = no_environment, .flags = flags};
    struct settings *settings = NULL;
    struct partners_options options;
    struct partners *all = NULL;
    struct tsa *tsa = NULL;

    TRY(settings_load(s, &sources, &settings));
    TRY(read_options(s, settings, &options));
    int stop_fd = process_stop_fd();
    (void)process_raise_files_limit();
    TRY(start_smtp(s, settings, &options.smtp));
    enum status e = start_tsa(s, settings, &tsa);
    if (e == OK)
        e = partners_start(s, &options, &all);
    if (e != OK) {
        tsa_stop(tsa);
        smtp_sink_stop(options.smtp);
        return e;
    }
    for (unsigned p = 0; p < PARTY_COUNT; p++)
        (void)printf("%s %.*s\n", party_name((enum party)p), STR(partners_url(all, (enum party)p)));
    (void)printf("smtp %.*s\n", STR(smtp_sink_url(options.smtp)));
    (void)printf("tsa %.*s\n", STR(tsa_url(tsa)));
    (void)fflush(stdout);
    wait_for_stop(stop_fd);
    partners_stop(all);
    tsa_stop(tsa);
    smtp_sink_stop(options.smtp);
    (void)close(stop_fd);
    return OK;
}

static int help(struct scope *s)
{
    struct buf b = buf_make(s, HELP_BYTES_MAX);

    settings_print(&b, tables, SETTINGS_TEXT);
    (void)printf("usage: partners [--flag=value ...]\n\nPlays tax office, warehouse, a receiver of "
                 "webhooks, a mail server and a time-stamp authority on loopback ports.\n\n%.*s",
                 STR(buf_str(&b)));
    return 0;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    int code = 0;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        code = help(s);
    } else if (run(s, argv + 1) != OK) {
        (void)fprintf(stderr, "partners: %.*s\n", STR(scope_why(s)));
        code = scope_status(s) == INVALID ? EXIT_USAGE : 1;
    }
    scope_close(s);
    return code;
}
