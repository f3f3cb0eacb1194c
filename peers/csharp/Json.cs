// JSON objects whose members are all strings: as much JSON as the shared records have.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace SameBytes
{
    public static class Json
    {
        // Escapes what JSON forbids in a string and nothing else, so that every language writes the same bytes.
        public static void Append(StringBuilder text, string value)
        {
            text.Append('"');
            foreach (var unit in value)
                AppendUnit(text, unit);
            text.Append('"');
        }

        // FormatException for anything that is not an object of strings. Of two members with one name the later counts.
        public static Dictionary<string, string> Parse(string text)
        {
            var reader = new Reader(text);
            var members = reader.Object();
            reader.End();
            return members;
        }

        static void AppendUnit(StringBuilder text, char unit)
        {
            switch (unit)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\b': text.Append("\\b"); break;
                case '\f': text.Append("\\f"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                default:
                    if (unit < ' ')
                        text.Append("\\u").Append(((int)unit).ToString("x4", CultureInfo.InvariantCulture));
                    else
                        text.Append(unit);
                    break;
            }
        }

        sealed class Reader
        {
            readonly string text;
            int at;

            public Reader(string text)
            {
                this.text = text;
            }

            public Dictionary<string, string> Object()
            {
                var members = new Dictionary<string, string>();
                Expect('{');
                if (Accept('}'))
                    return members;
                do
                {
                    var name = String();
                    Expect(':');
                    members[name] = String();
                }
                while (Accept(','));
                Expect('}');
                return members;
            }

            public void End()
            {
                SkipSpace();
                if (at < text.Length)
                    throw Wrong();
            }

            string String()
            {
                Expect('"');
                var value = new StringBuilder();
                for (var unit = Next(); unit != '"'; unit = Next())
                {
                    if (unit < ' ')
                        throw Wrong();
                    value.Append(unit == '\\' ? Escaped() : unit);
                }
                return value.ToString();
            }

            char Escaped()
            {
                var unit = Next();
                switch (unit)
                {
                    case 'b': return '\b';
                    case 'f': return '\f';
                    case 'n': return '\n';
                    case 'r': return '\r';
                    case 't': return '\t';
                    case 'u': return CodeUnit();
                    case '"':
                    case '\\':
                    case '/': return unit;
                    default: throw Wrong();
                }
            }

            char CodeUnit()
            {
                ushort unit;
                if (text.Length - at < 4
                    || !ushort.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out unit))
                    throw Wrong();
                at += 4;
                return (char)unit;
            }

            void Expect(char unit)
            {
                if (!Accept(unit))
                    throw Wrong();
            }

            bool Accept(char unit)
            {
                SkipSpace();
                if (at == text.Length || text[at] != unit)
                    return false;
                at++;
                return true;
            }

            void SkipSpace()
            {
                while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0)
                    at++;
            }

            char Next()
            {
                if (at == text.Length)
                    throw Wrong();
                return text[at++];
            }

            FormatException Wrong() => new FormatException($"not a JSON object of strings: position {at} of {text.Length}");
        }
    }
}
