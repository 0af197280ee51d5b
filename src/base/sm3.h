/* SM3 (GB/T 32905-2016) through OpenSSL; the digest is fetched once. */
#pragma once

#include "base/arena.h"

enum { SM3_BYTES = 32 };
struct sm3;
struct sm3 *sm3_open(void);
void sm3_close(struct sm3 *s);
/* start → add… → end, again and again on one object. */
void sm3_start(struct sm3 *s);
void sm3_add(struct sm3 *s, str bytes);
void sm3_end(struct sm3 *s, uint8_t out[SM3_BYTES]);
void hex_write(char *out, const uint8_t *bytes, size_t count); /* 2*count characters, lower case */
bool hex_read(str hex, uint8_t *out, size_t count);
/* The digest of one text, as 64 hexadecimal digits in the arena. */
str sm3_hex(struct arena *a, str text);
