// The metaschemas of draft 2020-12, by their URIs: facts of the standard, written compactly.
#include "expr/schema_compile_impl.h"

#define HEAD(name, title)                                                                          \
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","                               \
    "\"$id\":\"https://json-schema.org/draft/2020-12/" name "\","                                  \
    "\"$dynamicAnchor\":\"meta\",\"title\":\"" title "\",\"type\":[\"object\",\"boolean\"],"
#define META "{\"$dynamicRef\":\"#meta\"}"
#define MAP_OF_META "{\"type\":\"object\",\"additionalProperties\":" META "}"

static const char schema_text[] = HEAD(
    "schema",
    "Core and Validation specifications meta-schema") "\"$vocabulary\":{"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/core\":true,"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/applicator\":true,"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/unevaluated\":true,"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/validation\":true,"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/meta-data\":true,"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/format-annotation\":true,"
                                                      "\"https://json-schema.org/draft/2020-12/"
                                                      "vocab/content\":true},"
                                                      "\"allOf\":[{\"$ref\":\"meta/"
                                                      "core\"},{\"$ref\":\"meta/applicator\"},"
                                                      "{\"$ref\":\"meta/"
                                                      "unevaluated\"},{\"$ref\":\"meta/"
                                                      "validation\"},{\"$ref\":\"meta/meta-data\"},"
                                                      "{\"$ref\":\"meta/"
                                                      "format-annotation\"},{\"$ref\":\"meta/"
                                                      "content\"}],"
                                                      "\"properties\":{"
                                                      "\"definitions\":{\"type\":\"object\","
                                                      "\"additionalProperties\":" META
                                                      ",\"deprecated\":true,\"default\":{}},"
                                                      "\"dependencies\":{\"type\":\"object\","
                                                      "\"additionalProperties\":{\"anyOf\":[" META
                                                      ",{\"$ref\":\"meta/validation#/$defs/"
                                                      "stringArray\"}]},\"deprecated\":true,"
                                                      "\"default\":{}},"
                                                      "\"$recursiveAnchor\":{\"$ref\":\"meta/core#/"
                                                      "$defs/anchorString\",\"deprecated\":true},"
                                                      "\"$recursiveRef\":{\"$ref\":\"meta/core#/"
                                                      "$defs/"
                                                      "uriReferenceString\",\"deprecated\":true}}}";

static const char core_text[] =
    HEAD("meta/core",
         "Core vocabulary meta-schema") "\"properties\":{"
                                        "\"$id\":{\"$ref\":\"#/$defs/"
                                        "uriReferenceString\",\"pattern\":\"^[^#]*#?$\"},"
                                        "\"$schema\":{\"$ref\":\"#/$defs/uriString\"},"
                                        "\"$ref\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
                                        "\"$anchor\":{\"$ref\":\"#/$defs/anchorString\"},"
                                        "\"$dynamicRef\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
                                        "\"$dynamicAnchor\":{\"$ref\":\"#/$defs/anchorString\"},"
                                        "\"$vocabulary\":{\"type\":\"object\",\"propertyNames\":{"
                                        "\"$ref\":\"#/$defs/uriString\"},"
                                        "\"additionalProperties\":{\"type\":\"boolean\"}},"
                                        "\"$comment\":{\"type\":\"string\"},"
                                        "\"$defs\":" MAP_OF_META "},"
                                        "\"$defs\":{"
                                        "\"anchorString\":{\"type\":\"string\",\"pattern\":\"^[A-"
                                        "Za-z_][-A-Za-z0-9._]*$\"},"
                                        "\"uriString\":{\"type\":\"string\",\"format\":\"uri\"},"
                                        "\"uriReferenceString\":{\"type\":\"string\",\"format\":"
                                        "\"uri-reference\"}}}";

static const char applicator_text[] =
    HEAD("meta/applicator",
         "Applicator vocabulary meta-schema") "\"properties\":{"
                                              "\"prefixItems\":{\"$ref\":\"#/$defs/"
                                              "schemaArray\"},\"items\":" META ",\"contains\":" META
                                              ",\"additionalProperties\":" META ","
                                              "\"properties\":{\"type\":\"object\","
                                              "\"additionalProperties\":" META ",\"default\":{}},"
                                              "\"patternProperties\":{\"type\":\"object\","
                                              "\"additionalProperties\":" META
                                              ",\"propertyNames\":{\"format\":\"regex\"},"
                                              "\"default\":{}},"
                                              "\"dependentSchemas\":{\"type\":\"object\","
                                              "\"additionalProperties\":" META ",\"default\":{}},"
                                              "\"propertyNames\":" META ",\"if\":" META
                                              ",\"then\":" META ",\"else\":" META ","
                                              "\"allOf\":{\"$ref\":\"#/$defs/"
                                              "schemaArray\"},\"anyOf\":{\"$ref\":\"#/$defs/"
                                              "schemaArray\"},"
                                              "\"oneOf\":{\"$ref\":\"#/$defs/"
                                              "schemaArray\"},\"not\":" META "},"
                                              "\"$defs\":{\"schemaArray\":{\"type\":\"array\","
                                              "\"minItems\":1,\"items\":" META "}}}";

static const char unevaluated_text[] = HEAD(
    "meta/unevaluated",
    "Unevaluated applicator vocabulary meta-schema") "\"properties\":{\"unevaluatedItems\":" META
                                                     ",\"unevaluatedProperties\":" META "}}";

static const char validation_text[] = HEAD(
    "meta/validation",
    "Validation vocabulary meta-schema") "\"properties\":{"
                                         "\"type\":{\"anyOf\":[{\"$ref\":\"#/$defs/"
                                         "simpleTypes\"},{\"type\":\"array\","
                                         "\"items\":{\"$ref\":\"#/$defs/"
                                         "simpleTypes\"},\"minItems\":1,\"uniqueItems\":true}]},"
                                         "\"const\":true,\"enum\":{\"type\":\"array\",\"items\":"
                                         "true},"
                                         "\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum\":"
                                         "0},"
                                         "\"maximum\":{\"type\":\"number\"},\"exclusiveMaximum\":{"
                                         "\"type\":\"number\"},"
                                         "\"minimum\":{\"type\":\"number\"},\"exclusiveMinimum\":{"
                                         "\"type\":\"number\"},"
                                         "\"maxLength\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},"
                                         "\"minLength\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeIntegerDefault0\"},"
                                         "\"pattern\":{\"type\":\"string\",\"format\":\"regex\"},"
                                         "\"maxItems\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},"
                                         "\"minItems\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeIntegerDefault0\"},"
                                         "\"uniqueItems\":{\"type\":\"boolean\",\"default\":false},"
                                         "\"maxContains\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeInteger\"},"
                                         "\"minContains\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeInteger\",\"default\":1},"
                                         "\"maxProperties\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeInteger\"},"
                                         "\"minProperties\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeIntegerDefault0\"},"
                                         "\"required\":{\"$ref\":\"#/$defs/stringArray\"},"
                                         "\"dependentRequired\":{\"type\":\"object\","
                                         "\"additionalProperties\":{\"$ref\":\"#/$defs/"
                                         "stringArray\"}}},"
                                         "\"$defs\":{"
                                         "\"nonNegativeInteger\":{\"type\":\"integer\",\"minimum\":"
                                         "0},"
                                         "\"nonNegativeIntegerDefault0\":{\"$ref\":\"#/$defs/"
                                         "nonNegativeInteger\",\"default\":0},"
                                         "\"simpleTypes\":{\"enum\":[\"array\",\"boolean\","
                                         "\"integer\",\"null\",\"number\",\"object\","
                                         "\"string\"]},"
                                         "\"stringArray\":{\"type\":\"array\",\"items\":{\"type\":"
                                         "\"string\"},\"uniqueItems\":true,"
                                         "\"default\":[]}}}";

static const char meta_data_text[] = HEAD(
    "meta/meta-data",
    "Meta-data vocabulary meta-schema") "\"properties\":{\"title\":{\"type\":\"string\"},"
                                        "\"description\":{\"type\":\"string\"},"
                                        "\"default\":true,\"deprecated\":{\"type\":\"boolean\","
                                        "\"default\":false},"
                                        "\"readOnly\":{\"type\":\"boolean\",\"default\":false},"
                                        "\"writeOnly\":{\"type\":\"boolean\",\"default\":false},"
                                        "\"examples\":{\"type\":\"array\",\"items\":true}}}";

static const char format_annotation_text[] =
    HEAD("meta/format-annotation",
         "Format vocabulary meta-schema for annotation results") "\"properties\":{\"format\":{"
                                                                 "\"type\":\"string\"}}}";

static const char format_assertion_text[] =
    HEAD("meta/format-assertion",
         "Format vocabulary meta-schema for assertion results") "\"properties\":{\"format\":{"
                                                                "\"type\":\"string\"}}}";

static const char content_text[] = HEAD(
    "meta/content",
    "Content vocabulary meta-schema") "\"properties\":{\"contentEncoding\":{\"type\":\"string\"},"
                                      "\"contentMediaType\":{\"type\":\"string\"},"
                                      "\"contentSchema\":" META "}}";

const char *schema_metaschema(struct str uri)
{
    static const char prefix[] = "https://json-schema.org/draft/2020-12/";
    static const struct {
        const char *name;
        const char *text;
    } metaschemas[] = {
        {"schema", schema_text},
        {"meta/core", core_text},
        {"meta/applicator", applicator_text},
        {"meta/unevaluated", unevaluated_text},
        {"meta/validation", validation_text},
        {"meta/meta-data", meta_data_text},
        {"meta/format-annotation", format_annotation_text},
        {"meta/format-assertion", format_assertion_text},
        {"meta/content", content_text},
    };
    if (!str_starts(uri, str(prefix)))
        return NULL;
    struct str name = str_slice(uri, sizeof prefix - 1, uri.bytes);
    for (size_t i = 0; i < sizeof metaschemas / sizeof *metaschemas; i++)
        if (str_is(name, metaschemas[i].name))
            return metaschemas[i].text;
    return NULL;
}
