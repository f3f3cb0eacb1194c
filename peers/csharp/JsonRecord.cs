// A record that travels as one JSON object behind its length: an ordinary class (or struct) with string members.

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace SameBytes
{
    public abstract class JsonRecord<T> : Record where T : new()
    {
        protected JsonRecord(string name) : base(name, typeof(T))
        {
            Size = Prefixed.Length;
            Align = sizeof(int);
        }

        protected abstract void Put(ref T record, int leaf, string text);
        protected abstract string Get(T record, int leaf);

        protected void AddPart(string path) => Add(path, "text", Family.Char, 0, Prefixed.Length, 0);

        public override void Store(MemoryMappedViewAccessor view, long offset, string[] words)
        {
            var body = Serialise(Parse(words));
            CheckRange(offset, (long)Size + body.Length, view.Capacity);
            Prefixed.Write(view, offset, body);
        }

        public override void Store(UnmanagedMemoryStream view, long offset, string[] words)
        {
            var body = Serialise(Parse(words));
            CheckRange(offset, (long)Size + body.Length, view.Length);
            Prefixed.Write(view, offset, body);
        }

        // All its leaves are texts.
        public override void StoreLeaf(MemoryMappedViewAccessor view, long offset, int leaf, string word) => CheckIndex(leaf);

        public override void StoreLeaf(UnmanagedMemoryStream view, long offset, int leaf, string word) => CheckIndex(leaf);

        public override string[] Load(MemoryMappedViewAccessor view, long offset)
        {
            CheckRange(offset, Size, view.Capacity);
            return Words(Deserialise(Prefixed.Read(view, offset)));
        }

        public override string[] Load(UnmanagedMemoryStream view, long offset)
        {
            CheckRange(offset, Size, view.Length);
            return Words(Deserialise(Prefixed.Read(view, offset)));
        }

        byte[] Serialise(T record)
        {
            var text = new StringBuilder("{");
            for (var leaf = 0; leaf < Leaves.Count; leaf++)
            {
                if (leaf > 0)
                    text.Append(',');
                Json.Append(text, Leaves[leaf].Path);
                text.Append(':');
                Json.Append(text, Get(record, leaf));
            }
            return Units.Utf8.GetBytes(text.Append('}').ToString());
        }

        // A map that nobody has written to yet holds a length of 0: an empty record.
        T Deserialise(byte[] body)
        {
            var record = new T();
            var members = body.Length == 0 ? new Dictionary<string, string>() : Json.Parse(Units.Utf8.GetString(body));
            for (var leaf = 0; leaf < Leaves.Count; leaf++)
            {
                string text;
                Put(ref record, leaf, members.TryGetValue(Leaves[leaf].Path, out text) ? text : "");
            }
            return record;
        }

        T Parse(string[] words)
        {
            CheckCount(words);
            var record = new T();
            for (var leaf = 0; leaf < words.Length; leaf++)
                Put(ref record, leaf, Units.Parse(words[leaf], wide: false));
            return record;
        }

        string[] Words(T record)
        {
            var words = new string[Leaves.Count];
            for (var leaf = 0; leaf < words.Length; leaf++)
                words[leaf] = Units.Format(Get(record, leaf), wide: false);
            return words;
        }
    }
}
