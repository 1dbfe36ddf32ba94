/*
 * The server's settings: built-in defaults, then a file of `key = value` lines (# begins a
 * comment), then the command line (--key value or --key=value, dashes for underscores).
 */
#ifndef TS_CONFIG_H
#define TS_CONFIG_H

#include "proto/base/err.h"
#include "server/engine/ports.h"

#define TS_CONFIG_TEXT_MAX 1024

struct ts_config {
    char data[TS_CONFIG_TEXT_MAX];      /* directory of journal, boxes, content, keys */
    char address[64];                   /* numeric, to listen on; empty: every address */
    char public_name[256];              /* in the self-made certificate */
    char cert_file[TS_CONFIG_TEXT_MAX]; /* PEM; empty: self-made in the data directory */
    char key_file[TS_CONFIG_TEXT_MAX];
    char web[TS_CONFIG_TEXT_MAX];       /* directory of the pages; empty: none */
    char port_file[TS_CONFIG_TEXT_MAX]; /* the port is written here when listening; empty: not */
    int64_t port;                       /* 0: the kernel chooses */
    bool plain;                         /* no TLS: loopback only */
    int64_t workers;                    /* 0: one per processor */
    int64_t connections;
    enum ts_log_level log_level;
    bool verify; /* check the whole store, print the state hash, end */
    bool help;
    bool version;
};

struct ts_config ts_config_default(void);
/* One setting by name. Codes: config.unknown, config.value (detail says what is allowed). */
int ts_config_set(struct ts_config *config, struct ts_str key, struct ts_str value,
                  struct ts_err *err);
/* A whole file's text; err.path says which line. */
int ts_config_text(struct ts_config *config, struct ts_str text, struct ts_err *err);
/* The command line; `--config FILE` is read at its place. Also config.file. */
int ts_config_args(struct ts_config *config, int argc, char **argv, struct ts_err *err);
/* What does not go together: config.conflict. */
int ts_config_check(const struct ts_config *config, struct ts_err *err);
/* For --help. */
const char *ts_config_usage(void);

#endif
