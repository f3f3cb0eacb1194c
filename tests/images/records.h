/* The records whose images are kept, and what is in them. Nothing of a C library is needed. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	double X, Y, Z;
	float Heading, Pitch, Roll;
} TruckPlace;

typedef struct {
	bool Running;
	uint32_t Revision;
	uint64_t SimulatedTime, RenderTime;
	TruckPlace Place;
	int8_t Gear;
	uint8_t GearCount;
	float EngineSpeed, Fuel;
	float WheelTurn[6];
	bool Lights[7];
	char Trailer[30];
	int64_t Income;
} TruckFrame;

typedef struct {
	uint32_t Version, Tick;
	float AvatarPosition[3], AvatarFront[3];
	wchar_t Program[31];
	float CameraPosition[3];
	wchar_t Identity[32];
	uint32_t ContextLength;
	uint8_t Context[48];
	wchar_t Description[40];
} VoiceLink;

#define TRUCK { \
	.Running = true, .Revision = 7, .SimulatedTime = 123456789012345u, .RenderTime = 1, \
	.Place = { 1.5, -2.25, 1e9, 0.5f, -0.125f, 0 }, .Gear = -1, .GearCount = 12, .EngineSpeed = 1450.5f, \
	.Fuel = 0.1f, .WheelTurn = { 0.25f, -0.25f, 1.45f, 0, 0, 1e-3f }, .Lights = { true, [6] = true }, \
	.Trailer = "steel coils", .Income = -42 \
}

#define VOICE { \
	.Version = 2, .Tick = 99, .AvatarPosition = { 0, 1.8f, 0 }, .AvatarFront = { 0, 0, 1 }, .Program = L"Game", \
	.Identity = L"Zo\u00eb", .ContextLength = 3, .Context = { 1, 2, 3 }, .Description = L"a link" \
}
