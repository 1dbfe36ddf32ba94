/* Of all programs; the fleet page compares it. */
#ifndef TS_BASE_VERSION_H
#define TS_BASE_VERSION_H

#define TS_VERSION "0.1.0"

#endif
