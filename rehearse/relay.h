/*
 * A cable that can be pulled: a TCP relay on the loopback between one kiosk and the server. While
 * it is cut, existing connections are dropped and new ones are refused. TLS passes through unread.
 * One thread per relay.
 */
#ifndef TS_REHEARSE_RELAY_H
#define TS_REHEARSE_RELAY_H

#include "proto/base/err.h"

struct ts_relay;

/* Listens on 127.0.0.1, any free port, and forwards to 127.0.0.1:target_port. Code: relay.start. */
int ts_relay_start(struct ts_relay **out, uint16_t target_port, struct ts_err *err);
uint16_t ts_relay_port(const struct ts_relay *relay);
/* Where new connections go from now on (a restarted server may have another port). */
void ts_relay_retarget(struct ts_relay *relay, uint16_t target_port);
void ts_relay_cut(struct ts_relay *relay);
/* What the server says is held back; what the kiosk says still arrives. Ends with a cut. */
void ts_relay_deafen(struct ts_relay *relay);
void ts_relay_join(struct ts_relay *relay);
void ts_relay_stop(struct ts_relay *relay);

#endif
