/* Structure: is everything said that must be said, does everything stand where it may, does every
 * reference lead to an element of the right kind.  The schema itself is in schema.c. */
#include "bpmn/rules/rules.h"

/* One attribute or child of an element as the schema writes it. */
struct part {
    str name, type, target; /* type: "i", "b", "u", "(A|B)"; target: "a|b" */
    bool required, group;   /* group: of children, any element that is one of target */
    bool many;
};

/* Cuts "name!:type>target" or "@a|b*". */
static struct part part_of(str word)
{
    struct part p = {0};
    str left = str_cut(word, '>', &p.target);
    str name = str_cut(left, ':', &p.type);
    p.group = str_starts(name, STR("@"));
    if (p.group) name = str_slice(name, 1, name.len);
    char mark = name.len ? name.at[name.len - 1] : ' ';
    bool marked = mark == '*' || mark == '+' || mark == '?' || mark == '!';
    p.name = marked ? str_slice(name, 0, name.len - 1) : name;
    p.many = mark == '*' || mark == '+';
    p.required = mark == '!' || mark == '+' || !marked;
    return p;
}

/* The parts of an element, those of its bases first. */
static int parts_of(const struct rules *r, int row, bool children, struct part *out)
{
    int chain[REFERENCE_DEPTH_MAX], depth = 0, count = 0;
    for (; row >= 0 && depth < REFERENCE_DEPTH_MAX; depth++) {
        chain[depth] = row;
        row = r->schema.base[row];
    }
    while (depth-- > 0) {
        const struct schema_row *s = schema_row_at(chain[depth]);
        for (str rest = str_from(children ? s->children : s->attrs); rest.len;) {
            str word = str_cut(rest, ' ', &rest);
            if (!word.len || count == SCHEMA_PARTS_MAX) continue;
            out[count] = part_of(word);
            if (!children) out[count].required = str_index(word, STR("!")) != SIZE_MAX;
            count++;
        }
    }
    return count;
}

static bool is_one_of(const struct rules *r, int row, str kinds)
{
    while (kinds.len)
        if (schema_row_is(&r->schema, row, str_cut(kinds, '|', &kinds))) return true;
    return false;
}

/* ---- values ---- */

static bool is_uri(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c <= ' ' || strchr("<>\"{}|\\^`", c)) return false;
        if (c != '%') continue;
        static const char hex[] = "0123456789abcdefABCDEF";
        if (i + 2 >= s.len || !strchr(hex, s.at[i + 1]) || !strchr(hex, s.at[i + 2])) return false;
    }
    return true;
}

static bool fits_type(str type, str value)
{
    int64_t n;
    if (str_eq(type, STR("i"))) return str_i64(str_trim(value), &n);
    if (str_eq(type, STR("u"))) return is_uri(str_trim(value));
    if (str_eq(type, STR("b"))) type = STR("(true|false|1|0)");
    if (!str_starts(type, STR("("))) return true;
    for (str rest = str_slice(type, 1, type.len - 1); rest.len;)
        if (str_eq(str_cut(rest, '|', &rest), str_trim(value))) return true;
    return false;
}

static void fault(struct rules *r, const struct xml *x, struct pos at, const char *slug, str zh,
                  str en)
{
    while (!rule_has_attr(x, "id") && x->parent && x->parent->parent)
        x = x->parent;
    str s = r->d->cx->lang == LANG_EN ? en : zh;
    draft_fault_at(r->d, x, at, slug, STR_FMT, STR_FMT, STR_ARG(s));
}

#define SAY(fmt, ...) arena_printf(r->d->cx->arena, fmt, __VA_ARGS__)

/* Operations and types may be those of a service known only to who runs it. */
static bool may_stand_elsewhere(str name)
{
    static const char *const known[] = {"operationRef", "structureRef", "type",
                                        "evaluatesToTypeRef"};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(name, str_from(known[i]))) return true;
    return false;
}

/* Artifacts at the end of a flow have numbers of their own. */
static const char *reference_rule(const struct xml *x, str name)
{
    bool source = str_eq(name, STR("sourceRef"));
    if (str_eq(x->name, STR("sequenceFlow"))) return source ? "REF, EXT.007" : "REF, EXT.006";
    if (str_eq(x->name, STR("messageFlow"))) return source ? "REF, EXT.009" : "REF, EXT.008";
    return "REF";
}

static void check_reference(struct rules *r, const struct xml *x, struct pos at, str name,
                            str value, str target)
{
    const struct rule_element *e = rule_find(r, value);
    if (e && is_one_of(r, e->row, target)) return;
    if (!e && r->open) return; /* it may stand in an imported file */
    if (!e && may_stand_elsewhere(name)) return;
    const char *rule = reference_rule(x, name);
    str what = e ? e->xml->name : (str){0};
    if (e)
        fault(r, x, at, "bpmn.unknown-reference",
              SAY(STR_FMT " \"" STR_FMT "\" 指向 " STR_FMT "，应指向 " STR_FMT
                          "（BPMN 2.0 规则 %s）",
                  STR_ARG(name), STR_ARG(value), STR_ARG(what), STR_ARG(target), rule),
              SAY(STR_FMT " \"" STR_FMT "\" is a " STR_FMT ", expected a " STR_FMT
                          " (BPMN 2.0 rule %s)",
                  STR_ARG(name), STR_ARG(value), STR_ARG(what), STR_ARG(target), rule));
    else
        fault(r, x, at, "bpmn.unknown-reference",
              SAY(STR_FMT " \"" STR_FMT "\" 不存在，应为某个 " STR_FMT
                          " 的编号（BPMN 2.0 规则 %s）",
                  STR_ARG(name), STR_ARG(value), STR_ARG(target), rule),
              SAY("there is no " STR_FMT " \"" STR_FMT "\", expected the id of a " STR_FMT
                  " (BPMN 2.0 rule %s)",
                  STR_ARG(name), STR_ARG(value), STR_ARG(target), rule));
}

static const struct part *part_named(const struct part *part, int count, str name)
{
    for (int i = 0; i < count; i++)
        if (str_eq(part[i].name, name)) return &part[i];
    return NULL;
}

static void check_attributes(struct rules *r, const struct rule_element *e)
{
    struct part part[SCHEMA_PARTS_MAX];
    int count = parts_of(r, e->row, false, part);
    const struct xml *x = e->xml;
    for (int i = 0; i < x->attr_count; i++) {
        const struct xml_attr *a = &x->attr[i];
        const struct part *p = part_named(part, count, a->name);
        if (a->ns.len) continue;
        if (!p)
            fault(r, x, a->pos, "bpmn.structure",
                  SAY(STR_FMT " 没有属性 " STR_FMT "（BPMN 2.0 规则 XSD）", STR_ARG(x->name),
                      STR_ARG(a->name)),
                  SAY("a " STR_FMT " has no attribute " STR_FMT " (BPMN 2.0 rule XSD)",
                      STR_ARG(x->name), STR_ARG(a->name)));
        else if (!fits_type(p->type, a->value))
            fault(r, x, a->pos, "bpmn.structure",
                  SAY("属性 " STR_FMT "=\"" STR_FMT "\" 不合规定（BPMN 2.0 规则 XSD、EXT.014）",
                      STR_ARG(a->name), STR_ARG(a->value)),
                  SAY("the attribute " STR_FMT "=\"" STR_FMT
                      "\" is not what it may be (BPMN 2.0 rules XSD, EXT.014)",
                      STR_ARG(a->name), STR_ARG(a->value)));
        else if (p->target.len)
            check_reference(r, x, a->pos, a->name, a->value, p->target);
    }
    for (int i = 0; i < count; i++)
        if (part[i].required && !xml_attr_find(x, (str){0}, part[i].name))
            fault(r, x, x->pos, "bpmn.structure",
                  SAY(STR_FMT " 缺少属性 " STR_FMT "（BPMN 2.0 规则 XSD）", STR_ARG(x->name),
                      STR_ARG(part[i].name)),
                  SAY("this " STR_FMT " lacks the attribute " STR_FMT " (BPMN 2.0 rule XSD)",
                      STR_ARG(x->name), STR_ARG(part[i].name)));
}

/* ---- children ---- */

static bool accepts(const struct rules *r, const struct part *p, const struct xml *c, int row)
{
    return p->group ? row >= 0 && is_one_of(r, row, p->name) : str_eq(p->name, c->name);
}

/* Which part c is, at `from` or behind; before it when there is none behind; -1. */
static int place_of(const struct rules *r, const struct part *part, int count, int from,
                    const struct xml *c)
{
    int row = schema_row_find(&r->schema, c->name);
    for (int i = from; i < count; i++)
        if (accepts(r, &part[i], c, row)) return i;
    for (int i = 0; i < from && i < count; i++)
        if (accepts(r, &part[i], c, row)) return i;
    return -1;
}

static bool holds_anything(const struct xml *x)
{
    static const char *const name[] = {"documentation", "script", "text", "extensionElements",
                                       "partitionElement"};
    for (size_t i = 0; i < COUNTOF(name); i++)
        if (str_eq(x->name, str_from(name[i]))) return true;
    return false;
}

static void check_child(struct rules *r, const struct xml *x, const struct xml *c, const char *zh,
                        const char *en)
{
    const char *rule = str_eq(c->name, STR("property")) ? "XSD, EXT.078" : "XSD";
    fault(r, x, c->pos, "bpmn.structure",
          SAY(STR_FMT " 中的元素 " STR_FMT " %s（BPMN 2.0 规则 %s）", STR_ARG(x->name),
              STR_ARG(c->name), zh, rule),
          SAY("in this " STR_FMT " the element " STR_FMT " %s (BPMN 2.0 rule %s)", STR_ARG(x->name),
              STR_ARG(c->name), en, rule));
}

static void check_children(struct rules *r, const struct rule_element *e)
{
    struct part part[SCHEMA_PARTS_MAX];
    int seen[SCHEMA_PARTS_MAX] = {0}, at = 0;
    int count = parts_of(r, e->row, true, part);
    const struct xml *x = e->xml;
    for (const struct xml *c = x->child; c; c = c->next) {
        if (!str_eq(c->ns, NS_BPMN)) {
            if (!str_eq(c->ns, NS_BPMNDI))
                check_child(r, x, c, "不属于 BPMN，应放在 extensionElements 中",
                            "is not of BPMN and must stand in extensionElements");
            continue;
        }
        int place = place_of(r, part, count, at, c);
        if (place < 0) {
            check_child(r, x, c, "不能在这里", "cannot stand here");
            continue;
        }
        if (place < at) check_child(r, x, c, "的次序不对", "stands out of order");
        if (place > at) at = place;
        if (seen[place]++ && !part[place].many)
            check_child(r, x, c, "只能有一个", "may stand only once");
        if (part[place].target.len)
            check_reference(r, x, c->text_pos.line ? c->text_pos : c->pos, c->name, c->text,
                            part[place].target);
    }
    for (int i = 0; i < count; i++)
        if (part[i].required && !seen[i])
            fault(r, x, x->pos, "bpmn.structure",
                  SAY(STR_FMT " 中缺少元素 " STR_FMT "（BPMN 2.0 规则 XSD）", STR_ARG(x->name),
                      STR_ARG(part[i].name)),
                  SAY("this " STR_FMT " lacks an element " STR_FMT " (BPMN 2.0 rule XSD)",
                      STR_ARG(x->name), STR_ARG(part[i].name)));
}

void rules_check_schema(struct rules *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct rule_element *e = &r->element[i];
        if (e->row < 0) continue;
        check_attributes(r, e);
        if (!holds_anything(e->xml)) check_children(r, e);
    }
}
