/* Process models from strangers: any bytes are read as BPMN 2.0 XML and checked against a scope; what is
 * refused has a reason in both languages, what is accepted holds together. */
#include "bpmn/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct feel_scope *scope(struct arena *a)
{
    struct feel_scope *s = feel_scope_new(a);
    (void)feel_scope_add(s, STR("amount"), feel_type_of_kind(FEEL_NUMBER));
    (void)feel_scope_add(s, STR("lead"), feel_type_of_kind(FEEL_STRING));
    (void)feel_scope_add(s, STR("due"), feel_type_of_kind(FEEL_DATE));
    (void)feel_scope_add(s, STR("status"), feel_type_of_kind(FEEL_STRING));
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ARENA_BYTES = 16 << 20, XML_MAX = 1 << 16 };
    struct arena a;
    const struct bpmn_model *m;
    if (size > XML_MAX) return 0;
    arena_init(&a, ARENA_BYTES);
    struct findings *findings = NEW(&a, struct findings);
    struct cx cx = {.arena = &a, .lang = size % 2 ? LANG_EN : LANG_ZH, .findings = findings};
    const struct bpmn_load how = {
        .variables = scope(&a), .open = size % 3 == 0, .strict = size % 5 == 0};
    const rc r = bpmn_load(&cx, (str){(const char *)data, size}, STR("fuzz.bpmn"), &how, &m);
    CHECK(r == RC_OK || cx.err.code == r);
    if (r == RC_OK) {
        CHECK(m->process != NULL && m->node_count <= BPMN_NODES_MAX);
        for (int i = 0; i < m->node_count; i++)
            CHECK(bpmn_node_find(m, m->node[i].id) == &m->node[i]);
    } else {
        CHECK(utf8_valid(cx.err.detail));
        for (size_t i = 0; i < findings->count; i++)
            CHECK(utf8_valid(findings->item[i].detail));
    }
    arena_done(&a);
    return 0;
}
