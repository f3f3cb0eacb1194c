#include <stdbool.h>
#include <stdint.h>

typedef struct CarState {
    double   speed;
    uint16_t rpm;
    int8_t   gear;
    bool     pit_limiter;
    float    wheels[4];
} CarState;
