// Where an import reads from: files one after another, document by document. A file whose name ends
// with .json or .xml is one document; any other, and "-" for the input, has one a line. A folder
// stands for the files of receipts in it and in the folders within.
#ifndef SHEAF_APP_IMPORT_SOURCE_H
#define SHEAF_APP_IMPORT_SOURCE_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct import_source;

enum { IMPORT_DOCUMENT_BYTES_MAX = 1 << 20 };

struct import_document {
    struct str text; // without white space at its ends
    bool xml;
    struct str file; // as it was named
    uint64_t line;   // from 1; 0: the whole file
};

// Looks at all files; the source ends with the scope. Errors: NOT_FOUND one is not there.
enum status import_source_new(struct scope *s, char *const *paths, size_t count,
                              struct import_source **out);

// Reads the next document into `s`; `*more` is false at the end. Any thread. Errors: TOO_LARGE with
// file and line.
enum status import_source_next(struct scope *s, struct import_source *source,
                               struct import_document *out, bool *more);

// Bytes read so far and in all, 0 when that is not known. Any thread.
void import_source_progress(struct import_source *source, uint64_t *done, uint64_t *all);

#endif
