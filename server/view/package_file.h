/*
 * The signed package of a poll as a file that is carried to booths by hand (BALLOT 5): the
 * signature in Base64, a newline, the text that it is over. What it says is what the view `package`
 * says.
 */
#ifndef TS_VIEW_PACKAGE_FILE_H
#define TS_VIEW_PACKAGE_FILE_H

#include "server/view/view.h"

/* Appends it. -1: there is no such poll, its package is not in use (before ready, after closing),
 * or the viewer is not one of the staff who run its council. key: the poll's uuid. */
int ts_package_file(const struct ts_view_house *house, struct ts_str key,
                    const struct ts_actor *viewer, struct ts_buf *out);

#endif
