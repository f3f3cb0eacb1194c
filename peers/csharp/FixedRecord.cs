// A record of fixed size: the declared struct laid over the view, or carried through a stream.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;

namespace SameBytes
{
    public abstract unsafe class FixedRecord : StructRecord
    {
        protected FixedRecord(string name, Type declared) : base(name, declared)
        {
        }

        public override void Store(MemoryMappedViewAccessor view, long offset, string[] words)
        {
            CheckRange(offset, Size, view.Capacity);
            CheckCount(words);
            var values = Parse(words);
            using (var pointer = new ViewPointer(view, FileAccess.Write))
                Put(pointer.At(offset), values);
        }

        public override void Store(UnmanagedMemoryStream view, long offset, string[] words)
        {
            CheckRange(offset, Size, view.Length);
            CheckCount(words);
            var bytes = new byte[Size];
            fixed (byte* record = bytes)
                Put(record, Parse(words));
            WriteFields(view, offset, bytes);
        }

        public override void StoreLeaf(MemoryMappedViewAccessor view, long offset, int leaf, string word)
        {
            CheckIndex(leaf);
            CheckRange(offset, Size, view.Capacity);
            var value = Parse(leaf, word);
            using (var pointer = new ViewPointer(view, FileAccess.Write))
                Put(pointer.At(offset), leaf, value);
        }

        public override void StoreLeaf(UnmanagedMemoryStream view, long offset, int leaf, string word)
        {
            CheckIndex(leaf);
            CheckRange(offset, Size, view.Length);
            var bytes = new byte[Size];
            fixed (byte* record = bytes)
                Put(record, leaf, Parse(leaf, word));
            WriteField(view, offset, bytes, leaf);
        }

        public override string[] Load(MemoryMappedViewAccessor view, long offset)
        {
            CheckRange(offset, Size, view.Capacity);
            using (var pointer = new ViewPointer(view, FileAccess.Read))
                return Get(pointer.At(offset));
        }

        public override string[] Load(UnmanagedMemoryStream view, long offset)
        {
            CheckRange(offset, Size, view.Length);
            fixed (byte* record = view.ReadAt(offset, Size))
                return Get(record);
        }

        public override void Store(SharedMem memory, long offset, string[] words)
        {
            CheckRange(offset, Size, memory.Capacity);
            CheckCount(words);
            Put(Root(memory, MemoryMappedFileAccess.Read) + offset, Parse(words));
        }

        public override void StoreLeaf(SharedMem memory, long offset, int leaf, string word)
        {
            CheckIndex(leaf);
            CheckRange(offset, Size, memory.Capacity);
            Put(Root(memory, MemoryMappedFileAccess.Read) + offset, leaf, Parse(leaf, word));
        }

        public override string[] Load(SharedMem memory, long offset)
        {
            CheckRange(offset, Size, memory.Capacity);
            return Get(Root(memory, MemoryMappedFileAccess.Write) + offset);
        }

        // A pointer into memory with the wrong protection would end the process.
        static byte* Root(SharedMem memory, MemoryMappedFileAccess wrong)
        {
            if (memory.Access == wrong)
                throw new UnauthorizedAccessException($"the memory is only for access of the kind {wrong}");
            return (byte*)memory.Root;
        }
    }
}
