/* Bounds on what comes from outside (def/limit.def). */
#ifndef TS_WIRE_LIMIT_H
#define TS_WIRE_LIMIT_H

enum {
#define LIMIT(NAME, value, what) TS_LIMIT_##NAME = value,
#include "proto/wire/def/limit.def"
#undef LIMIT
};

#endif
