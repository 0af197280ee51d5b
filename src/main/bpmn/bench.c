/* bench bpmn: processes a second, durable, beside the same rows without an engine, measured in turn. */
#include "main/bpmn/bench.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "main/city.h"
#include "main/decisions/folder.h"
#include "store/floor_process.h"

enum { MODELS = 3, FINISHED = 20000, FEW_WAITING = 1000, LOADERS = 256, TIMERS_A_TICK = 200 };

#define HEAD                                                                                       \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d'"                      \
    " targetNamespace='urn:bench'>"
#define FLOW(id, from, to) "<sequenceFlow id='" id "' sourceRef='" from "' targetRef='" to "'/>"
#define TAIL               "</process></definitions>"
#define DATA                                                                                       \
    "<property id='amount' name='amount'/><property id='applicant' name='applicant'/>"             \
    "<property id='dept' name='dept'/><property id='memo' name='memo'/>"
static const char *const own_model[MODELS] = {
    HEAD "<process id='a' isExecutable='true'>" DATA "<startEvent id='s'/>"
         "<scriptTask id='x' scriptFormat='feel'><script>amount * 2</script></scriptTask>"
         "<endEvent id='e'/>" FLOW("f1", "s", "x") FLOW("f2", "x", "e") TAIL,
    HEAD "<process id='b' isExecutable='true'>" DATA "<startEvent id='s'/>"
         "<exclusiveGateway id='x' default='f3'/><userTask id='senior'/><userTask id='clerk'/>"
         "<endEvent id='e'/>" FLOW("f1", "s", "x")
         "<sequenceFlow id='f2' sourceRef='x' targetRef='senior'>"
         "<conditionExpression>amount &gt; 1000</conditionExpression></sequenceFlow>" FLOW(
             "f3", "x", "clerk") FLOW("f4", "senior", "e") FLOW("f5", "clerk", "e") TAIL,
    HEAD "<process id='c' isExecutable='true'>" DATA "<startEvent id='s'/><parallelGateway id='fork'/>"
         "<userTask id='t1'/><userTask id='t2'/><userTask id='t3'/><parallelGateway id='join'/>"
         "<endEvent id='e'/>" FLOW("f1", "s", "fork") FLOW("f2", "fork", "t1")
             FLOW("f3", "fork", "t2") FLOW("f4", "fork", "t3") FLOW("f5", "t1", "join")
                 FLOW("f6", "t2", "join") FLOW("f7", "t3", "join") FLOW("f8", "join", "e") TAIL};
static const char timer_model[] = HEAD
    "<process id='timer' isExecutable='true'><startEvent id='s'/>"
    "<intermediateCatchEvent id='c'><timerEventDefinition id='t'>"
    "<timeDuration>PT30M</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    "<endEvent id='e'/>" FLOW("f1", "s", "c") FLOW("f2", "c", "e") TAIL;

struct plan {
    struct cx *cx;
    str folder, models; /* models: empty: our own */
    int64_t seconds, clients, waiting, timers;
};

/* The texts of a, b and c. */
static rc read_models(const struct plan *p, str xml[MODELS])
{
    struct cx *cx = p->cx;
    rc r = RC_OK;
    for (int i = 0; i < MODELS && r == RC_OK; i++) {
        const str name = arena_printf(cx->arena, "%c.bpmn", 'a' + i);
        xml[i] = str_from(own_model[i]);
        if (p->models.len)
            r = file_read(cx, path_join(cx->arena, p->models, name), BPMN_XML_BYTES_MAX, &xml[i]);
    }
    return r;
}

static rc open_stand(const struct plan *p, const char *name, struct stand *s, int *model)
{
    struct cx *cx = p->cx;
    str xml[MODELS];
    const str path = arena_printf(cx->arena, STR_FMT "/bench-process-%ld-%s.db", STR_ARG(p->folder),
                                  (long)getpid(), name);
    rc r = stand_open(cx, path, s);
    if (r == RC_OK) r = read_models(p, xml);
    for (int i = 0; i < MODELS && r == RC_OK; i++)
        r = stand_model(s, xml[i], arena_printf(cx->arena, "%c.bpmn", 'a' + i), &model[i]);
    if (r == RC_OK) r = stand_model(s, str_from(timer_model), STR("timer.bpmn"), &model[MODELS]);
    return r;
}

static int64_t per_second(int64_t count, int64_t took_us)
{
    return took_us > 0 ? count * US_PER_SECOND / took_us : 0;
}

static void tell_beside(const struct floor_process *f, const struct stand_run *r, const char *how)
{
    const int64_t rate = per_second(r->instances, r->took_us);
    const int64_t limit = per_second(f->instances, f->took_us);
    printf("%c  %3d client%s%s  %7" PRId64 " instances/s  %7" PRId64 " commands/s  p50 %" PRId64
           " us  p99 %" PRId64 " us   floor %" PRId64 " instances/s, we are %" PRId64 " %%\n",
           f->model, r->clients, r->clients == 1 ? " " : "s", how, rate,
           per_second(r->commands, r->took_us), r->p50_us, r->p99_us, limit,
           limit ? rate * 100 / limit : 0);
    fflush(stdout);
}

/* Floor and figure in turn, so that what else the machine does meets both; the middle of each. */
enum { ROUNDS = 3 };
typedef rc figure_fn(const struct plan *p, struct stand_run *r);

static bool is_faster(const struct stand_run *x, const struct stand_run *y)
{
    return per_second(x->instances, x->took_us) > per_second(y->instances, y->took_us);
}

static bool floor_is_faster(const struct floor_process *x, const struct floor_process *y)
{
    return per_second(x->instances, x->took_us) > per_second(y->instances, y->took_us);
}

static const struct stand_run *middle(const struct stand_run *r)
{
    for (int i = 0; i < ROUNDS; i++)
        if (is_faster(&r[i], &r[(i + 1) % ROUNDS]) != is_faster(&r[i], &r[(i + 2) % ROUNDS]))
            return &r[i];
    return &r[0];
}

static const struct floor_process *middle_floor(const struct floor_process *f)
{
    for (int i = 0; i < ROUNDS; i++)
        if (floor_is_faster(&f[i], &f[(i + 1) % ROUNDS]) !=
            floor_is_faster(&f[i], &f[(i + 2) % ROUNDS]))
            return &f[i];
    return &f[0];
}

static rc beside_floor(const struct plan *p, figure_fn *figure, const struct stand_run *what,
                       const char *how)
{
    struct floor_process f[ROUNDS];
    struct stand_run r[ROUNDS];
    rc code = RC_OK;
    for (int i = 0; i < ROUNDS && code == RC_OK; i++) {
        f[i] = (struct floor_process){
            .model = (char)('a' + what->model), .group = what->clients, .seconds = p->seconds};
        r[i] = *what;
        code = store_floor_process(p->cx, p->folder, &f[i]);
        if (code == RC_OK) code = figure(p, &r[i]);
    }
    if (code == RC_OK) tell_beside(middle_floor(f), middle(r), how);
    return code;
}

static rc all_beside_floor(const struct plan *p, figure_fn *figure, const char *how)
{
    rc r = RC_OK;
    for (int i = 0; i < 2 * MODELS && r == RC_OK; i++) {
        const struct stand_run what = {
            .model = i / 2, .seconds = p->seconds, .clients = i % 2 ? (int)p->clients : 1};
        r = beside_floor(p, figure, &what, how);
    }
    return r;
}

static rc alone(const struct plan *p, struct stand_run *r)
{
    struct stand s;
    int model[STAND_MODELS_MAX];
    const int which = r->model;
    rc code = open_stand(p, "b", &s, model);
    r->model = model[which];
    if (code == RC_OK) code = stand_run(&s, r);
    stand_close(&s);
    r->model = which;
    return code;
}

static rc models(const struct plan *p)
{
    return all_beside_floor(p, alone, "");
}

/* The same through the whole product: rights, the ledger, answers; the floor knows nothing of them. */
static rc by_the_door(const struct plan *p, struct stand_run *r)
{
    str xml[MODELS];
    const rc code = read_models(p, xml);
    return code == RC_OK ? door_run(p->cx, p->folder, xml, r) : code;
}

static rc door(const struct plan *p)
{
    return all_beside_floor(p, by_the_door, " by the door");
}

static rc steady(const struct plan *p)
{
    enum { RATE = 500 };
    struct stand s;
    int model[STAND_MODELS_MAX];
    struct floor_process f = {.model = 'b', .group = 1, .seconds = 1};
    struct stand_run r = {.seconds = p->seconds};
    rc code = store_floor_process(p->cx, p->folder, &f);
    if (code != RC_OK) return code;
    code = open_stand(p, "b", &s, model);
    r.model = model[1];
    if (code == RC_OK) code = stand_steady(&s, RATE, &r);
    stand_close(&s);
    if (code != RC_OK) return code;
    printf("b  %d commands/s  %" PRId64 " commands/s came  p50 %" PRId64 " us  p99 %" PRId64
           " us  longest %" PRId64 " us   a bare commit p50 %" PRId64 " us  p99 %" PRId64 " us\n",
           RATE, per_second(r.commands, r.took_us), r.p50_us, r.p99_us, r.worst_us, f.p50_us,
           f.p99_us);
    fflush(stdout);
    return RC_OK;
}

static rc disk(const struct plan *p)
{
    struct stand s;
    int model[STAND_MODELS_MAX];
    struct stand_run r = {.clients = (int)p->clients, .limit = FINISHED};
    rc code = open_stand(p, "b", &s, model);
    r.model = model[1];
    if (code == RC_OK) code = stand_run(&s, &r);
    const int64_t bytes = code == RC_OK ? stand_bytes(&s) : 0;
    stand_close(&s);
    if (code != RC_OK) return code;
    printf("b  %" PRId64 " bytes on disk a finished instance (%" PRId64 " of them)\n",
           bytes / r.instances, r.instances);
    fflush(stdout);
    return RC_OK;
}

static rc load_waiting(struct stand *s, int model, int64_t count)
{
    struct stand_run r = {.model = model, .clients = LOADERS, .limit = count, .only_start = true};
    if (count < r.clients) r.clients = (int)count;
    return count > 0 ? stand_run(s, &r) : RC_OK;
}

/* Instances of b where few wait and where many do, in turn. */
enum way { BY_ALL, BY_ONE, ANY_OF_THEM, WAYS };
struct crowd {
    struct stand stand;
    int model;
    int64_t waiting, instances[WAYS], took_us[WAYS];
};

static rc gather(const struct plan *p, struct crowd *c, int64_t waiting)
{
    int model[STAND_MODELS_MAX];
    struct stand *s = &c->stand;
    c->waiting = waiting;
    rc r = open_stand(p, waiting == FEW_WAITING ? "few" : "many", s, model);
    c->model = model[1];
    s->pool.cap = waiting + LOADERS;
    s->pool.task = NEWS(&s->life, int64_t, (size_t)s->pool.cap);
    return r == RC_OK ? load_waiting(s, c->model, waiting) : r;
}

/* ANY_OF_THEM: a start leaves its task to those that wait and completes one of theirs, wherever its rows
 * are. */
static rc crowd_run(const struct plan *p, struct crowd *c, enum way way)
{
    struct stand_run r = {.model = c->model,
                          .clients = way == BY_ONE ? 1 : (int)p->clients,
                          .seconds = p->seconds,
                          .pooled = way == ANY_OF_THEM};
    const rc code = stand_run(&c->stand, &r);
    c->instances[way] += r.instances;
    c->took_us[way] += r.took_us;
    return code;
}

static void tell_crowds(const struct plan *p, const struct crowd *few, const struct crowd *many)
{
    static const char *const name[WAYS] = {"new ones", "new ones, one client", "any of them"};
    for (int w = 0; w < WAYS; w++) {
        const int64_t x = per_second(few->instances[w], few->took_us[w]);
        const int64_t y = per_second(many->instances[w], many->took_us[w]);
        printf("b  %s: %" PRId64 " instances/s with %" PRId64 " waiting, %" PRId64 " with %" PRId64
               ": %" PRId64 " %% of it\n",
               name[w], x, few->waiting, y, p->waiting, x ? y * 100 / x : 0);
    }
    fflush(stdout);
}

/* The same of bare rows: what it costs that they lie far apart. */
static rc any_of_bare_rows(const struct plan *p)
{
    int64_t rate[2] = {0};
    rc r = RC_OK;
    for (int i = 0; i < 2 && r == RC_OK; i++) {
        struct floor_process f = {.model = 'b',
                                  .group = (int)p->clients,
                                  .seconds = p->seconds,
                                  .waiting = i ? p->waiting : FEW_WAITING,
                                  .any = true};
        r = store_floor_process(p->cx, p->folder, &f);
        rate[i] = per_second(f.instances, f.took_us);
    }
    if (r == RC_OK && rate[0])
        printf("b  any of them, bare rows: %" PRId64 " instances/s with %d waiting, %" PRId64
               " with %" PRId64 ": %" PRId64 " %% of it\n",
               rate[0], FEW_WAITING, rate[1], p->waiting, rate[1] * 100 / rate[0]);
    return r;
}

static rc waiting(const struct plan *p)
{
    struct crowd few = {0}, many = {0};
    rc r = gather(p, &few, FEW_WAITING);
    if (r == RC_OK) r = gather(p, &many, p->waiting);
    for (int i = 0; i < ROUNDS * WAYS && r == RC_OK; i++) {
        r = crowd_run(p, &few, (enum way)(i % WAYS));
        if (r == RC_OK) r = crowd_run(p, &many, (enum way)(i % WAYS));
    }
    if (r == RC_OK) tell_crowds(p, &few, &many);
    stand_close(&few.stand);
    if (many.stand.path.len) stand_close(&many.stand);
    return r == RC_OK ? any_of_bare_rows(p) : r;
}

static rc timers(const struct plan *p)
{
    enum { RATE = 500 };
    struct stand s;
    int model[STAND_MODELS_MAX];
    struct stand_run r = {0};
    int64_t fired = 0;
    rc code = open_stand(p, "b", &s, model);
    r.model = model[1];
    if (code == RC_OK) code = load_waiting(&s, model[MODELS], p->timers);
    if (code == RC_OK) code = stand_fire(&s, RATE, TIMERS_A_TICK, &fired, &r);
    stand_close(&s);
    if (code != RC_OK) return code;
    printf("timers  %" PRId64 " all due at once, a job at most %d or 5 ms: %" PRId64
           " fired, %" PRId64 "/s; meanwhile %" PRId64 " commands at %d/s  p50 %" PRId64
           " us  p99 %" PRId64 " us  longest wait %" PRId64 " us\n",
           p->timers, TIMERS_A_TICK, fired, per_second(fired, r.took_us), r.commands, RATE,
           r.p50_us, r.p99_us, r.worst_us);
    return RC_OK;
}

static const struct {
    const char *name;
    rc (*run)(const struct plan *p);
} parts[] = {{"models", models}, {"door", door},       {"latency", steady},
             {"disk", disk},     {"waiting", waiting}, {"timers", timers}};

static rc unknown_part(struct cx *cx, str only)
{
    return err_set(cx, RC_INVALID, "bench.part",
                   "没有“" STR_FMT "”这一部分：应为 models、door、latency、disk、waiting 或 timers",
                   "there is no part \"" STR_FMT
                   "\": expected models, door, latency, disk, waiting or timers",
                   STR_ARG(only));
}

int verb_bench_bpmn(struct args *a)
{
    struct plan p = {.cx = a->cx, .folder = arg(a, "folder"), .models = arg(a, "models")};
    const str only = arg(a, "only");
    rc r = RC_OK;
    size_t ran = 0;
    if (!arg_number(a, "seconds", 1, 600, 3, &p.seconds) ||
        !arg_number(a, "clients", 2, 512, 64, &p.clients) ||
        !arg_number(a, "waiting", FEW_WAITING, 20000000, 1000000, &p.waiting) ||
        !arg_number(a, "timers", 1, 20000000, 1000000, &p.timers))
        return EXIT_USAGE;
    if (!p.folder.len) p.folder = STR("/tmp");
    for (size_t i = 0; i < COUNTOF(parts) && r == RC_OK; i++) {
        if (only.len && !str_eq(only, str_from(parts[i].name))) continue;
        r = parts[i].run(&p);
        ran++;
    }
    if (r == RC_OK && !ran) r = unknown_part(a->cx, only);
    return r == RC_OK ? EXIT_OK : fail(a->cx);
}
