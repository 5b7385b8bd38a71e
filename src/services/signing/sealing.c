#include "services/signing/sealing.h"

#include "core/moment.h"
#include "core/scope.h"
#include "crypto/authority.h"
#include "crypto/signer.h"
#include "document/seal/seal.h"
#include "edge/service.h"
#include "http/client.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/settings.h"
#include "sys/world.h"

enum { TIMESTAMP_BYTES_MAX = 1 << 20, TIMESTAMP_TIMEOUT_MS = 20000, DEVELOPMENT_DAYS = 3650 };

static const char development_name[] = "Sheaf development seal (not trusted)";

struct sealing {
    const struct platform *platform;
    struct signer *signer;
    struct timestamper timestamper;
    struct str tsa_url;
    bool development;
};

// -- time-stamps
// -----------------------------------------------------------------------------------

// RFC 3161, 3.4: over HTTP.
static enum status ask(struct scope *s, void *context, struct str request, struct str *response)
{
    const struct sealing *sealing = context;
    struct http_field headers[] = {
        {str("Content-Type"), str("application/timestamp-query")},
    };
    struct http_request call = {
        .method = "POST",
        .url = sealing->tsa_url,
        .headers = headers,
        .header_count = 1,
        .body = request,
        .answer_bytes_max = TIMESTAMP_BYTES_MAX,
        .total_timeout_ms = TIMESTAMP_TIMEOUT_MS,
        .allow_private = settings_boolean(sealing->platform->settings, "signing.tsa_private"),
    };
    struct http_reply reply = {0};

    TRY(http_call(s, sealing->platform->client, &call, &reply));
    if (reply.code != 200)
        return fail(s, TEMPORARY, "the time-stamp authority answered %d", reply.code);
    *response = reply.body;
    return OK;
}

// -- the signer
// ------------------------------------------------------------------------------------

static enum status open_configured(struct scope *s, struct sealing *sealing)
{
    const struct settings *settings = sealing->platform->settings;
    struct str chain = {0};
    struct str key = {0};

    TRY(file_read_whole(s, sealing->platform->world,
                        settings_text(settings, "signing.seal_certificate"), SIGNER_BYTES_MAX,
                        &chain));
    TRY(settings_secret(s, settings, "signing.seal_key", &key));
    if (key.bytes == 0)
        return fail(s, INVALID, "signing.seal_certificate is set and signing.seal_key is not");
    return signer_open(s, chain, key, &sealing->signer);
}

static enum status issue_development(struct scope *s, const struct platform *platform,
                                     struct authority_issued *out)
{
    int64_t now_us = world_now_us(platform->world);
    struct authority_order order = {
        .name = str("Sheaf development authority (not trusted)"),
        .key = AUTHORITY_P256,
        .valid_from_us = now_us - MOMENT_DAY_US,
        .valid_until_us = now_us + DEVELOPMENT_DAYS * MOMENT_DAY_US,
    };
    struct authority *authority = NULL;

    TRY(authority_new(s, &order, &authority));
    order.name = str(development_name);
    order.purpose = AUTHORITY_SEALING;
    return authority_issue(s, authority, &order, out);
}

// The certificate is written last: where it is, the key is, too.
static enum status keep_development(struct scope *s, const struct platform *platform,
                                    struct str keys, struct authority_issued *issued)
{
    struct world *w = platform->world;
    struct str chain_path = str_concat(s, 2, keys, str("/development_seal.pem"));
    struct str key_path = str_concat(s, 2, keys, str("/development_seal.key"));

    if (!path_exists(w, chain_path)) {
        TRY(issue_development(s, platform, issued));
        TRY(directory_make(s, w, str(platform->data_directory)));
        TRY(directory_make(s, w, keys));
        TRY(directory_sync(s, w, str(platform->data_directory)));
        TRY(file_write_whole(s, w, key_path, issued->key_pem));
        return file_write_whole(s, w, chain_path, issued->chain_pem);
    }
    TRY(file_read_whole(s, w, chain_path, SIGNER_BYTES_MAX, &issued->chain_pem));
    return file_read_whole(s, w, key_path, SIGNER_BYTES_MAX, &issued->key_pem);
}

static enum status open_development(struct scope *s, struct sealing *sealing)
{
    const struct platform *platform = sealing->platform;
    struct str data = str(platform->data_directory);
    struct authority_issued issued = {0};

    sealing->development = true;
    TRY(data.bytes ? keep_development(s, platform, str_concat(s, 2, data, str("/keys")), &issued)
                   : issue_development(s, platform, &issued));
    log_event(LOG_WARN, "signing.development_seal",
              LOG_Z("why", "signing.seal_certificate is not set: bundles are sealed with a "
                           "certificate that nobody trusts"),
              LOG_END);
    return signer_open(s, issued.chain_pem, issued.key_pem, &sealing->signer);
}

enum status sealing_open(struct scope *s, const struct platform *platform, struct sealing **out)
{
    struct sealing *sealing = scope_new(s, struct sealing);

    sealing->platform = platform;
    sealing->tsa_url = settings_text(platform->settings, "signing.tsa_url");
    sealing->timestamper = (struct timestamper){.ask = ask, .context = sealing};
    TRY(settings_has(platform->settings, "signing.seal_certificate")
            ? open_configured(s, sealing)
            : open_development(s, sealing));
    *out = sealing;
    return OK;
}

void sealing_options(struct scope *s, const struct sealing *sealing, struct str about,
                     int64_t at_us, struct seal_options *out)
{
    *out = (struct seal_options){
        .signer = sealing->signer,
        .timestamper = sealing->tsa_url.bytes ? &sealing->timestamper : NULL,
        .at_us = at_us,
        .name = signer_about(sealing->signer)->name,
        .reason = str_format(s, "%sSeal of %.*s",
                             sealing->development ? "FOR DEVELOPMENT ONLY. " : "", STR(about)),
    };
}

bool sealing_is_development(const struct sealing *sealing)
{
    return sealing->development;
}
