// Where the byte count of the text behind a record stands: in the struct, or right behind it.

namespace SameBytes
{
    public static unsafe class Lengths
    {
        // As it is, SomeData has no room for it: a struct with an int more would end in a hole.
        public static int* Of(SomeData* record) => (int*)(record + 1);

        public static int* Of(Note* record) => &record->Length;
        public static int* Of(PackedNote* record) => &record->Length;
        public static int* Of(Announcement* record) => &record->Length;
    }
}
