// Writes problem details.
#include "edge/problem_impl.h"

#include "core/buf.h"
#include "core/scope.h"

enum { PROBLEM_BYTES_MAX = 1 << 20 };

const char *reason_phrase(int code)
{
    static const struct {
        int code;
        const char *phrase;
    } phrases[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].code == code)
            return phrases[i].phrase;
    return code < 500 ? "Request Refused" : "Server Error";
}

static void put_member(struct buf *b, const char *name, struct str text)
{
    buf_put_z(b, ",\"");
    buf_put_z(b, name);
    buf_put_z(b, "\":");
    json_write_string(b, text);
}

struct str problem_json(struct scope *s, const struct problem *p)
{
    struct buf b = buf_make(s, PROBLEM_BYTES_MAX);

    // RFC 9457, 4.2.1: about:blank means that the title is the status code's own phrase.
    buf_put_z(&b, "{\"type\":\"about:blank\"");
    put_member(&b, "title", str(reason_phrase(p->code)));
    buf_format(&b, ",\"status\":%d", p->code);
    if (p->detail.bytes)
        put_member(&b, "detail", p->detail);
    put_member(&b, "error", str(p->word));
    put_member(&b, "requestId", p->request_id);
    for (size_t i = 0; i < p->member_count; i++) {
        buf_put_byte(&b, ',');
        json_write_string(&b, p->members[i].name);
        buf_put_byte(&b, ':');
        json_write(&b, p->members[i].value);
    }
    buf_put_byte(&b, '}');
    return buf_str(&b);
}
