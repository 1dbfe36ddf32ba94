/*
 * Who may send a command: bits, so that a set of roles is one number. Staff roles count for the
 * body where they were granted and everything below it; offices for one meeting; devices for the
 * bodies that they serve.
 */
#ifndef TS_WIRE_WHO_H
#define TS_WIRE_WHO_H

#include "proto/wire/type.h"

enum {
    WHO_ORGANISER = 1 << 0,
    WHO_FACILITATOR = 1 << 1,
    WHO_SUPERVISOR = 1 << 2, /* child_supervisor */
    WHO_DIRECTOR = 1 << 3,   /* child_director */
    WHO_REVIEWER = 1 << 4,
    WHO_PRIVACY = 1 << 5, /* privacy_officer */
    WHO_UNIT = 1 << 6,
    WHO_AUDITOR = 1 << 7,
    WHO_STAFF = 0xff,

    WHO_CHAIR = 1 << 8,
    WHO_CLERK = 1 << 9,
    WHO_TIMEKEEPER = 1 << 10,
    WHO_SCRUTINEER = 1 << 11,
    WHO_SCREEN = 1 << 12, /* the big screen's link */

    WHO_BOOTH = 1 << 13,
    WHO_SLIP_OFFICE = 1 << 14,
    WHO_KEEPER = 1 << 15,
    WHO_DEVICE = WHO_BOOTH | WHO_SLIP_OFFICE | WHO_KEEPER,

    WHO_NOBODY = 1 << 16, /* a connection that has not logged in */
    WHO_ANYONE = 0x1ffff,

    /* Runs meetings: the adults beside the children. */
    WHO_RUNS = WHO_ORGANISER | WHO_FACILITATOR | WHO_SUPERVISOR | WHO_DIRECTOR,
};

/* The bit of an enum ts_role, ts_office (absent: the screen) or ts_kiosk_role; 0: no such value. */
uint32_t ts_who_role(int role);
uint32_t ts_who_office(int office);
uint32_t ts_who_kiosk(int kiosk_role);

#endif
