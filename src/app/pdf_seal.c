// `sheaf pdf seal`: seals a file with a certificate, or with one for development that is made on
// the spot and says so.
#include "app/command.h"
#include "app/print.h"
#include "core/json.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/authority.h"
#include "crypto/digest.h"
#include "crypto/signer.h"
#include "crypto/timestamp.h"
#include "document/pdf/revision.h"
#include "document/seal/seal.h"
#include "http/client.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdio.h>

struct asking {
    struct http_client *client;
    struct str url;
};

// RFC 3161, 3.4.
static enum status ask(struct scope *s, void *context, struct str request, struct str *response)
{
    const struct asking *asking = context;
    struct http_field header = {str("Content-Type"), str("application/timestamp-query")};
    struct http_request call = {
        .method = "POST",
        .url = asking->url,
        .headers = &header,
        .header_count = 1,
        .body = request,
        .answer_bytes_max = TIMESTAMP_ANSWER_BYTES_MAX,
        .allow_private = true, // who types the address means it
    };
    struct http_reply reply = {0};

    TRY(http_call(s, asking->client, &call, &reply));
    if (reply.code != 200)
        return fail(s, TEMPORARY, "the time-stamp authority answered %d", reply.code);
    *response = reply.body;
    return OK;
}

static void free_client(void *client)
{
    http_client_free(client);
}

static void choose_stamper(struct scope *s, struct str url, struct asking *asking,
                           struct timestamper *stamper, struct seal_options *options)
{
    if (!url.data)
        return;
    *asking = (struct asking){
        .client = http_client_new(&(struct http_client_options){.ca_file = {0}}), .url = url};
    scope_defer(s, free_client, asking->client);
    *stamper = (struct timestamper){.ask = ask, .context = asking};
    options->timestamper = stamper;
}

// Nobody trusts it, and its name says so.
static enum status make_signer(struct scope *s, int64_t now_us, struct signer **out)
{
    struct authority_order order = {
        .name = str("Sheaf development authority (not trusted)"),
        .valid_from_us = now_us - MOMENT_DAY_US,
        .valid_until_us = now_us + 365 * MOMENT_DAY_US,
    };
    struct authority *authority = NULL;
    struct authority_issued issued = {0};

    TRY(authority_new(s, &order, &authority));
    order.name = str("Sheaf development seal (not trusted)");
    TRY(authority_issue(s, authority, &order, &issued));
    (void)fprintf(stderr, "sheaf: no --certificate: sealed with one for development, which nobody "
                          "trusts\n");
    return signer_open(s, issued.chain_pem, issued.key_pem, out);
}

static void wipe(void *secret)
{
    struct str *what = secret;

    digest_wipe((void *)(uintptr_t)what->data, what->bytes);
}

static enum status read_secret(struct scope *s, struct str path, struct str *out)
{
    struct str *secret = scope_new(s, struct str);

    TRY(file_read_whole(s, world_real(), path, SIGNER_BYTES_MAX, secret));
    scope_defer(s, wipe, secret);
    *out = *secret;
    return OK;
}

static enum status read_signer(struct scope *s, const struct command_line *line, int64_t now_us,
                               struct signer **out)
{
    struct str certificate = command_flag(line, "certificate");
    struct str key_path = command_flag(line, "key");
    struct str password_path = command_flag(line, "password");
    struct str chain = {0};
    struct str secret = {0};

    if (!certificate.data && !key_path.data)
        return make_signer(s, now_us, out);
    if (!certificate.data || (!key_path.data && !password_path.data))
        return command_misused(s, line->command,
                               "--certificate wants --key, or --password for PKCS#12");
    TRY(file_read_whole(s, world_real(), certificate, SIGNER_BYTES_MAX, &chain));
    TRY(read_secret(s, key_path.data ? key_path : password_path, &secret));
    return key_path.data ? signer_open(s, chain, secret, out)
                         : signer_open_pkcs12(s, chain, str_trim(secret), out);
}

static void print_sealed(struct scope *s, const struct command_line *line, struct str path,
                         struct str pdf, const struct seal_options *options)
{
    const struct signer_about *about = signer_about(options->signer);
    struct json j = json_object(NULL, 0);

    j = json_with(s, j, str("file"), json_string(path));
    j = json_with(s, j, str("bytes"), json_i64(s, (int64_t)pdf.bytes));
    j = json_with(s, j, str("signer"), json_string(about->name));
    j = json_with(s, j, str("timeStamp"), json_bool(options->timestamper != NULL));
    if (line->json)
        print_json(s, j);
    else
        (void)printf("%.*s: sealed by %.*s (%.*s)%s\n", STR(print_safe(s, path)), STR(about->name),
                     STR(about->key), options->timestamper ? ", time-stamped" : "");
}

enum status command_pdf_seal(struct scope *s, const struct command_line *line)
{
    struct str from = str(line->words[0]);
    struct str to = str(line->words[1]);
    struct seal_options options = {.at_us = world_now_us(world_real()),
                                   .name = command_flag(line, "name"),
                                   .reason = command_flag(line, "reason"),
                                   .location = command_flag(line, "location")};
    struct timestamper stamper = {0};
    struct asking asking = {0};
    struct signer *signer = NULL;
    struct str pdf = {0};
    uint64_t permission = 0;

    TRY(command_number(s, line, "permission", 1, 3, &permission));
    options.permission = (unsigned)permission;
    TRY(read_signer(s, line, options.at_us, &signer));
    options.signer = signer;
    choose_stamper(s, command_flag(line, "tsa"), &asking, &stamper, &options);
    TRY(file_read_whole(s, world_real(), from, PDF_BYTES_MAX / 3, &pdf));
    enum status e = pdf_seal(s, pdf, &options, &pdf);
    if (e != OK) // a bad file is no misuse of the command
        return fail(s, e == INVALID ? REFUSED : e, "%.*s: %s", STR(from), str_z(s, scope_why(s)));
    TRY(file_write_whole(s, world_real(), to, pdf));
    print_sealed(s, line, to, pdf, &options);
    return OK;
}
