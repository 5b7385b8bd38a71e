// Functions: how lambda:invoke is told which one to call, and what it makes of the answer.
// Source: what AWS's service records of arn:aws:states:::lambda:invoke.
#include "core/date.h"
#include "core/moment.h"
#include "core/scope.h"
#include "core/uuid.h"
#include "flow/step_rules_impl.h"

bool is_function_call(const struct resource *r)
{
    return r->kind == RESOURCE_INTEGRATION && str_is(r->service, "lambda") &&
           str_is(r->action, "invoke");
}

// "NAME", "NAME:VERSION", "ACCOUNT:function:NAME" or an ARN gives NAME.
static struct str function_name(struct str text)
{
    size_t at = str_find(text, str("function:"));

    if (at < text.bytes)
        text = str_slice(text, at + strlen("function:"), text.bytes);
    return str_cut(&text, ':');
}

// Text that is JSON is passed on as what it says: the API of functions takes bytes.
static struct json function_payload(struct step *st, struct json payload)
{
    struct json parsed = {0};

    if (json_is(payload, JSON_NONE))
        return json_object(NULL, 0);
    if (!json_is(payload, JSON_STRING))
        return payload;
    if (json_parse(st->s, json_text(payload), &json_limits_lenient, &parsed) == OK)
        return parsed;
    scope_forgive(st->s);
    return payload;
}

void function_command(struct step *st, const struct resource *r, struct json input,
                      struct flow_command *c)
{
    if (r->kind == RESOURCE_FUNCTION) {
        c->function = r->name;
        c->payload = input;
    } else if (is_function_call(r)) {
        c->function = function_name(json_text(json_member(input, "FunctionName")));
        c->payload = function_payload(st, json_member(input, "Payload"));
    }
}

struct str chance_uuid(struct step *st)
{
    struct uuid id = {0};

    chance_fill(&st->chance, id.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40); // RFC 9562: version 4
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return uuid_to_str(st->s, id);
}

// RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
static struct str http_date(struct step *st)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct date d = moment_date(st->event->now_us);
    int64_t second = (st->event->now_us - moment_of_date(d)) / MOMENT_SECOND_US;

    return str_format(st->s, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[date_weekday(d) - 1],
                      d.day, months[d.month - 1], d.year, (int)(second / 3600),
                      (int)(second / 60 % 60), (int)(second % 60));
}

enum { HEADERS = 8 };

// The headers once as lists and once as texts, as the SDK shows them.
static struct json headers_json(struct step *st, const struct json_member *headers, bool lists)
{
    struct json_member *members = scope_array(st->s, HEADERS, sizeof *members);

    for (size_t i = 0; i < HEADERS; i++) {
        members[i] = headers[i];
        if (lists)
            members[i].value = json_array(&headers[i].value, 1);
    }
    return json_object(members, HEADERS);
}

static struct json http_metadata(struct step *st, struct str request_id, size_t bytes)
{
    struct json_member *headers = scope_array(st->s, HEADERS, sizeof *headers);
    struct str trace = str_format(st->s, "root=1-%08llx-%016llx%08llx;sampled=0",
                                  (unsigned long long)(st->event->now_us / MOMENT_SECOND_US),
                                  (unsigned long long)chance_u64(&st->chance),
                                  (unsigned long long)(chance_u64(&st->chance) >> 32));
    struct str length = str_format(st->s, "%zu", bytes);
    struct object o = {0};

    headers[0] = (struct json_member){str("Connection"), json_string(str("keep-alive"))};
    headers[1] = (struct json_member){str("Content-Length"), json_string(length)};
    headers[2] = (struct json_member){str("Content-Type"), json_string(str("application/json"))};
    headers[3] = (struct json_member){str("Date"), json_string(http_date(st))};
    headers[4] = (struct json_member){str("X-Amz-Executed-Version"), json_string(str("$LATEST"))};
    headers[5] = (struct json_member){str("x-amzn-Remapped-Content-Length"), json_string(str("0"))};
    headers[6] = (struct json_member){str("x-amzn-RequestId"), json_string(request_id)};
    headers[7] = (struct json_member){str("X-Amzn-Trace-Id"), json_string(trace)};
    object_put(&o, "AllHttpHeaders", headers_json(st, headers, true));
    object_put(&o, "HttpHeaders", headers_json(st, headers, false));
    object_put(&o, "HttpStatusCode", json_i64(st->s, 200));
    return object_json(st->s, &o);
}

// Functions in Python, whose answers were recorded, write a space behind each comma and colon.
static size_t spaces_within(struct json j)
{
    size_t spaces = 0;

    for (size_t i = 0; j.type == JSON_ARRAY && i < j.count; i++)
        spaces += spaces_within(j.items[i]) + (i > 0 ? 1 : 0);
    for (size_t i = 0; j.type == JSON_OBJECT && i < j.count; i++)
        spaces += spaces_within(j.members[i].value) + (i > 0 ? 2 : 1);
    return spaces;
}

struct json function_result(struct step *st, struct json payload)
{
    struct str request_id = chance_uuid(st);
    struct object response = {0};
    struct object o = {0};

    object_put(&response, "RequestId", json_string(request_id));
    object_put(&o, "ExecutedVersion", json_string(str("$LATEST")));
    object_put(&o, "Payload", payload);
    size_t bytes = json_to_str(st->s, payload).bytes + spaces_within(payload);
    object_put(&o, "SdkHttpMetadata", http_metadata(st, request_id, bytes));
    object_put(&o, "SdkResponseMetadata", object_json(st->s, &response));
    object_put(&o, "StatusCode", json_i64(st->s, 200));
    return object_json(st->s, &o);
}

struct str function_cause(struct step *st, struct str cause)
{
    struct json parsed = {0};

    if (!cause.data || json_parse(st->s, cause, &json_limits_lenient, &parsed) != OK) {
        scope_forgive(st->s);
        return cause;
    }
    return json_is(parsed, JSON_OBJECT) ? json_to_str(st->s, parsed) : cause;
}
