// The server's side of one connection, line by line.
#include "core/base64.h"
#include "core/scope.h"
#include "partners/smtp_impl.h"
#include "sys/world.h"

enum { LINE_BYTES_MAX = 1000 }; // RFC 5321, 4.5.3.1.6, with CRLF

static enum smtp_next say(struct buf *answer, const char *text)
{
    buf_put_z(answer, text);
    buf_put_z(answer, "\r\n");
    return SMTP_GO_ON;
}

static enum smtp_next out_of_order(struct smtp_talk *t, struct buf *answer)
{
    t->sink->counts.malformed++;
    return say(answer, "503 5.5.1 not now");
}

void smtp_talk_begin(struct smtp_talk *t, struct scope *s, struct smtp_sink *sink)
{
    *t = (struct smtp_talk){.sink = sink, .scope = s, .known = sink->user.bytes == 0};
    t->text = buf_make(s, SMTP_SINK_MAIL_BYTES_MAX);
}

static bool takes(struct str *line, const char *command)
{
    struct str word = str(command);

    if (!str_equal_nocase(str_slice(*line, 0, word.bytes), word))
        return false;
    *line = str_trim(str_slice(*line, word.bytes, line->bytes));
    return true;
}

static enum smtp_next hello(struct smtp_talk *t, struct buf *answer)
{
    t->stage = SMTP_READY;
    buf_put_z(answer, "250-sink\r\n250-8BITMIME\r\n");
    return say(answer, t->sink->user.bytes ? "250 AUTH PLAIN LOGIN" : "250 SIZE 40000000");
}

static enum smtp_next check_login(struct smtp_talk *t, struct str user, struct str password,
                                  struct buf *answer)
{
    t->stage = SMTP_READY;
    t->known = str_equal(user, t->sink->user) && str_equal(password, t->sink->password);
    if (t->known)
        return say(answer, "235 2.7.0 welcome");
    t->sink->counts.strangers++;
    return say(answer, "535 5.7.8 who are you");
}

// RFC 4616: a name to act as, NUL, name, NUL, password.
static enum smtp_next plain(struct smtp_talk *t, struct str text, struct buf *answer)
{
    struct str decoded = {0};

    if (base64_decode(t->scope, text, &decoded) != OK)
        return out_of_order(t, answer);
    (void)str_cut(&decoded, '\0');
    struct str user = str_cut(&decoded, '\0');
    return check_login(t, user, decoded, answer);
}

static enum smtp_next login(struct smtp_talk *t, struct str text, struct buf *answer)
{
    struct str decoded = {0};

    if (base64_decode(t->scope, text, &decoded) != OK)
        return out_of_order(t, answer);
    if (t->stage == SMTP_PASS)
        return check_login(t, t->user, decoded, answer);
    t->user = decoded;
    t->stage = SMTP_PASS;
    return say(answer, "334 UGFzc3dvcmQ6");
}

static enum smtp_next authenticate(struct smtp_talk *t, struct str how, struct buf *answer)
{
    if (t->stage != SMTP_READY || t->sink->user.bytes == 0)
        return out_of_order(t, answer);
    if (takes(&how, "PLAIN")) {
        t->stage = SMTP_PLAIN;
        return how.bytes ? plain(t, how, answer) : say(answer, "334 ");
    }
    t->stage = SMTP_USER;
    if (takes(&how, "LOGIN"))
        return how.bytes ? login(t, how, answer) : say(answer, "334 VXNlcm5hbWU6");
    return out_of_order(t, answer);
}

// The mailbox in "<ann@example.com> SIZE=1"; empty: it is none.
static struct str mailbox(struct str text)
{
    size_t end = str_find_byte(text, '>');

    return str_starts(text, str("<")) && end < text.bytes ? str_slice(text, 1, end - 1)
                                                          : (struct str){0};
}

static enum smtp_next begin_mail(struct smtp_talk *t, struct str text, struct buf *answer)
{
    if (t->stage != SMTP_READY)
        return out_of_order(t, answer);
    if (!t->known) {
        t->sink->counts.strangers++;
        return say(answer, "530 5.7.0 who are you");
    }
    t->from = str_copy(t->scope, mailbox(text));
    t->to_count = 0;
    t->stage = SMTP_FROM;
    return say(answer, "250 2.1.0 go on");
}

static enum smtp_next add_recipient(struct smtp_talk *t, struct str text, struct buf *answer)
{
    struct smtp_sink *sink = t->sink;
    struct str to = mailbox(text);

    if ((t->stage != SMTP_FROM && t->stage != SMTP_RCPT) || to.bytes == 0 ||
        t->to_count == SMTP_RECIPIENTS_MAX)
        return out_of_order(t, answer);
    if (sink->faults.refuse > str_hash(to) % 100) { // the same ones each time
        sink->counts.refused++;
        buf_format(answer, "550 5.1.1 <%.*s> does not live here\r\n", STR(to));
        return SMTP_GO_ON;
    }
    if (faults_strike(&sink->chance, sink->faults.busy)) {
        sink->counts.put_off++;
        return say(answer, "450 4.2.0 come again");
    }
    t->to[t->to_count++] = str_copy(t->scope, to);
    t->stage = SMTP_RCPT;
    return say(answer, "250 2.1.5 go on");
}

static enum smtp_next end_mail(struct smtp_talk *t, struct buf *answer)
{
    struct smtp_sink *sink = t->sink;

    t->stage = SMTP_READY;
    if (t->text.overflow)
        return say(answer, "552 5.3.4 too long");
    if (faults_strike(&sink->chance, sink->faults.fail_before)) {
        sink->counts.put_off++;
        return say(answer, "451 4.3.0 the disk is full");
    }
    for (size_t i = 0; i < t->to_count; i++)
        smtp_keep(t->scope, sink, t->from, t->to[i], buf_str(&t->text));
    buf_clear(&t->text);
    bool hangs_up = faults_strike(&sink->chance, sink->faults.fail_after);
    bool is_silent = faults_strike(&sink->chance, sink->faults.silent);
    if (hangs_up || is_silent) {
        sink->counts.unanswered++;
        return hangs_up ? SMTP_HANG_UP : SMTP_SAY_NOTHING;
    }
    return say(answer,
               faults_strike(&sink->chance, sink->faults.garble) ? "what?" : "250 2.0.0 taken");
}

// RFC 5321, 4.5.2: a dot at the start of a line was doubled by the sender.
static enum smtp_next take_text(struct smtp_talk *t, struct str line, struct buf *answer)
{
    if (str_is(line, "."))
        return end_mail(t, answer);
    if (line.bytes + 2 > LINE_BYTES_MAX || str_find_byte(line, '\n') < line.bytes)
        t->sink->counts.malformed++;
    buf_put(&t->text, str_starts(line, str(".")) ? str_slice(line, 1, line.bytes) : line);
    buf_put_z(&t->text, "\r\n");
    return SMTP_GO_ON;
}

static enum smtp_next command(struct smtp_talk *t, struct str line, struct buf *answer)
{
    if (takes(&line, "EHLO") || takes(&line, "HELO"))
        return hello(t, answer);
    if (takes(&line, "AUTH"))
        return authenticate(t, line, answer);
    if (takes(&line, "MAIL FROM:"))
        return begin_mail(t, line, answer);
    if (takes(&line, "RCPT TO:"))
        return add_recipient(t, line, answer);
    if (takes(&line, "DATA")) {
        if (t->stage != SMTP_RCPT)
            return out_of_order(t, answer);
        t->stage = SMTP_DATA;
        return say(answer, "354 go on");
    }
    if (takes(&line, "RSET") || takes(&line, "NOOP")) {
        t->stage = t->stage == SMTP_HELLO ? SMTP_HELLO : SMTP_READY;
        return say(answer, "250 2.0.0 as you like");
    }
    if (takes(&line, "QUIT")) {
        (void)say(answer, "221 2.0.0 bye");
        return SMTP_HANG_UP;
    }
    t->sink->counts.malformed++;
    return say(answer, "500 5.5.2 what?");
}

enum smtp_next smtp_talk_line(struct smtp_talk *t, struct str line, struct buf *answer)
{
    if (!line.data) {
        t->sink->counts.connections++;
        if (!faults_down(&t->sink->faults, world_now_us(world_real())))
            return say(answer, "220 sink");
        (void)say(answer, "421 4.3.2 down");
        return SMTP_HANG_UP;
    }
    if (t->stage == SMTP_DATA)
        return take_text(t, line, answer);
    if (t->stage == SMTP_PLAIN)
        return plain(t, line, answer);
    if (t->stage == SMTP_USER || t->stage == SMTP_PASS)
        return login(t, line, answer);
    return command(t, line, answer);
}
