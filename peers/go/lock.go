package main

import (
	"math/bits"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"samebytes/peers/go/segment"
)

// A locked block is a lock word of 32 bits, little-endian, and the data right behind it. Nothing waits, and no owner is recorded.
const (
	readers       uint32 = 0x00FFFFFF // how many
	writer        uint32 = 0x80000000 // whether one
	uninitialized uint32 = 0xFF000000 // the top byte of a block that nobody has made ready

	lockWord    = 4
	hammered    = 15 // numbers behind the word
	lockSeconds = 5
)

type lockedBlock struct {
	word *uint32
	data []byte
}

// little turns a number of this machine into the word in memory, and back.
func little(value uint32) uint32 {
	one := uint32(1)
	if *(*byte)(unsafe.Pointer(&one)) == 0 {
		return bits.ReverseBytes32(value)
	}
	return value
}

// after is the word that an act makes of this one, if it may.
func after(word uint32, act string) (string, uint32) {
	count, writing := word&readers, word&writer != 0
	switch {
	case word&uninitialized == uninitialized:
		return "uninitialized", word
	case act == "unlock_write" && writing:
		return "ok", word &^ writer
	case act == "unlock_write":
		return "not_locked", word
	case writing:
		return "write_locked", word
	case act == "read" && count == readers:
		return "max_readers", word
	case act == "read":
		return "ok", word + 1
	case act == "unlock_read" && count == 0:
		return "not_locked", word
	case act == "unlock_read":
		return "ok", word - 1
	case count != 0:
		return "read_locked", word
	}
	return "ok", word | writer
}

// change locks or unlocks; it returns what came of it, and the word that it left, or that it was refused for.
func (b lockedBlock) change(act string) (string, uint32) {
	for {
		found := atomic.LoadUint32(b.word)
		outcome, next := after(little(found), act)
		if outcome != "ok" || atomic.CompareAndSwapUint32(b.word, found, little(next)) {
			return outcome, next
		}
	}
}

// makeReady is for who has just created the memory alone: whoever holds a lock in it would lose it.
func (b lockedBlock) makeReady() (string, uint32) {
	atomic.StoreUint32(b.word, little(uninitialized))
	for i := range b.data {
		b.data[i] = 0
	}
	if atomic.CompareAndSwapUint32(b.word, little(uninitialized), 0) {
		return "ok", 0
	}
	return "uninitialized", little(atomic.LoadUint32(b.word))
}

func (b lockedBlock) inTime(act string) (string, uint32) {
	for start := time.Now(); ; runtime.Gosched() {
		outcome, word := b.change(act)
		if outcome != "read_locked" && outcome != "write_locked" {
			return outcome, word
		}
		if time.Since(start) >= lockSeconds*time.Second {
			return "stuck", word
		}
	}
}

// hammer adds one to every number in its even rounds, and looks in the odd ones whether they are all alike.
func (b lockedBlock) hammer(rounds int64) (string, uint32) {
	var numbers []*uint32
	for at := 0; at+4 <= len(b.data) && len(numbers) < hammered; at += 4 {
		numbers = append(numbers, (*uint32)(unsafe.Pointer(&b.data[at])))
	}
	for round := int64(0); round < rounds; round++ {
		lock, torn := [...]string{"write", "read"}[round%2], false
		if outcome, word := b.inTime(lock); outcome != "ok" {
			return outcome, word
		}
		for _, number := range numbers {
			if lock == "write" {
				*number = little(little(*number) + 1)
			} else {
				torn = torn || *number != *numbers[0]
			}
		}
		outcome, word := b.change("unlock_" + lock)
		if torn {
			return "torn", word
		}
		if outcome != "ok" {
			return outcome, word
		}
	}
	return "ok", little(atomic.LoadUint32(b.word))
}

var lockActs = map[string]bool{"new": true, "read": true, "unlock_read": true, "write": true, "unlock_write": true, "hammer": true}

func doLock(out []byte, words []string) ([]byte, error) {
	offset, ok := parseNumber(words[3])
	act, rounds := words[4], int64(0)
	if !ok || !lockActs[act] || (act == "hammer") != (len(words) > 5) {
		return nil, errInvalid
	}
	if act == "hammer" {
		if rounds, ok = parseNumber(words[5]); !ok || rounds < 0 {
			return nil, errInvalid
		}
	}
	view, err := openView(words[2])
	if err != nil {
		return nil, err
	}
	if !view.readable || !view.writable {
		return nil, errDenied
	}
	bytes, err := view.from(offset, lockWord)
	if err != nil {
		return nil, err
	}
	word := unsafe.Pointer(&bytes[0])
	if uintptr(word)%lockWord != 0 {
		return nil, &segment.Error{Kind: segment.Invalid}
	}
	block := lockedBlock{(*uint32)(word), bytes[lockWord:]}
	var outcome string
	var left uint32
	switch act {
	case "new":
		outcome, left = block.makeReady()
	case "hammer":
		outcome, left = block.hammer(rounds)
	default:
		outcome, left = block.change(act)
	}
	out = append(out, `"result":`+strconv.Quote(outcome)+`,"word":"`...)
	return append(appendBits(out, uint64(left), lockWord), '"'), nil
}
