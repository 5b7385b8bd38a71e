// The table of statuses, read from status.def once for all its columns.
#include "core/status.h"

#include <assert.h>

static const struct row {
    const char *name;
    int http;
    const char *word;
    bool retry;
    const char *meaning;
} rows[STATUS_COUNT] = {
#define STATUS(name, http, word, retry, meaning) [name] = {#name, http, word, retry, meaning},
#include "core/status.def"
#undef STATUS
};

static const struct row *row_of(enum status e)
{
    assert((unsigned)e < STATUS_COUNT);
    return &rows[e];
}

const char *status_name(enum status e)
{
    return row_of(e)->name;
}

int status_http(enum status e)
{
    return row_of(e)->http;
}

const char *status_word(enum status e)
{
    return row_of(e)->word;
}

bool status_may_retry(enum status e)
{
    return row_of(e)->retry;
}

const char *status_meaning(enum status e)
{
    return row_of(e)->meaning;
}
