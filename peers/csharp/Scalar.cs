// A value on its way between the line protocol and a declared field.

using System;
using System.Globalization;

namespace SameBytes
{
    public enum Family
    {
        Signed,
        Unsigned,
        Float,
        Bool,
        Char,
        // C's char, and what stores an enumeration: whether it is signed is nobody's business.
        Plain
    }

    // Remembers which type the value came from, so that the one conversion that follows is the one C# itself would do
    // between the two types. A float stays a float: a detour over double would quieten signalling NaNs.
    public struct Scalar
    {
        enum Form
        {
            Signed,
            Unsigned,
            Single,
            Double
        }

        Form form;
        long integer;
        float single;
        double real;

        public static implicit operator Scalar(long value) => new Scalar { form = Form.Signed, integer = value };
        public static implicit operator Scalar(ulong value) => new Scalar { form = Form.Unsigned, integer = (long)value };
        public static implicit operator Scalar(float value) => new Scalar { form = Form.Single, single = value };
        public static implicit operator Scalar(double value) => new Scalar { form = Form.Double, real = value };

        public long ToInt64()
        {
            switch (form)
            {
                case Form.Single: return unchecked((long)single);
                case Form.Double: return unchecked((long)real);
                default: return integer;
            }
        }

        // Only floats above 2^63 need more than the 64 bits of ToInt64.
        public ulong ToUInt64()
        {
            switch (form)
            {
                case Form.Single: return unchecked((ulong)single);
                case Form.Double: return unchecked((ulong)real);
                default: return (ulong)integer;
            }
        }

        public float ToSingle()
        {
            switch (form)
            {
                case Form.Single: return single;
                case Form.Double: return (float)real;
                case Form.Unsigned: return (ulong)integer;
                default: return integer;
            }
        }

        public double ToDouble()
        {
            switch (form)
            {
                case Form.Single: return single;
                case Form.Double: return real;
                case Form.Unsigned: return (ulong)integer;
                default: return integer;
            }
        }

        public bool ToBoolean() => form == Form.Single || form == Form.Double ? ToDouble() != 0 : integer != 0;

        // The bit pattern in big-endian hex, `width` bytes wide, is how a scalar travels. Zeros in front carry no meaning.
        public static unsafe Scalar Parse(string hex, Family family, int width)
        {
            ulong bits;
            var digits = hex.TrimStart('0');
            if (hex.Length == 0 || digits.Length > 2 * width || !TryParse(digits, out bits))
                throw new FormatException($"'{hex}' is not {2 * width} hexadecimal digits");
            if (family == Family.Float)
            {
                var low = (uint)bits;
                return width == 4 ? (Scalar)(*(float*)&low) : (Scalar)(*(double*)&bits);
            }
            var spare = 64 - 8 * width;
            return family == Family.Signed ? (Scalar)((long)(bits << spare) >> spare) : (Scalar)bits;
        }

        static bool TryParse(string digits, out ulong bits) =>
            ulong.TryParse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);

        public unsafe string Format(Family family, int width)
        {
            ulong bits;
            if (family == Family.Float && width == 4)
            {
                var value = ToSingle();
                bits = *(uint*)&value;
            }
            else if (family == Family.Float)
            {
                var value = ToDouble();
                bits = *(ulong*)&value;
            }
            else if (family == Family.Bool)
                bits = ToBoolean() ? 1UL : 0UL;
            else
                bits = Whole(family, width);
            // A value that is more than the kind holds gets all its digits: whoever asked shall see it.
            var more = width < 8 && bits >> 8 * width != 0;
            return bits.ToString("x" + (more ? 16 : 2 * width), CultureInfo.InvariantCulture);
        }

        // Without the signs in front, of a negative number that the kind holds.
        ulong Whole(Family family, int width)
        {
            var spare = 64 - 8 * width;
            var held = (family == Family.Signed || family == Family.Plain) && ToInt64() << spare >> spare == ToInt64();
            return held ? (ulong)ToInt64() << spare >> spare : ToUInt64();
        }
    }

    // Assignment to a field, whatever its declared type turns out to be: the compiler picks the overload by that type.
    // The generic ones are for enums; anything else throws there.
    public static class Field
    {
        public static void Put(ref bool field, Scalar value) => field = value.ToBoolean();
        public static void Put(ref sbyte field, Scalar value) => field = unchecked((sbyte)value.ToInt64());
        public static void Put(ref byte field, Scalar value) => field = unchecked((byte)value.ToInt64());
        public static void Put(ref short field, Scalar value) => field = unchecked((short)value.ToInt64());
        public static void Put(ref ushort field, Scalar value) => field = unchecked((ushort)value.ToInt64());
        public static void Put(ref int field, Scalar value) => field = unchecked((int)value.ToInt64());
        public static void Put(ref uint field, Scalar value) => field = unchecked((uint)value.ToInt64());
        public static void Put(ref long field, Scalar value) => field = value.ToInt64();
        public static void Put(ref ulong field, Scalar value) => field = value.ToUInt64();
        public static void Put(ref char field, Scalar value) => field = unchecked((char)value.ToInt64());
        public static void Put(ref float field, Scalar value) => field = value.ToSingle();
        public static void Put(ref double field, Scalar value) => field = value.ToDouble();
        public static void Put(ref IntPtr field, Scalar value) => field = new IntPtr(value.ToInt64());
        public static void Put(ref UIntPtr field, Scalar value) => field = new UIntPtr(value.ToUInt64());
        public static void Put<T>(ref T field, Scalar value) where T : struct =>
            field = (T)Enum.ToObject(typeof(T), value.ToInt64());

        public static Scalar Get(ref bool field) => field ? 1L : 0L;
        public static Scalar Get(ref sbyte field) => (long)field;
        public static Scalar Get(ref byte field) => (ulong)field;
        public static Scalar Get(ref short field) => (long)field;
        public static Scalar Get(ref ushort field) => (ulong)field;
        public static Scalar Get(ref int field) => (long)field;
        public static Scalar Get(ref uint field) => (ulong)field;
        public static Scalar Get(ref long field) => field;
        public static Scalar Get(ref ulong field) => field;
        public static Scalar Get(ref char field) => (ulong)field;
        public static Scalar Get(ref float field) => field;
        public static Scalar Get(ref double field) => field;
        public static Scalar Get(ref IntPtr field) => field.ToInt64();
        public static Scalar Get(ref UIntPtr field) => field.ToUInt64();
        public static Scalar Get<T>(ref T field) where T : struct =>
            Convert.GetTypeCode(field) == TypeCode.UInt64 ? (Scalar)Convert.ToUInt64(field) : Convert.ToInt64(field);
    }
}
