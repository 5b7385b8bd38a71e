// The index file of OnBase's Document Import Processor, in its self-configuring tagged form: for
// each document where its file is and which keywords it gets. Lines end with CRLF, text is
// Windows-1252: what that lacks is transliterated, and control characters become spaces, because
// the form has neither quoting nor escapes. Pure: the same records give the same bytes.
#ifndef SHEAF_SERVICES_SIGNING_DIP_H
#define SHEAF_SERVICES_SIGNING_DIP_H

#include "core/date.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

enum {
    DIP_RECORDS_MAX = 1000,
    DIP_KEYWORDS_MAX = 100, // of a record
    DIP_VALUE_BYTES_MAX = 250,
    DIP_BYTES_MAX = 8 << 20,
};

// OnBase's numbers of file formats.
enum dip_file_type { DIP_TEXT = 1, DIP_PDF = 16 };

struct dip_keyword {
    const char *name; // a keyword type that OnBase knows, as "Contract Number"
    struct str value; // UTF-8; cut after DIP_VALUE_BYTES_MAX
};

struct dip_record {
    struct str document_type; // must exist in OnBase
    struct date date;
    enum dip_file_type file_type;
    struct str file; // a name beside the index or, with `full_path`, a path as OnBase sees it
    bool full_path;
    const struct dip_keyword *keywords; // those without a value are left out
    size_t keyword_count;
};

// Errors: INVALID a record lacks its type or file; TOO_LARGE.
enum status dip_write(struct scope *s, const struct dip_record *records, size_t count,
                      struct str *out);

// The text with what Windows-1252 lacks transliterated, and without control characters; UTF-8.
struct str dip_plain(struct scope *s, struct str text);

// A name of letters, digits, '.', '_' and '-' for a file that goes to OnBase: everything else
// becomes '-'.
struct str dip_file_name(struct scope *s, struct str text);

#endif
