// Reading of command lines.
#include "app/command.h"

#include "core/scope.h"
#include "sys/settings.h"
#include "test/harness.h"

static enum status done(struct scope *s, const struct command_line *line)
{
    (void)s;
    (void)line;
    return OK;
}

static const struct command boxes[] = {
    {"pack", "boxes pack NAME... [--tight] [--size=N]", "Packs.", "tight|size=", 1, 2, done, NULL},
    {"burn", "boxes burn", "Burns.", "", 0, 0, done, NULL},
    {0},
};
static const struct command table[] = {
    {"boxes", NULL, "Works with boxes.", NULL, 0, 0, NULL, boxes},
    {"rest", "rest", "Rests.", "", 0, 0, done, NULL},
    {0},
};
static const struct setting_def settings[] = {
    {"http.port", SETTING_INTEGER, "1", NULL, NULL, NULL, "Port."},
    {0},
};
static const struct setting_def *const settings_tables[] = {settings, NULL};

enum { WORDS_MAX = 12 };

// Splits at spaces, into a list ended by NULL.
static char **words_of(struct scope *s, const char *text)
{
    char **words = scope_array(s, WORDS_MAX + 1, sizeof *words);
    struct str rest = str(text);

    for (size_t i = 0; rest.bytes > 0 && i < WORDS_MAX; i++)
        words[i] = str_z(s, str_cut(&rest, ' '));
    return words;
}

struct reading {
    struct command_line line;
    char *const *settings_flags;
};

static enum status read_line(struct scope *s, const char *text, struct reading *out)
{
    char **words = words_of(s, text);

    *out = (struct reading){0};
    TRY(command_find(s, table, &words, &out->line.command));
    return out->line.command->run
               ? command_read(s, settings_tables, words, &out->line, &out->settings_flags)
               : OK;
}

TEST(words_settings_and_own_flags_are_told_apart)
{
    struct reading r;

    REQUIRE_OK(read_line(s, "boxes pack --http.port=7 a --tight --json --size=3 b", &r));

    EXPECT(r.line.command == &boxes[0]);
    EXPECT(r.line.json);
    EXPECT_EQUAL(r.line.word_count, 2);
    EXPECT_STR(str(r.line.words[0]), "a");
    EXPECT_STR(str(r.line.words[1]), "b");
    EXPECT_STR(str(r.settings_flags[0]), "--http.port=7");
    EXPECT(r.settings_flags[1] == NULL);
    EXPECT(command_has(&r.line, "tight"));
    EXPECT(!command_has(&r.line, "loose"));
    EXPECT_STR(command_flag(&r.line, "size"), "3");
}

TEST(a_value_may_be_an_argument_of_its_own)
{
    struct reading r;

    REQUIRE_OK(read_line(s, "boxes pack a --size -3 --http.port 7 -- --tight", &r));

    EXPECT_EQUAL(r.line.word_count, 2);
    EXPECT_STR(str(r.line.words[1]), "--tight");
    EXPECT_STR(command_flag(&r.line, "size"), "-3");
    EXPECT_STR(str(r.settings_flags[0]), "--http.port=7");
    EXPECT(!command_has(&r.line, "tight"));
}

static const struct {
    const char *line;
    const char *why;
} wrong[] = {
    {"", "a command is wanted; there are boxes and rest"},
    {"--json", "a command is wanted; there are boxes and rest"},
    {"bxs", "there is no command bxs; there are boxes and rest"},
    {"boxes unpack", "boxes: there is no command unpack; there are pack and burn"},
    {"boxes pack", "something is missing\nusage: sheaf boxes pack NAME... [--tight] [--size=N]"},
    {"boxes pack a b c",
     "\"c\" is a word too many\nusage: sheaf boxes pack NAME... [--tight] [--size=N]"},
    {"rest a", "\"a\" is a word too many\nusage: sheaf rest"},
    {"rest --tight", "there is no flag --tight\nusage: sheaf rest"},
    {"rest --=1", "there is no flag --\nusage: sheaf rest"},
    {"boxes pack a --size",
     "--size wants a value: --size=...\nusage: sheaf boxes pack NAME... [--tight] [--size=N]"},
    {"boxes pack a --tight=1",
     "--tight takes no value\nusage: sheaf boxes pack NAME... [--tight] [--size=N]"},
    {"boxes pack a --siz=1",
     "there is no flag --siz\nusage: sheaf boxes pack NAME... [--tight] [--size=N]"},
};

TEST(what_a_command_does_not_take_is_refused_with_its_usage)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct reading r;
        EXPECT_EQUAL(read_line(s, wrong[i].line, &r), INVALID);
        EXPECT_STR(scope_why(s), wrong[i].why);
    }
}

TEST(a_group_alone_is_found_and_runs_nothing)
{
    struct reading r;

    REQUIRE_OK(read_line(s, "boxes", &r));
    EXPECT(r.line.command == &table[0]);
}

TEST(numbers_of_flags_are_within_their_range)
{
    struct reading r;
    uint64_t size = 99;
    struct str name = {0};

    REQUIRE_OK(read_line(s, "boxes pack a", &r));
    EXPECT_OK(command_number(s, &r.line, "size", 1, 10, &size));
    EXPECT_EQUAL(size, 99);
    REQUIRE_OK(read_line(s, "boxes pack a --size=10", &r));
    EXPECT_OK(command_number(s, &r.line, "size", 1, 10, &size));
    EXPECT_EQUAL(size, 10);
    for (size_t i = 0; i < 4; i++) {
        static const char *const lines[] = {"boxes pack a --size=0", "boxes pack a --size=11",
                                            "boxes pack a --size=", "boxes pack a --size=1x"};
        REQUIRE_OK(read_line(s, lines[i], &r));
        EXPECT_EQUAL(command_number(s, &r.line, "size", 1, 10, &size), INVALID);
    }
    REQUIRE_OK(read_line(s, "boxes pack a --size=", &r));
    EXPECT_EQUAL(command_require(s, &r.line, "size", &name), INVALID);
}

TEST(help_shows_a_table_a_group_or_a_command)
{
    enum { ROOM = 4096 };
    char *text = scope_alloc(s, ROOM);
    FILE *out = fmemopen(text, ROOM, "w");

    command_help_all(out, table);
    command_help(out, &table[0]);
    command_help(out, &table[1]);
    (void)fclose(out);

    EXPECT(str_find(str(text), str("  boxes pack|burn  ")) < str(text).bytes);
    EXPECT(str_ends(str(text), str("  sheaf boxes pack NAME... [--tight] [--size=N]\n      Packs.\n"
                                   "  sheaf boxes burn\n      Burns.\n"
                                   "usage: sheaf rest\nRests.\n")));
}
