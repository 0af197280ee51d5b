/* SM3 through OpenSSL's EVP interface. */
#include "base/sm3.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct sm3 {
    EVP_MD *digest;
    EVP_MD_CTX *state;
};

struct sm3 *sm3_open(void)
{
    struct sm3 *s = malloc(sizeof *s);
    CHECK(s != NULL);
    s->digest = EVP_MD_fetch(NULL, "SM3", NULL);
    s->state = EVP_MD_CTX_new();
    CHECK(s->digest && s->state);
    return s;
}

void sm3_close(struct sm3 *s)
{
    if (!s) return;
    EVP_MD_CTX_free(s->state);
    EVP_MD_free(s->digest);
    free(s);
}

void sm3_start(struct sm3 *s)
{
    CHECK(EVP_DigestInit_ex2(s->state, s->digest, NULL) == 1);
}

void sm3_add(struct sm3 *s, str bytes)
{
    CHECK(EVP_DigestUpdate(s->state, bytes.at, bytes.len) == 1);
}

void sm3_end(struct sm3 *s, uint8_t out[SM3_BYTES])
{
    unsigned count = 0;
    CHECK(EVP_DigestFinal_ex(s->state, out, &count) == 1 && count == SM3_BYTES);
}

void hex_write(char *out, const uint8_t *bytes, size_t count)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digit[bytes[i] >> 4];
        out[2 * i + 1] = digit[bytes[i] & 15];
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool hex_read(str hex, uint8_t *out, size_t count)
{
    if (hex.len != count * 2) return false;
    for (size_t i = 0; i < hex.len; i++)
        if (hex_digit(hex.at[i]) < 0) return false;
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)(hex_digit(hex.at[2 * i]) * 16 + hex_digit(hex.at[2 * i + 1]));
    return true;
}

str sm3_hex(struct arena *a, str text)
{
    uint8_t digest[SM3_BYTES];
    char *hex = NEWS(a, char, 2 * SM3_BYTES);
    struct sm3 *s = sm3_open();
    sm3_start(s);
    sm3_add(s, text);
    sm3_end(s, digest);
    sm3_close(s);
    hex_write(hex, digest, SM3_BYTES);
    return (str){hex, 2 * SM3_BYTES};
}
