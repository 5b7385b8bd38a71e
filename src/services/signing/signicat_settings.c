// The provider `signicat` as the settings say.
#include "core/scope.h"
#include "http/field.h"
#include "services/signing/service_impl.h"
#include "services/signing/signicat_impl.h"
#include "sys/settings.h"

enum { US_PER_MS = 1000 };

static enum status read_options(struct scope *s, const struct platform *platform,
                                struct signicat_options *out)
{
    const struct settings *settings = platform->settings;

    *out = (struct signicat_options){
        .world = platform->world,
        .http = platform->client,
        .store = platform->store,
        .metrics = platform->metrics,
        .url = settings_text(settings, "signing.signicat_url"),
        .token_url = settings_text(settings, "signing.signicat_token_url"),
        .client_id = settings_text(settings, "signing.signicat_client_id"),
        .secret_in_form = str_is(settings_text(settings, "signing.signicat_token_auth"), "form"),
        .flow = settings_text(settings, "signing.signicat_flow"),
        .vendor = settings_text(settings, "signing.signicat_vendor"),
        .identity_provider = settings_text(settings, "signing.signicat_identity_provider"),
        .package = settings_boolean(settings, "signing.signicat_package"),
        .return_url = settings_text(settings, "signing.signicat_return_url"),
        .public_url = &platform->public_url,
        .rate_per_second = (uint32_t)settings_integer(settings, "signing.signicat_rate_per_second"),
        .concurrent_max = (uint32_t)settings_integer(settings, "signing.signicat_concurrent_max"),
        .timeout_ms =
            (unsigned)(settings_duration_us(settings, "signing.signicat_timeout") / US_PER_MS),
        .allow_private = settings_boolean(settings, "signing.signicat_private"),
        .webhook_header = settings_text(settings, "signing.signicat_webhook_header"),
    };
    TRY(settings_secret(s, settings, "signing.signicat_client_secret", &out->client_secret));
    return settings_secret(s, settings, "signing.signicat_webhook_secret", &out->webhook_secret);
}

enum status provider_signicat_open(struct scope *s, struct signing *self, struct provider_at *out)
{
    struct signicat_options options;
    struct signicat *p = NULL;

    TRY(read_options(s, self->platform, &options));
    if (options.url.bytes == 0)
        return OK;
    if (options.client_id.bytes == 0 || options.client_secret.bytes == 0) {
        return fail(s, INVALID,
                    "signing.signicat_client_id and signing.signicat_client_secret "
                    "are wanted with signing.signicat_url");
    }
    if (!field_is_name(options.webhook_header))
        return fail(s, INVALID, "signing.signicat_webhook_header cannot be a header");
    if (signicat_open(s, &options, &p) != OK)
        return fail(s, INVALID, "signing.signicat_url, signing.signicat_token_url: %.*s",
                    STR(scope_why(s)));
    *out = (struct provider_at){&signicat_provider, p};
    return OK;
}
