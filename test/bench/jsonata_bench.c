// What JSONata costs on a receipt of ten lines, as the rules and the mapping of a receipt type use
// it. `make bench-expr` prints one line a measurement, in microseconds of CPU; the best of several
// rounds, since others share the machine. With --list it prints the expressions and the receipt as
// JSON lines instead, for jsonata.mjs, which measures npm's jsonata on them.
#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "expr/jsonata.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 15, TURNS = 4000, SCOPE_BYTES_MAX = 16 << 20, LINES = 10 };

static const struct {
    const char *what;
    const char *expression;
} measures[] = {
    {"comparison of five members", "total = net + rounding + vat[0].amount"},
    {"total of ten lines", "$round($sum(lines.(quantity * unitPrice)), 2) = total"},
    {"filter and count", "$count(lines[vatRate = 12 and amount > 100]) < 10"},
    {"mapping object", "{'client': client, 'date': $substring(issuedAt, 0, 10), 'number': number, "
                       "'total': total, 'currency': currency, "
                       "'lines': lines.{'sku': sku, 'amount': amount}}"},
    {"map with a lambda", "$map(lines, function($l) { $l.quantity * $l.unitPrice })"},
    {"text", "'Receipt ' & number & ' of ' & $string(total) & ' ' & currency"},
};

static struct str receipt(struct scope *s)
{
    struct buf out = buf_make(s, 1 << 16);

    buf_put_z(&out, "{\"number\":\"TR-00012345\",\"client\":\"client-4711\",\"currency\":\"SEK\","
                    "\"issuedAt\":\"2026-03-04T15:16:17.250+01:00\",\"lines\":[");
    for (unsigned i = 0; i < LINES; i++) {
        buf_format(&out,
                   "%s{\"sku\":\"731000%u0123\",\"name\":\"Kaffe m\xc3\xb6rkrost 450 g nr %u\","
                   "\"quantity\":%u,\"unitPrice\":49.90,\"amount\":%u.80,\"vatRate\":12}",
                   i ? "," : "", i, i, i + 1, 99 + i);
    }
    buf_put_z(&out, "],\"vat\":[{\"rate\":12,\"base\":445.54,\"amount\":53.46}],"
                    "\"total\":599.00,\"net\":525.54,\"rounding\":0.00}");
    return buf_str(&out);
}

static double cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

// Runs one expression many times, or only compiles it when `compiled` is NULL.
static enum status run(struct scope *s, const char *text, const struct jsonata *compiled,
                       struct json input)
{
    struct json out = {0};

    if (!compiled)
        return jsonata_compile(s, str(text), &compiled, NULL);
    return jsonata_evaluate(s, compiled, input, NULL, &out, NULL);
}

static double measure(const char *text, const struct jsonata *compiled, struct json input)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double from = cpu_us();
        for (int turn = 0; turn < TURNS; turn++) {
            if (run(s, text, compiled, input) != OK)
                (void)printf("%.*s\n", STR(scope_why(s)));
            scope_reset(s);
        }
        double each = (cpu_us() - from) / TURNS;
        best = each < best ? each : best;
    }
    scope_close(s);
    return best;
}

static void list(struct json input, struct scope *s)
{
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        struct json_member members[] = {
            {str("what"), json_string(str(measures[i].what))},
            {str("expression"), json_string(str(measures[i].expression))},
            {str("input"), input},
        };
        (void)printf("%.*s\n", STR(json_to_str(s, json_object(members, 3))));
    }
}

int main(int argc, char **argv)
{
    struct scope *s = scope_open(SCOPE_BYTES_MAX);
    struct json input = {0};

    if (json_parse(s, receipt(s), &json_limits_strict, &input) != OK)
        return 1;
    if (argc > 1 && str_is(str(argv[1]), "--list")) {
        list(input, s);
        scope_close(s);
        return 0;
    }
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        const char *text = measures[i].expression;
        const struct jsonata *compiled = NULL;
        if (jsonata_compile(s, str(text), &compiled, NULL) != OK)
            return 1;
        (void)printf("{\"what\":\"JSONata: %s\",\"cpu_us\":%.2f,\"compile_us\":%.2f}\n",
                     measures[i].what, measure(text, compiled, input), measure(text, NULL, input));
    }
    scope_close(s);
    return 0;
}
