/* The engine on the network: its net port on proto/link, WebSocket frames and downloads. */
#ifndef TS_NET_NET_H
#define TS_NET_NET_H

#include "proto/link/server.h"
#include "server/engine/engine.h"

struct ts_net;

struct ts_net *ts_net_new(void);
/* After the loop was destroyed. */
void ts_net_free(struct ts_net *net);
/* For ts_engine_create(). */
struct ts_net_port ts_net_port(struct ts_net *net);
/* Listens for this engine, which must have been started. The message limit, /healthz, /metrics (for
 * loopback only) and the paths of downloads are set here; the rest of config is the caller's.
 * Codes: link.listen, link.cert. */
int ts_net_listen(struct ts_net *net, struct ts_loop *loop, struct ts_link_config *config,
                  struct ts_engine *engine, struct ts_err *err);
/* Hangs up on everybody; nothing is answered any more. */
void ts_net_shutdown(struct ts_net *net);
uint16_t ts_net_local_port(const struct ts_net *net);

#endif
