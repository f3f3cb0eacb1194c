// Blocks in the manner of what programs publish: monitors, simulators, machines, markets.

using System.Runtime.InteropServices;

#if WINDOWS
using CWideChar = System.Char;
#else
using CWideChar = System.Int32;
#endif

#pragma warning disable 169 // the elements of an array are reached through the first

namespace SameBytes
{
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public unsafe struct MonitorReading
    {
        public uint Kind;
        public uint Instance;
        public fixed byte Label[24];
        public fixed byte Unit[8];
        public double Current;
        public double Lowest;
        public double Highest;
        public double Average;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public unsafe struct FourReadings
    {
        MonitorReading reading0, reading1, reading2, reading3;

        public MonitorReading* this[int index]
        {
            get
            {
                fixed (MonitorReading* first = &reading0)
                    return first + Elements.Check(index, 4);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct HardwareMonitor
    {
        public uint Signature;
        public uint Version;
        public ushort Revision;
        public long PolledAt;
        public uint ReadingSize;
        public uint ReadingCount;
        public FourReadings Readings;
    }

    public unsafe struct CoreTemperatures
    {
        public fixed uint Load[16];
        public fixed uint Limit[4];
        public uint Cores;
        public uint Processors;
        public fixed float Degrees[16];
        public float Voltage;
        public float Clock;
        public float Multiplier;
        public fixed byte Processor[41];
        public bool InFahrenheit;
        public bool BelowLimit;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4, CharSet = CharSet.Unicode)]
    public unsafe struct RacePage
    {
        public int Packet;
        public float Throttle;
        public float Brake;
        public float Fuel;
        public int Gear;
        public int Revolutions;
        public float Steering;
        public float Speed;
        public fixed float Velocity[3];
        public fixed float Force[3];
        public fixed float WheelSlip[4];
        public fixed float WheelLoad[4];
        public fixed float TyreHeat[4 * 3];
        public fixed char TyreName[33];
        public int PitLimiter; // Win32's BOOL
        public double Lap;
        public fixed float Damage[5];
    }

    public struct TruckPlace
    {
        public double X;
        public double Y;
        public double Z;
        public float Heading;
        public float Pitch;
        public float Roll;
    }

    public unsafe struct TruckFrame
    {
        public bool Running;
        public uint Revision;
        public ulong SimulatedTime;
        public ulong RenderTime;
        public TruckPlace Place;
        public sbyte Gear;
        public byte GearCount;
        public float EngineSpeed;
        public float Fuel;
        public fixed float WheelTurn[6];
        public fixed bool Lights[7];
        public fixed byte Trailer[30];
        public long Income;
    }

    public unsafe struct VoiceLink
    {
        public uint Version;
        public uint Tick;
        public fixed float AvatarPosition[3];
        public fixed float AvatarFront[3];
        public fixed CWideChar Program[31];
        public fixed float CameraPosition[3];
        public fixed CWideChar Identity[32];
        public uint ContextLength;
        public fixed byte Context[48];
        public fixed CWideChar Description[40];
    }

    [StructLayout(LayoutKind.Explicit)]
    public unsafe struct TagValue
    {
        [FieldOffset(0)] public int Whole;
        [FieldOffset(0)] public float Real;
        [FieldOffset(0)] public double Precise;
        [FieldOffset(0)] public fixed byte Raw[8];
    }

    public enum TagType : byte
    {
        Nothing = 0,
        Whole = 1,
        Real = 2,
        Precise = 3,
        Raw = 4
    }

    public enum TagQuality : byte
    {
        Bad = 0,
        Uncertain = 64,
        Good = 192
    }

    public unsafe struct Tag
    {
        public fixed byte Name[14];
        public TagType Type;
        public TagQuality Quality;
        public long Time;
        public TagValue Value;
    }

    public unsafe struct SixTags
    {
        Tag tag0, tag1, tag2, tag3, tag4, tag5;

        public Tag* this[int index]
        {
            get
            {
                fixed (Tag* first = &tag0)
                    return first + Elements.Check(index, 6);
            }
        }
    }

    public struct TagTable
    {
        public ushort Version;
        public ushort Count;
        public uint Cycle;
        public SixTags Tags;
    }

    public struct BookLevel
    {
        public long Price;
        public uint Quantity;
        public ushort Orders;
    }

    public unsafe struct EightLevels
    {
        BookLevel level0, level1, level2, level3, level4, level5, level6, level7;

        public BookLevel* this[int index]
        {
            get
            {
                fixed (BookLevel* best = &level0)
                    return best + Elements.Check(index, 8);
            }
        }
    }

    public enum MarketState : ushort
    {
        Closed = 0,
        Auction = 1,
        Open = 2,
        Halted = 3
    }

    public unsafe struct BookSnapshot
    {
        public fixed byte Symbol[8];
        public ulong Sequence;
        public long Time;
        public MarketState State;
        public byte BidCount;
        public byte AskCount;
        public EightLevels Bids;
        public EightLevels Asks;
    }
}
