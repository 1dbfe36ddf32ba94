#include "server/domain/roster.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/json/json.h"

#define SEAT_MAX 5000
#define GRADE_MAX 12
#define FINDINGS_MAX 8000

/* A child as far as it matters here: where it sits, and who it may be the same as. */
struct known {
    int64_t seat;
    int64_t row; /* from 1; 0: on the roster */
    int64_t grade;
    struct ts_str name; /* ptr NULL: not read */
};

struct reading {
    struct ts_arena *arena;
    struct ts_roster_check *out;
    bool numbered; /* some row of the list has a seat */
    int64_t next;  /* where seats go on from, when none has */
};

static void find(struct reading *r, int64_t row, const char *field, int fault, int64_t other)
{
    if (r->out->findings.count == FINDINGS_MAX)
        return;
    struct ts_roster_finding *f = &r->out->findings.ptr[r->out->findings.count++];
    f->row = row;
    f->field = ts_str_of(field);
    f->fault = fault;
    f->other = other;
}

/* ---- cells ---- */

/* Lower case, half width, without any white space: how a cell is compared. */
static struct ts_str plain(struct ts_str cell, struct ts_arena *arena)
{
    struct ts_buf buf = {0};
    for (size_t i = 0; i < cell.len; i++) {
        unsigned char c = (unsigned char)cell.ptr[i];
        /* U+FF01..FF5E are ASCII in full width; U+3000 is the wide space. */
        if (c == 0xef && i + 2 < cell.len && ((unsigned char)cell.ptr[i + 1] & 0xfe) == 0xbc) {
            unsigned code = (0xfU << 12) | (((unsigned char)cell.ptr[i + 1] & 0x3fU) << 6) |
                            ((unsigned char)cell.ptr[i + 2] & 0x3fU);
            if (code >= 0xff01 && code <= 0xff5e) {
                c = (unsigned char)(code - 0xff01 + 0x21);
                i += 2;
            }
        } else if (c == 0xe3 && i + 2 < cell.len && (unsigned char)cell.ptr[i + 1] == 0x80 &&
                   (unsigned char)cell.ptr[i + 2] == 0x80) {
            i += 2;
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            continue;
        ts_buf_append_char(&buf, (char)((c >= 'A' && c <= 'Z') ? c - 'A' + 'a' : c));
    }
    struct ts_str out = ts_arena_str(arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

static bool starts(struct ts_str s, const char *with, size_t *len)
{
    *len = strlen(with);
    return s.len >= *len && memcmp(s.ptr, with, *len) == 0;
}

static int read_sex(struct ts_str cell)
{
    static const struct {
        const char *word;
        int sex;
    } words[] = {{"女", TS_SEX_GIRL},   {"女生", TS_SEX_GIRL}, {"女孩", TS_SEX_GIRL},
                 {"女童", TS_SEX_GIRL}, {"girl", TS_SEX_GIRL}, {"female", TS_SEX_GIRL},
                 {"f", TS_SEX_GIRL},    {"男", TS_SEX_BOY},    {"男生", TS_SEX_BOY},
                 {"男孩", TS_SEX_BOY},  {"男童", TS_SEX_BOY},  {"boy", TS_SEX_BOY},
                 {"male", TS_SEX_BOY},  {"m", TS_SEX_BOY}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ts_str_is(cell, words[i].word))
            return words[i].sex;
    return TS_SEX_ABSENT;
}

/* The digits at the front, at most four; -1: none. *used: their bytes. */
static int64_t digits(struct ts_str s, size_t *used)
{
    int64_t value = 0;
    for (*used = 0; *used < s.len && *used < 5 && s.ptr[*used] >= '0' && s.ptr[*used] <= '9';
         ++*used)
        value = value * 10 + (s.ptr[*used] - '0');
    return *used == 0 || *used == 5 ? -1 : value;
}

/* 一 to 十二 at the front; -1: none. */
static int64_t chinese_number(struct ts_str s, size_t *used)
{
    static const char *const words[] = {"十二", "十一", "十", "九", "八", "七",
                                        "六",   "五",   "四", "三", "二", "一"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts(s, words[i], used))
            return (int64_t)(sizeof words / sizeof *words - i);
    return -1;
}

/* 4, 四, 四年级, 4年级2班, 四（2）班, 初一 (7), 高三 (12), grade 4; -1: not a grade. */
static int64_t read_grade(struct ts_str cell)
{
    static const struct {
        const char *word;
        int64_t add;
        int64_t most;
    } schools[] = {{"小学", 0, 6}, {"初中", 6, 3}, {"初", 6, 3},
                   {"高中", 9, 3}, {"高", 9, 3},   {"grade", 0, GRADE_MAX}};
    static const char *const after[] = {"", "年级", "年", "(", "（", "班", "级", "."};
    size_t used;
    int64_t add = 0, most = 99;
    if (starts(cell, "幼儿园", &used) || starts(cell, "学前", &used))
        return 0;
    for (size_t i = 0; i < sizeof schools / sizeof *schools; i++)
        if (starts(cell, schools[i].word, &used)) {
            cell = (struct ts_str){cell.ptr + used, cell.len - used};
            add = schools[i].add;
            most = schools[i].most;
            break;
        }
    int64_t value = digits(cell, &used);
    if (value < 0)
        value = chinese_number(cell, &used);
    if (value < 0 || value > most)
        return -1;
    struct ts_str rest = {cell.ptr + used, cell.len - used};
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        if (after[i][0] ? starts(rest, after[i], &used) : rest.len == 0)
            return value + add;
    return -1;
}

/* 12, 12号, No.12; -1: not a number. */
static int64_t read_seat(struct ts_str cell)
{
    size_t used;
    if (starts(cell, "no.", &used) || starts(cell, "第", &used))
        cell = (struct ts_str){cell.ptr + used, cell.len - used};
    int64_t value = digits(cell, &used);
    struct ts_str rest = {cell.ptr + used, cell.len - used};
    return value >= 0 && (rest.len == 0 || ts_str_is(rest, "号")) ? value : -1;
}

/* ---- rows ---- */

static bool read_name(struct reading *r, int64_t row, struct ts_str cell, struct ts_str *out)
{
    struct ts_err err = {0};
    if (plain(cell, r->arena).len == 0)
        find(r, row, "name", TS_ROSTER_FAULT_MISSING, 0);
    else if (ts_text_normalise(out, cell, 1, 40, r->arena, &err) != 0)
        find(r, row, "name",
             strcmp(err.code, "text.long") == 0 ? TS_ROSTER_FAULT_RANGE : TS_ROSTER_FAULT_FORM, 0);
    else
        return true;
    return false;
}

/* One number of a row; what is wrong with it is noted. */
static bool read_number(struct reading *r, int64_t row, const char *field, struct ts_str cell,
                        int64_t value, int64_t min, int64_t max)
{
    if (cell.len == 0)
        find(r, row, field, TS_ROSTER_FAULT_MISSING, 0);
    else if (value < 0)
        find(r, row, field, TS_ROSTER_FAULT_FORM, 0);
    else if (value < min || value > max)
        find(r, row, field, TS_ROSTER_FAULT_RANGE, 0);
    else
        return true;
    return false;
}

/* true: the row is in *out. */
static bool read_row(struct reading *r, int64_t row, const struct ts_raw_row *raw,
                     struct ts_read_row *out)
{
    struct ts_str sex = plain(raw->sex, r->arena), grade = plain(raw->grade, r->arena),
                  seat = plain(raw->seat, r->arena);
    if (sex.len + grade.len + seat.len + plain(raw->name, r->arena).len == 0) {
        find(r, row, "row", TS_ROSTER_FAULT_EMPTY, 0);
        return false;
    }
    out->row = row;
    bool good = read_name(r, row, raw->name, &out->name);
    out->sex = read_sex(sex);
    if (out->sex == TS_SEX_ABSENT) {
        find(r, row, "sex", sex.len == 0 ? TS_ROSTER_FAULT_MISSING : TS_ROSTER_FAULT_FORM, 0);
        good = false;
    }
    out->grade = read_grade(grade);
    good = read_number(r, row, "grade", grade, out->grade, 0, GRADE_MAX) && good;
    if (r->numbered) {
        out->seat = read_seat(seat);
        good = read_number(r, row, "seat", seat, out->seat, 1, SEAT_MAX) && good;
    } else if (good) {
        out->seat = ++r->next;
        if (out->seat > SEAT_MAX) {
            find(r, row, "seat", TS_ROSTER_FAULT_RANGE, 0);
            good = false;
        }
    }
    return good;
}

/* ---- twice ---- */

static int by_seat(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    if (x->seat != y->seat)
        return x->seat < y->seat ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_child(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    if (x->grade != y->grade)
        return x->grade < y->grade ? -1 : 1;
    size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
    int order = len > 0 ? memcmp(x->name.ptr, y->name.ptr, len) : 0;
    if (order == 0 && x->name.len != y->name.len)
        order = x->name.len < y->name.len ? -1 : 1;
    return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

/* Everybody who sits already; names only when there is a reader. */
static size_t stored(const struct ts_council_state *council, const struct ts_content_reader *reader,
                     struct ts_arena *arena, struct known *out)
{
    static const struct ts_json_limits limits = {1024, 2};
    size_t count = 0;
    for (size_t i = 0; council && i < council->doc.members.count; i++) {
        const struct ts_st_member *member = &council->doc.members.ptr[i];
        if (member->removed)
            continue;
        struct known *k = &out[count++];
        *k = (struct known){.seat = member->seat, .grade = -1};
        struct ts_json *root;
        struct ts_err err;
        struct ts_str text = reader ? ts_content_text(reader, &member->row) : TS_STR("");
        if (text.len == 0 || ts_json_parse(&root, text, &limits, &err) != 0)
            continue;
        const struct ts_json *name = ts_json_get(root, "name"), *grade = ts_json_get(root, "grade");
        if (ts_json_is(name, TS_JSON_STR) && ts_json_is(grade, TS_JSON_INT)) {
            k->name = ts_arena_str(arena, ts_json_str(name));
            k->grade = ts_json_int(grade);
        }
        ts_json_free(root);
    }
    return count;
}

int64_t ts_roster_seat_twice(const struct ts_council_state *council,
                             const struct ts_cmd_roster_import *cmd, struct ts_arena *arena)
{
    struct known *all =
        ts_arena_array(arena, cmd->rows.count + ts_council_member_count(council) + 1, sizeof *all);
    size_t count = stored(council, NULL, arena, all);
    for (size_t i = 0; i < cmd->rows.count; i++)
        all[count++] = (struct known){.seat = cmd->rows.ptr[i].seat, .row = (int64_t)i + 1};
    qsort(all, count, sizeof *all, by_seat);
    for (size_t i = 1; i < count; i++)
        if (all[i].seat == all[i - 1].seat)
            return all[i].seat;
    return 0;
}

static bool same_child(const struct known *x, const struct known *y)
{
    return x->name.ptr && y->name.ptr && x->grade == y->grade && ts_str_equal(x->name, y->name);
}

/* Compares the rows with each other and with the roster: seats that collide leave the list,
 * children that may be the same stay in it, and are noted. */
static void compare(struct reading *r, struct known *all, size_t count)
{
    struct ts_roster_check *out = r->out;
    for (size_t i = 0; i < out->rows.count; i++) {
        const struct ts_read_row *row = &out->rows.ptr[i];
        all[count++] = (struct known){row->seat, row->row, row->grade, row->name};
    }
    qsort(all, count, sizeof *all, by_child);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (!same_child(&all[first], &all[i]))
            first = i;
        else if (all[i].row > 0)
            find(r, all[i].row, "row",
                 all[first].row ? TS_ROSTER_FAULT_SAME : TS_ROSTER_FAULT_KNOWN, all[first].row);
    }
    qsort(all, count, sizeof *all, by_seat);
    bool gone[2001] = {false};
    for (size_t i = 1, first = 0; i < count; i++) {
        if (all[i].seat != all[first].seat) {
            first = i;
            continue;
        }
        gone[all[i].row] = true;
        find(r, all[i].row, "seat", all[first].row ? TS_ROSTER_FAULT_TWICE : TS_ROSTER_FAULT_TAKEN,
             all[first].row);
    }
    size_t kept = 0;
    for (size_t i = 0; i < out->rows.count; i++)
        if (!gone[out->rows.ptr[i].row])
            out->rows.ptr[kept++] = out->rows.ptr[i];
    out->rows.count = kept;
}

static int by_row(const void *a, const void *b)
{
    const struct ts_roster_finding *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->fault < y->fault ? -1 : x->fault > y->fault;
}

void ts_roster_check(const struct ts_council_state *council, const struct ts_content_reader *reader,
                     const struct ts_cmd_roster_check *cmd, struct ts_arena *arena,
                     struct ts_roster_check *out)
{
    size_t members = ts_council_member_count(council);
    struct known *all = ts_arena_array(arena, cmd->rows.count + members + 1, sizeof *all);
    size_t count = stored(council, reader, arena, all);
    *out = (struct ts_roster_check){0};
    out->rows.ptr = ts_arena_array(arena, cmd->rows.count + 1, sizeof *out->rows.ptr);
    out->findings.ptr = ts_arena_array(arena, FINDINGS_MAX, sizeof *out->findings.ptr);
    struct reading r = {.arena = arena, .out = out};
    for (size_t i = 0; i < cmd->rows.count; i++)
        r.numbered = r.numbered || plain(cmd->rows.ptr[i].seat, arena).len > 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].seat > r.next)
            r.next = all[i].seat;
    for (size_t i = 0; i < cmd->rows.count; i++) {
        struct ts_read_row *row = &out->rows.ptr[out->rows.count];
        if (read_row(&r, (int64_t)i + 1, &cmd->rows.ptr[i], row))
            out->rows.count++;
    }
    compare(&r, all, count);
    qsort(out->findings.ptr, out->findings.count, sizeof *out->findings.ptr, by_row);
}
