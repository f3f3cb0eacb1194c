package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

// The table that the generated probe fills in: what this compiler made of each declaration.

type leaf struct {
	path   string
	offset int64
	width  int64  // bytes of the declared field; 0 for a text
	bytes  int    // bytes of the layout's kind, in which the value travels; 0 for a text
	kind   string // what the declared type is to Go
}

// member is a field as a whole: all elements of an array.
type member struct {
	path         string
	offset, size int64
}

type constant struct {
	enumeration, name, value string
}

type layout struct {
	name        string
	size, align int64
	leaves      []leaf
	members     []member
	constants   []constant
	store       func(record unsafe.Pointer, leaf int, bits uint64)
	load        func(record unsafe.Pointer, leaf int) uint64
	tail        *tail // nil for a record without texts
}

// scalar is what a leaf can be declared as. A pointer is not among them: in shared memory it means nothing, and the garbage
// collector would follow it.
type scalar interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint | ~uintptr | ~float32 | ~float64 | ~bool
}

func offsetIn(record, field unsafe.Pointer) int64 {
	return int64(uintptr(field) - uintptr(record))
}

func leafOf[Record any, Field scalar](path string, record *Record, field *Field, bytes int) leaf {
	offset := offsetIn(unsafe.Pointer(record), unsafe.Pointer(field))
	return leaf{path, offset, int64(unsafe.Sizeof(*field)), bytes, kindOf(reflect.TypeOf(*field).Kind())}
}

func kindOf(kind reflect.Kind) string {
	switch {
	case kind == reflect.Bool:
		return "bool"
	case kind >= reflect.Int && kind <= reflect.Int64:
		return "signed"
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		return "unsigned"
	}
	return "float"
}

func memberOf[Record, Field any](path string, record *Record, field *Field) member {
	return member{path, offsetIn(unsafe.Pointer(record), unsafe.Pointer(field)), int64(unsafe.Sizeof(*field))}
}

func constantOf[Enumeration whole](enumeration, name string, value Enumeration) constant {
	return constant{enumeration, name, fmt.Sprintf("%d", value)}
}

// strangers are the exported fields of a part that the layout does not have.
func strangers[Record, Part any](path string, record *Record, part *Part, known ...string) (found []member) {
	names := map[string]bool{}
	for _, name := range known {
		names[name] = true
	}
	start := offsetIn(unsafe.Pointer(record), unsafe.Pointer(part))
	for _, field := range reflect.VisibleFields(reflect.TypeOf(*part)) {
		if len(field.Index) == 1 && field.IsExported() && !field.Anonymous && !names[field.Name] {
			found = append(found, member{path + field.Name, start + int64(field.Offset), int64(field.Type.Size())})
		}
	}
	return found
}

// A leaf's bits as a value of the layout's kind, and back. Between that and the declared field stands an assignment, or where the
// two types are not the same, Go's own conversion.

func put[Kind, Field scalar](field *Field, bits uint64) {
	value := valueOf[Kind](bits)
	if same, ok := any(field).(*Kind); ok {
		*same = value
		return
	}
	convert(reflect.ValueOf(field).Elem(), reflect.ValueOf(value))
}

func get[Kind, Field scalar](field *Field) uint64 {
	if same, ok := any(field).(*Kind); ok {
		return bitsOf(*same)
	}
	var value Kind
	convert(reflect.ValueOf(&value).Elem(), reflect.ValueOf(*field))
	return bitsOf(value)
}

// convert assigns one to the other. Between truth and numbers Go has no conversion; whoever needs one writes 0, 1 and != 0.
func convert(to, from reflect.Value) {
	switch {
	case to.Kind() == from.Kind():
		to.Set(from.Convert(to.Type()))
	case to.Kind() == reflect.Bool:
		to.SetBool(!from.IsZero())
	case from.Kind() == reflect.Bool:
		to.Set(reflect.ValueOf(map[bool]int{true: 1}[from.Bool()]).Convert(to.Type()))
	default:
		to.Set(from.Convert(to.Type()))
	}
}

func valueOf[Kind scalar](bits uint64) (value Kind) {
	if truth, ok := any(&value).(*bool); ok {
		*truth = bits&0xFF != 0
		return value
	}
	at := unsafe.Pointer(&value)
	switch unsafe.Sizeof(value) {
	case 1:
		*(*uint8)(at) = uint8(bits)
	case 2:
		*(*uint16)(at) = uint16(bits)
	case 4:
		*(*uint32)(at) = uint32(bits)
	default:
		*(*uint64)(at) = bits
	}
	return value
}

func bitsOf[Kind scalar](value Kind) uint64 {
	at := unsafe.Pointer(&value)
	switch unsafe.Sizeof(value) {
	case 1:
		return uint64(*(*uint8)(at))
	case 2:
		return uint64(*(*uint16)(at))
	case 4:
		return uint64(*(*uint32)(at))
	}
	return *(*uint64)(at)
}
