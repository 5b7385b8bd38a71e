// NSC interface files: a nightly list of contracts, a row a vehicle. Two forms, told apart by the
// first record: fixed columns, and fields separated by ';' (quoted as RFC 4180 has it, decimal
// comma or point). Record types: 00 header, 10 contract, 99 trailer. Text is UTF-8, marked so or
// plainly so, else ISO-8859-1. The fields stand in nsc_fields.def.
//
// A pure function of the bytes. A file that does not hold together (header, order of the records,
// trailer's count and sum) is refused whole; a row that is wrong is refused with what is wrong in
// it, and the others stand. Nothing that is said repeats a personal value.
#ifndef SHEAF_SERVICES_SIGNING_NSC_H
#define SHEAF_SERVICES_SIGNING_NSC_H

#include "core/decimal.h"
#include "core/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

enum {
    NSC_FILE_BYTES_MAX = 64 << 20,
    NSC_ROWS_MAX = 100000,
    NSC_PROBLEMS_MAX = 10000, // that are told; all are counted
};

enum nsc_form { NSC_FIXED, NSC_DELIMITED };

enum nsc_field {
#define NSC_HEADER(name, column, columns, form, right)
#define NSC_ROW(name, column, columns, form, personal, right) NSC_##name,
#define NSC_TRAILER(name, column, columns, form, right)
#include "services/signing/nsc_fields.def"
#undef NSC_HEADER
#undef NSC_ROW
#undef NSC_TRAILER
    NSC_FIELDS
};

// A sound row. Values are in one form whatever the file's: days as 2025-09-15, amounts as -1234.50,
// numbers without zeros at their front (ids keep them); what may be blank may be empty.
struct nsc_row {
    size_t line; // where it starts, from 1
    struct str values[NSC_FIELDS];
};

// Something wrong with a row, which is therefore refused.
struct nsc_problem {
    size_t line;
    struct str contract_id; // as written; empty: not readable
    struct str field;       // empty: the row as a whole
    struct str why;         // what is wrong, and what would be right
};

struct nsc_file {
    enum nsc_form form;
    struct str sender, country;
    struct str file_date; // "2025-09-15"
    uint32_t sequence;
    struct nsc_row *rows; // sound ones in the file's order, each contract once
    size_t row_count;
    size_t record_count; // of contracts, the refused and the repeated included
    size_t refused_count;
    size_t repeated_count;        // rows that say again what an earlier one said
    struct nsc_problem *problems; // by line
    size_t problem_count;         // NSC_PROBLEMS_MAX at most
    size_t problems_untold;       // beyond these
    bool sum_checked;             // every gross amount was readable
    struct decimal gross_sum;     // as the trailer says it
};

// Reads a file. Texts of the result lie in the scope or borrow from `bytes`.
// Errors: REFUSED the file as a whole, with the line and what is wrong; TOO_LARGE.
enum status nsc_parse(struct scope *s, struct str bytes, struct nsc_file *out);

// The name of a field: "contract_id".
const char *nsc_field_name(enum nsc_field field);
// A row as the vehicle's record keeps it: all fields by name; amounts, numbers and years as
// numbers.
struct json nsc_row_json(struct scope *s, const struct nsc_row *row);

#endif
