/* Replays a corpus without a fuzzer: every file goes into the target once. */
#include <glob.h>

#include "base/file.h"
#include "base/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_BYTES_MAX = 1 << 20 };

static void corpus(void **state)
{
    const glob_t *files = *state;
    assert_true(files->gl_pathc > 0);
    for (size_t i = 0; i < files->gl_pathc; i++) {
        struct fixture f;
        str text;
        fixture_init(&f, 4 << 20);
        assert_int_equal(file_read(&f.cx, str_from(files->gl_pathv[i]), SEED_BYTES_MAX, &text),
                         RC_OK);
        assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)text.at, text.len), 0);
        fixture_done(&f);
    }
    print_message("%zu inputs\n", files->gl_pathc);
}

int main(int argc, char **argv)
{
    glob_t files = {0};
    char pattern[1024];
    if (argc != 2) return 2;
    (void)snprintf(pattern, sizeof pattern, "%s/*", argv[1]);
    (void)glob(pattern, 0, NULL, &files);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(corpus, &files)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    globfree(&files);
    return failed;
}
