#include "proto/wire/type.h"

#include "proto/wire/define_desc.h"
#include "proto/wire/def/enum.def"
#include "proto/wire/def/type.def"
#include "proto/wire/def/reply.def"
#include "proto/wire/define_end.h"
