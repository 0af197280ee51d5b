/* Any bytes go into the JSON reader; what it accepts is written, read again and must be the same. */
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    arena_init(&arena, ARENA_DEFAULT_BYTES);
    struct cx cx = {.arena = &arena, .lang = count % 2 ? LANG_EN : LANG_ZH};
    const struct json *first = NULL, *second = NULL;
    const rc r = json_parse(&cx, (str){(const char *)bytes, count}, &first);
    if (r == RC_OK) {
        struct buf once = {.arena = &arena}, twice = {.arena = &arena};
        json_write(&once, first);
        CHECK(json_parse(&cx, buf_str(&once), &second) == RC_OK);
        json_write(&twice, second);
        CHECK(str_eq(buf_str(&once), buf_str(&twice)));
    } else {
        CHECK(cx.err.pos.line > 0 || r == RC_LIMIT);
        CHECK(cx.err.pos.offset_bytes <= count && utf8_valid(cx.err.detail));
    }
    arena_done(&arena);
    return 0;
}
