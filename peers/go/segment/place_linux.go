package segment

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The guard is held for microseconds; who holds it for seconds is stopped, and must not stop everybody.
const patience = 5 * time.Second

const longestName = 255

const errNoText = syscall.EILSEQ

func kindOf(code syscall.Errno) Kind {
	switch code {
	case syscall.EEXIST:
		return Exists
	case syscall.ENOENT:
		return NotFound
	case syscall.EACCES, syscall.EPERM, syscall.EROFS,
		syscall.ELOOP, syscall.EISDIR, syscall.ENXIO, syscall.ENOTDIR: // a link, a directory, a socket, no directory
		return Denied
	case syscall.ENOSPC, syscall.EDQUOT, syscall.ENOMEM:
		return NoSpace
	case syscall.EFBIG:
		return InvalidSize
	case syscall.ENAMETOOLONG, syscall.EILSEQ:
		return InvalidName
	case syscall.ETIMEDOUT:
		return Timeout
	}
	return Failed
}

// place is where a name's file stands. `file` is the one that the name alone says, `base`, or one beside it.
type place struct {
	directory, base, file string
	global                bool
}

func placeOf(name string) (place, error) {
	if name[0] == '/' { // a raw POSIX object has no lifetime to keep
		return place{}, &Error{Kind: Unsupported}
	}
	global := strings.HasPrefix(name, `Global\`)
	name = strings.TrimPrefix(name, map[bool]string{true: `Global\`, false: `Local\`}[global])
	if name == "" || strings.Contains(name, `\`) {
		return place{}, &Error{Kind: InvalidName}
	}
	file := encoded(name)
	if len(file) > longestName {
		return place{}, syscall.ENAMETOOLONG
	}
	root := os.Getenv("SAMEBYTES_SHM_DIR")
	if root == "" {
		root = "/dev/shm"
	}
	user := "global"
	if !global {
		user = strconv.Itoa(os.Geteuid())
	}
	return place{root + "/samebytes-" + user, file, file, global}, nil
}

func encoded(name string) string {
	const digits = "0123456789ABCDEF"
	var file strings.Builder
	for i := 0; i < len(name); i++ {
		if c := name[i]; isPlain(c) || c == '.' && i > 0 {
			file.WriteByte(c)
		} else {
			file.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return file.String()
}

func isPlain(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '~' || c == '-'
}

// openDirectory opens the directory of the name, and makes it where it is missing and `create` says so.
func (p *place) openDirectory(create bool) (int, error) {
	const flags = syscall.O_RDONLY | syscall.O_DIRECTORY | syscall.O_NOFOLLOW | syscall.O_CLOEXEC
	directory, err := syscall.Open(p.directory, flags, 0)
	if err == syscall.ENOENT && create {
		if err := syscall.Mkdir(p.directory, 0o700); err == syscall.ENOENT {
			return -1, &Error{Failed, syscall.ENOENT}
		} else if err != nil && err != syscall.EEXIST {
			return -1, err
		}
		directory, err = syscall.Open(p.directory, flags, 0)
	}
	if err != nil {
		return -1, err
	}
	if err := p.checkDirectory(directory); err != nil {
		syscall.Close(directory)
		return -1, err
	}
	return directory, nil
}

// checkDirectory: mine must be mine alone. The global one must be root's or mine, and sticky, or somebody could replace what
// others have there; whoever made it may have died before saying so.
func (p *place) checkDirectory(directory int) error {
	var status syscall.Stat_t
	if err := syscall.Fstat(directory, &status); err != nil {
		return err
	}
	mine := int(status.Uid) == os.Geteuid()
	othersWrite := status.Mode&0o022 != 0
	switch {
	case p.global && mine && status.Mode&0o7777 != 0o1777:
		return syscall.Fchmod(directory, 0o1777)
	case p.global && (mine || status.Uid == 0) && (!othersWrite || status.Mode&syscall.S_ISVTX != 0):
		return nil
	case !p.global && mine && !othersWrite:
		return nil
	}
	return syscall.EACCES
}

// enterGuard makes the caller the only one who looks. Nobody is alone with the global directory: a lock on it is one that any
// user could take, and keep.
func (p *place) enterGuard(directory int) error {
	if p.global {
		return nil
	}
	start := time.Now()
	for attempt := 0; ; attempt++ {
		err := syscall.Flock(directory, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			return err
		}
		if time.Since(start) > patience {
			return syscall.ETIMEDOUT
		}
		pause(attempt)
	}
}

// guarded opens the directory and enters its guard; closing the directory leaves it.
func (p *place) guarded(create bool) (int, error) {
	directory, err := p.openDirectory(create)
	if err != nil {
		return -1, err
	}
	if err := p.enterGuard(directory); err != nil {
		syscall.Close(directory)
		return -1, err
	}
	return directory, nil
}

func pause(attempt int) {
	if attempt < 200 {
		time.Sleep(50 * time.Microsecond)
	} else {
		time.Sleep(time.Millisecond)
	}
}

// unlockAndClose says it aloud: a child between fork and exec may still have a copy of the descriptor.
func unlockAndClose(fd int) {
	syscall.Flock(fd, syscall.LOCK_UN)
	syscall.Close(fd)
}
