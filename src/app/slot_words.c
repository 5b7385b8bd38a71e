// What a process is told, and what is made of how it ended, as Lambda words it.
// Source: AWS Lambda, environment variables of functions; the errors that executions record.
#include "app/slot_impl.h"

#include "app/command.h"
#include "core/json.h"
#include "core/scope.h"
#include "sys/process.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <unistd.h>

enum { ID_HEX = 32, PATH_BYTES_MAX = 4096 };

static char **more(struct slot *w, char **environment, const char *name, struct str value)
{
    return environment_with(w->scope, environment, name, value, true);
}

// The runtime clients of AWS are told their handler as the last word of the command.
static struct str handler_of(const struct slot *w)
{
    char *const *last = w->options->arguments;

    while (last[1])
        last++;
    return last == w->options->arguments ? w->options->function : str(*last);
}

char **slot_environment(struct slot *w)
{
    struct scope *s = w->scope;
    struct str function = w->options->function;
    struct str region = settings_text(w->options->line->settings, "region");
    char here[PATH_BYTES_MAX] = "/";
    char **e = environment_with(s, w->options->environment, "AWS_LAMBDA_RUNTIME_API",
                                runtime_address(w->runtime), false);

    e = environment_with(s, e, "AWS_LAMBDA_FUNCTION_NAME", function, false);
    e = more(w, e, "AWS_LAMBDA_FUNCTION_VERSION", str("$LATEST"));
    e = more(w, e, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str("1024"));
    e = more(w, e, "AWS_LAMBDA_INITIALIZATION_TYPE", str("on-demand"));
    e = more(w, e, "AWS_LAMBDA_LOG_GROUP_NAME", str_concat(s, 2, str("/aws/lambda/"), function));
    e = more(w, e, "AWS_LAMBDA_LOG_STREAM_NAME", w->options->worker);
    e = more(w, e, "AWS_REGION", region);
    e = more(w, e, "AWS_DEFAULT_REGION", region);
    e = more(w, e, "LAMBDA_TASK_ROOT", str(getcwd(here, sizeof here) ? here : "/"));
    return more(w, e, "_HANDLER", handler_of(w));
}

// X-Ray's form, made of the invocation's id: UUID-FRAME-WAIT.
static struct str trace_of(struct scope *s, struct str id)
{
    char *hex = scope_bytes(s, ID_HEX + 1);
    size_t count = 0;
    uint64_t numbers[2] = {0};

    for (size_t i = 0; i < id.bytes && count < ID_HEX; i++)
        if (id.data[i] != '-')
            hex[count++] = id.data[i];
    while (count < ID_HEX)
        hex[count++] = '0';
    struct str rest = str_slice(id, ID_HEX + 5, id.bytes);
    struct str frame = str_cut(&rest, '-');
    (void)str_to_u64(frame, UINT32_MAX, &numbers[0]);
    (void)str_to_u64(rest, UINT32_MAX, &numbers[1]);
    return str_format(s, "Root=1-%.8s-%.24s;Parent=%08llx%08llx;Sampled=0", hex, hex + 8,
                      (unsigned long long)numbers[0], (unsigned long long)numbers[1]);
}

void slot_give(struct slot *w, const struct invocation *i, int64_t left_us)
{
    runtime_give(w->runtime, &(struct runtime_invocation){
                                 .id = i->id,
                                 .input = i->input,
                                 .function_arn = i->function_arn,
                                 .trace_id = trace_of(w->each, i->id),
                                 .deadline_ms = (world_now_us(world_real()) + left_us) / 1000,
                             });
}

static void end_as(struct slot *w, struct str error, struct str message, struct invocation_end *end)
{
    struct json_member members[] = {
        {str("errorType"), json_string(error)},
        {str("errorMessage"), json_string(message)},
    };

    *end = (struct invocation_end){.error = error,
                                   .cause = json_to_str(w->each, json_object(members, 2))};
}

// The type stands in the body, the cause is the body as it is.
static void end_failed(struct slot *w, struct str body, struct str type, struct invocation_end *end)
{
    struct json j = {0};
    bool read = json_parse(w->each, body, &json_limits_lenient, &j) == OK;

    scope_forgive(w->each);
    struct str named = json_text(json_member(j, "errorType"));
    struct str error = named.bytes ? named : type.bytes ? type : str("Lambda.Unknown");
    if (read && json_is(j, JSON_OBJECT))
        *end = (struct invocation_end){.error = error, .cause = body};
    else
        end_as(w, error, body, end);
}

bool slot_end_told(struct slot *w, const struct invocation *i, struct invocation_end *end)
{
    struct str body = {0};
    struct str type = {0};

    (void)i;
    switch (runtime_ended(w->runtime, &body, &type)) {
    case RUNTIME_RUNS:
        return false;
    case RUNTIME_RESPONSE:
        *end = (struct invocation_end){.output = body};
        return true;
    case RUNTIME_ERROR:
        end_failed(w, body, type, end);
        return true;
    case RUNTIME_TOO_LARGE:
        end_as(w, str("Function.ResponseSizeTooLarge"),
               str_format(w->each,
                          "Response payload size exceeded maximum allowed payload size (%d bytes).",
                          RUNTIME_PAYLOAD_BYTES_MAX),
               end);
        return true;
    }
    return false;
}

void slot_end_died(struct slot *w, const struct invocation *i, struct str how,
                   struct invocation_end *end)
{
    struct str message =
        how.bytes ? str_format(w->each, "RequestId: %.*s Error: Runtime exited with error: %.*s",
                               STR(i->id), STR(how))
                  : str_format(w->each,
                               "RequestId: %.*s Error: Runtime exited without providing a reason",
                               STR(i->id));

    end_as(w, str("Runtime.ExitError"), message, end);
}

void slot_end_late(struct slot *w, const struct invocation *i, struct invocation_end *end)
{
    end_as(w, str("Sandbox.Timedout"),
           str_format(w->each, "RequestId: %.*s Error: Task timed out after %.2f seconds",
                      STR(i->id), (double)w->options->timeout_us / 1e6),
           end);
}

void slot_end_unfit(struct slot *w, const struct invocation *i, struct str why,
                    struct invocation_end *end)
{
    (void)i;
    end_as(w, str("Lambda.Unknown"),
           str_format(w->each, "What the function returned cannot be passed on: %.*s", STR(why)),
           end);
}
