/* What an error of PostgreSQL means to us. */
#include <string.h>

#include "store/postgres/pg.h"

str pg_message(struct arena *a, const char *text)
{
    str s = str_trim(arena_dup(a, str_from(text)));
    char *bytes = arena_cstr(a, s);
    for (size_t i = 0; i < s.len; i++)
        if (bytes[i] == '\n' || bytes[i] == '\t') bytes[i] = ' ';
    return (str){bytes, s.len};
}

static const char *state_of(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    return state ? state : "";
}

static bool of_class(const char *state, const char *class)
{
    return strncmp(state, class, strlen(class)) == 0;
}

bool pg_is_lost(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

rc pg_unreachable(struct cx *cx, const struct pg_db *p)
{
    const char *text = p && p->conn ? PQerrorMessage(p->conn) : "";
    str why = pg_message(cx->arena, text);
    if (!why.len) why = STR("connection lost");
    rc r = err_set(cx, RC_BUSY, "store.unreachable", "与数据库的连接中断：" STR_FMT,
                   "The connection to the database is lost: " STR_FMT, STR_ARG(why));
    err_hint(cx, "数据库恢复后会自动重新连接，请稍后再试",
             "It is connected again when the database is back: try again in a moment");
    return r;
}

rc pg_unknown_outcome(struct cx *cx)
{
    rc r = err_set(cx, RC_BUSY, "store.unknown-outcome",
                   "提交时与数据库的连接中断，不知道改动是否已保存",
                   "The connection to the database broke during the commit: whether the change is "
                   "stored is not known");
    err_hint(cx, "用同一个幂等键重试：已保存的不会重复",
             "Repeat it with the same idempotency key: what is stored is not done twice");
    return r;
}

rc pg_lost_site(struct cx *cx, const struct pg_db *p)
{
    rc r =
        err_set(cx, RC_BUSY, "store.lost", "站点 %" PRId64 " 已由另一个服务接管，没有保存任何改动",
                "Another server has taken over the site %" PRId64 "; nothing was changed", p->site);
    err_hint(cx, "请向现在的服务重试", "Try again with the server that has it now");
    return r;
}

static rc fail_full(struct cx *cx, str message)
{
    rc r =
        err_set(cx, RC_FULL, "store.full", "数据库空间或内存不足，没有保存任何改动（" STR_FMT "）",
                "The database is out of space or memory; nothing was changed (" STR_FMT ")",
                STR_ARG(message));
    err_hint(cx, "释放空间后重试", "Free some space, then try again");
    return r;
}

rc pg_fail(struct cx *cx, const PGresult *result, str text)
{
    const char *state = state_of(result);
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!primary) primary = result ? PQresultErrorMessage(result) : "";
    str message = pg_message(cx->arena, primary);
    if (of_class(state, "23"))
        return err_set(cx, RC_CONFLICT, "store.constraint", "与已有数据冲突：" STR_FMT,
                       "Conflicts with what is stored: " STR_FMT, STR_ARG(message));
    if (of_class(state, "53100") || of_class(state, "53200")) return fail_full(cx, message);
    if (of_class(state, "57014")) return db_out_of_time(cx);
    if (of_class(state, "40001") || of_class(state, "40P01") || of_class(state, "55P03"))
        return err_set(cx, RC_BUSY, "store.busy", "数据库正忙，请稍后再试",
                       "The database is busy, try again");
    str shown = str_slice(text, 0, text.len < 2000 ? text.len : 2000);
    return err_set(cx, RC_INTERNAL, "store.sql", "数据库语句失败：" STR_FMT "（%s；" STR_FMT "）",
                   "A database statement failed: " STR_FMT " (%s; " STR_FMT ")", STR_ARG(message),
                   state, STR_ARG(shown));
}
