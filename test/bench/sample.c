// The n-th receipt follows from the seed and n alone.
#include "test/bench/sample.h"

#include "core/scope.h"
#include "test/bench/sample_impl.h"

#include <assert.h>

enum { CLIENTS_DEFAULT = 100, CLIENTS_MAX = 100000 };

struct sampler {
    struct sampler_options options;
};

static const char *const flaw_names[SAMPLE_FLAWS] = {
    [SAMPLE_SOUND] = "sound",           [SAMPLE_WRONG_TOTAL] = "wrong-total",
    [SAMPLE_WRONG_VAT] = "wrong-vat",   [SAMPLE_WRONG_RATE] = "wrong-rate",
    [SAMPLE_WRONG_FORM] = "wrong-form", [SAMPLE_UNKNOWN_TYPE] = "unknown-type",
    [SAMPLE_BROKEN] = "broken",
};

struct sampler *sampler_new(struct scope *s, const struct sampler_options *options)
{
    struct sampler *sampler = scope_new(s, struct sampler);

    assert(date_compare(options->from, options->to) <= 0);
    assert(options->clients <= CLIENTS_MAX);
    sampler->options = *options;
    if (sampler->options.clients == 0)
        sampler->options.clients = CLIENTS_DEFAULT;
    return sampler;
}

struct sample sample_write(const struct sampler *sampler, uint64_t n, char out[SAMPLE_BYTES_MAX])
{
    const struct sampler_options *o = &sampler->options;
    struct chance c = chance_seeded(o->seed + n * 0x9e3779b97f4a7c15ULL);
    bool xml = chance_below(&c, 100) < o->xml_percent;
    bool flawed = chance_below(&c, 100) < o->invalid_percent;
    unsigned flaw = 1 + (unsigned)chance_below(&c, SAMPLE_FLAWS - 1);
    struct draft d;

    d.flaw = flawed ? (enum sample_flaw)flaw : SAMPLE_SOUND;
    sample_draft(o, n, &c, &d);
    sample_spoil(&d);
    char *end = xml ? sample_put_xml(out, &d) : sample_put_json(out, &d);
    assert(end - out < SAMPLE_BYTES_MAX);
    struct str text = str_of(out, (size_t)(end - out));
    struct str number = str_of(d.number, SAMPLE_NUMBER_BYTES);
    return (struct sample){.text = text,
                           .xml = xml,
                           .flaw = d.flaw,
                           .client = d.client,
                           .date = d.date,
                           .number = str_slice(text, str_find(text, number), number.bytes)};
}

bool sample_is_taken(enum sample_flaw flaw)
{
    return flaw < SAMPLE_UNKNOWN_TYPE;
}

const char *sample_flaw_name(enum sample_flaw flaw)
{
    assert((unsigned)flaw < SAMPLE_FLAWS);
    return flaw_names[flaw];
}

struct str sample_client_name(struct scope *s, unsigned client)
{
    char *text = scope_bytes(s, 32);

    return str_of(text, (size_t)(sample_put_client(text, client) - text));
}

const char *sample_media_type(const struct sample *sample)
{
    return sample->xml ? "application/xml" : "application/json";
}
