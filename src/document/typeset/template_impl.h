// A compiled template, for the files of this folder.
#ifndef SHEAF_DOCUMENT_TYPESET_TEMPLATE_IMPL_H
#define SHEAF_DOCUMENT_TYPESET_TEMPLATE_IMPL_H

#include "document/typeset/blocks_impl.h"
#include "document/typeset/front_impl.h"
#include "document/typeset/source_impl.h"

struct line_text { // a line of the front matter that may have fields
    struct source source;
    struct pieces pieces;
};

struct template
{
    struct front front;
    struct source source;
    struct block *blocks; // a GROUP
    struct line_text title, header, first_header, footer;
};

#endif
