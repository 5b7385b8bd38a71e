// Comma-separated values: what is read as which fields, what is refused on which line, and that
// rows survive being written.
#include "core/csv.h"

#include "core/buf.h"
#include "test/harness.h"

// All rows as text: fields between brackets, rows after their line.
static struct str shown(struct scope *s, struct str text, const struct csv_options *options)
{
    struct csv_reader reader = csv_open(text, options);
    struct csv_row row = {0};
    struct buf out = buf_make(s, 1 << 20);

    for (;;) {
        enum status e = csv_next(s, &reader, &row);
        if (e != OK)
            return str_format(s, "%s: %.*s", status_name(e), STR(scope_why(s)));
        if (row.count == 0)
            return buf_str(&out);
        buf_format(&out, "%zu:", row.line);
        for (size_t i = 0; i < row.count; i++)
            buf_format(&out, "[%.*s]", STR(row.fields[i]));
    }
}

TEST(rows_are_cut_into_fields)
{
    static const struct {
        const char *text;
        const char *rows;
    } cases[] = {
        {"", ""},
        {"a", "1:[a]"},
        {"a,b\r\nc,d", "1:[a][b]2:[c][d]"},
        {"a,b\nc,d\n", "1:[a][b]2:[c][d]"},
        {"\n", "1:[]"},
        {"a\n\nb", "1:[a]2:[]3:[b]"},
        {",", "1:[][]"},
        {",\n,", "1:[][]2:[][]"},
        {"a,", "1:[a][]"},
        {"\"a\"", "1:[a]"},
        {"\"\",\"\"\n", "1:[][]"},
        {"\"a,b\",c", "1:[a,b][c]"},
        {"\"a \"\"b\"\" c\"", "1:[a \"b\" c]"},
        {"\"\"\"\",\"\"\"\"\"\"", "1:[\"][\"\"]"},
        {"\"a\r\nb\nc\",d\r\ne", "1:[a\r\nb\nc][d]4:[e]"},
        {"\xEF\xBB\xBF\"a\",b", "1:[a][b]"},
        {" a , \tb", "1:[ a ][ \tb]"},
        {"\"\r\"", "1:[\r]"},
        {"чек,€", "1:[чек][€]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(shown(s, str(cases[i].text), &csv_options_standard), cases[i].rows);
}

TEST(other_delimiters_and_quotes_can_be_chosen)
{
    struct csv_options options = csv_options_standard;

    options.delimiter = ';';
    options.quote = '\'';
    EXPECT_STR(shown(s, str("a;'b;''c''';\"d,e"), &options), "1:[a][b;'c'][\"d,e]");
}

TEST(a_stray_quote_is_text_where_that_is_allowed)
{
    struct csv_options options = csv_options_standard;

    options.stray_quotes = true;
    EXPECT_STR(shown(s, str("3' 5\",\"a,\"\"b\"\nc\"\""), &options), "1:[3' 5\"][a,\"b]2:[c\"\"]");
    EXPECT_STR(shown(s, str("\"a\"b"), &options), "INVALID: line 1: text behind a closing quote");
}

TEST(a_malformed_row_is_refused_with_its_line)
{
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"a\nb\"c", "INVALID: line 2: a quote inside a field that does not start with one"},
        {"a\n\"b\"c", "INVALID: line 2: text behind a closing quote"},
        {"\"a\" ,b", "INVALID: line 1: text behind a closing quote"},
        {"a\n\"b\nc", "INVALID: line 2: a quote is never closed"},
        {"\"b\"\"", "INVALID: line 1: a quote is never closed"},
        {"\"a\nb\",\"", "INVALID: line 2: a quote is never closed"},
        {"\"", "INVALID: line 1: a quote is never closed"},
        {"a\rb", "INVALID: line 1: a carriage return without a line feed"},
        {"a\n\xFF", "INVALID: line 2: byte 0xFF is not UTF-8"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EXPECT_STR(shown(s, str(cases[i].text), &csv_options_standard), cases[i].why);
}

TEST(a_row_beyond_a_limit_is_too_large)
{
    const struct csv_options options = {
        .delimiter = ',', .quote = '"', .fields_max = 3, .row_bytes_max = 10};

    EXPECT_STR(shown(s, str("a,b,c\n1234567890"), &options), "1:[a][b][c]2:[1234567890]");
    EXPECT_STR(shown(s, str("\na,b,c,d"), &options),
               "TOO_LARGE: line 2: a row has more than 3 fields");
    EXPECT_STR(shown(s, str("12345678901"), &options),
               "TOO_LARGE: line 1: a row is longer than 10 bytes");
    EXPECT_STR(shown(s, str("a,\"12345678901"), &options),
               "TOO_LARGE: line 1: a row is longer than 10 bytes");
    EXPECT_STR(shown(s, str("a,\"1234567\"\n"), &options),
               "TOO_LARGE: line 1: a row is longer than 10 bytes");
}

TEST(a_scope_without_room_for_a_row_answers_too_large)
{
    struct scope *tight = scope_open(100);
    struct csv_reader reader = csv_open(str("a,b,c,d,e,f,g,h,i,j"), &csv_options_standard);
    struct csv_row row = {0};

    EXPECT(csv_next(tight, &reader, &row) == TOO_LARGE);
    scope_close(tight);
}

TEST(rows_are_written_so_that_they_read_the_same)
{
    static const struct {
        struct str fields[3];
        const char *text;
    } cases[] = {
        {{STR_INIT("a"), STR_INIT(""), STR_INIT("чек")}, "a,,чек\r\n"},
        {{STR_INIT("a,b"), STR_INIT("c\"d\""), STR_INIT("\"")},
         "\"a,b\",\"c\"\"d\"\"\",\"\"\"\"\r\n"},
        {{STR_INIT("a\nb"), STR_INIT("\r"), STR_INIT(" ")}, "\"a\nb\",\"\r\", \r\n"},
        {{STR_INIT("\xEF\xBB\xBFx"), STR_INIT(";"), STR_INIT("'")}, "\"\xEF\xBB\xBFx\",;,'\r\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = buf_make(s, 1000);
        csv_write_row(&out, cases[i].fields, 3, &csv_options_standard);
        EXPECT_STR(buf_str(&out), cases[i].text);
        struct csv_reader reader = csv_open(buf_str(&out), &csv_options_standard);
        struct csv_row row = {0};
        EXPECT_OK(csv_next(s, &reader, &row));
        REQUIRE(row.count == 3);
        for (size_t k = 0; k < 3; k++)
            EXPECT(str_equal(row.fields[k], cases[i].fields[k]));
    }
}
