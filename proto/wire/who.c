#include "proto/wire/who.h"

#include <assert.h>

static_assert(WHO_ORGANISER == 1 << (TS_ROLE_ORGANISER - 1) &&
                  WHO_AUDITOR == 1 << (TS_ROLE_AUDITOR - 1),
              "staff bits follow enum ts_role");
static_assert(WHO_SCRUTINEER == WHO_CHAIR << (TS_OFFICE_SCRUTINEER - 1),
              "office bits follow enum ts_office");
static_assert(WHO_KEEPER == WHO_BOOTH << (TS_KIOSK_ROLE_KEEPER - 1),
              "device bits follow enum ts_kiosk_role");

uint32_t ts_who_role(int role)
{
    if (role < TS_ROLE_ORGANISER || role > TS_ROLE_AUDITOR)
        return 0;
    return 1u << (role - 1);
}

uint32_t ts_who_office(int office)
{
    if (office == TS_OFFICE_ABSENT)
        return WHO_SCREEN;
    if (office < TS_OFFICE_CHAIR || office > TS_OFFICE_SCRUTINEER)
        return 0;
    return (uint32_t)WHO_CHAIR << (office - 1);
}

uint32_t ts_who_kiosk(int kiosk_role)
{
    if (kiosk_role < TS_KIOSK_ROLE_BOOTH || kiosk_role > TS_KIOSK_ROLE_KEEPER)
        return 0;
    return (uint32_t)WHO_BOOTH << (kiosk_role - 1);
}
