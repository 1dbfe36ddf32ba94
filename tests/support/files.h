/* Files that tests read. */
#ifndef TS_TEST_FILES_H
#define TS_TEST_FILES_H

#include "proto/base/bytes.h"

/* Appends the whole file to *out; aborts the test program when it cannot be read. */
void ts_test_read_file(struct ts_buf *out, const char *path);

#endif
