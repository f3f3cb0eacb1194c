// The line protocol: one request a line in, one JSON object out.
package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"

	"samebytes/peers/go/segment"
)

// A verb appends its answer's members, or says what went wrong. `least` and `most` words, the sequence number and the verb
// among them.
type verb struct {
	name        string
	run         func(out []byte, words []string) ([]byte, error)
	least, most int
}

const anyNumber = lineLimit

var verbs []verb

var leaving bool // set by bye

func init() {
	verbs = []verb{
		{"hello", doHello, 3, 3},
		{"create_new", doCreateNew, 4, 4},
		{"create_or_open", doCreateOrOpen, 4, 4},
		{"open_existing", doOpenExisting, 3, 4},
		{"view", doView, 6, 7},
		{"peek", doPeek, 5, 5},
		{"poke", doPoke, 5, 5},
		{"describe", doDescribe, 3, 3},
		{"store", doStore, 5, anyNumber},
		{"store_leaf", doStoreLeaf, 7, 7},
		{"load", doLoad, 5, 5},
		{"await", doAwait, 5, 5},
		{"lock", doLock, 5, 6},
		{"close_view", doCloseView, 3, 3},
		{"close_map", doCloseMap, 3, 3},
		{"bye", doBye, 2, 2},
		{"leave", doLeave, 2, 2},
		{"abort", doAbort, 2, 2},
	}
}

// cannotTell: Go has no type of its own for a character, nor for a truth of four bytes, an address that is not followed, or an
// enumeration, which is a number of a type of its own, and its constants are known only by name.
var cannotTell = []string{
	"char8 from unsigned", "char16 from unsigned", "char32 from signed", "wchar from signed",
	"wchar from unsigned", "bool32 from signed", "pointer from unsigned", "enum from signed", "enum from unsigned",
	"constants of an enumeration that only the declaration has",
}

func target() string {
	machine, known := map[string]string{"amd64": "x86_64", "386": "i686", "arm64": "aarch64"}[runtime.GOARCH]
	if !known {
		machine = runtime.GOARCH
	}
	return machine + "-" + runtime.GOOS
}

func doHello(out []byte, words []string) ([]byte, error) {
	if words[2] != "1" {
		return nil, &segment.Error{Kind: segment.Unsupported}
	}
	out = append(out, `"peer":"go","language":"Go","version":"`+runtime.Version()+`","target":"`+target()+`","pointer":`...)
	out = strconv.AppendInt(out, strconv.IntSize/8, 10)
	out = append(out, `,"protocol":1,"layouts":`...)
	out = appendNames(out, len(layouts), func(i int) string { return layouts[i].name })
	out = append(out, `,"verbs":`...)
	out = appendNames(out, len(verbs), func(i int) string { return verbs[i].name })
	out = append(out, `,"views":["accessor"],"cannot_tell":`...)
	return appendNames(out, len(cannotTell), func(i int) string { return cannotTell[i] }), nil
}

func doBye(out []byte, _ []string) ([]byte, error) {
	leaving = true
	return out, nil
}

func doLeave([]byte, []string) ([]byte, error) {
	os.Exit(0)
	return nil, nil
}

func doAbort([]byte, []string) ([]byte, error) {
	dieHard()
	return nil, nil
}

// run runs a request. Memory that its file no longer has is an error like any other; it would end the process.
func run(out []byte, words []string) (answer []byte, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			if _, ok := fault.(interface{ Addr() uintptr }); !ok {
				panic(fault)
			}
			answer, err = nil, &segment.Error{Kind: segment.Failed, Code: faultCode}
		}
	}()
	for _, verb := range verbs {
		if verb.name == words[1] {
			if len(words) < verb.least || len(words) > verb.most {
				return nil, &segment.Error{Kind: segment.Invalid}
			}
			return verb.run(out, words)
		}
	}
	return nil, &segment.Error{Kind: segment.Unsupported}
}

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that went away ends us by the failed write, and we close what we hold
	debug.SetPanicOnFault(true)
	for !leaving {
		request, err := readRequest()
		if err != nil {
			break
		}
		answer(request)
	}
	output.Flush()
	closeEverything()
}
