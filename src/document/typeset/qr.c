#include "document/typeset/qr.h"

#include "core/scope.h"
#include "document/typeset/canvas_impl.h"

#include <assert.h>
#include <errno.h>
#include <qrencode.h>

enum { DARK = 1 }; // the bit of a module

enum status qr_encode(struct scope *s, struct str text, struct qr *out)
{
    if (text.bytes == 0)
        return fail(s, INVALID, "a QR code needs a text");
    if (text.bytes > QR_TEXT_BYTES_MAX)
        return fail(s, TOO_LARGE, "the text of a QR code is longer than %d bytes",
                    QR_TEXT_BYTES_MAX);
    QRcode *code =
        QRcode_encodeData((int)text.bytes, (const unsigned char *)text.data, 0, QR_ECLEVEL_M);
    if (!code && errno == ERANGE)
        return fail(s, TOO_LARGE, "the text is too long for a QR code");
    assert(code); // else there is no memory
    size_t side = (size_t)code->width;
    uint8_t *modules = scope_alloc(s, side * side);
    for (size_t i = 0; i < side * side; i++)
        modules[i] = code->data[i] & DARK;
    QRcode_free(code);
    *out = (struct qr){.side = side, .modules = modules};
    return OK;
}

// Dark modules that stand side by side are one box, and all boxes one path, so that no seams show.
void qr_draw(struct canvas *c, const struct qr *qr, struct box box)
{
    struct box *boxes = scope_array(c->scope, qr->side * qr->side, sizeof *boxes);
    double across = box.width / (double)qr->side;
    double up = box.height / (double)qr->side;
    size_t count = 0;

    for (size_t i = 0; i < qr->side * qr->side; i++) {
        size_t row = i / qr->side;
        size_t column = i % qr->side;
        if (!qr->modules[i])
            continue;
        if (column > 0 && qr->modules[i - 1])
            boxes[count - 1].width += across;
        else
            boxes[count++] = (struct box){box.x + (double)column * across,
                                          box.y + (double)(qr->side - 1 - row) * up, across, up};
    }
    canvas_fill_all(c, boxes, count, (struct colour){0, 0, 0});
}
