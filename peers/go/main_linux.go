package main

import (
	"os"
	"runtime/debug"
	"syscall"
)

const faultCode = syscall.EFAULT

// dieHard is C's abort. Go catches SIGABRT, and by default merely exits after it.
func dieHard() {
	debug.SetTraceback("crash")
	syscall.Kill(os.Getpid(), syscall.SIGABRT)
	select {}
}
