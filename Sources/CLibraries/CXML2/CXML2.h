// Debian's libxml2 is built with ICU, whose headers differ from those of the ICU that Foundation brings: a module that
// saw both would not compile. Nothing here uses a structure that they have a part in.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>
