#include "services/signing/templates.h"

#include "core/asset.h"
#include "core/scope.h"
#include "document/typeset/template.h"
#include "edge/service.h"
#include "sys/file.h"
#include "sys/settings.h"

enum { FILE_BYTES_MAX = 16 << 20 };

static const char shipped[] = "services/signing/templates/";

struct source {
    const struct platform *platform;
    struct str folder; // empty: shipped ones only
};

// A template, or an image that one names: from the folder, else shipped.
static enum status read_source(struct scope *s, void *context, struct str name, struct str *out)
{
    const struct source *from = context;
    const struct asset *asset = asset_find(str_concat(s, 2, str(shipped), name));
    enum status e = NOT_FOUND;

    if (str_find(name, str("..")) < name.bytes || str_starts(name, str("/")))
        return fail(s, NOT_FOUND, "a template names the file %.*s outside its folder", STR(name));
    if (from->folder.bytes)
        e = file_read_whole(s, from->platform->world,
                            str_concat(s, 3, from->folder, str("/"), name), FILE_BYTES_MAX, out);
    if (e != NOT_FOUND)
        return e;
    if (!asset)
        return fail(s, NOT_FOUND, "there is no file %.*s among the templates", STR(name));
    *out = asset_text(asset);
    scope_forgive(s);
    return OK;
}

enum status template_open(struct scope *s, const struct platform *platform, const char *name,
                          struct template **out)
{
    struct source *from = scope_new(s, struct source);
    struct template_files files = {read_source, from};
    struct str text = {0};

    *from = (struct source){platform, settings_text(platform->settings, "signing.templates")};
    TRY(read_source(s, from, str_concat(s, 2, str(name), str(".md")), &text));
    return template_compile(s, str(name), text, &files, out);
}
