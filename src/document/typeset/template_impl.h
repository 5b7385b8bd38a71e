// A compiled template, for the files of this folder.
#ifndef SHEAF_DOCUMENT_TYPESET_TEMPLATE_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_TEMPLATE_IMPL_H

#include "document/typeset/blocks_impl.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/source_impl.h"

struct drawing;
struct stock;

enum { EDGE_PARTS_MAX = 6 };

struct edge_part {
    const struct source *source;
    struct pieces pieces;
};

struct edge_line {
    struct edge_part parts[EDGE_PARTS_MAX];
    size_t count;
};

struct edge_lines { // a header, a footer
    struct edge_line items[FRONT_LINES_MAX];
    size_t count;
};

struct template
{
    struct front front;
    struct source source;
    struct block *blocks; // a GROUP
    struct edge_lines title, header, first_header, footer;
    struct stock *stock;
    const struct drawing *logo;
    int32_t logo_height_mp;
};

#endif
