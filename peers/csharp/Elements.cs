// How many elements an array has: the bounds that C# itself knows for neither a buffer nor a struct of elements.

using System;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SameBytes
{
    public static class Elements
    {
        public static int Check(int index, int count)
        {
            if (index < 0 || index >= count)
                throw new IndexOutOfRangeException($"there is no element {index} of {count}");
            return index;
        }

        // With how many elements a record's buffer, named as in `Wheels[0].Slip`, is declared; 0 if it is not. A pointer
        // reaches beyond them into what stands behind, and nothing complains.
        public static int Declared(Type record, string buffer) =>
            Field(record, buffer)?.GetCustomAttribute<FixedBufferAttribute>()?.Length ?? 0;

        // How many bytes that buffer takes.
        public static long Size(Type record, string buffer) => Places.Size(Field(record, buffer).FieldType);

        // The struct at a path, or that of which there is an array; the record itself at none.
        public static Type Type(Type record, string path) => path.Length == 0 ? record : Inner(Field(record, path).FieldType);

        // The fields that others can reach: what is private is a hole that is spelled out, or an element of an array.
        public static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public);

        // Null if there is none of that path.
        static FieldInfo Field(Type record, string path)
        {
            FieldInfo field = null;
            foreach (var part in path.Split('.'))
            {
                field = (field == null ? record : Inner(field.FieldType)).GetField(part.Split('[')[0]);
                if (field == null)
                    return null;
            }
            return field;
        }

        // The struct itself, or that of which it is an array.
        static Type Inner(Type type)
        {
            var indexer = type.GetProperties().FirstOrDefault(property => property.GetIndexParameters().Length > 0);
            return indexer == null ? type : indexer.PropertyType.GetElementType();
        }
    }
}
