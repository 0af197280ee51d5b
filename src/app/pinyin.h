/* Initials of Chinese text, so that people find 市场采购 by "sccg". */
#pragma once

#include "base/arena.h"

struct pinyin;                    /* one thread at a time */
struct pinyin *pinyin_open(void); /* NULL when ICU's data is missing */
void pinyin_close(struct pinyin *p);
/* First letters of the syllables in lower case; Latin letters and digits stay, all else is left out.
 * p NULL: what is Latin only. */
str pinyin_initials(struct pinyin *p, struct arena *a, str text);
