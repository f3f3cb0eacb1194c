/* What a driving simulator shares: 48 bytes. */
#ifndef TELEMETRY_H
#define TELEMETRY_H

#include <stdint.h>

typedef struct Telemetry {
    uint32_t version;
    uint32_t packet;
    double speed;
    float wheels[4];
    int16_t gear;
    char driver[10];
    uint32_t checksum;
} Telemetry;

#endif
