#include "expr/jsonata.h"

#include "test/harness.h"

static const struct {
    const char *expression, *name;
    bool reads; // $s.e
} cases[] = {
    {"phone", "phone", false},
    {"phone.number", "phone", false},
    {"1 + a", "a", false},
    {"$x ? 1 : b", "b", false},
    {"{'k': c}", "c", false},
    {"[$x, (1; d)]", "d", false},
    {"$sum(e)", "e", false},
    {"$y := f.g", "f", false},
    {"`a b`", "a b", false},
    {"$x.phone", "", false},
    {"$x[phone = 1].y^(z){a: b}", "", false},
    {"$x.{'a': b}", "", false},
    {"$map($x, function($v) { $v.a })", "", false},
    {"$x ~> |a|{'b': c}|", "", false},
    {"'phone' & $s.input.e", "", false},
    {"$s.e", "", true},
    {"$x[$s.e.f = 1]", "", true},
    {"$x{$s.e: 1}", "", true},
    {"$map($x, function($v) { $v & $s.e })", "", true},
    {"$s.input.e", "", false},
};

TEST(what_an_expression_reads_is_found_without_running_it)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct jsonata *e = NULL;
        REQUIRE_OK(jsonata_compile(s, str(cases[i].expression), &e, NULL));
        EXPECT_STR(jsonata_input_name(e), cases[i].name);
        if (jsonata_reads(e, str("s"), str("e")) != cases[i].reads)
            EXPECT_STR(str(cases[i].expression), "");
    }
}
