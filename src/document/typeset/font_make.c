// Makes the fonts: cuts each face down to what documents need, for shaping with its features and
// for the file without them, and learns what each glyph stands for.
#include "core/asset.h"
#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "document/typeset/font_impl.h"
#include "sys/thread.h"

#include <assert.h>
#include <hb-ot.h>
#include <hb-subset.h>
#include <stdatomic.h>
#include <stdio.h>

enum { UNITS = 1000, LETTERS = 'z' - 'a' + 1 };

struct range {
    hb_codepoint_t first, last;
};

static const struct face {
    const char *asset;
    const char *name;
    bool bold, italic;
} faces[FONT_FACES] = {
    [FONT_REGULAR] = {"fonts/truetype/lato/Lato-Regular.ttf", "Lato-Regular", false, false},
    [FONT_BOLD] = {"fonts/truetype/lato/Lato-Bold.ttf", "Lato-Bold", true, false},
    [FONT_ITALIC] = {"fonts/truetype/lato/Lato-Italic.ttf", "Lato-Italic", false, true},
    [FONT_BOLD_ITALIC] = {"fonts/truetype/lato/Lato-BoldItalic.ttf", "Lato-BoldItalic", true, true},
    [FONT_MONO] = {"fonts/truetype/dejavu/DejaVuSansMono.ttf", "DejaVuSansMono", false, false},
};

// Latin-1, Latin Extended-A, what Romanian has beside it, the signs of good typography, arithmetic,
// arrows. The same for each face.
static const struct range latin[] = {
    {0x20, 0x7E},     {0xA0, 0x17F},    {0x218, 0x21B},   {0x1E9E, 0x1E9E}, {0x2009, 0x200A},
    {0x2010, 0x2015}, {0x2018, 0x201E}, {0x2020, 0x2022}, {0x2026, 0x2026}, {0x202F, 0x202F},
    {0x2030, 0x2030}, {0x2032, 0x2033}, {0x2039, 0x203A}, {0x2044, 0x2044}, {0x20AC, 0x20AC},
    {0x2116, 0x2116}, {0x2122, 0x2122}, {0x2190, 0x2193}, {0x2212, 0x2212}, {0x2248, 0x2248},
    {0x2260, 0x2260}, {0x2264, 0x2265}, {0x25A0, 0x25A1}, {0x25CF, 0x25CF},
};

// Scripts that run from right to left or join their letters, and private signs: not set here.
static const struct range left_out[] = {
    {0x590, 0x8FF}, {0xE000, 0xF8FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFF}};

static const hb_tag_t features[] = {HB_TAG('k', 'e', 'r', 'n'), HB_TAG('l', 'i', 'g', 'a'),
                                    HB_TAG('c', 'c', 'm', 'p'), HB_TAG('l', 'o', 'c', 'l'),
                                    HB_TAG('m', 'a', 'r', 'k'), HB_TAG('m', 'k', 'm', 'k')};

static const hb_tag_t not_in_files[] = {HB_TAG('G', 'S', 'U', 'B'), HB_TAG('G', 'P', 'O', 'S'),
                                        HB_TAG('G', 'D', 'E', 'F'), HB_TAG('O', 'S', '/', '2'),
                                        HB_TAG('n', 'a', 'm', 'e'), HB_TAG('p', 'o', 's', 't'),
                                        HB_TAG('c', 'm', 'a', 'p')};

static void add_ranges(hb_set_t *set, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hb_set_add_range(set, ranges[i].first, ranges[i].last);
}

static hb_face_t *cut(hb_face_t *face, hb_subset_input_t *input)
{
    hb_face_t *part = hb_subset_or_fail(face, input);

    assert(part); // the fonts are part of the program
    hb_subset_input_destroy(input);
    return part;
}

static hb_face_t *cut_for_shaping(hb_face_t *whole, bool wide)
{
    hb_subset_input_t *input = hb_subset_input_create_or_fail();

    assert(input);
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    hb_set_t *characters = hb_subset_input_unicode_set(input);
    if (wide) {
        hb_set_t *out = hb_set_create();
        add_ranges(out, left_out, sizeof left_out / sizeof *left_out);
        hb_face_collect_unicodes(whole, characters);
        hb_set_subtract(characters, out);
        hb_set_destroy(out);
    } else {
        add_ranges(characters, latin, sizeof latin / sizeof *latin);
    }
    hb_set_t *kept = hb_subset_input_set(input, HB_SUBSET_SETS_LAYOUT_FEATURE_TAG);
    hb_set_clear(kept);
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        hb_set_add(kept, features[i]);
    return cut(whole, input);
}

// The same glyphs under the same numbers, without the tables that a viewer of PDF has no use for.
static hb_face_t *cut_for_files(hb_face_t *shaping)
{
    hb_subset_input_t *input = hb_subset_input_create_or_fail();

    assert(input);
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_NOTDEF_OUTLINE |
                                         HB_SUBSET_FLAGS_RETAIN_GIDS);
    hb_set_add_range(hb_subset_input_glyph_set(input), 0, hb_face_get_glyph_count(shaping) - 1);
    hb_set_t *dropped = hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG);
    for (size_t i = 0; i < sizeof not_in_files / sizeof *not_in_files; i++)
        hb_set_add(dropped, not_in_files[i]);
    return cut(shaping, input);
}

// Gives the glyph that letters come to together; 0 when they come to several.
static hb_codepoint_t joined_glyph(const struct font *f, hb_buffer_t *b, const char *letters)
{
    unsigned count = 0;

    hb_buffer_clear_contents(b);
    hb_buffer_add_utf8(b, letters, -1, 0, -1);
    hb_buffer_guess_segment_properties(b);
    hb_shape(f->shaping, b, NULL, 0);
    const hb_glyph_info_t *info = hb_buffer_get_glyph_infos(b, &count);
    return count == 1 ? info[0].codepoint : 0;
}

static void learn(struct font_text *text, const char *letters)
{
    *text = (struct font_text){0};
    for (size_t i = 0; letters[i]; i++)
        text->characters[i] = (uint32_t)letters[i];
}

// A ligature need not be a character of its own: it is what comes of shaping its letters. All pairs
// of small letters are tried, and a third one where a pair is joined.
static void learn_joined(const struct font *f, struct font_text *texts)
{
    hb_buffer_t *b = hb_buffer_create();
    char letters[FONT_TEXT_MAX + 1] = {0};

    for (int pair = 0; pair < LETTERS * LETTERS; pair++) {
        letters[0] = (char)('a' + pair / LETTERS);
        letters[1] = (char)('a' + pair % LETTERS);
        letters[2] = 0;
        hb_codepoint_t glyph = joined_glyph(f, b, letters);
        if (!glyph)
            continue;
        learn(&texts[glyph], letters);
        for (letters[2] = 'a'; letters[2] <= 'z'; letters[2]++) {
            glyph = joined_glyph(f, b, letters);
            if (!glyph)
                continue;
            learn(&texts[glyph], letters);
        }
    }
    hb_buffer_destroy(b);
}

// Several characters may share a glyph (a space and a no-break space): the first one counts.
static void learn_texts(struct font *f)
{
    struct font_text *texts = heap_array(f->glyph_count, sizeof *texts);
    hb_set_t *characters = hb_set_create();
    hb_codepoint_t c = HB_SET_VALUE_INVALID;
    hb_codepoint_t glyph = 0;

    hb_face_collect_unicodes(hb_font_get_face(f->shaping), characters);
    while (hb_set_next(characters, &c)) {
        if (hb_font_get_nominal_glyph(f->shaping, c, &glyph) && texts[glyph].characters[0] == 0)
            texts[glyph].characters[0] = c;
    }
    hb_set_destroy(characters);
    learn_joined(f, texts);
    f->texts = texts;
}

static int metric(hb_font_t *font, hb_ot_metrics_tag_t tag)
{
    hb_position_t value = 0;

    (void)hb_ot_metrics_get_position(font, tag, &value);
    return value;
}

static void learn_metrics(struct font *f, hb_face_t *whole)
{
    hb_font_t *font = hb_font_create(whole);
    hb_font_extents_t extents = {0};
    struct font_metrics *m = &f->metrics;

    hb_font_set_scale(font, UNITS, UNITS);
    (void)hb_font_get_h_extents(font, &extents);
    m->ascent = extents.ascender;
    m->descent = extents.descender;
    m->line_gap = extents.line_gap;
    m->cap_height = metric(font, HB_OT_METRICS_TAG_CAP_HEIGHT);
    m->x_height = metric(font, HB_OT_METRICS_TAG_X_HEIGHT);
    m->underline = metric(font, HB_OT_METRICS_TAG_UNDERLINE_OFFSET);
    m->underline_thick = metric(font, HB_OT_METRICS_TAG_UNDERLINE_SIZE);
    f->italic_angle = (int)hb_style_get_value(font, HB_STYLE_TAG_SLANT_ANGLE);
    hb_font_destroy(font);
}

static void learn_glyphs(struct font *f)
{
    int16_t *widths = heap_array(f->glyph_count, sizeof *widths);

    for (hb_codepoint_t i = 0; i < f->glyph_count; i++) {
        hb_glyph_extents_t e = {0};
        widths[i] = (int16_t)hb_font_get_glyph_h_advance(f->shaping, i);
        (void)hb_font_get_glyph_extents(f->shaping, i, &e);
        int sides[4] = {e.x_bearing, e.y_bearing + e.height, e.x_bearing + e.width, e.y_bearing};
        for (int k = 0; k < 4; k++) {
            if (k < 2 ? sides[k] < f->bounds[k] : sides[k] > f->bounds[k])
                f->bounds[k] = sides[k];
        }
    }
    f->widths = widths;
}

static hb_face_t *open_face(const char *path)
{
    const struct asset *a = asset_find(str(path));

    assert(a);
    hb_blob_t *blob = hb_blob_create((const char *)a->data, (unsigned)a->bytes,
                                     HB_MEMORY_MODE_READONLY, NULL, NULL);
    hb_face_t *face = hb_face_create(blob, 0);
    hb_blob_destroy(blob);
    return face;
}

static uint16_t glyph_of(const struct font *f, hb_codepoint_t character)
{
    hb_codepoint_t glyph = 0;

    (void)hb_font_get_nominal_glyph(f->shaping, character, &glyph);
    assert(glyph);
    return (uint16_t)glyph;
}

// Lato's italic faces have a six that is narrower than their other figures.
static void learn_odd_figure(struct font *f)
{
    int16_t width = f->widths[glyph_of(f, '0')];

    for (hb_codepoint_t c = '1'; c <= '9'; c++) {
        uint16_t glyph = glyph_of(f, c);
        if (f->widths[glyph] == width)
            continue;
        assert(!f->odd_figure); // there is one at most
        f->odd_figure = glyph;
        f->odd_by = (int16_t)(width - f->widths[glyph]);
    }
}

static void make_font(struct font *f, enum font_face which, bool wide)
{
    const struct face *description = &faces[which];
    hb_face_t *whole = open_face(description->asset);
    hb_face_t *shaping = cut_for_shaping(whole, wide);
    hb_face_t *in_files = cut_for_files(shaping);
    unsigned bytes = 0;

    // 9.9.2: six letters tell subsets of one font apart.
    (void)snprintf(f->name, sizeof f->name, "SHEAF%c+%s", wide ? 'W' : 'L', description->name);
    f->bold = description->bold;
    f->italic = description->italic;
    f->fixed_pitch = which == FONT_MONO;
    f->shaping = hb_font_create(shaping);
    hb_font_set_scale(f->shaping, UNITS, UNITS);
    hb_font_make_immutable(f->shaping);
    f->glyph_count = hb_face_get_glyph_count(shaping);
    f->blob = hb_face_reference_blob(in_files);
    const char *data = hb_blob_get_data(f->blob, &bytes);
    f->program = str_of(data, bytes);
    f->space = glyph_of(f, ' ');
    f->box = glyph_of(f, 0x25A1);
    learn_texts(f);
    learn_metrics(f, whole);
    learn_glyphs(f);
    learn_odd_figure(f);
    hb_face_destroy(in_files);
    hb_face_destroy(shaping);
    hb_face_destroy(whole);
}

const struct font *font_of(enum font_face face, bool wide)
{
    static struct font fonts[FONTS];
    static _Atomic(const struct font *) made[FONTS];
    static struct mutex lock = MUTEX_INIT;
    size_t index = 2 * (size_t)face + wide;

    assert(index < FONTS);
    const struct font *font = atomic_load_explicit(&made[index], memory_order_acquire);
    if (font)
        return font;
    mutex_lock(&lock);
    if (!atomic_load_explicit(&made[index], memory_order_relaxed)) {
        make_font(&fonts[index], face, wide);
        atomic_store_explicit(&made[index], &fonts[index], memory_order_release);
    }
    mutex_unlock(&lock);
    return &fonts[index];
}
