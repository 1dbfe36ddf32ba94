/* The program `tongsheng-kiosk slips`: makes one pack (slips.h) and registers it with the server.
 */
#ifndef TS_KIOSK_SLIP_OFFICE_H
#define TS_KIOSK_SLIP_OFFICE_H

#include "kiosk/options.h"

/* Waits for enrolment if need be, registers the pack, and only then writes the slips for the
 * printer (mode 0600, refused when the file is there): what is lost in between is a pack that
 * nobody has. Gives the exit code. */
int ts_slip_office_run(const struct ts_kiosk_options *options);

#endif
