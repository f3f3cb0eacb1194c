// Records in records, arrays of records, arrays of arrays.

#pragma warning disable 169 // the elements of an array are reached through the first

namespace SameBytes
{
    public struct Vector
    {
        public float X;
        public float Y;
        public float Z;
    }

    public struct Pose
    {
        public Vector Position;
        public Vector Heading;
        public bool Valid;
    }

    public unsafe struct Wheel
    {
        public bool Locked;
        public float Speed;
        public fixed float Slip[2];
        public byte Wear;
    }

    // C# has buffers of numbers but none of structs: an array of structs is a struct of its elements.
    public unsafe struct FourWheels
    {
        Wheel frontLeft, frontRight, rearLeft, rearRight;

        public Wheel* this[int index]
        {
            get
            {
                fixed (Wheel* first = &frontLeft)
                    return first + Elements.Check(index, 4);
            }
        }
    }

    public struct Car
    {
        public ushort Number;
        public FourWheels Wheels;
        public Pose Body;
    }

    public unsafe struct TwoCars
    {
        Car left, right;

        public Car* this[int index]
        {
            get
            {
                fixed (Car* first = &left)
                    return first + Elements.Check(index, 2);
            }
        }
    }

    public struct Garage
    {
        public bool Open;
        public TwoCars Cars;
        public double Area;
    }

    // Of an array of arrays a buffer has all the elements, the last index the fastest.
    public unsafe struct Tensor
    {
        public byte Rank;
        public fixed short Cells[2 * 3 * 4];
        public fixed double Scale[2 * 2];
    }

    public unsafe struct Tile
    {
        public byte Kind;
        public fixed ushort Heights[2 * 3];
    }

    public unsafe struct TileGrid
    {
        const int Rows = 2, Columns = 3;

        Tile topLeft, topMiddle, topRight, bottomLeft, bottomMiddle, bottomRight;

        public Tile* this[int row, int column]
        {
            get
            {
                fixed (Tile* first = &topLeft)
                    return first + Elements.Check(row, Rows) * Columns + Elements.Check(column, Columns);
            }
        }
    }

    public unsafe struct Board
    {
        public int Turn;
        public TileGrid Tiles;
        public fixed uint Score[2];
    }
}
