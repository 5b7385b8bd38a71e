#include "document/pdf/assemble.h"

#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/assemble_impl.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/output.h"
#include "document/pdf/part.h"
#include "document/pdf/revision.h"

enum {
    OBJECTS_FIRST = 1024,
    LAYERS_BYTES_MAX = 1 << 20,
};

uint32_t joined_reserve(struct joined *j)
{
    return output_reserve(j->output);
}

void joined_write(struct joined *j, uint32_t number, struct str text, bool is_stream,
                  struct str data)
{
    if (is_stream)
        output_whole_stream(j->output, number, text, data);
    else
        output_object(j->output, number, text);
}

static struct joined_object *slot_of(struct joined_object *known, size_t room,
                                     const uint8_t *digest)
{
    size_t at = 0;

    memcpy(&at, digest, sizeof at);
    for (at &= room - 1; known[at].number; at = (at + 1) & (room - 1)) {
        if (memcmp(known[at].digest, digest, JOINED_DIGEST_BYTES) == 0)
            break;
    }
    return &known[at];
}

static void grow_known(struct joined *j)
{
    struct joined_object *more = NULL;

    if (2 * j->known_count < j->known_room)
        return;
    more = scope_array(j->scope, 2 * j->known_room, sizeof *more);
    for (size_t i = 0; i < j->known_room; i++) {
        if (j->known[i].number)
            *slot_of(more, 2 * j->known_room, j->known[i].digest) = j->known[i];
    }
    j->known = more;
    j->known_room *= 2;
}

uint32_t joined_merge(struct joined *j, struct str text, bool is_stream, struct str data)
{
    struct digest *d = digest_open(j->scope, DIGEST_SHA256);
    uint8_t digest[SHA256_BYTES];

    digest_add(d, text);
    if (is_stream) {
        digest_add(d, str("\nstream\n"));
        digest_add(d, data);
    }
    digest_finish(d, digest);
    grow_known(j);
    struct joined_object *slot = slot_of(j->known, j->known_room, digest);
    if (slot->number) {
        j->merged++;
        return slot->number;
    }
    slot->number = joined_reserve(j);
    memcpy(slot->digest, digest, sizeof slot->digest);
    j->known_count++;
    joined_write(j, slot->number, text, is_stream, data);
    return slot->number;
}

void joined_add(struct joined *j, struct numbers *numbers, uint32_t number)
{
    if (numbers->count == numbers->room) {
        numbers->room = numbers->room ? 2 * numbers->room : OBJECTS_FIRST;
        uint32_t *more = scope_array(j->scope, numbers->room, sizeof *more);
        if (numbers->count)
            memcpy(more, numbers->all, numbers->count * sizeof *more);
        numbers->all = more;
    }
    numbers->all[numbers->count++] = number;
}

struct assembly *assembly_new(struct scope *s)
{
    struct assembly *a = scope_new(s, struct assembly);
    struct joined *j = &a->joined;

    *j = (struct joined){.scope = s,
                         .output = output_new(s),
                         .known_room = OBJECTS_FIRST,
                         .layers = buf_make(s, LAYERS_BYTES_MAX),
                         .layers_off = buf_make(s, LAYERS_BYTES_MAX),
                         .version = str("1.7")};
    output_pack(j->output);
    output_skip(j->output, JOINED_METADATA);
    j->known = scope_array(s, j->known_room, sizeof *j->known);
    a->last_bookmark = &a->bookmarks;
    return a;
}

static bool has(struct scope *s, struct opened *o, struct str catalog, const char *path)
{
    struct str value = {0};
    bool found = opened_find(s, o, catalog, path, &value) == OK &&
                 (pdf_is_dictionary(value) || pdf_inside(value).bytes > 0);

    scope_forgive(s);
    return found;
}

static enum status look_at(struct scope *s, struct opened *o, struct assembled_part *part)
{
    struct str catalog = {0};
    struct str flags = {0};
    int64_t bits = 0;
    bool is_stream = false;

    TRY(opened_object(s, o, o->catalog, &catalog, &is_stream));
    part->page_count = o->page_count;
    part->lost_form = has(s, o, catalog, "AcroForm/Fields");
    part->lost_outline = has(s, o, catalog, "Outlines/First");
    // 12.7.3: bit 1 of SigFlags says that there is a signature.
    part->lost_signatures = opened_find(s, o, catalog, "AcroForm/SigFlags", &flags) == OK &&
                            pdf_read_int(flags, &bits) && (bits & 1);
    scope_forgive(s);
    return OK;
}

static enum status copy_foreign(struct scope *s, struct joined *j, struct str pdf,
                                struct assembled_part *part)
{
    struct opened *o = NULL;

    TRY(opened_read(s, pdf, &o));
    if (o->page_count > PDF_PAGES_MAX - j->pages.count)
        return fail(s, TOO_LARGE, "the joined PDF would have more than %d pages", PDF_PAGES_MAX);
    if (o->size > PDF_OBJECTS_MAX - output_count(j->output))
        return fail(s, TOO_LARGE, "the joined PDF would have more than %d objects",
                    PDF_OBJECTS_MAX);
    TRY(look_at(s, o, part));
    struct str version = str(qpdf_get_pdf_version(o->qpdf));
    if (str_compare(version, j->version) > 0)
        j->version = str_copy(j->scope, version);
    TRY(joined_copy(s, j, o));
    part->was_damaged = opened_complaint(s, o).bytes > 0;
    j->untagged = true;
    j->unarchival = true;
    return OK;
}

// A small file of our own is copied; every other way is qpdf's.
static enum status copy_part(struct scope *s, struct joined *j, struct str pdf,
                             struct assembled_part *part)
{
    struct part own = {0};

    if (!part_read(s, pdf, &own) || own.page_count > PDF_PAGES_MAX - j->pages.count ||
        own.size > PDF_OBJECTS_MAX - output_count(j->output) || !joined_copy_part(s, j, pdf, &own))
        return copy_foreign(s, j, pdf, part);
    part->own = true;
    part->page_count = own.page_count;
    part->lost_outline = own.outline;
    return output_is_full(j->output) ? fail(s, TOO_LARGE, "the joined PDF would be too long") : OK;
}

static void add_bookmark(struct assembly *a, struct str title, size_t page)
{
    struct bookmark *b = scope_new(a->joined.scope, struct bookmark);

    *b = (struct bookmark){.title = str_copy(a->joined.scope, title), .page = page};
    *a->last_bookmark = b;
    a->last_bookmark = &b->next;
    a->bookmark_count++;
}

enum status assembly_add(struct assembly *a, struct str pdf, struct str title,
                         struct assembled_part *out)
{
    struct joined *j = &a->joined;
    struct joined before = *j;
    struct scope *part = scope_open(ASSEMBLY_PART_MEMORY_MAX);

    *out = (struct assembled_part){.first_page = j->pages.count};
    enum status e = scope_pass(j->scope, copy_part(part, j, pdf, out), part);
    scope_close(part);
    if (e != OK) { // what was written stays as objects that nobody names
        j->pages.count = before.pages.count;
        j->layers = before.layers;
        j->layers_off = before.layers_off;
    } else if (title.bytes) {
        add_bookmark(a, title, out->first_page);
    }
    return e;
}

static uint32_t write_new(struct joined *j, struct str text)
{
    uint32_t number = joined_reserve(j);

    joined_write(j, number, text, false, (struct str){0});
    return number;
}

// A media type as the name that an embedded file's Subtype is (7.11.4): `/` is written #2F.
static struct str media_name(struct scope *s, struct str media_type)
{
    struct buf name = buf_make(s, 3 * media_type.bytes + 1);

    for (size_t i = 0; i < media_type.bytes; i++) {
        char c = media_type.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '+';
        if (plain)
            buf_put_byte(&name, c);
        else
            buf_format(&name, "#%02X", (unsigned char)c);
    }
    return buf_str(&name);
}

enum status assembly_attach(struct assembly *a, const struct assembly_attachment *t)
{
    struct joined *j = &a->joined;
    struct scope *s = j->scope;
    struct str name = pdf_write_text(s, t->name);

    if (t->name.bytes == 0)
        return fail(s, INVALID, "an attachment has no name");
    if (a->attached_count == ASSEMBLY_ATTACHMENTS_MAX)
        return fail(s, TOO_LARGE, "a PDF has at most %d attachments", ASSEMBLY_ATTACHMENTS_MAX);
    for (size_t i = 0; i < a->attached_count; i++) {
        if (str_equal(a->attached[i].plain, t->name))
            return fail(s, CONFLICT, "a file %.*s is attached already", STR(t->name));
    }
    if (!a->attached)
        a->attached = scope_array(s, ASSEMBLY_ATTACHMENTS_MAX, sizeof *a->attached);
    struct str type =
        media_name(s, t->media_type.bytes ? t->media_type : str("application/octet-stream"));
    uint32_t data = joined_reserve(j);
    output_deflate(j->output, data,
                   str_format(s, "/Type/EmbeddedFile/Subtype/%.*s/Params<</Size %zu>>", STR(type),
                              t->data.bytes),
                   t->data);
    struct str description =
        t->description.bytes ? str_concat(s, 2, str(" /Desc "), pdf_write_text(s, t->description))
                             : (struct str){0};
    uint32_t file = write_new(
        j, str_format(s,
                      "<< /Type /Filespec /F %.*s /UF %.*s%.*s /AFRelationship /Unspecified "
                      "/EF << /F %u 0 R /UF %u 0 R >> >>",
                      STR(name), STR(name), STR(description), data, data));
    a->attached[a->attached_count++] = (struct attached){name, str_copy(s, t->name), file};
    return OK;
}

size_t assembly_merged(const struct assembly *a)
{
    return a->joined.merged;
}
