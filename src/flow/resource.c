#include "flow/resource.h"

// Of an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:REST.
struct arn {
    struct str partition, service, region, account, rest;
};

static bool arn_cut(struct str text, struct arn *out)
{
    if (!str_is(str_cut(&text, ':'), "arn"))
        return false;
    out->partition = str_cut(&text, ':');
    out->service = str_cut(&text, ':');
    out->region = str_cut(&text, ':');
    out->account = str_cut(&text, ':');
    out->rest = text;
    return out->partition.bytes > 0 && text.bytes > 0;
}

static bool function_parse(const struct arn *arn, struct resource *out)
{
    struct str rest = arn->rest;

    if (!str_is(str_cut(&rest, ':'), "function"))
        return false;
    out->kind = RESOURCE_FUNCTION;
    out->name = str_cut(&rest, ':');
    return out->name.bytes > 0;
}

static bool activity_parse(const struct arn *arn, struct resource *out)
{
    struct str rest = arn->rest;

    if (!str_is(str_cut(&rest, ':'), "activity"))
        return false;
    out->kind = RESOURCE_ACTIVITY;
    out->name = rest;
    return rest.bytes > 0;
}

static const struct {
    const char *text;
    enum resource_pattern pattern;
} patterns[] = {
    {".sync:2", PATTERN_SYNC_2},
    {".sync", PATTERN_SYNC},
    {".waitForTaskToken", PATTERN_TOKEN},
};

// Returns where the action begins: after the colon before it, where ".sync:2" has one of its own.
static size_t action_begin(struct str rest)
{
    for (size_t i = rest.bytes; i > 0; i--)
        if (rest.data[i - 1] == ':')
            return i;
    return 0;
}

static bool integration_parse(const struct arn *arn, struct resource *out)
{
    struct str rest = arn->rest;
    struct str pattern = {0};

    out->kind = RESOURCE_INTEGRATION;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns && pattern.bytes == 0; i++) {
        if (!str_ends(rest, str(patterns[i].text)))
            continue;
        out->pattern = patterns[i].pattern;
        pattern = str(patterns[i].text);
    }
    size_t begin = action_begin(str_slice(rest, 0, rest.bytes - pattern.bytes));
    if (begin == 0)
        return false;
    out->service = str_slice(rest, 0, begin - 1);
    out->action_named = str_slice(rest, begin, rest.bytes);
    out->action = str_slice(rest, begin, rest.bytes - begin - pattern.bytes);
    return out->service.bytes > 0 && out->action.bytes > 0;
}

bool resource_parse(struct str text, struct resource *out)
{
    struct arn arn;

    *out = (struct resource){.text = text};
    if (!arn_cut(text, &arn))
        return false;
    if (str_is(arn.service, "lambda"))
        return function_parse(&arn, out);
    if (!str_is(arn.service, "states"))
        return false;
    if (arn.region.bytes == 0 && arn.account.bytes == 0)
        return integration_parse(&arn, out);
    return activity_parse(&arn, out);
}
