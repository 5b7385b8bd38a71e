// `dictionary`: trains the dictionary that receipts are compressed with, src/services/receipts/
// dictionary.bin, on sample receipts whose names and texts were made unreadable: it must know what
// every receipt looks like, and not what the shops of the samples sell, or its savings would be a
// mirage. Prints what it saves on other samples, which keep their texts.
#include "core/chance.h"
#include "core/scope.h"
#include "store/compress.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/bench/sample.h"

#include <stdio.h>
#include <zdict.h>

enum {
    SCOPE_BYTES_MAX = 256 << 20,
    DICTIONARY_BYTES = 4 << 10,
    TRAINED_ON = 4000,
    TRIED_ON = 2000,
};

// What stands before a text that is not to be learned, the byte that ends it, and what it is
// overwritten with: letters about as often as in prose, or digits.
static const struct {
    const char *before;
    char end;
    const char *with;
} texts[] = {
#define PROSE "eeeeeaaaannnnrrrttttsssiiillldddooommkkgvfhupbjyc    "
#define DIGITS "0123456789"
    {"\"text\":\"", '"', PROSE}, {"\"name\":\"", '"', PROSE},    {"\"street\":\"", '"', PROSE},
    {"\"city\":\"", '"', PROSE}, {"\"cashier\":\"", '"', PROSE}, {"\"note\":\"", '"', PROSE},
    {"<Text>", '<', PROSE},      {"\"sku\":\"", '"', DIGITS},    {" sku=\"", '"', DIGITS},
};

static void mask(struct chance *c, char *text, size_t bytes)
{
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        struct str before = str(texts[t].before);
        struct str with = str(texts[t].with);
        size_t at = str_find(str_of(text, bytes), before);
        while (at < bytes) {
            for (at += before.bytes; at < bytes && text[at] != texts[t].end; at++)
                text[at] = with.data[chance_below(c, with.bytes)];
            at += str_find(str_of(text + at, bytes - at), before);
        }
    }
}

static struct sampler *sampler(struct scope *s, uint64_t seed, unsigned xml_percent)
{
    return sampler_new(s, &(struct sampler_options){.seed = seed,
                                                    .clients = 10000,
                                                    .from = {2026, 1, 1},
                                                    .to = {2026, 12, 31},
                                                    .xml_percent = xml_percent});
}

static enum status train(struct scope *s, struct str *out)
{
    char *all = scope_bytes(s, (size_t)TRAINED_ON * SAMPLE_BYTES_MAX);
    size_t *sizes = scope_array(s, TRAINED_ON, sizeof *sizes);
    char *dictionary = scope_bytes(s, DICTIONARY_BYTES);
    struct chance c = chance_seeded(1);
    struct sampler *from = sampler(s, 1, 25);
    size_t bytes = 0;

    for (unsigned n = 0; n < TRAINED_ON; n++) {
        struct sample sample = sample_write(from, n, all + bytes);
        mask(&c, all + bytes, sample.text.bytes);
        sizes[n] = sample.text.bytes;
        bytes += sizes[n];
    }
    size_t got = ZDICT_trainFromBuffer(dictionary, DICTIONARY_BYTES, all, sizes, TRAINED_ON);
    if (ZDICT_isError(got))
        return fail(s, INTERNAL, "training: %s", ZDICT_getErrorName(got));
    *out = str_of(dictionary, got);
    return OK;
}

static void try_on(struct scope *s, const char *name, unsigned xml_percent, struct str dictionary)
{
    static char text[SAMPLE_BYTES_MAX];
    static char packed[SAMPLE_BYTES_MAX];
    struct compressor *with = compressor_new(dictionary, COMPRESS_LEVEL_FAST);
    struct compressor *without = compressor_new((struct str){0}, COMPRESS_LEVEL_FAST);
    struct sampler *from = sampler(s, 2, xml_percent);
    size_t bytes[3] = {0};

    for (unsigned n = 0; n < TRIED_ON; n++) {
        struct sample sample = sample_write(from, n, text);
        bytes[0] += sample.text.bytes;
        bytes[1] += compress_into(without, sample.text, packed);
        bytes[2] += compress_into(with, sample.text, packed);
    }
    (void)printf("%s: %zu bytes a receipt, %zu compressed, %zu with the dictionary\n", name,
                 bytes[0] / TRIED_ON, bytes[1] / TRIED_ON, bytes[2] / TRIED_ON);
    compressor_free(with);
    compressor_free(without);
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct str dictionary = {0};
    enum status e = argc == 2 ? train(s, &dictionary) : fail(s, INVALID, "usage: dictionary FILE");

    if (e == OK)
        e = file_write_whole(s, world_real(), str(argv[1]), dictionary);
    if (e == OK) {
        try_on(s, "JSON", 0, dictionary);
        try_on(s, "XML", 100, dictionary);
    } else {
        (void)fprintf(stderr, "dictionary: %.*s\n", STR(scope_why(s)));
    }
    scope_close(s);
    return e == OK ? 0 : 1;
}
