/* Tells what the token game found about a model: deadlocks, branches that do not wait for each other,
 * places where no run comes, loops without end. */
#include "bpmn/check.h"
#include "bpmn/read/draft.h"

static const struct xml *xml_of(const struct draft *d, const struct bpmn_node *n)
{
    return d->node_xml[n->index];
}

static void tell_deadlock(struct draft *d, const struct bpmn_unsound *u)
{
    const struct xml *x = xml_of(d, u->node);
    if (u->certain && d->how->strict && u->node->process->is_executable)
        draft_fault(d, x, "bpmn.deadlock", "流程走到这里总会卡住，等的令牌永远不来：" STR_FMT,
                    "every run gets stuck here, what it waits for never comes: " STR_FMT,
                    STR_ARG(u->path));
    else
        draft_warn(d, x, "bpmn.deadlock", "流程可能卡在这里，等的令牌不再来：" STR_FMT,
                   "a run may get stuck here, what it waits for does not come: " STR_FMT,
                   STR_ARG(u->path));
}

static void tell_join(struct draft *d, const struct bpmn_unsound *u)
{
    const struct xml *x = xml_of(d, u->node);
    static const char *const zh =
        "并行汇合永远等不齐 %d 条入线的令牌；"
        "入线若来自排他网关的不同出口，或是退回来的回路，请先用 exclusiveGateway 汇合。" STR_FMT;
    static const char *const en =
        "this parallel join can never have a token on all of its %d incoming flows; where they come "
        "from different ways out of an exclusive gateway, or one is a loop back, join them in an "
        "exclusiveGateway first. " STR_FMT;
    if (draft_forgives(d) || !u->node->process->is_executable)
        draft_warn(d, x, "bpmn.join-never", zh, en, u->node->in_count, STR_ARG(u->path));
    else
        draft_fault(d, x, "bpmn.join-never", zh, en, u->node->in_count, STR_ARG(u->path));
}

static void tell(struct draft *d, const struct bpmn_unsound *u)
{
    const struct xml *x = xml_of(d, u->node);
    switch (u->kind) {
    case BPMN_DEADLOCK: tell_deadlock(d, u); break;
    case BPMN_JOIN_NEVER: tell_join(d, u); break;
    case BPMN_UNSYNCHRONISED:
        draft_warn(
            d, x, "bpmn.unsynchronised",
            "并行的分支在这里会合却不互相等待，后面的步骤会走几遍；要等齐请用并行网关：" STR_FMT,
            "parallel branches meet here without waiting for each other, what follows runs "
            "several times; join them with a parallel gateway: " STR_FMT,
            STR_ARG(u->path));
        break;
    case BPMN_DEAD:
        draft_warn(d, x, "bpmn.dead-element", "任何一次运行都走不到这里", "no run ever comes here");
        break;
    case BPMN_ENDLESS:
        draft_warn(
            d, x, "bpmn.endless",
            "这个回路里没有等待的步骤，也不改变任何数据，进去就转不出来：" STR_FMT,
            "in this loop nothing waits and nothing changes, what goes in turns for ever: " STR_FMT,
            STR_ARG(u->path));
        break;
    case BPMN_NOT_ANALYSED:
        draft_warn(d, x, "bpmn.not-analysed", "流程的可能走法太多，没有查完是否会卡住",
                   "the process has too many ways to run, whether it can get stuck was not fully "
                   "analysed");
        break;
    }
}

void draft_check_joins(struct draft *d)
{
    struct bpmn_unsound_list list;
    bpmn_soundness(d->cx, d->model, &list);
    for (int i = 0; i < list.count; i++)
        tell(d, &list.at[i]);
}
