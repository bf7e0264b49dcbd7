/* The little of a C library that libsodium and libzstd ask for, where there is none. Memory is an arena: the
   page marks its end before a call and releases back to the mark after it, so free() has nothing to do. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE_BYTES ((size_t) 65536)

extern uint8_t __heap_base;
static size_t arena_end;
int errno;

EXPORT("mark")
size_t mark(void)
{
    if (arena_end == 0) {
        arena_end = ((size_t) &__heap_base + 63) & ~(size_t) 63;
    }
    return arena_end;
}

/* Wipes what was allocated since the mark: keys and plaintext do not stay. */
EXPORT("release")
void release(size_t to)
{
    memset((void *) to, 0, mark() - to);
    arena_end = to;
}

EXPORT("allocate")
void *malloc(size_t size)
{
    size_t start = mark(), end = start + ((size + 63) & ~(size_t) 63), have;

    if (end < start) {
        return NULL;
    }
    have = __builtin_wasm_memory_size(0) * PAGE_BYTES;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE_BYTES - 1) / PAGE_BYTES) == SIZE_MAX) {
        return NULL;
    }
    arena_end = end;
    return (void *) start;
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    void *memory;

    if (__builtin_mul_overflow(count, size, &bytes) || (memory = malloc(bytes)) == NULL) {
        return NULL;
    }
    return memset(memory, 0, bytes);
}

void free(void *memory)
{
    (void) memory;
}

/* With bulk memory these builtins are single instructions, so none of them calls itself. */
void *memcpy(void *to, const void *from, size_t size) { return __builtin_memcpy(to, from, size); }
void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
void *memset(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

__attribute__((noreturn)) void abort(void)
{
    __builtin_trap();
}

__attribute__((noreturn)) void sodium_misuse(void)
{
    __builtin_trap();
}
