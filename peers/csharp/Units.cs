// How text travels in the line protocol, and how its bytes stand in a map.

using System;
using System.Globalization;
using System.Text;

namespace SameBytes
{
    // In a request: the hex of the text's code units, each big-endian; `-` when there are none. `wide` is UTF-16, else UTF-8.
    public static class Units
    {
        // Throwing: half a character must not turn into U+FFFD on its way.
        public static readonly Encoding Utf8 = new UTF8Encoding(false, true);

        public static string Format(string text, bool wide)
        {
            var bytes = Encode(text, wide);
            if (wide)
                Swap(bytes);
            return bytes.Length == 0 ? "-" : BitConverter.ToString(bytes).Replace("-", "").ToLowerInvariant();
        }

        public static string Parse(string word, bool wide)
        {
            var bytes = word == "-" ? new byte[0] : ParseHex(word);
            if (wide)
                Swap(bytes);
            return Decode(bytes, wide);
        }

        public static int Count(string text, bool wide) => wide ? sizeof(char) * text.Length : Utf8.GetByteCount(text);

        // By hand for UTF-16: .NET's own encoder would replace surrogates that stand alone, and a char[] may hold them.
        public static byte[] Encode(string text, bool wide)
        {
            if (!wide)
                return Utf8.GetBytes(text);
            var bytes = new byte[sizeof(char) * text.Length];
            Buffer.BlockCopy(text.ToCharArray(), 0, bytes, 0, bytes.Length);
            return bytes;
        }

        public static string Decode(byte[] bytes, bool wide)
        {
            if (!wide)
                return Utf8.GetString(bytes);
            if (bytes.Length % sizeof(char) != 0)
                throw new FormatException($"{bytes.Length} bytes are no whole number of UTF-16 units");
            var units = new char[bytes.Length / sizeof(char)];
            Buffer.BlockCopy(bytes, 0, units, 0, bytes.Length);
            return new string(units);
        }

        static void Swap(byte[] units)
        {
            if (units.Length % 2 != 0)
                throw new FormatException("half a UTF-16 unit");
            for (var i = 0; i < units.Length; i += 2)
                Array.Reverse(units, i, 2);
        }

        static byte[] ParseHex(string word)
        {
            var bytes = new byte[word.Length / 2];
            var good = word.Length > 0 && word.Length % 2 == 0;
            for (var i = 0; good && i < bytes.Length; i++)
                good = byte.TryParse(word.Substring(2 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]);
            if (!good)
                throw new FormatException("a text is an even number of hexadecimal digits, or -");
            return bytes;
        }
    }
}
