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

        // Whether a record's buffer, named as in `Wheels[0].Slip`, is declared with so many elements. A pointer reaches
        // beyond it into what stands behind, and nothing complains.
        public static bool Has(Type record, string buffer, int element)
        {
            FieldInfo field = null;
            foreach (var part in buffer.Split('.'))
            {
                field = (field == null ? record : Inner(field.FieldType)).GetField(part.Split('[')[0]);
                if (field == null)
                    return false;
            }
            var declared = field.GetCustomAttribute<FixedBufferAttribute>();
            return declared != null && element < declared.Length;
        }

        // The struct itself, or that of which it is an array.
        static Type Inner(Type type)
        {
            var indexer = type.GetProperties().FirstOrDefault(property => property.GetIndexParameters().Length > 0);
            return indexer == null ? type : indexer.PropertyType.GetElementType();
        }
    }
}
