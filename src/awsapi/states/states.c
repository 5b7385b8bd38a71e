// The protocol: which operation is asked for, whether the caller may, and how failures are told.
// JSON 1.0: POST /, X-Amz-Target: AWSStepFunctions.OPERATION, times in seconds since 1970.
#include "awsapi/states/states_impl.h"

#include "awsapi/states.h"
#include "core/scope.h"
#include "edge/protocol.h"
#include "edge/service.h"

enum { REQUEST_BYTES_MAX = 4 << 20 }; // a definition of 1 MiB, escaped

static const char target[] = "AWSStepFunctions.";
static const char media_type[] = "application/x-amz-json-1.0";

struct operation {
    const char *name;
    const char *scope;
    enum status (*run)(struct scope *s, struct asked *a);
};

// clang-format off
static const struct operation operations[] = {
#define OPERATION(name, needs, function) {#name, needs, function},
#include "awsapi/states/operations.def"
#undef OPERATION
};
// clang-format on

static const struct operation *find(struct str name)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (str_is(name, operations[i].name))
            return &operations[i];
    return NULL;
}

static enum status check_scope(struct scope *s, struct asked *a, const struct operation *op)
{
    const struct principal *p = call_principal(a->call);

    if (str_is(str(op->scope), "states:work") && principal_may(p, str("states:write")))
        return OK;
    if (principal_may(p, str(op->scope)))
        return OK;
    return fail(s, DENIED,
                "User: arn:aws:iam::%.*s:user/%.*s is not authorized to perform: states:%s "
                "because its key has not the scope %s",
                STR(p->account), STR(p->id), op->name, op->scope);
}

static enum status read_request(struct scope *s, struct asked *a)
{
    struct str body = call_body(a->call);

    if (json_parse(s, body.bytes ? body : str("{}"), &json_limits_lenient, &a->request) != OK ||
        !json_is(a->request, JSON_OBJECT))
        return fault(s, a, INVALID, "SerializationException", "the body is not a JSON object");
    return states_request_check(s, a);
}

static enum status run(struct scope *s, struct call *call)
{
    const struct principal *p = call_principal(call);
    struct str name = call_header(call, "X-Amz-Target");
    struct asked a = {.call = call,
                      .flow = call_platform(call)->flow,
                      .owner = {.tenant = p->tenant, .account = p->account, .actor = p->id},
                      .operation = str_slice(name, sizeof target - 1, name.bytes)};
    const struct operation *op = str_starts(name, str(target)) ? find(a.operation) : NULL;

    call_answer_header(call, "x-amzn-RequestId", call_request_id(call));
    if (!op)
        return fault(s, &a, INVALID, "UnknownOperationException", "there is no such operation");
    TRY(check_scope(s, &a, op));
    TRY(read_request(s, &a));
    call_answer_bytes(call, 200, media_type, str("{}"));
    return op->run(s, &a);
}

struct words {
    const char *name;
    const char *message; // NULL: the sentence
};

// AWS's words for what a signature lacks.
static struct words words_of_signature(enum sigv4_fault fault)
{
    switch (fault) {
    case SIGV4_SOUND:
        return (struct words){"MissingAuthenticationTokenException",
                              "Missing Authentication Token"};
    case SIGV4_UNKNOWN_KEY:
        return (struct words){"UnrecognizedClientException",
                              "The security token included in the request is invalid."};
    case SIGV4_MALFORMED:
    case SIGV4_HEADERS_UNSIGNED:
        return (struct words){"IncompleteSignatureException", NULL};
    case SIGV4_SKEWED:
    case SIGV4_EXPIRED:
    case SIGV4_PAYLOAD_MISMATCH:
    case SIGV4_MISMATCH:
        return (struct words){"InvalidSignatureException", NULL};
    }
    return (struct words){"InvalidSignatureException", NULL};
}

static struct words words_of(const struct refusal *r)
{
    if (r->name)
        return (struct words){r->name, NULL};
    switch ((int)r->status) {
    case UNAUTHENTICATED:
        return words_of_signature(r->signature);
    case DENIED:
        return (struct words){"AccessDeniedException", NULL};
    case LIMIT:
        return (struct words){"ThrottlingException", "Rate exceeded"};
    case BUSY:
    case TEMPORARY:
    case TIMEOUT:
        return (struct words){"ServiceUnavailableException", NULL};
    case CONFLICT:
        return (struct words){"ConflictException", NULL};
    case NOT_FOUND:
        return (struct words){"ResourceNotFound", NULL};
    case INTERNAL:
    case CORRUPT:
        return (struct words){"InternalFailure", NULL};
    default:
        return (struct words){"ValidationException", NULL};
    }
}

// AWS tells the caller's mistakes with 400, whatever they are.
static int code_of(enum status e)
{
    return e == UNAUTHENTICATED ? 403 : status_http(e) < 500 ? 400 : status_http(e);
}

static void refuse(struct call *call, const struct refusal *r)
{
    struct words words = words_of(r);
    struct json_member members[] = {
        {str("__type"), json_string(str(words.name))},
        {str("message"), json_string(words.message ? str(words.message) : r->why)},
    };
    struct json body = json_object(members, 2);

    call_answer_json(call, code_of(r->status), body);
    call_answer_header(call, "x-amzn-RequestId", call_request_id(call));
    call_answer_header(call, "x-amzn-ErrorType", str(words.name));
}

static const struct protocol_def protocols[] = {
    {.signing_name = "states",
     .target = target,
     .body_bytes_max = REQUEST_BYTES_MAX,
     .run = run,
     .refuse = refuse},
    {0},
};
static const struct table_def *const tables[] = {&states_tags_table, &states_aliases_table, NULL};
static const struct queue_def *const queues[] = {NULL};
static const struct bucket_def *const buckets[] = {NULL};

const struct service states_service = {
    .name = "states",
    .protocols = protocols,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
};
