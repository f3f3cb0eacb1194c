package declarations

// What C's own types are on Linux: long is as wide as a pointer.
type (
	Long     = int
	ULong    = uint
	WideChar = int32
)
