// Shaping, word by word: a thread keeps what it shaped, since documents of a kind say much the
// same.
#include "document/typeset/font.h"

#include "core/heap.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "document/typeset/font_impl.h"

#include <assert.h>
#include <hb.h>
#include <stdlib.h>
#include <threads.h>

enum {
    WORDS = 8192, // slots; a power of two
    WORDS_MAX = WORDS * 3 / 4,
    WORD_BYTES_MAX = 64, // longer ones are not kept
    KEPT_BYTES = 1 << 20,
    LANGUAGE_BYTES_MAX = 16,
};

// A word as it was shaped. Its glyphs say where in the word they are.
struct word {
    uint64_t hash; // 0: a free slot
    const char *text;
    hb_language_t language;
    struct font_glyph *glyphs;
    uint16_t glyph_count;
    uint8_t bytes;
    uint8_t style;
};

// What a thread keeps.
struct kept {
    hb_buffer_t *buffer;
    struct word *words;
    size_t word_count;
    char *memory; // of the words' texts and glyphs
    size_t memory_used;
    struct font_glyph *glyphs; // of the run in the making
    size_t glyph_count, glyph_room;
    char language_text[LANGUAGE_BYTES_MAX];
    size_t language_bytes;
    hb_language_t language;
};

static _Thread_local struct kept kept_here;
static tss_t kept_key;
static once_flag kept_once = ONCE_FLAG_INIT;

static void kept_free(void *thing)
{
    struct kept *k = thing;

    hb_buffer_destroy(k->buffer);
    free(k->words);
    free(k->memory);
    free(k->glyphs);
    *k = (struct kept){0};
}

static void kept_init(void)
{
    int e = tss_create(&kept_key, kept_free);

    assert(e == thrd_success);
    (void)e;
}

static struct kept *kept(void)
{
    struct kept *k = &kept_here;

    if (k->buffer)
        return k;
    call_once(&kept_once, kept_init);
    (void)tss_set(kept_key, k);
    k->buffer = hb_buffer_create();
    k->words = heap_array(WORDS, sizeof *k->words);
    k->memory = heap_alloc(KEPT_BYTES);
    return k;
}

static hb_language_t language_of(struct kept *k, struct str name)
{
    if (name.bytes == k->language_bytes &&
        (name.bytes == 0 || memcmp(name.data, k->language_text, name.bytes) == 0))
        return k->language;
    if (name.bytes > LANGUAGE_BYTES_MAX)
        return HB_LANGUAGE_INVALID;
    if (name.bytes)
        memcpy(k->language_text, name.data, name.bytes);
    k->language_bytes = name.bytes;
    k->language = hb_language_from_string(name.data, (int)name.bytes);
    return k->language;
}

// What is to be shaped how: one row of arguments for the functions below.
struct shaping {
    struct kept *kept;
    const struct font *font;
    hb_language_t language;
    uint8_t style; // a number of its own for each face, subset and way
    bool columns;
};

static void append(struct kept *k, struct font_glyph glyph)
{
    if (k->glyph_count == k->glyph_room) {
        k->glyph_room = k->glyph_room ? 2 * k->glyph_room : 256;
        k->glyphs = heap_resize(k->glyphs, k->glyph_room, sizeof *k->glyphs);
    }
    k->glyphs[k->glyph_count++] = glyph;
}

// Appends the glyphs of a word; they say where in the word they are.
static void shape(const struct shaping *h, struct str word)
{
    static const hb_feature_t plain[] = {
        {HB_TAG('k', 'e', 'r', 'n'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END},
        {HB_TAG('l', 'i', 'g', 'a'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END}};
    hb_buffer_t *b = h->kept->buffer;
    unsigned count = 0;

    hb_buffer_clear_contents(b);
    hb_buffer_add_utf8(b, word.data, (int)word.bytes, 0, (int)word.bytes);
    hb_buffer_guess_segment_properties(b);
    hb_buffer_set_direction(b, HB_DIRECTION_LTR);
    hb_buffer_set_language(b, h->language);
    hb_shape(h->font->shaping, b, plain, h->columns ? 2 : 0);
    const hb_glyph_info_t *info = hb_buffer_get_glyph_infos(b, &count);
    const hb_glyph_position_t *position = hb_buffer_get_glyph_positions(b, &count);
    for (unsigned i = 0; i < count; i++) {
        bool odd = h->font->odd_figure && info[i].codepoint == h->font->odd_figure;
        int lacks = odd ? h->font->odd_by : 0;
        append(h->kept, (struct font_glyph){.id = (uint16_t)info[i].codepoint,
                                            .advance = (int16_t)(position[i].x_advance + lacks),
                                            .dx = (int16_t)(position[i].x_offset + lacks / 2),
                                            .dy = (int16_t)position[i].y_offset,
                                            .at = info[i].cluster});
    }
}

static struct word *slot_of(const struct shaping *h, struct str word, uint64_t hash)
{
    struct word *words = h->kept->words;
    size_t at = hash & (WORDS - 1);

    for (; words[at].hash; at = (at + 1) & (WORDS - 1)) {
        const struct word *w = &words[at];
        if (w->hash == hash && w->style == h->style && w->language == h->language &&
            w->bytes == word.bytes && memcmp(w->text, word.data, word.bytes) == 0)
            break;
    }
    return &words[at];
}

// Keeps the glyphs from `first` on as those of a word. When there is no room, all words go.
static void keep(const struct shaping *h, struct str word, uint64_t hash, size_t first)
{
    struct kept *k = h->kept;
    size_t count = k->glyph_count - first;
    size_t glyph_bytes = count * sizeof *k->glyphs;
    size_t bytes = glyph_bytes + (word.bytes + 7) / 8 * 8;

    if (bytes > KEPT_BYTES / 8)
        return;
    if (k->word_count == WORDS_MAX || bytes > KEPT_BYTES - k->memory_used) {
        memset(k->words, 0, WORDS * sizeof *k->words);
        k->word_count = 0;
        k->memory_used = 0;
    }
    struct word *w = slot_of(h, word, hash);
    char *at = k->memory + k->memory_used;
    *w = (struct word){.hash = hash,
                       .language = h->language,
                       .style = h->style,
                       .bytes = (uint8_t)word.bytes,
                       .glyph_count = (uint16_t)count,
                       .glyphs = (struct font_glyph *)(void *)at,
                       .text = at + glyph_bytes};
    memcpy(at, k->glyphs + first, glyph_bytes);
    memcpy(at + glyph_bytes, word.data, word.bytes);
    k->memory_used += bytes;
    k->word_count++;
}

// Appends the glyphs of a word that begins at `offset` of the text.
static void put_word(const struct shaping *h, struct str word, size_t offset)
{
    struct kept *k = h->kept;
    size_t first = k->glyph_count;
    uint64_t hash = str_hash(word) * 31 + h->style;
    hash += hash == 0;

    const struct word *known = word.bytes <= WORD_BYTES_MAX ? slot_of(h, word, hash) : NULL;
    if (known && known->hash) {
        for (size_t i = 0; i < known->glyph_count; i++) {
            append(k, known->glyphs[i]);
            k->glyphs[first + i].at += (uint32_t)offset;
        }
        return;
    }
    shape(h, word);
    if (known)
        keep(h, word, hash, first);
    for (size_t i = first; i < k->glyph_count; i++)
        k->glyphs[i].at += (uint32_t)offset;
}

static bool is_space(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7F;
}

static void put_text(const struct shaping *h, struct str text)
{
    static const char space[] = " ";
    size_t at = 0;

    while (at < text.bytes) {
        size_t from = at;
        while (at < text.bytes && !is_space(text.data[at]))
            at++;
        if (at > from)
            put_word(h, str_slice(text, from, at - from), from);
        for (; at < text.bytes && is_space(text.data[at]); at++)
            put_word(h, str_of(space, 1), at);
    }
}

// A box stands for what the face lacks: the character, not the font's own mark for it, which
// PDF/A forbids to show (ISO 19005-2, 6.2.11.8).
static void count_missing(struct kept *k, const struct font *f, struct str text,
                          struct font_run *out)
{
    for (size_t i = 0; i < k->glyph_count; i++) {
        if (k->glyphs[i].id)
            continue;
        k->glyphs[i].id = f->box;
        k->glyphs[i].advance = f->widths[f->box];
        k->glyphs[i].dx = k->glyphs[i].dy = 0;
        if (out->missing++ == 0 &&
            utf8_decode(str_slice(text, k->glyphs[i].at, UTF8_BYTES_MAX), &out->missing_first) == 0)
            out->missing_first = UTF8_REPLACEMENT;
    }
}

static void run_of(struct kept *k, const struct font_style *style, struct str text, bool wide,
                   struct font_run *out)
{
    struct shaping h = {.kept = k,
                        .font = font_of(style->face, wide),
                        .language = language_of(k, style->language),
                        .columns = style->columns,
                        .style = (uint8_t)(4 * (int)style->face + 2 * wide + style->columns)};

    *out = (struct font_run){.face = style->face, .wide = wide, .text = text, .end = text.bytes};
    k->glyph_count = 0;
    put_text(&h, text);
    count_missing(k, h.font, text, out);
}

void font_shape(struct scope *s, const struct font_style *style, struct str text,
                struct font_run *out)
{
    struct kept *k = kept();

    assert((unsigned)style->face < FONT_FACES);
    run_of(k, style, text, false, out);
    if (out->missing)
        run_of(k, style, text, true, out);
    struct font_glyph *glyphs = scope_array(s, k->glyph_count, sizeof *glyphs);
    if (k->glyph_count)
        memcpy(glyphs, k->glyphs, k->glyph_count * sizeof *glyphs);
    out->glyphs = glyphs;
    out->glyph_count = k->glyph_count;
    for (size_t i = 0; i < k->glyph_count; i++)
        out->width += glyphs[i].advance;
}

const struct font_metrics *font_metrics(enum font_face face)
{
    return &font_of(face, false)->metrics;
}

// The index of the first glyph that stands for the byte `at` or one behind it.
static size_t glyph_at(const struct font_run *run, size_t at)
{
    size_t from = 0;
    size_t to = run->glyph_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (run->glyphs[middle].at < at)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct font_run font_run_part(const struct font_run *run, size_t from, size_t to)
{
    struct font_run part = *run;
    size_t first = glyph_at(run, from);
    size_t end = to > from ? glyph_at(run, to) : first;

    part.glyphs = run->glyphs + first;
    part.glyph_count = end - first;
    part.end = to < run->end ? to : run->end;
    part.width = 0;
    for (size_t i = first; i < end; i++)
        part.width += run->glyphs[i].advance;
    return part;
}

long font_run_width(const struct font_run *run, size_t from, size_t to)
{
    return font_run_part(run, from, to).width;
}
