package segment

import (
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// Files that live exactly as long as somebody holds a shared flock on them. Whoever finds, under the guard (an exclusive flock on
// the directory), that nobody holds a segment, unlinks it. A new one gets its name only when it has its memory and its creator's
// lock, so no half-made one is ever seen.

const (
	tmpfile       = 0x400000 | syscall.O_DIRECTORY // O_TMPFILE
	followSymlink = 0x400                          // AT_SYMLINK_FOLLOW
)

type handle struct {
	place place
	fd    int // carries the shared lock; views are mapped through descriptions of their own
}

func granularity() int64 {
	return int64(os.Getpagesize())
}

// at is the path of a file in an open directory.
func at(directory int, file string) string {
	return "/proc/self/fd/" + strconv.Itoa(directory) + "/" + file
}

func isAtPath(directory int, file string, fd int) bool {
	var held, named syscall.Stat_t
	return syscall.Fstat(fd, &held) == nil && syscall.Lstat(at(directory, file), &named) == nil &&
		held.Dev == named.Dev && held.Ino == named.Ino
}

func (p *place) checkSegment(fd int, writing bool) error {
	var status syscall.Stat_t
	if err := syscall.Fstat(fd, &status); err != nil {
		return err
	}
	foreign := !p.global && int(status.Uid) != os.Geteuid()
	// Its creator made it read-only; the kernel would let root write all the same.
	readOnly := writing && status.Mode&syscall.S_IWUSR == 0
	if status.Mode&syscall.S_IFMT != syscall.S_IFREG || foreign || readOnly {
		return syscall.EACCES
	}
	return nil
}

// openLive opens a file if somebody holds it. A dead one is unlinked, and ENOENT.
func (p *place) openLive(directory int, file string, writing bool) (int, error) {
	const flags = syscall.O_CLOEXEC | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	mode := syscall.O_RDONLY
	if writing {
		mode = syscall.O_RDWR
	}
	fd, err := syscall.Openat(directory, file, mode|flags, 0)
	denied := err == syscall.EACCES && writing
	if denied { // who may not write may still see that it is dead
		fd, err = syscall.Openat(directory, file, syscall.O_RDONLY|flags, 0)
	}
	if err != nil {
		return -1, err
	}
	if err := p.checkLive(directory, file, fd, writing, denied); err != nil {
		unlockAndClose(fd)
		return -1, err
	}
	return fd, nil
}

func (p *place) checkLive(directory int, file string, fd int, writing, denied bool) error {
	if err := p.checkSegment(fd, false); err != nil {
		return err
	}
	alone, err := p.lockAlone(fd)
	if err != nil {
		return err
	}
	if alone {
		if isAtPath(directory, file, fd) {
			if err := syscall.Unlinkat(directory, file); err != nil && !p.global {
				return err
			}
		}
		return syscall.ENOENT
	}
	if denied {
		return syscall.EACCES
	}
	return p.checkSegment(fd, writing)
}

// findLive opens the living segment of the name, but not `except`, and remembers its file. ENOENT where there is none.
func (p *place) findLive(directory int, writing bool, except string) (int, error) {
	var refused error = syscall.ENOENT
	for _, file := range p.candidates(directory) {
		if file == except {
			continue
		}
		fd, err := p.openLive(directory, file, writing)
		if err == nil {
			p.file = file
			return fd, nil
		}
		if err != syscall.ENOENT && (!p.global || mayLive(directory, file)) {
			refused = err
		}
	}
	return -1, refused
}

func hold(p place, fd int, created, readOnly bool) (*Segment, error) {
	var status syscall.Stat_t
	if err := syscall.Fstat(fd, &status); err != nil {
		return nil, err
	}
	return &Segment{roundUp(status.Size), created, readOnly, handle{p, fd}}, nil
}

// join opens what lives. EAGAIN: alive, but not to be joined just now (a foreign exclusive lock, or the name moved on).
func join(p place, writing bool) (*Segment, error) {
	directory, err := p.guarded(false)
	if err != nil {
		return nil, err
	}
	defer unlockAndClose(directory)
	fd, err := p.findLive(directory, writing, "")
	if err != nil {
		return nil, err
	}
	var segment *Segment
	if syscall.Flock(fd, syscall.LOCK_SH|syscall.LOCK_NB) != nil || !isAtPath(directory, p.file, fd) {
		err = syscall.EAGAIN
	} else {
		segment, err = hold(p, fd, false, !writing)
	}
	if err != nil {
		unlockAndClose(fd)
	}
	return segment, err
}

// make opens a file without a name, with all its memory (a sparse one would kill its users with SIGBUS) and its creator's lock.
func (p *place) make(size int64) (int, error) {
	directory, err := p.openDirectory(true)
	if err != nil {
		return -1, err
	}
	fd, err := syscall.Openat(directory, ".", tmpfile|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	syscall.Close(directory)
	if err != nil {
		return -1, err
	}
	err = syscall.Fchmod(fd, 0o600) // the umask may have taken the owner's bits
	if err == nil {
		err = allocate(fd, roundUp(size))
	}
	if err == nil {
		err = syscall.Flock(fd, syscall.LOCK_SH)
	}
	if err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

func allocate(fd int, size int64) error {
	for {
		if err := syscall.Fallocate(fd, 0, 0, size); err != syscall.EINTR {
			return err
		}
	}
}

// publish gives a file its name. EEXIST: the name lives. ENOENT: somebody gave it at the same time and neither has it, or the
// directory itself was removed.
func (p *place) publish(fd int) error {
	directory, err := p.guarded(true)
	if err != nil {
		return err
	}
	defer unlockAndClose(directory)
	other, err := p.findLive(directory, false, "")
	if err == nil {
		unlockAndClose(other)
		return syscall.EEXIST
	}
	if err != syscall.ENOENT {
		return err
	}
	if p.global {
		p.besideTheDead(directory)
	}
	if err := link(fd, directory, p.file); err != nil || !p.global {
		return err
	}
	mine := p.file
	if other, err := p.findLive(directory, false, mine); err == nil {
		unlockAndClose(other)
		syscall.Unlinkat(directory, mine)
		return syscall.ENOENT
	}
	return nil
}

func link(fd, directory int, file string) error {
	from, err := syscall.BytePtrFromString("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(file)
	if err != nil {
		return err
	}
	_, _, code := syscall.Syscall6(syscall.SYS_LINKAT, uintptr(directory), uintptr(unsafe.Pointer(from)), uintptr(directory),
		uintptr(unsafe.Pointer(to)), followSymlink, 0)
	if code != 0 {
		return code
	}
	return nil
}

func create(p place, size int64) (*Segment, error) {
	fd, err := p.make(size)
	if err != nil {
		return nil, err
	}
	if err = p.publish(fd); err == nil {
		var segment *Segment
		if segment, err = hold(p, fd, true, false); err == nil {
			return segment, nil
		}
	}
	unlockAndClose(fd)
	return nil, err
}

func open(name string, size int64, mode Mode) (*Segment, error) {
	p, err := placeOf(name)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	for attempt := 0; ; attempt++ {
		segment, again, err := openOnce(p, size, mode)
		if !again {
			return segment, err
		}
		if time.Since(start) > patience {
			return nil, syscall.ETIMEDOUT
		}
		pause(attempt)
	}
}

// openOnce also says whether another hand was in the way, and it is worth to look again.
func openOnce(p place, size int64, mode Mode) (*Segment, bool, error) {
	if mode != CreateNew {
		segment, err := join(p, mode != OpenToRead)
		if mode != CreateOrOpen || err != syscall.ENOENT {
			return segment, err == syscall.EAGAIN, err
		}
	}
	segment, err := create(p, size)
	return segment, err == syscall.ENOENT || err == syscall.EEXIST && mode == CreateOrOpen, err
}

// Close gives the hold up; the last one to do so takes the name away.
func (s *Segment) Close() {
	defer unlockAndClose(s.fd)
	directory, err := s.place.guarded(false)
	if err != nil {
		return // only the lock goes; the next to come finds the dead segment and unlinks it
	}
	defer unlockAndClose(directory)
	if alone, _ := s.place.lockAlone(s.fd); alone && isAtPath(directory, s.place.file, s.fd) {
		syscall.Unlinkat(directory, s.place.file)
	}
	syscall.Flock(s.fd, syscall.LOCK_UN) // while the guard is held
}

// mapped maps through a description of its own: a view must not keep the name alive.
func (s *Segment) mapped(offset int64, size int, access Access) ([]byte, error) {
	mode, protection, flags := syscall.O_RDONLY, syscall.PROT_READ, syscall.MAP_SHARED
	switch access {
	case Write, ReadWrite:
		mode, protection = syscall.O_RDWR, syscall.PROT_READ|syscall.PROT_WRITE
	case Copy:
		protection, flags = syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE
	}
	fd, err := syscall.Open("/proc/self/fd/"+strconv.Itoa(s.fd), mode|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	var status syscall.Stat_t
	if err := syscall.Fstat(fd, &status); err != nil {
		return nil, err
	}
	if status.Size < roundUp(offset+int64(size))-granularity()+1 { // somebody cut the file: touching what is gone would be a SIGBUS
		return nil, &Error{Kind: OutOfRange}
	}
	return syscall.Mmap(fd, offset, size, protection, flags)
}

// Close unmaps the view.
func (v *View) Close() {
	syscall.Munmap(v.base)
}
