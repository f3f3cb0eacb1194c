// Records in records, arrays of records, arrays of arrays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace records {

// Row behind row, the column the fastest.
template <class Element, std::size_t Rows, std::size_t Columns>
using Grid = std::array<std::array<Element, Columns>, Rows>;

struct Vector {
    float X;
    float Y;
    float Z;
};

struct Pose {
    Vector Position;
    Vector Heading;
    bool Valid;
};

struct Wheel {
    bool Locked;
    float Speed;
    std::array<float, 2> Slip;
    std::uint8_t Wear;
};

struct Car {
    std::uint16_t Number;
    std::array<Wheel, 4> Wheels;
    Pose Body;
};

struct Garage {
    bool Open;
    std::array<Car, 2> Cars;
    double Area;
};

struct Tensor {
    std::uint8_t Rank;
    std::array<Grid<std::int16_t, 3, 4>, 2> Cells;
    Grid<double, 2, 2> Scale;
};

struct Tile {
    std::uint8_t Kind;
    Grid<std::uint16_t, 2, 3> Heights;
};

struct Board {
    std::int32_t Turn;
    Grid<Tile, 2, 3> Tiles;
    std::array<std::uint32_t, 2> Score;
};

} // namespace records
