package segment

import (
	"math"
	"syscall"
	"unsafe"
)

var (
	kernel32          = syscall.NewLazyDLL("kernel32.dll")
	createFileMapping = kernel32.NewProc("CreateFileMappingW")
	openFileMapping   = kernel32.NewProc("OpenFileMappingW")
	virtualQuery      = kernel32.NewProc("VirtualQuery")
	getSystemInfo     = kernel32.NewProc("GetSystemInfo")
)

const (
	errPathNotFound      = syscall.Errno(3) // a backslash after anything but Local and Global
	errNotEnoughMemory   = syscall.Errno(8)
	errOutOfMemory       = syscall.Errno(14)
	errInvalidParameter  = syscall.Errno(87) // of what we pass, only a size can be one
	errDiskFull          = syscall.Errno(112)
	errInvalidName       = syscall.Errno(123)
	errBadPathname       = syscall.Errno(161)
	errFilenameTooLong   = syscall.Errno(206)
	errNoText            = syscall.Errno(1113)
	errNoSystemResources = syscall.Errno(1450)
	errCommitmentLimit   = syscall.Errno(1455)
)

func kindOf(code syscall.Errno) Kind {
	switch code {
	case syscall.ERROR_ALREADY_EXISTS:
		return Exists
	case syscall.ERROR_FILE_NOT_FOUND:
		return NotFound
	case syscall.ERROR_ACCESS_DENIED:
		return Denied
	case errPathNotFound, errInvalidName, errBadPathname, errFilenameTooLong, errNoText:
		return InvalidName
	case errInvalidParameter:
		return InvalidSize
	case errNotEnoughMemory, errOutOfMemory, errDiskFull, errNoSystemResources, errCommitmentLimit:
		return NoSpace
	}
	return Failed
}

type handle struct {
	section syscall.Handle
}

func open(name string, size int64, mode Mode) (*Segment, error) {
	wide, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	section, code := openSection(wide, size, mode)
	if section == 0 {
		return nil, code
	}
	created := mode <= CreateOrOpen && code != syscall.ERROR_ALREADY_EXISTS
	if mode == CreateNew && !created {
		syscall.CloseHandle(section) // it would keep the other's section alive
		return nil, code
	}
	capacity := roundUp(size)
	if !created {
		if capacity, err = sectionCapacity(section); err != nil {
			syscall.CloseHandle(section)
			return nil, err
		}
	}
	return &Segment{capacity, created, mode == OpenToRead, handle{section}}, nil
}

// openSection also says what the last error was: with a handle, whether the section was there already. A call from Go sets it to 0
// before. syscall.CreateFileMapping does not tell.
func openSection(name *uint16, size int64, mode Mode) (syscall.Handle, syscall.Errno) {
	var section uintptr
	var err error
	switch mode {
	case OpenExisting:
		section, _, err = openFileMapping.Call(syscall.FILE_MAP_READ|syscall.FILE_MAP_WRITE, 0, uintptr(unsafe.Pointer(name)))
	case OpenToRead:
		section, _, err = openFileMapping.Call(syscall.FILE_MAP_READ, 0, uintptr(unsafe.Pointer(name)))
	default:
		section, _, err = createFileMapping.Call(uintptr(syscall.InvalidHandle), 0, syscall.PAGE_READWRITE, uintptr(size>>32),
			uintptr(uint32(size)), uintptr(unsafe.Pointer(name)))
	}
	return syscall.Handle(section), err.(syscall.Errno)
}

// sectionCapacity adds up the regions of a view of all of it: nothing documented tells a section's size.
func sectionCapacity(section syscall.Handle) (int64, error) {
	base, err := syscall.MapViewOfFile(section, syscall.FILE_MAP_READ, 0, 0, 0)
	if err != nil {
		return 0, err
	}
	defer syscall.UnmapViewOfFile(base)
	var region struct { // MEMORY_BASIC_INFORMATION
		baseAddress, allocationBase uintptr
		allocationProtect           uint32
		partition                   uint16
		size                        uintptr
		state, protect, kind        uint32
	}
	capacity := uintptr(0)
	for {
		told, _, _ := virtualQuery.Call(base+capacity, uintptr(unsafe.Pointer(&region)), unsafe.Sizeof(region))
		if told == 0 || region.allocationBase != base {
			return int64(capacity), nil
		}
		capacity += region.size
	}
}

func granularity() int64 {
	var info struct { // SYSTEM_INFO
		architecture, reserved uint16
		pageSize               uint32
		lowest, highest, mask  uintptr
		processors, kind       uint32
		granularity            uint32
		level, revision        uint16
	}
	getSystemInfo.Call(uintptr(unsafe.Pointer(&info)))
	return int64(info.granularity)
}

// Close gives the hold up.
func (s *Segment) Close() {
	syscall.CloseHandle(s.section)
}

func (s *Segment) mapped(offset int64, size int, access Access) ([]byte, error) {
	rights := map[Access]uint32{
		Read: syscall.FILE_MAP_READ, Write: syscall.FILE_MAP_WRITE,
		ReadWrite: syscall.FILE_MAP_READ | syscall.FILE_MAP_WRITE, Copy: syscall.FILE_MAP_COPY,
	}
	address, err := syscall.MapViewOfFile(s.section, rights[access], uint32(offset>>32), uint32(offset&math.MaxUint32), uintptr(size))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), size), nil
}

// Close unmaps the view.
func (v *View) Close() {
	syscall.UnmapViewOfFile(uintptr(unsafe.Pointer(&v.base[0])))
}
