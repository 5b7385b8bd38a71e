// Functions that encode texts: base64, URLs, digests.
#include "core/hex.h"
#include "core/utf8.h"
#include "crypto/digest.h"
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_text.h"

enum {
    BASE64_BITS = 6,
    URL_DIGITS = 2,
};

// Each UTF-16 unit gives its low byte, as the reference has it: not UTF-8.
static void put_low_bytes(struct buf *out, struct str text)
{
    uint32_t point = 0;

    for (size_t i = 0; i < text.bytes;) {
        i += text_decode(str_slice(text, i, text.bytes), &point);
        if (point > 0xFFFF) {
            uint32_t high = 0xD800 + ((point - 0x10000) >> 10);
            buf_put_byte(out, (char)(uint8_t)high);
            point = 0xDC00 + (point & 0x3FF);
        }
        buf_put_byte(out, (char)(uint8_t)point);
    }
}

static void put_base64(struct buf *out, struct str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = (const uint8_t *)bytes.data;

    for (size_t i = 0; i < bytes.bytes; i += 3) {
        size_t left = bytes.bytes - i;
        uint32_t bits = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
                        (left > 2 ? at[i + 2] : 0);
        buf_put_byte(out, digits[bits >> 18]);
        buf_put_byte(out, digits[bits >> 12 & 0x3F]);
        buf_put_byte(out, left > 1 ? digits[bits >> 6 & 0x3F] : '=');
        buf_put_byte(out, left > 2 ? digits[bits & 0x3F] : '=');
    }
}

enum status function_base64encode(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json text = call->arguments[0];
    struct json bytes = {0};

    if (text.type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, json_text(text)));
    struct buf low = jsonata_text(e);
    put_low_bytes(&low, json_text(text));
    TRY(jsonata_text_finish(e, &low, &bytes));
    struct buf encoded = jsonata_text(e);
    put_base64(&encoded, json_text(bytes));
    return jsonata_text_finish(e, &encoded, out);
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

// Both alphabets; what is no digit is skipped, and '=' ends it. Each byte becomes the character
// of that number.
static void put_decoded_base64(struct buf *out, struct str text)
{
    uint32_t bits = 0;
    unsigned count = 0;

    for (size_t i = 0; i < text.bytes && text.data[i] != '='; i++) {
        int digit = base64_digit(text.data[i]);
        if (digit < 0)
            continue;
        bits = bits << BASE64_BITS | (uint32_t)digit;
        count += BASE64_BITS;
        if (count >= 8) {
            char bytes[4];
            count -= 8;
            buf_put(out, str_of(bytes, text_encode(bits >> count & 0xFF, bytes)));
        }
    }
}

enum status function_base64decode(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json text = call->arguments[0];

    if (text.type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, json_text(text)));
    struct buf decoded = jsonata_text(e);
    put_decoded_base64(&decoded, json_text(text));
    return jsonata_text_finish(e, &decoded, out);
}

// ECMA-262, 19.2.6: what stands for itself in a URL, and what besides in a whole one.
static const char url_marks[] = "-_.!~*'()";
static const char url_reserved[] = ";/?:@&=+$,#";

static bool is_among(char c, const char *characters)
{
    return c != 0 && strchr(characters, c) != NULL;
}

static bool is_plain(char c, bool whole)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           is_among(c, url_marks) || (whole && is_among(c, url_reserved));
}

static enum status refuse_url(struct evaluation *e, struct json text, const char *function)
{
    return jsonata_raise(e,
                         (struct trouble){.code = "D3140", .value = text, .text = str(function)});
}

static enum status encode_url(struct evaluation *e, struct json text, bool whole,
                              const char *function, struct json *out)
{
    struct str raw = json_text(text);

    if (text.type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, raw));
    if (text_find_surrogate(raw) < raw.bytes)
        return refuse_url(e, text, function);
    struct buf encoded = jsonata_text(e);
    for (size_t i = 0; i < raw.bytes; i++) {
        if (is_plain(raw.data[i], whole))
            buf_put_byte(&encoded, raw.data[i]);
        else
            buf_format(&encoded, "%%%02X", (unsigned)(uint8_t)raw.data[i]);
    }
    return jsonata_text_finish(e, &encoded, out);
}

enum status function_encodeUrlComponent(struct evaluation *e, const struct call *call,
                                        struct json *out)
{
    return encode_url(e, call->arguments[0], false, "encodeUrlComponent", out);
}

enum status function_encodeUrl(struct evaluation *e, const struct call *call, struct json *out)
{
    return encode_url(e, call->arguments[0], true, "encodeUrl", out);
}

// Reads "%XX" at a place; -1 when there is none.
static int encoded_byte(struct str text, size_t at)
{
    if (at + URL_DIGITS >= text.bytes || text.data[at] != '%')
        return -1;
    int high = hex_digit(text.data[at + 1]);
    int low = hex_digit(text.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

// Decodes the character that begins with a '%'; returns how much of the text it takes, 0 when it
// is malformed.
static size_t decode_character(struct str text, size_t at, char out[UTF8_BYTES_MAX],
                               size_t *out_bytes)
{
    int byte = encoded_byte(text, at);
    size_t length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;

    if (byte < 0)
        return 0;
    for (size_t i = 0; i < length; i++) {
        byte = encoded_byte(text, at + i * (1 + URL_DIGITS));
        if (byte < 0)
            return 0;
        out[i] = (char)byte;
    }
    *out_bytes = length;
    return utf8_length(str_of(out, length)) == length ? length * (1 + URL_DIGITS) : 0;
}

static enum status decode_url(struct evaluation *e, struct json text, bool whole,
                              const char *function, struct json *out)
{
    struct str raw = json_text(text);

    if (text.type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, raw));
    struct buf decoded = jsonata_text(e);
    for (size_t i = 0; i < raw.bytes;) {
        char character[UTF8_BYTES_MAX] = {raw.data[i]};
        size_t bytes = 1;
        size_t used = raw.data[i] == '%' ? decode_character(raw, i, character, &bytes) : 1;
        if (used == 0)
            return refuse_url(e, text, function);
        // A character with a meaning in a whole URL stays encoded.
        if (used > 1 && whole && bytes == 1 && is_among(character[0], url_reserved))
            buf_put(&decoded, str_slice(raw, i, used));
        else
            buf_put(&decoded, str_of(character, bytes));
        i += used;
    }
    return jsonata_text_finish(e, &decoded, out);
}

enum status function_decodeUrlComponent(struct evaluation *e, const struct call *call,
                                        struct json *out)
{
    return decode_url(e, call->arguments[0], false, "decodeUrlComponent", out);
}

enum status function_decodeUrl(struct evaluation *e, const struct call *call, struct json *out)
{
    return decode_url(e, call->arguments[0], true, "decodeUrl", out);
}
