package declarations

// What C's own types are on Windows: long has four bytes everywhere.
type (
	Long     = int32
	ULong    = uint32
	WideChar = uint16
)
