// Settings: sources, types, ranges, refusals, secrets, printing.
#include "sys/settings.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/sim.h"

#include "test/harness.h"

// clang-format off
static const struct setting_def http_table[] = {
    SETTING("http.port",     INTEGER,  "8080",  "1",     "65535", "port", "Where the server listens.")
    SETTING("http.address",  TEXT,     "::1",   "1",     "45",    NULL,   "The address it listens on.")
    SETTING("http.body_max", BYTES,    "1MiB",  "1KiB",  "1GiB",  NULL,   "The longest body.")
    SETTING("http.idle",     DURATION, "75s",   "100ms", "1h",    NULL,   "How long a connection may idle.")
    SETTING("http.cors",     BOOLEAN,  "false", NULL,    NULL,    NULL,   "Whether browsers may call.")
    SETTINGS_END,
};
static const struct setting_def other_table[] = {
    SETTING("log.level",     CHOICE,   "info",  NULL,    NULL,    "info|warn|error", "The least level.")
    SETTING("data",          PATH,     NULL,    NULL,    NULL,    NULL,   "Where all data lies.")
    SETTING("token.secret",  SECRET,   NULL,    NULL,    NULL,    NULL,   "What tokens are signed with.")
    SETTING("workers",       INTEGER,  NULL,    "0",     NULL,    NULL,   "How many.")
    SETTINGS_END,
};
// clang-format on
static const struct setting_def *const tables[] = {http_table, other_table, NULL};

static void free_world(void *w)
{
    sim_free(w);
}

struct given {
    const char *file; // NULL: none
    const char *environment;
    const char *flag;
};

static char **list_of(struct scope *s, const char *one)
{
    char **list = scope_array(s, 3, sizeof *list);

    list[0] = str_z(s, str("CREDENTIALS_DIRECTORY=cred"));
    list[1] = one ? str_z(s, str(one)) : NULL;
    return list;
}

static struct world *world_with(struct scope *s, const char *file)
{
    struct world *w = sim_new(1);

    scope_defer(s, free_world, w);
    if (file)
        EXPECT_OK(file_write_whole(s, w, str("sheaf.json"), str(file)));
    EXPECT_OK(directory_make(s, w, str("cred")));
    EXPECT_OK(file_write_whole(s, w, str("cred/token"), str("hunter2\n")));
    return w;
}

static enum status load(struct scope *s, struct given given, struct settings **out)
{
    const struct settings_sources sources = {.world = world_with(s, given.file),
                                             .tables = tables,
                                             .file = str("sheaf.json"),
                                             .environment = list_of(s, given.environment),
                                             .flags = list_of(s, given.flag) + 1};

    return settings_load(s, &sources, out);
}

TEST(without_sources_all_settings_have_their_defaults)
{
    struct settings *settings = NULL;

    REQUIRE_OK(load(s, (struct given){0}, &settings));
    EXPECT_EQUAL(settings_integer(settings, "http.port"), 8080);
    EXPECT_STR(settings_text(settings, "http.address"), "::1");
    EXPECT_EQUAL(settings_integer(settings, "http.body_max"), 1 << 20);
    EXPECT_EQUAL(settings_duration_us(settings, "http.idle"), 75000000);
    EXPECT(!settings_boolean(settings, "http.cors"));
    EXPECT_STR(settings_text(settings, "log.level"), "info");
    EXPECT(!settings_has(settings, "data"));
    EXPECT_STR(settings_text(settings, "data"), "");
    EXPECT_EQUAL(settings_integer(settings, "workers"), 0);
}

TEST(the_file_gives_way_to_the_environment_and_that_to_flags)
{
    struct settings *settings = NULL;
    struct given given = {.file = "{\"http\":{\"port\":1},\"log.level\":\"warn\"}"};

    REQUIRE_OK(load(s, given, &settings));
    EXPECT_EQUAL(settings_integer(settings, "http.port"), 1);
    EXPECT_STR(settings_text(settings, "log.level"), "warn");
    given.environment = "SHEAF_HTTP_PORT=2";
    REQUIRE_OK(load(s, given, &settings));
    EXPECT_EQUAL(settings_integer(settings, "http.port"), 2);
    given.flag = "--http.port=3";
    REQUIRE_OK(load(s, given, &settings));
    EXPECT_EQUAL(settings_integer(settings, "http.port"), 3);
}

TEST(another_file_is_named_by_flag_or_environment_and_must_exist)
{
    struct settings *settings = NULL;

    EXPECT(load(s, (struct given){.flag = "--settings=none.json"}, &settings) == NOT_FOUND);
    EXPECT(load(s, (struct given){.environment = "SHEAF_SETTINGS=sheaf.json"}, &settings) ==
           NOT_FOUND);
    EXPECT_OK(load(s, (struct given){.file = "{}", .flag = "--settings=sheaf.json"}, &settings));
}

TEST(values_are_read_as_their_type_says)
{
    static const struct {
        const char *flag;
        const char *name;
        int64_t number;
    } cases[] = {
        {"--http.body_max=2048", "http.body_max", 2048},
        {"--http.body_max=64KiB", "http.body_max", 65536},
        {"--http.body_max=10MB", "http.body_max", 10000000},
        {"--http.idle=250ms", "http.idle", 250000},
        {"--http.idle=5m", "http.idle", 300000000},
        {"--http.idle=1h", "http.idle", 3600000000},
        {"--http.cors=true", "http.cors", 1},
        {"--http.cors", "http.cors", 1},
        {"--http.cors=false", "http.cors", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings *settings = NULL;
        const char *name = cases[i].name;
        REQUIRE_OK(load(s, (struct given){.flag = cases[i].flag}, &settings));
        if (strcmp(name, "http.idle") == 0)
            EXPECT_EQUAL(settings_duration_us(settings, name), cases[i].number);
        else if (strcmp(name, "http.cors") == 0)
            EXPECT_EQUAL(settings_boolean(settings, name), cases[i].number);
        else
            EXPECT_EQUAL(settings_integer(settings, name), cases[i].number);
    }
}

TEST(what_is_wrong_is_said_in_one_line)
{
    static const struct {
        struct given given;
        const char *why;
    } cases[] = {
        {{.flag = "--http.port=65536"},
         "flag --http.port: http.port is \"65536\"; it must be an integer from 1 to 65535"},
        {{.flag = "--http.port"},
         "flag --http.port: http.port is \"\"; it must be an integer from 1 to 65535"},
        {{.flag = "--http.prot=1"},
         "flag --http.prot: there is no setting \"http.prot\"; is http.port meant?"},
        {{.flag = "--entirely.else=1"},
         "flag --entirely.else: there is no setting \"entirely.else\""},
        {{.flag = "http.port=1"}, "\"http.port=1\" is no flag: settings are given as --name=value"},
        {{.environment = "SHEAF_HTTP_BODY_MAX=1"},
         "environment SHEAF_HTTP_BODY_MAX: http.body_max is \"1\"; it must be a size, as 512, "
         "64KiB or 10MB, from 1KiB to 1GiB"},
        {{.environment = "SHEAF_HTTP_IDLE=30"},
         "environment SHEAF_HTTP_IDLE: http.idle is \"30\"; it must be a duration, as 250ms, 30s, "
         "5m, 24h or 7d, from 100ms to 1h"},
        {{.environment = "SHEAF_NOTHING=1"},
         "environment SHEAF_NOTHING: there is no setting \"SHEAF_NOTHING\""},
        {{.file = "{\"log\":{\"level\":\"loud\"}}"},
         "file sheaf.json: log.level is \"loud\"; it must be one of info|warn|error"},
        {{.file = "{\"http\":{\"port\":\"80\"}}"},
         "file sheaf.json: http.port is \"80\"; it must be an integer from 1 to 65535"},
        {{.file = "{\"http\":{\"cors\":[1]}}"},
         "file sheaf.json: http.cors is \"[1]\"; it must be true or false"},
        {{.file = "{\"workers\":-1}"},
         "file sheaf.json: workers is \"-1\"; it must be an integer of at least 0"},
        {{.file = "{\"data\":\"\"}"}, "file sheaf.json: data is \"\"; it must be a path"},
        {{.file = "{\"http\":{\"port\":1},\"http.port\":1}"},
         "file sheaf.json: http.port is given twice"},
        {{.file = "{\"settings\":\"a\"}"},
         "file sheaf.json: settings is given by environment or flag only"},
        {{.file = "[]"}, "file sheaf.json: it must be an object"},
        {{.flag = "--token.secret=hunter2"},
         "flag --token.secret: token.secret must be a reference: file:PATH, env:NAME or "
         "credential:NAME, never the secret itself"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings *settings = NULL;
        EXPECT(load(s, cases[i].given, &settings) == INVALID);
        EXPECT_STR(scope_why(s), cases[i].why);
    }
}

TEST(a_file_that_is_no_json_is_refused_with_its_place)
{
    struct settings *settings = NULL;

    EXPECT(load(s, (struct given){.file = "{\"a\":1,\"a\":1}"}, &settings) == INVALID);
    EXPECT(str_starts(scope_why(s), str("file sheaf.json: ")));
}

TEST(secrets_are_read_where_their_reference_leads)
{
    static const struct {
        const char *flag;
        const char *secret; // NULL: it leads nowhere
    } cases[] = {
        {NULL, ""},
        {"--token.secret=file:cred/token", "hunter2"},
        {"--token.secret=credential:token", "hunter2"},
        {"--token.secret=env:CREDENTIALS_DIRECTORY", "cred"},
        {"--token.secret=env:NOT_THERE", NULL},
        {"--token.secret=file:not/there", NULL},
        {"--token.secret=credential:../cred/token", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings *settings = NULL;
        struct str secret = {0};
        REQUIRE_OK(load(s, (struct given){.flag = cases[i].flag}, &settings));
        enum status e = settings_secret(s, settings, "token.secret", &secret);
        EXPECT(e == (cases[i].secret ? OK : INVALID));
        if (e == OK)
            EXPECT_STR(secret, cases[i].secret);
    }
}

TEST(the_tables_print_as_text_markdown_and_json)
{
    struct buf out = buf_make(s, 1 << 20);
    struct json rows = {0};

    settings_print(&out, tables, SETTINGS_TEXT);
    struct str port = str("  --http.port=integer\n"
                          "      Where the server listens.\n"
                          "      an integer from 1 to 65535 (port); default 8080\n");
    EXPECT(str_find(buf_str(&out), port) < out.bytes);
    buf_clear(&out);
    settings_print(&out, tables, SETTINGS_MARKDOWN);
    struct str row = str("| `log.level` | choice | `info` | one of info\\|warn\\|error |  | "
                         "The least level. |\n");
    EXPECT(str_find(buf_str(&out), row) < out.bytes);
    buf_clear(&out);
    settings_print(&out, tables, SETTINGS_JSON);
    REQUIRE_OK(json_parse(s, buf_str(&out), &json_limits_strict, &rows));
    EXPECT_EQUAL(rows.count, 10);
    EXPECT_STR(json_text(json_member(json_at(rows, 3), "variable")), "SHEAF_HTTP_BODY_MAX");
}

TEST(what_is_in_force_is_printed_with_its_source)
{
    struct settings *settings = NULL;
    struct buf out = buf_make(s, 1 << 20);

    REQUIRE_OK(load(s, (struct given){.flag = "--token.secret=env:A", .file = "{\"workers\":2}"},
                    &settings));
    settings_print_values(&out, settings);
    struct str tail = str("log.level = info (default)\n"
                          "token.secret = env:A (flag --token.secret)\n"
                          "workers = 2 (file sheaf.json)\n");
    EXPECT(str_ends(buf_str(&out), tail));
}
