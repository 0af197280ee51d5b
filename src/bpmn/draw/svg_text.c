/* Text in drawings: escaping, and breaking Chinese and Latin into lines. */
#include "bpmn/draw/svg.h"

void svg_escape(struct buf *out, str s)
{
    for (size_t at = 0; at < s.len;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        bool allowed = c >= 0x20 && c != 0x7F && c != 0xFFFE && c != 0xFFFF;
        switch (c) {
        case '&': buf_add(out, STR("&amp;")); break;
        case '<': buf_add(out, STR("&lt;")); break;
        case '>': buf_add(out, STR("&gt;")); break;
        case '"': buf_add(out, STR("&quot;")); break;
        case '\'': buf_add(out, STR("&#39;")); break;
        case '\n':
        case '\r':
        case '\t': buf_char(out, ' '); break;
        default:
            if (allowed) buf_add(out, str_slice(s, from, at));
        }
    }
}

void svg_number(struct buf *out, int tenths)
{
    int n = tenths < 0 ? -tenths : tenths;
    if (tenths < 0) buf_char(out, '-');
    buf_i64(out, n / 10);
    if (n % 10) buf_printf(out, ".%d", n % 10);
}

/* In thousandths of the font size: Chinese is as wide as it is high. */
static int width_of(uint32_t c)
{
    if (c >= 0x2E80) return 1000;
    if (c >= 'A' && c <= 'Z') return 680;
    if (c == ' ' || c == '.' || c == ',' || c == 'i' || c == 'l' || c == 'I') return 300;
    return 570;
}

int svg_text_width(str text, int font)
{
    int64_t width = 0;
    for (size_t at = 0; at < text.len;)
        width += width_of(utf8_next(text, &at));
    width = width * font / 1000;
    return width > 100000 ? 100000 : (int)width;
}

static bool in_set(uint32_t c, str set)
{
    for (size_t at = 0; at < set.len;)
        if (utf8_next(set, &at) == c) return true;
    return false;
}

/* May a line end between these two? */
static bool may_break(uint32_t before, uint32_t after)
{
    if (in_set(after, STR("，。、；：？！）》」』】〉”’…%,.;:?!)]}"))) return false;
    if (in_set(before, STR("（《「『【〈“‘([{"))) return false;
    return before == ' ' || before >= 0x2E80 || after >= 0x2E80;
}

/* Where the line that begins at `from` ends. */
static size_t line_end(str text, size_t from, int width, int font)
{
    int64_t used = 0, room = (int64_t)width * 1000 / font;
    size_t at = from, break_at = 0;
    uint32_t before = 0;
    while (at < text.len) {
        size_t here = at;
        uint32_t c = utf8_next(text, &at);
        if (here > from && may_break(before, c)) break_at = here;
        used += width_of(c);
        if (used > room && here > from) return break_at ? break_at : here;
        before = c;
    }
    return text.len;
}

/* The line shortened so that … has room. */
static str cut(struct arena *a, str line, int width, int font)
{
    size_t end = 0;
    int dots = svg_text_width(STR("…"), font);
    for (size_t at = 0; at < line.len;) {
        (void)utf8_next(line, &at);
        if (svg_text_width(str_slice(line, 0, at), font) + dots > width) break;
        end = at;
    }
    return arena_printf(a, STR_FMT "…", STR_ARG(str_slice(line, 0, end)));
}

int svg_lines(struct arena *a, str text, int width, int font, str *line, int max)
{
    int count = 0;
    text = str_trim(text);
    size_t at = 0;
    while (at < text.len && count < max) {
        size_t end = line_end(text, at, width, font);
        line[count++] = str_trim(str_slice(text, at, end));
        at = end;
    }
    if (at < text.len && count > 0) line[count - 1] = cut(a, line[count - 1], width, font);
    return count;
}
