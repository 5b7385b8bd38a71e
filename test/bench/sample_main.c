// `sample`: prints receipts, one a line, or writes them as files into a folder.
#include "core/scope.h"
#include "core/str.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/bench/sample.h"

#include <stdio.h>

enum { SCOPE_BYTES_MAX = 16 << 20, COUNT_DEFAULT = 1000, DAYS_DEFAULT = 30 };

static const char usage[] =
    "usage: sample [--count=1000] [--seed=1] [--clients=100] [--from=DAY] [--to=DAY]\n"
    "              [--invalid-percent=0] [--xml-percent=0] [--directory=DIR]\n"
    "Prints sample receipts, one a line; with --directory as files, and only so as XML. The days\n"
    "are the last 30 unless given.\n";

struct wanted {
    struct sampler_options options;
    struct str directory;
};

static bool read_number(struct str text, uint64_t max, uint64_t *out)
{
    return str_to_u64(text, max, out);
}

static bool read_small(struct str text, uint64_t max, unsigned *out)
{
    uint64_t number = 0;
    bool fits = str_to_u64(text, max, &number);

    *out = (unsigned)number;
    return fits;
}

static bool read_flag(struct str name, struct str value, struct wanted *w)
{
    struct sampler_options *o = &w->options;

    if (str_is(name, "--count"))
        return read_number(value, 1000000000, &o->count);
    if (str_is(name, "--seed"))
        return read_number(value, UINT64_MAX, &o->seed);
    if (str_is(name, "--clients"))
        return read_small(value, 100000, &o->clients);
    if (str_is(name, "--invalid-percent"))
        return read_small(value, 100, &o->invalid_percent);
    if (str_is(name, "--xml-percent"))
        return read_small(value, 100, &o->xml_percent);
    if (str_is(name, "--from"))
        return date_read(value, &o->from);
    if (str_is(name, "--to"))
        return date_read(value, &o->to);
    w->directory = value;
    return str_is(name, "--directory") && value.bytes > 0;
}

static bool read_flags(char **flags, struct wanted *w)
{
    for (; *flags; flags++) {
        struct str value = str(*flags);
        struct str name = str_cut(&value, '=');
        if (!read_flag(name, value, w))
            return false;
    }
    return date_compare(w->options.from, w->options.to) <= 0 &&
           (w->options.xml_percent == 0 || w->directory.bytes > 0);
}

static enum status write_file(struct scope *s, const struct wanted *w, uint64_t n,
                              const struct sample *sample)
{
    struct file *f = NULL;
    struct str path = str_format(s, "%.*s/%08llu.%s", STR(w->directory), (unsigned long long)n,
                                 sample->xml ? "xml" : "json");

    TRY(file_open(s, world_real(), path, FILE_CREATE, &f));
    enum status e = file_write_at(s, f, 0, sample->text);
    file_close(f);
    return e;
}

static enum status run(struct scope *s, const struct wanted *w)
{
    char text[SAMPLE_BYTES_MAX];
    struct sampler *sampler = sampler_new(s, &w->options);
    struct scope *each = scope_open(SCOPE_BYTES_MAX);
    enum status e = w->directory.bytes ? directory_make(s, world_real(), w->directory) : OK;

    for (uint64_t n = 0; n < w->options.count && e == OK; n++) {
        struct sample sample = sample_write(sampler, n, text);
        scope_reset(each);
        if (w->directory.bytes) {
            e = write_file(each, w, n, &sample);
            if (e != OK)
                (void)fail(s, e, "%.*s", STR(scope_why(each)));
        } else if (printf("%.*s\n", STR(sample.text)) < 0) {
            e = fail_errno(s, "the output");
        }
    }
    scope_close(each);
    return e;
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    int32_t today = (int32_t)(world_now_us(world_real()) / 86400000000);
    struct wanted w = {.options = {.seed = 1,
                                   .count = COUNT_DEFAULT,
                                   .from = date_from_days(today - DAYS_DEFAULT + 1),
                                   .to = date_from_days(today)}};
    int code = 0;

    (void)argc;
    if (!read_flags(argv + 1, &w)) {
        (void)fputs(usage, stderr);
        code = 2;
    } else if (run(s, &w) != OK) {
        (void)fprintf(stderr, "sample: %.*s\n", STR(scope_why(s)));
        code = 1;
    }
    scope_close(s);
    return code;
}
