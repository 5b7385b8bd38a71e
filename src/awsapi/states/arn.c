// ARNs as requests name them: arn:aws:states:REGION:ACCOUNT:KIND:NAME[:REST].
#include "awsapi/states/states_impl.h"
#include "core/scope.h"

static bool has_word(const char *words, struct str word)
{
    struct str rest = str(words);

    while (rest.data)
        if (str_equal(str_cut(&rest, '|'), word))
            return true;
    return false;
}

static bool is_digits(struct str text, size_t bytes)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.bytes == bytes;
}

enum status asked_arn(struct scope *s, struct asked *a, const char *member, const char *kinds,
                      struct states_arn *out)
{
    struct str text = asked_text(a, member);
    struct str rest = text;

    if (!str_starts(text, str("arn:")))
        return fault(s, a, INVALID, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %.*s'",
                     STR(text));
    (void)str_cut(&rest, ':');
    bool sound = str_starts(str_cut(&rest, ':'), str("aws"));
    sound = str_is(str_cut(&rest, ':'), "states") && sound;
    sound = str_cut(&rest, ':').bytes > 0 && sound;
    sound = is_digits(str_cut(&rest, ':'), 12) && sound;
    *out = (struct states_arn){.text = text};
    out->kind = str_cut(&rest, ':');
    out->name = str_cut(&rest, ':');
    out->rest = rest;
    if (!sound || out->name.bytes == 0)
        return fault(s, a, INVALID, "InvalidArn", "Invalid Arn: '%.*s'", STR(text));
    if (!has_word(kinds, out->kind)) {
        return fault(s, a, INVALID, "InvalidArn",
                     "Invalid Arn: 'Resource type not valid in this context: %.*s'",
                     STR(out->kind));
    }
    return OK;
}

enum status asked_machine_arn(struct scope *s, struct asked *a, struct states_arn *out)
{
    TRY(asked_arn(s, a, "stateMachineArn", "stateMachine", out));
    if (out->rest.bytes)
        return fault(s, a, INVALID, "InvalidArn", "Invalid Arn: '%.*s'", STR(out->text));
    return OK;
}

// CreateStateMachine, name: no white space, no brackets, wildcards, special or control characters.
enum status states_name_check(struct scope *s, struct asked *a, struct str name)
{
    static const char refused[] = " <>{}[]?*\"#%\\^|~`$&,;:/";

    for (size_t i = 0; i < name.bytes; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < 0x20 || c == 0x7f || (c < 0x80 && memchr(refused, c, sizeof refused - 1)))
            return fault(s, a, INVALID, "InvalidName", "Invalid Name: '%.*s'", STR(name));
    }
    return OK;
}
