// What an error of Signicat's says, for logs and people: the code, the API's words and the names of
// the parameters it dislikes. Values that were sent may be repeated in them, so whatever looks like
// an address, a number of a person, or one of the values sent, is left out.
#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "http/client.h"
#include "services/signing/signicat_impl.h"

enum {
    WORD_DIGITS_MAX = 4, // more make a number that may be somebody's
    PARAMETERS_MAX = 5,
    NAME_BYTES_LEAST = 2,
};

static const char masked[] = "***";

static bool is_break(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == ':' || c == '\'' || c == '"' || c == '(' ||
           c == ')' || (unsigned char)c < ' ' || c == 0x7F;
}

static bool is_part_of(struct str word, struct str secret)
{
    while (secret.bytes) {
        struct str part = str_cut(&secret, ' ');
        if (part.bytes >= NAME_BYTES_LEAST && str_equal_nocase(part, word))
            return true;
    }
    return false;
}

static bool is_personal(struct str word, const struct str *secrets)
{
    size_t digits = 0;

    for (size_t i = 0; i < word.bytes; i++) {
        digits += word.data[i] >= '0' && word.data[i] <= '9';
        if (word.data[i] == '@')
            return true;
    }
    for (size_t i = 0; i < SIGNICAT_SECRETS_MAX; i++)
        if (is_part_of(word, secrets[i]))
            return true;
    return digits > WORD_DIGITS_MAX;
}

static void put_masked(struct buf *b, struct str text, const struct str *secrets)
{
    size_t at = 0;

    while (at < text.bytes) {
        size_t end = at;
        while (end < text.bytes && !is_break(text.data[end]))
            end++;
        struct str word = str_slice(text, at, end - at);
        buf_put(b, is_personal(word, secrets) ? str(masked) : word);
        if (end < text.bytes)
            buf_put_byte(b, (unsigned char)text.data[end] < ' ' ? ' ' : text.data[end]);
        at = end + 1;
    }
}

static void put_part(struct buf *b, const char *before, struct json value,
                     const struct str *secrets)
{
    struct str text = utf8_cut(json_text(value), SIGNICAT_WHY_BYTES_MAX);

    if (!json_is(value, JSON_STRING) || text.bytes == 0)
        return;
    buf_put_z(b, before);
    put_masked(b, text, secrets);
}

static void put_error(struct buf *b, struct json j, const struct str *secrets)
{
    struct json parameters = json_member(j, "invalidParams");

    put_part(b, " ", json_member(j, "code"), secrets);
    put_part(b, " ", json_member(j, "error"), secrets); // of the token endpoint
    put_part(b, ": ", json_member(j, "detail"), secrets);
    for (size_t i = 0; i < PARAMETERS_MAX && json_at(parameters, i).type; i++) {
        put_part(b, i ? ", " : " (", json_member(json_at(parameters, i), "name"), secrets);
        put_part(b, " ", json_member(json_at(parameters, i), "reason"), secrets);
    }
    if (json_at(parameters, 0).type)
        buf_put_byte(b, ')');
}

struct str signicat_words(struct scope *s, const struct http_reply *reply,
                          const struct str *secrets)
{
    struct buf b = buf_make(s, 16 * SIGNICAT_WHY_BYTES_MAX);
    struct json j = {0};
    struct scope *own = scope_open((size_t)4 << 20);

    buf_format(&b, "%d", reply->code);
    if (json_parse(own, reply->body, &json_limits_strict, &j) == OK)
        put_error(&b, j, secrets);
    scope_close(own);
    return utf8_cut(str_of(b.data, b.bytes), SIGNICAT_WHY_BYTES_MAX - 80);
}
