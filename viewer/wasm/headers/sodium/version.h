#pragma once
/* What libsodium's configure would write; the page asks for no version. */
#define SODIUM_VERSION_STRING "1.0.18"
#define SODIUM_LIBRARY_VERSION_MAJOR 10
#define SODIUM_LIBRARY_VERSION_MINOR 3
#define SODIUM_LIBRARY_MINIMAL 1
