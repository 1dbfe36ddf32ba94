/* The keeper's programs; argv[0] is the subcommand's name. They return the process's exit code. */
#ifndef TS_KIOSK_KEEPER_STATION_H
#define TS_KIOSK_KEEPER_STATION_H

int ts_keeper_station_keys(int argc, char **argv);
int ts_keeper_station_open(int argc, char **argv);

#endif
