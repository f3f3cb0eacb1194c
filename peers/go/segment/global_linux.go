package segment

import (
	"bufio"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Names that all users share. No lock on their directory means anything, and nobody can remove what another user's killed
// process left there: who creates such a name anew has a file beside it, NAME+USER.

// How often a lock in the way is looked at again: who only looks has it for a microsecond, a holder for good.
const looks = 4

// lockAlone locks a file exclusively if nobody else holds it.
func (p *place) lockAlone(fd int) (bool, error) {
	for look := 0; ; look++ {
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EWOULDBLOCK {
			return err == nil, err
		}
		if !p.global || look == looks {
			return false, nil
		}
		time.Sleep(time.Duration(rand.Intn(100)) * time.Microsecond)
	}
}

// candidates are the files that may have the name: its own and, in the global directory, those beside it.
func (p *place) candidates(directory int) []string {
	files := []string{p.base}
	if !p.global {
		return files
	}
	entries, _ := os.ReadDir(at(directory, "."))
	for _, entry := range entries {
		user := strings.TrimPrefix(entry.Name(), p.base+"+")
		if user != entry.Name() && user != "" && strings.Trim(user, "0123456789") == "" {
			files = append(files, entry.Name())
		}
	}
	return files
}

// mayLive is whether a file that this user may not open can be alive: unless the system's list of locks says that it is not.
func mayLive(directory int, file string) bool {
	var status syscall.Stat_t
	if syscall.Lstat(at(directory, file), &status) != nil {
		return false
	}
	locks, err := os.Open("/proc/locks")
	if err != nil || status.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return true
	}
	defer locks.Close()
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		words := strings.Fields(lines.Text()) // 1: FLOCK ADVISORY READ 4711 00:1a:42 0 EOF
		if len(words) > 5 && words[1] == "FLOCK" && isInode(words[5], &status) {
			return true
		}
	}
	return false
}

func isInode(word string, status *syscall.Stat_t) bool {
	parts := strings.Split(word, ":")
	if len(parts) != 3 {
		return false
	}
	device := uint64(status.Dev)
	major, _ := strconv.ParseUint(parts[0], 16, 64)
	minor, _ := strconv.ParseUint(parts[1], 16, 64)
	inode, _ := strconv.ParseUint(parts[2], 10, 64)
	return major == device>>8&0xFFF|device>>32&^0xFFF && minor == device&0xFF|device>>12&^0xFF && inode == uint64(status.Ino)
}

// besideTheDead: nobody is alive; takes the name's own file, or where a dead one cannot be removed, this user's beside it.
func (p *place) besideTheDead(directory int) {
	var status syscall.Stat_t
	p.file = p.base
	if syscall.Lstat(at(directory, p.base), &status) == nil {
		p.file = p.base + "+" + strconv.Itoa(os.Geteuid())
	}
}
