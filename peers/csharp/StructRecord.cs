// A record of which a struct is declared: its fields, set and read where the struct stands in memory.

using System;
using System.IO;

namespace SameBytes
{
    public abstract unsafe class StructRecord : Record
    {
        byte* origin;
        // The buffer whose elements are being added, and how many it has: asking takes a hundred times longer than adding.
        string counted = "";
        int count;

        protected StructRecord(string name, Type declared) : base(name, declared)
        {
        }

        // `record` is for its addresses only, and only until everything is measured.
        protected void Measure(void* record, int size, long align)
        {
            origin = (byte*)record;
            Size = size;
            Align = (int)align;
        }

        // A field is where its address is, and ends where one more of its type would begin.
        protected void Add(string path, string kind, Family family, int wire, void* field, void* end) =>
            Add(path, kind, family, wire, Offset(field), (byte*)end - (byte*)field);

        protected void AddMember(string path, void* field, void* end) =>
            AddMember(path, Offset(field), (byte*)end - (byte*)field);

        // A buffer, of which an expression only gives the first element.
        protected void AddBuffer(string path, void* first) => AddMember(path, Offset(first), Elements.Size(Declared, path));

        protected int Offset(void* field) => (int)((byte*)field - origin);

        // An element of a buffer, of which there may be fewer.
        protected void Add(string path, string kind, Family family, int wire, void* field, void* end, string buffer, int element)
        {
            if (buffer != counted)
            {
                counted = buffer;
                count = Elements.Declared(Declared, buffer);
            }
            if (element < count)
                Add(path, kind, family, wire, field, end);
            else
                Skip();
        }

        // Assigns to, and reads, the declared field of the struct at `record`, by the leaf's number.
        protected abstract void Assign(byte* record, int number, Scalar value);
        protected abstract Scalar Fetch(byte* record, int number);

        protected void Put(byte* record, int leaf, Scalar value) => Assign(record, Leaves[leaf].Number, value);

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
                    words[leaf] = Format(leaf, Fetch(record, Leaves[leaf].Number));
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
