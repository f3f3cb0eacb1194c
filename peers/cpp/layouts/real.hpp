// Blocks in the manner of what programs publish: monitors, simulators, machines, markets.
#pragma once

#include <array>
#include <cstdint>

#include "nested.hpp"

namespace records {

#pragma pack(push, 1)
struct MonitorReading {
    std::uint32_t Kind;
    std::uint32_t Instance;
    std::array<char, 24> Label;
    std::array<char, 8> Unit;
    double Current;
    double Lowest;
    double Highest;
    double Average;
};

struct HardwareMonitor {
    std::uint32_t Signature;
    std::uint32_t Version;
    std::uint16_t Revision;
    std::int64_t PolledAt;
    std::uint32_t ReadingSize;
    std::uint32_t ReadingCount;
    std::array<MonitorReading, 4> Readings;
};
#pragma pack(pop)

struct CoreTemperatures {
    std::array<std::uint32_t, 16> Load;
    std::array<std::uint32_t, 4> Limit;
    std::uint32_t Cores;
    std::uint32_t Processors;
    std::array<float, 16> Degrees;
    float Voltage;
    float Clock;
    float Multiplier;
    std::array<char, 41> Processor;
    bool InFahrenheit;
    bool BelowLimit;
};

#pragma pack(push, 4)
struct RacePage {
    std::int32_t Packet;
    float Throttle;
    float Brake;
    float Fuel;
    std::int32_t Gear;
    std::int32_t Revolutions;
    float Steering;
    float Speed;
    std::array<float, 3> Velocity;
    std::array<float, 3> Force;
    std::array<float, 4> WheelSlip;
    std::array<float, 4> WheelLoad;
    Grid<float, 4, 3> TyreHeat;
    std::array<char16_t, 33> TyreName;
    std::int32_t PitLimiter; // Win32's BOOL
    double Lap;
    std::array<float, 5> Damage;
};
#pragma pack(pop)

struct TruckPlace {
    double X;
    double Y;
    double Z;
    float Heading;
    float Pitch;
    float Roll;
};

struct TruckFrame {
    bool Running;
    std::uint32_t Revision;
    std::uint64_t SimulatedTime;
    std::uint64_t RenderTime;
    TruckPlace Place;
    std::int8_t Gear;
    std::uint8_t GearCount;
    float EngineSpeed;
    float Fuel;
    std::array<float, 6> WheelTurn;
    std::array<bool, 7> Lights;
    std::array<char, 30> Trailer;
    std::int64_t Income;
};

struct VoiceLink {
    std::uint32_t Version;
    std::uint32_t Tick;
    std::array<float, 3> AvatarPosition;
    std::array<float, 3> AvatarFront;
    std::array<wchar_t, 31> Program;
    std::array<float, 3> CameraPosition;
    std::array<wchar_t, 32> Identity;
    std::uint32_t ContextLength;
    std::array<std::uint8_t, 48> Context;
    std::array<wchar_t, 40> Description;
};

union TagValue {
    std::int32_t Whole;
    float Real;
    double Precise;
    std::array<std::uint8_t, 8> Raw;
};

enum class TagType : std::uint8_t { Nothing, Whole, Real, Precise, Raw };

enum class TagQuality : std::uint8_t { Bad = 0, Uncertain = 64, Good = 192 };

struct Tag {
    std::array<char, 14> Name;
    TagType Type;
    TagQuality Quality;
    std::int64_t Time;
    TagValue Value;
};

struct TagTable {
    std::uint16_t Version;
    std::uint16_t Count;
    std::uint32_t Cycle;
    std::array<Tag, 6> Tags;
};

struct BookLevel {
    std::int64_t Price;
    std::uint32_t Quantity;
    std::uint16_t Orders;
};

enum class MarketState : std::uint16_t { Closed, Auction, Open, Halted };

struct BookSnapshot {
    std::array<char, 8> Symbol;
    std::uint64_t Sequence;
    std::int64_t Time;
    MarketState State;
    std::uint8_t BidCount;
    std::uint8_t AskCount;
    std::array<BookLevel, 8> Bids;
    std::array<BookLevel, 8> Asks;
};

} // namespace records
