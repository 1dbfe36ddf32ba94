/* The minutes as Markdown, in Chinese. */
#include <assert.h>

#include "server/view/minutes_fold.h"

/* ---- writing ---- */

/* Text from people: nothing of it is markup, and it stays on its line. */
static void text(struct ts_buf *out, struct ts_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\n' || c == '\t')
            c = ' ';
        if (strchr("\\`*_{}[]<>#|~!&", c) != NULL)
            ts_buf_append_char(out, '\\');
        ts_buf_append_char(out, c);
    }
    if (s.len == 0)
        ts_buf_append_str(out, TS_STR("（已删除）"));
}

static void line(struct ts_buf *out, const char *label, struct ts_str s)
{
    ts_buf_printf(out, "- %s：", label);
    text(out, s);
    ts_buf_append_char(out, '\n');
}

static void number(struct ts_buf *out, const char *label, int64_t n)
{
    ts_buf_printf(out, "| %s | %lld |\n", label, (long long)n);
}

static void table(struct ts_buf *out)
{
    ts_buf_append_str(out, TS_STR("\n| 项目 | 数目 |\n|---|---:|\n"));
}

static const char *origin_words(int origin)
{
    return origin == TS_ORIGIN_CHILD_CARD ? "孩子的心愿卡"
           : origin == TS_ORIGIN_GROUP    ? "小组"
                                          : "大人";
}

/* ---- parts ---- */

static void write_head(struct ts_buf *out, const struct ts_minutes *m)
{
    static const char *const kinds[] = {"", "全体会议", "专题会", "选举"};
    if (m->rehearsal)
        ts_buf_append_str(out, TS_STR("> **演练**：这不是真的会议。\n\n"));
    ts_buf_append_str(out, TS_STR("# "));
    text(out, m->name);
    ts_buf_printf(out, "第%lld届第%lld次%s纪要\n\n", (long long)m->term, (long long)m->sitting,
                  kinds[m->kind]);
    if (!ts_str_is(m->state, "complete"))
        ts_buf_append_str(out, TS_STR("> 草稿：会议没有结束，或者还有通过的提案没有写明谁来答复。\n\n"));
    line(out, "会议", m->title);
    line(out, "机构", m->body);
    line(out, "地点", m->place);
    if (m->opened.ptr)
        line(out, "开始", m->opened);
    else
        line(out, "预定", m->starts);
    if (m->closed.ptr)
        line(out, "结束", m->closed);
}

static void write_attendance(struct ts_buf *out, const struct ts_minutes *m)
{
    ts_buf_append_str(out, TS_STR("\n## 出席\n"));
    table(out);
    number(out, "应到", m->members);
    if (m->opened.ptr)
        number(out, "开会时实到", m->present_opening);
    number(out, m->closed.ptr ? "散会时在场" : "现在在场", m->present);
    if (m->quorum > 0)
        number(out, "法定人数", m->quorum);
    number(out, "来过", m->came);
    number(out, "开会后到", m->late);
    number(out, "提前离开", m->left_early);
    number(out, "请假", m->excused);
    number(out, "缺席", m->absent);
    number(out, "观察员", m->observers);
    number(out, "来宾", m->guests);
    number(out, "监护人", m->guardians);
    if (m->stays.count == 0)
        return;
    ts_buf_append_str(out, TS_STR("\n内部记录（按座位号）：\n\n| 座位 | 到 | 离 |\n|---:|---|---|\n"));
    for (size_t i = 0; i < m->stays.count; i++)
        ts_buf_printf(out, "| %lld | %.*s | %.*s |\n", (long long)m->stays.ptr[i].seat,
                      TS_STR_ARG(m->stays.ptr[i].arrived), (int)m->stays.ptr[i].left.len,
                      m->stays.ptr[i].left.ptr ? m->stays.ptr[i].left.ptr : "");
}

static void write_items(struct ts_buf *out, const struct ts_minutes *m)
{
    ts_buf_append_str(out, TS_STR("\n## 议程\n\n"));
    for (size_t i = 0; i < m->items.count; i++) {
        const struct ts_minutes_item *item = &m->items.ptr[i];
        ts_buf_printf(out, "%lld. ", (long long)item->number);
        text(out, item->title);
        ts_buf_printf(out, "（%lld 分钟，来自%s）\n", (long long)item->minutes,
                      origin_words(item->origin));
        for (size_t n = 0; n < item->notes.count; n++) {
            ts_buf_append_str(out, TS_STR("   - "));
            text(out, item->notes.ptr[n]);
            ts_buf_append_char(out, '\n');
        }
    }
    if (m->order_changes > 0)
        ts_buf_printf(out, "\n发言顺序由主持人改过 %lld 次。\n", (long long)m->order_changes);
}

static void write_motions(struct ts_buf *out, const struct ts_minutes *m)
{
    static const char *const states[] = {"", "还没有结果", "通过", "没有通过", "撤回"};
    if (m->motions.count == 0)
        return;
    ts_buf_append_str(out, TS_STR("\n## 提案\n"));
    for (size_t i = 0; i < m->motions.count; i++) {
        const struct ts_minutes_motion *motion = &m->motions.ptr[i];
        ts_buf_append_str(out, TS_STR("\n### "));
        text(out, motion->title);
        ts_buf_printf(out, "\n\n- 议程第 %lld 项，来自%s\n", (long long)motion->item,
                      origin_words(motion->origin));
        line(out, "内容", motion->text);
        line(out, "结果", ts_str_of(states[motion->state]));
        for (size_t n = 0; n < motion->minority.count; n++)
            line(out, "不同意见", motion->minority.ptr[n]);
    }
}

static void write_votes(struct ts_buf *out, const struct ts_minutes *m)
{
    static const char *const choices[] = {"", "赞成", "反对", "弃权"};
    if (m->votes.count == 0)
        return;
    ts_buf_append_str(out, TS_STR("\n## 公开表决\n"));
    for (size_t i = 0; i < m->votes.count; i++) {
        const struct ts_minutes_vote *vote = &m->votes.ptr[i];
        ts_buf_append_str(out, TS_STR("\n### "));
        text(out, vote->question);
        ts_buf_printf(out, "\n\n- 方式：%s（%s）\n", vote->named ? "记名" : "举手",
                      vote->group == TS_GROUP_GUARDIANS ? "监护人" : "小议事员");
        line(out, "规则", vote->rule);
        table(out);
        number(out, "应到", vote->members);
        number(out, "实到", vote->present);
        number(out, "赞成", vote->for_count);
        number(out, "反对", vote->against);
        number(out, "弃权", vote->abstain);
        ts_buf_append_str(out, TS_STR("\n结果："));
        text(out, vote->result);
        ts_buf_append_str(out, TS_STR("\n"));
        if (vote->choices.count == 0)
            continue;
        ts_buf_append_str(out, TS_STR("\n内部记录（按座位号）："));
        for (size_t n = 0; n < vote->choices.count; n++)
            ts_buf_printf(out, "%s%lld %s", n == 0 ? "" : "，",
                          (long long)vote->choices.ptr[n].seat,
                          choices[vote->choices.ptr[n].choice]);
        ts_buf_append_str(out, TS_STR("。\n"));
    }
}

/* The vote table (MN-03): only what is known for certain by now. */
static void write_poll_table(struct ts_buf *out, const struct ts_minutes_poll *poll)
{
    const struct ts_minutes_result *result = poll->result;
    table(out);
    number(out, "应到", poll->members);
    number(out, "实到", poll->present);
    number(out, "可投票", poll->entitled);
    if (poll->has_handed_out)
        number(out, "发出票", poll->handed_out);
    if (poll->has_returned)
        number(out, "退回未用", poll->returned);
    if (poll->paper) {
        number(out, "遗失", poll->paper->lost);
        number(out, "换票", poll->paper->exchanged);
        number(out, "抽查", poll->paper->audited);
    }
    if (poll->has_cast)
        number(out, "投出（收回）", poll->cast);
    if (!result)
        return;
    number(out, "有效", result->valid);
    number(out, "无效", result->invalid);
    if (result->has_for_count) {
        number(out, "赞成", result->for_count);
        number(out, "反对", result->against);
        number(out, "弃权", result->abstain);
    }
    number(out, "空白", result->blank);
    if (result->options.count == 0)
        return;
    ts_buf_append_str(out, TS_STR("\n| 号 | 选项 | 票数 | 当选 |\n|---:|---|---:|---|\n"));
    for (size_t i = 0; i < result->options.count; i++) {
        const struct ts_minutes_option *o = &result->options.ptr[i];
        ts_buf_printf(out, "| %lld | ", (long long)o->number);
        text(out, o->text);
        ts_buf_printf(out, " | %lld | %s |\n", (long long)o->votes, o->elected ? "是" : "");
    }
}

static void write_irregular(struct ts_buf *out, const struct ts_minutes_poll *poll)
{
    for (size_t i = 0; i < poll->differences.count; i++) {
        const struct ts_difference *d = &poll->differences.ptr[i];
        struct ts_str words = ts_minutes_difference(d->code);
        ts_buf_printf(out, "- 数目不符：%.*s（%lld / %lld），两人接受\n", TS_STR_ARG(words),
                      (long long)d->left, (long long)d->right);
    }
    if (poll->differences.count > 0)
        line(out, "原因", poll->difference_reason);
    for (size_t i = 0; i < poll->given_up.count; i++) {
        ts_buf_append_str(out, TS_STR("- 没有回应、由两人放弃的投票站："));
        text(out, poll->given_up.ptr[i].name);
        ts_buf_printf(out, "（最后报告还有 %lld 张没送到）；原因：",
                      (long long)poll->given_up.ptr[i].waiting);
        text(out, poll->given_up.ptr[i].reason);
        ts_buf_append_char(out, '\n');
    }
    if (poll->paper_entries > 1)
        ts_buf_printf(out, "- 纸票清点更正过 %lld 次\n", (long long)poll->paper_entries - 1);
    if (poll->has_conflicts && poll->conflicts > 0)
        ts_buf_printf(out, "- 因选票已经用过而没有收下的票：%lld\n", (long long)poll->conflicts);
}

static void write_check(struct ts_buf *out, const struct ts_minutes_poll *poll)
{
    if (poll->phi.ptr)
        ts_buf_printf(out, "- 选举指纹：`%.*s`（%.*s）\n", TS_STR_ARG(poll->phi),
                      TS_STR_ARG(poll->words));
    if (poll->k.ptr)
        ts_buf_printf(out, "- 结束声明：`%.*s`（%.*s）\n", TS_STR_ARG(poll->k),
                      TS_STR_ARG(poll->closing_words));
    if (poll->keepers > 0) {
        ts_buf_printf(out, "- 密钥保管人 %lld 位，开票需要 %lld 位", (long long)poll->keepers,
                      (long long)poll->keepers_needed);
        if (poll->keeper_rounds > 1)
            ts_buf_printf(out, "；钥匙重做过 %lld 次", (long long)poll->keeper_rounds - 1);
        if (poll->keepers_needed < 2)
            ts_buf_append_str(out, TS_STR("；只要一位就能开，这个人可以看到票"));
        ts_buf_append_char(out, '\n');
    }
    if (!ts_id_is_none(&poll->uuid))
        ts_buf_printf(out, "- 核验：`tongsheng-verify %s.bel`\n", poll->uuid.s);
}

static void write_poll(struct ts_buf *out, const struct ts_minutes_poll *poll)
{
    ts_buf_append_str(out, TS_STR("\n### "));
    text(out, poll->question);
    ts_buf_append_str(out, TS_STR("\n\n"));
    if (poll->state == TS_POLL_STATE_VOID) {
        line(out, "作废，原因", poll->void_reason);
        return;
    }
    line(out, "规则", poll->rule);
    write_poll_table(out, poll);
    ts_buf_append_char(out, '\n');
    if (poll->result) {
        ts_buf_append_str(out, TS_STR("结果："));
        text(out, poll->result->result);
        ts_buf_append_str(out, TS_STR("\n\n"));
        for (size_t i = 0; i < poll->result->verdict.displaced.count; i++) {
            const struct ts_displacement *d = &poll->result->verdict.displaced.ptr[i];
            ts_buf_printf(out, "- %lld 号得到 ", (long long)d->by);
            text(out, d->tag);
            ts_buf_printf(out, " 的保留名额，代替 %lld 号\n", (long long)d->option);
        }
        for (size_t i = 0; i < poll->result->notes.count; i++) {
            ts_buf_append_str(out, TS_STR("- "));
            text(out, poll->result->notes.ptr[i]);
            ts_buf_append_char(out, '\n');
        }
    } else {
        ts_buf_append_str(out, TS_STR("结果：还没有公布\n\n"));
    }
    write_irregular(out, poll);
    write_check(out, poll);
    if (poll->notice_until.ptr)
        ts_buf_printf(out, "- 公示到 %.*s，%s；异议 %lld 件，已答复 %lld 件\n",
                      TS_STR_ARG(poll->notice_until), poll->final ? "已确定" : "还没有确定",
                      (long long)poll->complaints, (long long)poll->complaints_answered);
}

static void write_decisions(struct ts_buf *out, const struct ts_minutes *m)
{
    bool any = false;
    for (size_t i = 0; i < m->motions.count; i++) {
        const struct ts_minutes_motion *motion = &m->motions.ptr[i];
        if (!motion->lead.ptr)
            continue;
        if (!any)
            ts_buf_append_str(out, TS_STR("\n## 决议和责任\n\n| 提案 | 决议 | 牵头 | 配合 | 答复期限 |\n"
                                          "|---|---|---|---|---|\n"));
        any = true;
        ts_buf_append_str(out, TS_STR("| "));
        text(out, motion->title);
        ts_buf_append_str(out, TS_STR(" | "));
        text(out, motion->decision);
        ts_buf_append_str(out, TS_STR(" | "));
        text(out, motion->lead);
        ts_buf_append_str(out, TS_STR(" | "));
        text(out, motion->support.len > 0 ? motion->support : TS_STR("—"));
        ts_buf_printf(out, " | %.*s |\n", TS_STR_ARG(motion->due_on));
    }
}

void ts_minutes_md(const struct ts_view_house *house, struct ts_str key, bool internal,
                   struct ts_buf *out)
{
    struct ts_arena arena = {0};
    const struct ts_minutes *m = ts_minutes_fold(house, key, internal, &arena);
    assert(m);
    write_head(out, m);
    write_attendance(out, m);
    write_items(out, m);
    write_motions(out, m);
    write_votes(out, m);
    if (m->polls.count > 0)
        ts_buf_append_str(out, TS_STR("\n## 无记名投票\n"));
    for (size_t i = 0; i < m->polls.count; i++)
        write_poll(out, &m->polls.ptr[i]);
    write_decisions(out, m);
    ts_arena_free(&arena);
}
