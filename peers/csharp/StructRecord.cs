// A record of which a struct is declared: its fields, set and read where the struct stands in memory.

using System;
using System.IO;

namespace SameBytes
{
    public abstract unsafe class StructRecord : Record
    {
        protected StructRecord(string name, Type declared) : base(name, declared)
        {
        }

        // Assigns to, and reads, the declared field of the struct at `record`.
        protected abstract void Put(byte* record, int leaf, Scalar value);
        protected abstract Scalar Get(byte* record, int leaf);

        // The words of the struct's own fields: a text behind the struct is not among them.
        protected Scalar[] Parse(string[] words)
        {
            var values = new Scalar[words.Length];
            for (var leaf = 0; leaf < values.Length; leaf++)
                values[leaf] = Parse(leaf, words[leaf]);
            return values;
        }

        protected void Put(byte* record, Scalar[] values)
        {
            for (var leaf = 0; leaf < values.Length; leaf++)
                Put(record, leaf, values[leaf]);
        }

        protected string[] Get(byte* record)
        {
            var words = new string[Leaves.Count];
            for (var leaf = 0; leaf < words.Length; leaf++)
                if (!Leaves[leaf].IsText)
                    words[leaf] = Format(leaf, Get(record, leaf));
            return words;
        }

        // Field by field: what lies between the fields is not ours to write.
        protected void WriteFields(UnmanagedMemoryStream view, long offset, byte[] record)
        {
            for (var leaf = 0; leaf < Leaves.Count; leaf++)
                if (!Leaves[leaf].IsText)
                    WriteField(view, offset, record, leaf);
        }

        protected void WriteField(UnmanagedMemoryStream view, long offset, byte[] record, int leaf) =>
            view.WriteAt(offset + Leaves[leaf].Offset, record, Leaves[leaf].Offset, Leaves[leaf].Width);
    }
}
