// CSV: rows that were read are written and read back the same. The first byte chooses options.
#include "core/csv.h"

#include "core/buf.h"
#include "test/fuzz/fuzz.h"

static struct csv_options choose(uint8_t choice)
{
    struct csv_options options = csv_options_standard;

    options.delimiter = ",;\t|"[choice & 3];
    options.quote = choice & 4 ? '\'' : '"';
    options.stray_quotes = choice & 8;
    options.fields_max = choice & 16 ? 3 : options.fields_max;
    options.row_bytes_max = choice & 32 ? 20 : options.row_bytes_max;
    return options;
}

// Writes all rows; false when one is refused.
static bool copy(struct scope *s, struct str text, const struct csv_options *options,
                 struct buf *out)
{
    struct csv_reader reader = csv_open(text, options);
    struct csv_row row = {0};

    for (;;) {
        enum status e = csv_next(s, &reader, &row);
        assert(e == OK || e == INVALID || e == TOO_LARGE);
        if (e != OK || row.count == 0)
            return e == OK;
        assert(row.count <= options->fields_max);
        csv_write_row(out, row.fields, row.count, options);
    }
}

FUZZ
{
    struct csv_options options = choose(input.bytes ? (uint8_t)input.data[0] : 0);
    struct buf once = buf_make(s, 64 << 20);
    struct buf twice = buf_make(s, 64 << 20);

    if (!copy(s, str_slice(input, 1, input.bytes), &options, &once))
        return;
    options.row_bytes_max *= 3; // quotes may be added
    options.stray_quotes = false;
    bool written_is_read = copy(s, buf_str(&once), &options, &twice);
    assert(written_is_read);
    assert(str_equal(buf_str(&once), buf_str(&twice)));
}
