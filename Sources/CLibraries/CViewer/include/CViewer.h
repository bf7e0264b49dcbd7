/// The web viewer, viewer/viewer.html, as part of the program: a program that is linked statically is to run without any
/// file beside it.
#pragma once
#include <stddef.h>

/// The page's bytes. Functions, because Swift imports no array whose length its header does not tell.
const unsigned char *cviewer_page(void);
size_t cviewer_page_byte_count(void);
