// What a revision was opened on, for the folder's own modules.
#ifndef SHEAF_DOCUMENT_PDF_REVISION_IMPL_H
#define SHEAF_DOCUMENT_PDF_REVISION_IMPL_H

struct opened;
struct revision;

struct opened *revision_opened(const struct revision *r);

#endif
