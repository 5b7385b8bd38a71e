#include "store/embedded/sealer.h"

#include "core/scope.h"
#include "sys/sim.h"
#include "test/harness.h"

static const uint8_t KEY[32] = {1, 2, 3};

static struct str seal_text(struct scope *s, struct sealer *sealer,
                            const struct sealer_place *place, struct str plain)
{
    char *out = scope_bytes(s, plain.bytes + SEALER_EXTRA_BYTES);

    return str_of(out, sealer_seal(sealer, place, plain, out));
}

static struct str long_text(struct scope *s, size_t bytes)
{
    char *text = scope_bytes(s, bytes);

    for (size_t i = 0; i < bytes; i++)
        text[i] = "a receipt has lines "[i % 20];
    return str_of(text, bytes);
}

TEST(sealed_content_opens_at_its_place_only)
{
    struct world *w = sim_new(1);
    struct sealer *sealer = sealer_new(w, KEY);
    const struct sealer_place home = {"things", str("p"), str("s"), 0};
    const struct sealer_place elsewhere[] = {
        {"other", str("p"), str("s"), 0},
        {"things", str("q"), str("s"), 0},
        {"things", str("p"), str("t"), 0},
        {"things", str("ps"), str(""), 0},
    };
    const size_t sizes[] = {0, 1, 63, 500, 3000, 20000, 300000};
    struct str back = {0};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct str plain = long_text(s, sizes[i]);
        struct str sealed = seal_text(s, sealer, &home, plain);
        EXPECT_OK(sealer_open(s, sealer, &home, sealed, &back));
        EXPECT(str_equal(back, plain));
        EXPECT(sizes[i] < 2000 || sealed.bytes < plain.bytes / 2);
        for (size_t j = 0; j < sizeof elsewhere / sizeof *elsewhere; j++)
            EXPECT_EQUAL(sealer_open(s, sealer, &elsewhere[j], sealed, &back), CORRUPT);
    }
    sealer_free(sealer);
    sim_free(w);
}

TEST(altered_content_does_not_open)
{
    struct world *w = sim_new(1);
    struct sealer *sealer = sealer_new(w, KEY);
    const struct sealer_place place = {"things", str("p"), str(""), 0};
    struct str sealed = seal_text(s, sealer, &place, str("content"));
    struct str back = {0};

    for (size_t i = 0; i < sealed.bytes; i++) {
        char *altered = str_z(s, sealed);
        altered[i] ^= 1;
        EXPECT_EQUAL(sealer_open(s, sealer, &place, str_of(altered, sealed.bytes), &back), CORRUPT);
        EXPECT_EQUAL(sealer_open(s, sealer, &place, str_slice(sealed, 0, i), &back), CORRUPT);
    }
    sealer_free(sealer);
    sim_free(w);
}

TEST(content_packed_with_a_dictionary_needs_it)
{
    struct world *w = sim_new(1);
    struct sealer *with = sealer_new(w, KEY);
    struct sealer *without = sealer_new(w, KEY);
    const struct sealer_place place = {"things", str("p"), str(""), 200};
    struct str back = {0};
    sealer_add_dictionary(with, 200, long_text(s, 5000));

    struct str sealed = seal_text(s, with, &place, long_text(s, 100));

    EXPECT(sealed.bytes < 90);
    EXPECT_OK(sealer_open(s, with, &place, sealed, &back));
    EXPECT(str_equal(back, long_text(s, 100)));
    EXPECT_EQUAL(sealer_open(s, without, &place, sealed, &back), CORRUPT);
    sealer_free(with);
    sealer_free(without);
    sim_free(w);
}
