// The objects of a font (ISO 32000-1, 9.7): a composite font whose codes are the glyphs' numbers;
// and the profile of colours, which is made once per program too.
#include "core/scope.h"
#include "crypto/digest.h"
#include "document/pdf/metadata.h"
#include "document/typeset/font_impl.h"
#include "document/typeset/shared_impl.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdatomic.h>

enum {
    FONT_BYTES_MAX = 4 << 20,
    MAPPINGS_MAX = 100, // in one block of a CMap
};

// Bits of a descriptor's flags (9.8.2).
enum {
    FLAG_FIXED_PITCH = 1,
    FLAG_NONSYMBOLIC = 32,
    FLAG_ITALIC = 64,
    FLAG_FORCE_BOLD = 1 << 18,
};

enum { STEM = 88, STEM_BOLD = 140 }; // how thick stems are, about; viewers use it for substitutes

static void put_utf16(struct buf *out, uint32_t c)
{
    if (c >= 0x10000) {
        buf_format(out, "%04X", 0xD800 + ((c - 0x10000) >> 10));
        c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    buf_format(out, "%04X", c);
}

static void put_mapping(struct buf *out, size_t glyph, const struct font_text *text)
{
    buf_format(out, "<%04zX><", glyph);
    for (size_t i = 0; i < FONT_TEXT_MAX && text->characters[i]; i++)
        put_utf16(out, text->characters[i]);
    buf_put_z(out, ">\n");
}

// 9.10.3: what each code stands for, so that text can be copied and searched.
static struct str character_map(struct scope *s, const struct font *f)
{
    struct buf out = buf_make(s, FONT_BYTES_MAX);
    size_t known = 0;
    size_t written = 0;

    buf_put_z(&out, "/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                    "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
                    "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
                    "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n");
    for (size_t i = 0; i < f->glyph_count; i++)
        known += f->texts[i].characters[0] != 0;
    for (size_t i = 0; i < f->glyph_count; i++) {
        if (f->texts[i].characters[0] == 0)
            continue;
        if (written % MAPPINGS_MAX == 0) {
            size_t count = known - written < MAPPINGS_MAX ? known - written : MAPPINGS_MAX;
            buf_format(&out, "%s%zu beginbfchar\n", written ? "endbfchar\n" : "", count);
        }
        put_mapping(&out, i, &f->texts[i]);
        written++;
    }
    buf_put_z(&out, "endbfchar\nendcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n");
    return buf_str(&out);
}

static struct str widths(struct scope *s, const struct font *f)
{
    struct buf out = buf_make(s, FONT_BYTES_MAX);

    buf_put_z(&out, "[0[");
    for (size_t i = 0; i < f->glyph_count; i++)
        buf_format(&out, i ? " %d" : "%d", f->widths[i]);
    buf_put_z(&out, "]]");
    return buf_str(&out);
}

static struct str descriptor(struct scope *s, const struct font *f, uint32_t program)
{
    int flags = FLAG_NONSYMBOLIC + (f->fixed_pitch ? FLAG_FIXED_PITCH : 0) +
                (f->italic ? FLAG_ITALIC : 0) + (f->bold ? FLAG_FORCE_BOLD : 0);

    return str_format(s,
                      "<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]"
                      "/ItalicAngle %d/Ascent %d/Descent %d/CapHeight %d/XHeight %d/StemV %d"
                      "/FontFile2 %u 0 R>>",
                      f->name, flags, f->bounds[0], f->bounds[1], f->bounds[2], f->bounds[3],
                      f->italic_angle, f->metrics.ascent, f->metrics.descent, f->metrics.cap_height,
                      f->metrics.x_height, f->bold ? STEM_BOLD : STEM, program);
}

static void make(struct scope *s, struct shared *shared, const struct font *f, uint32_t first)
{
    struct buf out = buf_make(s, FONT_BYTES_MAX);

    shared_add(shared, &out, first,
               str_format(s,
                          "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H"
                          "/DescendantFonts[%u 0 R]/ToUnicode %u 0 R>>",
                          f->name, first + 1, first + 4),
               NULL);
    shared_add(shared, &out, first + 1,
               str_format(s,
                          "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s"
                          "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
                          "/FontDescriptor %u 0 R/CIDToGIDMap/Identity/W%.*s>>",
                          f->name, first + 2, STR(widths(s, f))),
               NULL);
    shared_add(shared, &out, first + 2, descriptor(s, f, first + 3), NULL);
    shared_add_deflated(s, shared, &out, first + 3, str_format(s, "/Length1 %zu", f->program.bytes),
                        f->program);
    shared_add_deflated(s, shared, &out, first + 4, (struct str){0}, character_map(s, f));
    shared_seal(shared, &out);
    shared_name(s, shared, &shared->bytes, 1); // a font has the same numbers in all files
}

const struct shared *shared_font(size_t index)
{
    static struct shared fonts[FONTS];
    static atomic_bool made[FONTS];
    static struct mutex lock = MUTEX_INIT;

    assert(index < FONTS);
    if (atomic_load_explicit(&made[index], memory_order_acquire))
        return &fonts[index];
    const struct font *f = font_of((enum font_face)(index / 2), index % 2);
    mutex_lock(&lock);
    if (!atomic_load_explicit(&made[index], memory_order_relaxed)) {
        struct scope *s = scope_open((size_t)FONT_BYTES_MAX * 4); // for the life of the program
        make(s, &fonts[index], f, NUMBER_FONTS + (uint32_t)index * FONT_OBJECTS);
        atomic_store_explicit(&made[index], true, memory_order_release);
    }
    mutex_unlock(&lock);
    return &fonts[index];
}

const struct shared *shared_profile(void)
{
    static struct shared profile;
    static atomic_bool made;
    static struct mutex lock = MUTEX_INIT;

    if (atomic_load_explicit(&made, memory_order_acquire))
        return &profile;
    mutex_lock(&lock);
    if (!atomic_load_explicit(&made, memory_order_relaxed)) {
        struct scope *s = scope_open(FONT_BYTES_MAX); // for the life of the program
        struct buf out = buf_make(s, FONT_BYTES_MAX / 4);
        shared_add_deflated(s, &profile, &out, NUMBER_PROFILE, str("/N 3"), metadata_profile(s));
        shared_seal(&profile, &out);
        shared_name(s, &profile, &profile.bytes, 1);
        atomic_store_explicit(&made, true, memory_order_release);
    }
    mutex_unlock(&lock);
    return &profile;
}
