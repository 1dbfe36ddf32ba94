#include "tests/support/files.h"

#include <stdio.h>
#include <stdlib.h>

void ts_test_read_file(struct ts_buf *out, const char *path)
{
    char chunk[16384];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        abort();
    }
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        ts_buf_append(out, chunk, got);
    if (ferror(file)) {
        perror(path);
        abort();
    }
    fclose(file);
}
