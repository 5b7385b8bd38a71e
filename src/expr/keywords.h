// The keywords of JSON Schema 2020-12, from their table.
#ifndef SHEAF_EXPR_KEYWORDS_H
#define SHEAF_EXPR_KEYWORDS_H

#include "core/json.h"
#include "core/str.h"

enum keyword {
#define KEYWORD(id, name, vocabulary, takes, mode, on) KEYWORD_##id,
#include "expr/keywords.def"
#undef KEYWORD
    KEYWORD_COUNT // also: unknown
};

enum vocabulary {
    VOCABULARY_CORE = 1 << 0,
    VOCABULARY_APPLICATOR = 1 << 1,
    VOCABULARY_UNEVALUATED = 1 << 2,
    VOCABULARY_VALIDATION = 1 << 3,
    VOCABULARY_METADATA = 1 << 4,
    VOCABULARY_FORMAT = 1 << 5,
    VOCABULARY_CONTENT = 1 << 6,
    VOCABULARY_FORMAT_ASSERTION = 1 << 7,
    VOCABULARY_DEFAULT = (1 << 7) - 1,
};

enum takes {
    TAKES_ANYTHING,
    TAKES_STRING,
    TAKES_BOOLEAN,
    TAKES_NUMBER,
    TAKES_POSITIVE,
    TAKES_COUNT,       // a whole number of at least 0
    TAKES_ARRAY,       // of anything
    TAKES_OBJECT,      // of anything
    TAKES_TYPES,       // a name of a type or an array of them
    TAKES_NAMES,       // an array of strings
    TAKES_NAMED_NAMES, // an object of those
    TAKES_SCHEMA,
    TAKES_SCHEMAS, // an array of schemas, not empty
    TAKES_NAMED,   // an object of schemas
};

enum keyword_mode { MODE_NOTE, MODE_PART, MODE_RULE };

enum instances {
    ON_NOTHING = 0,
    ON_NUMBERS = 1 << JSON_NUMBER,
    ON_STRINGS = 1 << JSON_STRING,
    ON_ARRAYS = 1 << JSON_ARRAY,
    ON_OBJECTS = 1 << JSON_OBJECT,
    ON_EVERYTHING = 0xFF & ~(1 << JSON_NONE),
};

struct keyword_row {
    struct str name;
    enum vocabulary vocabulary;
    enum takes takes;
    enum keyword_mode mode;
    unsigned on; // enum instances
};

extern const struct keyword_row keyword_rows[KEYWORD_COUNT];

#endif
