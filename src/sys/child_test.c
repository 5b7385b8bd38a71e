// Children: how they end, what they see, and that nothing of theirs stays behind.
#include "sys/child.h"

#include "core/scope.h"
#include "sys/process.h"
#include "test/harness.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

static char *empty[] = {NULL};

static struct str run(struct scope *s, const char *script, char *const *environment)
{
    char *arguments[] = {str_z(s, str("/bin/sh")), str_z(s, str("-c")), str_z(s, str(script)),
                         NULL};
    struct child c = {0};

    EXPECT(child_start(s, arguments, environment, &c) == OK);
    return child_runs(&c) ? child_end(s, &c) : str("it did not start");
}

TEST(a_child_tells_how_it_ended)
{
    static const struct {
        const char *script;
        const char *end;
    } cases[] = {
        {"exit 0", ""},
        {"exit 1", "exit status 1"},
        {"kill -9 $$", "signal: killed"},
        {"kill -15 $$", "signal: terminated"},
        {"kill -11 $$", "signal: segmentation fault"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT_STR(run(s, cases[i].script, empty), cases[i].end);
}

TEST(a_child_has_the_environment_that_it_is_given)
{
    char *base[] = {str_z(s, str("COLOUR=red")), str_z(s, str("SIZE=1")), NULL};
    char **more = environment_with(s, base, "COLOUR", str("blue"), false);

    more = environment_with(s, more, "SIZE", str("2"), true);
    more = environment_with(s, more, "SHAPE", str("round"), true);
    EXPECT_STR(environment_get(more, "COLOUR"), "blue");
    EXPECT_STR(run(s, "test \"$COLOUR $SIZE $SHAPE\" = 'blue 1 round'", more), "");
}

TEST(a_program_that_is_not_there_is_told_at_once)
{
    char *arguments[] = {str_z(s, str("/nothing/here")), NULL};
    struct child c = {0};

    EXPECT(child_start(s, arguments, empty, &c) == NOT_FOUND);
    EXPECT(!child_runs(&c));
}

TEST(what_a_child_has_started_ends_with_it)
{
    int ends[2];
    char byte = 0;

    EXPECT(pipe(ends) == 0);
    // The grandchild holds the writing end open until it is ended.
    struct str script =
        str_format(s, "/bin/sh -c 'while :; do read x; done <&%d' & exit 3", ends[1]);
    EXPECT_STR(run(s, str_z(s, script), empty), "exit status 3");
    (void)close(ends[1]);
    EXPECT(read(ends[0], &byte, 1) == 0);
    (void)close(ends[0]);
}

TEST(a_child_that_is_signalled_ends_and_its_descriptor_tells)
{
    char *environment[] = {str_z(s, str("PATH=/bin:/usr/bin")), NULL};
    struct child c = {0};
    char *arguments[] = {str_z(s, str("/bin/sh")), str_z(s, str("-c")),
                         str_z(s, str("exec cat /dev/zero >/dev/null")), NULL};

    EXPECT(child_start(s, arguments, environment, &c) == OK);
    struct pollfd wait = {.fd = c.fd, .events = POLLIN};
    EXPECT(poll(&wait, 1, 0) == 0);
    child_signal(&c, SIGTERM);
    EXPECT(poll(&wait, 1, -1) == 1);
    EXPECT_STR(child_end(s, &c), "signal: terminated");
}
