/* Records in records, arrays of records, arrays of arrays. */
#ifndef LAYOUTS_NESTED_H
#define LAYOUTS_NESTED_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Vector {
    float X;
    float Y;
    float Z;
} Vector;

typedef struct Pose {
    Vector Position;
    Vector Heading;
    bool Valid;
} Pose;

typedef struct Wheel {
    bool Locked;
    float Speed;
    float Slip[2];
    uint8_t Wear;
} Wheel;

typedef struct Car {
    uint16_t Number;
    Wheel Wheels[4];
    Pose Body;
} Car;

typedef struct Garage {
    bool Open;
    Car Cars[2];
    double Area;
} Garage;

typedef struct Tensor {
    uint8_t Rank;
    int16_t Cells[2][3][4];
    double Scale[2][2];
} Tensor;

typedef struct Tile {
    uint8_t Kind;
    uint16_t Heights[2][3];
} Tile;

typedef struct Board {
    int32_t Turn;
    Tile Tiles[2][3];
    uint32_t Score[2];
} Board;

#endif
