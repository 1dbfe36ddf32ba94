/* protogen ROOT: writes the files that are generated from proto/wire's and the kiosk's definitions
 * below ROOT. */
#include "proto/tools/gen.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static int write_file(const char *root, const char *path, struct ts_buf *text)
{
    char name[4096];
    snprintf(name, sizeof name, "%s/%s", root, path);
    for (char *slash = strchr(name + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(name, 0777) != 0 && errno != EEXIST) {
            fprintf(stderr, "protogen: cannot make %s: %s\n", name, strerror(errno));
            return -1;
        }
        *slash = '/';
    }
    FILE *file = fopen(name, "wb");
    bool written = file && fwrite(text->ptr, 1, text->len, file) == text->len;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        fprintf(stderr, "protogen: cannot write %s: %s\n", name, strerror(errno));
    ts_buf_clear(text);
    return written ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: protogen ROOT\n");
        return 2;
    }
    static struct ts_gen gen;
    struct ts_buf text = {0};
    int failed = 0;
    ts_gen_collect(&gen);
    ts_gen_schema(&gen, &text);
    failed |= write_file(argv[1], "docs/protocol/schema.json", &text);
    ts_gen_asyncapi(&gen, &text);
    failed |= write_file(argv[1], "docs/protocol/asyncapi.json", &text);
    ts_gen_markdown(&gen, &text);
    failed |= write_file(argv[1], "docs/protocol/reference.md", &text);
    ts_gen_typescript(&gen, &text);
    failed |= write_file(argv[1], "web/src/gen/protocol.ts", &text);
    ts_gen_sentences(&text, "zh");
    failed |= write_file(argv[1], "web/src/gen/sentences.zh-CN.json", &text);
    ts_gen_sentences(&text, "en");
    failed |= write_file(argv[1], "web/src/gen/sentences.en.json", &text);
    ts_gen_sentences(&text, "child");
    failed |= write_file(argv[1], "web/src/gen/sentences.zh-CN-child.json", &text);
    ts_gen_screen_typescript(&text);
    failed |= write_file(argv[1], "web/src/gen/screen.ts", &text);
    ts_gen_screen_schema(&text);
    failed |= write_file(argv[1], "docs/protocol/screen.schema.json", &text);
    ts_buf_free(&text);
    return failed ? 1 : 0;
}
