#include "server/render/job.h"

#include "proto/wire/define_desc.h"
#include "server/render/job.def"
#include "proto/wire/define_end.h"

static int read_json(const struct ts_desc *desc, struct ts_str text, size_t max, void *out,
                     struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json_limits limits = {max, 4};
    struct ts_json *root;
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    int rc = ts_wire_decode(desc, root, arena, out, err);
    ts_json_free(root);
    return rc;
}

int ts_render_job_read(struct ts_render_job *out, struct ts_bytes input, struct ts_bytes *rest,
                       struct ts_arena *arena, struct ts_err *err)
{
    const uint8_t *end = input.len > 0 ? memchr(input.ptr, '\n', input.len) : NULL;
    size_t len = end ? (size_t)(end - input.ptr) : input.len;
    size_t used = end ? len + 1 : len;
    *rest = (struct ts_bytes){input.ptr + used, input.len - used};
    return read_json(&ts_desc_render_job, (struct ts_str){(const char *)input.ptr, len},
                     TS_RENDER_JOB_MAX, out, arena, err);
}

int ts_render_batch_read(struct ts_render_batch *out, struct ts_str text, struct ts_arena *arena,
                         struct ts_err *err)
{
    return read_json(&ts_desc_render_batch, text, 4u << 20, out, arena, err);
}
