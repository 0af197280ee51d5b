/* The strict gate: each way in which one request can be read as two, or as another, is refused. */
#include "server/gate.h"

#include "base/test.h"

static const char *verdict(const struct pair *header, size_t count, struct gate_body *out)
{
    struct fixture f;
    struct gate_head head = {.method = STR("POST"),
                             .version = STR("HTTP/1.1"),
                             .uri = STR("/"),
                             .header = header,
                             .header_count = count};
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    rc r = gate_check(&f.cx, &head, out);
    const char *slug = r == RC_OK ? "" : f.cx.err.slug;
    arena_done(&f.arena);
    return slug;
}

#define H(n, v)                                                                                    \
    {                                                                                              \
        STR_INIT(n), STR_INIT(v)                                                                   \
    }
#define SAYS(slug, ...)                                                                            \
    do {                                                                                           \
        static const struct pair list[] = {__VA_ARGS__};                                           \
        struct gate_body body;                                                                     \
        assert_string_equal(verdict(list, COUNTOF(list), &body), slug);                            \
    } while (0)

static void test_lengths(void **state)
{
    (void)state;
    SAYS("", H("Host", "a"), H("Content-Length", "5"));
    SAYS("", H("Host", "a"), H("Transfer-Encoding", "Chunked"));
    SAYS("http.length", H("Host", "a"), H("Content-Length", "5"), H("content-length", "6"));
    SAYS("http.length", H("Host", "a"), H("Content-Length", "5"), H("content-length", "5"));
    SAYS("http.length", H("Host", "a"), H("Content-Length", "+5"));
    SAYS("http.length", H("Host", "a"), H("Content-Length", "5,5"));
    SAYS("http.length", H("Host", "a"), H("Content-Length", ""));
    SAYS("http.length", H("Host", "a"), H("Content-Length", "99999999999999999999"));
    SAYS("http.transfer", H("Host", "a"), H("Content-Length", "5"),
         H("Transfer-Encoding", "chunked"));
    SAYS("http.transfer", H("Host", "a"), H("Transfer-Encoding", "xchunked"));
    SAYS("http.transfer", H("Host", "a"), H("Transfer-Encoding", "gzip, chunked"));
    SAYS("http.transfer", H("Host", "a"), H("Transfer-Encoding", "chunked"),
         H("Transfer-Encoding", "chunked"));
}

static void test_heads(void **state)
{
    (void)state;
    SAYS("http.host", H("Accept", "x"));
    SAYS("http.host", H("Host", "a"), H("Host", "a"));
    SAYS("http.host", H("Host", "a/b"));
    SAYS("http.host", H("Host", "user@a"));
    SAYS("", H("Host", "[::1]:8330"));
    SAYS("http.header", H("Host", "a"), H("X-A ", "b"));
    SAYS("http.header", H("Host", "a"), H("X-A", "b\0c"));
    SAYS("http.header", H("Host", "a"), H("X-A", "b\rc"));
    SAYS("http.header", H("Host", "a"), H("X-A", "\x7f"));
    SAYS("", H("Host", "a"), H("X-A", "中文\tb"));
}

static const char *path_verdict(const char *uri, const char *expected)
{
    struct fixture f;
    str path = {0}, query = {0};
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    rc r = gate_path(&f.cx, str_from(uri), &path, &query);
    bool same = r == RC_OK && expected && str_eq(path, str_from(expected));
    const char *slug = r != RC_OK ? f.cx.err.slug : same ? "" : "another path";
    arena_done(&f.arena);
    return slug;
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "a",      "*",     "http://h/a", "/%00", "/a%0", "/a%zz", "/../a",  "/a/./b",
        "/a//b", "/a%2fb", "/a\\b", "/a%5cb",     "/a b", "/%0a", "/%ff",  "/a?%00", "/%2e%2e/a"};
    for (size_t i = 0; i < COUNTOF(bad); i++)
        assert_string_equal(path_verdict(bad[i], NULL), "http.uri");
    assert_string_equal(path_verdict("/", "/"), "");
    assert_string_equal(path_verdict("/a/b/?x=/../", "/a/b/"), "");
    assert_string_equal(path_verdict("/%E4%B8%AD", "/中"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lengths), cmocka_unit_test(test_heads),
                                       cmocka_unit_test(test_paths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
