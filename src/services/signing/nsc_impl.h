// What the files of the parser share: a field's row of nsc_fields.def, and the check of a value.
#ifndef SHEAF_SERVICES_SIGNING_NSC_IMPL_H
#define SHEAF_SERVICES_SIGNING_NSC_IMPL_H

#include "core/csv.h"
#include "services/signing/nsc.h"

// What kind of value stands in a field; …_MAY: or nothing.
enum nsc_kind {
    NSC_KIND_ID,
    NSC_KIND_WORD,
    NSC_KIND_WORD_MAY,
    NSC_KIND_TEXT,
    NSC_KIND_TEXT_MAY,
    NSC_KIND_NUMBER, // from 1
    NSC_KIND_COUNT,  // from 0
    NSC_KIND_YEAR,
    NSC_KIND_DATE,
    NSC_KIND_AMOUNT,
    NSC_KIND_VIN,
    NSC_KIND_COUNTRY,
    NSC_KIND_CURRENCY,
    NSC_KIND_ORGNR,
    NSC_KIND_PNR,
    NSC_KIND_EMAIL,
    NSC_KIND_LANGUAGE,
};

struct nsc_column {
    const char *name;
    size_t column; // from 1
    size_t columns;
    enum nsc_kind kind;
    bool personal;
    const char *right; // what is right
};

// The file's text as UTF-8, without a mark. Errors: REFUSED; TOO_LARGE.
enum status nsc_decode(struct scope *s, struct str bytes, struct str *out);

struct nsc_record {
    size_t line;
    struct str type;    // empty: a blank line
    struct str text;    // fixed columns: the line
    bool plain;         // which is ASCII, so that columns are bytes
    struct str *fields; // delimited: the type is the first
    size_t field_count;
    bool at_end; // nothing was left
};

struct nsc_reader {
    enum nsc_form form;
    struct str rest; // fixed columns
    size_t line;
    struct csv_reader csv;
};

// Finds out which form the text has. Errors: REFUSED it has none.
enum status nsc_reader_open(struct scope *s, struct str text, struct nsc_reader *out);
enum status nsc_record_next(struct scope *s, struct nsc_reader *r, struct nsc_record *out);
// The text of a column; `index` is its place among those of its record. Empty: not there.
struct str nsc_record_field(const struct nsc_record *r, const struct nsc_column *c, size_t index);
// The part of a line from a column (from 0), in characters.
struct str nsc_columns(struct str line, size_t from, size_t count);

// Whether the text, as it stands in the file, is a value of this column; then it is given in the
// one form that nsc.h promises.
bool nsc_check(struct scope *s, const struct nsc_column *column, enum nsc_form form,
               struct str text, struct str *value);

#endif
