// What the probe knows of one record: its leaves, where the compiler put them, and how they are stored and loaded.

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;

namespace SameBytes
{
    public struct Leaf
    {
        public string Path;
        public Family Family;
        // In bytes: of the layout's kind, as the leaf travels; 0 for a text.
        public int Wire;
        // In bytes: where the declared field stands, and how wide it is.
        public int Offset;
        public int Width;
        // In the layout; an element that the declaration does not have is no leaf of ours, and its number nobody's.
        public int Number;
        // What C# declares it as.
        public string Kind;

        public bool IsText => Wire == 0;
    }

    // A field as a whole: all elements of an array.
    public struct Member
    {
        public string Path;
        public long Offset;
        public long Size;
    }

    public abstract class Record
    {
        readonly List<Leaf> leaves = new List<Leaf>();
        readonly List<Member> members = new List<Member>();
        readonly SortedDictionary<string, Type> enumerations = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        int numbers;

        protected Record(string name, Type declared)
        {
            Name = name;
            Declared = declared;
        }

        public string Name { get; }
        public int Size { get; protected set; }
        public int Align { get; protected set; }
        public IReadOnlyList<Leaf> Leaves => leaves;
        protected Type Declared { get; }

        // The words of a request: one hexadecimal word for each leaf, in the order of `Leaves`.
        public abstract void Store(MemoryMappedViewAccessor view, long offset, string[] words);
        public abstract void Store(UnmanagedMemoryStream view, long offset, string[] words);
        public abstract void StoreLeaf(MemoryMappedViewAccessor view, long offset, int leaf, string word);
        public abstract void StoreLeaf(UnmanagedMemoryStream view, long offset, int leaf, string word);
        public abstract string[] Load(MemoryMappedViewAccessor view, long offset);
        public abstract string[] Load(UnmanagedMemoryStream view, long offset);

        // In memory that is just an address. What is no struct goes through a stream over it.
        public virtual void Store(SharedMem memory, long offset, string[] words)
        {
            using (var stream = memory.OpenStream(0, memory.Capacity))
                Store(stream, offset, words);
        }

        public virtual void StoreLeaf(SharedMem memory, long offset, int leaf, string word)
        {
            using (var stream = memory.OpenStream(0, memory.Capacity))
                StoreLeaf(stream, offset, leaf, word);
        }

        public virtual string[] Load(SharedMem memory, long offset)
        {
            using (var stream = memory.OpenStream(0, memory.Capacity))
                return Load(stream, offset);
        }

        public string Describe()
        {
            var text = new StringBuilder();
            text.Append("{\"size\":").Append(Size).Append(",\"align\":").Append(Align).Append(",\"leaves\":[");
            for (var i = 0; i < leaves.Count; i++)
            {
                text.Append(i == 0 ? "[" : ",[");
                Json.Append(text, leaves[i].Path);
                text.Append(',').Append(leaves[i].Offset).Append(',').Append(leaves[i].Width).Append(',');
                Json.Append(text, leaves[i].Kind);
                text.Append(']');
            }
            text.Append("],");
            DescribeMembers(text);
            text.Append(',');
            DescribeEnumerations(text);
            var marshalled = MarshalledSize();
            if (marshalled > 0)
                text.Append(",\"marshalled\":{\"size\":").Append(marshalled).Append('}');
            return text.Append('}').ToString();
        }

        void DescribeMembers(StringBuilder text)
        {
            text.Append("\"members\":[");
            for (var i = 0; i < members.Count; i++)
            {
                text.Append(i == 0 ? "[" : ",[");
                Json.Append(text, members[i].Path);
                text.Append(',').Append(members[i].Offset).Append(',').Append(members[i].Size).Append(']');
            }
            text.Append(']');
        }

        void DescribeEnumerations(StringBuilder text)
        {
            text.Append("\"enums\":{");
            var first = true;
            foreach (var enumeration in enumerations)
            {
                text.Append(first ? "" : ",");
                first = false;
                Json.Append(text, enumeration.Key);
                text.Append(":{").Append(string.Join(",", Kinds.Constants(enumeration.Value))).Append('}');
            }
            text.Append('}');
        }

        protected void Add(string path, string kind, Family family, int wire, long offset, long width) =>
            leaves.Add(new Leaf
            {
                Path = path, Kind = kind, Family = family, Wire = wire, Offset = (int)offset, Width = (int)width,
                Number = numbers++
            });

        protected void AddMember(string path, long offset, long size) =>
            members.Add(new Member { Path = path, Offset = offset, Size = size });

        // Public fields of a struct in the record, or of the record itself (`parent` is empty then), that the layout does not have.
        protected void AddStrangers(string parent, long offset, params string[] known)
        {
            foreach (var field in Elements.Fields(Elements.Type(Declared, parent)))
                if (Array.IndexOf(known, field.Name) < 0)
                    AddMember((parent.Length > 0 ? parent + "." : "") + field.Name, offset + Places.Offset(field),
                        Places.Size(field.FieldType));
        }

        // What the layout's enumeration is declared as; anything else than one has no constants.
        protected void AddEnumeration(string name, Type declared)
        {
            if (declared.IsEnum)
                enumerations[name] = declared;
        }

        // A leaf that the layout has and the declaration does not.
        protected void Skip() => numbers++;

        protected Scalar Parse(int leaf, string word) => Scalar.Parse(word, leaves[leaf].Family, leaves[leaf].Wire);

        protected string Format(int leaf, Scalar value) => value.Format(leaves[leaf].Family, leaves[leaf].Wire);

        protected void CheckCount(string[] words)
        {
            if (words.Length != leaves.Count)
                throw new FormatException($"{Name} has {leaves.Count} leaves, not {words.Length}");
        }

        // A text has no place of its own that could be overwritten.
        protected void CheckIndex(int leaf)
        {
            if (leaf < 0 || leaf >= leaves.Count)
                throw new FormatException($"{Name} has no leaf {leaf}");
            if (leaves[leaf].IsText)
                throw new PlatformNotSupportedException($"{leaves[leaf].Path} is a text: it is stored with its record");
        }

        protected static void CheckRange(long offset, long size, long capacity)
        {
            if (offset < 0 || offset > capacity || size > capacity - offset)
                throw new ArgumentOutOfRangeException(nameof(offset), $"{size} bytes at {offset} do not fit into {capacity}");
        }

        // What Marshal.StructureToPtr would write is not always what a pointer or an accessor sees. 0: there is no such form.
        int MarshalledSize()
        {
            try
            {
                return Declared.IsValueType ? Marshal.SizeOf(Declared) : 0;
            }
            catch (ArgumentException)
            {
                return 0;
            }
        }
    }
}
