#include "document/pdf/stamp.h"

#include "core/buf.h"
#include "core/scope.h"
#include "document/pdf/import_impl.h"
#include "document/pdf/inspect.h"
#include "document/pdf/page_impl.h"
#include "document/pdf/repair.h"
#include "document/pdf/revision.h"
#include "document/pdf/revision_impl.h"
#include "document/pdf/winansi.h"

#include <assert.h>
#include <math.h>

enum {
    SIZE_POINTS = 8,
    SIZE_POINTS_MAX = 72,
    FORM_BYTES_MAX = PDF_STAMP_LINES_MAX * (2 * PDF_STAMP_LINE_BYTES_MAX + 64) + 1024,
    TEXT_BYTES_MAX = PDF_STAMP_LINES_MAX * (PDF_STAMP_LINE_BYTES_MAX + 1),
    PLACES_MAX = 32,      // different sizes of pages that are kept in mind
    FLAGS = 4 | 64 | 128, // print, read only, locked (table 167)
};

static const double margin = 12;    // points, to the edge of the page: printers need it
static const double padding = 4;    // around the text
static const double leading = 1.25; // of the letters' size

// A place for the stamp, and the stream that draws it there.
struct place {
    struct page_box box;
    struct pdf_ref draw;
};

struct stamping {
    struct scope *scope;
    struct revision *revision;
    const struct pdf_stamp *stamp;
    struct str text; // all lines, for annotations
    double width, height;
    struct str form_dictionary, form_content;
    struct pdf_ref forms[4]; // by rotation; number 0: not written yet
    struct pdf_ref save;     // the stream with `q`
    struct place places[PLACES_MAX];
    size_t place_count;
    struct page_tree tree;
};

static enum status check(struct scope *s, const struct pdf_stamp *stamp)
{
    if (stamp->line_count == 0 || stamp->line_count > PDF_STAMP_LINES_MAX)
        return fail(s, INVALID, "a stamp has 1 to %d lines", PDF_STAMP_LINES_MAX);
    if (stamp->size_points > SIZE_POINTS_MAX)
        return fail(s, INVALID, "the letters of a stamp are at most %d points", SIZE_POINTS_MAX);
    for (size_t i = 0; i < stamp->line_count; i++) {
        if (stamp->lines[i].bytes > PDF_STAMP_LINE_BYTES_MAX)
            return fail(s, INVALID, "a line of a stamp is longer than %d bytes",
                        PDF_STAMP_LINE_BYTES_MAX);
    }
    return OK;
}

static double size_of(const struct pdf_stamp *stamp)
{
    return stamp->size_points ? stamp->size_points : SIZE_POINTS;
}

static void join_lines(struct stamping *t)
{
    struct buf text = buf_make(t->scope, TEXT_BYTES_MAX);

    for (size_t i = 0; i < t->stamp->line_count; i++) {
        buf_put_z(&text, i ? "\n" : "");
        buf_put(&text, t->stamp->lines[i]);
    }
    t->text = buf_str(&text);
}

// A white box with a thin frame and the lines in it.
static enum status draw_lines(struct stamping *t)
{
    const struct pdf_stamp *stamp = t->stamp;
    struct buf out = buf_make(t->scope, FORM_BYTES_MAX);
    struct str lines[PDF_STAMP_LINES_MAX];
    struct pdf_ref font = {0};
    double size = size_of(stamp);

    for (size_t i = 0; i < stamp->line_count; i++) {
        TRY(winansi_encode(t->scope, stamp->lines[i], &lines[i]));
        t->width = fmax(t->width, winansi_width(lines[i]) * size / 1000);
    }
    t->width += 2 * padding;
    t->height = (double)stamp->line_count * size * leading + 2 * padding;
    buf_format(&out, "q 1 g 0.25 G 0.5 w 0.25 0.25 %.2f %.2f re B Q\nBT 0 g /F1 %.2f Tf %.2f TL ",
               t->width - 0.5, t->height - 0.5, size, size * leading);
    buf_format(&out, "%.2f %.2f Td\n", padding, t->height - padding);
    for (size_t i = 0; i < stamp->line_count; i++)
        buf_format(&out, "T* %.*s Tj\n", STR(pdf_write_bytes(t->scope, lines[i])));
    buf_put_z(&out, "ET\n");
    font = revision_reserve(t->revision);
    revision_put(t->revision, font,
                 str("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding "
                     "/WinAnsiEncoding >>"));
    t->form_dictionary =
        str_format(t->scope, "<< /Resources << /Font << /F1 %u 0 R >> >> >>", font.number);
    return buf_finish(&out, "the stamp", &t->form_content);
}

static enum status draw_form(struct stamping *t)
{
    struct imported page = {0};

    join_lines(t);
    if (t->stamp->page.bytes == 0)
        return draw_lines(t);
    TRY(revision_import(t->scope, t->revision, t->stamp->page, &page));
    t->form_dictionary = page.dictionary;
    t->form_content = page.content;
    t->width = page.width;
    t->height = page.height;
    return OK;
}

// The form for pages of this rotation (in quarter turns), which annotations need turned.
static struct pdf_ref form_of(struct stamping *t, unsigned turns)
{
    static const char *const matrices[4] = {"1 0 0 1", "0 1 -1 0", "-1 0 0 -1", "0 -1 1 0"};
    struct scope *s = t->scope;
    struct pdf_ref *form = &t->forms[turns];

    if (form->number)
        return *form;
    struct str dictionary = pdf_set(s, t->form_dictionary, "Type", str("/XObject"));
    dictionary = pdf_set(s, dictionary, "Subtype", str("/Form"));
    dictionary =
        pdf_set(s, dictionary, "BBox", str_format(s, "[ 0 0 %.2f %.2f ]", t->width, t->height));
    dictionary = pdf_set(s, dictionary, "Matrix", str_format(s, "[ %s 0 0 ]", matrices[turns]));
    *form = revision_reserve(t->revision);
    revision_put_stream(t->revision, *form, dictionary, t->form_content);
    return *form;
}

// Where the stamp's lower left corner goes, in the page's own coordinates, and how much smaller it
// must be to fit.
static double lay(const struct stamping *t, const struct page_box *box, double *x, double *y)
{
    double wide = box->turns % 2 ? box->y1 - box->y0 : box->x1 - box->x0;
    double high = box->turns % 2 ? box->x1 - box->x0 : box->y1 - box->y0;
    double edge = fmin(margin, fmin(wide, high) / 10);
    double scale = fmin(1, fmin((wide - 2 * edge) / t->width, (high - 2 * edge) / t->height));
    enum pdf_corner corner = t->stamp->corner;
    bool right = corner == PDF_BOTTOM_RIGHT || corner == PDF_TOP_RIGHT;
    bool top = corner == PDF_TOP_RIGHT || corner == PDF_TOP_LEFT;
    double across = right ? wide - edge - t->width * scale : edge;
    double up = top ? high - edge - t->height * scale : edge;

    *x = box->turns == 0   ? box->x0 + across
         : box->turns == 1 ? box->x1 - up
         : box->turns == 2 ? box->x1 - across
                           : box->x0 + up;
    *y = box->turns == 0   ? box->y0 + up
         : box->turns == 1 ? box->y0 + across
         : box->turns == 2 ? box->y1 - up
                           : box->y1 - across;
    return scale;
}

// The stream that ends the page's own content and draws the stamp.
static struct pdf_ref draw_at(struct stamping *t, const struct page_box *box)
{
    static const int turned[4][4] = {{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}};
    const int *m = turned[box->turns];
    double x = 0;
    double y = 0;

    for (size_t i = 0; i < t->place_count; i++) {
        if (page_box_equal(&t->places[i].box, box))
            return t->places[i].draw;
    }
    double scale = lay(t, box, &x, &y);
    struct pdf_ref draw = revision_reserve(t->revision);
    revision_put_stream(t->revision, draw, str("<< >>"),
                        str_format(t->scope,
                                   "\nQ\nq %.4f %.4f %.4f %.4f %.2f %.2f cm /Stamp%u Do Q\n",
                                   m[0] * scale, m[1] * scale, m[2] * scale, m[3] * scale, x, y,
                                   t->forms[0].number));
    if (t->place_count < PLACES_MAX)
        t->places[t->place_count++] = (struct place){*box, draw};
    return draw;
}

// The page's Contents between ours. A stream, an array, or nothing (7.7.3.3).
static enum status wrap_content(struct stamping *t, struct str *page, struct pdf_ref draw)
{
    struct scope *s = t->scope;
    struct str contents = {0};
    struct str resolved = {0};

    if (pdf_find(*page, "Contents", &contents)) {
        TRY(revision_resolve(t->revision, contents, &resolved));
        contents = pdf_is_array(resolved) ? pdf_inside(resolved) : contents;
    }
    *page = pdf_set(
        s, *page, "Contents",
        str_format(s, "[ %u 0 R %.*s %u 0 R ]", t->save.number, STR(contents), draw.number));
    return OK;
}

// Resources and its XObject may be shared with other pages: this page gets its own copy of both.
static enum status name_form(struct stamping *t, struct str *page)
{
    struct scope *s = t->scope;
    struct str resources = {0};
    struct str objects = {0};
    const char *name = str_z(s, str_format(s, "Stamp%u", t->forms[0].number));

    TRY(page_attribute(&t->tree, *page, "Resources", &resources));
    TRY(revision_resolve(t->revision, resources, &resources));
    if (pdf_find(resources, "XObject", &objects))
        TRY(revision_resolve(t->revision, objects, &objects));
    objects = pdf_set(s, objects, name, pdf_write_ref(s, t->forms[0]));
    *page = pdf_set(s, *page, "Resources", pdf_set(s, resources, "XObject", objects));
    return OK;
}

static enum status stamp_content(struct stamping *t, struct pdf_ref ref, struct str page)
{
    struct page_box box = {0};

    (void)form_of(t, 0);
    if (!t->save.number) {
        t->save = revision_reserve(t->revision);
        revision_put_stream(t->revision, t->save, str("<< >>"), str("q\n"));
    }
    TRY(page_box(&t->tree, page, &box));
    TRY(wrap_content(t, &page, draw_at(t, &box)));
    TRY(name_form(t, &page));
    revision_put(t->revision, ref, page);
    return OK;
}

static struct str annotation(struct stamping *t, struct pdf_ref page, const struct page_box *box)
{
    struct scope *s = t->scope;
    double x = 0;
    double y = 0;
    double scale = lay(t, box, &x, &y);
    double wide = (box->turns % 2 ? t->height : t->width) * scale;
    double high = (box->turns % 2 ? t->width : t->height) * scale;
    double left = box->turns == 1 || box->turns == 2 ? x - wide : x;
    double low = box->turns >= 2 ? y - high : y;

    return str_format(s,
                      "<< /Type /Annot /Subtype /Stamp /Rect [ %.2f %.2f %.2f %.2f ] /F %d "
                      "/P %u %u R /AP << /N %u 0 R >> /Contents %.*s >>",
                      left, low, left + wide, low + high, FLAGS, page.number, page.generation,
                      form_of(t, box->turns).number, STR(pdf_write_text(s, t->text)));
}

// An Annots array that is an object of its own is changed, and the page is left alone.
static enum status stamp_annotation(struct stamping *t, struct pdf_ref ref, struct str page)
{
    struct page_box box = {0};
    struct str annotations = {0};
    struct pdf_ref array = {0};

    TRY(page_box(&t->tree, page, &box));
    struct str text = annotation(t, ref, &box);
    struct pdf_ref added = revision_reserve(t->revision);
    revision_put(t->revision, added, text);
    bool apart = pdf_find(page, "Annots", &annotations) && pdf_read_ref(annotations, &array);
    TRY(revision_resolve(t->revision, annotations, &annotations));
    annotations = pdf_add(t->scope, annotations, pdf_write_ref(t->scope, added));
    if (apart)
        revision_put(t->revision, array, annotations);
    else
        revision_put(t->revision, ref, pdf_set(t->scope, page, "Annots", annotations));
    return OK;
}

static enum status stamp_pages(struct stamping *t, bool annotations)
{
    size_t count = revision_page_count(t->revision);
    struct str page = {0};

    TRY(draw_form(t));
    for (size_t i = 0; i < count; i++) {
        struct pdf_ref ref = revision_page(t->revision, i);
        TRY(revision_object(t->revision, ref, &page));
        if (!pdf_is_dictionary(page))
            return fail(t->scope, CORRUPT, "page %zu of the PDF is no dictionary", i + 1);
        TRY(annotations ? stamp_annotation(t, ref, page) : stamp_content(t, ref, page));
    }
    return OK;
}

static enum status refuse_forbidden(struct scope *s, const struct pdf_facts *facts)
{
    if (facts->permits == PDF_PERMITS_NOTHING || facts->permits == PDF_PERMITS_FORMS) {
        return fail(s, REFUSED,
                    "the PDF is signed and its signature permits %s, so no stamp (P=%d)",
                    facts->permits == PDF_PERMITS_NOTHING ? "no change" : "only forms to be filled",
                    (int)facts->permits);
    }
    if (facts->damaged || facts->encrypted)
        return fail(s, REFUSED, "the PDF is signed and %s: a stamp would break its signature",
                    facts->encrypted ? "encrypted" : "damaged");
    return OK;
}

enum status revision_stamp(struct scope *s, struct revision *r, const struct pdf_stamp *stamp,
                           bool annotations)
{
    struct stamping t = {.scope = s, .stamp = stamp, .revision = r};

    TRY(check(s, stamp));
    t.tree = (struct page_tree){.scope = s, .opened = revision_opened(r)};
    return stamp_pages(&t, annotations);
}

enum status pdf_stamp(struct scope *s, struct str pdf, const struct pdf_stamp *stamp,
                      struct pdf_stamped *out)
{
    struct revision *r = NULL;
    struct pdf_facts facts = {0};

    TRY(check(s, stamp));
    TRY(pdf_inspect(s, pdf, &facts));
    *out = (struct pdf_stamped){.annotations = facts.signature_count > 0};
    if (out->annotations)
        TRY(refuse_forbidden(s, &facts));
    out->repaired = facts.damaged || facts.encrypted;
    if (out->repaired)
        TRY(pdf_repair(s, pdf, &pdf));
    TRY(revision_open(s, pdf, &r));
    TRY(revision_stamp(s, r, stamp, out->annotations));
    out->page_count = revision_page_count(r);
    return revision_finish(r, &out->pdf);
}
