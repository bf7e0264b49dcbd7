/* The whole interface between the page and libsodium and libzstd: four functions over plain pointers and
   32-bit lengths, so that JavaScript needs no BigInt and calls once a chunk, not once a message. */

#include <sodium.h>
#include <zstd.h>

#define EXPORT(name) __attribute__((export_name(name)))

enum {
    MESSAGE_BYTES = 262144,
    HEADER_BYTES = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    SEAL_BYTES = crypto_secretstream_xchacha20poly1305_ABYTES,
    ASSOCIATED_BYTES = 18, /* format version, vault or share id, role */
};

/* Opens a sealed chunk. Returns the length of the plaintext, or -1 when anything at all is not as it was
   sealed: a message, its tag, the place of TAG_FINAL, the length. Then `plaintext` must not be used. */
EXPORT("open_sealed")
int open_sealed(uint8_t *plaintext, const uint8_t *sealed, uint32_t length, const uint8_t *key,
                const uint8_t *associated)
{
    crypto_secretstream_xchacha20poly1305_state state;
    const uint8_t *message = sealed + HEADER_BYTES;
    uint32_t left, written = 0;

    if (length < HEADER_BYTES + SEAL_BYTES ||
        crypto_secretstream_xchacha20poly1305_init_pull(&state, sealed, key) != 0) {
        return -1;
    }
    for (left = length - HEADER_BYTES; left > 0;) {
        uint32_t size = left < MESSAGE_BYTES + SEAL_BYTES ? left : MESSAGE_BYTES + SEAL_BYTES;
        unsigned char tag, expected;

        /* Only an empty plaintext has an empty message. */
        if (size < SEAL_BYTES || (size == SEAL_BYTES && written > 0) ||
            crypto_secretstream_xchacha20poly1305_pull(&state, plaintext + written, NULL, &tag, message, size,
                                                       associated, ASSOCIATED_BYTES) != 0) {
            return -1;
        }
        message += size;
        left -= size;
        written += size - SEAL_BYTES;
        expected = left == 0 ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
        if (tag != expected) {
            return -1;
        }
    }
    return (int) written;
}

/* HKDF-Expand (RFC 5869) with SHA-256 and one block: 32 bytes from a key of 32. */
EXPORT("subkey")
void subkey(uint8_t *out, const uint8_t *key, const uint8_t *info, uint32_t info_length)
{
    static const uint8_t block = 1;
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, 32);
    crypto_auth_hmacsha256_update(&state, info, info_length);
    crypto_auth_hmacsha256_update(&state, &block, 1);
    crypto_auth_hmacsha256_final(&state, out);
}

/* Argon2id 1.3, 64 bytes. Returns 0, or -1 when the memory is not to be had. */
EXPORT("stretch_password")
int stretch_password(uint8_t *out, const char *password, uint32_t length, const uint8_t *salt, uint32_t passes,
                     uint32_t memory)
{
    return crypto_pwhash_argon2id(out, 64, password, length, salt, passes, memory,
                                  crypto_pwhash_argon2id_ALG_ARGON2ID13);
}

/* The content size that a single Zstandard frame of exactly `length` bytes states, or -1. */
EXPORT("frame_size")
int frame_size(const uint8_t *frame, uint32_t length)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame, length);

    if (ZSTD_findFrameCompressedSize(frame, length) != length || size > 0x7fffffff) {
        return -1; /* ZSTD_CONTENTSIZE_UNKNOWN and _ERROR are the greatest numbers */
    }
    return (int) size;
}

/* Decompresses one frame to exactly `size` bytes: 0, or -1. A frame that would give more is stopped. */
EXPORT("decompress")
int decompress(uint8_t *out, uint32_t size, const uint8_t *frame, uint32_t length)
{
    return ZSTD_findFrameCompressedSize(frame, length) == length &&
                   ZSTD_decompress(out, size, frame, length) == size
               ? 0
               : -1;
}
