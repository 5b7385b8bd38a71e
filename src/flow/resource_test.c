#include "flow/resource.h"

#include "test/harness.h"

static const struct {
    const char *text;
    bool is;
    enum resource_kind kind;
    enum resource_pattern pattern;
    const char *name, *service, *action, *action_named;
} cases[] = {
    {"arn:aws:lambda:eu-north-1:123456789012:function:sign", true, RESOURCE_FUNCTION,
     PATTERN_REQUEST, "sign", "", "", ""},
    {"arn:aws-cn:lambda:cn-north-1:123456789012:function:sign:7", true, RESOURCE_FUNCTION,
     PATTERN_REQUEST, "sign", "", "", ""},
    {"arn:aws:states:eu-north-1:123456789012:activity:read", true, RESOURCE_ACTIVITY,
     PATTERN_REQUEST, "read", "", "", ""},
    {"arn:aws:states:::lambda:invoke", true, RESOURCE_INTEGRATION, PATTERN_REQUEST, "", "lambda",
     "invoke", "invoke"},
    {"arn:aws:states:::sqs:sendMessage.waitForTaskToken", true, RESOURCE_INTEGRATION, PATTERN_TOKEN,
     "", "sqs", "sendMessage", "sendMessage.waitForTaskToken"},
    {"arn:aws:states:::states:startExecution.sync:2", true, RESOURCE_INTEGRATION, PATTERN_SYNC_2,
     "", "states", "startExecution", "startExecution.sync:2"},
    {"arn:aws:states:::glue:startJobRun.sync", true, RESOURCE_INTEGRATION, PATTERN_SYNC, "", "glue",
     "startJobRun", "startJobRun.sync"},
    {"arn:aws:states:::aws-sdk:dynamodb:putItem", true, RESOURCE_INTEGRATION, PATTERN_REQUEST, "",
     "aws-sdk:dynamodb", "putItem", "putItem"},
    {"arn:aws:states:::lambda", false, RESOURCE_INTEGRATION, PATTERN_REQUEST, "", "", "", ""},
    {"arn:aws:states:::.sync", false, RESOURCE_INTEGRATION, PATTERN_REQUEST, "", "", "", ""},
    {"arn:aws:states:::sqs:.sync", false, RESOURCE_INTEGRATION, PATTERN_REQUEST, "", "", "", ""},
    {"arn:aws:states:eu-north-1:123456789012:activity:", false, RESOURCE_ACTIVITY, PATTERN_REQUEST,
     "", "", "", ""},
    {"arn:aws:lambda:eu-north-1:123456789012:layer:x", false, RESOURCE_FUNCTION, PATTERN_REQUEST,
     "", "", "", ""},
    {"arn:aws:sqs:eu-north-1:123456789012:queue", false, RESOURCE_FUNCTION, PATTERN_REQUEST, "", "",
     "", ""},
    {"sign", false, RESOURCE_FUNCTION, PATTERN_REQUEST, "", "", "", ""},
    {"", false, RESOURCE_FUNCTION, PATTERN_REQUEST, "", "", "", ""},
};

TEST(a_resource_is_a_function_an_activity_or_an_action_of_a_service)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct resource r;
        EXPECT(resource_parse(str(cases[i].text), &r) == cases[i].is);
        EXPECT_STR(r.text, cases[i].text);
        if (!cases[i].is)
            continue;
        EXPECT_EQUAL(r.kind, cases[i].kind);
        EXPECT_EQUAL(r.pattern, cases[i].pattern);
        EXPECT_STR(r.name, cases[i].name);
        EXPECT_STR(r.service, cases[i].service);
        EXPECT_STR(r.action, cases[i].action);
        EXPECT_STR(r.action_named, cases[i].action_named);
    }
}
