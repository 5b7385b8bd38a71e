// The one place where qpdf is asked to read. Its C API traps exceptions and keeps the last one;
// opened_error() looks after each call that may throw. Handles are released at once: qpdf keeps a
// map of them that would grow with every object.
#include "core/heap.h"
#include "core/scope.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/revision.h"

#include <stdlib.h>

enum {
    RESOLVES_MAX = 32,         // references to references
    ROOM_BYTES_KEPT = 1 << 20, // of a scope, for what is small
};

static void close_qpdf(void *opened)
{
    qpdf_cleanup(&((struct opened *)opened)->qpdf);
}

// What qpdf says, without the name of the file, which is ours.
static struct str error_text(struct scope *s, qpdf_data q, qpdf_error error)
{
    struct str text = str(qpdf_get_error_message_detail(q, error));
    unsigned long long place = qpdf_get_error_file_position(q, error);

    return place ? str_format(s, "%.*s (at byte %llu)", STR(text), place) : str_copy(s, text);
}

enum status opened_error(struct scope *s, struct opened *o, enum status e)
{
    if (!qpdf_has_error(o->qpdf))
        return OK;
    qpdf_error error = qpdf_get_error(o->qpdf);
    if (qpdf_get_error_code(o->qpdf, error) == qpdf_e_password)
        return fail(s, REFUSED, "the PDF is encrypted and wants a password");
    return fail(s, e, "the PDF cannot be read: %.*s", STR(error_text(s, o->qpdf, error)));
}

struct str opened_complaint(struct scope *s, struct opened *o)
{
    while (qpdf_more_warnings(o->qpdf)) {
        qpdf_error warning = qpdf_next_warning(o->qpdf);
        if (o->complaint.bytes == 0)
            o->complaint = error_text(s, o->qpdf, warning);
    }
    return o->complaint;
}

static enum status text_of(struct scope *s, struct opened *o, qpdf_oh handle, struct str *out)
{
    const char *text = qpdf_oh_unparse_resolved(o->qpdf, handle);
    size_t bytes = qpdf_get_last_string_length(o->qpdf);

    if (!scope_has_room(s, bytes + ROOM_BYTES_KEPT))
        return fail(s, TOO_LARGE, "the PDF needs more memory than there is for it");
    *out = str_copy(s, str_of(text, bytes));
    return OK;
}

static enum status read_trailer(struct scope *s, struct opened *o)
{
    qpdf_oh trailer = qpdf_get_trailer(o->qpdf);
    struct str value = {0};
    int64_t size = 0;

    TRY(opened_error(s, o, INVALID));
    TRY(text_of(s, o, trailer, &o->trailer));
    qpdf_oh_release(o->qpdf, trailer);
    TRY(opened_error(s, o, INVALID));
    if (!pdf_find(o->trailer, "Root", &value) || !pdf_read_ref(value, &o->catalog))
        return fail(s, INVALID, "the PDF has no catalog");
    if (!pdf_find(o->trailer, "Size", &value) || !pdf_read_int(value, &size) || size < 1)
        return fail(s, INVALID, "the PDF does not say how many objects it has");
    if (size > PDF_OBJECTS_MAX)
        return fail(s, TOO_LARGE, "the PDF has more than %d objects", PDF_OBJECTS_MAX);
    o->size = (uint32_t)size;
    return OK;
}

static enum status count_pages(struct scope *s, struct opened *o)
{
    TRY(opened_check_tree(s, o));
    int pages = qpdf_get_num_pages(o->qpdf);
    TRY(opened_error(s, o, INVALID));
    if (pages < 1)
        return fail(s, INVALID, "the PDF has no page");
    if (pages > PDF_PAGES_MAX)
        return fail(s, TOO_LARGE, "the PDF has %d pages; the most is %d", pages, PDF_PAGES_MAX);
    o->page_count = (size_t)pages;
    return OK;
}

enum status opened_read(struct scope *s, struct str pdf, struct opened **out)
{
    struct opened *o = scope_new(s, struct opened);

    if (pdf.bytes == 0)
        return fail(s, INVALID, "the PDF is empty");
    if (pdf.bytes > PDF_BYTES_MAX)
        return fail(s, TOO_LARGE, "the PDF is longer than %d bytes", PDF_BYTES_MAX);
    *o = (struct opened){.qpdf = qpdf_init(), .bytes = pdf};
    scope_defer(s, close_qpdf, o);
    qpdf_silence_errors(o->qpdf);
    qpdf_set_suppress_warnings(o->qpdf, QPDF_TRUE);
    (void)qpdf_read_memory(o->qpdf, "PDF", pdf.data, pdf.bytes, NULL);
    TRY(opened_error(s, o, INVALID));
    o->encrypted = qpdf_is_encrypted(o->qpdf);
    TRY(read_trailer(s, o));
    TRY(count_pages(s, o));
    *out = o;
    return OK;
}

enum status opened_object(struct scope *s, struct opened *o, struct pdf_ref ref, struct str *text,
                          bool *is_stream)
{
    qpdf_oh handle = qpdf_get_object_by_id(o->qpdf, (int)ref.number, (int)ref.generation);
    enum status e = OK;

    *is_stream = qpdf_oh_is_stream(o->qpdf, handle);
    if (*is_stream) {
        qpdf_oh dictionary = qpdf_oh_get_dict(o->qpdf, handle);
        e = text_of(s, o, dictionary, text);
        qpdf_oh_release(o->qpdf, dictionary);
    } else {
        e = text_of(s, o, handle, text);
    }
    qpdf_oh_release(o->qpdf, handle);
    return e == OK ? opened_error(s, o, CORRUPT) : e;
}

enum status opened_stream(struct scope *s, struct opened *o, struct pdf_ref ref, struct str *out)
{
    qpdf_oh handle = qpdf_get_object_by_id(o->qpdf, (int)ref.number, (int)ref.generation);
    unsigned char *data = NULL;
    size_t bytes = 0;

    (void)qpdf_oh_get_stream_data(o->qpdf, handle, qpdf_dl_none, NULL, &data, &bytes);
    qpdf_oh_release(o->qpdf, handle);
    if (data && scope_has_room(s, bytes + ROOM_BYTES_KEPT))
        *out = str_copy(s, str_of(data, bytes));
    else if (data)
        (void)fail(s, TOO_LARGE, "a stream of the PDF is longer than there is room for");
    free(data); // qpdf's malloc
    TRY(opened_error(s, o, CORRUPT));
    return data && bytes && !out->data ? TOO_LARGE : OK;
}

enum status opened_page(struct scope *s, struct opened *o, size_t index, struct pdf_ref *out)
{
    qpdf_oh page = qpdf_get_page_n(o->qpdf, index);

    *out = (struct pdf_ref){(uint32_t)qpdf_oh_get_object_id(o->qpdf, page),
                            (uint32_t)qpdf_oh_get_generation(o->qpdf, page)};
    qpdf_oh_release(o->qpdf, page);
    TRY(opened_error(s, o, CORRUPT));
    return out->number ? OK : fail(s, CORRUPT, "page %zu of the PDF is no object", index + 1);
}

enum status opened_resolve(struct scope *s, struct opened *o, struct str value, struct str *out)
{
    struct pdf_ref ref = {0};
    bool is_stream = false;

    for (int i = 0; i < RESOLVES_MAX && pdf_read_ref(value, &ref); i++)
        TRY(opened_object(s, o, ref, &value, &is_stream));
    *out = value;
    return OK;
}

enum status opened_find(struct scope *s, struct opened *o, struct str dictionary, const char *path,
                        struct str *out)
{
    struct str rest = str(path);
    struct str value = dictionary;

    while (rest.bytes) {
        struct str word = str_cut(&rest, '/');
        if (!pdf_find(value, str_z(s, word), &value))
            return fail(s, NOT_FOUND, "the PDF has no %s", path);
        TRY(opened_resolve(s, o, value, &value));
    }
    *out = value;
    return str_is(value, "null") ? fail(s, NOT_FOUND, "the PDF has no %s", path) : OK;
}
