// Where the runtime has a field, and how large a type is, as a pointer sees it: `Marshal` only knows the marshalled form.

using System;
using System.Reflection;
using System.Reflection.Emit;

namespace SameBytes
{
    public static class Places
    {
        public static long Size(Type type) => Run(emit => emit.Emit(OpCodes.Sizeof, type));

        // The address of a field in a struct at address 0: it is never read.
        public static long Offset(FieldInfo field) => Run(emit =>
        {
            emit.Emit(OpCodes.Ldc_I4_0);
            emit.Emit(OpCodes.Conv_U);
            emit.Emit(OpCodes.Ldflda, field);
        });

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
