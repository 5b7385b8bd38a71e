#include "document/pdf/repair.h"

#include "core/scope.h"
#include "document/pdf/open_impl.h"
#include "document/pdf/revision.h"

static enum status write_anew(struct scope *s, struct opened *o, struct str *out)
{
    (void)qpdf_init_write_memory(o->qpdf);
    TRY(opened_error(s, o, CORRUPT));
    qpdf_set_preserve_encryption(o->qpdf, QPDF_FALSE);
    qpdf_set_object_stream_mode(o->qpdf, qpdf_o_preserve);
    qpdf_set_decode_level(o->qpdf, qpdf_dl_none);
    qpdf_set_compress_streams(o->qpdf, QPDF_FALSE);
    (void)qpdf_write(o->qpdf);
    TRY(opened_error(s, o, CORRUPT));
    size_t bytes = qpdf_get_buffer_length(o->qpdf);
    if (bytes > PDF_BYTES_MAX || !scope_has_room(s, bytes))
        return fail(s, TOO_LARGE, "the repaired PDF would be longer than there is room for");
    *out = str_copy(s, str_of(qpdf_get_buffer(o->qpdf), bytes));
    return OK;
}

enum status pdf_repair(struct scope *s, struct str pdf, struct str *out)
{
    struct opened *o = NULL;

    TRY(opened_read(s, pdf, &o));
    return write_anew(s, o, out);
}
