#include "CViewer.h"

// The compiler reads the page itself, so there is no copy of it to be kept equal. #embed is C23's.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char page[] = {
#embed "../../../viewer/viewer.html"
};

const unsigned char *cviewer_page(void) { return page; }
size_t cviewer_page_byte_count(void) { return sizeof page; }
