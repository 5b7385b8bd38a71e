#include "services/signing/sign_render.h"

#include "core/scope.h"
#include "store/blob.h"
#include "sys/sandbox.h"

enum {
    PICTURE_BYTES_MAX = 8 << 20,
    PICTURE_MS_MAX = 20000,
    PICTURE_DPI = 100, // about 830 pixels for A4: sharp on phones, readable everywhere
};

static enum status make(struct scope *s, const struct signing *self, const struct sign_session *ss,
                        uint64_t page, struct str *png)
{
    struct sandbox_options options = {.output_bytes_max = PICTURE_BYTES_MAX,
                                      .milliseconds_max = PICTURE_MS_MAX};
    char *number = str_z(s, str_format(s, "%llu", (unsigned long long)page));
    char *dpi = str_z(s, str_format(s, "%d", PICTURE_DPI));
    char *words[] = {str_z(s, str("/usr/bin/pdftoppm")),
                     str_z(s, str("-png")),
                     str_z(s, str("-r")),
                     dpi,
                     str_z(s, str("-f")),
                     number,
                     str_z(s, str("-l")),
                     number,
                     str_z(s, str("-")),
                     NULL};
    struct str pdf = {0};

    if (!self->platform->sandbox)
        return fail(s, UNSUPPORTED, "there is no sandbox to make pictures in");
    TRY(sign_document(s, self->platform->store, ss, &pdf));
    enum status e = sandbox_program(s, self->platform->sandbox, words, pdf, &options, png);
    return e == NOT_FOUND ? fail(s, UNSUPPORTED, "pdftoppm is not installed") : e;
}

enum status sign_render(struct scope *s, const struct signing *self, const struct sign_session *ss,
                        uint64_t page, struct str *png)
{
    struct json document = sign_session_member(ss, "document");
    struct store *store = self->platform->store;
    int64_t pages = 0;

    (void)json_to_i64(json_member(document, "page_count"), &pages);
    if (page == 0 || page > (uint64_t)(pages > 0 ? pages : 0))
        return fail(s, NOT_FOUND, "there is no such page");
    struct str key = str_format(s, "pages/%.*s/%.*s/%d/%06llu.png", STR(ss->tenant),
                                STR(json_text(json_member(document, "sha256"))), PICTURE_DPI,
                                (unsigned long long)page);
    enum status e = blob_get(s, store, &sign_pages_bucket, key, 0, PICTURE_BYTES_MAX, png);
    if (e != NOT_FOUND)
        return e;
    scope_forgive(s);
    TRY(make(s, self, ss, page, png));
    return blob_put(s, store, &sign_pages_bucket, key, *png,
                    &(struct blob_options){.content_type = str("image/png")}, NULL);
}
