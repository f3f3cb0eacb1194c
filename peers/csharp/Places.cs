// Where the runtime has a field, and how large a type is, as a pointer sees it: `Marshal` only knows the marshalled form.

using System;
using System.Reflection;
using System.Reflection.Emit;

namespace SameBytes
{
    public static class Places
    {
        const int Somewhere = 1 << 16;

        public static long Size(Type type) => Run(emit => emit.Emit(OpCodes.Sizeof, type));

        // The address of a field in a struct at an address that is never read; at 0 the runtime would see a null reference.
        public static long Offset(FieldInfo field) => Run(emit =>
        {
            emit.Emit(OpCodes.Ldc_I4, Somewhere);
            emit.Emit(OpCodes.Conv_U);
            emit.Emit(OpCodes.Ldflda, field);
        }) - Somewhere;

        static long Run(Action<ILGenerator> body)
        {
            var method = new DynamicMethod("Measure", typeof(long), Type.EmptyTypes, typeof(Places).Module, true);
            var emit = method.GetILGenerator();
            body(emit);
            emit.Emit(OpCodes.Conv_I8);
            emit.Emit(OpCodes.Ret);
            return ((Func<long>)method.CreateDelegate(typeof(Func<long>)))();
        }
    }
}
