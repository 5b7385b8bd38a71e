// `sheaf pdf verify`: what the signatures of a PDF are worth, for people and as JSON. It succeeds
// when every signature is valid, what was changed since is permitted, no algorithm is weak and,
// with --trust, every signer is trusted; there being no signature is NOT_FOUND.
#include "app/command.h"
#include "app/print.h"
#include "core/json.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "crypto/trust.h"
#include "document/pdf/revision.h"
#include "document/seal/verify.h"
#include "sys/file.h"
#include "sys/world.h"

#include <stdio.h>

static void put(struct scope *s, struct json *object, const char *name, struct json value)
{
    *object = json_with(s, *object, str(name), value);
}

// What a file says of itself may be anything.
static void put_text(struct scope *s, struct json *object, const char *name, struct str text)
{
    if (text.bytes)
        put(s, object, name, json_string(utf8_valid(text) ? text : str("(not UTF-8)")));
}

static void put_moment(struct scope *s, struct json *object, const char *name, int64_t at_us)
{
    if (at_us)
        put(s, object, name, json_string(moment_to_str(s, at_us, MOMENT_SECONDS)));
}

static const char *kind_word(enum pdf_change_kind kind)
{
    static const char *const words[] = {"validation", "metadata",         "signature",
                                        "form",       "annotation-added", "annotation-edited",
                                        "content"};

    return words[kind];
}

static struct json changes_json(struct scope *s, const struct verified_signature *sig)
{
    struct json *items = scope_array(s, sig->changes.count, sizeof *items);

    for (size_t i = 0; i < sig->changes.count; i++) {
        const struct pdf_change *change = &sig->changes.items[i];
        struct json j = json_object(NULL, 0);
        put(s, &j, "kind", json_string(str(kind_word(change->kind))));
        put_text(s, &j, "what", change->what);
        put_text(s, &j, "field", change->field);
        if (change->page)
            put(s, &j, "firstPage", json_i64(s, (int64_t)change->page));
        put(s, &j, "times", json_i64(s, (int64_t)change->times));
        put(s, &j, "permitted", json_bool(!sig->forbidden[i]));
        items[i] = j;
    }
    return json_array(items, sig->changes.count);
}

static struct json stamp_json(struct scope *s, const struct cms_stamp *stamp)
{
    struct json j = json_object(NULL, 0);

    put(s, &j, "sound", json_bool(stamp->fault == CMS_SOUND));
    put_text(s, &j, "why", stamp->why);
    put_moment(s, &j, "at", stamp->at_us);
    put_text(s, &j, "authority", stamp->authority);
    put(s, &j, "trusted", json_bool(stamp->chain.trusted));
    return j;
}

static struct json signature_json(struct scope *s, const struct verified_signature *sig)
{
    struct json j = json_object(NULL, 0);

    put_text(s, &j, "field", sig->found.field);
    put(s, &j, "verdict", json_string(str(signature_verdict_name(sig->verdict))));
    put_text(s, &j, "why", sig->why);
    put_text(s, &j, "signer", sig->cms.signer.name);
    put_text(s, &j, "subject", sig->cms.signer.subject);
    put_text(s, &j, "issuer", sig->cms.signer.issuer);
    put(s, &j, "trusted", json_bool(sig->cms.chain.trusted));
    put_text(s, &j, "untrustedBecause", sig->cms.chain.why);
    put_text(s, &j, "profile", str(sig->profile));
    put_text(s, &j, "algorithm", sig->cms.algorithm);
    put_text(s, &j, "weak", sig->cms.weakness);
    put_text(s, &j, "reason", sig->found.reason);
    put_text(s, &j, "location", sig->found.location);
    put_moment(s, &j, "claimedAt", sig->claimed_at_us);
    if (sig->cms.stamp.present)
        put(s, &j, "timeStamp", stamp_json(s, &sig->cms.stamp));
    put(s, &j, "revision", json_i64(s, (int64_t)sig->revision));
    put(s, &j, "coversFile", json_bool(sig->found.covers_file));
    if (sig->permits != PDF_PERMITS_ANY)
        put(s, &j, "permission", json_i64(s, (int64_t)sig->permits));
    put(s, &j, "changes", changes_json(s, sig));
    return j;
}

static void print_json_all(struct scope *s, struct str path, const struct verification *v)
{
    struct json *items = scope_array(s, v->count, sizeof *items);
    struct json j = json_object(NULL, 0);

    for (size_t i = 0; i < v->count; i++)
        items[i] = signature_json(s, &v->signatures[i]);
    put_text(s, &j, "file", path);
    if (v->count)
        put(s, &j, "verdict", json_string(str(signature_verdict_name(v->worst))));
    put(s, &j, "trusted", json_bool(v->count && v->all_trusted));
    put(s, &j, "signaturesRemoved", json_bool(v->removed));
    put(s, &j, "revisions", json_i64(s, (int64_t)v->revision_count));
    put(s, &j, "emptyFields", json_i64(s, (int64_t)v->empty_fields));
    put(s, &j, "signatures", json_array(items, v->count));
    print_json(s, j);
}

static void line(struct scope *s, const char *what, struct str text)
{
    if (text.bytes)
        (void)printf("  %-10s %.*s\n", what, STR(print_safe(s, text)));
}

static struct str verdict_text(struct scope *s, const struct verified_signature *sig)
{
    switch (sig->verdict) {
    case SIGNATURE_VALID:
        return str("valid; nothing was changed since");
    case SIGNATURE_CHANGED:
        return str("valid; it permits what was changed since");
    case SIGNATURE_CHANGED_FORBIDDEN:
        return str(
            "NOT VALID for the file as it is: something was changed that it does not permit");
    case SIGNATURE_INVALID:
    default:
        return str_concat(s, 2, str("INVALID: "), sig->why);
    }
}

static struct str change_text(struct scope *s, const struct pdf_change *change, bool forbidden)
{
    struct str where = {0};

    if (change->times > 1)
        where = str_format(s, ", %.*s times", STR(print_count(s, change->times)));
    if (change->page)
        where = str_format(s, "%.*s, %spage %zu", STR(where), change->times > 1 ? "first on " : "",
                           change->page);
    if (change->field.bytes)
        where = str_format(s, "%.*s (%.*s)", STR(where), STR(change->field));
    return str_format(s, "%.*s%.*s%s", STR(change->what), STR(where),
                      forbidden ? ": NOT PERMITTED" : "");
}

static struct str time_text(struct scope *s, const struct verified_signature *sig)
{
    const struct cms_stamp *stamp = &sig->cms.stamp;
    struct str claimed = {0};

    if (sig->claimed_at_us)
        claimed = str_concat(s, 2, moment_to_str(s, sig->claimed_at_us, MOMENT_SECONDS),
                             str(" as it says itself"));
    if (!stamp->present)
        return claimed;
    if (stamp->fault != CMS_SOUND)
        return str_format(s, "%.*s%s a time stamp that is not sound: %.*s", STR(claimed),
                          claimed.bytes ? ";" : "", STR(stamp->why));
    return str_format(s, "%.*s%s%.*s as %.*s has stamped%s", STR(claimed),
                      claimed.bytes ? "; " : "",
                      STR(moment_to_str(s, stamp->at_us, MOMENT_SECONDS)), STR(stamp->authority),
                      stamp->chain.trusted ? "" : " (not trusted)");
}

static void print_signature(struct scope *s, const struct verified_signature *sig, size_t revisions)
{
    const struct cms_verdict *cms = &sig->cms;

    (void)printf("\n%.*s\n", STR(print_safe(s, sig->found.field)));
    line(s, "verdict", verdict_text(s, sig));
    for (size_t i = 0; i < sig->changes.count; i++)
        line(s, "changed", change_text(s, &sig->changes.items[i], sig->forbidden[i]));
    line(s, "signer", cms->signer.name);
    line(s, "issuer", cms->signer.issuer);
    line(s, "trust",
         cms->chain.trusted ? str("trusted")
                            : str_concat(s, 2, str("not trusted: "), cms->chain.why));
    line(s, "time", time_text(s, sig));
    line(s, "reason", sig->found.reason);
    line(s, "location", sig->found.location);
    if (cms->algorithm.bytes) {
        line(s, "made with",
             str_format(s, "%s, %.*s%s", sig->profile, STR(cms->algorithm),
                        cms->weakness.bytes ? " (WEAK)" : ""));
    }
    if (sig->revision) {
        line(s, "covers",
             str_format(s, sig->found.covers_file ? "the whole file" : "revision %zu of %zu",
                        sig->revision, revisions));
    }
    if (sig->permits != PDF_PERMITS_ANY) {
        line(s, "permits",
             sig->permits == PDF_PERMITS_NOTHING ? str("no change")
             : sig->permits == PDF_PERMITS_FORMS ? str("filling in forms, signing")
                                                 : str("filling in forms, signing, annotations"));
    }
}

static enum status judge(struct scope *s, const struct verification *v, bool trust)
{
    if (v->removed)
        return fail(s, REFUSED, "the PDF has no signature any more: an earlier revision had one");
    if (v->count == 0)
        return fail(s, NOT_FOUND, "the PDF has no signature");
    for (size_t i = 0; i < v->count; i++) {
        const struct verified_signature *sig = &v->signatures[i];
        if (sig->verdict > SIGNATURE_CHANGED)
            return fail(s, REFUSED, "the signature %.*s is not valid for this file",
                        STR(print_safe(s, sig->found.field)));
        if (sig->cms.weakness.bytes)
            return fail(s, REFUSED, "the signature %.*s is weak: %.*s",
                        STR(print_safe(s, sig->found.field)), STR(sig->cms.weakness));
        if (trust && !sig->cms.chain.trusted)
            return fail(s, REFUSED, "the signer of %.*s is not trusted: %.*s",
                        STR(print_safe(s, sig->found.field)), STR(sig->cms.chain.why));
    }
    return OK;
}

static enum status read_trust(struct scope *s, struct str path, struct trust **out)
{
    struct str pem = {0};

    if (!path.data)
        return OK;
    TRY(file_read_whole(s, world_real(), path, TRUST_BYTES_MAX, &pem));
    return trust_open(s, pem, out);
}

enum status command_pdf_verify(struct scope *s, const struct command_line *command)
{
    struct str path = str(command->words[0]);
    struct trust *trust = NULL;
    struct verification v = {0};
    struct str pdf = {0};

    TRY(read_trust(s, command_flag(command, "trust"), &trust));
    TRY(file_read_whole(s, world_real(), path, PDF_BYTES_MAX, &pdf));
    struct verify_options options = {.trust = trust, .now_us = world_now_us(world_real())};
    enum status e = pdf_verify(s, pdf, &options, &v);
    if (e != OK)
        return e == INVALID ? fail(s, REFUSED, "%s", str_z(s, scope_why(s))) : e;
    if (command->json) {
        print_json_all(s, path, &v);
    } else if (v.count) {
        (void)printf("%.*s: %zu %s, %zu revisions\n", STR(print_safe(s, path)), v.count,
                     v.count == 1 ? "signature" : "signatures", v.revision_count);
        for (size_t i = 0; i < v.count; i++)
            print_signature(s, &v.signatures[i], v.revision_count);
    }
    return judge(s, &v, trust != NULL);
}
