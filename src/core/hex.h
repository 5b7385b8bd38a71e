// Bytes as hexadecimal digits.
#ifndef SHEAF_CORE_HEX_H
#define SHEAF_CORE_HEX_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct scope;

// Writes 2 * bytes.bytes lower-case digits to `out`, without a NUL.
void hex_write(struct str bytes, char *out);

// Returns lower-case digits in the scope.
struct str hex_encode(struct scope *s, struct str bytes);

// Reads digits of either case into `out`, which has room for text.bytes / 2; false when a
// character is none or their count is odd.
bool hex_read(struct str text, void *out);

// As hex_read(), into the scope. Errors: INVALID.
enum status hex_decode(struct scope *s, struct str text, struct str *out);

// Returns the value of one digit; -1 when it is none.
int hex_digit(char c);

#endif
