/* The marks of the standard inside events, gateways and activities, as paths around their centre.
 * Figures 10.x of the standard show them; these are our own strokes. */
#include "bpmn/draw/svg.h"

struct mark_row {
    const char *element, *path;
    bool closed; /* filled where the mark is thrown */
};
/* In events: radius about 10. */
static const struct mark_row event_marks[] = {
    {"timerEventDefinition", "M0 -9A9 9 0 1 1 0 9A9 9 0 1 1 0 -9M0 -5V0L4 3", false},
    {"messageEventDefinition", "M-8 -5H8V5H-8ZL0 1L8 -5", true},
    {"signalEventDefinition", "M0 -8L8 6H-8Z", true},
    {"errorEventDefinition", "M-8 7L-3 -6L2 2L8 -8L4 7L-1 -1Z", true},
    {"escalationEventDefinition", "M0 -8L6 8L0 2L-6 8Z", true},
    {"compensateEventDefinition", "M-1 -6V6L-8 0ZM7 -6V6L0 0Z", true},
    {"cancelEventDefinition", "M-7 -4L-4 -7L0 -3L4 -7L7 -4L3 0L7 4L4 7L0 3L-4 7L-7 4L-3 0Z", true},
    {"linkEventDefinition", "M-8 -3H1V-7L8 0L1 7V3H-8Z", true},
    {"terminateEventDefinition", "M0 -8A8 8 0 1 1 0 8A8 8 0 1 1 0 -8Z", true},
    {"conditionalEventDefinition", "M-6 -8H6V8H-6ZM-4 -4H4M-4 0H4M-4 4H4", false},
};
static const char multiple[] = "M0 -8L8 -2L5 7H-5L-8 -2Z";
static const char parallel_multiple[] = "M-2.5 -8H2.5V-2.5H8V2.5H2.5V8H-2.5V2.5H-8V-2.5H-2.5Z";

static const struct mark_row gateway_marks[] = {
    {"parallelGateway", "M0 -9V9M-9 0H9", false},
    {"exclusiveGateway", "M-6 -7L6 7M6 -7L-6 7", false},
    {"inclusiveGateway", "M0 -9A9 9 0 1 1 0 9A9 9 0 1 1 0 -9", false},
    {"complexGateway", "M0 -9V9M-9 0H9M-6 -6L6 6M6 -6L-6 6", false},
    {"eventBasedGateway", "M0 -11A11 11 0 1 1 0 11A11 11 0 1 1 0 -11M0 -6L6 -1L4 6H-4L-6 -1Z",
     false},
};

/* In the corner of a task, in a square of 14. */
static const struct mark_row task_marks[] = {
    {"serviceTask", "M3 0A3 3 0 1 1 -3 0A3 3 0 1 1 3 0M0 -6V-3M0 3V6M-6 0H-3M3 0H6", false},
    {"businessRuleTask", "M-6 -5H6V5H-6ZM-6 -2H6M-2 -2V5M-6 2H6", false},
    {"userTask", "M0 -7A3 3 0 1 1 0 -1A3 3 0 1 1 0 -7M-6 7C-6 1 6 1 6 7Z", false},
    {"manualTask", "M-6 3V-2L-1 -5H2L-1 -2H6M6 0.5H0M5.5 3H0M4.5 5.5H-3L-6 3", false},
    {"scriptTask", "M-3 -6H6C3 -3 7 1 4 6H-5C-2 2 -6 -2 -3 -6ZM-2 -3H3M-1 0H3M-2 3H2", false},
    {"sendTask", "M-7 -4H7V5H-7ZL0 1L7 -4", true},
    {"receiveTask", "M-7 -4H7V5H-7ZL0 1L7 -4", false},
};

static const struct mark_row *find(const struct mark_row *row, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(name, str_from(row[i].element))) return &row[i];
    return NULL;
}

void svg_mark(struct buf *out, struct svg_point at, const char *path, const char *stroke,
              const char *fill)
{
    buf_add(out, STR("<path transform=\"translate("));
    svg_number(out, at.x);
    buf_char(out, ' ');
    svg_number(out, at.y);
    buf_printf(out,
               ")\" d=\"%s\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.3\" "
               "stroke-linecap=\"round\" stroke-linejoin=\"round\"/>",
               path, fill, stroke);
}

/* Several definitions, by element or by reference, have one mark. */
void svg_event_mark(struct buf *out, const struct xml *event, struct svg_point at, const char *ink)
{
    const struct mark_row *only = NULL;
    const bool thrown =
        str_eq(event->name, STR("endEvent")) || str_eq(event->name, STR("intermediateThrowEvent"));
    int count = 0;
    for (const struct xml *x = event->child; x; x = x->next) {
        const struct mark_row *m = find(event_marks, COUNTOF(event_marks), x->name);
        if (m) only = m;
        count += m != NULL || str_eq(x->name, STR("eventDefinitionRef"));
    }
    if (count > 1) {
        const bool all = str_eq(xml_attr(event, "parallelMultiple"), STR("true"));
        svg_mark(out, at, all ? parallel_multiple : multiple, ink, thrown ? ink : "none");
    } else if (only) {
        svg_mark(out, at, only->path, ink, thrown && only->closed ? ink : "none");
    }
}

void svg_gateway_mark(struct buf *out, const struct xml *gateway, struct svg_point at,
                      const char *ink)
{
    const struct mark_row *m = find(gateway_marks, COUNTOF(gateway_marks), gateway->name);
    if (m) svg_mark(out, at, m->path, ink, "none");
}

void svg_task_mark(struct buf *out, const struct xml *task, struct svg_point at, const char *ink)
{
    const struct mark_row *m = find(task_marks, COUNTOF(task_marks), task->name);
    if (m) svg_mark(out, at, m->path, ink, m->closed ? ink : "none");
}

/* At the lower edge: repeated, compensating, ad-hoc, with an inside that is not shown.  How many. */
int svg_activity_marks(struct buf *out, const struct xml *x, struct svg_point at, bool collapsed,
                       const char *ink)
{
    const struct xml *many = xml_child(x, NS_BPMN, STR("multiInstanceLoopCharacteristics"));
    const bool sequential = many && str_eq(xml_attr(many, "isSequential"), STR("true"));
    const struct {
        bool is;
        const char *path;
    } mark[] = {
        {collapsed, "M-6 -6H6V6H-6ZM0 -4V4M-4 0H4"},
        {xml_child(x, NS_BPMN, STR("standardLoopCharacteristics")) != NULL,
         "M-3 5A6 6 0 1 1 3 5M3 5L0 3M3 5L4.5 1.5"},
        {many && !sequential, "M-4 -5V5M0 -5V5M4 -5V5"},
        {many && sequential, "M-5 -4H5M-5 0H5M-5 4H5"},
        {str_eq(xml_attr(x, "isForCompensation"), STR("true")), "M-1 -5V5L-7 0ZM6 -5V5L0 0Z"},
        {str_eq(x->name, STR("adHocSubProcess")), "M-7 1C-4 -5 -1 -3 0 0C1 3 4 5 7 -1"},
    };
    int count = 0, step = 170;
    for (size_t i = 0; i < COUNTOF(mark); i++)
        count += mark[i].is;
    at.x -= (count - 1) * step / 2;
    for (size_t i = 0; i < COUNTOF(mark); i++) {
        if (!mark[i].is) continue;
        svg_mark(out, at, mark[i].path, ink, "none");
        at.x += step;
    }
    return count;
}
