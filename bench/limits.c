/* What this machine can do at best: the C functions that the program stands on, called from plain C, each on one
 * core, in the sizes in which the program calls them.
 *
 *   limits secretstream|sha256|hmac|copy MEBIBYTES      prints processor and wall seconds
 *   limits read MEBIBYTES <FILE                         reads the files named in FILE, one a line, so far
 *   limits write MEBIBYTES <FILE                        writes as much into the files named in FILE, and syncs them
 *   limits put BYTES <FILE                              puts BYTES to each of the presigned URLs in FILE, one a line
 *   limits get <FILE                                    gets each of them
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 256 << 10, CHUNK = 4 << 20 };

static void fail(const char *what) {
    fprintf(stderr, "limits: error: %s\n", what);
    exit(1);
}

static char line[8192];

/* The next line of standard input, without its end; NULL behind the last. */
static char *next_line(void) {
    if (fgets(line, sizeof line, stdin) == NULL) return NULL;
    line[strcspn(line, "\n")] = 0;
    return line;
}

static double processor_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A chunk's messages, each from and into memory that stays in the cache. */
static void secretstream(const unsigned char *input, unsigned char *output, size_t pieces) {
    crypto_secretstream_xchacha20poly1305_state state;
    unsigned char key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    crypto_secretstream_xchacha20poly1305_keygen(key);
    crypto_secretstream_xchacha20poly1305_init_push(&state, header, key);
    for (size_t piece = 0; piece < pieces; piece++)
        crypto_secretstream_xchacha20poly1305_push(&state, output, NULL, input, PIECE, NULL, 0, 0);
}

static void sha256(const unsigned char *input, unsigned char *output, size_t pieces) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t piece = 0; piece < pieces; piece++) EVP_DigestUpdate(context, input, PIECE);
    EVP_DigestFinal_ex(context, output, NULL);
    EVP_MD_CTX_free(context);
}

static void hmac(const unsigned char *input, unsigned char *output, size_t pieces) {
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithm);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA256", 0), OSSL_PARAM_construct_end()};
    size_t length = 0;
    EVP_MAC_init(context, input, 32, parameters);
    for (size_t piece = 0; piece < pieces; piece++) EVP_MAC_update(context, input, PIECE);
    EVP_MAC_final(context, output, &length, 32);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(algorithm);
}

/* From chunk to chunk, which no cache holds. */
static void copy(const unsigned char *input, unsigned char *output, size_t pieces) {
    for (size_t piece = 0; piece < pieces; piece++) {
        size_t offset = piece * PIECE % (16 * CHUNK);
        memcpy(output + offset, input + offset, PIECE);
    }
}

struct body {
    const char *bytes;
    size_t count, sent;
};

static size_t read_body(char *buffer, size_t size, size_t count, void *user) {
    struct body *body = user;
    size_t length = body->count - body->sent < size * count ? body->count - body->sent : size * count;
    memcpy(buffer, body->bytes + body->sent, length);
    body->sent += length;
    return length;
}

static size_t discard(char *bytes, size_t size, size_t count, void *user) {
    (void)bytes, (void)user;
    return size * count;
}

/* One connection, one object after the other. */
static void transfer(CURLoption verb, size_t byte_count) {
    struct body body = {calloc(1, byte_count + 1), byte_count, 0};
    const char *authority = getenv("LIMITS_CA_FILE");
    randombytes_buf((void *)body.bytes, byte_count);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, verb, 1L);
    if (authority != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, authority);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 512L << 10);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    if (verb == CURLOPT_UPLOAD) {
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, &body);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)byte_count);
    }
    for (char *url; (url = next_line()) != NULL;) {
        body.sent = 0;
        curl_easy_setopt(easy, CURLOPT_URL, url);
        CURLcode code = curl_easy_perform(easy);
        if (code != CURLE_OK) fail(curl_easy_strerror(code));
    }
    curl_easy_cleanup(easy);
}

/* Chunk by chunk into the same memory, as the program does. */
static void read_files(unsigned char *output, size_t byte_count) {
    for (char *path; byte_count > 0 && (path = next_line()) != NULL;) {
        int descriptor = open(path, O_RDONLY);
        if (descriptor < 0) fail(path);
        for (ssize_t got; byte_count > 0 && (got = read(descriptor, output, CHUNK)) > 0;)
            byte_count -= (size_t)got < byte_count ? (size_t)got : byte_count;
        close(descriptor);
    }
    if (byte_count > 0) fail("the files are too short");
}

/* The same for every file: chunk by chunk, then fsync, which is what a restore or a put into a folder does. */
static void write_files(const unsigned char *input, size_t byte_count) {
    for (char *path; (path = next_line()) != NULL;) {
        int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (descriptor < 0) fail(path);
        for (size_t done = 0; done < byte_count; done += CHUNK)
            if (write(descriptor, input, CHUNK) != CHUNK) fail(path);
        if (fsync(descriptor) != 0 || close(descriptor) != 0) fail(path);
    }
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*run)(const unsigned char *, unsigned char *, size_t);
    } functions[] = {{"secretstream", secretstream}, {"sha256", sha256}, {"hmac", hmac}, {"copy", copy}};
    if (count < 2 || sodium_init() < 0) fail("what is to be measured?");
    size_t amount = count > 2 ? strtoul(arguments[2], NULL, 10) : 0;
    unsigned char *input = malloc(17 * CHUNK), *output = malloc(17 * CHUNK);
    randombytes_buf(input, 17 * CHUNK);
    memset(output, 0, 17 * CHUNK);

    double processor = processor_seconds(), wall = wall_seconds();
    if (strcmp(arguments[1], "put") == 0) {
        transfer(CURLOPT_UPLOAD, amount);
    } else if (strcmp(arguments[1], "get") == 0) {
        transfer(CURLOPT_HTTPGET, 0);
    } else if (strcmp(arguments[1], "read") == 0) {
        read_files(output, amount << 20);
    } else if (strcmp(arguments[1], "write") == 0) {
        write_files(input, amount << 20);
    } else {
        size_t index = 0;
        while (index < 4 && strcmp(arguments[1], functions[index].name) != 0) index++;
        if (index == 4 || amount == 0) fail("no such measurement");
        functions[index].run(input, output, amount * ((1 << 20) / PIECE));
    }
    printf("%.6f %.6f\n", processor_seconds() - processor, wall_seconds() - wall);
    return 0;
}
