// What the sessions of the service are set to.
#include "services/signing/sessions_impl.h"

#include "core/moment.h"
#include "core/scope.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/settings.h"
#include "sys/world.h"

enum { REMINDER_DAYS_MAX = 60 };

static enum status read_reminders(struct scope *s, struct str text, struct sessions *out)
{
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'s', MOMENT_SECOND_US},
                 {'m', MOMENT_MINUTE_US},
                 {'h', MOMENT_HOUR_US},
                 {'d', MOMENT_DAY_US}};

    while (text.bytes) {
        struct str word = str_cut(&text, ' ');
        uint64_t number = 0;
        int64_t us = 0;
        if (word.bytes == 0)
            continue;
        bool read = str_to_u64(str_slice(word, 0, word.bytes - 1), 1000000, &number);
        for (size_t i = 0; i < sizeof units / sizeof units[0] && read; i++)
            if (word.data[word.bytes - 1] == units[i].unit)
                us = (int64_t)number * units[i].us;
        int64_t least = out->reminder_count ? out->reminders_us[out->reminder_count - 1] : 0;
        if (us <= least || us > REMINDER_DAYS_MAX * MOMENT_DAY_US ||
            out->reminder_count == REMINDERS_MAX) {
            return fail(s, INVALID,
                        "signing.reminders: at most %d durations in ascending order, as \"3d 7d\"",
                        REMINDERS_MAX);
        }
        out->reminders_us[out->reminder_count++] = us;
    }
    return OK;
}

static int64_t read_unreachable(void *context, uint32_t place)
{
    struct sessions *all = context;
    long long since_us = atomic_load(&all->unreachable_since_us);

    (void)place;
    return since_us ? world_now_us(all->self->platform->world) - since_us : 0;
}

enum status sessions_open(struct scope *s, struct signing *self, struct sessions **out)
{
    static enum status (*const open[PROVIDERS])(struct scope *, struct signing *,
                                                struct provider_at *) = {
        provider_builtin_open,
        provider_signicat_open,
    };
    const struct settings *settings = self->platform->settings;
    struct sessions *all = scope_new(s, struct sessions);
    struct str preferred = settings_text(settings, "signing.provider");

    all->self = self;
    all->mail = mail_send;
    all->deadline_us = settings_duration_us(settings, "signing.deadline");
    all->poll_s = settings_duration_us(settings, "signing.poll") / MOMENT_SECOND_US;
    all->code_life_us = settings_duration_us(settings, "signing.code_life");
    all->codes_max = settings_integer(settings, "signing.codes");
    TRY(read_reminders(s, settings_text(settings, "signing.reminders"), all));
    for (size_t i = 0; i < PROVIDERS; i++) {
        if (open[i])
            TRY(open[i](s, self, &all->providers[i]));
        if (all->providers[i].provider && str_is(preferred, all->providers[i].provider->name))
            all->preferred = &all->providers[i];
    }
    if (!all->preferred)
        return fail(s, INVALID, "signing.provider is %.*s, which is not set up", STR(preferred));
    all->outcomes = metrics_find(self->platform->metrics, "sheaf_signing_sessions");
    all->failures = metrics_find(self->platform->metrics, "sheaf_signing_provider_failures");
    struct metric *gauge =
        metrics_find(self->platform->metrics, "sheaf_signing_provider_unreachable_seconds");
    if (gauge)
        metric_watch(gauge, read_unreachable, all);
    *out = all;
    return OK;
}
