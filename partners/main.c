// The program `partners`: runs the outside parties until SIGTERM or SIGINT, and prints where they
// are, one a line.
#include "core/buf.h"
#include "core/scope.h"
#include "partners/guests.h"
#include "partners/partner.h"
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
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("signicat", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("onbase", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
#define FAULT(name, standard, most, unit, meaning) FAULT_OF("tsa", name, standard, most, unit, meaning)
#include "partners/faults.def"
#undef FAULT
    SETTINGS_END
};
// clang-format on
static const struct setting_def *const tables[] = {program_settings, fault_settings, NULL};

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
        out->faults[p] = guests_faults(s, settings, party_name((enum party)p));
    TRY(settings_secret(s, settings, "secret", &out->secret));
    return settings_secret(s, settings, "webhook_secret", &out->webhook_secret);
}

static void wait_for_stop(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    do
        (void)poll(&wait, 1, -1);
    while (process_stop_take(fd) == 0);
}

static void print_places(struct scope *s, const struct partners *all, const struct guests *guests)
{
    struct buf b = buf_make(s, HELP_BYTES_MAX);

    for (unsigned p = 0; p < PARTY_COUNT; p++)
        buf_format(&b, "%s %.*s\n", party_name((enum party)p),
                   STR(partners_url(all, (enum party)p)));
    guests_print(&b, guests);
    (void)printf("%.*s", STR(buf_str(&b)));
    (void)fflush(stdout);
}

static enum status run_until(struct scope *s, const struct settings *settings,
                             const struct guests *guests, int stop_fd)
{
    struct partners_options options;
    struct partners *all = NULL;

    TRY(read_options(s, settings, &options));
    options.guests = guests_list(guests, &options.guest_count);
    TRY(partners_start(s, &options, &all));
    print_places(s, all, guests);
    wait_for_stop(stop_fd);
    partners_stop(all);
    return OK;
}

static enum status run(struct scope *s, char **flags)
{
    static char *const no_environment[] = {NULL};
    struct settings_sources sources = {
        .world = world_real(), .tables = tables, .environment = no_environment, .flags = flags};
    struct settings *settings = NULL;
    struct guests *guests = NULL;

    TRY(settings_load(s, &sources, &settings));
    int stop_fd = process_stop_fd();
    (void)process_raise_files_limit();
    TRY(guests_start(s, settings, &guests));
    enum status e = run_until(s, settings, guests, stop_fd);
    guests_stop(guests);
    (void)close(stop_fd);
    return e;
}

static int help(struct scope *s)
{
    struct buf b = buf_make(s, HELP_BYTES_MAX);

    settings_print(&b, tables, SETTINGS_TEXT);
    (void)printf("usage: partners [--flag=value ...]\n\nPlays tax office, warehouse, a receiver of "
                 "webhooks, a mail server, a time-stamp authority and Signicat on loopback ports, "
                 "and OnBase in a folder.\n\n%.*s",
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
