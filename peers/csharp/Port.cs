// Records in one view, as the host reaches them: all leaves come and go as one text.
// What crosses from Python one by one takes longer than what is done with it, and so does choosing among methods of one name.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;

namespace SameBytes
{
    public sealed class Port
    {
        readonly Action<Record, long, string[]> store;
        readonly Action<Record, long, int, string> storeLeaf;
        readonly Func<Record, long, string[]> load;

        public Port(MemoryMappedViewAccessor view)
        {
            store = (record, offset, words) => record.Store(view, offset, words);
            storeLeaf = (record, offset, leaf, word) => record.StoreLeaf(view, offset, leaf, word);
            load = (record, offset) => record.Load(view, offset);
        }

        public Port(UnmanagedMemoryStream view)
        {
            store = (record, offset, words) => record.Store(view, offset, words);
            storeLeaf = (record, offset, leaf, word) => record.StoreLeaf(view, offset, leaf, word);
            load = (record, offset) => record.Load(view, offset);
        }

        public Port(SharedMem memory)
        {
            store = (record, offset, words) => record.Store(memory, offset, words);
            storeLeaf = (record, offset, leaf, word) => record.StoreLeaf(memory, offset, leaf, word);
            load = (record, offset) => record.Load(memory, offset);
        }

        public void Store(Record record, long offset, string words) =>
            store(record, offset, words.Length == 0 ? new string[0] : words.Split(' '));

        public void StoreLeaf(Record record, long offset, int leaf, string word) => storeLeaf(record, offset, leaf, word);

        public string Load(Record record, long offset) => string.Join(" ", load(record, offset));
    }
}
