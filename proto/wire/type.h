/* The shared enums, the parts of messages and the reply (def/enum.def, type.def, reply.def). */
#ifndef TS_WIRE_TYPE_H
#define TS_WIRE_TYPE_H

#include "proto/wire/define_struct.h"
#include "proto/wire/def/enum.def"
#include "proto/wire/def/type.def"
#include "proto/wire/def/reply.def"
#include "proto/wire/define_end.h"

#endif
