// What lines look like, and what never gets into one.
#include "sys/log.h"

#include "core/json.h"
#include "core/scope.h"
#include "sys/sim.h"
#include "sys/thread.h"

#include "test/harness.h"

#include <math.h>
#include <unistd.h>

static void free_world(void *w)
{
    sim_free(w);
}

static void capture(struct scope *s)
{
    struct world *w = sim_new(1);

    scope_defer(s, free_world, w);
    sim_advance_us(w, 1234567);
    log_capture(s, w);
}

TEST(an_event_is_one_line_of_json_with_its_fields_in_order)
{
    capture(s);

    log_event(LOG_WARN, "queue.old", LOG_Z("queue", "validate"), LOG_INT("age_s", -61),
              LOG_REAL("load", 0.25), LOG_BOOL("bounded", true), LOG_REAL("nothing", NAN), LOG_END);

    EXPECT_STR(log_captured(s),
               "{\"time\":\"2026-01-01T00:00:01.234Z\",\"level\":\"warn\",\"event\":\"queue.old\","
               "\"queue\":\"validate\",\"age_s\":-61,\"load\":0.25,\"bounded\":true,"
               "\"nothing\":null}\n");
}

TEST(what_an_object_says_about_itself_stands_in_its_lines)
{
    const struct log_field about[] = {LOG_Z("request", "r1"), LOG_Z("tenant", "t1"), LOG_END};
    capture(s);
    enum status e = fail(s, BUSY, "later");

    log_event(LOG_ERROR, "task.failed", LOG_ALL(about), LOG_STATUS(e), LOG_WHY(s), LOG_END);

    EXPECT_STR(log_captured(s),
               "{\"time\":\"2026-01-01T00:00:01.234Z\",\"level\":\"error\",\"event\":"
               "\"task.failed\",\"request\":\"r1\",\"tenant\":\"t1\",\"status\":\"BUSY\","
               "\"why\":\"later\"}\n");
}

static struct json only_line(struct scope *s)
{
    struct json line = {0};
    struct str text = log_captured(s);

    EXPECT_EQUAL(str_find_byte(text, '\n'), text.bytes - 1);
    EXPECT_OK(json_parse(s, text, &json_limits_strict, &line));
    return line;
}

TEST(hostile_text_stays_inside_its_field)
{
    capture(s);

    log_event(LOG_INFO, "e", LOG_STR("a", str_of("\"}\n{\0\x1b[2J\x7f\\\xff\xc3\xa5", 15)),
              LOG_END);

    EXPECT(str_equal(json_text(json_member(only_line(s), "a")),
                     str_of("\"}\n{\0\x1b[2J\x7f\\\xef\xbf\xbd\xc3\xa5", 17)));
}

TEST(a_long_text_is_cut_and_fields_beyond_the_line_are_left_out)
{
    char *long_text = scope_alloc(s, 2000);
    memset(long_text, 'x', 1999);
    capture(s);

    log_event(LOG_INFO, "e", LOG_Z("a", long_text), LOG_Z("b", long_text), LOG_Z("c", long_text),
              LOG_Z("d", long_text), LOG_INT("e", 1), LOG_END);

    struct json line = only_line(s);
    EXPECT_EQUAL(json_text(json_member(line, "a")).bytes, LOG_TEXT_BYTES_MAX + strlen("…"));
    EXPECT(json_is(json_member(line, "c"), JSON_STRING));
    EXPECT(json_is(json_member(line, "d"), JSON_NONE));
    EXPECT(json_is(json_member(line, "e"), JSON_NUMBER));
    EXPECT(json_is(json_member(line, "cut"), JSON_TRUE));
    EXPECT(log_captured(s).bytes <= LOG_LINE_BYTES_MAX);
}

TEST(a_field_that_is_named_as_a_secret_is_withheld)
{
    static const char *const names[] = {"password", "client_secret", "task_token", "set-cookie",
                                        "authorization"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct scope *inner = scope_open(1 << 20);
        capture(inner);
        log_event(LOG_INFO, "e", LOG_Z(names[i], "hunter2"), LOG_END);
        struct str text = log_captured(inner);
        EXPECT_EQUAL(str_find(text, str("hunter2")), text.bytes);
        scope_close(inner);
    }
}

TEST(levels_below_the_least_are_dropped_and_people_get_a_short_form)
{
    int fds[2];
    char text[200];
    struct world *w = sim_new(1);
    capture(s); // puts back what was configured
    REQUIRE(pipe(fds) == 0);

    log_configure(
        &(struct log_options){.world = w, .fd = fds[1], .least = LOG_ERROR, .form = LOG_SHORT});
    log_event(LOG_WARN, "not.seen", LOG_END);
    log_event(LOG_FATAL, "disk.lies", LOG_Z("path", "/a/b"), LOG_Z("why", "no\nidea"), LOG_END);

    ssize_t got = read(fds[0], text, sizeof text);
    EXPECT_STR(str_of(text, got < 0 ? 0 : (size_t)got),
               "00:00:00.000 fatal disk.lies path=/a/b why=\"no\\nidea\"\n");
    (void)close(fds[0]);
    (void)close(fds[1]);
    sim_free(w);
}

TEST(levels_have_names)
{
    enum log_level level = LOG_INFO;

    EXPECT(log_level_named(str("fatal"), &level) && level == LOG_FATAL);
    EXPECT(!log_level_named(str("debug"), &level));
}

struct poster {
    int number;
};

static void log_often(void *argument)
{
    const struct poster *poster = argument;

    for (int i = 0; i < 200; i++)
        log_event(LOG_INFO, "e", LOG_INT("thread", poster->number), LOG_INT("i", i), LOG_END);
}

TEST(lines_of_several_threads_do_not_mix)
{
    struct poster posters[] = {{0}, {1}, {2}};
    struct thread *threads[3];
    capture(s);

    for (size_t i = 0; i < 3; i++)
        threads[i] = thread_start("logger", log_often, &posters[i]);
    for (size_t i = 0; i < 3; i++)
        thread_join(threads[i]);

    struct str rest = log_captured(s);
    unsigned lines = 0;
    while (rest.bytes > 0) {
        struct json line = {0};
        EXPECT_OK(json_parse(s, str_cut(&rest, '\n'), &json_limits_strict, &line));
        lines++;
    }
    EXPECT_EQUAL(lines, 600);
}
