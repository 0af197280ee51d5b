/* decide: a decision of a DMN file, its value with what it rests on; and the file looked through. */
#include "base/json.h"
#include "main/city.h"
#include "main/decisions/folder.h"
#include "main/decisions/show.h"

enum { INPUT_BYTES_MAX = 64 << 20 };

/* One run of the command. */
struct asked {
    struct args *args;
    struct cx *cx;
    const struct dmn_model *model;
    const struct dmn_element *what;
    struct dmn_input *input;
    size_t input_count;
    struct dmn_explain explain;
    struct feel_value value;
};

/* ---- the file ---- */

static rc compile(struct asked *q)
{
    const str path = q->args->positional[0];
    size_t slash = path.len;
    while (slash > 0 && path.at[slash - 1] != '/')
        slash--;
    const str folder = slash ? str_slice(path, 0, slash) : STR(".");
    /* All faults at once where faults are errors. */
    if (arg_given(q->args, "strict")) q->cx->findings = NEW(q->cx->arena, struct findings);
    const rc r = model_compile(q->cx, folder, str_slice(path, slash, path.len),
                               !arg_given(q->args, "strict"), &q->model);
    return r;
}

/* ---- inputs ---- */

/* What a name in the input stands for: an input, or a decision whose value it replaces. */
static const struct dmn_element *input_named(const struct asked *q, str name)
{
    size_t count;
    const struct dmn_element *e = dmn_elements(q->model, &count);
    const struct dmn_element *found = dmn_find(q->model, name);
    if (found && found->imported && !str_eq(found->name, name)) return found; /* by its imports */
    found = NULL;
    for (size_t i = 0; i < count; i++) {
        if ((e[i].kind != DMN_INPUT && e[i].kind != DMN_DECISION) || !str_eq(e[i].name, name))
            continue;
        if (!found || (found->imported && !e[i].imported)) found = &e[i];
    }
    return found;
}

static bool is_parameter(const struct asked *q, str name)
{
    for (size_t i = 0; i < q->what->parameter_count; i++)
        if (str_eq(q->what->parameter[i], name)) return true;
    return false;
}

/* A name that the model does not know changes nothing; the person who typed it should know. */
static void warn_unknown(const struct asked *q, const struct json *member)
{
    const str nearest = dmn_nearest(q->model, member->key), file = arg(q->args, "input");
    const bool zh = q->cx->lang == LANG_ZH;
    fprintf(stderr,
            zh ? STR_FMT ":%u:%u: 模型没有输入“" STR_FMT "”"
               : STR_FMT ":%u:%u: the model has no input \"" STR_FMT "\"",
            STR_ARG(file), member->pos.line, member->pos.column, STR_ARG(member->key));
    if (nearest.len)
        fprintf(stderr, zh ? "（是不是“" STR_FMT "”？）" : " (did you mean \"" STR_FMT "\"?)",
                STR_ARG(nearest));
    fputc('\n', stderr);
}

static rc read_inputs(struct asked *q)
{
    struct cx *cx = q->cx;
    const str path = arg(q->args, "input");
    const struct json *j;
    str text;
    if (!path.len) return RC_OK;
    rc r = file_read(cx, path, INPUT_BYTES_MAX, &text);
    if (r == RC_OK) r = json_parse(cx, text, &j);
    if (r == RC_OK && !json_is(j, JSON_OBJECT))
        r = err_set(cx, RC_INVALID, "dmn.input", "输入应是 JSON 对象，成员是各项输入的名称",
                    "the input is not a JSON object: expected one whose members name the inputs");
    if (r == RC_OK) q->input = NEWS(cx->arena, struct dmn_input, j->count + 1);
    for (const struct json *m = r == RC_OK ? j->child : NULL; m && r == RC_OK; m = m->next) {
        const struct dmn_element *e = input_named(q, m->key);
        struct dmn_input *in = &q->input[q->input_count++];
        if (!e && !is_parameter(q, m->key) && !dmn_is_import(q->model, m->key)) warn_unknown(q, m);
        in->name = m->key;
        r = feel_value_from_json_typed(cx, m, e ? e->type : NULL, &in->value);
        if (r != RC_OK) err_field(cx, m->key);
    }
    if (r != RC_OK) err_source(cx, path);
    return r;
}

/* ---- answers ---- */

static void model_tell(struct asked *q)
{
    struct buf out = {.arena = q->cx->arena};
    struct jw w = {.out = &out};
    if (arg_given(q->args, "json")) {
        show_model_json(&w, q->model);
        buf_char(&out, '\n');
    } else {
        show_model(&out, q->model);
    }
    print(stdout, buf_str(&out));
}

static int unknown(struct asked *q, str name)
{
    struct buf out = {.arena = q->cx->arena};
    const str nearest = dmn_nearest(q->model, name);
    const bool zh = q->cx->lang == LANG_ZH;
    (void)!err_set(q->cx, RC_MISSING, "dmn.unknown-decision",
                   "“" STR_FMT "”没有名为“" STR_FMT "”的决策",
                   "\"" STR_FMT "\" has no decision \"" STR_FMT "\"",
                   STR_ARG(q->args->positional[0]), STR_ARG(name));
    if (nearest.len)
        err_hint(q->cx, "是不是“" STR_FMT "”？", "did you mean \"" STR_FMT "\"?", STR_ARG(nearest));
    q->cx->findings = NULL;
    const int status = fail(q->cx);
    buf_add(&out, zh ? STR("这个模型有：\n") : STR("this model has:\n"));
    show_model(&out, q->model);
    print(stderr, buf_str(&out));
    return status;
}

static void tell_json(struct asked *q, struct buf *out)
{
    struct buf value = {.arena = q->cx->arena};
    struct jw w = {.out = out};
    feel_value_write(&value, &q->value);
    jw_object(&w);
    jw_kstr(&w, "name", q->what->name);
    jw_kraw(&w, "value", buf_str(&value));
    jw_key(&w, STR("warnings"));
    jw_array(&w);
    for (size_t i = 0; i < q->explain.warnings.len; i++)
        show_warning_json(&w, &q->explain.warnings.at[i]);
    jw_end(&w, ']');
    if (arg_given(q->args, "explain")) {
        jw_key(&w, STR("matches"));
        jw_array(&w);
        for (size_t i = 0; i < q->explain.matches.len; i++)
            show_match_json(&w, &q->explain.matches.at[i]);
        jw_end(&w, ']');
    }
    jw_end(&w, '}');
    buf_char(out, '\n');
}

static void tell(struct asked *q, struct buf *out, struct buf *warnings)
{
    feel_value_write(out, &q->value);
    buf_char(out, '\n');
    for (size_t i = 0; i < q->explain.matches.len && arg_given(q->args, "explain"); i++)
        show_match(out, &q->explain.matches.at[i]);
    for (size_t i = 0; i < q->explain.warnings.len; i++)
        show_warning(warnings, q->args->positional[0], &q->explain.warnings.at[i]);
}

static int answer(struct asked *q)
{
    struct buf out = {.arena = q->cx->arena}, warnings = {.arena = q->cx->arena};
    rc r = read_inputs(q);
    q->cx->now_us = os_now_us();
    struct dmn_run run = {.cx = q->cx, .explain = &q->explain};
    if (r == RC_OK) r = dmn_decide(&run, q->model, q->what, q->input, q->input_count, &q->value);
    if (r != RC_OK) {
        q->cx->findings = NULL;
        return fail(q->cx);
    }
    if (arg_given(q->args, "json"))
        tell_json(q, &out);
    else
        tell(q, &out, &warnings);
    print(stdout, buf_str(&out));
    print(stderr, buf_str(&warnings));
    return EXIT_OK;
}

/* ---- gaps, overlaps, rules out of reach ---- */

static void findings_json(struct buf *out, const struct dmn_findings *found)
{
    struct jw w = {.out = out};
    jw_object(&w);
    jw_key(&w, STR("findings"));
    jw_array(&w);
    for (size_t i = 0; i < found->len; i++)
        show_finding_json(&w, &found->at[i]);
    jw_end(&w, ']');
    jw_kbool(&w, "incomplete", found->incomplete);
    jw_key(&w, STR("leftOut"));
    jw_array(&w);
    for (str rest = found->left_out; rest.len;)
        jw_str(&w, str_cut(rest, '\n', &rest));
    jw_end(&w, ']');
    jw_end(&w, '}');
    buf_char(out, '\n');
}

static int check(struct asked *q)
{
    struct dmn_findings found = {0};
    struct buf out = {.arena = q->cx->arena};
    const bool zh = q->cx->lang == LANG_ZH;
    if (dmn_check(q->cx, q->model, &found) != RC_OK) return fail(q->cx);
    if (arg_given(q->args, "json")) {
        findings_json(&out, &found);
    } else {
        for (size_t i = 0; i < found.len; i++)
            show_finding(&out, q->args->positional[0], q->cx->lang, &found.at[i]);
        if (found.incomplete)
            buf_printf(&out,
                       zh ? "没有全部检查：\n" STR_FMT "\n" : "not all was checked:\n" STR_FMT "\n",
                       STR_ARG(found.left_out));
        else if (!found.len)
            buf_add(&out, zh ? STR("没有空缺，没有重叠\n") : STR("no gaps, no overlaps\n"));
    }
    print(stdout, buf_str(&out));
    return found.len ? EXIT_BROKEN : EXIT_OK;
}

int verb_decide(struct args *a)
{
    struct asked q = {.args = a, .cx = a->cx};
    if (compile(&q) != RC_OK) return fail(a->cx);
    if (arg_given(a, "check")) return check(&q);
    if (a->count < 2) {
        model_tell(&q);
        return EXIT_OK;
    }
    q.what = dmn_find(q.model, a->positional[1]);
    return q.what ? answer(&q) : unknown(&q, a->positional[1]);
}
