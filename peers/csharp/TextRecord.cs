// A struct, an int32 byte count at its end or behind it, and that many bytes of text.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;

namespace SameBytes
{
    public abstract unsafe class TextRecord : StructRecord
    {
        readonly bool wide;
        // In bytes: of the struct, and where in the record the count stands.
        int head, count;

        protected TextRecord(string name, Type declared, bool wide) : base(name, declared)
        {
            this.wide = wide;
        }

        // The accessor's own generic Write and Read of the declared struct.
        protected abstract void Write(MemoryMappedViewAccessor view, long offset, byte* record);
        protected abstract void Read(MemoryMappedViewAccessor view, long offset, byte* record);

        int TextLeaf => Leaves.Count - 1;

        // Called last, when `Size` is still the struct's.
        protected void AddText(string path, int* length)
        {
            head = Size;
            count = Offset(length);
            Size = count + Prefixed.Length;
            Add(path, "text", Family.Char, 0, Size, 0);
        }

        public override void Store(MemoryMappedViewAccessor view, long offset, string[] words)
        {
            var text = Check(words, offset, view.Capacity);
            var record = stackalloc byte[head];
            Put(record, Parse(Fields(words)));
            Write(view, offset, record);
            StoreText(view, offset, text);
        }

        public override void Store(UnmanagedMemoryStream view, long offset, string[] words)
        {
            var text = Check(words, offset, view.Length);
            var bytes = new byte[head];
            fixed (byte* record = bytes)
                Put(record, Parse(Fields(words)));
            WriteFields(view, offset, bytes);
            Prefixed.Write(view, offset + count, Units.Encode(text, wide));
        }

        public override void StoreLeaf(MemoryMappedViewAccessor view, long offset, int leaf, string word)
        {
            CheckIndex(leaf);
            CheckRange(offset, Size, view.Capacity);
            var record = stackalloc byte[head];
            var value = Parse(leaf, word);
            Read(view, offset, record);
            Put(record, leaf, value);
            Write(view, offset, record);
        }

        public override void StoreLeaf(UnmanagedMemoryStream view, long offset, int leaf, string word)
        {
            CheckIndex(leaf);
            CheckRange(offset, Size, view.Length);
            var bytes = new byte[head];
            fixed (byte* record = bytes)
                Put(record, leaf, Parse(leaf, word));
            WriteField(view, offset, bytes, leaf);
        }

        public override string[] Load(MemoryMappedViewAccessor view, long offset)
        {
            CheckRange(offset, Size, view.Capacity);
            // The length first: it is written last, so what it announces is there.
            var body = Prefixed.Read(view, offset + count);
            var record = stackalloc byte[head];
            Read(view, offset, record);
            return Words(record, body);
        }

        public override string[] Load(UnmanagedMemoryStream view, long offset)
        {
            CheckRange(offset, Size, view.Length);
            var body = Prefixed.Read(view, offset + count);
            fixed (byte* record = view.ReadAt(offset, head))
                return Words(record, body);
        }

        void StoreText(MemoryMappedViewAccessor view, long offset, string text)
        {
            if (wide)
                Prefixed.Write(view, offset + count, text.ToCharArray());
            else
                Prefixed.Write(view, offset + count, Units.Encode(text, wide));
        }

        string[] Words(byte* record, byte[] body)
        {
            var words = Get(record);
            words[TextLeaf] = Units.Format(Units.Decode(body, wide), wide);
            return words;
        }

        string Check(string[] words, long offset, long capacity)
        {
            CheckCount(words);
            var text = Units.Parse(words[TextLeaf], wide);
            CheckRange(offset, Size + (long)Units.Count(text, wide), capacity);
            return text;
        }

        string[] Fields(string[] words)
        {
            var fields = new string[TextLeaf];
            Array.Copy(words, fields, fields.Length);
            return fields;
        }
    }
}
