/* What an external function may be: static methods of java.lang and java.math by name and signature,
 * done here; there is no Java. */
#include "feel/external.h"

static const struct feel_value *entry(const struct feel_value *context, const char *name)
{
    return feel_context_find(context, str_from(name));
}

/* The Java name without its parameters. */
static str method_of(str signature)
{
    str rest;
    return str_trim(str_cut(signature, '(', &rest));
}

static bool one_number(struct machine *m, str method, const struct feel_value *v,
                       struct feel_value *out)
{
    if (v->kind != FEEL_NUMBER) return false;
    const struct feel_value zero = feel_int(0);
    dec d;
    if (str_eq(method, STR("abs"))) {
        *out = number_cmp(v, &zero) < 0 ? number_neg(m->arena, v) : *v;
        return true;
    }
    const bool known =
        (str_eq(method, STR("sqrt")) && dec_sqrt(feel_to_dec(v), &d)) ||
        (str_eq(method, STR("exp")) && dec_exp(feel_to_dec(v), &d)) ||
        (str_eq(method, STR("log")) && dec_log(feel_to_dec(v), &d)) ||
        (str_eq(method, STR("floor")) && dec_rescale(feel_to_dec(v), 0, DEC_FLOOR, &d)) ||
        (str_eq(method, STR("ceil")) && dec_rescale(feel_to_dec(v), 0, DEC_CEILING, &d));
    if (known) *out = feel_dec(m->arena, d);
    return known;
}

static bool math(struct machine *m, str method, const struct feel_value *arg, int count,
                 struct feel_value *out)
{
    if (count == 1) return one_number(m, method, arg, out);
    if (count != 2 || arg[0].kind != FEEL_NUMBER || arg[1].kind != FEEL_NUMBER) return false;
    if (str_eq(method, STR("max")))
        *out = number_cmp(&arg[0], &arg[1]) >= 0 ? arg[0] : arg[1];
    else if (str_eq(method, STR("min")))
        *out = number_cmp(&arg[0], &arg[1]) <= 0 ? arg[0] : arg[1];
    else
        return str_eq(method, STR("pow")) && number_pow(m->arena, &arg[0], &arg[1], out);
    return true;
}

static bool call_known(struct machine *m, str class, str method, const struct feel_value *arg,
                       int count, struct feel_value *out)
{
    struct buf text = {.arena = m->arena};
    if (str_eq(class, STR("java.lang.Math"))) return math(m, method, arg, count, out);
    const bool number =
        str_eq(class, STR("java.lang.Integer")) || str_eq(class, STR("java.lang.Long")) ||
        str_eq(class, STR("java.lang.Short")) || str_eq(class, STR("java.lang.Byte")) ||
        str_eq(class, STR("java.lang.Float")) || str_eq(class, STR("java.lang.Double"));
    if (count < 1) return false;
    if (number && (str_eq(method, STR("valueOf")) || str_starts(method, STR("parse")))) {
        if (arg->kind == FEEL_NUMBER) *out = *arg;
        return arg->kind == FEEL_NUMBER || number_parse(m->arena, feel_str(arg), out);
    }
    if (str_eq(class, STR("java.lang.String")) && str_eq(method, STR("valueOf"))) {
        feel_value_text(&text, arg);
        *out = feel_string(buf_str(&text));
        return true;
    }
    return false;
}

bool external_call(struct machine *m, const struct node *n, const struct node_function *f,
                   const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *java =
        f->external->kind == FEEL_CONTEXT ? entry(f->external, "java") : NULL;
    const struct feel_value *class = java != NULL ? entry(java, "class") : NULL;
    const struct feel_value *method = java != NULL ? entry(java, "method signature") : NULL;
    if (class != NULL && method != NULL &&
        call_known(m, feel_str(class), method_of(feel_str(method)), arg, f->parameter_count, out))
        return true;
    machine_null(m, n, out, "feel.external", "没有这个外部函数",
                 "there is no such external function");
    return true;
}
