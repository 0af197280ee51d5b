/* Reading ahead changes nothing: the same rows, with it and without it, end the same. */
#include "record/fixture.h"

enum { ROWS = 700, CHUNK = 37, ROW_BYTES = 400 };

static const char *const codes[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

/* Rows that name one another, twice the same, wrong ones and unknown references among them. */
static str figure_row(struct arena *a, uint64_t *seed)
{
    static const char *const flow[] = {"\"X\"", "\"M\"", "\"?\"", "null"};
    static const char *const period[] = {"2022-01", "2022-02", "2022-03", "2022-13"};
    const char *series = codes[rnd(seed, 8)];
    return arena_printf(
        a,
        "{\"series\":\"%s\",\"period\":\"%s\",\"flow\":%s,\"value\":%u,\"note\":\"n%u\",\"org\":\"%s\"}",
        rnd(seed, 20) ? series : "nobody", period[rnd(seed, 40) ? rnd(seed, 3) : 3],
        flow[rnd(seed, 20) ? rnd(seed, 2) : 2 + rnd(seed, 2)], rnd(seed, 1000), rnd(seed, 5),
        codes[rnd(seed, 8)]);
}

static str org_row(struct arena *a, uint64_t *seed)
{
    const char *code = codes[rnd(seed, 8)], *above = codes[rnd(seed, 8)];
    if (rnd(seed, 3) == 0)
        return arena_printf(a, "{\"code\":\"%s\",\"name\":\"n%u\"}", code, rnd(seed, 3));
    if (rnd(seed, 10) == 0) return STR("{\"name\":\"without\"}");
    if (rnd(seed, 10) == 0) return STR("[1]");
    return arena_printf(a, "{\"code\":\"%s\",\"name\":\"n%u\",\"parent\":\"%s\"}", code,
                        rnd(seed, 3), above);
}

struct run {
    struct fixture *f;
    struct arena text;
    struct buf said; /* what became of each row */
    uint64_t seed;
    bool ahead;
};

static void rows_run(struct run *x, int type, size_t count)
{
    struct fixture *f = x->f;
    const struct json *fields[CHUNK];
    for (size_t i = 0; i < count; i++) {
        str row = type == T_FIGURE ? figure_row(&f->arena, &x->seed) : org_row(&f->arena, &x->seed);
        fields[i] = json_of(f, arena_cstr(&f->arena, row));
    }
    if (x->ahead)
        assert_int_equal(rec_ahead(&f->cx, f->store, type_at(f, type), fields, count), RC_OK);
    for (size_t i = 0; i < count; i++) {
        struct record r = {0};
        char did = '-';
        err_clear(&f->cx);
        rc got = rec_upsert(&f->cx, f->store, f->db, &f->system, type_at(f, type), fields[i],
                            STR(""), &r, &did);
        if (got == RC_OK)
            buf_printf(&x->said, "%c%d ", did, (int)r.id);
        else
            buf_printf(&x->said, "%s " STR_FMT " " STR_FMT "\n", f->cx.err.slug,
                       STR_ARG(f->cx.err.field), STR_ARG(f->cx.err.detail));
        if (did != 'u' || rnd(&x->seed, 6)) continue; /* its key is free again, if nobody refers */
        got = rec_void(&f->cx, f->store, f->db, &f->system, type_at(f, type), r.id, 0, STR(""));
        buf_add(&x->said, got == RC_OK ? STR("void ") : STR("still referred to "));
    }
}

static void stream_run(struct run *x)
{
    for (int n = 0; n < ROWS / CHUNK; n++) {
        fixture_next(x->f);
        batch_begin(x->f);
        job_begin(x->f);
        rows_run(x, T_ORG, 5);
        rows_run(x, T_FIGURE, CHUNK);
        const bool undone = rnd(&x->seed, 4) == 0;
        (void)job_end(x->f, undone ? RC_INVALID : RC_OK);
        job_begin(x->f);
        rows_run(x, T_FIGURE, CHUNK);
        assert_int_equal(job_end(x->f, RC_OK), RC_OK);
        (void)batch_end(x->f, rnd(&x->seed, 5) ? RC_OK : RC_INVALID);
    }
    fixture_next(x->f);
    must_audit(x->f);
}

static void open(struct run *x, uint64_t seed, bool ahead)
{
    *x = (struct run){.f = fixture_open(NULL), .seed = seed, .ahead = ahead};
    arena_init(&x->text, 64 << 20);
    x->said.arena = &x->text;
    for (size_t i = 0; i < 8; i++)
        (void)must_create(
            x->f, T_SERIES,
            arena_cstr(&x->text, arena_printf(&x->text, "{\"code\":\"%s\"}", codes[i])));
}

static void done(struct run *x)
{
    fixture_close(x->f);
    arena_done(&x->text);
}

static void ahead_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct run with, without;
        open(&with, seed, true);
        open(&without, seed, false);
        stream_run(&with);
        stream_run(&without);
        assert_int_equal(with.said.len, without.said.len);
        assert_memory_equal(with.said.at, without.said.at, with.said.len);
        assert_true(with.f->told_sum == without.f->told_sum);
        done(&with);
        done(&without);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ahead_changes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
