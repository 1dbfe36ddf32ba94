/* The renderer's jobs (job.def). */
#ifndef TS_RENDER_JOB_H
#define TS_RENDER_JOB_H

#include "proto/wire/type.h"

#include "proto/wire/define_struct.h"
#include "server/render/job.def"
#include "proto/wire/define_end.h"

#define TS_RENDER_JOB_MAX 65536

/* Reads a job: one line of JSON; `rest` is what stands behind it. Codes of JSON and wire. */
int ts_render_job_read(struct ts_render_job *out, struct ts_bytes input, struct ts_bytes *rest,
                       struct ts_arena *arena, struct ts_err *err);
int ts_render_batch_read(struct ts_render_batch *out, struct ts_str text, struct ts_arena *arena,
                         struct ts_err *err);

#endif
