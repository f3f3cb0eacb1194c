// What C# declares a field as, in the words of the protocol. The compiler picks the overload by the field's type.

using System;
using System.Collections.Generic;
using System.Globalization;

namespace SameBytes
{
    public static unsafe class Kinds
    {
        // C# has no characters of one byte or of four, no truth of four, and no pointer apart from the integers as wide as one:
        // what others declare with a type of its own is declared with the integer here.
        public static readonly string[] CannotTell =
        {
            "char8 from unsigned", "char32 from unsigned", "wchar from signed", "bool32 from signed", "pointer from signed"
        };

        public static string Of(ref bool field) => "bool";
        public static string Of(ref char field) => "char";
        public static string Of(ref float field) => "float";
        public static string Of(ref double field) => "float";
        public static string Of(ref sbyte field) => "signed";
        public static string Of(ref short field) => "signed";
        public static string Of(ref int field) => "signed";
        public static string Of(ref long field) => "signed";
        public static string Of(ref IntPtr field) => "signed";
        public static string Of(ref byte field) => "unsigned";
        public static string Of(ref ushort field) => "unsigned";
        public static string Of(ref uint field) => "unsigned";
        public static string Of(ref ulong field) => "unsigned";
        public static string Of(ref UIntPtr field) => "unsigned";
        public static string Of(ref void* field) => "pointer";

        // Anything else that is assigned to is an enumeration.
        public static string Of<T>(ref T field) where T : struct
        {
            var stored = Type.GetTypeCode(typeof(T));
            var signed = stored == TypeCode.SByte || stored == TypeCode.Int16 || stored == TypeCode.Int32 || stored == TypeCode.Int64;
            return signed ? "signed enum" : "unsigned enum";
        }

        public static Type TypeOf<T>(ref T field) where T : struct => typeof(T);

        // An enumeration's constants as members of a JSON object.
        public static IEnumerable<string> Constants(Type enumeration)
        {
            foreach (var name in Enum.GetNames(enumeration))
            {
                var value = (Enum)Enum.Parse(enumeration, name);
                yield return "\"" + name + "\":" + value.ToString("D");
            }
        }
    }
}
