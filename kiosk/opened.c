#include "kiosk/opened.h"

#include <stdio.h>

#include "kiosk/store.h"

#define NAME_MAX_LEN (8 + TS_ID_LEN)
#define HEAD_MAX_LEN (2 * TS_DIGEST_HEX + 16)

static void file_name(char out[static NAME_MAX_LEN + 1], const struct ts_id *uuid)
{
    snprintf(out, NAME_MAX_LEN + 1, "opened/%s", uuid->s);
}

/* The first line says what was decrypted; the record follows. */
static void write_head(struct ts_buf *out, const struct ts_opened *opened)
{
    char tally[TS_DIGEST_HEX + 1], k[TS_DIGEST_HEX + 1];
    ts_digest_hex(tally, &opened->tally);
    ts_digest_hex(k, &opened->k);
    ts_buf_printf(out, "%s %s %u\n", tally, k, opened->owner);
}

int ts_opened_read(const char *dir, const struct ts_id *uuid, const struct ts_opened *now,
                   struct ts_buf *record, struct ts_err *err)
{
    char name[NAME_MAX_LEN + 1];
    struct ts_buf text = {0}, head = {0};
    file_name(name, uuid);
    int rc = ts_store_read(dir, name, TS_OPENED_RECORD_MAX + HEAD_MAX_LEN, &text, err);
    if (rc == 1) {
        write_head(&head, now);
        if (text.len > head.len && memcmp(text.ptr, head.ptr, head.len) == 0)
            ts_buf_append(record, text.ptr + head.len, text.len - head.len);
        else
            rc = ts_err_set(err, "opening.served", "%s/%s holds another opening", dir, name);
    }
    ts_buf_free(&text);
    ts_buf_free(&head);
    return rc;
}

int ts_opened_write(const char *dir, const struct ts_id *uuid, const struct ts_opened *now,
                    struct ts_str record, struct ts_err *err)
{
    char name[NAME_MAX_LEN + 1];
    struct ts_buf text = {0};
    file_name(name, uuid);
    write_head(&text, now);
    ts_buf_append_str(&text, record);
    int rc = ts_store_write(dir, name, ts_buf_str(&text), err);
    ts_buf_free(&text);
    return rc;
}
