/* The program `tongsheng-kiosk booth`: the booth (booth.h) with link, page and clock. */
#ifndef TS_KIOSK_RUN_BOOTH_H
#define TS_KIOSK_RUN_BOOTH_H

#include "kiosk/options.h"

/* Says "Page: http://127.0.0.1:PORT" on stdout when the page can be opened; gives the exit code. */
int ts_run_booth(const struct ts_kiosk_options *options);

#endif
