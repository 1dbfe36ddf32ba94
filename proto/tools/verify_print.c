#include "proto/tools/verify_print.h"

#include <inttypes.h>

#include "proto/ballot/credlist.h"
#include "proto/ballot/weight.h"

static const char *const verdict_codes[] = {
    [TS_VERIFY_VALID] = "valid",
    [TS_VERIFY_OPEN] = "open",
    [TS_VERIFY_INVALID] = "invalid",
    [TS_VERIFY_UNREADABLE] = "unreadable",
};

static const char *const verdict_texts[] = {
    [TS_VERIFY_VALID] = "VALID",
    [TS_VERIFY_OPEN] = "VALID SO FAR: the archive is still open, there is no result yet",
    [TS_VERIFY_INVALID] = "INVALID",
    [TS_VERIFY_UNREADABLE] = "NOT READABLE",
};

static const char *const outcome_codes[] = {
    [TS_VERIFY_NOT_REACHED] = "not_reached",
    [TS_VERIFY_PASSED] = "passed",
    [TS_VERIFY_FAILED] = "failed",
};

static const char *const outcome_texts[] = {
    [TS_VERIFY_NOT_REACHED] = "--",
    [TS_VERIFY_PASSED] = "ok",
    [TS_VERIFY_FAILED] = "FAILED",
};

/* Text from a file that may be hostile: no control characters reach the terminal. */
static void put_text(FILE *out, struct ts_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        /* 0xC2 0x80..0x9F are the C1 controls in UTF-8. */
        bool c1 = c == 0xC2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xA0;
        fputc(c < 0x20 || c == 0x7F || c1 ? '?' : c, out);
        i += c1;
    }
}

static void put_buf(struct ts_verify_print *p, struct ts_buf *buf)
{
    fwrite(buf->ptr, 1, buf->len, p->out);
    ts_buf_free(buf);
}

void ts_verify_print_begin(struct ts_verify_print *p)
{
    if (p->json)
        fputs("{\"findings\":[", p->out);
}

/* A finding in both forms; numbers below `from` are left out. */
struct line {
    bool warning;
    const char *check, *code, *where, *detail;
    struct {
        const char *name;
        int64_t value, from;
    } places[3];
    struct ts_str stream;
};

static void put_line_json(struct ts_verify_print *p, const struct line *l)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    if (p->started)
        ts_buf_append_char(&buf, ',');
    ts_jw_init(&w, &buf);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "severity", l->warning ? "warning" : "error");
    ts_jw_member_cstr(&w, "check", l->check);
    ts_jw_member_cstr(&w, "code", l->code);
    if (l->stream.len > 0)
        ts_jw_member_str(&w, "stream", l->stream);
    for (size_t i = 0; i < 3; i++) {
        if (l->places[i].name && l->places[i].value >= l->places[i].from)
            ts_jw_member_int(&w, l->places[i].name, l->places[i].value);
    }
    if (l->where[0])
        ts_jw_member_cstr(&w, "where", l->where);
    ts_jw_member_cstr(&w, "detail", l->detail);
    ts_jw_object_end(&w);
    put_buf(p, &buf);
}

static void put_line_text(struct ts_verify_print *p, const struct line *l)
{
    fprintf(p->out, "%s %s", l->warning ? "warning" : "ERROR  ", l->code);
    if (l->stream.len > 0) {
        fputs(" stream ", p->out);
        put_text(p->out, l->stream);
    }
    for (size_t i = 0; i < 3; i++) {
        if (l->places[i].name && l->places[i].value >= l->places[i].from)
            fprintf(p->out, " %s %" PRId64, l->places[i].name, l->places[i].value);
    }
    if (l->where[0]) {
        fputs(" at ", p->out);
        put_text(p->out, ts_str_of(l->where));
    }
    fputs(": ", p->out);
    put_text(p->out, ts_str_of(l->detail));
    fputc('\n', p->out);
}

static void put_line(struct ts_verify_print *p, const struct line *l)
{
    if (p->json)
        put_line_json(p, l);
    else
        put_line_text(p, l);
    p->started = true;
}

void ts_verify_print_finding(struct ts_verify_print *p, const struct ts_verify_finding *f)
{
    const struct line l = {
        .warning = f->warning,
        .check = ts_verify_check_name(f->check),
        .code = f->code,
        .where = f->where,
        .detail = f->detail,
        .places = {{"ballot", f->ballot, 1}, {"trustee", f->trustee, 1}, {"event", f->event, 0}},
    };
    put_line(p, &l);
}

void ts_verify_print_record_finding(struct ts_verify_print *p, const struct ts_recread_finding *f)
{
    const struct line l = {
        .check = "record",
        .code = f->code,
        .where = "",
        .detail = f->detail,
        .places = {{"seq", f->seq, 1}, {"line", f->line, 1}},
        .stream = ts_str_of(f->stream),
    };
    put_line(p, &l);
}

static void write_counts(struct ts_json_writer *w, const struct ts_verify_summary *s)
{
    size_t at = 0;
    ts_jw_array(w);
    for (size_t q = 0; q < s->election->question_count; q++) {
        ts_jw_array(w);
        for (size_t j = 0; j < ts_election_choices(s->election, q); j++)
            ts_weight_write(w, s->result->counts[at++]);
        ts_jw_array_end(w);
    }
    ts_jw_array_end(w);
}

static void write_election(struct ts_json_writer *w, const struct ts_verify_summary *s)
{
    char hex[TS_DIGEST_HEX + 1];
    if (s->election) {
        ts_jw_member_str(w, "uuid", s->election->uuid);
        ts_jw_member_cstr(w, "phi", s->election->phi_text);
        ts_jw_member_bool(w, "profile", s->election->profile.present);
    }
    if (s->trustees) {
        ts_jw_member_int(w, "trustees", s->trustees->owner_count);
        ts_jw_member_int(w, "needed", ts_trustees_needed(s->trustees));
    }
    if (s->credentials)
        ts_jw_member_int(w, "credentials", (int64_t)s->credentials->count);
    if (s->has_k) {
        ts_digest_hex(hex, &s->k);
        ts_jw_member_cstr(w, "closing", hex);
    }
    if (s->result) {
        ts_jw_key(w, "result");
        write_counts(w, s);
    }
}

/* Goes on behind the findings. The members of one object, without its opening brace. */
static void put_tail(struct ts_verify_print *p, struct ts_buf *object)
{
    fputs("],", p->out);
    fwrite(object->ptr + 1, 1, object->len - 1, p->out);
    fputc('\n', p->out);
    ts_buf_free(object);
}

static void archive_json(struct ts_verify_print *p, const struct ts_verify_summary *s)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "kind", "archive");
    ts_jw_member_cstr(&w, "verdict", verdict_codes[s->verdict]);
    ts_jw_key(&w, "checks");
    ts_jw_object(&w);
    for (int i = 0; i < TS_VERIFY_CHECKS; i++)
        ts_jw_member_cstr(&w, ts_verify_check_name((enum ts_verify_check)i),
                          outcome_codes[s->checks[i]]);
    ts_jw_object_end(&w);
    ts_jw_member_int(&w, "errors", s->errors);
    ts_jw_member_int(&w, "warnings", s->warnings);
    ts_jw_member_int(&w, "events", s->events);
    ts_jw_member_int(&w, "ballots", s->ballots);
    ts_jw_member_int(&w, "counted", s->counted);
    ts_jw_member_int(&w, "decryptions", s->decryptions);
    write_election(&w, s);
    ts_jw_object_end(&w);
    put_tail(p, &buf);
}

/* What the check was about, in a few words. */
static void put_about(FILE *out, const struct ts_verify_summary *s, enum ts_verify_check check)
{
    switch (check) {
    case TS_VERIFY_ARCHIVE:
        fprintf(out, "%" PRId64 " events: hashes, chain, order, every header", s->events);
        break;
    case TS_VERIFY_ELECTION:
        if (s->election)
            fprintf(out, "%.*s, fingerprint %s, %s", TS_STR_ARG(s->election->uuid),
                    s->election->phi_text,
                    s->election->profile.present ? "our profile 1" : "without our profile");
        break;
    case TS_VERIFY_TRUSTEES:
        if (s->trustees)
            fprintf(out, "%u, %u needed to decrypt", (unsigned)s->trustees->owner_count,
                    (unsigned)ts_trustees_needed(s->trustees));
        break;
    case TS_VERIFY_CREDENTIALS:
        if (s->credentials)
            fprintf(out, "%zu", s->credentials->count);
        break;
    case TS_VERIFY_BALLOTS:
        fprintf(out, "%" PRId64 ", of which %" PRId64 " count", s->ballots, s->counted);
        break;
    case TS_VERIFY_TALLY:
        if (s->tally)
            fputs("computed again", out);
        break;
    case TS_VERIFY_DECRYPTIONS:
        fprintf(out, "%" PRId64, s->decryptions);
        break;
    default:
        break;
    }
}

static void put_closing_about(FILE *out, const struct ts_verify_summary *s)
{
    char hex[TS_DIGEST_HEX + 1];
    if (!s->has_k)
        return;
    ts_digest_hex(hex, &s->k);
    fprintf(out, "K = %s", hex);
}

static void put_result_about(FILE *out, const struct ts_verify_summary *s)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    if (!s->result)
        return;
    ts_jw_init(&w, &buf);
    write_counts(&w, s);
    fprintf(out, "%.*s", TS_STR_ARG(ts_buf_str(&buf)));
    ts_buf_free(&buf);
}

static void archive_text(struct ts_verify_print *p, const struct ts_verify_summary *s)
{
    for (int i = 0; i < TS_VERIFY_CHECKS; i++) {
        enum ts_verify_check check = (enum ts_verify_check)i;
        fprintf(p->out, "%-12s %-7s ", ts_verify_check_name(check), outcome_texts[s->checks[i]]);
        if (check == TS_VERIFY_CLOSING)
            put_closing_about(p->out, s);
        else if (check == TS_VERIFY_RESULT)
            put_result_about(p->out, s);
        else
            put_about(p->out, s, check);
        fputc('\n', p->out);
    }
    fprintf(p->out, "%s", verdict_texts[s->verdict]);
    if (s->errors > 0)
        fprintf(p->out, ": %" PRId64 " errors", s->errors);
    if (s->warnings > 0)
        fprintf(p->out, " (%" PRId64 " warnings)", s->warnings);
    fputc('\n', p->out);
}

void ts_verify_print_archive(struct ts_verify_print *p, const struct ts_verify_summary *s)
{
    if (p->json)
        archive_json(p, s);
    else
        archive_text(p, s);
}

static enum ts_verify_verdict of_record(enum ts_recread_verdict verdict)
{
    switch (verdict) {
    case TS_RECREAD_VALID:
        return TS_VERIFY_VALID;
    case TS_RECREAD_INVALID:
        return TS_VERIFY_INVALID;
    default:
        return TS_VERIFY_UNREADABLE;
    }
}

void ts_verify_print_record(struct ts_verify_print *p, enum ts_recread_verdict verdict,
                            const struct ts_recread_summary *s)
{
    if (!p->json) {
        fprintf(p->out,
                "%" PRId64 " records in %" PRId64 " sections, %" PRId64 " of them in the clear; "
                "%" PRId64 " checkpoints\n%s",
                s->records, s->sections, s->shown, s->checkpoints,
                verdict_texts[of_record(verdict)]);
        if (s->findings > 0)
            fprintf(p->out, ": %" PRId64 " errors", s->findings);
        fputc('\n', p->out);
        return;
    }
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "kind", "record");
    ts_jw_member_cstr(&w, "verdict", verdict_codes[of_record(verdict)]);
    ts_jw_member_int(&w, "errors", s->findings);
    ts_jw_member_int(&w, "lines", s->lines);
    ts_jw_member_int(&w, "sections", s->sections);
    ts_jw_member_int(&w, "records", s->records);
    ts_jw_member_int(&w, "shown", s->shown);
    ts_jw_member_int(&w, "checkpoints", s->checkpoints);
    ts_jw_object_end(&w);
    put_tail(p, &buf);
}

void ts_verify_print_unopened(struct ts_verify_print *p, const char *code, const char *detail)
{
    const struct line l = {.check = "file", .code = code, .where = "", .detail = detail};
    put_line(p, &l);
    if (p->json)
        fputs("],\"kind\":\"none\",\"verdict\":\"unreadable\",\"errors\":1}\n", p->out);
    else
        fprintf(p->out, "%s\n", verdict_texts[TS_VERIFY_UNREADABLE]);
}
