/* Blocks in the manner of what programs publish: monitors, simulators, machines, markets. */
#ifndef LAYOUTS_REAL_H
#define LAYOUTS_REAL_H

#include <stdbool.h>
#include <stdint.h>
#include <uchar.h>
#include <wchar.h>

#pragma pack(push, 1)
typedef struct MonitorReading {
    uint32_t Kind;
    uint32_t Instance;
    char Label[24];
    char Unit[8];
    double Current;
    double Lowest;
    double Highest;
    double Average;
} MonitorReading;

typedef struct HardwareMonitor {
    uint32_t Signature;
    uint32_t Version;
    uint16_t Revision;
    int64_t PolledAt;
    uint32_t ReadingSize;
    uint32_t ReadingCount;
    MonitorReading Readings[4];
} HardwareMonitor;
#pragma pack(pop)

typedef struct CoreTemperatures {
    uint32_t Load[16];
    uint32_t Limit[4];
    uint32_t Cores;
    uint32_t Processors;
    float Degrees[16];
    float Voltage;
    float Clock;
    float Multiplier;
    char Processor[41];
    bool InFahrenheit;
    bool BelowLimit;
} CoreTemperatures;

#pragma pack(push, 4)
typedef struct RacePage {
    int32_t Packet;
    float Throttle;
    float Brake;
    float Fuel;
    int32_t Gear;
    int32_t Revolutions;
    float Steering;
    float Speed;
    float Velocity[3];
    float Force[3];
    float WheelSlip[4];
    float WheelLoad[4];
    float TyreHeat[4][3];
    char16_t TyreName[33];
    int32_t PitLimiter; /* Win32's BOOL */
    double Lap;
    float Damage[5];
} RacePage;
#pragma pack(pop)

typedef struct TruckPlace {
    double X;
    double Y;
    double Z;
    float Heading;
    float Pitch;
    float Roll;
} TruckPlace;

typedef struct TruckFrame {
    bool Running;
    uint32_t Revision;
    uint64_t SimulatedTime;
    uint64_t RenderTime;
    TruckPlace Place;
    int8_t Gear;
    uint8_t GearCount;
    float EngineSpeed;
    float Fuel;
    float WheelTurn[6];
    bool Lights[7];
    char Trailer[30];
    int64_t Income;
} TruckFrame;

typedef struct VoiceLink {
    uint32_t Version;
    uint32_t Tick;
    float AvatarPosition[3];
    float AvatarFront[3];
    wchar_t Program[31];
    float CameraPosition[3];
    wchar_t Identity[32];
    uint32_t ContextLength;
    uint8_t Context[48];
    wchar_t Description[40];
} VoiceLink;

typedef union TagValue {
    int32_t Whole;
    float Real;
    double Precise;
    uint8_t Raw[8];
} TagValue;

typedef uint8_t TagType;
enum { TAG_NOTHING = 0, TAG_WHOLE = 1, TAG_REAL = 2, TAG_PRECISE = 3, TAG_RAW = 4 };

typedef uint8_t TagQuality;
enum { QUALITY_BAD = 0, QUALITY_UNCERTAIN = 64, QUALITY_GOOD = 192 };

typedef struct Tag {
    char Name[14];
    TagType Type;
    TagQuality Quality;
    int64_t Time;
    TagValue Value;
} Tag;

typedef struct TagTable {
    uint16_t Version;
    uint16_t Count;
    uint32_t Cycle;
    Tag Tags[6];
} TagTable;

typedef struct BookLevel {
    int64_t Price;
    uint32_t Quantity;
    uint16_t Orders;
} BookLevel;

typedef uint16_t MarketState;
enum { MARKET_CLOSED = 0, MARKET_AUCTION = 1, MARKET_OPEN = 2, MARKET_HALTED = 3 };

typedef struct BookSnapshot {
    char Symbol[8];
    uint64_t Sequence;
    int64_t Time;
    MarketState State;
    uint8_t BidCount;
    uint8_t AskCount;
    BookLevel Bids[8];
    BookLevel Asks[8];
} BookSnapshot;

#endif
