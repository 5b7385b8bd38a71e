#include "document/pdf/winansi.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"

#include <stdint.h>

enum { FIRST = 32, HIGH_FIRST = 0x80, HIGH_COUNT = 32 };

// clang-format off
// The code points of 0x80 to 0x9F; 0: there is none.
static const uint16_t high[HIGH_COUNT] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

// The advance widths of Helvetica, from 32.
static const uint16_t widths[256 - FIRST] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
};
// clang-format on

// Returns the byte of a code point; 0 when it has none.
static unsigned encode(uint32_t c)
{
    if ((c >= ' ' && c <= '~') || (c >= 0xA0 && c <= 0xFF))
        return c;
    for (unsigned i = 0; i < HIGH_COUNT; i++) {
        if (high[i] == c && c != 0)
            return HIGH_FIRST + i;
    }
    return 0;
}

enum status winansi_encode(struct scope *s, struct str utf8, struct str *out)
{
    struct buf bytes = buf_make(s, utf8.bytes + 1);
    uint32_t c = 0;

    while (utf8.bytes) {
        size_t length = utf8_decode(utf8, &c);
        if (length == 0)
            return fail(s, INVALID, "the text is not UTF-8");
        unsigned byte = encode(c);
        if (byte == 0)
            return fail(s, INVALID, "the character U+%04X cannot be shown in the standard font", c);
        buf_put_byte(&bytes, (char)byte);
        utf8 = str_slice(utf8, length, utf8.bytes);
    }
    *out = buf_str(&bytes);
    return OK;
}

unsigned winansi_width(struct str encoded)
{
    unsigned width = 0;

    for (size_t i = 0; i < encoded.bytes; i++) {
        unsigned char byte = (unsigned char)encoded.data[i];
        width += byte >= FIRST ? widths[byte - FIRST] : 0U;
    }
    return width;
}
