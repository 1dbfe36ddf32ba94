/* What is needed to check a secret poll (DOMAIN 2.2, item 12), and how it was closed. */
#include "server/view/minutes_page.h"

static struct ts_str code(struct ts_minutes_page *page, struct ts_str text)
{
    return ts_arena_printf(&page->arena, "`%.*s`", TS_STR_ARG(text));
}

static void put_slips(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    const struct ts_paper_counts *p = poll->paper;
    if (!p)
        return;
    bool equal = p->handed_out == poll->cast + p->unused + p->lost + p->exchanged + p->audited;
    ts_page_item(page, TS_SAY_C_SLIPS,
                 TS_PAGE_FILL(page, equal ? TS_SAY_SLIPS : TS_SAY_SLIPS_UNEQUAL,
                              ts_page_number(page, p->handed_out), ts_page_number(page, poll->cast),
                              ts_page_number(page, p->unused), ts_page_number(page, p->lost),
                              ts_page_number(page, p->exchanged),
                              ts_page_number(page, p->audited)));
}

/* Codes of proto/ballot/closing.h. */
static struct ts_str difference_name(struct ts_minutes_page *page, struct ts_str wanted)
{
    static const struct {
        const char *code;
        enum ts_say sentence;
    } all[] = {{"counts.pack", TS_SAY_D_COUNTS_PACK},
               {"counts.printed", TS_SAY_D_COUNTS_PRINTED},
               {"counts.handed_out", TS_SAY_D_COUNTS_HANDED_OUT},
               {"counts.children", TS_SAY_D_COUNTS_CHILDREN},
               {"counts.replaced", TS_SAY_D_COUNTS_REPLACED},
               {"counts.void", TS_SAY_D_COUNTS_VOID},
               {"counts.audited", TS_SAY_D_COUNTS_AUDITED},
               {"counts.sealed", TS_SAY_D_COUNTS_SEALED},
               {"counts.opened", TS_SAY_D_COUNTS_OPENED},
               {"counts.missing", TS_SAY_D_COUNTS_MISSING},
               {"booth.given_up", TS_SAY_D_BOOTH_GIVEN_UP}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (ts_str_is(wanted, all[i].code))
            return ts_page_say(page, all[i].sentence);
    return ts_page_inline(page, wanted);
}

static void put_differences(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    if (poll->accepted.count == 0) {
        ts_page_item(page, TS_SAY_C_DIFFERENCES, ts_page_say(page, TS_SAY_DIFFERENCES_NONE));
        return;
    }
    ts_page_item(page, TS_SAY_C_DIFFERENCES,
                 TS_PAGE_FILL(page, TS_SAY_DIFFERENCES_ACCEPTED,
                              ts_page_content(page, &poll->accepted_reason)));
    for (size_t i = 0; i < poll->accepted.count; i++) {
        const struct ts_difference *d = &poll->accepted.ptr[i];
        ts_page_put(page, "  - ");
        ts_page_put_str(page, TS_PAGE_FILL(page, TS_SAY_DIFFERENCE, difference_name(page, d->code),
                                           ts_page_number(page, d->left),
                                           ts_page_number(page, d->right)));
        ts_page_put(page, "\n");
    }
}

static void put_booths(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    for (size_t i = 0; i < poll->booths.count; i++) {
        const struct ts_st_booth *booth = &poll->booths.ptr[i];
        if (!booth->given_up)
            continue;
        struct ts_str name = ts_minutes_kiosk(page->request, &booth->kiosk);
        ts_page_item(page, TS_SAY_C_BOOTHS,
                     TS_PAGE_FILL(page, TS_SAY_GIVEN_UP, ts_page_inline(page, name),
                                  ts_page_number(page, booth->waiting),
                                  ts_page_content(page, &booth->reason)));
    }
}

/* The keepers' stations by name; only those that have opened, or all. */
static struct ts_str stations(struct ts_minutes_page *page, const struct ts_st_keepers *keepers,
                              const struct ts_st_poll *opened)
{
    struct ts_buf buf = {0};
    const char *comma = page->language == TS_MINUTES_EN ? ", " : "、";
    for (size_t i = 0; i < keepers->keepers.count; i++) {
        bool shown = !opened;
        for (size_t p = 0; opened && p < opened->partials.count; p++)
            shown |= opened->partials.ptr[p].owner == (int64_t)i + 1;
        if (!shown)
            continue;
        if (buf.len > 0)
            ts_buf_append_str(&buf, ts_str_of(comma));
        ts_page_escape(&buf, ts_minutes_kiosk(page->request, &keepers->keepers.ptr[i].kiosk), NULL);
    }
    struct ts_str out = ts_arena_str(&page->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

static void put_keepers(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    static const enum ts_say roles[] = {TS_SAY_ROLES_UNKNOWN, TS_SAY_ROLES_SEPARATE,
                                        TS_SAY_ROLES_SHARED};
    const struct ts_st_keepers *keepers =
        ts_council_keepers(page->request->council, &poll->meeting);
    if (keepers) {
        struct ts_str all = TS_PAGE_FILL(
            page, TS_SAY_KEEPERS, ts_page_number(page, (int64_t)keepers->keepers.count),
            ts_page_number(page, keepers->threshold), stations(page, keepers, NULL));
        struct ts_str opened =
            poll->partials.count == 0
                ? TS_STR("")
                : TS_PAGE_FILL(page, TS_SAY_KEEPERS_OPENED, stations(page, keepers, poll));
        ts_page_item(
            page, TS_SAY_C_KEEPERS,
            ts_arena_printf(&page->arena, "%.*s%.*s", TS_STR_ARG(all), TS_STR_ARG(opened)));
        if (keepers->threshold < 2) {
            ts_page_put(page, "  - ");
            ts_page_put_str(page, ts_page_say(page, TS_SAY_KEEPERS_SINGLE));
            ts_page_put(page, "\n");
        }
    }
    ts_page_item(page, TS_SAY_C_ROLES,
                 ts_page_say(page, roles[ts_minutes_roles(page->request, poll)]));
}

static void put_zero(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    int64_t zero = 0;
    for (size_t i = 0; i < poll->booths.count; i++)
        zero += poll->booths.ptr[i].zero.ptr != NULL;
    if (zero > 0)
        ts_page_item(page, TS_SAY_C_ZERO,
                     TS_PAGE_FILL(page, TS_SAY_ZERO, ts_page_number(page, zero),
                                  ts_page_number(page, (int64_t)poll->witness.zero.count)));
}

void ts_page_check(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    struct ts_arena *a = &page->arena;
    struct ts_str phi_words = ts_minutes_phi_words(poll, a);
    ts_page_item(page, TS_SAY_C_UUID, code(page, ts_id_str(&poll->uuid)));
    ts_page_item(page, TS_SAY_C_PACK, ts_page_inline(page, poll->letter));
    ts_page_item(page, TS_SAY_C_PHI,
                 ts_arena_printf(a, "`%.*s` %.*s", TS_STR_ARG(poll->phi), TS_STR_ARG(phi_words)));
    put_zero(page, poll);
    ts_page_item(page, TS_SAY_C_K, code(page, poll->k));
    struct ts_str words = ts_minutes_k_words(poll, a);
    ts_page_item(page, TS_SAY_C_WORDS, ts_arena_printf(a, "**%.*s**", TS_STR_ARG(words)));
    if (ts_minutes_counted(page->request, poll)) {
        ts_page_item(page, TS_SAY_C_BALLOTS,
                     TS_PAGE_FILL(page, TS_SAY_BALLOTS, ts_page_number(page, poll->cast),
                                  ts_page_number(page, poll->voided),
                                  ts_page_number(page, poll->audited),
                                  ts_page_number(page, poll->conflicts)));
        if (poll->conflicts > 0)
            ts_page_item(page, TS_SAY_C_CONFLICTS, ts_page_number(page, poll->conflicts));
        put_slips(page, poll);
        if (poll->paper_entries > 1)
            ts_page_item(page, TS_SAY_C_PAPER,
                         TS_PAGE_FILL(page, TS_SAY_PAPER_AGAIN,
                                      ts_page_number(page, poll->paper_entries - 1)));
        put_differences(page, poll);
        put_booths(page, poll);
    }
    put_keepers(page, poll);
    ts_page_put(page, "\n");
}
