// Where the runtime has a field, and how large a type is, as a pointer sees it: `Marshal` only knows the marshalled form.

using System;
using System.Reflection;
using System.Reflection.Emit;

namespace SameBytes
{
    public static unsafe class Places
    {
        delegate long Measure(void* record);

        public static long Size(Type type) => Run(null, emit => emit.Emit(OpCodes.Sizeof, type));

        // In bytes from the beginning of its struct, of which there must be one: the runtime looks whether it is there.
        public static long Offset(FieldInfo field)
        {
            fixed (byte* record = new byte[Size(field.DeclaringType)])
                return Run(record, emit =>
                {
                    emit.Emit(OpCodes.Ldarg_0);
                    emit.Emit(OpCodes.Ldflda, field);
                }) - (long)record;
        }

        static long Run(void* record, Action<ILGenerator> body)
        {
            var method = new DynamicMethod("Measure", typeof(long), new[] { typeof(void*) }, typeof(Places).Module, true);
            var emit = method.GetILGenerator();
            body(emit);
            emit.Emit(OpCodes.Conv_I8);
            emit.Emit(OpCodes.Ret);
            return ((Measure)method.CreateDelegate(typeof(Measure)))(record);
        }
    }
}
