// Where a name lives on Linux: a directory for each scope, and the name encoded as a file name in it.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace SameBytes
{
    sealed class SegmentPath
    {
        const int LongestFileName = 255;

        SegmentPath(bool isGlobal, string directory, string file)
        {
            IsGlobal = isGlobal;
            Directory = directory;
            Base = file;
            File = file;
        }

        public bool IsGlobal { get; }
        public string Directory { get; }

        // The file that the name alone says.
        public string Base { get; }

        // The file that has the name: in the directory of all users it may be one beside, NAME+USER, where a dead one cannot be removed.
        public string File { get; set; }

        public string[] Beside()
        {
            var found = new List<string>();
            if (IsGlobal)
                foreach (var path in System.IO.Directory.GetFiles(Directory, Base + "+*"))
                {
                    var file = System.IO.Path.GetFileName(path);
                    uint user;
                    if (file.StartsWith(Base + "+", StringComparison.Ordinal) && uint.TryParse(file.Substring(Base.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out user))
                        found.Add(file);
                }
            return found.ToArray();
        }

        // ArgumentException for what is no name, NotSupportedException for the raw names that begin with a slash.
        public static SegmentPath Of(string name)
        {
            if (name == null)
                throw new ArgumentNullException(nameof(name));
            if (name.StartsWith("/", StringComparison.Ordinal))
                throw new NotSupportedException("raw POSIX names have no lifetime: .NET has nothing like them");
            var isGlobal = name.StartsWith("Global\\", StringComparison.Ordinal);
            var isLocal = name.StartsWith("Local\\", StringComparison.Ordinal);
            var rest = isGlobal || isLocal ? name.Substring(name.IndexOf('\\') + 1) : name;
            if (rest.Length == 0 || rest.IndexOf('\\') >= 0)
                throw new ArgumentException("a name is not empty and has no backslash but the one of Local\\ or Global\\", nameof(name));
            var root = Environment.GetEnvironmentVariable("SAMEBYTES_SHM_DIR");
            root = string.IsNullOrEmpty(root) ? "/dev/shm" : root;
            var directory = isGlobal ? "samebytes-global" : $"samebytes-{Libc.EffectiveUser()}";
            return new SegmentPath(isGlobal, $"{root}/{directory}", Encode(rest));
        }

        static string Encode(string name)
        {
            var file = new StringBuilder();
            foreach (var unit in Units.Utf8.GetBytes(name))
                if (IsPlain((char)unit) || unit == '.' && file.Length > 0)
                    file.Append((char)unit);
                else
                    file.Append('%').Append(unit.ToString("X2", CultureInfo.InvariantCulture));
            if (file.Length > LongestFileName)
                throw new ArgumentException($"the name is {file.Length} bytes long when encoded; {LongestFileName} is the most", nameof(name));
            return file.ToString();
        }

        static bool IsPlain(char unit) =>
            unit >= 'A' && unit <= 'Z' || unit >= 'a' && unit <= 'z' || unit >= '0' && unit <= '9' || unit == '_' || unit == '~' || unit == '-';
    }
}
