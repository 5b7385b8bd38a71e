// What the build embedded is found by its path, and lies in order.
#include "core/asset.h"

#include "test/harness.h"

TEST(an_asset_has_the_bytes_of_its_file)
{
    const struct asset *a = asset_find(str("docs/openapi.json"));

    REQUIRE(a);
    EXPECT(str_starts(asset_text(a), str("{")));
    EXPECT(a->data[a->bytes] == '\0');
    EXPECT(a->bytes > 2);
}

TEST(what_was_not_embedded_is_not_found)
{
    EXPECT(!asset_find(str("docs/openapi")));
    EXPECT(!asset_find(str("docs/openapi.json/")));
    EXPECT(!asset_find(str("")));
    EXPECT(!asset_find(str("~")));
}

TEST(every_asset_is_found_and_the_walk_meets_all_in_order)
{
    size_t count = 0;
    const struct asset *before = NULL;

    for (const struct asset *a = asset_next(str(""), NULL); a; a = asset_next(str(""), a)) {
        EXPECT(asset_find(str(a->path)) == a);
        EXPECT(!before || str_compare(str(before->path), str(a->path)) < 0);
        before = a;
        count++;
    }
    EXPECT_EQUAL(count, assets_count);
}

TEST(a_walk_of_a_folder_ends_with_the_folder)
{
    for (const struct asset *a = asset_next(str("docs/"), NULL); a; a = asset_next(str("docs/"), a))
        EXPECT(str_starts(str(a->path), str("docs/")));
    EXPECT(!asset_next(str("no such folder/"), NULL));
}
