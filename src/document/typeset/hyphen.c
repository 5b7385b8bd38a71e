// The door to libhyphen.
#include "document/typeset/hyphen_impl.h"

#include "core/asset.h"
#include "core/utf8.h"

#include <hyphen.h>
#include <stdbool.h>
#include <stdio.h>
#include <threads.h>

enum { LETTERS_BEFORE_MIN = 2, LETTERS_BEHIND_MIN = 3 };

static struct patterns {
    const char *language, *path;
    bool utf8; // else ISO 8859-1
    HyphenDict *dictionary;
} all[] = {
    {"sv", "hyphen/hyph_sv_SE.dic", false, NULL},
    {"en", "hyphen/hyph_en_GB.dic", true, NULL},
};
static once_flag once = ONCE_FLAG_INIT;

// Read once, kept until the program ends.
static void load(void)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct asset *a = asset_find(str(all[i].path));
        if (!a)
            continue;
        FILE *file = fmemopen((void *)(uintptr_t)a->data, a->bytes, "r");
        if (!file)
            continue;
        all[i].dictionary = hnj_hyphen_load_file(file);
        (void)fclose(file);
    }
}

static const struct patterns *patterns_of(struct str language)
{
    call_once(&once, load);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (str_starts(language, str(all[i].language)))
            return all[i].dictionary ? &all[i] : NULL;
    }
    return NULL;
}

static bool is_capital(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE);
}

struct word {
    char text[2 * HYPHEN_WORD_LETTERS_MAX + 1]; // small letters, as the patterns are written
    uint16_t ends[HYPHEN_WORD_LETTERS_MAX];     // of each letter in the word as it was given
    size_t bytes, letters;
};

// Only letters of Latin-1 are in the patterns of both languages.
static bool prepare(struct str text, bool utf8, struct word *w)
{
    size_t at = 0;

    *w = (struct word){0};
    while (at < text.bytes) {
        uint32_t c = 0;
        size_t length = utf8_decode(str_slice(text, at, text.bytes), &c);
        if (length == 0 || c > 0xFF || w->letters == HYPHEN_WORD_LETTERS_MAX ||
            (is_capital(c) && w->letters))
            return false;
        c += is_capital(c) ? 0x20 : 0;
        at += length;
        w->ends[w->letters++] = (uint16_t)at;
        if (utf8)
            w->bytes += utf8_encode(c, w->text + w->bytes);
        else
            w->text[w->bytes++] = (char)c;
    }
    return w->letters >= HYPHEN_WORD_LETTERS_MIN;
}

size_t hyphen_points(struct str language, struct str word, uint16_t points[HYPHEN_WORD_LETTERS_MAX])
{
    const struct patterns *p = patterns_of(language);
    char marks[2 * HYPHEN_WORD_LETTERS_MAX + 8] = {0};
    struct word w = {0};
    char **rep = NULL;
    int *pos = NULL;
    int *cut = NULL;
    size_t count = 0;

    if (!p || !prepare(word, p->utf8, &w) ||
        hnj_hyphen_hyphenate2(p->dictionary, w.text, (int)w.bytes, marks, NULL, &rep, &pos, &cut))
        return 0;
    // A mark stands at each letter, in either encoding.
    for (size_t i = LETTERS_BEFORE_MIN; i + LETTERS_BEHIND_MIN <= w.letters; i++) {
        if (marks[i - 1] & 1)
            points[count++] = w.ends[i - 1];
    }
    return count;
}
